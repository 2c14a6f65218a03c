"""Training on a device: the same numbers as here, and what goes up and comes down meanwhile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402
from autograd_nn import nn  # noqa: E402
from autograd_nn.engine.errors import RangeError  # noqa: E402
from autograd_nn.engine.program.target.xla import program  # noqa: E402
from autograd_nn.engine.program.target.xla.device import Device, Traffic, traffic  # noqa: E402
from autograd_nn.engine.program.target.xla.states import SLOT, Remote  # noqa: E402
from autograd_nn.engine.program.target.xla.target import Xla  # noqa: E402
from autograd_nn.nn.utils import set_random_seed  # noqa: E402

N, SIZE = 70, 16  # four batches and one of six
EPOCH = 5  # batches
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(N, 6)), RNG.integers(0, 3, N)


def made(device: str | None = "xla", **options: Any) -> Any:
    set_random_seed(5)
    model = nn.Sequential([
        nn.Input((6,)), nn.Dense(8, "tanh", dtype="float64"), nn.Dropout(0.3, dtype="float64"),
        nn.BatchNormalization(dtype="float64"), nn.Dense(3, "softmax", dtype="float64"),
    ])  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"], device=device,
                  deterministic=True, check=False, **options)  # fmt: skip
    return model


class Counted(nn.callbacks.Callback):
    """What went up and down in each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[Traffic] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.before = Traffic(**vars(traffic))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs.append(
            Traffic(**{k: v - getattr(self.before, k) for k, v in vars(traffic).items()})
        )


def fitted(model: Any, epochs: int = 4, **options: Any) -> dict[str, list[float]]:
    set_random_seed(9)  # the order of samples
    options = {"batch_size": SIZE, "verbose": 0, "epochs": epochs} | options
    return model.fit(X, Y, **options).history


