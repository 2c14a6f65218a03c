"""Who runs programs together, as those who run them know it: here one process, by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from autograd_nn.engine.tensor import Tensor


class Alone:
    """One process, which has nobody to agree with.

    rank    of this process; the first decides, prints, calls back and saves.
    count   of processes.
    """

    _unguarded = True  # no step depends on it
    rank, count = 0, 1

    def tell(self, what: str, value: Any) -> Any:
        """The first one's value, in all: plain data."""
        return value

    def each(self, what: str, value: Any) -> list[Any]:
        """Everyone's value, in all: plain data."""
        return [value]

    def together(self) -> AbstractContextManager[Any]:
        """Within it all do the same; whoever leaves it by an error ends it for the others too."""
        return nullcontext()

    def share(self, tensors: Iterable[Tensor]) -> None:
        """Gives all the first one's contents."""

    @contextmanager
    def leading(self, tensors: Callable[[], Iterable[Tensor]]) -> Iterator[bool]:
        """Within it the first acts alone: gives whether this one is to act.

        What it assigned to the tensors all have then, and what it raises all raise.
        """
        yield True


ALONE = Alone()
