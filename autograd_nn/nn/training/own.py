"""Steps of the user's own: what one returns is kept in variables, so that it can be replayed."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.errors import RecordError, RecordWarning
from autograd_nn.engine.mode import mode, no_grad
from autograd_nn.engine.random import default_generator
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.nn.training.loop import Meanwhile, eager
from autograd_nn.nn.variable import Variable


class OwnStep:
    """A model's train_step or test_step as a function of arrays.

    kept     the logs it returned last, variables by name; made by its first run.
    looked   whether it looks at values that a record has none of: it then runs op by op.
    done, records   how many batches a program has run, and how often it was recorded for them.
    """

    _unguarded = True  # what it keeps changes no result

    def __init__(self, model: Any, kind: str, structure: Any) -> None:
        self.held: Any = weakref.ref(model)  # the model holds its steps
        self.kind, self.structure = f"{kind}_step", structure
        self.kept: dict[str, Variable] = {}
        self.looked = False
        self.done = self.records = 0

    def step(self) -> Callable[..., None]:
        """`run` as a function of its own, of the name that warnings tell."""

        def step(*arrays: Tensor) -> None:
            self.run(*arrays)

        step.__qualname__ = f"{type(self.held()).__qualname__}.{self.kind}"
        return step

    def run(self, *arrays: Tensor) -> None:
        """One step; its logs are then in ``kept``, and the model's."""
        self.records += mode.recorder is not None
        self._keep(self._logs(arrays))

    def _logs(self, arrays: Sequence[Tensor]) -> dict[str, Tensor]:
        """What the model's own step returns for a batch."""
        model = self.held()
        x, y, w = tree.unflatten(self.structure, arrays)
        batch = (x, y, w) if w is not None else (x, y) if y is not None else x
        logs = getattr(model, self.kind)(batch)
        model.__dict__.pop("_added", None)
        if not isinstance(logs, dict):
            raise TypeError(
                f"{type(model).__name__}.{self.kind} returned {type(logs).__name__}; expected a "
                "dict of logs, as in {m.name: m.result() for m in self.metrics}."
            )
        return {name: as_tensor(value) for name, value in logs.items()}

    @no_grad()
    def _keep(self, logs: dict[str, Tensor]) -> None:
        alike = self.kept.keys() == logs.keys() and all(
            v.shape == logs[k].shape and v.dtype == logs[k].dtype for k, v in self.kept.items()
        )
        if not alike:
            if mode.recorder is not None:
                raise RecordError(f"{self.kind} returned other logs than the time before.")
            self._make({k: (v.shape, v.dtype) for k, v in logs.items()})
        for name, value in logs.items():
            self.kept[name].assign(value)
        if mode.recorder is None:
            self.show()

    def _make(self, told: dict[str, tuple[Any, Any]]) -> None:
        """Variables for logs of these shapes and dtypes."""
        self.kept = {
            k: Variable(np.zeros(shape, dtype), trainable=False, name=k)
            for k, (shape, dtype) in told.items()
        }

    def _learn(self, arrays: Sequence[Any], rows: np.ndarray) -> None:
        """What logs it returns, by a run that is taken back: a program then runs every batch.

        Weights that the run makes stay, and draws go on behind theirs. Where it looks at a value,
        nothing is learned.
        """
        from autograd_nn.engine.graph.record import trace

        model, drawn = self.held(), default_generator().state
        had, ended = len(model.variables), drawn.array

        def step(*arrays: Tensor) -> None:
            nonlocal ended
            logs = self._logs(arrays)
            ended = drawn.array
            told.update({k: (v.shape, v.dtype) for k, v in logs.items()})

        told: dict[str, tuple[Any, Any]] = {}
        with suppress(RecordError):
            trace(step, [wrap(a[rows]) for a in arrays])
            if len(model.variables) != had:
                drawn.array = ended
            self._make(told)

    def _look(self, why: str) -> None:
        """From here on it runs op by op, and says so."""
        self.looked = True
        warnings.warn(
            f"fit: {type(self.held()).__qualname__}.{self.kind} runs op by op and is not replayed "
            f"as native code: {why}.",
            RecordWarning,
            stacklevel=2,
        )

    def told(self) -> list[int]:
        """What decides who runs its next batches, for a checkpoint."""
        return [int(self.looked), self.done, self.records]

    def resume(self, told: Sequence[int]) -> None:
        """Goes on as `told` said."""
        self.looked, self.done, self.records = bool(told[0]), int(told[1]), int(told[2])

    def show(self) -> None:
        """Makes what it returned the model's logs."""
        self.held()._returned = self

    def items(self) -> Any:
        """The logs by name."""
        return self.kept.items()

    def batches(
        self, native: Callable[..., Iterator[int]], waits: bool,
        arrays: Any, order: np.ndarray, size: int, at_most: int, meanwhile: Meanwhile = None,
    ) -> Iterator[int]:  # fmt: skip
        """The batches of a pass: the first op by op, the others as ``native`` runs them.

        waits   the first does so, too: programs wait for their kernels, all bits being theirs.
        """
        done = 0
        if not self.kept and not self.looked and waits:
            self._learn(arrays, order[:size])
        if not self.kept:
            for done in eager(self.run, arrays, order[:size], size, at_most):
                yield done
        if not self.looked:
            first = done
            try:
                for more in native(
                    arrays, order[first * size :], size, at_most, first, meanwhile=meanwhile
                ):
                    done = first + more
                    self.done += 1
                    self.show()
                    yield done
                    if self.records > 8 and self.records > self.done / 4:
                        self._look(
                            "it leaves behind, or reads, what is another at every batch, such as "
                            "a gradient that stays in w.grad. Set w.grad = None at its end, too, "
                            "or take gradients by value_and_grad"
                        )
                        break
            except RecordError as error:
                self._look(f"it looks at a value: {error}".rstrip("."))
        for more in eager(self.run, arrays, order[done * size :], size, at_most):
            yield done + more
