"""Pictures in files as arrays, and arrays as pictures: Pillow reads and writes them."""

from __future__ import annotations

import io
import os
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn.regular import regular
from autograd_nn.nn.renamed import renames
from autograd_nn.nn.saving.durable import replacing
from autograd_nn.nn.saving.extras import extra
from autograd_nn.nn.settings import floatx, image_data_format
from autograd_nn.nn.utils.heads import Head, length, strips

MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
PROGRAMS = ("EPS",)  # formats that Pillow has an interpreter run
DEEP = ("I;16", "I")  # gray of more than 8 bits, which stays so
KEPT = 16 << 20  # bytes that the parts of its file may take, besides as many as that has
ROOM, RATIO = 56 << 20, 40  # bytes that a picture may take, and times its file's size
DENSE = 10  # pixels that a byte of a file may stand for, where what reads it takes more than that
HELD = {"WEBP": 12, "JPEG2000": 16, "AVIF": 6, "TIFF": 1, "GIF": 1}  # bytes a pixel besides, within
PROGRESSIVE = 6  # as many, of a JPEG whose coefficients come in turns
TEXTS = 16 << 20  # bytes of texts that a picture may unpack to, which nobody asks for
PIXELS = 89478485  # that a picture may have by Pillow, unless it is told otherwise
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def pillow() -> Any:
    """Pillow's Image; raises ImportError, which names the extra."""
    return extra("PIL.Image", "a picture", "images")


def first(data_format: str | None) -> bool:
    """Whether channels come first; raises ValueError for an unknown format."""
    found = data_format or image_data_format()
    if found not in ("channels_first", "channels_last"):
        raise ValueError(
            f"received data_format={found!r}; expected 'channels_last' or 'channels_first'."
        )
    return found == "channels_first"


@renames
def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """Pillow's picture of an array (h, w, c) of 1, 3 or 4 channels.

    scale   stretches the entries over 0 … 255.
    Raises ShapeError for other shapes, ImportError without Pillow.
    """
    kind = pillow()
    x = np.asarray(x, dtype=dtype or floatx())
    if x.ndim == 3 and first(data_format):
        x = x.transpose(1, 2, 0)
    if x.ndim != 3 or x.shape[2] not in (1, 3, 4) or 0 in x.shape:
        raise ShapeError(
            f"array_to_img received shape {x.shape}; expected (h, w, c) with 1, 3 or 4 channels."
        )
    if scale:
        x = x - x.min()
        x = np.minimum(x * (255 / (x.max() or 1)), 255)  # which rounding may be above
    if x.shape[2] == 1:
        deep = x.max() > 255
        return kind.fromarray(x[..., 0].astype("int32" if deep else "uint8"))
    return kind.fromarray(x.astype("uint8"))


