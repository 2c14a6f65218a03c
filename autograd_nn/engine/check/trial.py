"""What a probe found, and why some say nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd_nn.engine.check.probes import Probe

PASSED, BLUNT, WRONG, KINKED = "passed", "blunt", "wrong", "kinked"
DOUBTED = "doubted"  # off, and only the rounding that an op may hide would explain it

FLAT = "the function does not change beyond its own rounding"
EDGE = "the function is at the edge of its domain, or its slope is infinite"
ROUGH = "the function is too rough: rounding or steps hide its slope"
KINKS = "kinks meet there, and the derivative lies outside of the slopes on the two sides"
STAIRS = "the function goes in small steps, flat in themselves"
LOST = "the derivative is not zero, but too small to be told from it by the function's values"
UNSURE = "the derivative itself is uncertain by rounding"


@dataclass
class Trial:
    """One probe: claims (a row a mode, a column a functional) against slopes by differences."""

    probe: Probe
    claims: np.ndarray
    slope: np.ndarray
    error: np.ndarray
    outcome: np.ndarray  # as claims
    sharp: np.ndarray  # as claims: whether a derivative other than zero was confirmed
    rough: np.ndarray  # as claims: whether its sign and order of magnitude were, or it is lost
    why: str = ""

    @property
    def off(self) -> float:
        """How far apart claim and slope are, relative to the larger; inf if none is finite."""
        with np.errstate(all="ignore"):
            size = np.fmax(np.abs(self.claims), np.abs(self.slope))
            off = np.where(size > 0, np.abs(self.claims - self.slope) / size, 0.0)
        return float(np.where(np.isfinite(off), off, np.inf).max(initial=0.0))

    @property
    def settled(self) -> bool:
        return bool(np.isin(self.outcome, (PASSED, KINKED)).all())

    @property
    def wrong(self) -> bool:
        return bool((self.outcome == WRONG).any())

    @property
    def kinked(self) -> bool:
        return bool((self.outcome == KINKED).any())
