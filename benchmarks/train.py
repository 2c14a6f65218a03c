"""One library trains one task in this process: ``train.py LIBRARY TASK EPOCHS`` → a line of JSON.

cold_s    from the start of the process to the end of the first epoch
step_us   the median epoch after the first two, by its steps
peak_mb   most memory this process held
digest    of the trained weights (ours only), to compare bits
The loops by hand compute no metric, which is to their advantage. A library starting with "ours"
may have the endings -eager (op by op) and -deterministic.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasks import TASKS, Task, keras_model, torch_model

STARTED = float(os.environ.get("BENCHMARK_STARTED", time.time()))  # by who started the process


class Clock:
    """When each epoch began and ended."""

    def __init__(self) -> None:
        self.cold = 0.0
        self.epochs: list[float] = []

    def begin(self) -> None:
        self.at = time.perf_counter()

    def end(self) -> None:
        self.epochs.append(time.perf_counter() - self.at)
        self.cold = self.cold or time.time() - STARTED

    def report(self, task: Task) -> dict[str, float]:
        steady = sorted(self.epochs[2:] or self.epochs)
        return {
            "cold_s": self.cold,
            "step_us": steady[len(steady) // 2] / task.steps * 1e6,
            "peak_mb": peak_bytes() / 1e6,
        }


def peak_bytes() -> int:
    """Most memory held; from /proc where it is, since getrusage counts the parent's before exec."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(s for s in status.read_text().splitlines() if s.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def fit(k: Any, task: Task, epochs: int, clock: Clock, **options: Any) -> Any:
    """Keras's way: compile and fit."""

    class Ticks(k.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            clock.begin()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            clock.end()

    x, y = task.data()
    model = keras_model(k, task, **options)
    model.fit(x, y, epochs=epochs, batch_size=task.batch, verbose=0, callbacks=[Ticks()])
    return model


def ours(library: str, task: Task, epochs: int, clock: Clock) -> dict[str, Any]:
    import autograd_nn as ag
    from autograd_nn import nn

    nn.set_random_seed(0)
    ag.set_deterministic(library.endswith("-deterministic"))  # a seed alone turns it on
    model = fit(nn, task, epochs, clock, run_eagerly=library.endswith("-eager"))
    data = b"".join(w.tobytes() for w in model.get_weights())
    return {"digest": hashlib.sha256(data).hexdigest()}


def keras(library: str, task: Task, epochs: int, clock: Clock) -> dict[str, Any]:
    os.environ["KERAS_BACKEND"] = library.removeprefix("keras-")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras as k  # type: ignore[import-not-found]

    fit(k, task, epochs, clock)
    return {}


def torch(library: str, task: Task, epochs: int, clock: Clock) -> dict[str, Any]:
    import torch as t  # type: ignore[import-not-found]
    from torch import nn

    model = torch_model(nn, task)
    loss = nn.BCEWithLogitsLoss() if task.binary else nn.CrossEntropyLoss()
    optimizer = t.optim.Adam(model.parameters(), 1e-3, fused=True)

    def value(x: Any, y: Any) -> Any:
        return loss(model(x), y)

    step = t.compile(value) if library.endswith("-compile") else value
    x, y = (t.from_numpy(a) for a in task.data())
    if x.ndim == 4:  # its channels are first
        x = x.permute(0, 3, 1, 2).contiguous()
    for _ in range(epochs):
        clock.begin()
        for rows in t.randperm(task.rows).split(task.batch):
            optimizer.zero_grad(set_to_none=True)
            step(x[rows], y[rows]).backward()
            optimizer.step()
        clock.end()
    return {}


def jax_scan(library: str, task: Task, epochs: int, clock: Clock) -> dict[str, Any]:
    """The fastest loop that JAX allows: an epoch is one ``lax.scan``; of Dense layers alone."""
    import jax  # type: ignore[import-not-found]
    import optax  # type: ignore[import-not-found]
    from jax import numpy as jnp

    draw = jax.nn.initializers.glorot_uniform()
    sizes = task.sizes
    assert sizes is not None, "only Dense layers are written by hand"
    weights = [
        (draw(jax.random.PRNGKey(i), (n, m)), jnp.zeros(m))
        for i, (n, m) in enumerate(zip(sizes[:-1], sizes[1:], strict=True))
    ]
    adam = optax.adam(1e-3)
    x, y = (jnp.asarray(a) for a in task.data())

    def loss(weights: Any, rows: Any, key: Any) -> Any:
        h, keep = x[rows], 1 - task.dropout
        for w, b in weights[:-1]:
            h = jax.nn.relu(h @ w + b)
            if task.dropout:
                key, own = jax.random.split(key)
                h = jnp.where(jax.random.bernoulli(own, keep, h.shape), h / keep, 0)
        z = h @ weights[-1][0] + weights[-1][1]
        if task.binary:
            return optax.sigmoid_binary_cross_entropy(z, y[rows]).mean()
        return optax.softmax_cross_entropy_with_integer_labels(z, y[rows]).mean()

    def step(state: Any, rows: Any) -> Any:
        weights, moments, key = state
        key, own = jax.random.split(key)
        value, slopes = jax.value_and_grad(loss)(weights, rows, own)
        change, moments = adam.update(slopes, moments)
        return (optax.apply_updates(weights, change), moments, key), value

    @jax.jit
    def epoch(state: Any) -> Any:
        key, own = jax.random.split(state[2])
        rows = jax.random.permutation(own, task.rows).reshape(task.steps, task.batch)
        return jax.lax.scan(step, (*state[:2], key), rows)

    state = (weights, adam.init(weights), jax.random.PRNGKey(7))
    for _ in range(epochs):
        clock.begin()
        state, _ = jax.block_until_ready(epoch(state))
        clock.end()
    return {}


LIBRARIES: dict[str, Callable[[str, Task, int, Clock], dict[str, Any]]] = {
    "ours": ours, "keras": keras, "torch": torch, "jax": jax_scan,
}  # fmt: skip


def main() -> None:
    library, name, epochs = sys.argv[1:]
    task, clock = TASKS[name], Clock()
    more = LIBRARIES[library.split("-")[0]](library, task, int(epochs), clock)
    print(json.dumps(clock.report(task) | more))


if __name__ == "__main__":
    main()
