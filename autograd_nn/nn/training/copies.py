"""The rows of its tables that a model's training may change, which are all that need be copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.copies import LARGE, named
from autograd_nn.engine.tensor import Tensor
from autograd_nn.engine.tree import Compound
from autograd_nn.nn.training.sources import Source


class Named:
    """The rows that samples name, of each table that a model's steps change in rows alone."""

    def __init__(self, arrays: Sequence[Any]) -> None:
        self.arrays = [each for array in arrays for each in _inputs_of(array)]
        self._found: dict[int, np.ndarray | None] = {}  # by the tensor's id; None: all

    def rows(self, state: Tensor, stepper: Any) -> np.ndarray | None:
        """The rows of a state that a stepper's steps on the samples change; None: perhaps all."""
        if state.array.nbytes < LARGE or not (of := _inputs(state, stepper)):
            return None
        if id(state) not in self._found:
            self._found[id(state)] = named(state.array, [self.arrays[k] for k in of])
        return self._found[id(state)]


def _inputs_of(array: Any) -> Sequence[Any]:
    """What a program is given of an array: of a sparse batch three, which no source has at once."""
    one = array.read(np.arange(1), 1) if isinstance(array, Source) else array
    if not isinstance(one, Compound):
        return (array,)
    return one.parts if one is array else (array,) * len(one.parts)


def _inputs(state: Tensor, stepper: Any) -> set[int]:
    """Which arrays name a state's rows, as all programs say; empty where one does not.

    An update leaves rows without gradient as they are or does not, whatever the batch: what the
    programs there are show is true of a batch of another size, too.
    """
    found: set[int] = set()
    for key in () if stepper is None else stepper.programs:
        program = stepper.recorded.get(key)  # None: what it read has changed since
        own = [] if program is None else [of for v, of in program.tables if v is state]
        if not own:
            return set()
        found |= own[0]
    return found
