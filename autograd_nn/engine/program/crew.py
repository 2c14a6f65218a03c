"""The crew: threads that run a program together, taking parts of its instructions natively.

Threads of Python that spend their time in a native call without the interpreter's lock. Numba's own
thread layers are not used: they end the process when two Python threads enter them, and a forked
child of theirs is killed. Only one program has the crew at a time; another runs on its own thread,
with the same bits. A forked child makes its own.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any


def size() -> int:
    """How many threads run a program: AUTOGRAD_NN_THREADS, or this process's cores, at most 4."""
    given = os.environ.get("AUTOGRAD_NN_THREADS")
    if given and given.isdigit():
        return max(1, int(given))
    return _cores()


@cache
def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), 4)
    return min(os.cpu_count() or 1, 4)


@cache
def give_way() -> int:
    """The address of the C library's sched_yield; 0 where there is none."""
    try:
        function: Any = ctypes.CDLL(None).sched_yield
    except (AttributeError, TypeError, OSError):
        return 0
    return ctypes.cast(function, ctypes.c_void_p).value or 0


class _Worker(threading.Thread):
    """One thread besides the caller's; it waits for work at a lock."""

    def __init__(self, tid: int) -> None:
        super().__init__(daemon=True, name=f"autograd_nn-{tid}")
        self.tid = tid
        self.go, self.done = threading.Lock(), threading.Lock()
        self.go.acquire()
        self.done.acquire()
        self.task: tuple[Callable[..., Any], Any, int] | None = None
        self.start()

    def run(self) -> None:
        """Runs one task after another, each when ``go`` is released; never returns."""
        while True:
            self.go.acquire()
            assert self.task is not None
            kernel, block, count = self.task
            kernel(block, self.tid, count)
            self.done.release()


_busy = threading.Lock()
_workers: list[_Worker] = []


def run(kernel: Callable[..., Any], block: Any) -> None:
    """Runs ``kernel(block, tid, nth)`` on all threads, or on this one where the crew is busy."""
    count = size()
    if count == 1 or not _busy.acquire(blocking=False):
        kernel(block, 0, 1)
        return
    try:
        while len(_workers) < count - 1:
            _workers.append(_Worker(len(_workers) + 1))
        called = _workers[: count - 1]
        for worker in called:
            worker.task = (kernel, block, count)
            worker.go.release()
        interrupted: BaseException | None = None
        try:
            kernel(block, 0, count)
        finally:
            for worker in called:
                while True:
                    try:
                        # Who has not come by now has nothing to do, and is not waited for.
                        if not worker.go.acquire(blocking=False):
                            worker.done.acquire()
                        break
                    except KeyboardInterrupt as error:
                        interrupted = error
            if interrupted is not None:
                raise interrupted
    finally:
        _busy.release()


def _after_fork() -> None:
    global _busy
    _busy = threading.Lock()
    _workers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
