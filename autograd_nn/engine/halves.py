"""Floating numbers of 16 bits: bfloat16, which NumPy has from ml_dtypes, and how ops compute in it.

NumPy takes bfloat16 for one of a user's dtypes: its kind is "V", a Python float makes float32 of
it, products of matrices leave it, and most functions of SciPy's refuse it. So ops never see it:
their operands go to float32, which holds every bfloat16, and what comes out is rounded once.
Processes that never meet it pay for that with one look at an empty list.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np

NAME = "bfloat16"
FLOAT16, FLOAT32 = np.dtype(np.float16), np.dtype(np.float32)
# The dtype, once this process has met it: whoever runs an op looks here first.
met: list[np.dtype] = []


def bfloat16() -> np.dtype:
    """NumPy's dtype of bfloat16: eight bits of a float32's fraction, and all of its range.

    Raises ImportError without ml_dtypes.
    """
    if not met:
        try:
            from ml_dtypes import bfloat16 as kind
        except ImportError:
            raise ImportError(
                "received dtype 'bfloat16', which NumPy has from the package ml_dtypes, and that "
                "is not installed. Install the extra 'bfloat16': pip install "
                "'autograd-nn[bfloat16]', or use 'float16' or 'float32'."
            ) from None
        met.append(np.dtype(kind))
    return met[0]


def as_dtype(dtype: Any) -> np.dtype:
    """What names a dtype, as NumPy's; raises TypeError for what names none.

    >>> as_dtype("float32"), as_dtype(float)
    (dtype('float32'), dtype('float64'))
    """
    if dtype.__class__ is str and dtype == NAME:
        return bfloat16()
    found = np.dtype(dtype)
    kind_of(found)
    return found


def named(dtype: Any) -> np.dtype | None:
    """`as_dtype` of what is named; None stays.

    >>> named(None)
    """
    return None if dtype is None else as_dtype(dtype)


def kind_of(dtype: np.dtype) -> str:
    """The kind of a dtype by NumPy's letters; that of bfloat16 is "f".

    >>> kind_of(np.dtype("float32")), kind_of(np.dtype("int8"))
    ('f', 'i')
    """
    kind = dtype.kind
    return "f" if kind == "V" and is_bfloat16(dtype) else kind


def is_bfloat16(dtype: Any) -> bool:
    """Whether a dtype of NumPy's is bfloat16.

    >>> is_bfloat16(np.dtype("float16"))
    False
    """
    return dtype.kind == "V" and dtype.names is None and dtype.name == NAME and bool(bfloat16())


def is_half(dtype: Any) -> bool:
    """Whether a dtype is a floating one of 16 bits: sums and squares are made in float32.

    >>> is_half(np.dtype("float16")), is_half(np.dtype("float32"))
    (True, False)
    """
    return dtype == FLOAT16 or is_bfloat16(dtype)


def finfo(dtype: Any) -> Any:
    """What `np.finfo` tells, of bfloat16 as well.

    >>> float(finfo(np.dtype("float32")).eps) == 2.0**-23
    True
    """
    dtype = as_dtype(dtype)
    if not is_bfloat16(dtype):
        return np.finfo(dtype)
    from ml_dtypes import finfo as found

    return found(dtype)


def result_type(*operands: Any) -> np.dtype:
    """`np.result_type`, where bfloat16 stands beside others as float32 would.

    Alone, and beside whole numbers that float32 takes without becoming wider, it stays.

    >>> result_type(np.dtype("float32"), np.dtype("int8"))
    dtype('float32')
    """
    if not met:
        return np.result_type(*operands)
    kinds = [getattr(x, "dtype", x) for x in operands]
    narrow = [isinstance(k, np.dtype) and is_bfloat16(k) for k in kinds]
    if not any(narrow):
        return np.result_type(*operands)
    found = np.result_type(*[FLOAT32 if n else x for n, x in zip(narrow, operands, strict=True)])
    wide = any([
        isinstance(k, np.dtype) and kind_of(k) in "fc" and not n
        for n, k in zip(narrow, kinds, strict=True)
    ])  # fmt: skip
    return met[0] if found == FLOAT32 and not wide else found


def can_cast(source: np.dtype, target: np.dtype) -> bool:
    """Whether contents of a dtype may be assigned to a tensor of another: kinds may not be lost.

    >>> can_cast(np.dtype("float64"), np.dtype("float32")), can_cast(FLOAT32, np.dtype("int8"))
    (True, False)
    """
    source, target = [FLOAT32 if is_bfloat16(d) else d for d in (source, target)]
    return np.can_cast(source, target, "same_kind")


def from_bits(bits: np.ndarray) -> np.ndarray:
    """The numbers that bits of bfloat16 stand for, as float32, whose upper half they are.

    >>> from_bits(np.array([0x3F80, 0x4000], np.uint16))
    array([1., 2.], dtype=float32)
    """
    return (bits.astype(np.uint32) << 16).view(np.float32)


def widened(op: Any, arrays: tuple, params: dict[str, Any]) -> Any:
    """An op's results on arrays, those of bfloat16 computed in float32 and rounded.

    A dtype that is asked for by name is what comes out. Else results of float32 are rounded unless
    an operand brought more than bfloat16 holds.
    """
    brief = met[0]
    narrow = wide = False
    xs: list[Any] = []
    for x in arrays:
        dtype = getattr(x, "dtype", None)
        if dtype == brief:
            narrow, x = True, x.astype(FLOAT32)
        elif dtype is not None and dtype.kind in "fc":
            wide = True
        xs.append(x)
    asked = params.get("dtype")
    if asked is not None and as_dtype(asked) == brief:
        params = {**params, "dtype": FLOAT32}
        rounds = True
    else:
        rounds = narrow and not wide and asked is None
        if not narrow:
            return op.forward(*arrays, **params)
    if not op.widens:
        return op.forward(*arrays, **params)
    found = op.forward(*xs, **params)
    if not rounds:
        return found
    if op.results > 1:
        return tuple([_rounded(y, brief) for y in found])
    return _rounded(found, brief)


def gathering(forward: Any) -> Any:
    """An op's function that adds up within, which of float16 is done in float32 and rounded once.

    So do native code, and `widened` for bfloat16. NumPy rounds float16 at every addition: from 2048
    on another 1 would be lost, and a sum of 65520 that is only divided by would be infinite.
    """

    @wraps(forward)
    def wide(*arrays: Any, **params: Any) -> Any:
        kinds = [getattr(x, "dtype", None) for x in arrays]
        if FLOAT16 not in kinds:
            return forward(*arrays, **params)
        xs = [x.astype(FLOAT32) if k == FLOAT16 else x for x, k in zip(arrays, kinds, strict=True)]
        return _rounded(forward(*xs, **params), FLOAT16)

    return wide


def _rounded(y: Any, brief: np.dtype) -> Any:
    return np.asarray(y, brief) if getattr(y, "dtype", None) == FLOAT32 else y
