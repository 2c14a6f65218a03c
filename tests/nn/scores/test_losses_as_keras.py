"""Losses and metrics against what Keras's did in some draws; see tests/peers/store_losses.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nn.scores import loss_draws, metric_draws
from tests.nn.stored import load

KEPT = [
    (draws, kind, entry)
    for name, draws in (("losses", loss_draws), ("metrics", metric_draws))
    for kind, entries in load(name).items()
    for entry in entries
]


IDS = [f"{d.__name__[9:]}-{k}-{i}" for i, (d, k, _) in enumerate(KEPT)]


@pytest.mark.parametrize("draws, kind, entry", KEPT, ids=IDS)
def test_values_gradients_results_and_states_are_those_of_keras(
    draws: Any, kind: str, entry: dict[str, Any]
) -> None:
    draw = draws.Draw(*entry["draw"])
    assert draw.kind == kind and not draws.differences(draw, entry["told"])


def test_all_draws_are_kept() -> None:
    for draws in (loss_draws, metric_draws):
        assert {kind for d, kind, _ in KEPT if d is draws} == set(draws.DRAWS)
