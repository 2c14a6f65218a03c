"""How much two images are alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.nn.images.axes import floats, opened


def psnr(x1: Any, x2: Any, max_val: Any) -> Tensor:
    """The peak signal-to-noise ratio in decibels, 20 log₁₀ max - 10 log₁₀ mean (x₁ - x₂)².

    Raises ShapeError for other shapes.

    >>> float(psnr([1.0, 0.0], [0.9, 0.1], 1.0).numpy().round(3))
    20.0
    """
    a, b = floats(as_tensor(x1)), floats(as_tensor(x2))
    if a.shape != b.shape:
        raise ShapeError(
            f"Input shapes {a.shape} and {b.shape} must match for PSNR calculation."
        )
    noise = ops.mean(ops.square(a - b))
    return 20 * ops.log10(ops.astype(as_tensor(max_val), dtype=b.dtype)) - 10 * ops.log10(noise)


def ssim(
    image1: Any, image2: Any, max_val: float = 1.0, filter_size: int = 11,
    filter_sigma: float = 1.5, k1: float = 0.01, k2: float = 0.03, data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """The structural similarity of images, 1 of equal ones, a mean over windows and channels.

    (2μ₁μ₂ + c₁)(2σ₁₂ + c₂) / ((μ₁² + μ₂² + c₁)(σ₁² + σ₂² + c₂)), cᵢ = (kᵢ·max)².
    filter_size, filter_sigma   of the window, weighed with a normal density.
    Shapes (n, h, w, c) twice → (n,), (h, w, c) → (). Raises ShapeError for other shapes.
    Source: Wang et al., "Image quality assessment" (2004).

    >>> import numpy as np
    >>> x = np.random.default_rng(0).random((16, 16, 1))
    >>> float(ssim(x, x).numpy().round(4))
    1.0
    """
    single = as_tensor(image1).ndim == 3
    (a, _), (b, _) = (opened(x, data_format, "ssim") for x in (image1, image2))
    if a.shape != b.shape or min(a.shape[1:3]) < filter_size:
        raise ShapeError(
            f"ssim received images of shapes {a.shape} and {b.shape}; expected one shape, of "
            f"{filter_size} rows and columns at least. Take a smaller filter_size."
        )
    dtype = floats(a).dtype
    d = np.arange(filter_size) - (filter_size - 1) / 2
    weights = np.exp(-0.5 * np.square(d / filter_sigma))
    weights = np.outer(weights, weights) / weights.sum() ** 2
    kernel = wrap(np.broadcast_to(
        weights[:, :, None, None], (*weights.shape, a.shape[-1], 1)).astype(dtype))  # fmt: skip

    def mean(x: Tensor) -> Tensor:
        return ops.depthwise_conv(x, kernel)

    a, b = floats(a), floats(b)
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    m, n = mean(a), mean(b)
    spread, other, both = mean(a * a) - m * m, mean(b * b) - n * n, mean(a * b) - m * n
    found = (2 * m * n + c1) * (2 * both + c2) / ((m * m + n * n + c1) * (spread + other + c2))
    y = ops.mean(found, axis=(1, 2, 3))
    return y[0] if single else y


__all__ = ["psnr", "ssim"]
