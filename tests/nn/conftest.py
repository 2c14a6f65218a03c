"""Layers, losses and training are tested op by op; tests/program replays them natively."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import autograd_nn as ag


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "0")
    yield
    ag.set_deterministic(False)
