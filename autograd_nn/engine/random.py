"""Random draws: one counter-based generator, the same bits eagerly, replayed, on any thread.

A draw is a pure function of (seed, stream, counter): Philox4x64-10. The three numbers are a
generator's whole state, a tensor of unsigned integers; drawing advances its counter by an op, so
that a recorded program draws afresh at each replay, and a checkpoint that holds the state resumes
the very sequence.

Source: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import numpy as np

from autograd_nn.engine import forks, ops
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.engine.halves import as_dtype, finfo, is_half
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor, wrap

Shape = int | Sequence[int]
PIECE = 1 << 16  # numbers of a long permutation that are made together
WORDS = 4  # 64-bit words that one value of the counter gives


class _Last(threading.local):
    """The draw before, per thread: the next one of the same stream goes on where it ended."""

    at: tuple[Any, ...] | None = None  # (seed, stream, counter, NumPy's generator there)


_last = _Last()


def _words(state: np.ndarray, count: int) -> np.ndarray:
    """``count`` 64-bit words from the state on."""
    seed, stream, counter = state.tolist()
    blocks = -(-count // WORDS)
    at, _last.at = _last.at, None  # a draw that is interrupted leaves nothing to go on from
    if at is not None and at[:3] == (seed, stream, counter):
        philox = at[3]
    else:
        before = (counter - 1) % 2**256  # NumPy steps its counter before it draws
        philox = np.random.Philox(
            key=np.array([seed, stream], np.uint64),
            counter=np.array([before >> 64 * i & 2**64 - 1 for i in range(4)], np.uint64),
        )
    words = np.asarray(philox.random_raw(blocks * WORDS))[:count]
    _last.at = (seed, stream, counter + blocks, philox)
    return words


@cache
def _advance(blocks: int) -> Tensor:
    """What moves a state's counter on."""
    return wrap(np.array([0, 0, blocks], np.uint64))


