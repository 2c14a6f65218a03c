"""Processes killed while they save: ``python -m tests.nn.files.kills FOLDER ENDING COUNT``.

Each child saves one model over and over to one path, all its weights one number, another each time.
Whatever moment it dies at, the file that stays can be read, and all numbers in it are one.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn import nn


def model() -> Any:
    made = nn.Sequential([nn.Input((3,)), nn.Dense(40), nn.Dense(1)])
    made.compile("sgd", "mse")
    return made


def fill(made: Any, number: float) -> None:
    made.set_weights([np.full(w.shape, number, w.dtype) for w in made.get_weights()])


def read(path: Path) -> float:
    """The one number in a file."""
    if path.name.endswith((".weights.h5", ".npz")):
        made = model()
        made.load_weights(path)
    else:
        made = nn.models.load_model(path)
    (found,) = {float(v) for w in made.get_weights() for v in w.ravel()}
    return found


def save(made: Any, path: Path, number: float) -> None:
    fill(made, number)
    whole = not path.name.endswith((".weights.h5", ".npz"))
    (made.save if whole else made.save_weights)(path)


def killed(path: Path, count: int) -> int:
    """Kills so many processes; returns how many numbers were found, of which some must differ."""
    made, found, r = model(), set[float](), random.Random(1)
    save(made, path, 0)
    for i in range(count):
        child = os.fork()
        if not child:
            for number in itertools.count(1000 * i):
                save(made, path, number)
        time.sleep(r.uniform(0.005, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found.add(read(path))
    save(made, path, 0)  # which clears away what the dead left
    return len(found)


if __name__ == "__main__":
    folder, ending, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    several = killed(folder / f"model{ending}", times)
    parts = [f for f in os.listdir(folder) if f.endswith(".part")]
    print(f"{times} processes killed while they saved to *{ending}: {several} states found.")
    sys.exit(several < 2 or bool(parts))
