"""Pace: what calls that run op by op cost, while what would replace them is compiled."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.target.target import Target

T = TypeVar("T")
LOST = 0.1  # the share of the time before kernels are there that compiling may cost
WORTH = 0.75  # what compiling costs that is used once: predictions and the next run use it, too


class Pace:
    """Decides whether compiling has to wait for the calls that run op by op, or they for it.

    Two threads of BLAS on two cores wait for one another: with a third process on the cores a call
    may take ten times as long. So the first calls tell what is usual. Where those that are known to
    come would take longer than compiling, which may then have all cores, they wait for it. Of those
    that may come nobody knows more than how many there were: they wait once these took as long,
    and so lose about as much as they have taken. Else it is compiled behind them, and when the time
    lost since has come to `LOST` of all, that rests until it is less.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.usual: float | None = None  # seconds of a call that nobody disturbs
        self.first = 0  # how many told it
        self.total = self.lost = self.rested = 0.0

    @property
    def known(self) -> bool:
        return self.first >= 3

    def ready(self, program: Program, ahead: int = 0) -> bool:
        """Whether a program can run; it is asked for its kernels when what is usual is known.

        ahead   how many calls are known to come.
        """
        if self.usual is not None and self.known:
            lacks = program.lacks()
            if 0 < WORTH * lacks < max(self.total, ahead * self.usual):
                return self.target.waits(program)
        return program.ready(ask=self.known)

    def timed(self, f: Callable[..., T], *args: Any) -> T:
        """Makes a call that runs op by op."""
        started = time.perf_counter()
        result = f(*args)
        self.call(time.perf_counter() - started)
        return result

    def call(self, seconds: float) -> None:
        """A call took so long."""
        now = time.perf_counter()
        self.total += seconds
        if not self.known:
            self.first += 1
            self.usual = seconds if self.usual is None else min(self.usual, seconds)
            return
        assert self.usual is not None
        if now < self.rested:  # the machine itself may have become slower
            self.usual += 0.2 * (seconds - self.usual)
            return
        self.lost += max(0.0, seconds - self.usual)
        due = self.lost / LOST - self.total
        if due > 0 and self.target.rest(due):
            self.rested = now + due
