"""Upsampling: every sample with more entries along its axes."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.ops.resizing import METHODS
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.spatial import Spatial, sizes
from autograd_nn.nn.registry import named


class _UpSampling(Spatial):
    """The base of UpSampling1D to 3D: each entry as often as its axis's factor says.

    size   one factor for all axes, or one for each.
    """

    interpolation = "nearest"

    def __init__(self, size: Any, data_format: str | None = None, **options: Any) -> None:
        super().__init__(data_format, **options)
        self.size: Any = sizes(size, self.rank, "size", type(self).__name__)

    def factors(self) -> list[tuple[int, int]]:
        """Each axis with its factor."""
        each = (self.size,) if self.rank == 1 else self.size
        return list(zip(self.axes, each, strict=True))

    def call(self, inputs: Tensor) -> Tensor:
        for axis, factor in self.factors():
            if self.interpolation == "nearest":
                inputs = ops.repeat(inputs, factor, axis=axis)
            else:
                n = inputs.shape[axis] * factor
                inputs = ops.resize(inputs, n, axis=axis, method=self.interpolation)
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        found = list(input_shape)
        for axis, factor in self.factors():
            n = found[axis]
            found[axis] = None if n is None else n * factor
        return tuple(found)


@named()
class UpSampling1D(_UpSampling):
    """Every step of a sequence ``size`` times.

    Shapes (n, t, c) → (n, size·t, c). Raises TypeError for a size that is not a whole number.

    >>> from autograd_nn import nn
    >>> nn.layers.UpSampling1D(2)([[[1.0], [2.0]]]).numpy().ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """

    rank = 1
    _settled = ("data_format",)

    def __init__(self, size: int = 2, **options: Any) -> None:
        size = whole(size, "size", 1)
        super().__init__(size, "channels_last", **options)
        self.size = size


@named()
class UpSampling2D(_UpSampling):
    """Images of more pixels.

    interpolation   'nearest' repeats pixels; 'bilinear', 'bicubic', 'lanczos3' and 'lanczos5'
                    weigh those around.
    Shapes (n, h, w, c) → (n, size₀·h, size₁·w, c). Raises ValueError for unknown interpolations.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.UpSampling2D((2, 3))(np.ones((1, 2, 2, 3))).shape
    (1, 4, 6, 3)
    """

    rank = 2

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **options: Any,
    ) -> None:
        super().__init__(size, data_format, **options)
        known = ("nearest", *METHODS)
        if not isinstance(interpolation, str) or interpolation.lower() not in known:
            raise ValueError(
                f"UpSampling2D received interpolation={interpolation!r}; expected one of "
                f"{', '.join(map(repr, known))}."
            )
        self.interpolation = interpolation.lower()
        self._casts_integers = self.interpolation != "nearest"


@named()
class UpSampling3D(_UpSampling):
    """Volumes of more voxels, each repeated.

    Shapes (n, d, h, w, c) → (n, size₀·d, size₁·h, size₂·w, c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.UpSampling3D(2)(np.ones((1, 2, 2, 2, 1))).shape
    (1, 4, 4, 4, 1)
    """

    rank = 3

    def __init__(
        self, size: Any = (2, 2, 2), data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(size, data_format, **options)
