"""Several tensors as one vector: an elementwise update of all is then one op, not one each."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter, is_
from typing import Any

import numpy as np

from autograd_nn.engine.errors import GradientError
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.engine.whole import show

_array: Any = attrgetter("array")


class Flat:
    """Leaves of one dtype, read and written as one vector. Not for tapes or records.

    >>> import autograd_nn as ag
    >>> a, b = ag.Tensor([1.0, 2.0]), ag.Tensor([[3.0]])
    >>> both = Flat([a, b])
    >>> both.write(both.read() * 2)
    >>> b
    Tensor([[6.]])
    """

    _unguarded = True  # what it remembers changes no result: a recorded program need not watch it

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self.tensors = list(tensors)
        self.dtype = self.tensors[0].dtype
        ends = np.cumsum([0, *(t.size for t in self.tensors)]).tolist()
        self._parts = [slice(a, b) for a, b in zip(ends[:-1], ends[1:], strict=True)]
        self._shapes = [(i, t.shape) for i, t in enumerate(self.tensors) if t.ndim != 1]
        # As last written, and its parts; one object, so that the two always fit each other.
        self._last: tuple[np.ndarray, list[np.ndarray]] | None = None

    def read(self) -> Tensor:
        """All entries in order; no copy where nobody assigned a tensor since `write`."""
        last = self._last
        if last is not None and all(map(is_, map(_array, self.tensors), last[1])):
            return wrap(last[0])
        return wrap(joined(self.tensors))

    def write(self, new: Tensor) -> None:
        """Gives every tensor its part of ``new``, which is kept: it must be fresh, and nobody's."""
        if mode.recorder is not None or new.node is not None:
            raise GradientError(
                "Flat.write received a value on a tape or in a record; expected plain contents. "
                "Assign the tensors one by one there."
            )
        array = new.array
        parts = list(map(array.__getitem__, self._parts))
        for i, shape in self._shapes:
            parts[i] = parts[i].reshape(shape)
        changes = mode.changes
        if changes is not None:
            changes.append((self.tensors, list(map(_array, self.tensors))))
        show(self.tensors, parts)
        self._last = (array, parts)


def joined(tensors: Sequence[Tensor]) -> np.ndarray:
    """The entries of all tensors, one after another."""
    return np.concatenate([t.array.ravel() for t in tensors])
