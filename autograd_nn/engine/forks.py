"""Locks that a fork finds free: nobody holds one meanwhile, and each child has new ones.

A forked child is a copy of one thread. A lock that another thread held would stay locked in it for
ever, and what that thread was changing would stay half changed. So a fork takes all locks first, in
the order in which threads take them, and the child starts with new ones.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import Any

PATIENCE = 2.0  # seconds a fork waits for locks; who holds one longer is not waited for

# By a weak reference to an owner: its rank, and whether a fork waits for its lock.
_guarded: dict[Any, tuple[int, bool]] = {}


class _Taken(threading.local):
    """What the thread that forks holds."""

    def __init__(self) -> None:
        self.locks: list[Any] = []


_taken = _Taken()


def guard(owner: Any, rank: int, brief: bool = True) -> None:
    """Gives ``owner`` a re-entrant ``lock``, renewed in forked children.

    rank    who holds a lock takes others of a higher rank only; a fork takes them in that order.
    brief   it is held for moments, so that a fork waits for it.
    An owner with a method ``after_fork`` is told in the child, once its lock is new.
    """
    owner.lock = threading.RLock()
    # Told of the owner's end in C: what a signal handler raises in a callback of Python's is lost.
    _guarded[weakref.ref(owner, _guarded.__delitem__)] = (rank, brief)


class Gate:
    """A lock of its own for an object that may be copied: the copy has another."""

    lock: Any
    _unguarded = True  # changes no result: a recorded program need not watch it

    def __init__(self, rank: int, brief: bool = True) -> None:
        self._made = (rank, brief)
        guard(self, rank, brief)

    def __reduce__(self) -> tuple:
        return (Gate, self._made)


def _owners(all_of_them: bool) -> list[Any]:
    found = [(r, ref()) for ref, (r, brief) in _guarded.copy().items() if brief or all_of_them]
    return [owner for _, owner in sorted(found, key=lambda f: f[0]) if owner is not None]


def _before() -> None:
    end = time.monotonic() + PATIENCE
    _taken.locks.clear()
    for owner in _owners(all_of_them=False):
        lock = owner.lock
        if lock.acquire(timeout=max(0.0, end - time.monotonic())):
            _taken.locks.append(lock)


def _in_parent() -> None:
    for lock in reversed(_taken.locks):
        lock.release()
    _taken.locks.clear()


def _in_child() -> None:
    _taken.locks.clear()
    owners = _owners(all_of_them=True)
    for owner in owners:
        owner.lock = threading.RLock()
    for owner in owners:
        told = getattr(owner, "after_fork", None)
        if told is not None:
            told()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
