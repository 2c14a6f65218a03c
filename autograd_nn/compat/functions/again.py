"""Tensors computed once more, of what the variables that they were computed of are now.

A tape knows what was made of trained variables; of others, as counters are, `known` notes what
their operators gave.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any
from weakref import ref

from autograd_nn.engine import tree
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import RELEASED, Leaf, Name, Whole
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.network import Network
from autograd_nn.nn.symbols import Call, Symbol
from autograd_nn.nn.variable import Variable

# Of each result of an operator on a variable without a tape that is still held: itself, the
# operator, and what it was of.
_MADE: dict[int, tuple[Any, Any, tuple]] = {}
_OPERATORS = (
    "__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__",
    "__rtruediv__", "__floordiv__", "__mod__", "__pow__", "__neg__",
)  # fmt: skip


def known(today: Any) -> Any:
    """An operator of `Variable`, whose result `again` knows how to make again."""

    @wraps(today)
    def operator(self: Any, *others: Any) -> Any:
        y = today(self, *others)
        untaped = any([isinstance(x, Variable) and x.node is None for x in (self, *others)])
        if untaped and type(y) is Tensor and mode.recorder is None:
            number = id(y)
            gone = ref(y, lambda _: _MADE.pop(number, None))
            _MADE[number] = gone, today, (self, *others)
        return y

    return operator


def _origin(x: Any) -> Any:
    held, operator, args = _MADE.get(id(x), (None, None, ()))
    return (operator, args) if held is not None and held() is x else None


def moves(x: Any) -> bool:
    """Whether x was computed of variables, and may be another now."""
    if not isinstance(x, Tensor) or isinstance(x, Variable):
        return False
    return x.node is not None or _origin(x) is not None


def again(x: Any) -> Any:
    """x as its tape makes it of the variables' values of now; x itself where it has none any more.

    In the years of graphs ``(w, 0.1 * v + 0.9 * w)`` was an update for each call to come.

    >>> w = Variable(1.0)
    >>> doubled = w * 2
    >>> _ = w.assign(5.0)
    >>> again(doubled).item()
    10.0
    """
    if not moves(x):
        return x
    origin = _origin(x)
    if origin is not None:
        operator, args = origin
        return operator(*map(again, args))
    found: dict[int, Any] = {}
    waiting = [x.node]
    while waiting:
        node = waiting[-1]
        if node.sources is RELEASED:
            return x
        lacking = [p for p in node.parents if not isinstance(p, Leaf) and id(p) not in found]
        if lacking:
            waiting += lacking
            continue
        waiting.pop()
        if id(node) not in found:
            found[id(node)] = _made(node, found)
    return found[id(x.node)]


def _made(node: Any, found: dict[int, Any]) -> Any:
    if isinstance(node, Leaf):
        return node.owner
    whole = node.sources[0]
    if isinstance(whole, Whole):
        return found[id(whole)][whole.serials.index(node.serial)]
    operands = [
        _now(source, array, found) for source, array in zip(node.sources, node.arrays, strict=True)
    ]
    return node.op.function(*operands, **node.params)


def _now(source: Any, array: Any, found: dict[int, Any]) -> Any:
    """An operand: a variable, what was made of some before, or the array that was read."""
    if isinstance(source, Leaf | Name):
        owner = source.owner
        return wrap(array) if owner is None else owner
    return found[id(source)] if id(source) in found else wrap(array)


class Following(Network):
    """A network in which what its calls were given of variables' values is that of each run.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> x, w = nn.Input((1,)), Variable(1.0)
    >>> network = Following(x, x + 2 * w)
    >>> _ = w.assign(5.0)
    >>> network(np.ones((1, 1))).tolist()
    [[11.0]]
    """

    def _plan(self) -> None:
        super()._plan()
        self._steps = [
            (_Follows(call) if _given(call) else call, alone, outputs, spent)  # type: ignore[misc]
            for call, alone, outputs, spent in self._steps
        ]


def leaves_of(x: Any) -> list[Variable]:
    """The variables that a tensor was computed of, as its tape knows them."""
    found: dict[int, Variable] = {}
    waiting = [x.node] if moves(x) and x.node is not None else []
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or node.sources is RELEASED:
            continue
        seen.add(id(node))
        if isinstance(node, Leaf) and isinstance(node.owner, Variable):
            found[id(node.owner)] = node.owner
        waiting += node.parents
    return list(found.values())


def _given(call: Call) -> bool:
    return any(moves(x) for x in tree.flatten((call.args, call.kwargs))[0])


class _Follows:
    """A call, made of such values."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def __call__(self, values: Any) -> Any:
        now = copy(self.call)
        now.args, now.kwargs = tree.map(
            lambda x: x if isinstance(x, Symbol) else again(x), (now.args, now.kwargs)
        )
        return now(values)


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.variable:Variable": dict.fromkeys(_OPERATORS, known),
}
