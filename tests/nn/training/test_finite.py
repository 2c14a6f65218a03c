"""Training that comes to NaN or infinity: its origin is told, and the weights from before stay."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import ops

N, BAD = 12, 7  # samples, and the one that is unlike the others
X = np.random.default_rng(0).uniform(0.5, 1.5, (N, 3)).astype("float32")
X[BAD] = 0.0
Y = np.ones((N, 1), "float32")
ONES = np.ones((3, 3), "float32")
AWRY = np.where(np.eye(3) > 0, np.inf, 1)
ANY = "ANY"


class Of(nn.Layer):
    """A layer of one function, which trains a scale."""

    def __init__(self, f: Callable[[Any], Any], name: str = "of") -> None:
        super().__init__(name=name)
        self.f = f

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight((), "ones", name="scale")

    def call(self, inputs: Any) -> Any:
        return self.f(inputs * self.scale)


def total(y_true: Any, y_pred: Any) -> Any:
    return ops.sum(y_pred, axis=-1)


def net(*stack: Any, loss: Any = total, optimizer: Any = "sgd", **options: Any) -> nn.Sequential:
    model = nn.Sequential([nn.Input((3,)), *stack], name="net")
    model.compile(optimizer, loss, run_eagerly=True, **options)
    return model


def of(f: Callable[[Any], Any]) -> nn.Sequential:
    return net(Of(f))


def fixed(w: Any, **options: Any) -> nn.Dense:
    """A dense layer of given weights."""
    return nn.Dense(3, use_bias=False, kernel_initializer=nn.initializers.Constant(w), **options)


def spoiled_embedding() -> nn.Sequential:
    model = nn.Sequential([nn.Input((2,), dtype="int32"), nn.Embedding(N, 2, name="words")])
    model.compile("sgd", total, run_eagerly=True)
    table = model.get_weights()[0]
    table[BAD] = np.nan
    model.set_weights([table])
    return model


def recurrent() -> nn.Sequential:
    rnn = nn.SimpleRNN(
        2, activation="exponential", name="rnn", kernel_initializer="ones",
        recurrent_initializer=nn.initializers.Constant(3.0),
    )  # fmt: skip
    model = nn.Sequential([nn.Input((5, 1)), rnn])
    model.compile("sgd", total, run_eagerly=True)
    return model


def nested() -> nn.Model:
    inner = nn.Sequential([nn.Input((3,)), Of(ops.log, "deep")], name="inner")
    model = nn.Sequential([nn.Input((3,)), inner])
    model.compile("sgd", total, run_eagerly=True)
    return model


def masked_rows() -> nn.Sequential:
    return of(lambda x: ops.softmax(ops.where(x > 0, x, -np.inf), axis=-1) * x)


def away(y: Any, p: Any) -> Any:
    return ops.log(ops.sum(p, axis=-1))


def root_of(y: Any, p: Any) -> Any:
    return ops.sqrt(ops.sum(p, axis=-1))


def quotient(y: Any, p: Any) -> Any:
    return 1 / ops.sum(p, axis=-1)


def nothing(y: Any, p: Any) -> Any:
    return ops.sum(p - p, axis=-1) / ops.sum(p - p)


tokens = np.arange(2 * N).reshape(N, 2) % N
series = np.where(np.arange(N)[:, None, None] == BAD, 2.0, -9.0) * np.ones((N, 5, 1))
negative = X - (np.arange(N) == BAD)[:, None]
steep = X + 100 * (np.arange(N) == BAD)[:, None]

def row(what: str, make: Callable[[], Any], x: Any, where: str, sample: Any = BAD) -> Any:
    """A way to a number that is not finite.

    where    the part, its name and the op, with a dash where its derivative is meant.
    sample   None: all of the batch have a part in it.
    """
    part, name, op = where.split()
    return pytest.param(make, x, part, name, op, sample, id=what)


def norm(layer: Any) -> Callable[[], Any]:
    return lambda: net(layer(epsilon=0.0, name="norm"))


def grown() -> nn.Sequential:
    return net(fixed(1e15 * ONES, name="first"), fixed(1e20 * ONES, name="second"))


def windows() -> nn.Sequential:
    model = nn.Sequential([
        nn.Input((3, 1)), nn.Conv1D(2, 2, use_bias=False, kernel_initializer="ones", name="conv"),
        nn.AveragePooling1D(2, name="pool"), Of(lambda x: 1 / x, "over"),
    ])  # fmt: skip
    model.compile("sgd", lambda y, p: ops.sum(p, axis=(1, 2)), run_eagerly=True)
    return model


def attending() -> nn.Model:
    x = nn.Input((3,))
    h = ops.reshape(Of(lambda x: x * 1e25)(x), (-1, 3, 1))
    model = nn.Model(x, ops.reshape(nn.Attention(name="looks")([h, h]), (-1, 3)))
    model.compile("sgd", total, run_eagerly=True)
    return model


def forked() -> nn.Model:
    """Two outputs, of which one's loss goes wrong."""
    x = nn.Input((3,))
    model = nn.Model(x, [fixed(ONES, name="well")(x), fixed(ONES, name="ill")(x)])
    alike = lambda y, p: ops.sum(p - y, axis=-1)  # noqa: E731
    model.compile("sgd", [alike, lambda y, p: away(y, p)], run_eagerly=True)
    return model


