"""``ag.cond`` and ``switch``: one of several functions, as a tensor decides.

Op by op Python decides, and the tape has what ran. In a recording, and for many samples at once,
the decision is an op's, whose parameters are the branches' records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index as whole_number
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.calls import call
from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.graph.batch import on_rows
from autograd_nn.engine.graph.control import Choice, opened
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.mode import mode
from autograd_nn.engine.op import Op
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.engine.transforms.bodies import (
    Given,
    beside,
    leaves_of,
    recorded,
    restricted,
    same,
    single,
    structured,
)
from autograd_nn.engine.transforms.derivatives import jvp, vjp

Function = Callable[..., Any]


def cond(pred: Any, true_fn: Function, false_fn: Function, *operands: Any) -> Any:
    """``true_fn(*operands)`` where pred holds, else ``false_fn(*operands)``.

    pred       a truth value: a Python one, or a tensor of one entry.
    operands   trees of tensors; what else the functions read need not be among them.
    Both return trees of one structure, of tensors of the same shapes and dtypes. One of them runs;
    in a recording both are recorded once, and the program takes one. Over a batch of conditions
    (`vmap`) both are computed and one is selected. Raises ShapeError and DTypeError for results
    that differ, ShapeError for a condition of several entries.

    >>> import autograd_nn as ag
    >>> f = ag.jit(ag.grad(lambda x: ag.cond(x > 1, lambda: x**2, lambda: -x)))
    >>> float(f(3.0)), float(f(0.5))
    (6.0, -1.0)
    """
    if isinstance(pred, np.ndarray):
        pred = as_tensor(pred)
    if not isinstance(pred, Tensor):
        return (true_fn if pred else false_fn)(*operands)
    truth = ops.not_equal(single(pred, "cond"), 0)
    return switch(ops.astype(truth, "int64"), (false_fn, true_fn), *operands)


def switch(index: Any, branches: Sequence[Function], *operands: Any) -> Any:
    """``branches[index](*operands)``; the first for numbers below 0, the last for those beyond.

    index   a whole number: Python's, or a tensor of one entry.
    What else is said of `cond` holds for more than two branches. Raises ValueError where there is
    no branch, DTypeError for an index that is no whole number.

    >>> import autograd_nn as ag
    >>> float(ag.switch(ag.Tensor(1), [ag.sin, ag.negative, ag.exp], 2.0))
    -2.0
    """
    branches = list(branches)
    if not branches or not all(map(callable, branches)):
        raise ValueError(
            f"switch: received branches={branches!r}; expected functions, at least one."
        )
    if isinstance(index, np.ndarray):
        index = as_tensor(index)
    if not isinstance(index, Tensor):
        return branches[min(max(whole_number(index), 0), len(branches) - 1)](*operands)
    if index.dtype.kind not in "iub":
        raise DTypeError(
            f"switch: received an index of dtype {index.dtype}; expected whole numbers. Convert "
            "it with .astype('int64')."
        )
    if mode.recorder is None:
        return switch(int(single(index, "switch").array), branches, *operands)
    number = ops.clip(ops.astype(single(index, "switch"), "int64"), 0, len(branches) - 1)
    leaves, shape = leaves_of(list(operands))
    graphs, structures = recorded(branches, leaves, shape, "switch")
    found = opened(graphs)
    for k, graph in enumerate(found.graphs):
        _agree("switch", f"branch {k}", structures[k], graph, structures[0], found.graphs[0])
    results = []
    if found.graphs[0].outputs:
        results = Branches(found.graphs)(number, *leaves, *found.outside)
    many = len(results) - len(found.states)
    for state, new in zip(found.states, results[many:], strict=True):
        state.assign(new.detach())
    return tree.unflatten(structures[0], results[:many])


def _agree(what: str, name: str, made: Any, graph: Graph, expected: Any, model: Graph) -> None:
    structured(what, made, expected)
    for k, (old, v) in enumerate(zip(model.outputs, graph.outputs, strict=True)):
        same(f"{what}, {name}", k, old, v)


class Branches:
    """Records of equal operands and results, of which an op runs one."""

    def __init__(self, graphs: Sequence[Graph]) -> None:
        self.graphs = graphs
        self.forward = Choice(graphs)

    def apply(self, index: Tensor, *operands: Tensor) -> Any:
        """Runs it as an op, made anew for every run: it holds this, and is not held by it."""
        results = len(self.graphs[0].outputs)
        op = Op(
            "switch", self.forward, self.pulled, arity=None, jvps=self.pushed, results=results,
            cuts=None, pure=False, partial=True, widens=False, batch=self.batched,
        )  # fmt: skip
        op.function = self.apply
        if results > 1:
            op.answer = Given
        return call(op, (index, *operands), {})

    def __call__(self, index: Tensor, *operands: Tensor) -> list[Tensor]:
        found = self.apply(index, *operands)
        return list(found) if isinstance(found, tuple) else [found]

    def pulled(self, i: int, g: Any, y: Any, *xs: Tensor) -> Tensor | None:
        """The cotangent of operand ``i``; those of all of them are found at once."""
        gs = g if isinstance(g, Given) else Given((g,))
        if gs.found is None:
            gs.found = [None, *self._pull(list(gs), xs[0], list(xs[1:]))]
        return gs.found[i]

    def _pull(self, gs: list[Any], index: Tensor, xs: list[Tensor]) -> list[Tensor | None]:
        live = [k for k, g in enumerate(gs) if g is not None]
        floats = [k for k, x in enumerate(xs) if kind_of(x.dtype) == "f"]

        def back(graph: Graph) -> Function:
            def branch(xs: list[Tensor], gs: list[Tensor]) -> list[Tensor]:
                _, pull = vjp(restricted(graph, xs, floats, live), *[xs[k] for k in floats])
                found = pull(gs)
                return list(found) if isinstance(found, tuple | list) else [found]

            return branch

        found = iter(self.chosen(index, [back(g) for g in self.graphs], xs, [gs[k] for k in live]))
        return [next(found) if k in floats else None for k in range(len(xs))]

    def chosen(self, index: Tensor, branches: list[Function], *operands: Any) -> Any:
        """What the branch of a number makes of operands."""
        return switch(index, branches, *operands)

    def pushed(self, i: int, t: Tensor, y: Any, *xs: Tensor) -> Any:
        """The tangents of all results when operand ``i`` moves by ``t``."""
        if i == 0:
            return None
        ends = [k for k, v in enumerate(self.graphs[0].outputs) if kind_of(v.dtype) == "f"]

        def forth(graph: Graph) -> Function:
            def branch(xs: list[Tensor], t: Tensor) -> list[Tensor]:
                f = restricted(graph, xs, [i - 1], ends)
                return list(jvp(f, (xs[i - 1],), (t,))[1])

            return branch

        moved = self.chosen(xs[0], [forth(g) for g in self.graphs], list(xs[1:]), t)
        rows = iter(moved)
        answers = [next(rows) if k in ends else None for k in range(len(self.graphs[0].outputs))]
        return Given(answers) if len(answers) > 1 else answers[0]

    def batched(self, n: int, on: Sequence[bool], index: Tensor, *xs: Tensor) -> Any:
        """For n samples: each branch for all of them, and of these one, or one for each sample."""
        rest = on[1:]
        if on[0]:
            with np.errstate(all="ignore"):  # samples that take another branch do not warn
                made = [on_rows(graph, n, rest, xs) for graph in self.graphs]
            found = made[0]
            for k in range(1, len(made)):
                found = [
                    ops.where(beside(ops.equal(index, k), b), b, a)
                    for a, b in zip(found, made[k], strict=True)
                ]
        else:
            branches = [
                lambda *xs, graph=graph: on_rows(graph, n, rest, xs) for graph in self.graphs
            ]
            found = self.chosen(index, branches, *xs)
        return tuple(found) if len(found) > 1 else found[0]
