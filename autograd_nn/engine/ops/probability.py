"""Softmax and the cross-entropies, fused with it for stability."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.declare import elementwise, primitive
from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.engine.halves import gathering, result_type
from autograd_nn.engine.numeric import floated
from autograd_nn.engine.ops.activation import sigmoid_slope
from autograd_nn.engine.ops.arithmetic import chain, multiply, subtract
from autograd_nn.engine.ops.exponential import exp
from autograd_nn.engine.ops.reductions import sum as total
from autograd_nn.engine.ops.shaping import expand_dims
from autograd_nn.engine.tensor import Tensor


def _same(x: tuple[int, ...], *, axis: Any) -> tuple[int, ...]:
    shapes.axes(axis, len(x))
    return x


def _shifted(x, axis):  # type: ignore[no-untyped-def]
    x = floated(x)
    top = np.maximum.reduce(x, axis=axis, keepdims=True)
    return x - np.where(np.isfinite(top), top, 0).astype(top.dtype, copy=False)


def _softmax_rule(g: Any, y: Any, x: Any, axis: Any) -> Tensor:
    # The Jacobian diag(y) - yyᵀ is symmetric: one rule serves both modes.
    inside = chain(g, y)
    return subtract(inside, multiply(y, total(inside, axis=axis, keepdims=True)))


@primitive(_softmax_rule, jvps=(_softmax_rule,), shape=_same)
@gathering
def softmax(x, *, axis=-1):
    """Exponentials made to sum to one over ``axis``, yᵢ = eˣⁱ / Σⱼ eˣʲ, without overflow.

    >>> ag.softmax(ag.Tensor([0.0, 0.0, 1000.0]))
    Tensor([0., 0., 1.])
    """
    if not x.size:
        return x.copy()
    e = np.exp(_shifted(x, axis))
    return e / np.add.reduce(e, axis=axis, keepdims=True)


@primitive(
    lambda g, y, x, axis: subtract(g, multiply(exp(y), total(g, axis=axis, keepdims=True))),
    jvps=(
        lambda t, y, x, axis: subtract(t, total(chain(t, exp(y)), axis=axis, keepdims=True)),
    ),
    shape=_same,
)
@gathering
def log_softmax(x, *, axis=-1):
    """The logarithm of softmax, yᵢ = xᵢ - ln Σⱼ eˣʲ, without overflow or underflow.

    >>> ag.log_softmax(ag.Tensor([0.0, 1000.0]))
    Tensor([-1000.,     0.])
    """
    if not x.size:
        return x.copy()
    s = _shifted(x, axis)
    return s - np.log(np.add.reduce(np.exp(s), axis=axis, keepdims=True))


def _sigmoid_cross_entropy(x, t):  # type: ignore[no-untyped-def]
    if not isinstance(x, np.ndarray):  # a number takes its partner's dtype
        x = np.asarray(x, result_type(x, t))
    if x.dtype.kind == "c":
        raise DTypeError(f"received logits of dtype {x.dtype}; expected real numbers.")
    x = floated(x, t)
    return np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x)))


def _sigmoid_error(x, t):  # type: ignore[no-untyped-def]
    if not isinstance(x, np.ndarray):
        x = np.asarray(x, result_type(x, t))
    x, t = floated(x, t), floated(t, x) if isinstance(t, np.ndarray) else t
    e = np.exp(-np.abs(x))
    below = np.signbit(x)
    return ((1 - t) * np.where(below, e, 1) - t * np.where(below, 1, e)) / (1 + e)


@elementwise(
    lambda y, x, target: sigmoid_slope(x),
    -1,
    numpy=_sigmoid_error,
    domain=((-2.0, 2.0), (0.1, 0.9)),
)
def sigmoid_error(x, target):
    """How far a logit is off, y = σ(x) - t, exact where σ has rounded to 0 or 1.

    >>> ag.ops.sigmoid_error(ag.Tensor([0.0, 100.0]), ag.Tensor([1.0, 1.0]))
    Tensor([-5.00000000e-01, -3.72007598e-44])
    """
    e = math.exp(-abs(x))
    return ((1.0 - target) * (e if x < 0 else 1.0) - target * (1.0 if x < 0 else e)) / (1.0 + e)


@elementwise(
    lambda y, x, target: sigmoid_error(x, target),
    lambda y, x, target: -x,
    numpy=_sigmoid_cross_entropy,
    domain=((-2.0, 2.0), (0.1, 0.9)),
    units=128,
)
def sigmoid_cross_entropy(x, target):
    """Cross-entropy of a logit, y = -t ln σ(x) - (1 - t) ln(1 - σ(x)), without overflow.

    Computed as max(x, 0) - xt + ln(1 + e^-|x|), whose derivative in x is σ(x) - t.

    >>> ag.sigmoid_cross_entropy(ag.Tensor([0.0, 1000.0]), ag.Tensor([1.0, 1.0]))
    Tensor([0.69314718, 0.        ])
    """
    return (x if x > 0 or x != x else 0.0) - x * target + math.log1p(math.exp(-abs(x)))


def _labels_fit(x: tuple[int, ...], labels: tuple[int, ...]) -> tuple[int, ...]:
    if not x or labels != x[:-1]:
        raise ShapeError(
            f"logits of shape {x} need labels of shape {x[:-1]}, one integer a row; "
            f"received labels of shape {labels}."
        )
    return labels


def _sparse_vjp(g: Any, y: Any, x: Any, labels: Any) -> Tensor:
    return chain(expand_dims(g, -1), _sparse_slope(x, labels))


def _sparse_jvp(t: Any, y: Any, x: Any, labels: Any) -> Tensor:
    return total(chain(t, _sparse_slope(x, labels)), axis=-1)


def _slope_vjp(g: Any, y: Any, x: Any, labels: Any) -> Tensor:
    return _softmax_rule(g, softmax(x, axis=-1), x, -1)


@primitive(
    _slope_vjp, None, jvps=(_slope_vjp, None), shape=lambda x, labels: x, batch=True,
    name="sparse_slope",
)
@gathering
def _sparse_slope(x, labels):
    """softmax(x) less one at the label: the derivative of softmax_cross_entropy.

    At the label it is computed as less the sum of the others, which a probability that has rounded
    to 1 does not lose.
    """
    if not x.size:
        return x.copy()
    e = np.exp(_shifted(x, -1))
    e /= np.add.reduce(e, axis=-1, keepdims=True)
    np.put_along_axis(e, labels[..., None], e.dtype.type(0), -1)
    np.put_along_axis(e, labels[..., None], -np.add.reduce(e, axis=-1, keepdims=True), -1)
    return e


@primitive(
    _sparse_vjp,
    None,
    jvps=(_sparse_jvp, None),
    shape=_labels_fit,
    batch=True,
    domain=((-2.0, 2.0), (0, 0)),
)
@gathering
def softmax_cross_entropy(x, labels):
    """Cross-entropy of logits and integer labels, y = ln Σⱼ eˣʲ - x_label, over the last axis.

    Shapes (…, n), (…) → (…). Raises RangeError for a label outside 0 … n - 1, with its place.

    >>> ag.softmax_cross_entropy(ag.Tensor([[0.0, 0.0], [9.0, 0.0]]), [1, 0])
    Tensor([6.93147181e-01, 1.23402190e-04])
    """
    if labels.dtype.kind not in "iu":
        raise DTypeError(
            f"received labels of dtype {labels.dtype}; expected integers. "
            "Convert class numbers with .astype(int); probabilities belong to softmax and log."
        )
    if labels.shape != x.shape[:-1]:
        _labels_fit(x.shape, labels.shape)
    n = x.shape[-1]
    if labels.size and (labels.min() < 0 or labels.max() >= n):
        bad = tuple(int(i) for i in np.argwhere((labels < 0) | (labels >= n))[0])
        raise RangeError(
            f"label {labels[bad]} of sample {bad[0] if len(bad) == 1 else bad} is outside 0 to "
            f"{n - 1}; expected one of {n} classes. Renumber the labels from 0, or widen the "
            "output."
        )
    s = _shifted(x, -1)
    picked = np.take_along_axis(s, labels[..., None], axis=-1)[..., 0]
    return np.log(np.add.reduce(np.exp(s), axis=-1)) - picked


__all__ = [
    "log_softmax", "sigmoid_cross_entropy", "sigmoid_error", "softmax", "softmax_cross_entropy",
]  # fmt: skip

