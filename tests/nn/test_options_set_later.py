"""What is set on an optimizer or a weight between two steps acts from the next one on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from tests.nn.optimizer_cases import CASES, COMMON, Case, gradients, start, title

# What a constructor alone takes: the rate is assigned as such, accumulators have begun by then.
BEGUN = ("learning_rate", "initial_accumulator_value", "warmup_steps")
LATER = [(name, {k: v for k, v in options.items() if k not in BEGUN})
         for name, options in CASES + COMMON]  # fmt: skip


def stepped(optimizer: Any, weights: list[Any], first: int, count: int) -> None:
    for grads in gradients(first + count)[first:]:
        optimizer.apply(grads, weights)


@pytest.mark.parametrize("case", [c for c in LATER if c[1]], ids=title)
def test_an_option_that_is_set_acts(case: Case) -> None:
    """As in an optimizer that was made with it, and remembers the same of the steps before."""
    name, options = case
    weights = [nn.Variable(w, name=n) for n, w in start().items()]
    optimizer = getattr(nn.optimizers, name)(0.01)
    stepped(optimizer, weights, 0, 3)
    twins = [nn.Variable(w.numpy(), name=w.name) for w in weights]
    twin = getattr(nn.optimizers, name)(0.01, **options)
    twin.build(twins)
    remembered = {(v.name, v.shape): v for v in optimizer.variables}
    for v in twin.variables:
        if (v.name, v.shape) in remembered:
            v.assign(remembered[v.name, v.shape].numpy())
        elif v.name.endswith("_average"):  # one that begins now begins with the weight
            v.assign(next(w for w in twins if v.name.startswith(w.name)).numpy())
    for option, value in options.items():
        setattr(optimizer, option, value)
    stepped(optimizer, weights, 3, 5)
    stepped(twin, twins, 3, 5)
    for a, b in zip(weights, twins, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(optimizer.variables, twin.variables, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=a.name)


SET: dict[str, Any] = {
    "weight_decay": lambda model: setattr(model.optimizer, "weight_decay", 0.5),
    "amsgrad": lambda model: setattr(model.optimizer, "amsgrad", True),
    "use_ema": lambda model: setattr(model.optimizer, "use_ema", True),
    "accumulation": lambda model: setattr(model.optimizer, "gradient_accumulation_steps", 2),
    "beta_1": lambda model: setattr(model.optimizer, "beta_1", 0.1),
    "clipnorm": lambda model: setattr(model.optimizer, "clipnorm", 1e-4),
    "regularizer": lambda model: setattr(
        model.layers[0].kernel, "regularizer", nn.regularizers.L2(0.5)
    ),
    "constraint": lambda model: setattr(
        model.layers[0].kernel, "constraint", nn.constraints.MaxNorm(0.1)
    ),
    "trainable": lambda model: setattr(model.layers[0].kernel, "trainable", False),
    "optimizer": lambda model: setattr(model, "optimizer", nn.SGD(0.5)),
    "a layer's call": lambda model: setattr(
        model.layers[0], "call", lambda x: x[:, :3] * model.layers[0].kernel[0]
    ),
    "an optimizer's update": lambda model: setattr(
        model.optimizer, "update", lambda g, w, s, lr, step: w - 0.1 * g
    ),
    "compute_loss": lambda model: setattr(
        model, "compute_loss", lambda x, y, y_pred, sample_weight: ((y - y_pred) ** 4).sum()
    ),
}


@pytest.mark.parametrize("name", SET)
def test_what_is_set_between_epochs_acts_in_fit(name: str) -> None:
    """On a compiled step as on one op by op."""
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    found = []
    for eagerly, sets in ((False, True), (True, True), (False, False)):
        nn.set_random_seed(1)
        model = nn.Sequential([nn.Input((4,)), nn.Dense(3, activation="tanh"), nn.Dense(1)])
        model.compile(nn.Adam(0.3), "mse", run_eagerly=eagerly, deterministic=True)
        model.fit(x, x[:, :1], epochs=4, verbose=0, shuffle=False)
        if sets:
            SET[name](model)
        history = model.fit(x, x[:, :1], epochs=4, verbose=0, shuffle=False).history
        averages = [a.numpy() for _, a in model.optimizer.averages()]
        found.append([np.array(history["loss"]), *model.get_weights(), *averages])
    native, eager, without = found
    for a, b in zip(native, eager, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    same = len(native) == len(without)
    assert not same or any((a != b).any() for a, b in zip(native, without, strict=True))


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU", "ConvLSTM1D"])
def test_what_is_set_on_a_recurrent_layer_its_cell_has(kind: str) -> None:
    shape, sizes = ((2, 4, 3), (3,)) if kind != "ConvLSTM1D" else ((2, 4, 5, 3), (3, 2))
    layer = getattr(nn.layers, kind)(*sizes)
    x = np.random.default_rng(0).normal(size=shape)
    before = layer(x).numpy()
    layer.activation = nn.activations.relu
    assert layer.cell.activation is nn.activations.relu and (layer(x).numpy() != before).any()
    assert layer.get_config()["activation"] == "relu"
    layer.dropout = 0.9
    dropped = layer(x, training=True).numpy()
    assert (dropped != layer(x, training=False).numpy()).any() and layer.cell.dropout == 0.9
    layer.name, layer.go_backwards = "own", True
    assert layer.cell.name != "own" and not hasattr(layer.cell, "go_backwards")


def test_a_threshold_that_is_set_acts() -> None:
    for metric in (nn.metrics.Precision(thresholds=0.5), nn.metrics.TruePositives([0.5])):
        metric.update_state([0, 1, 1], [0.6, 0.7, 0.95])
        before = np.asarray(metric.result())
        metric.reset_state()
        metric.thresholds = [0.9]
        metric.update_state([0, 1, 1], [0.6, 0.7, 0.95])
        assert (np.asarray(metric.result()) != before).all()
        metric.thresholds = [0.1, 0.2]
        with pytest.raises(ValueError, match="has 2 thresholds, and counts for 1"):
            metric.update_state([0, 1, 1], [0.6, 0.7, 0.95])
