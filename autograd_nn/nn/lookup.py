"""Names: objects found by name, with the nearest suggested, and unique names given out."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Mapping
from itertools import count
from typing import Any

from autograd_nn.engine.errors import did_you_mean

_given: defaultdict[str, count[int]] = defaultdict(count)  # counts that threads may share


def snake_case(name: str) -> str:
    """A class name as Keras spells it in lower case.

    >>> snake_case("BinaryCrossentropy")
    'binary_crossentropy'
    """
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def unique_name(prefix: str) -> str:
    """``dense``, then ``dense_1``, ``dense_2``, … until `clear_names`."""
    n = next(_given[prefix])
    return f"{prefix}_{n}" if n else prefix


def clear_names() -> None:
    """Starts the numbering of names afresh."""
    _given.clear()


def find(what: Any, table: Mapping[str, Any], kind: str) -> Any:
    """The object meant by a name, a configuration, a class or the object itself; None stays None.

    Raises ValueError for an unknown name, with the nearest one, and for anything else.
    """
    if what is None:
        return None
    if isinstance(what, dict) and "class_name" in what:
        return _named(what["class_name"], table, kind)(**what.get("config", {}))
    if isinstance(what, str):
        found = _named(what, table, kind)
        return found() if isinstance(found, type) else found
    if isinstance(what, type):
        return what()
    if callable(what) or any(isinstance(what, c) for c in table.values() if isinstance(c, type)):
        return what
    raise ValueError(
        f"received {what!r} as {kind}; expected a name, an object or a function. "
        + did_you_mean(what, table)
    )


def _named(name: str, table: Mapping[str, Any], kind: str) -> Any:
    for key in (name, name.lower(), snake_case(name)):
        if key in table:
            return table[key]
    raise ValueError(
        f"received the unknown {kind} {name!r}; expected a known name, an object or a function. "
        + did_you_mean(name, table)
    )


def renamed(old: str, new: str, where: str) -> None:
    """Warns that an old spelling was used, and names the new one."""
    warnings.warn(
        f"{where}: received {old}=, an old spelling; write {new}= in its place.",
        DeprecationWarning,
        stacklevel=4,
    )


def unexpected(options: Mapping[str, Any], known: Any, where: str) -> None:
    """Raises TypeError for arguments that nobody took."""
    if options:
        name = next(iter(options))
        raise TypeError(
            f"{where} received an unknown argument {name!r}; expected one it knows. "
            + did_you_mean(name, known)
        )
