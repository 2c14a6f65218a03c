"""Rescaling: other numbers for the same pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.registry import named
from autograd_nn.nn.settings import image_data_format


def _numbers(value: Any, name: str) -> Any:
    """A number, or lists of them, one a channel; raises DTypeError for anything else."""
    try:
        found = np.asarray(value, "float64")
    except (TypeError, ValueError):
        found = None
    if found is None or not np.isfinite(found).all():
        raise DTypeError(
            f"Rescaling received {name}={value!r}; expected a finite number, or one a channel."
        )
    return value if isinstance(value, int | float) else found.tolist()


@named()
class Rescaling(Layer):
    """Every entry times a number, plus another, y = scale·x + offset.

    scale, offset   numbers, or one for each channel, wherever `image_data_format` has channels; or
                    anything that goes with the last axes.
    Shapes (…) → the same. Raises DTypeError for what is no number.

    >>> from autograd_nn import nn
    >>> nn.layers.Rescaling(0.25, offset=-1)([[0, 8]])
    Tensor([[-1.,  1.]], dtype=float32)
    """

    supports_masking = _stateless = _samplewise = _casts_integers = True

    def __init__(self, scale: Any, offset: Any = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.scale, self.offset = _numbers(scale, "scale"), _numbers(offset, "offset")

    def call(self, inputs: Tensor) -> Tensor:
        scale, offset = (self._along(v, inputs) for v in (self.scale, self.offset))
        return inputs * scale + offset

    @staticmethod
    def _along(value: Any, inputs: Tensor) -> Tensor:
        """Numbers as they go with what comes in: channels may stand before two more axes."""
        array = np.asarray(value, inputs.dtype)
        if array.ndim == 1 and inputs.ndim > 2 and image_data_format() == "channels_first":
            array = array[:, None, None]
        return wrap(array)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)
