"""Configuration: a constructor's fields, read back from the object, make a copy of it."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import integers
from autograd_nn.nn.registry import registered
from autograd_nn.nn.renamed import OLD, translated, whose


def fields(cls: Any) -> dict[str, Any]:
    """The constructor's parameters and their defaults, those passed on to base classes included.

    What a class names in ``_settled`` it says to its base itself, and is no field of its own.
    """
    found: dict[str, Any] = {}
    settled = getattr(cls, "_settled", ())
    for base in cls.__mro__:
        init = base.__dict__.get("__init__")
        if init is None or base is object:  # whose constructor says nothing
            continue
        taken, passes_on = _taken(init)
        for name, default in taken.items():
            if name not in settled:
                found.setdefault(name, default)
        if not passes_on:
            break
    return found


@lru_cache(1024)
def _taken(init: Callable[..., Any]) -> tuple[dict[str, Any], bool]:
    """A constructor's own parameters and their defaults, and whether it passes others on."""
    own = list(inspect.signature(init).parameters.values())[1:]
    named = {p.name: p.default for p in own if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    return named, any(p.kind is p.VAR_KEYWORD for p in own)


def encode(value: Any) -> Any:
    """A field as plain data: nested objects as class name and configuration, functions by name."""
    if hasattr(type(value), "_as_data"):
        return value._as_data()
    if isinstance(value, Tensor | np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, dict):
        return {k: encode(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(encode(v) for v in value)
    if callable(value) and hasattr(value, "__name__"):
        try:
            return registered.get(value, value.__name__)
        except TypeError:  # it has no hash
            return value.__name__
    return value


PLAIN = frozenset((bool, int, float, str, type(None)))  # which hold nothing


class Changes:
    """Counts what is set on any layer, loss, optimizer or metric.

    A recorded step froze what it read of them; while the count stands still nothing of it changed.
    held is the count at the last change that may concern what holds what: of more than a number or
    a text.
    """

    count = held = 0
    following = itertools.count(1).__next__  # no number comes twice, whichever threads ask


class derived:
    """A property that an attribute of its name, where one is set, comes before.

    A user's class may call its own attributes as it likes.
    """

    def __init__(self, find: Callable[[Any], Any]) -> None:
        self._find, self.__doc__ = find, find.__doc__

    def __get__(self, owner: Any, kind: type) -> Any:
        return self if owner is None else self._find(owner)


class Renamed:
    """Whose constructor, where it is ours, takes arguments by their names in Keras 1 and 2, too."""

    def _has_been_made(self, args: Any, options: dict[str, Any]) -> None:
        """Is called when an object of ours has been made, with what its constructor was given."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in cls.__dict__:
            ours = cls.__module__.startswith("autograd_nn.")
            wrapped = _by_old_names(cls, cls.__init__) if ours else _told(cls.__init__)
            cls.__init__ = wrapped  # type: ignore[method-assign]


class Configurable(Renamed):
    """An object that is made again from its constructor's fields, each kept under its own name."""

    _in_repr: tuple[str, ...] = ()  # fields that its repr gives, also where they are the default

    _kept_as: ClassVar[dict[str, str]] = {}  # fields that are kept under another name

    # fields that Keras has not, with what they are where nobody uses them: then configurations do
    # without them, and Keras reads these
    _beyond_keras: ClassVar[dict[str, Any]] = {}

    _told: Any = None  # the plain arguments that a user's class was made with

    _counted = True  # changes of an attribute need not be looked for, where the count stands still

    _unguarded: tuple[str, ...] = ()  # attributes that no result depends on

    def __setattr__(self, name: str, value: Any) -> None:
        before = self.__dict__.get(name)
        object.__setattr__(self, name, value)
        if name not in type(self)._unguarded:
            Changes.count = Changes.following()
            if type(value) not in PLAIN or type(before) not in PLAIN:
                Changes.held = Changes.count

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        Changes.count = Changes.held = Changes.following()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain data."""
        config = {name: encode(self._field(name)) for name in fields(type(self))}
        spare = self._beyond_keras
        return {k: v for k, v in config.items() if not (k in spare and v == spare[k])}

    def _briefly(self) -> str:
        """Its text within another object's."""
        return repr(self)

    def _as_data(self) -> Any:
        """What stands for it among another object's arguments."""
        return {"class_name": type(self).__name__, "config": self.get_config()}

    def _field(self, name: str) -> Any:
        """What a constructor's argument was."""
        for cls in type(self).__mro__:
            if name in (kept := cls.__dict__.get("_kept_as", ())):
                return getattr(self, kept[name])
        if not hasattr(self, name) and name in (self._told or ()):
            return self._told[name]
        return getattr(self, name)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new object from `get_config`'s result, ours or Keras's."""
        return cls(**known(cls, config))

    def __repr__(self) -> str:
        def text(value: Any) -> str:
            plain = encode(value)
            if isinstance(value, Tensor):
                return repr(plain)
            if isinstance(value, Configurable):
                return value._briefly()
            return plain if isinstance(plain, str) and callable(value) else repr(value)

        given = [
            f"{name}={text(self._field(name))}"
            for name, default in fields(type(self)).items()
            if name in self._in_repr or not same(encode(self._field(name)), default)
        ]
        return f"{type(self).__name__}({', '.join(given)})"


def _by_old_names(cls: type, init: Callable[..., None]) -> Callable[..., None]:
    """A constructor that takes its arguments by their names in Keras 1 and 2, too.

    NumPy's whole numbers among them are as good as Python's.
    """

    @wraps(init)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        if options and not OLD.isdisjoint(options):
            options = translated(options, fields(cls), whose(type(self), options))
        options = {name: integers(value) for name, value in options.items()}
        init(self, *map(integers, args), **options)
        if type(self).__init__ is __init__:
            self._has_been_made(args, options)

    return __init__


def _told(init: Callable[..., None]) -> Callable[..., None]:
    """A constructor of a user's class, which keeps the plain data among its arguments.

    So a configuration has them, also where the class keeps none of them.
    """
    signature = inspect.signature(init)

    @wraps(init)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        if type(self).__init__ is __init__:
            try:
                given = signature.bind(self, *args, **options)
            except TypeError:  # which the constructor will say
                init(self, *args, **options)
                return
            given.apply_defaults()
            named = {**given.arguments, **given.kwargs}
            self.__dict__["_told"] = {k: v for k, v in named.items() if _plain(v)}
        init(self, *args, **options)

    return __init__


# What Keras's configurations say, and nothing here depends on, and what they then say.
_IDLE: dict[str, tuple[Any, ...]] = {
    "quantization_config": (None,), "sparse": (False, None),
    "ragged": (False, None), "optional": (False, None), "input_axes": (None,),
    "output_axes": (None,),
}  # fmt: skip


def known(cls: Any, config: dict[str, Any]) -> dict[str, Any]:
    """A configuration without what Keras adds and we have no use for."""
    own = fields(cls)
    return {k: v for k, v in config.items() if k in own or v not in _IDLE.get(k, ())}


def _plain(value: Any) -> bool:
    """Whether this is plain data, which a configuration may hold as it is."""
    if isinstance(value, dict):
        return all(isinstance(k, str) and _plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def same(a: Any, b: Any) -> bool:
    return a is b or (type(a) is type(b) and a == b)


