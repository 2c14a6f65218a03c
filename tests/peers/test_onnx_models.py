"""Models of several layers in onnxruntime: they predict there what they predict here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")

from autograd_nn import nn  # noqa: E402  (after the skips)
from tests.peers.whole_models import MODELS, data  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize("name", MODELS)
def test_whole_models_run_elsewhere(name: str, tmp_path: Path) -> None:
    path, x = tmp_path / "m.onnx", data(name)
    model: Any = MODELS[name][0](nn, nn.layers)
    expected = nn.tree.flatten(model.predict(x, verbose=0))
    model.export(path, verbose=False)
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    xs = x if isinstance(x, list) else [x]
    for a, b in zip(expected, session.run(None, dict(zip(names, xs, strict=True))), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
