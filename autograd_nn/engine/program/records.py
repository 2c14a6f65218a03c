"""Records of a function: taken under guards, and taken anew until that has proved to be vain."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd_nn.engine.errors import RecordWarning
from autograd_nn.engine.graph.guards.guards import Guards
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.target.target import Target


@dataclass(slots=True)
class Taken:
    """A function's own result, its record, how the result is made up, and the program of it."""

    result: Any
    graph: Graph
    made: Any
    program: Program | None = None  # None: the record could not be replayed
    ready: bool = False


class Records:
    """How one function is recorded at a door: with patience, each signature by itself.

    door   what the user called, for warnings.
    target  what makes programs of the records.
    """

    def __init__(self, door: str, f: Any, target: Target) -> None:
        self.target = target
        self.door, self.name = door, getattr(f, "__qualname__", type(f).__name__)
        self._patience: dict[Any, Patience] = {}

    def patience(self, key: Any) -> Patience:
        """The patience with a signature."""
        found = self._patience.get(key)
        if found is None:
            found = self._patience[key] = Patience(self.door, self.name)
        return found

    def take(
        self, key: Any, guards: Guards, run: Callable[[], tuple[Any, Graph, Any]], batch: int = 0,
        count: int = 1, rows: int = 0, wait: bool = False, ask: bool = True,
    ) -> Taken:  # fmt: skip
        """Runs a function, recorded, and makes a program of it; ``wait``, ``ask``: as in `ready`.

        run     records: returns the function's own result, the graph, and what results are made of.
        batch, count, rows   as in `Target.make`.
        """
        with guards.watching():
            taken = Taken(*run())
        if not guards.settle(taken.graph):
            self.patience(key).vain(guards)
            return taken
        taken.program = self.target.make(taken.graph, batch, count, rows)
        taken.ready = taken.program.ready(wait=wait, ask=ask)
        return taken


class Patience:
    """How often one signature is recorded anew before its calls run op by op instead.

    A record is in vain when two calls later it holds no longer, or when the function itself changes
    what it reads. After a row of such, some calls run op by op before it is tried again: the value
    that kept changing may have come to rest.
    """

    ROW, FIRST, LONGEST = 10, 32, 4096

    def __init__(self, door: str, name: str) -> None:
        self.door, self.name = door, name
        self.text = ""
        self._row = self._left = 0
        self._length = self.FIRST
        self._never = self._told = False

    def vain(self, guards: Guards) -> None:
        """A recording that cannot be replayed."""
        if guards.reason is not None:
            self._never = True
            self._tell(
                f"reads {guards.reason}, whose changes cannot be seen",
                "Pass it as an argument",
            )
        else:
            self._count()

    def rests(self, old: Guards | None, crowded: bool = False) -> bool:
        """Whether this call is to run op by op; ``old`` guarded the record that does not hold.

        crowded   there are as many programs already as one signature may have.
        """
        if self._never:
            return True
        if self._left:
            self._left -= 1
            return True
        if old is not None:
            if old.used:
                self._row, self._length = 0, self.FIRST
            else:
                self._count()
        elif crowded:
            self._count()
        return self._left > 0

    def _count(self) -> None:
        self._row += 1
        if self._row >= self.ROW:
            self._left, self._length = self._length, min(2 * self._length, self.LONGEST)
            self._tell("reads a Python value that changes from call to call",
                       "Pass the value as an argument, or keep it in a Tensor")  # fmt: skip

    def _tell(self, why: str, cure: str) -> None:
        self.text = (
            f"{self.door}: {self.name} runs op by op and is not replayed as native code: it {why}. "
            f"Expected a function whose Python values stay. {cure} to have it replayed."
        )
        if not self._told:
            self._told = True
            warnings.warn(self.text, RecordWarning, stacklevel=2)
