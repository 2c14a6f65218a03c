"""Texts as TensorFlow gives them: arrays and single ones that have ``numpy()``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


class Text(str):
    """One text.

    >>> Text("è").numpy()
    b'\\xc3\\xa8'
    """

    shape: tuple[int, ...] = ()

    def numpy(self) -> bytes:
        """As bytes."""
        return raw(self)

    def __eq__(self, other: object) -> Any:
        """Whether it is another text; of several, for each."""
        if isinstance(other, list | tuple | np.ndarray):
            return np.array([str.__eq__(self, v) is True for v in other], bool)
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> Any:
        found = self == other
        return ~found if isinstance(found, np.ndarray) else str.__ne__(self, other)

    __hash__ = str.__hash__


class Texts(np.ndarray):
    """An array of texts.

    >>> texts(["a", "b"]).numpy().tolist()
    [b'a', b'b']
    """

    def numpy(self) -> Any:
        """The same of bytes."""
        found = np.empty(self.shape, object)
        for at, value in np.ndenumerate(self):
            found[at] = raw(value) if isinstance(value, str) else value
        return found

    def to_tensor(self, *args: Any, **options: Any) -> Texts:
        """Itself: every row is equally long."""
        return self

    def __getitem__(self, key: Any) -> Any:
        return texts(super().__getitem__(key))

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))


def texts(x: Any) -> Any:
    """A text, or an array of some, as here; anything else as it is."""
    if isinstance(x, str):
        return Text(x)
    if isinstance(x, bytes):
        return Text(x.decode(errors="surrogateescape"))
    if isinstance(x, list | tuple) and x and all(isinstance(v, str | bytes) for v in x):
        x = np.array(x, object)
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "USO":
        return x
    if x.ndim == 0:
        return texts(x.item())
    return x.astype(object).view(Texts) if all(isinstance(v, str | bytes) for v in x.flat) else x


def raw(x: Any) -> bytes:
    """The bytes of a text, those of a file's that are no text among them; or of an array of one.

    >>> raw(texts(b"\\xff\\xd8"))
    b'\\xff\\xd8'
    """
    if isinstance(x, np.ndarray):
        x = x.item()
    return x.encode(errors="surrogateescape") if isinstance(x, str) else bytes(x)


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """A text's bytes; bytes as they are."""
    return bytes_or_text if isinstance(bytes_or_text, bytes) else bytes_or_text.encode(encoding)


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """The text that bytes are; a text as it is."""
    return bytes_or_text.decode(encoding) if isinstance(bytes_or_text, bytes) else bytes_or_text


as_str = as_str_any = as_text


def textual(x: Any) -> bool:
    """Whether this is a text, an array of some, or a list that begins with one."""
    if isinstance(x, list | tuple):
        return bool(x) and textual(x[0])
    return isinstance(x, str | bytes | Texts)
