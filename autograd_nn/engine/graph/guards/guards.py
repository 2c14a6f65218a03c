"""Guards: what a recorded function read of Python's state, checked at every replay.

A record freezes the Python values its function used. While it is recorded, a tracer names every
code object that runs; their bytecode (`reads`) names the globals, closure cells, attributes and
items they look up. From these roots the guards walk over all that can be reached by those names,
and remember what they found: as of *before* the code ran, so that a function which changes what it
reads is told from one that does not. What cannot be watched (a generator's state, a file, the
clock) is a reason not to replay at all.

Tensors, and arrays that ops read, need no guard: a program reads their contents at every run. An
array the function may have given to NumPy instead is watched by a checksum.
"""

from __future__ import annotations

import builtins
import contextvars
import functools
import gc
import operator
import os
import sys
import threading
import types
import weakref
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_nn.engine.graph.guards import reads as bytecode
from autograd_nn.engine.graph.guards.checks import MISSING, PLAIN, Check, Checks, Path, entries
from autograd_nn.engine.graph.guards.doors import (
    FIXED,
    HARMLESS,
    QUIET,
    STATEFUL,
    changing,
    for_user,
)
from autograd_nn.engine.graph.guards.operands import Way, goals
from autograd_nn.engine.graph.guards.reads import LIBRARY, OWN, STANDARD, USER, Chain, Step
from autograd_nn.engine.graph.guards.tracer import tracing
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.node import Leaf, fingerprint
from autograd_nn.engine.tensor import Tensor

MOST = 20_000  # entries of containers and attributes; a function that reads more is not replayed
OPEN = (  # classes in C of which all can be seen
    dict, list, tuple, set, frozenset, deque, int, float, complex, str, bytes, BaseException, type,
    types.SimpleNamespace, threading.local, types.FunctionType, types.ModuleType,
)  # fmt: skip
CODES = (types.CodeType, types.GenericAlias, range, type(Ellipsis), type(NotImplemented), slice)

NUMPYS = type(np.where)  # a function of NumPy that arrays of other kinds may take over


