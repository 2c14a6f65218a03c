"""Writes tests/nn/data/losses.npz and metrics.npz: what Keras's do in some draws. Run as a module.

``KERAS_BACKEND=jax python -m tests.peers.store_losses``
"""

from __future__ import annotations

from tests.nn.scores import loss_draws, metric_draws
from tests.nn.stored import save
from tests.peers.test_loss_parity import loss_of_keras, metric_of_keras

SEEDS = range(100, 104)

if __name__ == "__main__":
    for name, draws, theirs in (
        ("losses", loss_draws, loss_of_keras), ("metrics", metric_draws, metric_of_keras)
    ):  # fmt: skip
        kept = {k: [draws.drawn(k, s) for s in SEEDS] for k in draws.DRAWS}  # type: ignore[attr-defined]
        save(name, {
            k: [{"draw": list(d), "told": list(theirs(d))} for d in each]  # type: ignore[operator]
            for k, each in kept.items()
        })  # fmt: skip
