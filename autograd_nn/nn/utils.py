"""Small helpers around training."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.mode import set_deterministic
from autograd_nn.engine.random import set_seed
from autograd_nn.nn.checks import whole
from autograd_nn.nn.lookup import clear_names


def set_random_seed(seed: int) -> None:
    """Seeds every generator: Python's, NumPy's and the engine's; runs repeat from here on.

    seed   an integer from 0.
    It turns `autograd_nn.set_deterministic` on, for whoever seeds wants the same bits again.
    Raises TypeError or ValueError for any other seed, and then changes nothing.

    >>> from autograd_nn import nn
    >>> nn.utils.set_random_seed(7)
    """
    seed = whole(seed, "seed", 0)
    if seed >= 2**64:
        raise ValueError(f"received seed={seed}; expected an integer from 0 to 2⁶⁴ - 1.")
    random.seed(seed)
    np.random.seed(seed % 2**32)
    set_seed(seed)
    set_deterministic(True)


def clear_session() -> None:
    """Starts the numbering of layer names afresh: the next Dense is 'dense' again.

    >>> from autograd_nn import nn
    >>> nn.utils.clear_session()
    >>> nn.layers.Flatten().name
    'flatten'
    """
    clear_names()


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


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Class numbers as one-hot rows.

    x             class numbers from 0, (n,) or (n, 1).
    num_classes   as many classes as needed where it is None.
    Shapes (n,) → (n, num_classes). Raises ValueError for what is no class number.

    >>> from autograd_nn import nn
    >>> nn.utils.to_categorical([1, 0])
    array([[0., 1.],
           [1., 0.]])
    """
    given: Any = np.asarray(x)
    labels: Any = given.astype(np.int64)
    if given.size and ((labels != given).any() or labels.min() < 0):
        raise ValueError(
            f"to_categorical received {given[labels != given].tolist()[:3] or labels.min()}; "
            "expected class numbers, whole and from 0."
        )
    if num_classes is not None:
        whole(num_classes, "num_classes", 1)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    n = int(labels.max()) + 1 if num_classes is None else num_classes
    return np.array(ops.one_hot(labels, n, dtype="float64"))


__all__ = [
    "clear_session", "set_random_seed", "to_categorical", "unpack_x_y_sample_weight",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
