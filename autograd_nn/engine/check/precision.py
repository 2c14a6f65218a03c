"""Low precision: gradients in the inputs' own dtype against those of the same ops in float64.

What rounding explains is derived from the arithmetic done; see arithmetic.py.
"""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.check.arithmetic import EACH
from autograd_nn.engine.check.report import Worst
from autograd_nn.engine.check.subject import Subject
from autograd_nn.engine.halves import finfo

CAUSE = (
    "right in float64, wrong in the inputs' own dtype: a cast, an overflow or a cancellation in "
    "low precision"
)
LOST = (
    "in the inputs' own dtype a derivative is lost in the rounding of what it is made of; pass the "
    "inputs in float64"
)
FREE = 32  # roundings of its own size that an entry may be off by without a question
ASKED = 8  # entries per cotangent whose arithmetic is looked at


def compare(subject: Subject, v: np.ndarray, high: np.ndarray) -> tuple[Worst | None, bool]:
    """The entry beyond what rounding explains (None: all are near), and whether any is lost.

    Lost is an entry that is beyond the arithmetic known, but not beyond what an op may hide.
    """
    random = np.random.default_rng(0)
    x = subject.point
    eps = np.concatenate([
        np.full(leaf.array.size, float(finfo(leaf.array.dtype).eps)) for leaf in subject.leaves
    ])  # fmt: skip
    coarse = float(eps.max(initial=0.0))
    with np.errstate(all="ignore"):
        low = subject.pull(x, v, high=False)
        off = np.where(np.isfinite(low), np.abs(low - high), np.inf)
        off = np.where(np.isfinite(high), off, 0.0)
        least = _least(subject)
        asked = off > FREE * coarse * np.abs(high) + least
        if not asked.any():
            return None, False
        moved = np.zeros_like(high)
        for _ in range(4):
            nudged = x * (1 + eps * random.uniform(-4, 4, x.shape))
            moved = np.fmax(moved, np.abs(np.nan_to_num(subject.pull(nudged, v) - high)))
    worst, severity, lost = None, 1.0, False
    for row in np.flatnonzero(asked.any(axis=1)):
        allowed = FREE * coarse * np.abs(high[row]) + 64 * moved[row] + least
        ratio = np.where(asked[row], off[row] / allowed, 0.0)
        entries = np.argsort(-ratio)[:ASKED]
        entries = entries[ratio[entries] > 1]
        if not entries.size:
            continue
        units = np.zeros((len(entries), x.size))
        units[np.arange(len(entries)), entries] = 1
        for i, (known, hidden) in zip(
            entries, subject.rounding(x, v[row], list(units)), strict=True
        ):
            room = float(allowed[i] + EACH * coarse * known)
            if off[row, i] <= room + EACH * coarse * hidden:
                lost |= bool(off[row, i] > room)
            elif not off[row, i] <= severity * room:
                severity = float(off[row, i] / room)
                name, index = subject.place(int(i))
                worst = Worst(
                    name, index, float(low[row, i]), float(high[row, i]), room,
                    against="in float64", low=True,
                )  # fmt: skip
    return worst, lost


def _least(subject: Subject) -> float:
    """What is lost where numbers become too small for the dtype."""
    return max(float(finfo(leaf.array.dtype).tiny) for leaf in subject.leaves)
