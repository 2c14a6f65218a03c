"""What the current thread is doing: taping derivatives or not, recording a program or not."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from autograd_nn.engine.op import Op
    from autograd_nn.engine.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


class Recorder(Protocol):
    """What tensors and ops tell a recording, and what they ask of it; see graph/record.py."""

    outer: Recorder | None  # the recording that this one goes on in
    trial: bool  # whether nobody reads what it computes: arguments may hold anything
    pulls: int  # the serial of the node whose derivative is being taken; 0: of none

    def record(self, op: Op, operands: tuple, params: dict[str, Any], y: Any) -> None:
        """An op has run."""

    def add_input(self, x: Tensor) -> Any:
        """``x`` is an argument."""

    def constant(self, x: Tensor) -> None:
        """``x`` holds what another record alone holds: it cannot change."""

    def assign(self, x: Tensor, new: Tensor) -> None:
        """``x`` is about to mean what ``new`` means."""

    def alias(self, twin: Tensor, x: Tensor) -> None:
        """``twin`` is another name for what ``x`` means."""

    def name(self, x: Tensor) -> None:
        """``x`` is what its node means."""

    def recall(self, x: Tensor) -> bool:
        """``x`` was made for a value of the tape; whether that was recorded."""

    def owns(self, x: Tensor) -> bool:
        """Whether ``x`` has no contents of its own: an argument, or computed from one."""

    def look(self, x: Tensor) -> bool:
        """Python asks for the contents of ``x``: whether they are the same at every call."""

    def freeze(self, x: Tensor) -> None:
        """What is recorded holds for the present contents of ``x`` only."""


class Mode(threading.local):
    """One thread's switches; class attributes are every thread's defaults."""

    taping: bool = True
    reads: Any = None  # the dtype that weights are read in, where that is not their own
    stepping: bool = False  # a training step's forward pass: weights are being differentiated
    recorder: Recorder | None = None
    live: Any = None  # what the walk that is under way knows of cut-off zeros; see cuts.py
    waiting: bool = False  # for a device, with nothing changed yet: Ctrl-C may come
    # What the step under way assigned: tensors and the arrays they held before. See whole.py.
    changes: list[tuple[Sequence[Any], Sequence[Any]]] | None = None


mode = Mode()
# What any thread records at the moment. A look at one list is cheaper than at a thread's own state.
recording: list[Recorder] = []
# Who is told of each call that no recording is told of, as `Recorder.record` is: the last of these.
followers: list[Callable[[Op, tuple, dict[str, Any], Any], None]] = []
# What any thread reads weights in, where that is not their own dtype; a list for the same reason.
reading: list[Any] = []


def around() -> Iterator[Recorder]:
    """The recordings that go on in this thread, the innermost first."""
    recorder = mode.recorder
    while recorder is not None:
        yield recorder
        recorder = recorder.outer


def _after_fork() -> None:
    recording[:] = around()  # other threads' are gone


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Settings:
    """What holds for the whole process."""

    deterministic: bool = False


def set_deterministic(value: bool = True) -> None:
    """Whether the same calls give the same bits, in every run and with any number of threads.

    No result ever depends on the number of threads, for products are sliced by size alone. What
    can differ is when a program takes over from the ops it was recorded from, whose last bits may
    be others: this makes it wait for its kernels (a second or so, where they are not in the cache).

    >>> import autograd_nn as ag
    >>> ag.set_deterministic(True)
    >>> ag.set_deterministic(False)
    """
    Settings.deterministic = bool(value)


class taping:  # noqa: N801
    """The tape on or off for a block or a function; re-entrant, one thread only.

    (Where a step must be whole, ``try`` and ``finally`` stand instead: a signal handler may raise
    as a function of Python's begins, the one that leaves a block among them.)
    """

    def __init__(self, value: bool) -> None:
        self.value = value
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(mode.taping)
        mode.taping = self.value

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        mode.taping = self._before.pop()

    def __call__(self, function: F) -> F:
        from functools import wraps

        @wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with taping(self.value):
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]


class no_grad(taping):  # noqa: N801  (a keyword-like name, as in PyTorch)
    """Computes without taping: results carry no derivative. A context manager or a decorator.

    >>> import autograd_nn as ag
    >>> x = ag.Tensor(3.0, requires_grad=True)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    def __init__(self) -> None:
        super().__init__(False)


class enable_grad(taping):  # noqa: N801
    """Tapes again inside a ``no_grad`` block.

    >>> import autograd_nn as ag
    >>> x = ag.Tensor(3.0, requires_grad=True)
    >>> with ag.no_grad(), ag.enable_grad():
    ...     y = x * x
    >>> y.requires_grad
    True
    """

    def __init__(self) -> None:
        super().__init__(True)
