"""Files written by a release, which every later one reads: ``python -m tests.nn.files.stored``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import autograd_nn as ag
from autograd_nn import nn

DATA = Path(__file__).parent / "data"
X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
Y = np.array([[0], [1], [1], [0]], "float32")
WHOLE = ("model.agn", "run.agn", "model.keras", "model.h5")
WEIGHTS = ("model.weights.h5", "model.npz", "weights.agn")


def model() -> Any:
    made = nn.Sequential([
        nn.Input((3,)), nn.Dense(4, activation="relu"), nn.BatchNormalization(), nn.Dropout(0.25),
        nn.Dense(1, activation="sigmoid"),
    ])  # fmt: skip
    made.compile(nn.Adam(0.01), "binary_crossentropy", ["accuracy"], run_eagerly=True)
    return made


def main() -> None:
    """Writes the files anew, and what they hold as numbers."""
    ag.random.set_seed(1)
    made = model()
    checkpoint = nn.callbacks.ModelCheckpoint(DATA / "run.agn")
    history = made.fit(X, Y, 2, epochs=2, verbose=0, callbacks=checkpoint).history
    for name in (n for n in WHOLE if n != "run.agn"):
        made.save(DATA / name)
    for name in WEIGHTS:
        made.save_weights(DATA / name)
    found = {
        "predicted": made.predict(X, verbose=0).tolist(), "history": history,
        "steps": int(made.optimizer.iterations),
        "after": model().fit(X, Y, 2, epochs=4, verbose=0, resume=DATA / "run.agn").history,
    }  # fmt: skip
    (DATA / "expected.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
