"""Slopes by differences: a Ridders ladder that states its own error, and one-sided slopes at kinks.

Everything here sees numbers along a line, ``along(h)``: the values of several functions at once, h
away from the point. Steps are relative (the caller scales the direction), so that nothing depends
on units.

Source: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering
Software 4 (1982), with a floor for rounding that is measured rather than assumed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Along = Callable[[float], np.ndarray]

START, SECOND_START = 0.1, 1e-3  # the second ladder is for what the first one misjudged
NEAR_START = 3e-7
SMALLEST = 1e-9
COLUMNS = 6
CONFIRM = 3e-6  # a step far below the ladder's, where truncation is nothing


@dataclass(frozen=True)
class Slope:
    """Derivatives along a line and the error of each; an infinite error: none was found."""

    value: np.ndarray
    error: np.ndarray


def slope(along: Along, noise: np.ndarray, enough: float, jitter: float = 1.0) -> Slope:
    """The derivatives at 0 of ``along``, from both sides, or from one where the other is undefined.

    noise    how much each value is uncertain by rounding.
    enough   the relative error at which the ladder ends.
    jitter   a factor of about 1, so that no step is in step with a period of the function.
    """
    with np.errstate(all="ignore"):
        found = _ladder(along, noise, enough, START * jitter, _central)
        if np.isinf(found.error).all():
            for side in (1.0, -1.0):
                one = _ladder(along, noise, enough, START * jitter, _one_sided(side))
                if np.isfinite(one.error).any():
                    return one
            return found
        step = CONFIRM * jitter
        check = _central(along, step)[0]
        allowed = 10 * found.error + 40 * noise / step + 1e-6 * np.abs(found.value)
        if np.isfinite(check).all() and (np.abs(check - found.value) > allowed).any():
            return _ladder(along, noise, enough, SECOND_START * jitter, _central)
        return found


def near_slope(along: Along, noise: np.ndarray, enough: float, jitter: float = 1.0) -> Slope:
    """The derivatives from steps so small that a kink close by is out of reach; less exact."""
    with np.errstate(all="ignore"):
        return _ladder(along, noise, enough, NEAR_START * jitter, _central)


def _central(along: Along, h: float) -> tuple[np.ndarray, int]:
    """The symmetric difference, and the power of h by which its error falls."""
    return (along(h) - along(-h)) / (2 * h), 2


def _one_sided(side: float) -> Callable[[Along, float], tuple[np.ndarray, int]]:
    def difference(along: Along, h: float) -> tuple[np.ndarray, int]:
        return (along(side * h) - along(0.0)) / (side * h), 1

    return difference


def _ladder(
    along: Along,
    noise: np.ndarray,
    enough: float,
    h: float,
    difference: Callable[[Along, float], tuple[np.ndarray, int]],
) -> Slope:
    """Halves h, extrapolates to 0 (Richardson), and keeps the entry with the smallest error."""
    best = np.full(noise.shape, np.nan)
    error = np.full(noise.shape, np.inf)
    above: list[np.ndarray] = []
    while h > SMALLEST:
        first, power = difference(along, h)
        if not np.isfinite(first).all():  # outside the domain: come nearer
            above, h = [], h / 2
            continue
        row = [first]
        for j, older in enumerate(above[: COLUMNS - 1]):
            row.append(row[j] + (row[j] - older) / (2 ** (power * (j + 1)) - 1))
        floor = 4 * noise / h
        for j in range(min(len(row), len(above))):
            e = np.abs(row[j] - above[j])
            if j:
                e = np.maximum(e, np.abs(row[j] - row[j - 1]))
                e = np.maximum(e, np.abs(row[j] - above[j - 1]))
            e = e + floor
            better = e < error
            best = np.where(better, row[j], best)
            error = np.where(better, e, error)
        # A smaller step cannot help where rounding alone would already cost more.
        if len(above) > 1 and ((error <= enough * np.abs(best)) | (2 * floor >= error)).all():
            break
        above, h = row, h / 2
    return Slope(best, error)


@dataclass(frozen=True)
class Kink:
    """Slopes on the two sides of a point where they differ, one per value."""

    left: np.ndarray
    right: np.ndarray


def kink(along: Along, noise: np.ndarray, scale: np.ndarray) -> Kink | None:
    """The one-sided slopes at 0 if they differ and still do at half the step; None: it is smooth.

    scale   the size of each slope that matters: smaller jumps are not kinks.
    """
    with np.errstate(all="ignore"):
        at = along(0.0)
        h = 1e-6
        right, left = (along(h) - at) / h, (at - along(-h)) / h
        right2, left2 = (along(h / 2) - at) * 2 / h, (at - along(-h / 2)) * 2 / h
        far, near = np.abs(right - left), np.abs(right2 - left2)
        real = near > 1e-4 * scale + 40 * noise / h
        lasting = near > 0.7 * far
        if not (real & lasting).any():
            return None
        return Kink(2 * left2 - left, 2 * right2 - right)
