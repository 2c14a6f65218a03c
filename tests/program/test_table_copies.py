"""What training holds of a large table: the rows that its samples name, and with them all of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine import ops
from autograd_nn.nn.training.copies import Named

pytestmark = pytest.mark.native  # which rows a program changes, programs of a device do not say

WORDS, WIDTH, BAD = 3000, 100, 7
Y = np.zeros((64, 1), "float32")
WELL = np.random.default_rng(0).integers(10, WORDS, (64, 4))
ILL = np.where(np.arange(64)[:, None] < 32, WELL, BAD)


def made(optimizer: Any) -> nn.Sequential:
    nn.set_random_seed(3)
    model = nn.Sequential([
        nn.Input((4,), dtype="int64"), nn.Embedding(WORDS, WIDTH, "ones"),
        nn.GlobalAveragePooling1D(),
    ])  # fmt: skip
    table = model.get_weights()[0]
    table[BAD] = 0
    model.set_weights([table])
    model.compile(optimizer, lambda y, p: ops.log(ops.sum(p, axis=-1)), deterministic=True)
    return model


def fit(model: nn.Sequential, x: np.ndarray) -> None:
    model.fit(x, Y[: len(x)], batch_size=32, shuffle=False, verbose=0)


def rows_of(model: nn.Sequential, x: np.ndarray) -> Any:
    (stepper,) = model._steppers.values()
    return Named([x, Y]).rows(model.weights[0], stepper)


@pytest.mark.parametrize("optimizer", [lambda: nn.SGD(0.1), lambda: nn.Adam(0.1, lazy=True)])
def test_a_failed_fit_leaves_all_rows_as_before_the_step(optimizer: Any) -> None:
    model, twin = made(optimizer()), made(optimizer())
    fit(model, WELL)
    fit(twin, WELL)
    np.testing.assert_array_equal(rows_of(model, ILL), np.unique(ILL))
    fit(twin, ILL[:32])
    with pytest.raises(nn.NonFiniteError) as raised:
        fit(model, ILL)
    assert raised.value.report.batch == 1
    for a, b in zip(model.optimizer.variables, twin.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    np.testing.assert_array_equal(model.get_weights()[0], twin.get_weights()[0])


@pytest.mark.parametrize("optimizer", [lambda: nn.SGD(0.1), lambda: nn.Adam(0.1, lazy=True)])
def test_a_spoiled_batch_leaves_all_rows_as_they_were(optimizer: Any) -> None:
    model, alone = made(optimizer()), np.full((32, 4), BAD)
    model.train_on_batch(WELL[:32], Y[:32])
    states = [model.weights[0], *model.optimizer.variables]
    before = [np.array(v.array) for v in states]
    with pytest.raises(nn.NonFiniteError):
        model.train_on_batch(alone, Y[:32])
    for v, array in zip(states, before, strict=True):
        np.testing.assert_array_equal(v.array, array)
    (stepper,) = model._steppers.values()
    (program,) = stepper.programs.values()
    np.testing.assert_array_equal(np.unique(program._named(states[0])), [BAD])
    model.train_on_batch(WELL[:32], Y[:32])  # what was put back is what goes on


def test_where_more_than_the_named_rows_may_move() -> None:
    model = made(nn.SGD(0.1))
    fit(model, WELL)
    assert rows_of(model, WELL) is not None
    assert rows_of(model, np.arange(WORDS)) is None  # hardly fewer than all
    assert rows_of(model, WELL + WORDS) is None  # no rows of the table
    (stepper,) = model._steppers.values()
    assert Named([WELL, Y]).rows(model.optimizer.iterations, stepper) is None
    model.optimizer.momentum = 0.9
    assert rows_of(model, WELL) is None
    model.compile(nn.Adam(0.1), model.loss, deterministic=True)
    fit(model, WELL)
    assert rows_of(model, WELL) is None
