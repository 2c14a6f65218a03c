"""Keeping weights finite: what a training holds, and what it does when the loss is finite no more.

Steps are not looked at one by one. Between stretches of them, which come back to Python anyway,
the loss is; and now and then, for a share of the time too small to measure, the state is copied,
with the place in the data. When the loss is no finite number, the copy is put back and the steps
are run again one by one, up to the one that went wrong; that one is then looked into (report.py).
Draws are state too, so the same rows and the same steps come again; only the batches of a stream,
which do not, are noted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_nn.engine.copies import Copy, part
from autograd_nn.engine.random import Generator, default_generator
from autograd_nn.engine.tensor import Tensor
from autograd_nn.engine.whole import whole
from autograd_nn.nn.configurable import Changes
from autograd_nn.nn.kept import recalled
from autograd_nn.nn.optimizers import Optimizer
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.training.arrays import all_finite
from autograd_nn.nn.training.copies import Named
from autograd_nn.nn.training.feeds import Feed, Samples
from autograd_nn.nn.training.loop import Meanwhile, Runner
from autograd_nn.nn.training.report import NonFinite, explained
from autograd_nn.nn.variable import Variable

SHARE = 500  # a copy is made when this many times its own time has gone
BYTES = 1 << 20  # or when what is noted (a stream's batches) takes so much, or as a copy


class NonFiniteError(FloatingPointError):
    """Training came to a number that is not finite; the model is as before that step.

    report   where it came from, a `NonFinite`.
    """

    def __init__(self, report: NonFinite, held: str) -> None:
        self.report = report
        super().__init__(
            f"{report} Expected finite numbers. {report.cure}. {held} "
            "compile(..., check_finite=False) goes on with such numbers."
        )

    def __reduce__(self) -> tuple:
        return (_again, (self.report, str(self)))


class NonFiniteWarning(UserWarning):
    """A metric is not finite, though the loss is, and where that began."""


def _again(report: NonFinite, text: str) -> NonFiniteError:
    error = NonFiniteError.__new__(NonFiniteError, text)
    error.report = report
    return error


class Span(NamedTuple):
    """Batches from ``first`` on of an order of rows, ``before`` others of the epoch."""

    epoch: int
    before: int
    arrays: Sequence[np.ndarray]
    order: np.ndarray
    size: int
    first: int
    draws: np.ndarray | None  # the state of draws it began with; None: as the one before left it

    @property
    def end(self) -> int:
        """How many batches of the epoch are done with it."""
        return self.before - (-len(self.order) // self.size)

    def batches(self, done: int) -> Iterator[tuple[int, np.ndarray]]:
        """Each batch's number in the epoch, and its rows, up to ``done`` batches of the epoch."""
        for i in range(self.first, done - self.before):
            yield self.before + i, self.order[i * self.size : (i + 1) * self.size]


class Sound:
    """Whether what a step left is finite: the loss, and the weights that were so before."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.total = model._objective.mean.total

    def loss(self) -> bool:
        """Whether the loss is finite, as added up so far; a step of one's own says its own."""
        returned = self.model._returned
        if returned is None:
            return math.isfinite(self.total.array)
        logs = dict(returned.items())
        told = [logs["loss"]] if "loss" in logs else logs.values()
        return all(np.isfinite(np.asarray(getattr(v, "array", v))).all() for v in told)


def states(model: Any) -> tuple[list[Tensor], list[Optimizer]]:
    """All that a step may change, this thread's generator first, and the optimizers."""

    def walk() -> tuple[list[Tensor], list[Optimizer]]:
        found: list[Tensor] = []
        modules = model._modules()
        for module in modules:
            found += module._holds(Variable)
            found += [generator.state for generator in module._holds(Generator)]
        each = list({id(v): v for v in found}.values())
        return each, [m for m in modules if isinstance(m, Optimizer)]

    own = default_generator().state
    found, optimizers = recalled(model, "states", walk)
    return [own, *[v for v in found if v is not own]], optimizers


def isfinite(value: Any) -> bool:
    """Whether a log's value is, a number or several."""
    return bool(np.isfinite(value).all()) if isinstance(value, np.ndarray) else math.isfinite(value)


