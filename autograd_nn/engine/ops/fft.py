"""Fourier transforms, as `ag.fft`: complex numbers are pairs of real tensors, and differentiable.

The transform along the last axis, yₖ = Σⱼ xⱼ exp(∓2πi jk/n), is linear and its matrix symmetric:
the cotangent goes back by the transform of the other sign.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.engine.halves import kind_of, result_type
from autograd_nn.engine.ops.arithmetic import astype, multiply, negative
from autograd_nn.engine.ops.joining import concatenate, pad
from autograd_nn.engine.ops.shaping import flip, swapaxes
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap


class Complex(NamedTuple):
    """Complex numbers."""

    real: Tensor
    imag: Tensor


def _zeros(x: Tensor) -> Tensor:
    return wrap(np.zeros(x.shape, x.dtype))


@primitive(
    lambda g, y, re, im, inverse: _dft(g.real, g.imag, inverse=not inverse).real,
    lambda g, y, re, im, inverse: _dft(g.real, g.imag, inverse=not inverse).imag,
    jvps=(
        lambda t, y, re, im, inverse: _dft(t, _zeros(t), inverse=inverse),
        lambda t, y, re, im, inverse: _dft(_zeros(t), t, inverse=inverse),
    ),
    shape="(n),(n)->(n),(n)", results=("real", "imag"), name="dft", units=1e6,
)  # fmt: skip
def _dft(re, im, *, inverse=False):
    """The transform of complex numbers along the last axis; of either sign without a factor."""
    if re.dtype.kind == "c" or im.dtype.kind == "c":
        raise DTypeError("complex numbers; expected their parts, real and imaginary, as a pair")
    dtype = result_type(re, im)
    z = re + 1j * im
    if z.size:
        z = np.fft.ifft(z, norm="forward") if inverse else np.fft.fft(z)
    return z.real.astype(dtype), z.imag.astype(dtype)


class PairError(TypeError, ValueError):
    """No pair of tensors where one was expected."""


def _pair(x: Any, what: str) -> Complex:
    if not isinstance(x, tuple | list) or len(x) != 2:
        kind = type(x).__name__
        raise PairError(
            f"Input `x` should be a tuple of two tensors, (real, imag) of one shape; {what} "
            f"received {kind}, expected a pair."
        )
    re, im = (_floating(part, what) for part in x)
    if re.shape != im.shape:
        raise ShapeError(
            "Both the real and imaginary parts should have the same shape; "
            f"{what} received {re.shape} and {im.shape}."
        )
    return Complex(re, im)


def _floating(x: Any, what: str) -> Tensor:
    x = as_tensor(x)
    if not x.ndim:
        raise ShapeError(
            f"Input should have rank >= 1, at least one axis; {what} received {shapes.describe(x)}."
        )
    return x if kind_of(x.dtype) in "fc" else astype(x, dtype=np.dtype(float))


def _sized(x: Tensor, n: int) -> Tensor:
    """The first n entries along the last axis, zeros after them."""
    if x.shape[-1] >= n:
        return x[..., :n]
    return pad(x, ((0, 0),) * (x.ndim - 1) + ((0, n - x.shape[-1]),))


def _length(n: Any, otherwise: int, what: str) -> int:
    n = otherwise if n is None else n
    if not hasattr(n, "__index__") or n < 1:
        raise RangeError(f"{what} received the length {n!r}; expected a whole number from 1.")
    return int(n)


def fft(x: Any) -> Complex:
    """The discrete Fourier transform of a pair (real, imag), yₖ = Σⱼ xⱼ exp(-2πi jk/n).

    Shapes (…, n). Raises ShapeError, TypeError.

    >>> import autograd_nn as ag
    >>> ag.fft.fft(([1.0, 0.0], [0.0, 0.0])).real
    Tensor([1., 1.])
    """
    return Complex(*_dft(*_pair(x, "fft")))


def ifft(x: Any) -> Complex:
    """The inverse transform of a pair (real, imag), xⱼ = (1/n) Σₖ yₖ exp(2πi jk/n).

    Shapes (…, n). Raises ShapeError, TypeError.

    >>> import autograd_nn as ag
    >>> ag.fft.ifft(([1.0, 1.0], [0.0, 0.0])).real
    Tensor([1., 0.])
    """
    x = _pair(x, "ifft")
    scale = 1.0 / max(x.real.shape[-1], 1)
    return Complex(*(multiply(part, scale) for part in _dft(*x, inverse=True)))


def _turned(x: Complex, what: str) -> Complex:
    if x.real.ndim < 2:
        raise ShapeError(
            f"Input should have rank >= 2, at least two axes; {what} received "
            f"{shapes.describe(x.real)}."
        )
    return Complex(*(swapaxes(part, -1, -2) for part in x))


def fft2(x: Any) -> Complex:
    """The transform of a pair (real, imag) along the last two axes. Raises ShapeError, TypeError.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.fft.fft2((np.eye(2), np.zeros((2, 2)))).real.tolist()
    [[2.0, 0.0], [0.0, 2.0]]
    """
    x = _turned(_pair(x, "fft2"), "fft2")
    return fft(_turned(fft(x), "fft2"))


def ifft2(x: Any) -> Complex:
    """The inverse transform of a pair along the last two axes. Raises ShapeError, TypeError.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.fft.ifft2((2 * np.eye(2), np.zeros((2, 2)))).real.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    x = _turned(_pair(x, "ifft2"), "ifft2")
    return ifft(_turned(ifft(x), "ifft2"))


def rfft(x: Any, n: int | None = None) -> Complex:
    """The transform of real numbers, as a pair: the rest of it is the conjugate of this half.

    Shape (…, m) → (…, n // 2 + 1). Raises ShapeError, RangeError.
    n   the length to which x is cut, or filled with zeros; by default its own.

    >>> import autograd_nn as ag
    >>> ag.fft.rfft(ag.Tensor([1.0, 2.0, 3.0])).real
    Tensor([ 6. , -1.5])
    """
    x = _floating(x, "rfft")
    n = _length(n, x.shape[-1], "rfft")
    x = _sized(x, n)
    return Complex(*(part[..., : n // 2 + 1] for part in _dft(x, _zeros(x))))


def irfft(x: Any, n: int | None = None) -> Tensor:
    """The real numbers whose `rfft` is given, a pair (real, imag).

    Shape (…, m) → (…, n). Raises ShapeError, RangeError, TypeError.
    n   how many they are; by default 2 (m - 1).

    >>> import autograd_nn as ag
    >>> ag.fft.irfft(([6.0, -1.5], [0.0, 0.8660254]), 3)
    Tensor([1., 2., 3.])
    """
    x = _pair(x, "irfft")
    n = _length(n, 2 * (x.real.shape[-1] - 1), "irfft")
    re, im = (_sized(part, n // 2 + 1) for part in x)
    end = (n + 1) // 2  # the other half: conjugates, from the last to the second
    re = concatenate([re, flip(re[..., 1:end], -1)], axis=-1)
    im = concatenate([im, negative(flip(im[..., 1:end], -1))], axis=-1)
    return ifft((re, im)).real


__all__ = ["fft", "fft2", "ifft", "ifft2", "irfft", "rfft"]
