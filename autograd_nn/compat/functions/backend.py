"""Keras 2's ``backend``, by convention ``K``: its functions over our ops, on symbols, too."""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.compat.functions.loops import *  # noqa: F403
from autograd_nn.compat.functions.margins import *  # noqa: F403
from autograd_nn.compat.functions.order import in_order
from autograd_nn.compat.functions.phases import *  # noqa: F403
from autograd_nn.compat.functions.sizes import cast as cast
from autograd_nn.compat.functions.sizes import shape as shape
from autograd_nn.compat.functions.values import *  # noqa: F403
from autograd_nn.compat.functions.values import is_tensor
from autograd_nn.compat.functions.windows import *  # noqa: F403
from autograd_nn.engine import ops as engine
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.tensor import as_tensor
from autograd_nn.nn import activations, losses, ops, random
from autograd_nn.nn.backend import *  # noqa: F403
from autograd_nn.nn.lookup import clear_names
from autograd_nn.nn.renamed import FORMATS, warn_user
from autograd_nn.nn.settings import image_data_format, set_image_data_format
from autograd_nn.nn.symbols import note, outlined
from autograd_nn.nn.utils.images import first as channels_first
from autograd_nn.nn.variable import Variable as Variable

_EPSILON = 1e-7


def __getattr__(name: str) -> Any:
    if name == "tf":  # scripts took TensorFlow from here
        return importlib.import_module("autograd_nn.compat.tensorflow")
    if name == "control_flow_ops":  # and its loops
        return importlib.import_module("autograd_nn.compat.tensorflow.maths.control")
    raise AttributeError(f"K.{name} was asked for; expected a function of Keras's backend.")


# ---- the same functions by the same names -------------------------------------------------------

abs, cos, exp, log, sign, sin, sqrt, square = (
    ops.abs, ops.cos, ops.exp, ops.log, ops.sign, ops.sin, ops.sqrt, ops.square,
)  # fmt: skip
equal, not_equal, greater, greater_equal, less, less_equal = (
    ops.equal, ops.not_equal, ops.greater, ops.greater_equal, ops.less, ops.less_equal,
)  # fmt: skip
maximum, minimum, reshape, round = ops.maximum, ops.minimum, ops.reshape, ops.round
arange, dot, stop_gradient = ops.arange, ops.dot, ops.stop_gradient
elu, sigmoid, softplus, softsign, tanh = (
    activations.elu, activations.sigmoid, activations.softplus, activations.softsign,
    activations.tanh,
)  # fmt: skip
softmax = activations.softmax
int_shape: Callable[[Any], tuple[Any, ...]] = ops.shape
ndim, dtype = ops.ndim, ops.dtype


def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """x, but no entry below or above two numbers."""
    return ops.clip(x, min_value, max_value)


def tile(x: Any, n: Any) -> Any:
    """x so many times along each axis."""
    return ops.tile(x, n)


_OF_NONE = {"max": -np.inf, "min": np.inf}  # as TensorFlow has it


def _over(name: str) -> Callable[..., Any]:
    reduce = getattr(ops, name)

    def reduced(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axis = tuple(int(a) for a in axis) if isinstance(axis, list | np.ndarray) else axis
        x = ops.stack(x) if isinstance(x, list) and x and is_tensor(x[0]) else x
        if name == "mean" and as_dtype(ops.dtype(x)).kind in "bui":
            x = ops.cast(x, "float32")
        if name in _OF_NONE and 0 in ops.shape(x):
            return ops.add(ops.sum(x, axis=axis, keepdims=keepdims), _OF_NONE[name])
        return reduce(x, axis=axis, keepdims=keepdims)

    reduced.__name__, reduced.__doc__ = name, f"``ops.{name}`` over an axis, several, or all."
    return reduced


sum, mean, prod, max, min, std, var, any, all, logsumexp = map(_over, (  # noqa: A001
    "sum", "mean", "prod", "max", "min", "std", "var", "any", "all", "logsumexp",
))  # fmt: skip


def argmax(x: Any, axis: int = -1) -> Any:
    """The place of the largest entry along an axis."""
    return ops.argmax(x, axis=axis)


def argmin(x: Any, axis: int = -1) -> Any:
    """The place of the smallest entry along an axis."""
    return ops.argmin(x, axis=axis)


def pow(x: Any, a: Any) -> Any:
    """xᵃ, entry by entry."""
    return ops.power(x, a)


def hard_sigmoid(x: Any) -> Any:
    """x / 5 + 1 / 2 within 0 and 1, as Keras 2 had it; Keras 3's activation has x / 6.

    >>> np.round(hard_sigmoid(np.array([-3.0, 1.0])), 6).tolist()
    [0.0, 0.7]
    """
    return activations.get("hard_sigmoid_of_keras_2")(x)


def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: float = 0.0) -> Any:
    """max(x, 0), with a slope of ``alpha`` below, and no more than ``max_value``: also tensors."""
    if not is_tensor(alpha) and not is_tensor(max_value):
        return activations.relu(x, alpha, max_value, threshold)
    y = activations.relu(x, 0.0, None, threshold)
    y = y if max_value is None else ops.minimum(y, max_value)
    return y + alpha * ops.minimum(ops.subtract(x, threshold), 0.0)


