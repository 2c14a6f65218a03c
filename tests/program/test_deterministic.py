"""The same bits with one thread and with two, and in every run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import hashlib
import numpy as np
from autograd_nn import nn
for width in (8, 160):
    nn.set_random_seed(3)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(320, width)).astype("float32")
    y = (x[:, :1] > 0).astype("float32")
    model = nn.Sequential([
        nn.Input((width,)), nn.Dense(4 * width, activation="relu"), nn.Dropout(0.2),
        nn.Dense(1, activation="sigmoid"),
    ])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=2, batch_size=96, verbose=0)
    digest = hashlib.sha256()
    for w in model.get_weights():
        digest.update(w.tobytes())
    digest.update(model.predict(x, verbose=0).tobytes())
    print(digest.hexdigest())
"""


def test_no_bit_depends_on_the_number_of_threads(kernels: Path) -> None:
    """Of a model that is too small for threads to share, and of one that they do share."""
    found = set()
    for threads in ("1", "2", "2"):
        env = {**os.environ, "AUTOGRAD_NN_THREADS": threads, "AUTOGRAD_NN_CACHE": str(kernels)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=env, capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        found.add(done.stdout)
    [text] = found
    assert len(set(text.split())) == 2
