"""What callbacks share that write a training's state."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn.callbacks.base import Callback


class Saver(Callback):
    """Writes when all callbacks have had a hook, so that what it writes holds what they came to.

    In a hook it notes what is due; ``write`` follows. Files of the library's own are written behind
    the training, from copies.
    """

    steers = False
    behind: Any = None  # the thread that writes, while training runs

    def write(self, *_: Any) -> None:
        """Writes what is due; called as the hook was."""
        raise NotImplementedError

    def open(self) -> None:
        """Training begins."""
        from autograd_nn.nn.saving.behind import Behind

        self.behind = Behind()

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
