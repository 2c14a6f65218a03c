"""The judgement: derivatives from the tape against differences, probe by probe.

There is no absolute tolerance. What a derivative along u must match is measured by Σ|gᵢuᵢ|, what it
is compared with carries its own error, and where neither says enough the answer is "inconclusive".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from autograd_nn.engine.check import probes
from autograd_nn.engine.check.probes import Probe
from autograd_nn.engine.check.slopes import Kink, Slope, kink, near_slope, slope
from autograd_nn.engine.check.subject import Subject

PASSED, BLUNT, WRONG, KINKED = "passed", "blunt", "wrong", "kinked"


@dataclass(frozen=True)
class Finding:
    """One probe's outcome, with the derivative and the difference that decided it."""

    probe: Probe
    outcome: str
    mode: str = "rev"
    row: int = 0  # which cotangent
    ad: float = 0.0
    slope: float = 0.0
    error: float = 0.0
    sharp: bool = False  # whether a derivative other than zero was confirmed
    rough: bool = False  # whether at least its sign and order of magnitude were


@dataclass
class Evidence:
    """All findings about one subject, and what they were made of."""

    subject: Subject
    v: np.ndarray
    gradient: np.ndarray  # vᵀJ from the tape, a row a cotangent
    size: np.ndarray
    findings: list[Finding] = field(default_factory=list)

    @property
    def wrong(self) -> list[Finding]:
        return [f for f in self.findings if f.outcome == WRONG]


