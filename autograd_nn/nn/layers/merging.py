"""Merging: several inputs to one, entry by entry or joined along an axis; `dot` is beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_nn.engine import ops, shapes
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.registry import named
from autograd_nn.nn.shapes import is_shape


class Merge(Layer):
    """The base: called on a list of tensors of one batch; masks of all are joined by "or".

    Raises ShapeError for anything but a list, for other numbers of inputs and shapes that differ.
    """

    supports_masking = _samplewise = True
    count: int | None = None  # how many inputs, where that is settled

    def listed(self, input_shape: Any) -> list[Shape]:
        """The inputs' shapes; raises ShapeError where they are not a list of the right length."""
        several = isinstance(input_shape, list | tuple) and not is_shape(input_shape)
        if not several or not all(is_shape(s) and s for s in input_shape):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {input_shape}; expected a list "
                "of tensors, each with an axis for the batch. Write [a, b] around them."
            )
        if self.count is not None and len(input_shape) != self.count:
            raise ShapeError(
                f"layer {self.name!r} received {len(input_shape)} inputs; expected exactly "
                f"{self.count} inputs."
            )
        batches = {s[0] for s in input_shape} - {None}
        if len(batches) > 1:
            raise ShapeError(
                f"layer {self.name!r} received batches of different sizes, of shapes "
                f"{list(input_shape)}; expected as many samples in each."
            )
        return list(input_shape)

    def build(self, input_shape: Any) -> None:
        self.compute_output_shape(input_shape)

    def _check_input(self, shape: Any) -> None:
        self.compute_output_shape(shape)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None or any(m is None for m in self.each_mask(inputs, mask)):
            return None
        first, *rest = mask
        for m in rest:
            first = ops.logical_or(first, m)
        return first

    def each_mask(self, inputs: Any, mask: Any) -> Sequence[Any]:
        """A mask, or None, for each input; raises ValueError where their number differs."""
        if mask is None:
            return [None] * len(inputs)
        for what, given in (("mask", mask), ("inputs", inputs)):
            if not isinstance(given, list | tuple):
                raise ValueError(
                    f"layer {self.name!r} received {what}={given!r}; `{what}` should be a list. "
                    "Expected one with an entry for each input; write [...] around it."
                )
        if len(mask) != len(inputs):
            raise ValueError(
                f"layer {self.name!r} received {len(mask)} masks for {len(inputs)} inputs; both "
                "lists should have the same length. Write None where an input has no mask."
            )
        return mask


