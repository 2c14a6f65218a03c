"""Stretches: a step over many batches, natively, coming back to Python twenty times a second.

The first batch runs eagerly and is recorded; while kernels compile behind it the next batches run
eagerly too, or wait for them where these are many; then the program takes over, gathering each
batch itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.beside import WORTH
from autograd_nn.engine.graph.guards.guards import Guards
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.mode import Settings, mode
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.records import Records
from autograd_nn.engine.program.target.pace import Pace
from autograd_nn.engine.program.target.target import Target
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.engine.whole import whole

PAUSE = 0.05  # seconds a native stretch may take: progress, callbacks and Ctrl-C wait no longer


class Watch:
    """Objects a recorded function reads, and a count that stands still while none is changed."""

    def __init__(self, objects: Callable[[], Iterable[Any]], count: Callable[[], int]) -> None:
        self.objects, self.count = objects, count


class Watched:
    """One program, and whether what its record read of Python is as it was."""

    def __init__(self, program: Program, guards: Guards, watch: Watch) -> None:
        self.program, self.guards, self.watch = program, guards, watch
        self._seen = watch.count()

    def holds(self) -> bool:
        """Whether nothing was changed since; what is counted is looked at when the count moved."""
        now = self.watch.count()
        if now == self._seen:
            return self.guards.steady()
        if not self.guards.hold():
            return False
        self._seen = now
        return True


class Programs:
    """The programs of one function, by the shapes of what it is given."""

    def __init__(
        self, door: str, f: Callable[..., Any], watch: Watch, deterministic: bool | None,
        target: Target,
    ) -> None:  # fmt: skip
        self.f, self.watch, self.deterministic = f, watch, deterministic
        self._records = Records(door, f, target)
        self._found: dict[Any, Watched] = {}

    @property
    def waits(self) -> bool:
        """Whether programs wait for their kernels: a model's own setting, else the process's."""
        return Settings.deterministic if self.deterministic is None else self.deterministic

    def get(self, key: Any) -> Program | None:
        """The program for a key, while what its record read holds."""
        found = self._found.get(key)
        return found.program if found is not None and found.holds() else None

    def program(self, key: Any) -> Program:
        """The program for a key, which is there."""
        return self._found[key].program

    def ask(self) -> None:
        """Asks for the kernels of programs that have none yet."""
        for found in self._found.values():
            found.program.ready()

    def all(self) -> dict[Any, Program]:
        """The programs there are."""
        return {key: found.program for key, found in self._found.items()}

    def ran(self, key: Any, times: int) -> None:
        """Notes that a program has run: it was not recorded in vain."""
        self._found[key].guards.runs += times

    def vain(self, key: Any) -> bool:
        """Whether the next call is to run op by op, for recording has proved to be vain."""
        old = self._found.pop(key, None)
        return self._records.patience(key).rests(None if old is None else old.guards)

    def record(
        self, key: Any, arguments: list[Any], batch: int = 0, count: int = 1, rows: int = 0,
        ask: bool = True, again: bool = False,
    ) -> tuple[Any, Program | None, bool]:
        """Runs f op by op and records it; no program where the record could not be replayed.

        ask     False leaves it to a later call to ask for the kernels.
        again   the program itself is to run in place of the recorded run, where it is ready. It
                does so too where programs wait for their kernels: all bits are then the program's.
        Returns f's result, the program, and whether the run stands; else what it changed is taken
        back.
        """
        guards, waits = Guards(self.f, self.watch.objects()), self.waits
        taken = self._records.take(
            key, guards, lambda: whole(record, self.f, arguments), batch, count, rows, waits, ask
        )
        if taken.program is None:
            return taken.result, None, True
        self._found[key] = Watched(taken.program, guards, self.watch)
        stands = not (taken.ready and (again or waits))
        if not stands:
            taken.graph.undo()
        return taken.result, taken.program, stands


class Stepper:
    """One step function's programs, by the shapes of its batches."""

    def __init__(
        self, step: Callable[..., Any], watch: Watch, deterministic: bool | None, target: Target
    ) -> None:
        self.step, self.target = step, target
        self.recorded = Programs("fit", step, watch, deterministic, target)
        self.seconds: dict[Any, float] = {}  # a batch takes, as last measured
        self.met: set[Any] = set()  # shapes of batches that came alone
        self.pace: dict[Any, Pace] = {}

    @property
    def programs(self) -> dict[Any, Program]:
        """The programs by the shapes of a batch."""
        return self.recorded.all()

    def eager(
        self, arrays: Sequence[np.ndarray], rows: np.ndarray, key: Any = None
    ) -> None:
        """Runs the step on the given rows, op by op."""
        batch = [wrap(a[rows]) for a in arrays]
        if key is None:
            whole(self.step, *batch)
        else:
            self.pace[key].timed(whole, self.step, *batch)

    def ready(self, key: Any, ahead: int) -> bool:
        """Whether a program can run; ``ahead``: how many batches are known to come."""
        return self.pace[key].ready(self.recorded.program(key), ahead)

    def single(self, key: Any) -> bool:
        """Whether a batch that comes alone may be the only one of its shape: it is not recorded."""
        if key in self.met or self.recorded.waits:
            return False
        self.met.add(key)
        return True

    def first(
        self, key: Any, arrays: Sequence[np.ndarray], rows: np.ndarray, count: int
    ) -> bool:
        """Runs a batch, of so many, eagerly and records it; False: the program is to run it."""
        if self.recorded.vain(key):
            self.eager(arrays, rows)
            return True
        self.pace[key] = Pace(self.target)
        batch = [wrap(a[rows]) for a in arrays]
        of = len(arrays[0]) if hasattr(arrays, "kept") else 0
        return self.recorded.record(key, batch, len(rows), count, of, ask=False)[2]