class Guards:
    """The Python state a function reads.

    f         the function, where what it closes over can be told from it.
    objects   other things that the recorded code starts from.
    """

    def __init__(self, f: Any = None, objects: Iterable[Any] = ()) -> None:
        self.reason: str | None = None  # why a recording must not be replayed
        self._roots: list[Any] = [*objects] if f is None else [f, *objects]
        # (namespace, name, chains, the code that looks it up)
        self._named: list[tuple[Any, str, set[Chain], types.CodeType]] = []
        self._names: set[str] = set()
        self._noting: set[str] = set()
        self._by_name = False
        self._ran: dict[int, types.CodeType] = {}
        self._users: list[types.CodeType] = []
        self._known: set[types.CodeType] = set()  # code that was found where it came from
        self._calls: dict[int, int] = {}
        self._arrays: dict[int, np.ndarray] = {}
        self._ways: dict[int, set[tuple[types.CodeType, Way]]] = {}  # how code gets at an array
        self._plain: set[int] = set()  # arrays that Python gets at in other ways too
        self._found: dict[Any, Check] = {}
        self._alive: list[Any] = []  # ids stay unique while recording
        self._seen: dict[int, bool] = {}
        self._steps = 0
        self.runs = 0
        self.checks = Checks([])
        self._always = self.checks

    # ---- while recording -------------------------------------------------------------------------

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Notes what runs in this thread."""
        self._walk()
        calls, ran = self._calls, self._ran

        def called(frame: types.FrameType) -> None:
            code = frame.f_code
            key = id(code)
            if key in ran:  # most calls are this package's own, and over at once
                calls[key] += 1
                return
            ran[key], calls[key] = code, 1
            try:
                self._code(code, frame)
            except Exception as error:
                self._refuse(f"something that cannot be looked at ({error})")

        with tracing(called):
            yield

    def _code(self, code: types.CodeType, frame: types.FrameType) -> None:
        """Takes the names that code is about to read."""
        space = frame.f_globals
        whose = bytecode.code_owner(code, space)
        if whose == OWN:
            if code.co_name == "backward":
                self._names.add("grad")
            elif code.co_name == "default_generator":
                self._attribute_check(space["_default"], "generator")
            return
        if whose == LIBRARY or not for_user(frame):
            return
        found = bytecode.reads(code)
        if whose == STANDARD:
            module = str(space.get("__name__", "")).partition(".")[0]
            if module in STATEFUL:
                self._refuse(f"{module}.{code.co_name}()")
            elif module not in HARMLESS:
                self._standard_doors(found, space)
            if space is os.__dict__:
                self._roots.append(os.environ._data)  # type: ignore[attr-defined]
            if module not in HARMLESS:
                self._names |= found.names
                self._by_name |= found.by_name
            self._walk()
            return
        self._users.append(code)
        self._names |= found.names
        self._noting |= found.noting
        self._by_name |= found.by_name
        for name, chains in found.globals.items():
            self._named.append((space, name, chains, code))
        for kind, name, chain in found.noted:
            if kind == "global":
                self._note(self._global(space, name), chain)
        for name in found.imports:
            if name in sys.modules:
                self._named.append((sys.modules, name, {()}, code))
        self._walk()

    # ---- afterwards ------------------------------------------------------------------------------

    def settle(self, graph: Graph) -> bool:
        """Ends the recording; whether it may be replayed: what it read was the same all through."""
        captured = [v.tensor for v in graph.captured if v.tensor is not None]
        self._walk()
        for code in self._users:
            if code not in self._known:
                name = getattr(code, "co_qualname", code.co_name)
                self._refuse(f"{name}, which is found by a way that cannot be followed")
                break
        for x in graph.looked:
            self._contents(x)
        for x in captured:
            if x.node is None or isinstance(x.node, Leaf):
                self._check("attribute", x, "node", x.node, counted=x.state)
        taken = Counter(id(x.array) for x in captured)
        for a in self._arrays.values():
            if not self._only_operand(a, taken[id(a)]):
                self._array_check(a)
        checks = list(self._found.values())
        for c in checks:
            if c.ours:
                c.renew()  # what this package fills in at the first run (an optimizer's moments)
        self.checks = Checks(checks)
        self._always = Checks([c for c in checks if not c.counted])
        held = self.reason is None and self.checks.hold()
        for own in (self._found, self._alive, self._seen, self._arrays, self._ran, self._roots,
                    self._users, self._known, self._named, self._calls, self._ways,
                    self._plain):  # fmt: skip
            own.clear()  # type: ignore[attr-defined]
        return held

    @property
    def used(self) -> bool:
        """Whether it was asked, and held, more than once since the recording."""
        return max(self.checks.asked, self._always.asked, self.runs) > 2

    def hold(self) -> bool:
        """Whether everything is as it was."""
        return self.checks.hold()

    def steady(self) -> bool:
        """Whether all is as it was but for what is counted: fields of layers and optimizers."""
        return self._always.hold()

    # ---- the walk --------------------------------------------------------------------------------

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

    def _refuse(self, what: str) -> None:
        if self.reason is None:
            self.reason = what

    def _check(
        self, kind: str, holder: Any, key: Any, was: Any, counted: bool = False,
        ours: bool = False, path: Path | None = None,
    ) -> None:  # fmt: skip
        """Notes a place and what it holds, unless it is noted already, from before."""
        keyed = kind in ("item", "attribute", "own", "own type")
        place = (kind, id(holder), key if keyed else None)
        old = self._found.get(place)
        if old is None or kind in ("apart", "own apart"):
            self._alive.append(holder)
            self._alive.append(was)
            self._found[place] = Check(kind, path or holder, key, was, counted, ours)
        else:
            old.counted, old.ours = old.counted and counted, old.ours and ours

    def _attribute_check(self, holder: Any, name: str) -> Any:
        value = getattr(holder, name, MISSING)
        self._check("attribute", holder, name, value)
        return value

    def _global(self, space: dict[str, Any], name: str) -> Any:
        if name in space:
            self._check("item", space, name, space[name])
            return space[name]
        value = builtins.__dict__.get(name, MISSING)
        self._check("item", space, name, MISSING)
        if value is not MISSING:
            self._check("item", builtins.__dict__, name, value)
        return value

    def _follow(self, value: Any, chain: Iterable[Step]) -> Any:
        """The value at a chain's end, each step of it watched; MISSING where code takes over."""
        path: Path | None = None
        for kind, key in chain:
            if value is MISSING:
                return MISSING
            if kind == "item":
                value, path = self._item(value, key, path), path and path.to(key)
            else:
                path = None if isinstance(value, types.ModuleType) else Path.of(value, key)
                value = self._named_of(value, key)
                path = path if type(value) in (list, dict, tuple) else None
        return value

    def _item(self, value: Any, key: Any, path: Path | None) -> Any:
        if type(value) not in (dict, list, tuple):
            self._visit(value, True)
            return MISSING
        try:
            found = value[key]
        except (KeyError, IndexError, TypeError):
            found = MISSING
        if type(value) is not tuple:
            self._check("item", value, key, found, path=path)
        return found

    def _named_of(self, value: Any, name: str) -> Any:
        """An attribute that a chain names."""
        if isinstance(value, types.ModuleType):
            space = vars(value)
            if name not in space:  # a submodule to come, or a module's own __getattr__
                self._visit(value, True)
                return MISSING
            self._check("item", space, name, space[name])
            found = space[name]
            if bytecode.module_owner(value.__name__) != USER and callable(found):
                self._door(found)
                return found if isinstance(found, type) else MISSING  # trusted code
            return found
        if isinstance(value, type) and bytecode.type_owner(value) != USER:
            self._door(getattr(value, name, None))
            return MISSING
        self._visit(value, True, {name})
        if isinstance(value, Tensor | np.ndarray):
            return MISSING
        line = (*value.__mro__, type(value)) if isinstance(value, type) else type(value).__mro__
        for cls in line:
            found = cls.__dict__.get(name, MISSING)
            if isinstance(found, types.MemberDescriptorType):
                return getattr(value, name, MISSING)
            if hasattr(type(found), "__get__"):  # a method or a property: it may read any of it
                self._visit(value, True)
                return MISSING
            if found is not MISSING:
                break
        own = getattr(value, "__dict__", None)
        if isinstance(own, dict) and name in own:
            return own[name]
        if found is MISSING:  # the class may have a way to find it
            self._visit(value, True)
        return found

    def _standard_doors(self, found: bytecode.Reads, space: dict[str, Any]) -> None:
        """Looks whether the standard library's code may ask the world outside."""
        for name, chains in found.globals.items():
            for chain in chains:
                value = space.get(name, builtins.__dict__.get(name))
                for kind, key in chain:
                    if kind != "attribute" or not isinstance(value, types.ModuleType | type):
                        break
                    value = getattr(value, key, None)
                    self._door(value)

    def _door(self, value: Any) -> None:
        """A function of a trusted module that may give something else at every call."""
        door = changing(value)
        if door is not None:
            self._refuse(f"{door}()")

    def _reach(
        self, value: Any, ways: list[tuple[types.CodeType, Way]], path: Path | None = None
    ) -> None:
        """Visits what ways of looking up lead to; of an array, only the ways are noted."""
        if type(value) is np.ndarray and value.dtype.kind != "O":
            self._arrays[id(value)] = value
            self._alive.append(value)
            self._ways.setdefault(id(value), set()).update(ways)
        else:
            self._visit(value, True, None, path)

    def _only_operand(self, a: np.ndarray, taken: int) -> bool:
        """Whether all that the code did with an array was to give it to ops, ``taken`` times."""
        if id(a) in self._plain:
            return False
        looked = operators = 0
        for code, way in self._ways.get(id(a), ()):
            for goal in goals(code).get(way, [False]):
                if goal is not True and not (goal and self._is_op(code, goal)):
                    return False
                looked += self._calls.get(id(code), 0)
                operators += goal is True
        # What an operator takes may be NumPy's to compute with; a function of ops takes it surely,
        # though some do so more than once.
        return looked == taken if operators else 0 < looked <= taken

    def _is_op(self, code: types.CodeType, way: Way) -> bool:
        """Whether a way leads to a function of the package's ops."""
        kind, name, chain = way
        if kind != "global" or len(chain) > 1:
            return False
        for space, known, _, by in self._named:
            if by is code and known == name:
                found = space.get(name)
                if chain and isinstance(found, types.ModuleType):
                    found = vars(found).get(chain[0][1])
                module = getattr(found, "__module__", None) or ""
                return callable(found) and module.startswith("autograd_nn.engine.op")
        return False

    def _note(self, value: Any, chain: Chain) -> None:
        """What only takes notes: which object it is matters, what it holds does not."""
        value = self._follow(value, chain)
        if value is not MISSING and bytecode.type_owner(type(value)) in (OWN, USER):
            self._visit(value, True)

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
        unguarded = getattr(type(o), "unguarded", False)
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
            counted = path is not None and path.counted
            self._check("items", o, None, entries(o), counted, not strict, path)
        if isinstance(o, dict):
            for key, value in o.items():
                self._visit(key, strict)
                self._visit(value, strict, None, path and path.to(key))
        else:
            inside = path if isinstance(o, list | tuple) else None
            for i, value in enumerate(o):
                self._visit(value, strict, None, inside and inside.to(i))
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
        whose = bytecode.code_owner(code, f.__globals__)
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

    def _class(self, cls: type, only: set[str] | None = None) -> set[str]:
        """The classes of a line of bases that are a user's: what code names, and what ran.

        Returns all these names: an object or a class further down may come to hide them.
        """
        if type(cls) is not type and bytecode.type_owner(type(cls)) == USER:
            self._class(type(cls), only)
        if USER not in _make(cls)[0]:
            return set(self._names)
        if bytecode.type_owner(cls) == USER:
            self._attribute_check(cls, "__mro__")
        names = set(self._names if only is None else only)
        parts = [c for c in cls.__mro__ if bytecode.type_owner(c) == USER]
        ran = {n for c in parts for n, v in _namespace(c).items() if self._has_run(v)}
        if any(bytecode.type_owner(c) == OWN for c in cls.__mro__):  # a layer's call, a loss's
            ran |= {"call"} & set(dir(cls))
        names |= ran
        for part in parts:
            space = _namespace(part)
            for name, value in list(space.items()):
                named = name in names or (self._by_name and not name.startswith("__"))
                if named or name in ("__match_args__", "__getattr__"):
                    self._check("item", space, name, value)
                    self._visit(value, True)
            self._check("apart", space, frozenset(names - space.keys()), None)
        return names

    def _has_run(self, value: Any) -> bool:
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        if isinstance(value, property):
            return any(self._has_run(f) for f in (value.fget, value.fset) if f is not None)
        if isinstance(value, functools.cached_property):
            value = value.func
        if isinstance(value, types.FunctionType):
            return id(value.__code__) in self._ran
        # A descriptor of the user's own, or a decorator's object: it may have run.
        return bytecode.type_owner(type(value)) == USER and hasattr(type(value), "__get__")

    def _module(self, module: types.ModuleType) -> None:
        if bytecode.module_owner(module.__name__) != USER:
            for name in vars(module) if self._by_name else self._names & vars(module).keys():
                self._door(vars(module)[name])
            return
        space = vars(module)
        for name in self._names & space.keys():
            self._check("item", space, name, space[name])
            self._visit(space[name], True)
        if self._by_name:
            self._check("items", space, None, [*space, *space.values()])
        self._check("apart", space, frozenset(self._names - space.keys()), None)

    def _instance(self, o: Any, strict: bool, only: set[str] | None) -> None:
        cls = type(o)
        if isinstance(o, (*QUIET, operator.itemgetter)):
            return
        if isinstance(o, operator.attrgetter | operator.methodcaller):
            self._by_name = True
            return
        owners, slots = _make(cls)
        own = getattr(o, "__dict__", None)
        root = cls.__module__.partition(".")[0]
        if not isinstance(own, dict) and not slots and USER not in owners:
            if OWN in owners or root in FIXED or not strict:
                return
            if isinstance(o, dict | list | tuple | set | frozenset | deque):
                return
            if cls is object or cls.__module__ == "logging":
                return
            self._refuse(f"the state of a {cls.__module__}.{cls.__qualname__}")
            return
        if root in FIXED or root == "logging" or cls.__module__ in ("typing", "_io"):
            if cls.__module__ == "_io":
                self._refuse("a file")
            return
        hidden = next((c for c in cls.__mro__ if _keeps_to_itself(c)), None)
        if strict and hidden is not None:
            self._refuse(f"the state of a {hidden.__module__}.{hidden.__qualname__}")
            return
        if strict and root in ("pandas", "polars", "pyarrow", "torch", "jax", "tensorflow"):
            self._refuse(f"a {cls.__module__}.{cls.__qualname__}")
            return
        if not strict and USER not in owners and OWN not in owners:
            return
        names = self._class(cls, only)
        counted = getattr(cls, "counted", False)
        self._check("attribute", o, "__class__", cls, counted)
        everything = bool(owners & {STANDARD, LIBRARY}) or self._by_name
        ours = OWN in owners
        if isinstance(own, dict):
            self._attributes(
                o, own, everything, only, names, fields=ours, counted=counted, strict=strict
            )
        for name in slots:
            if only is not None and name not in only:
                continue
            if everything or name in self._names or only is not None:
                self._visit(self._attribute_check(o, name), strict)
            elif ours:
                self._visit(getattr(o, name, MISSING), False)

    def _attributes(
        self,
        o: Any,
        own: dict[str, Any],
        everything: bool,
        only: set[str] | None,
        inherited: set[str] = frozenset(),  # type: ignore[assignment]
        *,
        fields: bool = False,
        counted: bool = False,
        strict: bool = True,
    ) -> None:
        """An object's own attributes: those that code names, or all of them."""
        guarded = getattr(type(o), "guarded", None)
        unguarded = getattr(type(o), "unguarded", None) or ()
        names = self._names if only is None else only
        for name, value in list(own.items()):
            if name in unguarded or (guarded is not None and name not in guarded):
                if name not in names:
                    continue
            named = name in names
            if named or ((everything or fields) and only is None):
                ours = counted and not named
                path = None
                if type(value) in (list, dict) or (type(value) is tuple and not _is_plain(value)):
                    path = Path.of(o, name, ours and name.startswith("_"))
                if path is None:
                    self._check("own", o, name, value, ours, ours)
                else:  # its entries are checked, where it stands: it need not be held
                    self._check("own type", o, name, type(value), ours, ours)
                if named and not everything:
                    way: Way = ("attribute", name, ())
                    ways = [(c, way) for c in self._users if way in goals(c)]
                    self._reach(value, ways, path)
                else:
                    self._visit(value, strict and (named or everything), None, path)
            elif name in self._noting and only is None:
                self._check("own", o, name, value)
                if bytecode.type_owner(type(value)) == USER:
                    self._visit(value, True)
        if only is not None:
            for name in only - own.keys():
                self._check("own", o, name, MISSING)
        elif everything:
            self._check("own names", o, list(own), None)
        else:
            hidden = frozenset((names | inherited) - own.keys())
            if hidden:
                self._check("own apart", o, hidden, None, counted)

    def _tensor(self, x: Tensor, names: set[str]) -> None:
        if "grad" in names:
            self._visit(self._attribute_check(x, "grad"), True)
        if "array" in names:
            self._contents(x)
        if type(x) is not Tensor:
            for cls in type(x).__mro__:
                if cls is Tensor:
                    break
                if bytecode.type_owner(cls) == OWN:  # a weight: its steps are made by what it says
                    self._visit(getattr(x, "regularizer", None), False)
                    self._visit(getattr(x, "constraint", None), False)
                    continue
                for name, member in list(cls.__dict__.items()):
                    if isinstance(member, types.MemberDescriptorType):
                        self._visit(self._attribute_check(x, name), name in names)
            own = getattr(x, "__dict__", None)
            if own:
                self._attributes(x, own, False, None)

    def _contents(self, x: Tensor) -> None:
        self._check("attribute", x, "array", x.array)
        self._array_check(x.array)

    def _array(self, a: np.ndarray) -> None:
        if a.dtype.kind == "O":
            self._check("call", a.tolist, None, a.tolist())
            self._visit(a.tolist(), True)
        else:
            self._arrays[id(a)] = a
            self._plain.add(id(a))

    def _array_check(self, a: np.ndarray) -> None:
        try:
            r = weakref.ref(a)
        except TypeError:
            return
        look = functools.partial(_contents, r)
        self._check("call", look, None, look())


