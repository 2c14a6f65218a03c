"""One contract for every layer there is: shapes, dtypes, configuration, gradients, training."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn import layers
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.layers import preprocessing
from autograd_nn.nn.masks import mask_of
from tests.nn.layers.layer_cases import CASES

RNG = np.random.default_rng(0)
every_layer = pytest.mark.parametrize("name", CASES)


def test_no_layer_is_left_out() -> None:
    known = {
        v for v in vars(layers).values() if isinstance(v, type) and issubclass(v, Layer)
    } - {Layer, layers.Wrapper}
    known -= {getattr(layers, name) for name in preprocessing.__all__}  # which have their own tests
    made = [c.make() for c in CASES.values()]
    assert known <= {type(inner) for layer in made for inner in layer._flattened()}


@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shapes_dtypes_and_weights(name: str, dtype: str) -> None:
    case = CASES[name]
    layer = case.make(dtype=dtype)
    x = case.inputs(dtype=dtype)
    told = case.make(dtype=dtype).compute_output_shape(case.batch_shape())
    for training in (None, True, False):
        y = layer(x, training=training)
        assert y.dtype == dtype and y.shape == (2, *told[1:])
    assert layer.output_shape == told[:1] + y.shape[1:] == (None, *told[1:])
    assert layer.count_params() == case.count == sum(w.size for w in layer.get_weights())
    assert {w.dtype for w in layer.weights} <= {np.dtype(dtype)}
    # what only moves entries leaves integers as they are: they may be indices
    whole = tree.map(lambda v: (v * 2).astype("int64"), x)
    if not isinstance(layer, layers.Embedding | layers.Lambda):
        changed = layer._casts_integers or layer.weights
        assert layer(whole).dtype == (dtype if changed else "int64")


@every_layer
def test_configuration_makes_the_same_layer_again(name: str) -> None:
    layer = CASES[name].make()
    config = layer.get_config()
    assert json.loads(json.dumps(config)).keys() == config.keys()
    twin = type(layer).from_config(layer.get_config())
    assert twin.get_config() == config and twin.name == layer.name
    x = CASES[name].inputs()
    layer(x), twin(x)
    twin.set_weights(layer.get_weights())
    np.testing.assert_allclose(layer(x), twin(x), rtol=1e-6)  # where both draw, the second draw
    assert repr(layer).startswith(type(layer).__name__)


@every_layer
def test_gradients(name: str) -> None:
    nn.set_random_seed(0)
    layer, x = CASES[name].make(dtype="float64"), CASES[name].inputs(3)
    if isinstance(x, list):
        assert ag.check_gradients(lambda *xs: layer(list(xs)), *x)
    elif isinstance(layer, layers.SpectralNormalization) or getattr(layer, "renorm", False):
        # what these correct by while training is taken for a constant
        assert ag.check_gradients(lambda x: layer(x, training=False), x)
    else:
        found = ag.check_gradients(layer, x)
        # a bias of keys moves all scores alike: its derivative is 0, and differences are rounding
        unclear = "Attention" in name and found.verdict == "inconclusive"
        assert found or unclear, str(found)


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.count and c.shape != c.shapes])
@pytest.mark.filterwarnings("ignore:layer 'flatten.*with a mask:UserWarning")
def test_training_lowers_the_loss(name: str) -> None:
    nn.set_random_seed(0)
    layer = CASES[name].make()
    model = nn.Sequential([layer, nn.Flatten(), nn.Dense(1)])
    model.compile(loss="mse", optimizer=nn.SGD(0.01), run_eagerly=True)
    x = CASES[name].inputs(32)
    y = x.reshape(32, -1).sum(1)
    before, start = model.evaluate(x, y, verbose=0), layer.get_weights()
    model.fit(x, y, epochs=3, batch_size=8, verbose=0)
    assert model.evaluate(x, y, verbose=0) < before
    assert any((a != b).any() for a, b in zip(start, layer.get_weights(), strict=True))


def test_dense_is_the_activation_of_a_product_and_a_bias() -> None:
    x, w, b = RNG.normal(size=(5, 2, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)
    layer = nn.Dense(4, activation="tanh", dtype="float64")
    layer.build((None, None, 3))
    layer.set_weights([w, b])
    np.testing.assert_allclose(layer(x), np.tanh(x @ w + b), rtol=1e-12)


def test_flatten_and_reshape_keep_the_order() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(nn.Flatten()(x), x.reshape(2, 12))
    np.testing.assert_array_equal(nn.Reshape((2, -1))(x), x.reshape(2, 2, 6))
    np.testing.assert_array_equal(nn.Flatten()(np.ones(3)), np.ones((3, 1)))


def test_names_count_up_as_in_keras() -> None:
    nn.utils.clear_session()
    assert [nn.Dense(1).name, nn.Dense(1).name, nn.Dropout(0.1).name] == [
        "dense",
        "dense_1",
        "dropout",
    ]
    assert nn.Dense(1, name="mine").name == "mine"
    model = nn.Sequential([nn.Dense(1, input_dim=2, name="d")], name="s")
    assert [w.path for w in model.weights] == ["s/d/kernel", "s/d/bias"]


def test_dropout_keeps_the_mean_and_only_while_training() -> None:
    x = np.ones((100, 100), "float32")
    layer = nn.Dropout(0.25, seed=3)
    y = layer(x, training=True).numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs(y.mean() - 1) < 0.03
    assert not np.array_equal(y, layer(x, training=True).numpy())
    np.testing.assert_array_equal(layer(x), x)
    np.testing.assert_array_equal(nn.Dropout(0.25, seed=3)(x, training=True), y)
    np.testing.assert_array_equal(nn.Dropout(1.0)(x, training=True), 0 * x)
    rows = nn.Dropout(0.5, noise_shape=(None, 1), seed=0)(x, training=True).numpy()
    assert all(len(set(row)) == 1 for row in rows) and len(np.unique(rows)) == 2


def test_frozen_layers_keep_their_weights() -> None:
    frozen, free = nn.Dense(3, trainable=False, input_dim=2), nn.Dense(1)
    model = nn.Sequential([frozen, free])
    assert len(model.trainable_weights) == len(model.non_trainable_weights) == 2
    model.compile(loss="mse", optimizer="sgd", run_eagerly=True)
    before, moved = frozen.get_weights(), free.get_weights()
    model.fit(np.ones((8, 2)), np.ones(8), verbose=0)
    np.testing.assert_array_equal(before[0], frozen.get_weights()[0])
    assert not np.array_equal(moved[0], free.get_weights()[0])
    model.trainable = False
    assert model.trainable_weights == [] and len(model.non_trainable_weights) == 4


def test_a_layer_of_ones_own_with_layers_inside() -> None:
    class Residual(nn.Layer):
        def __init__(self, units: int, **options: Any) -> None:
            super().__init__(**options)
            self.units = units
            self.inner = [nn.Dense(units, activation="relu"), nn.Dense(units)]

        def call(self, inputs: ag.Tensor, training: bool | None = None) -> ag.Tensor:
            return inputs + self.inner[1](self.inner[0](inputs, training=training))

    layer = Residual(3)
    assert layer(np.ones((2, 3))).shape == (2, 3)
    assert len(layer.weights) == len(layer.trainable_weights) == 4
    model = nn.Sequential([nn.Input((3,)), layer, nn.Dense(1)])
    assert model.output_shape == (None, 1) and model.count_params() == 28
    twin = Residual.from_config(layer.get_config())
    assert twin.units == 3


def test_a_shared_layer_counts_once() -> None:
    class Twice(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Dense(3)
            self.alias = self.dense

        def call(self, inputs: ag.Tensor) -> ag.Tensor:
            return self.dense(self.alias(inputs))

    model = Twice()
    model.compile(loss="mse", optimizer="adam", run_eagerly=True)
    x = RNG.normal(size=(16, 3))
    losses = model.fit(x, x, epochs=5, verbose=0).history["loss"]
    assert len(model.weights) == 2 and losses[-1] < losses[0]


@pytest.mark.parametrize("old, new", [("init", "kernel_initializer"), ("output_dim", "units")])
def test_old_spellings_warn_once_and_name_the_new(old: str, new: str) -> None:
    options = {"init": "uniform", "units": 2} if old == "init" else {"output_dim": 2}
    with pytest.warns(DeprecationWarning, match=f"{old}=.*{new}=") as seen:
        layer = nn.Dense(input_dim=3, **options)
    assert len(seen) == 1 and seen[0].filename == __file__
    assert layer.units == 2
    assert layer.kernel_initializer.__class__.__name__ == (
        "RandomUniform" if old == "init" else "GlorotUniform"
    )


@pytest.mark.parametrize("options", [
    {"input_dim": 3}, {"input_shape": (3,)}, {"batch_input_shape": (None, 3)},
    {"batch_shape": (7, 3)},
])  # fmt: skip
def test_every_way_to_say_the_input_shape(options: Any) -> None:
    model = nn.Sequential([nn.Dense(2, **options)])
    assert model.built and model.input_shape[1:] == (3,)
    with pytest.raises(ShapeError, match="expected 3 features"):
        model(np.ones((2, 5)))


INITIALIZERS = [
    ("glorot_uniform", np.sqrt(2 / 300)), ("glorot_normal", np.sqrt(2 / 300)),
    ("he_uniform", np.sqrt(2 / 100)), ("he_normal", np.sqrt(2 / 100)),
    ("lecun_uniform", np.sqrt(1 / 100)), ("lecun_normal", np.sqrt(1 / 100)),
    ("uniform", 0.1 / np.sqrt(12)), ("normal", 0.05),
    ("truncated_normal", 0.05 * 0.87962566), ("zeros", 0.0), ("ones", 0.0),
]  # fmt: skip


@pytest.mark.parametrize("name, deviation", INITIALIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_initializers_have_the_deviation_they_promise(
    name: str, deviation: float, dtype: str
) -> None:
    nn.set_random_seed(1)
    values = nn.initializers.get(name)((100, 200), dtype).numpy()
    assert values.dtype == dtype and values.shape == (100, 200)
    assert abs(values.std() - deviation) <= 0.02 * deviation
    assert abs(values.mean() - (name == "ones")) < 0.002


def test_seeded_initializers_repeat_and_unseeded_do_not() -> None:
    seeded, free = nn.initializers.HeNormal(seed=5), nn.initializers.HeNormal()
    np.testing.assert_array_equal(seeded((3, 2)), seeded((3, 2)))
    assert not np.array_equal(free((3, 2)), free((3, 2)))
    np.testing.assert_array_equal(nn.initializers.Constant(3.0)((2,)), [3, 3])
    np.testing.assert_array_equal(nn.initializers.Identity(2.0)((2, 3)), 2 * np.eye(2, 3))


@pytest.mark.parametrize("mode, n", [("fan_in", 300), ("fan_out", 600), ("fan_avg", 450)])
@pytest.mark.parametrize("kind", ["uniform", "untruncated_normal", "truncated_normal"])
def test_variance_scaling_counts_the_units_of_a_kernel(mode: str, n: int, kind: str) -> None:
    nn.set_random_seed(2)
    values = nn.initializers.VarianceScaling(3.0, mode, kind)((3, 100, 200)).numpy()
    assert abs(values.std() - np.sqrt(3 / n)) < 0.02 * np.sqrt(3 / n)
    assert abs(values.mean()) < 0.003
    few = nn.initializers.VarianceScaling(1.0, mode, "uniform")((4,)).numpy()
    assert np.abs(few).max() <= np.sqrt(3 / 4)


def test_a_weight_without_an_initializer() -> None:
    layer = nn.Layer(name="bare")
    matrix, vector = layer.add_weight((50, 50), name="m"), layer.add_weight((3,), trainable=False)
    assert np.abs(matrix.numpy()).max() <= np.sqrt(6 / 100) and matrix.numpy().std() > 0.1
    np.testing.assert_array_equal(vector, [0, 0, 0])
    assert layer.trainable_weights == [matrix] and layer.non_trainable_weights == [vector]
    assert [w.path for w in layer.weights] == ["bare/m", "bare/variable"]


def test_an_embedding_turns_back() -> None:
    table = np.array([[0.0, 0.0], [2.0, 1.0], [3.0, -1.0]], "float32")
    x = np.array([[1.0, 2.0], [0.5, 0.0]], "float32")
    tied = nn.layers.ReversibleEmbedding(3, 2, mask_zero=True, weights=[table])
    np.testing.assert_allclose(tied(x, reverse=True), x @ table.T)
    ids = tied(np.array([[2, 0]]))
    np.testing.assert_array_equal(mask_of(ids), [[True, False]])
    assert mask_of(tied(ids, reverse=True)) is None
    capped = nn.layers.ReversibleEmbedding(3, 2, logit_soft_cap=2.0, weights=[table])
    np.testing.assert_allclose(capped(x, reverse=True), 2 * np.tanh(x @ table.T / 2), rtol=1e-6)
    own = nn.layers.ReversibleEmbedding(3, 2, tie_weights=False, reverse_dtype="float64")
    y = own(x, reverse=True)
    assert y.dtype == "float64" and [w.shape for w in own.weights] == [(3, 2), (2, 3)]
    np.testing.assert_allclose(y, x @ own.get_weights()[1], rtol=1e-6)
    again = nn.layers.ReversibleEmbedding.from_config(own.get_config())
    assert (again.tie_weights, again.reverse_dtype) == (False, "float64")


def test_an_embedding_is_both_ends_of_a_model() -> None:
    ids = nn.Input((4,), dtype="int32")
    table = nn.layers.ReversibleEmbedding(5, 3)
    model = nn.Model(ids, table(nn.Dense(3)(table(ids)), reverse=True))
    assert model.output_shape == (None, 4, 5) and len(model.weights) == 3
    model.compile("adam", nn.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = np.arange(12).reshape(3, 4) % 5
    losses = model.fit(x, x, epochs=12, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("options", [
    {"tie_weights": 2}, {"logit_soft_cap": 0}, {"logit_soft_cap": "a"}, {"reverse_dtype": "int8"},
    {"input_dim": 0},
])  # fmt: skip
def test_embeddings_that_cannot_turn_back_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError), match="expected"):
        nn.layers.ReversibleEmbedding(**{"input_dim": 3, "output_dim": 2, **options})
    with pytest.raises(ValueError, match="vectors of shape"):
        nn.layers.ReversibleEmbedding(3, 2)(np.ones((2, 4), "float32"), reverse=True)
