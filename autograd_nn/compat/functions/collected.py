"""What an optimizer's ``get_updates`` makes and changes, as it does so: it is run at every step.

Keras 1 and 2 ran it once, to make a graph. Here each step runs it: variables that it makes are
those of the first run, `update` and its kind give changes that are made when it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from autograd_nn.compat.functions.again import again
from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.variable import Variable


class Given:
    """Stands for the loss of a step whose gradients are known.

    grads, params   gradients, and the weights that they are of.
    """

    def __init__(self, grads: Sequence[Tensor], params: Sequence[Tensor]) -> None:
        self.slopes = {id(w): g for g, w in zip(grads, params, strict=True)}

    def of(self, variables: Any) -> list[Any]:
        """The gradient of each variable, zeros where there is none."""
        wanted = variables if isinstance(variables, list | tuple) else [variables]
        return [self.slopes.get(id(v), ops.zeros_like(v)) for v in wanted]


class Change(NamedTuple):
    """A variable, and what it is set to, or what is added to it."""

    variable: Variable
    value: Any
    adds: bool = False

    def make(self) -> None:
        """Makes the change."""
        value = as_tensor(self.value)
        value = self.variable + value if self.adds else value
        self.variable.assign(ops.astype(value, dtype=self.variable.dtype))


class Collected:
    """The variables that a ``get_updates`` has made, and the changes that were made in a run."""

    def __init__(self) -> None:
        self.variables: list[Any] = []
        self._at = 0
        self._done: set[int] = set()

    def begin(self) -> None:
        """A new run."""
        self._at, self._done = 0, set()

    def kept(self, make: Callable[[], Any]) -> Any:
        """What was made at this point of the first run."""
        if self._at == len(self.variables):
            self.variables.append(make())
        self._at += 1
        return self.variables[self._at - 1]

    def make(self, changes: Iterable[Any]) -> None:
        """Makes those that were not made yet; what they set was computed before any of them."""
        due = [c for c in changes if id(c) not in self._done]
        self._done |= set(map(id, due))
        ready = [_read(c) for c in due]
        for change in ready:
            if hasattr(change, "make"):
                change.make()


def _read(change: Any) -> Any:
    """A pair, too, as a change, whose value is that of now."""
    if not isinstance(change, tuple) or not isinstance(change[0], Variable):
        return change
    return Change(change[0], again(change[1]), *change[2:])


class _Now:
    collected: Collected | None = None


def now() -> Collected | None:
    """That of the ``get_updates`` which runs, if one does."""
    return _Now.collected


@contextmanager
def collecting(collected: Collected) -> Iterator[Collected]:
    """A ``with`` in which changes wait, and variables are those of the first time."""
    before, _Now.collected = _Now.collected, collected
    collected.begin()
    try:
        yield collected
    finally:
        _Now.collected = before


def kept(make: Callable[[], Any]) -> Any:
    """What ``make`` gives; within `collecting`, what it gave the first time."""
    return make() if _Now.collected is None else _Now.collected.kept(make)
