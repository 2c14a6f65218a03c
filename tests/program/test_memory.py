"""What models, steps and predictions leave behind (benchmarks/memory.py does so for longer)."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn

X = np.random.default_rng(0).normal(size=(24, 4, 3)).astype("float32")
Y = X[:, 0, :1].copy()
FEW = 2048  # bytes: names that Python keeps; what a model holds is some hundred thousand


def dense() -> Any:
    return nn.Sequential([nn.Input((4, 3)), nn.Flatten(), nn.Dense(2), nn.Dense(1)])


def conv() -> Any:
    return nn.Sequential([nn.Input((4, 3)), nn.Conv1D(2, 3), nn.Flatten(), nn.Dense(1)])


def shared() -> Any:
    a, layer = nn.Input((4, 3)), nn.Dense(3)
    return nn.Model(a, nn.Dense(1)(nn.Flatten()(layer(a) + layer(a))))


def trained(make: Callable[[], Any]) -> Any:
    model = make()
    model.compile("adam", "mse", deterministic=True)
    model.fit(X, Y, batch_size=8, verbose=0)
    model.predict(X, verbose=0)
    return model


def left(what: Callable[[], Any], times: int) -> float:
    """Bytes that a call leaves behind, after some that warm up."""
    for _ in range(4):
        what()
    gc.collect()
    tracemalloc.start(1)
    try:
        what()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(times):
            what()
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / times
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", [dense, conv, shared])
def test_a_model_that_is_dropped_leaves_nothing(make: Callable[[], Any]) -> None:
    # A leak is there every time; what another thread keeps of kernels for other tests is not.
    assert min(left(lambda: trained(make), 5) for _ in range(3)) < FEW


@pytest.mark.usefixtures("idle")
def test_steps_and_predictions_leave_nothing() -> None:
    model = trained(dense)
    assert left(lambda: model.fit(X, Y, batch_size=8, epochs=20, verbose=0), 10) < FEW
    assert left(lambda: model.predict(X, verbose=0), 100) < FEW / 10
    assert left(lambda: model.train_on_batch(X, Y), 200) < FEW / 4  # a device frees some later on


def test_predictions_of_many_threads_agree_to_the_last_bit() -> None:
    model = trained(dense)
    x = np.repeat(X, 20, 0)
    told = model.predict(x, verbose=0)
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda _: model.predict(x, verbose=0), range(32)):
            np.testing.assert_array_equal(found, told)


def test_models_alive_at_exit_say_nothing() -> None:
    """Also where modules have lost their names by then."""
    text = """
import numpy as np
from autograd_nn import nn
from autograd_nn.engine.program.target.cpu import library
model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
model.compile("sgd", "mse", deterministic=True)
x = np.ones((4, 3))
model.fit(x, x[:, :1], verbose=0)
for name in [k for k in vars(library) if not k.startswith("__")]:
    setattr(library, name, None)
del model
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
