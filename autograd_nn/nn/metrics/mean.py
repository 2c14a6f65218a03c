"""Means and sums: numbers added up over batches, samples weighed; most metrics are one of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.halves import as_dtype, is_half, kind_of
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.configurable import encode
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.reduction import fitted, masked_weight, per_value, ratio
from autograd_nn.nn.masks import mask_of
from autograd_nn.nn.metrics.base import Metric
from autograd_nn.nn.registry import function_of, named
from autograd_nn.nn.settings import floatx

Entries = Callable[..., Any]


def samplewise(values: Tensor, weight: Any, reduce: Any) -> tuple[Tensor, Any]:
    """Weighed values and weights of samples, a sample's entries taken together by ``reduce``."""
    w = as_tensor(weight)
    if 0 < w.ndim < values.ndim:
        if values.ndim == w.ndim + 1 and values.array.shape[-1] == 1 and w.ndim > 1:
            values = ops.squeeze(values, axis=-1)
        else:
            values = reduce(values, axis=tuple(range(w.ndim, values.ndim)))
    values, w = per_value(w, values)
    values = ops.multiply(values, w)
    w = ops.broadcast_to(w, shape=values.shape)
    if values.ndim > 1:
        rest = tuple(range(1, values.ndim))
        return reduce(values, axis=rest), reduce(w, axis=rest)
    return values, w


def floating(values: Tensor) -> Tensor:
    """Truth values and integers as numbers that may be weighed; of 16 bits in `floatx`."""
    if is_half(values.dtype):  # whose sums, of weights too, soon leave its range
        return ops.astype(values, dtype=as_dtype(floatx()))
    if kind_of(values.dtype) == "f":
        return values
    return ops.astype(values, dtype=np.dtype("float64"))


@named()
@fields
class Sum(Metric):
    """The weighted sum of what it is given, Σwv.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.Sum()([1.0, 2.0, 6.0]))
    9.0
    """

    def build(self) -> None:
        self.total = self.add_variable(name="total")

    @no_grad()
    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values = as_tensor(values)
        if sample_weight is not None:
            values = samplewise(floating(values), sample_weight, ops.sum)[0]
        elif is_half(values.dtype):
            values = floating(values)
        self._accumulate(total=ops.sum(values))

    def result(self) -> Tensor:
        return ops.positive(self.total)


@named()
@fields
class Mean(Metric):
    """The weighted mean of what it is given, Σwv / Σw; a sample's entries count as their mean.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.Mean()([1.0, 2.0, 6.0]))
    3.0
    """

    def build(self) -> None:
        self.total = self.add_variable(name="total")
        self.count = self.add_variable(name="count")

    def add(self, total: Any, count: Any) -> None:
        """Adds a sum and the weight it stands for."""
        self.total.assign(ops.add(self.total, total))
        self.count.assign(ops.add(self.count, count))

    @no_grad()
    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        self.add_values(as_tensor(values), sample_weight)

    def add_values(self, values: Tensor, weight: Any = None) -> None:
        """Adds one batch of values, as tensors."""
        if weight is not None:
            values, w = samplewise(floating(values), weight, ops.mean)
            self.add(ops.sum(values), ops.sum(w))
            return
        if is_half(values.dtype):
            values = floating(values)
        total, n = ops.sum(values), values.array.shape[0] if values.ndim else 1
        if values.array.size not in (n, 0):
            total = ops.multiply(total, n / values.array.size)
        self.add(total, n)

    def result(self) -> Tensor:
        return ratio(self.total, self.count)

    def _read(self) -> float:
        """The result as a number; without an op, for `fit` reads it in every epoch."""
        if type(self).result is not Mean.result:
            return super()._read()
        count = self.count.array.item()
        return self.total.array.item() / count if count else 0.0


@named()
class MeanMetricWrapper(Mean):
    """The mean over samples of a function of (y_true, y_pred).

    fn        gives one number per sample, or several, which are averaged.
    options   more arguments of the function, by name.

    >>> from autograd_nn import nn
    >>> gap = nn.metrics.MeanMetricWrapper(lambda y_true, y_pred: y_pred - y_true, "gap")
    >>> float(gap([1.0, 2.0], [2.0, 5.0]))
    2.0
    """

    def __init__(
        self, fn: Entries, name: str | None = None, dtype: Any = "float64", **options: Any
    ) -> None:
        super().__init__(name=name or getattr(fn, "__name__", "metric"), dtype=dtype)
        self.fn, self.options = fn, options

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The numbers whose mean over samples is the metric."""
        return as_tensor(self.fn(y_true, y_pred, **self.options))

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """The entries as numbers, as the function of the metric's name gives them."""
        values = self._entries(*fitted(y_true, y_pred))
        floats = kind_of(values.dtype) == "f"
        return values if floats else ops.astype(values, dtype=np.dtype("float32"))

    def _valid(self, y_true: Tensor, y_pred: Tensor, values: Tensor) -> Tensor | None:
        """Which values count where samples have weights; None: all."""
        return None

    @no_grad()
    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        self.update(y_true, y_pred, sample_weight)

    def update(self, y_true: Any, y_pred: Any, weight: Any = None) -> None:
        """`update_state` within a step, where nothing is taped."""
        mask = mask_of(y_pred)
        y_true, y_pred = fitted(y_true, y_pred)
        values = self._entries(y_true, y_pred)
        if mask is not None:
            weight = masked_weight(weight, mask, y_pred.dtype, "sum")
        if weight is not None and (own := self._valid(y_true, y_pred, values)) is not None:
            weight = masked_weight(weight, own, values.dtype, "sum")
        self.add_values(values, weight)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {**config, **encode(self.options)} if hasattr(self, "options") else config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new metric from `get_config`'s result; a function is found by its name."""
        if "fn" in config:
            config = {**config, "fn": function_of(config["fn"])}
        return cls(**config)
