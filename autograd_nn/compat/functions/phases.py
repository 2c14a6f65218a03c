"""Functions made of symbols: ``K.function``, ``K.gradients``, and whether it is training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_nn.compat.functions import told
from autograd_nn.compat.functions.again import Following, again
from autograd_nn.compat.functions.collected import Given
from autograd_nn.engine import ops
from autograd_nn.engine.mode import enable_grad, no_grad
from autograd_nn.engine.tape import pullback
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.engine.transforms import grad
from autograd_nn.nn.context import context, phase
from autograd_nn.nn.layers import Input
from autograd_nn.nn.symbols import Outline, Symbol, Unseen, note, sources
from autograd_nn.nn.updates import Step
from autograd_nn.nn.variable import Variable


class Phase:
    """What `learning_phase` gives outside of a call: its value is given to a `Function`."""

    def __index__(self) -> int:
        return int(bool(_Set.training))

    def __bool__(self) -> bool:
        return bool(_Set.training)


class _Set:
    training: bool | None = None


_PHASE = Phase()


def learning_phase() -> Any:
    """Whether it is training: True or False within a call, else what stands for it."""
    return _PHASE if context.training is None else context.training


def set_learning_phase(value: Any) -> None:
    """Sets what `in_train_phase` goes by outside of training."""
    if value not in (0, 1):
        raise ValueError(f"set_learning_phase received {value!r}; expected 0 or 1.")
    _Set.training = bool(value)


@contextmanager
def learning_phase_scope(value: Any) -> Iterator[None]:
    """A ``with`` in which `set_learning_phase` holds."""
    before = _Set.training
    set_learning_phase(value)
    try:
        yield
    finally:
        _Set.training = before


def symbolic(func: Any) -> Any:
    """The function itself: symbols and tensors go through the same."""
    return func


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """x while training, else ``alt``; functions of nothing are called."""
    if training is None or training is _PHASE:
        training = bool(learning_phase())
    chosen = x if training else alt
    return chosen() if callable(chosen) else chosen


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """``alt`` while training, else x."""
    return in_train_phase(alt, x, training)


class Function:
    """Arrays for some symbols to arrays of others, as ``K.function`` makes one.

    updates   pairs of a variable and what it is set to after a call, what ``K.update`` gave, or
              what an optimizer's `get_updates` gave: a step that is made then.
    `learning_phase()` among the inputs takes 0 or 1: whether layers do as in training.
    """

    def __init__(self, inputs: Sequence[Any], outputs: Any, updates: Any = ()) -> None:
        self.phase = next((i for i, x in enumerate(inputs) if isinstance(x, Phase)), None)
        self.single = not isinstance(outputs, list | tuple)
        self.outputs = [outputs] if self.single else list(outputs)
        due = list(_due(updates))
        self.steps = [u for u in due if isinstance(u, Step)]
        self.pairs = [u for u in due if not isinstance(u, Step)]
        slopes = [g for s in self.steps for g in gradients(s.loss, list(s.variables))]
        self.found = [*self.outputs, *(new for _, new in self.pairs), *slopes]
        symbols = [x for x in self.found if isinstance(x, Symbol)]
        entries = [x for x in inputs if not isinstance(x, Phase)]
        self.alone = not entries  # then nothing enters, and something stands for it
        entries = entries or [Input(batch_shape=())]
        self.network = Following(entries, symbols) if symbols else None

    def __call__(self, inputs: Any) -> Any:
        given = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        training = None if self.phase is None else bool(given.pop(self.phase))
        with phase(training), no_grad():
            tensors = [as_tensor(_numbers(x)) for x in ([0.0] if self.alone else given)]
            found = iter(self.network(tensors) if self.network else ())
            values = [next(found) if isinstance(x, Symbol) else again(x) for x in self.found]
        count = len(self.outputs)
        arrays = [np.array(as_tensor(v).array) for v in values[:count]]
        rest = iter(values[count:])
        for (variable, _), value in zip(self.pairs, rest, strict=False):
            new = as_tensor(value)
            same = new.dtype == variable.dtype
            variable.assign(new if same else ops.astype(new, dtype=variable.dtype))
        for step in self.steps:
            step.optimizer.apply_gradients([(next(rest), w) for w in step.variables])
        return arrays[0] if self.single else arrays


def _due(updates: Any) -> Iterator[Any]:
    """Steps and pairs among updates; of a variable, what it was told.

    What a model gives as its updates are variables that its calls set themselves.
    """
    for update in updates:
        if isinstance(update, Step) or (isinstance(update, tuple) and _is_pair(update)):
            yield update
        elif isinstance(update, list | tuple):
            yield from _due(update)
        elif told.pair_of(update) is not None:
            yield told.pair_of(update)
        elif isinstance(update, Variable):
            pair = told.taken_back(update)
            if pair is not None:
                yield pair
        elif hasattr(update, "updates"):  # what tf.assign gives of a symbol
            yield from _due(update.updates)
        elif update is not None:
            raise TypeError(
                f"function received {update!r} among its updates; expected pairs (variable, new "
                "value), what K.update and its kin give, or optimizer.get_updates(…)."
            )


def _is_pair(update: Any) -> bool:
    return len(update) == 2 and isinstance(update[0], Variable)


def _numbers(x: Any) -> Any:
    if isinstance(x, Tensor):
        return x
    x = np.asarray(x)
    return x.astype("float32") if x.dtype == np.float64 else x


def function(inputs: Any, outputs: Any, updates: Any = None, **options: Any) -> Function:
    """What computes symbols from others, and makes ``updates`` at each call.

    >>> from autograd_nn import nn
    >>> x, total = nn.Input((2,)), nn.Variable(0.0)
    >>> f = function([x], [2 * x], updates=[(total, total + x.sum())])
    >>> f([[[1.0, 2.0]]])[0].tolist(), total.item()
    ([[2.0, 4.0]], 3.0)
    """
    entries = inputs if isinstance(inputs, list | tuple) else [inputs]
    return Function(entries, outputs, updates or ())


def gradients(loss: Any, variables: Any) -> Any:
    """The symbols of d Σloss / d variable, each in its variable's shape.

    loss        a symbol; variables: one or several of the symbols it was computed from, or of the
                trainable weights.
    Raises TypeError for anything else.

    >>> from autograd_nn import nn
    >>> x = nn.Input((2,))
    >>> function([x], gradients((x * x).sum(), x))([[[1.0, 2.0]]])[0].tolist()
    [[2.0, 4.0]]
    """
    if isinstance(loss, Given):
        return loss.of(variables)
    wanted = list(variables) if isinstance(variables, list | tuple) else [variables]
    for x in (loss, *wanted):
        weight = isinstance(x, Variable) and x.node is not None and x is not loss
        if not isinstance(x, Symbol) and not weight:
            raise Unseen(
                f"gradients received {type(x).__name__}; expected symbols, as Input and layers "
                "applied to it give them, or trainable weights to derive by. For tensors use "
                "autograd_nn.grad."
            )
    symbols = [x for x in wanted if isinstance(x, Symbol)]
    weights = [x for x in wanted if isinstance(x, Variable)]
    others = [x for x in sources(loss, symbols) if all(x is not w for w in symbols)]
    entries = [*symbols, *others]
    slopes = _Slopes(Following(entries, loss), len(symbols), weights)
    outline = [Outline(x.shape, x.dtype) for x in (*symbols, *weights)]  # no trial is needed
    found = note(slopes, tuple(entries), {}, outline, "gradients")
    by_symbol, by_weight = iter(found[: len(symbols)]), iter(found[len(symbols) :])
    return [next(by_symbol if isinstance(x, Symbol) else by_weight) for x in wanted]


class _Slopes:
    """The gradients of a network's sum by the first of its inputs, then by weights."""

    def __init__(self, network: Following, count: int, weights: Sequence[Variable]) -> None:
        self.network, self.count, self.weights = network, count, weights

    def __call__(self, *values: Tensor) -> list[Tensor]:
        rest = values[self.count :]

        def total(*wanted: Tensor) -> Tensor:
            return self.network([*wanted, *rest]).sum()

        found: list[Tensor] = []
        with enable_grad():
            if self.count:
                found += grad(total, tuple(range(self.count)))(*values[: self.count])
            if self.weights:
                y = total(*values[: self.count])
                nodes: list[Any] = [w.node for w in self.weights]
                slopes = pullback([y], [ops.ones_like(y)], nodes, taping=True)
                pairs = zip(nodes, self.weights, strict=True)
                found += [slopes.get(n.serial, ops.zeros_like(w)) for n, w in pairs]
        return found


__all__ = [
    "Function", "Phase", "function", "gradients", "in_test_phase", "in_train_phase",
    "learning_phase", "learning_phase_scope", "symbolic", "set_learning_phase",
]  # fmt: skip
