"""``keras.utils.conv_utils``: sizes of windows and of what they leave, checked and computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.settings import image_data_format


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """n whole numbers; one stands for as many. Raises ValueError for anything else.

    >>> normalize_tuple(3, 2, "kernel_size")
    (3, 3)
    """
    found = (value,) * n if isinstance(value, int) else value
    if not isinstance(found, list | tuple) or len(found) != n or not all(
        isinstance(x, int | np.integer) for x in found
    ):
        raise ValueError(f"received {name}={value!r}; expected a whole number, or {n} of them.")
    return tuple(found)


def normalize_padding(padding: str) -> str:
    """In small letters; raises ValueError for none of 'valid', 'same' and 'causal'."""
    found = padding.lower()
    if found not in ("valid", "same", "causal"):
        raise ValueError(f"received padding={padding!r}; expected 'valid', 'same' or 'causal'.")
    return found


class PaddingError(ValueError, AssertionError):
    """A padding there is none of, where Keras 2 made an assertion."""


def _of(sizes: dict[str, int], padding: str) -> int:
    if padding not in sizes:
        raise PaddingError(f"received padding={padding!r}; expected one of {', '.join(sizes)}.")
    return sizes[padding]


def normalize_data_format(value: str | None) -> str:
    """In small letters, as is set where there is none; raises ValueError for another."""
    found = (value or image_data_format()).lower()
    if found not in ("channels_first", "channels_last"):
        raise ValueError(
            f"received data_format={value!r}; expected 'channels_first' or 'channels_last'."
        )
    return found


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """How many windows fit.

    >>> conv_output_length(32, 5, "valid", 2)
    14
    """
    if input_length is None:
        return None
    reach = (filter_size - 1) * dilation + 1
    left = _of({"same": 0, "causal": 0, "valid": reach - 1, "full": 1 - reach}, padding)
    return (input_length - left + stride - 1) // stride


def conv_input_length(
    output_length: int | None, filter_size: int, padding: str, stride: int
) -> int | None:
    """How much so many windows reach over."""
    if output_length is None:
        return None
    beside = _of({"same": filter_size // 2, "valid": 0, "full": filter_size - 1}, padding)
    return (output_length - 1) * stride - 2 * beside + filter_size


def deconv_length(
    dim_size: int | None, stride_size: int, kernel_size: int, padding: str
) -> int | None:
    """How much windows spread over, each from an entry.

    >>> deconv_length(14, 2, 3, "valid")
    29
    """
    if dim_size is None:
        return None
    beside = {"valid": max(kernel_size - stride_size, 0), "full": stride_size + kernel_size - 2}
    size = dim_size * stride_size
    return size - beside[padding] if padding == "full" else size + beside.get(padding, 0)


def convert_kernel(kernel: Any) -> np.ndarray:
    """A kernel turned round along its windows' axes, as Theano had them; raises ValueError."""
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(f"received a kernel of shape {kernel.shape}; expected 3 to 5 axes.")
    return np.copy(kernel[(slice(None, None, -1),) * (kernel.ndim - 2)])


def _obtain_input_shape(
    input_shape: Any, default_size: int | None, min_size: int, data_format: str | None = None,
    require_flatten: bool = True, weights: Any = None, include_top: Any = None,
) -> Any:  # fmt: skip
    """The shape of a picture that an architecture takes.

    Raises ValueError for one too small, of other than three channels where weights need those, or
    of other sides than ``default_size`` where weights and the top do.
    """
    first = normalize_data_format(data_format) == "channels_first"
    flat = require_flatten if include_top is None else include_top

    def shape(size: int | None, channels: int = 3) -> tuple[int | None, ...]:
        return (channels, size, size) if first else (size, size, channels)

    channels = 3
    if weights != "imagenet" and input_shape and len(input_shape) == 3:
        channels = input_shape[0 if first else -1]
        if weights is not None and channels not in (1, 3):
            warn_user(f"received pictures of {channels} channels; weights are for 1 or 3 of them.",
                      UserWarning)  # fmt: skip
    usual = shape(default_size, channels) if default_size else None
    if weights == "imagenet" and flat and usual and input_shape is not None:
        if tuple(input_shape) != usual:
            raise ValueError(
                f"received input_shape={input_shape} with weights of ImageNet and the top; "
                f"expected {usual}. Pass include_top=False for other sides."
            )
    if input_shape is None:
        input_shape = usual if flat and usual else shape(None)
    sides = tuple(input_shape)[1:] if first else tuple(input_shape)[:2]
    if len(input_shape) != 3 or any(n is not None and n < min_size for n in sides):
        raise ValueError(
            f"received input_shape={input_shape}; expected three sizes, sides of at least "
            f"{min_size} pixels."
        )
    if weights == "imagenet" and input_shape[0 if first else -1] != 3:
        raise ValueError(
            f"received input_shape={input_shape}; expected three channels, as weights of ImageNet "
            "are for."
        )
    if flat and None in input_shape:
        raise ValueError(f"received input_shape={input_shape}; expected settled sizes.")
    return tuple(input_shape)


obtain_input_shape = _obtain_input_shape
