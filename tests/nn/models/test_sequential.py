"""Sequential: layers added and taken away, copies, configurations, the summary."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.models import Sequential
from tests.nn.training.classifier import X, Y, made


def test_a_deferred_model_is_built_from_its_data() -> None:
    model = nn.Sequential([nn.Dense(4, activation="relu"), nn.Dense(1)])
    assert not model.built and model.weights == [] and model.input_shape is None
    model.compile(loss="mse", optimizer="sgd")
    model.fit(X, Y, verbose=0)
    assert model.input_shape == (None, 8) and model.count_params() == 41
    called = nn.Sequential([nn.Dense(2)])
    assert called(X).shape == (70, 2) and called.count_params() == 18


def test_add_pop_and_get_layer() -> None:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4, name="a")])
    model.add(nn.Dense(2, name="b"))
    assert model.output_shape == (None, 2) and [s.name for s in model.layers] == ["a", "b"]
    assert model.get_layer("b") is model.get_layer(index=1) is model.layers[1]
    assert model.pop().name == "b" and model.output_shape == (None, 4)
    assert model(np.ones((2, 3))).shape == (2, 4)
    deferred = nn.Sequential([nn.Dense(4), nn.Dense(2)])
    deferred.pop()
    assert deferred(np.ones((2, 3))).shape == (2, 4)
    assert nn.Sequential().pop() is None


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_trains_on_by_itself(copied: Any) -> None:
    model = made()
    model.fit(X, Y, verbose=0)
    twin = copied(model)
    before = model.get_weights()
    nn.set_random_seed(0)
    a = twin.fit(X, Y, verbose=0).history["loss"]
    for w, v in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(w, v)
    nn.set_random_seed(0)
    assert model.fit(X, Y, verbose=0).history["loss"] == pytest.approx(a, rel=1e-5)


def test_configuration_makes_the_same_model() -> None:
    model = made()
    twin = Sequential.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    assert twin.get_config() == model.get_config()
    # A product's last bit may depend on where in memory its operands lie.
    np.testing.assert_allclose(twin.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-6)


SUMMARY = """\
Model: "deck"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ first (Dense)                   │ (None, 1200)           │        10,800 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ a_name_that_is_too_long_for_th… │ (None, 1)              │         1,201 │
│ (Dense)                         │                        │               │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 12,001 (46.88 KB)
 Trainable params: 1,201 (4.69 KB)
 Non-trainable params: 10,800 (42.19 KB)"""


def test_the_summary_to_the_letter() -> None:
    long = "a_name_that_is_too_long_for_the_column"
    frozen = nn.Dense(1200, input_dim=8, name="first", trainable=False)
    lines: list[str] = []
    nn.Sequential([frozen, nn.Dense(1, name=long)], name="deck").summary(print_fn=lines.append)
    assert lines == [SUMMARY]


def test_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    nn.utils.clear_session()
    model = made()
    model.summary()
    text = capsys.readouterr().out
    assert 'Model: "sequential"' in text and " Total params: 121 (484.00 B)" in text
    assert "│ dense (Dense)                   │ (None, 12)             │           108 │" in text
    lines: list[str] = []
    model.summary(line_length=60, print_fn=lines.append)
    assert max(len(s) for s in lines[0].splitlines()) == 60
    model.fit(X, Y, verbose=0)
    model.summary(print_fn=lines.append)
    assert " Optimizer params: 244 (984.00 B)" in lines[1]
    nn.Sequential([nn.Dense(3, name="a_name_that_is_far_too_long_for_it")]).summary(
        print_fn=lines.append
    )
    assert "0 (unbuilt)" in lines[2] and "│ (Dense)" in lines[2] and "…" in lines[2]
