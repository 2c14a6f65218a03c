"""Symbols: tensors that are not there yet. What is applied to them is noted as a `Call`.

A functional model is such a note: its calls in order, from its inputs' symbols to its outputs'.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.mode import mode, no_grad
from autograd_nn.engine.ops import linalg
from autograd_nn.engine.symbolic import Symbolic
from autograd_nn.engine.tensor import Tensor
from autograd_nn.engine.whole import show
from autograd_nn.nn.context import context
from autograd_nn.nn.lookup import unique_name
from autograd_nn.nn.shapes import Shape, map_shapes

# What stands for an unknown size in the two trials that tell a result's shape: a size that differs
# between them is unknown there too. Other axes get more than the batch, for windows to fit in.
BATCHES, SIZES = (2, 5), (60, 72)
# Where these do not fit one another: unknown sizes that are all alike, and last 1, which goes with
# any size; then a result's size of 1 is unknown.
GUESSES = ((BATCHES, SIZES), (SIZES, SIZES), ((1,), (1,)))
# Where a batch is taken apart, as frames into films: one that most numbers of parts divide.
PARTED = ((240, 480), SIZES)
LARGEST = 1 << 17  # entries of a sample of which so many are made to guess


_PHASE = "uses_learning_phase"  # which a model knows of itself


def _itself(x: Any) -> Any:
    return x


class Call:
    """One application of a layer or an op: to what, and what came of it.

    function   a layer, or any function of tensors; None for what enters from outside.
    args       and kwargs: as they were given, symbols among them.
    beside     the symbols that the function reads from around it, each with what it is here.
    outputs    the tree of symbols that stand for the result.
    """

    __slots__ = (
        "__weakref__", "args", "beside", "function", "inputs", "kwargs", "name", "outputs",
        "serial",
    )  # fmt: skip
    _following = itertools.count().__next__

    def __init__(
        self, function: Any, args: tuple, kwargs: dict[str, Any], name: str,
        beside: dict[Symbol, Symbol] | None = None,
    ) -> None:  # fmt: skip
        if context.room is not None:
            context.room.part()
        # Lists are made anew: the caller may go on with his, as densely connected nets do.
        args, kwargs = tree.map(_itself, (args, kwargs))
        self.function, self.args, self.kwargs, self.name = function, args, kwargs, name
        self.inputs = [x for x in tree.flatten((args, kwargs))[0] if isinstance(x, Symbol)]
        self.beside = beside or {}
        self.inputs += self.beside.values()
        self.outputs: Any = None
        self.serial = Call._following()  # in the order in which calls were noted

    @property
    def enters(self) -> bool:
        """Whether the result comes from outside; else a function of nothing knows it."""
        return not self.inputs and not getattr(self.function, "_gives", False)

    @property
    def input_tensors(self) -> list[Symbol]:
        """`inputs`, as Keras calls them."""
        return self.inputs

    @property
    def output_tensors(self) -> list[Any]:
        """The symbols of the result, in a list."""
        return tree.flatten(self.outputs)[0]

    @property
    def key(self) -> int:
        """The same for all calls of one layer; a function's calls are each their own."""
        return id(self.function if hasattr(self.function, "_noted") else self)

    def __call__(self, values: Any) -> Any:
        """The result, ``values[symbol]`` in place of each symbol."""
        args, kwargs = tree.map(lambda x: values.get(x, x) if isinstance(x, Symbol) else x,
                                (self.args, self.kwargs))  # fmt: skip
        if not self.beside:
            return self.function(*args, **kwargs)
        with _lent({x: values[now] for x, now in self.beside.items()}):
            return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<Call {self.name!r} of {', '.join(x.name for x in self.inputs) or 'nothing'}>"


class History(NamedTuple):
    """Where a symbol comes from: what was applied, in which of its calls, which of its results."""

    operation: Any
    node_index: int
    tensor_index: int


