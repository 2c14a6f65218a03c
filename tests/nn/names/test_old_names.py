"""Arguments and methods of Keras 1 and 2: taken, told once, and the same as today's."""

from __future__ import annotations

import copy
import inspect
import pickle
import warnings
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.compat.answers import names
from autograd_nn.nn import layers
from autograd_nn.nn.configurable import fields
from autograd_nn.nn.renamed import OLD, translated

# What was written, and what is written today.
SPELLINGS: list[tuple[Any, tuple, dict[str, Any], dict[str, Any]]] = [
    (layers.Dense, (), {"output_dim": 4, "init": "uniform"},
     {"units": 4, "kernel_initializer": "uniform"}),
    (layers.Dense, (3,), {"bias": False, "W_constraint": "non_neg"},
     {"use_bias": False, "kernel_constraint": "non_neg"}),
    (layers.Conv2D, (), {"nb_filter": 8, "nb_row": 3, "nb_col": 5},
     {"filters": 8, "kernel_size": (3, 5)}),
    (layers.Conv2D, (8, 3), {"subsample": (2, 2), "border_mode": "same", "dim_ordering": "th"},
     {"strides": (2, 2), "padding": "same", "data_format": "channels_first"}),
    (layers.Conv1D, (), {"nb_filter": 8, "filter_length": 3, "subsample_length": 2},
     {"filters": 8, "kernel_size": 3, "strides": 2}),
    (layers.Conv3D, (), {"nb_filter": 2, "kernel_dim1": 1, "kernel_dim2": 2, "kernel_dim3": 3},
     {"filters": 2, "kernel_size": (1, 2, 3)}),
    (layers.MaxPooling1D, (), {"pool_length": 4, "stride": 2}, {"pool_size": 4, "strides": 2}),
    (layers.MaxPooling2D, (2,), {"dim_ordering": "tf"}, {"data_format": "channels_last"}),
    (layers.UpSampling1D, (), {"length": 3}, {"size": 3}),
    (layers.Dropout, (), {"p": 0.25}, {"rate": 0.25}),
    (layers.GaussianNoise, (), {"sigma": 0.5}, {"stddev": 0.5}),
    (layers.LeakyReLU, (), {"alpha": 0.2}, {"negative_slope": 0.2}),
    (layers.LSTM, (4,), {"inner_activation": "sigmoid", "inner_init": "glorot_uniform"},
     {"recurrent_activation": "sigmoid", "recurrent_initializer": "glorot_uniform"}),
    (layers.GRU, (4,), {"dropout_W": 0.1, "dropout_U": 0.2, "consume_less": "gpu"},
     {"dropout": 0.1, "recurrent_dropout": 0.2}),
    (layers.LSTM, (4,), {"U_regularizer": "l2", "forget_bias_init": "one"},
     {"recurrent_regularizer": "l2", "unit_forget_bias": True}),
    (layers.LSTM, (4,), {"input_dim": 3, "input_length": 5}, {"input_shape": (5, 3)}),
    (layers.Embedding, (9, 2), {"init": "uniform", "input_length": 4},
     {"embeddings_initializer": "uniform", "input_shape": (4,)}),
    (layers.BatchNormalization, (), {"mode": 0, "gamma_init": "ones"},
     {"gamma_initializer": "ones"}),
    (nn.SGD, (), {"lr": 0.5}, {"learning_rate": 0.5}),
    (nn.regularizers.L1, (), {"l": 0.5}, {"l1": 0.5}),
    (nn.callbacks.ReduceLROnPlateau, (), {"epsilon": 0.5}, {"min_delta": 0.5}),
]  # fmt: skip


@pytest.mark.parametrize(
    "cls, args, old, today", SPELLINGS, ids=[f"{s[0].__name__}-{'-'.join(s[2])}" for s in SPELLINGS]
)
def test_an_old_spelling_makes_what_todays_does_and_says_so(
    cls: Any, args: tuple, old: dict[str, Any], today: dict[str, Any]
) -> None:
    with pytest.warns(DeprecationWarning) as seen:
        found = cls(*args, **old)
    assert {w.filename for w in seen} == {__file__}
    told = " ".join(str(w.message) for w in seen)
    assert all(f"{name}=" in told for name in old if name != "input_dim")
    expected = cls(*args, **today)
    assert getattr(found, "input_shape", None) == getattr(expected, "input_shape", None)
    for name in fields(cls):
        if name != "name":
            assert repr(getattr(found, name, 0)) == repr(getattr(expected, name, 0))


