"""What is raised for a file that holds no model, or no longer the one that was saved."""

from __future__ import annotations


class ModelFileError(ValueError):
    """A file that cannot be read as what it should be: damaged, of another kind, or unsafe."""


def damaged(path: object, what: str, expected: str = "") -> ModelFileError:
    """The error for a file whose contents contradict themselves.

    >>> damaged("a.safetensors", "its header ends early")
    ModelFileError('a.safetensors is damaged or no model file: its header ends early.')
    """
    tail = f"; expected {expected}" if expected else ""
    return ModelFileError(f"{path} is damaged or no model file: {what}{tail}.")
