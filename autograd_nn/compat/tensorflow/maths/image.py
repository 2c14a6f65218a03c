"""``tf.image``: pictures (…, h, w, c) decoded and turned round; the rest are our ops on images."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.values.texts import raw
from autograd_nn.engine.halves import as_dtype
from autograd_nn.nn import ops, utils
from autograd_nn.nn.symbols import Outline, note, symbols_in, tells


def flip_left_right(image: Any) -> Any:
    """Columns in reverse order.

    >>> flip_left_right([[[1.0], [2.0]]]).tolist()
    [[[2.0], [1.0]]]
    """
    return ops.flip(image, axis=-2)


def flip_up_down(image: Any) -> Any:
    """Rows in reverse order."""
    return ops.flip(image, axis=-3)


def random_flip_left_right(image: Any, seed: Any = None) -> Any:
    """`flip_left_right`, or as it is, each as likely."""
    return flip_left_right(image) if _heads(seed) else image


def random_flip_up_down(image: Any, seed: Any = None) -> Any:
    """`flip_up_down`, or as it is, each as likely."""
    return flip_up_down(image) if _heads(seed) else image


def resize(images: Any, size: Any, method: str = "bilinear", preserve_aspect_ratio: bool = False,
           antialias: bool = False, name: Any = None) -> Any:  # fmt: skip
    """Pictures in another size (height, width)."""
    sides = tuple(int(n) for n in size)
    if preserve_aspect_ratio:
        h, w = ops.shape(images)[-3:-1]
        by = min(sides[0] / h, sides[1] / w)
        sides = round(h * by), round(w * by)
    if method in ("area", 3):
        return _by_area(ops.cast(images, "float32"), sides)
    return ops.image.resize(
        ops.cast(images, "float32"), sides, _METHODS.get(method, method), antialias,
        data_format="channels_last",
    )  # fmt: skip


def _by_area(x: Any, sides: tuple[int, ...]) -> Any:
    """Each entry the mean of the part of a picture that it covers."""
    rows, columns = (_shares(*pair) for pair in zip(x.shape[-3:-1], sides, strict=True))
    return ops.einsum("ih,...hwc,jw->...ijc", rows, x, columns)


def _shares(n: int, m: int) -> np.ndarray:
    """How much each of n parts has in each of m (m, n); every row sums to 1."""
    ends = np.arange(m + 1) * (n / m)
    above = np.minimum(ends[1:, None], np.arange(1, n + 1))
    below = np.maximum(ends[:-1, None], np.arange(n))
    return (np.maximum(above - below, 0) * (m / n)).astype("float32")


def resize_bilinear(images: Any, size: Any, align_corners: bool = False, **options: Any) -> Any:
    """Pictures in another size, each entry a mean of its nearest four."""
    return resize(images, size)


def resize_nearest_neighbor(images: Any, size: Any, *args: Any, **options: Any) -> Any:
    """Pictures in another size, each entry its nearest."""
    found = resize(images, size, "nearest")
    return ops.cast(found, ops.dtype(images))


class ResizeMethod:
    """The names of what resizes."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC = "bilinear", "nearest", "bicubic"
    LANCZOS3, LANCZOS5, AREA = "lanczos3", "lanczos5", "area"


_METHODS: dict[Any, str] = {"cubic": "bicubic", 0: "bilinear", 1: "nearest", 2: "bicubic"}
resize_images = resize


