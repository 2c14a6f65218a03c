"""Images scaled and moved along some of their axes, each axis by its own weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.images.axes import floats, one_of


def _triangle(d: Tensor) -> Tensor:
    return ops.relu(1 - d)


def _cubic(d: Tensor) -> Tensor:
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return ops.where(d >= 2, 0.0, ops.where(d >= 1, far, near))


def _lanczos(radius: int) -> Callable[[Tensor], Tensor]:
    return lambda d: ops.where(d <= radius, ops.sinc(d) * ops.sinc(d / radius), 0.0)


# The weight of an entry at a distance from where an image is read, as `ops.resize` has them. Here
# places may depend on tensors, and so weights are made of ops.
_KERNELS: dict[str, Callable[[Tensor], Tensor]] = {
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), _triangle),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), _cubic),
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
}


def _weights(n: int, size: int, scale: Tensor, shift: Tensor, kernel: Any, wide: bool) -> Tensor:
    """(n, size): column i holds the weights of the entries for place i; 0 beyond the image."""
    inverse = 1 / scale
    places = (np.arange(size) + 0.5) * inverse - shift * inverse - 0.5
    reach = ops.maximum(inverse, 1.0) if wide else 1.0
    w = kernel(ops.absolute(places - np.arange(n)[:, None]) / reach)
    total = ops.sum(w, axis=0, keepdims=True)
    some = ops.absolute(total) > 1000 * float(np.finfo(np.float32).eps)
    inside = ops.logical_and(places >= -0.5, places <= n - 0.5)
    return ops.where(ops.logical_and(some, inside), w / ops.where(some, total, 1.0), 0.0)


def scale_and_translate(
    images: Any, output_shape: Sequence[int], scale: Any, translation: Any,
    spatial_dims: Sequence[int], method: str, antialias: bool = True,
) -> Tensor:  # fmt: skip
    """Images in which what was at place p of an axis is at s·p + t, in pixels with middles at ½.

    scale, translation   s and t of each of ``spatial_dims``; differentiable in both.
    output_shape         the result's: other axes keep their size.
    method               'linear', 'cubic', 'lanczos3' or 'lanczos5', by these or their other names.
    antialias            whether fewer pixels weigh all those between them.
    What comes from outside the image is 0. Raises ShapeError for numbers that do not fit the axes,
    ValueError for another method. Source: Keys, "Cubic convolution interpolation" (1981).

    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0, 3.0]])
    >>> scale_and_translate(x, (1, 3), [1.0], [1.0], (1,), "linear").tolist()
    [[0.0, 1.0, 2.0]]
    """
    one_of(method, _KERNELS, "method", "scale_and_translate")
    x = floats(as_tensor(images))
    s, t = (floats(as_tensor(v)) for v in (scale, translation))
    axes = [a % x.ndim for a in spatial_dims]
    if len(output_shape) != x.ndim or not s.shape == t.shape == (len(axes),):
        raise ShapeError(
            f"scale_and_translate received images of shape {x.shape}, output_shape="
            f"{tuple(output_shape)}, {len(axes)} spatial_dims, and scale and translation of shapes "
            f"{s.shape} and {t.shape}; expected a size for each axis of the images, and a scale "
            "and a translation for each of spatial_dims."
        )
    for i, axis in enumerate(axes):
        w = _weights(
            x.shape[axis], output_shape[axis], s[i], t[i], _KERNELS[method], antialias
        )
        y = ops.matmul(ops.moveaxis(x, axis, -1), ops.astype(w, dtype=x.dtype))
        x = ops.moveaxis(y, -1, axis)
    if x.shape != tuple(output_shape):
        raise ShapeError(
            f"scale_and_translate received output_shape={tuple(output_shape)}; expected the "
            f"images' sizes along axes that are none of spatial_dims, as in {x.shape}."
        )
    return x


__all__ = ["scale_and_translate"]
