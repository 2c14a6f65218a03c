"""Functions of images, as ``keras.ops.image`` has them."""

from __future__ import annotations

from autograd_nn.engine.symbolic import noting
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
    resize,
    rgb_to_grayscale,
    rgb_to_hsv,
    sobel_edges,
    ssim,
)
from autograd_nn.nn.ops.arguments import spelled

__all__ = [
    "affine_transform", "crop_images", "elastic_transform", "extract_patches",
    "extract_patches_3d", "gaussian_blur", "hsv_to_rgb", "map_coordinates", "pad_images",
    "perspective_transform", "resize", "rgb_to_grayscale", "rgb_to_hsv", "sobel_edges", "ssim",
]  # fmt: skip

for _name in __all__:  # symbols are taken, too
    globals()[_name] = noting(globals()[_name])
globals().update(spelled(globals()))
