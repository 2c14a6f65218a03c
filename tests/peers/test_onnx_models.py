"""Models of several layers in onnxruntime: they predict there what they predict here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")

from autograd_nn import nn  # noqa: E402  (after the skips)
from autograd_nn.nn.saving.recorded import ExportError  # noqa: E402
from tests.peers import layered_models  # noqa: E402
from tests.peers.whole_models import MODELS, data  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]


# what is not written as ONNX, by the op that has no form there
LEFT = {"sound": "dft", "table": "searchsorted"}
HALF = {"half": 2e-3}  # float16 has eleven bits, and is added up in another order


@pytest.mark.parametrize("name", MODELS)
def test_whole_models_run_elsewhere(name: str, tmp_path: Path) -> None:
    path, x = tmp_path / "m.onnx", data(name)
    layered_models.register(nn)
    model: Any = MODELS[name][0](nn, nn.layers)
    found = model.predict(x, verbose=0)
    if name in LEFT:
        with pytest.raises(ExportError, match=LEFT[name]):
            model.export(path, verbose=False)
        return
    model.export(path, verbose=False)
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    given = x if isinstance(x, dict) else dict(zip(names, _listed(x), strict=True))
    results = session.run(None, given)
    listed = list(found.values()) if isinstance(found, dict) else nn.tree.flatten(found)
    tolerance = HALF.get(name, 1e-5)
    for a, b in zip(listed, results, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def _listed(x: Any) -> list[Any]:
    return x if isinstance(x, list) else [x]