class Symbol(Symbolic):
    """A tensor that is not there yet: its shape (None for any size), dtype and name.

    call    what it came of; place: which of that call's outputs it is.
    Ops, layers, operators and Tensor's methods apply to it and give symbols again.

    >>> from autograd_nn import nn
    >>> x = nn.Input((3,), name="x")
    >>> (2 * x).sum(axis=-1).shape
    (None,)
    """

    __slots__ = ("__weakref__", "call", "dtype", "name", "place", "shape")
    sparse = ragged = False  # as Keras asks
    __array_ufunc__ = None  # an array's operators leave the other side to us

    def __init__(self, shape: Shape, dtype: Any, name: str, call: Call, place: int = 0) -> None:
        self.shape, self.dtype, self.name = tuple(shape), as_dtype(dtype), name
        self.call, self.place = call, place

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def _keras_shape(self) -> Shape:  # as Keras 1 and 2 called it
        return self.shape

    @property
    def _keras_history(self) -> History:  # as Keras calls it
        nodes = getattr(self.call.function, "inbound_nodes", [])
        at = next((i for i, call in enumerate(nodes) if call is self.call), 0)
        return History(self.call.function, at, self.place)

    @property
    def _uses_learning_phase(self) -> bool:
        """Whether a call that this came of is another in training, as Keras 1 and 2 called it."""
        waiting, seen = [self.call], set()
        while waiting:
            call = waiting.pop()
            takes = getattr(call.function, "_takes_training", False)
            if "training" not in call.kwargs and getattr(call.function, _PHASE, takes):
                return True
            seen.add(id(call))
            waiting += [x.call for x in call.inputs if id(x.call) not in seen]
        return False

    @property
    def T(self) -> Any:
        """The axes in reverse order."""
        return ops.transpose(self)

    def note(self, function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        return note(function, args, kwargs)

    def __bool__(self) -> bool:
        raise TypeError(
            f"the truth value of {self!r} was asked for, which stands for data that is not there "
            "yet; expected code that does not branch on it. Use ops.where, or write a layer whose "
            "call branches."
        )

    def __iter__(self) -> Iterator[Any]:
        if not self.shape or self.shape[0] is None:
            raise TypeError(
                f"{self!r} was iterated over, whose first size is not known; expected a known "
                "size. Index it, as in x[:, 0]."
            )
        return (self[i] for i in range(self.shape[0]))  # type: ignore[index]

    def __repr__(self) -> str:
        dtype = "string" if self.dtype.kind == "U" else self.dtype.name
        return f"<Symbol {self.name!r}, shape {self.shape}, {dtype}>"


_OWN = {"__eq__", "__array_ufunc__", "__array_function__", "__setitem__"}


class Method:
    """A method of Tensor by its name, as a function."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, x: Any, /, *args: Any, **kwargs: Any) -> Any:
        return getattr(x, self.name)(*args, **kwargs)

    @property
    def __name__(self) -> str:  # what the op of an operator is called
        return getattr(Tensor, self.name).__name__


def _later(name: str) -> Callable[..., Any]:
    function = Method(name)

    def method(self: Symbol, *args: Any, **kwargs: Any) -> Any:
        return note(function, (self, *args), kwargs)

    method.__name__ = name
    return method


def _bind() -> None:
    """Tensor's methods and operators that are ops; those in place change a tensor that is there."""
    for name, function in vars(Tensor).items():
        module = getattr(function, "__module__", "")
        if callable(function) and module.startswith("autograd_nn.engine.ops"):
            if name not in _OWN and not (name.startswith("__i") and name != "__invert__"):
                setattr(Symbol, name, _later(name))


_bind()


def symbols_in(*trees: Any) -> bool:
    """Whether a symbol stands anywhere in these."""
    for value in trees:
        if isinstance(value, Symbol):
            return True
        if isinstance(value, dict):
            if symbols_in(*value.values()):
                return True
        elif isinstance(value, list | tuple) and symbols_in(*value):
            return True
    return False


def note(
    function: Any, args: tuple, kwargs: dict[str, Any], outline: Any = None, name: str | None = None
) -> Any:
    """Notes a call, and gives the symbols of its result.

    outline   the result as a tree of (shape, dtype), where that is known; else two trials on
              zeros tell it.
    """
    if context.lent is not None:
        args, kwargs = read((args, kwargs))
        if not symbols_in(args, kwargs):
            return function(*args, **kwargs)
    if hasattr(function, "_noted"):
        name = function.name
    elif name is None:
        name = unique_name(getattr(function, "__name__", type(function).__name__).strip("_"))
    beside: dict[Symbol, Symbol] = {}
    if outline is None and hasattr(function, "_tells_outline"):
        outline = function._tells_outline(*args, **kwargs)
    if outline is None:
        outline = outlined(function, args, kwargs, beside)
    elif getattr(function, "_reads_around", False):
        try:
            outlined(function, args, kwargs, beside)
        except Unseen:
            raise
        except Exception:  # the result's shape is known: what the trial's zeros broke is no matter
            beside.clear()
    return came(Call(function, args, kwargs, name, beside), outline)


class Unseen(TypeError):
    """A function of symbols was given numbers: a trial shows it none of what it asks for."""


@contextmanager
def _lent(values: dict[Symbol, Any]) -> Iterator[None]:
    """So long, the values stand for symbols wherever an op meets them."""
    before, context.lent = context.lent, values
    try:
        yield
    finally:
        context.lent = before


def read(values: Any) -> Any:
    """A tree with what stands for symbols so long in their place."""
    lent = context.lent
    if lent is None:
        return values
    return tree.map(lambda x: lent.get(x, x) if isinstance(x, Symbol) else x, values)


class Met(dict):
    """The symbols from before a trial that it met, each with what ``make`` gave for it."""

    def __init__(self, make: Callable[[Symbol], Any]) -> None:
        self.make, self.since = make, Call._following()

    def get(self, x: Any, default: Any = None) -> Any:
        if x not in self and x.call.serial < self.since:
            self[x] = self.make(x)
        return super().get(x, default)


def came(call: Call, outline: Any) -> Any:
    """The symbols of a call's result, of a tree of outlines."""
    leaves, structure = tree.flatten(outline)
    symbols = [Symbol(o.shape, o.dtype, call.name, call, i) for i, o in enumerate(leaves)]
    call.outputs = tree.unflatten(structure, symbols)
    noting = getattr(call.function, "_noted", None)
    if noting is not None:
        noting(call)
    return call.outputs


class Outline:
    """A shape, None for any size, and a dtype."""

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: Shape, dtype: Any) -> None:
        self.shape, self.dtype = tuple(shape), as_dtype(dtype)


