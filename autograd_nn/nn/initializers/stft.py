"""STFT: the kernel of a short-time Fourier transform as a convolution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.initializers.base import Initializer
from autograd_nn.nn.registry import named


@named("stft_initializer", first="stft")
class STFT(Initializer):
    """w(t)·cos(-2πtf / F) / s, or its sine, for time t and frequency f; shape (T, 1, F/2 + 1).

    side       'real' (the cosine) or 'imag' (the sine).
    window     w: a name that scipy.signal.get_window knows, an array of T entries, or None for 1.
    scaling    s: 'density' for √Σw², 'spectrum' for Σ|w|, None for 1.
    periodic   whether the window is one period of a periodic one, rather than symmetric.
    Raises ShapeError for another shape, ValueError for unknown names.

    >>> from autograd_nn import nn
    >>> nn.initializers.STFT(window=None)((4, 1, 3))[:, 0, 1].round(3).tolist()
    [1.0, 0.0, -1.0, -0.0]
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        if side not in ("real", "imag"):
            raise ValueError(f"STFT received side={side!r}; expected 'real' or 'imag'.")
        if scaling not in ("density", "spectrum", None):
            raise ValueError(
                f"STFT received scaling={scaling!r}; expected 'density', 'spectrum' or None."
            )
        self.side, self.window, self.scaling, self.periodic = side, window, scaling, periodic
        if isinstance(window, str):
            self._weights(1)  # an unknown name is told now

    def _weights(self, length: int) -> Tensor:
        if not isinstance(self.window, str):
            return ops.astype(as_tensor(self.window), dtype="float64")
        from scipy.signal import get_window

        return as_tensor(get_window(self.window, length, self.periodic))

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        if len(shape) != 3 or shape[1] != 1 or shape[2] < 2:
            raise ShapeError(
                f"the STFT initializer received shape {tuple(shape)}; expected (T, 1, F/2 + 1), "
                "the window's length, one channel, and a half of the frequencies and one."
            )
        length, _, half = shape
        time = ops.reshape(ops.arange(length), shape=(length, 1, 1))
        share = ops.reshape(ops.arange(half) / (2 * (half - 1)), shape=(1, 1, half))
        angle = -2 * math.pi * (time * share)
        kernel = ops.cos(angle) if self.side == "real" else ops.sin(angle)
        if self.window is not None:
            w = self._weights(length)
            if w.shape != (length,):
                raise ShapeError(
                    f"the STFT initializer received a window of shape {w.shape} for the shape "
                    f"{tuple(shape)}; expected ({length},)."
                )
            kernel = kernel * ops.reshape(w, shape=(length, 1, 1))
            if self.scaling == "density":
                kernel = kernel / ops.sqrt(ops.sum(ops.square(w)))
            elif self.scaling == "spectrum":
                kernel = kernel / ops.sum(ops.absolute(w))
        return ops.astype(kernel, dtype=dtype)
