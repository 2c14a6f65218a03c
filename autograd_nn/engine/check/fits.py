"""Slopes with error bars: polynomials through more points than they have coefficients.

Everything here sees numbers along a line, ``along(h)``: the results of a function, h away from the
point. Steps are relative (the caller scales the direction), so that nothing depends on units.

At one scale h a polynomial is fitted to 13 values at random places within ±h. What it misses is the
error of the values, from whatever cause: rounding anywhere inside, a kink, the edge of a domain, a
wavelength shorter than h. So the slope's standard error knows all of them, and nothing has to be
said about the function. Scales are tried from large to small; a kink or an edge nearby is left
behind on the way, rounding comes up instead, and between the two lies the scale that tells most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

Along = Callable[[float], np.ndarray]

LARGEST, SMALLEST, RATIO = 0.2, 1e-14, 7.0
SIDE = 6  # points on each side
ROUNDED = 1e-8  # where the rounding of x + h is felt in h
PATTERNS = 8  # places drawn once; the scale is drawn anew
CENTRAL, ONE_SIDED = 4, 2  # degrees: 5 coefficients for 13 points, 3 for 7
SIGMAS = 3.0  # standard errors in what is called an error


@dataclass(frozen=True)
class Slope:
    """Slopes at 0 and the error of each; ``spread``: what the values miss the polynomial by."""

    value: np.ndarray
    spread: np.ndarray
    gain: float  # how a value's error grows into the slope's

    def error(self, floor: np.ndarray) -> np.ndarray:
        """No value is known better than to ``floor``, however well the points fit."""
        return (SIGMAS * self.spread + floor) * self.gain


@dataclass(frozen=True)
class Scale:
    """What the values within ±h say.

    central   the slopes of the functionals, from both sides or from the only side there is.
    sides     the slopes of the results on the left and on the right; None where one side lacks.
    flat      the functionals whose values are all the same.
    """

    h: float
    central: Slope
    sides: tuple[Slope, Slope] | None
    flat: np.ndarray
    whole: bool  # whether the function is defined on both sides


class Pattern:
    """Places in [-1, 1], and the polynomials of least squares through values there."""

    def __init__(self, t: np.ndarray) -> None:
        self.t = t
        self.all = self._solved(slice(None), CENTRAL)
        self.left = self._solved(slice(None, SIDE + 1), ONE_SIDED)
        self.right = self._solved(slice(SIDE, None), ONE_SIDED)

    def _solved(self, used: slice, degree: int) -> tuple[slice, np.ndarray, np.ndarray]:
        """Which places, what takes values to the slope, and what to all that is missed."""
        powers = np.vander(self.t[used], degree + 1, increasing=True)
        inverse = np.linalg.pinv(powers)
        missed = np.eye(len(powers)) - powers @ inverse
        return used, inverse[1], missed / np.sqrt(len(powers) - degree - 1)


@cache
def _patterns() -> list[Pattern]:
    random = np.random.default_rng(1)
    sides = (np.arange(SIDE) + random.uniform(0.3, 1.0, (PATTERNS, 2, SIDE))) / SIDE
    return [Pattern(np.concatenate([-left[::-1], [0.0], right])) for left, right in sides]


def scales(
    along: Along, v: np.ndarray, random: np.random.Generator, step: Callable[[float], float] | None
) -> Iterator[Scale | None]:
    """The scales from large to small; None for one on which the function is not defined.

    v      the functionals of the results whose slopes are asked for, a row each.
    step   what is left of a step h once x + h is rounded, which matters for small ones.
    """
    at = along(0.0)
    h = LARGEST
    while h > SMALLEST:
        pattern = _patterns()[random.integers(PATTERNS)]
        places, unit = pattern.t, h * float(random.uniform(0.7, 1.0))
        if step is not None and h < ROUNDED:
            pattern = Pattern(np.array([step(unit * p) for p in pattern.t]) / unit)
            if (np.diff(pattern.t) <= 0).any():  # the points are neighbours
                return
        moved = np.array([along(unit * p) if p else at for p in places]) - at
        yield _scale(unit, pattern, moved, v)
        h /= RATIO


def _scale(h: float, pattern: Pattern, moved: np.ndarray, v: np.ndarray) -> Scale | None:
    inside = np.isfinite(moved).all(axis=1)
    whole = bool(inside.all())
    one = pattern.right if inside[SIDE:].all() else pattern.left
    if not whole and not inside[one[0]].all():
        return None
    used = pattern.all if whole else one
    values = moved[used[0]] @ v.T
    sides = tuple(_fit(moved[s[0]], s, h) for s in (pattern.left, pattern.right)) if whole else None
    return Scale(h, _fit(values, used, h), sides, ~values.any(axis=0), whole)  # type: ignore[arg-type]


def _fit(values: np.ndarray, used: tuple[slice, np.ndarray, np.ndarray], h: float) -> Slope:
    """The slope at 0 of the polynomial through values, and how far they are from it."""
    _, to_slope, to_missed = used
    missed = to_missed @ values
    size = np.abs(missed).max(axis=0)  # scaled, so that squares neither overflow nor vanish
    unit = np.where(size > 0, size, 1.0)
    spread = unit * np.sqrt(((missed / unit) ** 2).sum(axis=0))
    return Slope((to_slope @ values) / h, spread, float(np.linalg.norm(to_slope)) / h)
