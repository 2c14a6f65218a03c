"""Every layer against what Keras's did in some draws, as tests/peers/store_layers.py kept it."""

from __future__ import annotations

from typing import Any

import pytest

from autograd_nn.nn import layers
from tests.nn.layers.layer_draws import DRAWS, Draw
from tests.nn.layers.layer_findings import Found, differences, ours
from tests.nn.layers.window_draws import WINDOW_DRAWS
from tests.nn.stored import load

STORED: dict[str, list[dict[str, Any]]] = load("layers") | load("windows")


def test_all_draws_are_kept() -> None:
    assert STORED.keys() == (DRAWS | WINDOW_DRAWS).keys()
    assert all(hasattr(layers, kind) for kind in STORED)
    assert sum(map(len, STORED.values())) > 2 * len(STORED)


@pytest.mark.parametrize("kind", STORED)
def test_results_gradients_and_states_are_those_of_keras(kind: str) -> None:
    for e in STORED[kind]:
        draw = Draw(kind, e["options"], e["inputs"], e["call"])
        kept = Found(**{name: e[name] for name in Found._fields})
        kept.shapes[:] = map(tuple, kept.shapes)
        assert not differences(ours(draw, e["weights"], e["cotangent"]), kept), e["options"]
