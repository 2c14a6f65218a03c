"""Checks of models run op by op: none of them is run twice."""

from __future__ import annotations

import pytest

from autograd_nn import nn


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "0")
    nn.set_random_seed(1)
