"""``tf.image``: pictures (…, h, w, c) decoded and turned round; the rest are our ops on images."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np

from autograd_nn.nn import ops, utils


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


def decode_image(contents: bytes, channels: int = 3, **options: Any) -> Any:
    """A picture file's bytes as uint8 (h, w, channels), three where none are told; needs Pillow.

    Raises ValueError for bytes that are no picture, and for channels other than 0, 1, 3, 4.
    """
    if channels not in _MODES:
        raise ValueError(f"received channels={channels!r}; expected one of {sorted(_MODES)}.")
    picture = utils.load_img(BytesIO(contents), color_mode=_MODES[channels])
    return ops.convert_to_tensor(utils.img_to_array(picture, "channels_last", "uint8"))


decode_jpeg = decode_png = decode_bmp = decode_image
_MODES = {0: "rgb", 1: "grayscale", 3: "rgb", 4: "rgba"}


def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: Any = None) -> Any:
    """Whole numbers as floats from 0 to 1, and back.

    >>> convert_image_dtype(np.array([0, 255], "uint8"), "float32").tolist()
    [0.0, 1.0]
    """
    x = ops.convert_to_tensor(image)
    source, target = np.dtype(ops.dtype(x)), np.dtype(dtype)
    if source.kind in "iu" and target.kind == "f":
        return ops.cast(x, dtype) / float(np.iinfo(source).max)
    if source.kind == "f" and target.kind in "iu":
        most = np.iinfo(target).max
        return ops.cast(ops.clip(ops.round(x * float(most)), 0, most), dtype)
    return ops.cast(x, dtype)


def _heads(seed: Any) -> bool:
    return bool((np.random if seed is None else np.random.RandomState(seed)).randint(2))
