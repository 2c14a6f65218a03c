"""Steps: what runs, one after another. A step says what it does, reads and writes.

How it is done (in which text, at what cost, by how many threads) is for a target to say.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from autograd_nn.engine.graph.values import Call, Value
from autograd_nn.engine.program.layout import Place
from autograd_nn.engine.program.plan.loops.loop import Cell, LoopPlan

OVER = 1 << 32  # an error cell holds a message's number times this, plus where it happened


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel written by hand: a function of ``(a, tid, nth)``, and what capitals in it mean."""

    function: Callable[..., None]
    types: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """A loop over steps: how often they run."""

    times: int


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A place among the steps, to go on from."""


@dataclass(frozen=True, slots=True, eq=False)
class Jump:
    """Goes on from one of several labels; a number that the step's first cell shows says which."""

    targets: tuple[Label, ...]


@dataclass(slots=True, eq=False)
class Step:
    """One instruction: a kernel and its cells, or (without a kernel) a call that Python makes."""

    name: str
    reads: list[Value]
    writes: list[Value]
    kernel: Hashable = None  # a Kernel, a Loop, or another structure that the target has a text for
    cells: list[Cell] = field(default_factory=list)
    call: Call | None = None
    places: dict[int, Place] | None = None
    loop: LoopPlan | None = None
    parts: int = 1  # how many may be done apart: they carry no result to one another
    flops: int = 0
    why: str = ""  # of a call that Python makes, why
    single: float = 0.0  # operations done one by one, not as vectors: look-ups, comparisons
    begins: Repeat | None = None  # a mark: the steps from here on are a loop's body
    rows: int = 0  # of such a mark, into how many rows at most the body may be cut, see `lanes`
    ends: Repeat | None = None  # a mark: they end here
    label: Label | None = None  # a mark: steps jump here
    jump: Jump | None = None
    times: int = 1  # how often a run makes it, within loops
    depth: int = 0  # how many loops it is within

    def calls(self) -> list[Call] | None:
        """The calls that Python can make in its place; None where it has no such equal."""
        if self.depth or self.control:
            return None  # a loop's steps are made together
        if self.call is not None:
            return [self.call]
        return (self.loop.group.members or None) if self.loop is not None else None

    @property
    def control(self) -> bool:
        """Whether it says where to go on; nothing is computed."""
        return self.ends is not None or self.jump is not None

    @property
    def mark(self) -> bool:
        """Whether it is a place among the steps alone, and no instruction."""
        return self.begins is not None or self.label is not None

    def nbytes(self) -> int:
        """Bytes that are read and written."""
        return sum(v.nbytes for v in {id(v): v for v in (*self.reads, *self.writes)}.values())
