"""One picture turned, moved, sheared, scaled, or given other colors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn.utils.images import array_to_img, img_to_array

FILL_MODES = ("nearest", "constant", "reflect", "wrap", "mirror")


def affine(
    theta: float, tx: float, ty: float, shear: float, zx: float, zy: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where a pixel is read from, A (row, column) + b, seen from the middle of the picture."""
    turn, tilt = np.deg2rad(theta), np.deg2rad(shear)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    shearing = np.array([[np.cos(tilt), 0.0], [-np.sin(tilt), 1.0]])
    return rotation @ shearing @ np.diag([zy, zx]), rotation @ np.array([tx, ty], float)


def apply_affine_transform(
    x: Any,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """A picture turned by ``theta`` degrees, moved, sheared and scaled about its middle.

    tx, ty      rows and columns that it is moved up and to the left.
    shear       degrees; zx, zy: how many columns and rows are seen as one.
    fill_mode   what lies outside: 'nearest', 'reflect', 'mirror', 'wrap', or 'constant' for cval.
    order       of the splines that pixels are read by, 0 … 5.
    Raises ShapeError for what has not three dimensions, ValueError for other axes and modes.

    >>> import numpy as np
    >>> picture = np.array([[1.0, 2.0], [3.0, 4.0]])[:, :, None]
    >>> moved = apply_affine_transform(picture, tx=1, row_axis=0, col_axis=1, channel_axis=2)
    >>> moved[:, :, 0].tolist()
    [[3.0, 4.0], [3.0, 4.0]]
    """
    x = np.asarray(x)
    axes = (row_axis, col_axis, channel_axis)
    if x.ndim != 3:
        raise ShapeError(f"received a picture of shape {x.shape}; expected three dimensions.")
    if sorted(axes) != [0, 1, 2]:
        raise ValueError(f"received the axes {axes} of rows, columns, channels; expected 0, 1, 2.")
    if fill_mode not in FILL_MODES:
        raise ValueError(f"received fill_mode={fill_mode!r}; expected one of {list(FILL_MODES)}.")
    if (theta, tx, ty, shear, zx, zy) == (0, 0, 0, 0, 1, 1):
        return x
    from scipy import ndimage

    matrix, moved = affine(theta, tx, ty, shear, zx, zy)
    planes = x.transpose(channel_axis, row_axis, col_axis)
    middle = (np.array(planes.shape[1:]) - 1) / 2
    found = np.empty(planes.shape, x.dtype)
    for plane, into in zip(planes, found, strict=True):
        ndimage.affine_transform(
            plane, matrix, middle + moved - matrix @ middle, output=into, order=order,
            mode=fill_mode, cval=cval,
        )  # fmt: skip
    back = np.argsort((channel_axis, row_axis, col_axis))
    return found.transpose(back)


def random_rotation(
    x: Any, rg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture turned by up to ``rg`` degrees either way."""
    return apply_affine_transform(
        x, theta=np.random.uniform(-rg, rg), row_axis=row_axis, col_axis=col_axis,
        channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=interpolation_order,
    )  # fmt: skip


def random_shift(
    x: Any, wrg: float, hrg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture moved by shares of its width and height, up to ``wrg`` and ``hrg`` either way."""
    shape = np.shape(x)
    tx = np.random.uniform(-hrg, hrg) * shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * shape[col_axis]
    return apply_affine_transform(
        x, tx=tx, ty=ty, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis,
        fill_mode=fill_mode, cval=cval, order=interpolation_order,
    )  # fmt: skip


def random_shear(
    x: Any, intensity: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture sheared by up to ``intensity`` degrees either way."""
    return apply_affine_transform(
        x, shear=np.random.uniform(-intensity, intensity), row_axis=row_axis, col_axis=col_axis,
        channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=interpolation_order,
    )  # fmt: skip


def random_zoom(
    x: Any, zoom_range: Sequence[float], row_axis: int = 1, col_axis: int = 2,
    channel_axis: int = 0, fill_mode: str = "nearest", cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture scaled by two numbers out of ``zoom_range``, (least, most)."""
    if len(zoom_range) != 2:
        raise ValueError(f"received zoom_range={zoom_range!r}; expected (least, most).")
    zx, zy = np.random.uniform(zoom_range[0], zoom_range[1], 2)
    return apply_affine_transform(
        x, zx=zx, zy=zy, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis,
        fill_mode=fill_mode, cval=cval, order=interpolation_order,
    )  # fmt: skip


def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """All entries plus ``intensity``, within the range they had."""
    x = np.asarray(x)
    return np.clip(x + intensity, x.min(), x.max()).astype(x.dtype, copy=False)


def random_channel_shift(x: Any, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """All entries moved by one number, up to ``intensity_range`` either way."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range))


def apply_brightness_shift(x: Any, brightness: float, scale: bool = True) -> np.ndarray:
    """A picture (h, w, c) as bright as ``brightness`` says: 0 is black, 1 as it was.

    scale   stretches it over 0 … 255 first. Pillow does it, in steps of 1.
    """
    from autograd_nn.nn.saving.extras import extra

    enhance = extra("PIL.ImageEnhance", "brightness", "images")
    x = np.asarray(x)
    low, high = x.min(), x.max()
    outside = low < 0 or high > 255
    picture = array_to_img(x, "channels_last", scale=scale or outside)
    found = img_to_array(enhance.Brightness(picture).enhance(brightness), "channels_last")
    return found / 255 * (high - low) + low if outside and not scale else found


def random_brightness(x: Any, brightness_range: Sequence[float], scale: bool = True) -> np.ndarray:
    """A picture as bright as a number out of ``brightness_range``, (least, most)."""
    if len(brightness_range) != 2:
        raise ValueError(f"received brightness_range={brightness_range!r}; expected two numbers.")
    low, high = brightness_range
    return apply_brightness_shift(x, np.random.uniform(low, high), scale)
