"""What is set on an optimizer, a weight, a layer or a metric acts from the next step on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError
from tests.nn.optimizers.optimizer_cases import CASES, COMMON, Case, gradients, start, title

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
    "activity_regularizer": lambda model: setattr(model.layers[0], "activity_regularizer", "l2"),
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


@pytest.mark.parametrize("eagerly", [False, True])
def test_a_method_that_is_set_on_a_metric_acts_in_fit(eagerly: bool) -> None:
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    metrics = [nn.metrics.Sum(name="own"), nn.metrics.MeanSquaredError(name="other")]
    own, other = metrics
    own.update_state = lambda y, p, sample_weight=None: own.total.assign_add(1.0)
    model.compile(nn.SGD(0.0), "mse", metrics=metrics, run_eagerly=eagerly, deterministic=True)

    def told(name: str) -> float:
        return float(model.fit(x, x[:, 0], batch_size=8, epochs=2, verbose=0).history[name][-1])

    assert told("own") == 4
    own.update_state = lambda y, p, sample_weight=None: own.total.assign_add(10.0)
    other.update_state = lambda y, p, sample_weight=None: other.add(6.0, 2.0)
    assert told("own") == 40 and told("other") == 3
    own.reset_state = lambda: own.total.assign(100.0)
    assert told("own") == 140
    model.compute_metrics = lambda x, y, y_pred, sample_weight=None: {"of one": y.shape[0] * 2.0}
    assert told("of one") == 16


@pytest.mark.parametrize("eagerly", [False, True])
def test_what_a_callback_sets_acts_within_the_fit_that_runs(eagerly: bool) -> None:
    """As it does where each epoch is a fit of its own."""
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")

    def made() -> Any:
        nn.set_random_seed(1)
        model = nn.Sequential([nn.Input((4,)), nn.Dense(3, activation="tanh"), nn.Dense(1)])
        model.compile(nn.SGD(0.1), "mse", run_eagerly=eagerly, deterministic=True)
        return model

    def change(model: Any, epoch: int) -> None:
        if epoch == 1:
            model.layers[0].trainable = False
        elif epoch == 2:
            model.layers[0].trainable, model.optimizer = True, nn.SGD(0.5)
        elif epoch == 3:
            model.compile(nn.SGD(0.2), "mae", run_eagerly=eagerly, deterministic=True)

    model, again = made(), made()
    hook = nn.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: change(model, epoch))
    options: Any = {"verbose": 0, "shuffle": False, "batch_size": 8}
    model.fit(x, x[:, :1], epochs=4, callbacks=[hook], **options)
    for epoch in range(4):
        change(again, epoch)
        again.fit(x, x[:, :1], **options)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


FIELDS: list[tuple[str, tuple[int, ...], dict[str, Any], str, Any]] = [
    ("Dense", (3,), {"units": 2}, "activation", "relu"),
    ("LSTM", (4, 2), {"units": 3}, "recurrent_activation", "hard_sigmoid"),
    ("Conv1D", (8, 2), {"filters": 2, "kernel_size": 3}, "dilation_rate", 2),
    ("Conv2D", (6, 6, 1), {"filters": 2, "kernel_size": 2}, "strides", 2),
    ("Conv2DTranspose", (4, 4, 1), {"filters": 2, "kernel_size": 2}, "dilation_rate", (2, 1)),
    ("DepthwiseConv2D", (6, 6, 2), {"kernel_size": 3}, "dilation_rate", 2),
    ("SeparableConv1D", (8, 2), {"filters": 2, "kernel_size": 3}, "padding", "SAME"),
    ("MaxPooling2D", (6, 6, 1), {"strides": 1}, "pool_size", 3),
    ("ConvLSTM1D", (3, 8, 1), {"filters": 2, "kernel_size": 3}, "dilation_rate", 2),
    ("ConvLSTM2D", (2, 6, 6, 1), {"filters": 1, "kernel_size": 2}, "strides", (2, 2)),
    ("ConvLSTM1D", (3, 6, 1), {"filters": 2, "kernel_size": 2}, "padding", "same"),
    ("STFTSpectrogram", (20, 1), {"frame_length": 8}, "frame_step", 2),
]


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: f"{row[0]}-{row[3]}")
def test_a_field_of_a_layer_that_is_set_acts(row: Any) -> None:
    """As in a layer that was made with it, which computes and tells the same."""
    kind, shape, options, name, value = row
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    layer = getattr(nn.layers, kind)(**options)
    before = layer(x).numpy()
    setattr(layer, name, value)
    twin = getattr(nn.layers, kind)(**options, **{name: value})
    twin.build((None, *shape))
    twin.set_weights(layer.get_weights())
    after = layer(x).numpy()
    np.testing.assert_array_equal(after, twin(x))
    assert after.shape != before.shape or (after != before).any()
    assert layer.get_config()[name] == twin.get_config()[name]
    assert layer.compute_output_shape((None, *shape)) == twin.compute_output_shape((None, *shape))


def test_a_field_that_means_nothing_is_refused_when_it_is_set() -> None:
    layer = nn.layers.Conv1D(2, 3)
    for name, value in (("strides", 0), ("dilation_rate", (1, 2)), ("padding", "around")):
        with pytest.raises(ValueError, match=f"Conv1D received {name}="):
            setattr(layer, name, value)
    with pytest.raises(ValueError, match="activation"):
        layer.activation = "no such"


def test_a_user_s_layer_keeps_the_text_it_is_given() -> None:
    class Own(nn.Layer):
        def __init__(self, activation: Any = None) -> None:
            super().__init__()
            self.activation = activation

        def call(self, inputs: Any) -> Any:
            return inputs if self.activation != "relu" else nn.ops.relu(inputs)

    layer = Own()
    layer.activation = "relu"
    assert layer.activation == "relu" and float(layer([[-1.0]]).sum()) == 0


@pytest.mark.parametrize("name, value", [("from_logits", True), ("label_smoothing", 0.3)])
def test_a_field_of_a_loss_s_metric_acts(name: str, value: Any) -> None:
    y, p = [[0.0], [1.0]], [[0.6], [0.9]]
    metric = nn.metrics.BinaryCrossentropy()
    before = float(metric(y, p))
    setattr(metric, name, value)
    metric.reset_state()
    found = float(metric(y, p))
    assert found == float(nn.metrics.BinaryCrossentropy(**{name: value})(y, p)) != before


RANGE = {"value_range": (0, 1)}
FACTORS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("RandomTranslation", {"height_factor": 0.4, "width_factor": 0.4}, {}),
    ("RandomZoom", {"height_factor": 0.4, "width_factor": 0.4}, {}),
    ("RandomRotation", {"factor": 0.4}, {}),
    ("RandomShear", {"x_factor": 0.9, "y_factor": 0.9}, {}),
    ("RandomPerspective", {"factor": 1.0}, {}),
    ("RandomElasticTransform", {"factor": 1.0, "scale": 1.0}, RANGE),
    ("RandomBrightness", {"factor": 0.8}, RANGE),
    ("RandomContrast", {"factor": 0.8}, RANGE),
    ("RandomHue", {"factor": 0.8}, RANGE),
    ("RandomSharpness", {"factor": 0.9}, RANGE),
    ("Solarization", {"addition_factor": 0.9, "threshold_factor": 0.9}, RANGE),
    ("RandomPosterization", {"factor": 8}, RANGE),
    ("RandomGaussianBlur", {"factor": 1.0, "sigma": 1.0}, RANGE),
    ("RandomErasing", {"factor": 1.0, "scale": 0.5}, RANGE),
    ("RandomColorJitter", {"brightness_factor": 0.9, "contrast_factor": 0.9}, RANGE),
    ("RandAugment", {"factor": 0.9}, RANGE),
    ("AugMix", {"factor": 0.9}, RANGE),
]


@pytest.mark.parametrize(("name", "options", "others"), FACTORS, ids=[f[0] for f in FACTORS])
def test_a_factor_that_is_set_acts(name: str, options: dict, others: dict) -> None:
    """As in a layer that was made with it: one number, which only constructors took."""
    x = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")
    few = dict.fromkeys(options, 1 if name == "RandomPosterization" else 0.05)
    kind = getattr(nn.layers, name)
    layer, twin, unchanged = (kind(**o, **others, seed=1) for o in (options, few, options))
    for made in (layer, twin, unchanged):
        made(x, training=True)
    for option, value in few.items():
        setattr(layer, option, value)
    found, expected, before = (
        np.asarray(made(x, training=True)) for made in (layer, twin, unchanged)
    )
    np.testing.assert_array_equal(found, expected)
    assert (expected != before).any()
    with pytest.raises(ValueError, match="factor"):
        setattr(layer, next(iter(options)), "much")
        layer(x, training=True)


def test_a_spectrogram_reaches_to_half_the_rate_when_it_is_told_so() -> None:
    """None, of which the constructor alone made a number, gave NaN."""
    x = np.random.default_rng(0).normal(size=(1, 128)).astype("float32")
    options = {"fft_length": 32, "sequence_stride": 16, "num_mel_bins": 4, "sampling_rate": 800}
    layer = nn.layers.MelSpectrogram(**options, max_freq=200)
    layer(x)
    layer.max_freq = None
    np.testing.assert_array_equal(layer(x), nn.layers.MelSpectrogram(**options)(x))


@pytest.mark.parametrize("of_labels", [False, True])
def test_counts_of_one_label_are_not_those_of_many(of_labels: bool) -> None:
    y, p = np.eye(3), np.full((3, 3), 0.5)
    area = nn.metrics.AUC(multi_label=of_labels)
    area.update_state(y, p)
    area.multi_label = not of_labels
    with pytest.raises(ShapeError, match="Make another metric"):
        area.update_state(y, p)
