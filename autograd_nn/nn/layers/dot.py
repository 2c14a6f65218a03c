"""Dot: products of two inputs, sample by sample, summed over an axis of each."""

from __future__ import annotations

from string import ascii_letters
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.merging import Merge
from autograd_nn.nn.registry import named


@named()
class Dot(Merge):
    """The products of two inputs' vectors, y = Σₖ a…ₖ… b…ₖ…, for each sample.

    axes        the axis of both inputs, or one for each, that is summed over.
    normalize   whether vectors are made to be of length one before: y is their cosine.
    Shapes [(n, …, k), (n, …, k)] → the sizes of the first but k, then those of the second; (n, 1)
    where none is left. Raises ShapeError where the sizes differ, or the batch's axis is meant.

    >>> from autograd_nn import Tensor, nn
    >>> nn.layers.Dot(1)([Tensor([[1.0, 2.0]]), Tensor([[3.0, 4.0]])])
    Tensor([[11.]], dtype=float32)
    """

    count = 2

    def __init__(self, axes: Any, normalize: bool = False, **options: Any) -> None:
        super().__init__(**options)
        pair = [axes, axes] if isinstance(axes, int) else axes
        if not isinstance(pair, list | tuple):
            raise TypeError(
                f"Dot received axes={axes!r}; expected a whole number or a pair of them."
            )
        if len(pair) != 2 or not all(isinstance(i, int) for i in pair):
            raise ValueError(
                f"Dot received axes={axes!r}; expected a whole number or a pair of them."
            )
        self.axes = axes if isinstance(axes, int) else tuple(axes)
        self.normalize = self._casts_integers = bool(normalize)

    def places(self, listed: list[Shape]) -> tuple[int, int]:
        """The two axes, counted from the front."""
        pair = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        ranks = [len(s) for s in listed]
        if any(not -n <= i < n or i % n == 0 for i, n in zip(pair, ranks, strict=True)):
            raise ShapeError(
                f"layer {self.name!r} received inputs of shapes {listed}; expected axes "
                f"{self.axes} of both, none of them the batch's."
            )
        return pair[0] % ranks[0], pair[1] % ranks[1]

    def compute_output_shape(self, input_shape: Any) -> Shape:
        a, b = listed = self.listed(input_shape)
        i, j = self.places(listed)
        if None not in (a[i], b[j]) and a[i] != b[j]:
            raise ShapeError(
                f"layer {self.name!r} received inputs of shapes {listed}; expected the same sizes "
                f"along axes {i} and {j}, which are summed over."
            )
        left = (*a[:i], *a[i + 1 :], *b[1:j], *b[j + 1 :])
        return left if len(left) > 1 else (*left, 1)

    def call(self, inputs: Any) -> Tensor:
        x, y = inputs
        i, j = self.places([x.shape, y.shape])
        if self.normalize:
            x, y = ops.normalize(x, i), ops.normalize(y, j)
        a = ascii_letters[: x.ndim]
        b = list(ascii_letters[26 : 26 + y.ndim])
        b[0], b[j] = a[0], a[i]
        left = a[:i] + a[i + 1 :] + "".join(b[1:j] + b[j + 1 :])
        found = ops.einsum(f"{a},{''.join(b)}->{left}", x, y)
        return found if found.ndim > 1 else ops.expand_dims(found, 1)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """None: the axes that were masked are gone."""


def dot(inputs: Any, axes: Any = -1, **options: Any) -> Tensor:
    """The products of two inputs' vectors, as `Dot` gives them.

    >>> from autograd_nn import Tensor, nn
    >>> nn.layers.dot([Tensor([[1.0, 2.0]]), Tensor([[3.0, 4.0]])])
    Tensor([[11.]], dtype=float32)
    """
    return Dot(axes, **options)(inputs)
