"""Blocks: batches that come one by one, run several at a time where nobody can tell the difference.

A small step costs less than what is done once a batch: checking it, and entering the program. So
batches that are quick to come and alike are put side by side, checked and run together. Each stays
a batch of its own.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import BuiltinFunctionType, CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.module import Module
from autograd_nn.nn.training.door import Given
from autograd_nn.nn.training.reading import named, reached
from autograd_nn.nn.training.sources import PART

MOST = 256  # batches of a block
QUICK = 1e-3  # seconds that may pass until a block is run
DEEP, MANY = 4, 400  # how far, and at how many objects, is looked for a model


class Block(NamedTuple):
    """Checked samples of some batches, of ``size`` each; the last may have fewer."""

    given: Given
    size: int
    batches: int


Take = Callable[[Any], Given]


def blocks(
    batches: Iterable[Any], take: Take, parts: Callable[[Any], Any], ahead: Callable[[], bool]
) -> Iterator[Block]:
    """Batches in blocks, in their order; what a source raises comes behind those before it.

    take    what makes clean arrays of a batch; parts: its inputs, targets and weights.
    ahead   whether a batch may be taken before the one before it was run.
    """
    source, waiting = iter(batches), None
    while True:
        held, error = Held(parts, ahead), None
        until = time.perf_counter() + QUICK
        while True:
            try:
                batch = next(source) if waiting is None else waiting
            except BaseException as e:
                error = e
                break
            waiting = None if held.add(batch) else batch
            if waiting is not None or held.full or not ahead() or time.perf_counter() > until:
                break
        yield from held.made(take)
        if isinstance(error, StopIteration):
            return
        if error is not None:
            raise error


class Held:
    """Batches that are put side by side as they come: a source may use its arrays again.

    There is room for one alone where none may be taken ahead of it.
    """

    def __init__(self, parts: Callable[[Any], Any], ahead: Callable[[], bool]) -> None:
        self.parts, self.ahead, self.n = parts, ahead, 0
        self.full, self.end = False, 0  # how many samples there is room for
        self.rows: list[int] = []  # of each batch
        self.first: Any = None  # the first batch, while it is alone
        self.places: list[np.ndarray] = []  # where its arrays are put
        self.structure: Any = None
        # Of the arrays of a flat tuple: where each is put, its shape and its dtype.
        self.plain: list[tuple[np.ndarray, tuple[int, ...], np.dtype]] = []

    def add(self, batch: Any) -> bool:
        """Takes a batch in; False where it is not like those before it."""
        plain = self.plain
        if plain and type(batch) is tuple and len(batch) == len(plain):  # as most are: quickly
            n = self.rows[0]
            behind = slice(self.n, self.n + n)
            for a, (place, shape, dtype) in zip(batch, plain):  # noqa: B905 - strict takes as long
                if type(a) is not np.ndarray or a.shape != shape or a.dtype is not dtype:
                    break  # what was put is written over, or lies beyond the end
                place[behind] = a
            else:
                self.rows.append(n)
                self.n = behind.stop
                self.full = behind.stop == self.end
                return True
        leaves, structure = tree.flatten(self.parts(batch))
        n = _length(leaves)
        if not self.rows:
            self._begin(batch, leaves, n)
            self.structure = structure
        elif not 0 < n <= self.rows[0] or structure != self.structure:
            return False
        elif any([a.dtype != p.dtype or a.shape[1:] != p.shape[1:]
                  for a, p in zip(leaves, self.places, strict=True)]):  # fmt: skip
            return False
        self._put(leaves, n)
        return True

    def _put(self, leaves: Sequence[np.ndarray], n: int) -> None:
        """Copies the arrays of a batch of n samples behind the others'."""
        for place, a in zip(self.places, leaves, strict=False):  # no places for one that is alone
            place[self.n : self.n + n] = a
        self.rows.append(n)
        self.n += n
        self.full = n < self.rows[0] or self.n == self.end

    def _begin(self, batch: Any, leaves: list[Any], n: int) -> None:
        most = 1
        if n and self.ahead():
            most = min(MOST, PART // max(1, sum([a.nbytes for a in leaves])))
        self.first, self.end = batch, max(1, most) * n
        if most > 1:
            self.places = [np.empty((most * n, *a.shape[1:]), a.dtype) for a in leaves]
            if type(batch) is tuple and list(map(id, batch)) == list(map(id, leaves)):
                pairs = zip(self.places, leaves, strict=True)
                self.plain = [(place, a.shape, a.dtype) for place, a in pairs]

    def made(self, take: Take) -> Iterator[Block]:
        """The batches, checked together; one by one where something is wrong with one."""
        if len(self.rows) == 1:
            given = take(self.first)
            yield Block(given, given.n, 1)
        elif self.rows:
            size = self.rows[0]
            try:
                given = take(self._cut(0, self.n))
            except Exception:
                for start in range(0, self.n, size):
                    given = take(self._cut(start, min(start + size, self.n)))
                    yield Block(given, given.n, 1)
            else:
                yield Block(given, size, len(self.rows))

    def _cut(self, start: int, end: int) -> Any:
        return tree.unflatten(self.structure, [a[start:end] for a in self.places])


def _length(leaves: list[Any]) -> int:
    """How many samples arrays have; 0 for what are no arrays of numbers, of one length."""
    n = 0
    for a in leaves:
        if type(a) is not np.ndarray or not a.ndim or a.dtype.kind == "O":
            return 0
        if n and len(a) != n:
            return 0
        n = len(a)
    return n


# ---- who may not be taken from ahead ------------------------------------------------------------


def sees_a_model(source: Any) -> bool:
    """Whether what makes batches can see a model, or a part of one, which training changes.

    Its batches are then each made when all before them are run, as those of a generator that
    predicts are meant to be.

    >>> from autograd_nn import nn
    >>> model = nn.Sequential()
    >>> sees_a_model((x for x in [model])), sees_a_model((x for x in [1]))
    (True, False)
    """
    level, seen = [source], {id(source)}
    for _ in range(DEEP):
        found: list[Any] = []
        for value in level:
            for inner in _inside(value):
                if isinstance(inner, Module | Tensor):
                    return True
                if id(inner) not in seen and not isinstance(inner, PLAIN):
                    seen.add(id(inner))
                    found.append(inner)
        if len(seen) > MANY:
            return True
        level = found
    return False


PLAIN = (str, bytes, int, float, type, ModuleType, BuiltinFunctionType, np.ndarray, type(None))


def _inside(value: Any) -> Iterator[Any]:
    frame: FrameType | None = getattr(value, "gi_frame", None)
    if frame is not None:
        yield from frame.f_locals.values()
        yield from named(frame.f_code, frame.f_globals)
        return
    if isinstance(getattr(value, "__code__", None), CodeType):
        yield getattr(value, "__self__", None)
        yield from reached(value)
    elif type(value).__module__ in ("builtins", "itertools", "functools"):
        if not hasattr(value, "__len__") or len(value) <= MANY:
            yield from gc.get_referents(value)
    else:
        yield from vars(value).values() if hasattr(value, "__dict__") else ()
        for name in ("__getitem__", "__iter__", "__next__"):
            yield getattr(type(value), name, None)
