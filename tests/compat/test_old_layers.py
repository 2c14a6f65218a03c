"""Layers of Keras 0 and 1 beside their formulas, and the signals of TensorFlow beside NumPy's."""

from __future__ import annotations

import doctest
import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.signal

import autograd_nn as ag
from autograd_nn import compat, nn
from autograd_nn.compat.answers import advanced, layers, recurrent
from autograd_nn.compat.answers.graph import Graph
from autograd_nn.compat.once import habits as once
from autograd_nn.compat.tensorflow.maths import ordered, signal, spelled
from autograd_nn.compat.tensorflow.training import train

rng = np.random.default_rng(0)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("width", [3, 4])
@pytest.mark.parametrize("kind", [1, 2, 3])
def test_mutated_units_are_as_published(kind: int, width: int) -> None:
    layer = getattr(recurrent, f"JZS{kind}")(4, return_sequences=True, dtype="float64")
    x = rng.normal(size=(2, 5, width))
    layer(x)
    cell = layer.cell
    cell.bias.assign(rng.normal(size=12))
    kernel, u = cell.kernel.numpy(), cell.recurrent_kernel.numpy()
    bz, br, bh = np.split(cell.bias.numpy(), 3)
    project = np.eye(width, 4) if cell.projection is None else cell.projection.numpy()
    assert (cell.projection is None) == (kind == 3 or width == 4)
    h, expected = np.zeros((2, 4)), []
    for t in range(5):
        v, p = x[:, t], x[:, t] @ project
        if kind == 1:
            z, uh = sigmoid(v @ kernel[:, :4] + bz), u[:, 4:]
            r = sigmoid(v @ kernel[:, 4:] + h @ u[:, :4] + br)
            own = np.tanh(p)
        elif kind == 2:
            z, uh = sigmoid(v @ kernel[:, :4] + h @ u[:, :4] + bz), u[:, 8:]
            r = sigmoid(p + h @ u[:, 4:8] + br)
            own = v @ kernel[:, 4:]
        else:
            z, uh = sigmoid(v @ kernel[:, :4] + np.tanh(h) @ u[:, :4] + bz), u[:, 8:]
            r = sigmoid(v @ kernel[:, 4:8] + h @ u[:, 4:8] + br)
            own = v @ kernel[:, 8:]
        h = z * np.tanh(own + (r * h) @ uh + bh) + (1 - z) * h
        expected.append(h)
    np.testing.assert_allclose(layer(x).numpy(), np.stack(expected, 1), rtol=1e-10, atol=1e-12)
    assert ag.check_gradients(layer, x)
    twin = type(layer).from_config(layer.get_config())
    assert twin(x).shape == (2, 5, 4)


@pytest.mark.parametrize("format", ["channels_last", "channels_first"])
def test_a_full_border_is_scipy_s(format: str) -> None:
    make: Any = layers.Convolution2D
    with pytest.warns(DeprecationWarning):
        layer = make(1, 3, 2, border_mode="full", data_format=format, dtype="float64")
    x = rng.normal(size=(1, 4, 5))
    axis = -1 if format == "channels_last" else 1
    y = layer(np.expand_dims(x, axis)).numpy()
    kernel = layer.kernel.numpy()[:, :, 0, 0]
    expected = scipy.signal.correlate2d(x[0], kernel)
    np.testing.assert_allclose(np.squeeze(y), expected, rtol=1e-10)
    assert layer.compute_output_shape(np.expand_dims(x, axis).shape) == y.shape
    small = layers.Convolution1D(2, 5, border_mode="full")
    assert small(np.ones((1, 2, 3))).shape == small.compute_output_shape((1, 2, 3)) == (1, 6, 2)
    assert type(small).from_config(small.get_config())(np.ones((1, 2, 3))).shape == (1, 6, 2)


def test_sizes_one_by_one_may_be_numpy_s() -> None:
    make: Any = layers.Convolution2D
    with pytest.warns(DeprecationWarning, match=r"Conv2D\(4, "):
        assert make(4, np.int64(3), np.int32(2)).kernel_size == (3, 2)


