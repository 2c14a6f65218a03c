"""``tf.float32`` and its kin: dtypes by their names, which know their bounds."""

from __future__ import annotations

from builtins import bool as truth
from typing import Any

import numpy as np

from autograd_nn.engine.halves import as_dtype as known
from autograd_nn.engine.halves import finfo


class DType(str):
    """A dtype's name.

    >>> DType("int8").max, DType("float32").as_numpy_dtype, DType("float32") == np.dtype("float32")
    (127, <class 'numpy.float32'>, True)
    """

    @property
    def name(self) -> str:
        return "string" if self == "str" else str(self)

    @property
    def as_numpy_dtype(self) -> Any:
        """The type of NumPy's."""
        return object if self == "str" else known(self).type

    @property
    def _bounds(self) -> Any:
        kind = known(self)
        return np.iinfo(kind) if kind.kind in "iu" else finfo(kind)

    @property
    def max(self) -> Any:
        """The largest number."""
        return 1 if self == "bool" else self._bounds.max

    @property
    def min(self) -> Any:
        """The smallest number."""
        return 0 if self == "bool" else self._bounds.min

    @property
    def size(self) -> int:
        """How many bytes a number takes."""
        return 1 if self == "str" else known(self).itemsize

    @property
    def is_floating(self) -> truth:
        return "float" in self

    @property
    def is_integer(self) -> truth:
        return self.removeprefix("u").startswith("int")

    @property
    def base_dtype(self) -> DType:
        return self

    def __getattr__(self, name: str) -> Any:
        """What else NumPy's dtype of the name knows: its kind, its size."""
        if name.startswith("__") or self == "str":
            raise AttributeError(name)
        return getattr(known(self), name)


def as_dtype(type_value: Any) -> DType:
    """A dtype of what names one.

    >>> as_dtype(np.float64), as_dtype("string")
    ('float64', 'str')
    """
    if isinstance(type_value, str) and type_value in ("str", "string"):
        return DType("str")
    return DType(np.dtype(type_value).name if isinstance(type_value, type) else known(type_value))


float16, float32, float64 = map(DType, ("float16", "float32", "float64"))
bfloat16 = DType("bfloat16")
half, double = float16, float64
int8, int16, int32, int64 = map(DType, ("int8", "int16", "int32", "int64"))
uint8, uint16, uint32, uint64 = map(DType, ("uint8", "uint16", "uint32", "uint64"))
complex64, complex128 = DType("complex64"), DType("complex128")
bool, string = DType("bool"), DType("str")  # noqa: A001

__all__ = [
    "DType", "as_dtype", "bfloat16", "bool", "complex128", "complex64", "double", "float16",
    "float32", "float64", "half", "int16", "int32", "int64", "int8", "string", "uint16", "uint32",
    "uint64", "uint8",
]  # fmt: skip
