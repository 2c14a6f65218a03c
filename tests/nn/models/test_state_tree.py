"""The state of a model as trees, there and back, and the scopes of names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn import tree

X, Y = np.linspace(0, 1, 8).reshape(4, 2).astype("float32"), np.ones((4, 3), "float32")


def made(functional: bool = True) -> Any:
    inner = nn.Sequential(
        [nn.Input((2,)), nn.Dense(3, name="d"), nn.BatchNormalization(name="bn")], name="s"
    )
    a = nn.Input((2,))
    model = nn.Model(a, inner(nn.Dense(2, name="e")(a)), name="f") if functional else inner
    model.compile(nn.Adam(name="adam"), "mse", metrics=["mae"], run_eagerly=True)
    return model


def paths(state: Any) -> set[str]:
    return {"/".join(path) for path, _ in tree.flatten_with_path(state)}


def test_paths_are_the_names_of_what_holds_the_weights() -> None:
    model = made()
    model.fit(X, Y, verbose=0)
    state = model.get_state_tree()
    assert paths(state["trainable_variables"]) == {
        "e/kernel", "e/bias", "s/d/kernel", "s/d/bias", "s/bn/gamma", "s/bn/beta",
    }  # fmt: skip
    assert paths(state["non_trainable_variables"]) == {
        "s/bn/moving_mean", "s/bn/moving_variance",
    }  # fmt: skip
    assert paths(state["metrics_variables"]) == {
        "loss/total", "loss/count", "mae/total", "mae/count",
    }  # fmt: skip
    assert {"iteration", "learning_rate"} < set(state["optimizer_variables"]["adam"])
    assert len(state["optimizer_variables"]["adam"]) == 2 + 2 * 6


@pytest.mark.parametrize("form", ["backend_tensor", "numpy_array"])
def test_a_state_goes_back_and_into_another_model(form: str) -> None:
    model = made()
    model.fit(X, Y, verbose=0)
    state = model.get_state_tree(form)
    before = model.get_state_tree("numpy_array")
    expected = model.fit(X, Y, verbose=0, shuffle=False).history
    other = made()
    for one in (model, other):
        one.set_state_tree(state)
        tree.map_structure(
            np.testing.assert_array_equal, before, one.get_state_tree("numpy_array")
        )
        assert one.fit(X, Y, verbose=0, shuffle=False).history == expected
    tree.map_structure(lambda a, b: np.testing.assert_array_equal(a, np.array(b)), before, state)


def test_a_part_of_a_state_leaves_the_rest() -> None:
    model = made(functional=False)
    kernel = model.layers[0].kernel.numpy().copy()
    model.set_state_tree({"trainable_variables": {"s": {"d": {"bias": [1.0, 2.0, 3.0]}}}})
    assert model.layers[0].bias.numpy().tolist() == [1, 2, 3]
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), kernel)


BAD = [
    ({"weights": {}}, ValueError, "unknown kind 'weights'"),
    ({"trainable_variables": {"s": {"d": {"biass": 0.0}}}}, ValueError, "'s/d/biass'"),
    ({"trainable_variables": {"s": {"d": {"bias": np.ones(4)}}}}, ShapeError, "s/d/bias"),
    (3, TypeError, "state_tree"),
]


@pytest.mark.parametrize(("given", "kind", "words"), BAD)
def test_what_does_not_fit_changes_nothing(given: Any, kind: Any, words: str) -> None:
    model = made(functional=False)
    before = model.get_weights()
    if isinstance(given, dict):  # what fits comes first
        first = {"trainable_variables": {"s": {"bn": {"beta": np.full(3, 7.0)}}}}
        given = {**first, **given} if "weights" in given else {
            "trainable_variables": {"s": {**first["trainable_variables"]["s"],
                                          **given["trainable_variables"]["s"]}}
        }  # fmt: skip
    with pytest.raises(kind, match=words):
        model.set_state_tree(given)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="value_format"):
        made().get_state_tree("list")


def test_scopes_come_before_paths() -> None:
    with nn.name_scope("outer"), nn.name_scope("inner"):
        assert nn.Variable(1.0, name="v").path == "outer/inner/v"
        layer = nn.Dense(1, name="d")
        layer.build((None, 2))
    assert layer.kernel.path == "outer/inner/d/kernel"
    assert nn.Variable(1.0, name="v").path == "v"
    model = nn.Sequential([nn.Input((2,)), layer], name="s")
    assert "outer/inner/d/kernel" in paths(model.get_state_tree()["trainable_variables"])


@pytest.mark.parametrize("name", ["a/b", "", 3, None])
def test_a_scope_has_a_plain_name(name: Any) -> None:
    with pytest.raises(ValueError, match="name_scope"):
        nn.name_scope(name)