class Judge:
    """Compares a subject's derivatives with differences of its value."""

    def __init__(self, subject: Subject, modes: Sequence[str], seed: int) -> None:
        self.subject = subject
        self.modes = [m for m in modes if m == "rev" or subject.forward]
        self.random = np.random.default_rng(seed)
        self.x = subject.point
        self.y = subject.value(self.x)
        self.eps = subject.precision()
        self.rtol = max(1e-6, 1e4 * self.eps)
        self.sharp = max(1e-3, 1e5 * self.eps)
        self.v = probes.cotangents(self.y, self.random)
        self.gradient = subject.pull(self.x, self.v)
        self.size = probes.scales(subject.split(self.x))
        self.noise = self._noise()

    def _noise(self) -> np.ndarray:
        """How much each vᵀy is uncertain: its terms' rounding, and what an ulp of x changes."""
        with np.errstate(all="ignore"):
            size = self.eps * (np.abs(self.v) @ np.abs(self.y))
            at = self.v @ self.y
            for _ in range(3):
                ulps = self.random.uniform(-4, 4, self.x.shape) * self.eps
                moved = np.abs(self.v @ self.subject.value(self.x * (1 + ulps)) - at)
                size = np.fmax(size, np.where(np.isfinite(moved), moved, 0))
        return size

    def judge(self) -> Evidence:
        evidence = Evidence(self.subject, self.v, self.gradient, self.size)
        with np.errstate(all="ignore"):
            weight = np.nansum(np.abs(self.gradient), axis=0) * self.size
        for probe in probes.directions(self.subject.bounds, self.size, weight, self.random):
            evidence.findings += self.try_(probe)
        return evidence

    def try_(self, probe: Probe) -> list[Finding]:
        """The findings of a probe; one entry that is too small to be felt is tried larger."""
        found = self._probe(probe)
        if probe.single and not any(f.sharp or f.outcome == WRONG for f in found):
            start, stop = self.subject.bounds[probe.leaf or 0]
            typical = float(np.median(self.size[start:stop]))
            if typical > 10 * probe.step[0]:
                wider = self._probe(Probe(probe.at, np.array([typical]), probe.leaf))
                if any(f.sharp or f.outcome == WRONG for f in wider):
                    return wider
        return found

    def _probe(self, probe: Probe) -> list[Finding]:
        u = np.zeros_like(self.x)
        u[probe.at] = probe.step
        known: dict[float, np.ndarray] = {}

        def results(h: float) -> np.ndarray:
            if h not in known:
                known[h] = self.subject.value(self.x + h * u)
            return known[h]

        def along(h: float) -> np.ndarray:
            return self.v @ results(h)

        with np.errstate(all="ignore"):
            enough = max(1e-9, 100 * self.eps)
            measured = slope(along, self.noise, enough, self._jitter())
            claims = {"rev": _product(self.gradient, u)}
            if "fwd" in self.modes:
                claims["fwd"] = _product(self.v, self.subject.push(self.x, u))
            found = [f for m in self.modes for f in self._compare(probe, m, *claims[m], measured)]
            if not any(f.outcome == WRONG for f in found):
                return found
            close = near_slope(along, self.noise, enough, self._jitter())
            again = [f for m in self.modes for f in self._compare(probe, m, *claims[m], close)]
            found = [
                b if b.outcome == PASSED and abs(a.slope - b.slope) > 10 * b.error else a
                for a, b in zip(found, again, strict=True)
            ]
            if not any(f.outcome == WRONG for f in found):
                return found
            scale = np.fmax(claims["rev"][1], np.abs(measured.value))
            bend = kink(results, self._output_noise(), np.zeros_like(self.y))
            if bend is None or not self._bends(bend, scale):
                return found
            return [self._at_kink(f, bend, scale) for f in found]

    def _jitter(self) -> float:
        return float(self.random.uniform(0.7, 1.0))

    def _compare(
        self, probe: Probe, mode: str, a: np.ndarray, mass: np.ndarray, measured: Slope
    ) -> list[Finding]:
        d, error = measured.value, measured.error
        scale = np.fmax(mass, np.abs(d))
        near = np.abs(a - d) <= self.rtol * scale + 10 * error
        sharp = error <= self.sharp * scale
        zero = (np.abs(a) <= 100 * self.noise) & (np.abs(d) <= 10 * error)
        certain = error <= 0.05 * scale
        rough = np.isfinite(a) & (np.abs(a - d) + error <= 0.25 * scale)
        finite = np.isfinite(a)
        lost = ~finite & ((error <= 0.05 * np.abs(d)) | (error <= 1e3 * self.noise))
        outcomes = np.where(
            finite,
            np.where(near, np.where(sharp | zero, PASSED, BLUNT), np.where(certain, WRONG, BLUNT)),
            np.where(lost, WRONG, BLUNT),
        )
        return [
            Finding(probe, str(o), mode, k, float(a[k]), float(d[k]), float(error[k]),
                    bool(o == PASSED and sharp[k] and scale[k] > 100 * self.noise[k]),
                    bool(o == BLUNT and rough[k]))
            for k, o in enumerate(outcomes)
        ]  # fmt: skip

    def _output_noise(self) -> np.ndarray:
        return 4 * self.eps * np.abs(self.y)

    def _bends(self, bend: Kink, scale: np.ndarray) -> bool:
        jump = np.abs(self.v) @ np.abs(bend.right - bend.left)
        return bool((jump > 1e-4 * scale).any())

    def _at_kink(self, f: Finding, bend: Kink, scale: np.ndarray) -> Finding:
        """At a kink every value between the one-sided slopes is a derivative."""
        if f.outcome != WRONG:
            return f
        sides = np.array([self.v[f.row] * bend.left, self.v[f.row] * bend.right])
        low, high = float(sides.min(axis=0).sum()), float(sides.max(axis=0).sum())
        room = 1e-4 * float(scale[f.row])
        if low - room <= f.ad <= high + room:
            outcome, slope_at = KINKED, min(max(f.ad, low), high)
        else:  # a mixture of kinks need not lie between the sums; an entry alone must
            outcome, slope_at = (WRONG if f.probe.single else BLUNT), f.slope
        return Finding(f.probe, outcome, f.mode, f.row, f.ad, slope_at, f.error)


def _product(rows: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row's Σ rᵢxᵢ and Σ|rᵢxᵢ|, where 0·inf is 0: what is not moved does not count."""
    terms = np.where((rows == 0) | (x == 0), 0.0, rows * x)
    return terms.sum(axis=1), np.abs(terms).sum(axis=1)
