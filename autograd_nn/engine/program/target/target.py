"""A target: a machine that programs run on, as those who have programs made know it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from autograd_nn.engine.alone import ALONE, Alone
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.mode import mode
from autograd_nn.engine.program.program import Program


class Target(ABC):
    """Makes programs of graphs for one machine; `make.target` gives one by its name.

    team   the processes that run them together.
    long   seconds that steps may run in one go where nobody sees how far they are, and Ctrl-C ends
           what runs; see `stretches`.
    """

    team: Alone = ALONE
    long = 0.0

    @abstractmethod
    def wanted(self) -> bool:
        """Whether programs are to be made here at all; else functions run op by op."""

    @abstractmethod
    def make(self, graph: Graph, batch: int = 0, count: int = 1, rows: int = 0) -> Program:
        """The program of a recorded graph.

        batch   not 0: each input is a batch of so many rows, taken from longer arrays: see `feed`.
        count   how many batches an order is going to have, as far as is known.
        rows    how many the arrays have, where they are to stay; 0: others come after them.
        """

    def rest(self, seconds: float) -> bool:
        """Has compiling that nobody waits for rest for so long; False where there is none."""
        return False

    def waits(self, program: Program) -> bool:
        """Returns when a program can run, or never will: whether it can. Ctrl-C comes meanwhile."""
        before, mode.waiting = mode.waiting, True
        try:
            return program.ready(wait=True)
        finally:
            mode.waiting = before
