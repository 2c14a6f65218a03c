"""How much a model that is made from a file may hold: no more than the file does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_nn.engine.halves import as_dtype
from autograd_nn.nn.context import context
from autograd_nn.nn.saving.errors import ModelFileError

SPARE = 16 << 20  # bytes besides a file's own: for counters, and what metrics count in


class Room:
    """Bytes that variables may still take, while a file is loaded; their contents come later."""

    def __init__(self, path: str, nbytes: int) -> None:
        self.path, self.left = path, nbytes + SPARE

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Zeros, in place of what an initializer would draw; raises ModelFileError for too many."""
        self.check(shape, dtype)
        return np.zeros(shape, dtype)

    def check(self, shape: tuple[int, ...], dtype: Any) -> None:
        """Raises ModelFileError where there is no room for an array."""
        self._check(math.prod(shape) * as_dtype(dtype).itemsize)

    def take(self, nbytes: int) -> None:
        """Counts a variable that was made."""
        self._check(nbytes)
        self.left -= nbytes

    def _check(self, nbytes: int) -> None:
        if nbytes > self.left:
            raise ModelFileError(
                f"{self.path} describes a model with more weights than the file holds; expected "
                "one array for each. The file is damaged, or was made to take up memory."
            )


@contextmanager
def room(path: str, nbytes: int) -> Iterator[None]:
    """Within ``with``, variables are made without contents, and only as many as a file holds."""
    before, context.room = context.room, Room(path, nbytes)
    try:
        yield
    finally:
        context.room = before
