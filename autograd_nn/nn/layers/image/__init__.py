"""Layers of images: resized, scaled and cropped, and the random changes that training draws.

In go images (n, h, w, c) or one image (h, w, c), out come others. `base` has what they share,
`resizing` and `cropping` change the size, `rescaling` the numbers' range, `moving` where the pixels
lie, `flipping` their order, `light` how bright they are. Start with ``base.py``.
"""

from __future__ import annotations

from autograd_nn.nn.layers.image.cropping import CenterCrop, RandomCrop
from autograd_nn.nn.layers.image.flipping import RandomFlip
from autograd_nn.nn.layers.image.light import RandomBrightness, RandomContrast
from autograd_nn.nn.layers.image.moving import RandomRotation, RandomTranslation, RandomZoom
from autograd_nn.nn.layers.image.rescaling import Rescaling
from autograd_nn.nn.layers.image.resizing import Resizing

__all__ = [
    "CenterCrop", "RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip",
    "RandomRotation", "RandomTranslation", "RandomZoom", "Rescaling", "Resizing",
]  # fmt: skip
