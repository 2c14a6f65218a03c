"""What holds for all layers that a call reaches, in one thread."""

from __future__ import annotations

import threading
from typing import Any


class Context(threading.local):
    """training   what somebody gave; added: losses that layers add, while a model is called.

    read   the values of symbols that losses read, of the last call of a model that has such.

    scopes   the names that `name_scope` puts before those of variables.
    names   how many names of each beginning were given out, where others are not to miss them.
    room   how much a model may still hold, while it is made from a file.
    lent   within a layer's call: what stands for the symbols that it reads beside its arguments.
    remat   the `RematScope` that layers are made in; again: whether a call runs that it covers.
    """

    training: bool | None = None
    scopes: tuple[str, ...] = ()
    names: Any = None
    added: list[Any] | None = None
    read: dict[Any, Any] = {}  # noqa: RUF012
    room: Any = None
    lent: Any = None
    remat: Any = None
    again: bool = False


context = Context()


class phase:
    """Within ``with``, layers do as in training, or as outside of it."""

    def __init__(self, training: bool | None) -> None:
        self.training = training

    def __enter__(self) -> None:
        self._before = context.training
        context.training = self.training

    def __exit__(self, *raised: Any) -> None:
        context.training = self._before


class name_scope:
    """Within ``with``, the paths of variables that are made begin with a name, and a slash.

    Raises ValueError for what is no text, or holds a slash.

    >>> from autograd_nn import nn
    >>> with nn.name_scope("encoder"):
    ...     nn.Variable([1.0], name="scale").path
    'encoder/scale'
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or "/" in name or not name:
            raise ValueError(
                f"name_scope received {name!r}; expected a name without '/'. Put one scope inside "
                "another for a longer path."
            )
        self.name = name

    def __enter__(self) -> name_scope:
        self._before = context.scopes
        context.scopes = (*context.scopes, self.name)
        return self

    def __exit__(self, *raised: Any) -> None:
        context.scopes = self._before


class placed:
    """Within ``with``, the paths of what is made begin with a layer's: where it was first met.

    layer   says by ``_place`` where that was, or learns it.
    """

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def __enter__(self) -> None:
        known = self.layer.__dict__
        if known.get("_place") is None:
            known["_place"] = scoped(self.layer.name)
        self._before = context.scopes
        context.scopes = (known["_place"],)

    def __exit__(self, *raised: Any) -> None:
        context.scopes = self._before


def scoped(name: str) -> str:
    """A name behind those of the scopes it is given in."""
    return "/".join((*context.scopes, name)) if context.scopes else name
