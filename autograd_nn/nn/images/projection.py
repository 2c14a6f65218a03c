"""Images seen from elsewhere: read where a projection takes their corners."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.ops import linalg
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.images.sampling import affine_transform


def compute_homography_matrix(start_points: Any, end_points: Any) -> Tensor:
    """The projection [a₀, a₁, a₂, b₀, b₁, b₂, c₀, c₁] that takes each end to its start.

    Shapes (n, 4, 2) twice → (n, 8), as `affine_transform` takes them: of points (x, y).

    >>> square = [[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]]
    >>> found = compute_homography_matrix(square, square)
    >>> bool((abs(found - [1, 0, 0, 0, 1, 0, 0, 0]) < 1e-5).all())
    True
    """
    start, end = (ops.astype(as_tensor(p), dtype="float32") for p in (start_points, end_points))
    u, v = (start[..., i : i + 1] for i in (0, 1))
    x, y = (end[..., i : i + 1] for i in (0, 1))
    one, none = ops.ones_like(x), ops.zeros_like(x)
    across = ops.concatenate([x, y, one, none, none, none, -u * x, -u * y], axis=-1)
    down = ops.concatenate([none, none, none, x, y, one, -v * x, -v * y], axis=-1)
    rows, goal = ops.concatenate([across, down], axis=1), ops.concatenate([u, v], axis=1)
    return linalg.solve(rows, goal)[..., 0]


def perspective_transform(
    images: Any, start_points: Any, end_points: Any, interpolation: str = "bilinear",
    fill_value: float = 0, data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Images with four points moved to others, as if seen from elsewhere.

    start_points, end_points   (x, y) of each, (4, 2) for all images or (n, 4, 2).
    interpolation              'nearest' or 'bilinear'; what lies outside is ``fill_value``.
    Shapes (…, h, w, c) → the same. Raises ShapeError for points of another shape.

    >>> import numpy as np
    >>> ends = [[1.0, 0.0], [2.0, 0.0], [1.0, 1.0], [2.0, 1.0]]
    >>> starts = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    >>> x = np.arange(3.0).reshape(1, 3, 1)
    >>> perspective_transform(x, starts, ends).numpy().ravel().round(3).tolist()
    [0.0, 0.0, 1.0]
    """
    points = [as_tensor(p) for p in (start_points, end_points)]
    for p, name in zip(points, ("start_points", "end_points"), strict=True):
        if p.shape[-2:] != (4, 2) or p.ndim not in (2, 3):
            raise ShapeError(
                f"Invalid {name} shape: expected (4,2) for a single image or (N,4,2) for a batch; "
                f"perspective_transform received {p.shape}."
            )
    if points[0].shape != points[1].shape:
        raise ShapeError(
            "start_points and end_points must have the same shape; perspective_transform received "
            f"{points[0].shape} and {points[1].shape}."
        )
    points = [ops.expand_dims(p, 0) if p.ndim == 2 else p for p in points]
    matrix = compute_homography_matrix(*points)
    return affine_transform(images, matrix, interpolation, "constant", fill_value, data_format)


__all__ = ["compute_homography_matrix", "perspective_transform"]
