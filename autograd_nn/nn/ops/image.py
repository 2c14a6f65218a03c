"""Functions of images, as ``keras.ops.image`` has them."""

from __future__ import annotations

from functools import wraps
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.symbolic import noting
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.images import (
    affine_transform,
    crop_images,
    elastic_transform,
    extract_patches,
    extract_patches_3d,
    gaussian_blur,
    hsv_to_rgb,
    map_coordinates,
    pad_images,
    perspective_transform,
    rgb_to_grayscale,
    rgb_to_hsv,
    scale_and_translate,
    sobel_edges,
    ssim,
)
from autograd_nn.nn.images import resize as _resize
from autograd_nn.nn.ops.arguments import spelled
from autograd_nn.nn.ops.core import saturate_cast


@wraps(_resize)
def resize(images: Any, *args: Any, **kwargs: Any) -> Tensor:
    x = as_tensor(images)
    y = _resize(x, *args, **kwargs)
    whole = x.dtype.kind in "iu" and y.dtype != x.dtype
    return saturate_cast(ops.rint(y), x.dtype) if whole else y


resize.__doc__ = str(_resize.__doc__).replace("Whole numbers become float32, but for 'nearest'.",
                                              "Whole numbers stay such: rounded.")  # fmt: skip

__all__ = [
    "affine_transform", "crop_images", "elastic_transform", "extract_patches",
    "extract_patches_3d", "gaussian_blur", "hsv_to_rgb", "map_coordinates", "pad_images",
    "perspective_transform", "resize", "rgb_to_grayscale", "rgb_to_hsv", "scale_and_translate",
    "sobel_edges", "ssim",
]  # fmt: skip

for _name in __all__:  # symbols are taken, too
    globals()[_name] = noting(globals()[_name])
globals().update(spelled(globals()))
