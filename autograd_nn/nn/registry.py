"""One registry of names: what ``"adam"``, ``{"class_name": "Adam"}`` and `Adam` mean.

A class or a function is named where it is defined::

    @family("loss")                # every subclass is a loss
    class Loss: ...

    @named("mse")                  # also mean_squared_error, MeanSquaredError, MSE
    class MeanSquaredError(Loss): ...

    @named("swish", of="activation")
    def silu(x): ...

`find` is behind every ``get``; `look_up` and `name_of` serve files. A user's own objects come
first: those of `scope`, then those in `customs`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TypeVar

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.lookup import snake_case

T = TypeVar("T")

customs: dict[str, Any] = {}  # registered by users, everywhere
registered: dict[Any, str] = {}  # what users registered: its name in customs
_scoped: ContextVar[Mapping[str, Any]] = ContextVar("scoped", default=MappingProxyType({}))

_bases: dict[type, tuple[str, bool]] = {}  # base class: its family, whether class names are shown
_names: dict[str, dict[str, Any]] = {}  # family: every spelling
_shown: dict[str, dict[str, Any]] = {}  # family: the spellings that errors suggest
_functions: dict[str, Any] = {}  # functions that classes of the same name stand beside
_called: dict[Any, str] = {}  # what is named: its first name


def family(name: str, by_class: bool = False) -> Callable[[type[T]], type[T]]:
    """Marks the base class of what is looked up together.

    by_class   whether its names are those of the classes, in place of snake_case.
    """

    def mark(base: type[T]) -> type[T]:
        _bases[base] = name, by_class
        return base

    return mark


def family_of(cls: type) -> str | None:
    """What a class is: 'loss', 'layer', …; None where no base of it is the base of a family."""
    return next((_bases[base][0] for base in cls.__mro__ if base in _bases), None)


def named(
    *aliases: str, of: str | None = None, first: str | None = None, by_class: bool | None = None
) -> Callable[[T], T]:
    """Names a class by its name in snake_case, or a function by its own, and by aliases.

    of         the family; needed for a function, a class belongs to its base's.
    first      its name, where snake_case would split it at the wrong place.
    by_class   whether only the class's own spelling names it, for the other means another.
    Raises ValueError where a name is taken, or there is no family.

    >>> @named("tenfold", of="scale")
    ... def ten_times(x):
    ...     return 10 * x
    >>> find("tenfold", "scale") is find("ten_times", "scale") is ten_times
    True
    """

    def name(thing: T) -> T:
        own = str(thing.__name__)  # type: ignore[attr-defined]
        base = next((b for b in getattr(thing, "__mro__", ()) if b in _bases), None)
        kind, shown_by_class = _bases[base] if base is not None else (of, False)
        if kind is None:
            raise ValueError(
                f"received {own!r} to be named, which no base makes a loss, a layer or the like; "
                "expected the family of a function. Pass it, as in of='activation'."
            )
        shown = first or (own if shown_by_class or by_class else snake_case(own))
        keys = {own, shown, *aliases} | (set() if by_class else {own.lower(), snake_case(own)})
        table = _names.setdefault(kind, {})
        for key in sorted(keys):
            if key in table and _place(table[key]) != _place(thing):
                raise ValueError(
                    f"received the name {key!r} for {_place(thing)}; expected one that is free: it "
                    f"is that of the {kind} {_place(table[key])}. Choose another."
                )
        table.update(dict.fromkeys(keys, thing))
        _shown.setdefault(kind, {}).update(dict.fromkeys((shown, *aliases), thing))
        _called[thing] = shown
        return thing

    return name


def _place(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def families() -> list[str]:
    """The families there are."""
    return list(_names)


def names(kind: str) -> dict[str, Any]:
    """What a family holds: each name that is shown, and what it names."""
    return dict(_shown.get(kind, {}))


def name_of(thing: Any) -> str | None:
    """The first name of a class or function; None where it has none.

    >>> from autograd_nn import nn
    >>> name_of(nn.Adam), name_of(nn.activations.silu), name_of(print)
    ('adam', 'silu', None)
    """
    return _called.get(thing)


@contextmanager
def scope(objects: Mapping[str, Any]) -> Iterator[None]:
    """Within ``with``, names also mean these objects, before all others.

    >>> from autograd_nn import nn
    >>> with scope({"twice": lambda x: 2 * x}):
    ...     layer = nn.Activation("twice")
    >>> layer([3.0]).tolist()
    [6.0]
    """
    token = _scoped.set({**_scoped.get(), **objects})
    try:
        yield
    finally:
        _scoped.reset(token)


def beside(function: T) -> T:
    """Lets a function be looked up as one, where its name alone means the class it was made of."""
    _functions[function.__name__] = function  # type: ignore[attr-defined]
    _called[function] = function.__name__  # type: ignore[attr-defined]
    return function


def own(name: str) -> Any:
    """What users registered under a name, here or everywhere; None where nothing is.

    A name without its package means what is registered, if that is one thing alone.
    """
    found = _registered(name)
    return _alone(name) if found is None else found


def _registered(name: str) -> Any:
    return next((table[name] for table in (_scoped.get(), customs) if name in table), None)


def _alone(name: str) -> Any:
    """What is registered under this name in some package, if that is one thing alone."""
    found = [thing for full, thing in customs.items() if full.partition(">")[2] == name]
    return found[0] if len(found) == 1 else None


def look_up(name: str, kind: str | None = None, function: bool = False) -> Any:
    """The class or function of a name, of any family where none is given; None where unknown.

    What was registered in a package comes last, where its name lacks it: "mse" stays ours.
    function   whether a function is meant, where class and function share a name.

    >>> look_up("Adam", "optimizer") is look_up("adam")
    True
    """
    found = _registered(name)
    if found is not None:
        return found
    if function and name in _functions:
        return _functions[name]
    for table in _names.values() if kind is None else (_names.get(kind, {}),):
        for key in (name, name.lower(), snake_case(name)):
            if key in table:
                return table[key]
    return _alone(name)


def class_of(name: str) -> type | None:
    """The class of a name, also where a function has it in another family; None where unknown.

    >>> look_up("ReLU"), class_of("ReLU")  # doctest: +ELLIPSIS
    (<function relu at ...>, <class 'autograd_nn.nn.layers.activation.ReLU'>)
    """
    found = (look_up(name, kind) for kind in _names)
    return next((thing for thing in found if isinstance(thing, type)), None)


def function_of(what: Any) -> Any:
    """A function, or the one meant by its name or configuration; raises ValueError for neither."""
    name = what.get("config") if isinstance(what, Mapping) else what
    found = look_up(name, function=True) if isinstance(name, str) else what
    if not callable(found):
        raise ValueError(
            f"received the function {name!r}, which is not known; expected one of ours, or one "
            "that was registered. Register it, or pass it in custom_objects."
        )
    return found


def find(what: Any, kind: str) -> Any:
    """The object meant by a name, a configuration, a class or the object itself; None stays None.

    Raises ValueError for an unknown name, with the nearest one, and for anything else.
    """
    if what is None:
        return None
    if isinstance(what, Mapping) and "class_name" in what:
        return _made(what, kind)
    if isinstance(what, str):
        found = _known(what, kind)
        return _plain(found, kind) if isinstance(found, type) else found
    if isinstance(what, type):
        return _plain(what, kind)
    if callable(what) or family_of(type(what)) == kind:
        return what
    raise ValueError(
        f"received {what!r} as {kind}; expected a name, an object or a function. "
        + did_you_mean(what, _shown.get(kind, ()))
    )


def _plain(cls: type, kind: str) -> Any:
    """An object of a class as it is by default; raises ValueError where arguments are needed."""
    known = inspect.signature(cls).parameters.values()
    needed = [p.name for p in known if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    if needed:
        raise ValueError(
            f"received the {kind} {cls.__name__} without {', '.join(needed)}; expected an object "
            f"made with them. Pass {cls.__name__}({', '.join(n + '=…' for n in needed)})."
        )
    return cls()


def _made(config: Mapping[str, Any], kind: str) -> Any:
    """What a configuration describes: ``{"class_name": …, "config": …}``, as files hold it."""
    name, inner = config["class_name"], config.get("config")
    if name == "function":
        return look_up(str(inner), kind, function=True) or _known(str(inner), kind)
    registered = config.get("registered_name")
    cls = look_up(registered, kind) if registered else None
    cls = cls or _known(name, kind)
    make = getattr(cls, "from_config", None)
    return make(dict(inner or {})) if make else cls(**(inner or {}))


def _known(name: str, kind: str) -> Any:
    found = look_up(name, kind)
    if found is None:
        raise ValueError(
            f"received the unknown {kind} {name!r}; expected a known name, an object or a "
            "function. " + did_you_mean(name, _shown.get(kind, ()))
        )
    return found
