"""What layers of images share: samples of images, labels, masks and boxes, and random changes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.images.boxes import clip_to_image_size, convert_format
from autograd_nn.nn.images.boxes.formats import floating, form_of
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.spatial import data_format_of
from autograd_nn.nn.random import SeedGenerator, generator_of


def interval(
    value: Any, name: str, where: str, low: float, high: float = 1.0, both: bool = False,
    even: bool = False,
) -> tuple[float, float]:  # fmt: skip
    """Two numbers from ``low`` to ``high`` in order; one number v stands for -v and v.

    both   one number stands for itself twice; even: for -v and v even where low is 0, and that
           pair, which configurations have, is taken for it. Raises ValueError for anything else.

    >>> interval(0.2, "factor", "RandomRotation", -1)
    (-0.2, 0.2)
    """
    pair = value if isinstance(value, list | tuple) else (value, value)
    if even and pair is value and len(pair) == 2 and pair[0] == -pair[1]:
        value, pair = pair[1], (pair[1], pair[1])
    fits = len(pair) == 2 and all(
        isinstance(v, int | float | np.number) and not isinstance(v, bool) and low <= v <= high
        for v in pair
    )
    if not fits:
        raise ValueError(
            f"The `{name}` argument should be a number (or a list of two numbers) in the range "
            f"[{low:g}, {high:g}]; {where} received {name}={value!r}."
        )
    if pair is not value and not both:
        pair = (-abs(value) if even else max(-abs(value), low), abs(value))
    a, b = sorted(float(v) for v in pair)
    return a, b


class Images(Layer):
    """The base: a batch of images (n, h, w, c), or one image (h, w, c).

    data_format           'channels_last', or 'channels_first' for (n, c, h, w) and (c, h, w).
    bounding_box_format   the form of the boxes of samples, as in `nn.utils.bounding_boxes`.
    Called on a dict, it changes "images", and "labels", "segmentation_masks" (n, h, w, k) and
    "bounding_boxes" ({"boxes": (n, k, 4), "labels": (n, k)}) with them; what else is there stays.
    A subclass says what it draws in ``get_random_transformation`` and what becomes of images in
    ``transform_images``, which are also there for other samples of the same draw.
    Raises ShapeError for other numbers of dimensions.
    """

    _stateless = _casts_integers = True
    still = True  # whether nothing happens outside of training
    _beyond_keras = {"bounding_box_format": None}  # noqa: RUF012

    def __init__(
        self, data_format: str | None = None, bounding_box_format: str | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(**options)
        self.data_format = data_format_of(data_format, type(self).__name__)
        if bounding_box_format is not None:
            form_of(bounding_box_format)
        self.bounding_box_format = bounding_box_format

    @property
    def axes(self) -> tuple[int, int]:
        """The rows' and the columns' axis, counted from the end."""
        return (-3, -2) if self.data_format == "channels_last" else (-2, -1)

    def _check_rank(self, shape: Any) -> None:
        if isinstance(shape, dict):
            shape = shape.get("images")
        if not isinstance(shape, tuple) or len(shape) not in (3, 4) or isinstance(shape[0], tuple):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}. Expected the input image "
                "to be rank 3 or 4: images (n, h, w, c) or one image (h, w, c). Put an axis of "
                "size 1 where there is one channel."
            )

    def resized(self, shape: Shape, height: int, width: int) -> Shape:
        """A shape with other rows and columns."""
        found = list(shape)
        for axis, n in zip(self.axes, (height, width), strict=True):
            found[axis] = n
        return tuple(found)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)

    def _admit(self, inputs: Any) -> Any:
        """Images as tensors; of a sample, labels and masks of whole numbers stay such."""
        if not isinstance(inputs, dict):
            return super()._admit(inputs)
        found = {}
        for key, value in inputs.items():
            given = value if isinstance(value, dict) else as_tensor(value)
            stays = isinstance(given, Tensor) and given.dtype.kind in "iub"
            found[key] = given if stays else self._admit(given)
        return found

    # ---- a sample, part by part -----------------------------------------------------------------

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        training = training is not False
        drawn = self.get_random_transformation(inputs, training=training)
        if not isinstance(inputs, dict):
            return self._part(self.transform_images, inputs, inputs.ndim == 3, drawn, training)
        if "bounding_boxes" in inputs and self.bounding_box_format is None:
            raise ValueError(
                f"layer {self.name!r} received 'bounding_boxes', and no bounding_box_format; "
                "expected one. Write bounding_box_format='xyxy' where it is made."
            )
        single, changed = inputs["images"].ndim == 3, dict(inputs)
        for key in ("images", "bounding_boxes", "labels", "segmentation_masks"):
            if key in inputs:
                door = getattr(self, f"transform_{key}")
                changed[key] = self._part(door, inputs[key], single, drawn, training)
        return changed

    def _part(self, door: Any, value: Any, single: bool, drawn: Any, training: bool) -> Any:
        """A part of a sample through a function of batches."""
        if not single:
            return door(value, drawn, training=training)
        batch = tree.map(lambda x: ops.expand_dims(x, 0), value)
        return tree.map(lambda x: x[0], door(batch, drawn, training=training))

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any] | None:
        """What is drawn for a sample, by names; None where nothing is to be done."""
        if not training and self.still:
            return None
        shape = tuple((data["images"] if isinstance(data, dict) else as_tensor(data)).shape)
        draws = self.seed_generator if seed is None else generator_of(seed)
        sizes = shape if len(shape) == 4 else (1, *shape)
        return {**self.drawn(sizes, draws), "input_shape": shape}

    seed_generator: Any = None

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        """What is drawn for a batch of images of these sizes."""
        return {}

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The images with what was drawn, in the dtype of computing."""
        images = floating(images, self.compute_dtype)
        return images if self.still and not training else self.changed(images, transformation)

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        """Floating images with what was drawn."""
        raise NotImplementedError(
            f"{type(self).__name__} defines no changed(images, drawn), nor transform_images; "
            "expected one of them."
        )

    def transform_labels(
        self, labels: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The labels of the images; they stay unless a subclass says otherwise."""
        return labels

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The masks of the images: they stay where pixels keep their places."""
        return segmentation_masks

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The boxes of the images: they stay where pixels keep their places."""
        return bounding_boxes


class Placing(Images):
    """The base of what moves pixels: masks go with the images, boxes with their corners."""

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        images = floating(images, self.compute_dtype)
        if transformation is None or (self.still and not training):
            return images
        return self.placed(images, transformation)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        masks = as_tensor(segmentation_masks)
        if transformation is None or (self.still and not training):
            return masks
        dtype = masks.dtype
        return ops.astype(self.placed(floating(masks), transformation, "nearest"), dtype=dtype)

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        if transformation is None or (self.still and not training):
            return bounding_boxes
        form = self.bounding_box_format or "xyxy"
        before = tuple(transformation["input_shape"][axis] for axis in self.axes)
        after = self.sizes_after(*before)
        boxes = convert_format(bounding_boxes["boxes"], form, "xyxy", *before)
        boxes = self.boxes_placed(boxes, transformation)
        kept = clip_to_image_size({**bounding_boxes, "boxes": boxes}, *after)
        return convert_format(kept, "xyxy", form, *after)

    def placed(self, images: Tensor, drawn: Any, interpolation: str | None = None) -> Tensor:
        """Images with their pixels moved; ``interpolation`` of its own, or the layer's."""
        raise NotImplementedError

    def boxes_placed(self, boxes: Tensor, drawn: Any) -> Tensor:
        """Corners 'xyxy' in pixels, (…, k, 4), where they go."""
        return boxes

    def sizes_after(self, height: int, width: int) -> tuple[int, int]:
        """The sizes of the result."""
        return height, width


class Drawing(Images):
    """The base of random changes: each image is changed by draws of its own.

    seed   makes this layer's draws repeat from run to run.
    Nothing changes with ``training=False``, as in `predict` and `evaluate`; a call that does not
    say draws, so that the layer shows what it does.
    """

    # options that are two numbers, with what `interval` is told of each
    _between: ClassVar[dict[str, dict[str, Any]]] = {}

    def __init__(
        self, seed: int | None = None, data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(data_format, **options)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._between:  # when it is made, or later
            value = interval(value, name, type(self).__name__, **self._between[name])
        super().__setattr__(name, value)

    def number(self, sizes: Any, draws: Any, low: float, high: float) -> Tensor:
        """A number for each image, (n, 1, 1, 1)."""
        return draws.uniform((sizes[0], 1, 1, 1), low, high, as_dtype(self.compute_dtype))

    def chosen(self, sizes: Any, draws: Any, low: float, high: float) -> Tensor:
        """Whether it is an image's turn, (n, 1, 1, 1), of a probability from low to high."""
        share = self.number(sizes, draws, low, high)
        return ops.less(self.number(sizes, draws, 0, 1), share)


class Ranged(Drawing):
    """The base of what changes colors within the ``value_range`` of the images' numbers."""

    def __init__(
        self, value_range: Any = (0, 255), seed: int | None = None, data_format: str | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(seed, data_format, **options)
        known = isinstance(value_range, list | tuple) and len(value_range) == 2
        if not known or not all(isinstance(v, int | float) for v in value_range):
            raise ValueError(
                "The `value_range` argument should be a list of two numbers, the least and the "
                f"largest an image holds; {type(self).__name__} received "
                f"value_range={value_range!r}."
            )
        self.value_range = tuple(sorted(value_range))

    def leveled(self, images: Tensor, high: float = 255) -> Tensor:
        """Images of the value range brought to 0 … high."""
        least, most = self.value_range
        same = (least, most) == (0, high)
        return images if same else (images - least) * (high / (most - least))

    def ranged(self, images: Tensor, high: float = 255) -> Tensor:
        """Images of 0 … high brought back to the value range."""
        least, most = self.value_range
        same = (least, most) == (0, high)
        return images if same else images * ((most - least) / high) + least


def per_image(value: Any, dtype: Any = None) -> Tensor:
    """A number for each image, however given, (n, 1, 1, 1)."""
    return ops.reshape(as_tensor(value) if dtype is None else floating(value, dtype),
                       shape=(-1, 1, 1, 1))  # fmt: skip