def test_learned_activations() -> None:
    x = rng.normal(size=(3, 4)) * 2
    soft = advanced.ParametricSoftplus(dtype="float64")
    np.testing.assert_allclose(soft(x).numpy(), 0.2 * np.log1p(np.exp(5 * x)), rtol=1e-10)
    bent = advanced.SReLU(dtype="float64")
    bent(x)
    left, a, right, b = rng.normal(size=(4, 4))
    bent.set_weights([left, a, right, b])
    top = left + abs(right)
    expected = np.where(x >= top, top + b * (x - top), x)
    expected = np.where(x <= left, left + a * (x - left), expected)
    np.testing.assert_allclose(bent(x).numpy(), expected, rtol=1e-10)
    for layer in (soft, bent):
        assert ag.check_gradients(layer, x)
        assert type(layer).from_config(layer.get_config())(x).shape == x.shape


def test_signals_are_numpy_s() -> None:
    x = rng.normal(size=(2, 16)).astype("float32")
    z = spelled.complex(x, 2 * x)
    for ours, theirs in (
        (signal.fft(z), np.fft.fft(x + 2j * x)), (signal.rfft(x), np.fft.rfft(x)),
        (signal.fft2d(z), np.fft.fft2(x + 2j * x)), (signal.ifft2d(z), np.fft.ifft2(x + 2j * x)),
        (signal.irfft(signal.rfft(x, [16])), x),
        (signal.hamming_window(8, periodic=False), np.hamming(8)),
        (signal.hann_window(8, periodic=False), np.hanning(8)),
    ):  # fmt: skip
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-4, atol=1e-5)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(6) / 6)
    pieces = np.stack([x[:, i : i + 6] for i in range(0, 11, 3)], 1)
    found = signal.stft(x, 6, 3).numpy()
    np.testing.assert_allclose(found, np.fft.rfft(pieces * window, 8), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(signal.frame(x, 6, 3).numpy(), pieces)
    with pytest.raises(ValueError, match="axis=0"):
        signal.frame(x, 2, 1, axis=0)


def test_names_counted_from_one() -> None:
    assert once.counted(["dense_1", "dense_2"], ["dense", "dense_1"]) == {
        "dense_1": "dense", "dense_2": "dense_1"
    }  # fmt: skip
    assert once.counted(["input_3"], ["input_layer"]) is None
    with compat.install_as("keras"):
        x, other = nn.Input((2,)), nn.Input((2,))
        nn.utils.clear_session()
        x, other = nn.Input((2,)), nn.Input((2,))
        model = nn.Model([x, other], nn.Dense(1)(x) + nn.Dense(1)(other))
        model.compile("sgd", "mse")
        given = {"input_1": np.ones((4, 2)), "input_2": np.zeros((4, 2))}
        with pytest.warns(DeprecationWarning, match="'input_layer', 'input_layer_1'"):
            model.fit(given, np.ones((4, 1)), verbose=0)
        with pytest.raises(ValueError, match="for .input_1."):
            model.fit({"input_1": given["input_1"], "input_9": 0}, np.ones((4, 1)), verbose=0)


def test_a_metric_is_called_on_what_is_differentiated() -> None:
    def loss(x: Any) -> Any:
        nn.metrics.Mean()(x)
        return (x * x).sum()

    x = ag.Tensor([1.0, 2.0])
    with pytest.raises(ag.GradientError, match="made of its state"):
        ag.grad(loss)(x)
    with compat.install_as("keras"):
        assert ag.grad(loss)(x).tolist() == [2.0, 4.0]


def test_compiled_losses_and_metrics_are_the_models() -> None:
    model: Any = nn.Sequential([nn.Input((2,)), nn.Dense(1, kernel_regularizer="l2")])
    model.compile("sgd", "mse", metrics=["mae"])
    x, y = np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")
    with compat.install_as("keras"):
        p = model(x)
        plain = model.compiled_loss(y, p)
        whole = model.compiled_loss(y, p, regularization_losses=model.losses)
        model.compiled_metrics.update_state(y, p)
        assert [m.name for m in model.compiled_metrics.metrics] == ["mae"]
        mae = float(model.compiled_metrics.metrics[0].result())
        assert mae == pytest.approx(abs(float(p[0, 0])))
        model.compiled_metrics.reset_states()
        assert float(model.compiled_metrics.metrics[0].result()) == 0
        (mean,) = model.compiled_loss.metrics
        assert float(mean.result()) == pytest.approx((float(plain) + float(whole)) / 2)
    assert float(plain) == pytest.approx(float(p[0, 0]) ** 2, rel=1e-4)
    assert float(whole - plain) == pytest.approx(float(model.losses[0]), rel=1e-3)
    assert not hasattr(model, "compiled_loss")


def test_texts_are_those_of_tensorflow() -> None:
    with compat.install_as():
        import tensorflow as tf

        pair = tf.constant(["Ab", "c"])
        assert pair.numpy().tolist() == [b"Ab", b"c"] and pair[0].numpy() == b"Ab"
        assert tf.expand_dims(pair, -1).shape == (2, 1)
        assert tf.expand_dims(pair[0], -1).numpy().tolist() == [b"Ab"]
        assert tf.equal(pair, "c").tolist() == [False, True]
        assert tf.concat([pair, pair], 0).shape == (4,)
        assert tf.strings.lower(pair)[0].numpy() == b"ab"
        assert tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=-1).tolist() == ["ab", "cd"]
        assert tf.strings.join(["a", "b"]).numpy() == b"ab"
        rows = [x.numpy() for x in tf.data.Dataset.from_tensor_slices(["a", "b"])]
        assert rows == [b"a", b"b"]
        layer = tf.keras.layers.StringLookup(vocabulary=["a", "b"], mask_token=None, invert=True)
        assert layer(tf.constant(1)).numpy() == b"a"


