"""Files that a release wrote are read by this one, and hold what they held."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from tests.nn.files import stored

EXPECTED = json.loads((stored.DATA / "expected.json").read_text())


def _needs(name: str) -> None:
    if name.endswith((".h5", ".keras")):
        pytest.importorskip("h5py")


@pytest.mark.parametrize("name", stored.WHOLE)
def test_a_whole_model(name: str) -> None:
    _needs(name)
    made = nn.models.load_model(stored.DATA / name)
    found = made.predict(stored.X, verbose=0)
    np.testing.assert_allclose(found, EXPECTED["predicted"], rtol=1e-6)
    assert int(made.optimizer.iterations) == EXPECTED["steps"]


@pytest.mark.parametrize("name", stored.WEIGHTS)
def test_weights(name: str) -> None:
    _needs(name)
    made = stored.model()
    made.load_weights(stored.DATA / name)
    found = made.predict(stored.X, verbose=0)
    np.testing.assert_allclose(found, EXPECTED["predicted"], rtol=1e-6)


def test_a_training_goes_on() -> None:
    history: Any = stored.model().fit(
        stored.X, stored.Y, 2, epochs=4, verbose=0, resume=stored.DATA / "run.agn"
    )
    assert history.epoch == [0, 1, 2, 3]
    for name, values in EXPECTED["after"].items():
        np.testing.assert_allclose(history.history[name], values, rtol=1e-5)
    assert {k: v[:2] for k, v in history.history.items()} == EXPECTED["history"]
