"""Patience: when a function is no longer recorded anew but runs op by op, and says so once."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from autograd_nn.engine.errors import RecordWarning

if TYPE_CHECKING:
    from autograd_nn.engine.graph.guards.guards import Guards


class Patience:
    """How often one signature is recorded anew before its calls run op by op instead.

    A record is in vain when two calls later it holds no longer, or when the function itself changes
    what it reads. After a row of such, some calls run op by op before it is tried again: the value
    that kept changing may have come to rest.
    """

    ROW, FIRST, LONGEST = 10, 32, 4096

    def __init__(self, door: str, f: Any) -> None:
        self.door, self.name = door, getattr(f, "__qualname__", type(f).__name__)
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
