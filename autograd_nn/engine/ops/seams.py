"""Two ops that are one function: the derivative of both in closed form, where the parts lose it.

√x has an infinite slope at 0 and the square a slope of 0, but (√x)² is x, with the slope 1. The
sigmoid of -800 is 0 in floating point, but ln σ(x) has the slope σ(-x) = 1. An op that finds that
its operand was made by an op of these pairs is taped as the function of both. Its value is computed
as ever, so it does not depend on whether a derivative is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.declare import times
from autograd_nn.engine.errors import GradientError, MutationError
from autograd_nn.engine.node import RELEASED, Node
from autograd_nn.engine.op import REGISTRY, Op
from autograd_nn.engine.ops import probability
from autograd_nn.engine.ops.activation import sigmoid, softplus
from autograd_nn.engine.ops.arithmetic import (
    absolute,
    add,
    chain,
    multiply,
    negative,
    power,
    sign,
    square,
    subtract,
)
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.comparison import isnan, less
from autograd_nn.engine.ops.exponential import exp
from autograd_nn.engine.ops.linalg import norms
from autograd_nn.engine.ops.reductions import spread
from autograd_nn.engine.ops.reductions import sum as total
from autograd_nn.engine.ops.special import digamma
from autograd_nn.engine.ops.trigonometry import tanh
from autograd_nn.engine.tape import operands
from autograd_nn.engine.tensor import Tensor, is_scalar


def named(name: str) -> Op:
    """The elementwise op of that name."""
    return REGISTRY[name]


def one(name: str, *partials: Any) -> Op:
    """An elementwise op that is only ever taped: its derivatives, (y, *xs) -> dy/dx."""
    rules = tuple(times(p) for p in partials)
    return Op(name, _never, rules, jvps=rules, arity=len(partials), partials=partials)


def _never(*arrays: Any, **params: Any) -> Any:
    raise AssertionError("the value of a seam is that of its parts")


def closed(outer: str, inner: str, *partials: Any) -> None:
    """Declares outer(inner(*xs)) one function, with these derivatives by the xs."""
    op = one(f"{outer}({inner})", *partials)
    named(outer).seams[named(inner)] = lambda x: Node(
        op, x.node.sources, x.node.arrays, x.node.params
    )


# ---- what undoes one another --------------------------------------------------------------------


def _same(y: Tensor, x: Any) -> Tensor:
    return where(isnan(y), y, 1)  # no slope where there is no value


for first, second in (
    ("exp", "log"), ("exp2", "log2"), ("expm1", "log1p"), ("sin", "arcsin"), ("cos", "arccos"),
    ("tan", "arctan"), ("sinh", "arcsinh"), ("cosh", "arccosh"), ("tanh", "arctanh"),
    ("erf", "erfinv"), ("ndtr", "ndtri"), ("exp", "log1p"), ("expm1", "log"),
):  # fmt: skip
    closed(first, second, _same)
for first, second in (
    ("exp2", "log2"), ("expm1", "log1p"), ("sinh", "arcsinh"), ("tanh", "arctanh"),
    ("erf", "erfinv"), ("ndtr", "ndtri"),
):  # fmt: skip
    closed(second, first, _same)  # the other way round the inner op saturates or overflows


# ---- logarithms: (ln f)' = f'/f, where f may have vanished or overflown -------------------------

LOGARITHMIC: dict[str, tuple[Callable[..., Any], ...]] = {
    "exp": (_same,),
    "exp2": (lambda y, x: math.log(2) * _same(y, x),),
    "sigmoid": (lambda y, x: sigmoid(-x),),
    "softplus": (lambda y, x: where(less(x, -40.0), 1, sigmoid(x) / softplus(x)),),
    "cosh": (lambda y, x: tanh(x),),
    "gamma": (lambda y, x: digamma(x),),
    "beta": (
        lambda y, a, b: digamma(a) - digamma(a + b),
        lambda y, a, b: digamma(b) - digamma(a + b),
    ),
}


def _divided(partial: Callable[..., Any], base: float) -> Callable[..., Any]:
    return lambda y, *xs: partial(y, *xs) / math.log(base)


for inner, slopes in LOGARITHMIC.items():
    closed("log", inner, *slopes)
    for outer, base in (("log2", 2), ("log10", 10)):
        if (outer, inner) != ("log2", "exp2"):
            closed(outer, inner, *(_divided(s, base) for s in slopes))
closed("log1p", "exp", lambda y, x: sigmoid(x))

LOG_REST = one("log(1 - sigmoid)", lambda y, x: -sigmoid(x))
LOG_MORE = one("log(1 + exp)", lambda y, x: sigmoid(x))


def _parts(x: Tensor) -> list[tuple[Any, Any]]:
    """Of the op that made a tensor: each operand's node and array; none of one that was freed."""
    node: Node = x.node  # type: ignore[assignment]
    if node.sources is RELEASED:
        return []
    return list(zip(node.sources, node.arrays, strict=True))


def _made_by(source: Any, function: Any) -> bool:
    return isinstance(source, Node) and source.op is function.op and source.sources is not RELEASED


def _is_one(array: Any) -> bool:
    return is_scalar(array) and array == 1


def _log_of_sum(x: Tensor) -> Node | None:
    """log(1 + eˣ), eˣ on either side."""
    parts = _parts(x)
    for (_, a), (e, _) in (parts, parts[::-1]) if parts else ():
        if _is_one(a) and _made_by(e, exp):
            return Node(LOG_MORE, e.sources, e.arrays, e.params)
    return None


def _log_of_difference(x: Tensor) -> Node | None:
    """log(1 - σ(x))."""
    parts = _parts(x)
    if parts and _is_one(parts[0][1]) and _made_by(s := parts[1][0], sigmoid):
        return Node(LOG_REST, s.sources, s.arrays, s.params)
    return None


