"""The metric: a state, an op that adds a batch to it, and one that reads a number off it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine import doors, ops
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import StateBuffer, in_state
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import initializers
from autograd_nn.nn.context import context
from autograd_nn.nn.fields import fields
from autograd_nn.nn.lookup import snake_case
from autograd_nn.nn.module import Module
from autograd_nn.nn.registry import family
from autograd_nn.nn.variable import Variable


@family("metric")
@fields
class Metric(Module):
    """The base of metrics: subclass it with ``update_state`` and ``result``.

    name    what logs call it; left out, made from the class's name.
    dtype   of its state, float64 by default.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.BinaryAccuracy()
    >>> m.update_state([[1.0], [0.0]], [[0.9], [0.8]])
    >>> float(m.result())
    0.5
    """

    direction: ClassVar[str | None] = None  # 'up' or 'down', where it is known which is better
    name: Any = None
    dtype: Any = "float64"

    def __init__(self, name: str | None = None, dtype: Any = "float64") -> None:
        self.name = name or snake_case(type(self).__name__)
        self.dtype = as_dtype(getattr(dtype, "compute_dtype", dtype) or "float64").name
        self._states: list[Variable] = []
        self._starts: list[Tensor] = []

    def add_variable(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """A state, zeros if no initializer says otherwise, to which `reset_state` returns it.

        It has the metric's dtype, float64 if none was given: it adds up many numbers.
        """
        shape, dtype = tuple(shape), dtype or self.dtype
        if context.room is not None:
            context.room.check(shape, dtype)
        start = (initializers.get(initializer) or ops.zeros)(shape, dtype)
        variable = Variable(start, trainable=False, name=name or "state")
        variable.path = f"{self.name}/{variable._name}"
        self._states.append(variable)
        self._starts.append(start)
        return variable

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """`add_variable`, by its other name."""
        if isinstance(shape, str):  # Keras 2's order: the name came first
            shape, name = (), shape
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def _dtype(self) -> str:  # as metrics written for Keras call it
        return self.dtype

    @property
    def variables(self) -> list[Variable]:
        """All state, that of metrics held as attributes included."""
        return [v for v, _ in self._pairs()]

    def _pairs(self) -> list[tuple[Variable, Tensor]]:
        """Each state with what it starts from: zeros, of variables that a user made."""
        own = list(zip(self._states, self._starts, strict=True))
        if len(held := self._holds(Variable)) > len(own):
            known = {id(v) for v in self._states}
            own += [(v, ops.zeros(v.shape, v.dtype)) for v in held if id(v) not in known]
        return own + [pair for m in self._holds(Metric) for pair in m._pairs()]

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Takes one batch into account."""
        raise NotImplementedError(f"{type(self).__name__} defines no update_state.")

    def result(self) -> Any:
        """The metric over all batches since the last `reset_state`."""
        raise NotImplementedError(f"{type(self).__name__} defines no result.")

    def reset_state(self) -> None:
        """Forgets all batches."""
        pairs = self._pairs()
        if not written_back(pairs):
            assigned(pairs)

    def reset_states(self) -> None:
        """`reset_state`, as Keras 2 spelled it."""
        self.reset_state()

    def _read(self) -> Any:
        """The result as a number, or as an array where it is several."""
        found = self.result()
        if isinstance(found, Tensor) and found.array.size != 1:
            return found.numpy().copy()
        return float(found)

    # ---- the same as functions of the state -----------------------------------------------------

    @contextmanager
    def _holding(self, states: Sequence[Any]) -> Iterator[list[Variable]]:
        """Has the metric hold other states for a while; raises ValueError where they do not fit."""
        own = self.variables
        if len(states) != len(own):
            raise ValueError(
                f"received {len(states)} states for {self.name!r}; expected {len(own)}, one for "
                "each of its variables. Start from [v.value for v in metric.variables]."
            )
        before = [v.numpy().copy() for v in own]
        try:
            for v, state in zip(own, states, strict=True):
                v.assign(ops.astype(as_tensor(state), dtype=v.dtype))
            yield own
        finally:
            for v, state in zip(own, before, strict=True):
                v.assign(state)

    def stateless_update_state(
        self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any
    ) -> list[Tensor]:
        """The states after a batch, of those before it; the metric's own stay as they are."""
        with self._holding(metric_variables) as own:
            self.update_state(*args, **kwargs)
            return [Tensor(v.numpy().copy()) for v in own]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """The result of given states."""
        with self._holding(metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Tensor]:
        """The states without any batch."""
        return [Tensor(start.numpy().copy()) for _, start in self._pairs()]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for value in (*args, *kwargs.values()):
            if isinstance(value, Tensor):
                doors.number(value, "a metric's result, which is made of its state,")
        self.update_state(*args, **kwargs)
        return self.result()

    def _accumulate(self, **amounts: Any) -> None:
        """Adds to states by their attributes' names, each amount in its state's dtype."""
        for name, amount in amounts.items():
            state = getattr(self, name)
            if isinstance(amount, Tensor) and amount.dtype != state.dtype:
                amount = ops.astype(amount, dtype=state.dtype)
            state.assign(ops.add(state, amount))


def assigned(pairs: Sequence[tuple[Variable, Tensor]]) -> None:
    """Resets states by an assignment each."""
    for v, start in pairs:
        v.assign(start)


def written_back(pairs: Sequence[tuple[Variable, Tensor]]) -> bool:
    """Resets states in the memory that programs write, all at one moment, where they lie there.

    One call of C, which no signal handler comes into: no half of it is reset.
    """
    if mode.recorder is not None or mode.changes is not None:
        return False
    arrays = [v.array for v, _ in pairs]
    for a in arrays:
        if type(a.base) is not StateBuffer and not in_state(a):
            return False
    deque(map(np.copyto, arrays, [start.array for _, start in pairs]), maxlen=0)
    return True
