"""Models of several layers in onnxruntime: they predict there what they predict here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnx.reference")

from autograd_nn import nn  # noqa: E402  (after the skips)
from tests.peers import layered_models  # noqa: E402
from tests.peers.whole_models import MODELS, data  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]


HALF = {"half": 2e-3}  # onnxruntime computes float16 in float32 on processors, and rounds but once


@pytest.mark.parametrize("name", MODELS)
def test_whole_models_run_elsewhere(name: str, tmp_path: Path) -> None:
    path, x = tmp_path / "m.onnx", data(name)
    layered_models.register(nn)
    model: Any = MODELS[name][0](nn, nn.layers)
    found = model.predict(x, verbose=0)
    model.export(path, verbose=False)
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    given = x if isinstance(x, dict) else dict(zip(names, _listed(x), strict=True))
    listed = list(found.values()) if isinstance(found, dict) else nn.tree.flatten(found)
    _alike(listed, session.run(None, given), HALF.get(name, 1e-5))
    if name in HALF:  # where every node rounds as the file says
        _alike(listed, onnx.reference.ReferenceEvaluator(str(path)).run(None, given), 1e-5)


def _alike(one: list[Any], other: list[Any], tolerance: float) -> None:
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def _listed(x: Any) -> list[Any]:
    return x if isinstance(x, list) else [x]
