"""NumPy's .npz and .npy: numbers, each array as large as it is said to be; nothing is evaluated.

Source: NumPy's description of the format, `numpy.lib.format`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd_nn.engine.halves import from_bits
from autograd_nn.nn.zips import Members, Spoilt

HEADER = 1 << 16  # bytes that say what an array is, at most
SPARE = 1 << 20  # bytes besides arrays' own
PACKED = 32  # how many times larger objects become at most when they are unpacked
_ENTRY = re.compile(
    r"""\s*(?P<q>['"])(descr|fortran_order|shape)(?P=q)\s*:\s*"""
    r"""(['"][^'"]{1,8}['"]|True|False|\([\d\sL,]*\))\s*(?:,\s*)?"""
)
_NUMBERS = re.compile(r"[<>|=]?(?:[?]|b1|[iu][1248]|f[248])")
Objects = Callable[[memoryview, str, tuple[int, ...]], np.ndarray]


def arrays(
    file: Any, most: int, names: Iterable[str] | None = None, objects: Objects | None = None
) -> dict[str, np.ndarray]:
    """The arrays of an .npz file, in the order of these names, or all.

    most      bytes that they may take together.
    objects   reads what an array of objects is kept as, given its bytes, name and shape; without
              it, there may be none.
    Raises Spoilt for another file, for one whose sizes are not so, KeyError for a name that is not
    there.

    >>> import io
    >>> packed = io.BytesIO()
    >>> np.savez(packed, w=np.arange(3))
    >>> arrays(packed, 100)["w"].tolist()
    [0, 1, 2]
    """
    members = Members(file, most + SPARE)
    found: dict[str, np.ndarray] = {}
    wanted = [name.removesuffix(".npy") for name in members] if names is None else names
    for name in wanted:
        member = f"{name}.npy" if f"{name}.npy" in members else name
        if member not in members:
            raise KeyError(name)
        raw = members[member]
        small = len(raw) <= PACKED * members.packed(member) + SPARE
        found[name] = array(raw, name, most, objects if objects and small else _numbers)
        most -= found[name].nbytes
    return found


def _numbers(raw: memoryview, name: str, shape: tuple[int, ...]) -> np.ndarray:
    raise Spoilt(f"{name!r} holds objects; expected numbers")


def array(raw: bytearray, name: str, most: int, objects: Objects = _numbers) -> np.ndarray:
    """The array of an .npy file's bytes, which it goes on using; raises Spoilt.

    Numbers of bfloat16 are read as float32.
    """
    version, start = bytes(raw[6:8]), 10 if raw[6:7] == b"\1" else 12
    if raw[:6] != b"\x93NUMPY" or version not in (b"\1\0", b"\2\0", b"\3\0"):
        raise Spoilt(f"{name!r} is no array, or one of an unknown version")
    size = int.from_bytes(raw[8:start], "little")
    if not size <= min(HEADER, len(raw) - start):
        raise Spoilt(f"{name!r} is said to have a header of {size} bytes")
    code, fortran, shape = _said(raw[start : start + size].decode("latin1"), name)
    data = memoryview(raw)[start + size :]
    if code in ("|O", "O"):
        return objects(data, name, shape)
    brief = code in ("<V2", "|V2")  # as NumPy writes bfloat16
    if not brief and not _NUMBERS.fullmatch(code):
        raise Spoilt(f"{name!r} holds {code!r}; expected numbers")
    dtype = np.dtype("<u2" if brief else code)
    count = math.prod(shape) * dtype.itemsize
    if len(data) != count or count > most:
        raise Spoilt(
            f"{name!r} has {len(data)} bytes of data for the shape {shape} of {dtype}; expected "
            f"{count}, and at most {most}"
        )
    found = np.frombuffer(data, dtype)
    found = from_bits(found) if brief else found
    if dtype.kind == "b" and (found.view(np.uint8) > 1).any():
        raise Spoilt(f"{name!r} holds truths that are neither 0 nor 1")
    try:
        return found.reshape(shape, order="F" if fortran else "C")
    except ValueError:  # dimensions of an array without entries may still be too large
        raise Spoilt(f"{name!r} has the shape {shape}") from None


def _said(header: str, name: str) -> tuple[str, bool, tuple[int, ...]]:
    """What a header says: an array's type, whether in Fortran's order, and its shape."""
    inside, said, at = header.strip(), dict[str, str](), 1
    while inside.startswith("{") and (entry := _ENTRY.match(inside, at)):
        said[entry[2]], at = entry[3], entry.end()
    code, fortran, shape = (said.get(k, "") for k in ("descr", "fortran_order", "shape"))
    plain = code[:1] in ("'", '"') and fortran in ("True", "False") and shape[:1] == "("
    if inside[at:] != "}" or not plain or len(said) != 3:
        raise Spoilt(f"{name!r} is described as {header[:60]!r}")
    sizes = [s.strip().removesuffix("L") for s in shape[1:-1].split(",")]
    sizes = sizes[:-1] if sizes[-1] == "" else sizes
    if not all(s.isascii() and s.isdigit() and len(s) < 20 for s in sizes) or len(sizes) > 32:
        raise Spoilt(f"{name!r} has the shape {shape[:60]}")
    return code[1:-1], fortran == "True", tuple(map(int, sizes))