def agree(one: Any, two: Any) -> None:
    for a, b in zip(one.weights + one.optimizer.variables, two.weights + two.optimizer.variables,
                    strict=True):  # fmt: skip
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12, atol=1e-13)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, an epoch is one launch for each size of batch."""
    monkeypatch.setattr(Xla, "long", 600.0)


@pytest.mark.usefixtures("unhurried")
def test_the_same_numbers_and_what_an_epoch_moves() -> None:
    # what checks that weights are finite looks at them now and then
    here, there = (made(d, check_finite=False) for d in ("cpu", "xla"))
    counted = Counted()
    told = fitted(here, validation_split=0.2)
    found = fitted(there, validation_split=0.2, callbacks=[counted])
    assert all(type(SLOT.__get__(w)) is Remote for w in there.trainable_weights)
    for name, values in told.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-12, err_msg=name)
    agree(here, there)
    # full batches, the last one, and the one of validation
    assert sum(e.compiles for e in counted.epochs) == 3, "one for each size of batch"
    third, fourth = counted.epochs[2:]
    assert third == fourth and third.compiles == 0
    metrics = sum(len(m.variables) for m in there.metrics)
    # of each pass the metrics are reset, and their values are looked at; the order goes up once for
    # full batches and once for the last one
    assert third.up == 2 * metrics + 3
    assert third.down <= 2 * metrics
    assert third.launches == 3, "full batches and the last one, and the one of validation"


def test_predictions_read_weights_where_they_are() -> None:
    model = made()
    fitted(model)
    model.predict(X, verbose=0, batch_size=35)
    up = traffic.up
    found = model.predict(X, verbose=0, batch_size=35)
    assert traffic.up - up == 2, "a batch each: weights stay up"
    twin = made("cpu")
    twin.set_weights(model.get_weights())
    np.testing.assert_allclose(found, twin.predict(X, verbose=0), rtol=1e-12)


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("room", [float("inf"), 100])
def test_an_epoch_is_one_launch_or_windows(monkeypatch: pytest.MonkeyPatch, room: float) -> None:
    """Windows where the data set does not fit: then they go up, one after another."""
    monkeypatch.setattr(program, "BYTES", 600)  # four batches, not eight
    monkeypatch.setattr(Device, "room", lambda self: room)
    here, there = (made(d, check_finite=False) for d in ("cpu", "xla"))
    counted = Counted()
    options = {"batch_size": 4, "epochs": 3}  # 17 batches of four, one of two: five windows
    fitted(here, **options)
    fitted(there, **options, callbacks=[counted])
    agree(here, there)
    last = counted.epochs[-1]
    metrics = sum(len(m.variables) for m in there.metrics)
    fits = room > 1000
    assert last.launches == (2 if fits else 6) and last.compiles == 0
    assert last.up <= metrics + (2 if fits else 3 * 6), "a window is inputs, targets and an order"


def test_a_stream_is_compiled_for_few_sizes() -> None:
    """Of what comes once, windows of powers of two: not a program for each number of batches."""
    model = made()
    for n in (8, 3, 5, 6, 7):
        model.fit(((X[:10], Y[:10]) for _ in range(n)), verbose=0)
    programs = [p for s in model._steppers.values() for p in s.programs.values()]
    assert {v.batches for p in programs for v in p._made} <= {1, 2, 4, 8}


def test_errors_name_the_sample_and_leave_the_steps_before() -> None:
    model, twin = made(), made("cpu")
    fitted(model, 2, shuffle=False)
    fitted(twin, 2, shuffle=False)
    bad = Y.copy()
    bad[37] = 3  # in the third batch
    errors = []
    for m in (model, twin):
        with pytest.raises((RangeError, ValueError)) as caught:
            m.fit(X, bad, batch_size=SIZE, shuffle=False, verbose=0)
        errors.append(str(caught.value))
    assert errors[0] == errors[1]
    agree(model, twin)


def test_a_number_that_is_not_finite_is_found_as_here() -> None:
    told = []
    for device in ("cpu", "xla"):
        set_random_seed(5)
        layers = [nn.Input((6,)), nn.Lambda(ag.log, name="log"), nn.Dense(3, "softmax")]
        model = nn.Sequential(layers)
        model.compile("sgd", "sparse_categorical_crossentropy", device=device, deterministic=True)
        x = np.abs(X) + 1
        model.fit(x, Y, batch_size=SIZE, shuffle=False, verbose=0, epochs=2)
        x[21, 3] = -1
        with pytest.raises(nn.NonFiniteError) as caught:
            model.fit(x, Y, batch_size=SIZE, shuffle=False, verbose=0)
        report = caught.value.report
        assert report.batch == 1 and report.sample == 5 and report.op == "log"
        told.append(str(caught.value))
    assert told[0] == told[1]


def test_streams_and_train_on_batch() -> None:
    here, there = made("cpu"), made()
    for m in (here, there):
        set_random_seed(9)
        m.fit(((X[i : i + 10], Y[i : i + 10]) for i in range(0, 70, 10)), verbose=0)
        m.train_on_batch(X[:10], Y[:10])
        m.fit(X[:40], Y[:40], batch_size=10, verbose=0, epochs=2)
    agree(here, there)


def test_a_checkpoint_is_that_of_here(tmp_path: Any) -> None:
    whole, first, second = made("cpu"), made(), made()
    fitted(whole, 4)
    fitted(first, 2)
    path = tmp_path / "model.agn"
    first.save(path)
    again = nn.models.load_model(path)
    np.testing.assert_array_equal(again.get_weights()[0], first.get_weights()[0])
    fitted(second, 4)
    agree(whole, second)


def test_the_environment_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGRAD_NN_DEVICE", "xla")
    model = made(None)
    launches = traffic.launches
    fitted(model, 2)
    assert traffic.launches > launches


@pytest.mark.parametrize("device, words", [
    ("cuda", "'cpu', 'gpu', 'tpu', 'xla'"), ("gpu:x", "'gpu:1'"), (3, "'gpu:1'"),
    ("tpu", "JAX finds cpu:0"), ("xla:99", "JAX finds cpu:0"),
])  # fmt: skip
def test_a_device_that_is_not_there(device: Any, words: str) -> None:
    model = made("cpu")
    optimizer = model.optimizer
    with pytest.raises(ValueError, match=words):
        model.compile("sgd", "mse", device=device)
    assert model.optimizer is optimizer


def test_a_jax_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    import jax

    monkeypatch.setattr(jax, "__version__", "0.4.30")
    with pytest.raises(ImportError, match=r"JAX 0.4.30; expected 0.8 or later"):
        Device("xla")


def test_a_step_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    model, twin = made(), made("cpu")
    monkeypatch.setattr(Device, "holds", lambda self, nbytes: False)
    with pytest.raises(MemoryError, match="Make the batch smaller"):
        fitted(model, 2, shuffle=False)
    assert int(model.optimizer.iterations) == 1, "the first batch runs op by op, and is recorded"
    set_random_seed(9)
    twin.fit(X[:SIZE], Y[:SIZE], batch_size=SIZE, verbose=0, shuffle=False)
    agree(model, twin)
    monkeypatch.undo()
    for m in (model, twin):
        fitted(m, 2)
    agree(model, twin)
