"""What of ``K`` goes over windows of pictures, volumes and series, and reads labels of them."""

from __future__ import annotations

import itertools
from typing import Any

from autograd_nn.engine import ops as engine
from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn import ops
from autograd_nn.nn.utils.images import first as channels_first


def conv2d_transpose(
    x: Any, kernel: Any, output_shape: Any = None, strides: Any = (1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """The transpose of a convolution with a kernel (h, w, k, c), as large as ``output_shape``.

    Raises ShapeError where windows and strides cannot give that.

    >>> conv2d_transpose(ops.ones((1, 2, 2, 1)), ops.ones((2, 2, 3, 1)), (1, 5, 5, 3), (2, 2)).shape
    (1, 5, 5, 3)
    """
    rank = ops.ndim(x) - 2
    steps = (strides,) * rank if isinstance(strides, int) else tuple(strides)

    def result(more: Any) -> Any:
        return ops.conv_transpose(x, kernel, steps, padding, more, data_format, dilation_rate)

    found = result(None)
    at = slice(2, None) if channels_first(data_format) else slice(1, -1)
    if output_shape is None:
        return found
    wanted = tuple(output_shape)[at]

    def fits(y: Any) -> bool:
        pairs = zip(ops.shape(y)[at], wanted, strict=True)
        return all(not isinstance(n, int) or size in (None, n) for size, n in pairs)

    several = itertools.product(*map(range, steps))
    made = itertools.chain([found], map(result, several))
    chosen = next(filter(fits, made), None)
    if chosen is None:
        raise ShapeError(
            f"conv2d_transpose received output_shape={tuple(output_shape)}; expected one that "
            f"windows and strides {steps} can give, such as {ops.shape(found)}."
        )
    return chosen


conv3d_transpose = deconv2d = conv2d_transpose


def local_conv1d(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, data_format: str | None = None
) -> Any:
    """Windows of a series (n, t, d), each times a kernel of its own: (t', h·d, k) → (n, t', k).

    >>> local_conv1d(ops.ones((1, 4, 2)), ops.ones((3, 4, 5)), (2,), (1,)).shape
    (1, 3, 5)
    """
    size, step = (n if isinstance(n, int) else n[0] for n in (kernel_size, strides))
    width = ops.shape(inputs)[-1]
    windows = [
        ops.reshape(inputs[:, i * step : i * step + size], (-1, size * width))
        for i in range(ops.shape(kernel)[0])
    ]
    return ops.einsum("ntd,tdk->ntk", ops.stack(windows, axis=1), kernel)


def local_conv2d(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, output_shape: Any,
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """Windows of pictures, each times a kernel of its own: (r·s, h·w·c, k) → (n, r, s, k).

    >>> local_conv2d(ops.ones((1, 3, 3, 2)), ops.ones((4, 8, 5)), (2, 2), (1, 1), (2, 2)).shape
    (1, 2, 2, 5)
    """
    x = ops.transpose(inputs, (0, 2, 3, 1)) if channels_first(data_format) else inputs
    (h, w), (down, along), (rows, columns) = kernel_size, strides, output_shape
    windows = [
        x[:, i * down : i * down + h, j * along : j * along + w]
        for i, j in itertools.product(range(rows), range(columns))
    ]
    if channels_first(data_format):  # where channels come first, so they do in a window
        windows = [ops.transpose(one, (0, 3, 1, 2)) for one in windows]
    flat = ops.stack([ops.reshape(one, (-1, ops.shape(kernel)[1])) for one in windows], axis=1)
    found = ops.einsum("npd,pdk->npk", flat, kernel)
    found = ops.reshape(found, (-1, rows, columns, ops.shape(kernel)[2]))
    return ops.transpose(found, (0, 3, 1, 2)) if channels_first(data_format) else found


def resize_volumes(
    x: Any, depth_factor: int, height_factor: int, width_factor: int,
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """Volumes by whole factors, each entry repeated."""
    at = 2 if channels_first(data_format) else 1
    for axis, by in enumerate((depth_factor, height_factor, width_factor), at):
        x = ops.repeat(x, by, axis=axis)
    return x


def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Any, epsilon: float = 1e-3
) -> tuple[Any, Any, Any]:
    """γ (x - m) / √(v + ε) + β, with the mean m and the variance v over axes; and m and v.

    >>> x = ops.convert_to_tensor([[1.0], [3.0]])
    >>> y, m, v = normalize_batch_in_training(x, None, None, [0])
    >>> m.tolist(), v.tolist()
    ([2.0], [1.0])
    """
    axes = tuple(reduction_axes)
    mean, variance = ops.moments(x, axes=axes, keepdims=True)
    scale = ops.rsqrt(variance + epsilon)
    shape = ops.shape(mean)
    if gamma is not None:
        scale = scale * ops.reshape(gamma, shape)
    found = (x - mean) * scale
    if beta is not None:
        found = found + ops.reshape(beta, shape)
    return found, ops.squeeze(mean, axes), ops.squeeze(variance, axes)


def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[Any], Any]:
    """The likeliest labels of chances (n, t, c), each (n, t) with -1 behind; and their scores.

    The last class is the blank; ``input_length`` (n,) steps count.

    >>> chances = [[[0.9, 0.05, 0.05], [0.05, 0.05, 0.9], [0.1, 0.8, 0.1]]]
    >>> ctc_decode(chances, [3])[0][0].tolist()
    [[0, 1, -1]]
    """
    chances = ops.convert_to_tensor(y_pred)
    labels, scores = ops.ctc_decode(
        engine.log(chances + 1e-7), ops.reshape(input_length, (-1,)),
        strategy="greedy" if greedy else "beam_search", beam_width=beam_width,
        top_paths=top_paths, mask_index=chances.shape[-1] - 1,
    )  # fmt: skip
    return list(ops.unstack(labels)), scores


__all__ = [
    "conv2d_transpose", "conv3d_transpose", "ctc_decode", "deconv2d", "local_conv1d",
    "local_conv2d", "normalize_batch_in_training", "resize_volumes",
]  # fmt: skip