# ---- shapes -------------------------------------------------------------------------------------


def concatenate(tensors: Any, axis: int = -1) -> Any:
    """Joined along an axis."""
    return ops.concatenate(list(tensors), axis=axis)


def stack(x: Any, axis: int = 0) -> Any:
    """Joined along a new axis."""
    return ops.stack(list(x), axis=axis)


pack = stack


def expand_dims(x: Any, axis: int = -1, dim: int | None = None) -> Any:
    """x with an axis of size 1."""
    return ops.expand_dims(x, axis if dim is None else dim)


def squeeze(x: Any, axis: int) -> Any:
    """x without an axis of size 1."""
    return ops.squeeze(x, axis)


def flatten(x: Any) -> Any:
    """x as one axis."""
    return ops.reshape(x, (-1,))


def batch_flatten(x: Any) -> Any:
    """x as two axes, the first as it is.

    >>> batch_flatten(np.zeros((2, 3, 4))).shape
    (2, 12)
    """
    first, *rest = ops.shape(x)
    if None in rest and first is None:  # only data tell either
        return note(lambda x: ops.reshape(x, (x.shape[0], -1)), (x,), {}, name="batch_flatten")
    return ops.reshape(x, (first, -1) if None in rest else (-1, int(np.prod(rest))))


def permute_dimensions(x: Any, pattern: Sequence[int]) -> Any:
    """The axes in another order."""
    return ops.transpose(x, tuple(pattern))


def transpose(x: Any) -> Any:
    """The axes in reverse order."""
    return ops.transpose(x)


def reverse(x: Any, axes: Any) -> Any:
    """x turned round along axes."""
    return ops.flip(x, axis=tuple(axes) if isinstance(axes, list) else axes)


def cumsum(x: Any, axis: int = 0) -> Any:
    """The sums up to each entry along an axis, the first where none is told."""
    return ops.cumsum(x, axis=axis)


def cumprod(x: Any, axis: int = 0) -> Any:
    """The products up to each entry along an axis."""
    return ops.cumprod(x, axis=axis)


def repeat(x: Any, n: int) -> Any:
    """(b, d) → (b, n, d), the same n times."""
    return ops.repeat(ops.expand_dims(x, 1), n, axis=1)


