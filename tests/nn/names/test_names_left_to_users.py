"""What a user's class calls its attributes and methods is its own affair."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn import ops

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")

# Beside what Keras's classes have: names of Keras 1 and 2, and doors that the docs describe.
BESIDE = {
    "Layer": """activity_regularizer add_update autocast built get_input_at get_losses_for
        get_output_at get_updates_for inbound_nodes output_shape updates""",
    "Model": """check class_names compiled evaluate_generator feature_names fit_generator history
        input_names inputs model output_names outputs predict_classes predict_generator
        predict_proba reset_states steps_per_execution stop_evaluating stop_predicting
        stop_training to_yaml uses_learning_phase""",
    "Metric": "direction name reset_states",
    "Loss": "axis from_config name reduction variables",
    "Callback": "get_state params set_state validation_data",
}
BESIDE["Model"] += " " + BESIDE["Layer"]


@pytest.mark.parametrize(
    "cls", [nn.Layer, nn.Model, nn.losses.Loss, nn.metrics.Metric, nn.callbacks.Callback]
)
def test_no_public_name_is_taken_that_keras_leaves_free(cls: Any) -> None:
    file = Path(__file__).parents[1] / "data" / "keras_members.json"
    told = json.loads(file.read_text())[cls.__name__].split()
    mine = {name for name in dir(cls) if not name.startswith("_")}
    assert mine - set(told) - set(BESIDE[cls.__name__].split()) == set()


class Plain(nn.Model):
    """Two dense layers and a mean, under names that nothing else wants."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Dense(3, activation="tanh")
        self.b = nn.Sequential([nn.Dense(1)])

    def call(self, x: Any) -> Any:
        return ops.sigmoid(self.b(self.a(x)))


class Crowded(nn.Model):
    """The same, with attributes and methods as people call them."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Dense(3, activation="tanh")
        self.network = self.model = nn.Sequential([nn.Dense(1)])
        self.inputs = self.outputs = self.encoded = self.modules = self.shown = None
        self.calls = self.step = self.ndim = self.history = self._step = self._weights = 3
        self.field, self.holds, self.noted, self.updates = "text", [1], {}, (1, 2)
        self.text, self.raw, self.look, self.running, self.meet = "a", b"b", 1, True, {}
        self.stateless = self.counted = self.unguarded = self.waits = self.samplewise = False
        self._network, self._stack, self._run, self._path, self._masks = 1, [], None, "here", 2

    def flattened(self) -> None: ...

    def sublayers(self) -> None: ...

    def _forward(self, x: Any) -> Any:
        return self.network(self.wide(x))

    def call(self, x: Any) -> Any:
        return ops.sigmoid(self._forward(x))


class Distance(nn.metrics.Metric):
    """A mean distance whose states are called as other things are."""

    def __init__(self, name: str = "distance", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.value = self.add_weight(name="value", initializer="zeros")
        self.accumulate = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.value.assign_add(ops.sum(abs(ops.reshape(y_true, (-1,)) - ops.reshape(y_pred, (-1,)))))
        self.accumulate.assign_add(ops.cast(ops.size(y_pred), "float32"))

    def result(self) -> Any:
        return self.value / self.accumulate


@pytest.mark.parametrize("native", [False, True])
def test_a_model_trains_the_same_whatever_its_parts_are_called(native: bool) -> None:
    found = []
    for cls, metric in ((Plain, "mae"), (Crowded, Distance(name="mae"))):
        nn.set_random_seed(3)
        model = cls()
        model.compile("adam", "binary_crossentropy", metrics=[metric], jit_compile=native)
        history = model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0).history
        found.append([history["loss"], history["mae"], *map(np.ravel, model.get_weights())])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_callback_keeps_what_it_likes() -> None:
    class Notes(nn.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.checkpoint, self.resumed, self.steers = "a path", 7, "no"

    model = Plain()
    model.compile("sgd", "mse")
    notes = Notes()
    model.fit(X, Y, callbacks=[notes], verbose=0)
    assert (notes.checkpoint, notes.resumed, notes.steers) == ("a path", 7, "no")


def test_a_loss_calls_its_attributes_as_it_likes() -> None:
    class Named(nn.losses.Loss):
        def __init__(self) -> None:
            super().__init__()
            self.targets, self.elementwise, self.entries = ["a"], True, {"b": 1}

        def valid(self) -> bool:
            return True

        def call(self, y_true: Any, y_pred: Any) -> Any:
            assert self.valid() and self.targets == ["a"]
            return ops.mean(ops.square(y_true - y_pred), axis=-1)

    found = []
    for loss in (Named(), "mse"):
        nn.set_random_seed(3)
        model = Plain()
        model.compile("sgd", loss)
        found.append(model.fit(X, Y, batch_size=8, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*found, rtol=1e-6)
