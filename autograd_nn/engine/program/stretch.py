"""Stretches: a step over many batches, natively, coming back to Python ten times a second.

The first batch runs eagerly and is recorded; while kernels compile behind it the next batches run
eagerly too; then the program takes over, gathering each batch itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.mode import Settings, mode
from autograd_nn.engine.program.guards import Guards
from autograd_nn.engine.program.library import library, native_wanted
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.record import record
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.engine.whole import whole

LOST = 0.1  # the share of the time before kernels are there that compiling may cost
PAUSE = 0.05  # seconds a native stretch may take: progress, callbacks and Ctrl-C wait no longer


class Watch:
    """Objects a recorded function reads, and a count that stands still while none is changed."""

    def __init__(self, objects: Callable[[], Iterable[Any]], count: Callable[[], int]) -> None:
        self._objects, self._count = objects, count
        self.settle()

    def settle(self) -> None:
        """From here on, changes count."""
        self._guards, self._seen = Guards(None, self._objects()), self._count()

    def hold(self) -> bool:
        """Whether nothing was changed since."""
        now = self._count()
        if now != self._seen:
            if not self._guards.hold():
                return False
            self._seen = now
        return True


class Pace:
    """Keeps compiling from slowing the steps that wait for it.

    Two threads of BLAS on two cores wait for one another: with a third process on the cores a step
    may take ten times as long. So the first steps tell what is usual. When the time lost since has
    come to `LOST` of all, the helpers rest until it is less.
    """

    def __init__(self) -> None:
        self.usual: float | None = None  # seconds of a step that nobody disturbs
        self.first = 0  # how many told it
        self.total = self.lost = self.rested = 0.0

    @property
    def known(self) -> bool:
        return self.first >= 3

    def step(self, seconds: float) -> None:
        """A step took so long."""
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
        rest = self.lost / LOST - self.total
        if rest > 0 and library().compiler.pause(rest):
            self.rested = now + rest


class Stepper:
    """One step function's programs, by the shapes of its batches."""

    def __init__(
        self, step: Callable[..., Any], watch: Watch, deterministic: bool | None = None
    ) -> None:
        self.step, self.watch, self.deterministic = step, watch, deterministic
        self.programs: dict[Any, Program] = {}
        self.seconds: dict[Any, float] = {}  # a batch takes, as last measured
        self.pace: dict[Any, Pace] = {}

    def check(self) -> None:
        """Forgets the programs where something they read was changed."""
        if not self.watch.hold():
            self.programs.clear()
            self.watch.settle()

    def eager(
        self, arrays: Sequence[np.ndarray], rows: np.ndarray, key: Any = None
    ) -> None:
        """Runs the step on the given rows, op by op."""
        started = time.perf_counter()
        whole(self.step, *[wrap(a[rows]) for a in arrays])
        if key is not None:
            self.pace[key].step(time.perf_counter() - started)

    def ready(self, key: Any) -> bool:
        """Whether a program can run; it asks for its kernels when what is usual is known."""
        return self.programs[key].ready(ask=self.pace[key].known)

    def first(self, key: Any, arrays: Sequence[np.ndarray], rows: np.ndarray) -> bool:
        """Runs a batch eagerly and records it; whether that stands.

        Where programs wait for their kernels the batch is the program's, like all others: what
        the recorded run changed is taken back, so that all bits are the program's.
        """

        def run(batch: list[Tensor]) -> None:
            self.step(*batch)

        _, graph, _ = whole(record, run, [[wrap(a[rows]) for a in arrays]])
        program = self.programs[key] = Program(graph, batch=len(rows))
        self.pace[key] = Pace()
        waits = _waits(self.deterministic)
        undone = program.ready(wait=waits, ask=False) and waits
        if undone:
            graph.undo()
        self.watch.settle()  # the first batch may have built what is watched
        return not undone


def _waits(own: bool | None) -> bool:
    """Whether programs wait for their kernels: a model's own setting, else the process's."""
    return Settings.deterministic if own is None else own


class Replay:
    """A function of one array to one array, its program by the array's shape."""

    def __init__(
        self, f: Callable[[Tensor], Tensor], watch: Watch, deterministic: bool | None = None
    ) -> None:
        self.f, self.watch, self.deterministic = f, watch, deterministic
        self.programs: dict[Any, Program] = {}

    def __call__(self, array: np.ndarray) -> np.ndarray:
        if mode.recorder is not None or not native_wanted():
            return self.f(wrap(array)).array
        if not self.watch.hold():
            self.programs.clear()
            self.watch.settle()
        key = (array.shape, array.dtype)
        program = self.programs.get(key)
        if program is None:
            result, graph, _ = record(self.f, [wrap(array)])
            program = self.programs[key] = Program(graph)
            self.watch.settle()
            if not program.ready(wait=_waits(self.deterministic)):
                return result.array
            # the program's own result from the first call on: all calls agree to the last bit
            return program.run([array])[0]
        if not program.ready():
            return self.f(wrap(array)).array
        return program.run([array])[0]


def stretches(
    stepper: Stepper,
    arrays: Sequence[np.ndarray],
    order: np.ndarray,
    batch_size: int,
    per_batch: bool,
) -> Iterator[int]:
    """Runs the step on the rows ``order`` names, batch by batch; yields the batches done so far.

    per_batch   come back after every batch; otherwise after `PAUSE` seconds at the latest.
    """
    n = len(order)
    total = -(-n // batch_size)
    full = n // batch_size
    if not native_wanted():
        for i in range(total):
            stepper.eager(arrays, order[i * batch_size : (i + 1) * batch_size])
            yield i + 1
        return
    stepper.check()
    shapes = tuple((a.shape[1:], a.dtype) for a in arrays)
    done = 0
    while done < total:
        size = batch_size if done < full else n - full * batch_size
        last = full if done < full else total
        rows = order[done * batch_size : done * batch_size + size]
        key = (shapes, size)
        program = stepper.programs.get(key)
        if program is None:
            if stepper.first(key, arrays, rows):
                done += 1
                yield done
            continue
        if not stepper.ready(key):
            stepper.eager(arrays, rows, key)
            done += 1
            yield done
            continue
        base = 0 if done < full else full
        feed = [np.ascontiguousarray(a) for a in arrays], order[base * batch_size :]
        each = stepper.seconds.get(key, PAUSE)
        while done < last:
            fitting = int(PAUSE / each) if each else last
            count = 1 if per_batch else max(1, min(last - done, fitting))
            if program.fed is not feed:  # another call of the model has run meanwhile
                program.feed(*feed)
                program.fed = feed
            started = time.perf_counter()
            program.steps(done - base, done - base + count)
            each = stepper.seconds[key] = (time.perf_counter() - started) / count + 1e-9
            done += count
            yield done
