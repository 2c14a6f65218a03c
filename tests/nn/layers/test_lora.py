"""Low-rank adaptation: the sum in the weight's place, two thin weights trained, files of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn

RNG = np.random.default_rng(5)
X = RNG.normal(size=(6, 4)).astype("float32")
PIXELS = RNG.normal(size=(6, 5, 5, 4)).astype("float32")
IDS = RNG.integers(0, 7, (6, 3))
KINDS: dict[str, tuple[Callable[..., Any], np.ndarray]] = {
    "Dense": (lambda **o: nn.Dense(3, **o), X),
    "EinsumDense": (lambda **o: nn.EinsumDense("ab,bcd->acd", (2, 3), bias_axes="d", **o), X),
    "Conv2D": (lambda **o: nn.Conv2D(4, 2, **o), PIXELS),
    "Embedding": (lambda **o: nn.Embedding(7, 3, **o), IDS),
}  # fmt: skip
every_kind = pytest.mark.parametrize("kind", KINDS)


def adapted(kind: str, **options: Any) -> tuple[Any, Any]:
    """A plain layer, and one with the same weights and a product that is not zero."""
    make, x = KINDS[kind]
    plain, layer = make(), make()
    for one in (plain, layer):
        one(x)
    layer.set_weights(plain.get_weights())
    layer.enable_lora(2, b_initializer="ones", **options)
    return plain, layer


@every_kind
def test_the_product_is_added_to_the_weight(kind: str) -> None:
    plain, layer = adapted(kind, lora_alpha=3.0)
    name = layer.adapted
    a, b = (getattr(layer, f"lora_{name}_{letter}").numpy() for letter in "ab")
    whole = getattr(plain, name).numpy() + 1.5 * a @ b
    np.testing.assert_allclose(getattr(layer, name), whole, rtol=1e-6, atol=1e-7)
    getattr(plain, name).assign(whole)
    x = KINDS[kind][1]
    np.testing.assert_allclose(layer(x), plain(x), rtol=1e-5, atol=1e-6)
    assert layer.lora_enabled and not plain.lora_enabled


@every_kind
def test_only_the_thin_weights_are_trained(kind: str) -> None:
    make, x = KINDS[kind]
    layer = make(lora_rank=2)
    model = nn.Sequential([nn.Input(x.shape[1:], dtype=x.dtype.name), layer, nn.Flatten()])
    fixed = layer.weights[0].numpy().copy()
    assert layer.weights[0].name == layer.adapted and not layer.weights[0].trainable
    assert {v.path.rpartition("/")[0] for v in layer.weights} == {layer.path}
    model.compile("sgd", "mse")
    y = np.ones((len(x), *model.output_shape[1:]), "float32")
    before = [v.numpy().copy() for v in layer.trainable_weights]
    model.fit(x, y, epochs=2, verbose=0)
    np.testing.assert_array_equal(layer.weights[0], fixed)
    assert all((v.numpy() != w).any()
               for v, w in zip(layer.trainable_weights, before, strict=True))  # fmt: skip


@every_kind
def test_files_of_keras_hold_the_sum(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    make, x = KINDS[kind]
    _, layer = adapted(kind)
    ends = [nn.Input(x.shape[1:], dtype=x.dtype.name)]
    whole, plain = nn.Sequential([*ends, layer]), nn.Sequential([*ends, make()])
    whole.save_weights(tmp_path / "w.weights.h5")
    plain.load_weights(tmp_path / "w.weights.h5")
    y = whole(x).numpy()
    np.testing.assert_allclose(plain(x), y, rtol=1e-5, atol=1e-6)
    fresh = nn.Sequential([*ends, make(lora_rank=3)])
    fresh.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_allclose(fresh(x), y, rtol=1e-5, atol=1e-6)
    assert fresh.layers[0]._adapting[1].numpy().any()  # or nothing would ever move
    for name in ("m.keras", "m.agnn"):
        whole.save(tmp_path / name)
        again = nn.models.load_model(tmp_path / name)
        assert again.layers[0].lora_rank == 2 and again.layers[0].lora_enabled
        np.testing.assert_allclose(again(x), y, rtol=1e-5, atol=1e-6)


def test_regularizers_are_of_what_is_trained() -> None:
    layer = nn.Dense(3, kernel_regularizer=nn.regularizers.L2(1.0), lora_rank=2)
    layer(X)
    a = (layer.lora_kernel_a.numpy() ** 2).sum()
    np.testing.assert_allclose([float(v) for v in layer.losses], [a, 0], rtol=1e-6)
    config = layer.get_config()
    assert config["lora_rank"] == 2 and "lora_rank" not in nn.Dense(3).get_config()


BAD: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "unbuilt": (lambda: nn.Dense(3).enable_lora(2), ValueError, "isn't yet built"),
    "twice": (lambda: adapted("Dense")[1].enable_lora(2), ValueError, "already enabled"),
    "rank": (lambda: nn.Dense(3, lora_rank=0), ValueError, "lora_rank=0"),
    "alpha alone": (lambda: nn.Dense(3, lora_alpha=2), ValueError, "no lora_rank"),
    "alpha": (lambda: nn.Dense(3, lora_rank=2, lora_alpha="a"), TypeError, "lora_alpha='a'"),
    "constraint": (
        lambda: nn.Dense(3, kernel_constraint="non_neg", lora_rank=2)(X), ValueError,
        "kernel_constraint",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_adapted(name: str) -> None:
    call, error, words = BAD[name]
    with pytest.raises(error, match=words):
        call()


def test_a_call_that_fails_changes_nothing() -> None:
    layer = nn.Dense(3)
    layer(X)
    before = layer.get_weights()

    def failing(shape: Any, dtype: Any = None) -> Any:
        raise ValueError("no numbers")

    for rank, start in ((2, "no such initializer"), (-1, "zeros"), (2, failing)):
        with pytest.raises(ValueError):
            layer.enable_lora(rank, b_initializer=start)
        assert not layer.lora_enabled and layer.lora_rank is None and layer._locked
        assert [w.shape for w in layer.get_weights()] == [w.shape for w in before]
        assert layer.weights[0].trainable
