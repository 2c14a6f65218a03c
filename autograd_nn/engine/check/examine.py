"""One direction, looked at closely: which of its scales tell the slope, and does the tape agree?

A slope counts where it is certain, and a derivative is wrong only if it contradicts the most
certain scale and a second one. Kinks, steps of rounding and edges of the domain each have their
signature across the scales; what has none of them and no certain scale is left open, with a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd_nn.engine.check.arithmetic import EACH
from autograd_nn.engine.check.fits import Scale, Slope, scales
from autograd_nn.engine.check.probes import Probe
from autograd_nn.engine.check.trial import (
    BLUNT,
    EDGE,
    FLAT,
    KINKED,
    KINKS,
    PASSED,
    ROUGH,
    STAIRS,
    UNSURE,
    WRONG,
    Trial,
)

if TYPE_CHECKING:
    from autograd_nn.engine.check.judge import Judge

BARS = 10.0  # errors that a contradiction is away; an error is three standard errors already
CERTAIN = 0.05  # the relative error from which a slope may contradict
SMOOTH = 100  # roundings of the value that a smooth one is off by
SHARP = 1e-4  # the relative error from which one confirms
CLEAR = 1e-7  # the relative error from which two suffice
STEPS = 3.0  # steps of rounding that a flat stretch must hide to be no plateau
ROUNDED = 2.0**-22  # the widest flat stretch, relative, that rounding to float32 makes
JUMP = 0.1  # of the slope: what a derivative's rounding stays below
FAR = 10.0  # jumps from one slope to the other that no sum of kinks is away
CLOSER = 64  # values among which the height of such a step is looked for


class Examination:
    """One direction: its scales, and the outcome of each mode and functional."""

    def __init__(
        self, judge: Judge, probe: Probe, u: np.ndarray, claims: np.ndarray, mass: np.ndarray
    ) -> None:
        self.judge, self.probe, self.u, self.claims, self.mass = judge, probe, u, claims, mass
        self.known: dict[float, np.ndarray] = {}
        self.scales: list[Scale] = []
        self.values: list[np.ndarray] = []  # per scale, slopes of the functionals
        self.errors: list[np.ndarray] = []
        self.sizes: list[np.ndarray] = []  # what a relative error is relative to
        self.certain: list[np.ndarray] = []
        self.near: list[np.ndarray] = []  # whether the claims agree, as claims
        self.confirmed: list[np.ndarray] = []
        self.left_domain = False

    def along(self, h: float) -> np.ndarray:
        if h not in self.known:
            self.known[h] = self.judge.subject.value(self.judge.x + h * self.u)
        return self.known[h]

    def _step(self, h: float) -> float:
        x, u = float(self.judge.x[self.probe.at[0]]), float(self.probe.step[0])
        return ((x + h * u) - x) / u

    def trial(self) -> Trial:
        """Goes to smaller scales until everything is confirmed, or there are none left."""
        judge = self.judge
        spreads: list[np.ndarray] = []
        step = self._step if self.probe.single else None
        for scale in scales(self.along, judge.v, judge.random, step):
            if scale is None:
                self.left_domain = True
                continue
            central = scale.central
            spread = central.spread
            if len(spreads) > 1:  # noise does not shrink with the scale: chance made it small
                spread = np.fmax(spread, np.fmin(spreads[-1], spreads[-2]))
            spreads.append(central.spread)
            self._add(scale, Slope(central.value, spread, central.gain).error(judge.floor))
            if (self.confirmed[-1] | self._refuted()).all():
                break
        return self._decided()

    def _add(self, scale: Scale, error: np.ndarray) -> None:
        value = scale.central.value
        size = np.fmax(np.where(np.isfinite(self.mass), self.mass, 0), np.abs(value))
        near = self._is_near(value, error, size)
        # Small beside the slope, or as smooth as rounding lets it be: at a cusp or an edge nearby
        # an error may be small beside the claim alone, and the slope still grow on the way in.
        smooth = scale.whole & (scale.central.spread <= SMOOTH * self.judge.noise)
        certain = (error <= CERTAIN * np.abs(value)) | ((error <= CERTAIN * size) & smooth)
        self.certain.append(certain & ~scale.flat)
        self.scales.append(scale)
        self.values.append(value)
        self.errors.append(error)
        self.sizes.append(size)
        self.near.append(near)
        self.confirmed.append(near & (error <= SHARP * size) & ~scale.flat)

    def _is_near(
        self, value: np.ndarray, error: np.ndarray, size: np.ndarray, extra: float = 0.0
    ) -> np.ndarray:
        room = self.judge.rtol * size + BARS * error + extra
        return np.isfinite(self.claims) & (np.abs(self.claims - value) <= room)

    def _refuted(self) -> np.ndarray:
        """Where two scales contradict so sharply that smaller ones have nothing to add."""
        count = np.zeros(self.claims.shape, int)
        for k in range(len(self.scales)):
            count += ~self.near[k] & (self.errors[k] <= CLEAR * self.sizes[k])
        return (count > 1) & np.isfinite(self.claims) & (self.claims != 0)

    def _decided(self) -> Trial:
        shape = self.claims.shape
        rows = shape[1]
        found = Trial(
            self.probe, self.claims, np.full(rows, np.nan), np.full(rows, np.inf),
            np.full(shape, BLUNT, dtype="U8"), np.zeros(shape, bool), np.zeros(shape, bool),
        )  # fmt: skip
        if not self.scales:
            found.why = EDGE
            return found
        for row in range(rows):
            best = self._best(row)
            found.slope[row], found.error[row] = self.values[best][row], self.errors[best][row]
            for mode in range(shape[0]):
                found.outcome[mode, row], why = self._outcome(mode, row, best)
                found.why = why or found.why
                size = self.sizes[best][row]
                felt = size > 100 * self.judge.noise[row] and not self.scales[best].flat[row]
                found.sharp[mode, row] = found.outcome[mode, row] == PASSED and felt
                off = abs(self.claims[mode, row] - found.slope[row]) + found.error[row]
                found.rough[mode, row] = found.outcome[mode, row] == BLUNT and off <= 0.25 * size
        return found

    def _best(self, row: int) -> int:
        """The scale with the least error; a flat one only where all larger ones are flat too."""
        errors = np.array([e[row] for e in self.errors])
        errors[np.isnan(errors)] = np.inf
        certain = np.array([c[row] for c in self.certain])
        flat = np.array([s.flat[row] for s in self.scales])
        for wanted in (certain, ~flat):
            if wanted.any():
                return int(np.argmin(np.where(wanted, errors, np.inf)))
        return int(np.argmin(errors))

    def _outcome(self, mode: int, row: int, best: int) -> tuple[str, str]:
        """The outcome, and the reason where it is open."""
        a, size = self.claims[mode, row], self.sizes[best][row]
        if np.isfinite(a):
            if self.near[best][mode, row] and any(c[mode, row] for c in self.confirmed):
                return PASSED, ""
        bend = self._bend(row)
        if bend is None and not self.scales[best].flat[row]:
            against = [k for k in range(len(self.scales)) if self._contradicts(k, mode, row)]
            if best in against and len(against) > 1:
                width = self._flat_below(row)
                if width is not None and a == 0 and width > ROUNDED:
                    return BLUNT, STAIRS
                return (BLUNT, UNSURE) if self._unproved(mode, row, best) else (WRONG, "")
        if bend is not None:
            return self._at_kink(a, row, bend, size)
        if self._zero(a, row, best):
            return PASSED, ""
        width = self._flat_below(row)
        if width is not None and (self.probe.single or not self.near[best][mode, row]):
            return (WRONG, "") if self._steps_are_lower(a, row, width) else (BLUNT, FLAT)
        if self.left_domain or not self.scales[best].whole:
            return BLUNT, EDGE
        return BLUNT, ROUGH

    def _zero(self, a: float, row: int, best: int) -> bool:
        """Whether the derivative is zero to rounding, and so is the slope."""
        if self.mass[row] == 0 and all(s.flat[row] for s in self.scales):
            return True
        spread = float(np.median([s.central.spread[row] for s in self.scales]))
        noise, error = max(self.judge.noise[row], spread), self.errors[best][row]
        if not noise:  # too small for its own digits
            return False
        small = abs(a) <= 100 * noise and error <= 1e4 * noise
        return bool(small and abs(self.values[best][row]) <= BARS * error)

    def _contradicts(self, k: int, mode: int, row: int) -> bool:
        finite = np.isfinite(self.claims[mode, row])
        if not finite and self.errors[k][row] <= 1e3 * self.judge.noise[row]:
            return True
        return bool(self.certain[k][row] and not self.near[k][mode, row])

    def _unproved(self, mode: int, row: int, best: int) -> bool:
        """Whether the derivative's own rounding may explain what it is off by."""
        judge, size = self.judge, self.sizes[best][row]
        moved = 4 * BARS * np.abs(np.nan_to_num(judge.moved[:, row]) @ self.u).max()
        if moved > JUMP * size:  # no rounding: it chooses another side of a kink
            moved = 0.0
        made_of = judge.subject.rounding(judge.x, judge.v[row], [self.u])[0]
        moved += EACH * judge.eps * sum(made_of)
        near = self._is_near(self.values[best], self.errors[best], self.sizes[best], float(moved))
        return bool(near[mode, row])

    # ---- plateaus ----

    def _flat_below(self, row: int) -> float | None:
        """The widest scale on which nothing moves, nor on any below; None if the last one does."""
        width = None
        for scale in reversed(self.scales):
            if not scale.flat[row]:
                break
            width = scale.h
        return width

    def _steps_are_lower(self, a: float, row: int, width: float) -> bool:
        """Whether a slope would have shown on a flat stretch: whether it hides many steps.

        Where a value is rounded inside the function, it goes in steps, and a flat stretch hides
        about one. Their height is the least difference between values just beyond the stretch.
        """
        if not np.isfinite(a):
            return True  # that nothing moves is certain; what is not finite is not zero
        if all(s.flat[row] for s in self.scales):
            x, y = self.judge.x, self.judge.v[row] @ self.judge.y
            step = 4 * self.judge.eps * max(np.abs(x[np.isfinite(x)]).max(initial=0.0), abs(y))
        else:
            places = self.judge.random.uniform(-8, 8, CLOSER) * width
            values = np.sort([self.judge.v[row] @ self.along(h) for h in places])
            gaps = np.diff(values[np.isfinite(values)])
            step = float(gaps[gaps > 0].min(initial=np.inf))
        return bool(abs(a) * 2 * width > STEPS * step)

    # ---- kinks ----

    def _bend(self, row: int) -> int | None:
        """The scale that tells best two slopes that differ and still do closer by; None: smooth."""
        seen = []
        for k, scale in enumerate(self.scales):
            sides = self._sides(k, row)
            if sides is None:
                continue
            low, high, error = sides
            if high - low > BARS * error and error <= CERTAIN * max(abs(low), abs(high)):
                seen.append((error, k, scale.h))
        return min(seen)[1] if len(seen) > 1 else None

    def _sides(self, k: int, row: int) -> tuple[float, float, float] | None:
        """The range of slopes between the two sides, summed over the results, and its error."""
        sides = self.scales[k].sides
        if sides is None:
            return None
        v, floor = self.judge.v[row], self.judge.eps * np.abs(self.judge.y)
        both = np.array([v * s.value for s in sides])
        error = float(sum(np.abs(v) @ s.error(floor) for s in sides))
        return float(both.min(axis=0).sum()), float(both.max(axis=0).sum()), error

    def _at_kink(self, a: float, row: int, k: int, size: float) -> tuple[str, str]:
        """Every value between the one-sided slopes is a derivative that some convention chooses."""
        low, high, error = self._sides(k, row)  # type: ignore[misc]
        room = BARS * error + self.judge.rtol * size
        if low - room <= a <= high + room:
            return KINKED, ""
        # Of several rules each chooses for itself, often 0, and their sum may lie anywhere.
        alone = self.probe.single and self.judge.one_rule and a != 0
        far = max(low - a, a - high) > FAR * (high - low)
        return (WRONG, "") if alone or far or not np.isfinite(a) else (BLUNT, KINKS)
