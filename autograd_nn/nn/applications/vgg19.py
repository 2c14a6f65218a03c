"""VGG with 19 layers."""

from __future__ import annotations

from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.applications.vgg16 import vgg

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]

VGG19 = vgg((2, 2, 4, 4, 4), "vgg19")
preprocess_input = preprocessing("caffe")