def tells(outline: Callable[..., Any]) -> Callable[[Any], Any]:
    """A decorator of functions of which data decide how large the result is.

    outline   of the function's arguments, symbols among them: the result's outline, or None where
              trials tell it.
    """

    def give(function: Any) -> Any:
        function._tells_outline = outline
        return function

    return give


def outlined(
    function: Any, args: tuple, kwargs: dict[str, Any], beside: dict[Symbol, Symbol] | None = None
) -> Any:
    """The outline of ``function(*args, **kwargs)``, found by trials on zeros.

    beside   gets the symbols that the function read beside its arguments.
    """
    failed: Exception | None = None
    guesses: Any = itertools.chain(GUESSES, _known_sizes((args, kwargs)))
    if not _open((args, kwargs)):
        guesses = (*GUESSES[:2], PARTED) if _small((args, kwargs)) else GUESSES[:2]
    for batches, sizes in guesses:
        try:
            results = _trials(function, args, kwargs, beside, zip(batches, sizes, strict=True))
        except (ValueError, IndexError) as error:
            failed = failed or error
        else:
            first, structure = tree.flatten(results[0])
            second = tree.flatten(results[-1])[0]
            found = [_between(a, b) for a, b in zip(first, second, strict=True)]
            if len(results) == 1:
                found = [Outline(tuple([None if n == 1 else n for n in o.shape]), o.dtype)
                         for o in found]  # fmt: skip
            return tree.unflatten(structure, found)
    raise failed or ValueError("no trial was made")


