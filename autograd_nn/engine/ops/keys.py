"""Keys of indexing, with index arrays as operands; and how one key serves a batch of samples.

The samples are an axis in front. A slice takes all of it; where index arrays differ from sample to
sample, the sample's own number is one more of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.ops.shaping import reshape
from autograd_nn.engine.tensor import Tensor, wrap

PLACE = "index array"  # stands in a key where an index operand goes
Axes = tuple[int, ...]


def whole(key: Any) -> tuple:
    """A key for each sample of a batch, all samples taken."""
    return (slice(None), *(key if isinstance(key, tuple) else (key,)))


def group(key: tuple, ndim: int) -> int | None:
    """Where index arrays put their axes in what a key selects; None: first, for they are apart.

    NumPy counts an integer beside them as one of them.
    """
    at = [k for k, part in enumerate(key) if part is PLACE or isinstance(part, int)]
    if at[-1] - at[0] >= len(at):
        return None
    named = len([k for k in key if k is not None and k is not Ellipsis])
    return sum([ndim - named if k is Ellipsis else 1 for k in key[: at[0]]])


def in_line(n: int, on: Sequence[bool], indices: Sequence[Tensor]) -> tuple[list[Tensor], int]:
    """Index arrays whose samples have equally many axes, and how many."""
    most = max([i.ndim - b for i, b in zip(indices, on, strict=True)])
    return [
        reshape(i, shape=(n, *(1,) * (most - i.ndim + 1), *i.shape[1:])) if b else i
        for i, b in zip(indices, on, strict=True)
    ], most


def for_all(
    n: int, on: Sequence[bool], indices: Sequence[Tensor], key: tuple, ndim: int
) -> tuple[list[Tensor], tuple, Axes, Axes]:
    """Index arrays and a key for all samples of a batched array, and the order of what they select.

    The samples' own order is had by moving the axes of the third to the fourth.
    """
    if not indices:
        return [], whole(key), (), ()
    wide, most = in_line(n, on, indices)
    place = group(key, ndim)
    if not any(on):
        return (wide, whole(key), (most,), (0,)) if place is None else (wide, whole(key), (), ())
    rows = wrap(np.arange(n).reshape(n, *(1,) * most))
    first = tuple(range(1, 1 + most))
    return [rows, *wide], (PLACE, *key), first, tuple([i + (place or 0) for i in first])
