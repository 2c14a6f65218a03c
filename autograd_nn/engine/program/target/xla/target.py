"""What makes programs for a device of JAX."""

from __future__ import annotations

import os

from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.target.target import Target
from autograd_nn.engine.program.target.xla.device import Device
from autograd_nn.engine.program.target.xla.job.ranks import Ranks
from autograd_nn.engine.program.target.xla.job.team import Team
from autograd_nn.engine.program.target.xla.program import XlaProgram

LONG = 10.0  # seconds: what Ctrl-C may undo, and a process that is gone


class Xla(Target):
    """A device, and the programs on it."""

    long = LONG

    def __init__(self, device: Device) -> None:
        self.device = device
        if isinstance(device.ranks, Ranks):
            self.team = Team(device.ranks, device)
            self.long = 0.0  # Ctrl-C and the end of another wait for what is being run

    def wanted(self) -> bool:
        if getattr(self.device.ranks, "apart", False):  # the others would not come
            return False
        return os.environ.get("AUTOGRAD_NN_JIT") != "0"

    def make(self, graph: Graph, batch: int = 0, count: int = 1, rows: int = 0) -> Program:
        return XlaProgram(graph, batch, count, rows, self.device)
