"""Arguments by their places in Keras 1 and 2, and names that came with a star."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat, nn

# which are told besides, and looked at elsewhere
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:.*{said}:DeprecationWarning")
    for said in ("old spelling", "defaults of Keras 1", "sizes one by one")
]


@pytest.fixture
def keras() -> Iterator[Any]:
    with compat.install_as("keras"):
        import keras

        yield keras


@pytest.mark.parametrize(
    ("name", "args", "activation"),
    [
        ("Dense", (4, "he_normal", "relu"), "relu"),
        ("Dense", (4, "he_normal"), "linear"),
        ("LSTM", (4, "he_normal", "orthogonal", "one", "relu"), "relu"),
        ("GRU", (4, "he_normal", "orthogonal", "relu", "sigmoid"), "relu"),
        ("SimpleRNN", (4, "he_normal", "orthogonal", "relu"), "relu"),
        ("Convolution1D", (4, 3, "he_normal", "relu"), "relu"),
    ],
)
def test_how_weights_start_came_before_the_activation(
    keras: Any, name: str, args: tuple[Any, ...], activation: str
) -> None:
    with pytest.warns(DeprecationWarning, match="Keras 1's order"):
        layer = getattr(keras.layers, name)(*args)
    assert type(layer.kernel_initializer).__name__ == "HeNormal"
    assert layer.activation is nn.activations.get(activation)


def test_an_activation_is_an_activation(keras: Any) -> None:
    layer = keras.layers.Dense(4, "relu")
    assert layer.activation is nn.activations.relu
    assert type(layer.kernel_initializer).__name__ == "GlorotUniform"
    with pytest.raises(ValueError, match="activation"):
        keras.layers.Dense(4, "nothing")


def test_epsilon_came_before_the_axis(keras: Any) -> None:
    with pytest.warns(DeprecationWarning, match="Keras 1's order"):
        layer = keras.layers.BatchNormalization(1e-6)
    assert (layer.epsilon, layer.axis) == (1e-6, -1)
    assert keras.layers.BatchNormalization(1).axis == 1


def test_optimizers_take_epsilon_and_decay_where_they_stood(keras: Any) -> None:
    with pytest.warns(DeprecationWarning, match="order of Keras 1 and 2"):
        rms = keras.optimizers.RMSprop(0.002, 0.8, 1e-2, 1e-4)
    assert (float(rms.learning_rate), rms.rho, rms.epsilon, rms.decay, rms.momentum) == (
        pytest.approx(0.002), 0.8, 1e-2, 1e-4, 0.0,
    )  # fmt: skip
    with pytest.warns(DeprecationWarning, match="order of Keras 1 and 2"):
        assert keras.optimizers.Adagrad(0.01, 1e-3).epsilon == 1e-3
    assert keras.optimizers.Adamax(0.002, 0.9, 0.999, 1e-8, 1e-3).decay == 1e-3
    assert keras.optimizers.Adadelta(1.0, 0.95, 1e-6, 1e-3).decay == 1e-3


def test_tensorflow_s_take_today_s_places() -> None:
    with compat.install_as("tf.keras"):
        import tensorflow as tf

        assert tf.keras.optimizers.RMSprop(0.002, 0.8, 0.5).momentum == 0.5


@pytest.mark.parametrize("place", ["models", "engine", "utils"])
def test_a_star_gives_the_layers_of_then_from_wherever(keras: Any, place: str) -> None:
    names: dict[str, Any] = {}
    exec(f"from keras.layers import *\nfrom keras.{place} import *", names)
    with pytest.warns(DeprecationWarning):
        layer = names["Convolution2D"](4, 3, 3, "he_normal", "relu")
    assert layer.kernel_size == (3, 3) and layer.activation is nn.activations.relu


def test_margins_are_told_by_one_number_each_or_by_two(keras: Any) -> None:
    K, x = keras.backend, np.ones((1, 2, 3, 1), "float32")
    assert K.temporal_padding(x[..., 0], 2).shape == (1, 6, 3)
    assert K.temporal_padding(x[..., 0], (0, 1)).shape == (1, 3, 3)
    assert K.spatial_2d_padding(x, (1, 2)).shape == (1, 4, 7, 1)
    assert K.spatial_2d_padding(x, padding=(1, 2), dim_ordering="th").shape == (1, 2, 5, 5)
    assert K.asymmetric_spatial_2d_padding(x, 1, 2, 3, 4).shape == (1, 5, 10, 1)
    assert K.spatial_3d_padding(x[..., None], (1, 0, (0, 2))).shape == (1, 4, 3, 3, 1)


def test_steps_by_a_division_are_the_next_whole_number() -> None:
    model = nn.Sequential([nn.Dense(1, input_dim=2)])
    model.compile(loss="mse", optimizer="sgd", run_eagerly=True)
    done: list[int] = []
    count = nn.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: done.append(batch))

    def endless() -> Iterator[Any]:
        while True:
            yield np.ones((2, 2)), np.ones(2)

    model.fit(endless(), steps_per_epoch=5 / 2, verbose=0, callbacks=[count])
    assert done == [0, 1, 2]
    with pytest.raises(TypeError, match="steps_per_epoch"):
        model.fit(endless(), steps_per_epoch="2", verbose=0)
    with pytest.raises(ValueError, match="steps_per_epoch"):
        model.fit(endless(), steps_per_epoch=0, verbose=0)
    with pytest.raises(TypeError, match="steps_per_epoch"):
        model.fit(endless(), steps_per_epoch=float("nan"), verbose=0)