def test_configurations_of_old_are_read() -> None:
    with pytest.warns(DeprecationWarning):
        layer = layers.Dense.from_config({"output_dim": 3, "init": "uniform", "input_dim": 2})
    assert layer.units == 3 and layer.input_shape == (None, 2)


def test_what_an_embedding_dropped_once_is_said_to_be_gone() -> None:
    with pytest.warns(DeprecationWarning, match="dropout= does nothing .* SpatialDropout1D"):
        assert "dropout" not in layers.Embedding(9, 2, dropout=0.5).get_config()
    assert layers.LSTM(2, dropout=0.5).dropout == 0.5
    with pytest.raises(TypeError, match="'dropout'"):
        layers.Dense(2, dropout=0.5)


def test_both_spellings_at_once_are_refused() -> None:
    with pytest.raises(TypeError, match="units= today|units=, its name today"):
        nn.Dense(units=3, output_dim=4)


def test_a_class_that_has_the_name_keeps_it() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert layers.Embedding(3, output_dim=4).output_dim == 4

        class Mine(nn.Layer):
            def __init__(self, output_dim: int, p: float = 0.5, **options: Any) -> None:
                super().__init__(**options)
                self.output_dim, self.p = output_dim, p

        assert (Mine(output_dim=2, p=1).output_dim, Mine(2, p=1).p) == (2, 1)
    with pytest.raises(TypeError, match="unknown argument 'border_mode'"):
        nn.Dense(3, border_mode="same")


def test_modes_of_old_that_meant_something_are_refused() -> None:
    with pytest.raises(TypeError, match="mode"):
        layers.BatchNormalization(mode=1)


def test_no_name_of_today_is_held_for_old() -> None:
    """Where a class has a field of an old name, it is meant."""
    assert translated({"alpha": 1.0}, fields(layers.ELU), "ELU") == {"alpha": 1.0}
    assert OLD.isdisjoint(inspect.signature(nn.Model.fit).parameters)


def model() -> Any:
    found = nn.Sequential([nn.Dense(3, input_dim=2, activation="softmax")])
    found.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return found


X, Y = np.eye(2, dtype="float32")[[0, 1] * 4], np.array([0, 1] * 4)


def test_weights_a_layer_begins_with() -> None:
    w = [np.arange(6.0).reshape(2, 3), np.ones(3)]
    layer = nn.Dense(3, weights=w)
    np.testing.assert_array_equal(layer(X[:2]).array, w[0] + 1)


def test_classes_and_chances() -> None:
    m = model()
    with pytest.warns(DeprecationWarning):
        np.testing.assert_array_equal(m.predict_proba(X), m.predict(X, verbose=0))
        np.testing.assert_array_equal(m.predict_classes(X), m.predict(X, verbose=0).argmax(-1))
        one = nn.Sequential([nn.Dense(1, input_dim=2, weights=[[[-9.0], [9.0]], [0.0]])])
        assert one.predict_classes(X[:2]).tolist() == [[0], [1]]


def test_an_epoch_counted_in_samples() -> None:
    def batches() -> Any:
        while True:
            yield X[:4], Y[:4]

    seen: list[int] = []
    count = nn.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    with pytest.warns(DeprecationWarning):
        m = model()
        history = m.fit_generator(
            batches(), samples_per_epoch=8, nb_epoch=2, verbose=0, callbacks=[count],
            validation_data=batches(), nb_val_samples=4, max_q_size=1, nb_worker=1,
        )  # fmt: skip
        assert seen == [0, 1, 0, 1]
        assert history.history["acc"] == history.history["accuracy"]
        assert len(history.history["val_acc"]) == 2
        assert len(m.evaluate_generator(batches(), val_samples=8)) == 2
        assert m.predict_generator((x for x in [X, X]), steps=2).shape == (16, 3)


def test_yaml_is_that_which_is_json() -> None:
    m = model()
    with pytest.warns(DeprecationWarning, match="to_json"):
        text = m.to_yaml()
    assert text == m.to_json()
    assert names.model_from_yaml(text).to_json() == text
    with pytest.raises(ValueError, match="code to be run"):
        names.model_from_yaml("!!python/object/apply:os.system ['true']")


