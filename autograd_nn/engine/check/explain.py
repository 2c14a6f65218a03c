"""From findings to words: the worst entry, and what the pattern of errors looks like."""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.check.cause import guess
from autograd_nn.engine.check.judge import WRONG, Evidence, Finding, Judge
from autograd_nn.engine.check.probes import EVERY, Probe
from autograd_nn.engine.check.report import Worst
from autograd_nn.engine.check.subject import Subject


def explain(judge: Judge, evidence: Evidence, order: int) -> tuple[Worst, str]:
    """The worst entry, and what the pattern of errors looks like."""
    wrong = evidence.wrong
    alone = [f for f in wrong if f.probe.single]
    if not alone:
        alone = _narrowed(judge, wrong[0])
    chosen = max(alone or wrong, key=_severity)
    leaf, index = _place(evidence.subject, chosen.probe)
    unit = chosen.probe.step[0] if chosen.probe.single else 1.0
    row = evidence.v[chosen.row]
    single_output = len(row) == 1 or (np.count_nonzero(row) == 1 and row.max() == 1)
    worst = Worst(
        leaf, index, chosen.ad / unit, chosen.slope / unit, chosen.error / abs(unit),
        int(np.flatnonzero(row)[0]) if single_output and len(row) > 1 else None,
        chosen.mode, order,
    )  # fmt: skip
    return worst, _cause(evidence, chosen)


def _severity(f: Finding) -> float:
    if not np.isfinite(f.ad):
        return np.inf
    return abs(f.ad - f.slope) / max(abs(f.ad), abs(f.slope))


def _narrowed(judge: Judge, found: Finding) -> list[Finding]:
    """The single entry behind a wrong block, by halving it; empty where none alone is wrong."""
    at, step = found.probe.at, found.probe.step
    last: list[Finding] = []
    while len(at) > 1:
        half = len(at) // 2
        for part in (slice(None, half), slice(half, None)):
            leaf = _leaf_of(judge.subject, at[part][0])
            last = judge.try_(Probe(at[part], step[part], leaf))
            last = [f for f in last if f.outcome == WRONG]
            if last:
                at, step = at[part], step[part]
                break
        else:
            return []
    return last


def _leaf_of(subject: Subject, i: int) -> int:
    return next(k for k, (a, b) in enumerate(subject.bounds) if a <= i < b)


def _place(subject: Subject, probe: Probe) -> tuple[str, tuple[int, ...] | None]:
    """The input's name, and the entry's index in it."""
    if not probe.single and probe.leaf is None:
        return "all inputs together", None
    k = _leaf_of(subject, int(probe.at[0]))
    leaf = subject.leaves[k]
    if not probe.single:
        return leaf.name, None
    flat = int(probe.at[0]) - subject.bounds[k][0]
    return leaf.name, tuple(int(i) for i in np.unravel_index(flat, leaf.array.shape))


def _cause(evidence: Evidence, worst: Finding) -> str:
    """A guess from the leaf's entries that were probed alone, all cotangents."""
    start, stop = evidence.subject.bounds[_leaf_of(evidence.subject, int(worst.probe.at[0]))]
    columns: dict[int, dict[int, Finding]] = {}
    for f in evidence.findings:
        if f.probe.single and f.mode == worst.mode and start <= f.probe.at[0] < stop:
            columns.setdefault(int(f.probe.at[0]), {})[f.row] = f
    if not columns:
        return ""
    at = sorted(columns)
    step = {i: next(iter(columns[i].values())).probe.step[0] for i in at}
    alone = (np.count_nonzero(evidence.v, axis=1) == 1).nonzero()[0]
    rows = alone.tolist() or range(len(evidence.v))
    ad = np.array([[columns[i][r].ad / step[i] for i in at] for r in rows])
    numeric = np.array([[columns[i][r].slope / step[i] for i in at] for r in rows])
    leaf = next(x for x, b in zip(evidence.subject.leaves, evidence.subject.bounds, strict=True)
                if b == (start, stop))  # fmt: skip
    whole = stop - start <= EVERY
    error = np.array([[columns[i][r].error / step[i] for i in at] for r in rows])
    numeric = np.where(np.abs(numeric) <= 10 * error, 0.0, numeric)
    return guess(ad, numeric, leaf.array.shape if whole else (len(at),))
