"""The finder: imports of Keras's modules give stand-ins, whose names are ours."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any

from autograd_nn.compat.after import AFTER
from autograd_nn.compat.along import along, brought
from autograd_nn.compat.functions.again import follow
from autograd_nn.compat.lent.bent import Lender, give_back
from autograd_nn.compat.lent.elders import SUCCESSORS, lend, take_back
from autograd_nn.compat.places import ASIDE, sources
from autograd_nn.engine.errors import did_you_mean
from autograd_nn.engine.mode import followers


class StandIn(ModuleType):
    """A module whose names are those of others, looked up when they are asked for."""

    _sources: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return [n for n in dir(self) if not n.startswith("_")]
        if name.startswith("__") and name != "__version__":
            raise AttributeError(name)
        path = f"{self.__name__}.{name}"
        if name in along(self.__name__):
            return brought(name)
        for source in self._sources:
            found = getattr(importlib.import_module(source), name, self)
            if found is not self and not (isinstance(found, ModuleType) and _is_module(path)):
                return found
        if _is_module(path):
            with suppress(ModuleNotFoundError):  # of what is not part of this version
                return importlib.import_module(path)
        raise AttributeError(
            f"module {self.__name__!r} has no attribute {name!r} here; expected one of ours. "
            + did_you_mean(name, dir(self))
        )

    def __dir__(self) -> list[str]:
        names = {n for s in self._sources for n in _told(importlib.import_module(s), self.__name__)}
        names.update(along(self.__name__))
        return sorted(n for n in names if not n.startswith("_"))


# Where what is no name of a module's own comes from.
_AIDS = ("typing", "collections.abc", "functools", "__future__", "contextlib", "dataclasses")


def _told(source: ModuleType, told: str) -> list[str]:
    """The names that a module of ours has for one of Keras's: not what it works with itself.

    A star would put ``nn.random`` in the place of a script's ``random``.
    """

    def own(name: str) -> bool:
        if told.startswith("tensorflow") and "keras" not in told:
            return True
        found = getattr(source, name, None)
        if isinstance(found, ModuleType):
            return _is_module(f"{told}.{name}")
        return getattr(found, "__module__", None) not in _AIDS

    return [n for n in dir(source) if not n.startswith("_") and own(n)]


class Finder(MetaPathFinder, Loader):
    """Finds a stand-in for every module below some names."""

    def __init__(self, roots: Sequence[str]) -> None:
        self.roots = tuple(roots)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not _below(name, self.roots):
            return None
        found = sources(name)
        within = None if found is not None else _within(name)
        if isinstance(within, SimpleNamespace):
            return ModuleSpec(name, self, loader_state=within, is_package=True)
        if isinstance(within, ModuleType):
            found = (within.__name__,)
        if found is None:
            raise ModuleNotFoundError(
                f"{name} was imported, and nothing stands for it; expected a module of Keras, or "
                "the few functions of TensorFlow that its tutorials use.", name=name,
            )  # fmt: skip
        return self._spec(name, found)

    def _spec(self, name: str, found: Sequence[str]) -> ModuleSpec:
        return ModuleSpec(
            name, self, origin=" + ".join(found), loader_state=found, is_package=True
        )

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = StandIn(spec.name)
        if isinstance(spec.loader_state, SimpleNamespace):
            vars(module).update(vars(spec.loader_state))
            return module
        module._sources = tuple(spec.loader_state)
        for source in module._sources:
            if not _exists(source):
                raise ModuleNotFoundError(
                    f"{spec.name} was imported; expected {source}, which is not part of this "
                    "version.", name=spec.name,
                )  # fmt: skip
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is run: names are looked up later."""


class Successors(Finder):
    """Finds what answers for modules that other libraries have no longer."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        found = SUCCESSORS.get(name)
        return None if found is None else self._spec(name, found)


def _within(name: str) -> Any:
    """What has a module's name within what stands for the folder around it."""
    folder, _, last = name.rpartition(".")
    return getattr(sys.modules.get(folder), last, None)


def _is_module(path: str) -> bool:
    found = sources(path)
    return found is not None and any(map(_exists, found))


def _exists(source: str) -> bool:
    try:
        return find_spec(source) is not None
    except ModuleNotFoundError:
        return False


def _below(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


class Installed:
    """What `install_as` did; ``remove()``, or the end of a ``with``, undoes it."""

    def __init__(self, roots: Sequence[str]) -> None:
        self.roots = (*roots, *(ASIDE if "keras" in roots else ()), "scipy.misc")
        there = sys.modules.copy().items()
        self.before = {n: m for n, m in there if _below(n, self.roots)}
        for name in self.before:
            del sys.modules[name]
        self.finder, self.successors = Finder(self.roots), Successors(())
        sys.meta_path.insert(0, self.finder)
        sys.meta_path.append(self.successors)  # what is there comes first
        AFTER.append(object)
        self.depth = len(AFTER)
        followers.append(follow)
        AFTER.append(followers.pop)
        self.lent, self.lender = lend(), Lender()
        sys.meta_path.insert(0, self.lender)

    def remove(self) -> None:
        """Imports are as before."""
        if self.finder in sys.meta_path:
            sys.meta_path.remove(self.finder)
            sys.meta_path.remove(self.successors)
            while len(AFTER) >= self.depth:
                AFTER.pop()()
            sys.meta_path.remove(self.lender)
            give_back(self.lender.lent)
            take_back(self.lent)
            for name, module in sys.modules.copy().items():
                if isinstance(module, StandIn):
                    del sys.modules[name]
                    folder, _, last = name.rpartition(".")
                    vars(sys.modules.get(folder, module)).pop(last, None)
            sys.modules.update(self.before)

    def __enter__(self) -> Installed:
        return self

    def __exit__(self, *raised: object) -> None:
        self.remove()
