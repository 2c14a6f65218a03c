"""``tf.io``: files' bytes, read and written; `image` makes pictures of them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from autograd_nn.compat.tensorflow.elder.graphs import gfile as gfile
from autograd_nn.compat.tensorflow.values.texts import raw
from autograd_nn.nn import ops, utils
from autograd_nn.nn.regular import regular


def read_file(filename: Any, name: str | None = None) -> bytes:
    """What stands in a file; raises FileNotFoundError where there is none.

    filename   a path, or an array of one.
    """
    with open(str(filename), "rb", opener=regular) as file:
        return file.read()


def encode_jpeg(image: Any, format: str = "", quality: int = 95, **options: Any) -> bytes:
    """A picture (h, w, 1 or 3) of 0 to 255 as a JPEG file's bytes; needs Pillow."""
    return _packed(image, "JPEG", quality=quality)


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> bytes:
    """A picture (h, w, 1, 3 or 4) of 0 to 255 as a PNG file's bytes; needs Pillow."""
    return _packed(image, "PNG")


def _packed(image: Any, form: str, **options: Any) -> bytes:
    file = BytesIO()
    array = ops.convert_to_numpy(image)
    utils.array_to_img(array, "channels_last", scale=False).save(file, form, **options)
    return file.getvalue()


def write_file(filename: Any, contents: Any, name: str | None = None) -> None:
    """Writes a file's bytes, its folder where there is none, too."""
    path = Path(str(filename))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw(contents))
