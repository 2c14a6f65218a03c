"""What users of Keras count on: clones that are compiled, metrics of layers, dicts of inputs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn.context import phase
from tests.nn.layers.layer_cases import CASES

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = X[:, :1] * 2


def chain() -> Any:
    return nn.Sequential([nn.Input((3,)), nn.Dense(1)])


def test_a_clone_is_compiled_alike_with_state_of_its_own() -> None:
    model = chain()
    metric = nn.metrics.MeanSquaredError(name="far")
    model.compile(nn.Adam(0.03), lambda y, p: nn.ops.mean((y - p) ** 2, -1), metrics=[metric],
                  run_eagerly=True)  # fmt: skip
    model.fit(X, Y, epochs=2, verbose=0)
    twin = nn.models.clone_model(model)
    assert twin.compiled and twin.run_eagerly
    assert twin.metrics_names == ["loss", "far"] and twin.metrics[1] is not metric
    assert float(twin.metrics[1].result()) == 0
    assert (int(twin.optimizer.iterations), int(model.optimizer.iterations)) == (0, 2)
    assert float(twin.optimizer.learning_rate) == 0.03
    twin.optimizer.learning_rate = 0.5
    assert float(model.optimizer.learning_rate) == 0.03
    assert twin.fit(X, Y, verbose=0).history.keys() == {"loss", "far"}


def test_a_clone_keeps_a_rate_that_a_function_gives() -> None:
    model = chain()
    model.compile(nn.SGD(lambda step: 0.1 / (1 + step)), "mse")
    assert float(nn.models.clone_model(model).optimizer.learning_rate) == pytest.approx(0.1)


def test_a_clone_is_not_compiled_where_its_outputs_are_called_otherwise() -> None:
    x = nn.Input((3,))
    model = nn.Model(x, [nn.Dense(1, name="a")(x), nn.Dense(1, name="b")(x)])
    model.compile("sgd", loss={"a": "mse", "b": "mae"})

    def renamed(layer: Any) -> Any:
        config = layer.get_config()
        return type(layer).from_config({**config, "name": f"new_{config['name']}"})

    assert not nn.models.clone_model(model, clone_function=renamed).compiled
    assert nn.models.clone_model(model).compiled


class Watching(nn.Layer):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.mean, self.inner = nn.metrics.Mean("height"), nn.Dense(2)

    def call(self, inputs: Any) -> Any:
        self.mean.update_state(inputs)
        self.add_metric(nn.ops.max(inputs), name="most")
        return self.inner(inputs)


def test_a_layer_knows_its_metrics() -> None:
    outer = nn.Sequential([Watching()])
    outer(X)
    layer = outer.layers[0]
    assert [m.name for m in layer.metrics] == ["height", "most"]
    assert len(layer.metrics_variables) == 4
    assert float(layer.metrics[0].result()) == pytest.approx(X.mean(), rel=1e-5)
    assert nn.Dense(2).metrics == []


def test_what_a_layer_watches_is_in_the_logs() -> None:
    model = nn.Sequential([nn.Input((3,)), Watching(), nn.Dense(1)])
    model.compile("sgd", "mse")
    logs = model.fit(X, Y, batch_size=4, verbose=0).history
    assert logs["most"][0] == pytest.approx((X[:4].max() + X[4:].max()) / 2, rel=0.5)
    found = model.evaluate(X, Y, batch_size=4, verbose=0, return_dict=True)
    assert found["most"] == pytest.approx((X[:4].max() + X[4:].max()) / 2, rel=1e-6)


def test_a_model_watches_a_symbol() -> None:
    x = nn.Input((3,))
    model = nn.Model(x, nn.Dense(1, kernel_initializer="ones")(x))
    model.add_metric(nn.ops.sum(model.output), name="total", aggregation="mean")
    model.compile("sgd", "mse")
    found = model.evaluate(X, Y, batch_size=8, verbose=0, return_dict=True)
    assert found["total"] == pytest.approx(float(X.sum()), rel=1e-5)
    assert found["loss"] == pytest.approx(np.mean((Y - X.sum(1, keepdims=True)) ** 2), rel=1e-5)
    with pytest.raises(TypeError, match="name=None"):
        model.layers[1].add_metric(nn.ops.ones(()))
    with pytest.raises(ValueError, match="aggregation='sum'"):
        model.layers[1].add_metric(nn.ops.ones(()), "a", "sum")


def test_a_list_stands_for_a_dict_only_where_its_order_is_plain() -> None:
    b, a = nn.Input((1,), name="b"), nn.Input((1,), name="a")
    model = nn.Model({"b": b, "a": a}, b - a)
    ones, zeros = np.ones((2, 1), "float32"), np.zeros((2, 1), "float32")
    for call in (model, lambda x: model.predict(x, verbose=0)):
        with pytest.raises(ValueError, match="a dict by the names b, a"):
            call([ones, zeros])
        assert np.asarray(call({"a": zeros, "b": ones})).tolist() == [[1.0], [1.0]]
    ordered = nn.Model({"a": b, "b": a}, b - a)
    assert ordered.predict([ones, zeros], verbose=0).tolist() == [[1.0], [1.0]]


def test_a_configuration_says_of_penalties_what_there_is() -> None:
    assert "activity_regularizer" not in nn.layers.ReLU().get_config()
    told = nn.Dense(2, activity_regularizer="l2").get_config()
    assert told["activity_regularizer"]["class_name"] == "L2"
    assert nn.Dense.from_config(told).activity_regularizer is not None


@pytest.mark.parametrize("wrap", [nn.TimeDistributed, nn.layers.Bidirectional])
def test_a_symbol_has_the_dtype_that_layers_inside_give(wrap: Any) -> None:
    inner = nn.Dense(2) if wrap is nn.TimeDistributed else nn.layers.SimpleRNN(2)
    layer = wrap(inner, dtype="mixed_float16")
    assert layer(nn.Input((4, 3))).dtype == layer(np.ones((2, 4, 3), "float32")).dtype


class Decoder(nn.Model):
    """A model whose call takes two tensors, as those of tutorials of translation do."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Dense(4)

    def call(self, x: Any, hidden: Any) -> Any:
        y = self.dense(x) + hidden
        return y, nn.ops.tanh(y)


