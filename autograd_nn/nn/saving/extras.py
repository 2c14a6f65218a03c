"""Libraries that some formats need, imported where they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def extra(module: str, what: str, name: str) -> Any:
    """A module of a library that is installed only where somebody asks for it.

    Raises ImportError, which names the extra that brings it.

    >>> extra("json", "text", "files").dumps({})
    '{}'
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{what} needs {module.partition('.')[0]}, which is not installed. Install the extra "
            f"{name!r}: pip install 'autograd-nn[{name}]'."
        ) from error
