"""Memory that training and models leave behind: ``python -m benchmarks.memory [NAME ...]``.

Each row is a process's memory, in bytes, that is there afterwards and was not before: of 100,000
training steps, 20,000 predictions, 1,000 batches trained one by one, and of 1,000 models of each
shape made, trained natively, asked for predictions and dropped. It ends with 64 calls of `predict`
from 8 threads, which must agree to the last bit.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn import nn

X = np.random.default_rng(0).normal(size=(64, 8, 3)).astype("float32")
Y = X[:, 0, :1].copy()
MODELS, STEPS, PREDICTIONS, BATCHES, CALLS, THREADS = 1000, 100_000, 20_000, 1000, 64, 8
PAGE = 4096


def dense() -> Any:
    stack = [nn.Flatten(), nn.Dense(4, activation="relu"), nn.BatchNormalization(), nn.Dense(1)]
    return nn.Sequential([nn.Input((8, 3)), *stack])


def conv() -> Any:
    return nn.Sequential([nn.Input((8, 3)), nn.Conv1D(4, 3), nn.Flatten(), nn.Dense(1)])


def recurrent() -> Any:
    return nn.Sequential([nn.Input((8, 3)), nn.LSTM(3), nn.Dense(1)])


def functional() -> Any:
    a = nn.Input((8, 3))
    shared, x = nn.Dense(3), nn.Flatten()(a)
    return nn.Model(a, nn.Dense(1)(shared(x) + nn.Dense(3)(shared(x))))


class Subclass(nn.Model):
    """A function of its own, with a step of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.flat, self.dense = nn.Flatten(), nn.Dense(1)

    def call(self, inputs: Any) -> Any:
        return self.dense(self.flat(inputs))

    def train_step(self, data: Any) -> Any:
        return super().train_step(data)


SHAPES: dict[str, Callable[[], Any]] = {
    "dense": dense, "conv": conv, "recurrent": recurrent, "functional": functional,
    "subclass": Subclass,
}  # fmt: skip


def held() -> int:
    """Bytes of memory that this process holds now."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def made(make: Callable[[], Any]) -> Any:
    """A model that was trained natively, and predicted."""
    model = make()
    model.compile("adam", "mse", deterministic=True)
    model.fit(X, Y, verbose=0)
    model.predict(X, verbose=0)
    return model


def grown(what: Callable[[], Any], times: int) -> int:
    """Bytes that ``times`` calls leave behind, after a few that warm up."""
    for _ in range(30):
        what()
    before = held()
    for _ in range(times):
        what()
    return held() - before


def show(what: str, size: int) -> None:
    print(f"{what:24} {size:12,d} B", flush=True)


def main(names: list[str]) -> None:
    model = made(dense)
    x, y = np.repeat(X, 50, 0), np.repeat(Y, 50, 0)
    epochs = STEPS // (len(x) // 32)
    show(f"{STEPS} steps", grown(lambda: model.fit(x, y, epochs=epochs // 100, verbose=0), 100))
    show(f"{PREDICTIONS} predictions", grown(lambda: model.predict(X, verbose=0), PREDICTIONS))
    show(f"{BATCHES} batches", grown(lambda: model.train_on_batch(X[:8], Y[:8]), BATCHES))
    for name in names or SHAPES:
        each = grown(partial(made, SHAPES[name]), MODELS) / MODELS
        show(f"a {name} model", round(each))
    told = model.predict(x, verbose=0)
    with ThreadPoolExecutor(THREADS) as threads:
        found = threads.map(lambda _: model.predict(x, verbose=0), range(CALLS))
        print("threads agree to the last bit:", all(np.array_equal(y, told) for y in found))


if __name__ == "__main__":
    main(sys.argv[1:])
