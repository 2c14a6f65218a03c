"""ImageDataGenerator: how pictures are changed, and by which numbers they are scaled."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.nn.checks import share
from autograd_nn.nn.configurable import Renamed
from autograd_nn.nn.preprocessing.image import from_files
from autograd_nn.nn.preprocessing.image.iterators import NumpyArrayIterator
from autograd_nn.nn.preprocessing.image.transforms import (
    FILL_MODES,
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
)
from autograd_nn.nn.settings import floatx, image_data_format
from autograd_nn.nn.utils.images import first

TINY = 1e-6  # added to what is divided by
AFFINE = ("theta", "tx", "ty", "shear", "zx", "zy")


class ImageDataGenerator(Renamed):
    """Pictures that are moved, turned, sheared, scaled, flipped and colored at random.

    featurewise_*    takes the data's mean off, divides by its deviation: by channel, after `fit`.
    samplewise_*     the same of each picture alone.
    zca_whitening    makes pixels uncorrelated, x U diag(√n/(s + zca_epsilon)) Uᵀ, after `fit`.
    rotation_range   degrees, either way; shear_range: the same.
    width_shift_range, height_shift_range   a share of the size below 1, pixels from 1, or a list
                     of pixels to choose from.
    zoom_range       z for 1 - z … 1 + z, or (least, most); brightness_range: (least, most).
    channel_shift_range   most that is added to a picture.
    fill_mode        what lies outside: 'nearest', 'reflect', 'wrap', or 'constant' for cval.
    rescale          what pictures are multiplied by; preprocessing_function: called on each first.
    validation_split a share that is kept apart, for ``subset='validation'``.
    Raises ValueError for options that are unknown or out of range.

    >>> import numpy as np
    >>> flips = ImageDataGenerator(horizontal_flip=True, rescale=0.5)
    >>> x, y = next(flips.flow(np.ones((5, 4, 4, 1)), np.arange(5), batch_size=3, shuffle=False))
    >>> x.shape, float(x.max()), y.tolist()
    ((3, 4, 4, 1), 0.5, [0, 1, 2])
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], np.ndarray] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        self.data_format = data_format or image_data_format()
        leads = first(self.data_format)
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if leads else (3, 1, 2)
        if fill_mode not in FILL_MODES:
            raise ValueError(f"received fill_mode={fill_mode!r}; expected of {list(FILL_MODES)}.")
        self.fill_mode, self.cval, self.interpolation_order = fill_mode, cval, interpolation_order
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        if zca_whitening and featurewise_std_normalization:
            warnings.warn("zca_whitening takes the place of dividing by deviations.", stacklevel=2)
            featurewise_std_normalization = False
        self.featurewise_std_normalization = featurewise_std_normalization
        self.featurewise_center = (
            featurewise_center or featurewise_std_normalization or zca_whitening
        )
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range, self.shear_range = rotation_range, shear_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.channel_shift_range = channel_shift_range
        scalar = isinstance(zoom_range, int | float)
        self.zoom_range = [1 - zoom_range, 1 + zoom_range] if scalar else list(zoom_range)
        for name, pair in (("zoom_range", self.zoom_range), ("brightness_range", brightness_range)):
            if pair is not None and (np.shape(pair) != (2,) or min(pair) < 0):
                raise ValueError(f"received {name}={pair!r}; expected (least, most) from 0.")
        self.brightness_range = brightness_range
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.validation_split = share(validation_split, "validation_split", "ImageDataGenerator")
        self.dtype = as_dtype(dtype or floatx())
        self.mean: np.ndarray | None = None
        self.std: np.ndarray | None = None
        self.zca_whitening_matrix: np.ndarray | None = None

    def flow(
        self, x: Any, y: Any = None, batch_size: int = 32, shuffle: bool = True,
        sample_weight: Any = None, seed: int | None = None, save_to_dir: Any = None,
        save_prefix: str = "", save_format: str = "png", ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> NumpyArrayIterator:  # fmt: skip
        """Batches of arrays, as `NumpyArrayIterator` takes them."""
        return NumpyArrayIterator(
            x, y, self, batch_size, shuffle, sample_weight, seed, self.data_format, save_to_dir,
            save_prefix, save_format, subset, ignore_class_split, self.dtype,
        )  # fmt: skip

    def flow_from_directory(self, directory: Any, **options: Any) -> from_files.DirectoryIterator:
        """Batches of a folder's pictures, a folder a class; options of `DirectoryIterator`."""
        return from_files.DirectoryIterator(directory, self, dtype=self.dtype, **options)

    def flow_from_dataframe(
        self, dataframe: Any, directory: Any = None, x_col: str = "filename",
        y_col: Any = "class", **options: Any,
    ) -> from_files.DataFrameIterator:  # fmt: skip
        """Batches of pictures whose names stand in a table; options of `DataFrameIterator`."""
        return from_files.DataFrameIterator(
            dataframe, directory, self, x_col, y_col, dtype=self.dtype, **options
        )

    def get_random_transform(self, img_shape: Any, seed: int | None = None) -> dict[str, Any]:
        """How a picture of this shape is to be changed: numbers that `apply_transform` takes."""
        return self._drawn(img_shape, np.random if seed is None else np.random.RandomState(seed))

    def _drawn(self, shape: Any, rng: Any) -> dict[str, Any]:
        def either(most: float) -> float:
            return rng.uniform(-most, most) if most else 0

        def shift(most: Any, size: int) -> float:
            if np.ndim(most):
                moved = rng.choice(most) * rng.choice([-1, 1])
            elif isinstance(most, int | np.integer) and most:
                moved = rng.choice(most) * rng.choice([-1, 1])
            else:
                moved = either(most)
            return moved * size if np.max(most) < 1 else moved

        drawn: dict[str, Any] = {"theta": either(self.rotation_range)}
        drawn["tx"] = shift(self.height_shift_range, shape[self.row_axis - 1])
        drawn["ty"] = shift(self.width_shift_range, shape[self.col_axis - 1])
        drawn["shear"] = either(self.shear_range)
        fixed = self.zoom_range == [1, 1]
        drawn["zx"], drawn["zy"] = (1, 1) if fixed else rng.uniform(*self.zoom_range, 2)
        drawn["flip_horizontal"] = bool(rng.random_sample() < 0.5) and self.horizontal_flip
        drawn["flip_vertical"] = bool(rng.random_sample() < 0.5) and self.vertical_flip
        moved = self.channel_shift_range
        drawn["channel_shift_intensity"] = either(moved) if moved else None
        light = self.brightness_range
        drawn["brightness"] = None if light is None else rng.uniform(*light)
        return drawn

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, Any]) -> np.ndarray:
        """A picture changed as said: theta, tx, ty, shear, zx, zy, flip_horizontal, flip_vertical,
        channel_shift_intensity, brightness; what is not given stays."""
        given = transform_parameters
        x = apply_affine_transform(
            x, **{name: given[name] for name in AFFINE if name in given},
            row_axis=self.row_axis - 1, col_axis=self.col_axis - 1,
            channel_axis=self.channel_axis - 1, fill_mode=self.fill_mode, cval=self.cval,
            order=self.interpolation_order,
        )  # fmt: skip
        if given.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, given["channel_shift_intensity"])
        if given.get("flip_horizontal"):
            x = np.flip(x, self.col_axis - 1)
        if given.get("flip_vertical"):
            x = np.flip(x, self.row_axis - 1)
        if given.get("brightness") is not None:
            last = x.transpose(1, 2, 0) if self.channel_axis == 1 else x
            last = apply_brightness_shift(last, given["brightness"], scale=False)
            x = last.transpose(2, 0, 1) if self.channel_axis == 1 else last
        return x

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """A picture changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """A picture, or a batch, by preprocessing_function, rescaled, centered, whitened."""
        x = np.asarray(x)
        return self._scaled(x) if x.ndim == 4 else self._scaled(x[None])[0]

    def changed(self, batch: np.ndarray, rng: Any) -> np.ndarray:
        """A batch, each picture changed at random and standardized; the batch is written over."""
        for x in batch:
            x[...] = self.apply_transform(x, self._drawn(x.shape, rng))
        return self._scaled(batch)

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        if self.preprocessing_function:
            x = np.stack([self.preprocessing_function(one) for one in x])
        if kind_of(x.dtype) != "f":
            x = x.astype(self.dtype)
        each = tuple(range(1, x.ndim))
        if self.rescale:
            x = x * x.dtype.type(self.rescale)
        if self.samplewise_center:
            x = x - x.mean(each, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (x.std(each, keepdims=True) + x.dtype.type(TINY))
        if self.featurewise_center and self.mean is None:
            warnings.warn(
                "this ImageDataGenerator is to scale by the data's statistics and has none: it "
                "leaves pictures as they are. Call fit(x) first.",
                stacklevel=5,
            )
        if self.mean is not None:
            x = x - self.mean
        if self.std is not None:
            x = x / (self.std + x.dtype.type(TINY))
        if self.zca_whitening_matrix is not None:
            x = (x.reshape(len(x), -1) @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Takes the statistics of pictures (n, h, w, c) that featurewise_* and ZCA scale by.

        augment   takes them of ``rounds`` changed copies. Raises ShapeError for other shapes.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4 or not len(x):
            raise ShapeError(f"fit received x of shape {x.shape}; expected (n, h, w, c), n from 1.")
        rng = np.random if seed is None else np.random.RandomState(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.stack([
                self.apply_transform(one, self._drawn(one.shape, rng))
                for _ in range(rounds) for one in x
            ])  # fmt: skip
        all_but_channels = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = x.mean(all_but_channels, keepdims=True)[0]
            x = x - self.mean
        if self.featurewise_std_normalization:
            self.std = x.std(all_but_channels, keepdims=True)[0]
            x = x / (self.std + self.dtype.type(TINY))
        if self.zca_whitening:
            u, s, _ = np.linalg.svd(x.reshape(len(x), -1).T, full_matrices=False)
            scale = np.sqrt(len(x)) / (s + self.zca_epsilon)
            self.zca_whitening_matrix = ((u * scale) @ u.T).astype(self.dtype)
