"""What files cost: ``python benchmarks/checkpoints.py [ROUNDS] [MEGABYTES]``.

A fit on the Pima data with a checkpoint after every epoch beside one without, in turns; then a
model of so many megabytes written and read beside the same arrays by `safetensors`. Seconds on the
clock, the median of all rounds, and of the processor, the least.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd_nn import nn
from autograd_nn.nn.datasets import pima

Seconds = dict[str, tuple[float, float]]


def rounds(count: int, tasks: dict[str, Callable[[], Any]]) -> Seconds:
    """Seconds on the clock (median) and of the processor (least) of tasks that take turns."""
    clock: dict[str, list[float]] = {name: [] for name in tasks}
    processor: dict[str, list[float]] = {name: [] for name in tasks}
    for task in tasks.values():
        task()
    for _ in range(count):
        for name, task in tasks.items():
            started, used = time.perf_counter(), time.process_time()
            task()
            clock[name].append(time.perf_counter() - started)
            processor[name].append(time.process_time() - used)
    return {name: (statistics.median(clock[name]), min(processor[name])) for name in tasks}


def shown(title: str, found: Seconds, base: str) -> None:
    print(title)
    for name, (wall, used) in found.items():
        ratio = wall / found[base][0], used / found[base][1]
        print(f"  {name:28s} {wall:8.3f} s ({ratio[0]:.2f} x), "
              f"of the processor {used:8.3f} s ({ratio[1]:.2f} x)")  # fmt: skip


def fits(folder: Path, epochs: int = 150) -> dict[str, Callable[[], Any]]:
    x, y = pima.load_data()
    x = ((x - x.mean(0)) / x.std(0)).astype("float32")

    def fit(*hooks: Callable[[], Any]) -> Callable[[], Any]:
        model = nn.Sequential([
            nn.Input((8,)), nn.Dense(12, "relu"), nn.Dense(8, "relu"), nn.Dense(1, "sigmoid"),
        ])  # fmt: skip
        model.compile("adam", "binary_crossentropy", ["accuracy"])
        return lambda: model.fit(
            x, y, 10, epochs, verbose=0, callbacks=[make() for make in hooks], shuffle=False
        )

    c = nn.callbacks
    return {
        "no file": fit(),
        "BackupAndRestore": fit(lambda: c.BackupAndRestore(folder / "backup")),
        "ModelCheckpoint": fit(lambda: c.ModelCheckpoint(folder / "a.agn")),
        "ModelCheckpoint, weights": fit(
            lambda: c.ModelCheckpoint(folder / "b.agn", save_weights_only=True)
        ),
    }


def files(folder: Path, megabytes: int) -> tuple[dict[str, Callable[[], Any]], ...]:
    import safetensors.numpy as theirs

    n = int((megabytes * 1e6 / 16) ** 0.5)
    model = nn.Sequential([nn.Input((n,)), *(nn.Dense(n, use_bias=False) for _ in range(4))])
    arrays = {f"w{i}": w for i, w in enumerate(model.get_weights())}
    own, other = folder / "a.agn", folder / "b.safetensors"

    def synced() -> None:
        theirs.save_file(arrays, other)
        with open(other, "rb") as file:
            os.fsync(file.fileno())

    def read() -> None:
        found = theirs.load_file(other)
        model.set_weights([found[name] for name in arrays])

    return (
        {"safetensors, synced": synced, "save_weights": lambda: model.save_weights(own)},
        {"safetensors, set_weights": read, "safetensors": lambda: theirs.load_file(other),
         "load_weights": lambda: model.load_weights(own)},
    )  # fmt: skip


def main(count: int = 5, megabytes: int = 400) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shown("A fit on the Pima data, 150 epochs", rounds(count, fits(folder)), "no file")
        writing, reading = files(folder, megabytes)
        shown(f"Writing {megabytes} MB", rounds(count, writing), "safetensors, synced")
        shown(f"Reading {megabytes} MB", rounds(count, reading), "safetensors, set_weights")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
