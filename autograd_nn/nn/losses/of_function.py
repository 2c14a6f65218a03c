"""A function of (y_true, y_pred) as a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.configurable import encode
from autograd_nn.nn.losses.base import Loss
from autograd_nn.nn.losses.reduction import fitted
from autograd_nn.nn.registry import find, function_of, named


@named("loss_function_wrapper", "LossFunctionWrapper")
class FunctionLoss(Loss):
    """A function of (y_true, y_pred) as a loss.

    function   gives one number per sample.
    options    more arguments of the function, by name.

    >>> from autograd_nn import nn
    >>> double = nn.losses.FunctionLoss(lambda y_true, y_pred: 2 * (y_pred - y_true))
    >>> float(double([1.0], [3.0]))
    4.0
    """

    def __init__(
        self,
        function: Callable[..., Any],
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(name or getattr(function, "__name__", "loss"), reduction, dtype)
        self.function, self.options = function, options

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        y_true, y_pred = fitted(y_true, y_pred)
        if y_true.dtype != y_pred.dtype:
            y_true = ops.astype(y_true, dtype=y_pred.dtype)
        values = as_tensor(self._computed(y_true, y_pred))
        if kind_of(values.dtype) not in "fc":
            raise DTypeError(
                f"the loss {self.name!r} returned dtype {values.dtype}; expected floating numbers, "
                "for it is differentiated."
            )
        return values

    def _computed(self, y_true: Tensor, y_pred: Tensor) -> Any:
        return self.function(y_true, y_pred, **self.options)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **encode(self.options)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new loss from `get_config`'s result; the function is found by its name."""
        config = dict(config)
        config["function"] = function_of(config.pop("fn", config.get("function")))
        return cls(**config)


def as_loss(identifier: Any) -> Loss | None:
    """The loss object meant by whatever `compile` takes as a loss: a function becomes one.

    Raises ValueError for an unknown name, with the nearest one.
    """
    found = find(identifier, "loss")
    if found is None or isinstance(found, Loss):
        return found
    cls = getattr(found, "loss", None)
    return cls() if isinstance(cls, type) else FunctionLoss(found)
