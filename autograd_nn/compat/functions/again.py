"""Tensors computed once more, of what the variables that they were computed of are now.

A tape knows what was made of trained variables; of others, as counters are, `follow` notes what
ops gave of them, and of that in turn.
"""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import Any
from weakref import ref

from autograd_nn.engine import tree
from autograd_nn.engine.calls import settled
from autograd_nn.engine.node import RELEASED, Leaf, Name, Whole
from autograd_nn.engine.op import Op
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.context import context
from autograd_nn.nn.network import Network
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.symbols import Call, Symbol
from autograd_nn.nn.variable import Variable

# Of each result that is held, of what no tape knows: itself, its array, the function that it is
# of (None: it is not known any more) with what that was given, which of several it is, and how many
# such results lie behind it.
_MADE: dict[int, tuple[Any, ...]] = {}
_FAR = 200  # a loop that goes on and on from its own results must not keep all of them


def follow(op: Op, operands: tuple, params: dict[str, Any], y: Any) -> None:
    """Notes a call of what depends on a variable that no tape knows of; see `mode.followers`."""
    for x in operands:
        if id(x) in _MADE or isinstance(x, Variable):
            break
    else:  # as mostly
        return
    far = max(map(_distance, operands))
    if not far or context.training is not None or op.kind == "random":
        return
    how: Any = (op.function, operands, settled(params)) if far <= _FAR else (None, (), {})
    for k, part in enumerate(y) if isinstance(y, tuple) else [(None, y)]:
        number = id(part)
        gone = ref(part, partial(forgotten, _MADE, number))
        _MADE[number] = gone, part.array, *how, k, far


def forgotten(notes: dict[int, Any], number: int, gone: Any) -> None:
    """What is noted of something goes with it: given the notes, as modules end before it may."""
    notes.pop(number, None)


def _distance(x: Any) -> int:
    """How far x is from such a variable: 1 of one, 0 of what depends on none."""
    if isinstance(x, Variable):
        return int(x.node is None)
    return 0 if (origin := _origin(x)) is None else origin[-1] + 1


def _origin(x: Any) -> Any:
    """What is noted of x, unless it was assigned to since."""
    held, array, *origin = _MADE.get(id(x), (None, None))
    return origin if held is not None and held() is x and x.array is array else None


def moves(x: Any) -> bool:
    """Whether x was computed of variables, and may be another now."""
    if not isinstance(x, Tensor) or isinstance(x, Variable):
        return False
    return x.node is not None or _origin(x) is not None


def again(x: Any) -> Any:
    """x as it is made of the variables' values of now; x itself where nothing is known any more.

    In the years of graphs ``(w, 0.1 * v + 0.9 * w)`` was an update for each call to come.

    >>> w = Variable(1.0)
    >>> doubled = w * 2
    >>> _ = w.assign(5.0)
    >>> again(doubled).item()
    10.0
    """
    found: dict[int, Any] = {}
    waiting = [x] if moves(x) else []
    while waiting:
        y = waiting[-1]
        origin = _origin(y)
        operands = () if origin is None else origin[1]
        lacking = [a for a in operands if moves(a) and id(a) not in found]
        if lacking:
            waiting += lacking
            continue
        waiting.pop()
        if id(y) in found:
            continue
        if origin is None:
            found[id(y)] = _taped(y)
        elif origin[0] is None:
            warn_user(
                "what is computed of variables has the values of when it was: more than "
                f"{_FAR} steps lie between. Compute it by K.update, or within the function.",
                RuntimeWarning,
            )
            found[id(y)] = y
        else:
            function, _, params, k, _ = origin
            made = function(*[found.get(id(a), a) for a in operands], **params)
            found[id(y)] = made if k is None else made[k]
    return found.get(id(x), x)


def _taped(x: Tensor) -> Any:
    """x as its tape makes it again."""
    found: dict[int, Any] = {}
    waiting: list[Any] = [x.node]
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
