"""What a subject's derivatives are compared in: its point, its value there, and their rounding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from autograd_nn.engine.check import probes
from autograd_nn.engine.check.subject import Subject

HALVINGS = 64  # mixtures that are taken apart


class Setting:
    """A subject at its point, and how far its values can be relied on."""

    def __init__(self, subject: Subject, modes: Sequence[str], seed: int) -> None:
        self.subject = subject
        self.modes = tuple(m for m in modes if m == "rev" or subject.forward)
        self.random = np.random.default_rng(seed)
        self.x = subject.point
        self.y = subject.value(self.x)
        self.eps = subject.precision()
        self.rtol = max(1e-6, 50 * self.eps)  # of Σ|gᵢuᵢ|: what a derivative is granted at once
        self.v = probes.cotangents(self.y, self.random)
        self.gradient = subject.pull(self.x, self.v)
        self.size = probes.scales(subject.split(self.x))
        self.halvings = HALVINGS

    @cached_property
    def one_rule(self) -> bool:
        """Whether one rule alone makes the derivative: then its kinks cannot add up."""
        return self.subject.one_rule()

    @cached_property
    def floor(self) -> np.ndarray:
        """The rounding of each vᵀy itself."""
        return self.eps * (np.abs(self.v) @ np.abs(self.y))

    @cached_property
    def noise(self) -> np.ndarray:
        """How much each vᵀy is uncertain at least: by its terms, and by an ulp of the inputs."""
        with np.errstate(all="ignore"):
            size, at = self.floor, self.v @ self.y
            for x in self.nudged:
                moved = np.abs(self.v @ self.subject.value(x) - at)
                size = np.fmax(size, np.where(np.isfinite(moved), moved, 0))
        return size

    @cached_property
    def nudged(self) -> list[np.ndarray]:
        """The point, moved by a few units in the last place."""
        ulps = [self.random.uniform(-4, 4, self.x.shape) for _ in range(3)]
        return [self.x * (1 + self.eps * u) for u in ulps]

    @cached_property
    def moved(self) -> np.ndarray:
        """The derivatives at the nudged points, less those at the point: their own rounding."""
        pulled = [self.subject.pull(x, self.v) for x in self.nudged]
        return np.array(pulled) - self.gradient
