"""Objective: what a step minimizes, the outputs' losses, weighted, and the penalties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.symbolic import Symbolic
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.metrics import Mean
from autograd_nn.nn.module import Module
from autograd_nn.nn.training.outputs import Ends
from autograd_nn.nn.training.terms import Term


class Objective(Module):
    """The terms of a model's loss: losses of outputs, or of several, and what each counts.

    losses   of each output the loss that is of it (None: none), which says what its targets are.
    Called with lists, one entry an output: targets, predictions, sample weights or None.
    """

    _unguarded = ("terms", "wanted")  # they stay as they are made; what a loss holds is looked at

    def __init__(self, ends: Ends, terms: Sequence[Term]) -> None:
        self.ends, self.terms = ends, tuple(terms)
        by_size = sorted(self.terms, key=lambda t: t.last - t.first)
        of = {i: t.loss for t in reversed(by_size) for i in range(t.first, t.last)}
        self.losses = tuple([of.get(i) for i in range(len(ends))])
        # of outputs that have losses of their own as well: here their fields are seen to change
        self.hidden = tuple([t.loss for t in self.terms if t.loss not in self.losses])
        self.wanted = [loss is not None for loss in self.losses]  # whose targets are needed
        self.mean = Mean("loss")
        several = len(self.terms) > 1
        self.means = tuple([Mean(f"{t.name}_loss") if several else None for t in self.terms])

    def __call__(
        self, ys: Sequence[Any], y_preds: Sequence[Tensor], weights: Sequence[Any]
    ) -> tuple[Tensor | None, list[Tensor]]:
        """The weighted sum, None where there are no terms, and each term's own value.

        Raises TypeError for a loss that gives symbols.
        """
        total: Tensor | None = None
        each: list[Tensor] = []
        for term in self.terms:
            value = term(ys, y_preds, weights)
            if isinstance(value, Symbolic):
                raise TypeError(
                    f"the loss {term.loss.name!r} gave {value!r}, for it reads symbols of the "
                    "model's layers; expected what follows from y_true and y_pred alone. Give the "
                    "rest to model.add_loss(...)."
                )
            each.append(value)
            if term.factor != 1:
                value = ops.multiply(value, term.factor)
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
        value = penalty(variable, regularizer)
        total = value if total is None else total + value
    for value in added:
        if total is not None and value.dtype != total.dtype:
            value = ops.astype(value, dtype=total.dtype)
        total = value if total is None else total + value
    return total


def penalty(variable: Any, regularizer: Any) -> Tensor:
    """One weight's; a report on numbers that are not finite knows it by this function."""
    return regularizer(variable)