def resize_with_pad(image: Any, target_height: int, target_width: int, method: str = "bilinear",
                    antialias: bool = False) -> Any:  # fmt: skip
    """A picture in another size, its sides' ratio as it was, zeros around it."""
    return ops.image.resize(
        ops.cast(image, "float32"), (target_height, target_width), method, antialias,
        pad_to_aspect_ratio=True, data_format="channels_last",
    )  # fmt: skip


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    """The middle of a picture, zeros around it where it is too small.

    >>> resize_with_crop_or_pad(np.ones((2, 3, 1)), 4, 1)[..., 0].tolist()
    [[0.0], [1.0], [1.0], [0.0]]
    """
    for axis, n in ((-3, target_height), (-2, target_width)):
        have = ops.shape(image)[axis]
        lack, over = max(0, n - have), max(0, have - n)
        pairs = [(0, 0)] * ops.ndim(image)
        pairs[axis] = (lack // 2, lack - lack // 2)
        image = ops.pad(image, tuple(pairs))
        image = ops.take(image, np.arange(n) + over // 2, axis=axis)
    return image


resize_image_with_crop_or_pad = resize_with_crop_or_pad


def crop_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """A block of a picture."""
    bottom, right = offset_height + target_height, offset_width + target_width
    return image[..., offset_height:bottom, offset_width:right, :]


def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """A picture within zeros.

    >>> pad_to_bounding_box(np.ones((1, 1, 1)), 0, 1, 1, 3)[..., 0].tolist()
    [[0.0, 1.0, 0.0]]
    """
    h, w = ops.shape(image)[-3:-1]
    pairs = [(0, 0)] * ops.ndim(image)
    pairs[-3] = (offset_height, target_height - offset_height - h)
    pairs[-2] = (offset_width, target_width - offset_width - w)
    return ops.pad(image, tuple(pairs))


_YUV = ((0.299, -0.14714119, 0.61497538), (0.587, -0.28886916, -0.51496512),
        (0.114, 0.43601035, -0.10001026))  # fmt: skip
_YIQ = ((0.299, 0.59590059, 0.21153661), (0.587, -0.27455667, -0.52273617),
        (0.114, -0.32134392, 0.31119955))  # fmt: skip


def _turned(matrix: Any) -> Any:
    def turn(images: Any, name: Any = None) -> Any:
        x = ops.convert_to_tensor(images)
        return ops.matmul(x, ops.convert_to_tensor(np.asarray(matrix), x.dtype))

    return turn


rgb_to_yuv, yuv_to_rgb = _turned(_YUV), _turned(np.linalg.inv(_YUV))
rgb_to_yiq, yiq_to_rgb = _turned(_YIQ), _turned(np.linalg.inv(_YIQ))


def grayscale_to_rgb(images: Any, name: Any = None) -> Any:
    """One channel three times."""
    return ops.repeat(images, 3, axis=-1)


def adjust_hue(image: Any, delta: float, name: Any = None) -> Any:
    """The hue turned by a share of its circle."""

    def turned(x: Any) -> Any:
        hue, saturation, value = ops.unstack(ops.image.rgb_to_hsv(x), axis=-1)
        hue = ops.mod(hue + delta, 1.0)
        return ops.image.hsv_to_rgb(ops.stack([hue, saturation, value], axis=-1))

    return _as_shares(image, turned)


def random_hue(image: Any, max_delta: float, seed: Any = None) -> Any:
    """`adjust_hue` by no more than ``max_delta``."""
    return adjust_hue(image, _draw(seed).uniform(-max_delta, max_delta))


def psnr(a: Any, b: Any, max_val: float, name: Any = None) -> Any:
    """10 log₁₀(max² / mean (a - b)²), of each picture."""
    squares = ops.square(ops.cast(a, "float32") - ops.cast(b, "float32"))
    return 10 * ops.log10(max_val**2 / ops.mean(squares, axis=(-3, -2, -1)))


def central_crop(image: Any, central_fraction: float) -> Any:
    """The middle of a picture, a share of each side."""
    h, w = ops.shape(image)[-3:-1]
    top, left = int((h - h * central_fraction) / 2), int((w - w * central_fraction) / 2)
    return image[..., top : h - top, left : w - left, :]


def random_crop(value: Any, size: Any, seed: Any = None, name: Any = None) -> Any:
    """A block of a size, anywhere in it."""
    places = [_draw(seed).randint(n - int(m) + 1) for n, m in zip(value.shape, size, strict=True)]
    return value[tuple(slice(p, p + int(m)) for p, m in zip(places, size, strict=True))]


def stateless_random_crop(value: Any, size: Any, seed: Any, name: Any = None) -> Any:
    """`random_crop`, the same for the same seed."""
    return random_crop(value, size, int(np.sum(ops.convert_to_numpy(seed))) % 2**31)


def adjust_brightness(image: Any, delta: float) -> Any:
    """All entries moved; whole numbers count as shares of their largest."""
    return _as_shares(image, lambda x: x + delta)


def adjust_contrast(images: Any, contrast_factor: float) -> Any:
    """Each channel stretched about its mean."""


    def stretched(x: Any) -> Any:
        middle = ops.mean(x, axis=(-3, -2), keepdims=True)
        return (x - middle) * contrast_factor + middle

    return _as_shares(images, stretched)


def adjust_saturation(image: Any, saturation_factor: float, name: Any = None) -> Any:
    """The saturation times a factor, no more than 1."""

    def turned(x: Any) -> Any:
        hue, saturation, value = ops.unstack(ops.image.rgb_to_hsv(x), axis=-1)
        saturation = ops.clip(saturation * saturation_factor, 0, 1)
        return ops.image.hsv_to_rgb(ops.stack([hue, saturation, value], axis=-1))

    return _as_shares(image, turned)


def random_brightness(image: Any, max_delta: float, seed: Any = None) -> Any:
    """`adjust_brightness` by no more than ``max_delta``."""
    return adjust_brightness(image, _draw(seed).uniform(-max_delta, max_delta))


def random_contrast(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """`adjust_contrast` by a factor between two."""
    return adjust_contrast(image, _draw(seed).uniform(lower, upper))


def random_saturation(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """`adjust_saturation` by a factor between two."""
    return adjust_saturation(image, _draw(seed).uniform(lower, upper))


def rot90(image: Any, k: int = 1, name: Any = None) -> Any:
    """A picture turned to the left, k times.

    >>> rot90(np.array([[[1.0], [2.0]]]))[..., 0].tolist()
    [[2.0], [1.0]]
    """
    for _ in range(k % 4):
        image = ops.flip(ops.swapaxes(image, -3, -2), axis=-3)
    return image


def per_image_standardization(image: Any) -> Any:
    """(x - mean) / max(deviation, 1/√n), over all of a picture."""
    x = ops.cast(image, "float32")
    n = float(np.prod(ops.shape(x)[-3:]))
    spread = ops.maximum(ops.std(x, axis=(-3, -2, -1), keepdims=True), n**-0.5)
    return (x - ops.mean(x, axis=(-3, -2, -1), keepdims=True)) / spread


def total_variation(images: Any, name: Any = None) -> Any:
    """Σ |x - x below| + |x - x to the right|, of each picture."""
    down = ops.abs(images[..., 1:, :, :] - images[..., :-1, :, :])
    right = ops.abs(images[..., :, 1:, :] - images[..., :, :-1, :])
    return ops.sum(down, axis=(-3, -2, -1)) + ops.sum(right, axis=(-3, -2, -1))


def _as_shares(image: Any, change: Any) -> Any:
    x = ops.convert_to_tensor(image)
    kind = as_dtype(ops.dtype(x))
    changed = change(convert_image_dtype(x, "float32"))
    return changed if kind.kind == "f" else convert_image_dtype(changed, kind.name)


def decode_image(contents: Any, channels: int = 3, **options: Any) -> Any:
    """A picture file's bytes as uint8 (h, w, channels), three where none are told; needs Pillow.

    Raises ValueError for bytes that are no picture, and for channels other than 0, 1, 3, 4.
    """
    if channels not in _MODES:
        raise ValueError(f"received channels={channels!r}; expected one of {sorted(_MODES)}.")
    picture = utils.load_img(BytesIO(raw(contents)), color_mode=_MODES[channels])
    return ops.convert_to_tensor(utils.img_to_array(picture, "channels_last", "uint8"))


decode_jpeg = decode_png = decode_bmp = decode_image
_MODES = {0: "rgb", 1: "grayscale", 3: "rgb", 4: "rgba"}


def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: Any = None) -> Any:
    """Whole numbers as floats from 0 to 1, and back.

    >>> convert_image_dtype(np.array([0, 255], "uint8"), "float32").tolist()
    [0.0, 1.0]
    """
    x = ops.convert_to_tensor(image)
    source, target = as_dtype(ops.dtype(x)), as_dtype(dtype)
    if source.kind in "iu" and target.kind == "f":
        return ops.cast(x, dtype) / float(np.iinfo(source).max)
    if source.kind == "f" and target.kind in "iu":
        most = np.iinfo(target).max
        return ops.cast(ops.clip(ops.round(x * float(most)), 0, most), dtype)
    return ops.cast(x, dtype)


def crop_and_resize(
    image: Any, boxes: Any, box_indices: Any = None, crop_size: Any = None,
    method: str = "bilinear", extrapolation_value: float = 0.0, name: Any = None,
    box_ind: Any = None,
) -> Any:  # fmt: skip
    """Boxes (k, 4) of pictures (n, h, w, c), each in one size: (k, *crop_size, c).

    boxes   (y, x, y, x) of two corners, 0 the first pixel and 1 the last.
    Raises ValueError for another method than 'bilinear', and other values outside than 0.

    >>> crop_and_resize(np.arange(9.0).reshape(1, 3, 3, 1), [[0, 0, 0.5, 1]], [0], (2, 3))[..., 0]
    Tensor([[[0., 1., 2.],
             [3., 4., 5.]]])
    """
    if method != "bilinear" or extrapolation_value:
        raise ValueError(
            f"crop_and_resize received method={method!r} and extrapolation_value="
            f"{extrapolation_value}; expected 'bilinear' and 0."
        )
    of = box_ind if box_indices is None else box_indices
    x, found = ops.convert_to_tensor(image), []
    rows, columns = (int(n) for n in crop_size)
    for i, (top, left, bottom, right) in zip(
        ops.convert_to_numpy(of), ops.convert_to_numpy(boxes), strict=True
    ):
        down = _between(top, bottom, rows, x.shape[1])
        across = _between(left, right, columns, x.shape[2])
        found.append(ops.einsum("ih,hwc,jw->ijc", down, x[int(i)], across))
    return ops.stack(found)


def extract_patches(
    images: Any, sizes: Any, strides: Any, rates: Any = (1, 1, 1, 1), padding: str = "VALID",
    name: Any = None,
) -> Any:  # fmt: skip
    """Windows of pictures, told with a 1 before and behind for samples and channels."""
    if tuple(rates) != (1, 1, 1, 1):
        raise ValueError(f"extract_patches received rates={rates}; expected ones.")
    return ops.image.extract_patches(
        images, tuple(sizes[1:3]), tuple(strides[1:3]), padding=padding.lower(),
        data_format="channels_last",
    )


def _between(first: float, last: float, count: int, size: int) -> Any:
    """The shares (count, size) by which entries of an axis make those between two places."""
    ends = np.linspace(first, last, count) if count > 1 else np.array([(first + last) / 2])
    at = ends * (size - 1)
    shares = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(size)))
    return ops.convert_to_tensor(shares * ((at >= 0) & (at <= size - 1))[:, None], "float32")


def non_max_suppression(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: float = 0.5,
    score_threshold: float = float("-inf"), name: Any = None,
) -> Any:  # fmt: skip
    """The places of the boxes (n, 4) that are kept, the best first; each drops what overlaps it.

    boxes   (y, x, y, x) of two corners.

    >>> boxes = [[0, 0, 1, 1], [0, 0, 1, 0.9], [0, 2, 1, 3]]
    >>> non_max_suppression(boxes, [0.8, 0.9, 0.7], 3).tolist()
    [1, 2]
    """
    told = max_output_size, iou_threshold, score_threshold
    if symbols_in(boxes, scores):
        return note(_apart, (boxes, scores, *told), {}, name="non_max_suppression")
    return _apart(boxes, scores, *told)


@tells(lambda boxes, scores, *told: Outline((None,), "int32"))
def _apart(boxes: Any, scores: Any, most: Any, iou_threshold: Any, score_threshold: Any) -> Any:
    box, score = (np.asarray(ops.convert_to_numpy(v), "float64") for v in (boxes, scores))
    low, high = np.minimum(box[:, :2], box[:, 2:]), np.maximum(box[:, :2], box[:, 2:])
    area = np.prod(high - low, axis=1)
    waiting = [i for i in np.argsort(-score, kind="stable") if score[i] > score_threshold]
    kept: list[int] = []
    while waiting and len(kept) < int(most):
        best, *rest = waiting
        kept.append(int(best))
        both = np.minimum(high[best], high[rest]) - np.maximum(low[best], low[rest])
        shared = np.prod(np.maximum(both, 0), axis=1)
        union = area[best] + area[rest] - shared
        waiting = [i for i, s, u in zip(rest, shared, union, strict=True) if s <= iou_threshold * u]
    return ops.convert_to_tensor(np.array(kept, "int32"))


def _draw(seed: Any) -> Any:
    return np.random if seed is None else np.random.RandomState(seed)


def _heads(seed: Any) -> bool:
    return bool(_draw(seed).randint(2))
