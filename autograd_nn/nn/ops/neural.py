"""What networks are made of, as functions: activations, cross-entropies, normalization."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype, finfo, is_half, kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.nn import activations, settings
from autograd_nn.nn.images import depth_to_space, fold, psnr, space_to_depth, unfold
from autograd_nn.nn.ops.core import saturate_cast
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.settings import floatx
from autograd_nn.nn.symbols import Outline, tells

_ACTIVATIONS = (
    "celu", "elu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
    "hard_tanh", "leaky_relu", "log_sigmoid", "relu6", "selu", "silu", "soft_shrink",
    "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh_shrink",
    "threshold",
)  # fmt: skip
for _name in _ACTIVATIONS:
    if hasattr(activations, _name):
        globals()[_name] = getattr(activations, _name)


def gelu(x: Any, approximate: bool = True) -> Tensor:
    """x Φ(x), Φ of the normal distribution, by default in its approximation by tanh.

    >>> round(gelu([1.0]).item(), 4), round(gelu([1.0], approximate=False).item(), 4)
    (0.8412, 0.8413)
    """
    return activations.gelu(x, approximate)


def softmax(x: Any, axis: Any = -1) -> Tensor:
    """exp xᵢ / Σⱼ exp xⱼ along an axis, or over several; warns where that is over one entry.

    >>> softmax([0.0, 0.0]).tolist()
    [0.5, 0.5]
    """
    x = as_tensor(x)
    axes = axis if isinstance(axis, list | tuple) else (axis,)
    if isinstance(axis, int) and -x.ndim <= axis < x.ndim and x.shape[axis] == 1:
        warn_user(
            f"You are using a softmax over axis {axis} of a tensor of shape {x.shape}. This axis "
            "has size 1. The softmax operation will always return the value 1, which is likely not "
            "what you intended. Did you mean to use a sigmoid instead?",
            UserWarning,
        )
    return _over(ops.softmax, x, axes)


def log_softmax(x: Any, axis: Any = -1) -> Tensor:
    """ln of `softmax`, exact where that vanishes.

    >>> log_softmax([0.0, 0.0]).numpy().round(4).tolist()
    [-0.6931, -0.6931]
    """
    return _over(ops.log_softmax, as_tensor(x), axis if isinstance(axis, list | tuple) else (axis,))


def _over(function: Callable[..., Tensor], x: Tensor, axes: Sequence[int]) -> Tensor:
    """A function along an axis, over several as if they were one."""
    if len(axes) == 1:
        return function(x, axis=axes[0])
    gone = [a % x.ndim for a in axes]
    order = [*[a for a in range(x.ndim) if a not in gone], *gone]
    turned = ops.transpose(x, tuple(order))
    y = function(ops.reshape(turned, shape=(*turned.shape[: -len(gone)], -1)), axis=-1)
    back = tuple(np.argsort(order).tolist())
    return ops.transpose(ops.reshape(y, shape=turned.shape), back)


def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """A one at each class, zeros elsewhere, along a new axis.

    >>> one_hot([0, 2], 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if sparse:
        raise ValueError("received sparse=True; expected False: tensors here are dense.")
    return ops.one_hot(_whole(x), num_classes, axis, dtype or floatx())


def _whole(x: Any) -> Tensor:
    """Class numbers as integers; raises ValueError for floats that are none."""
    x = as_tensor(x)
    if kind_of(x.dtype) != "f":
        return x
    if not np.array_equal(x.array, np.floor(x.array)):
        raise ValueError(f"received {x!r} as classes; expected whole numbers.")
    return ops.astype(x, dtype=np.dtype(int))


def multi_hot(
    inputs: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """A one at each class that a sample has, (…, k) → (…, num_classes).

    >>> multi_hot([[0, 2]], 4).tolist()
    [[1.0, 0.0, 1.0, 0.0]]
    """
    x = as_tensor(inputs)
    found = one_hot(x, num_classes, axis, dtype, sparse)
    return ops.max(found, axis=1 if x.ndim > 1 else 0)  # wherever the ones are, as in Keras


def normalize(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Tensor:
    """x divided by its norm along an axis, which counts as at least epsilon.

    Raises ValueError for an order that is no whole number from 1.

    >>> normalize([[3.0, 0.0]]).tolist()
    [[1.0, 0.0]]
    """
    if not isinstance(order, int | np.integer) or order < 1:
        raise ValueError(f"Argument `order` must be an int >= 1. Received: order={order!r}.")
    x = as_tensor(x)
    if x.dtype.kind in "iub":
        x = ops.astype(x, dtype=as_dtype(floatx()))
    if is_half(x.dtype):  # whose squares soon leave its range
        return ops.astype(normalize(_wide(x), axis, order, epsilon), dtype=x.dtype)
    small = settings.epsilon() if epsilon is None else epsilon
    if order == 2:
        total = ops.sum(ops.square(x), axis=axis, keepdims=True)
        return x * ops.rsqrt(ops.maximum(total, small**2))
    total = ops.sum(ops.absolute(x) ** order, axis=axis, keepdims=True) ** (1 / order)
    return x / ops.maximum(total, small)


def batch_normalization(
    x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None,
    epsilon: float = 1e-3,
) -> Tensor:  # fmt: skip
    """(x - mean)/√(variance + ε)·scale + offset, statistics along one axis."""
    x = as_tensor(x)
    sizes = [1] * x.ndim
    sizes[axis] = -1

    def along(v: Any) -> Tensor:
        return ops.reshape(as_tensor(v), shape=tuple(sizes))

    s, b = (None if v is None else along(v) for v in (scale, offset))
    return ops.standardize(x, along(mean), along(variance), s, b, epsilon)


def _wide(x: Tensor) -> Tensor:
    """Half precision as float32, in which statistics are."""
    return ops.astype(x, dtype=np.dtype("float32")) if is_half(x.dtype) else x


def _along(v: Any, x: Tensor, axis: Any) -> Any:
    """A factor for entries of some axes, as those of x."""
    axes = [a % x.ndim for a in (axis if isinstance(axis, list | tuple) else (axis,))]
    if v is None or tuple(as_tensor(v).shape) != tuple([x.shape[a] for a in axes]):
        return v
    sizes = [n if a in axes else 1 for a, n in enumerate(x.shape)]
    return ops.reshape(as_tensor(v), shape=tuple(sizes))


def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None,
    rms_scaling: bool = False,
) -> Tensor:  # fmt: skip
    """(x - mean)/√(variance + ε)·gamma + beta, statistics over some axes, in x's dtype.

    epsilon       ε; None for the backend's (10⁻⁷).
    rms_scaling   as it was in place of `rms_normalization`: x/√(variance + ε)·gamma.

    >>> layer_normalization([1.0, 3.0]).numpy().round(3).tolist()
    [-1.0, 1.0]
    """
    x = as_tensor(x)
    kind = x.dtype if kind_of(x.dtype) == "f" else as_dtype(floatx())
    x = _wide(ops.astype(x, dtype=kind))
    gamma, beta = _along(gamma, x, axis), _along(beta, x, axis)
    epsilon = settings.epsilon() if epsilon is None else epsilon
    m, v = ops.moments(x, axis, keepdims=True)
    if rms_scaling:
        warn_user(
            "You passed `rms_scaling=True`, which is deprecated. This argument scales by the "
            "variance and not by the mean of squares; use `rms_normalization` in its place.",
            UserWarning,
        )
        y = x * ops.rsqrt(v + epsilon)
        return ops.astype(y if gamma is None else y * gamma, dtype=kind)
    return ops.astype(ops.standardize(x, m, v, gamma, beta, epsilon), dtype=kind)


def rms_normalization(
    x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Tensor:
    """x/√(mean of squares + ε)·scale, in x's dtype.

    >>> rms_normalization([3.0, 3.0]).numpy().round(3).tolist()
    [1.0, 1.0]
    """
    x = as_tensor(x)
    kind = x.dtype if kind_of(x.dtype) == "f" else as_dtype(floatx())
    x = _wide(ops.astype(x, dtype=kind))
    power = ops.mean(ops.square(x), axis=axis, keepdims=True)
    y = x * ops.rsqrt(power + (settings.epsilon() if epsilon is None else epsilon))
    return ops.astype(y if scale is None else y * _along(scale, x, axis), dtype=kind)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """-(t ln p + (1 - t) ln(1 - p)), entry by entry."""
    t, p = as_tensor(target), as_tensor(output)
    if from_logits:
        return ops.sigmoid_cross_entropy(p, ops.astype(t, dtype=p.dtype))
    p = ops.clip(p, settings.epsilon(), 1 - settings.epsilon())
    t = ops.astype(t, dtype=p.dtype)
    return -(t * ops.log(p) + (1 - t) * ops.log(1 - p))


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """-Σ t ln p along the classes' axis."""
    p = as_tensor(output)
    t = ops.astype(as_tensor(target), dtype=p.dtype)
    if from_logits:
        return -ops.sum(t * ops.log_softmax(p, axis=axis), axis=axis)
    p = p / ops.sum(p, axis=axis, keepdims=True)
    return -ops.sum(t * ops.log(ops.clip(p, settings.epsilon(), 1 - settings.epsilon())), axis=axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """-ln p of each sample's class."""
    p, t = as_tensor(output), as_tensor(target)
    if t.ndim == p.ndim and t.shape[-1] == 1:
        t = ops.squeeze(t, -1)
    hot = ops.one_hot(ops.astype(t, dtype=np.dtype(int)), p.shape[axis], axis, p.dtype)
    return categorical_crossentropy(hot, p, from_logits, axis)


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Tensor, Tensor]:
    """The k largest along the last axis and their indices, the largest first.

    sorted   is taken and changes nothing: they always are.
    """
    return ops.top_k(x, k)


def in_top_k(targets: Any, predictions: Any, k: int) -> Tensor:
    """Whether fewer than k predictions are larger than that of the target class.

    >>> in_top_k([1], [[0.5, 0.2, 0.3]], 2).tolist()
    [False]
    """
    p, t = as_tensor(predictions), _whole(targets)
    own = ops.take_along_axis(p, ops.expand_dims(t, -1), axis=-1)
    above = ops.count_nonzero(ops.greater(p, own), axis=-1)
    return ops.logical_and(ops.less(above, k), ops.isfinite(ops.squeeze(own, -1)))


def _segment_outline(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Outline:
    """As many segments as are asked for, or as data tell."""
    return Outline((num_segments, *data.shape[1:]), data.dtype)


def _segmented(data: Any, segment_ids: Any, num_segments: int | None) -> tuple[Any, Any, int]:
    """Data, the segment of each and how many there are; what is of none goes to one behind."""
    x, places = as_tensor(data), as_tensor(segment_ids)
    if places.ndim != 1:
        raise ShapeError(
            f"Argument `segment_ids` should be an 1-D vector, got shape {places.shape}; expected a "
            "segment's number for each entry along the first axis of data."
        )
    if x.shape[:1] != places.shape:
        raise ShapeError(
            "Argument `segment_ids` and `data` should have same leading dimension. Received "
            f"{places.shape} and {x.shape}; expected as many segments' numbers as entries."
        )
    if num_segments is None:
        places.look("how many segments there are, without num_segments,")
        num_segments = int(places.array.max(initial=-1)) + 1
    inside = ops.logical_and(ops.greater_equal(places, 0), ops.less(places, num_segments))
    return x, ops.where(inside, places, num_segments), num_segments


def _segments(
    data: Any, segment_ids: Any, num_segments: int | None, start: float,
    combine: Callable[..., Tensor],
) -> Tensor:  # fmt: skip
    x, places, n = _segmented(data, segment_ids, num_segments)
    own = ops.equal(ops.reshape(places, shape=(1, -1)), np.arange(n)[:, None])
    own = ops.reshape(own, shape=(n, x.shape[0], *(1,) * (x.ndim - 1)))
    if x.dtype.kind in "iu":
        bounds = np.iinfo(x.dtype)
        start = bounds.min if start == -np.inf else bounds.max if start == np.inf else start
    return combine(ops.where(own, ops.expand_dims(x, 0), np.asarray(start, x.dtype)), axis=1)


@tells(_segment_outline)
def segment_sum(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The sum of the entries of every segment; those of no segment from 0 to n - 1 are left out.

    sorted   is taken and changes nothing.
    Raises ShapeError for other than one number for each entry.

    >>> segment_sum([1.0, 2.0, 3.0], [0, 1, 0]).tolist()
    [4.0, 2.0]
    """
    x, places, n = _segmented(data, segment_ids, num_segments)
    return ops.add_at(ops.zeros((n + 1, *x.shape[1:]), x.dtype), places, x)[:n]


@tells(_segment_outline)
def segment_prod(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The product of the entries of every segment; 1 of an empty one.

    >>> segment_prod([2.0, 5.0, 3.0], [0, 1, 0]).tolist()
    [6.0, 5.0]
    """
    return ops.astype(_segments(data, segment_ids, num_segments, 1, ops.prod),
                      dtype=as_tensor(data).dtype)  # fmt: skip


@tells(_segment_outline)
def segment_max(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The largest entry of every segment; -∞, or the least whole number, of an empty one.

    >>> segment_max([1.0, 2.0, 3.0], [0, 1, 0]).tolist()
    [3.0, 2.0]
    """
    return _segments(data, segment_ids, num_segments, -np.inf, ops.max)


@tells(_segment_outline)
def segment_min(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The smallest entry of every segment; ∞, or the largest whole number, of an empty one."""
    return _segments(data, segment_ids, num_segments, np.inf, ops.min)


def dot_product_attention(
    query: Any, key: Any, value: Any, bias: Any = None, mask: Any = None,
    scale: float | None = None, is_causal: bool = False, flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Tensor:  # fmt: skip
    """softmax(QKᵀ·scale + bias)V by heads, (b, t, h, d), (b, s, g, d) twice → (b, t, h, d).

    g heads of keys serve h/g heads of queries each.
    mask   True where a key may be looked at, (…, h, t, s); is_causal: none that comes later.
    scale  1/√d by default. Source: Vaswani et al., "Attention is all you need" (2017).
    attn_logits_soft_cap   c: scores s become c·tanh(s/c).
    flash_attention        is taken and changes nothing: without bias and cap scores are never held
                           all at once.
    """
    q, k, v = as_tensor(query), as_tensor(key), as_tensor(value)
    cap = attn_logits_soft_cap
    if bias is None and cap is None:
        return ops.attention(q, k, v, mask, scale, is_causal)
    shared = q.shape[2] // k.shape[2]
    if shared > 1:
        k, v = (ops.repeat(x, shared, axis=2) for x in (k, v))
    factor = 1 / q.shape[-1] ** 0.5 if scale is None else scale
    scores: Any = ops.einsum("bthd,bshd->bhts", q, k) * factor
    if cap is not None:
        scores = ops.tanh(scores / cap) * cap
    if bias is not None:
        scores = scores + as_tensor(bias)
    if is_causal:
        earlier = wrap(np.tri(*scores.shape[-2:], dtype=bool))
        mask = earlier if mask is None else ops.logical_and(as_tensor(mask), earlier)
    if mask is not None:
        scores = ops.where(as_tensor(mask), scores, float(finfo(scores.dtype).min))
    return ops.einsum("bhts,bshd->bthd", ops.softmax(scores, axis=-1), v)


def moments(
    x: Any, axes: int | Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[Tensor, Tensor]:
    """Mean and variance over some axes; of half precision computed in float32, the ends kept.

    >>> [float(t) for t in moments([1.0, 3.0], 0)]
    [2.0, 1.0]
    """
    x = as_tensor(x)
    mean, variance = ops.moments(_wide(x), axes, keepdims)
    if is_half(x.dtype):
        mean, variance = saturate_cast(mean, x.dtype), saturate_cast(variance, x.dtype)
    return mean, variance


__all__ = [
    *[_n for _n in _ACTIVATIONS if _n in globals()],
    "batch_normalization", "binary_crossentropy", "categorical_crossentropy", "depth_to_space",
    "dot_product_attention", "fold", "gelu", "in_top_k", "layer_normalization", "log_softmax",
    "moments", "multi_hot", "normalize", "one_hot", "psnr", "rms_normalization", "segment_max",
    "segment_min", "segment_prod", "segment_sum", "softmax", "space_to_depth",
    "sparse_categorical_crossentropy", "top_k", "unfold",
]  # fmt: skip
