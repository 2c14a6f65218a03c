"""Names: how classes are spelled, unique ones given out, unknown ones told."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any

from autograd_nn.engine.errors import ArgumentError, did_you_mean
from autograd_nn.nn.context import context

_given: defaultdict[str, count[int]] = defaultdict(count)  # counts that threads may share


@cache
def snake_case(name: str) -> str:
    """A class name as Keras spells it in lower case.

    >>> snake_case("BinaryCrossentropy")
    'binary_crossentropy'
    """
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _next(prefix: str) -> int:
    return next((_given if context.names is None else context.names)[prefix])


def unique_name(prefix: str) -> str:
    """``dense``, then ``dense_1``, ``dense_2``, … until `clear_names`."""
    n = _next(prefix)
    return f"{prefix}_{n}" if n else prefix


def get_uid(prefix: str = "") -> int:
    """How often this prefix has been asked for, this time included, for names that differ.

    >>> get_uid("an_example"), get_uid("an_example")
    (1, 2)
    """
    return _next(prefix) + 1


def clear_names() -> None:
    """Starts the numbering of names afresh."""
    _given.clear()


@contextmanager
def names_apart() -> Iterator[None]:
    """Within ``with``, names are given out by numbers of their own: what is made there goes."""
    before, context.names = context.names, defaultdict(count)
    try:
        yield
    finally:
        context.names = before


def unexpected(options: Mapping[str, Any], known: Any, where: str) -> None:
    """Raises ArgumentError for arguments that nobody took."""
    if options:
        name = next(iter(options))
        raise ArgumentError(
            f"{where} received an unknown argument {name!r}; expected one it knows. "
            + did_you_mean(name, known)
        )
