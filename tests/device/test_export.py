"""Models written as StableHLO, run by a process that has JAX and NumPy alone."""

from __future__ import annotations

import importlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402
from autograd_nn import nn  # noqa: E402
from autograd_nn.nn import layers  # noqa: E402
from autograd_nn.nn.saving.recorded import ExportError  # noqa: E402
from tests.test_examples import FOLDER  # noqa: E402

READER = """
import io, json, sys, zipfile
import jax, numpy as np
from jax import export

def load(path):
    with zipfile.ZipFile(path) as file:
        program = export.deserialize(bytearray(file.read("program.stablehlo")))
        weights = list(np.load(io.BytesIO(file.read("weights.npz"))).values())
    return lambda *inputs: program.call(weights, list(inputs))

given = np.load(sys.argv[2])
run = load(sys.argv[1])
found = {}
for n in (1, 4):
    for k, y in enumerate(run(*[a[:n] for a in given.values()])):
        found[f"{n}_{k}"] = np.asarray(y)
assert "autograd_nn" not in sys.modules
np.savez(sys.argv[3], **found)
"""


def small() -> tuple[Any, list[np.ndarray]]:
    image, tokens = layers.Input((8, 8, 2)), layers.Input((5,), dtype="int32")
    a = layers.Conv2D(3, 3, activation="relu", padding="same")(image)
    a = layers.Flatten()(layers.MaxPooling2D(2)(layers.BatchNormalization()(a)))
    b = layers.LSTM(4)(layers.Embedding(7, 3)(tokens))
    joined = layers.Dropout(0.5)(layers.Concatenate()([a, b]))
    model = nn.Model([image, tokens], [layers.Dense(2, "softmax")(joined), layers.Dense(1)(b)])
    rng = np.random.default_rng(0)
    for w in model.weights:
        w.assign(w.numpy() + 0.1 * rng.random(w.shape).astype(w.dtype))
    xs = [rng.normal(size=(4, 8, 8, 2)).astype("f4"), rng.integers(0, 7, (4, 5)).astype("i4")]
    return model, xs


def test_another_process_runs_it(tmp_path: Path) -> None:
    model, xs = small()
    model.export(tmp_path / "model.stablehlo")
    np.savez(tmp_path / "given.npz", *xs)
    (tmp_path / "read.py").write_text(READER)
    files = [str(tmp_path / name) for name in ("model.stablehlo", "given.npz", "found.npz")]
    subprocess.run([sys.executable, str(tmp_path / "read.py"), *files], check=True, cwd=tmp_path)
    found = np.load(tmp_path / "found.npz")
    for n in (1, 4):
        for k, y in enumerate(model.predict([x[:n] for x in xs], verbose=0)):
            assert found[f"{n}_{k}"].dtype == y.dtype
            np.testing.assert_allclose(found[f"{n}_{k}"], y, rtol=1e-5, atol=1e-6)


def test_an_op_of_ones_own_is_refused_by_name(tmp_path: Path) -> None:
    @ag.custom_op(vjp=lambda g, y, x: g)
    def secret(x: Any) -> Any:
        return x + 1

    model = nn.Sequential([layers.Input((3,)), layers.Lambda(secret)])
    with pytest.raises(ExportError, match="calls secret"):
        model.export(tmp_path / "model.stablehlo")
    assert not list(tmp_path.iterdir())


def test_samples_that_depend_on_one_another_are_refused(tmp_path: Path) -> None:
    inputs = layers.Input((3,))
    model = nn.Model(inputs, layers.Lambda(lambda x: x - ag.mean(x, axis=0))(inputs))
    with pytest.raises(ExportError, match="otherwise in a batch"):
        model.export(tmp_path / "model", format="stablehlo")


# Models of windows, attention, tokens and tables.
EXAMPLES = [
    "bag_of_embeddings", "conv_net", "moving_bars", "siamese", "transformer", "wide_and_deep",
]  # fmt: skip


class Built(Exception):
    """An example has come as far as training."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_read_back(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []

    def fit(model: Any, x: Any, *rest: Any, **options: Any) -> None:
        found.extend([model, x])
        raise Built

    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(nn.Model, "fit", fit)
    with pytest.raises(Built):
        importlib.import_module(name).main()
    model, x = found
    told = model.predict(nn.tree.map_structure(lambda a: a[:5], x), verbose=0)
    model.export(tmp_path / "model.stablehlo")
    with zipfile.ZipFile(tmp_path / "model.stablehlo") as file:
        program = jax.export.deserialize(bytearray(file.read("program.stablehlo")))
        weights = list(np.load(io.BytesIO(file.read("weights.npz"))).values())
        inputs = json.loads(file.read("signature.json"))["inputs"]
    given = [x[i["name"]] for i in inputs] if isinstance(x, dict) else nn.tree.flatten(x)
    for n in (1, 5):
        xs = [a[:n].astype(i["dtype"]) for a, i in zip(given, inputs, strict=True)]
        (y,) = program.call(weights, xs)
        np.testing.assert_allclose(np.asarray(y), told[:n], rtol=1e-4, atol=1e-6)
