"""The examples run as they stand, learn what they are about, and train natively."""

from __future__ import annotations

import gzip
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.mode import Settings
from benchmarks import gallery

FOLDER = Path(__file__).parent.parent / "examples"
# Whether what main() returned shows that the model has learned.
LEARNED: dict[str, Callable[[dict[str, float]], bool]] = {
    "autoencoder": lambda r: r["pixels right"] > 0.99,
    "bag_of_embeddings": lambda r: r["accuracy"] > 0.97,
    "conv_autoencoder": lambda r: r["left"] < 0.4 * r["noise"],
    "conv_net": lambda r: r["accuracy"] > 0.95,
    "gan": lambda r: abs(r["mean x"] - 2) < 0.3 and abs(r["mean y"] - 1) < 0.3
    and r["of x + y"] < 0.3,
    "lengths": lambda r: r["mse"] < 0.05 * r["variance"] and r["moved by the end"] < 1e-6,
    "lstm": lambda r: r["mse"] < 0.05 * r["variance"],
    "matrix_factorisation": lambda r: r["mse"] < 0.05 * r["variance"],
    "mixture_of_experts": lambda r: r["r2"] > 0.9,
    "mnist": lambda r: r["accuracy"] > 0.97,
    "moving_bars": lambda r: r["accuracy"] > 0.95,
    "multi_task": lambda r: r["sector_accuracy"] > 0.95 and r["radius_mae"] < 0.12,
    "residual_mlp": lambda r: r["accuracy"] > 0.97,
    "siamese": lambda r: r["accuracy"] > 0.9,
    "transformer": lambda r: r["sentences"] > 0.7 and r["new"] > 1,
    "vae": lambda r: r["loss"] < 0.3 * r["variance"] and 0.5 < r["of draws"] / r["variance"] < 1.5,
    "wide_and_deep": lambda r: r["accuracy"] > 0.72 and r["auc"] > 0.82,
}  # fmt: skip
# Steps that no other test replays: the model's own, penalties and draws in a call, tables, einsum.
NATIVELY = ("gan", "matrix_factorisation", "mixture_of_experts", "transformer", "vae")


def write_digits(folder: Path, n: int = 500) -> str:
    """Files in MNIST's format: ten patterns of 12 × 12 pixels, noisy."""
    rng = np.random.default_rng(0)
    patterns, y = rng.integers(0, 2, (10, 12, 12)) * 200, rng.integers(0, 10, n)
    x = patterns[y] + rng.integers(0, 56, (n, 12, 12))
    for name, values in (("images-idx3-ubyte.gz", x), ("labels-idx1-ubyte.gz", y)):
        head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes()
        with gzip.open(folder / name, "wb", compresslevel=1) as file:
            file.write(head + values.astype("uint8").tobytes())
    return str(folder)


def test_every_example_is_tried_and_short() -> None:
    files = {f.stem: f.read_text("utf-8") for f in FOLDER.glob("*.py")}
    assert files.keys() == LEARNED.keys()
    assert not [name for name, text in files.items() if len(text.splitlines()) > 62]


def test_the_page_shows_what_its_examples_draw(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.syspath_prepend(FOLDER)
    page = gallery.PAGE.read_text("utf-8")
    for name in gallery.DRAWN:
        assert f"](../examples/{name}.py)" in page and f"](pictures/{name}.svg)" in page
        assert (gallery.PAGE.parent / "pictures" / f"{name}.svg").exists()
    x, y = importlib.import_module("lengths").sums(40)
    gallery.draw("lengths", (importlib.import_module("lengths").model(), x, y), tmp_path / "a.svg")
    assert "6 steps" in (tmp_path / "a.svg").read_text("utf-8")


@pytest.mark.parametrize("name", LEARNED)
def test_an_example_learns(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setattr(Settings, "deterministic", Settings.deterministic)
    fitted: list[Any] = []
    fit = nn.Model.fit

    def noted(model: nn.Model, *args: Any, **options: Any) -> Any:
        fitted.append(model)
        model.run_eagerly = name not in NATIVELY
        return fit(model, *args, **options)

    monkeypatch.setattr(nn.Model, "fit", noted)
    given = (write_digits(tmp_path),) if name == "mnist" else ()
    found = importlib.import_module(name).main(*given)
    assert LEARNED[name](found), found
    (model,) = fitted
    programs = [p for s in model._steppers.values() for p in s.programs.values()]
    assert bool(programs) == (name in NATIVELY)
    assert all(p.ready() for p in programs)
