"""Times a step of models of every shape beside a `Sequential` of the same arithmetic.

``python -m benchmarks.shapes [NAME ...]`` prints microseconds of processor time a step, by turns,
the least of many short fits, and the ratio.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers

ROWS, BATCH, WIDTH, ROUNDS = 64 * 64, 64, 64, 15
WORDS, LENGTH = 20_000, 50

Pair = tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]  # models with their data


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(ROWS, *shape)).astype("float32")


def hidden(size: int = 128) -> Any:
    return layers.Dense(size, activation="relu")


def chain(*inner: Any, shape: tuple[int, ...] = (WIDTH,), out: int = 1) -> Any:
    return nn.Sequential([nn.Input(shape), *inner, layers.Dense(out)])


def functional(*inner: Any, shape: tuple[int, ...] = (WIDTH,), dtype: str = "float32") -> Any:
    x = y = nn.Input(shape, dtype=dtype)
    for layer in (*inner, layers.Dense(1)):
        y = layer(y)
    return nn.Model(x, y)


def two_inputs_and_outputs() -> Pair:
    a, b = nn.Input((WIDTH // 2,)), nn.Input((WIDTH // 2,))
    h = hidden()(layers.concatenate([a, b]))
    many = nn.Model([a, b], [layers.Dense(8)(h), layers.Dense(8)(h)])
    x, y = numbers(WIDTH), numbers(16)
    halves = [[*map(np.ascontiguousarray, np.split(a, 2, axis=1))] for a in (x, y)]
    return (many, *halves), (chain(hidden(), out=16), x, y)


def shared_layer() -> Pair:
    a, b = nn.Input((WIDTH,)), nn.Input((WIDTH,))
    twice = hidden()
    both = layers.concatenate([twice(a), twice(b)])
    many = nn.Model([a, b], layers.Dense(1)(both))
    x, y = numbers(2, WIDTH), numbers(1)
    apart = [np.ascontiguousarray(x[:, k]) for k in range(2)]
    return (many, apart, y), (chain(hidden(), layers.Flatten(), shape=(2, WIDTH)), x, y)


def nested() -> Pair:
    x, y = numbers(WIDTH), numbers(1)
    return (functional(chain(hidden(), out=64), hidden()), x, y), (
        chain(hidden(), layers.Dense(64), hidden()), x, y,
    )  # fmt: skip


class Own(nn.Model):
    """A model with a call and a train_step of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = hidden(), hidden(), layers.Dense(1)

    def call(self, x: Any) -> Any:
        return self.last(self.second(self.first(x)))

    def train_step(self, data: Any) -> Any:
        x, y = data
        loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        loss.backward()
        weights = self.trainable_weights
        self.optimizer.apply([w.grad for w in weights], weights)
        for w in weights:
            w.zero_grad()
        return {"loss": loss}


def own_train_step() -> Pair:
    x, y = numbers(WIDTH), numbers(1)
    return (Own(), x, y), (chain(hidden(), hidden()), x, y)


def batch_norm() -> Pair:
    x, y = numbers(WIDTH), numbers(1)
    inner: list[Callable[[], Any]] = [hidden, layers.BatchNormalization, hidden]
    return tuple((make(*(f() for f in inner)), x, y) for make in (functional, chain))  # type: ignore[return-value]


def embedding() -> Pair:
    x = np.random.default_rng(0).integers(0, WORDS, (ROWS, LENGTH))

    def inner() -> list[Any]:
        return [layers.Embedding(WORDS, 64), layers.GlobalAveragePooling1D()]

    one = functional(*inner(), shape=(LENGTH,), dtype="int64")
    other = nn.Sequential([*inner(), layers.Dense(1)])
    return (one, x, numbers(1)), (other, x, numbers(1))


SHAPES = {
    f.__name__: f
    for f in (two_inputs_and_outputs, shared_layer, nested, own_train_step, batch_norm, embedding)
}


def seconds(model: Any, x: Any, y: Any) -> float:
    """Of the processor, for one step of a fit."""
    started = time.process_time()
    model.fit(x, y, batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
    return (time.process_time() - started) / (ROWS // BATCH)


def main(names: list[str]) -> None:
    print(f"{'':24}{'model':>8}{'Sequential':>12}{'ratio':>8}   microseconds a step")
    for name in names:
        both = SHAPES[name]()
        for model, x, y in both:
            model.compile(optimizer=nn.SGD(0.01), loss="mse", deterministic=True)
            seconds(model, x, y)  # which compiles
        turns = [[seconds(*one) * 1e6 for one in both] for _ in range(ROUNDS)]
        ours, plain = (min(t) for t in zip(*turns, strict=True))
        print(f"{name:24}{ours:8.1f}{plain:12.1f}{ours / plain:8.3f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(SHAPES))
