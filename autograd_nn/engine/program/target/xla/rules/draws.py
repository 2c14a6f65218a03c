"""Random draws: Philox4x64-10, bit for bit what NumPy draws.

Source: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import jax.scipy.special as special
import numpy as np
from jax import lax

import autograd_nn.engine.random  # noqa: F401  (registers its ops)
from autograd_nn.engine.graph.values import Call
from autograd_nn.engine.program.target.xla.rules.table import Context, rule

FACTORS = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
KEYS = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)  # what a round adds
LOW, HALF = np.uint64(2**32 - 1), np.uint64(32)


def _product(a: Any, b: Any) -> tuple[Any, Any]:
    """64 by 64 bits: the upper and the lower half of the product."""
    a0, a1, b0, b1 = a & LOW, a >> HALF, b & LOW, b >> HALF
    middle = (a0 * b0 >> HALF) + (a0 * b1 & LOW) + (a1 * b0 & LOW)
    upper = a1 * b1 + (a0 * b1 >> HALF) + (a1 * b0 >> HALF) + (middle >> HALF)
    return upper, middle << HALF | (a0 * b0 & LOW)


def words(state: Any, count: int) -> Any:
    """``count`` 64-bit words from a generator's state on."""
    n = state[2] + jnp.arange(-(-count // 4), dtype=jnp.uint64)

    def turn(_: Any, at: Any) -> Any:  # a loop: unrolled, halves of products are made many times
        (a, b, c, d), k0, k1 = at
        (h0, l0), (h1, l1) = _product(FACTORS[0], a), _product(FACTORS[1], c)
        return (h1 ^ b ^ k0, l1, h0 ^ d ^ k1, l0), k0 + KEYS[0], k1 + KEYS[1]

    start = (n, (n < state[2]).astype(jnp.uint64), jnp.zeros_like(n), jnp.zeros_like(n))
    found = lax.fori_loop(0, 10, turn, (start, state[0], state[1]))[0]
    return jnp.stack(found, -1).reshape(-1)[:count]


def _bits(state: Any, size: int, dtype: Any) -> Any:
    if np.dtype(dtype).itemsize == 8:
        return words(state, size)
    found = words(state, -(-size // 2))
    return jnp.stack([found & LOW, found >> HALF], -1).reshape(-1)[:size].astype(jnp.uint32)


@rule("random_bits")
def random_bits(ctx: Context, call: Call, state: Any, shape: Any, dtype: Any) -> Any:
    return _bits(state, math.prod(shape), dtype).reshape(shape)


@rule("random_unit")
def random_unit(ctx: Context, call: Call, state: Any, shape: Any, dtype: Any) -> Any:
    size = math.prod(shape)
    if np.dtype(dtype) == np.float32:
        bits = _bits(state, size, np.uint32) >> np.uint32(8)
        return (bits.astype(jnp.float32) * np.float32(2.0**-24)).reshape(shape)
    bits = _bits(state, size, np.uint64) >> np.uint64(11)
    return (bits.astype(jnp.float64) * 2.0**-53).reshape(shape)


@rule("binomial_quantile")
def binomial_quantile(ctx: Context, call: Call, u: Any, n: Any, p: Any) -> Any:
    sure = (p <= 0) | (p >= 1) | (n < 1)
    inside, u = jnp.where(sure, 0.5, p), jnp.maximum(u, 2.0**-60)

    def halved(_: Any, ends: Any) -> Any:  # P(K ≤ low) < u ≤ P(K ≤ high)
        low, high = ends
        k = jnp.clip(jnp.floor((low + high) / 2), 0, jnp.maximum(n - 1, 0))
        reached = special.betainc(jnp.maximum(n - k, 1), k + 1, 1 - inside) >= u
        open_ = high - low > 1
        return jnp.where(open_ & ~reached, k, low), jnp.where(open_ & reached, k, high)

    k = lax.fori_loop(0, 54, halved, (-jnp.ones_like(u), jnp.floor(n) + jnp.zeros_like(u)))[1]
    return jnp.where(sure, jnp.where(p >= 1, n, 0), k)
