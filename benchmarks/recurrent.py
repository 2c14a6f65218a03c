"""Times a training step of recurrent models beside PyTorch and JAX: ``recurrent.py [NAME ...]``.

Each model is a recurrent layer, a dense one and Adam, on batches of random sequences, in every
library on one thread. They take turns, round by round; a number is the least processor time of a
step in microseconds, which others on the machine disturb least. JAX is written by hand with
``lax.scan``; ``own`` is a GRU's cell written by a user in ops. ``predict`` is a call for one
sample, ours against PyTorch's eager one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_nn as ag
from autograd_nn import nn

ROUNDS, LEAST = 12, 0.05  # rounds, and seconds of one
STEPS = 4  # batches of an epoch


@dataclass(frozen=True)
class Task:
    """A model: its cell, and how much it is given."""

    kind: str = "LSTM"
    rows: int = 32
    length: int = 80
    width: int = 128
    units: int = 128
    layers: int = 1
    both: bool = False
    dtype: str = "float32"

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(0)
        x = random.normal(size=(STEPS * self.rows, self.length, self.width)).astype(self.dtype)
        return x, x[:, -1, :1] * 0.5


TASKS = {
    "lstm": Task(),
    "gru": Task("GRU"),
    "own": Task("own"),
    "rnn": Task("SimpleRNN"),
    "small": Task(units=16, width=16),
    "medium": Task(units=64, width=64),
    "large": Task(units=256, width=128),
    "short": Task(length=10),
    "long": Task(length=1000, units=32, width=8),
    "one row": Task(rows=1),
    "many rows": Task("GRU", rows=256, length=20, units=64, width=32),
    "double": Task(dtype="float64", units=64, width=64),
    "stacked": Task(layers=2, units=64, width=64),
    "both ways": Task("GRU", both=True, units=64, width=64),
}


class Own(nn.layers.Layer):
    """A GRU's step, as a user writes it."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = self.state_size = units

    def build(self, shape: Any) -> None:
        u = self.units
        self.w = self.add_weight((shape[-1], 3 * u), "glorot_uniform", name="w")
        self.u = self.add_weight((u, 3 * u), "orthogonal", name="u")
        self.b = self.add_weight((3 * u,), "zeros", name="b")

    def call(self, x: Any, states: Any) -> Any:
        h, u = states[0], self.units
        a, b = x @ self.w + self.b, h @ self.u
        z, r = ag.sigmoid(a[:, :u] + b[:, :u]), ag.sigmoid(a[:, u : 2 * u] + b[:, u : 2 * u])
        h = z * h + (1 - z) * ag.tanh(a[:, 2 * u :] + r * b[:, 2 * u :])
        return h, [h]


def ours(task: Task) -> tuple[Callable[[], Any], Callable[[], Any]]:
    ag.set_deterministic(True)
    made = []
    for k in range(task.layers):
        more = {"return_sequences": k < task.layers - 1, "dtype": task.dtype}
        if task.kind == "own":
            layer = nn.layers.RNN(Own(task.units, dtype=task.dtype), **more)
        else:
            layer = getattr(nn.layers, task.kind)(task.units, **more)
        made.append(nn.layers.Bidirectional(layer, dtype=task.dtype) if task.both else layer)
    model = nn.Sequential([*made, nn.layers.Dense(1, dtype=task.dtype)])
    model.compile("adam", "mse")
    x, y = task.data()
    one = x[:1]
    return (
        lambda: model.fit(x, y, batch_size=task.rows, verbose=0, shuffle=False),
        lambda: model.predict(one, verbose=0),
    )


def torch(task: Task) -> tuple[Callable[[], Any], Callable[[], Any]]:
    import torch
    from torch import nn as tnn

    torch.set_num_threads(1)
    kind = {"own": "GRU", "SimpleRNN": "RNN"}.get(task.kind, task.kind)
    run = getattr(tnn, kind)(
        task.width, task.units, task.layers, batch_first=True, bidirectional=task.both
    )
    end = tnn.Linear(task.units * (1 + task.both), 1)
    model = tnn.ModuleList([run, end]).to(getattr(torch, task.dtype))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    x, y = map(torch.from_numpy, task.data())
    one = x[:1]

    def epoch() -> None:
        for k in range(0, len(x), task.rows):
            optimizer.zero_grad(set_to_none=True)
            loss = ((end(run(x[k : k + task.rows])[0][:, -1]) - y[k : k + task.rows]) ** 2).mean()
            loss.backward()
            optimizer.step()

    def predict() -> Any:
        with torch.no_grad():
            return end(run(one)[0][:, -1])

    return epoch, predict


