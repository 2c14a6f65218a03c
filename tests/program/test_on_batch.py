"""Batches that a user hands over one by one run natively too, with the same results and errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.training.finite import NonFiniteError

rng = np.random.default_rng(0)
X = rng.normal(size=(6, 4)).astype("float32")
Y = rng.integers(0, 3, 6)
TOLD: list[dict[str, Any]] = [
    {},
    {"sample_weight": np.linspace(0, 2, 6)},
    {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}},
]


def made(deterministic: bool = False, **options: Any) -> nn.Sequential:
    nn.set_random_seed(3)
    model = nn.Sequential([nn.Input((4,)), nn.Dense(5, "relu"), nn.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"],
                  deterministic=deterministic, **options)  # fmt: skip
    return model


def state(model: nn.Sequential) -> list[np.ndarray]:
    return [np.array(v.array) for v in (*model.weights, *model.optimizer.variables)]


def programs(model: nn.Sequential) -> list[Any]:
    return [p for s in model._steppers.values() for p in s.programs.values()]


@pytest.fixture(scope="module")
def native() -> nn.Sequential:
    """A model whose steps on a batch are programs."""
    model = made()
    for _ in range(2):
        model.train_on_batch(X, Y)
    assert all(p.ready(wait=True) for p in programs(model))
    return model


@pytest.mark.parametrize("told", TOLD, ids=["plain", "sample_weight", "class_weight"])
def test_batches_one_by_one_train_as_op_by_op(told: dict[str, Any]) -> None:
    eager, model = made(run_eagerly=True), made(deterministic=True)
    for k in range(3):
        found = [m.train_on_batch(X + k, Y, **told) for m in (eager, model)]
        np.testing.assert_allclose(*found, rtol=2e-6)
    weight = {k: v for k, v in told.items() if k == "sample_weight"}
    np.testing.assert_allclose(*[m.test_on_batch(X, Y, **weight) for m in (eager, model)], 2e-6)
    np.testing.assert_allclose(*[m.predict_on_batch(X) for m in (eager, model)], rtol=2e-6)
    for a, b in zip(state(eager), state(model), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-7)
    assert len(programs(model)) == 2 and not programs(eager)


def test_a_batch_is_recorded_when_its_shape_comes_again_and_fit_takes_its_program() -> None:
    model = made()
    counts = []
    for n in (6, 5, 6, 6, 5):
        model.train_on_batch(X[:n], Y[:n])
        counts.append(len(programs(model)))
    assert counts == [0, 0, 1, 1, 2]
    before = programs(model)
    model.fit(X, Y, batch_size=6, verbose=0)
    assert programs(model) == before


def test_a_native_step_that_is_spoiled_leaves_all_as_it_was(native: nn.Sequential) -> None:
    before, logs = state(native), native.test_on_batch(X, Y)
    with pytest.raises(NonFiniteError, match="layer 'dense"):
        native.train_on_batch(np.full_like(X, 3e38), Y)
    for a, b in zip(before, state(native), strict=True):
        np.testing.assert_array_equal(a, b)
    assert native.test_on_batch(X, Y) == logs
    assert np.isfinite(native.train_on_batch(X, Y)).all()


def test_metrics_of_a_batch_are_its_own(native: nn.Sequential) -> None:
    one = native.test_on_batch(X[:2], Y[:2], return_dict=True)
    native.test_on_batch(X, Y)
    assert native.test_on_batch(X[:2], Y[:2], return_dict=True) == one


def test_predict_is_the_same_whether_somebody_looks_on_or_not(native: nn.Sequential) -> None:
    seen = []

    class Note(nn.callbacks.Callback):
        def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
            seen.append(logs["outputs"])

    alone = native.predict(X, batch_size=4, verbose=0)
    np.testing.assert_array_equal(alone, native.predict(X, 4, 0, callbacks=[Note()]))
    np.testing.assert_array_equal(alone, np.concatenate(seen))
