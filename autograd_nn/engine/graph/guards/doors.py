"""Doors: what of the standard library and of NumPy gives something else at every call.

The clock, random numbers, files, the system: what a function read there cannot be read again to see
whether it is the same, so the function is not replayed.
"""

from __future__ import annotations

import gc
import threading
import types
import weakref
from typing import Any

import numpy as np

from autograd_nn.engine.graph.guards.owners import STANDARD, USER, code_owner
from autograd_nn.engine.graph.record import recorded

FIXED = {"datetime", "decimal", "fractions", "re", "uuid", "zoneinfo", "pathlib"}  # immutable
STATEFUL = {
    "random", "time", "secrets", "socket", "subprocess", "tempfile", "uuid", "select", "shutil",
    "glob", "_random", "posix", "nt", "_io", "_socket", "_uuid", "_thread", "sys", "gc",
}  # fmt: skip
HARMLESS = {
    "contextlib", "functools", "typing", "enum", "abc", "collections", "types", "warnings",
    "operator", "numbers", "weakref", "threading", "linecache", "traceback", "ast", "dis",
    "inspect", "re", "os", "_weakrefset", "_collections_abc", "string", "math",
}  # fmt: skip
PURE = {  # C functions of modules that are not pure otherwise
    "posix": {"fspath", "getpid"}, "nt": {"fspath"}, "_io": set(), "_thread": {"allocate_lock",
    "RLock"}, "time": {"struct_time"}, "sys": {"exc_info", "intern", "getsizeof", "audit"},
}  # fmt: skip
QUIET = (  # objects that are asked for no value
    type(threading.Lock()), type(threading.RLock()), threading.Thread, threading.Event,
    weakref.ProxyType,
)  # fmt: skip


def changing(function: Any) -> str | None:
    """The name of a function that may give something else at every call; None for others."""
    own, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    module = getattr(function, "__module__", None) or ""
    if isinstance(function, np.random.RandomState | np.random.Generator):
        return "numpy.random"
    if isinstance(own, np.random.RandomState | np.random.Generator):
        return f"numpy.random.{name}"
    if module.startswith("numpy"):
        root = module.partition(".")[2]
        drawn = root.startswith("random") and callable(function) and name != "SeedSequence"
        read = name in ("load", "loadtxt", "genfromtxt", "fromfile", "memmap")
        return f"numpy.{name}" if drawn or read else None
    if not isinstance(function, types.BuiltinFunctionType | type):
        return None
    if isinstance(own, type):  # a class's own way to make one: datetime.now
        module = own.__module__
        return f"{module}.{name}" if name in ("now", "today", "utcnow") else None
    if own is not None and not isinstance(own, types.ModuleType):
        module = type(own).__module__  # of a hidden object: random.random
        stateful = module in STATEFUL and not isinstance(own, QUIET)
        return f"{module.lstrip('_')}.{name}" if stateful else None
    if isinstance(function, type):
        return f"{module}.{name}" if module in ("random", "_random", "io", "_io") else None
    if module in ("builtins", "io", "_io"):
        return name if name in ("input", "open", "breakpoint") else None
    if module not in STATEFUL or name in PURE.get(module, ()):
        return None
    return f"{module.lstrip('_')}.{name}"


def for_user(frame: types.FrameType | None) -> bool:
    """Whether a user's code runs, or the standard library's for a user's.

    Imports happen once, and what the garbage collector calls belongs to nobody's function.
    """
    found = None
    visitors = [getattr(f, "__code__", None) for f in gc.callbacks]
    while frame is not None and frame.f_code is not recorded.__code__:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return False
        if frame.f_code.co_name == "__del__" or frame.f_code in visitors:
            return False
        if frame.f_globals.get("__name__") in ("logging", "warnings"):  # they only tell
            return False
        if found is None:
            whose = code_owner(frame.f_code, frame.f_globals)
            found = None if whose == STANDARD else whose
        frame = frame.f_back
    return found in (USER, None)
