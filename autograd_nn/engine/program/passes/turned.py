"""Turning: what is computed of windows goes over their entries first and over channels last.

`windows` shows a window's entries along the last axes, where they lie far apart, in front of them
the channels, which lie side by side. A loop over a few entries is no vector: elementwise calls on
windows are made of turned ones instead, with every other operand turned alike, and reductions give
what they gave. So whatever a user makes of windows gets the loops that pooling has. Turning is a
view.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from autograd_nn.engine.graph.values import Call, Graph, Immediate, Value
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.passes.fuse import loopable
from autograd_nn.engine.shapes import axes as axes_of

FEWEST = 4  # channels that are worth it
MOST = 64  # entries of a window: sums over more are gathered in more digits, if in one loop
SMALL = 16  # entries of a call for each of an operand that is laid anew, to be a vector, too

Order = tuple[int, ...]


@dataclass(slots=True)
class _Turned:
    """Values as they are told so far: each with the value it is turned to, and by which order."""

    values: list[Value]
    calls: list[Call] = field(default_factory=list)
    of: dict[int, tuple[Value, Order]] = field(default_factory=dict)
    back: set[int] = field(default_factory=set)  # those that are there as they were, too

    def fresh(self, shape: tuple[int, ...], like: Value) -> Value:
        made = Value(len(self.values), "computed", shape, like.dtype)
        self.values.append(made)
        return made

    def turn(self, x: Value, order: Order) -> Value:
        """A view of x, its axes in another order."""
        made = self.fresh(tuple([x.shape[i] for i in order]), x)
        self.calls.append(Call(REGISTRY["transpose"], (x,), {"axes": order}, (made,)))
        return made

    def plain(self, x: Any) -> Any:
        """An operand as it was, for a call that is made as it was."""
        if isinstance(x, Value) and x.index in self.of and x.index not in self.back:
            self.back.add(x.index)
            z, order = self.of[x.index]
            self.calls.append(Call(REGISTRY["transpose"], (z,), {"axes": _inverse(order)}, (x,)))
        return x

    def alike(self, x: Any, order: Order, size: int) -> Any:
        """An operand of a call that is turned."""
        if isinstance(x, Immediate):
            return x
        if x.index in self.of and self.of[x.index][1] == order:
            return self.of[x.index][0]
        self.plain(x)
        lead = len(order) - len(x.shape)
        if lead:
            shape = (1,) * lead + x.shape
            wide = self.fresh(shape, x)
            self.calls.append(Call(REGISTRY["reshape"], (x,), {"shape": shape}, (wide,)))
            x = wide
        found = self.turn(x, order)
        if SMALL * x.size > size or found.shape[-1] == 1 or x.size == found.shape[-1]:
            return found
        laid = self.fresh(found.shape, found)
        self.calls.append(Call(REGISTRY["positive"], (found,), {}, (laid,)))
        return laid


def turned(graph: Graph) -> Graph:
    """An equal graph in which calls on windows of channels go over the channels last."""
    if not any(_order(call) for call in graph.calls):
        return graph
    made = _Turned(graph.values)
    for call in graph.calls:
        if (order := _order(call)) is not None:
            made.calls.append(_as_it_was(made, call))
            made.of[call.result.index] = made.turn(call.result, order), order
            made.back.add(call.result.index)
        elif not (_elementwise(made, call) or _reduced(made, call)):
            made.calls.append(_as_it_was(made, call))
    for v in (*graph.outputs, *(new for _, new in graph.effects)):
        made.plain(v)
    return Graph(
        graph.inputs, made.calls, graph.outputs, graph.effects, graph.values, graph.captured
    )


def _as_it_was(made: _Turned, call: Call) -> Call:
    operands = tuple([made.plain(x) for x in call.operands])
    return Call(call.op, operands, call.params, call.results, call.taped)


def _order(call: Call) -> Order | None:
    """How windows are turned; None for other calls, and where the last axis is one of windows."""
    if call.op is not REGISTRY["windows"]:
        return None
    x, y = call.operands[0], call.result
    assert isinstance(x, Value)
    last = len(x.shape) - 1
    few = 1 < math.prod(y.shape[last + 1 :]) <= MOST
    if not few or last in call.params["axes"] or x.shape[last] < FEWEST:
        return None
    return (*range(last), *range(last + 1, len(y.shape)), last)


def _inverse(order: Order) -> Order:
    return tuple(sorted(range(len(order)), key=lambda i: order[i]))


def _elementwise(made: _Turned, call: Call) -> bool:
    """Turns an elementwise call, if an operand is and has as many axes."""
    y = call.result
    if call.op.kind not in ("elementwise", "copy") or not loopable(call) or len(call.results) > 1:
        return False
    orders = [made.of[x.index][1] for x in call.operands
              if isinstance(x, Value) and x.index in made.of]
    if not orders or len(orders[0]) != len(y.shape):
        return False
    order = orders[0]
    operands = tuple([made.alike(x, order, y.size) for x in call.operands])
    z = made.fresh(tuple([y.shape[i] for i in order]), y)
    made.calls.append(Call(call.op, operands, call.params, (z,), call.taped))
    made.of[y.index] = z, order
    return True


def _reduced(made: _Turned, call: Call) -> bool:
    """Makes a reduction of a turned operand; its result is turned, too, where it keeps the axes."""
    x, y = call.operands[0] if call.operands else None, call.result
    if not call.op.fold or not isinstance(x, Value) or x.index not in made.of or not loopable(call):
        return False
    z, order = made.of[x.index]
    lead = len(order) - len(y.shape)
    if "axis" in call.params:
        gone = axes_of(call.params["axis"], len(order))
        left = [i for i in order if i not in gone]
        params = {**call.params, "axis": tuple([k for k, i in enumerate(order) if i in gone])}
        if not call.params["keepdims"]:
            return _put(made, call, z, params, left, sorted(left))
    elif lead:
        if order[:lead] != tuple(range(lead)):
            return False
        left = [i for i in order if i >= lead]
        shape = tuple([y.shape[i - lead] for i in left])
        return _put(made, call, z, {**call.params, "shape": shape}, left, sorted(left))
    else:
        params = {**call.params, "shape": tuple([y.shape[i] for i in order])}
    r = made.fresh(tuple([y.shape[i] for i in order]), y)
    made.calls.append(Call(call.op, (z,), params, (r,), call.taped))
    made.of[y.index] = r, order
    return True


def _put(
    made: _Turned, call: Call, z: Value, params: dict[str, Any], left: list[int], was: list[int]
) -> bool:
    """Makes the reduction; of results whose axes come in another order, a view is in order."""
    y = call.result
    if left == was:
        made.calls.append(Call(call.op, (z,), params, (y,), call.taped))
        return True
    r = made.fresh(tuple([y.shape[was.index(i)] for i in left]), y)
    made.calls.append(Call(call.op, (z,), params, (r,), call.taped))
    back = tuple([left.index(i) for i in was])
    made.calls.append(Call(REGISTRY["transpose"], (r,), {"axes": back}, (y,)))
    return True
