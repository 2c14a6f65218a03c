"""Rows: tables that a step changes in a few rows are read and written in those rows alone.

The calls that update one run on the distinct rows that its indices mean: the states' rows are
gathered, the new ones put back. Of indices for one row the gradients are summed in their order, as
they would be in the whole table. So a step costs by the rows that it touches.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Call, Graph, Ref, Value
from autograd_nn.engine.op import REGISTRY, Op
from autograd_nn.engine.ops.indexing import PLACE
from autograd_nn.engine.program.passes.simplify import simplify
from autograd_nn.engine.program.passes.touching.tables import Table, tables


def rows(graph: Graph) -> Graph:
    """An equal graph in which tables are updated in the rows that have a gradient."""
    found = tables(graph)
    if not found:
        return graph
    calls: list[Call] = []
    few = [Rows(table, graph, calls) for table in found]
    of = {index: rows for rows in few for index in rows.table.calls}
    put: dict[int, Value] = {}
    olds = {new.index: old for old, new in graph.effects}
    for call in graph.calls:
        y = call.result
        own = of.get(y.index)
        if own is not None:
            own.add(call)
            if y.index in own.table.kept:
                put[y.index] = own.put(olds[y.index], y)
            continue
        reads = (of.get(x.index) for x in call.operands if isinstance(x, Value))
        if (source := next((r for r in reads if r is not None), None)) is not None:
            call = Call(call.op, source.operands(call), call.params, call.results)
        calls.append(call)
    effects = [(old, put.get(new.index, new)) for old, new in graph.effects]
    return simplify(
        Graph(graph.inputs, calls, graph.outputs, effects, graph.values, graph.captured)
    )


def changed(graph: Graph) -> list[tuple[Value, set[int]]]:
    """The states of which a run changes rows alone, each with the inputs whose numbers say which.

    Only those whose numbers are inputs as they are given; none of a graph `rows` has not seen.
    """
    makers = {y.index: call for call in graph.calls for y in call.results}
    inputs = {v.index: k for k, v in enumerate(graph.inputs)}
    found = []
    for old, new in graph.effects:
        put = makers.get(new.index)
        if put is None or put.op is not REGISTRY["put"] or put.operands[0] is not old:
            continue
        of = makers.get(put.operands[2].index)  # type: ignore[union-attr]
        if of is None or of.op is not REGISTRY["distinct"]:
            continue
        named, todo = set[int](), [*of.operands]
        while todo:
            x: Any = todo.pop()
            maker = makers.get(x.index)
            if x.index in inputs:
                named.add(inputs[x.index])
            elif maker is not None and _as_given(maker):
                todo += maker.operands
            else:
                named.clear()
                break
        if named:
            found.append((old, named))
    return found


def _as_given(call: Call) -> bool:
    """Whether a call gives numbers of its operands as they are."""
    op, dtype = call.op, call.result.dtype
    joins = op.kind == "view" or op is REGISTRY["concatenate"]
    return joins or (op is REGISTRY["astype"] and dtype.kind == "i" and dtype.itemsize >= 4)


class Rows:
    """A table's values in the rows of its indices, written after the ``calls`` there are."""

    def __init__(self, table: Table, graph: Graph, calls: list[Call]) -> None:
        self.table, self.values, self.calls = table, graph.values, calls
        self.of: dict[int, Value] = {}  # by the index of the value of all rows
        self.made = {call.result.index: call for call in graph.calls}
        self.count = sum(i.size for i in table.indices)
        self.rows: Value  # the rows, each once, after spare ones
        self.slots: dict[int, Value] = {}  # for each scatter, where each index's row stands

    def add(self, call: Call) -> None:
        """Writes a call of the table."""
        y = call.result
        shape = (self.count, *y.shape[1:])
        if call in self.table.scatters:
            if not self.slots:
                self._begin()
            found = self._write(
                "scatter", (call.operands[0], self.slots[y.index]), shape, y.dtype,
                {**call.params, "shape": shape},
            )  # fmt: skip
        else:
            found = self._write(call.op, self.operands(call), shape, y.dtype, call.params)
        self.of[y.index] = found

    def operands(self, call: Call) -> tuple[Ref, ...]:
        """The operands of a call, those of the table's many rows in the rows of the indices."""
        return tuple(self._few(x, len(call.result.shape)) for x in call.operands)

    def put(self, old: Value, new: Value) -> Value:
        """A state with its new rows. Spare ones come first, and are written over."""
        xs = (old, self.of[new.index], self.rows)
        return self._write("put", xs, old.shape, old.dtype, {"key": (PLACE,)})

    def _begin(self) -> None:
        lines = []
        for i in self.table.indices:
            if i.dtype != np.int64:
                i = self._write("astype", (i,), i.shape, np.int64, {"dtype": np.dtype(np.int64)})
            lines.append(self._reshape(i, (i.size,)))
        shape = (self.count,)
        flat = lines[0]
        if len(lines) > 1:
            flat = self._write("concatenate", tuple(lines), shape, np.int64, {"axis": 0})
        self.rows = self._write("distinct", (flat,), shape, np.int64, {"size": self.table.count})
        slots, spare = self._value(shape, np.int64), self._value((), np.int64)
        self.calls[-1].results = (self.rows, slots, spare)
        start = 0
        for call, i in zip(self.table.scatters, self.table.indices, strict=True):
            key = (slice(start, start + i.size),)
            part = self._write("slice", (slots,), (i.size,), np.int64, {"key": key})
            self.slots[call.result.index] = self._reshape(part, i.shape)
            start += i.size

    def _few(self, x: Ref, ndim: int) -> Ref:
        if not isinstance(x, Value):
            return x
        if x.index not in self.of:
            if len(x.shape) != ndim or x.shape[0] != self.table.count:
                return x  # one for all rows
            shape = (self.count, *x.shape[1:])
            call = self.made.get(x.index)
            if call is not None and call.op.body is not None:  # cheaper than in all rows
                op, xs, params = call.op, self.operands(call), call.params
            else:
                op, xs, params = REGISTRY["gather"], (x, self.rows), {"key": (PLACE,)}
            self.of[x.index] = self._write(op, xs, shape, x.dtype, params)
        return self.of[x.index]

    def _reshape(self, x: Value, shape: tuple[int, ...]) -> Value:
        return self._write("reshape", (x,), shape, x.dtype, {"shape": shape})

    def _write(
        self, op: Op | str, xs: tuple[Ref, ...], shape: tuple[int, ...], dtype: Any,
        params: dict[str, Any],
    ) -> Value:  # fmt: skip
        y = self._value(shape, dtype)
        self.calls.append(Call(REGISTRY[op] if isinstance(op, str) else op, xs, params, (y,)))
        return y

    def _value(self, shape: tuple[int, ...], dtype: Any) -> Value:
        y = Value(len(self.values), "computed", shape, np.dtype(dtype))
        self.values.append(y)
        return y