def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Each entry along an axis ``rep`` times."""
    return ops.repeat(x, rep, axis=axis)


def gather(reference: Any, indices: Any) -> Any:
    """Entries along the first axis."""
    return ops.take(reference, ops.cast(indices, "int32"), axis=0)


def one_hot(indices: Any, num_classes: int) -> Any:
    """A one at each index among zeros."""
    return ops.one_hot(ops.cast(indices, "int32"), num_classes)


def slice(x: Any, start: Sequence[int], size: Sequence[int]) -> Any:
    """The block of a size (-1: all that follows) that begins at ``start``.

    >>> slice(np.arange(6).reshape(2, 3), (0, 1), (-1, 2)).tolist()
    [[1, 2], [4, 5]]
    """
    ends = [None if n == -1 else s + n for s, n in zip(start, size, strict=True)]
    return x[tuple(map(builtins.slice, start, ends))]


def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: str | None = None,
    interpolation: str = "nearest",
) -> Any:  # fmt: skip
    """Images by whole factors, each pixel repeated."""
    at = 2 if channels_first(data_format) else 1
    return ops.repeat(ops.repeat(x, height_factor, axis=at), width_factor, axis=at + 1)


# ---- products, norms, branches ------------------------------------------------------------------


def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """Sums of products along an axis of x and one of y, sample by sample; at least (n, 1).

    axes   one for both, or a pair; None: x's last and y's last but one.
    Axes before the two last of the larger are the batch's, too, where both have them.
    Raises ShapeError for axes that are none or that of the batch.

    >>> batch_dot(np.ones((2, 3)), np.ones((2, 3)), axes=1).tolist()
    [[3.0], [3.0]]
    """
    rank_x, rank_y = ops.ndim(x), ops.ndim(y)
    if axes is None:
        axes = (rank_x - 1, rank_y - 1 if rank_y == 2 else rank_y - 2)
    a, b = (axes, axes) if isinstance(axes, int) else axes
    a, b = a % rank_x, b % rank_y
    if rank_x == rank_y == 2 and not (a and b):  # of matrices any axes, those of Keras's Dot too
        return ops.expand_dims(ops.sum((x if a == b else ops.transpose(x)) * y, axis=b), 1)
    if not a or not b:
        raise ShapeError(f"batch_dot received axes={axes!r}; expected axes behind the batch's.")
    left = [chr(97 + i) for i in range(rank_x)]
    right = ["a", *(chr(97 + rank_x + i) for i in range(1, rank_y))]
    right[b] = left[a]
    for i in range(1, builtins.max(rank_x, rank_y) - 2):
        if i < builtins.min(rank_x, rank_y) and i != a and i != b:
            right[i] = left[i]
    kept = [s for s in left if s != left[a]]
    kept += [s for s in right[1:] if s not in left]
    found = ops.einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", x, y)
    return ops.expand_dims(found, 1) if len(kept) == 1 else found


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12) -> Any:
    """x / √max(Σx², ε) along an axis."""
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis=axis, keepdims=True), epsilon))


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """The one where the condition holds, the other elsewhere; functions of nothing are called."""
    then, other = (e() if callable(e) else e for e in (then_expression, else_expression))
    missing = ops.ndim(then) - ops.ndim(condition)
    for _ in range(missing if ops.ndim(condition) else 0):
        condition = ops.expand_dims(condition, -1)
    return ops.where(ops.cast(condition, "bool"), then, other)


def cond(condition: Any, then: Any, other: Any) -> Any:
    """`switch`."""
    return switch(condition, then, other)


def dropout(x: Any, level: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """x with entries set to 0 with probability ``level``, the others scaled up."""
    return random.dropout(x, level, noise_shape, seed)


def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    """x + bias, along the channels; or of a bias for each place, of the axes behind the batch."""
    if channels_first(data_format) and ops.ndim(x) > 2:
        *places, channels = ops.shape(bias)
        places = places or [1] * (ops.ndim(x) - 2)
        bias = ops.reshape(bias, (1, channels, *places))
    return x + bias


def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any = None, gamma: Any = None, axis: int = -1,
    epsilon: float = 1e-3,
) -> Any:  # fmt: skip
    """γ (x - mean) / √(var + ε) + β, of as many entries as x has along the axis."""
    return ops.batch_normalization(x, mean, var, axis, beta, gamma, epsilon)


def conv2d(
    x: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """Windows of images times a kernel (h, w, c, k); conv1d and conv3d of series and volumes."""
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


conv1d = conv3d = conv2d


def depthwise_conv2d(
    x: Any, depthwise_kernel: Any, strides: Any = 1, padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """Windows of each channel by itself times a kernel (h, w, c, m)."""
    return ops.depthwise_conv(x, depthwise_kernel, strides, padding, data_format, dilation_rate)


def separable_conv2d(
    x: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = 1,
    padding: str = "valid", data_format: str | None = None, dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """`depthwise_conv2d`, then a kernel (1, 1, c·m, k) on each pixel."""
    return ops.separable_conv(
        x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate
    )


separable_conv1d = separable_conv2d


def pool2d(
    x: Any, pool_size: Any, strides: Any = 1, padding: str = "valid",
    data_format: str | None = None, pool_mode: str = "max",
) -> Any:  # fmt: skip
    """The largest entry of each window of images, or their mean ('avg'); pool3d of volumes."""
    pools = {"max": ops.max_pool, "avg": ops.average_pool}
    if pool_mode not in pools:
        raise ValueError(f"pool2d received pool_mode={pool_mode!r}; expected 'max' or 'avg'.")
    return pools[pool_mode](x, pool_size, strides, padding, data_format)


pool3d = pool2d


# ---- losses -------------------------------------------------------------------------------------


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-Σ t ln p along an axis."""
    target, output = in_order(target, output, "categorical_crossentropy")
    return ops.categorical_crossentropy(target, output, from_logits, axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-ln p of the class that is meant."""
    target, output = in_order(target, output, "sparse_categorical_crossentropy")
    flat = ops.reshape(target, ops.shape(output)[:-1]) if None not in ops.shape(output) else target
    return ops.sparse_categorical_crossentropy(ops.cast(flat, "int32"), output, from_logits, axis)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """-(t ln p + (1 - t) ln (1 - p)), entry by entry."""
    target, output = in_order(target, output, "binary_crossentropy")
    return ops.binary_crossentropy(target, output, from_logits)


def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Whether the class that is meant is among the k likeliest."""
    return ops.in_top_k(ops.cast(targets, "int32"), predictions, k)


def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Any:
    """The loss of connectionist temporal classification, (n, 1); the last class is the blank.

    y_true (n, l) labels, y_pred (n, t, c) chances; input_length and label_length (n, 1).
    What is behind a sample's length is taken for blanks, which changes no path's chance.
    """
    y_pred = as_tensor(y_pred)
    n, t, c = y_pred.shape
    labels = ops.cast(y_true, "int32") + 1
    places = ops.reshape(engine.arange(labels.shape[1]), (1, -1))
    within = places < ops.reshape(label_length, (n, 1))
    labels = ops.where(within, labels, ops.zeros_like(labels))
    log_p = ops.roll(ops.log(y_pred + 1e-7), 1, axis=-1)
    blank = ops.where(engine.arange(c) == 0, 0.0, -1e5)
    running = ops.reshape(engine.arange(t), (1, t, 1)) < ops.reshape(input_length, (n, 1, 1))
    log_p = ops.where(running, log_p, ops.cast(blank, log_p.dtype))
    return ops.expand_dims(losses.CTC(reduction="none")(labels, log_p), 1)


# ---- settings -----------------------------------------------------------------------------------


def backend() -> str:  # type: ignore[no-redef]
    """'tensorflow', whose functions and layout of pictures these are."""
    return "tensorflow"


def image_dim_ordering() -> str:
    """`image_data_format` in Keras 1's words: 'th' or 'tf'."""
    return "th" if image_data_format() == "channels_first" else "tf"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Sets `image_data_format` in Keras 1's words."""
    warn_user("set_image_dim_ordering: an old function; write set_image_data_format(...).")
    set_image_data_format(FORMATS.get(dim_ordering) or dim_ordering)


def cast_to_floatx(x: Any) -> Any:
    """x in `floatx`, an array as an array."""
    return ops.cast(x, "float32") if is_tensor(x) else np.asarray(x, "float32")


def shape_of_call(f: Any, *args: Any) -> Any:
    """The shape of ``f(*args)``, found without computing it on symbols."""
    return outlined(f, args, {}).shape


def get_session() -> Any:
    """What runs symbols; there is nothing to open."""
    return importlib.import_module("autograd_nn.compat.tensorflow.elder.sessions").Session()


def set_session(session: Any) -> None:
    """Does nothing: there are no sessions, for tensors have their values."""


def _get_available_gpus() -> list[str]:
    """None: what computes is the processor."""
    return []


def manual_variable_initialization(value: bool) -> None:
    """Does nothing: variables have their values from when they are made."""


def reset_uids() -> None:
    """Starts `get_uid` afresh."""
    clear_names()
