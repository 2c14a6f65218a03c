"""Files written by a thread of their own, of copies, while training goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.nn.saving import tensors

Contents = tuple[Mapping[str, np.ndarray], dict[str, str]]
WAITING = 2  # files that wait at most; who brings another then waits too


class Behind:
    """Writes what it is offered, of each path the newest; `drain` and `offer` raise its errors.

    busy    whether something is being written, or waits.
    spent   seconds that its thread has had of a processor.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     behind = Behind()
    ...     behind.offer(folder + "/a.agn", ({"w": np.ones(2)}, {}))
    ...     behind.drain()
    ...     with tensors.Tensors(folder + "/a.agn") as found:
    ...         found["w"].tolist()
    [1.0, 1.0]
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, tuple[Contents, Any]] = {}
        self.busy = False
        self._error: BaseException | None = None
        self.spent = 0.0

    def offer(
        self, path: str, contents: Contents, before: Any = None, now: bool = False
    ) -> None:
        """Writes contents, soon, in place of those that wait for the same path.

        before   called with no arguments right before they are written.
        now      writes them at once, by who offers them, where nothing else is being written.
        """
        with self._changed:
            while self._error is None and path not in self._waiting and (
                len(self._waiting) >= WAITING
            ):
                self._changed.wait()
            self._raise()
            self._waiting[path] = contents, before
            idle, self.busy = not self.busy, True
        if idle and now:
            self._write()
            self.drain()
        elif idle:
            threading.Thread(target=self._write, name="autograd_nn-files", daemon=True).start()

    def drain(self) -> None:
        """Waits until all is written."""
        with self._changed:
            while self.busy:
                self._changed.wait()
            self._raise()

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _write(self) -> None:
        while True:
            with self._changed:
                if not self._waiting or self._error is not None:
                    self._waiting.clear()
                    self.busy = False
                    self._changed.notify_all()
                    return
                path = next(iter(self._waiting))
                contents, before = self._waiting.pop(path)
                self._changed.notify_all()
            started = time.thread_time()
            try:
                if before is not None:
                    before()
                tensors.write(path, *contents, alone=True)  # which training computes beside
            except BaseException as error:
                self._error = error
            self.spent += time.thread_time() - started
