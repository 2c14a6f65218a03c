"""What is kept of a jitted function: a program per signature, and how its results are made."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.graph.guards.guards import Guards
from autograd_nn.engine.graph.record import Again, Fixed
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.node import Leaf, fingerprint
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.target.pace import Pace
from autograd_nn.engine.tape import sort
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.engine.weak import Arguments

VARIANTS = 8  # programs of one signature that differ in what Python saw of float arguments


class Recorded:
    """One signature's program, and how its outputs make up the function's result."""

    def __init__(
        self,
        program: Program,
        shape: Any,
        slots: list[Any],
        guards: Guards,
        taped: bool | None,
        weak: Arguments,
    ) -> None:
        self.program, self.shape, self.slots, self.guards = program, shape, slots, guards
        self.taped = taped  # whether results lead to leaves of outside; None: it was not taping
        self.weak = weak
        self.frozen: list[tuple[Tensor, Any]] = []  # masks, whose contents the program follows
        self.single = len(slots) == 1 and slots[0] == 0 and shape is tree.LEAF
        self.pace: Pace | None = None  # while calls run op by op
        self.other: Recorded | None = None  # of calls for which Python saw something else

    def result(self, arrays: list[np.ndarray], numbers: list[float]) -> Any:
        """The tree the function returned, with ``arrays`` for its computed leaves."""
        if self.single:
            return wrap(arrays[0])
        leaves = []
        for s in self.slots:
            if isinstance(s, Fixed):
                leaves.append(s.value)
            else:
                leaves.append(s.compute(numbers) if isinstance(s, Again) else wrap(arrays[s]))
        return tree.unflatten(self.shape, leaves)

    def holds(self) -> bool:
        """Whether all that the program took from outside, but the arguments, is as it was."""
        return self.guards.checks.hold() and (not self.frozen or self.masks_hold())

    def masks_hold(self) -> bool:
        """Whether the masks that the program follows have their contents still."""
        return all([fingerprint(x.array) == was for x, was in self.frozen])

    def run(self, leaves: list[Any], numbers: list[float], spare: list[np.ndarray]) -> Any:
        """The function's result, by the program."""
        arrays = [x.array for x in leaves]
        if numbers:
            arrays += self.weak.arrays(numbers)
        found = self.program.run(arrays, spare)
        return wrap(found[0]) if self.single else self.result(found, numbers)


class Shelf(dict[Any, Recorded]):
    """The latest program of each signature; behind it those for other floats that Python saw."""

    def fitting(self, key: Any, numbers: list[float]) -> Recorded | None:
        """The program of a signature for which Python sees of the numbers what it saw."""
        found = self.get(key)
        while found is not None and not found.weak.fit(numbers):
            found = found.other
        return found

    def variants(self, key: Any) -> list[Recorded]:
        """The programs of a signature, the latest first."""
        kept: list[Recorded] = []
        one = self.get(key)
        while one is not None:
            kept.append(one)
            one = one.other
        return kept

    def crowded(self, key: Any) -> bool:
        """Whether there are as many programs as one signature may have."""
        return len(self.variants(key)) >= VARIANTS

    def put(self, key: Any, found: Recorded, numbers: list[float]) -> None:
        """Adds the program recorded last, in place of those for the same numbers."""
        others = [one for one in self.variants(key) if not one.weak.fit(numbers)]
        self._link(key, [found, *others[: VARIANTS - 1]])

    def drop(self, key: Any, old: Recorded) -> None:
        """Forgets one program of a signature."""
        self._link(key, [one for one in self.variants(key) if one is not old])

    def _link(self, key: Any, programs: list[Recorded]) -> None:
        for one, other in zip(programs, [*programs[1:], None], strict=False):
            one.other = other
        if programs:
            self[key] = programs[0]
        else:
            self.pop(key, None)

    def forget(self, name: int) -> None:
        """Forgets the programs of signatures that name an object."""
        for key in [k for k in self if ("object", name) in k[1]]:
            del self[key]


def leads_outside(result: Any, graph: Graph) -> bool:
    """Whether a result's tape ends at a leaf of outside that the function leaves as it is."""
    assigned = {id(old.tensor) for old, _ in graph.effects}
    roots = [y for y in tree.flatten(result)[0] if isinstance(y, Tensor)]
    leaves = [node for node in sort(roots) if isinstance(node, Leaf)]
    return any(id(leaf.owner) not in assigned for leaf in leaves)