@renames
def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """The array (h, w, c) of a picture; gray ones have one channel.

    dtype   None: ``config.floatx()``. Raises ShapeError for what is no picture.

    >>> import numpy as np
    >>> img_to_array(np.ones((2, 3), np.uint8)).shape
    (2, 3, 1)
    """
    x = np.asarray(img, dtype=dtype or floatx())
    if x.ndim == 2:
        x = x[:, :, None]
    if x.ndim != 3:
        raise ShapeError(f"img_to_array received shape {x.shape}; expected (h, w) or (h, w, c).")
    return x.transpose(2, 0, 1) if first(data_format) else x


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
    grayscale: bool = False,
) -> Any:
    """A picture out of a file, as Pillow's.

    path                a path, or a file of bytes in memory.
    color_mode          'rgb', 'rgba' or 'grayscale' (grayscale=True is its old name).
    target_size         (height, width) that it is resized to, by ``interpolation``.
    keep_aspect_ratio   takes the largest window in the middle of the new aspect ratio.
    A picture may take 56 MB and 40 times its file's size, or what 10 pixels a byte take, unless
    ``PIL.Image.MAX_IMAGE_PIXELS`` was changed, which then says how large it may be.
    Raises ValueError for other options and for a file that holds no picture, or too large a one.
    """
    if grayscale:
        warnings.warn("load_img: grayscale=True is now color_mode='grayscale'.", stacklevel=2)
        color_mode = "grayscale"
    if color_mode not in MODES:
        raise ValueError(f"received color_mode={color_mode!r}; expected one of {list(MODES)}.")
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"received interpolation={interpolation!r}; expected one of {list(INTERPOLATIONS)}."
        )
    kind = pillow()
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    named = isinstance(path, str | os.PathLike)
    try:
        with (
            warnings.catch_warnings(), _short_texts(),
            open(path, "rb", opener=regular) if named else nullcontext(path) as raw,
        ):  # fmt: skip
            warnings.simplefilter("error", kind.DecompressionBombWarning)
            kept, head = strips(raw), Head(raw)
            if kept > KEPT + length(raw):
                raise SyntaxError(f"its strips would take {kept:,} bytes")
            with kind.open(head) as file:
                head.done()
                file.filename = os.fspath(path) if named else ""
                if file.format in PROGRAMS:
                    raise SyntaxError(f"{file.format} is a program, which is not run")
                refused = _too_large(file, MODES[color_mode], kind, kept)
                if not refused:
                    frames = getattr(file, "is_animated", False)  # how many is not counted
                    file.load()
                    img = file
                    if frames:  # which keep the file open
                        same = file.mode == MODES[color_mode]
                        img = file.copy() if same else file.convert(MODES[color_mode])
    except (kind.UnidentifiedImageError, kind.DecompressionBombWarning, SyntaxError, ValueError,
            kind.DecompressionBombError, struct.error, IndexError) as error:  # fmt: skip
        raise ValueError(f"{path}: received what is no picture ({error}); expected one.") from None
    except OSError as error:
        if error.errno is not None:  # of the file itself
            raise
        raise ValueError(
            f"{path}: received a damaged picture ({error}); expected a whole one. Leave it out, or "
            "fetch it again."
        ) from None
    if refused:
        raise ValueError(refused)
    if img.mode != MODES[color_mode] and not (color_mode == "grayscale" and img.mode in DEEP):
        img = img.convert(MODES[color_mode])
    if target_size is None or img.size == (target_size[1], target_size[0]):
        return img
    height, width = target_size
    box = None
    if keep_aspect_ratio:
        w, h = img.size
        inner_w, inner_h = min(w, h * width // height), min(h, w * height // width)
        left, top = (w - inner_w) // 2, (h - inner_h) // 2
        box = (left, top, left + inner_w, top + inner_h)
    return img.resize((width, height), kind.Resampling[interpolation.upper()], box=box)


def _too_large(file: Any, mode: str, kind: Any, kept: int) -> str:
    """What is wrong with a picture that takes far more memory than its file; '' for others.

    Its pixels count, which a file may say in a few bytes, and the bytes ``kept`` of its parts. One
    that is as large as it says is as large as its pixels: it may take ROOM, or RATIO for each byte.
    """
    if kind.MAX_IMAGE_PIXELS != PIXELS:
        return ""  # its user has said how large they may be
    each = sum(1 if m in ("1", "L", "P") else 4 for m in {file.mode, mode})  # bytes a pixel
    within = HELD.get(file.format, 0) + PROGRESSIVE * bool(file.info.get("progressive"))
    size, taken = length(file.fp), file.size[0] * file.size[1] * (each + within) + kept
    most = ROOM + max(RATIO, DENSE * (each + within) if within else 0) * size
    if taken <= most:
        return ""
    return (
        f"{file.filename or 'a file in memory'}: received a picture of {file.size[1]} × "
        f"{file.size[0]} pixels in {size:,} bytes, which takes {taken:,}; expected at most "
        f"{most:,}. If it is to be trusted, set PIL.Image.MAX_IMAGE_PIXELS to its "
        "number of pixels."
    )


@contextmanager
def _short_texts() -> Iterator[None]:
    """Within ``with``, texts in a PNG are bounded, which Pillow unpacks all, 64 MB of them."""
    png = extra("PIL.PngImagePlugin", "a picture", "images")
    before, png.MAX_TEXT_MEMORY = png.MAX_TEXT_MEMORY, min(png.MAX_TEXT_MEMORY, TEXTS)
    try:
        yield
    finally:
        png.MAX_TEXT_MEMORY = before


@renames
def save_img(
    path: str | os.PathLike[str] | Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Writes an array (h, w, c) as a picture, whole or not at all.

    path          of the file, or a file that is open; file_format: None for the path's suffix.
    scale         stretches the entries over 0 … 255; kwargs: options of Pillow's for the format.
    """
    img = array_to_img(x, data_format, scale)
    named = isinstance(path, str | os.PathLike)
    if file_format is None and named:
        file_format = Path(path).suffix[1:]
    kind = {"jpg": "jpeg", "tif": "tiff"}.get(str(file_format).lower(), file_format)
    if kind == "jpeg" and img.mode == "RGBA":
        warnings.warn("save_img: JPEG has no transparency; it is left out.", stacklevel=2)
        img = img.convert("RGB")
    if not named:
        img.save(path, format=kind, **kwargs)
        return
    written = io.BytesIO()
    img.save(written, format=kind, **kwargs)
    with replacing(path) as file:
        file.write(written.getvalue())
