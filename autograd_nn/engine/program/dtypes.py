"""The dtypes that loops and kernels know, and their names in a kernel's text: ``F4`` is float32."""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.graph.values import Immediate, Ref, Value
from autograd_nn.engine.halves import is_half

CODES = {
    "f4": "F4", "f8": "F8", "i8": "I8", "i4": "I4", "i2": "I2", "i1": "I1",
    "u8": "U8", "u4": "U4", "u2": "U2", "u1": "U1", "b1": "B1",
}  # fmt: skip
# In registers these are float32, whose entries have been rounded: see `passes/widen.py`.
HALVES = {"float16": "H2", "bfloat16": "B2"}


def known(*refs: Ref) -> bool:
    """Whether loops know the dtypes of all values; a Python number takes its partner's."""
    return all(isinstance(x, Immediate) or x.dtype.str[1:] in CODES for x in refs)


def code_of(dtype: np.dtype) -> str:
    """The name of a dtype in a kernel's text; KeyError where it has none.

    >>> code_of(np.dtype("float32"))
    'F4'
    """
    return CODES[dtype.str[1:]]


def loop_code(dtype: np.dtype) -> str:
    """The name of a dtype in a loop's text: loops read and write floats of 16 bits as well.

    >>> loop_code(np.dtype("float16"))
    'H2'
    """
    if is_half(dtype):
        return HALVES[dtype.name]
    return code_of(dtype)


def register_of(code: str) -> str:
    """The dtype that an entry of a loop's array has once it is read.

    >>> register_of("H2"), register_of("I4")
    ('F4', 'I4')
    """
    return "F4" if code in HALVES.values() else code


def bits_of(dtype: np.dtype) -> str:
    """The name under which entries are moved: for a dtype without one, whole numbers as large.

    >>> bits_of(np.dtype("float16"))
    'U2'
    """
    return CODES.get(dtype.str[1:]) or f"U{dtype.itemsize}"


def movable(*values: Value) -> bool:
    """Whether entries of such dtypes can be moved as whole numbers of their size."""
    return all(v.dtype.itemsize in (1, 2, 4, 8) for v in values)


def itemsize(code: str) -> int:
    """The bytes of an entry, from its dtype's code.

    >>> itemsize("F4")
    4
    """
    return int(code[1:])


def floating(*refs: Ref) -> str | None:
    """The code of the one floating dtype that all values have; None where they have no such one."""
    codes = {None if isinstance(x, Immediate) else CODES.get(x.dtype.str[1:]) for x in refs}
    code = codes.pop() if len(codes) == 1 else None
    return code if code in ("F4", "F8") else None


def integer(x: Ref) -> str | None:
    """The code of a value's integer dtype, if every one of it is an int64; None otherwise."""
    code = None if isinstance(x, Immediate) else CODES.get(x.dtype.str[1:])
    return code if code and code[0] in "IU" and code != "U8" else None