def test_arguments_of_keras_2_that_keras_3_refuses() -> None:
    class Itself(nn.Model):
        def __init__(self) -> None:
            super().__init__(self)
            self.dense = nn.Dense(1)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    with pytest.raises(TypeError, match="received inputs=Itself"):
        Itself()
    with compat.install_as("keras"):
        model: Any = Itself()
        model.compile("sgd", "mse", metrics=nn.metrics.BinaryAccuracy(threshold=0.0))
        assert model.evaluate(x, y, verbose=0)[1] in (0, 1)
        assert nn.layers.GRU(3).get_initial_state(nn.ops.ones((2, 5, 4)))[0].shape == (2, 3)
        assert nn.layers.LSTMCell(3).get_initial_state(inputs=x)[0].shape == (4, 3)
    with pytest.raises(ValueError, match="threshold"):
        nn.metrics.BinaryAccuracy(threshold=0.0)


def test_the_latest_checkpoint_may_be_one_of_a_callback_s(tmp_path: Path) -> None:
    assert train.latest_checkpoint(tmp_path / "none") is None
    assert train.latest_checkpoint(tmp_path) is None
    for i, name in enumerate(("ckpt_10", "ckpt_9", "ckpt_11")):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (i, i))
    assert train.latest_checkpoint(tmp_path) == str(tmp_path / "ckpt_11")
    (tmp_path / "ckpt-1.npz").write_text("")
    assert train.latest_checkpoint(tmp_path) == str(tmp_path / "ckpt-1")


COMPAT = sorted(
    f"autograd_nn.{'.'.join(path.relative_to(Path(compat.__file__).parents[1]).with_suffix('').parts)}"
    for path in Path(compat.__file__).parent.rglob("*.py")
    if path.stem != "__init__"
)


@pytest.mark.parametrize("name", COMPAT)
def test_examples_run(name: str) -> None:
    assert not doctest.testmod(importlib.import_module(name)).failed


