"""``tf.nn`` over windows: sizes and steps of all four axes, 'SAME' and 'VALID'."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.nn import ops, random


def _inner(sizes: Any, form: Any) -> Any:
    """Sizes along the axes of space, of one number, of these, or of all axes."""
    if not hasattr(sizes, "__len__"):
        return int(sizes)
    sizes = [int(n) for n in sizes]
    if len(sizes) < 3:
        return sizes[0] if len(sizes) == 1 else tuple(sizes)
    return tuple(sizes[2:] if _format(form) == "channels_first" else sizes[1:-1])


def _format(data_format: Any) -> str:
    return "channels_first" if str(data_format or "").startswith("NC") else "channels_last"


def conv2d(
    input: Any, filters: Any = None, strides: Any = 1, padding: str = "VALID",
    data_format: Any = "NHWC", dilations: Any = 1, name: Any = None, *, filter: Any = None,
    **options: Any,
) -> Any:  # fmt: skip
    """Windows of pictures times a kernel (h, w, c, k).

    >>> conv2d(ops.ones((1, 4, 4, 2)), ops.ones((3, 3, 2, 5)), [1, 2, 2, 1], "SAME").shape
    (1, 2, 2, 5)
    """
    kernel = filter if filters is None else filters
    return ops.conv(input, kernel, _inner(strides, data_format), padding.lower(),
                    _format(data_format), _inner(dilations, data_format))  # fmt: skip


convolution = conv3d = conv2d


def conv2d_transpose(
    input: Any = None, filters: Any = None, output_shape: Any = None, strides: Any = 1,
    padding: str = "SAME", data_format: Any = "NHWC", dilations: Any = 1, name: Any = None, *,
    value: Any = None, filter: Any = None,
) -> Any:  # fmt: skip
    """What `conv2d` of a kernel (h, w, k, c) was given, turned round: c channels to k.

    Raises ValueError where that is of another shape than ``output_shape``.

    >>> conv2d_transpose(ops.ones((1, 2, 2, 5)), ops.ones((3, 3, 2, 5)), [1, 4, 4, 2], 2).shape
    (1, 4, 4, 2)
    """
    x, kernel = value if input is None else input, filter if filters is None else filters
    y = ops.conv_transpose(x, kernel, _inner(strides, data_format), padding.lower(), None,
                           _format(data_format), _inner(dilations or 1, data_format))  # fmt: skip
    wanted = None if output_shape is None else [int(n) for n in output_shape[1:]]
    if wanted is not None and wanted != list(ops.shape(y)[1:]):
        raise ValueError(
            f"conv2d_transpose received output_shape={list(output_shape)}; expected "
            f"{list(ops.shape(y))}, as strides and padding have it."
        )
    return y


def separable_conv2d(
    input: Any, depthwise_filter: Any, pointwise_filter: Any, strides: Any, padding: str,
    data_format: Any = "NHWC", dilations: Any = 1, name: Any = None,
) -> Any:  # fmt: skip
    """Windows of each channel by itself, then the channels mixed."""
    y = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return conv2d(y, pointwise_filter, 1, "VALID", data_format)


def conv1d(
    input: Any, filters: Any = None, stride: Any = 1, padding: str = "VALID",
    data_format: Any = "NWC", dilations: Any = 1, name: Any = None,
) -> Any:  # fmt: skip
    """Windows of series times a kernel (h, c, k)."""
    stride = stride[len(stride) // 2] if hasattr(stride, "__len__") else stride
    return ops.conv(input, filters, int(stride), padding.lower(), _format(data_format), dilations)


def depthwise_conv2d(
    input: Any, filter: Any, strides: Any, padding: str, data_format: Any = "NHWC",
    dilations: Any = 1, name: Any = None,
) -> Any:  # fmt: skip
    """Windows of each channel by itself times a kernel (h, w, c, m)."""
    wide = _inner(dilations or 1, data_format)
    steps, form = _inner(strides, data_format), _format(data_format)
    return ops.depthwise_conv(input, filter, steps, padding.lower(), form, wide)


def _pooling(pool: Any, doc: str) -> Any:
    def pooled(
        input: Any = None, ksize: Any = 2, strides: Any = None, padding: str = "VALID",
        data_format: Any = "NHWC", name: Any = None, *, value: Any = None,
    ) -> Any:  # fmt: skip
        x = value if input is None else input
        steps = None if strides is None else _inner(strides, data_format)
        return pool(x, _inner(ksize, data_format), steps, padding.lower(), _format(data_format))

    pooled.__doc__ = doc
    return pooled


max_pool = max_pool2d = _pooling(ops.max_pool, "The largest entry of each window.")
avg_pool = avg_pool2d = _pooling(ops.average_pool, "The mean of each window.")


def bias_add(value: Any, bias: Any, data_format: Any = None, name: Any = None) -> Any:
    """x + bias, along the channels."""
    if _format(data_format) == "channels_first":
        bias = ops.reshape(bias, (1, -1, *(1,) * (ops.ndim(value) - 2)))
    return ops.add(value, bias)


def dropout(
    x: Any, rate: Any = None, noise_shape: Any = None, seed: Any = None, name: Any = None, *,
    keep_prob: Any = None,
) -> Any:  # fmt: skip
    """x with entries set to 0 with probability ``rate`` (1 - ``keep_prob``), the others scaled."""
    return random.dropout(x, 1 - keep_prob if rate is None else rate, noise_shape, seed)


def l2_loss(t: Any, name: Any = None) -> Any:
    """Σt² / 2.

    >>> float(l2_loss([3.0, 1.0]))
    5.0
    """
    return ops.sum(ops.square(t)) / 2


def local_response_normalization(
    input: Any, depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5,
    name: Any = None,
) -> Any:  # fmt: skip
    """x / (b + α Σ x²)^β, the sum over the channels within a radius. Source: Krizhevsky (2012).

    >>> local_response_normalization(ops.ones((1, 1, 1, 1)), bias=3.0).tolist()
    [[[[0.5]]]]
    """
    x = ops.convert_to_tensor(input)
    squares, r, c = ops.square(x), int(depth_radius), ops.shape(x)[-1]
    near = np.abs(np.subtract.outer(np.arange(c), np.arange(c))) <= r
    total = ops.matmul(squares, ops.cast(near, x.dtype.name))
    return x / ops.power(bias + alpha * total, beta)


lrn = local_response_normalization


def embedding_lookup(params: Any, ids: Any, **options: Any) -> Any:
    """Rows of a table."""
    return ops.take(params, ops.cast(ids, "int32"), axis=0)


def weighted_cross_entropy_with_logits(
    labels: Any, logits: Any, pos_weight: Any, name: Any = None
) -> Any:
    """-(w t ln σ(x) + (1 - t) ln (1 - σ(x))), entry by entry."""
    labels, logits = map(ops.convert_to_tensor, (labels, logits))
    weighted = 1 + (pos_weight - 1) * labels
    return (1 - labels) * logits + weighted * ops.softplus(-logits)


def zero_fraction(value: Any, name: Any = None) -> Any:
    """The share of zeros."""
    return ops.mean(ops.cast(ops.equal(value, 0), "float32"))


def crelu(features: Any, axis: int = -1, name: Any = None) -> Any:
    """relu(x) and relu(-x), joined."""
    return ops.concatenate([ops.relu(features), ops.relu(ops.negative(features))], axis=axis)


__all__ = [
    "avg_pool", "avg_pool2d", "bias_add", "conv1d", "conv2d", "conv2d_transpose",
    "conv3d", "convolution", "crelu",
    "depthwise_conv2d", "dropout", "embedding_lookup", "l2_loss", "local_response_normalization",
    "lrn", "max_pool", "max_pool2d", "separable_conv2d",
    "weighted_cross_entropy_with_logits", "zero_fraction",
]  # fmt: skip
