"""BackupAndRestore: a training that was killed goes on."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograd_nn.nn.callbacks.base import Logs
from autograd_nn.nn.callbacks.saver import Saver, frequency


class BackupAndRestore(Saver):
    """Keeps the state of a training, with which the same `fit` in another process goes on.

    backup_dir          a folder for this training alone; made if need be.
    save_freq           'epoch', or a number of batches.
    double_checkpoint   keeps the state before the last, too; it is taken where the last is damaged.
    delete_checkpoint   the state is deleted when training ends.
    All goes on as if it had not been interrupted, bit for bit, in the middle of an epoch too. Data
    are passed as at first, a generator at its beginning. States are written behind the training
    and, where epochs are short, no oftener than costs about a fortieth of its time: the first after
    80 ms; the last on the disk may be as old. Raises ValueError for an empty folder's name or
    another save_freq, OSError where a state cannot be written.

    >>> import tempfile, numpy as np
    >>> from autograd_nn import nn
    >>> model = nn.Sequential([nn.Dense(1, input_dim=2)])
    >>> model.compile("sgd", "mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     backup = nn.callbacks.BackupAndRestore(folder, delete_checkpoint=False)
    ...     x, y = np.ones((8, 2)), np.ones(8)
    ...     _ = model.fit(x, y, epochs=2, verbose=0, callbacks=backup)
    ...     model.fit(x, y, epochs=3, verbose=0, callbacks=backup).epoch
    [0, 1, 2]
    """

    def __init__(
        self, backup_dir: Any, save_freq: Any = "epoch", double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:  # fmt: skip
        if backup_dir is None or not os.fspath(backup_dir):
            raise ValueError(
                f"BackupAndRestore received backup_dir={backup_dir!r}; expected a folder."
            )
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = frequency(save_freq, "BackupAndRestore")
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._seen, self._asked = 0, False
        if self.save_freq != "epoch":  # else batches are not looked at
            self.on_train_batch_end = self._on_batch  # type: ignore[method-assign]

    def get_state(self) -> dict[str, Any]:
        return {"_seen": self._seen}

    @property
    def _path(self) -> Path:
        return Path(self.backup_dir, "training.agn")

    @property
    def _former(self) -> Path:
        return Path(self.backup_dir, "training_before.agn")

    def _checkpoint(self) -> str | None:
        there = [p for p in (self._path, self._former) if p.exists()]
        if self.double_checkpoint and len(there) > 1 and not _whole(there[0]):
            there.pop(0)
        return str(there[0]) if there else None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._seen, self._asked = 0, False

    def _last_of_all(self) -> bool:
        """Whether no other state follows, and this one is to stay."""
        return not self.delete_checkpoint and self.save_freq == "epoch" and self.last_of_all()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._asked = self.save_freq == "epoch"

    def _on_batch(self, batch: int, logs: Logs | None = None) -> None:
        self._seen += 1
        self._asked = self._seen % self.save_freq == 0

    def write(self, *_: Any) -> None:
        if not self._asked or not (self.ready() or self._last_of_all()):
            return
        self._asked = False
        os.makedirs(self.backup_dir, exist_ok=True)
        before = self._keep if self.double_checkpoint else None
        self.offer(str(self._path), lambda: self.model._fit_run.contents(whole=False), before)

    def _keep(self) -> None:
        """The state that is there becomes the one before."""
        if self._path.exists():
            beside = self._former.with_suffix(".next")
            with suppress(FileNotFoundError):
                os.unlink(beside)
            try:
                os.link(self._path, beside)
                os.replace(beside, self._former)
            except OSError:  # no links here
                os.replace(self._path, self._former)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.behind.drain()
        if self.delete_checkpoint:
            for path in (self._path, self._former):
                with suppress(FileNotFoundError):
                    os.unlink(path)
            with suppress(OSError):  # others keep something there
                os.rmdir(self.backup_dir)


def _whole(path: Path) -> bool:
    """Whether a file can be read to its end."""
    from autograd_nn.nn.saving.errors import ModelFileError
    from autograd_nn.nn.saving.tensors import Tensors

    try:
        with Tensors(path) as found:
            for name in found:
                found[name]
    except (ModelFileError, OSError):
        return False
    return True
