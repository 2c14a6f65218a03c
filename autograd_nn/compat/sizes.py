"""Windows' sizes one by one: ``Conv2D(32, 3, 3)`` of Keras up to 2.3 has a kernel of 3 × 3.

From 2.4 on, and in TensorFlow, the second number is the stride.
"""

from __future__ import annotations

import sys
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.nn.renamed import OLD, warn_user

_OF_TODAY = {"padding", "strides", "data_format", "dilation_rate", "groups"}


def _one_by_one(today: Any) -> Any:
    """A constructor of windows that takes a kernel's sizes by their places.

    Scripts that import ``keras`` meant that where they say nothing by a name of today and the sizes
    are equal, or something by a name of Keras 1. A warning says what was taken.
    """

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        rank, sizes = self.rank, args[1:]
        numbers = all(isinstance(n, int | np.integer) for n in sizes)
        if "keras" in sys.modules and len(sizes) == rank > 1 and numbers:
            name, told = type(self).__name__, ", ".join(map(str, args))
            here = f"{name}({told})"
            new, old = (not names.isdisjoint(options) for names in (_OF_TODAY, OLD))
            if not new and (rank > 2 or old or len({*sizes}) == 1):
                args = args[0], sizes
                warn_user(
                    f"{here} was taken for a kernel of {sizes}, as in Keras 1 and 2; write "
                    f"{name}({args[0]}, {sizes}), or strides={sizes[-1]} where that was meant."
                )
            elif not new and sizes[1] > 1:
                warn_user(
                    f"{here} was taken for kernel_size={sizes[0]} and strides={sizes[1]}, as from "
                    f"Keras 2.4 on; write {name}({args[0]}, {sizes}) where a kernel was meant."
                )
        today(self, *args, **options)

    return __init__


_LAYERS = "autograd_nn.nn.layers"
BENT = {
    f"{_LAYERS}.{place}": {"__init__": _one_by_one}
    for place in ("convolution:_Conv", "transposed:_ConvTranspose", "depthwise:_SeparableConv")
}
