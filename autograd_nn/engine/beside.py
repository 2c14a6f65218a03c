"""Beside: native code runs on a thread of its own while this thread goes on with something else.

One such call runs at a time, and never longer than the function that began it. What must not meet
it, another program or a fork, calls `settle` first.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from autograd_nn.engine import forks

WORTH = 3e-4  # seconds that both take, if it is to pay: the other thread wakes in 100 us or so


class _Flight:
    """A call under way; ``owner`` began it."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call, self.owner = call, threading.get_ident()
        self.begun, self.ended = threading.Lock(), threading.Lock()
        self.begun.acquire()
        self.ended.acquire()

    def fly(self) -> None:
        self.begun.release()
        try:
            self.call()
        finally:
            self.ended.release()

    def end(self) -> None:
        """Returns when it has ended; may be interrupted and called again."""
        with self.ended:
            pass


class _Other:
    """The other thread; ``lock`` is held while a call of it is under way."""

    lock: Any  # given by `forks.guard`, renewed after a fork

    def __init__(self) -> None:
        forks.guard(self, rank=25, brief=False)
        self.flight: _Flight | None = None
        self.calls: SimpleQueue[_Flight] | None = None  # to the thread, once there is one

    def there(self) -> bool:
        """Whether the thread is; begins it."""
        if self.calls is None:
            calls: SimpleQueue[_Flight] = SimpleQueue()
            thread = threading.Thread(target=_serve, args=(calls,), name="autograd_nn", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system has no more, or Python is about to end
                return False
            self.calls = calls
        return True

    def after_fork(self) -> None:
        """There is no such thread in the child."""
        self.flight = self.calls = None


_other = _Other()


def _serve(calls: SimpleQueue[_Flight]) -> None:
    """Makes one call after another; never returns."""
    while True:
        calls.get().fly()


def beside(call: Callable[[], Any], meanwhile: Callable[[], None]) -> None:
    """Calls ``call`` on another thread and ``meanwhile`` on this one; returns when both are done.

    call        raises nothing, and spends its time without the interpreter's lock.
    meanwhile   is left out where another such call is under way.
    """
    lock = _other.lock  # a child that is forked meanwhile has another
    if lock.acquire(blocking=False):
        try:
            if _other.flight is None and _other.there():  # else it is within one of this thread's
                _fly(call, meanwhile)
                return
        finally:
            lock.release()
    call()


def _fly(call: Callable[[], Any], meanwhile: Callable[[], None]) -> None:
    flight = _Flight(call)
    try:
        try:
            _other.flight = flight
            _other.calls.put(flight)  # type: ignore[union-attr]
            # The interpreter's lock is given up until the call is about to do so for good: the
            # other thread would wait for it as long as this one has Python to run.
            with flight.begun:
                pass
            meanwhile()
        finally:
            flight.end()
    finally:
        flight.end()  # again, if a signal handler raised in the first
        _other.flight = None


def settle() -> None:
    """Returns when no call is under way that this thread began."""
    flight = _other.flight
    if flight is not None and flight.owner == threading.get_ident():
        flight.end()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=settle)