def half() -> nn.Sequential:
    with_half = fixed(300 * ONES, name="first", dtype="mixed_float16")
    return net(with_half, auto_scale_loss=False)


class Falling(nn.optimizers.schedules.LearningRateSchedule):
    """A rate that is infinite at the second step."""

    def __call__(self, step: Any) -> Any:
        return ops.log(1 - ops.astype(step, dtype="float32"))

    def get_config(self) -> dict[str, Any]:
        return {}


def penalized() -> nn.Sequential:
    return net(fixed(ONES, name="one", kernel_regularizer=lambda w: ops.log(ops.sum(w * 0))))


def constrained() -> nn.Sequential:
    apart = fixed(ONES, name="one", kernel_constraint=lambda w: w / (w - w))
    return net(apart, optimizer=nn.SGD(name="moves"))


class Adding(Of):
    """A layer whose own loss goes wrong."""

    def call(self, inputs: Any) -> Any:
        self.add_loss(ops.sum(self.f(inputs * self.scale)))
        return inputs


WAYS = [
    row("log 0 in a loss", lambda: net(fixed(ONES), loss=away), X, "loss away log"),
    row("sqrt'(0) in a loss", lambda: net(fixed(ONES), loss=root_of), X, "loss root_of sqrt'"),
    row("1/0 in a loss", lambda: net(fixed(ONES), loss=quotient), X, "loss quotient divide"),
    row("0/0 in a loss", lambda: net(fixed(ONES), loss=nothing), X, "loss nothing divide", ANY),
    row("log 0 in a layer", lambda: of(ops.log), X, "layer of log"),
    row("log 0 in a nested model", nested, X, "layer inner/deep log"),
    row("0/0 in a layer", lambda: of(lambda x: x / x), X, "layer of divide"),
    row("sqrt'(0) in a layer", lambda: of(ops.sqrt), X, "layer of sqrt'"),
    row("sqrt of a negative number", lambda: of(ops.sqrt), negative, "layer of sqrt"),
    row("power of a negative number", lambda: of(lambda x: x**1.5), negative, "layer of power"),
    row("log of a negative number", lambda: of(ops.log), negative, "layer of log"),
    row("exp overflows", lambda: of(ops.exp), steep, "layer of exp"),
    row("inf/inf", lambda: of(lambda x: ops.exp(x) / ops.exp(x)), steep, "layer of exp"),
    row("inf - inf", lambda: of(lambda x: ops.exp(x) - ops.exp(x)), steep, "layer of exp"),
    row("0 log 0", lambda: of(lambda x: x * ops.log(x)), X, "layer of log"),
    row("arccos of 2", lambda: of(lambda x: ops.arccos(x / 50)), steep, "layer of arccos"),
    row("arccos'(1)", lambda: of(lambda x: ops.arccos(1 - x)), X, "layer of arccos'"),
    row("arctanh 1", lambda: of(lambda x: ops.arctanh(1 - x)), X, "layer of arctanh"),
    row("softmax of a row of -inf", masked_rows, X, "layer of softmax"),
    row("no epsilon, by batch", norm(nn.BatchNormalization), 0 * X, "layer norm ANY", None),
    row("no epsilon, by sample", norm(nn.LayerNormalization), X, "layer norm ANY"),
    row("bad weights", lambda: net(fixed(AWRY, name="one")), X, "weight one/kernel -", None),
    row("a spoiled embedding", spoiled_embedding, tokens, "weight words/embeddings -", None),
    row("large weights", grown, np.where(X == 0, 1e8, 0), "layer second matmul"),
    row("a recurrence explodes", recurrent, series, "layer rnn exp"),
    row("1/0 behind windows", windows, X[..., None], "layer over divide"),
    row("attention overflows", attending, np.where(X == 0, 1, 0), "layer looks attention"),
    row("one loss of two", forked, X, "loss <lambda> log"),
    row("float16 overflows", half, np.where(X == 0, 100, 0.01), "layer first matmul"),
    row("a schedule", lambda: net(fixed(ONES), optimizer=nn.SGD(Falling(), name="falls")), X,
        "optimizer falls log", None),
    row("a regularizer", penalized, X, "regularizer net/one/kernel log", None),
    row("a constraint", constrained, X, "optimizer moves divide", None),
    row("add_loss", lambda: net(Adding(ops.log, "adds")), X, "layer adds log"),
]


