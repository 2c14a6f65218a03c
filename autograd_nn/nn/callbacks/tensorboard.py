"""TensorBoard: logs, weights and the model as files that TensorBoard shows."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.nn.callbacks.base import Callback, Logs
from autograd_nn.nn.callbacks.event_file import EventFile, histogram, scalar, text


class TensorBoard(Callback):
    """Writes what training tells to event files: see it by ``tensorboard --logdir logs``.

    log_dir          the folder; runs are ``train`` and ``validation`` in it.
    histogram_freq   every so many epochs the weights' histograms; 0: never.
    write_graph      whether the model, as text and as its configuration, is written.
    update_freq      'epoch', 'batch', or every so many batches their logs, too.
    write_steps_per_second   whether the steps a second are, for each epoch.
    write_images, embeddings_freq   pictures of weights, and embeddings, are not written: warns.
    profile_batch, embeddings_metadata, batch_size   taken for Keras's sake, and nothing is done.
    Tags are Keras's: epoch_loss, batch_loss, epoch_learning_rate, evaluation_loss_vs_iterations.
    Raises ValueError for another frequency.

    >>> import tempfile
    >>> from autograd_nn import nn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     board = nn.callbacks.TensorBoard(folder)
    ...     board.set_model(nn.Sequential([nn.Input((2,)), nn.Dense(1)]))
    ...     board.on_train_begin()
    ...     board.on_epoch_end(0, {"loss": 0.5})
    ...     board.on_train_end()
    ...     os.listdir(folder)
    ['train']
    """

    def __init__(
        self, log_dir: Any = "logs", histogram_freq: int = 0, write_graph: bool = True,
        write_images: bool = False, write_steps_per_second: bool = False,
        update_freq: Any = "epoch", profile_batch: Any = 0, embeddings_freq: int = 0,
        embeddings_metadata: Any = None, batch_size: Any = None,
    ) -> None:  # fmt: skip
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = _every(histogram_freq, "histogram_freq", 0)
        self.write_graph, self.write_steps_per_second = write_graph, write_steps_per_second
        self.update_freq: Any = update_freq
        if update_freq != "epoch":
            every = 1 if update_freq == "batch" else update_freq
            self.update_freq = _every(every, "update_freq", 1)
            self.on_train_batch_end = self._batch_end  # type: ignore[method-assign]
        for name, value in ("write_images", write_images), ("embeddings_freq", embeddings_freq):
            if value:
                warnings.warn(
                    f"TensorBoard received {name}={value!r}: pictures of weights and embeddings "
                    "are not written, all else is. Use histogram_freq for weights.", stacklevel=3,
                )  # fmt: skip
        self._files: dict[str, EventFile] = {}
        self._batches = self._steps = 0
        self._began = 0.0

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_files": {}}

    def _write(self, run: str, summary: bytes, step: int) -> None:
        if run not in self._files:
            self._files[run] = EventFile(Path(self.log_dir) / run)
        self._files[run].write(summary, step)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._batches = 0
        if self.write_graph and self.model is not None and self.model.built:
            rows: list[str] = []
            self.model.summary(print_fn=lambda line, **_: rows.append(str(line)))
            indented = "\n".join(rows).replace("\n", "\n    ")
            self._write("train", text("model", f"    {indented}"), 0)
            try:
                told = self.model.to_json()
            except (TypeError, ValueError, NotImplementedError):
                return  # a model in code has no configuration
            self._write("train", text("keras", told, "graph_keras_model"), 0)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._began, self._steps = time.perf_counter(), self._iterations()

    def _batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self._batches % self.update_freq == 0:
            for name, number in (logs or {}).items():
                self._write("train", scalar(f"batch_{name}", number), self._batches)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = dict(logs or {})
        runs: dict[str, dict[str, Any]] = {"train": {}, "validation": {}}
        for name, number in logs.items():
            held = name.startswith("val_")
            runs["validation" if held else "train"][name[4:] if held else name] = number
        if logs:
            runs["train"] |= self._rates()
        if self.write_steps_per_second:
            took = time.perf_counter() - self._began
            runs["train"]["steps_per_second"] = (self._iterations() - self._steps) / took
        for run, numbers in runs.items():
            for name, number in numbers.items():
                self._write(run, scalar(f"epoch_{name}", number), epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for layer in self.model.layers:
                for v in layer.weights:
                    tag = f"{v.path}/histogram"
                    self._write("train", histogram(tag, np.asarray(v)), epoch)

    def on_test_end(self, logs: Logs | None = None) -> None:
        for name, number in (logs or {}).items():
            tag = f"evaluation_{name}_vs_iterations"
            self._write("validation", scalar(tag, number), self._iterations())

    def on_train_end(self, logs: Logs | None = None) -> None:
        while self._files:
            self._files.popitem()[1].close()

    def _iterations(self) -> int:
        return int(getattr(getattr(self.model, "optimizer", None), "iterations", 0))

    def _rates(self) -> dict[str, float]:
        optimizer = getattr(self.model, "optimizer", None)
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        several = getattr(optimizer, "optimizers", None)
        if several is not None:
            return {f"learning_rate_{o.name}": float(o.learning_rate) for o in several}
        rate = getattr(optimizer, "learning_rate", None)
        return {} if rate is None else {"learning_rate": float(rate)}


def _every(n: Any, name: str, least: int) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < least:
        raise ValueError(
            f"TensorBoard received {name}={n!r}; expected a whole number of at least {least}"
            + (", 'epoch' or 'batch'." if name == "update_freq" else ".")
        )
    return int(n)
