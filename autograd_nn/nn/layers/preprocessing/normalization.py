"""Normalization: numbers shifted and scaled by a mean and a variance, told or learned from data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.nn.backend import epsilon
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.preprocessing.encoding import batches
from autograd_nn.nn.registry import named
from autograd_nn.nn.variable import Variable


@named()
class Normalization(Layer):
    """Features of mean 0 and variance 1, y = (x - mean) / max(√variance, ε).

    axis             the axis, or axes, whose places have a mean each; None: one for all numbers.
    mean, variance   both told, broadcast over the kept axes; left out: `adapt` learns them, as
                     weights [mean, variance, count] that training leaves alone.
    invert           the way back, y = mean + x · max(√variance, ε).
    Shapes (…) → the same. Raises ValueError for one of mean and variance alone, and for an axis
    that is not there or of unknown size.

    >>> from autograd_nn import nn
    >>> layer = nn.layers.Normalization()
    >>> layer.adapt([[0.0, 7.0], [2.0, 9.0]])
    >>> layer([[2.0, 7.0]]).tolist()
    [[1.0, -1.0]]
    """

    supports_masking = _samplewise = _casts_integers = True
    _kept_as: ClassVar[dict[str, str]] = {"mean": "input_mean", "variance": "input_variance"}

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. Received: "
                f"mean={mean} and variance={variance}"
            )
        if np.shape(mean) != np.shape(variance):
            raise ValueError(
                "When setting values directly, `mean` and `variance` must have the same shape. "
                f"Received: mean shape {np.shape(mean)} and variance shape {np.shape(variance)}"
            )
        if np.ndim(mean) > len(self.axis):
            raise ValueError(
                "The rank of `mean` must be less than or equal to the number of axes "
                f"({len(self.axis)}). Received: mean shape {np.shape(mean)} for axis {self.axis}"
            )
        self.input_mean, self.input_variance = mean, variance
        self.invert = bool(invert)

    def build(self, input_shape: Shape) -> None:
        n = len(input_shape)
        if any(not -n <= a < n for a in self.axis):
            raise ValueError(
                f"All `axis` values must be in the range [-ndim, ndim). Received inputs with "
                f"ndim={n}, while axis={self.axis}"
            )
        self.kept = tuple(sorted(a % n for a in self.axis))
        self.reduced = tuple(a for a in range(n) if a not in self.kept)
        for a in self.kept:
            if input_shape[a] is None:
                raise ValueError(
                    "All `axis` values to be kept must have a known shape. Received "
                    f"axis={self.axis}, inputs.shape={input_shape}, with unknown axis at index {a}"
                )
        self.broad = tuple(input_shape[a] if a in self.kept else 1 for a in range(n))
        sizes = tuple(input_shape[a] for a in self.kept)
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(sizes, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(sizes, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", "int32", trainable=False, name="count")
        else:
            self._told(sizes)

    def _told(self, sizes: tuple[Any, ...]) -> None:
        """Checks that the mean that was told goes with the kept axes."""
        try:
            np.broadcast_to(np.asarray(self.input_mean), sizes)
        except ValueError:
            raise ShapeError(
                f"layer {self.name!r} received a mean of shape {np.shape(self.input_mean)}; "
                f"expected one that goes with {sizes}, the sizes of the kept axes."
            ) from None

    @property
    def mean(self) -> Any:
        """The mean, of a shape that goes with inputs; None before the layer is built."""
        return self._broad("adapt_mean", self.input_mean) if self.built else None

    @property
    def variance(self) -> Any:
        """The variance, of a shape that goes with inputs; None before the layer is built."""
        return self._broad("adapt_variance", self.input_variance) if self.built else None

    def _broad(self, learned: str, told: Any) -> Tensor:
        if told is None:
            return ops.reshape(getattr(self, learned), self.broad)
        sizes = tuple(self.broad[a] for a in self.kept)
        whole = np.broadcast_to(np.asarray(told, self.compute_dtype), sizes)
        return wrap(np.ascontiguousarray(whole).reshape(self.broad))

    def call(self, inputs: Tensor) -> Tensor:
        deviation = ops.maximum(ops.sqrt(self.variance), epsilon())
        if self.invert:
            return self.mean + inputs * deviation
        return (inputs - self.mean) / deviation

    def _check_input(self, shape: Any) -> None:
        """Raises ShapeError where the mean does not go with an input."""
        known = tuple(n or 1 for n in shape)
        try:
            fits = np.broadcast_shapes(tuple(n or 1 for n in self.broad), known) == known
        except ValueError:
            fits = False
        if not fits:
            super()._check_input(shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)

    # ---- learning -------------------------------------------------------------------------------

    def adapt(self, data: Any) -> None:
        """Learns mean and variance from an array, a PyDataset or an iterable of batches.

        Raises ValueError for no data, or data of another shape than the layer was built for.
        """
        if self.input_mean is not None:
            raise ValueError(
                f"layer {self.name!r} was told its mean and variance; expected a layer without "
                "them to adapt. Leave mean= and variance= out."
            )
        total = mean = square = np.float64(0)
        for batch in _arrays(data):
            if batch.ndim == 1 and self.input_shape == (None, 1):  # as a model reads it
                batch = batch[:, None]
            self._fits(batch)
            n = math.prod(batch.shape[a] for a in self.reduced)
            here, spread = batch.mean(self.reduced), batch.var(self.reduced)
            whole = total + n
            step = here - mean
            # Chan, Golub and LeVeque 1979: the batches' moments joined
            square = square + spread * n + step**2 * (total * n / whole)
            mean = mean + step * (n / whole)
            total = whole
        if not total:
            raise ValueError(
                "adapt() received an empty iterable (no batches). Expected at least one batch, of "
                "at least one sample."
            )
        self._set(self.adapt_mean, mean)
        self._set(self.adapt_variance, square / total)

    def _set(self, weight: Variable, value: Any) -> None:
        weight.assign(np.asarray(value, weight.array.dtype))

    def _fits(self, batch: np.ndarray) -> None:
        if not self.built:
            first = batch.shape[0] if 0 in {a % batch.ndim for a in self.axis} else None
            self.build((first, *batch.shape[1:]))
        shape = batch.shape
        if len(shape) != len(self.broad) or any(shape[a] != self.broad[a] for a in self.kept):
            raise ValueError(
                f"The layer was built with input_shape={self.input_shape}, but adapt() is being "
                f"called with data with an incompatible shape, data.shape={shape}"
            )


def _arrays(data: Any) -> Iterator[np.ndarray]:
    """The batches of data as arrays in float64; a list of arrays has several."""
    listed = isinstance(data, list | tuple) and any(
        hasattr(v, "shape") or isinstance(v, tuple) for v in data
    )
    for batch in iter(data) if listed else batches(data):
        array = as_tensor(batch[0] if isinstance(batch, tuple) else batch).numpy()
        if not array.ndim:
            raise TypeError(
                "adapt() expects an iterable that yields arrays or tensors with a `.shape` "
                f"attribute; received {batch!r}. Make batches of the numbers."
            )
        if array.size:
            yield array.astype("float64")
