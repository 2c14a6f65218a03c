"""Functions of images, graphs of ops: what the image layers are made of, and ``nn.ops.image``.

Images come as (h, w, c) or (n, h, w, c), with the channels first where ``data_format`` says so, and
go out with the axes they had (`axes`). `sizing` changes how many pixels there are, `sampling` reads
images between their pixels (`projection` from elsewhere, `scaling` axis by axis), `filters` weighs
neighbours, `colors` converts channels, `levels` and `tiles` even out numbers, `blocks` lays pixels
out along other axes, `measures` compares images, `boxes` has what lies in them. Start with
``sizing.py``.
"""

from __future__ import annotations

from autograd_nn.nn.images.blocks import depth_to_space, fold, space_to_depth, unfold
from autograd_nn.nn.images.colors import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from autograd_nn.nn.images.filters import (
    extract_patches,
    extract_patches_3d,
    gaussian_blur,
    sobel_edges,
)
from autograd_nn.nn.images.measures import psnr, ssim
from autograd_nn.nn.images.projection import perspective_transform
from autograd_nn.nn.images.sampling import affine_transform, elastic_transform, map_coordinates
from autograd_nn.nn.images.scaling import scale_and_translate
from autograd_nn.nn.images.sizing import crop_images, fit_images, pad_images, resize

__all__ = [
    "affine_transform", "crop_images", "depth_to_space", "elastic_transform", "extract_patches",
    "extract_patches_3d", "fit_images", "fold", "gaussian_blur", "hsv_to_rgb", "map_coordinates",
    "pad_images", "perspective_transform", "psnr", "resize", "rgb_to_grayscale", "rgb_to_hsv",
    "scale_and_translate", "sobel_edges", "space_to_depth", "ssim", "unfold",
]  # fmt: skip
