"""A training as files' tests make it, by itself and interrupted; as a program it kills itself.

A case is an optimizer, then words: what is in the model, how it is trained, and by what.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn.callbacks import saver

N, SIZE, STEPS = 22, 4, 6  # the last batch is smaller
X = np.random.default_rng(0).normal(size=(N, 3)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


class Counting(nn.callbacks.Callback):
    """State of many kinds, some in what the constructor was given."""

    def __init__(self, count: int = 0) -> None:
        self.count, self.seen, self.by_epoch = count, {1, 2}, {0: (1.0, "one")}
        self.noise = ag.random.Generator(5)
        self.drawn: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.count += 1
        self.seen.add(epoch + 10)
        self.by_epoch[epoch] = (logs["loss"], "more")
        self.drawn += [float(self.noise.unit()), float(nn.random.SeedGenerator().unit())]


class Batches(nn.utils.PyDataset):
    """Batches whose order is its own affair, besides."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = 0

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, i: int) -> Any:
        i = (i + self.turn) % STEPS
        return X[i * SIZE : (i + 1) * SIZE], Y[i * SIZE : (i + 1) * SIZE]

    def on_epoch_end(self) -> None:
        self.turn += 1


def endless() -> Iterator[Any]:
    r = np.random.default_rng(7)
    while True:
        rows = r.integers(0, N, SIZE)
        yield X[rows], Y[rows]


def optimizer(name: str, scheduled: bool) -> Any:
    rate = nn.optimizers.schedules.ExponentialDecay(0.05, 3, 0.9) if scheduled else 0.05
    return {
        "sgd": lambda: nn.SGD(rate, momentum=0.9), "adam": lambda: nn.Adam(rate),
        "rmsprop": lambda: nn.RMSprop(rate), "ema": lambda: nn.Adam(rate, use_ema=True),
    }[name]()  # fmt: skip


def model(case: str) -> Any:
    words = case.split()
    stack = [nn.Input((3,)), nn.Dense(4, activation="relu")]
    if "carried" in words:
        stack = [nn.Input((3,)), nn.layers.Reshape((3, 1)), nn.layers.LSTM(4, stateful=True)]
    stack += [nn.Dropout(0.3)] if "dropout" in words else []
    stack += [nn.BatchNormalization()] if "norm" in words else []
    made = nn.Sequential([*stack, nn.Dense(1, activation="sigmoid")])
    made.compile(
        optimizer(words[0], "schedule" in words), "binary_crossentropy", ["accuracy"],
        run_eagerly="native" not in words, deterministic=True,
    )  # fmt: skip
    return made


def callbacks(case: str, folder: Path) -> list[Any]:
    words, c = case.split(), nn.callbacks
    found: list[Any] = []
    if "watched" in words:
        found += [
            c.EarlyStopping("loss", patience=3, restore_best_weights=True),
            c.CSVLogger(folder / "log.csv"),
        ]
        if "schedule" not in words:
            found.append(c.ReduceLROnPlateau("accuracy", patience=0, factor=0.5))
    if "rates" in words:
        found.append(Counting())
        if "schedule" not in words:
            found.append(c.LearningRateScheduler(lambda epoch, rate: rate * 0.8))
    if "swap" in words:
        found += [c.SwapEMAWeights(swap_on_epoch=True)]
    return found


def trained(
    case: str, folder: Path, seed: int, more: Any = (), epochs: int = 6, **given: Any
) -> Any:
    """The model after training, and the callbacks."""
    words = case.split()
    ag.random.set_seed(seed)
    made = model(case)
    hooks = callbacks(case, folder)
    if "generator" in words:
        given |= {"x": endless(), "steps_per_epoch": STEPS}
    elif "dataset" in words:
        given |= {"x": Batches()}
    else:
        n = N // SIZE * SIZE if "carried" in words else N
        given |= {"x": X[:n], "y": Y[:n], "batch_size": SIZE}
        if "part" in words:
            given["steps_per_epoch"] = STEPS - 2
    if "validated" in words:
        given["validation_data"] = X[:8], Y[:8]
    made.fit(
        epochs=epochs, verbose=0, shuffle="ordered" not in words, callbacks=[*more, *hooks], **given
    )
    return made, hooks


def outcome(made: Any, hooks: list[Any], folder: Path) -> dict[str, Any]:
    """All that a training left, to be compared to the last bit."""
    log = folder / "log.csv"
    return {
        "weights": [v.tolist() for v in made.variables],
        "optimizer": [v.tolist() for v in made.optimizer.variables],
        "history": dict(made.history.history), "epochs": made.history.epoch,
        "draws": ag.random.default_generator().state.tolist(),
        "callbacks": [
            {k: str(v) for k, v in c.get_state().items() if k != "filename"} for c in hooks
        ],
        "log": log.read_text() if log.exists() else "",
    }  # fmt: skip


class Killed(nn.callbacks.Callback):
    """Ends the process after a batch, beyond help; what was offered is written by then."""

    def __init__(self, epoch: int, batch: int, backup: Any) -> None:
        self.at, self.epoch, self.backup = (epoch, batch), 0, backup

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch) == self.at:
            self.backup.behind.drain()
            os.kill(os.getpid(), signal.SIGKILL)


def killed(case: str, where: Path, freq: str) -> None:
    """Trains until this process is killed, in the fourth epoch."""
    saver.SHARE = 0  # as slow epochs would have it
    backup = nn.callbacks.BackupAndRestore(
        where / "backup", freq if freq == "epoch" else int(freq), double_checkpoint=True
    )
    trained(case, where, 1, [Killed(3, 4, backup), backup])


if __name__ == "__main__":
    killed(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
