"""What TensorFlow's scripts ask besides: Python's functions, characters, parts of shapes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat, nn
from autograd_nn.compat import tensorflow as tf
from autograd_nn.compat.tensorflow.maths import sampled


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    with compat.install_as("tf.keras"):
        yield


def test_a_python_function_gives_what_it_is_told() -> None:
    def halves(x: Any) -> Any:
        assert x.numpy().dtype == np.int32
        return x / 2

    one = tf.py_function(halves, [np.int32([1, 2])], tf.float32)
    assert one.dtype == np.float32 and one.tolist() == [0.5, 1.0]
    [listed] = tf.py_function(halves, [np.int32([1])], [tf.float64])
    assert listed.dtype == np.float64
    assert tf.py_function(lambda x: None, [1.0], []) == []

    @tf.py_function(Tout=tf.float32)
    def more(x: Any) -> Any:
        return x + 1

    assert more(2).tolist() == 3.0

    @tf.numpy_function(Tout=[tf.int64, tf.float32])
    def counted(x: Any) -> Any:
        assert type(x) is np.ndarray
        return len(x), x.sum()

    n, total = counted(tf.constant([1.5, 2.5]))
    assert (n.tolist(), n.dtype, total.tolist()) == (2, np.int64, 4.0)
    assert tf.numpy_function(lambda t: t.decode() + "!", ["a"], tf.string).numpy() == b"a!"


def test_characters_are_numbers_and_back() -> None:
    from tensorflow import strings  # type: ignore[import-untyped]

    assert strings.unicode_decode("aé", "UTF-8").tolist() == [97, 233]
    several = strings.unicode_decode(tf.constant(["ab", "c"]), "UTF-8")
    assert [row.tolist() for row in several] == [[97, 98], [99]]
    assert strings.unicode_encode(several, "UTF-8").tolist() == ["ab", "c"]
    assert strings.unicode_encode([97, 233], output_encoding="UTF-8").numpy() == "aé".encode()
    even = strings.unicode_decode(["ab", "cd"], "UTF-8")
    assert even.shape == (2, 2) and strings.unicode_encode(even, "UTF-8").tolist() == ["ab", "cd"]


def test_parts_of_shapes_are_shapes() -> None:
    x = nn.Input((4, 3))
    assert x.shape[1:].as_list() == [4, 3] and x.shape[-1] == 3
    assert ((None,) + x.shape[2:]).as_list() == [None, 3]
    listed = [1]
    listed += x.shape[1:]
    assert listed == [1, 4, 3] and type(listed) is list
    assert (x.shape[:1] + [7]).as_list() == x.shape[:1].concatenate([7]).as_list() == [None, 7]


def test_what_a_tape_read_is_trained() -> None:
    w, b, other = nn.Variable(2.0), nn.Variable(1.0), nn.Variable(5.0)
    with tf.GradientTape() as tape:
        y = w * w + b
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slopes = tape.gradient(y, tape.watched_variables())
        assert [(float(g), v) for g, v in zip(slopes, tape.watched_variables(), strict=True)] == [
            (4.0, w), (1.0, b),
        ]  # fmt: skip
    assert all(v is not other for v in tape.watched_variables())
    with tf.GradientTape() as tape:
        w * w
    with pytest.warns(UserWarning, match="before a gradient was asked for"):
        assert list(tape.watched_variables()) == []


def test_a_few_of_many_classes_are_drawn_by_their_ranks() -> None:
    rng = np.random.default_rng(0)
    w, b = rng.normal(size=(20, 5)).astype("float32"), rng.normal(size=20).astype("float32")
    x, y = rng.normal(size=(8, 5)).astype("float32"), rng.integers(0, 20, (8, 1))
    all_drawn = sampled.sampled_softmax_loss(w, b, y, x, 20, 20)  # each other one as often as once
    logits = x @ w.T + b
    expected = np.log(np.exp(logits).sum(-1)) - np.take_along_axis(logits, y, 1)[:, 0]
    np.testing.assert_allclose(all_drawn, expected, rtol=1e-5)

    shares = sampled._shares(20)
    odds = sampled._expected(shares, 4)
    np.testing.assert_allclose([shares.sum(), odds.sum()], [1, 4])
    often = np.zeros(20)
    for _ in range(2000):  # w tells which are drawn: of a class alone that has a bias
        true, others = sampled._logits(
            np.zeros((20, 1), "float32"), np.arange(20, dtype="float32"), [[0]], np.ones((1, 1)),
            4, 20, 1, hits=False,
        )  # fmt: skip
        drawn = others.numpy()[0]
        found = np.abs(drawn[:, None] - (np.arange(20) - np.log(odds))[None]).argmin(1)
        assert len(set(found)) == 4
        often[found] += 1 / 2000
    np.testing.assert_allclose(often, odds, atol=0.05)
    np.testing.assert_allclose(true, [[-np.log(odds[0])]], rtol=1e-5)

    model = nn.Variable(w)
    with tf.GradientTape() as tape:
        loss = sampled.nce_loss(model, b, y, x, 4, 20, remove_accidental_hits=True)
    assert loss.shape == (8,) and (loss.numpy() > 0).all()
    slope = tape.gradient(loss, model).numpy()
    assert (np.abs(slope).sum(1) > 0).sum() <= 8 + 4


def test_options_of_a_layer_by_their_places() -> None:
    from tensorflow import keras

    class Plain(keras.layers.Layer):  # type: ignore[misc,name-defined]
        def call(self, inputs: Any) -> Any:
            return inputs

    assert Plain(512).trainable is True
    layer = Plain(False, "told")
    assert (layer.trainable, layer.name) == (False, "told")
    assert layer(np.ones((1, 2))).shape == (1, 2)


def test_classes_below_0_count_from_the_last() -> None:
    from tensorflow import keras

    with pytest.warns(DeprecationWarning, match="taken for the class 2"):
        found = keras.utils.to_categorical([0, -1, 1], 3)
    assert found.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    with pytest.raises(ValueError, match="received -4"):
        keras.utils.to_categorical([-4], 3)


def test_loops_are_found_below_the_backend() -> None:
    from tensorflow.keras import backend

    found = backend.control_flow_ops.while_loop(lambda i: i < 3, lambda i: [i + 2], [0])
    assert float(found[0]) == 4


def test_numbers_below_0_mean_all_of_a_pipeline() -> None:
    three = tf.data.Dataset.range(3)
    assert [int(x) for x in three.repeat(-1).take(5)] == [0, 1, 2, 0, 1]
    assert [int(x) for x in three.take(-1)] == [0, 1, 2]
    assert len(three.skip(-1)) == 0 and not list(three.skip(-1))
    assert three.repeat(-1).batch(2).size is None


def test_the_rate_of_the_next_step_is_watched_by_a_metric() -> None:
    schedule = nn.optimizers.schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)
    optimizer: Any = nn.optimizers.SGD(schedule)
    model = nn.Sequential([nn.Input((1,)), nn.layers.Dense(1)])
    model.compile(optimizer, "mse", metrics=[lambda y, p: optimizer._decayed_lr(tf.float32)])
    x = np.ones((4, 1))
    found = model.fit(x, x, batch_size=4, epochs=3, verbose=0).history
    [rates] = [found[name] for name in found if name != "loss"]
    np.testing.assert_allclose(np.diff(np.log(rates)), np.log([0.5, 0.5]), rtol=1e-5)
    np.testing.assert_allclose(optimizer._decayed_lr(tf.float64), 0.0125, rtol=1e-6)
    decayed: Any = nn.optimizers.SGD(0.1, decay=0.5)
    np.testing.assert_allclose(decayed._decayed_lr(), 0.1)


def test_a_layer_that_puts_others_together_when_it_is_called_is_trained_in_a_chain() -> None:
    from tensorflow import keras

    class Summary(keras.layers.Layer):  # type: ignore[misc,name-defined]
        def __call__(self, states: Any) -> Any:
            scores = keras.layers.Dense(states.shape[2], use_bias=False)(states)
            last = keras.layers.Lambda(lambda x: x[:, -1])(scores)
            return keras.layers.Dense(3, activation="tanh")(last)

    x = np.random.default_rng(0).normal(size=(16, 5, 2)).astype("float32")
    y = x.sum((1, 2))
    parts = [nn.layers.SimpleRNN(4, return_sequences=True, input_shape=(5, 2)), Summary(name="s")]
    model = nn.Sequential([*parts, nn.layers.Dense(1)])
    model.compile("adam", "mse")
    assert model.count_params() == 4 * (2 + 4 + 1) + 16 + 4 * 3 + 3 + 3 + 1
    before = model.get_weights()
    losses = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.predict(x, verbose=0))
    assert model.get_layer("s").output_shape == (None, 3)


def test_a_session_computes_of_what_variables_are_when_it_runs() -> None:
    x, w, n = tf.placeholder(tf.float32, (None,)), tf.Variable([4.0]), tf.Variable(0)
    twice = x * (w * 2)
    penalised = tf.reduce_sum(x) * 0.0 + tf.reduce_sum(w * w)
    step = tf.train.GradientDescentOptimizer(0.25).minimize(penalised)
    with tf.Session() as session:
        session.run(tf.assign(w, [5.0]))
        assert session.run(twice, {x: [1.0]}).tolist() == [10.0]
        count, halve = tf.assign_add(n, 2), tf.group(tf.assign(w, w / 2))
        assert [session.run(count) for _ in range(3)] == [2, 4, 6]
        assert [session.run([halve, w])[1].tolist() for _ in range(2)] == [[2.5], [1.25]]
        session.run(step, {x: [1.0]})
        assert session.run(w).tolist() == [0.625]