def test_order_is_numpy_s() -> None:
    x = np.array([[3.0, 1.0, 3.0], [2.0, 5.0, 4.0]])
    for axis in (0, 1, -1):
        found = ordered.argsort(x, axis)
        np.testing.assert_array_equal(found.numpy(), np.argsort(x, axis, kind="stable"))
        down = ordered.argsort(x, axis, "DESCENDING").numpy()
        np.testing.assert_array_equal(down, np.argsort(-x, axis, kind="stable"))
        np.testing.assert_array_equal(ordered.sort(x, axis, "DESCENDING").numpy(),
                                      -np.sort(-x, axis))  # fmt: skip
    with pytest.raises(ValueError, match="direction='UP'"):
        ordered.sort(x, direction="UP")
    y, idx = ordered.unique([7, 3, 7, 5])
    assert (y.tolist(), idx.tolist()) == ([7, 3, 5], [0, 1, 0, 2])


def test_variables_have_the_methods_of_theano_s() -> None:
    v = nn.Variable([1.0, 2.0])
    with compat.install_as("keras"):
        kept: Any = v
        before = kept.get_value()
        kept.set_value(before * 2)
        assert before.tolist() == [1.0, 2.0] and kept.get_value().tolist() == [2.0, 4.0]
    assert not hasattr(v, "get_value")


def test_hard_sigmoid_by_name_is_that_of_keras_2_in_a_script_and_of_its_file_elsewhere() -> None:
    config = nn.Dense(2, activation="hard_sigmoid").get_config()
    with compat.install_as("keras"):
        from keras import activations  # type: ignore[import-untyped]
        from keras.layers import LSTM, regularizers  # type: ignore[import-untyped]

        with pytest.warns(DeprecationWarning, match="x / 5"):
            layer = LSTM(2, recurrent_activation="hard_sigmoid")
        then = layer.recurrent_activation
        assert then([1.0]).item() == pytest.approx(0.7) and activations.hard_sigmoid is then
        assert regularizers.L2 is nn.regularizers.L2
        assert type(layer).from_config(layer.get_config()).recurrent_activation is then
        today = nn.Dense.from_config(config)
        assert today.activation is nn.activations.hard_sigmoid
        assert nn.Dense(2, activation=nn.ops.hard_sigmoid).activation is nn.ops.hard_sigmoid
        with nn.saving.custom_object_scope({"hard_sigmoid": abs}):
            assert nn.Dense(2, activation="hard_sigmoid").activation is abs
    assert nn.Dense(2, activation="hard_sigmoid").activation is nn.activations.hard_sigmoid


def test_a_graph_tells_what_it_lacks() -> None:
    with pytest.warns(DeprecationWarning, match="Model"):
        graph = Graph()
    graph.add_input("x", input_shape=(3,))
    graph.add_node(nn.Dense(2), name="dense", input="x")
    with pytest.raises(ValueError, match="second node named 'dense'"):
        graph.add_node(nn.Dense(2), name="dense", input="x")
    with pytest.raises(ValueError, match="Did you mean 'dense'"):
        graph.add_output("y", input="dens")
    graph.add_output("y", input="dense")
    with pytest.raises(ValueError, match="'y' twice"):
        graph.add_output("y", input="dense")
    graph.compile("sgd", {"y": "mse"})
    with pytest.raises(ValueError, match="expected 'y' as well"):
        graph.fit({"x": np.ones((4, 3))})
    before = graph.get_weights()
    data = {"x": np.ones((4, 3)), "y": np.ones((4, 2))}
    graph.fit(data, nb_epoch=1, verbose=0, sample_weight={"y": np.zeros(4)})
    assert all(np.array_equal(a, b) for a, b in zip(before, graph.get_weights(), strict=True))
    again = nn.models.model_from_json(graph.to_json())
    again.set_weights(before)
    np.testing.assert_array_equal(again.predict(data["x"], verbose=0)["y"],
                                  graph.predict(data, verbose=0)["y"])  # fmt: skip


