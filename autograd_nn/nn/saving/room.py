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
PARTS, PART = 8000, 4096  # layers and calls besides one for so many bytes, which one about takes
VARIABLES = 4  # that take as much


class Room:
    """Bytes that variables may still take, while a file is loaded; their contents come later.

    Layers and their calls are counted, too: a file says of one in forty bytes what takes thousands.
    """

    def __init__(self, path: str, nbytes: int) -> None:
        self.path, self.left = path, nbytes + SPARE
        self.most = PARTS + nbytes // PART
        self.parts = 0.0

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
        self.part(1 / VARIABLES)

    def part(self, share: float = 1.0) -> None:
        """Counts a layer or a call that was made; raises ModelFileError for too many."""
        self.parts += share
        if self.parts > self.most:
            raise ModelFileError(
                f"{self.path} describes a model of more layers and calls than a file of its "
                f"weights may, {self.most:,}; expected fewer. If it is to be trusted, make the "
                "model by its code, and call model.load_weights(path)."
            )

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
