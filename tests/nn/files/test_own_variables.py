"""Layers that say themselves what files have of them: save_own_variables, load_own_variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError


class Counting(nn.Layer):
    """Beside a weight and a layer it keeps an array and a number, which are no variables."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inner, self.seen, self.count = nn.Dense(2), np.zeros(3), 0

    def build(self, input_shape: Any) -> None:
        self.w = self.add_weight(input_shape[-1:], "ones", name="w")
        self.inner.build(input_shape)

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs * self.w)

    def save_own_variables(self, store: Any) -> None:
        super().save_own_variables(store)
        store["seen"], store["count"] = self.seen, self.count

    def load_own_variables(self, store: Any) -> None:
        super().load_own_variables({"0": store["0"]})
        self.seen, self.count = np.array(store["seen"]), int(store["count"])


def made(seed: int) -> Any:
    model = nn.Sequential([nn.Input((3,)), Counting(), nn.Dense(1)])
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape) for w in model.weights])
    return model


@pytest.mark.parametrize("ending", [".keras", ".agn"])
def test_a_model_keeps_what_a_layer_put_in(ending: str, tmp_path: Path) -> None:
    if ending == ".keras":
        pytest.importorskip("h5py")
    model = made(1)
    model.layers[0].seen, model.layers[0].count = np.array([1.0, 2.0, 3.0]), 7
    model.save(tmp_path / f"a{ending}")
    twin = nn.models.load_model(tmp_path / f"a{ending}", custom_objects={"Counting": Counting})
    assert (twin.layers[0].seen.tolist(), twin.layers[0].count) == ([1.0, 2.0, 3.0], 7)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("ending", [".weights.h5", ".agn"])
def test_weights_alone_have_it_too(ending: str, tmp_path: Path) -> None:
    if ending == ".weights.h5":
        pytest.importorskip("h5py")
    model, twin = made(1), made(2)
    model.layers[0].count = 7
    model.save_weights(tmp_path / f"a{ending}")
    twin.load_weights(tmp_path / f"a{ending}")
    assert twin.layers[0].count == 7
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_store_that_does_not_fit_changes_nothing() -> None:
    layer = nn.Dense(2)
    layer.build((None, 3))
    store: dict[str, np.ndarray] = {}
    layer.save_own_variables(store)
    assert {k: v.shape for k, v in store.items()} == {"0": (3, 2), "1": (2,)}
    before = layer.get_weights()
    with pytest.raises(ValueError, match="expected 2 of them"):
        layer.load_own_variables({"0": np.ones((3, 2))})
    with pytest.raises(ShapeError, match="'bias' of shape"):
        layer.load_own_variables({"0": np.ones((3, 2)), "1": np.ones(3)})
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    layer.load_own_variables({"0": np.ones((3, 2)), "1": np.ones(2)})
    assert all((w == 1).all() for w in layer.get_weights())


def test_a_file_without_it_is_refused(tmp_path: Path) -> None:
    model, plain = made(1), nn.Sequential([nn.Input((3,)), nn.Dense(2), nn.Dense(1)])
    plain.save_weights(tmp_path / "a.agn")
    with pytest.raises(nn.saving.ModelFileError, match="holds no"):
        model.load_weights(tmp_path / "a.agn")
