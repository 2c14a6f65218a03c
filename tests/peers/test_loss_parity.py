"""Every loss and metric against Keras 3's, arguments and data drawn at random.

``PARITY_SEEDS=100`` asks more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from tests.nn.scores import loss_draws, metric_draws  # noqa: E402  (after the skip)

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]
SEEDS = int(os.environ.get("PARITY_SEEDS", "6"))


def loss_of_keras(draw: loss_draws.Draw) -> tuple[np.ndarray, np.ndarray]:
    """The value and the gradient in the predictions."""
    import jax
    import jax.numpy as jnp

    options = {k: tuple(v) if isinstance(v, list) else v for k, v in draw.options.items()}
    loss = getattr(keras.losses, draw.kind)(**options)
    gradient = jax.grad(lambda p: jnp.sum(loss(draw.y_true, p, draw.weight)))(draw.y_pred)
    return np.array(loss(draw.y_true, draw.y_pred, draw.weight)), np.array(gradient)


def metric_of_keras(draw: metric_draws.Draw) -> tuple[np.ndarray, list[np.ndarray]]:
    """The result and the state."""
    metric = metric_draws.updated(getattr(keras.metrics, draw.kind)(**draw.options), draw)
    return np.array(metric.result()), [np.array(v) for v in metric.variables]


def compared(draws: Any, theirs: Callable[[Any], Any], kind: str) -> dict[str, list[str]]:
    wrong = {}
    for seed in range(SEEDS):
        draw = draws.drawn(kind, seed)
        if found := draws.differences(draw, theirs(draw)):
            wrong[str((seed, draw.options))] = found
    return wrong


@pytest.mark.parametrize("kind", loss_draws.DRAWS)
def test_drawn_losses_and_gradients_are_those_of_keras(kind: str) -> None:
    assert not compared(loss_draws, loss_of_keras, kind)


@pytest.mark.parametrize("kind", metric_draws.DRAWS)
def test_drawn_metrics_and_states_are_those_of_keras(kind: str) -> None:
    assert not compared(metric_draws, metric_of_keras, kind)


def test_all_of_keras_is_drawn() -> None:
    for module, draws, apart in (
        (keras.losses, loss_draws, {"Loss"}),
        (keras.metrics, metric_draws, {"Metric", "Mean", "Sum", "MeanMetricWrapper"}),
    ):
        classes = {n for n, v in vars(module).items() if isinstance(v, type)}
        assert classes - apart == set(draws.DRAWS)
