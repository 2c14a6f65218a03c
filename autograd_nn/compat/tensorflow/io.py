"""``tf.io``: files' bytes, read and written; `image` makes pictures of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograd_nn.compat.tensorflow.graphs import gfile as gfile


def read_file(filename: Any, name: str | None = None) -> bytes:
    """What stands in a file; raises FileNotFoundError where there is none.

    filename   a path, or an array of one.
    """
    return Path(str(filename)).read_bytes()


def write_file(filename: Any, contents: bytes, name: str | None = None) -> None:
    """Writes a file's bytes, its folder where there is none, too."""
    path = Path(str(filename))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)
