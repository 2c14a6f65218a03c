"""Writes what Keras makes of the cases of nn/optimizers/optimizer_cases.py, as a stored sample.

Run by hand where Keras is: ``KERAS_BACKEND=jax python -m tests.peers.keras_optimizers``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from tests.nn.optimizers.optimizer_cases import CASES, COMMON, Case, gradients, start

FILE = Path(__file__).parents[1] / "nn" / "data" / "optimizers.json"
SCHEDULES: list[Case] = [
    ("ExponentialDecay", {"initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.6}),
    ("ExponentialDecay", {
        "initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.6, "staircase": True,
    }),
    ("InverseTimeDecay", {"initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.6}),
    ("InverseTimeDecay", {
        "initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.6, "staircase": True,
    }),
    ("PolynomialDecay", {"initial_learning_rate": 0.5, "decay_steps": 20, "power": 0.5}),
    ("PolynomialDecay", {
        "initial_learning_rate": 0.5, "decay_steps": 9, "end_learning_rate": 0.1, "cycle": True,
    }),
    ("PiecewiseConstantDecay", {"boundaries": [3, 10], "values": [0.5, 0.2, 0.1]}),
    ("PiecewiseConstantDecay", {"boundaries": [5], "values": [0.5, 0.2]}),
    ("CosineDecay", {"initial_learning_rate": 0.5, "decay_steps": 20, "alpha": 0.1}),
    ("CosineDecay", {
        "initial_learning_rate": 0.1, "decay_steps": 20, "warmup_target": 0.5, "warmup_steps": 7,
    }),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.5, "first_decay_steps": 9}),
    ("CosineDecayRestarts", {
        "initial_learning_rate": 0.5, "first_decay_steps": 7, "t_mul": 1.0, "m_mul": 0.7,
        "alpha": 0.1,
    }),
]  # fmt: skip


def trained(optimizer: Any) -> dict[str, Any]:
    """The weights after all steps, the state's names, and its values."""
    import keras

    ws = [keras.Variable(w, name=name) for name, w in start().items()]
    for gs in gradients():
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gs], ws)
    return {
        "weights": [plain(w) for w in ws],
        "names": [v.name for v in optimizer.variables],
        "state": [plain(v) for v in optimizer.variables],
    }


def plain(array: Any) -> Any:
    """An array as lists of numbers of seven digits."""
    found = np.array(array, "float64")
    return json.loads(json.dumps(found.tolist(), default=float), parse_float=_short)


def _short(text: str) -> float:
    return float(f"{float(text):.7g}")


def main() -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    found: dict[str, Any] = {"optimizers": [], "schedules": []}
    for name, options in (*CASES, *COMMON):
        made = getattr(keras.optimizers, name)(**options)
        found["optimizers"].append([name, options, trained(made)])
    for name, options in SCHEDULES:
        made = getattr(keras.optimizers.schedules, name)(**options)
        rates = [plain(made(np.int32(step))) for step in range(30)]
        found["schedules"].append([name, options, rates])
    parts = [f'"{k}": [\n' + ",\n".join(map(json.dumps, rows)) + "]" for k, rows in found.items()]
    FILE.write_text("{" + ",\n".join(parts) + "}\n")


if __name__ == "__main__":
    main()
