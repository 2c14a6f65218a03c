"""Metrics that are the mean of a loss: the loss's fields, with a name and a dtype before them."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import configurable, losses
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.of_function import as_loss
from autograd_nn.nn.metrics.mean import Mean, MeanMetricWrapper
from autograd_nn.nn.registry import named


@named()
class LossMetric(MeanMetricWrapper):
    """The mean of a loss over samples, with the loss's own arguments.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.get(nn.losses.Huber(2.0))([[0.0]], [[3.0]]))
    4.0
    """

    direction = "down"
    loss: Any

    def __init__(self, loss: Any, name: str | None = None, dtype: Any = "float64") -> None:
        self.loss = as_loss(loss)
        Mean.__init__(self, name=name or self.loss.name, dtype=dtype)

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        values = self.loss._entries(y_true, y_pred)
        along = self.loss.axis
        if self.loss._elementwise and along not in (-1, values.ndim - 1) and values.ndim > 1:
            values = ops.mean(values, axis=along)
        return values

    def _valid(self, y_true: Tensor, y_pred: Tensor, values: Tensor) -> Tensor | None:
        return self.loss._valid(y_true, y_pred, values)


@fields
class _OfLoss(LossMetric):
    """A loss's mean whose loss is made of its own fields."""

    _shared: tuple[str, ...] = ()

    def __init__(self, name: str | None = None, dtype: Any = "float64") -> None:
        Mean.__init__(self, name=name, dtype=dtype)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        own = self.__dict__.get("loss")
        if own is not None and name in self._shared:  # what is set later is the loss's, too
            setattr(own, name, value)


def of_loss(loss: Any, *aliases: str, called: str = "", name: str | None = None) -> Any:
    """The metric class that means a loss: its name, or ``called``, and the loss's fields."""
    title = called or loss.__name__
    own = [n for n in configurable.fields(loss) if n not in ("name", "reduction", "dtype")]
    defaults = configurable.fields(loss)

    def check(self: Any) -> None:
        self.loss = loss(**{n: getattr(self, n) for n in own})

    summary = (loss.__doc__ or "").partition(">>>")[0].rstrip()
    sample = getattr(loss, "sample", losses.base.SAMPLES[loss._targets])
    body = {
        "__annotations__": {"name": "str | None", "dtype": "Any", **dict.fromkeys(own, "Any")},
        "__doc__": f"Over samples, {summary[:1].lower()}{summary[1:]}\n\n"
        "    >>> from autograd_nn import nn\n"
        f"    >>> nn.metrics.{title}()({sample}).shape\n    ()\n",
        "__module__": __name__, "__qualname__": title, "name": name, "dtype": "float64",
        "check": check, "_shared": tuple(own), **{n: defaults[n] for n in own},
    }  # fmt: skip
    made: Any = type(title, (_OfLoss,), body)
    return named(*aliases)(fields(made))


@named()
@fields
class RootMeanSquaredError(_OfLoss):
    """The root of the mean of squared differences.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.RootMeanSquaredError()([[0.0]], [[3.0]]))
    3.0
    """

    loss = losses.MeanSquaredError()

    def result(self) -> Tensor:
        return ops.sqrt(super().result())


MeanSquaredError = of_loss(losses.MeanSquaredError, "mse")
MeanAbsoluteError = of_loss(losses.MeanAbsoluteError, "mae")
MeanAbsolutePercentageError = of_loss(losses.MeanAbsolutePercentageError, "mape")
MeanSquaredLogarithmicError = of_loss(losses.MeanSquaredLogarithmicError, "msle")
LogCoshError = of_loss(losses.LogCosh, "log_cosh", "logcosh", called="LogCoshError", name="logcosh")
Hinge = of_loss(losses.Hinge)
SquaredHinge = of_loss(losses.SquaredHinge)
CategoricalHinge = of_loss(losses.CategoricalHinge)
KLDivergence = of_loss(losses.KLDivergence, "kld", "kullback_leibler_divergence")
Poisson = of_loss(losses.Poisson)
BinaryCrossentropy = of_loss(losses.BinaryCrossentropy, "bce")
CategoricalCrossentropy = of_loss(losses.CategoricalCrossentropy)
SparseCategoricalCrossentropy = of_loss(losses.SparseCategoricalCrossentropy)
Crossentropy = of_loss(losses.Crossentropy, "ce")
