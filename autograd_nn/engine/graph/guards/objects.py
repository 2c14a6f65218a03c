"""Objects: classes, instances and tensors, as far as the names of what ran lead into them."""

from __future__ import annotations

import functools
import gc
import operator
import threading
import types
import weakref
from collections import deque
from typing import Any

from autograd_nn.engine.graph.guards.chains import Chains
from autograd_nn.engine.graph.guards.checks import MISSING, PLAIN, Path
from autograd_nn.engine.graph.guards.doors import FIXED, QUIET
from autograd_nn.engine.graph.guards.operands import Way, goals
from autograd_nn.engine.graph.guards.owners import (
    LIBRARY,
    OWN,
    STANDARD,
    USER,
    module_owner,
    type_owner,
)
from autograd_nn.engine.tensor import Tensor

OPEN = (  # classes in C of which all can be seen
    dict, list, tuple, set, frozenset, deque, int, float, complex, str, bytes, BaseException, type,
    types.SimpleNamespace, threading.local, types.FunctionType, types.ModuleType,
)  # fmt: skip
# Methods of ours that are meant to be written anew, of a single object as well.
HOOKS = {"call", "compute_loss", "compute_mask", "compute_metrics", "prepare", "predict_step",
         "result", "update", "update_state", "update_step"}  # fmt: skip

FIELD = (bool, int, float, str, type(None))


class Objects(Chains):
    """What an object holds under the names that code speaks of, and what its classes do."""

    def __init__(self) -> None:
        super().__init__()
        self._names: set[str] = set()
        self._noting: set[str] = set()
        self._by_name = False
        self._ran: dict[int, types.CodeType] = {}
        self._users: list[types.CodeType] = []

    def _class(self, cls: type, only: set[str] | None = None) -> set[str]:
        """The classes of a line of bases that are a user's: what code names, and what ran.

        Returns all these names: an object or a class further down may come to hide them.
        """
        if type(cls) is not type and type_owner(type(cls)) == USER:
            self._class(type(cls), only)
        if USER not in _make(cls)[0]:
            return self._names | _make(cls)[2]
        if type_owner(cls) == USER:
            self._attribute_check(cls, "__mro__")
        names = set(self._names if only is None else only)
        parts = [c for c in cls.__mro__ if type_owner(c) == USER]
        ran = {n for c in parts for n, v in _namespace(c).items() if self._has_run(v)}
        ran |= _make(cls)[2]  # a layer's call, a loss's
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
        return type_owner(type(value)) == USER and hasattr(type(value), "__get__")

    def _module(self, module: types.ModuleType) -> None:
        if module_owner(module.__name__) != USER:
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
        owners, slots, _ = _make(cls)
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
        counted = getattr(cls, "_counted", False)
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
        guarded = getattr(type(o), "_guarded", None)
        unguarded = getattr(type(o), "_unguarded", None) or ()
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
                    path = Path.of(o, name, ours and name.startswith("_"), ours)
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
                if type_owner(type(value)) == USER:
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
                if type_owner(cls) == OWN:  # a weight, of which a step reads these
                    for name in ("regularizer", "constraint"):
                        value = getattr(x, name, MISSING)
                        self._check("attribute", x, name, value, counted=True)
                        self._visit(value, False)
                    continue
                for name, member in list(cls.__dict__.items()):
                    if isinstance(member, types.MemberDescriptorType):
                        self._visit(self._attribute_check(x, name), name in names)
            own = getattr(x, "__dict__", None)
            if own:
                self._attributes(x, own, False, None)


_makes: weakref.WeakKeyDictionary[type, Any] = weakref.WeakKeyDictionary()


def _make(cls: type) -> tuple[set[str], list[str], set[str]]:
    """Whose the classes of an object are, the names of its slots, and what it may come to hide.

    That are hooks, and fields that ours say in the class: None, a number or a text.
    """
    found = _makes.get(cls)
    if found is None:
        owners = {type_owner(c) for c in cls.__mro__ if c is not object}
        slots = [
            name
            for c in cls.__mro__
            for name, member in c.__dict__.items()
            if isinstance(member, types.MemberDescriptorType) and name != "__dict__"
        ]
        hidden = {
            name
            for c in cls.__mro__
            if type_owner(c) == OWN
            for name, value in c.__dict__.items()
            if name in HOOKS or isinstance(value, FIELD) and not name.startswith("_")
        }
        found = _makes[cls] = owners, slots, hidden
    return found


def _is_plain(value: Any) -> bool:
    return isinstance(value, PLAIN) or (type(value) is tuple and all(map(_is_plain, value)))


@functools.lru_cache(maxsize=1024)
def _keeps_to_itself(cls: type) -> bool:
    """Whether a class of the standard library is written in C, with state that cannot be seen."""
    if type_owner(cls) not in (STANDARD, LIBRARY) or cls is object:
        return False
    if issubclass(cls, OPEN):
        return False
    if "__slots__" in vars(cls):  # only Python code says so
        return False
    return not any(isinstance(v, types.FunctionType) for v in vars(cls).values())


def _namespace(cls: type) -> dict[str, Any]:
    """A class's own dictionary, behind the view of it that ``vars`` gives."""
    found = gc.get_referents(cls.__dict__)
    return found[0] if len(found) == 1 and isinstance(found[0], dict) else dict(cls.__dict__)
