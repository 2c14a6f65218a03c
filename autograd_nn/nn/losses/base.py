"""The loss: values of targets and predictions, averaged over a sample, weighed, reduced.

A loss is its fields and its ``_entries``; `function` makes the function of the same name of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from autograd_nn.engine import ops
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.symbolic import noted
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import configurable
from autograd_nn.nn.fields import bound, fields, signature
from autograd_nn.nn.lookup import snake_case
from autograd_nn.nn.losses.reduction import (
    MEANS,
    REDUCTIONS,
    cast,
    fitted,
    per_sample,
    reduced,
)
from autograd_nn.nn.masks import mask_of
from autograd_nn.nn.module import Module
from autograd_nn.nn.registry import beside, family


@family("loss")
@fields
class Loss(Module):
    """The base of losses: subclass it with ``call(y_true, y_pred)``, one number per sample.

    reduction   'sum_over_batch_size' (the mean), 'sum', 'mean_with_sample_weight' or None.
    dtype       in which it is computed; None: that of the predictions.
    Raises ValueError for an unknown reduction, ShapeError where targets do not fit.

    >>> from autograd_nn import nn
    >>> float(nn.losses.MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]]))
    2.0
    """

    # what it accepts as targets, checked at ``fit``: 'values', 'binary', 'distribution', 'classes'
    _targets: ClassVar[str] = "any"
    _elementwise: ClassVar[bool] = False  # whether ``_entries`` are averaged over ``axis``
    axis = -1
    name: Any = None
    reduction: str | None = "sum_over_batch_size"
    dtype: Any = None

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        if reduction not in REDUCTIONS:
            raise ValueError(f"received reduction={reduction!r}; expected one of {REDUCTIONS}.")
        self.name = name or snake_case(type(self).__name__)
        self.reduction = reduction
        dtype = getattr(dtype, "compute_dtype", dtype)  # of a policy
        self.dtype = None if dtype is None else as_dtype(dtype).name

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The loss before any average; by default `call`, which already is per sample."""
        if type(self).call is Loss.call:
            raise NotImplementedError(
                f"{type(self).__name__} says nothing of how it is computed; expected a method "
                "call(self, y_true, y_pred), one number per sample."
            )
        return self.call(y_true, y_pred)

    def _valid(self, y_true: Tensor, y_pred: Tensor, values: Tensor) -> Tensor | None:
        """Which values count in a mean, where the loss leaves some out; None: all."""
        return None

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One number per sample: the mean of its entries (that of all, for a vector)."""
        values = self._entries(*fitted(y_true, y_pred))
        return ops.mean(values, axis=self.axis) if self._elementwise and values.ndim else values

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        mask = mask_of(y_pred)
        y_true, y_pred = fitted(y_true, y_pred)
        if self.dtype is not None:
            y_pred = cast(y_pred, as_dtype(self.dtype))
        if kind_of(y_true.dtype) == "f" and y_true.dtype != y_pred.dtype:
            y_true = ops.astype(y_true, dtype=y_pred.dtype)
        values = self._entries(y_true, y_pred)
        own = self._valid(y_true, y_pred, values)
        if own is not None:
            mask = own if mask is None else ops.logical_and(as_tensor(mask), own)
        if self._elementwise:
            if mask is None and sample_weight is None:
                if self.reduction in MEANS or self.reduction == "mean_with_sample_weight":
                    return ops.mean(values)  # that of all entries: the mean of means of as many
                values = ops.mean(values, axis=self.axis) if values.ndim else values
            else:  # a vector is as many samples, each with its weight
                values = per_sample(values, self.axis)
        return reduced(values, sample_weight, mask, self.reduction)


# What the example of a function is of, where its loss says nothing else: targets, predictions.
SAMPLES = {
    "values": "[[0.0, 1.0]], [[0.5, 0.75]]", "binary": "[[0.0, 1.0]], [[0.5, 0.75]]",
    "distribution": "[[0.0, 1.0]], [[0.25, 0.75]]", "classes": "[1], [[0.25, 0.75]]",
    "any": "[[0.0, 1.0]], [[0.5, 0.75]]",
}  # fmt: skip


def function(cls: Any, name: str | None = None) -> Callable[..., Tensor]:
    """A loss as a function of targets, predictions and its own fields, one number per sample."""
    common = ("name", "reduction", "dtype")
    own = {n: d for n, d in configurable.fields(cls).items() if n not in common}
    name = name or snake_case(cls.__name__)
    plain: list[Any] = []

    def f(y_true: Any, y_pred: Any, *args: Any, **options: Any) -> Tensor:
        if (symbol := noted(f, (y_true, y_pred, *args), options)) is not None:
            return symbol  # type: ignore[no-any-return]
        if args or options:
            return cls(**bound(name, own, args, options)).call(y_true, y_pred)
        if not plain:
            plain.append(cls())
        return plain[0].call(y_true, y_pred)

    summary = (cls.__doc__ or "").split("\n\n")[0].rstrip(".")  # none under python -OO
    sample = getattr(cls, "sample", None) or SAMPLES[cls._targets]
    f.__doc__ = (
        f"{summary}; one number per sample.\n\n"
        f"    See `{cls.__name__}`, whose fields are its options.\n\n"
        "    >>> from autograd_nn import nn\n"
        f"    >>> nn.{cls.__module__.split('.')[2]}.{name}({sample}).dtype.kind\n    'f'\n"
    )
    f.__name__ = f.__qualname__ = name
    f.__module__ = cls.__module__
    f.__signature__ = signature(own, "y_true", "y_pred")  # type: ignore[attr-defined]
    setattr(f, "loss" if issubclass(cls, Loss) else "metric", cls)
    return beside(f)
