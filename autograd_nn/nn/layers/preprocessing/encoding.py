"""Numbers of categories as vectors: one for each, which of them occur, or how often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape

OLD = {"binary": "multi_hot", "tf-idf": "tf_idf"}  # spellings of Keras 2


def mode_of(mode: Any, known: tuple[str, ...], where: str) -> str:
    """An output mode by today's name; raises ValueError for an unknown one."""
    found = OLD.get(mode, mode) if isinstance(mode, str) else mode
    if found not in known:
        raise ValueError(
            f"Unknown arg for output_mode: {mode}. {where} expected one of "
            f"{', '.join(map(repr, known))}."
        )
    return str(found)


def encode(indices: Tensor, mode: str, depth: int, dtype: Any, weights: Any = None) -> Tensor:
    """Indices as a mode has them; what is no index from 0 to depth - 1 is left out.

    mode   'int' (…) → (…), 'one_hot' (…) → (…, depth), where a last axis of size 1 goes;
           'multi_hot', which of them a sample (…, k) has, and 'count', how often it has them,
           times ``weights`` (…, k): (…, depth).

    >>> encode(ops.as_tensor([[0, 2, 2]]), "count", 3, "float32").tolist()
    [[1.0, 0.0, 2.0]]
    """
    if mode == "int":
        return ops.astype(indices, dtype=as_dtype(dtype))
    if indices.ndim == 0:
        indices = ops.reshape(indices, (1,))
    if mode == "one_hot" and indices.ndim > 1 and indices.shape[-1] == 1:
        indices = ops.squeeze(indices, axis=-1)
    if mode != "one_hot" and not indices.shape[-1]:
        return ops.zeros((*indices.shape[:-1], depth), as_dtype(dtype))
    rows = ops.one_hot(indices, depth, dtype=as_dtype(dtype))
    if mode == "one_hot":
        return rows
    if mode == "multi_hot":
        return ops.max(rows, axis=-2)
    return ops.sum(rows if weights is None else rows * ops.expand_dims(weights, axis=-1), axis=-2)


def encoded_shape(shape: Shape, mode: str, depth: int | None) -> Shape:
    """The shape of what `encode` gives.

    >>> encoded_shape((None, 1), "one_hot", 4), encoded_shape((None, 7), "count", 4)
    ((None, 4), (None, 4))
    """
    shape = tuple(shape)
    if mode == "int":
        return shape
    if mode == "one_hot" and (len(shape) == 1 or (shape and shape[-1] != 1)):
        return (*shape, depth)
    return (*shape[:-1], depth)


def batches(data: Any, steps: int | None = None) -> Iterator[Any]:
    """What a layer adapts to: an array or a list is one batch, anything else gives its batches.

    steps   how many batches are taken; None: all. Of a pair (x, y) it is x.
    """
    if isinstance(data, list | tuple | Tensor | np.ndarray) or not (
        hasattr(data, "__iter__") or hasattr(data, "__getitem__")
    ):
        yield data
        return
    whole = range(len(data)) if hasattr(data, "__len__") and hasattr(data, "__getitem__") else None
    made = (data[i] for i in whole) if whole is not None else iter(data)
    for i, batch in enumerate(made):
        if steps is not None and i >= steps:
            return
        yield batch[0] if isinstance(batch, tuple) else batch
