"""A step happens whole or not at all, whatever a signal handler raises in the middle of it.

A handler of Python's may raise between any two instructions: in the middle of an update, with half
of the weights assigned. So a step notes what each tensor held before it was assigned, and where an
exception leaves it, everything is put back. Putting back is one call into C, which neither a
handler nor another thread can come into.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain, starmap
from typing import Any

from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor

_show: Any = Tensor.__dict__["array"].__set__


def show(tensors: Iterable[Tensor], arrays: Iterable[Any]) -> None:
    """Gives tensors new contents, all at one moment. Both are lists: nothing of Python's is run."""
    deque(map(_show, tensors, arrays), maxlen=0)


def whole(step: Callable[..., Any], *args: Any) -> Any:
    """``step(*args)``; where it raises, no tensor that it assigned is changed.

    The tape is as it was then, too: a block that turns it off may have been left as it began.
    """
    if mode.changes is not None:
        return step(*args)  # part of a larger step
    taped = mode.taping
    try:
        mode.changes = []
        result = step(*args)
        mode.changes = None  # from here on it has happened
        return result
    except BaseException:
        try:
            _put_back()
        finally:
            _put_back()  # again, if a second exception came into the first
            mode.taping, mode.changes = taped, None
        raise


def _put_back() -> None:
    if mode.changes:  # pairs of tensors and what they held, all of C: see `show`
        pairs = chain.from_iterable(starmap(zip, reversed(mode.changes)))
        deque(starmap(_show, pairs), maxlen=0)
