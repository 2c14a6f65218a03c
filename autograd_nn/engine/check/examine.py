"""One direction, looked at closely: which of its scales tell the slope, and does the tape agree?

A slope counts where it is certain, and a derivative is wrong only if it contradicts the most
certain scale and a second one. Kinks, steps of rounding and edges of the domain each have their
signature across the scales; what has none of them and no certain scale is left open, with a reason.
"""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.check.arithmetic import EACH
from autograd_nn.engine.check.fits import Scale, Slope, scales
from autograd_nn.engine.check.probes import Probe
from autograd_nn.engine.check.setting import Setting
from autograd_nn.engine.check.trial import (
    BLUNT,
    DOUBTED,
    EDGE,
    FLAT,
    KINKED,
    KINKS,
    LOST,
    PASSED,
    ROUGH,
    STAIRS,
    UNSURE,
    WRONG,
    Trial,
)

BARS = 10.0  # errors that a contradiction is away; an error is three standard errors already
CERTAIN = 0.05  # the relative error from which a slope may contradict
STILL = 3  # scales on which nothing moves, from which no smaller one is asked
SMOOTH = 100  # roundings of the value that a smooth one is off by
SHARP = 3e-5  # the relative error from which one confirms what is within that error of it
CLEAR = 1e-7  # the relative error from which two suffice
STEPS = 3.0  # steps of rounding that a flat stretch must hide to be no plateau
ROUNDED = 2.0**-22  # the widest flat stretch, relative, that rounding to float32 makes
ZERO = 100  # roundings of the value that a derivative may have to be lost in them
JUMP = 0.1  # of the slope: what a derivative's rounding stays below
FAR = 10.0  # jumps from one slope to the other that no sum of kinks is away
CLOSER = 64  # values among which the height of such a step is looked for


class Examination:
    """One direction: its scales, and the outcome of each mode and functional."""

    def __init__(
        self, judge: Setting, probe: Probe, u: np.ndarray, claims: np.ndarray, mass: np.ndarray
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
            if (self.confirmed[-1] | self._refuted() | self._still()).all():
                break
        return self._decided()

    def _add(self, scale: Scale, error: np.ndarray) -> None:
        value = scale.central.value
        size = np.fmax(np.where(np.isfinite(self.mass), self.mass, 0), np.abs(value))
        room = self.judge.rtol * size
        near = self._is_near(value, room + BARS * error)
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
        sharp = (error <= SHARP * size) & ~scale.flat
        self.confirmed.append(sharp & self._is_near(value, room + error))

    def _is_near(self, value: np.ndarray, room: np.ndarray) -> np.ndarray:
        return np.isfinite(self.claims) & (np.abs(self.claims - value) <= room)

    def _refuted(self) -> np.ndarray:
        """Where two scales contradict so sharply that smaller ones have nothing to add."""
        count = np.zeros(self.claims.shape, int)
        for k in range(len(self.scales)):
            count += ~self.near[k] & (self.errors[k] <= CLEAR * self.sizes[k])
        return (count > 1) & np.isfinite(self.claims) & (self.claims != 0)

    def _still(self) -> np.ndarray:
        """Where nothing moves, as the tape says, on scales enough."""
        if len(self.scales) < STILL:
            return np.zeros(self.claims.shape, bool)
        flat = np.all([s.flat for s in self.scales], axis=0)
        return (self.claims == 0) & (flat & (self.mass == 0))

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
                blunt = found.outcome[mode, row] == BLUNT
                found.rough[mode, row] = blunt and (off <= 0.25 * size or why == LOST)
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
                return self._contradicted(mode, row, best)
        if bend is not None:
            return self._at_kink(a, row, bend, size)
        if a == 0 and self._beside_kink(row):
            return PASSED, ""
        if self._zero(row, best) and abs(a) <= ZERO * self._noise(row):
            return (PASSED, "") if self._is_rounding(a, row) else (BLUNT, LOST)
        width = self._flat_below(row)
        if width is not None and (self.probe.single or not self.near[best][mode, row]):
            return (WRONG, "") if self._steps_are_lower(a, row, width) else (BLUNT, FLAT)
        if self.left_domain or not self.scales[best].whole:
            return BLUNT, EDGE
        return BLUNT, ROUGH

    def _noise(self, row: int) -> float:
        """What the value is uncertain by along the line."""
        spread = float(np.median([s.central.spread[row] for s in self.scales]))
        return max(self.judge.noise[row], spread)

    def _zero(self, row: int, best: int) -> bool:
        """Whether the slope is zero to rounding."""
        if self.mass[row] == 0 and all(s.flat[row] for s in self.scales):
            return True
        noise, error = self._noise(row), self.errors[best][row]
        inside = not self.left_domain and all(s.whole for s in self.scales)
        if not noise or not inside:  # too small for its own digits; an edge may be steep
            return False
        return bool(error <= 1e4 * noise and abs(self.values[best][row]) <= BARS * error)

    def _is_rounding(self, a: float, row: int) -> bool:
        """Whether a derivative is zero but for the rounding of what it was computed from."""
        if a == 0:
            return True
        known, _ = self.judge.subject.rounding(self.judge.x, self.judge.v[row], [self.u])[0]
        return bool(abs(a) <= self._moved(row) + EACH * self.judge.eps * known)

    def _contradicts(self, k: int, mode: int, row: int) -> bool:
        finite = np.isfinite(self.claims[mode, row])
        if not finite and self.errors[k][row] <= 1e3 * self.judge.noise[row]:
            return True
        return bool(self.certain[k][row] and not self.near[k][mode, row])

    def _moved(self, row: int, size: float = np.inf) -> float:
        """What a few units in the last place of the inputs do to the derivative, by rounding.

        Entries that move by much of ``size`` do not round: they choose another side of a kink.
        """
        terms = 4 * BARS * np.nan_to_num(self.judge.moved[:, row]) * self.u
        jumped = np.abs(terms).sum(axis=1).max() > JUMP * size
        return 0.0 if jumped else float(np.abs(terms.sum(axis=1)).max())

    def _contradicted(self, mode: int, row: int, best: int) -> tuple[str, str]:
        """Wrong, unless the derivative's own rounding may explain what it is off by."""
        judge, size = self.judge, self.sizes[best]
        known, hidden = judge.subject.rounding(judge.x, judge.v[row], [self.u])[0]
        room = judge.rtol * size + BARS * self.errors[best] + self._moved(row, size[row])
        for outcome, made_of in ((BLUNT, known), (DOUBTED, known + hidden)):
            if self._is_near(self.values[best], room + EACH * judge.eps * made_of)[mode, row]:
                return outcome, UNSURE
        return WRONG, ""

    # ---- plateaus ----

    def _flat_below(self, row: int) -> float | None:
        """The widest scale on which nothing moves, nor on any below; None if the last one does."""
        width = None
        for scale in reversed(self.scales):
            if not scale.flat[row]:
                break
            width = scale.h
        return width

    def _beside_kink(self, row: int) -> bool:
        """Whether nothing moves nearby, nor ever on one side: a relu that is off, a hinge."""
        width = self._flat_below(row)
        if width is None or width <= ROUNDED:
            return False
        used = self.judge.v[row] != 0
        return self.mass[row] == 0 and all(
            scale.flat[row]
            or (
                scale.sides is not None
                and any(not (s.value[used].any() or s.spread[used].any()) for s in scale.sides)
            )
            for scale in self.scales
        )

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
