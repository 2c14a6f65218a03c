"""A stand-in for a tensor that is not there yet: what is applied to it is noted, not computed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Symbolic:
    """The base of stand-ins: an op that meets one hands the call over to it."""

    __slots__ = ()

    def note(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """The stand-in for ``function(*args, **kwargs)``; this object is among the arguments."""
        raise NotImplementedError(f"{type(self).__name__} defines no note.")


def noted(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a stand-in among the arguments notes of a call; None where there is none."""
    for x in (*args, *kwargs.values()) if kwargs else args:
        if isinstance(x, Symbolic):
            return x.note(function, args, kwargs)
        if x.__class__ is list or x.__class__ is tuple:
            for inner in x:
                if isinstance(inner, Symbolic):
                    return inner.note(function, args, kwargs)
    return None


def noting(function: F) -> F:
    """A function made of ops that is noted whole, for it looks at its arguments' shapes."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        later = noted(wrapper, args, kwargs)
        return function(*args, **kwargs) if later is None else later

    return wrapper  # type: ignore[return-value]
