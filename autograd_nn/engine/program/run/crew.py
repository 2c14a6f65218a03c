"""The crew: threads that run a program together, taking parts of its instructions natively.

Threads of Python that spend their time in a native call without the interpreter's lock. Numba's own
thread layers are not used: they end the process when two Python threads enter them, and a forked
child of theirs is killed. Only one program has the crew at a time; another runs on its own thread,
with the same bits. A forked child makes its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from autograd_nn.engine.program.target.cpu.machine import cores


def size() -> int:
    """How many threads run a program: AUTOGRAD_NN_THREADS, or this process's cores, at most 4."""
    given = os.environ.get("AUTOGRAD_NN_THREADS")
    if given and given.isdigit():
        return max(1, int(given))
    return cores()


class _Task:
    """Work offered to one worker. What comes first in ``claims`` decides who has it."""

    def __init__(self, kernel: Callable[..., Any], block: Any, count: int) -> None:
        self.kernel, self.block, self.count = kernel, block, count
        self.claims: list[Any] = []  # a worker's mark, or None of the caller's
        self.running = threading.Lock()
        self.running.acquire()

    def end(self) -> None:
        """Returns when nobody works on it, or will; may be interrupted and called again."""
        self.claims.append(None)
        if self.claims[0] is not None:
            with self.running:
                pass


class _Worker(threading.Thread):
    """One thread besides the caller's; it waits for work at a queue."""

    def __init__(self, tid: int) -> None:
        super().__init__(daemon=True, name=f"autograd_nn-{tid}")
        self.tid = tid
        self.calls: SimpleQueue[None] = SimpleQueue()
        self.task: _Task | None = None
        self.start()

    def offer(self, task: _Task) -> None:
        self.task = task
        if self.calls.empty():  # else it is on its way, and sees the latest task
            self.calls.put(None)

    def run(self) -> None:
        """Takes one task after another; never returns."""
        while True:
            self.calls.get()
            task = self.task
            if task is not None:
                mark = object()  # a new one each time: no task is taken twice
                task.claims.append(mark)
                if task.claims[0] is mark:
                    task.kernel(task.block, self.tid, task.count)
                    task.running.release()


_busy = threading.RLock()
_workers: list[_Worker] = []
_offered: list[_Task] = []


def run(kernel: Callable[..., Any], block: Any) -> None:
    """Runs ``kernel(block, tid, nth)`` on all threads, or on this one where the crew is busy."""
    count = size()
    if count > 1:
        try:
            # Held by this very thread already: a signal handler runs a program of its own.
            if _busy.acquire(blocking=False) and not _offered:
                _share(kernel, block, count)
                return
        finally:
            with suppress(RuntimeError):  # not ours
                _busy.release()
    kernel(block, 0, 1)


def _share(kernel: Callable[..., Any], block: Any, count: int) -> None:
    while len(_workers) < count - 1:
        _workers.append(_Worker(len(_workers) + 1))
    try:
        try:
            for worker in _workers[: count - 1]:
                task = _Task(kernel, block, count)
                _offered.append(task)
                worker.offer(task)
            kernel(block, 0, count)
        finally:
            _end()
    finally:
        _end()  # again, if a signal handler raised in the first


def _end() -> None:
    # Who has not come by now has nothing to do, and is not waited for.
    for task in _offered:
        task.end()
    _offered.clear()


def _after_fork() -> None:
    global _busy
    _busy = threading.RLock()
    _workers.clear()
    _offered.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
