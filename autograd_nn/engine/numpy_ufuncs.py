"""NumPy's ufuncs that no op stands for, composed of ops; for tensors on the tape alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.ops import as_tensor
from autograd_nn.engine.tensor import Tensor


def _signbit(x: Any) -> Any:
    """Whether x is negative or -0: the angle of (-1, x) tells the zeros apart."""
    return ops.less(ops.arctan2(x, -1.0), 0)


def reciprocal(x: Any) -> Tensor:
    if kind_of(x.dtype) != "f":
        raise DTypeError(
            f"numpy.reciprocal received dtype {x.dtype}, whose reciprocals it rounds to 0; "
            "expected floats. Write ops.reciprocal(x), which gives floats."
        )
    return ops.reciprocal(x)


def real_part(x: Any) -> Tensor:
    """x itself: NumPy's real of real numbers."""
    x = as_tensor(x)
    if x.dtype.kind == "c":
        raise DTypeError(f"received dtype {x.dtype}; expected real numbers: it has no op. Call it "
                         "on x.numpy() where no derivative is wanted.")  # fmt: skip
    return ops.positive(x)


def float_power(x1: Any, x2: Any) -> Tensor:
    return ops.power(*(ops.astype(as_tensor(x), dtype=np.dtype(float)) for x in (x1, x2)))


def fmod(x1: Any, x2: Any) -> Tensor:
    """The remainder with the dividend's sign: of absolute values, then signed.

    Of whole numbers, the least of which has no absolute value, that with the divisor's sign, less
    the divisor where the signs differ.
    """
    if kind_of(as_tensor(x1).dtype) in "iu" and kind_of(as_tensor(x2).dtype) in "iu":
        rest = ops.remainder(x1, x2)
        differ = ops.logical_and(ops.not_equal(rest, 0), ops.less(x1, 0) ^ ops.less(x2, 0))
        return ops.where(differ, rest - x2, rest)
    size = ops.remainder(ops.absolute(x1), ops.absolute(x2))
    return ops.where(_signbit(x1), -size, size)


def fmax(x1: Any, x2: Any) -> Tensor:
    return ops.where(ops.isnan(x1), x2, ops.where(ops.isnan(x2), x1, ops.maximum(x1, x2)))


def fmin(x1: Any, x2: Any) -> Tensor:
    return ops.where(ops.isnan(x1), x2, ops.where(ops.isnan(x2), x1, ops.minimum(x1, x2)))


def copysign(x1: Any, x2: Any) -> Tensor:
    return ops.where(ops.equal(_signbit(x1), _signbit(x2)), x1, ops.negative(x1))


def logaddexp2(x1: Any, x2: Any) -> Tensor:
    ln2 = float(np.log(2.0))  # of logaddexp for its second derivatives where both are equal
    return ops.logaddexp(ops.multiply(x1, ln2), ops.multiply(x2, ln2)) / ln2


def modf(x: Any) -> tuple[Tensor, Tensor]:
    whole = ops.trunc(x)
    part = ops.where(ops.isinf(x), ops.multiply(x, 0), ops.subtract(x, whole))
    return part, whole


def _at_least(x: Any, ndim: int, what: str) -> None:
    if np.ndim(x) < ndim:
        raise ShapeError(f"{what} received shape {np.shape(x)}; expected {ndim} dimensions.")


def matvec(x1: Any, x2: Any) -> Tensor:
    _at_least(x1, 2, "matvec")
    _at_least(x2, 1, "matvec")
    return ops.squeeze(ops.matmul(x1, ops.expand_dims(x2, -1)), -1)


def vecmat(x1: Any, x2: Any) -> Tensor:
    _at_least(x1, 1, "vecmat")
    _at_least(x2, 2, "vecmat")
    return ops.squeeze(ops.matmul(ops.expand_dims(x1, -2), x2), -2)


def ufuncs() -> dict[np.ufunc, Callable[..., Any]]:
    found: dict[np.ufunc, Callable[..., Any]] = {
        np.matmul: ops.matmul, np.power: ops.power, np.reciprocal: reciprocal,
        np.fabs: ops.absolute, np.float_power: float_power, np.fmod: fmod, np.fmax: fmax,
        np.fmin: fmin, np.copysign: copysign, np.logaddexp2: logaddexp2, np.divmod: ops._divmod,
        np.modf: modf, np.degrees: ops.rad2deg, np.radians: ops.deg2rad,
    }  # fmt: skip
    later = {"vecdot": ops.vecdot, "matvec": matvec, "vecmat": vecmat}  # of NumPy 2.0 and 2.2
    return found | {getattr(np, n): f for n, f in later.items() if hasattr(np, n)}
