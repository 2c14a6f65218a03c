"""``tf.strings``: texts, one or an array of them, turned and parted by NumPy and `re`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.values.texts import texts
from autograd_nn.nn import ops


def _each(f: Callable[[str], Any], x: Any, kind: Any = object) -> Any:
    """A function of one text, or of every text in an array; numbers are a tensor."""
    if isinstance(x, str | bytes):
        found = f(_text(x))
        return texts(found) if kind is object else ops.convert_to_tensor(found, kind)
    x = np.asarray(x)
    found = np.empty(x.shape, kind)
    for at, text in np.ndenumerate(x):
        found[at] = f(_text(text))
    if kind is not object:
        return ops.convert_to_tensor(found)
    return texts(found[()] if x.ndim == 0 else found)


def _parted(f: Callable[[str], list[Any]], x: Any) -> Any:
    """The parts of a text, or of each of several: side by side where they are equally many."""
    found = _each(lambda text: np.array(f(text), object), x)
    several = isinstance(found, np.ndarray) and found.size and isinstance(found.flat[0], np.ndarray)
    if several and len({len(row) for row in found.flat}) == 1:
        return texts(np.stack(list(found.flat)).reshape(*found.shape, -1))
    return found


def _text(x: Any) -> str:
    return x.decode() if isinstance(x, bytes) else str(x)


def lower(input: Any, encoding: str = "", name: Any = None) -> Any:
    """In small letters.

    >>> lower(np.array(["A", "bC"])).tolist()
    ['a', 'bc']
    """
    return _each(str.lower, input)


def upper(input: Any, encoding: str = "", name: Any = None) -> Any:
    """In capital letters."""
    return _each(str.upper, input)


def strip(input: Any, name: Any = None) -> Any:
    """Without blanks at both ends."""
    return _each(str.strip, input)


def regex_replace(
    input: Any, pattern: str, rewrite: str, replace_global: bool = True, name: Any = None
) -> Any:
    """A pattern's finds replaced, all or the first."""
    count = 0 if replace_global else 1
    return _each(lambda text: re.sub(pattern, rewrite, text, count=count), input)


def split(input: Any, sep: str | None = None, maxsplit: int = -1, name: Any = None) -> Any:
    """The words of a text, as an array; of several texts an array of two axes, or of arrays.

    >>> split("a b").tolist()
    ['a', 'b']
    """
    return _parted(lambda text: text.split(sep or None, maxsplit), input)


def length(input: Any, unit: str = "BYTE", name: Any = None) -> Any:
    """How many bytes, or characters ('UTF8_CHAR')."""
    size = (lambda t: len(t)) if unit == "UTF8_CHAR" else (lambda t: len(t.encode()))
    return _each(size, input, np.int32)


def substr(input: Any, pos: int, len: int, unit: str = "BYTE", name: Any = None) -> Any:
    """So many characters from a place on."""
    return _each(lambda text: text[pos:][:len], input)


def join(inputs: Sequence[Any], separator: str = "", name: Any = None) -> Any:
    """Texts put together, entry by entry.

    >>> join([np.array(["a", "b"]), "!"]).tolist()
    ['a!', 'b!']
    """
    columns = np.broadcast_arrays(*[np.asarray(x, object) for x in inputs])
    found = np.empty(columns[0].shape, object)
    for at in np.ndindex(found.shape):
        found[at] = separator.join(_text(c[at]) for c in columns)
    return texts(found[()] if found.ndim == 0 else found)


def reduce_join(inputs: Any, axis: int | None = None, separator: str = "", **options: Any) -> Any:
    """The texts along an axis put together, or all."""
    x = np.asarray(inputs, object)
    if axis is None:
        return texts(separator.join(map(_text, x.ravel())))
    rows = np.moveaxis(x, axis, -1)
    found = np.empty(rows.shape[:-1], object)
    for at in np.ndindex(found.shape):
        found[at] = separator.join(map(_text, rows[at]))
    return texts(found)


def unicode_split(input: Any, input_encoding: str = "UTF-8", **options: Any) -> Any:
    """The characters of a text, as an array; of several an array of two axes, or of arrays."""
    return _parted(list, input)


def unicode_decode(input: Any, input_encoding: str = "UTF-8", **options: Any) -> Any:
    """The numbers of a text's characters; of several an array of two axes, or of arrays.

    >>> unicode_decode("aé").tolist()
    [97, 233]
    """
    found = _parted(lambda text: [ord(c) for c in text], input)
    return found if found.dtype == object and found.ndim and _uneven(found) else _numbers(found)


def _uneven(x: Any) -> bool:
    return bool(x.size) and isinstance(x.flat[0], np.ndarray)


def _numbers(x: Any) -> Any:
    return ops.convert_to_tensor(np.asarray(x).astype("int32"))


def unicode_encode(input: Any, output_encoding: str = "UTF-8", **options: Any) -> Any:
    """The texts whose characters have these numbers, which the last axis has.

    >>> unicode_encode([[97, 233], [98, 99]]).tolist()
    ['aé', 'bc']
    """
    if isinstance(input, np.ndarray) and input.dtype == object:  # rows of several lengths
        return texts(np.array(["".join(map(chr, np.asarray(row))) for row in input], object))
    x = np.asarray(input)
    found = np.empty(x.shape[:-1], object)
    for at in np.ndindex(found.shape):
        found[at] = "".join(map(chr, x[at]))
    return texts(found)


def to_number(input: Any, out_type: Any = "float32", name: Any = None) -> Any:
    """The numbers that texts write."""
    return _each(float, input, np.dtype(out_type))


def as_string(input: Any, **options: Any) -> Any:
    """Numbers written as texts."""
    return _each(str, np.asarray(input))
