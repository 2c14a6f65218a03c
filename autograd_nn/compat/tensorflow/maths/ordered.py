"""TensorFlow's functions of order: sorted, each once, counted."""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd_nn.nn import ops


def _down(direction: str) -> bool:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(
            f"received direction={direction!r}; expected 'ASCENDING' or 'DESCENDING'."
        )
    return direction == "DESCENDING"


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: Any = None) -> Any:
    """In order along an axis.

    >>> sort([1, 3, 2], direction="DESCENDING").tolist()
    [3, 2, 1]
    """
    found = ops.sort(values, axis=axis)
    return ops.flip(found, axis=axis) if _down(direction) else found


def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: Any = False,
    name: Any = None,
) -> Any:  # fmt: skip
    """The places that put an axis in order, equal entries as they come.

    >>> argsort([1, 3, 3, 2], direction="DESCENDING").tolist()
    [1, 2, 3, 0]
    """
    if not _down(direction):
        return ops.argsort(values, axis=axis)
    x = ops.convert_to_tensor(values)  # from its end, so that equal entries stay as they come
    back = ops.argsort(ops.flip(x, axis=axis), axis=axis)
    return ops.flip(x.shape[axis] - 1 - back, axis=axis)


class Unique(NamedTuple):
    """Values, each once in the order in which they come, and where each entry's stands there."""

    y: Any
    idx: Any


class UniqueCounts(NamedTuple):
    """The same with how often each comes."""

    y: Any
    idx: Any
    count: Any


def unique_with_counts(x: Any, out_idx: Any = "int32", name: Any = None) -> UniqueCounts:
    """Values in the order in which they come, their places, and how often each comes.

    >>> y, idx, count = unique_with_counts([5, 2, 5])
    >>> y.tolist(), idx.tolist(), count.tolist()
    ([5, 2], [0, 1, 0], [2, 1])
    """
    found, first, inverse, counts = ops.unique(
        x, return_index=True, return_inverse=True, return_counts=True
    )
    order = ops.argsort(first)
    places = ops.take(ops.argsort(order), inverse)
    return UniqueCounts(
        ops.take(found, order), ops.cast(places, out_idx),
        ops.cast(ops.take(counts, order), out_idx),
    )  # fmt: skip


def unique(x: Any, out_idx: Any = "int32", name: Any = None) -> Unique:
    """Values in the order in which they come, and their places."""
    return Unique(*unique_with_counts(x, out_idx)[:2])


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None
) -> Any:
    """The root of the sum of squares.

    >>> float(reduce_euclidean_norm([3.0, 4.0]))
    5.0
    """
    return ops.sqrt(ops.sum(ops.square(input_tensor), axis=axis, keepdims=keepdims))


__all__ = ["argsort", "reduce_euclidean_norm", "sort", "unique", "unique_with_counts"]
