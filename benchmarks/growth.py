"""How a training step grows with its data: ``growth.py [NAME ...]``.

For each family a table over lengths, sides or channels: processor time of a step, what it is for a
multiply-add, how much memory the process took for it, and the processor time until the first step
was done natively, with an empty cache of kernels. Each row is a process of its own. Nothing grows
faster than the arithmetic where the third column falls or stays, and compiling does not grow where
the last one stays.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

ROWS = 8


def lstm(t: int) -> Any:
    from autograd_nn import nn

    return [nn.layers.LSTM(32)], (t, 16), t * 4 * 32 * (16 + 32)


def gru(t: int) -> Any:
    from autograd_nn import nn

    return [nn.layers.GRU(32, return_sequences=True)], (t, 16), t * 3 * 32 * (16 + 32)


def attention(t: int) -> Any:
    from autograd_nn import nn

    x = nn.Input((t, 32))
    y = nn.layers.MultiHeadAttention(2, 16)(x, x)
    return nn.Model(x, nn.layers.Dense(1)(y)), (t, 32), t * 4 * 32 * 32 + 2 * t * t * 32


def conv(side: int) -> Any:
    from autograd_nn import nn

    layers = [nn.layers.Conv2D(16, 3, padding="same", activation="relu"), nn.layers.MaxPooling2D(2)]
    return layers, (side, side, 8), side * side * 9 * 8 * 16


def channels(c: int) -> Any:
    from autograd_nn import nn

    return [nn.layers.Conv2D(c, 3, padding="same")], (16, 16, c), 256 * 9 * c * c


def depthwise(c: int) -> Any:
    from autograd_nn import nn

    return [nn.layers.DepthwiseConv2D(3, padding="same")], (16, 16, c), 256 * 9 * c


def ctc(t: int) -> Any:
    from autograd_nn import nn

    return [nn.layers.Dense(12)], (t, 8), t * (12 * 8 + 13)


LENGTHS, SIDES, CHANNELS = (10, 32, 100, 320, 1000), (16, 32, 64, 128, 256), (1, 4, 16, 64, 256)
FAMILIES: dict[str, tuple[Callable[[int], Any], tuple[int, ...]]] = {
    "lstm": (lstm, LENGTHS), "gru": (gru, LENGTHS), "attention": (attention, LENGTHS),
    "ctc": (ctc, LENGTHS), "conv": (conv, SIDES), "channels": (channels, CHANNELS),
    "depthwise": (depthwise, CHANNELS),
}  # fmt: skip


def measured(name: str, size: int) -> dict[str, float]:
    """One row, in this process."""
    import resource

    import numpy as np

    import autograd_nn as ag
    from autograd_nn import nn

    ag.set_deterministic(True)  # native from the first step
    make, shape, work = FAMILIES[name][0](size)
    model = nn.Sequential([nn.Input(shape), *make]) if isinstance(make, list) else make
    x = np.random.default_rng(0).normal(size=(2 * ROWS, *shape)).astype("float32")
    y: Any = np.zeros((2 * ROWS, *model.output_shape[1:]), "float32")
    if name == "ctc":
        y = np.random.default_rng(1).integers(1, 12, (2 * ROWS, 6))
    model.compile("sgd", "ctc" if name == "ctc" else "mse")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def epoch(n: int) -> float:
        began = time.process_time()
        model.fit(x, y, batch_size=ROWS, epochs=n, verbose=0, shuffle=False)
        return time.process_time() - began

    first, n = epoch(1), 1
    while (spent := epoch(n)) < 0.2:
        n *= 2
    step = min(spent, epoch(n), epoch(n)) / (2 * n)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
    return {"ms": 1e3 * step, "ns": 1e9 * step / (3 * ROWS * work), "MB": grown / 1e3, "s": first}


def main(names: list[str]) -> None:
    for name in names or FAMILIES:
        print(f"{name:>10} {'ms a step':>10} {'ns a MAC':>9} {'MB':>7} {'s to first':>10}")
        for size in FAMILIES[name][1]:
            # a helper may write its last kernels when the process has ended
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                found = subprocess.run(
                    [sys.executable, __file__, "--row", name, str(size)], check=True, text=True,
                    capture_output=True, env={**os.environ, "AUTOGRAD_NN_CACHE": folder},
                ).stdout  # fmt: skip
            r = json.loads(found)
            print(f"{size:>10} {r['ms']:10.3f} {r['ns']:9.4f} {r['MB']:7.1f} {r['s']:10.2f}",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["--row"]:
        print(json.dumps(measured(sys.argv[2], int(sys.argv[3]))))
    else:
        main(sys.argv[1:])