@primitive(shape=lambda state, *, shape, dtype: shape, domain=((0, 9),), kind="random")
def random_bits(state, *, shape, dtype):
    """Random unsigned integers ('uint32' or 'uint64'), every bit fair."""
    size = math.prod(shape)
    dtype = as_dtype(dtype)
    per_word = 8 // dtype.itemsize
    words = _words(state, -(-size // per_word))
    return words.view(dtype)[:size].reshape(shape)


@primitive(shape=lambda state, *, shape, dtype: shape, domain=((0, 9),), kind="random")
def random_unit(state, *, shape, dtype):
    """Random numbers evenly spread over [0, 1): multiples of 2⁻²⁴ (float32) or 2⁻⁵³ (float64)."""
    size = math.prod(shape)
    if as_dtype(dtype) == np.float32:
        bits = _words(state, -(-size // 2)).view(np.uint32)[:size] >> np.uint32(8)
        unit = bits.astype(np.float32) * np.float32(2.0**-24)
    else:
        unit = (_words(state, size) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return unit.reshape(shape)


@primitive(shape=lambda u, n, p: u, domain=((0.01, 0.99), (1, 9), (0.1, 0.9)))
def binomial_quantile(u, n, p):
    """The least k with P(K ≤ k) ≥ u, K being how many of n events of probability p come."""
    from scipy.special import bdtrik, betainc

    sure = (p <= 0) | (p >= 1) | (n < 1)
    u = np.maximum(u, 2.0**-60)
    k = np.ceil(bdtrik(u, n, np.where(sure, 0.5, p)))
    before = np.clip(k - 1, 0, np.maximum(n - 1, 0))  # the inverse may be a rounding off
    reached = betainc(np.maximum(n - before, 1), before + 1, 1 - p)
    k = np.clip(np.where(reached >= u, before, k), 0, n)
    return np.where(sure, np.where(p >= 1, n, 0), k).astype(u.dtype)


class State(Tensor):
    """A generator's seed, stream and counter; whoever moves the counter on holds its lock."""

    __slots__ = ("lock",)
    lock: Any

    def __init__(self, value: Any, *args: Any) -> None:
        super().__init__(np.asarray(value, np.uint64))
        forks.guard(self, rank=30)

    def __deepcopy__(self, memo: dict) -> State:
        return State(self.array)

    def __reduce__(self) -> tuple:
        return (State, (self.array,))


def _blocks(size: int, itemsize: int) -> int:
    """How far a draw moves the counter: whole blocks of four words."""
    return -(-size * itemsize // (8 * WORDS))


def _check(name: str, value: Any, low: float, high: float = math.inf) -> None:
    """Raises RangeError for a number outside [low, high], NaN included, where it is known."""
    if isinstance(value, Tensor):
        if mode.recorder is not None and mode.recorder.owns(value):
            return
        value = value.array
    array = np.asarray(value)
    if not ((array >= low) & (array <= high)).all():
        wanted = f"from {low:g} to {high:g}" if high < math.inf else f"from {low:g}"
        raise RangeError(f"received {name}={value!r}; expected numbers {wanted}.")


class Generator:
    """A stream of random draws; its ``state`` tensor is all there is to save and restore.

    seed     an integer from 0; None takes one from the operating system.
    stream   streams of one seed are independent: one per purpose.

    >>> import autograd_nn as ag
    >>> a, b = ag.random.Generator(7), ag.random.Generator(7)
    >>> bool((a.normal((3,)) == b.normal((3,))).all())
    True
    """

    def __init__(self, seed: int | None = None, stream: int = 0) -> None:
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        elif isinstance(seed, bool) or not isinstance(seed, int | np.integer):
            raise DTypeError(
                f"received seed={seed!r}; expected an integer from 0 to 2⁶⁴ - 1, or None."
            )
        if not 0 <= seed < 2**64:
            raise RangeError(f"received seed={seed}; expected an integer from 0 to 2⁶⁴ - 1.")
        self.state = State([seed, stream, 0])
        self.spawned = 0  # how many streams were made of it

    def __repr__(self) -> str:
        seed, stream, counter = self.state.array.tolist()
        return f"Generator(seed={seed}, stream={stream}, counter={counter})"

    @property
    def seed(self) -> int:
        return int(self.state.array[0])

    def spawn(self) -> Generator:
        """A generator of the same seed with a stream of its own: independent, and reproducible."""
        with self.state.lock:
            self.spawned += 1
            child = self.spawned
        stream = (int(self.state.array[1]) * 1_000_003 + child) % 2**64
        return Generator(self.seed, stream)

    def _draw(self, op: Any, shape: Shape, dtype: Any) -> Tensor:
        size = (shape,) if isinstance(shape, int | np.integer) else tuple(int(n) for n in shape)
        if any(n < 0 for n in size):
            raise ShapeError(f"received shape {size}; expected sizes from 0.")
        dtype = as_dtype(dtype)
        blocks = _blocks(math.prod(size), dtype.itemsize)
        if mode.recorder is None:
            return op(self._taken(blocks), shape=size, dtype=dtype.name)
        found = op(self.state, shape=size, dtype=dtype.name)
        self.state.assign(ops.add(self.state, _advance(blocks)))
        return found

    def _taken(self, blocks: int) -> Tensor:
        """The state to draw from; the counter is past it already: no thread draws it again."""
        with self.state.lock:
            taken = self.state.array.copy()
            self.state.assign(wrap(taken + _advance(blocks).array))
        return wrap(taken)

    def bits(self, shape: Shape = (), dtype: Any = "uint64") -> Tensor:
        """Unsigned integers, every bit fair: 'uint32' or 'uint64'."""
        if as_dtype(dtype) not in (np.uint32, np.uint64):
            raise DTypeError(f"received dtype {dtype}; expected 'uint32' or 'uint64'.")
        return self._draw(random_bits, shape, dtype)

    def unit(self, shape: Shape = (), dtype: Any = "float64") -> Tensor:
        """Numbers evenly spread over [0, 1)."""
        kind = as_dtype(dtype)
        if kind not in (np.float32, np.float64) and not is_half(kind):
            raise DTypeError(
                f"received dtype {dtype}; expected 'float16', 'bfloat16', 'float32' or 'float64'."
            )
        u = self._draw(random_unit, shape, _wide(kind))
        if is_half(kind):  # cut off, not rounded, which might give 1
            n = 2 / float(finfo(kind).eps)
            u = ops.astype(ops.floor(u * n) / n, dtype=kind)
        return u

    def uniform(
        self, shape: Shape = (), low: Any = 0.0, high: Any = 1.0, dtype: Any = "float64"
    ) -> Tensor:
        """Evenly spread over [low, high), y = low + (high - low)·u."""
        u = self.unit(shape, dtype)
        plain = isinstance(low, float | int) and isinstance(high, float | int)
        return u if plain and low == 0 and high == 1 else low + (high - low) * u

    def normal(
        self, shape: Shape = (), mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float64"
    ) -> Tensor:
        """Normal, y = mean + stddev·√(-2 ln(1 - u₁))·cos(2πu₂) (Box and Muller, 1958)."""
        _check("stddev", stddev, 0)
        u1, u2 = self.unit(shape, _wide(dtype)), self.unit(shape, _wide(dtype))
        z = ops.sqrt(-2 * ops.log1p(-u1)) * ops.cos((2 * math.pi) * u2)
        return mean + stddev * _in(z, dtype)

    def truncated_normal(
        self, shape: Shape = (), mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float64"
    ) -> Tensor:
        """Normal, restricted to within two standard deviations of the mean (by its quantile)."""
        _check("stddev", stddev, 0)
        edge = 0.022750131948179195  # the standard normal distribution at -2
        z = ops.ndtri(edge + (1 - 2 * edge) * self.unit(shape, "float64"))
        return mean + stddev * ops.astype(ops.clip(z, -2.0, 2.0), dtype=as_dtype(dtype))

    def orthogonal(self, rows: int, columns: int, dtype: Any = "float64") -> Tensor:
        """A matrix with QᵀQ = 1, (rows, columns) with rows ≥ columns, drawn evenly from all.

        It is the Q of a normal matrix's QR, whose signs are set by R's diagonal (Mezzadri, 2007).
        """
        q, r = np.linalg.qr(self.normal((rows, columns)).array)
        signs = np.where(np.diagonal(r) < 0, -1.0, 1.0)
        return wrap((q * signs).astype(as_dtype(dtype)))

    def exponential(self, shape: Shape = (), scale: Any = 1.0, dtype: Any = "float64") -> Tensor:
        """Exponential, y = -scale·ln(1 - u)."""
        _check("scale", scale, 0)
        return -scale * _in(ops.log1p(-self.unit(shape, _wide(dtype))), dtype)

    def gumbel(self, shape: Shape = (), dtype: Any = "float64") -> Tensor:
        """Gumbel, y = -ln(-ln(1 - u))."""
        tiny = float(finfo(_wide(dtype)).tiny)
        return _in(-ops.log(ops.maximum(-ops.log1p(-self.unit(shape, _wide(dtype))), tiny)), dtype)

    def gamma(self, shape: Shape = (), alpha: Any = 1.0, dtype: Any = "float64") -> Tensor:
        """Gamma of shape alpha and scale 1; no derivative in alpha."""
        return _in(ops.exp(self._log_gamma(shape, alpha, _wide(dtype))), dtype)

    def beta(
        self, shape: Shape = (), alpha: Any = 1.0, beta: Any = 1.0, dtype: Any = "float64"
    ) -> Tensor:
        """Beta, y = a/(a + b) of gamma draws a and b; no derivative in alpha and beta."""
        a, b = (self._log_gamma(shape, k, _wide(dtype)) for k in (alpha, beta))
        return _in(ops.sigmoid(a - b), dtype)

    def _log_gamma(self, shape: Shape, alpha: Any, dtype: Any) -> Tensor:
        """Logarithms of gamma draws (Marsaglia and Tsang, 2000), which small ones need.

        Eight candidates are drawn of each at once, of which the first that is accepted counts; a
        candidate is refused with a probability below 0.05.
        """
        _check("alpha", alpha, float(finfo(dtype).tiny))
        size = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
        alpha = ops.broadcast_to(ops.astype(ops.as_tensor(alpha), dtype=dtype), shape=size).detach()
        d = ops.where(alpha < 1, alpha + 1, alpha) - 1 / 3
        z = self.normal((8, *size), dtype=dtype)
        v = (1 + z / ops.sqrt(9 * d)) ** 3
        log_v = ops.log(ops.where(v > 0, v, 1))
        u = 1 - self.unit((8, *size), dtype)
        fits = ops.logical_and(v > 0, ops.log(u) < z * z / 2 + d * (1 - v + log_v))
        first = ops.expand_dims(ops.argmax(fits, axis=0), 0)
        log_v = ops.take_along_axis(log_v, first, axis=0)[0]
        boost = ops.log1p(-self.unit(size, dtype)) / alpha
        return ops.log(d) + log_v + ops.where(alpha < 1, boost, 0)

    def binomial(
        self, shape: Shape = (), counts: Any = 1, p: Any = 0.5, dtype: Any = "float64"
    ) -> Tensor:
        """How many of ``counts`` events of probability p come; raises RangeError for others."""
        _check("counts", counts, 0)
        _check("p", p, 0, 1)
        u = self.unit(shape, "float64")
        n, p = (ops.broadcast_to(ops.astype(ops.as_tensor(v), dtype=u.dtype), shape=u.shape)
                for v in (counts, p))  # fmt: skip
        return ops.astype(binomial_quantile(u, n, p), dtype=as_dtype(dtype))

    def bernoulli(self, shape: Shape = (), p: Any = 0.5, dtype: Any = "float64") -> Tensor:
        """1 with probability p, else 0; raises RangeError for a p outside [0, 1]."""
        _check("p", p, 0, 1)
        return ops.astype(ops.less(self.unit(shape, "float32"), p), dtype=as_dtype(dtype))

    def categorical(self, logits: Any, shape: Shape | None = None) -> Tensor:
        """Indices along the last axis with probabilities softmax(logits) (the Gumbel-max way)."""
        logits = ops.as_tensor(logits)
        size = logits.shape if shape is None else (*tuple(shape), *logits.shape)  # type: ignore[arg-type]
        return ops.argmax(logits + self.gumbel(size, logits.dtype), axis=-1)

    def randint(self, low: int, high: int, shape: Shape = (), dtype: Any = "int64") -> Tensor:
        """Integers from low to high - 1 (a bias below 2⁻³² for ranges under 2³²)."""
        if not high > low:
            raise RangeError(f"received low={low}, high={high}; expected high > low.")
        span = np.uint64(high - low)
        return ops.astype(self.bits(shape) % wrap(np.asarray(span)), dtype=as_dtype(dtype)) + low

    def permutation(self, n: int) -> Tensor:
        """The numbers 0 … n - 1 in random order."""
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
            raise RangeError(f"received n={n!r}; expected an integer from 0.")
        # Random keys whose low bits are the places: distinct, so sorting them needs no tie rule.
        n = int(n)
        mask = np.uint64(2 ** max(n - 1, 1).bit_length() - 1)
        if mode.recorder is not None:  # the same order, as ops that can be replayed
            return ops.argsort(ops.bitwise_or(self.bits((n,)), wrap(np.asarray(mask))))
        keys = _words(self._taken(_blocks(n, 8)).array, n)
        for first in range(0, n, PIECE):  # no second array of n numbers
            part = keys[first : first + PIECE]
            part |= mask
            part ^= _backwards(first, len(part), int(mask))
        keys.sort()
        keys &= mask
        return wrap(keys.view(np.int64))


def _wide(dtype: Any) -> np.dtype:
    """The dtype in which draws of a dtype are computed: tails of float16 would be cut off."""
    dtype = as_dtype(dtype)
    return np.dtype(np.float32) if is_half(dtype) else dtype


def _in(x: Tensor, dtype: Any) -> Tensor:
    return x if x.dtype == dtype else ops.astype(x, dtype=as_dtype(dtype))


@lru_cache(maxsize=16)
def _backwards(first: int, n: int, mask: int) -> np.ndarray:
    """What turns low bits that are all ones into n places from the first on."""
    return np.arange(first, first + n, dtype=np.uint64) ^ np.uint64(mask)


class _Default(threading.local):
    generator: Generator | None = None


_default = _Default()


def default_generator() -> Generator:
    """This thread's generator, seeded by the operating system until `set_seed` is called."""
    if _default.generator is None:
        _default.generator = Generator()
    return _default.generator


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within ``with``, this thread's default generator starts from a seed; after it as before.

    >>> import autograd_nn as ag
    >>> with ag.random.seeded(1):
    ...     a = ag.random.default_generator().unit()
    >>> with ag.random.seeded(1):
    ...     bool(a == ag.random.default_generator().unit())
    True
    """
    before, _default.generator = _default.generator, Generator(seed)
    try:
        yield
    finally:
        _default.generator = before


def set_seed(seed: int) -> None:
    """Starts this thread's default generator afresh from a seed.

    >>> import autograd_nn as ag
    >>> ag.random.set_seed(1)
    >>> a = ag.random.default_generator().unit()
    >>> ag.random.set_seed(1)
    >>> bool(a == ag.random.default_generator().unit())
    True
    """
    _default.generator = Generator(seed)
