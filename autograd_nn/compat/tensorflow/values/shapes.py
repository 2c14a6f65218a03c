"""``TensorShape``: a shape as a tuple that answers as TensorFlow's did; what tensors gave one."""

from __future__ import annotations

import math
from typing import Any


class Dimension(int):
    """A size, which is also its ``value``."""

    @property
    def value(self) -> int:
        return int(self)


class TensorShape(tuple):
    """Sizes, None for any.

    >>> TensorShape([None, 3]).as_list()
    [None, 3]
    >>> (TensorShape([None, 3])[1:] + [1]).as_list()
    [3, 1]
    """

    def __new__(cls, dims: Any = None) -> Any:
        return None if dims is None else super().__new__(cls, dims)

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return TensorShape(found) if isinstance(key, slice) else found

    def __add__(self, other: Any) -> Any:
        return TensorShape((*self, *other))

    concatenate = __add__

    def __radd__(self, other: Any) -> Any:
        # not of a list, which += would turn into a shape
        return TensorShape((*other, *self)) if isinstance(other, tuple) else NotImplemented

    def as_list(self) -> list[Any]:
        """The sizes as a list."""
        return [n if n is None else int(n) for n in self]

    @property
    def ndims(self) -> int:
        return len(self)

    rank = ndims

    @property
    def dims(self) -> list[Any]:
        return list(self)

    def num_elements(self) -> int | None:
        """How many entries there are; None where a size is not known."""
        return None if None in self else math.prod(self)

    def is_fully_defined(self) -> bool:
        """Whether all sizes are known."""
        return None not in self

    def is_compatible_with(self, other: Any) -> bool:
        """Whether a tensor could be of both shapes."""
        pairs = zip(self, other, strict=False)
        return len(self) == len(other) and all(None in (n, m) or n == m for n, m in pairs)


def get_shape(self: Any) -> Any:
    """A tensor's or a symbol's shape."""
    return TensorShape(n if n is None else Dimension(n) for n in self.shape)


def set_shape(self: Any, shape: Any) -> None:
    """Raises ValueError where a tensor is of another shape; what is there has its own."""
    if shape is not None and not get_shape(self).is_compatible_with(tuple(shape)):
        raise ValueError(f"set_shape received {tuple(shape)} for a tensor of shape {self.shape}.")
