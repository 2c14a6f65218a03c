"""State dicts of PyTorch without it: a stored one, there and back, and what does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.saving import (
    ModelFileError,
    load_state_dict,
    save_state_dict,
    state_dict,
    tensors,
)
from tests.nn.files.stored import DATA

L = nn.layers


def net() -> Any:
    ids = nn.Input((5,), dtype="int32")
    x = L.Bidirectional(L.GRU(3, return_sequences=True))(L.Embedding(7, 6)(ids))
    x = L.LayerNormalization(epsilon=1e-5)(x)
    x = L.Conv1D(4, 2)(L.MultiHeadAttention(2, 3)(x, x))
    return nn.Model(ids, nn.Dense(2, name="head")(L.GlobalAveragePooling1D()(x)))


def chain(*units: int) -> Any:
    named = [nn.Dense(n, name=f"d{i}") for i, n in enumerate(units)]
    return nn.Sequential([nn.Input((2,)), *named])


def test_a_stored_state_dict_gives_what_it_gave_there(tmp_path: Path) -> None:
    model = net()
    load_state_dict(model, DATA / "torch.safetensors")
    with np.load(DATA / "torch.npz") as stored:
        x, y = stored["x"], stored["y"]
    np.testing.assert_allclose(model.predict(x, verbose=0), y, rtol=1e-5, atol=1e-6)
    save_state_dict(model, tmp_path / "a.safetensors")
    twin = net()
    load_state_dict(twin, tmp_path / "a.safetensors")
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_groups_are_taken_in_order_or_by_name() -> None:
    model = chain(2, 2, 2)
    held = {f"layers.{i}.{k}": np.full(s, i, "f4") for i in (10, 2, 1)
            for k, s in (("weight", (2, 2)), ("bias", (2,)))}  # fmt: skip
    load_state_dict(model, held)
    assert [float(w[0]) for w in model.get_weights()[1::2]] == [10, 2, 1]
    load_state_dict(model, held, {"layers.1": "d0", "layers.10": "d1", "layers.2": "d2"})
    assert [float(w[0]) for w in model.get_weights()[1::2]] == [1, 10, 2]


def test_numbers_in_names_are_an_order_and_other_names_are_none(tmp_path: Path) -> None:
    path, model = tmp_path / "a.safetensors", chain(2, 2)
    for names, words in ((("l.10", "l.9"), None), (("encoder", "decoder"), "Pass names=")):
        held = {f"{name}.{k}": np.full(s, i, "f4") for i, name in enumerate(names)
                for k, s in (("weight", (2, 2)), ("bias", (2,)))}  # fmt: skip
        tensors.write(path, held, {})
        if words is None:
            load_state_dict(model, path)
            assert [float(w[0]) for w in model.get_weights()[1::2]] == [1, 0]
        else:
            with pytest.raises(ModelFileError, match=words):
                load_state_dict(model, path)


BAD: dict[str, tuple[Any, Any, str]] = {
    "another shape": ({"a.weight": np.ones((2, 3)), "a.bias": np.ones(2)}, None, "'a' .weight"),
    "no bias": ({"a.weight": np.ones((2, 2))}, None, r"expected weight \(2, 2\), bias"),
    "more of a group": (
        {"a.weight": np.ones((2, 2)), "a.bias": np.ones(2), "a.running_mean": np.ones(2)}, None,
        "running_mean"),
    "more groups": ({"a.weight": np.ones((2, 2)), "b.weight": np.ones(2)}, None, "groups a, b"),
    "nothing": ({}, None, "no weights"),
    "an unknown group": ({"a.weight": np.ones((2, 2))}, {"b": "d0"}, "group 'b.l0'"),
    "an unknown layer": ({"a.weight": np.ones((2, 2))}, {"a": "d1"}, "layer 'd1'"),
    "a layer left out": ({"a.weight": np.ones((2, 2))}, {}, "no bias|expected"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_changes_nothing(name: str) -> None:
    held, names, words = BAD[name]
    model = chain(2)
    before = model.get_weights()
    with pytest.raises(ValueError, match=words):
        load_state_dict(model, held, names)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_layer_that_pytorch_has_not_is_named() -> None:
    model = nn.Sequential([nn.Input((6, 3)), L.SeparableConv1D(2, 2, name="apart")])
    with pytest.raises(ValueError, match="layer 'apart', a SeparableConv1D"):
        state_dict(model)
