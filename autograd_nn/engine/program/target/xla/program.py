"""A program on a device of JAX: compiled behind, launched with states that stay there."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from autograd_nn.engine import forks
from autograd_nn.engine.alone import ALONE
from autograd_nn.engine.errors import RecordWarning
from autograd_nn.engine.graph.replay import plain, replay, tensor_of
from autograd_nn.engine.graph.values import Graph, Value
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.program.listing import Listing
from autograd_nn.engine.program.program import Program, streams
from autograd_nn.engine.program.target.xla.data import (
    BYTES,
    Batches,
    Span,
    fingerprint,
    whole,
    window,
)
from autograd_nn.engine.program.target.xla.device import (
    Device,
    down,
    exact,
    kept,
    traffic,
    unforked,
)
from autograd_nn.engine.program.target.xla.host import rows_of
from autograd_nn.engine.program.target.xla.states import States
from autograd_nn.engine.program.target.xla.step import Function
from autograd_nn.engine.tensor import wrap

_compiling = ThreadPoolExecutor(2, thread_name_prefix="autograd_nn-xla")
DIFFERENT = (
    "the processes were given different {}; expected the same in each: each has all samples, and "
    "runs its share. Run the same program on the same data in all."
)
ONE = Span(0, 0)  # the variant that is one run; others run batches


class XlaProgram(Program):
    """One recorded graph as a function of JAX.

    batch   not 0: each input is a batch of so many rows of a longer array, see `feed`.
    count   how many batches an order is going to have; rows: how many the arrays.
    """

    def __init__(self, graph: Graph, batch: int, count: int, rows: int, device: Device) -> None:
        self.graph, self.batch, self.device = graph, batch, device
        self.count, self.rows = count, rows
        self.function = Function(graph, device)
        self.states = States(self.function.states, self.function.captured, device)
        self._streams = streams(self.function.states)
        self._batch_bytes = sum([v.nbytes for v in graph.inputs])
        self._made: dict[Span, Future[Any]] = {}  # by variant
        self._likely: Span | None = None  # what the first batches are going to be run by
        self._constants: list[Any] | None = None
        self._print = 0  # of its text
        # Batches in a window: fewer where the device had no room.
        self._most = max(1, BYTES // max(1, self._batch_bytes))
        self._batches: Batches | None = None
        self._told = False
        self._shared = device.ranks is not ALONE
        forks.guard(self, rank=20)

    # ---- compiling ----------------------------------------------------------------------------

    def ready(self, wait: bool = False, ask: bool = True) -> bool:
        variant = self._first()
        wait = wait or self._shared  # all begin at once: none knows when the others are ready
        if variant not in self._made:
            if not (ask or wait):
                return False
            self._ask(variant)
        if wait:
            self._made[variant].exception()
        return any([self._is_made(v) for v in self._made])

    def _first(self) -> Span:
        """The variant that is likely to be needed, before anything was fed."""
        if self._likely is None:
            all_of, some = whole(self.count, self.rows), window(self.count, self.batch, self._most)
            up = self.rows and self.device.has_room(self._bytes(all_of))
            self._likely = (all_of if up else some) if self.batch else ONE
        return self._likely

    def _ask(self, variant: Span) -> None:
        if variant in self._made:
            return
        unforked()
        self._made[variant] = _compiling.submit(self._compiled, variant)
        if self._shared:
            error = self._made[variant].exception()
            told = self.device.ranks.each("compiled", str(error or ""))
            if any(told) and error is None:
                self._made[variant] = Future()
                self._made[variant].set_exception(RuntimeError(next(filter(None, told))))

    def _is_made(self, variant: Span) -> bool:
        made = self._made[variant]
        if not made.done():
            return False
        error = made.exception()
        if isinstance(error, MemoryError | ConnectionError):
            raise error
        if error is not None and not self._told:
            self._told = True
            warnings.warn(
                f"a recorded function runs op by op on the host, for JAX does not compile it: "
                f"{str(error).rstrip('.')}. Expected ops and dtypes that {self.device!r} has.",
                RecordWarning, stacklevel=4,
            )  # fmt: skip
        return error is None

    def _compiled(self, variant: Span) -> Callable[..., Any]:
        function, sharding = self.function, self.device.whole

        def told(shape: tuple[int, ...], dtype: Any) -> Any:
            return jax.ShapeDtypeStruct(shape, dtype, sharding=sharding)

        def of(v: Value) -> Any:
            return told(v.shape, v.dtype)

        held = [of(v) for v in (*function.states, *function.captured)]
        constants = [told(a.shape, a.dtype) for a in function.constants]
        with exact(), kept():
            if variant == ONE:
                inputs = [of(v) for v in self.graph.inputs]
                lowered = jax.jit(function.run).lower(held, constants, inputs)
            else:
                arrays = [told((variant.rows, *v.shape[1:]), v.dtype) for v in self.graph.inputs]
                order = told((variant.batches * self.batch,), jnp.int64)
                number = jax.ShapeDtypeStruct((), jnp.int64)
                many = jax.jit(function.many, static_argnums=0)
                lowered = many.lower(self.batch, held, constants, arrays, order, number, number)
            if self._shared:
                self._print = zlib.crc32(lowered.as_text().encode())
                if len(set(self.device.ranks.each("program", self._print))) > 1:
                    raise ConnectionError(DIFFERENT.format("programs"))  # JAX would wait for ever
            found = lowered.compile()
        traffic.compiles += 1
        self._fits(found, self._bytes(variant))
        return found  # type: ignore[no-any-return]

    def _bytes(self, span: Span) -> int:
        """What a data set takes, or a window of one."""
        return self._batch_bytes * span.rows // max(1, self.batch)

    def _fits(self, compiled: Any, data: int) -> None:
        """Raises MemoryError for what the device could not hold.

        data   bytes of the samples, of which there may be fewer.
        """
        told = compiled.memory_analysis()
        if told is None:
            return
        need = sum([getattr(told, f"{part}_size_in_bytes", 0)
                    for part in ("argument", "output", "temp")]) - data  # fmt: skip
        if not self.device.holds(need):
            raise MemoryError(
                f"a recorded step takes {need:,} bytes of {self.device!r}, which has fewer; "
                "expected a step that fits. Make the batch smaller, or use several devices."
            )

    # ---- running ------------------------------------------------------------------------------

    def _launch(self, variant: Span, *args: Any, data: int = 0) -> Any:
        """One launch.

        data   tells the samples of one process from those of another, where several run it.
        """
        run = self._made[variant].result()
        if self._constants is None:
            self._constants = self.device.up(self.function.constants)
        agreed = partial(self._agreed, [list(variant), self._print, data]) if self._shared else None
        held = self.states.held(agreed)
        traffic.launches += 1
        return run(held, self._constants, *args)

    def _agreed(self, here: list[Any], missing: list[int]) -> list[int]:
        """Whether all run the same on the same; of which tensors the contents go up in any."""
        told = self.device.ranks.each("launch", [here, missing])
        if any([other != here for other, _ in told]):
            what = "samples" if all([other[:2] == here[:2] for other, _ in told]) else "programs"
            raise ConnectionError(DIFFERENT.format(what))
        return sorted(set().union(*[m for _, m in told]))

    def run(self, arrays: list[np.ndarray], spare: Sequence[np.ndarray] = ()) -> list[np.ndarray]:
        with self.lock, self._drawing(), exact(), self.device.ranks.together():
            data = fingerprint(arrays) if self._shared else 0
            with self.device.memory():
                outputs, new, failed = self._launch(ONE, self.device.up(arrays), data=data)
                self.device.wait(failed)
            if self.function.checks and failed:
                self._explain(arrays)
            found = [down(y) for y in outputs]
            self.states.show(new)
            return found

    def feed(
        self, arrays: list[np.ndarray], order: np.ndarray, kept: dict[Any, Any] | None = None
    ) -> None:
        self._batches = Batches(self.device, arrays, order, self.batch, kept)
        self._ask(self._batches.wanted(self._most))

    def steps(
        self, start: int, stop: int, meanwhile: Callable[[], None] | None = None
    ) -> None:
        batches = self._batches
        assert batches is not None
        span = self._span(batches)
        with self.lock, self._drawing(), exact(), self.device.ranks.together():
            while start < stop:
                size = batches.held(span)
                k, first = divmod(start, size)
                last = min(first + stop - start, size)
                try:
                    with self.device.memory():
                        up = batches.window(k, span)
                        new, done, failed = self._window(span, up, first, last)
                        batches.prepare(k + 1, span)
                        self.device.wait(failed)
                except MemoryError:
                    span = self._smaller(batches, span)
                    continue
                if failed:
                    if done > first:
                        self.states.show(self._window(span, up, first, int(done))[0])
                    self._explain(batches.rows(k * size + int(done)))
                self.states.show(new)
                start += last - first

    def _span(self, batches: Batches) -> Span:
        """What batches are run by: what they want, or meanwhile some others that are made."""
        made = [v for v in self._made if v is not ONE and self._is_made(v)]
        small = [v for v in made if batches.held(v) <= self._most]
        wanted = batches.wanted(self._most)
        if wanted in made:
            return wanted
        if small:
            enough = [v for v in small if batches.held(v) >= batches.count]
            return min(enough) if enough else max(small, key=batches.held)
        self._ask(wanted)
        self._made[wanted].result()
        return wanted

    def _smaller(self, batches: Batches, span: Span) -> Span:
        """The device had no room: how batches are run from here on, or raises."""
        if self._shared:  # the others had room, perhaps
            raise
        size = batches.held(span)
        if not batches.lean():
            if size == 1:
                raise
            self._most = size // 2
        return self._span(batches)

    def _window(self, span: Span, up: Any, first: int, last: int) -> Any:
        """A launch over some batches of a window."""
        assert self._batches is not None
        ends: Any = np.int64(first), np.int64(last)
        ends, data = (self.device.up(ends), self._batches.print) if self._shared else (ends, 0)
        return self._launch(span, *up, *ends, data=data)

    def _explain(self, arrays: Sequence[np.ndarray]) -> None:
        """Repeats a run op by op, so that the op that refused an operand says why."""
        with no_grad(), np.errstate(all="ignore"):
            replay(self.graph, [wrap(a) for a in arrays], plain, tensor_of)
        raise RuntimeError(
            f"an op refused its operands on {self.device!r}, and took them here; expected the same "
            "of both. Please report the function that was run."
        )

    # ---- reading ------------------------------------------------------------------------------

    def listing(self) -> Listing:
        function, rows = self.function, list(rows_of(self.graph))
        made = [f.result() for f in self._made.values() if f.done() and f.exception() is None]
        temp = [getattr(c.memory_analysis(), "temp_size_in_bytes", 0) for c in made]
        total = sum([call.result.nbytes for call in self.graph.calls])
        states = sum([v.nbytes for v in (*function.states, *function.captured)])
        arena = max(temp, default=0)
        return Listing(
            rows, self.graph.inputs, [(y, y) for y in self.graph.outputs],
            {v.index for v in function.states}, len(function.captured), len(made), arena, total,
            arena + states + sum([a.nbytes for a in function.constants]), self.device.name, "host",
        )  # fmt: skip
