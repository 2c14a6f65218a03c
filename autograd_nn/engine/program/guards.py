"""Guards: what a recorded function read of Python's state, checked at every replay.

A record freezes the Python values its function used. The guards remember closed-over variables,
globals the code names, default arguments, and the entries of the containers and the attributes of
the objects among them; a change makes the record invalid, and the function is recorded again.
Tensors, and arrays that ops read, need no guard: a program reads their contents at every run. An
array the function may have given to NumPy instead is watched by a checksum.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from functools import partial
from operator import getitem
from typing import Any

import numpy as np

from autograd_nn.engine.node import fingerprint
from autograd_nn.engine.tensor import Tensor

MOST, DEEPEST = 2000, 6
PLAIN = (int, float, bool, complex, str, bytes, type(None))
OPAQUE = (types.ModuleType, type, types.BuiltinFunctionType, np.ndarray, np.generic, np.dtype)


class Guards:
    """The Python state a function reads, as of now."""

    def __init__(self, f: Callable[..., Any] | None, objects: Iterable[Any] = ()) -> None:
        self._checks: list[tuple[Callable[[], Any], Any]] = []  # (read it again, what it was)
        self._arrays: dict[int, np.ndarray] = {}
        self._seen: set[int] = set()
        if f is not None:
            self._function(f, 0)
        for value in objects:
            self._value(value, 0)

    def settle(self, read: Iterable[np.ndarray]) -> None:
        """Watches the arrays found, but for those that ops read themselves."""
        known = {id(a) for a in read}
        for a in self._arrays.values():
            if id(a) not in known:
                self._checks.append((partial(fingerprint, a), fingerprint(a)))

    def hold(self) -> bool:
        """Whether everything is as it was."""
        for read, was in self._checks:
            try:
                now = read()
            except (AttributeError, KeyError, IndexError, ValueError):
                return False
            if now is was:
                continue
            if type(now) is not type(was) or type(was) not in PLAIN or now != was:
                return False
        return True

    def _function(self, f: Any, depth: int) -> None:
        if isinstance(f, types.MethodType):
            self._value(f.__self__, depth)
            f = f.__func__
        if not isinstance(f, types.FunctionType):
            if not isinstance(f, OPAQUE):
                self._value(f, depth)
            return
        if id(f) in self._seen or (f.__module__ or "").startswith("autograd_nn."):
            return
        self._seen.add(id(f))
        for cell in f.__closure__ or ():
            try:
                value = cell.cell_contents
            except ValueError:
                continue
            self._watch(partial(getattr, cell, "cell_contents"), value, depth)
        space = f.__globals__
        for name in _names(f.__code__):
            if name in space:
                self._watch(partial(getitem, space, name), space[name], depth)
        for i, value in enumerate(f.__defaults__ or ()):
            self._watch(partial(_default, f, i), value, depth)
        for name, value in (f.__kwdefaults__ or {}).items():
            self._watch(partial(_keyword_default, f, name), value, depth)

    def _watch(self, read: Callable[[], Any], value: Any, depth: int) -> None:
        if len(self._checks) >= MOST:
            return
        self._checks.append((read, value))
        self._value(value, depth + 1)

    def _value(self, value: Any, depth: int) -> None:
        if getattr(type(value), "unguarded", False):
            return
        if type(value) is np.ndarray and value.dtype.kind in "fiubc":
            self._arrays[id(value)] = value
        if isinstance(value, (*PLAIN, *OPAQUE, Tensor)) or depth > DEEPEST:
            return
        if isinstance(value, types.FunctionType | types.MethodType):
            self._function(value, depth)
            return
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, dict):
            self._checks.append((partial(len, value), len(value)))
            for k, v in value.items():
                self._watch(partial(getitem, value, k), v, depth)
        elif isinstance(value, list | tuple):
            self._checks.append((partial(len, value), len(value)))
            for i, v in enumerate(value):
                self._watch(partial(getitem, value, i), v, depth)
        else:
            for k, v in getattr(value, "__dict__", {}).items():
                # by the dict alone: a guard keeps no object alive
                self._watch(partial(getitem, value.__dict__, k), v, depth)


def _default(f: types.FunctionType, i: int) -> Any:
    return (f.__defaults__ or ())[i]


def _keyword_default(f: types.FunctionType, name: str) -> Any:
    return (f.__kwdefaults__ or {})[name]


def _names(code: types.CodeType) -> set[str]:
    """Names a function's code, and the functions inside it, may look up globally."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= _names(constant)
    return found
