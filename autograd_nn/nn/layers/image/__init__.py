"""Layers of images: resized, scaled and cropped, and the random changes that training draws.

In go images (n, h, w, c), one image (h, w, c), or a sample: a dict of images, labels, masks, boxes.
`base` has what they share. Where pixels lie change `resizing`, `cropping`, `flipping`, `moving`
and `warping`; their numbers `rescaling`, `light`, `colors` and `levels`; `sometimes` changes some
images, `mixing` images with others (of `rectangles`), `several` is made of the rest, `counting` is
of boxes. Start with ``base.py``.
"""

from __future__ import annotations

from autograd_nn.nn.layers.image.colors import (
    RandomColorDegeneration,
    RandomGrayscale,
    RandomHue,
    RandomSaturation,
)
from autograd_nn.nn.layers.image.counting import MaxNumBoundingBoxes
from autograd_nn.nn.layers.image.cropping import CenterCrop, RandomCrop
from autograd_nn.nn.layers.image.flipping import RandomFlip
from autograd_nn.nn.layers.image.levels import (
    AutoContrast,
    ContrastLimitedAdaptiveHistogramEqualization,
    Equalization,
    RandomPosterization,
    RandomSharpness,
    Solarization,
)
from autograd_nn.nn.layers.image.light import RandomBrightness, RandomContrast
from autograd_nn.nn.layers.image.mixing import CutMix, MixUp
from autograd_nn.nn.layers.image.moving import (
    RandomRotation,
    RandomShear,
    RandomTranslation,
    RandomZoom,
)
from autograd_nn.nn.layers.image.rescaling import Rescaling
from autograd_nn.nn.layers.image.resizing import Resizing
from autograd_nn.nn.layers.image.several import AugMix, RandAugment, RandomColorJitter
from autograd_nn.nn.layers.image.sometimes import RandomErasing, RandomGaussianBlur, RandomInvert
from autograd_nn.nn.layers.image.warping import RandomElasticTransform, RandomPerspective

__all__ = [
    "AugMix", "AutoContrast", "CenterCrop", "ContrastLimitedAdaptiveHistogramEqualization",
    "CutMix", "Equalization", "MaxNumBoundingBoxes", "MixUp", "RandAugment", "RandomBrightness",
    "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop",
    "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur",
    "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization",
    "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation",
    "RandomZoom", "Rescaling", "Resizing", "Solarization",
]  # fmt: skip
