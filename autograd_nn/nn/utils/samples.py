"""What a batch and a data set consist of: packed, unpacked, split, padded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import whole


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """What a train_step is given, as (x, y, sample_weight), None for what is not there.

    >>> from autograd_nn import nn
    >>> nn.utils.unpack_x_y_sample_weight((1, 2))
    (1, 2, None)
    """
    if not isinstance(data, tuple | list):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            f"received data of {len(data)} parts; expected x, (x, y) or (x, y, sample_weight)."
        )
    x, y, weight = (*data, None, None)[:3]
    return x, y, weight


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """(x, y, sample_weight) as a step is given it, without what is None; x alone by itself.

    >>> from autograd_nn import nn
    >>> nn.utils.pack_x_y_sample_weight(1, 2)
    (1, 2)
    """
    if y is None:
        return (x,) if isinstance(x, tuple | list) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Any, Any]:
    """A data set in two: a tree of arrays of equally many samples, as two such trees.

    left_size    a share of the samples below 1, or how many of them; right_size: the same of the
                 second part. What is not given is the rest.
    shuffle      the samples are put in a new order first; seed: the same one each time.
    preferred_backend   taken for Keras's sake; what comes out are arrays.
    Raises ValueError for sizes that do not fit, ShapeError for arrays of different lengths.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> (x, y), rest = nn.utils.split_dataset((np.arange(5), np.arange(5) * 2), left_size=0.6)
    >>> x.tolist(), y.tolist(), rest[0].tolist()
    ([0, 1, 2], [0, 2, 4], [3, 4])
    """
    given, structure = tree.flatten(dataset)
    if isinstance(dataset, list) and all(np.ndim(x) == 0 for x in given):  # one list of samples
        given, structure = tree.flatten(np.asarray(dataset))
    arrays = [x if isinstance(x, Tensor) else np.asarray(x) for x in given]
    if not arrays or any(a.ndim == 0 for a in arrays):
        raise ShapeError("split_dataset received no samples; expected arrays of samples.")
    n = len(arrays[0])
    if any(len(a) != n for a in arrays):
        raise ShapeError(
            f"split_dataset received arrays of {', '.join(str(len(a)) for a in arrays)} samples; "
            "expected as many in each."
        )
    left, right = _sizes(n, left_size, right_size)
    order = np.random.default_rng(seed).permutation(n) if shuffle else np.arange(n)
    parts = order[:left], order[n - right :] if left_size is None else order[left : left + right]
    first, second = ([a[rows] for a in arrays] for rows in parts)
    return tree.unflatten(structure, first), tree.unflatten(structure, second)


def _sizes(n: int, left: float | None, right: float | None) -> tuple[int, int]:
    found: list[int | None] = []
    for name, size in (("left_size", left), ("right_size", right)):
        if size is None:
            found.append(None)
        elif isinstance(size, float) and 0 < size < 1:
            found.append(round(size * n))
        elif isinstance(size, int | np.integer) and not isinstance(size, bool) and 0 < size < n:
            found.append(int(size))
        else:
            raise ValueError(
                f"split_dataset received {name}={size!r} for {n} samples; expected a share "
                f"between 0 and 1, or a whole number from 1 to {n - 1}."
            )
    a, b = found
    if a is None and b is None:
        raise ValueError(
            "split_dataset received neither left_size nor right_size; expected one of them."
        )
    a, b = n - b if a is None else a, n - a if b is None else b  # type: ignore[operator]
    if a < 1 or b < 1 or a + b > n:
        raise ValueError(
            f"split_dataset received left_size={left!r} and right_size={right!r}, which is {a} and "
            f"{b} of {n} samples; expected at least one each, and no more than there are."
        )
    return a, b


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Sequences of different lengths as the rows of one array.

    maxlen       how long rows are; None: as the longest sequence.
    dtype        of the array; object, or one of text, for text.
    padding      'pre' or 'post': where ``value`` fills up what is shorter.
    truncating   'pre' or 'post': where what is longer is cut off.
    Shapes n × (l, …) → (n, maxlen, …). Raises ValueError for what is no sequence, for entries of
    different shapes, and for other names.

    >>> from autograd_nn import nn
    >>> nn.utils.pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
    array([[0, 1],
           [2, 3],
           [5, 6]], dtype=int32)
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ValueError(
                f"pad_sequences received {name}={side!r}; expected 'pre' or 'post'."
            )
    if not hasattr(sequences, "__len__"):
        raise ValueError(f"pad_sequences received {sequences!r}; expected a list of sequences.")
    for i, row in enumerate(sequences):
        if not hasattr(row, "__len__"):
            raise ValueError(
                f"pad_sequences received {row!r} as sequence {i}; expected a list of entries."
            )
    if maxlen is None:
        maxlen = max(map(len, sequences), default=0)
    maxlen = whole(maxlen, "maxlen", 0)
    text = dtype is object or as_dtype(dtype).kind in "USO"
    if isinstance(value, str) and not text:
        raise ValueError(
            f"pad_sequences received value={value!r} for dtype {as_dtype(dtype)}; expected a "
            "number. Pass dtype=object for sequences of text."
        )
    first = next((np.asarray(row) for row in sequences if len(row)), np.empty(0))
    x = np.full((len(sequences), maxlen, *first.shape[1:]), value, dtype=dtype)
    for i, row in enumerate(sequences):
        cut = max(len(row) - maxlen, 0) if truncating == "pre" else 0
        kept = row[cut : cut + maxlen]
        if not len(kept):
            continue
        entries = np.asarray(kept, dtype=dtype)
        if entries.shape[1:] != first.shape[1:]:
            raise ValueError(
                f"pad_sequences received entries of shape {entries.shape[1:]} in sequence {i}; "
                f"expected {first.shape[1:]}, as in those before."
            )
        if padding == "post":
            x[i, : len(entries)] = entries
        else:
            x[i, maxlen - len(entries) :] = entries
    return x
