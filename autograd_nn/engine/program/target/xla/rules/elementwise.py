"""Ops that work entry by entry and whose name alone does not say it in JAX."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import jax.scipy.special as special
import numpy as np

from autograd_nn.engine.graph.values import Call
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.program.target.xla.rules.table import Context, cast, promoted, rule


def _whole(x: Any) -> bool:
    return x.dtype.kind in "iu"


def _chain(a: Any, b: Any) -> Any:
    p = a * b
    return jnp.where(jnp.isnan(p) & (a == 0), 0, p) if kind_of(p.dtype) in "fc" else p


def _ratio(a: Any, b: Any) -> Any:
    return jnp.where((a == 0) & (b == 0), 0, a / b)


def _floor_divide(a: Any, b: Any) -> Any:
    if not _whole(a):
        return jnp.floor_divide(a, b)
    return jnp.where(b == 0, 0, jnp.floor_divide(a, jnp.where(b == 0, 1, b)))


def _remainder(a: Any, b: Any) -> Any:
    if not _whole(a):
        return jnp.remainder(a, b)
    return jnp.where(b == 0, 0, jnp.remainder(a, jnp.where(b == 0, 1, b)))


def _sigmoid(x: Any) -> Any:
    e = jnp.exp(-jnp.abs(x))
    return jnp.where(jnp.signbit(x), e, 1) / (1 + e)


def _sigmoid_slope(x: Any) -> Any:
    e = jnp.exp(-jnp.abs(x))
    return e / jnp.square(1 + e)


def _softplus(x: Any) -> Any:
    return jnp.maximum(x, 0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


def _sigmoid_error(x: Any, t: Any) -> Any:
    e, below = jnp.exp(-jnp.abs(x)), jnp.signbit(x)
    return ((1 - t) * jnp.where(below, e, 1) - t * jnp.where(below, 1, e)) / (1 + e)


def _sigmoid_cross_entropy(x: Any, t: Any) -> Any:
    return jnp.maximum(x, 0) - x * t + jnp.log1p(jnp.exp(-jnp.abs(x)))


def _exp2(x: Any) -> Any:
    n = jnp.clip(jnp.round(x), -3000, 3000)
    return jnp.ldexp(jnp.exp((x - n) * math.log(2)), n.astype(jnp.int32))


def _sinc(x: Any) -> Any:
    v = math.pi * jnp.where(x == 0, 1, x)  # JAX's own is 0 at whole numbers, where NumPy's rounds
    return jnp.where(x == 0, 1, jnp.sin(v) / v)


def _beta(a: Any, b: Any) -> Any:
    a, b = a.astype(jnp.float64), b.astype(jnp.float64)  # logarithms lose digits
    large, small = jnp.maximum(a, b), jnp.minimum(a, b)
    plain = (small > 0) & (large < 1e6 * small)
    logarithm = special.gammaln(a) + special.gammaln(b) - special.gammaln(a + b)
    return jnp.where(plain, jnp.exp(logarithm), special.beta(a, b))


BY_ENTRY: dict[str, Any] = {
    "chain": promoted(_chain, np.multiply),
    "ratio": promoted(_ratio, np.true_divide),
    "floor_divide": promoted(_floor_divide),
    "remainder": promoted(_remainder),
    "exp2": promoted(_exp2),
    "sinc": promoted(_sinc),
    "beta": promoted(_beta),
    "reciprocal": promoted(lambda x: 1 / x),
    "rsqrt": promoted(lambda x: 1 / jnp.sqrt(x)),
    "one_less_square": promoted(lambda x: (1 - x) * (1 + x)),
    "_clip": promoted(lambda x, low, high: jnp.minimum(jnp.maximum(x, low), high)),
    "relu": promoted(lambda x: jnp.maximum(x, 0)),
    "softsign": promoted(lambda x: x / (1 + jnp.abs(x))),
    "sigmoid": promoted(_sigmoid),
    "sigmoid_slope": promoted(_sigmoid_slope),
    "softplus": promoted(_softplus),
    "sigmoid_error": promoted(_sigmoid_error),
    "sigmoid_cross_entropy": promoted(_sigmoid_cross_entropy),
}
for _name, _f in BY_ENTRY.items():
    rule(_name)(_f)


@rule("power")
def power(ctx: Context, call: Call, a: Any, b: Any) -> Any:
    if kind_of(call.result.dtype) in "fc":
        return jnp.power(*[jnp.asarray(x, call.result.dtype) for x in (a, b)])
    a, b = cast(call, (a, b), np.power)
    ctx.check(b < 0)  # as NumPy refuses
    return jnp.power(a, jnp.maximum(b, 0))


@rule("where")
def where(ctx: Context, call: Call, condition: Any, a: Any, b: Any) -> Any:
    dtype = call.result.dtype
    return jnp.where(jnp.asarray(condition) != 0, jnp.asarray(a, dtype), jnp.asarray(b, dtype))


@rule("digamma")
def digamma(ctx: Context, call: Call, x: Any) -> Any:
    """In float64: near its root nothing is left of float32's digits."""
    (x,) = cast(call, (x,))
    return special.digamma(jnp.asarray(x, jnp.float64))


@rule("polygamma")
def polygamma(ctx: Context, call: Call, n: Any, x: Any) -> Any:
    n, x = cast(call, (n, x))
    return jnp.where(jnp.round(n) == n, special.polygamma(n.astype(jnp.int64), x), jnp.nan)


@rule("astype")
def astype(ctx: Context, call: Call, x: Any, dtype: Any) -> Any:
    return jnp.asarray(x) != 0 if call.result.dtype.kind == "b" else jnp.asarray(x)


@rule("stop_gradient")
def stop_gradient(ctx: Context, call: Call, x: Any) -> Any:
    return x
