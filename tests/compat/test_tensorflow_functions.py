"""``tf.function``: steps of one's own are replayed as native code, and are what they were."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat, nn
from autograd_nn.compat import tensorflow as tf
from autograd_nn.compat.tensorflow.training.functions import Function
from autograd_nn.engine.errors import RecordWarning
from autograd_nn.engine.mode import Settings

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(64, 5, 3)).astype("float32"), rng.integers(0, 4, 64)


@pytest.fixture(autouse=True)
def same_bits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Settings, "deterministic", True)
    with compat.install_as():
        yield


def trained(recorded: bool) -> tuple[list[np.ndarray], list[float], Any]:
    """Weights and means of losses after some epochs of a step as tutorials write it."""
    nn.set_random_seed(1)
    model = nn.Sequential([nn.layers.GRU(4), nn.layers.Dropout(0.2), nn.layers.Dense(4)])
    loss_of = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer, mean = nn.optimizers.Adam(0.01), nn.metrics.Mean()

    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        slopes = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(slopes, model.trainable_variables, strict=True))
        mean(loss)
        return loss

    run = tf.function(step) if recorded else step
    means = []
    for _ in range(3):
        mean.reset_state()
        for i in range(0, 64, 24):  # the last batch is smaller
            last = run(tf.constant(X[i : i + 24]), tf.constant(Y[i : i + 24]))
        means.append(float(mean.result()))
    return model.get_weights(), [*means, float(last)], run


def test_a_step_of_ones_own_is_replayed_and_learns_the_same() -> None:
    (weights, means, _), (found, told, run) = trained(False), trained(True)
    np.testing.assert_allclose(told, means, rtol=1e-5)
    for a, b in zip(found, weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    assert len(run._jitted._programs) == 2  # of two sizes of batches


def test_what_is_asked_for_a_number_runs_op_by_op_and_nothing_happens_twice() -> None:
    total = nn.Variable(0.0)

    @tf.function
    def add(x: Any) -> Any:
        total.assign(total + x)
        return x if float(total) > 2 else -x

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = [float(add(tf.constant(1.0))) for _ in range(4)]
    assert found == [-1, -1, 1, 1] and float(total) == 4
    assert [w.category for w in said] == [RecordWarning]


def test_within_a_tape_it_is_the_function_itself() -> None:
    w = nn.Variable(3.0)
    square = tf.function(lambda x: x * w * w)
    for _ in range(3):
        with tf.GradientTape() as tape:
            y = square(tf.constant(2.0))
        assert float(tape.gradient(y, w)) == 12.0
    assert square(np.float32(2.0)).node is None


def test_layers_whose_call_is_one_are_trained_by_fit() -> None:
    class Scaled(nn.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            self.w = self.add_weight((shape[-1],), "ones")

        @tf.function
        def call(self, x: Any) -> Any:
            return x * self.w

    model = nn.Sequential([nn.Input((3,)), Scaled(), nn.Dense(1)])
    for eagerly in (True, False):
        model.compile("sgd", "mse", run_eagerly=eagerly)
        before = model.get_weights()[0]
        model.fit(X[:, 0], X[:, 0, :1], verbose=0)
        assert (model.get_weights()[0] != before).all()


def test_methods_texts_variables_and_numbers() -> None:
    class Counter:
        def __init__(self) -> None:
            self.n = nn.Variable(0.0)

        @tf.function(input_signature=None)
        def add(self, x: Any, times: int = 1) -> Any:
            self.n.assign_add(x * times)
            return self.n * 1.0

    one, other = Counter(), Counter()
    for x in (1.0, 2.0, 3.0):
        one.add(tf.constant(x), times=2)
        other.add(np.float32(x))
    assert float(one.n) == 12 and float(other.n) == 6
    assert isinstance(Counter.add, Function)
    assert Counter.add.get_concrete_function() is Counter.add

    from tensorflow import strings  # type: ignore[import-untyped]

    joined = tf.function(lambda words: strings.join([words, words]))
    assert [joined(tf.constant(["a"]))[0].numpy() for _ in range(3)] == [b"aa"] * 3

    def double(v: Any) -> None:
        v.assign(2 * v)

    for _ in range(3):
        tf.function(double)(one.n)
    assert float(one.n) == 96


def test_functions_that_are_to_run_eagerly_do_all_their_python(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def said(x: Any) -> Any:
        print("called")
        return x * 2

    def calls() -> int:
        run = tf.function(said)
        assert [float(run(tf.constant(3.0))) for _ in range(5)] == [6.0] * 5
        return capsys.readouterr().out.count("called")

    recorded = calls()
    with compat.install_as():
        tf.config.run_functions_eagerly(True)
        assert calls() == 5
    assert calls() == recorded < 5


def masked(y: Any, p: Any) -> Any:
    return tf.reduce_mean(tf.boolean_mask(tf.square(y - p), y > 0))


def likeness(y: Any, p: Any) -> Any:
    return tf.py_function(lambda y, p: np.corrcoef(y.numpy()[:, 0], p.numpy()[:, 0])[0, 1], (y, p),
                          tf.float64)  # fmt: skip


def test_losses_and_metrics_that_look_at_values_are_trained_by_op_by_op() -> None:
    x = X[:, 0]
    y = x.sum(1, keepdims=True)

    def trained(eagerly: bool) -> Any:
        nn.set_random_seed(1)
        model = nn.Sequential([nn.Input((3,)), nn.layers.Dense(4, "tanh"), nn.layers.Dense(1)])
        model.compile(nn.SGD(0.1), masked, metrics=[likeness], run_eagerly=eagerly)
        losses = model.fit(x, y, epochs=3, batch_size=24, verbose=0).history["loss"]
        return model, [*losses, *model.evaluate(x, y, batch_size=64, verbose=0)]

    with pytest.warns(RecordWarning, match="model 'sequential.*' runs op by op"):
        model, found = trained(False)
    _, expected = trained(True)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    p = model.predict(x, verbose=0)
    np.testing.assert_allclose(found[-1], np.corrcoef(y[:, 0], p[:, 0])[0, 1], rtol=1e-4)
    np.testing.assert_allclose(found[-2], ((y - p)[y > 0] ** 2).mean(), rtol=1e-4)


def test_a_model_that_looks_at_values_predicts() -> None:
    class Either(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.layers.Dense(1)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs) if tf.reduce_sum(inputs) > 0 else -self.dense(inputs)

    model, x = Either(), np.abs(X[:, 0])
    expected = model(x).numpy()
    with pytest.warns(RecordWarning, match="predict: model"):
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5)
    np.testing.assert_allclose(model.predict(-x, verbose=0), expected, rtol=1e-5)


def test_entries_of_which_a_function_looks_at_values_are_walked_by_python() -> None:
    x = tf.constant([[1.0, -2.0, 3.0], [4.0, -5.0, -6.0]])
    found = tf.map_fn(lambda row: tf.reduce_sum(tf.boolean_mask(row, row > 0)), x)
    assert found.tolist() == [4, 4]


def test_a_function_knows_the_variables_that_its_code_reaches() -> None:
    v, n = tf.Variable(2.0), tf.Variable(3.0, trainable=False)
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])

    @tf.function
    def scaled(x: Any) -> Any:
        return x * v

    @tf.function
    def step(x: Any) -> Any:
        return model(scaled(x)) + n

    found = step.get_concrete_function(tf.TensorSpec([1, 3], tf.float32))
    held = {id(w) for w in (v, n, *model.variables)}
    assert {id(w) for w in found.variables} == held and len(found.variables) == 4
    assert {id(w) for w in found.trainable_variables} == held - {id(n)}
