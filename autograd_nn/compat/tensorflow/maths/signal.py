"""``tf.signal``: transforms whose results are complex tensors, and frames of a signal."""

from __future__ import annotations

from typing import Any

from autograd_nn.compat.tensorflow.maths.spelled import complex
from autograd_nn.nn import ops


def _parts(x: Any) -> tuple[Any, Any]:
    x = ops.convert_to_tensor(x)
    return ops.real(x), ops.imag(x)


def fft(input: Any, name: Any = None) -> Any:
    """The transform along the last axis.

    >>> fft(complex([1.0, 0.0], [0.0, 0.0])).tolist()
    [(1+0j), (1+0j)]
    """
    return complex(*ops.fft(_parts(input)))


def fft2d(input: Any, name: Any = None) -> Any:
    """The transform along the last two axes."""
    return complex(*ops.fft2(_parts(input)))


def ifft2d(input: Any, name: Any = None) -> Any:
    """The transform back along the last two axes."""
    return complex(*ops.ifft2(_parts(input)))


def rfft(input_tensor: Any, fft_length: Any = None, name: Any = None) -> Any:
    """The transform of real numbers, its half that says all."""
    return complex(*ops.rfft(input_tensor, _one(fft_length)))


def irfft(input_tensor: Any, fft_length: Any = None, name: Any = None) -> Any:
    """The real numbers of which `rfft` gave this."""
    return ops.irfft(_parts(input_tensor), _one(fft_length))


def _one(length: Any) -> int | None:
    """A length that may come as a list of one."""
    return None if length is None else int(ops.reshape(length, ())) if ops.ndim(length) else length


def frame(signal: Any, frame_length: int, frame_step: int, pad_end: Any = False, name: Any = None,
          axis: int = -1) -> Any:  # fmt: skip
    """Pieces of the last axis, so far apart.

    Raises ValueError for another axis, and for pad_end.

    >>> frame([1, 2, 3, 4], 2, 1).tolist()
    [[1, 2], [2, 3], [3, 4]]
    """
    if pad_end or axis not in (-1, ops.ndim(signal) - 1):
        raise ValueError(
            f"frame received axis={axis} and pad_end={pad_end}; expected the last axis, and a "
            "signal that was padded before. Pad it by tf.pad."
        )
    return ops.extract_sequences(signal, frame_length, frame_step)


def stft(
    signals: Any, frame_length: int, frame_step: int, fft_length: int | None = None,
    window_fn: Any = "hann", pad_end: Any = False, name: Any = None,
) -> Any:  # fmt: skip
    """The transforms of a signal's pieces, each under a window.

    fft_length   left out, the power of two from ``frame_length`` on.
    window_fn    (length, dtype=) → window; None for none.
    """
    if fft_length is None:
        fft_length = 1 << (int(frame_length) - 1).bit_length()
    pieces = frame(signals, int(frame_length), int(frame_step), pad_end)
    if window_fn == "hann":
        window_fn = hann_window
    if window_fn is not None:
        pieces = pieces * window_fn(frame_length, dtype=pieces.dtype)
    return complex(*ops.rfft(pieces, fft_length))


def hann_window(window_length: int, periodic: Any = True, dtype: Any = "float32",
                name: Any = None) -> Any:  # fmt: skip
    """(1 - cos(2πi/n)) / 2.

    >>> hann_window(4).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    return ops.cast(_raised(0.5, window_length, periodic), dtype)


def hamming_window(window_length: int, periodic: Any = True, dtype: Any = "float32",
                   name: Any = None) -> Any:  # fmt: skip
    """0.54 - 0.46 cos(2πi/n)."""
    return ops.cast(_raised(0.54, window_length, periodic), dtype)


def _raised(a: float, n: int, periodic: bool) -> Any:
    i = ops.arange(int(n), dtype="float64")
    turns = i / max(n if periodic else n - 1, 1)
    return a - (1 - a) * ops.cos(turns * 6.283185307179586)