def _log_of_negative(x: Tensor) -> Node | None:
    """log1p(-σ(x))."""
    for s, _ in _parts(x):
        if _made_by(s, sigmoid):
            return Node(LOG_REST, s.sources, s.arrays, s.params)
    return None


LOG, LOG1P = named("log"), named("log1p")
LOG.seams[add.op] = _log_of_sum  # type: ignore[attr-defined]
LOG.seams[subtract.op] = _log_of_difference  # type: ignore[attr-defined]
LOG1P.seams[negative.op] = _log_of_negative  # type: ignore[attr-defined]
LOG.seams[probability.softmax.op] = lambda x: Node(  # type: ignore[attr-defined]
    probability.log_softmax.op, x.node.sources, x.node.arrays, x.node.params  # type: ignore[attr-defined]
)

LOG_SUM = Op(
    "log(sum(exp))",
    _never,
    (
        lambda g, y, x, axis, keepdims: chain(
            spread(g, x, axis, keepdims), probability.softmax(x, axis=axis)
        ),
    ),
    jvps=(
        lambda t, y, x, axis, keepdims: total(
            chain(t, probability.softmax(x, axis=axis)), axis=axis, keepdims=keepdims
        ),
    ),
    arity=1,
    shape=shapes.reduced,
)


def _log_of_exponentials(x: Tensor) -> Node | None:
    """log(Σ eˣ)."""
    for e, _ in _parts(x):
        if _made_by(e, exp):
            return Node(LOG_SUM, e.sources, e.arrays, x.node.params)  # type: ignore[union-attr]
    return None


LOG.seams[total.op] = _log_of_exponentials  # type: ignore[attr-defined]


# ---- powers of powers: (x^a)^b is x^(ab), |x|^(ab) or sign(x)·|x|^(ab) --------------------------

# op: exponent, and how it treats a negative number: even, odd, or defined for positive ones only
POWERS = {
    "square": (2, "even"), "sqrt": (0.5, "positive"), "cbrt": (1 / 3, "odd"),
    "reciprocal": (-1, "odd"), "rsqrt": (-0.5, "positive"), "absolute": (1, "even"),
}  # fmt: skip
OUTER = ("square", "sqrt", "cbrt", "reciprocal", "rsqrt")


def _kind(exponent: float) -> str:
    return "positive" if exponent != int(exponent) else "odd" if exponent % 2 else "even"


@cache
def _power_of_power(b: float, outer: str, a: float, inner: str) -> Op:
    """(x^a)^b, by exponents and kinds."""
    c = float(round(a * b)) if abs(a * b - round(a * b)) < 1e-12 else a * b
    kind = outer if inner == "odd" else inner

    def slope(y: Tensor, x: Tensor) -> Any:
        if c == int(c) and kind == _kind(c):  # a polynomial's term, or its reciprocal
            return c * power(x, c - 1) if c else 0 * y
        if kind == "positive":
            return where(less(x, 0), math.nan, c * power(x, c - 1))
        d = c * power(absolute(x), c - 1)
        return d * sign(x) if kind == "even" else d

    return one(f"power(power({a:g}), {b:g})", slope)


def _exponent(node: Node) -> tuple[float, str] | None:
    """The constant exponent of the power that a node is, and its kind."""
    if node.op is power.op:  # type: ignore[attr-defined]
        p = node.arrays[1]
        if isinstance(node.sources[0], Node) and is_scalar(p) and math.isfinite(p):
            return p, _kind(p)
        return None
    return POWERS.get(node.op.name)


def _of_power(x: Tensor, b: float, kind: str) -> Node | None:
    node: Node = x.node  # type: ignore[assignment]
    if node.sources is RELEASED or (found := _exponent(node)) is None:
        return None
    return Node(_power_of_power(b, kind, *found), node.sources[:1], node.arrays[:1], {})


def _of_length(x: Tensor, b: float, kind: str) -> Node | None:
    """A power, from the square on, of a length: no root is left in it."""
    if b < 2:
        return None
    node: Node = x.node  # type: ignore[assignment]
    try:
        xs = operands(node)
    except (GradientError, MutationError):
        return None  # said again, and of whom, if a derivative is asked for
    with np.errstate(all="ignore"):
        if node.op is norms._norm.op:  # type: ignore[attr-defined]
            squares = total(square(xs[0]), **node.params)
        else:
            squares = add(*(square(v) for v in xs))
        return (squares if b == 2 else power(squares, b / 2)).node


def _unary_powers(join: Callable[..., Node | None], inner: Op) -> None:
    for name in OUTER:
        b, kind = POWERS[name]
        named(name).seams[inner] = lambda x, b=b, kind=kind: join(x, b, kind)


def _binary_powers(join: Callable[..., Node | None], inner: Op) -> None:
    def of_exponent(x: Tensor, p: Any) -> Node | None:
        return join(x, p, _kind(p)) if is_scalar(p) and math.isfinite(p) else None

    def twice(x: Tensor, other: Any) -> Node | None:
        return join(x, 2, "even") if other is x else None

    power.op.seams[inner] = of_exponent  # type: ignore[attr-defined]
    multiply.op.seams[inner] = twice  # type: ignore[attr-defined]


for inner_op in (*(named(n) for n in POWERS), named("power")):
    _unary_powers(_of_power, inner_op)
    _binary_powers(_of_power, inner_op)
for inner_op in (norms._norm.op, named("hypot")):  # type: ignore[attr-defined]
    _unary_powers(_of_length, inner_op)
    _binary_powers(_of_length, inner_op)
