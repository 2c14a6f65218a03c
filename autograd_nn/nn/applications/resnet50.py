"""ResNet50, where Keras has had it since its first version."""

from __future__ import annotations

from autograd_nn.nn.applications.resnet import ResNet50, decode_predictions, preprocess_input

__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]
