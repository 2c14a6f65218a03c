"""Images in the one order of axes that functions here work in, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.ops.convolution import channels_last
from autograd_nn.engine.tensor import Tensor, as_tensor


def opened(
    images: Any, data_format: str | None, where: str, axes: int = 2
) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Images as (n, h, w, c), and what gives a result the axes they came with.

    axes   how many lie between the samples' and the channels': three of volumes.
    Raises ShapeError for other numbers of dimensions than one image or a batch has.
    """
    x, rank = as_tensor(images), axes + 1
    last, single = channels_last(data_format, where), x.ndim == rank
    if x.ndim not in (rank, rank + 1):
        raise ShapeError(
            f"Invalid images rank: expected rank {rank} (single image) or rank {rank + 1} (batch "
            f"of images); {where} received shape {x.shape}. Put an axis of size 1 where there is "
            "one channel."
        )
    if single:
        x = ops.expand_dims(x, 0)
    if not last:
        x = ops.moveaxis(x, 1, -1)

    def closed(y: Tensor) -> Tensor:
        if not last:
            y = ops.moveaxis(y, -1, 1)
        return y[0] if single else y

    return x, closed


def floats(x: Tensor) -> Tensor:
    """Whole numbers as float32."""
    return x if kind_of(x.dtype) == "f" else ops.astype(x, dtype=np.dtype("float32"))


def one_of(value: Any, known: Any, name: str, where: str) -> Any:
    """``value``, if it is one of those known; raises ValueError where not."""
    if value not in tuple(known):
        wanted = ", ".join(map(repr, known))
        raise ValueError(f"{where} received {name}={value!r}; expected one of {wanted}.")
    return value
