"""``scipy.misc``'s functions of pictures, as they were until SciPy 1.2; they need Pillow."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.nn import utils


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """A picture file as an array (h, w, 3), or float (h, w) of greys where it is flattened."""
    grey = flatten or mode in ("L", "F")
    picture = np.array(utils.load_img(name, color_mode="grayscale" if grey else "rgb"))
    return picture.astype("float32") if flatten or mode == "F" else picture


def imsave(name: Any, arr: Any, format: str | None = None) -> None:
    """Writes (h, w), or (h, w, 3), spread over 0 to 255 where it is no uint8."""
    toimage(arr).save(name, format)


def imresize(arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> np.ndarray:
    """A picture in another size: (h, w), a share of 1, or a percentage, as uint8."""
    picture = toimage(arr)
    sides = picture.height, picture.width
    if isinstance(size, float):
        size = tuple(int(n * size) for n in sides)
    elif isinstance(size, int):
        size = tuple(n * size // 100 for n in sides)
    filters = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "cubic": 3}
    return np.array(picture.resize((size[1], size[0]), filters[interp]))


def toimage(arr: Any, **options: Any) -> Any:
    """Pillow's picture of (h, w), or (h, w, 3) (or (3, h, w)), spread over 0 to 255."""
    x = np.asarray(arr)
    if x.ndim == 3 and x.shape[0] == 3 and x.shape[2] != 3:
        x = x.transpose(1, 2, 0)
    x = _bytes(x)
    return utils.array_to_img(x[..., None] if x.ndim == 2 else x, "channels_last", scale=False)


def _bytes(x: np.ndarray) -> np.ndarray:
    if x.dtype == np.uint8:
        return x
    low, high = float(x.min()), float(x.max())
    return ((x - low) * (255 / ((high - low) or 1)) + 0.5).clip(0, 255).astype("uint8")
