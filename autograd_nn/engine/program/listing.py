"""The listing of a program: its instructions, the buffers they read and write, what they take."""

from __future__ import annotations

from dataclasses import dataclass

from autograd_nn.engine.graph.values import Value


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """One line of a listing; ``native``: not by Python. ``why``: why by Python.

    depth   how many loops it is within; ``flops`` and ``nbytes`` are those of all their steps.
    """

    name: str
    reads: list[Value]
    writes: list[Value]
    native: bool
    flops: int
    nbytes: int
    why: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """What a program is made of; it prints as a table.

    outputs   the buffer in which each output lies.
    states    by index, what it writes of outside.
    captured  how much else it reads of outside; ``kernels`` are compiled for it.
    machine   what runs the instructions; other: those for which there is no kernel.
    arena     bytes of its own memory, ``unshared`` without reuse; ``peak`` with all it holds.
    """

    instructions: list[Instruction]
    inputs: list[Value]
    outputs: list[tuple[Value, Value]]
    states: set[int]
    captured: int
    kernels: int
    arena: int
    unshared: int
    peak: int
    machine: str = "native"
    other: str = "python"

    def __str__(self) -> str:
        native = sum(step.native for step in self.instructions)
        lines = [
            f"program: {len(self.instructions)} instructions ({native} {self.machine}, "
            f"{len(self.instructions) - native} by Python), {self.kernels} kernels",
            f"inputs: {', '.join(map(told, self.inputs))}",
            f"states: {len(self.states)}, captured: {self.captured}, outputs: {len(self.outputs)}",
            f"arena: {self.arena:,} bytes ({self.unshared:,} without reuse); "
            f"peak: {self.peak:,} bytes; flops: {sum(s.flops for s in self.instructions):,}",
        ]
        for i, step in enumerate(self.instructions):
            writes, reads = ", ".join(map(told, step.writes)), ", ".join(map(repr, step.reads))
            where = self.machine if step.native else f"{self.other} ({step.why})"
            lines.append(
                f"{i:4d}  {'    ' * step.depth}{writes} = {step.name}({reads})  "
                f"[{where}, {step.flops:,} flops, {step.nbytes:,} bytes]"
            )
        return "\n".join(lines)


def told(v: Value) -> str:
    """A buffer in a word: ``%3:f4[2, 3]``."""
    return f"{v!r}:{v.dtype.str[1:]}{list(v.shape)}"