def test_a_model_of_two_arguments_is_built_by_its_call() -> None:
    model = Decoder()
    y, state = model(X, np.zeros((8, 4), "float32"))
    assert y.shape == state.shape == (8, 4)
    assert [w.shape for w in model.weights] == [(3, 4), (4,)]


def test_texts_that_were_vectorized_alone_are_then_in_a_model() -> None:
    layer = nn.layers.TextVectorization(max_tokens=9, output_sequence_length=5)
    layer.adapt(np.array(["a b c", "d e"]))
    assert layer(np.array([["a b"], ["d"]])).shape == (2, 5)
    inner = nn.Sequential([nn.Embedding(9, 4), nn.GlobalAveragePooling1D(), nn.Dense(1)])
    inner(np.zeros((2, 5), "int32"))
    model = nn.Sequential([layer, inner])
    assert model.predict(np.array(["a b", "c"]), verbose=0).shape == (2, 1)


def test_channels_are_rescaled_where_they_stand() -> None:
    layer = nn.layers.Rescaling([1.0, 2.0, 3.0], [0.0, 1.0, 0.0])
    x = np.ones((2, 3, 4, 5), "float32")
    nn.config.set_image_data_format("channels_first")
    try:
        assert layer(x)[0, :, 0, 0].tolist() == [1.0, 3.0, 3.0]
        assert layer(x[0])[:, 0, 0].tolist() == [1.0, 3.0, 3.0]
        assert layer(x[0, :, 0, 0][None]).tolist() == [[1.0, 3.0, 3.0]]
    finally:
        nn.config.set_image_data_format("channels_last")
    assert layer(np.moveaxis(x, 1, -1))[0, 0, 0].tolist() == [1.0, 3.0, 3.0]


def test_a_model_of_a_dict_is_called_on_its_own_inputs() -> None:
    b, a = nn.Input((1,), name="b"), nn.Input((1,), name="a")
    model = nn.Model({"b": b, "a": a}, b - a)
    outer = nn.Model(model.inputs, model(model.inputs) * 2.0)
    ones, zeros = np.ones((2, 1), "float32"), np.zeros((2, 1), "float32")
    assert outer.predict([ones, zeros], verbose=0).tolist() == [[2.0], [2.0]]


class Penalized(nn.Model):
    """A model whose loss of its own looks at its penalties after asking for the compiled one."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = nn.metrics.Mean("seen")
        self.dense = nn.Dense(1, activity_regularizer="l2", kernel_regularizer="l2")

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        self.seen.update_state(sum(self.losses))
        return loss


@pytest.mark.parametrize("eager", [True, False])
def test_a_loss_of_ones_own_finds_the_penalties(eager: bool) -> None:
    model = Penalized()
    model.compile("sgd", "mse", run_eagerly=eager)
    p = model(X).numpy()
    kernel = model.dense.kernel.numpy()
    wanted = 0.01 * ((p**2).sum() / len(X) + (kernel**2).sum())
    found = model.fit(X, Y, batch_size=8, verbose=0).history
    assert found["seen"][0] == pytest.approx(wanted, rel=1e-4)
    assert found["loss"][0] == pytest.approx(np.mean((p - Y) ** 2) + wanted, rel=1e-4)


def test_a_best_model_that_nothing_tells_is_saved(tmp_path: Any) -> None:
    model = chain()
    model.compile("sgd", "mse")
    path = tmp_path / "best.agn"
    saver = nn.callbacks.ModelCheckpoint(path, "val_loss", save_best_only=True, mode="min")
    with pytest.warns(UserWarning, match="saves whatever there is"):
        model.fit(X, Y, verbose=0, callbacks=[saver])
    assert path.exists()


def numpy_s(value: Any) -> Any:
    """Plain data whose whole numbers are NumPy's."""
    if isinstance(value, int) and not isinstance(value, bool):
        return np.int64(value)
    return type(value)(map(numpy_s, value)) if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("name", CASES)
