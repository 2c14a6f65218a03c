"""``K.shape``: a tensor's sizes, as a tuple that is computed with as the tensor that it was."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn import ops
from autograd_nn.nn.symbols import note


class Sizes(tuple):
    """A tensor's or symbol's sizes, None for those that its data will tell.

    `cast` makes a symbol of them; numbers times them, and others, are entry by entry, as of the
    tensor that they were.
    """

    of: Any
    at: slice = slice(None)

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if not isinstance(key, slice):
            return found
        part, places = Sizes(found), range(len(self.of.shape))[self.at][key]
        part.of = self.of
        stop = None if places.stop < 0 else places.stop
        part.at = slice(places.start, stop, places.step)
        return part

    def __mul__(self, other: Any) -> Any:
        return cast(self, "int32") * other

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Any:
        return cast(self, "int32") // other

    def __truediv__(self, other: Any) -> Any:
        return cast(self, "float64") / other

    def __sub__(self, other: Any) -> Any:
        return cast(self, "int32") - other


def shape(x: Any) -> tuple[Any, ...]:
    """The sizes of x; None where only its data will tell, until `cast` to numbers.

    >>> from autograd_nn import nn
    >>> from autograd_nn.compat.functions.phases import function
    >>> x = nn.Input((2,))
    >>> function([x], cast(shape(x)[:1] * 2, "float32"))([ops.ones((3, 2))]).tolist()
    [6.0]
    """
    sizes = Sizes(ops.shape(x))
    sizes.of = x if hasattr(x, "shape") else ops.convert_to_tensor(x)
    return sizes


def cast(x: Any, dtype: Any) -> Any:
    """x in another dtype."""
    if isinstance(x, Sizes) and None in x:
        at = x.at
        return note(lambda of: ops.cast(of.shape[at], dtype), (x.of,), {}, name="shape")
    return ops.cast(x, dtype)
