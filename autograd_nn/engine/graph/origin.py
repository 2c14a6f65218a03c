"""Origin: which call of a record made the first number that is not finite, and of what.

A record is replayed on arrays and every value kept. From a result that is no finite number the way
goes back to the operands it came from, until a call made it of finite ones, or it stood in what was
given. What was masked on the way, as by `where`, leads nowhere and is not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_nn.engine.graph.loops import Run
from autograd_nn.engine.graph.recorder import Recorder
from autograd_nn.engine.graph.replay import array_of, by_numpy, replay
from autograd_nn.engine.graph.values import Call, Graph, Immediate, Value
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.op import Op
from autograd_nn.engine.tensor import Tensor, wrap

Index = tuple[int, ...]
TAME = 0.5  # what stands for a number that is not finite, to see what else would come


class Noting(Recorder):
    """A recorder that notes of each call where it ran and whose derivative it is part of.

    Python may look at contents: the record serves the run that it was made of and no other.

    where    gives the place of the call that runs.
    places   of the calls, in order; above: of those of a derivative, the calls it is of.
    """

    def __init__(self, where: Callable[[], Any], outer: Any = None) -> None:
        super().__init__(outer)
        self.where = where
        self.places: list[Any] = []
        self.above: list[int | None] = []
        self._makers: dict[int, int] = {}

    def record(self, op: Op, operands: tuple, params: dict[str, Any], y: Any) -> None:
        for one in y if op.results > 1 else (y,):
            if one.node is not None:
                self._makers.setdefault(one.node.serial, len(self.calls))
        super().record(op, operands, params, y)
        self.places.append(self.where())
        self.above.append(self._makers.get(self.pulls))

    def owns(self, x: Tensor) -> bool:
        return False


@dataclass(slots=True)
class Origin:
    """An entry that is no finite number, though all it was made of is.

    value    where it stands: a call's result, or what was given.
    index    the entry's; number: what stands there.
    call     what made it, and ``place`` that call's in the record; None where it was given.
    operands   what it was made of: entries where they are numbers, else arrays.
    step     of a loop in which it came about, and ``inner`` where in that step.
    cause    where the infinity began that made it a NaN.
    literal   whether it is one that the call itself writes, as in where(mask, x, -inf).
    """

    value: Value
    index: Index
    number: float
    call: Call | None = None
    place: int = -1
    operands: tuple[Any, ...] = ()
    step: int | None = None
    inner: Origin | None = None
    cause: Origin | None = None
    literal: bool = False


class Origins:
    """A record's values for inputs, and where among them numbers began not to be finite."""

    def __init__(self, graph: Graph, inputs: Sequence[np.ndarray]) -> None:
        self.graph = graph
        self.values: dict[int, Any] = {
            v.index: x for v, x in zip(graph.inputs, inputs, strict=True)
        }
        self._maker = {v.index: i for i, c in enumerate(graph.calls) for v in c.results}

        def rule(call: Call, operands: list[Any]) -> Any:
            made = by_numpy(call, operands)
            each = made if len(call.results) > 1 else (made,)
            self.values.update((v.index, y) for v, y in zip(call.results, each, strict=True))
            return made

        def outside(v: Value) -> Any:
            return self.values.setdefault(v.index, array_of(v))

        with np.errstate(all="ignore"):
            replay(graph, inputs, rule, outside)

    def first(self, ends: Iterable[Value]) -> Origin | None:
        """The earliest origin of what is not finite in some values; None where all of it is."""
        with np.errstate(all="ignore"), no_grad():
            bad = [(v, _entry(~np.isfinite(self.values[v.index]))) for v in ends if self.bad(v)]
            return self._earliest(bad)

    def bad_before(self, v: Value) -> bool:
        """Whether what a value held from the start has an entry that is not finite."""
        return _bad(array_of(v))

    def bad(self, v: Value) -> bool:
        """Whether a value has an entry that is not finite."""
        return _bad(self.values[v.index])

    def _earliest(self, waiting: list[tuple[Value, Index]]) -> Origin | None:
        seen: set[int] = set()
        found: list[Origin] = []
        while waiting:
            v, index = waiting.pop()
            if v.index in seen:
                continue
            seen.add(v.index)
            number = float(np.real(self.values[v.index][index]))
            place = self._maker.get(v.index)
            if place is None:
                found.append(Origin(v, index, number))
                continue
            call = self.graph.calls[place]
            above, infinite = self._above(call, v, index, number)
            if above:
                waiting += above
            else:
                origin = Origin(v, index, number, call, place, self.operands(call, v, index))
                written = [x.value for x in call.operands if isinstance(x, Immediate)]
                origin.literal = any(_endless(x) for x in (*written, *call.params.values()))
                self._within(origin)
                origin.cause = self._earliest(infinite) if infinite else None
                found.append(origin)
        return min(found, key=lambda o: o.place, default=None)

    def _above(
        self, call: Call, v: Value, index: Index, number: float
    ) -> tuple[list[tuple[Value, Index]], list[tuple[Value, Index]]]:
        """The operands' entries that an entry has its NaN or infinity from; infinities it had."""
        arrays = [self.values[x.index] if isinstance(x, Value) else x.value for x in call.operands]
        spoiled = [i for i, a in enumerate(arrays) if _bad(a)]
        if not spoiled:
            return [], []
        tamed = [_tamed(a) if i in spoiled else a for i, a in enumerate(arrays)]
        result = call.results.index(v)
        given = by_numpy(call, tamed)
        given = given if len(call.results) == 1 else given[result]
        if not np.isfinite(given[index]):
            return [], []  # they have nothing to do with it
        entries: list[tuple[Any, np.ndarray, np.ndarray]] = []
        for i in spoiled:
            there = self._reach(call, i, tamed, given, v, index)
            bad = ~np.isfinite(arrays[i])
            both = bad if there is None else bad & there
            if both.any():
                entries.append((call.operands[i], arrays[i], both))
        if not entries:
            entries = [(call.operands[i], arrays[i], ~np.isfinite(arrays[i])) for i in spoiled]
        if not np.isnan(number):
            return [(x, _entry(both, v, index)) for x, _, both in entries], []
        nans = [(x, np.isnan(a) & both) for x, a, both in entries]
        above = [(x, _entry(both, v, index)) for x, both in nans if both.any()]
        return above, [] if above else [(x, _entry(b, v, index)) for x, _, b in entries]

    def _reach(
        self, call: Call, i: int, arrays: list[Any], y: np.ndarray, v: Value, index: Index
    ) -> np.ndarray | None:
        """Which entries of an operand an entry depends on; None where that is not known."""
        op = call.op
        if op.kind == "elementwise":
            there = np.zeros(arrays[i].shape, bool)
            own = _same(arrays[i].shape, index)
            there[own] = True
            if not op.conditions:
                return there
            for other in (2 * TAME, 3 * TAME):  # of two branches, the one that is taken
                moved = [*arrays]
                moved[i] = arrays[i].copy()
                moved[i][own] = other
                if by_numpy(call, moved)[index] != y[index]:
                    return there
            return ~there & there
        if op.results > 1 or not op.differentiable:
            return None
        g = np.zeros(y.shape, y.dtype)
        g[index] = 1
        try:
            xs = tuple([wrap(a) if isinstance(a, np.ndarray) else a for a in arrays])
            c = op.vjp(i, wrap(g), wrap(y), xs, call.params)
        except (ValueError, TypeError, RuntimeError, ArithmeticError):
            return None  # a rule that the tamed operands do not suit
        if c is None or c.array.shape != arrays[i].shape:
            return None
        return c.array != 0

    def operands(self, call: Call, v: Value, index: Index) -> tuple[Any, ...]:
        """What a call was given: entries, where it has one for each of a value's, else arrays."""
        return tuple([self._operand(x, v, index) for x in call.operands])

    def _operand(self, x: Any, v: Value, index: Index) -> Any:
        if not isinstance(x, Value):
            return x.value
        array = self.values[x.index]
        try:
            if np.broadcast_shapes(array.shape, v.shape) == v.shape:
                return array[_same(array.shape, index)].item()
        except ValueError:
            pass
        return array

    def _within(self, origin: Origin) -> None:
        """Of a loop: the step in which it came about, and the call of the body."""
        call = origin.call
        run = None if call is None else call.op.forward
        if not isinstance(run, Run):
            return
        arrays = [self.values[x.index] for x in call.operands if isinstance(x, Value)]  # type: ignore[union-attr]
        c, n = run.counts.carried, run.counts.running
        if len(arrays) != len(run.graph.inputs):
            return
        carried, running, staying = arrays[:c], arrays[c : c + n], arrays[c + n :]
        for t in reversed(range(run.length)) if run.backwards else range(run.length):
            body = Origins(run.graph, [*carried, *[x[t] for x in running], *staying])
            inner = body.first(run.graph.outputs)
            if inner is not None:
                origin.step, origin.inner = t, inner
                return
            carried = [body.values[v.index] for v in run.graph.outputs[:c]]


def _endless(x: Any) -> bool:
    return isinstance(x, float) and not np.isfinite(x)


def _bad(x: Any) -> bool:
    """Whether an operand has an entry that is not finite."""
    return isinstance(x, np.ndarray) and kind_of(x.dtype) in "fc" and not bool(np.isfinite(x).all())


def _tamed(x: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(x), x, TAME).astype(x.dtype)


def _entry(mask: np.ndarray, v: Value | None = None, index: Index = ()) -> Index:
    """An entry of a mask: one of the same sample as ``index``, if there is one."""
    places = np.argwhere(mask)
    if index and v is not None and mask.ndim and mask.shape[0] == v.shape[0]:
        own = places[places[:, 0] == index[0]]
        places = own if len(own) else places
    return tuple(int(i) for i in places[0])


def _same(shape: Index, index: Index) -> Index:
    """The entry that is broadcast to ``index``."""
    last = index[len(index) - len(shape) :] if shape else ()
    return tuple(0 if n == 1 else i for n, i in zip(shape, last, strict=True))
