"""Optimizers and schedules end where Keras's do: a stored sample of its weights, state and names.

tests/peers/keras_optimizers.py wrote the sample, from the same cases.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from tests.nn.optimizers.optimizer_cases import CASES, COMMON, gradients, start, title

SAMPLE = json.loads((Path(__file__).parents[1] / "data" / "optimizers.json").read_text())
ids = [title((name, options)) for name, options, _ in SAMPLE["optimizers"]]


def test_the_sample_has_every_case() -> None:
    assert [[name, options] for name, options, _ in SAMPLE["optimizers"]] == [
        [name, options] for name, options in (*CASES, *COMMON)
    ]


@pytest.mark.parametrize("name, options, found", SAMPLE["optimizers"], ids=ids)
def test_fifty_steps(name: str, options: dict[str, Any], found: dict[str, Any]) -> None:
    optimizer = getattr(nn.optimizers, name)(**options)
    ws = [nn.Variable(w, name=n) for n, w in start().items()]
    for gs in gradients():
        optimizer.apply([ag.Tensor(g) for g in gs], ws)
    for w, expected in zip(ws, found["weights"], strict=True):
        np.testing.assert_allclose(w, expected, rtol=1e-5, atol=1e-6)
    assert len(optimizer.variables) == len(found["state"])
    for v, expected in zip(optimizer.variables, found["state"], strict=True):
        np.testing.assert_allclose(v, expected, rtol=3e-5, atol=3e-6)
    for v, expected in zip(optimizer.variables, found["names"], strict=True):
        assert v.name == expected or v.name == "u_product"


@pytest.mark.parametrize("name, options, rates", SAMPLE["schedules"])
def test_schedules(name: str, options: dict[str, Any], rates: list[float]) -> None:
    schedule = getattr(nn.optimizers.schedules, name)(**options)
    found = [float(schedule(step)) for step in range(len(rates))]
    np.testing.assert_allclose(found, rates, rtol=2e-6, atol=1e-7)
