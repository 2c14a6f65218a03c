"""Pictures that are changed at random while a model trains on them, as Keras 2 had it.

Arrays, a folder or a table of files go in, an endless iterator of batches comes out; a model's
``fit`` takes it as it is. Start with ``generator.py``; `transforms` changes one picture,
`iterators` makes batches of arrays, `from_files` of files. Today's way is the layers
``RandomRotation``, ``RandomFlip`` and their like.
"""

from __future__ import annotations

from autograd_nn.nn.preprocessing.image.from_files import DataFrameIterator, DirectoryIterator
from autograd_nn.nn.preprocessing.image.generator import ImageDataGenerator
from autograd_nn.nn.preprocessing.image.iterators import Iterator, NumpyArrayIterator
from autograd_nn.nn.preprocessing.image.transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)
from autograd_nn.nn.utils.images import array_to_img, img_to_array, load_img, save_img

__all__ = [
    "DataFrameIterator", "DirectoryIterator", "ImageDataGenerator", "Iterator",
    "NumpyArrayIterator", "apply_affine_transform", "apply_brightness_shift",
    "apply_channel_shift", "array_to_img", "img_to_array", "load_img", "random_brightness",
    "random_channel_shift", "random_rotation", "random_shear", "random_shift", "random_zoom",
    "save_img",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
