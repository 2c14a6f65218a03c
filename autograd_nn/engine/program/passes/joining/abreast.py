"""Abreast: narrow products that share a matrix, or a sum, become one.

A B₁ and A B₂ are columns of A [B₁ B₂], and A₁ B₁ + A₂ B₂ is [A₁ A₂] [B₁; B₂]: the heads of a model,
an encoder's two results, experts. A product of few columns takes as long as one whose columns fill
a vector, one of little depth longer to begin and end than to compute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_nn.engine.graph.values import Call, Graph, Ref, Value
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.passes.simplify import simplify

FULL = 16  # columns that are computed at once, however few are needed
DEEP = 32  # of a product that is short, at most
LEAST = 4096  # entries that one column, or one step of the depth, is summed or added for


def abreast(graph: Graph) -> Graph:
    """An equal graph, in which such products stand side by side."""
    if sum(_narrow(call) or _short(call) for call in graph.calls) < 2:
        return graph
    orders: dict[frozenset[int], list[int]] = {}
    found = _shared(_summed(graph, orders), orders)
    return graph if found is graph else simplify(found)


def _product(call: Call) -> bool:
    """Whether a call multiplies two matrices of one floating dtype."""
    return call.op is REGISTRY["matmul"] and all(
        isinstance(x, Value) and len(x.shape) == 2 and x.dtype == call.result.dtype
        and x.dtype.str[1:] in ("f4", "f8")
        for x in call.operands
    )  # fmt: skip


def _narrow(call: Call) -> bool:
    if not _product(call):
        return False
    (n, m), k = call.result.shape, call.operands[0].shape[1]  # type: ignore[union-attr]
    return m < 4 * FULL and m % FULL != 0 and n * k >= LEAST


def _short(call: Call) -> bool:
    return _product(call) and call.operands[0].shape[1] <= DEEP and call.result.size >= LEAST  # type: ignore[union-attr]


# ---- products that read one matrix --------------------------------------------------------------


class _Row:
    """Products of one matrix, and where one of all may stand: before them, or behind."""

    def __init__(self, first: int, call: Call) -> None:
        self.first = self.last = first
        self.calls = [call]
        self.before = self.behind = True

    def takes(self, at: int, call: Call, made: dict[int, int], read: dict[int, int]) -> bool:
        """Adds a product, where that is possible."""
        before = self.before and made.get(call.operands[1].index, -1) < self.first  # type: ignore[union-attr]
        behind = self.behind and all(read.get(c.result.index, at + 1) > at for c in self.calls)
        if not before and not behind:
            return False
        self.before, self.behind, self.last = before, behind, at
        self.calls.append(call)
        return True

    @property
    def pays(self) -> bool:
        """Whether the columns fill fewer vectors together than apart."""
        columns = [call.result.shape[1] for call in self.calls]
        return -(-sum(columns) // FULL) < sum(-(-m // FULL) for m in columns)


def _shared(graph: Graph, orders: dict[frozenset[int], list[int]]) -> Graph:
    """With products of one matrix joined; where theirs are joined already, in that order."""
    made = {y.index: at for at, call in enumerate(graph.calls) for y in call.results}
    read: dict[int, int] = {}  # where a value is read first
    for at, call in enumerate(graph.calls):
        for x in call.operands:
            if isinstance(x, Value):
                read.setdefault(x.index, at)
    open_: dict[int, _Row] = {}  # by the matrix on the left
    rows: list[_Row] = []
    for at, call in enumerate(graph.calls):
        if not _narrow(call):
            continue
        left = call.operands[0].index  # type: ignore[union-attr]
        if left not in open_ or not open_[left].takes(at, call, made, read):
            open_[left] = _Row(at, call)
            rows.append(open_[left])
    rows = [row for row in rows if row.pays]
    if not rows:
        return graph
    places = {row.first if row.before else row.last: row for row in rows}
    gone = {id(call) for row in rows for call in row.calls}
    calls: list[Call] = []
    for at, call in enumerate(graph.calls):
        if at in places:
            calls += _side_by_side(graph.values, places[at].calls, orders)
        if id(call) not in gone:
            calls.append(call)
    return _with(graph, calls)


def _side_by_side(
    values: list[Value], products: list[Call], orders: dict[frozenset[int], list[int]]
) -> list[Call]:
    """One product, and its columns copied apart: whoever reads them finds them as they were."""
    calls: list[Call] = []
    by = {_right(call).index: call for call in products}
    order = orders.get(frozenset(by), list(by))
    a, bs = products[0].operands[0], [_right(by[i]) for i in order]
    b = _joined(values, calls, bs, 1)
    y = _write(values, calls, "matmul", (a, b), (a.shape[0], b.shape[1]))  # type: ignore[union-attr]
    start = 0
    for call in [by[i] for i in order]:
        n, m = call.result.shape
        key = (slice(None), slice(start, start + m))
        part = _write(values, calls, "slice", (y,), (n, m), key=key)
        calls.append(Call(REGISTRY["concatenate"], (part,), {"axis": 0}, call.results))
        start += m
    return calls


# ---- sums of products ---------------------------------------------------------------------------


def _summed(graph: Graph, orders: dict[frozenset[int], list[int]]) -> Graph:
    """With short products that are added joined; ``orders`` is told what stands in which order."""
    uses = Counter(x.index for call in graph.calls for x in call.operands if isinstance(x, Value))
    uses.update(v.index for v in (*graph.outputs, *[new for _, new in graph.effects]))
    makers = {call.result.index: call for call in graph.calls}
    gone: set[int] = set()
    sums: dict[int, list[Call]] = {}
    for call in reversed(graph.calls):
        if id(call) in gone or call.op is not REGISTRY["add"]:
            continue
        found = _terms(call, makers, uses)
        if len(found.products) > 1:
            gone |= {id(one) for one in (*found.inner, *found.products)}
            sums[id(call)] = _one_after_another(graph.values, call, found, makers, orders)
    if not sums:
        return graph
    calls: list[Call] = []
    for call in graph.calls:
        calls += sums.get(id(call), [] if id(call) in gone else [call])
    return _with(graph, calls)


@dataclass(slots=True)
class _Terms:
    """What a sum adds up: short products, and the rest; ``inner``: the sums within it."""

    inner: list[Call] = field(default_factory=list)
    products: list[Call] = field(default_factory=list)
    rest: list[Ref] = field(default_factory=list)


def _terms(call: Call, makers: dict[int, Call], uses: Counter[int]) -> _Terms:
    y, found = call.result, _Terms()
    todo = [*reversed(call.operands)]
    while todo:
        x = todo.pop()
        alone = isinstance(x, Value) and uses[x.index] == 1 and (x.shape, x.dtype) == (
            y.shape, y.dtype
        )  # fmt: skip
        maker = makers.get(x.index) if alone else None  # type: ignore[union-attr]
        if maker is not None and maker.op is REGISTRY["add"]:
            found.inner.append(maker)
            todo += reversed(maker.operands)
        elif maker is not None and _short(maker):
            found.products.append(maker)
        else:
            found.rest.append(x)
    return found


def _one_after_another(
    values: list[Value], call: Call, found: _Terms, makers: dict[int, Call],
    orders: dict[frozenset[int], list[int]],
) -> list[Call]:  # fmt: skip
    """One product of greater depth, and what else there is to add."""
    calls: list[Call] = []
    turned = all(_turns(makers.get(_right(p).index)) for p in found.products)

    def source(product: Call) -> Any:
        return makers[_right(product).index].operands[0] if turned else _right(product)

    products = sorted(found.products, key=lambda p: source(p).index)
    lefts: list[Any] = [p.operands[0] for p in products]
    rights = [source(p) for p in products]
    for each in (lefts, rights if turned else []):
        orders[frozenset(x.index for x in each)] = [x.index for x in each]
    a = _joined(values, calls, lefts, 1)
    b = _joined(values, calls, rights, 1 if turned else 0)
    if turned:
        b = _write(values, calls, "matrix_transpose", (b,), b.shape[::-1])
    total = _write(values, calls, "matmul", (a, b), call.result.shape)
    for x in found.rest:
        total = _write(values, calls, "add", (total, x), call.result.shape)
    calls[-1].results = call.results
    return calls


# ---- writing calls ------------------------------------------------------------------------------


def _right(product: Call) -> Value:
    b = product.operands[1]
    assert isinstance(b, Value)
    return b


def _turns(call: Call | None) -> bool:
    """Whether a call transposes a matrix."""
    if call is None or len(call.result.shape) != 2:
        return False
    if call.op is REGISTRY["transpose"]:
        axes = call.params["axes"]
        return axes is None or [i % 2 for i in axes] == [1, 0]
    return call.op is REGISTRY["matrix_transpose"]


def _joined(values: list[Value], calls: list[Call], parts: Sequence[Value], axis: int) -> Value:
    shape = list(parts[0].shape)
    shape[axis] = sum(x.shape[axis] for x in parts)
    return _write(values, calls, "concatenate", tuple(parts), tuple(shape), axis=axis)


def _write(
    values: list[Value], calls: list[Call], op: str, xs: tuple[Any, ...], shape: tuple[int, ...],
    **params: Any,
) -> Value:  # fmt: skip
    y = Value(len(values), "computed", shape, xs[0].dtype)
    values.append(y)
    calls.append(Call(REGISTRY[op], xs, params, (y,)))
    return y


def _with(graph: Graph, calls: list[Call]) -> Graph:
    return Graph(graph.inputs, calls, graph.outputs, graph.effects, graph.values, graph.captured)
