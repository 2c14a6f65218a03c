"""Linear algebra, Fourier transforms: JAX's own; where it gives NaN for an error, it is told."""

from __future__ import annotations

from functools import partial, reduce
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.linalg import expm as _expm

from autograd_nn.engine.graph.values import Call
from autograd_nn.engine.program.target.xla.rules.products import EXACT
from autograd_nn.engine.program.target.xla.rules.table import Context, rule


def _typed(call: Call, *xs: Any) -> tuple[Any, ...]:
    """Operands in the results' dtype, with one batch for all; float16 in float32."""
    dtype = call.result.dtype
    lead = jnp.broadcast_shapes(*(x.shape[:-2] for x in xs))
    wide = jnp.float32 if dtype == jnp.float16 else dtype
    return tuple(jnp.broadcast_to(x, lead + x.shape[-2:]).astype(wide) for x in xs)


def _told(ctx: Context, found: Any, *xs: Any) -> Any:
    """Refuses what is not finite though all operands are: NumPy repeats it, and raises."""
    given = jnp.all(jnp.stack([jnp.all(jnp.isfinite(x)) for x in xs]))
    ctx.check(given & ~jnp.all(jnp.isfinite(found)))
    return found


def _mean(a: Any) -> Any:
    return (a + jnp.swapaxes(a, -1, -2)) / 2


@rule("dft")
def dft(ctx: Context, call: Call, re: Any, im: Any, inverse: bool) -> Any:
    dtype = call.result.dtype
    wide = jnp.float32 if dtype == jnp.float16 else dtype
    z = lax.complex(*jnp.broadcast_arrays(re.astype(wide), im.astype(wide)))
    if z.size:
        z = jnp.fft.ifft(z, norm="forward") if inverse else jnp.fft.fft(z)
    return z.real, z.imag


@rule("solve")
def solve(ctx: Context, call: Call, a: Any, b: Any) -> Any:
    a, b = _typed(call, a, b)
    return _told(ctx, jnp.linalg.solve(a, b), a, b) if b.size else b


@rule("solve_triangular")
def solve_triangular(ctx: Context, call: Call, a: Any, b: Any, lower: bool, unit: bool) -> Any:
    a, b = _typed(call, a, b)
    if not b.size:
        return b
    ctx.check(False if unit else jnp.any(jnp.diagonal(a, 0, -2, -1) == 0))
    return lax.linalg.triangular_solve(a, b, left_side=True, lower=lower, unit_diagonal=unit)


@rule("inv")
def inv(ctx: Context, call: Call, a: Any) -> Any:
    (a,) = _typed(call, a)
    return _told(ctx, jnp.linalg.inv(a), a)


@rule("pinv")
def pinv(ctx: Context, call: Call, a: Any) -> Any:
    (a,) = _typed(call, a)
    limit = max(a.shape[-2:]) * jnp.finfo(call.result.dtype).eps
    return jnp.linalg.pinv(a, rtol=limit)


@rule("det")
def det(ctx: Context, call: Call, a: Any) -> Any:
    (a,) = _typed(call, a)
    return jnp.linalg.det(a)


@rule("slogdet")
def slogdet(ctx: Context, call: Call, a: Any) -> Any:
    (a,) = _typed(call, a)
    return tuple(jnp.linalg.slogdet(a))


def _by_values(a: Any) -> tuple[Any, ...]:
    u, s, vh = jnp.linalg.svd(a, full_matrices=False)
    return u, s, vh, u * (jnp.linalg.det(u) * jnp.linalg.det(vh))[..., None, None]


def _others(s: Any) -> Any:
    """The products of all entries but one, by which."""
    one = jnp.ones((*s.shape[:-1], 1), s.dtype)
    before = jnp.concatenate([one, jnp.cumprod(s[..., :-1], -1)], -1)
    after = jnp.concatenate([one, jnp.cumprod(s[..., :0:-1], -1)], -1)[..., ::-1]
    return before * after


@rule("cofactors")
def cofactors(ctx: Context, call: Call, a: Any) -> Any:
    (a,) = _typed(call, a)
    if not a.size:
        return a
    _, s, vh, signed = _by_values(a)
    return _product(signed * _others(s)[..., None, :], vh)


@rule("cofactors_moved")
def cofactors_moved(ctx: Context, call: Call, a: Any, t: Any) -> Any:
    a, t = _typed(call, a, t)
    n = a.shape[-1]
    if not a.size:
        return a
    u, s, vh, signed = _by_values(a)
    eye = np.eye(n, dtype=bool)
    gone = eye[:, None] | eye[None]  # by i and j, which k are left out of the product
    two = jnp.prod(jnp.where(gone, 1, s[..., None, None, :]), -1) * ~eye
    w = _product(jnp.swapaxes(u, -1, -2), t, jnp.swapaxes(vh, -1, -2))
    along = _product(two, jnp.diagonal(w, 0, -2, -1)[..., None]) * eye
    return _product(signed, along - two * jnp.swapaxes(w, -1, -2), vh)


def _product(*xs: Any) -> Any:
    return reduce(partial(jnp.matmul, precision=EXACT), xs)


@rule("expm")
def expm(ctx: Context, call: Call, a: Any) -> Any:
    (a,) = _typed(call, a)
    return _expm(a) if a.size else a


@rule("cholesky")
def cholesky(ctx: Context, call: Call, a: Any) -> Any:
    (a,) = _typed(call, a)
    return _told(ctx, jnp.linalg.cholesky(_mean(a), symmetrize_input=False), a)


@rule("qr")
def qr(ctx: Context, call: Call, a: Any) -> Any:
    return tuple(jnp.linalg.qr(*_typed(call, a)))


@rule("eigh")
def eigh(ctx: Context, call: Call, a: Any, upper: bool) -> Any:
    (a,) = _typed(call, a)
    found = jnp.linalg.eigh(_mean(a), "U" if upper else "L", symmetrize_input=False)
    return tuple(found)


@rule("svd")
def svd(ctx: Context, call: Call, a: Any) -> Any:
    (a,) = _typed(call, a)
    return tuple(jnp.linalg.svd(a, full_matrices=False))


@rule("lu")
def lu(ctx: Context, call: Call, a: Any) -> Any:
    return tuple(lax.linalg.lu(*_typed(call, a)))
