"""The judgement: derivatives from the tape against differences, probe by probe.

A difference that agrees with the derivative to a millionth settles a probe: two ways to one number
do not meet by chance. All else is examined, at many scales and with error bars (`examine`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograd_nn.engine.check import probes
from autograd_nn.engine.check.arithmetic import EACH
from autograd_nn.engine.check.examine import Examination
from autograd_nn.engine.check.probes import Probe
from autograd_nn.engine.check.setting import Setting
from autograd_nn.engine.check.subject import Subject
from autograd_nn.engine.check.trial import BLUNT, KINKS, PASSED, WRONG, Trial

STEP = 4e-3  # relative; at half of it again
LEAST = 1e-300  # a derivative below it has lost digits, and its product with a step more
SEVERAL = 4  # wrong entries of an input, from which no other is looked at
NEARBY, DISTANCE = 12, 1e-5  # points at whose slopes a mixture with kinks is looked at


@dataclass
class Evidence:
    """All trials of one subject, and what they were made of."""

    subject: Subject
    v: np.ndarray
    gradient: np.ndarray  # vᵀJ from the tape, a row a cotangent
    trials: list[Trial]

    @property
    def wrong(self) -> list[Trial]:
        return [t for t in self.trials if t.wrong]


class Judge(Setting):
    """Compares a subject's derivatives with differences of its value."""

    def judge(self) -> Evidence:
        with np.errstate(all="ignore"):
            weight = np.nansum(np.abs(self.gradient), axis=0) * self.size
            chosen = list(probes.directions(self.subject.bounds, self.size, weight, self.random))
            found: list[Trial] = []
            # Entries first, the most suspicious before others: of inputs with a wrong entry no
            # mixture has anything to add, and of those with several no other entry.
            for trial in sorted(self._quick(chosen), key=lambda t: (not t.probe.single, -t.off)):
                if self._is_enough(trial) or self._is_answered(trial, found):
                    found.append(trial)
                else:
                    found += self.try_(trial.probe)
        return Evidence(self.subject, self.v, self.gradient, found)

    def direction(self, probe: Probe) -> np.ndarray:
        u = np.zeros_like(self.x)
        u[probe.at] = probe.step
        return u

    def claims(self, directions: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """What the tape says of each direction, in every mode, and Σ|gᵢuᵢ|, which it is held to."""
        products = [_product(self.gradient, u) for u in directions]
        claims = {"rev": np.array([p[0] for p in products])}
        if "fwd" in self.modes:
            pushed = self.subject.push(self.x, directions)
            claims["fwd"] = np.array([_product(self.v, t)[0] for t in pushed])
        return np.stack([claims[m] for m in self.modes], axis=1), np.array([p[1] for p in products])

    def _quick(self, chosen: Sequence[Probe]) -> list[Trial]:
        """A central difference a probe; where that is not enough a second one, extrapolated."""
        if not chosen:
            return []
        h = STEP * float(self.random.uniform(0.7, 1.0))
        directions = [self.direction(p) for p in chosen]
        claims, mass = self.claims(directions)
        near = self._differences(h / 2, directions)
        slope, error = near / h, self.rtol * mass
        felt = self._agree(claims, slope, mass)
        settled = felt.copy()
        more = np.flatnonzero(~felt.all(axis=(1, 2)))
        if more.size:
            far = self._differences(h, [directions[i] for i in more])
            slope[more] = (8 * near[more] - far) / (6 * h)
            error[more] = np.abs(near[more] / h - slope[more])
            felt[more] = self._agree(claims[more], slope[more], mass[more])
            still = ((near[more] == 0) & (far == 0) & (mass[more] == 0))[:, None]
            settled[more] = felt[more] | (still & (claims[more] == 0))
            # Where parts cancel in a functional, the others tell the direction's derivative.
            least = EACH * self.floor / h
            none = (np.abs(claims[more]) <= least) & (np.abs(slope[more]) <= least)[:, None]
            settled[more] |= none & felt[more].any(axis=2, keepdims=True)
        outcome = np.where(settled, PASSED, BLUNT)
        return [
            Trial(p, claims[i], slope[i], error[i], outcome[i], felt[i], felt[i])
            for i, p in enumerate(chosen)
        ]

    def _differences(self, h: float, directions: Sequence[np.ndarray]) -> np.ndarray:
        x, value = self.x, self.subject.value
        return np.array([value(x + h * u) - value(x - h * u) for u in directions]) @ self.v.T

    def _agree(self, claims: np.ndarray, slope: np.ndarray, mass: np.ndarray) -> np.ndarray:
        size = np.fmax(mass, np.abs(slope))[:, None]
        near = np.abs(claims - slope[:, None]) <= self.rtol * size
        return near & (size > LEAST) & np.isfinite(size)

    def _is_enough(self, trial: Trial) -> bool:
        return trial.settled and (bool(trial.sharp.any()) or not self._wider(trial.probe))

    def _is_answered(self, trial: Trial, found: list[Trial]) -> bool:
        leaf = trial.probe.leaf
        wrong = sum(t.wrong and t.probe.single and leaf in (None, t.probe.leaf) for t in found)
        return wrong >= (SEVERAL if trial.probe.single else 1)

    def _wider(self, probe: Probe) -> Probe | None:
        """A step of its leaf's typical size, for an entry that may be too small to be felt."""
        if not probe.single:
            return None
        start, stop = self.subject.bounds[probe.leaf or 0]
        typical = float(np.median(self.size[start:stop]))
        if typical <= 10 * probe.step[0]:
            return None
        return Probe(probe.at, np.array([typical]), probe.leaf)

    def try_(self, probe: Probe) -> list[Trial]:
        """The trials of a probe: examined, wider where it was not felt, and taken apart if need be.

        A mixture is linear in its entries, so what is wrong in it is wrong in one of its halves. If
        both are right, kinks meet in it.
        """
        with np.errstate(all="ignore"):
            found = self._examined(probe)
            if not found.sharp.any() and not found.wrong and not found.kinked:
                wider = self._wider(probe)
                again = None if wider is None else self._examined(wider)
                if again is not None and (again.sharp.any() or again.wrong):
                    return [again]
            torn = found.wrong or found.why == KINKS
            if not torn or probe.single or self.halvings <= 0:
                return [found]
            self.halvings -= 1
            middle = len(probe.at) // 2
            halves: list[Trial] = []
            for part in (slice(None, middle), slice(middle, None)):
                if not any(t.wrong for t in halves):
                    halves += self.try_(self._part(probe, part))
            if not found.wrong or any(t.wrong for t in halves):
                return halves
            settled = all(t.settled for t in halves) and not self._excluded(found)
            if settled or any(t.why == KINKS for t in halves):
                found.outcome = np.where(found.outcome == WRONG, BLUNT, found.outcome)
                found.why = KINKS
            return [found]

    def _part(self, probe: Probe, part: slice) -> Probe:
        at = probe.at[part]
        leaf = next(k for k, (_, stop) in enumerate(self.subject.bounds) if at[0] < stop)
        return Probe(at, probe.step[part], leaf, probe.wide)

    def _excluded(self, trial: Trial) -> bool:
        """Whether no point nearby has the slope that is claimed of a mixture, with any kink."""
        if not self.one_rule:
            return False
        u = self.direction(trial.probe)
        slopes, h = [], 1e-2 * DISTANCE
        for _ in range(NEARBY):
            x = self.x + DISTANCE * self.random.uniform(-1, 1, self.x.shape) * self.size
            ahead, behind = (self.subject.value(x + s * u) for s in (h, -h))
            slopes.append(self.v @ (ahead - behind) / (2 * h))
        room = 2 * DISTANCE * np.abs(slopes).max(axis=0) + 10 * self.noise / h
        low, high = np.min(slopes, axis=0) - room, np.max(slopes, axis=0) + room
        inside = (trial.claims >= low) & (trial.claims <= high)
        return bool((~inside & (trial.outcome == WRONG)).any())

    def _examined(self, probe: Probe) -> Trial:
        u = self.direction(probe)
        claims, mass = self.claims([u])
        return Examination(self, probe, u, claims[0], mass[0]).trial()


def _product(rows: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row's Σ rᵢxᵢ and Σ|rᵢxᵢ|, where 0·inf is 0: what is not moved does not count."""
    terms = np.where((rows == 0) | (x == 0), 0.0, rows * x)
    size = np.abs(terms)
    size = np.where((rows != 0) & (x != 0), np.fmax(size, np.finfo(float).tiny), size)
    return terms.sum(axis=1), size.sum(axis=1)
