"""What of ``six`` scripts use: the names by which one text ran on Python 2 and 3."""

from __future__ import annotations

import io
import pickle as cPickle  # noqa: N812
import queue
from collections.abc import Iterator
from functools import reduce, wraps
from itertools import zip_longest
from typing import Any

PY2, PY3 = False, True
string_types, integer_types, text_type, binary_type = (str,), (int,), str, bytes
class_types = (type,)
xrange, unichr, StringIO, BytesIO = range, chr, io.StringIO, io.BytesIO


def iterkeys(d: Any) -> Iterator[Any]:
    """A dict's keys."""
    return iter(d.keys())


def itervalues(d: Any) -> Iterator[Any]:
    """A dict's values."""
    return iter(d.values())


def iteritems(d: Any) -> Iterator[Any]:
    """A dict's pairs.

    >>> list(iteritems({"a": 1}))
    [('a', 1)]
    """
    return iter(d.items())


__all__ = [
    "PY2", "PY3", "BytesIO", "StringIO", "binary_type", "cPickle", "class_types", "integer_types",
    "iteritems", "iterkeys", "itervalues", "queue", "reduce", "string_types", "text_type", "unichr",
    "wraps", "xrange", "zip_longest",
]  # fmt: skip
