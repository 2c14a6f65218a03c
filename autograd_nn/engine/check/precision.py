"""Low precision: gradients in the inputs' own dtype against those of the same ops in float64."""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.check.report import Worst
from autograd_nn.engine.check.subject import Subject

ROUNDINGS = 64  # how many roundings of the inputs' size an entry may be off by


def compare(subject: Subject, v: np.ndarray, high: np.ndarray, seed: int) -> Worst | None:
    """The entry whose low-precision gradient is beyond what rounding explains; None: all are near.

    What rounding explains is measured: how much the float64 gradient moves when the inputs do, by
    as much as the low precision rounds them.
    """
    random = np.random.default_rng(seed)
    x = subject.point
    eps = np.concatenate([
        np.full(leaf.array.size, float(np.finfo(leaf.array.dtype).eps)) for leaf in subject.leaves
    ])  # fmt: skip
    coarse = float(eps.max(initial=0.0))
    with np.errstate(all="ignore"):
        low = subject.pull(x, v, high=False)
        moved = np.zeros_like(high)
        for _ in range(4):
            nudged = x * (1 + eps * random.uniform(-4, 4, x.shape))
            moved = np.fmax(moved, np.abs(subject.pull(nudged, v) - high))
    worst, severity = None, 1.0
    for leaf, (start, stop) in zip(subject.leaves, subject.bounds, strict=True):
        for row in range(len(v)) if stop > start else ():
            exact, given = high[row, start:stop], low[row, start:stop]
            allowed = 1e4 * coarse * np.abs(exact) + ROUNDINGS * moved[row, start:stop].max()
            allowed += 1e3 * coarse * np.abs(exact).max()
            off = np.where(np.isfinite(given), np.abs(given - exact), np.inf)
            off[~np.isfinite(exact)] = 0.0
            with np.errstate(all="ignore"):
                ratio = np.where(off > 0, off / allowed, 0.0)
            i = int(np.argmax(ratio))
            if ratio[i] > severity:
                severity = float(ratio[i])
                index = tuple(int(k) for k in np.unravel_index(i, leaf.array.shape))
                worst = Worst(leaf.name, index, float(given[i]), float(exact[i]), float(allowed[i]))
    return worst