@pytest.mark.parametrize(("layer", "shape"), [
    (lambda: layers.Embedding(9, 2, input_length=5, batch_input_shape=(2, 5)), (2, 5)),
    (lambda: layers.LSTM(3, input_shape=(4, 1), batch_size=7), (7, 4, 1)),
    (lambda: layers.LSTM(3, input_length=5, batch_input_shape=(2, 5, 3)), (2, 5, 3)),
    (lambda: layers.SpatialDropout1D(0.5, input_shape=(4, 1)), (None, 4, 1)),
    (lambda: layers.SpatialDropout2D(0.5, input_shape=(4, 4, 1)), (None, 4, 4, 1)),
], ids=["length and shape", "batch", "length in shape", "series", "images"])  # fmt: skip
def test_shapes_that_are_said_in_several_ways(layer: Any, shape: tuple) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert layer().input_shape == shape


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="which differ"):
        layers.Dense(2, input_dim=4, batch_input_shape=(2, 5))


def test_callbacks_find_the_validation_data() -> None:
    seen: list[Any] = []

    class Scores(nn.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(self.validation_data)

    m, scores = model(), Scores()
    m.fit(X, Y, validation_data=(X[:4], Y[:4]), verbose=0, callbacks=[scores])
    x, y, w = seen[0]
    assert np.array_equal(x, X[:4]) and np.array_equal(y, Y[:4]) and w.tolist() == [1.0] * 4
    assert "validation_data" not in scores.get_state()
    m.fit(X[:8], Y[:8], validation_split=0.25, verbose=0, callbacks=[scores])
    x, y, w = seen[1]  # what was held back
    assert np.array_equal(x, X[6:8]) and np.array_equal(y, Y[6:8]) and w.tolist() == [1.0] * 2


def test_metrics_long_and_short_names_answer_for_one_another() -> None:
    m = nn.Sequential([nn.Dense(1, input_dim=X.shape[1])])
    m.compile("sgd", "mse", metrics=["mae", "mean_squared_error"], run_eagerly=True)
    found = m.fit(X, X[:, :1], validation_split=0.5, epochs=2, verbose=0).history
    assert found["val_mean_absolute_error"] == found["val_mae"] and "mse" in found
    assert found["mse"] == found["mean_squared_error"] and "mape" not in found


def test_a_layer_may_hand_on_updates() -> None:
    class Counted(nn.Layer):
        def build(self, input_shape: Any) -> None:
            self.n = self.add_weight("n", shape=(), initializer="zeros", trainable=False)

        def call(self, inputs: Any) -> Any:
            self.add_update([self.n.assign_add(1.0)], inputs)
            return inputs

    layer = Counted()
    layer(np.ones((2, 1), "float32"))
    layer(np.ones((2, 1), "float32"))
    assert float(layer.n) == 2.0 and layer.updates == layer.get_updates_for(None) == []


def test_a_state_to_begin_with() -> None:
    layer = layers.LSTM(2, stateful=True)
    x = np.ones((3, 2, 1), "float32")
    layer(x)
    first = [np.array(s) for s in layer.states]
    expected = layer(x)
    layer.reset_states(first)
    assert np.array_equal(layer(x), expected)
    other = layers.LSTM(2)
    other(x)
    other.set_weights(layer.get_weights())  # states are no weights
    layer.reset_states()
    assert not any(np.any(s.numpy()) for s in layer.states)
    with pytest.raises(ValueError, match="received 1 states"):
        layer.reset_states(first[0])
    layer(x)
    with pytest.raises(nn.ShapeError if hasattr(nn, "ShapeError") else ValueError):
        layer.reset_states([first[0], np.ones((1, 2))])
    assert np.array_equal(layer.states[0], first[0])


def test_a_number_of_units_may_be_an_array_of_none() -> None:
    assert layers.Dense(np.prod((2, 3)).reshape(())).units == 6
    with pytest.raises(ValueError, match="units"):
        layers.Dense(np.ones(1, int))


def test_states_are_no_weights_of_copies() -> None:
    layer = layers.GRU(2, stateful=True)
    layer(np.ones((3, 2, 1), "float32"))
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert len(twin.weights) == 3 and np.array_equal(twin.states[0], layer.states[0])


def test_a_chain_that_knows_its_input_is_built_without_being_told() -> None:
    m = nn.Sequential([nn.Dense(2, input_shape=(3,))])
    m.build()
    assert m.count_params() == 8
