"""The walk over values: from what code names to all that it can reach by the names it speaks."""

from __future__ import annotations

import contextvars
import functools
import types
import weakref
from collections import deque, namedtuple
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_nn.engine.graph.guards import reads as bytecode
from autograd_nn.engine.graph.guards.checks import MISSING, PLAIN, Path, entries
from autograd_nn.engine.graph.guards.objects import Objects
from autograd_nn.engine.graph.guards.operands import Way
from autograd_nn.engine.graph.guards.owners import OWN, STANDARD, USER, code_owner
from autograd_nn.engine.graph.guards.reads import Chain
from autograd_nn.engine.tensor import Tensor

MOST = 20_000  # entries of containers and attributes; a function that reads more is not replayed
FIELD = type(namedtuple("Pair", "a b").a)  # type: ignore[attr-defined]  # what reads a named tuple's
CODES = (
    types.CodeType, types.GenericAlias, range, type(Ellipsis), type(NotImplemented), slice, FIELD,
)  # fmt: skip

NUMPYS = type(np.where)  # a function of NumPy that arrays of other kinds may take over


class Walk(Objects):
    """Visits values once each, containers entry by entry, functions by what their code reads."""

    def __init__(self, roots: Iterable[Any]) -> None:
        super().__init__()
        self._roots = [*roots]
        self._known: set[types.CodeType] = set()  # code that was found where it came from
        self._seen: dict[int, bool] = {}
        self._steps = 0

    def _walk(self) -> None:
        """Visits all that the names known by now reach, and notes what is new."""
        if self.reason is not None:
            return
        self._seen.clear()
        self._steps = 0
        for value in self._roots:
            self._visit(value, True)
        for space, name, chains, code in self._named:
            value = self._global(space, name)
            for chain in chains:
                self._reach(self._follow(value, chain), [(code, ("global", name, chain))])

    def _visit(
        self, o: Any, strict: bool, only: set[str] | None = None, path: Path | None = None
    ) -> None:
        """Notes what a value consists of, as far as the names of what ran lead.

        strict   what cannot be watched is a reason not to replay.
        only     of an object, these attributes alone.
        path     where a container stands in an object, which is then not held by its own.
        """
        if isinstance(o, PLAIN) or o is MISSING or isinstance(o, CODES) or self.reason is not None:
            return
        if only is None:
            if self._seen.get(id(o), -1) >= strict:
                return
            self._seen[id(o)] = strict
            self._alive.append(o)
        self._steps += 1
        if self._steps > MOST:
            self._refuse(f"more than {MOST} values")
            return
        unguarded = getattr(type(o), "_unguarded", False)
        if unguarded is True:
            return
        if isinstance(o, Tensor):
            self._tensor(o, self._names if only is None else self._names | only)
        elif isinstance(o, np.ndarray):
            self._array(o)
        elif isinstance(o, type):
            self._class(o, only)
        elif isinstance(o, types.ModuleType):
            self._module(o)
        elif isinstance(o, types.FunctionType):
            if only is None:
                self._function(o)
            else:
                self._attributes(o, o.__dict__, False, only)
                self._visit(o, strict)
        elif isinstance(o, dict | list | tuple | set | frozenset | deque):
            self._container(o, strict, path)
        elif not self._callable(o, strict):
            self._instance(o, strict, only)

    def _container(self, o: Any, strict: bool, path: Path | None) -> None:
        if path is not None or (strict and not isinstance(o, tuple | frozenset)):
            counted = path is not None and (path.counted or path.assigned and type(o) is tuple)
            self._check("items", o, None, entries(o), counted, not strict, path)
        if isinstance(o, dict):
            for key, value in o.items():
                self._visit(key, strict)
                self._visit(value, strict, None, path and path.to(key, o))
        else:
            inside = path if isinstance(o, list | tuple) else None
            for i, value in enumerate(o):
                self._visit(value, strict, None, inside and inside.to(i, o))
        if type(o) not in (dict, list, tuple, set, frozenset, deque):
            self._instance(o, strict, None)

    def _callable(self, o: Any, strict: bool) -> bool:
        """Notes what bound methods, partials, descriptors and references lead to."""
        if isinstance(o, types.MethodType):
            self._visit(o.__func__, strict)
            self._visit(o.__self__, strict)
        elif isinstance(o, functools.partial):
            for name in ("func", "args", "keywords"):
                self._visit(self._attribute_check(o, name), strict)
        elif isinstance(o, staticmethod | classmethod):
            self._visit(o.__func__, strict)
        elif isinstance(o, property):
            for f in (o.fget, o.fset, o.fdel):
                self._visit(f, strict)
        elif isinstance(o, functools.cached_property):
            self._visit(o.func, strict)
        elif isinstance(o, types.BuiltinFunctionType | types.MethodWrapperType):
            if strict:
                self._door(o)
            if not isinstance(o.__self__, types.ModuleType):
                self._visit(o.__self__, strict)
        elif isinstance(o, NUMPYS):
            if strict:
                self._door(o)
        elif isinstance(o, np.ufunc | types.MethodDescriptorType | types.WrapperDescriptorType
                        | types.GetSetDescriptorType | types.MemberDescriptorType
                        | types.ClassMethodDescriptorType | np.random.SeedSequence):  # fmt: skip
            pass
        elif isinstance(o, weakref.ReferenceType):
            target = o()
            if strict:
                self._check("call", o, None, target)
            self._visit(target, strict)
        elif isinstance(o, contextvars.ContextVar):
            value = o.get(MISSING)
            self._check("call", functools.partial(o.get, MISSING), None, value)
            self._visit(value, strict)
        elif isinstance(o, types.CellType):
            try:
                value = o.cell_contents
            except ValueError:
                value = MISSING
            self._check("attribute", o, "cell_contents", value)
            self._visit(value, strict)
        elif isinstance(o, types.MappingProxyType):
            self._visit(dict(o), strict)
            self._check("call", functools.partial(dict, o), None, dict(o))
        elif isinstance(o, bytearray | memoryview) or type(o).__module__ == "array":
            self._check("call", functools.partial(bytes, o), None, bytes(o))
        else:
            return False
        return True

    def _function(self, f: types.FunctionType) -> None:
        code = f.__code__
        if id(code) not in self._ran:
            return
        whose = code_owner(code, f.__globals__)
        if whose in (USER, STANDARD):
            self._known.update(bytecode.nested(code))
            self._check("attribute", f, "__code__", code)
            for name in ("__defaults__", "__kwdefaults__"):
                if getattr(f, name) is not None:  # without, whoever called gave all arguments
                    self._check("attribute", f, name, getattr(f, name))
            self._visit(f.__kwdefaults__, True)
        for value in f.__defaults__ or ():
            self._visit(value, whose == USER)
        noted: set[tuple[str, Chain]] = set()
        used: dict[str, dict[Chain, list[tuple[types.CodeType, Way]]]] = {}
        for part in bytecode.nested(code) if whose == USER else ():
            found = bytecode.reads(part)
            noted |= {(name, chain) for kind, name, chain in found.noted if kind == "cell"}
            for name, chains in found.cells.items():
                for chain in chains:
                    ways = used.setdefault(name, {}).setdefault(chain, [])
                    ways.append((part, ("cell", name, chain)))
        for name, cell in zip(code.co_freevars, f.__closure__ or (), strict=True):
            try:
                value = cell.cell_contents
            except ValueError:
                value = MISSING
            if whose != USER:
                if whose != OWN and isinstance(value, dict | list | set):  # a registry, a cache
                    self._check("items", value, None, entries(value), ours=True)
                self._visit(value, False)
                continue
            if name not in used and not any(n == name for n, _ in noted):
                continue
            self._check("attribute", cell, "cell_contents", value)
            for chain, ways in used.get(name, {}).items():
                self._reach(self._follow(value, chain), ways)
            for n, chain in noted:
                if n == name:
                    self._note(value, chain)
        if f.__dict__ and whose == USER:
            self._attributes(f, f.__dict__, True, None)
