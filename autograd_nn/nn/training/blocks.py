"""Blocks: batches that come one by one, run several at a time where nobody can tell the difference.

A small step costs less than what is done once a batch: checking it, and entering the program. So
batches that are quick to come and alike are put side by side, checked and run together. Each stays
a batch of its own. While a block runs the next is made, where that is of no account either.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from time import perf_counter
from types import BuiltinFunctionType, CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.module import Module
from autograd_nn.nn.training.door import Given
from autograd_nn.nn.training.reading import named, reached
from autograd_nn.nn.training.sources import PART

FEW, MOST = 128, 512  # batches of a pass's first block, and of the others
QUICK = 2e-3  # seconds that may pass until a block is run
DEEP, MANY = 4, 400  # how far, and at how many objects, is looked for a model


class Block(NamedTuple):
    """Checked samples of some batches, of ``size`` each; the last may have fewer.

    own    whether nobody else has its arrays: a source may use those that it gave again.
    last   whether it is known that there are no others behind it.
    """

    given: Given
    size: int
    batches: int
    own: bool
    last: bool = False


Take = Callable[[Any], Given]


def blocks(
    batches: Iterable[Any], take: Take, parts: Callable[[Any], Any], ahead: Callable[[], bool]
) -> Iterator[Block]:
    """Batches in blocks, in their order; what a source raises comes behind those before it.

    take    what makes clean arrays of a batch; parts: its inputs, targets and weights.
    ahead   whether a batch may be taken before the one before it was run.
    """
    source = iter(batches)
    coming, over, most = source, False, min(FEW, MOST)
    while not over:
        several = ahead()
        held, error = Held(parts, most if several else 1), None
        try:
            other = held.fill(coming)
        except BaseException as e:
            other, error = None, e
        over, most = other is OVER, MOST if several else most
        yield from held.made(take, over)
        if error is not None:
            raise error
        coming = source if other is None else chain([other], source)


OVER = object()  # in place of a batch: there is none


class Held:
    """Batches that are put side by side as they come: a source may use its arrays again.

    most   how many at most. If only one, it stays where it is.
    """

    def __init__(self, parts: Callable[[Any], Any], most: int) -> None:
        self.parts, self.most, self.n = parts, most, 0
        self.full, self.end = False, 0  # how many samples there is room for
        self.rows: list[int] = []  # of each batch
        self.first: Any = None  # the first batch, while it is alone
        self.places: list[np.ndarray] = []  # where its arrays are put
        self.structure: Any = None
        # Of the arrays of a flat tuple: where those of each batch are put, a shape and a dtype.
        self.plain: list[tuple[np.ndarray, tuple[int, ...], np.dtype]] = []

    def fill(self, batches: Iterator[Any]) -> Any:
        """Takes batches in until there are enough, or one is not like them, which is returned.

        None where nothing is known of what is to come; `OVER` at the end.
        """
        until = perf_counter() + QUICK
        for batch in batches:
            if not self._quickly(batch) and not self.add(batch):
                return batch
            if self.full or perf_counter() > until:
                return None
        return OVER

    def _quickly(self, batch: Any) -> bool:
        """Takes a batch in that is, as most are, exactly like those before it."""
        plain = self.plain
        if not plain or type(batch) is not tuple or len(batch) != len(plain):
            return False
        k = len(self.rows)
        for a, (place, shape, dtype) in zip(batch, plain):  # noqa: B905 - strict takes as long
            if type(a) is not np.ndarray or a.shape != shape or a.dtype is not dtype:
                return False  # what was put is written over, or lies beyond the end
            place[k] = a
        self.rows.append(shape[0])
        self.n += shape[0]
        self.full = self.n == self.end
        return True

    def add(self, batch: Any) -> bool:
        """Takes a batch in; False where it is not like those before it."""
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
        several, most = bool(n) and self.most > 1, 1
        if several:
            most = max(1, min(self.most, PART // max(1, sum([a.nbytes for a in leaves]))))
        self.first, self.end = batch, most * n
        if several:
            stacked = [np.empty((most, *a.shape), a.dtype) for a in leaves]
            self.places = [a.reshape(most * n, *a.shape[2:]) for a in stacked]
            if type(batch) is tuple and list(map(id, batch)) == list(map(id, leaves)):
                self.plain = [(a, a.shape[1:], a.dtype) for a in stacked]

    def made(self, take: Take, last: bool) -> Iterator[Block]:
        """The batches, checked together; one by one where something is wrong with one."""
        own = bool(self.places)
        if len(self.rows) == 1:
            given = take(self._cut(0, self.n) if own else self.first)
            yield Block(given, given.n, 1, own, last)
        elif self.rows:
            size = self.rows[0]
            try:
                given = take(self._cut(0, self.n))
            except Exception:
                for start in range(0, self.n, size):
                    given = take(self._cut(start, min(start + size, self.n)))
                    yield Block(given, given.n, 1, own)
                raise  # none of them is to blame, but a signal handler, say
            else:
                yield Block(given, size, len(self.rows), own, last)

    def _cut(self, start: int, end: int) -> Any:
        return tree.unflatten(self.structure, [a[start:end] for a in self.places])


class Early(Iterator[Block]):
    """Blocks one by one, the next of them fetched before it is asked for; errors in their place.

    took   how many seconds it took to make the last.
    """

    def __init__(self, found: Iterator[Block]) -> None:
        self._found, self.took = found, 0.0
        self._fetched: list[Block | BaseException] = []

    def fetch(self) -> None:
        """Fetches the next, if it is not there yet."""
        if self._fetched:
            return
        started = perf_counter()
        try:
            self._fetched.append(next(self._found))
        except BaseException as error:
            self._fetched.append(error)
        self.took = perf_counter() - started

    def __next__(self) -> Block:
        self.fetch()
        fetched = self._fetched.pop()
        if isinstance(fetched, Block):
            return fetched
        try:
            raise fetched
        finally:
            del fetched  # which refers to this frame


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
        yield from _of_modules(frame.f_code, frame.f_globals)
        return
    if isinstance(getattr(value, "__code__", None), CodeType):
        yield getattr(value, "__self__", None)
        yield from reached(value)
        yield from _of_modules(value.__code__, value.__globals__)
    elif type(value).__module__ in ("builtins", "itertools", "functools"):
        if not hasattr(value, "__len__") or len(value) <= MANY:
            yield from gc.get_referents(value)
    else:
        yield from vars(value).values() if hasattr(value, "__dict__") else ()
        for name in ("__getitem__", "__iter__", "__next__"):
            yield getattr(type(value), name, None)


def _of_modules(code: CodeType, around: Mapping[str, Any]) -> Iterator[Any]:
    """What a code may find in its user's modules: the values there that have names that it has."""
    found: Iterable[Any] = named(code, around)
    for _ in range(DEEP):
        modules = [v for v in found if isinstance(v, ModuleType) and not _published(v)]
        found = [v for module in modules for v in named(code, vars(module))]
        yield from found


def _published(module: ModuleType) -> bool:
    """Whether a module is the library's, Python's, or one that was installed."""
    top, file = module.__name__.partition(".")[0], getattr(module, "__file__", None) or ""
    return top in KNOWN or "site-packages" in file or "dist-packages" in file


KNOWN = sys.stdlib_module_names | {"autograd_nn"}