def state(model: Any) -> list[np.ndarray]:
    with np.errstate(all="ignore"):  # the learning rate follows from its schedule
        return [np.array(v) for v in (*model.weights, *model.optimizer.variables)]


@pytest.mark.parametrize(("make", "x", "part", "name", "op", "sample"), WAYS)
def test_the_origin_is_told(make: Any, x: Any, part: str, name: str, op: str, sample: Any) -> None:
    model = make()
    order = np.random.default_rng(1).permutation(N)
    before = state(model)
    with pytest.raises(nn.NonFiniteError, match="Expected finite numbers") as raised:
        y = [Y] * len(model.outputs) if len(model.outputs) > 1 else Y
        model.fit(x[order], y, batch_size=N // 2, shuffle=False, verbose=0)
    report = raised.value.report
    assert (report.part, report.layer, report.backward) == (part, name, "'" in op)
    assert op == ANY or op.strip("'-") == report.op
    assert report.epoch == 0
    assert f"{part} {name!r}" in str(raised.value)
    if sample == BAD:
        assert order[report.row] == BAD
        assert report.batch * (N // 2) + report.sample == report.row
    elif sample is None:
        assert report.sample is None
    if not report.batch:
        for a, b in zip(before, state(model), strict=True):
            np.testing.assert_array_equal(a, b)
    assert part == "weight" or all(np.isfinite(array).all() for array in state(model))
    copied = pickle.loads(pickle.dumps(raised.value))
    assert str(copied) == str(raised.value) and copied.report.op == report.op


def diverging(**options: Any) -> nn.Sequential:
    nn.set_random_seed(0)
    stack = [nn.Dense(4, name="first"), nn.Dropout(0.5), nn.Dense(1, name="last")]
    model = nn.Sequential([nn.Input((3,)), *stack])
    model.compile(nn.SGD(50.0, momentum=0.9), "mse", **options)
    return model


class Stop(nn.Callback):
    """Ends training before a batch."""

    def __init__(self, batch: int) -> None:
        super().__init__()
        self.batch = batch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.model.stop_training |= batch + 1 == self.batch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        assert batch < self.batch


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"deterministic": True}], ids=str)
def test_the_weights_from_before_the_step_stay(options: dict) -> None:
    """As those of a training that ends there: weights, momenta and draws."""
    model = diverging(**options)
    with pytest.raises(nn.NonFiniteError, match="smaller learning rate") as raised:
        model.fit(X, Y, batch_size=5, epochs=400, verbose=0)
    report = raised.value.report
    assert report.what == "loss" and report.epoch > 0
    assert int(model.optimizer.iterations) == 3 * report.epoch + report.batch
    twin = diverging(check_finite=False, **options)
    twin.fit(X, Y, batch_size=5, epochs=report.epoch, verbose=0)
    if report.batch:
        twin.fit(X, Y, batch_size=5, verbose=0, callbacks=[Stop(report.batch)])
    for a, b in zip(state(model), state(twin), strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_batch_is_taken_back() -> None:
    model = net(Of(ops.log), optimizer="adam")
    model.train_on_batch(X[:4], Y[:4])
    before = state(model)
    with pytest.raises(nn.NonFiniteError) as raised:
        model.train_on_batch(X, Y)
    assert (raised.value.report.layer, raised.value.report.sample) == ("of", BAD)
    for a, b in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.isfinite(model.train_on_batch(X[:4], Y[:4]))


@pytest.mark.parametrize("size", [6, N])  # the second batch goes wrong, or the very first
def test_a_step_of_ones_own_is_traced(size: int) -> None:
    class Own(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inside = Of(ops.log, "inside")

        def call(self, inputs: Any) -> Any:
            return self.inside(inputs)

        def train_step(self, data: Any) -> Any:
            x, _ = data
            weights = self.trainable_weights
            loss, grads = ag.value_and_grad(lambda w: ops.sum(self(x)))(weights)
            self.optimizer.apply(grads, weights)
            return {"loss": loss}

    model = Own()
    model.compile("adam")
    with pytest.raises(nn.NonFiniteError) as raised:
        model.fit(X, Y, batch_size=size, shuffle=False, verbose=0)
    report = raised.value.report
    assert (report.layer, report.op, report.row) == ("inside", "log", BAD)
    assert report.batch == BAD // size


def test_a_metric_alone_warns_and_training_goes_on() -> None:
    def odd(y_true: Any, y_pred: Any) -> Any:
        return ops.log(ops.sum(y_pred, axis=-1)) * 0

    model, twin = net(Of(ops.abs), metrics=[odd]), net(Of(ops.abs))
    with pytest.warns(nn.NonFiniteWarning, match="odd.*log.*metric 'odd'.*row 7 of the data"):
        history = model.fit(X, Y, batch_size=4, epochs=3, shuffle=False, verbose=0).history
    twin.fit(X, Y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    assert np.isnan(history["odd"]).all() and np.isfinite(history["loss"]).all()
    np.testing.assert_array_equal(model.get_weights()[0], twin.get_weights()[0])


def test_it_can_be_turned_off() -> None:
    for callbacks, check in (([], False), ([nn.TerminateOnNaN()], True)):
        model = net(Of(ops.log), check_finite=check)
        history = model.fit(X, Y, epochs=3, verbose=0, callbacks=callbacks).history["loss"]
        assert not np.isfinite(history).any() and len(history) == (1 if callbacks else 3)
        assert np.isnan(model.get_weights()[0]) or callbacks
    model = net(Of(ops.log), check_finite=False)
    assert not np.isfinite(model.train_on_batch(X, Y))


def test_the_last_step_is_looked_at_too() -> None:
    """Its loss is finite, its derivative is not."""
    model = net(Of(ops.sqrt))
    with pytest.raises(nn.NonFiniteError) as raised:
        model.fit(X, Y, verbose=0)
    assert raised.value.report.what == "weights" and raised.value.report.backward


def test_a_stream_counts_its_batches() -> None:
    model = net(Of(ops.log))
    batches = ((X[i : i + 4], Y[i : i + 4]) for i in (0, 8, 4))
    with pytest.raises(nn.NonFiniteError, match="batch 2 of epoch 0") as raised:
        model.fit(batches, verbose=0)
    assert raised.value.report.sample == BAD - 4 and raised.value.report.row is None