_makes: weakref.WeakKeyDictionary[type, Any] = weakref.WeakKeyDictionary()


def _make(cls: type) -> tuple[set[str], list[str]]:
    """Whose the classes of an object are, and the names of its slots."""
    found = _makes.get(cls)
    if found is None:
        owners = {bytecode.type_owner(c) for c in cls.__mro__ if c is not object}
        slots = [
            name
            for c in cls.__mro__
            for name, member in c.__dict__.items()
            if isinstance(member, types.MemberDescriptorType) and name != "__dict__"
        ]
        found = _makes[cls] = owners, slots
    return found


def _is_plain(value: Any) -> bool:
    return isinstance(value, PLAIN) or (type(value) is tuple and all(map(_is_plain, value)))


@functools.lru_cache(maxsize=1024)
def _keeps_to_itself(cls: type) -> bool:
    """Whether a class of the standard library is written in C, with state that cannot be seen."""
    if bytecode.type_owner(cls) not in (STANDARD, LIBRARY) or cls is object:
        return False
    if issubclass(cls, OPEN):
        return False
    if "__slots__" in vars(cls):  # only Python code says so
        return False
    return not any(isinstance(v, types.FunctionType) for v in vars(cls).values())


def _contents(r: Any) -> Any:
    a = r()
    return None if a is None else (a.shape, a.dtype.str, fingerprint(a))


def _namespace(cls: type) -> dict[str, Any]:
    """A class's own dictionary, behind the view of it that ``vars`` gives."""
    found = gc.get_referents(cls.__dict__)
    return found[0] if len(found) == 1 and isinstance(found[0], dict) else dict(cls.__dict__)

