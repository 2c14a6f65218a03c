"""The builder: collects the steps of one program. What lowerings ask for stands here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Graph, Ref, Value
from autograd_nn.engine.program.layout import Address, Place, spread, stride_of_stack, whole
from autograd_nn.engine.program.passes.fuse import Group, schedule
from autograd_nn.engine.program.plan.loops.fused import copy_step, fill_step
from autograd_nn.engine.program.plan.loops.loop import Cell
from autograd_nn.engine.program.plan.step import OVER, Kernel, Step

# Values that stand for memory of every program: its error cell, the step number.
STATUS = Value(-1, "status", (), np.dtype(np.int64))
CURSOR = Value(-2, "cursor", (), np.dtype(np.int64))

Message = Callable[[int], Exception]  # what a reported place means


class Builder:
    """Collects the steps of one program.

    graph    of a record, made better by passes.
    order    its fused groups and single calls, as they run.
    places   where each value lies, by its index: the same dict in a loop's builder.
    around   the builder of the steps around these, where these are a loop's.
    stays    roots that are the same at every step, where these are a loop's.
    ahead    steps that read those alone: they are made once, before the loop.
    """

    def __init__(
        self, graph: Graph, around: Builder | None = None, stays: Iterable[Value] = ()
    ) -> None:
        self.stays = frozenset(v.index for v in stays)
        self.ahead: list[Step] = []
        self.graph = graph
        self.places: dict[int, Place] = {} if around is None else around.places
        self.order: list[Any] = schedule(graph, self.places).steps
        self.steps: list[Step] = []
        self.messages: list[Message] = [] if around is None else around.messages
        # What is perhaps not needed as it lies: a copy's source, a product's operands; and how many
        # steps there were.
        self.laid: dict[int, tuple[Place, int]] = {}
        self.products: dict[int, tuple[Place, Place, int]] = {}
        self.tables: dict[tuple, Value] = {}
        self.made: dict[tuple, Place] = {}  # what was made before a loop, see `once`
        self.around = around

    # ---- where values lie ---------------------------------------------------------------------

    def value(self, kind: str, shape: tuple[int, ...], dtype: Any, **given: Any) -> Value:
        """A new value of the graph."""
        v = Value(len(self.graph.values), kind, shape, np.dtype(dtype), **given)
        self.graph.values.append(v)
        return v

    def place(self, v: Value) -> Place:
        """Where a value lies: in its own memory unless it was found to be a view."""
        found = self.places.get(v.index)
        if found is None:
            found = self.places[v.index] = whole(v)
        return found

    def of(self, x: Ref, dtype: np.dtype) -> Place:
        """The place of an operand; a Python number becomes a constant of ``dtype``."""
        if isinstance(x, Value):
            return self.place(x)
        return self.place(self.value("constant", (), dtype, array=np.asarray(x.value, dtype)))

    def temporary(self, shape: tuple[int, ...], dtype: Any) -> Place:
        """Memory for results between two steps."""
        return self.place(self.value("computed", shape, dtype))

    def ordered(self, x: Value | Place) -> Place:
        """A value's entries one after another, the last axis fastest: copied if they are not."""
        place = self.place(x) if isinstance(x, Value) else x
        if place.contiguous:
            return place
        return self.once(
            place, "ordered", place.shape, lambda fresh: copy_step(place, fresh)
        ) or self._copied(place)

    def _copied(self, place: Place) -> Place:
        fresh = self.temporary(place.shape, place.root.dtype)
        self.copy(place, fresh)
        return fresh

    def once(
        self, place: Place, what: str, shape: tuple[int, ...], make: Callable[[Place], Step]
    ) -> Place | None:
        """What a step makes of a place that stays the same, made before the loop; else None."""
        if place.root.index not in self.stays and place.root.kind != "constant":
            return None
        if self.around is None:
            return None
        key = (what, place.root.index, place.offset, place.shape, place.strides)
        if key not in self.made:
            self.made[key] = self.temporary(shape, place.root.dtype)
            self.add_ahead(make(self.made[key]))
        return self.made[key]

    def add_ahead(self, step: Step) -> None:
        """Has a step made before the loop, or before all the loops around it that it can leave."""
        self.ahead.append(step)

    def add_before(self, steps: Iterable[Step]) -> None:
        """Adds what a loop within these has made before it."""
        for step in steps:
            roots = {v.index for v in step.reads if v.kind != "constant"}
            (self.ahead if roots <= self.stays and self.around else self.steps).append(step)

    def stacked(self, place: Place, lead: tuple[int, ...]) -> Place:
        """A stack of matrices that one stride walks through, copied where there is none."""
        if stride_of_stack(place, lead) is not None:
            return place
        ordered = self.ordered(place)
        if stride_of_stack(ordered, lead) is not None:
            return ordered
        return self.ordered(spread(place, (*lead, *place.shape[-2:])))

    def table(self, shape: tuple[int, ...], strides: tuple[int, ...], size: int) -> Value:
        """Where the entries of an array lie from its first, in bytes, as a constant."""
        key = (shape, strides, size)
        if key not in self.tables:
            offsets = np.zeros(1, np.int64)
            for n, s in zip(shape, strides, strict=True):
                offsets = np.add.outer(offsets, np.arange(n) * (s * size)).reshape(-1)
            self.tables[key] = self.value("constant", offsets.shape, np.int64, array=offsets)
        return self.tables[key]

    def laid_from(self, root: Value) -> Place | None:
        """Where the entries of a copy can be read instead; None where it is none."""
        source, at = self.laid.get(root.index, (None, 0))
        return source if source is not None and self._still(source, at) else None

    def product_of(self, root: Value) -> tuple[Place, Place] | None:
        """The matrices of which a value is the product, where no more than one call reads it."""
        if root.index not in self.products:
            return None
        a, b, at = self.products[root.index]
        alone = self._reads[root.index] == 1
        return (a, b) if alone and self._still(a, at) and self._still(b, at) else None

    @cached_property
    def _reads(self) -> Counter[int]:
        """How many operands of calls lie in each root: asked once all are where they are to lie."""
        calls = [c for item in self.order
                 for c in (item.members if isinstance(item, Group) else [item])]  # fmt: skip
        values = [x for c in calls for x in c.operands if isinstance(x, Value)]
        return Counter([self.place(x).root.index for x in values])

    def _still(self, place: Place, at: int) -> bool:
        """Whether no step from the one numbered ``at`` on writes there."""
        return not any(place.root in step.writes for step in self.steps[at:])

    # ---- steps --------------------------------------------------------------------------------

    def add(self, step: Step) -> None:
        """Puts a step after those there are."""
        self.steps.append(step)

    def run(
        self,
        function: Callable[..., None] | Hashable,
        cells: Iterable[Cell | Value | Place],
        writes: Sequence[Value | Place],
        *,
        name: str = "",
        parts: int = 1,
        flops: int = 0,
        single: float = 0.0,
        **types: str,
    ) -> None:
        """Adds a step that runs a kernel.

        function   ``(a, tid, nth)``, as those in ``engine/kernels``: compiled from its text. Or a
                   structure that the target has a text for, as a `Nest`.
        cells      what its argument block ``a`` holds: integers; a value or a place is its address.
        writes     those of the cells that it writes. It reads the others.
        name       what listings call it; the function's own unless given.
        parts      how many parts ``tid`` of ``nth`` may be done at once, in any order.
        flops      operations on floats, done as vectors; ``single``: others, done one by one.
        types      what the capitals in its text mean: ``F="F8"`` is float64.
        """
        written = [_root(x) for x in writes]
        held, block = [], []
        for cell in cells:
            if isinstance(cell, Value | Place):
                held.append(_root(cell))
                cell = cell.address if isinstance(cell, Place) else Address(cell)
            block.append(cell)
        reads = [v for v in dict.fromkeys(held) if v not in written]
        kernel = function
        if callable(function):
            kernel, name = Kernel(function, tuple(types.items())), name or function.__name__
        step = Step(name, reads, written, kernel, block, parts=parts, flops=flops, single=single)
        self.add(step)

    def copy(self, source: Place, target: Place) -> None:
        """Adds a step that writes one place's entries to another of the same shape."""
        self.add(copy_step(source, target))

    def fill(self, target: Place | Value, number: float) -> None:
        """Adds a step that writes one number everywhere."""
        self.add(fill_step(whole(target) if isinstance(target, Value) else target, number))

    def drop_unread(self, kept: set[int]) -> None:
        """Drops the copies and products that no step reads: others were made in their place."""
        read = kept.union(v.index for step in self.steps for v in step.reads)
        spare = (self.laid.keys() | self.products.keys()) - read
        self.steps = [s for s in self.steps if not any(v.index in spare for v in s.writes)]

    def errors(self, message: Message) -> tuple[Cell, Cell]:
        """Two cells for a kernel that checks what it reads: where to store an error, and its code.

        It stores the code plus the place where something was wrong and returns; the run stops and
        raises ``message(place)``.
        """
        self.messages.append(message)
        return Address(STATUS), len(self.messages) * OVER


def _root(x: Value | Place) -> Value:
    return x if isinstance(x, Value) else x.root