def jax(task: Task) -> tuple[Callable[[], Any], Callable[[], Any]]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", task.dtype == "float64")
    u, gates = task.units, {"LSTM": 4, "SimpleRNN": 1}.get(task.kind, 3)
    random = np.random.default_rng(1)

    def weights(*shape: int) -> Any:
        return jnp.asarray(random.normal(size=shape).astype(task.dtype) / np.sqrt(shape[0]))

    ways = 1 + task.both
    params = [
        [(weights(task.width if k == 0 else u * ways, gates * u), weights(u, gates * u),
          jnp.zeros(gates * u, task.dtype)) for _ in range(ways)]
        for k in range(task.layers)
    ], weights(u * ways, 1)  # fmt: skip

    def step(w: Any, carry: Any, a: Any) -> Any:
        h, c = carry
        z = h @ w
        parts = [z[:, k * u : (k + 1) * u] for k in range(gates)]
        into = [a[:, k * u : (k + 1) * u] for k in range(gates)]
        if gates == 4:
            i, f, g, o = (p + q for p, q in zip(parts, into, strict=True))
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
        elif gates == 3:
            s = jax.nn.sigmoid(parts[0] + into[0])
            r = jax.nn.sigmoid(parts[1] + into[1])
            h = s * h + (1 - s) * jnp.tanh(into[2] + r * parts[2])
        else:
            h = jnp.tanh(parts[0] + into[0])
        return (h, c), h

    def loss(params: Any, x: Any, y: Any) -> Any:
        x = jnp.moveaxis(x, 1, 0)
        for layer in params[0]:
            made = []
            for back, (w, v, b) in enumerate(layer):
                start = jnp.zeros((x.shape[1], u), x.dtype)
                carry = lambda c, a, v=v: step(v, c, a)  # noqa: E731
                made.append(jax.lax.scan(carry, (start, start), x @ w + b, reverse=bool(back))[1])
            last = [m[0 if back else -1] for back, m in enumerate(made)]
            x = jnp.concatenate(made, axis=-1)
        return ((jnp.concatenate(last, axis=-1) @ params[1] - y) ** 2).mean()

    @jax.jit
    def train(params: Any, m: Any, v: Any, n: Any, x: Any, y: Any) -> Any:
        g, n = jax.grad(loss)(params, x, y), n + 1
        rate = 1e-3 * jnp.sqrt(1 - 0.999**n) / (1 - 0.9**n)
        m = jax.tree.map(lambda m, g: m + 0.1 * (g - m), m, g)
        v = jax.tree.map(lambda v, g: v + 0.001 * (g * g - v), v, g)
        step = lambda p, m, v: p - (rate * m / (jnp.sqrt(v) + 1e-7)).astype(p.dtype)  # noqa: E731
        return jax.tree.map(step, params, m, v), m, v, n

    x, y = task.data()
    zeros = jax.tree.map(jnp.zeros_like, params)
    held = [params, zeros, zeros, 0.0]

    def epoch() -> None:
        for k in range(0, len(x), task.rows):
            held[:] = train(*held, x[k : k + task.rows], y[k : k + task.rows])
        jax.block_until_ready(held)

    return epoch, lambda: None


def least(calls: list[Callable[[], Any]]) -> list[float]:
    """The least processor time of each call, which take turns."""
    counts = []
    for call in calls:
        call()
        call()
        start = time.process_time()
        call()
        counts.append(1 + int(LEAST / max(time.process_time() - start, 1e-6)))
    best = [float("inf")] * len(calls)
    for _ in range(ROUNDS):
        for k, (call, count) in enumerate(zip(calls, counts, strict=True)):
            start = time.process_time()
            for _ in range(count):
                call()
            best[k] = min(best[k], (time.process_time() - start) / count)
    return best


def main(names: list[str]) -> None:
    os.environ["AUTOGRAD_NN_THREADS"] = "1"  # read at the first run, as JAX's flags are
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    print(
        f"{'':12}{'ours':>9}{'torch':>9}{'JAX':>9}{'ratio':>7}{'predict':>9}{'torch':>9}{'ratio':>7}"
    )
    for name in names:
        trains, predicts = zip(*[f(TASKS[name]) for f in (ours, torch, jax)], strict=True)
        a, b, c = (1e6 * t / STEPS for t in least(list(trains)))
        p, q = (1e6 * t for t in least(list(predicts[:2])))
        print(f"{name:12}{a:9.0f}{b:9.0f}{c:9.0f}{min(b, c) / a:7.2f}{p:9.0f}{q:9.0f}{p / q:7.2f}",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:] or list(TASKS))
