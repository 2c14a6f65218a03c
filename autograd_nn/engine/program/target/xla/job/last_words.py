"""What a process says where JAX's threads end it, for another one of its job is gone.

What carries sums between JAX's processors (gloo) may meet the end of a process in a thread of its
own, where nobody takes the exception: C++ then aborts the whole process, at times before the thread
that reads our line has been told anything. So an abort asks first who is gone.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int)
_kept: list[object] = []  # what C calls lives as long as the process


def before_abort(told: Callable[[], None]) -> Callable[[], None]:
    """Has an abort of this process call `told`, which may end it in words; gives the way back.

    Where it returns, the abort goes on as it would have: by faulthandler's trace, where that is on.
    """
    if os.name != "posix":
        return lambda: None
    set_action = ctypes.CDLL(None).signal
    set_action.restype, set_action.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]

    def aborted(number: int) -> None:
        back()
        told()
        if was:  # a function, not the default
            _HANDLER(was)(number)

    def back() -> None:
        set_action(signal.SIGABRT, was)

    handler = _HANDLER(aborted)
    _kept.append(handler)
    was = set_action(signal.SIGABRT, ctypes.cast(handler, ctypes.c_void_p))
    return back
