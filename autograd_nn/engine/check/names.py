"""Names for a function's inputs, as its reader would write them: ``params['w'][0]``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any


def argument_names(f: Any, args: tuple, kwargs: dict[str, Any]) -> list[str]:
    """A name for every argument: the parameter's, where the function tells them."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "input")
    found = [names[i] if i < len(names) else f"{rest}[{i - len(names)}]" for i in range(len(args))]
    return found + list(kwargs)


def paths(path: str, value: Any) -> Iterator[str]:
    """The path of every leaf of a tree, in the order of `tree.flatten`."""
    if value is None:
        return
    if isinstance(value, dict):
        for key, part in value.items():
            yield from paths(f"{path}[{key!r}]", part)
    elif isinstance(value, list | tuple):
        for i, part in enumerate(value):
            yield from paths(f"{path}[{i}]", part)
    else:
        yield path
