"""Tables: states that a step changes in a few rows, found with all that it makes of their rows.

A table's gradient, scattered into zeros, is 0 but in the rows of its indices. What a step makes of
it row by row is told for every other row by computing with 0 in the gradient's place. Where that
says that each state keeps its row, the rows of the indices are all that is needed. So nobody
declares that an update can be done in rows; where it cannot, as with weight decay, there is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Call, Graph, Ref, Value
from autograd_nn.engine.op import REGISTRY, Op
from autograd_nn.engine.ops.indexing import PLACE
from autograd_nn.engine.program.dtypes import known
from autograd_nn.engine.program.passes.simplify import uniform
from autograd_nn.engine.shapes import axes as axes_of

# What a value has in a row without gradient: a number, the row of another value, or not known.
Rest = np.generic | Value | None

NEUTRAL = {"sum": 0, "prod": 1, "any": False, "all": True}  # of a reduction: adds nothing to it
WORTH = 2  # from how many rows per index on


class Table:
    """What is computed, row by row of ``count`` rows, from scatters into zeros."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.calls: dict[int, Call] = {}  # by the index of the result
        self.scatters: list[Call] = []
        self.first = -1  # where the first scatter stands
        self.kept: list[int] = []  # new contents of states that keep other rows, by index
        self.whole = False  # whether somebody needs all rows

    @property
    def indices(self) -> list[Value]:
        """The index arrays, one of each scatter."""
        return [call.operands[1] for call in self.scatters]  # type: ignore[misc]

    @property
    def worth(self) -> bool:
        """Whether the rows of the indices are few enough, and all that anybody needs."""
        touched = sum(i.size for i in self.indices)
        return bool(self.kept) and not self.whole and 0 < WORTH * touched <= self.count


def tables(graph: Graph) -> list[Table]:
    """The tables of a graph that are worth an update in rows."""
    return [t for t in _all(graph) if t.worth]


def _all(graph: Graph) -> list[Table]:
    """The tables of a graph, with what is made of their gradients."""
    of: dict[int, Table] = {}
    rest: dict[int, Rest] = {}
    made = {y.index: at for at, call in enumerate(graph.calls) for y in call.results}
    for at, call in enumerate(graph.calls):
        y = call.result
        if _scatters(call):
            table = of[y.index] = Table(y.shape[0])
            table.scatters.append(call)
            table.first = at
            rest[y.index] = y.dtype.type(0)
        else:
            own = {id(of[x.index]): of[x.index] for x in _values(call) if x.index in of}
            if not own:
                continue
            table = _joined(list(own.values()), of)
            if _by_rows(call, table.count, of):
                of[y.index] = table
                rest[y.index] = _rest(call, rest)
            else:
                table.whole |= not _adds_nothing(call, table.count, rest)
                continue
        table.calls[y.index] = call
    for y in graph.outputs:
        if y.index in of:
            of[y.index].whole = True
    for old, new in graph.effects:
        if new.index in of:
            table, keeps = of[new.index], rest[new.index] is old
            table.whole |= not keeps
            table.kept += [new.index] if keeps else []
    for table in of.values():  # all indices are there when the first scatter is made
        table.whole |= any(made.get(i.index, -1) > table.first for i in table.indices)
    return list({id(t): t for t in of.values()}.values())


def _values(call: Call) -> list[Value]:
    return [x for x in call.operands if isinstance(x, Value)]


def _scatters(call: Call) -> bool:
    """Whether a call scatters whole rows into zeros, by one index array."""
    if call.op is not REGISTRY["scatter"] or len(call.operands) != 2:
        return False
    x, i = call.operands
    where, *others = call.params["key"]
    plain = all(k is Ellipsis or k == slice(None) for k in others)
    return (
        where is PLACE and plain and isinstance(i, Value) and i.dtype.kind in "iu"
        and isinstance(x, Value) and x.dtype == call.result.dtype and known(x, i)
    )  # fmt: skip


def _joined(tables: list[Table], of: dict[int, Table]) -> Table:
    """Several tables, of which a call reads values, as one."""
    table, *others = tables
    for other in others:
        table.whole |= other.whole or other.count != table.count
        table.calls |= other.calls
        table.scatters += other.scatters
        table.first = min(table.first, other.first)
        of.update(dict.fromkeys(other.calls, table))
    return table


def _by_rows(call: Call, count: int, of: dict[int, Table]) -> bool:
    """Whether a row of the result is made of that row of the table's values, and of others."""
    op, y = call.op, call.result
    if len(call.results) > 1 or not y.shape or y.shape[0] != count:
        return False
    if op.fold:
        return "axis" in call.params and not _over_rows(call)
    if op.body is None and op.kind != "copy":
        return False
    own = [x for x in _values(call) if x.index in of]
    return all(len(x.shape) == len(y.shape) and x.shape[0] == count for x in own)


def _over_rows(call: Call) -> bool:
    x = call.operands[0]
    assert isinstance(x, Value)
    return 0 in axes_of(call.params["axis"], len(x.shape))


def _adds_nothing(call: Call, count: int, rest: dict[int, Rest]) -> bool:
    """Whether a call reduces over rows, and those without a gradient change nothing of it."""
    x = call.operands[0]
    if call.op.fold not in NEUTRAL or "axis" not in call.params or not _over_rows(call):
        return False
    found = rest.get(x.index) if isinstance(x, Value) else None
    return isinstance(found, np.generic) and bool(found == NEUTRAL[call.op.fold])


def _rest(call: Call, rest: dict[int, Rest]) -> Rest:
    """What a result has in the rows without a gradient, from what the operands have there."""
    op, y = call.op, call.result
    xs = [_told(x, rest) for x in call.operands]
    if all(map(_number, xs)):
        with np.errstate(all="ignore"):
            if op.fold:
                xs = [np.full((1, *_values(call)[0].shape[1:]), xs[0])]
            return y.dtype.type(np.asarray(op.run(*xs, **call.params)).flat[0])
    for x, number in zip(xs, op.absorbing, strict=False):
        if number is not None and _number(x) and x == number:
            return y.dtype.type(number)
    found = _kept(op, xs)
    if _number(found):
        return y.dtype.type(found)
    alike = isinstance(found, Value) and (found.shape, found.dtype) == (y.shape, y.dtype)
    return found if alike else None


def _kept(op: Op, xs: list[Any]) -> Any:
    """The operand that a result is, where one is known; None otherwise."""
    if op.keeps:
        return xs[0]
    if op is REGISTRY["where"]:
        chosen, yes, no = xs
        if _number(chosen):
            return yes if chosen else no
        return yes if yes is no or (_number(yes) and _number(no) and yes == no) else None
    for x, number, other in zip(xs, op.neutral, xs[::-1], strict=False):
        if number is not None and _number(x) and x == number:
            return other
    return None


def _number(x: Any) -> bool:
    return isinstance(x, np.generic | int | float)


def _told(x: Ref, rest: dict[int, Rest]) -> Any:
    """What an operand has in rows without a gradient; of values that have none, they themselves."""
    if isinstance(x, Value) and x.index in rest:
        return rest[x.index]
    number = uniform(x)
    return x if number is None else number
