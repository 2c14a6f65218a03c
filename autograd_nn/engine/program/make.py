"""The one place that knows which targets there are: a name in, what makes programs for it out."""

from __future__ import annotations

from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.engine.program.target.cpu.library import library, native_wanted
from autograd_nn.engine.program.target.target import Target


class Cpu(Target):
    """This processor: code of our own, compiled by Numba."""

    def wanted(self) -> bool:
        return native_wanted()

    def make(self, graph: Graph, batch: int = 0) -> Program:
        return NativeProgram(graph, batch)

    def rest(self, seconds: float) -> bool:
        return library().compiler.pause(seconds)

    def hurry(self) -> None:
        library().compiler.hurry()


CPU = Cpu()


def target() -> Target:
    """What makes programs where no other machine is named: this processor."""
    return CPU


def compiled() -> int:
    """How many kernels this process has compiled so far."""
    return library().compiled
