"""Windows' sizes one by one, or by names: ``Conv2D(32, 3, 3)`` of Keras up to 2.3 is of 3 × 3.

From 2.4 on, and in TensorFlow, the second number is the stride. Also margins by their sides' names.
"""

from __future__ import annotations

import sys
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.nn.renamed import OLD, warn_user

_OF_TODAY = {"padding", "strides", "data_format", "dilation_rate", "groups"}
# What a size was called by itself, axis by axis.
_NAMES = {2: ("nb_row", "nb_col"), 3: ("kernel_dim1", "kernel_dim2", "kernel_dim3")}
_SIDES = (("top_pad", "bottom_pad"), ("left_pad", "right_pad"))


def gathered(
    rank: int, args: tuple[Any, ...], options: dict[str, Any], sure: bool = True
) -> tuple[Any, ...] | None:
    """Positional arguments in which sizes one by one are one; None where there are none.

    What they were by name is taken out of ``options``.
    sure   whether numbers by their places are all sizes.

    >>> gathered(2, (32, 3, 5, "normal"), {})
    (32, (3, 5), 'normal')
    >>> gathered(2, (32, 3), {"nb_col": 5})
    (32, (3, 5))
    """
    names = _NAMES.get(rank, ())
    sizes: list[Any] = list(args[1 : 1 + rank])
    named = [n for n in names if n in options]
    if not args or not names or not all(isinstance(n, int | np.integer) for n in sizes):
        return None
    if named != list(names[len(sizes) :]) or not named and not sure:
        return None
    return args[0], (*sizes, *(options.pop(n) for n in named)), *args[1 + len(sizes) :]


def _one_by_one(today: Any) -> Any:
    """A constructor of windows that takes a kernel's sizes by their places, or names.

    Scripts that import ``keras`` meant that where they say nothing by a name of today and the sizes
    are equal, or something by a name of Keras 1. A warning says what was taken.
    """

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        rank, sizes = self.rank, args[1:]
        if "keras" in sys.modules and len(sizes) <= rank > 1:
            name, told = type(self).__name__, ", ".join(map(str, args))
            here = f"{name}({told})"
            new, old = (not names.isdisjoint(options) for names in (_OF_TODAY, OLD))
            sure = not new and (rank > 2 or old or len({*sizes}) == 1)
            found = gathered(rank, args, options, sure)
            if found is not None:
                args = found
                warn_user(
                    f"{here} was taken for a kernel of {args[1]}, as in Keras 1 and 2; write "
                    f"{name}({args[0]}, {args[1]}), or strides={args[1][-1]} where that was meant."
                )
            elif not new and gathered(rank, args, {}) and sizes[1] > 1:
                warn_user(
                    f"{here} was taken for kernel_size={sizes[0]} and strides={sizes[1]}, as from "
                    f"Keras 2.4 on; write {name}({args[0]}, {sizes}) where a kernel was meant."
                )
        today(self, *args, **options)

    return __init__


def _of_both_steps(today: Any) -> Any:
    """The same of a separable convolution, whose ``init`` was that of both of its kernels."""
    one_by_one = _one_by_one(today)

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        if "init" in options:
            both = "depthwise_initializer", "pointwise_initializer"
            told = ", ".join(f"{name}=" for name in both)
            warn_user(f"{type(self).__name__}: received init=, an old spelling; write {told}.")
            options |= dict.fromkeys(both, options.pop("init"))
        one_by_one(self, *args, **options)

    return __init__


def _by_sides(today: Any) -> Any:
    """`ZeroPadding2D`, whose margins may be told in a dict: ``{"top_pad": 1}``."""

    @wraps(today)
    def __init__(self: Any, padding: Any = (1, 1), *args: Any, **options: Any) -> None:
        if isinstance(padding, dict):
            if unknown := padding.keys() - {side for pair in _SIDES for side in pair}:
                raise ValueError(
                    f"ZeroPadding2D received padding by {', '.join(sorted(map(str, unknown)))}; "
                    "expected 'top_pad', 'bottom_pad', 'left_pad' and 'right_pad'."
                )
            padding = tuple(tuple(padding.get(side, 0) for side in pair) for pair in _SIDES)
            warn_user(f"ZeroPadding2D: received padding by sides; write {padding} in its place.")
        today(self, padding, *args, **options)

    return __init__


def _without_kernels(today: Any) -> Any:
    """A constructor of depthwise windows, which took what kernels begin as, and left it aside."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        left = [n for n in options if n.startswith("kernel_") and n != "kernel_size"]
        if left:
            warn_user(
                f"{type(self).__name__}: {', '.join(left)} has no effect, as in Keras 2; write "
                f"{left[0].replace('kernel', 'depthwise')} if that was meant."
            )
        today(self, *args, **{k: v for k, v in options.items() if k not in left})

    return __init__


_LAYERS = "autograd_nn.nn.layers"
BENT = {
    **{
        f"{_LAYERS}.{place}": {"__init__": _one_by_one}
        for place in ("convolution:_Conv", "transposed:_ConvTranspose",
                      "recurrent.conv_lstm:_ConvLSTM")
    },
    f"{_LAYERS}.depthwise:_SeparableConv": {
        "__init__": lambda today: _without_kernels(_of_both_steps(today))
    },
    f"{_LAYERS}.depthwise:_DepthwiseConv": {"__init__": _without_kernels},
    f"{_LAYERS}:ZeroPadding2D": {"__init__": _by_sides},
}  # fmt: skip
