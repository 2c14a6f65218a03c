"""``tf.image``: pictures (…, h, w, c) turned round; the rest are our ops on images."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.nn import ops


def flip_left_right(image: Any) -> Any:
    """Columns in reverse order.

    >>> flip_left_right([[[1.0], [2.0]]]).tolist()
    [[[2.0], [1.0]]]
    """
    return ops.flip(image, axis=-2)


def flip_up_down(image: Any) -> Any:
    """Rows in reverse order."""
    return ops.flip(image, axis=-3)


def random_flip_left_right(image: Any, seed: Any = None) -> Any:
    """`flip_left_right`, or as it is, each as likely."""
    return flip_left_right(image) if _heads(seed) else image


def random_flip_up_down(image: Any, seed: Any = None) -> Any:
    """`flip_up_down`, or as it is, each as likely."""
    return flip_up_down(image) if _heads(seed) else image


def _heads(seed: Any) -> bool:
    return bool((np.random if seed is None else np.random.RandomState(seed)).randint(2))
