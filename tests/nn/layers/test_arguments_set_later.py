"""An argument that is set on a layer acts as in its constructor, or is refused as there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine import tree
from autograd_nn.nn.setting import _apart, _arguments, _twin, alike, arguments_of
from tests.nn.layers.layer_cases import CASES, Case

WORDS: dict[str, tuple[Any, ...]] = {
    "padding": ("same", "valid"), "data_format": ("channels_last", "channels_first"),
    "interpolation": ("nearest", "bilinear"), "mode": ("real", "magnitude", "vertical"),
    "score_mode": ("dot", "concat"), "fill_mode": ("constant", "wrap"), "salt": (3, None),
    "strides": (1, (2, 1), None), "axis": (1, -1, [1, 2]), "noise_shape": ((None, 1), None),
    "target_shape": ((3, 2), 6), "dims": ((1, 2),), "attention_axes": (1, None),
    "sliding_window": (1, None), "dilation_rate": (2, (1, 2)), "output_padding": (None, 1),
    "kernel_size": (2, (3, 1)), "cropping": (0, 1, (1, 0)), "size": (2, 3, (1, 2)),
    "pool_size": (1, (2, 1)), "use_scale": (True,), "seed": (2, None), "fft_length": (16, None),
    "window": ("hamming",), "kernel_regularizer": ("l1", None), "activation": ("relu", None),
    "value_range": ((0, 1), 5), "shared_axes": ([1], None), "dropout": (0.9,), "output_shape": (3,),
}  # fmt: skip
FREE = ("stateful",)  # what was there before goes on


def others(name: str, now: Any) -> list[Any]:
    """Values that an argument may be set to."""
    found = list(WORDS.get(name, ()))
    if isinstance(now, bool):
        found.append(not now)
    elif isinstance(now, int):
        found += [now + 1, 0]
    elif isinstance(now, float):
        found += [now * 0.5 + 0.1]
    elif isinstance(now, tuple) and all(isinstance(n, int) for n in now):
        found += [now[0], tuple(n + 1 for n in now)]
    return found


def called(layer: Any, x: Any) -> list[np.ndarray]:
    """Its results, from the same draws and weights whenever it is asked."""
    for module in layer._modules():
        if (draws := getattr(module, "seed_generator", None)) is not None:
            draws.state.assign(np.array([1, 2, 3], "uint64"))
    layer.set_weights([np.full(w.shape, 0.5, w.dtype) for w in layer.weights])
    y = layer(x, training=True) if layer._takes_training else layer(x)
    return [np.asarray(one) for one in tree.flatten(y)[0]]


def compare(case: Case, name: str, value: Any) -> None:
    x, layer = case.inputs(2, "float32"), case.make()
    called(layer, x)
    shapes = [w.shape for w in layer.weights]
    try:
        twin = case.make(**{name: value})
        called(twin, x)
    except (ValueError, TypeError, IndexError):
        with pytest.raises((ValueError, TypeError, IndexError)):
            setattr(layer, name, value)
            called(layer, x)
        return
    if [w.shape for w in twin.weights] != shapes:
        with pytest.raises(ValueError, match=f"received {name}=.* after it was built; expected"):
            setattr(layer, name, value)
        called(layer, x)  # it is as it was
        return
    setattr(layer, name, value)
    for found, expected in zip(called(layer, x), called(twin, x), strict=True):
        np.testing.assert_array_equal(found, expected, err_msg=f"{name}={value!r}")
    if not name.startswith("_") and name in layer.get_config():
        assert layer.get_config()[name] == twin.get_config()[name]
    penalties = [w.regularizer and type(w.regularizer) for w in twin.weights]
    assert [w.regularizer and type(w.regularizer) for w in layer.weights] == penalties


@pytest.mark.filterwarnings("ignore:LayerNormalization.rms_scaling", "ignore:STFTSpec.* power of")
@pytest.mark.parametrize("title", CASES)
def test_an_argument_that_is_set_acts_as_in_the_constructor(title: str) -> None:
    case = CASES[title]
    layer = case.make()
    if title.startswith(("InputLayer", "Lambda")):
        return
    for name in sorted(arguments_of(layer) - {*FREE}):
        for value in others(name, layer._field(name)):
            compare(case, name, value)


@pytest.mark.parametrize("title", CASES)
def test_two_layers_of_one_sort_are_alike(title: str) -> None:
    """What they hold says the same; else more would be taken over than was set."""
    case = CASES[title]
    layer = case.make()
    if not arguments_of(layer) or title.startswith("InputLayer"):
        return
    layer(case.inputs(2, "float32"))
    twins = []
    for _ in range(2):
        nn.set_random_seed(1)
        with _apart():
            twins.append(_twin(layer, _arguments(layer)))
    assert alike(*map(vars, twins))


def test_what_was_left_to_follow_follows() -> None:
    pooling = nn.layers.MaxPooling2D(2)
    pooling.pool_size = 3
    assert pooling.strides == (3, 3)
    pooling.strides = 1
    pooling.pool_size = 2
    assert pooling.strides == (1, 1)
    pooling.strides = None
    assert pooling.strides == (2, 2)
    mel = nn.layers.MelSpectrogram(fft_length=32, num_mel_bins=4)
    mel.fft_length = 64
    mel.sampling_rate = 8000
    assert mel.sequence_length == 64 and mel.max_freq == 4000


def test_names_and_draws_of_others_stay_as_they_are() -> None:
    nn.backend.clear_session()
    nn.set_random_seed(1)
    nn.layers.Dropout(0.5)
    expected = nn.layers.Dropout(0.5).seed_generator.state.numpy()
    nn.backend.clear_session()
    nn.set_random_seed(1)
    first = nn.layers.Dropout(0.5)
    first.rate = 0.2
    second = nn.layers.Dropout(0.5)
    assert second.name == "dropout_1"
    np.testing.assert_array_equal(second.seed_generator.state.numpy(), expected)


def test_a_rate_may_be_a_variable_and_a_user_s_layer_keeps_what_it_is_given() -> None:
    class Own(nn.layers.Dropout):
        """A rate beyond what the constructor takes."""

    layer, own = nn.layers.Dropout(0.5), Own(0.5)
    layer.rate = rate = nn.Variable(0.3)
    own.rate = 7
    assert layer.rate is rate and own.rate == 7


def test_a_regularizer_that_is_set_acts_on_the_weight() -> None:
    layer = nn.layers.Dense(2, kernel_initializer="ones")
    layer(np.ones((1, 2)))
    layer.kernel_regularizer, layer.kernel_constraint = "l2", "non_neg"
    assert float(sum(layer.losses)) == pytest.approx(0.04)
    assert isinstance(layer.kernel.constraint, nn.constraints.NonNeg)
    layer.kernel_regularizer = None
    assert layer.losses == []


@pytest.mark.parametrize(("layer", "name", "value", "match"), [
    (nn.layers.SpectralNormalization(nn.Dense(3)), "power_iterations", 0, "whole number from 1"),
    (nn.layers.Bidirectional(nn.layers.LSTM(3)), "merge_mode", "sums", "expected one of"),
    (nn.layers.TimeDistributed(nn.Dense(3)), "layer", 3, "expected a layer"),
    (nn.layers.RNN(nn.layers.LSTMCell(3)), "cell", None, "as a cell"),
    (nn.layers.StackedRNNCells([nn.layers.LSTMCell(3)]), "cells", 3, "list of cells"),
    (nn.layers.StackedRNNCells([nn.layers.LSTMCell(3)]), "cells", [], "at least one"),
])  # fmt: skip
def test_layers_that_hold_others_refuse_what_their_constructors_do(
    layer: Any, name: str, value: Any, match: str
) -> None:
    if not isinstance(layer, nn.layers.StackedRNNCells):
        layer(np.ones((2, 3, 4)))
    before = getattr(layer, name)
    with pytest.raises(ValueError, match=match):
        setattr(layer, name, value)
    assert getattr(layer, name) is before


def test_what_is_set_on_a_bidirectional_layer_is_set_on_both_it_holds() -> None:
    layer = nn.layers.Bidirectional(nn.layers.GRU(3, return_sequences=True))
    x = np.random.default_rng(0).normal(size=(2, 4, 5)).astype("float32")
    every = layer(x).numpy()
    held = layer.forward_layer, layer.backward_layer
    layer.merge_mode = None
    assert (layer.forward_layer, layer.backward_layer) == held
    layer.merge_mode, layer.return_sequences = "concat", False
    np.testing.assert_array_equal(layer(x), np.hstack([every[:, -1, :3], every[:, 0, 3:]]))
    layer.return_state = True
    assert [y.shape for y in layer(x)] == [(2, 6), (2, 3), (2, 3)]
