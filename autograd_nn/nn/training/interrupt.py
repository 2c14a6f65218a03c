"""Ctrl-C between steps: training stops with weights, slots and history of one and the same step."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from weakref import ref

from autograd_nn.engine.alone import ALONE, Alone
from autograd_nn.engine.mode import mode


class Noting:
    """Python's handler again when nobody holds what notes Ctrl-C.

    An exception of another handler may come where a ``with`` has begun and is not yet left to end.
    """

    def __init__(self, of: Interrupts) -> None:
        self.of = ref(of)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        of = self.of()
        if of is None:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.default_int_handler(number, frame)
        else:
            of.note(number, frame)


def _pythons_own() -> bool:
    """Whether Ctrl-C is Python's own, or was noted by what is gone."""
    handler = signal.getsignal(signal.SIGINT)
    gone = isinstance(handler, Noting) and handler.of() is None
    return gone or handler is signal.default_int_handler


class Interrupts:
    """Holds Ctrl-C back until `check`, so that it never lands inside a step; a second one does.

    While a device is waited for nothing has changed yet: then it comes at once. Only in the main
    thread, and only where Python's own handler is in place: whoever installed another keeps it. Of
    several processes the first one's counts.
    """

    def __init__(self, team: Alone = ALONE) -> None:
        self._team = team
        self._noted = False
        self._ours = False

    def __enter__(self) -> Interrupts:
        main = threading.current_thread() is threading.main_thread()
        if main and _pythons_own():
            signal.signal(signal.SIGINT, Noting(self))
            self._ours = True
        return self

    def note(self, number: int, frame: FrameType | None) -> None:
        if self._noted or mode.waiting:
            signal.default_int_handler(number, frame)
        self._noted = True

    def check(self) -> None:
        """Raises the KeyboardInterrupt that came since; called between steps."""
        if self._team.tell("Ctrl-C", self._noted):
            raise KeyboardInterrupt

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if self._noted and error is None and not self._team.rank:  # it came after the last step
                raise KeyboardInterrupt