def _known_sizes(given: Any) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Guesses by which unknown sizes are some that are known: then they can be nothing else."""
    symbols = [x for x in tree.flatten(given)[0] if isinstance(x, Symbol | Outline)]
    if len(symbols) < 2:
        return
    for n in sorted({n for x in symbols for n in x.shape if n and n > 1})[:4]:
        yield from ((BATCHES, (n, n)), ((n, n), SIZES), ((n, n), (n, n)))


def _open(given: Any) -> bool:
    """Whether a size other than a batch's is unknown, or there are several symbols."""
    symbols = [x for x in tree.flatten(given)[0] if isinstance(x, Symbol | Outline)]
    return any(None in x.shape[1:] for x in symbols) or len(symbols) > 1


def _small(given: Any) -> bool:
    symbols = [x for x in tree.flatten(given)[0] if isinstance(x, Symbol | Outline)]
    return all(math.prod(n or 1 for n in x.shape[1:]) <= LARGEST for x in symbols)


def lasting(build: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``build(*args, **kwargs)``: what it assigns stays, also where a trial called it."""
    noted, mode.changes = mode.changes, None
    try:
        return build(*args, **kwargs)
    finally:
        mode.changes = noted


def _as_before(changes: Any) -> Any:
    """Gives layers' variables back what they held before a trial; returns the other changes."""
    rest = []
    for tensors, arrays in reversed(changes):
        for x, before in zip(tensors, arrays, strict=True):
            if hasattr(x, "trainable"):  # a variable; no module of theirs is known here
                show([x], [before])
            else:  # a generator's: what was drawn is not drawn again
                rest.append(((x,), (before,)))
    return reversed(rest)


def _trials(
    function: Any, args: tuple, kwargs: dict[str, Any], beside: Any, guesses: Any
) -> list[Any]:
    """What a function gives on zeros, of each guess of a batch's size and of others."""
    results = []
    symbols = [x for x in tree.flatten((args, kwargs))[0] if isinstance(x, Symbol | Outline)]
    before, context.added = context.added, []  # what a trial adds counts nothing
    noted, mode.changes = mode.changes, []
    try:
        for batch, size in guesses:

            def zeros(x: Any, batch: int = batch, size: int = size) -> Any:
                if not isinstance(x, Symbol | Outline):
                    return x
                sizes = [n or (size if i else batch) for i, n in enumerate(x.shape)]
                if x.dtype.kind == "U":
                    return np.full(sizes, "")
                return ops.zeros(tuple(sizes), x.dtype)

            met = Met(zeros)
            with no_grad(), linalg.kernels.shapes_alone(), np.errstate(all="ignore"), _lent(met):
                given, named = tree.map(zeros, (args, kwargs))
                results.append(function(*given, **named))
            if beside is not None:
                beside.update({x: x for x in met})
            if not any(None in x.shape for x in (*symbols, *met)):
                return results * 2  # where no size is open, a second trial would tell the same
    finally:
        context.added = before
        rest, mode.changes = _as_before(mode.changes), noted
        if noted is not None:
            noted += rest
    return results


def _between(a: Any, b: Any) -> Outline:
    if not isinstance(a, Tensor):
        raise TypeError(
            f"a call on symbols returned {a!r}, a {type(a).__name__}; expected tensors, or lists, "
            "tuples and dicts of them."
        )
    pairs = zip(a.shape, b.shape, strict=True)
    return Outline(tuple([n if n == m else None for n, m in pairs]), a.dtype)


def outlines(shapes: Any, dtype: Any) -> Any:
    """A tree of shapes as outlines, all of one dtype."""
    return map_shapes(lambda shape: Outline(shape, dtype), shapes)


def shapes_of(symbols: Any) -> Any:
    """The shapes of a tree of symbols."""
    return tree.map(lambda x: x.shape if isinstance(x, Symbolic) else x, symbols)


def sources(end: Symbol, stops: Sequence[Symbol] = ()) -> list[Symbol]:
    """The inputs that a symbol depends on, in the order met, but for what is behind the stops."""
    found = []
    seen = {id(x) for x in stops}
    waiting = [end]
    while waiting:
        x = waiting.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        if x.call.enters:
            found.append(x)
        waiting += reversed(x.call.inputs)
    return found
