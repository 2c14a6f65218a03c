"""The one place that makes a program of a graph, and knows which target does."""

from __future__ import annotations

from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.engine.program.target.cpu.library import library, native_wanted


def make(graph: Graph, batch: int = 0) -> Program:
    """The program of a recorded graph.

    batch   not 0: each input is a batch of so many rows, taken from longer arrays: see `feed`.
    """
    return NativeProgram(graph, batch)


def wanted() -> bool:
    """Whether programs are to be made here at all; else functions run op by op."""
    return native_wanted()


def rest(seconds: float) -> bool:
    """Has compiling that nobody waits for rest for so long; False where there is none."""
    return library().compiler.pause(seconds)


def hurry() -> None:
    """Has compiling that nobody waits for step back no more."""
    library().compiler.hurry()


def compiled() -> int:
    """How many kernels this process has compiled so far."""
    return library().compiled
