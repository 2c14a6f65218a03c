"""Complex numbers and their parts, and numbers' bits, as ``keras.ops`` has them.

They are computed with, not differentiated, as the engine has it.
"""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.doors import contents
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.ops.core import convert_to_tensor
from autograd_nn.nn.settings import floatx


def _kind(x: Tensor) -> str:
    return {8: "float32", 16: "float64"}.get(x.dtype.itemsize, "") if x.dtype.kind == "c" else ""


def real(x: Any) -> Tensor:
    """The real part of complex numbers; real ones as they are.

    >>> real([1 + 2j]).tolist()
    [1.0]
    """
    x = convert_to_tensor(x)
    return view_as_real(x)[..., 0] if _kind(x) else x


def imag(x: Any) -> Tensor:
    """The imaginary part of complex numbers; 0 for real ones.

    >>> imag([1 + 2j]).tolist()
    [2.0]
    """
    x = convert_to_tensor(x)
    return view_as_real(x)[..., 1] if _kind(x) else ops.zeros_like(x)


def angle(x: Any) -> Tensor:
    """The angle between a number and the positive real axis, from -π to π.

    >>> angle([1j]).numpy().round(4).tolist()
    [1.5708]
    """
    x = convert_to_tensor(x)
    y = ops.arctan2(imag(x), real(x))
    return ops.astype(y, dtype=as_dtype(floatx())) if x.dtype.kind in "iub" else y


def view(x: Any, dtype: Any = None) -> Tensor:
    """The bits of x read as another dtype: of half its size, twice as many entries along the end.

    Raises ShapeError where the last axis' bytes do not make up whole entries.

    >>> view(view([1.0, 2.0], "int32"), "float32").tolist()
    [1.0, 2.0]
    """
    x = convert_to_tensor(x)
    x.look("view")
    contents(x, "view")
    try:
        found = x.array.copy("C").view(x.dtype if dtype is None else as_dtype(dtype))
    except ValueError as error:
        raise ShapeError(
            f"view received shape {x.shape} of {x.dtype} to be read as {dtype}: {error} Expected "
            "a last axis whose bytes make up whole entries."
        ) from None
    return wrap(found)


def view_as_real(x: Any) -> Tensor:
    """Complex numbers as pairs of real ones, (…) → (…, 2); raises DTypeError for real numbers.

    >>> view_as_real([1 + 2j]).tolist()
    [[1.0, 2.0]]
    """
    x = convert_to_tensor(x)
    if not _kind(x):
        raise DTypeError(f"view_as_real received {x.dtype}; expected complex numbers.")
    return view(ops.expand_dims(x, -1), _kind(x))


def view_as_complex(x: Any) -> Tensor:
    """Pairs of real numbers as complex ones, (…, 2) → (…); raises ShapeError for no pairs.

    >>> view_as_complex([[1.0, 2.0]]).tolist()
    [(1+2j)]
    """
    x = convert_to_tensor(x)
    if not x.ndim or x.shape[-1] != 2:
        raise ShapeError(
            "Last dimension of input must be size 2 (real and imaginary). Received shape: "
            f"{x.shape}."
        )
    return x[..., 0] + 1j * x[..., 1]


def polar(abs_: Any, angle: Any) -> Tensor:
    """Complex numbers from their size and angle, r (cos φ + i sin φ).

    >>> polar([2.0], [0.0]).tolist()
    [(2+0j)]
    """
    r, phi = (
        x if kind_of(x.dtype) == "f" else ops.astype(x, dtype=as_dtype(floatx()))
        for x in map(convert_to_tensor, (abs_, angle))
    )
    return r * ops.cos(phi) + 1j * (r * ops.sin(phi))


__all__ = [
    "angle", "imag", "polar", "real", "view", "view_as_complex", "view_as_real",
]  # fmt: skip
