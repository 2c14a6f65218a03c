"""What callbacks share that write a training's state."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from autograd_nn.nn.callbacks.base import Callback

SHARE = 40  # a state waits until this many times the time that the last one took has gone
FIRST = 2e-3  # seconds that the first is taken to need


class Saver(Callback):
    """Writes when all callbacks have had a hook, so that what it writes holds what they came to.

    In a hook it notes what is due; ``write`` follows. Files of the library's own are written behind
    the training, from copies. Those that take one another's place are written, where epochs are
    short, no oftener than costs about a fortieth of the time; the last always is.
    """

    _steers = False
    behind: Any = None  # the thread that writes, while training runs

    def write(self, *_: Any) -> None:
        """Writes what is due; called as the hook was."""
        raise NotImplementedError

    def open(self) -> None:
        """Training begins."""
        from autograd_nn.nn.saving.behind import Behind

        self.behind = Behind()
        # of the last state: when it was copied, how long that took, what had been spent till then
        self._last = time.perf_counter(), FIRST, 0.0

    def ready(self) -> bool:
        """Whether another state costs little."""
        at, copying, before = self._last
        behind = self.behind
        return not behind.busy and (
            time.perf_counter() - at >= SHARE * (copying + behind.spent - before)
        )

    def offer(self, path: str, contents: Callable[[], Any], before: Any = None) -> None:
        """Has contents written, copies of what there is now, and notes what that costs."""
        started, spent = time.perf_counter(), self.behind.spent
        # behind the last epoch there is nothing to write behind
        self.behind.offer(path, contents(), before, now=self.last_of_all())
        self._last = started, time.perf_counter() - started, spent

    def last_of_all(self) -> bool:
        """Whether no epoch follows."""
        return self.model._fit_run.epoch >= self.params["epochs"] or self.model.stop_training

    def close(self) -> None:
        """Training has ended, however: all files are written; raises OSError for one that is not.
        """
        behind, self.behind = self.behind, None
        if behind is not None:
            behind.drain()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "behind": None}


def frequency(value: Any, where: str) -> Any:
    """'epoch', or a number of batches from 1; raises ValueError for anything else."""
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if value != "epoch" and not whole:
        raise ValueError(
            f"{where} received save_freq={value!r}; expected 'epoch', or a number of batches."
        )
    return value
