"""Checks: a place to read again, and what was found there.

A check is by identity first. Where another object stands in the place, a number or a text that is
equal will do, and is what is looked for from then on. Objects are held weakly wherever Python
allows it: a guard keeps no model and no function alive.
"""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()  # what stands where there is nothing
PLAIN = (int, float, bool, complex, str, bytes, type(None), np.generic, np.dtype)
LASTING = (*PLAIN, types.ModuleType, types.CodeType, types.BuiltinFunctionType)

# The place as an expression of its holder and its key, and how it differs from what it was.
PLACES = {
    "item": "{h}[{k}]",
    "attribute": "getattr({h}, {k}, MISSING)",
    "own": "{h}.__dict__[{k}]",
}
SETS = {
    "apart": "{k}.isdisjoint({h})",
    "own apart": "{k}.isdisjoint({h}.__dict__)",
    "own names": "[*{h}.__dict__] == {k}",
}


class Check:
    """One place, and what it held.

    kind      item: of a dict or list; attribute; own: of an object's ``__dict__``; items: all
              entries of a container; call: what a function gives; apart, own apart: none of these
              names is a key; own names: these are the keys; own type: of an attribute, its type.
    counted   a change of it is counted elsewhere, so that it need not be looked at every time.
    ours      this package's own: what stands there at the end of the recording is what counts.
    """

    __slots__ = ("_dead", "_holder", "_ids", "counted", "key", "kind", "ours", "was", "weak")

    def __init__(
        self, kind: str, holder: Any, key: Any, was: Any, counted: bool = False, ours: bool = False
    ) -> None:
        self.kind, self.key, self.counted, self.ours = kind, key, counted, ours
        self._holder: Callable[[], Any] = _Strong(holder)
        if isinstance(holder, Path):
            self._holder = holder
        elif kind not in ("item", "items", "apart", "call"):
            self._holder = _weakly(holder) or self._holder
        self._dead: list[Any] = []
        self._set(was)

    def _set(self, was: Any) -> None:
        if self.kind == "items":
            self._ids = [*map(id, was)]
            self._dead = []
            self.was = [
                v if isinstance(v, PLAIN) else _weakly(v, self._dead.append) or _Strong(v)
                for v in was
            ]
            return
        ref = None if isinstance(was, LASTING) or _lasts(was) else _weakly(was)
        self.weak, self.was = ref is not None, was if ref is None else ref

    def read(self) -> Any:
        """What stands in the place now."""
        holder, key, kind = self._holder(), self.key, self.kind
        if kind == "item":
            try:
                return holder[key]
            except (KeyError, IndexError):
                return MISSING
        if kind == "attribute":
            return getattr(holder, key, MISSING)
        if kind == "own":
            return holder.__dict__.get(key, MISSING)
        if kind == "call":
            return holder()
        if kind == "items":
            return entries(holder)
        if kind == "own type":
            return type(holder.__dict__.get(key, MISSING))
        if kind == "own names":
            return [*holder.__dict__] == key
        return key.isdisjoint(holder if kind == "apart" else holder.__dict__)

    @property
    def gone(self) -> bool:
        """Whether the place went with the object it was in."""
        return isinstance(self._holder, weakref.ReferenceType) and self._holder() is None

    def renew(self) -> None:
        """Takes what stands there now for what it was."""
        if self.kind == "own names":
            self.key = [*self._holder().__dict__]
        elif self.kind not in SETS:
            self._set(self.read())

    def holds(self) -> bool:
        """Whether the place holds what it held, or something plain that is equal."""
        now = self.read()
        if self.kind in SETS:
            return now
        if self.kind == "items":
            return self._same_items(now)
        was = self.was() if self.weak else self.was
        if now is was:
            return not (self.weak and was is None)
        if not alike(was, now):
            return False
        self._set(now)
        return True

    def _same_items(self, now: list[Any]) -> bool:
        if not self._dead and self._ids == [*map(id, now)]:
            return True
        if len(now) != len(self.was):
            return False
        if isinstance(self._holder(), set | frozenset) and not self._dead:
            if sorted(self._ids) == sorted(map(id, now)):
                return True
        for old, new in zip(self.was, now, strict=True):
            value = old() if isinstance(old, _Strong | weakref.ReferenceType) else old
            if (value is not new or value is None and old is not None) and not alike(value, new):
                return False
        self._set(now)
        return True

    def lines(self, i: int, space: dict[str, Any]) -> list[str]:
        """The check as lines of a function, over names it puts into ``space``."""
        text = []
        h = f"h{id(self if self.kind in ('call', 'items') else self._holder())}"
        if h not in space:
            if isinstance(self._holder, _Strong):
                space[h] = self._holder.value
            elif self.kind != "items":
                space[h + "r"] = self._holder
                space.setdefault(h, None)
                text.append(f"  {h} = {h}r()")
        k = repr(self.key)
        if not isinstance(self.key, str | int):
            k = f"k{i}"
            space[k] = self.key
        place = PLACES.get(self.kind)
        if self.kind == "attribute" and self.was is not MISSING:
            place = "{h}." + self.key
        if self.kind in SETS:
            return [*text, f"  if not {SETS[self.kind].format(h=h, k=k)}: return otherwise()"]
        if place is None or (self.was is MISSING and not self.weak and self.kind != "attribute"):
            if self.was is MISSING and self.kind == "item" and isinstance(space.get(h), dict):
                return [*text, f"  if {k} in {h}: return otherwise()"]
            space[f"c{i}"] = self.holds
            return [*text, f"  if not c{i}(): return otherwise()"]
        space[f"w{i}"] = self.was
        if self.weak:
            return [*text, f"  x = {place.format(h=h, k=k)}",
                    f"  if x is None or w{i}() is not x: return otherwise()"]  # fmt: skip
        return [*text, f"  if {place.format(h=h, k=k)} is not w{i}: return otherwise()"]


