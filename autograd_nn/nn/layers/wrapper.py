"""Wrappers: a layer around a layer, and one that is applied to every step of a sequence."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.registry import find, named


@named()
class Wrapper(Layer):
    """The base of layers around another, ``layer``, which is built with them.

    Raises ValueError for anything that is not a layer.

    >>> from autograd_nn import nn
    >>> nn.layers.TimeDistributed(nn.Dense(3)).layer.units
    3
    """

    def __init__(self, layer: Layer, **options: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                f"{type(self).__name__} received layer={layer!r}; expected a layer, such as "
                "Dense(3)."
            )
        super().__init__(**options)
        self.layer = layer

    def build(self, input_shape: Any) -> None:
        if self.layer._waits:
            self.layer.build(input_shape)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new object from `get_config`'s result."""
        return cls(**{**config, "layer": find(config["layer"], "layer")})


@named()
class TimeDistributed(Wrapper):
    """Applies a layer to every step of a sequence, with the same weights.

    layer   takes one step of all samples, (n, …).
    Shapes (n, t, …) → (n, t, …). A mask (n, t, …) goes on, and to the layer where it takes one. Of
    axes that the layer takes away (words, which are read into a sentence) a step is kept where any
    of it is.
    Raises ShapeError for fewer than three dimensions and for a mask that does not fit.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.TimeDistributed(nn.Dense(3))(np.ones((2, 5, 4))).shape
    (2, 5, 3)
    """

    _min_ndim = 3
    supports_masking = True

    def build(self, input_shape: Shape) -> None:
        self._check_rank(input_shape)
        super().build((input_shape[0], *input_shape[2:]))

    def call(self, inputs: Tensor, mask: Any = None) -> Tensor:
        n, t, *rest = inputs.shape
        if mask is not None and mask.shape[:2] != (n, t):
            raise ShapeError(
                f"layer {self.name!r} received a mask of shape {mask.shape} for an input of shape "
                f"{inputs.shape}; expected the same first two sizes."
            )
        told = mask is not None and "mask" in self.layer._takes
        if self.layer._samplewise or not t:  # one call on all steps of all samples
            rows = ops.reshape(inputs, shape=(n * t, *rest))
            options: Any = (
                {"mask": ops.reshape(mask, shape=(n * t, *mask.shape[2:]))} if told else {}
            )
            y = self.layer(rows, **options)
            return ops.reshape(y, shape=(n, t, *y.shape[1:]))
        steps = range(t)
        masks: list[Any] = [{"mask": mask[:, i]} if told else {} for i in steps]
        return ops.stack([self.layer(inputs[:, i], **masks[i]) for i in steps], axis=1)

    def _check_input(self, shape: Any) -> None:
        self.layer._check_input((shape[0], *shape[2:]))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self._check_rank(input_shape)
        n, *rest = self.layer.compute_output_shape((input_shape[0], *input_shape[2:]))
        return (n, input_shape[1], *rest)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None or mask.ndim < 3:
            return mask
        kept = self.layer.compute_mask(*(
            ops.reshape(x, shape=(x.shape[0] * x.shape[1], *x.shape[2:])) for x in (inputs, mask)
        ))  # fmt: skip
        return mask if kept is not None else ops.any(mask, axis=tuple(range(2, mask.ndim)))
