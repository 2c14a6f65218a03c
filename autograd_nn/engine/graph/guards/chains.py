"""Chains: a name that code looks up, and the attributes and items it takes of what it finds."""

from __future__ import annotations

import builtins
import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_nn.engine.graph.guards import reads as bytecode
from autograd_nn.engine.graph.guards.arrays import Arrays
from autograd_nn.engine.graph.guards.checks import MISSING, Path
from autograd_nn.engine.graph.guards.owners import OWN, USER, module_owner, type_owner
from autograd_nn.engine.graph.guards.reads import Chain, Step
from autograd_nn.engine.tensor import Tensor


class Chains(Arrays):
    """Follows what code names step by step, and watches each step."""

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
                value, path = self._item(value, key, path), path and path.to(key, value)
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
            if module_owner(value.__name__) != USER and callable(found):
                self._door(found)
                return found if isinstance(found, type) else MISSING  # trusted code
            return found
        if isinstance(value, type) and type_owner(value) != USER:
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

    def _note(self, value: Any, chain: Chain) -> None:
        """What only takes notes: which object it is matters, what it holds does not."""
        value = self._follow(value, chain)
        if value is not MISSING and type_owner(type(value)) in (OWN, USER):
            self._visit(value, True)
