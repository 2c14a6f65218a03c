"""Writes what Keras's layers do in some draws: tests/nn/data/layers.npz and windows.npz.

``KERAS_BACKEND=jax python -m tests.peers.store_layers [windows]``, run as a module.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tests.nn.layers.layer_draws import DRAWS, drawn
from tests.nn.layers.layer_findings import cotangent, weight_like
from tests.nn.layers.window_draws import WINDOW_DRAWS
from tests.nn.stored import save
from tests.peers.test_layer_parity import built, comparable, theirs

SEEDS = range(100, 103)
FILES = {"layers": DRAWS, "windows": WINDOW_DRAWS}


def entry(kind: str, seed: int) -> dict[str, Any] | None:
    draw = drawn(kind, seed, DRAWS | WINDOW_DRAWS)
    if not comparable(draw):
        return None
    found, layer = theirs(draw), built(draw)
    weights = [weight_like(v.path, np.array(v), i) for i, v in enumerate(layer.weights)]
    return {
        **{"options": draw.options, "inputs": draw.inputs, "call": draw.call, "weights": weights},
        "cotangent": cotangent(found.output.shape),
        **found._asdict(),
    }


if __name__ == "__main__":
    for name in sys.argv[1:] or FILES:
        entries = {
            k: [e for s in SEEDS if (e := entry(k, s)) is not None] for k in FILES[name]
        }
        save(name, entries)
        print(name, sum(map(len, entries.values())), "entries")
