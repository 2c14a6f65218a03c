"""From findings to words: the worst entry, and what the pattern of errors looks like."""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.check.cause import guess
from autograd_nn.engine.check.judge import Evidence, Judge
from autograd_nn.engine.check.probes import EVERY
from autograd_nn.engine.check.report import Worst
from autograd_nn.engine.check.trial import WRONG, Trial


def explain(judge: Judge, evidence: Evidence, order: int) -> tuple[Worst, str]:
    """The worst entry, and what the pattern of errors looks like."""
    wrong = evidence.wrong
    alone = [t for t in wrong if t.probe.single]
    chosen, mode, row = max(
        ((t, int(m), int(r)) for t in alone or wrong
         for m, r in np.argwhere(t.outcome == WRONG)), key=_severity,
    )  # fmt: skip
    probe = chosen.probe
    if probe.single:
        leaf, index = judge.subject.place(int(probe.at[0]))
    else:
        leaf = "all inputs together"
        if probe.leaf is not None:
            leaf = judge.subject.leaves[probe.leaf].name
        index = None  # type: ignore[assignment]
    unit = float(probe.step[0]) if probe.single else 1.0
    v = evidence.v[row]
    single_output = len(v) == 1 or (np.count_nonzero(v) == 1 and v.max() == 1)
    worst = Worst(
        leaf, index, float(chosen.claims[mode, row]) / unit, float(chosen.slope[row]) / unit,
        float(chosen.error[row]) / abs(unit),
        int(np.flatnonzero(v)[0]) if single_output and len(v) > 1 else None,
        judge.modes[mode], order,
    )  # fmt: skip
    return worst, _cause(evidence, chosen, mode)


def _severity(found: tuple[Trial, int, int]) -> float:
    trial, mode, row = found
    a, d = trial.claims[mode, row], trial.slope[row]
    return float(abs(a - d) / max(abs(a), abs(d))) if np.isfinite(a) else np.inf


def _cause(evidence: Evidence, worst: Trial, mode: int) -> str:
    """A guess from the leaf's entries that were probed alone, all cotangents."""
    subject = evidence.subject
    first = int(worst.probe.at[0])
    k = next(k for k, (a, b) in enumerate(subject.bounds) if a <= first < b)
    start, stop = subject.bounds[k]
    columns = {int(t.probe.at[0]): t for t in evidence.trials
               if t.probe.single and start <= t.probe.at[0] < stop}  # fmt: skip
    if not columns:
        return ""
    at = sorted(columns)
    step = np.array([columns[i].probe.step[0] for i in at])
    alone = (np.count_nonzero(evidence.v, axis=1) == 1).nonzero()[0]
    rows = alone.tolist() or list(range(len(evidence.v)))
    ad = np.array([columns[i].claims[mode, rows] for i in at]).T / step
    numeric = np.array([columns[i].slope[rows] for i in at]).T / step
    error = np.array([columns[i].error[rows] for i in at]).T / step
    numeric = np.where(np.abs(numeric) <= 10 * error, 0.0, numeric)
    whole = stop - start <= EVERY
    return guess(ad, numeric, subject.leaves[k].array.shape if whole else (len(at),))
