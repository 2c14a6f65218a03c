"""Zero padding and cropping: a border around every sample, and its inverse."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.spatial import Spatial, sizes
from autograd_nn.nn.registry import named


class _Border(Spatial):
    """The base: how much is added, or taken off, before and after each axis."""

    sign: int  # 1 where the border is added, -1 where it is taken off

    def _settle(self, value: Any, name: str) -> Any:
        """The border as it is kept: a pair for each axis, one pair alone where there is one."""
        where = type(self).__name__
        if self.rank == 1:
            return sizes(value, 2, name, where, least=0)
        each = (value,) * self.rank if isinstance(value, int | np.integer) else value
        if not isinstance(each, tuple | list) or len(each) != self.rank:
            raise ValueError(
                f"{where} received {name}={value!r}; expected a whole number from 0, or "
                f"{self.rank} of them, each of which may be a pair (before, after)."
            )
        return tuple(sizes(v, 2, name, where, least=0) for v in each)

    def border(self) -> list[tuple[int, tuple[int, int]]]:
        """Each axis with what stands before and after it."""
        kept: Any = self.padding if self.sign == 1 else self.cropping  # type: ignore[attr-defined]
        return list(zip(self.axes, (kept,) if self.rank == 1 else kept, strict=True))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        found = list(input_shape)
        for axis, (before, after) in self.border():
            n = found[axis]
            if n is None:
                continue
            found[axis] = n + self.sign * (before + after)
            if found[axis] < 1:  # type: ignore[operator]
                raise ShapeError(
                    f"layer {self.name!r} received an input of shape {tuple(input_shape)}; its "
                    f"cropping {(before, after)} leaves nothing of the {n} entries of axis {axis}. "
                    "Crop less, or pass larger inputs."
                )
        return tuple(found)


class _ZeroPadding(_Border):
    """The base of ZeroPadding1D to 3D.

    padding   n for all sides, one number an axis, or a pair (before, after) an axis.
    """

    sign = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **options: Any) -> None:
        super().__init__(data_format, **options)
        self.padding = self._settle(padding, "padding")

    def call(self, inputs: Tensor) -> Tensor:
        widths = [(0, 0)] * inputs.ndim
        for axis, pair in self.border():
            widths[axis] = pair
        return ops.pad(inputs, widths)


@named()
class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after every sequence.

    padding   n for both ends, or (before, after).
    Shapes (n, t, c) → (n, before + t + after, c). Raises ValueError for negative numbers.

    >>> from autograd_nn import nn
    >>> nn.layers.ZeroPadding1D((1, 0))([[[1.0], [2.0]]]).numpy().ravel().tolist()
    [0.0, 1.0, 2.0]
    """

    rank = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **options: Any) -> None:
        super().__init__(padding, data_format, **options)


@named()
class ZeroPadding2D(_ZeroPadding):
    """Zeros around every image.

    padding   n, (rows, columns), or ((top, bottom), (left, right)).
    Shapes (n, h, w, c) → (n, top + h + bottom, left + w + right, c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.ZeroPadding2D((1, 2))(np.ones((1, 2, 2, 3))).shape
    (1, 4, 6, 3)
    """

    rank = 2

    def __init__(
        self, padding: Any = (1, 1), data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(padding, data_format, **options)


@named()
class ZeroPadding3D(_ZeroPadding):
    """Zeros around every volume.

    padding   n, one number an axis, or a pair (before, after) an axis.
    Shapes (n, d, h, w, c) → the same, each of the three sizes with its border.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.ZeroPadding3D(1)(np.ones((1, 2, 2, 2, 3))).shape
    (1, 4, 4, 4, 3)
    """

    rank = 3

    def __init__(
        self,
        padding: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(padding, data_format, **options)


class _Cropping(_Border):
    """The base of Cropping1D to 3D.

    cropping   n for all sides, one number an axis, or a pair (before, after) an axis.
    """

    sign = -1

    def __init__(self, cropping: Any, data_format: str | None = None, **options: Any) -> None:
        super().__init__(data_format, **options)
        self.cropping = self._settle(cropping, "cropping")

    def call(self, inputs: Tensor) -> Tensor:
        shape = self.compute_output_shape(inputs.shape)
        starts = dict(self.border())
        return inputs[
            tuple(
                slice(starts[i][0], starts[i][0] + n) if i in starts else slice(None)  # type: ignore[operator]
                for i, n in enumerate(shape)
            )
        ]


@named()
class Cropping1D(_Cropping):
    """Every sequence without its ends.

    cropping   n for both ends, or (before, after).
    Shapes (n, t, c) → (n, t - before - after, c). Raises ShapeError where nothing is left.

    >>> from autograd_nn import nn
    >>> nn.layers.Cropping1D((1, 0))([[[1.0], [2.0]]]).numpy().ravel().tolist()
    [2.0]
    """

    rank = 1
    _settled = ("data_format",)

    def __init__(self, cropping: Any = (1, 1), **options: Any) -> None:
        super().__init__(cropping, "channels_last", **options)


@named()
class Cropping2D(_Cropping):
    """Every image without its border.

    cropping   n, (rows, columns), or ((top, bottom), (left, right)).
    Shapes (n, h, w, c) → (n, h - top - bottom, w - left - right, c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Cropping2D(1)(np.ones((1, 4, 5, 3))).shape
    (1, 2, 3, 3)
    """

    rank = 2

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(cropping, data_format, **options)


@named()
class Cropping3D(_Cropping):
    """Every volume without its border.

    cropping   n, one number an axis, or a pair (before, after) an axis.
    Shapes (n, d, h, w, c) → the same, each of the three sizes less its border.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Cropping3D(1)(np.ones((1, 4, 4, 4, 2))).shape
    (1, 2, 2, 2, 2)
    """

    rank = 3

    def __init__(
        self,
        cropping: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(cropping, data_format, **options)
