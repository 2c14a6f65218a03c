"""Tensors computed once more, of what the variables that they were computed of are now."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.node import RELEASED, Leaf, Name, Whole
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.variable import Variable


def again(x: Any) -> Any:
    """x as its tape makes it of the variables' values of now; x itself where it has none any more.

    In the years of graphs ``(w, 0.1 * v + 0.9 * w)`` was an update for each call to come.

    >>> w = Variable(1.0)
    >>> doubled = w * 2
    >>> _ = w.assign(5.0)
    >>> again(doubled).item()
    10.0
    """
    if not isinstance(x, Tensor) or x.node is None or isinstance(x, Variable):
        return x
    found: dict[int, Any] = {}
    waiting = [x.node]
    with no_grad():
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
