"""What the registry's tests draw: operands and parameters for every op, in every memory layout.

An elementwise op's operands follow from its arity and domain; every other op has its own lines in
`GENERAL`. An operand is a shape (filled from the op's domain), or the value itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
from hypothesis import strategies as st

import autograd_nn.engine.random  # noqa: F401  (registers its ops)
from autograd_nn.engine.op import REGISTRY, Op
from autograd_nn.engine.ops.indexing import PLACE
from tests import linear

LAYOUTS = ("contiguous", "transposed", "sliced", "reversed", "read-only")

# Ops with a kink are smooth on an interval, but are to be tested on both sides of it.
BOTH_SIDES = (-2.0, 2.0)
DOMAINS: dict[str, tuple[tuple[float, float], ...]] = {
    "absolute": (BOTH_SIDES,),
    "softsign": (BOTH_SIDES,),
    "relu": (BOTH_SIDES,),
    "cbrt": (BOTH_SIDES,),
    "norm": (BOTH_SIDES,),
    "reciprocal": (BOTH_SIDES,),
    "sinc": (BOTH_SIDES,),
    "hypot": (BOTH_SIDES, BOTH_SIDES),
    "arctan2": (BOTH_SIDES, (0.2, 3.0)),
    "divide": (BOTH_SIDES, BOTH_SIDES),
}
NUMBER = "a Python number"


@dataclass(frozen=True)
class Case:
    """Operands (shapes, values or `NUMBER`) and parameters of one call of an op."""

    operands: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)


def case(*operands: Any, **params: Any) -> Case:
    return Case(operands, params)


@dataclass(frozen=True)
class Sample:
    """One call: operands as arrays or Python numbers, parameters, and what to differentiate in."""

    operands: tuple[Any, ...]
    params: dict[str, Any]
    smooth: tuple[int, ...]


def ints(*values: Any) -> np.ndarray:
    return np.array(values, dtype=np.intp)


ELEMENTWISE = {
    1: [case(()), case((1,)), case((0, 3)), case((2, 3)), case((2, 1, 3))],
    2: [
        case((), ()),
        case((1, 1), (1,)),
        case((0, 3), (1, 3)),
        case((2, 3), (2, 3)),
        case((2, 1, 3), (4, 1)),
        case((), (2, 2)),
        case((2, 3), NUMBER),
        case(NUMBER, (3,)),
    ],
    3: [
        case((), (), ()),
        case((1,), (1, 1), (1,)),
        case((0, 3), (3,), ()),
        case((2, 3), (2, 3), (2, 3)),
        case((3, 1), (1, 4), (2, 1, 1)),
        case((2, 2), NUMBER, (2,)),
    ],
}
ALONG = [
    case((1,), axis=0),
    case((1, 1), axis=-1),
    case((0, 3), axis=-1),
    case((5,), axis=-1),
    case((2, 3), axis=0),
    case((2, 3, 2), axis=1),
]
REDUCED = [
    case((), axis=None, keepdims=False),
    case((1, 1), axis=None, keepdims=True),
    case((1,), axis=0, keepdims=False),
    case((0, 3), axis=1, keepdims=False),
    case((2, 3), axis=None, keepdims=False),
    case((2, 3), axis=0, keepdims=False),
    case((2, 3, 2), axis=1, keepdims=True),
]
OVER_SEVERAL = [
    case((2, 3, 2), axis=(0, -1), keepdims=False),
    case((2, 2), axis=(1, 0), keepdims=True),
]
OF_NOTHING = [case((0, 3), axis=0, keepdims=False), case((0,), axis=None, keepdims=False)]
P = PLACE

CLIPPED = np.array([-2.0, 0.1, 1.7])  # below, between and above any limits drawn

PART = np.array([[True, False, True], [False, False, False]])  # of the masks one is of nothing
ATTENDED = [
    case((1, 1, 1), (2, 1, 1), (2, 1, 1), scale=1.0, causal=False),
    case((2, 1, 2), (3, 1, 2), (3, 1, 2), scale=0.7, causal=False),
    case((3, 2, 2), (3, 1, 2), (3, 1, 1), scale=0.5, causal=True),
    case((2, 4, 4, 1), (2, 2, 2, 1), (2, 2, 2, 3), scale=1.0, causal=True),
    case((2, 2, 2, 2), (2, 3, 2, 2), (2, 3, 2, 2), PART[None, None], scale=0.7, causal=False),
    case((2, 1, 2), (3, 1, 2), (3, 1, 1), PART[None, :1], scale=0.7, causal=True),
    case((0, 1, 2), (3, 1, 2), (3, 1, 2), scale=0.7, causal=False),
    case((2, 1, 2), (0, 1, 2), (0, 1, 2), scale=0.7, causal=True),
]

GENERAL: dict[str, list[Case]] = {
    "_clip": [
        case(np.array(0.2), (), ()),
        case(np.array([1.9]), (1, 1), (1,)),
        case((0, 3), (3,), ()),
        case(CLIPPED, (2, 3), (3,)),
        case(CLIPPED, NUMBER, (2, 1)),
        case(CLIPPED, (), NUMBER),
    ],
    "astype": [
        case(s, dtype=np.dtype(d))
        for s in ((), (1,), (0, 3), (2, 3))
        for d in ("float64", "float32")
    ],
    "stop_gradient": [case(()), case((1,)), case((0, 3)), case((2, 3))],
    "reshape": [
        case((), shape=(1, 1)),
        case((1,), shape=()),
        case((0, 3), shape=(3, 0)),
        case((2, 3), shape=(3, -1)),
        case((2, 3), shape=(2, 3)),
        case((2, 3, 2), shape=12),
    ],
    "transpose": [
        case((), axes=None),
        case((1, 1), axes=None),
        case((0, 3), axes=None),
        case((2, 3), axes=(1, 0)),
        case((2, 3, 4), axes=(2, 0, 1)),
        case((2, 3, 4), axes=(-1, 0, -2)),
    ],
    "matrix_transpose": [
        case((1, 1)),
        case((0, 3)),
        case((2, 3)),
        case((2, 3, 4)),
    ],
    "broadcast_to": [
        case((), shape=(2, 3)),
        case((1,), shape=(1,)),
        case((1, 3), shape=(0, 3)),
        case((0, 3), shape=(2, 0, 3)),
        case((2, 1, 3), shape=(2, 4, 3)),
        case((3,), shape=(2, 3)),
        case((2, 3), shape=(2, 3)),
    ],
    "concatenate": [
        case((1,), (1,), axis=0),
        case((0, 3), (2, 3), axis=0),
        case((2, 3), axis=1),
        case((2, 3), (2, 1), (2, 2), axis=-1),
    ],
    "pad": [
        case((), widths=(), value=0),
        case((1,), widths=((1, 0),), value=0),
        case((0, 2), widths=((1, 1), (0, 0)), value=3),
        case((2, 3), widths=((1, 2), (0, 1)), value=0.5),
    ],
    "flip": [
        case((), axis=None),
        case((1,), axis=0),
        case((0, 3), axis=None),
        case((2, 3), axis=1),
        case((2, 3, 2), axis=(0, -1)),
    ],
    "windows": [
        case((5,), axes=(0,), sizes=(2,), strides=(1,), dilations=(1,)),
        case((7, 2), axes=(0,), sizes=(2,), strides=(3,), dilations=(2,)),
        case((2, 4, 5), axes=(2, 1), sizes=(3, 2), strides=(2, 1), dilations=(1, 2)),
        case((0, 4), axes=(1,), sizes=(2,), strides=(2,), dilations=(1,)),
        case((3,), axes=(), sizes=(), strides=(), dilations=()),
        case((), axes=(), sizes=(), strides=(), dilations=()),
        case((1,), axes=(0,), sizes=(1,), strides=(1,), dilations=(1,)),
    ],
    "add_windows": [
        case((4, 2), axes=(0,), lengths=(5,), sizes=(2,), strides=(1,), dilations=(1,)),
        case((2, 2, 2), axes=(0,), lengths=(7,), sizes=(2,), strides=(3,), dilations=(2,)),
        case((2, 2, 2, 3, 2), axes=(2, 1), lengths=(5, 4), sizes=(3, 2), strides=(2, 1),
             dilations=(1, 2)),
        case((0, 2, 2), axes=(1,), lengths=(4,), sizes=(2,), strides=(2,), dilations=(1,)),
        case((0, 2), axes=(0,), lengths=(3,), sizes=(2,), strides=(1,), dilations=(1,)),
        case((), axes=(), lengths=(), sizes=(), strides=(), dilations=()),
        case((1, 1), axes=(0,), lengths=(1,), sizes=(1,), strides=(1,), dilations=(1,)),
    ],  # fmt: skip
    "slice": [
        case((), key=()),
        case((1,), key=(0,)),
        case((0, 3), key=(slice(None), 1)),
        case((2, 3), key=(Ellipsis, -1)),
        case((5, 3), key=(slice(None, None, -2), None, slice(1, 3))),
        case((4,), key=(slice(4, 1, -1),)),
    ],
    "embed": [
        case((), shape=(), key=()),
        case((), shape=(1,), key=(0,)),
        case((1,), shape=(3,), key=(slice(1, 2),)),
        case((0,), shape=(0, 3), key=(slice(None), 1)),
        case((2,), shape=(2, 3), key=(Ellipsis, -1)),
        case((3, 1, 2), shape=(5, 3), key=(slice(None, None, -2), None, slice(1, 3))),
    ],
    "gather": [
        case((1,), ints(0), key=(P,)),
        case((3,), ints(), key=(P,)),
        case((0, 3), ints(2, 0), key=(slice(None), P)),
        case((3, 2), ints([0, 2], [2, -1]), key=(P,)),
        case((3, 4), np.array(1), ints(0, 3, 3), key=(P, P)),
        case((2, 3, 2), ints(0, 1), ints(1, 0), key=(P, slice(None), P)),
    ],
    "scatter": [
        case((1,), ints(0), shape=(1,), key=(P,)),
        case((0,), ints(), shape=(3,), key=(P,)),
        case((2, 2, 2), ints([0, 2], [2, -1]), shape=(3, 2), key=(P,)),
        case((3,), np.array(1), ints(0, 3, 3), shape=(3, 4), key=(P, P)),
        case((), np.array(1), shape=(3,), key=(P,)),
    ],
    "winners": [
        case(ints(0), shape=(1,), key=(P,)),
        case(ints(), shape=(3,), key=(P,)),
        case(np.array(2), shape=(3,), key=(P,)),
        case(ints(0, 2, 0, 1, -1), shape=(3,), key=(P,)),
    ],
    "distinct": [
        case(ints(0), size=1),
        case(ints(), size=3),
        case(ints(2, 0, -1, 2, 3), size=4),
    ],
    "sparse_dot": [
        case((1, 1), ints([0]), ints([0]), (1, 1)),
        case((0, 2), np.zeros((0, 2), int), np.zeros((0, 2), int), (3, 2)),
        case((2, 2), ints([1, 0], [1, 1]), ints([0, 3], [0, 2]), (4, 3)),
        case((3, 1), ints([2], [0], [2]), ints([1], [1], [0]), (2, 2)),
    ],
    "put": [
        case((), (), key=()),
        case((1,), (), key=(0,)),
        case((0, 3), (), key=(slice(None), 1)),
        case((2, 3), (2,), key=(slice(None), 1)),
        case((2, 3), NUMBER, key=(0,)),
        case((4, 2), (3, 2), ints(0, 2, 0), key=(P,)),
        case((4, 2), (2,), ints(3, 1), key=(P,)),
        case((2, 3, 2), (2, 1), ints(0, 1), ints(1, 1), key=(P, slice(None), P)),
    ],
    "argsort": ALONG,
    "top_k": [
        case((1,), k=1),
        case((0, 3), k=2),
        case((5,), k=3),
        case((2, 4), k=4),
        case((2, 1, 3), k=1),
    ],
    "searchsorted": [
        case(np.array([-1.0, 0.0, 1.0]), s, side=side)
        for s in ((), (1,), (0,), (2, 3))
        for side in ("left", "right")
    ],
    "sum": REDUCED + OVER_SEVERAL + OF_NOTHING,
    "prod": REDUCED + OVER_SEVERAL + OF_NOTHING,
    "any": REDUCED + OVER_SEVERAL + OF_NOTHING,
    "all": REDUCED + OVER_SEVERAL + OF_NOTHING,
    "max": REDUCED + OVER_SEVERAL,
    "min": REDUCED + OVER_SEVERAL,
    "argmax": REDUCED,
    "argmin": REDUCED,
    "logsumexp": REDUCED + OVER_SEVERAL,
    "norm": REDUCED + OVER_SEVERAL + OF_NOTHING,
    "sum_to": [
        case((), shape=()),
        case((2, 3), shape=()),
        case((1, 1), shape=(1,)),
        case((0, 3), shape=(1, 3)),
        case((2, 4, 3), shape=(2, 1, 3)),
        case((2, 3), shape=(2, 3)),
    ],
    "cumsum": [Case(c.operands, {**c.params, "reverse": r}) for c in ALONG for r in (False, True)]
    + [case((), axis=None, reverse=False), case((2, 3), axis=None, reverse=True)],
    "matmul": [
        case((1, 1), (1, 1)),
        case((0, 3), (3, 2)),
        case((2, 0), (0, 3)),
        case((2, 3), (3, 4)),
        case((2, 1, 2, 3), (4, 3, 2)),
    ],
    "einsum": [
        case((), (2,), spec=",i->i"),
        case((1,), spec="i->"),
        case((0, 3), (3, 2), spec="ij,jk->ik"),
        case((2, 3), (3, 4), spec="ij,jk->ki"),
        case((2, 3), spec="ij->j"),
        case((2, 3), (3,), (2, 4), spec="ij,j,ik->k"),
        case((1, 3), (2, 3), spec="ij,ij->i"),
    ],
    "attention": ATTENDED,
    "attention_slopes": [
        Case(((*c.operands[0][:-1], c.operands[2][-1]), *c.operands), c.params) for c in ATTENDED
    ],
    "softmax": ALONG + [case((2, 3), axis=(0, 1)), case((2, 3), axis=None)],
    "log_softmax": ALONG + [case((2, 3), axis=(0, 1))],
    "random_bits": [
        case(np.array([7, 0, c], np.uint64), shape=s, dtype=d)
        for c, s in ((0, ()), (1, (0, 3)), (5, (1,)), (2**40, (3, 5)))
        for d in ("uint32", "uint64")
    ],
    "random_unit": [
        case(np.array([7, 1, c], np.uint64), shape=s, dtype=d)
        for c, s in ((0, ()), (1, (0, 3)), (5, (1,)), (2**40, (3, 5)))
        for d in ("float32", "float64")
    ],
    "binomial_quantile": [
        case(np.full(s, 0.3), np.full(s, n), np.full(s, p))
        for s, n, p in (
            ((), 4.0, 0.5), ((1,), 1.0, 0.5), ((0, 3), 2.0, 0.1), ((2, 3), 9.0, 0.0),
            ((2,), 300.0, 0.9),
        )
    ],
    "dft": [
        case(s, s, inverse=i)
        for s in ((1,), (0, 3), (2, 0), (5,), (2, 1, 4))
        for i in (False, True)
    ],
    "sparse_slope": [
        case((1, 1), ints(0)),
        case((0, 3), ints()),
        case((3,), np.array(1)),
        case((2, 3), ints(2, 0)),
        case((2, 2, 3), ints([0, 1], [2, 2])),
    ],
    "softmax_cross_entropy": [
        case((1, 1), ints(0)),
        case((0, 3), ints()),
        case((3,), np.array(1)),
        case((2, 3), ints(2, 0)),
        case((2, 2, 3), ints([0, 1], [2, 2])),
    ],
}

GENERAL |= {n: [Case(*each) for each in calls] for n, calls in linear.CASES.items()}

# Ops of which no operand can be 0-d, and why is in their signature: they work along an axis.
NEVER_0D = frozenset(
    "concatenate argsort distinct top_k matmul matrix_transpose softmax log_softmax gather "
    "sparse_slope softmax_cross_entropy attention attention_slopes sparse_dot "
    "dft".split()
) | set(linear.CASES)


def cases(op: Op) -> list[Case]:
    """The calls an op is tested with; an op of which there are none fails the tests."""
    if op.name in GENERAL:
        return GENERAL[op.name]
    if op.body is None or op.arity not in ELEMENTWISE:
        raise LookupError(f"op {op.name!r} has no lines in tests/strategies.py: GENERAL; add some.")
    return ELEMENTWISE[op.arity]


def fill(
    rng: np.random.Generator, shapes: list[tuple[int, ...]], domains: list[tuple[float, float]]
) -> list[np.ndarray]:
    """Entries spread over the domains, no two near one another (ties are kinks), none near 0."""
    total = sum(int(np.prod(s)) for s in shapes)
    places = (rng.permutation(total) + rng.uniform(0.3, 0.7, total)) / max(total, 1)
    found = []
    for shape, (low, high) in zip(shapes, domains, strict=True):
        part, places = np.split(places, [int(np.prod(shape))])
        gap = 0.1 if low < 0 < high else 0.0  # left free around 0
        x = low + (high - low - gap) * part.reshape(shape)
        x = np.where(x > -gap / 2, x + gap, x)
        found.append(np.asarray(x))
    return found


def sample(op: Op, chosen: Case, seed: int = 0, dtype: str = "float64") -> Sample:
    """A case with its shapes filled; the same seed gives the same numbers."""
    rng = np.random.default_rng([seed, crc32(op.name.encode())])
    domains = DOMAINS.get(op.name, op.domain)
    at = [i for i, o in enumerate(chosen.operands) if isinstance(o, tuple)]
    spans = [domains[min(i, len(domains) - 1)] for i in at]
    drawn = dict(zip(at, fill(rng, [chosen.operands[i] for i in at], spans), strict=True))
    operands: list[Any] = []
    for i, spec in enumerate(chosen.operands):
        if i in drawn:
            operands.append(_typed(op, i, drawn[i], dtype))
        elif spec is NUMBER:
            low, high = domains[min(i, len(domains) - 1)]
            number = 0.37 * low + 0.63 * high
            operands.append(int(number) if "f" not in op.takes else number)
        elif spec.dtype.kind == "f":
            operands.append(spec.astype(dtype))
        else:
            operands.append(spec)
    return Sample(tuple(operands), chosen.params, smooth(op, operands))


def _typed(op: Op, i: int, x: np.ndarray, dtype: str) -> np.ndarray:
    if "f" not in op.takes:
        return x.astype(np.int64)
    if i in op.conditions:
        return x > 0.5
    return x.astype(dtype)


def smooth(op: Op, operands: Any) -> tuple[int, ...]:
    """The operands a derivative is asked for in: floating arrays for which there is a rule."""
    if op.vjps is None:
        return ()
    return tuple(
        i
        for i, x in enumerate(operands)
        if isinstance(x, np.ndarray)
        and x.dtype.kind == "f"
        and (callable(op.vjps) or op.vjps[i] is not None)
    )


def samples(op: Op, dtype: str = "float64") -> Iterator[Sample]:
    for k, chosen in enumerate(cases(op)):
        yield sample(op, chosen, k, dtype)


def laid_out(x: Any, layout: str) -> Any:
    """The same entries with other strides; a Python number is left as it is."""
    if not isinstance(x, np.ndarray):
        return x
    if layout == "transposed":
        return x.T.copy().T
    if layout == "reversed":
        back = (slice(None, None, -1),) * x.ndim
        return x[back].copy()[back] if x.ndim else x.copy()
    if layout == "sliced":
        wide = np.zeros((*x.shape, 2), x.dtype)
        wide[..., 0] = x
        return wide[..., 0]
    twin = x.copy()
    twin.flags.writeable = layout != "read-only"
    return twin


@st.composite
def op_samples(draw: st.DrawFn, differentiable: bool = False) -> tuple[Op, Sample]:
    """Any op with any of its cases, new numbers, any layouts (one per operand)."""
    names = sorted(n for n, o in REGISTRY.items() if o.differentiable or not differentiable)
    op = REGISTRY[draw(st.sampled_from(names))]
    chosen = draw(st.sampled_from(cases(op)))
    if op.body is not None and draw(st.booleans()):
        shapes = draw(broadcast_shapes(op.arity or 1))
        chosen = Case(tuple(shapes))
    one = sample(op, chosen, draw(st.integers(1000, 2**31)))
    layouts = [draw(st.sampled_from(LAYOUTS)) for _ in one.operands]
    moved = tuple(laid_out(x, how) for x, how in zip(one.operands, layouts, strict=True))
    return op, Sample(moved, one.params, one.smooth)


@st.composite
def broadcast_shapes(draw: st.DrawFn, n: int) -> list[tuple[int, ...]]:
    """n shapes that broadcast: axes dropped from the left or made 1, sizes from 0."""
    full = draw(st.lists(st.integers(0, 3), max_size=3))
    found = []
    for _ in range(n):
        keep = full[draw(st.integers(0, len(full))) :]
        found.append(tuple(1 if draw(st.integers(0, 3)) == 0 else k for k in keep))
    return found