def test_a_mask_of_symbols_keeps_as_many_entries_as_data_tell() -> None:
    with compat.install_as("tensorflow"):
        import tensorflow.compat.v1 as tf  # type: ignore[import-untyped]

        tf.compat.v1.disable_eager_execution()  # through both, as TensorFlow 1.15 let it
        x = tf.placeholder(tf.float32, (None, 4, 3))
        kept = tf.boolean_mask(x, tf.reduce_sum(x, axis=2) > 0)
        assert tuple(kept.shape) == (None, 3)
        fed = rng.normal(size=(5, 4, 3)).astype("float32")
        with tf.Session() as session:
            found = session.run(tf.reshape(kept, (-1, 1, 3)), {x: fed})
    np.testing.assert_array_equal(found[:, 0], fed[fed.sum(2) > 0])


def test_what_initializers_of_then_are_called_with_is_no_name() -> None:
    from autograd_nn.compat.answers import initializations

    def small(shape: Any, name: Any = None) -> Any:
        return initializations.normal(shape, scale=0.01, name=name)

    model = nn.Sequential([nn.Dense(3, kernel_initializer=small, input_shape=(4,))])
    assert np.abs(model.get_weights()[0]).max() < 0.1
    assert initializations.uniform((2,), name="start").name == "start"
    with pytest.warns(DeprecationWarning, match="l2="):
        assert nn.regularizers.L2(l=0.5).l2 == 0.5


def test_numbers_of_one_axis_teach_a_normalization_of_one_column() -> None:
    layer = nn.layers.Normalization(input_shape=(1,), axis=None)
    layer.adapt(np.array([1.0, 3.0]))
    model = nn.Sequential([layer])
    assert model.predict(np.array([1.0, 3.0]), verbose=0).tolist() == [[-1.0], [1.0]]


def test_optimizers_have_the_defaults_of_the_library_that_a_script_imports() -> None:
    with compat.install_as():
        from tensorflow.keras.optimizers import Adadelta  # type: ignore[import-untyped]

        assert float(Adadelta().learning_rate) == pytest.approx(0.001)
        import keras  # type: ignore[import-untyped]

        assert keras.backend.backend() == "tensorflow"
        with pytest.warns(DeprecationWarning, match="learning_rate=1;"):
            assert float(keras.optimizers.get("adadelta").learning_rate) == 1.0
        with pytest.warns(DeprecationWarning, match="initial_accumulator_value=0"):
            made = keras.optimizers.Adagrad(0.3)
        assert float(made.learning_rate) == pytest.approx(0.3)
        assert type(made).from_config(made.get_config()).initial_accumulator_value == 0
    assert nn.optimizers.Adagrad().initial_accumulator_value == 0.1
    assert nn.backend.backend() == "autograd_nn"


def test_layers_of_users_are_told_shapes_that_answer_as_tensorflows() -> None:
    with compat.install_as():
        import tensorflow as tf

        class Own(tf.keras.layers.Layer):  # type: ignore[misc]
            def build(self, input_shape: Any) -> None:
                self.kept = input_shape
                self.w = self.add_weight("w", shape=[input_shape[-1], 2])
                assert tf.TensorShape(input_shape).as_list() == input_shape.as_list()
                super().build(input_shape)

            def call(self, x: Any) -> Any:
                return x @ self.w

            def compute_output_shape(self, input_shape: Any) -> Any:
                return tf.TensorShape(input_shape.as_list()[:-1] + [2])

        model = tf.keras.Sequential([Own(input_shape=(3,)), tf.keras.layers.Dense(1)])
        assert model.output_shape == (None, 1)
        assert model.predict(np.ones((4, 3)), verbose=0).shape == (4, 1)
        assert model.to_json()  # what the layer keeps of its shape is plain


def test_what_a_metric_gave_is_added_under_its_name() -> None:
    with compat.install_as():
        import tensorflow as tf

        class Own(tf.keras.Model):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.last = tf.keras.layers.Dense(1)
                self.seen = tf.keras.metrics.Mean(name="seen")

            def call(self, x: Any, training: Any = None) -> Any:
                if training:
                    self.add_metric(self.seen(tf.reduce_mean(x)))
                return self.last(x)

        model = Own()
        model.compile("sgd", "mse")
        history = model.fit(np.full((8, 2), 3.0), np.ones(8), epochs=2, verbose=0).history
        assert history["seen"] == [3.0, 3.0]