def test_numpy_s_integers_are_as_good(name: str) -> None:
    layer = CASES[name].make()
    config = layer.get_config()
    twin = type(layer).from_config({k: numpy_s(v) for k, v in config.items()})
    assert json.dumps(twin.get_config()) == json.dumps(config)


def test_numpy_s_integers_in_losses_and_metrics() -> None:
    metric = nn.metrics.TopKCategoricalAccuracy(k=np.int32(2))
    assert json.dumps(metric.get_config()["k"]) == "2"
    assert type(nn.losses.CosineSimilarity(axis=np.int64(-1)).axis) is int


def test_factors_of_penalties_that_are_none_are_those_left_out() -> None:
    assert nn.regularizers.L1(None).l1 == nn.regularizers.L2(None).l2 == 0.01
    both = nn.regularizers.L1L2(None, 0.5)
    assert (both.l1, both.l2) == (0.0, 0.5)


def test_no_samples_have_no_penalty() -> None:
    layer = nn.Dense(2, activity_regularizer="l2")
    layer(np.ones((0, 3), "float32"))
    assert [float(v) for v in layer.losses] == [0.0]


@pytest.mark.parametrize(
    ("shape", "given"), [((4, 3, 1), (4, 3)), ((4, 3), (4, 3, 1)), ((1,), ()), ((), (1,))]
)
def test_a_last_axis_of_one_may_be_there_or_not(
    shape: tuple[int, ...], given: tuple[int, ...]
) -> None:
    ends = [nn.layers.Reshape((-1,)), nn.Dense(2)]
    model = nn.Sequential([nn.Input(shape), *ends])
    model.compile("sgd", "mse", run_eagerly=True)
    x, y = np.random.default_rng(1).normal(size=(6, *given)), np.ones((6, 2))
    model.fit(x, y, verbose=0)
    fitting = x.reshape(6, *shape)
    assert np.array_equal(model.predict(x, verbose=0), model.predict(fitting, verbose=0))
    assert np.array_equal(model(x), model(fitting))
    assert model.evaluate(x, y, verbose=0) == model.evaluate(fitting, y, verbose=0)
    rows = ((x[i : i + 2], y[i : i + 2]) for i in (0, 2))
    model.fit(rows, verbose=0)
    model.train_on_batch(x, y)
    with pytest.raises(ShapeError, match="samples along the first axis|which the model was"):
        model.predict(np.ones((6, 2, *given)), verbose=0)


def test_a_convolution_of_ones_own_has_kernel_and_bias_of_the_layers() -> None:
    class Standardized(nn.Conv2D):
        def convolution_op(self, inputs: Any, kernel: Any) -> Any:
            centred = kernel - nn.ops.mean(kernel, axis=(0, 1, 2), keepdims=True)
            return super().convolution_op(inputs, centred)

    x = np.random.default_rng(1).normal(size=(2, 5, 5, 3)).astype("float32")
    own, plain = Standardized(4, 3, activation="relu"), nn.Conv2D(4, 3, activation="relu")
    own.build(x.shape), plain.build(x.shape)
    own.bias.assign([0.1, 0.2, 0.3, 0.4])
    kernel = own.kernel.numpy()
    plain.set_weights([kernel - kernel.mean((0, 1, 2)), own.bias.numpy()])
    np.testing.assert_allclose(own(x).numpy(), plain(x).numpy(), atol=1e-6)


def test_a_model_s_call_may_be_told_training() -> None:
    x = nn.Input((4,))
    model = nn.Model(x, nn.layers.Dropout(0.5)(nn.layers.BatchNormalization(momentum=0.0)(x)))
    value = np.arange(32, dtype="float32").reshape(8, 4)
    np.testing.assert_array_equal(model.call(value), model(value))
    moved = model.call(value, training=True)
    assert (moved.numpy() == 0).any() and not np.allclose(model.weights[2], 0)
    still = model(value, training=False)
    with phase(True):
        np.testing.assert_array_equal(model.call(value, training=False), still)
        np.testing.assert_array_equal(model(value, training=False), still)
