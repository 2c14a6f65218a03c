"""Optimizers as users of Keras write them: variables made in ``build``, and an ``update_step``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import initializers
from autograd_nn.nn.module import Module
from autograd_nn.nn.settings import floatx
from autograd_nn.nn.variable import Variable


class Own(Module):
    """What a subclass with an `update_step` of its own makes, and how it is stepped."""

    name: str
    _own: list[tuple[Variable, Any]]  # variables of its own, and what each begins as

    def add_variable(
        self, shape: Any, initializer: Any = "zeros", dtype: Any = None, aggregation: Any = None,
        layout: Any = None, name: str | None = None,
    ) -> Variable:  # fmt: skip
        """A variable that it remembers something in; part of `variables`."""
        start = initializers.get(initializer)
        with no_grad():
            value = start(tuple(shape), dtype=dtype or floatx())
        made = Variable(value, trainable=False, name=name or "variable")
        self._own = [*self._own, (made, as_tensor(value.numpy().copy()))]
        return made

    def add_variable_from_reference(
        self, reference_variable: Tensor, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A variable of a weight's shape and dtype.

        >>> from autograd_nn import nn
        >>> kept = nn.SGD().add_variable_from_reference(nn.Variable([[1.0, 2.0]], name="w"), "m")
        >>> kept.shape, kept.name
        ((1, 2), 'w_m')
        """
        path = getattr(reference_variable, "path", "weight").replace("/", "_")
        like = reference_variable.numpy()
        return self.add_variable(
            like.shape, initializer, like.dtype, name=f"{path}_{name or 'variable'}"
        )

    def assign(self, variable: Variable, value: Any) -> None:
        """Gives a variable new contents."""
        variable.assign(ops.astype(as_tensor(value), dtype=variable.dtype))

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Adds to a variable's contents."""
        self.assign(variable, variable + value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtracts from a variable's contents."""
        self.assign(variable, variable - value)

    def _get_variable_index(self, variable: Tensor) -> int:
        """The place of a weight among those of `build`."""
        optimizer: Any = self
        return next(i for i, v in enumerate(optimizer._known()) if v is variable)

    def _moved(self, gs: Sequence[Tensor], weights: Sequence[Any], due: Tensor | None) -> None:
        """Steps weight by weight, by the subclass's `update_step`.

        due   a truth without which everything stays as it is.
        """
        optimizer: Any = self
        averages = {id(w): v for w, v in optimizer.averages()}
        held = [*weights, *(v for v, _ in self._own), *averages.values()]
        with no_grad():
            before = None if due is None else [ops.positive(v) for v in held]
            lr = ops.astype(as_tensor(optimizer.rate_at(optimizer._iterations)), dtype=floatx())
            for g, w in zip(gs, weights, strict=True):
                if decay := optimizer.decay_of(w):
                    self.assign_sub(w, w * (lr * decay))
                optimizer.update_step(g, w, lr)
                if id(w) in averages:
                    average = averages[id(w)]
                    value, kept = optimizer._averaged(w, average, optimizer.iterations)
                    average.assign(kept)
                    w.assign(value)
            for v, old in zip(held, before or (), strict=before is not None):
                v.assign(ops.where(due, v, old))  # type: ignore[arg-type]
