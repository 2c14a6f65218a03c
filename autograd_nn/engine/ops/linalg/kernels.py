"""What kernels of linear algebra share: dtypes that LAPACK has not, errors that say more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.ops.arithmetic import add, astype
from autograd_nn.engine.ops.diagonals import tril, triu
from autograd_nn.engine.ops.shaping import matrix_transpose
from autograd_nn.engine.tensor import Tensor, as_tensor


def matrices(x: Any, what: str, square: bool = False) -> Tensor:
    """x as floating matrices over its last two axes."""
    x = as_tensor(x)
    if x.ndim < 2 or (square and x.shape[-1] != x.shape[-2]):
        wanted = "square matrices, (…, n, n)" if square else "matrices, (…, m, n)"
        raise np.linalg.LinAlgError(
            f"{what} received {shapes.describe(x)}; expected {wanted}, over the last two axes."
        )
    return x if kind_of(x.dtype) in "fc" else astype(x, dtype=np.dtype(float))


def reflected(a: Tensor, upper: bool = False) -> Tensor:
    """The symmetric matrix of which one triangle is given; the other is not read."""
    part = triu(a) if upper else tril(a)
    rest = triu(a, 1) if upper else tril(a, -1)
    return add(part, matrix_transpose(rest))


_SHAPES_ALONE = ContextVar("shapes_alone", default=False)


@contextmanager
def shapes_alone() -> Iterator[None]:
    """Within it only shapes matter: matrices are the identity, of which nothing fails."""
    before = _SHAPES_ALONE.set(True)
    try:
        yield
    finally:
        _SHAPES_ALONE.reset(before)


def run(remedy: str, f: Callable[..., Any], *xs: np.ndarray, real: bool = False) -> Any:
    """f of arrays, float16 in float32; where f fails, which matrix it was and what to do.

    real   complex numbers are refused: they would be conjugated where these are transposed.
    """
    if real and any(x.dtype.kind == "c" for x in xs):
        raise DTypeError("complex numbers; expected real ones. Call numpy.linalg on x.numpy()")
    half = all(x.dtype == np.float16 for x in xs)
    wide = [x.astype(np.float32) if x.dtype == np.float16 else x for x in xs]
    if _SHAPES_ALONE.get():
        wide = [np.broadcast_to(np.eye(*x.shape[-2:], dtype=x.dtype), x.shape) for x in wide]
    try:
        found = f(*wide)
    except np.linalg.LinAlgError as error:
        raise np.linalg.LinAlgError(f"{error}{_which(f, wide)}. {remedy}") from None
    if not half:
        return found
    if isinstance(found, tuple):
        return tuple(y.astype(np.float16) if kind_of(y.dtype) == "f" else y for y in found)
    return found.astype(np.float16)


def _which(f: Callable[..., Any], xs: list[np.ndarray]) -> str:
    """The first matrix of a stack of which f fails."""
    a = xs[0]
    for at in np.ndindex(a.shape[:-2]) if a.ndim > 2 else ():
        try:
            f(a[at], *[x[at] if x.ndim == a.ndim else x for x in xs[1:]])
        except np.linalg.LinAlgError:
            return f", the one at {list(map(int, at))}"
    return ""
