"""A program, whatever target made it: five doors, and what can be seen of it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.graph.values import Value
from autograd_nn.engine.program import picture
from autograd_nn.engine.program.listing import Listing
from autograd_nn.engine.tensor import Tensor


class Program(ABC):
    """A recorded graph that can be run again and again, without the Python that made it.

    Its doors are `ready`, `run`, `feed`, `steps` and `listing`; a `Target` makes one of a graph.
    """

    fed: Any = None  # what `feed` was last given, as its caller knows it
    failed: Collection[Any] = ()  # what of it did not compile
    # Tensors of which a run changes rows alone, each with the inputs whose numbers say which.
    tables: Sequence[tuple[Tensor, set[int]]] = ()
    lock: Any  # one run at a time
    _streams: Sequence[Any] = ()  # the generators that a run draws from, always in one order

    @abstractmethod
    def ready(self, wait: bool = False, ask: bool = True) -> bool:
        """Whether the program can run; asks for what it needs compiled where it is not there yet.

        wait  returns only when it can run, or never will.
        ask   False: takes what was compiled before, and leaves the rest for later.
        """

    def lacks(self) -> float:
        """About how many seconds it takes to compile what is not there yet."""
        return 0.0

    @abstractmethod
    def run(self, arrays: list[np.ndarray], spare: Sequence[np.ndarray] = ()) -> list[np.ndarray]:
        """One run: input arrays in, output arrays out, states updated.

        The outputs are fresh arrays, or lie in ``spare`` ones of their shape and dtype.
        """

    @abstractmethod
    def feed(
        self, arrays: list[np.ndarray], order: np.ndarray, kept: dict[Any, Any] | None = None
    ) -> None:
        """Points a program made for batches at the arrays it takes rows from, in an order.

        kept   what may be kept of these arrays: whoever has it says that they stay as they are.
        """

    @abstractmethod
    def steps(
        self, start: int, stop: int, meanwhile: Callable[[], None] | None = None
    ) -> None:
        """Runs batches start … stop - 1 of what was fed, one after another.

        meanwhile   may be called once while they run, where this thread would only wait; it neither
                    changes what they were fed nor draws from what they draw from.
        """

    @abstractmethod
    def listing(self) -> Listing:
        """Its instructions, as a table that can be printed and drawn."""

    def _drawing(self) -> AbstractContextManager[Any]:
        """Holds the generators that a run draws from: no two threads are to draw the same."""
        if len(self._streams) < 2:
            return self._streams[0].lock if self._streams else self.lock  # which is held already
        with ExitStack() as stack:
            for stream in self._streams:
                stack.enter_context(stream.lock)
            return stack.pop_all()

    def __str__(self) -> str:
        return str(self.listing())

    def picture(self, path: str | os.PathLike[str] | None = None) -> str:
        """Its graph as SVG: instructions are boxes, buffers the lines; saved where ``path`` says.

        Notebooks show it by themselves. A line's buffer and its bytes appear under the pointer.
        """
        text = picture.svg(self.listing())
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def _repr_svg_(self) -> str:
        return picture.svg(self.listing())

    def dot(self) -> str:
        """Its graph in the language of Graphviz: for another layout, or another format."""
        return picture.dot(self.listing())


def streams(states: Iterable[Value]) -> list[Any]:
    """The generators among the states of a program, always in one order."""
    found = {id(v.tensor): v.tensor for v in states if hasattr(v.tensor, "lock")}
    return [found[k] for k in sorted(found)]


def fits(v: Value, array: Any) -> None:
    """Raises ShapeError where a captured tensor holds an array unlike the one at recording."""
    if array.shape != v.shape or array.dtype != v.dtype:
        raise ShapeError(
            f"a tensor that a recorded function reads was {v.dtype}{v.shape} and is now "
            f"{array.dtype}{array.shape}; expected the same. Record the function again (make a "
            "new ag.jit of it)."
        )
