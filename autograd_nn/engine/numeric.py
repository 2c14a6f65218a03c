"""What comes in from outside, as an array of numbers that native code may take for granted."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import as_dtype, kind_of

SCALARS = frozenset((float, int, bool, complex))  # Python's numbers: constants of weak dtype
LISTS = frozenset((list, tuple))
DEEPEST = 64  # as many axes as NumPy's arrays may have


def numeric(value: Any, dtype: Any = None) -> np.ndarray:
    """``value`` as a numeric ndarray; raises DTypeError for text, objects and ragged lists."""
    try:
        array = np.asarray(value)
        if dtype is not None:
            dtype = as_dtype(dtype)
            if array.dtype.kind == "c" and kind_of(dtype) in "fiu":
                raise TypeError(f"complex numbers do not fit {dtype}; take x.real or abs")
            array = np.asarray(value, dtype=dtype)
    except (ValueError, TypeError) as error:
        raise DTypeError(
            f"received {type(value).__name__} {short(value)}; expected numbers in a regular nest "
            f"of lists, or an array ({error})."
        ) from None
    if kind_of(array.dtype) not in "fiubc":
        hint = "Encode text and categories as integers first."
        if array.dtype.kind in "mM":
            hint = "Take numbers of times first, as in (x - x.min()) / np.timedelta64(1, 'D')."
        raise DTypeError(
            f"received {short(value)} of dtype {array.dtype}; expected numbers or booleans. {hint}"
        )
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise DTypeError(
            f"received a masked array of shape {array.shape} with masked entries; expected a "
            "number in every place. Fill them first, as in value.filled(0)."
        )
    return native_order(array)


def plain(value: list | tuple) -> bool:
    """Whether a nest of lists holds Python's numbers and nothing else, at the speed of C."""
    for depth in range(DEEPEST):
        found: Iterable[Any] = value
        for _ in range(depth):
            found = chain.from_iterable(found)
        kinds = set(map(type, found))
        if not kinds <= LISTS:
            return kinds <= SCALARS
    return False


def native_order(array: np.ndarray) -> np.ndarray:
    """``array``, or a copy in this machine's byte order at addresses its numbers may lie at.

    Native code and checksums take both for granted. Files of other machines and packed records
    bring arrays that have neither; they are made so here, at the door, and nowhere else.
    """
    if array.dtype.isnative and array.flags.aligned:
        return array
    return array.astype(array.dtype.newbyteorder("="))


def foreign(array: np.ndarray, value: Any) -> bool:
    """Whether the array made of a value may show somebody else's memory."""
    if isinstance(value, list | tuple | int | float | complex | np.generic):
        return False
    if isinstance(value, np.ndarray):
        return array is value or np.may_share_memory(array, value)
    return True


def short(value: Any) -> str:
    """A value in a few words, for an error."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def floated(x: Any, partner: Any = None) -> Any:
    """Whole numbers and truths as floats, of the dtype that NumPy gives their exponential.

    partner   an array beside it (or a number), whose precision they are to have.
    A kernel that subtracts or negates before it takes a function needs them: -x of unsigned
    numbers, and x - max(x) of short ones, are others in silence.

    >>> floated(np.array([1, 2], "uint8")).dtype
    dtype('float16')
    """
    if not isinstance(x, np.ndarray):
        x = np.asarray(x)
    if x.dtype.kind not in "biu":
        return x
    beside = [partner.dtype] if isinstance(partner, np.ndarray) else []
    return x.astype(float_dtype(x.dtype, *beside))


def float_dtype(*dtypes: np.dtype) -> np.dtype:
    """The dtype that NumPy gives the exponential of whole numbers, or what such dtypes meet in.

    >>> float_dtype(np.dtype("int8")), float_dtype(np.dtype("int32"))
    (dtype('float16'), dtype('float64'))
    """
    return np.result_type(np.float16, *dtypes)
