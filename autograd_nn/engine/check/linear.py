"""What needs no differences: a pullback is linear in its cotangent; both modes are one matrix."""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.check.arithmetic import EACH
from autograd_nn.engine.check.judge import Evidence, Judge
from autograd_nn.engine.check.report import Worst

FACTORS = (-2.0, 1024.0, -(2.0**-10))  # powers of two: a linear rule follows them to the last bit
CAUSE = "the rule is not linear in the cotangent: it ignores it, or uses its sign, size or square"
ROUNDING = 1e-7  # relative; for rules that take a detour through logarithms, say


def nonlinear(judge: Judge) -> Worst | None:
    """The entry where f(c·v) is not c·f(v); None: the pullback is linear.

    A rule that ignores its cotangent, or takes its size, its sign or its square, is right at 1.
    """
    signs = judge.random.choice([-1.0, 1.0], judge.y.shape)  # unlike the others of no odd size
    v = np.array([signs, judge.v[-1]])[: 1 + (judge.y.size > 1)]
    which = np.repeat(np.arange(len(v)), len(FACTORS))
    factors = np.tile(FACTORS, len(v))[:, None]
    with np.errstate(all="ignore"):
        expected = judge.subject.pull(judge.x, v)[which] * factors
        found = judge.subject.pull(judge.x, v[which] * factors)
        off = np.abs(found - expected)
        size = np.abs(expected)
        # An overflow, or a number too small to have all its digits, is nobody's mistake.
        fair = np.isfinite(expected) & (size < 1e300) & ((size > 1e-300) | (expected == 0))
        fair &= np.isfinite(found) | (size < 1e30)
        wrong = fair & ~(off <= ROUNDING * size)
        if wrong.any():
            # The cotangent is nudged and not the point, where a kink would answer for the rule.
            ulps = 1 + judge.eps * judge.random.uniform(-4, 4, (3, *v.shape))
            nudged = [judge.subject.pull(judge.x, v * u)[which] * factors for u in ulps]
            wrong &= ~(off <= 100 * np.abs(nudged - expected).max(axis=0))
    if not wrong.any():
        return None
    k, i = np.unravel_index(int(np.argmax(np.where(wrong, off, -1.0))), off.shape)
    name, index = judge.subject.place(int(i))
    unit = float(factors[k, 0])  # told as the derivative that the rule gives under this cotangent
    return Worst(
        name, index, float(found[k, i]) / unit, float(expected[k, i]) / unit, 0.0,
        against=f"under another cotangent, {abs(unit):g} times as large",
    )  # fmt: skip


def disagreement(judge: Judge, evidence: Evidence) -> Worst | None:
    """Where vᵀ(J·u) by forward mode is not (vᵀJ)·u by reverse mode; None: they agree."""
    if len(judge.modes) < 2:
        return None
    for trial in evidence.trials:
        reverse, forward = trial.claims
        u = judge.direction(trial.probe)
        with np.errstate(all="ignore"):
            mass = np.where(judge.gradient == 0, 0.0, np.abs(judge.gradient * u)).sum(axis=1)
            off = np.abs(reverse - forward)
            wrong = np.isfinite(off) & (off > judge.rtol * np.fmax(mass, np.abs(forward)))
            if wrong.any():
                moved = np.abs(np.nan_to_num(judge.moved) @ u).max(axis=0)
                wrong &= off > 100 * moved + np.finfo(float).tiny
            for k in np.flatnonzero(wrong):  # parts may cancel, and leave their rounding
                known, _ = judge.subject.rounding(judge.x, judge.v[k], [u])[0]
                wrong[k] = off[k] > EACH * judge.eps * known
            if wrong.any():  # within a loop, whose arithmetic leaves no trace: beside what it makes
                beside = np.abs(np.nan_to_num(judge.subject.push(judge.x, [u])[0])).max(initial=0)
                wrong &= off > EACH * judge.eps * beside * np.abs(judge.v).max(axis=1)
        if wrong.any():
            row = int(np.argmax(np.where(wrong, off, -1.0)))
            single = trial.probe.single
            name, index = judge.subject.place(int(trial.probe.at[0])) if single else ("", None)
            unit = float(trial.probe.step[0]) if single else 1.0
            return Worst(
                name or "a mixture of inputs", index, float(reverse[row]) / unit,
                float(forward[row]) / unit, 0.0, against="by forward mode",
            )  # fmt: skip
    return None