class Replay:
    """A function of arrays to a list of arrays, its program by the arrays' shapes."""

    def __init__(
        self, f: Callable[..., list[Tensor]], watch: Watch, deterministic: bool | None,
        target: Target,
    ) -> None:  # fmt: skip
        self.f, self.target = f, target
        self.recorded = Programs("predict", f, watch, deterministic, target)
        self.pace: dict[Any, Pace] = {}

    def __call__(self, *arrays: np.ndarray) -> list[np.ndarray]:
        if mode.recorder is not None:
            return self._eagerly(arrays)
        key = tuple([(a.shape, a.dtype) for a in arrays])
        program = self.recorded.get(key)
        if program is None:
            if not self.target.wanted() or self.recorded.vain(key):
                return self._eagerly(arrays)
            given = [wrap(a) for a in arrays]
            result, program, stands = self.recorded.record(key, given, again=True)
            if program is None or stands:
                return [y.array for y in result]
            # the program's own result from the first call on: all calls agree to the last bit
            return program.run(list(arrays))
        if not program.ready():
            pace = self.pace.setdefault(key, Pace(self.target))
            if not pace.ready(program):
                return pace.timed(self._eagerly, arrays)
        return program.run(list(arrays))

    def _eagerly(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [y.array for y in self.f(*[wrap(a) for a in arrays])]


def stretches(
    stepper: Stepper,
    arrays: Sequence[np.ndarray],
    order: np.ndarray,
    batch_size: int,
    at_most: int,
    before: int = 0,
    watched: bool = True,
    ahead: Callable[[], int] = lambda: 0,
    meanwhile: Callable[[], None] | None = None,
) -> Iterator[int]:
    """Runs the step on the rows ``order`` names, batch by batch; yields the batches done so far.

    at_most   come back after every so many batches, counted from ``before`` the first of these;
              0: after `PAUSE` seconds.
    watched   False: nobody sees how far it is, and a target may take longer, see `Target.long`.
    ahead     how many batches are to come in all, as far as is known: see `Pace`.
    meanwhile is called while batches run, at most once: not where they run op by op, or soon end.
    """
    pause = PAUSE if watched else max(PAUSE, stepper.target.long)
    n = len(order)
    total = -(-n // batch_size)
    full = n // batch_size
    if not stepper.target.wanted():
        for i in range(total):
            stepper.eager(arrays, order[i * batch_size : (i + 1) * batch_size])
            yield i + 1
        return
    shapes = tuple((a.shape[1:], a.dtype) for a in arrays)
    done = 0
    while done < total:
        size = batch_size if done < full else n - full * batch_size
        last = full if done < full else total
        rows = order[done * batch_size : done * batch_size + size]
        key = (shapes, size)
        program = stepper.recorded.get(key)
        if program is None:
            if total == 1 and stepper.single(key):
                stepper.eager(arrays, rows)
                done += 1
                yield done
                continue
            if stepper.first(key, arrays, rows, last - done):
                done += 1
                yield done
            continue
        if not (program.ready(ask=False) or stepper.ready(key, max(ahead(), total - done))):
            stepper.eager(arrays, rows, key)
            done += 1
            yield done
            continue
        base = 0 if done < full else full
        feed = [np.ascontiguousarray(a) for a in arrays], order[base * batch_size :]
        each = stepper.seconds.get(key, pause)
        while done < last:
            fitting = int(pause / each) if each else last
            room = at_most - (before + done) % at_most if at_most else fitting
            count = max(1, min(last - done, room))
            count = stepper.target.team.tell("pace", count)
            if program.fed is not feed:  # another call of the model has run meanwhile
                program.feed(*feed, getattr(arrays, "kept", None))
                program.fed = feed
            other, meanwhile = (meanwhile, None) if each * count > WORTH else (None, meanwhile)
            started = time.perf_counter()
            program.steps(done - base, done - base + count, other)
            stepper.recorded.ran(key, count)
            took = (time.perf_counter() - started) / count + 1e-9
            each = stepper.seconds[key] = took if other is None else min(took, each)
            done += count
            yield done
            if done < last and stepper.recorded.get(key) is not program:
                break
    stepper.recorded.ask()  # for those of few steps, now
