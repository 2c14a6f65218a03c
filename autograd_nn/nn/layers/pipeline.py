"""Pipeline: layers one after another as one, which prepare data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.nn.layer import Layer
from autograd_nn.nn.masks import masks_of
from autograd_nn.nn.registry import find, named
from autograd_nn.nn.saving.objects import serialize_keras_object


@named()
class Pipeline(Layer):
    """Applies layers one after another; where nobody says otherwise as in training.

    layers   a list of them. A mask reaches those that take one.
    Raises ValueError for what is no list of layers.

    >>> from autograd_nn import nn
    >>> nn.layers.Pipeline([nn.layers.Rescaling(2.0), nn.layers.CenterCrop(1, 1)])([[[[3.0]]]])
    Tensor([[[[6.]]]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, layers: Sequence[Layer], **options: Any) -> None:
        super().__init__(**options)
        listed = isinstance(layers, list | tuple)
        if not listed or not all(isinstance(one, Layer) for one in layers):
            raise ValueError(f"Pipeline received layers={layers!r}; expected a list of layers.")
        self.layers = list(layers)

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        for layer in self.layers:
            if not layer.built:
                layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        training = True if training is None else training
        for layer in self.layers:
            told = {"mask": mask} if mask is not None and "mask" in layer._takes else {}
            inputs = layer(inputs, training=training, **told)
            mask = masks_of(inputs)
        return inputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        for layer in self.layers:
            mask = layer.compute_mask(inputs, mask)
        return mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self) -> dict[str, Any]:
        # Each with its module, as Keras looks for it; shapes follow from the Pipeline's own.
        told = [serialize_keras_object(layer) for layer in self.layers]
        layers = [{k: v for k, v in one.items() if k != "build_config"} for one in told]
        return {**super().get_config(), "layers": layers}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new object from `get_config`'s result."""
        layers = config.get("layers")
        if not isinstance(layers, list | tuple):
            raise ValueError(
                f"Pipeline.from_config received layers={layers!r}; expected a list of "
                "configurations of layers."
            )
        return cls(**{**config, "layers": [find(one, "layer") for one in layers]})
