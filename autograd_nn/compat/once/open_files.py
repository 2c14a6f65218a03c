"""Models written to HDF5 files that are open, and read from them, as Keras 2 did.

What is written goes by a file of its own, so that all that is refused of files is refused of these.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import wraps
from typing import Any


def _open(file: Any) -> bool:
    """Whether it is a file of HDF5, or a group in one, that h5py has open."""
    h5py = sys.modules.get("h5py")
    return h5py is not None and isinstance(file, h5py.Group)


def _copy(source: Any, target: Any) -> None:
    """All that one group holds into another, in the place of what has its names there."""
    for name in source:
        if name in target:
            del target[name]
        source.copy(source[name], target, name)
    target.attrs.update(source.attrs)


def into_open(today: Any) -> Any:
    """What writes a model to a file, which may be open."""

    @wraps(today)
    def save(model: Any, filepath: Any, *args: Any, **options: Any) -> Any:
        if not _open(filepath):
            return today(model, filepath, *args, **options)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.h5")
            today(model, path, *args, **options)
            with sys.modules["h5py"].File(path, "r") as written:
                _copy(written, filepath)

    return save


def from_open(today: Any) -> Any:
    """What reads a model from a file, which may be open."""

    @wraps(today)
    def load(filepath: Any, *args: Any, **options: Any) -> Any:
        if not _open(filepath):
            return today(filepath, *args, **options)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.h5")
            with sys.modules["h5py"].File(path, "w") as copy:
                _copy(filepath, copy)
            return today(path, *args, **options)

    return load
