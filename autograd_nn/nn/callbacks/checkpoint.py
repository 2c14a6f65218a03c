"""ModelCheckpoint: the model as a file, now and then, or where it is better than before."""

from __future__ import annotations

import os
from typing import Any

from autograd_nn.nn.callbacks.base import Logs
from autograd_nn.nn.callbacks.history import Records
from autograd_nn.nn.callbacks.monitor import Monitor
from autograd_nn.nn.callbacks.saver import Saver, frequency
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.lookup import unexpected
from autograd_nn.nn.saving import doors


class ModelCheckpoint(Saver, Monitor):
    """Saves the model, or its weights, as training goes along.

    filepath            with places for epoch, batch and logs, as in 'a-{epoch:02d}-{loss:.2f}.agn';
                        its ending says which format it is. A whole model in a file of the library's
                        own is a checkpoint too, from which ``fit(resume=path)`` goes on.
    monitor             the log that says which model is best; 'acc' and 'accuracy' answer for one
                        another.
    verbose             1 says what is saved.
    save_best_only      saves a model only where it is the best so far, or nothing says which is.
    save_weights_only   saves weights alone.
    mode                'min', 'max', or 'auto': as the metric or its name says.
    save_freq           'epoch', or after so many batches.
    initial_value_threshold   what the first has to be better than.
    period              in place of save_freq, as of old: epochs from one file to the next.
    Files of the library's own are written behind the training, and there when `fit` returns: where
    each takes the place of the one before, no oftener than costs about a fortieth of the time.
    Raises ValueError for a mode or save_freq that is none and an ending of other files, KeyError
    for a place that no log fills, OSError where a file cannot be written.

    >>> from autograd_nn import nn
    >>> nn.callbacks.ModelCheckpoint("best.keras", "val_accuracy", save_best_only=True).mode
    'max'
    """

    idle = "saves whatever there is"

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(monitor, mode, 0)
        self.period = whole(options.pop("period", 1), "period", 1)
        if options:
            unexpected(options, ["filepath", "monitor", "period"], "ModelCheckpoint")
        self.filepath, self.verbose = os.fspath(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        doors.holds(self.filepath, not save_weights_only)
        self.save_freq = frequency(save_freq, "ModelCheckpoint")
        threshold = initial_value_threshold
        if threshold is not None:
            number(threshold, "initial_value_threshold", "ModelCheckpoint")
        self.best: float | None = threshold
        self._since = 0  # epochs or batches since the last file
        self._due: str | None = None
        self._fixed = not set("{}") & set(self.filepath)  # there is one path
        # whether each file takes the place of the one before, whatever it holds
        self._replaced = self._fixed and doors.is_own(self.filepath) and not (
            save_best_only or verbose or self.save_freq != "epoch"
        )  # fmt: skip
        self.epoch = 0
        if self.save_freq != "epoch":  # else batches are not looked at
            self.on_train_batch_end = self._on_batch  # type: ignore[method-assign]
            self.on_epoch_begin = self._on_epoch  # type: ignore[method-assign]

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._since, self._due = 0, None
        if self.save_best_only:
            super().on_train_begin(logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            self._count(self.period, logs, epoch=epoch + 1)
        self.epoch = epoch + 1

    def _on_epoch(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch = epoch

    def _on_batch(self, batch: int, logs: Logs | None = None) -> None:
        self._count(self.save_freq, logs, epoch=self.epoch + 1, batch=batch + 1)

    def _count(self, every: int, logs: Logs | None, **places: int) -> None:
        """Another epoch or batch: notes the file that is due."""
        self._since += 1
        if self._since < every:
            return
        self._since = 0
        if self.save_best_only:
            value = self.watched(logs)
            if value is not None:
                if not self.improves(value, self.best):
                    return
                self.best = value
        if self._fixed:
            self._due = self.filepath
            return
        known = Records({**(logs or {}), **places})
        try:
            self._due = self.filepath.format_map(known)
        except KeyError as error:
            raise KeyError(
                f"ModelCheckpoint received filepath={self.filepath!r}, and there is no log "
                f"{error} for it; expected one of {', '.join(known)}."
            ) from None

    def write(self, *_: Any) -> None:
        path = self._due
        waits = self._replaced and (not self.ready() or self.model._fit_run.within)
        if path is None or waits and not self.last_of_all():
            return
        from autograd_nn.nn.saving import native

        self._due = None
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        if not doors.is_own(path):
            (doors.save_weights if self.save_weights_only else doors.save_model)(self.model, path)
        elif self.save_weights_only:
            self.offer(path, lambda: (native.weights(self.model), {}))
        else:
            self.offer(path, self.model._fit_run.contents)
        if self.verbose:
            print(f"\nEpoch {self.epoch}: saving model to {path}")