def _lasts(value: Any) -> bool:
    """Whether an object lives as long as its module: it may be held."""
    if type(value) is types.FunctionType:
        return sys.modules.get(value.__module__) is not None and value.__closure__ is None and (
            value.__globals__.get(value.__name__) is value
        )
    return value is MISSING


class Path:
    """Where a container stands in an object: that is held weakly, the container not at all."""

    __slots__ = ("_key", "_of", "assigned", "counted")

    def __init__(self, of: Any, key: Any, counted: bool, assigned: bool) -> None:
        self._of, self._key, self.counted, self.assigned = of, key, counted, assigned

    @classmethod
    def of(
        cls, o: Any, name: str, counted: bool = False, assigned: bool = False
    ) -> Path | None:
        """The path to an object's own attribute; None where the object takes no weak reference.

        counted   changes of the container are counted, as those of the attribute are.
        assigned  that the attribute is set is counted: a tuple there changes in no other way.
        """
        ref = _weakly(o)
        return None if ref is None else cls(ref, name, counted, assigned)

    def to(self, key: Any, container: Any) -> Path:
        """The path to one of the container's entries."""
        return Path(self, key, self.counted, self.assigned and type(container) is tuple)

    def __call__(self) -> Any:
        holder = self._of()
        return holder[self._key] if type(self._of) is Path else holder.__dict__[self._key]


def entries(o: Any) -> list[Any]:
    """All entries of a container; a dictionary's keys, then its values."""
    return [*o, *o.values()] if isinstance(o, dict) else [*o]


class _Strong:
    """Stands where a weak reference cannot."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self) -> Any:
        return self.value


def _weakly(value: Any, gone: Callable[..., Any] | None = None) -> Any:
    """A weak reference to an object, None where it takes none."""
    try:
        return weakref.ref(value, gone)
    except TypeError:
        return None


def alike(a: Any, b: Any) -> bool:
    """Whether two plain values, or tuples of such, mean the same to whoever reads them."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(alike(v, b[k]) for k, v in a.items())
    # By its text: 0.0 is not -0.0, and nan is nan.
    return isinstance(a, PLAIN) and (a == b or a != a) and repr(a) == repr(b)