class Keeper:
    """Watches a training: see above.

    feed      what batches are taken from.
    careful   whether somebody may change the model between epochs: then each begins with a copy.
    """

    def __init__(
        self, model: Any, run: Runner, step: Any, tally: Any, feed: Feed, careful: bool
    ) -> None:
        self.model, self._fit_run, self.step, self.tally = model, run, step, tally
        self.feed, self.streamed, self.careful = feed, feed.streamed, careful
        self.sound = Sound(model)
        self.spans: list[Span] = []  # since the copy: of a stream all, else what it was within
        self.epoch = self._done = self._held = 0
        self._due, self._room = 0.0, BYTES
        self._drawn: Tensor = default_generator().state
        self._states: tuple[Any, list[Tensor], list[Optimizer]] = None, [], []  # at which count
        self._copies: list[Copy] = []
        self._watched: list[Copy] = []  # of the weights that are trained
        self._named: Named | None = None
        self._unbuilt: list[Optimizer] = []
        self._warned = False
        self._copied: tuple[int, Any] = 0, None  # the first epoch after the copy, and its place
        self._order: Any = None  # what runs: arrays, order, size
        self._before = 0  # batches of the epoch that were done by a former process

    # ---- while all is well ----------------------------------------------------------------------

    def begin(self, epoch: int, done: int = 0) -> None:
        """An epoch begins, of which some batches are done."""
        self.epoch, self._done, self._before = epoch, done, done
        if not done and (self._is_due() or self.careful):
            self._keep(epoch)

    def run(
        self, arrays: Sequence[np.ndarray], order: np.ndarray, size: int, at_most: int,
        meanwhile: Meanwhile = None,
    ) -> Iterator[int]:  # fmt: skip
        """The runner's batches: of an epoch all, of a stream some."""
        self._order = arrays, order, size
        if self.streamed:
            self._held += sum([a.nbytes for a in arrays])
            if self._is_due() or self._held > self._room:
                self._keep(self.epoch + 1)
            self._span(self._done, 0)
            self._done -= -len(order) // size
        elif self._before:
            self._keep(self.epoch + 1)
            self._span(self._before, 0)
        return self._fit_run(arrays, order, size, at_most, meanwhile=meanwhile)

    def _is_due(self) -> bool:
        """Whether a copy is: in all processes at once, for all run again what ran since."""
        return bool(self.model._team.tell("copy", time.perf_counter() > self._due))

    def _span(self, before: int, first: int) -> None:
        draws = self._drawn.array.copy()
        arrays, order, size = self._order
        self.spans.append(Span(self.epoch, before, arrays, order, size, first, draws))

    def look(self, done: int) -> None:
        """So many batches of the epoch have run; raises NonFiniteError if the loss tells so."""
        self._done = done
        if not self.sound.loss():
            self._fail("loss")
        if not self.streamed and self._is_due():
            self._keep(self.epoch + 1)
            self._span(self._before, done - self._before)

    def close(self) -> None:
        """Training ends: the last step may have left weights that no loss has seen."""
        if not self._intact():
            self._fail("weights")

    def _intact(self) -> bool:
        return all([all_finite(c.now()) or not all_finite(c.array) for c in self._watched])

    def _keep(self, epoch: int) -> None:
        """Copies the state; what was finite in the copy before must be so still.

        epoch   the first of which nothing has begun yet.
        """
        started = time.perf_counter()
        with self.model._turns.step.lock:
            if not self._intact():
                self._fail("weights")
            if self._states[0] != Changes.count:
                self._states = Changes.count, *states(self.model)
            _, found, optimizers = self._states
            self._drawn = found[0]
            self._copies = [Copy(v, self._rows(v)) for v in found]
            self._watched = [c for c in self._copies if c.state.node is not None]
            self._unbuilt = [m for m in optimizers if not m.built]
            self._copied = epoch, self.feed.place
        self.spans.clear()
        self._held, self._room = 0, max(BYTES, sum([c.array.nbytes for c in self._copies]))
        now = time.perf_counter()
        self._due = now + SHARE * (now - started)

    def _rows(self, state: Tensor) -> np.ndarray | None:
        """The rows of a state that the training may change; None: all."""
        if not isinstance(self.feed, Samples):
            return None
        if self._named is None:
            self._named = Named(self.feed.given.arrays)
        return self._named.rows(state, self.model._steppers.get(self.step))

    # ---- when it is not -------------------------------------------------------------------------

    def _back(self) -> None:
        """Puts the copy back."""
        for copy in self._copies:
            copy.back()
        for optimizer in self._unbuilt:
            optimizer.begin_anew()
        if self._copied[1] is not None:
            self.feed.place = self._copied[1]

    def _fail(self, what: str) -> None:
        turns = self.model._turns
        with turns.step.lock:
            turns.take(self.tally, self.model)
            if what != "loss" or not self.sound.loss():  # another thread's, perhaps
                report = NonFinite(what)
                held = "as before that batch"
                if not self._find(report, lambda: self.sound.loss() and self._intact()):
                    held = "as when they last were copied"  # somebody changed the model since
                raise NonFiniteError(report, f"Weights, optimizer and generators are {held}.")

    def told(self, logs: dict[str, Any], done: int) -> None:
        """An epoch's logs after so many batches; raises as `look` does, or warns, once, of one."""
        self._done = done
        try:
            if math.isfinite(sum(logs.values())):
                return
        except TypeError:  # one is an array
            if all([isfinite(v) for v in logs.values()]):
                return
        if not self.sound.loss():
            self._fail("loss")
        if self._warned:
            return
        self._warned = True
        turns, found = self.model._turns, states(self.model)[0]
        with turns.step.lock:
            turns.take(self.tally, self.model)
            now, place = [(v, v.array.copy()) for v in found], self.feed.place
            named = self.model._named()
            try:
                for name in [k for k, v in logs.items() if k in named and not isfinite(v)]:
                    report = NonFinite(name)
                    value = named[name]._read
                    self._find(report, lambda value=value: isfinite(value()))  # type: ignore[misc]
                    warn_user(
                        f"{report} Expected finite numbers. {report.cure}. Training goes on: the "
                        "loss is finite.", NonFiniteWarning,
                    )  # fmt: skip
            finally:
                self.feed.place = place
                for v, array in now:
                    v.assign(array)

    def _find(self, report: NonFinite, well: Callable[[], bool]) -> bool:
        """Looks for the first step after which all is not well, and leaves the model before it."""
        self._back()
        found = None
        for place, (span, batch, rows) in enumerate(self._steps()):
            self._one(span, rows)
            if not well():
                found = place, span, batch, rows
                break
        self._back()
        if found is None:
            return False
        last, wrong, report.batch, rows = found
        report.epoch = wrong.epoch
        for _, (span, _, before) in zip(range(last), self._steps(), strict=False):
            self._one(span, before)
        given = [a[rows] for a in wrong.arrays]
        explained(self.model, self.step, given, report, None if self.streamed else rows)
        return True

    def _steps(self) -> Iterator[tuple[Span, int, np.ndarray]]:
        """What ran since the copy, batch by batch, each as it comes to be run again."""
        for span in self._spans():
            if not span.first and not span.before:
                self.model._reset_metrics(self.tally)
            if span.draws is not None:
                self._drawn.assign(span.draws)
            running = span.epoch == self.epoch and not self.streamed
            for batch, rows in span.batches(self._done if running else span.end):
                yield span, batch, rows

    def _spans(self) -> Iterator[Span]:
        yield from list(self.spans)
        if isinstance(self.feed, Samples) and not self.streamed:
            for epoch in range(self._copied[0], self.epoch + 1):
                order = self.feed.rows()
                yield Span(epoch, 0, self.feed.given.arrays, order, self.feed.size, 0, None)

    def _one(self, span: Span, rows: np.ndarray) -> None:
        for _ in self._fit_run(span.arrays, rows, len(rows), 1):
            pass


def checked(
    model: Any, step: Any, arrays: Sequence[np.ndarray], run: Callable[[], None]
) -> None:
    """Calls ``run``, one step on a batch; raises NonFiniteError for what is not finite.

    Nothing is changed then.
    """
    named, stepper = Named(arrays), model._steppers.get(step)
    parts = [(v, named.rows(v, stepper)) for v in model.weights]
    watched = [(v, rows) for v, rows in parts if all_finite(part(v.array, rows))]
    sound = Sound(model)

    def once() -> None:
        run()
        if not sound.loss():
            raise _Spoiled("loss")
        if not all([all_finite(part(v.array, rows)) for v, rows in watched]):
            raise _Spoiled("weights")

    try:
        whole(once)
    except _Spoiled as error:
        what = str(error)
    else:
        return
    report = NonFinite(what)
    explained(model, step, arrays, report)
    raise NonFiniteError(report, "Weights, optimizer and generators are as before the batch.")


class _Spoiled(Exception):
    """A step came to what is not finite."""
