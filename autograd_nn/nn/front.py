"""A model's front: layers that look at values on the host, such as text, and what they depend on.

It runs where data come in, before what is recorded, and gives arrays: the rest of the model is a
function of these alone. So a model that takes text trains natively.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.mode import no_grad
from autograd_nn.nn.symbols import Call, Symbol
from autograd_nn.nn.training.sources import Source


class Prepared(tree.Compound):
    """What a front gives for some samples: arrays, or the tensors that stand for a batch of them.

    Its last fact is the structure of these, for those of models inside are among them.
    """

    __slots__ = ("structure", "values")

    def __init__(self, *found: Any) -> None:
        *self.values, self.structure = found

    @property
    def parts(self) -> tuple[Any, ...]:
        return tuple(self.values)

    @property
    def facts(self) -> tuple[Any, ...]:
        return (self.structure,)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the batch, the samples' number alone."""
        return tuple(self.values[0].shape[:1])

    def __len__(self) -> int:
        return len(self.values[0])


def is_raw(function: Any) -> bool:
    """Whether this is a layer that looks at values on the host, or a model with such a front."""
    return bool(getattr(function, "_raw", False)) and hasattr(function, "_looked")


class Front:
    """The calls of a network that run on the host.

    calls    those to run as they are, in order: what the last ones depend on.
    last     those that look, and whose results the rest of the network computes with.
    passed   symbols that the rest reads besides: inputs, and results of the calls.
    """

    _unguarded = True  # what it holds never changes

    def __init__(self, calls: list[Call], last: list[Call], passed: list[Symbol]) -> None:
        self.calls, self.last, self.passed = calls, last, passed

    @classmethod
    def of(cls, calls: Sequence[Call], results: Sequence[Symbol]) -> Front | None:
        """The front of a network's calls; None where none looks at values.

        A call that looks at what weights that are trained, or draws, give stays where it is: it
        says itself that it cannot be recorded.
        """
        functions = {id(c.function): c.function for c in calls}  # each asked once
        raw = {i for i, function in functions.items() if is_raw(function)}
        if not raw:
            return None
        alone = {i: _fixed(function) for i, function in functions.items()}
        fixed: dict[int, bool] = {}
        for c in calls:
            fixed[id(c)] = alone[id(c.function)] and all(fixed[id(x.call)] for x in c.inputs)
        looking = [
            c for c in calls if id(c.function) in raw and all(fixed[id(x.call)] for x in c.inputs)
        ]
        if not looking:
            return None
        needed = set[int]()  # that those depend on
        waiting = [x.call for c in looking for x in c.inputs]
        while waiting:
            call = waiting.pop()
            if id(call) not in needed:
                needed.add(id(call))
                waiting += [x.call for x in call.inputs]
        last = [c for c in looking if id(c) not in needed]
        inside = [c for c in calls if id(c) in needed]
        known = needed | {id(c) for c in last}
        reading = [x for c in calls if id(c) not in known for x in c.inputs]
        wanted = {id(x): x for x in [*reading, *results] if id(x.call) in needed}
        entered = {id(x): x for x in [*reading, *results] if not x.call.inputs}
        passed = list((wanted | entered).values())
        return cls([c for c in inside if c.inputs], last, passed)

    def __call__(self, values: dict[Symbol, Any]) -> Prepared:
        """What the rest is computed from, of the values of the inputs."""
        with no_grad():
            for call in self.calls:
                ends = tree.flatten(call.outputs)[0]
                found = call({x: _whole(values[x]) for x in call.inputs})
                values |= zip(ends, tree.flatten(found)[0], strict=True)
            looked = [c.function._look_at_values(_given(c, values)) for c in self.last]
        made = [values[x].numpy() if x.call.inputs else values[x] for x in self.passed]
        leaves, structure = tree.flatten([*looked, *made], inside=True)
        return Prepared(*leaves, structure)

    def resumed(self, prepared: Prepared) -> dict[Symbol, Any]:
        """The values of the symbols that the rest reads."""
        found = tree.unflatten(prepared.structure, prepared.values)
        values: dict[Symbol, Any] = {}
        for call, value in zip(self.last, found, strict=False):
            ends = tree.flatten(call.outputs)[0]
            values |= zip(ends, tree.flatten(call.function._looked(value))[0], strict=True)
        return values | dict(zip(self.passed, found[len(self.last) :], strict=True))


def _fixed(function: Any) -> bool:
    """Whether a function gives the same for the same, whatever was trained."""
    if getattr(function, "trainable_weights", None):
        return False
    return not getattr(function, "_takes_training", False) or is_raw(function)


def _given(call: Call, values: dict[Symbol, Any]) -> Any:
    """What a call's function is called on."""
    return tree.map(lambda x: _whole(values.get(x, x)) if isinstance(x, Symbol) else x,
                    call.args[0])  # fmt: skip


def _whole(value: Any) -> Any:
    """All samples of what is read in parts."""
    return value.read(np.arange(len(value)), len(value)) if isinstance(value, Source) else value
