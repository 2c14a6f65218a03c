"""What need not be done step by step leaves a loop.

A call that reads only what stays is made once, before the loop. One that reads what runs over the
steps, and nothing carried, is made for all steps at once, by its batch rule. A sum over the steps
of products is one product of what was stacked, after the loop. All of it are ops on tensors, which
are taped and recorded like any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.graph.batch import batched, every, rule_of
from autograd_nn.engine.graph.loops import Counts, contents, part
from autograd_nn.engine.graph.replay import plain, tensor_of
from autograd_nn.engine.graph.values import Call, Graph, Value
from autograd_nn.engine.mode import mode, taping
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.tensor import Tensor

Run = Callable[[Graph, Counts, Sequence[Tensor]], list[Tensor]]


def hoist(
    body: Graph, counts: Counts, length: int, operands: Sequence[Tensor], run: Run,
    lean: bool = False,
) -> list[Tensor]:  # fmt: skip
    """The results of a loop, of which ``run`` runs what has to be done step by step.

    lean   what would take the memory of all steps at once is made step by step.
    """
    c, n, s = counts.carried, counts.running, counts.stacked
    body = part(body.inputs, body.outputs, body.calls)
    known = {v.index: x for v, x in zip(body.inputs[c:], operands[c:], strict=True)}
    rows = {v.index for v in body.inputs[c : c + n]}  # of what is known: one entry a step
    leaving = _leaving(body, known.keys(), rows, lean)
    for call in leaving:
        xs = [_known(x, known) for x in call.operands]
        on = [isinstance(x, Value) and x.index in rows for x in call.operands]
        if any(on):
            rows |= {v.index for v in call.results}
            with taping(mode.taping and call.taped):
                made = batched(call, length, on, xs)
        else:
            made = plain(call, xs)
        made = made if len(call.results) > 1 else (made,)
        known.update({v.index: y for v, y in zip(call.results, made, strict=True)})
    gone = {id(call) for call in leaving}
    inside = [call for call in body.calls if id(call) not in gone]

    def is_known(v: Value) -> bool:
        return v.index in known or contents(v) is not None

    stacked = {v.index: v for v in body.outputs[c : c + s] if not is_known(v)}
    sums = Sums([] if lean else inside, is_known, rows, stacked)
    terms = [sums.terms(v) for v in body.outputs[c + s :]]
    sums.settle()
    added = sums.added
    ends = [*body.outputs[:c], *stacked.values(), *added.values()]
    left = part(body.inputs, ends, inside)
    reads = {x.index: x for call in left.calls for x in call.operands if isinstance(x, Value)}
    reads |= {v.index: v for v in ends}
    entered = [v for k, v in reads.items() if k in known]
    running = [v for v in entered if v.index in rows]
    staying = [v for v in entered if v.index not in rows]
    left = Graph([*body.inputs[:c], *running, *staying], left.calls, left.outputs, [], [])
    found: list[Tensor] = []
    if ends:
        numbers = Counts(c, len(running), len(staying), len(stacked), len(added))
        given = [known[v.index] for v in (*running, *staying)]
        found = run(left, numbers, [*operands[:c], *given])
    made_rows = dict(zip(stacked, found[c : c + len(stacked)], strict=True))
    totals = dict(zip(added, found[c + len(stacked) :], strict=True))

    def gathered(v: Value) -> Tensor:
        if v.index in made_rows:
            return made_rows[v.index]
        return every(length, [v.index in rows], [_known(v, known)])[0]

    def total(v: Value) -> Tensor:
        return totals[v.index] if v.index in totals else sums.of(v, length, gathered)

    ys = [gathered(v) for v in body.outputs[c : c + s]]
    return [*found[:c], *ys, *[reduce(ops.add, map(total, some)) for some in terms]]


def _known(x: Any, known: dict[int, Tensor]) -> Any:
    if not isinstance(x, Value):
        return x.value
    return known[x.index] if x.index in known else tensor_of(x)


def _leaving(body: Graph, known: Any, rows: set[int], lean: bool) -> list[Call]:
    """The calls that can be made before the loop.

    One that only repeats entries stays where it is, unless others leave that read it.
    """
    able = set(known)
    over = set(rows)
    found: list[Call] = []
    for call in body.calls:
        read = [x for x in call.operands if isinstance(x, Value)]
        if not call.op.pure or not all(x.index in able or contents(x) is not None for x in read):
            continue
        if any(x.index in over for x in read):
            if lean or rule_of(call.op) is None:
                continue
            over |= {v.index for v in call.results}
        able |= {v.index for v in call.results}
        found.append(call)
    read_by: set[int] = set()
    leaving = []
    for call in reversed(found):
        grows = call.op.kind == "view" and call.result.size > call.operands[0].size  # type: ignore[union-attr]
        if not grows or call.result.index in read_by:
            leaving.append(call)
            read_by |= {x.index for x in call.operands if isinstance(x, Value)}
    return leaving[::-1]


class Sums:
    """What a loop adds up, where that can be told from what it stacks.

    stacked   the values that the loop stacks; what products need is entered here.
    added     those it still adds up itself.
    """

    def __init__(
        self, calls: Sequence[Call], is_known: Callable[[Value], bool], rows: set[int],
        stacked: dict[int, Value],
    ) -> None:  # fmt: skip
        self._makers = {v.index: call for call in calls for v in call.results}
        self._is_known, self._rows, self.stacked = is_known, rows, stacked
        self.added: dict[int, Value] = {}
        self._terms: dict[int, Value] = {}

    def terms(self, v: Value) -> list[Value]:
        """The values whose sum a value is; factors of products are to be stacked."""
        call = self._makers.get(v.index)
        if call is not None and call.op is REGISTRY["add"]:
            pair = [x for x in call.operands if isinstance(x, Value)]
            if len(pair) == 2 and all(x.shape == v.shape and x.dtype == v.dtype for x in pair):
                return [term for x in pair for term in self.terms(x)]
        self._terms[v.index] = v
        if self._is_product(call):
            assert call is not None
            for x in self._factors(call):
                if not self._is_known(x):
                    self.stacked[x.index] = x
        return [v]

    def settle(self) -> None:
        """Decides which terms the loop adds up itself: those of which nothing is stacked."""
        for v in self._terms.values():
            call = self._makers.get(v.index)
            if self._is_known(v) or self._is_product(call) or self._is_sum(call):
                continue
            self.added[v.index] = v

    def _factors(self, call: Call) -> list[Value]:
        """The factors of a product; the first as it lies where it was transposed for it."""
        a, b = call.operands
        assert isinstance(a, Value) and isinstance(b, Value)
        maker = self._makers.get(a.index)
        if maker is not None and maker.op is REGISTRY["matrix_transpose"]:
            (a,) = maker.operands  # type: ignore[assignment]
        return [a, b]  # type: ignore[list-item]

    def _is_product(self, call: Call | None) -> bool:
        """Whether both of a product's matrices change from step to step."""
        if call is None or call.op is not REGISTRY["matmul"]:
            return False
        pair = [x for x in call.operands if isinstance(x, Value)]
        return len(pair) == 2 and all(
            len(x.shape) == 2 and (not self._is_known(x) or x.index in self._rows) for x in pair
        )

    def _is_sum(self, call: Call | None) -> bool:
        """Whether it sums what is there for every step."""
        if call is None or call.op.fold != "sum" or rule_of(call.op) is None:
            return False
        (x,) = call.operands
        return isinstance(x, Value) and (x.index in self._rows or x.index in self.stacked)

    def of(self, v: Value, length: int, gathered: Callable[[Value], Tensor]) -> Tensor:
        """The sum of a value over the steps."""
        call = self._makers.get(v.index)
        if call is None or self._is_known(v):
            return ops.sum(gathered(v), axis=0)
        if not self._is_product(call):
            (x,) = call.operands
            assert isinstance(x, Value)
            return ops.sum(batched(call, length, [True], [gathered(x)]), axis=0)
        a, b = self._factors(call)
        left, right = gathered(a), gathered(b)
        flat = ops.reshape(right, shape=(length * b.shape[0], b.shape[1]))
        if a is call.operands[0]:  # (t, k, m) by (t, m, n)
            wide = ops.moveaxis(left, 0, 1)
            return ops.matmul(ops.reshape(wide, shape=(a.shape[0], length * a.shape[1])), flat)
        tall = ops.reshape(left, shape=(length * a.shape[0], a.shape[1]))
        return ops.matmul(ops.matrix_transpose(tall), flat)
