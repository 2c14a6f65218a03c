"""Spectra of signals: Keras's Fourier transforms, of pairs (real, imag), and those of windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.ops.fft import Complex, fft, fft2, ifft2
from autograd_nn.engine.ops.fft import irfft as _irfft
from autograd_nn.engine.ops.fft import rfft as _rfft
from autograd_nn.engine.tensor import Tensor, as_tensor


def rfft(x: Any, fft_length: int | None = None) -> Complex:
    """The transform of real numbers along the last axis, as a pair; see `ag.fft.rfft`.

    >>> from autograd_nn import nn
    >>> nn.ops.rfft([1.0, 2.0, 3.0])[0].tolist()
    [6.0, -1.5]
    """
    return _rfft(x, fft_length)


def irfft(x: Any, fft_length: int | None = None) -> Tensor:
    """The real numbers whose transform is given as a pair; see `ag.fft.irfft`.

    >>> from autograd_nn import nn
    >>> nn.ops.irfft(nn.ops.rfft([1.0, 2.0, 3.0, 4.0])).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    return _irfft(x, fft_length)


def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Tensor:
    """The pieces of a signal, each ``sequence_stride`` after the last.

    Shape (…, n) → (…, k, sequence_length), k = 1 + (n - sequence_length) // sequence_stride.
    Raises ShapeError where not one fits.

    >>> from autograd_nn import nn
    >>> nn.ops.extract_sequences([1.0, 2.0, 3.0, 4.0], 2, 1).tolist()
    [[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]]
    """
    return ops.windows(x, sequence_length, axis=-1, stride=sequence_stride)


def _window(window: Any, length: int, size: int, dtype: Any) -> np.ndarray:
    """A window's weights, zeros beside them; without a window ones all along."""
    if window is None:
        return np.ones(size, dtype)
    if isinstance(window, str):
        if window not in ("hann", "hamming"):
            raise ValueError(
                "If a string is passed to `window`, it must be one of 'hann', 'hamming'; received "
                f"{window!r}, expected one of these or weights."
            )
        a = 0.5 if window == "hann" else 0.54
        weights = a - (1 - a) * np.cos(2 * np.pi * np.arange(length) / length)
    else:
        weights = np.asarray(window)
    if weights.shape != (length,):
        raise ShapeError(
            f"The shape of `window` must be equal to [sequence_length], expected ({length},); "
            f"received {weights.shape}."
        )
    before = (size - length) // 2
    return np.pad(weights, (before, size - length - before)).astype(dtype)


def _sizes(sequence_length: int, sequence_stride: int, fft_length: int) -> None:
    if fft_length < sequence_length:
        raise RangeError(
            "`fft_length` must equal or be larger than `sequence_length`, expected as many at "
            f"least; received fft_length={fft_length} and sequence_length={sequence_length}."
        )
    if sequence_stride < 1:
        raise RangeError(
            "`sequence_stride` must be a positive integer, expected at least 1; received "
            f"sequence_stride={sequence_stride}."
        )


def stft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int,
    window: Any = "hann", center: bool = True,
) -> Complex:  # fmt: skip
    """The short-time Fourier transform: the spectra of a signal's pieces, as a pair.

    Shape (…, n) → (…, pieces, fft_length // 2 + 1).
    window   'hann', 'hamming' or weights (sequence_length,), with zeros beside them; None: ones.
    center   piece t has its middle at t · sequence_stride: the signal goes on, mirrored.
    Raises DTypeError, ShapeError, RangeError.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.ops.stft(np.ones(8), 4, 2, 4, window=None, center=False)[0][0].tolist()
    [4.0, 0.0, 0.0]
    """
    x = as_tensor(x)
    if kind_of(x.dtype) != "f":
        raise DTypeError(f"stft received {x.dtype}; expected a floating dtype.")
    _sizes(sequence_length, sequence_stride, fft_length)
    weights = _window(window, sequence_length, fft_length, x.dtype)
    if center:
        around = ((0, 0),) * (x.ndim - 1) + ((fft_length // 2, fft_length // 2),)
        x = ops.pad(x, around, mode="reflect")
    return _rfft(extract_sequences(x, fft_length, sequence_stride) * weights)


def istft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int,
    length: int | None = None, window: Any = "hann", center: bool = True,
) -> Tensor:  # fmt: skip
    """The signal whose `stft` is given: its pieces, weighted and added, over the weights' squares.

    Shape (…, pieces, fft_length // 2 + 1) → (…, length).
    length   how many of its entries; by default all but those that ``center`` added.
    window   the weights that `stft` had; None: the pieces are added as they are, so that a signal
             comes back as many times as pieces overlap (as Keras and TensorFlow have it).
    Source: Griffin & Lim, IEEE Trans. ASSP 32 (1984). Raises ShapeError, RangeError, TypeError.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.ops.istft(nn.ops.stft(np.arange(8.0), 4, 2, 4), 4, 2, 4).numpy().round(6).tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    """
    _sizes(sequence_length, sequence_stride, fft_length)
    pieces = _irfft(x, fft_length)
    total = fft_length + sequence_stride * (pieces.shape[-2] - 1)

    def added(pieces: Any) -> Tensor:
        return ops.add_windows(pieces, total, axis=-1, stride=sequence_stride)

    if window is None:
        y = added(pieces)
    else:
        weights = _window(window, sequence_length, fft_length, pieces.dtype)
        squares = added(np.broadcast_to(weights**2, pieces.shape[-2:])).numpy()
        y = ops.divide(added(pieces * weights), np.where(squares > 1e-10, squares, 1))
    start = fft_length // 2 if center else 0
    if length is not None:
        return y[..., start : start + length]
    return y[..., start : total - start]


__all__ = ["extract_sequences", "fft", "fft2", "ifft2", "irfft", "istft", "rfft", "stft"]
