"""The next block is made while one runs: as if each batch were made and run in its turn."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.program import stretch
from autograd_nn.engine.program.run import walk
from autograd_nn.nn.training import blocks as room
from autograd_nn.nn.training import feeds
from autograd_nn.nn.training.blocks import sees_a_model

rng = np.random.default_rng(0)
X = rng.normal(size=(96, 3)).astype("float32")
Y = X[:, :1] * 2 - 1
Batch = tuple[np.ndarray, np.ndarray]
pytestmark = pytest.mark.native


@pytest.fixture(autouse=True)
def flights(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of each block beside which the next was made: "runs", or "ran"; blocks are of two batches.

    It begins late, so that it would meet whatever the next changes.
    """
    made: list[str] = []
    beside = walk.beside

    def noted(call: Any, meanwhile: Any) -> None:
        def slowly() -> None:
            time.sleep(0.01)
            call()
            made[-1] = "ran"

        made.append("runs")
        beside(slowly, meanwhile)

    monkeypatch.setattr(walk, "beside", noted)
    for where, name, value in (
        (stretch, "WORTH", 0.0), (feeds, "WORTH", -1.0), (room, "QUICK", 60.0), (room, "MOST", 2),
    ):  # fmt: skip
        monkeypatch.setattr(where, name, value)
    return made


def model(*inside: nn.Layer, native: bool = True) -> nn.Sequential:
    """Of the same weights each time; what trains and tests it has programs, which are compiled."""
    nn.set_random_seed(3)
    made = nn.Sequential([nn.Input((3,)), nn.Dense(4, activation="tanh"), *inside, nn.Dense(1)])
    made.compile("adam", "mse", metrics=["mae"], deterministic=True, run_eagerly=not native)
    if native:
        made.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
        made.evaluate(X, Y, batch_size=8, verbose=0)
        programs = [p for s in made._steppers.values() for p in s.programs.values()]
        assert len(programs) == 2 and all(p.ready(wait=True) for p in programs)
    return made


def batches() -> Iterator[Batch]:
    for k in range(0, 96, 8):
        yield X[k : k + 8], Y[k : k + 8]


class Mine(np.ndarray):
    """Whose memory is an array's."""


def same(a: nn.Sequential, b: nn.Sequential) -> None:
    for v, w in zip(a.variables, b.variables, strict=True):
        np.testing.assert_array_equal(v.numpy(), w.numpy())


def test_training_and_what_it_returns_are_those_of_arrays(flights: list[str]) -> None:
    plain, streamed = model(), model()
    wanted = plain.fit(X, Y, batch_size=8, shuffle=False, verbose=0).history
    found = streamed.fit(batches(), verbose=0).history
    assert flights and found == wanted
    same(plain, streamed)
    for what in ("evaluate", "predict"):
        flights.clear()
        given = (X, Y)[: 2 if what == "evaluate" else 1]
        wanted = getattr(plain, what)(*given, batch_size=8, verbose=0)
        np.testing.assert_array_equal(getattr(streamed, what)(batches(), verbose=0), wanted)
        assert bool(flights) is (what == "evaluate"), what


def test_a_source_may_fill_its_arrays_again(flights: list[str]) -> None:
    def refilled() -> Iterator[Batch]:
        x, y = np.empty_like(X[:8]), np.empty_like(Y[:8])
        for a, b in batches():
            x[:], y[:] = a, b
            yield x, y

    wanted, found = model(), model()
    wanted.fit(batches(), verbose=0)
    flights.clear()
    found.fit(refilled(), verbose=0)
    assert flights
    same(found, wanted)
    other = model()  # of arrays that are not copied, for they are of a kind of their own
    other.fit(((x.view(Mine), y.view(Mine)) for x, y in refilled()), verbose=0)
    same(other, wanted)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_came_before_an_error_was_trained_on(error: Any, flights: list[str]) -> None:
    def source() -> Iterator[Batch]:
        for k, batch in enumerate(batches()):
            if k == 7:
                raise error("the file ends here")
            yield batch

    broken, wanted = model(), model()
    with pytest.raises(error, match="ends here"):
        broken.fit(source(), verbose=0)
    assert flights
    wanted.fit(X[:56], Y[:56], batch_size=8, shuffle=False, verbose=0)
    same(broken, wanted)


def test_no_more_is_taken_than_a_pass_needs(flights: list[str]) -> None:
    taken: list[int] = []

    def endless() -> Iterator[Batch]:
        while True:
            for batch in batches():
                taken.append(1)
                yield batch

    trained = model()
    trained.fit(endless(), steps_per_epoch=5, epochs=1, verbose=0)  # of one, two and two
    assert len(taken) == 5 and len(flights) == 1


def test_a_source_may_run_programs_of_its_own(flights: list[str]) -> None:
    doubled = ag.jit(lambda x: ag.tanh(x) * 2)
    other = ag.jit(lambda x: x @ x.T)

    def source() -> Iterator[Batch]:
        for x, y in batches():
            found = doubled(ag.tensor(x)).numpy()
            assert "runs" not in flights  # it waited
            yield found, other(ag.tensor(y)).numpy()[:, :1]

    wanted, found = model(), model()
    made = list(source())
    wanted.fit(iter(made), verbose=0)
    flights.clear()
    found.fit(source(), verbose=0)
    assert flights
    same(found, wanted)


def test_draws_of_a_source_and_of_steps_come_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    class Noisy(nn.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs + nn.random.normal((1, 4))

    def source() -> Iterator[Batch]:
        for k, (x, y) in enumerate(batches()):
            yield (x + nn.random.normal(x.shape).numpy() if k > 4 else x), y

    found = []
    for most in (1, 2, 3):
        monkeypatch.setattr(room, "MOST", most)
        made = model(Noisy())
        made.fit(source(), verbose=0)
        found.append(made)
    same(found[0], found[1])
    same(found[0], found[2])


def test_a_model_of_its_users_modules_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    where = ModuleType("where_models_are")
    where.model, where.inner = model(native=False), ModuleType("inner")  # type: ignore[attr-defined]
    where.inner.part = where.model.layers[0]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "where_models_are", where)
    around = {"where": where, "np": np, "X": X}
    exec("def one():\n    yield where.model.predict(X)", around)
    exec("def two():\n    yield where.inner.part(X)", around)
    exec("def none():\n    yield np.tanh(where.X)", around)
    assert sees_a_model(around["one"]()) and sees_a_model(around["two"]())
    exec("def called(k):\n    return where.model(k)", around)
    assert sees_a_model(map(around["called"], [1]))
    assert not sees_a_model(around["none"]())
    where.__file__ = "/usr/lib/python3/dist-packages/where_models_are.py"
    assert not sees_a_model(around["one"]())  # that is no place for models of its user
    around |= {"ag": ag, "nn": nn}
    exec("def known():\n    yield nn.utils.to_categorical(ag.ops.abs(X))", around)
    assert not sees_a_model(around["known"]())