class _Entrywise(Merge):
    """The base of those that combine two entries at a time; fewer axes are added after the batch.

    Shapes [(n, …), …] → (n, …), sizes of 1 repeated as needed.
    """

    combine: Callable[[Any, Any], Tensor]

    def compute_output_shape(self, input_shape: Any) -> Shape:
        found: list[Any] = []
        listed = self.listed(input_shape)
        rank = max(map(len, listed))
        columns = zip(*(_widened(s, rank) for s in listed), strict=True)
        for sizes in columns:
            known = set(sizes) - {1, None}
            if len(known) > 1:
                raise ShapeError(
                    f"layer {self.name!r} received inputs of shapes {listed}; expected sizes that "
                    "are equal, or 1."
                )
            found.append(None if None in sizes else max(known, default=1))
        found[0] = next((s[0] for s in listed if s[0] is not None), None)
        return tuple(found)

    def call(self, inputs: Any) -> Tensor:
        first, *rest = self.aligned(inputs)
        for x in rest:
            first = type(self).combine(first, x)
        return first

    def aligned(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """The inputs with as many axes each."""
        rank = max(x.ndim for x in inputs)
        return [
            x if x.ndim == rank else ops.reshape(x, shape=_widened(x.shape, rank)) for x in inputs
        ]


def _widened(shape: Any, rank: int) -> tuple:
    return (shape[0], *(1,) * (rank - len(shape)), *shape[1:])


@named()
class Add(_Entrywise):
    """The sum of several inputs, y = Σᵢ xᵢ.

    >>> from autograd_nn import Tensor, nn
    >>> nn.layers.Add()([Tensor([[1.0, 2.0]]), Tensor([[3.0, 4.0]])])
    Tensor([[4., 6.]], dtype=float32)
    """

    combine = staticmethod(ops.add)


@named()
class Subtract(_Entrywise):
    """The difference of two inputs, y = x₁ - x₂.

    >>> from autograd_nn import Tensor, nn
    >>> nn.layers.Subtract()([Tensor([[1.0, 2.0]]), Tensor([[3.0, 5.0]])])
    Tensor([[-2., -3.]], dtype=float32)
    """

    count = 2
    combine = staticmethod(ops.subtract)


@named()
class Multiply(_Entrywise):
    """The product of several inputs, y = Πᵢ xᵢ; what a mask leaves out counts as 1.

    >>> from autograd_nn import Tensor, nn
    >>> nn.layers.Multiply()([Tensor([[1.0, 2.0]]), Tensor([[3.0, 4.0]])])
    Tensor([[3., 8.]], dtype=float32)
    """

    combine = staticmethod(ops.multiply)

    def call(self, inputs: Any, mask: Any = None) -> Tensor:
        masks = [_spread(m, x) for m, x in zip(self.each_mask(inputs, mask), inputs, strict=True)]
        y = super().call(
            [x if m is None else ops.where(m, x, 1) for m, x in zip(masks, inputs, strict=True)]
        )
        kept = self.compute_mask(inputs, masks)
        return y if kept is None else ops.where(kept, y, 0)


@named()
class Average(_Entrywise):
    """The mean of several inputs, y = Σᵢ xᵢ / k.

    >>> from autograd_nn import Tensor, nn
    >>> nn.layers.Average()([Tensor([[1.0, 2.0]]), Tensor([[3.0, 4.0]])])
    Tensor([[2., 3.]], dtype=float32)
    """

    _casts_integers = True
    combine = staticmethod(ops.add)

    def call(self, inputs: Any) -> Tensor:
        return ops.divide(super().call(inputs), len(inputs))


class _Extreme(_Entrywise):
    """The base of the largest and the smallest: what a mask leaves out is no candidate."""

    def call(self, inputs: Any, mask: Any = None) -> Tensor:
        xs = self.aligned(inputs)
        if mask is None:
            return super().call(xs)
        masks = [_spread(m, x) for m, x in zip(self.each_mask(inputs, mask), xs, strict=True)]
        y, known = xs[0], masks[0]
        for x, m in zip(xs[1:], masks[1:], strict=True):
            if m is not None:
                x = ops.where(m, x, y)
            if known is not None:
                y = ops.where(known, y, x)
            known = None if known is None or m is None else ops.logical_or(known, m)
            y = type(self).combine(y, x)
        return y


@named()
class Maximum(_Extreme):
    """The largest of several inputs, y = maxᵢ xᵢ.

    >>> from autograd_nn import Tensor, nn
    >>> nn.layers.Maximum()([Tensor([[1.0, 5.0]]), Tensor([[3.0, 4.0]])])
    Tensor([[3., 5.]], dtype=float32)
    """

    combine = staticmethod(ops.maximum)


@named()
class Minimum(_Extreme):
    """The smallest of several inputs, y = minᵢ xᵢ.

    >>> from autograd_nn import Tensor, nn
    >>> nn.layers.Minimum()([Tensor([[1.0, 5.0]]), Tensor([[3.0, 4.0]])])
    Tensor([[1., 4.]], dtype=float32)
    """

    combine = staticmethod(ops.minimum)


@named()
class Concatenate(Merge):
    """Several inputs one after another along ``axis``.

    Shapes [(n, …, aᵢ), …] → (n, …, Σ aᵢ). Raises ShapeError where the other sizes differ.

    >>> from autograd_nn import Tensor, nn
    >>> nn.layers.Concatenate()([Tensor([[1.0, 2.0]]), Tensor([[3.0]])])
    Tensor([[1., 2., 3.]], dtype=float32)
    """

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = shapes.one_axis(axis)

    def listed(self, input_shape: Any) -> list[Shape]:
        return super().listed(input_shape) if self.axis else list(input_shape)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        listed = self.listed(input_shape)
        rank = len(listed[0])
        columns = list(zip(*listed, strict=False))
        at = self.axis % rank if -rank <= self.axis < rank else None
        if (
            at is None
            or {len(s) for s in listed} != {rank}
            or any(len(set(sizes) - {None}) > 1 for i, sizes in enumerate(columns) if i != at)
        ):
            raise ShapeError(
                f"layer {self.name!r} received inputs of shapes {listed}; expected the same sizes "
                f"but for axis {self.axis}."
            )
        return tuple(
            (None if None in sizes else sum(sizes))  # type: ignore[arg-type]
            if i == at
            else next((n for n in sizes if n is not None), None)
            for i, sizes in enumerate(columns)
        )

    def call(self, inputs: Any) -> Tensor:
        return ops.concatenate(inputs, axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        masks = self.each_mask(inputs, mask)
        if all(m is None for m in masks):
            return None
        every = [
            ops.astype(ops.ones_like(x), dtype=bool) if m is None else _spread(m, x)
            for m, x in zip(masks, inputs, strict=True)
        ]
        return ops.any(ops.concatenate(every, axis=self.axis), axis=-1)


def _spread(mask: Any, x: Tensor) -> Any:
    """A mask in the shape of what it masks."""
    if mask is None:
        return None
    mask = ops.reshape(mask, shape=(*mask.shape, *(1,) * (x.ndim - mask.ndim)))
    return ops.broadcast_to(mask, shape=x.shape)


def add(inputs: Any, **options: Any) -> Tensor:
    """The sum of several inputs, as `Add` gives it.

    >>> from autograd_nn import Tensor, nn
    >>> nn.layers.add([Tensor([[1.0]]), Tensor([[3.0]])])
    Tensor([[4.]], dtype=float32)
    """
    return Add(**options)(inputs)


def subtract(inputs: Any, **options: Any) -> Tensor:
    """The difference of two inputs, as `Subtract` gives it."""
    return Subtract(**options)(inputs)


def multiply(inputs: Any, **options: Any) -> Tensor:
    """The product of several inputs, as `Multiply` gives it."""
    return Multiply(**options)(inputs)


def average(inputs: Any, **options: Any) -> Tensor:
    """The mean of several inputs, as `Average` gives it."""
    return Average(**options)(inputs)


def maximum(inputs: Any, **options: Any) -> Tensor:
    """The largest of several inputs, as `Maximum` gives it."""
    return Maximum(**options)(inputs)


def minimum(inputs: Any, **options: Any) -> Tensor:
    """The smallest of several inputs, as `Minimum` gives it."""
    return Minimum(**options)(inputs)


def concatenate(inputs: Any, axis: int = -1, **options: Any) -> Tensor:
    """Several inputs one after another, as `Concatenate` gives them."""
    return Concatenate(axis, **options)(inputs)
