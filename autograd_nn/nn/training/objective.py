"""Objective: what a step minimizes, the outputs' losses, weighted, and the penalties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.symbolic import Symbolic
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.losses import Loss
from autograd_nn.nn.metrics import Mean
from autograd_nn.nn.module import Module
from autograd_nn.nn.training.outputs import Ends


class Objective(Module):
    """The losses of a model's outputs, one each (None: none), and what each counts.

    Called with lists, one entry an output: targets, predictions, sample weights or None.
    """

    def __init__(
        self, ends: Ends, losses: Sequence[Loss | None], factors: Sequence[float]
    ) -> None:
        self.ends, self.losses, self.factors = ends, tuple(losses), tuple(factors)
        self.mean = Mean("loss")
        several = len(self.losses) > 1
        named = zip(ends.names, self.losses, strict=True)
        self.means = tuple([Mean(f"{n}_loss") if several and f else None for n, f in named])

    def __call__(
        self, ys: Sequence[Any], y_preds: Sequence[Tensor], weights: Sequence[Any]
    ) -> tuple[Tensor | None, list[Tensor | None]]:
        """The weighted sum, None where no output has a loss, and each output's own loss.

        Raises TypeError for a loss that gives symbols.
        """
        total: Tensor | None = None
        each: list[Tensor | None] = []
        for loss, factor, y, p, w in zip(
            self.losses, self.factors, ys, y_preds, weights, strict=True
        ):
            if loss is None:
                each.append(None)
                continue
            value: Tensor = loss(y, p, w)
            if isinstance(value, Symbolic):
                raise TypeError(
                    f"the loss {loss.name!r} gave {value!r}, for it reads symbols of the model's "
                    "layers; expected what follows from y_true and y_pred alone. Give the rest to "
                    "model.add_loss(...)."
                )
            each.append(value)
            if factor != 1:
                value = ops.multiply(value, factor)
            total = value if total is None else total + value
        return total, each

    def track(self, total: Tensor, each: Sequence[Tensor | None], n: int) -> None:
        """Adds a batch of n samples to the losses' means."""
        self.mean.add(ops.multiply(total, n), n)
        for mean, value in zip(self.means, each, strict=True):
            if mean is not None and value is not None:
                mean.add(ops.multiply(value, n), n)


def with_penalties(
    total: Tensor | None, penalties: Sequence[tuple[Any, Any]], added: Sequence[Tensor]
) -> Tensor | None:
    """The sum with the weights' penalties, and with what layers added."""
    for variable, regularizer in penalties:
        value = regularizer(variable)
        total = value if total is None else total + value
    for value in added:
        if total is not None and value.dtype != total.dtype:
            value = ops.astype(value, dtype=total.dtype)
        total = value if total is None else total + value
    return total
