"""Constructors from fields: what a class says of its arguments, it says once.

::

    @fields
    class Huber(Loss):
        delta: float = 1.0

has the constructor ``Huber(delta=1.0, reduction=…, name="huber", dtype=None)``: its own fields in
order, then those of its base; each is kept under its own name. ``check`` may refuse them, and
``build`` makes what follows from them.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, TypeVar, dataclass_transform

from autograd_nn.nn import configurable
from autograd_nn.nn.checks import integers
from autograd_nn.nn.lookup import snake_case, unexpected
from autograd_nn.nn.renamed import OLD, translated

T = TypeVar("T")
_NEEDED = inspect.Parameter.empty


@dataclass_transform()
def fields(cls: type[T]) -> type[T]:
    """Gives a class the constructor that its annotated fields describe.

    A ``name`` of None by default, or derived so by the base, is the class's own in snake_case.

    >>> from autograd_nn import nn
    >>> @fields
    ... class Scaled(nn.Loss):
    ...     factor: float = 2.0
    ...     def call(self, y_true, y_pred):
    ...         return self.factor * nn.losses.mean_squared_error(y_true, y_pred)
    >>> Scaled(), float(Scaled(3.0)([[1.0]], [[2.0]]))
    (Scaled(), 3.0)
    """
    if "__init__" in cls.__dict__:
        return cls
    base: Any = next(b for b in cls.__mro__[1:] if "__init__" in b.__dict__)
    added = cls.__mro__[: cls.__mro__.index(base)]  # what stands between has no constructor
    afterwards = [
        found
        for what in ("check", "build")
        if (found := next((b.__dict__[what] for b in added if what in b.__dict__), None))
    ]
    own = {
        name: cls.__dict__.get(name, _NEEDED)
        for name, kind in inspect.get_annotations(cls).items()
        if not str(kind).startswith("ClassVar")
    }
    passed = configurable.fields(base)
    known = {**own, **{n: d for n, d in passed.items() if n not in own}}
    if known.get("name", _NEEDED) in (None, snake_case(base.__name__)):
        known["name"] = snake_case(cls.__name__)

    def __init__(self: Any, *args: Any, **options: Any) -> None:
        given = bound(cls.__name__, known, args, options)
        for name in own:  # first, for what the base makes may follow from them
            if name not in passed:
                setattr(self, name, given[name])
        base.__init__(self, **{n: given[n] for n in passed})
        for later in afterwards:
            later(self)

    __init__.__signature__ = signature(known, "self")  # type: ignore[attr-defined]
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = __init__  # type: ignore[method-assign]
    return cls


def signature(known: Mapping[str, Any], *before: str) -> inspect.Signature:
    """That of a function of some arguments and then of fields with their defaults."""
    both = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature(
        [inspect.Parameter(n, both) for n in before]
        + [inspect.Parameter(n, both, default=d) for n, d in known.items()]
    )


def bound(where: str, known: Mapping[str, Any], args: Any, options: Mapping[str, Any]) -> Any:
    """The fields' values; raises TypeError for what is unknown, given twice, or not given."""
    if not OLD.isdisjoint(options):
        options = translated(options, known, where)
    unexpected({n: v for n, v in options.items() if n not in known}, known, where)
    if len(args) > len(known):
        raise TypeError(
            f"{where} received {len(args)} arguments; expected at most {len(known)}: "
            f"{', '.join(known)}. Pass them by name."
        )
    placed = dict(zip(known, map(integers, args), strict=False))
    options = {n: integers(v) for n, v in options.items()}
    for name in placed.keys() & options.keys():
        raise TypeError(f"{where} received {name} twice; expected it once. Pass it by name.")
    given = {**known, **placed, **options}
    missing = [n for n in given if given[n] is _NEEDED]
    if missing:
        raise TypeError(
            f"{where} received no {missing[0]}; expected it, for it has no default. Pass "
            f"{missing[0]}=…"
        )
    return given
