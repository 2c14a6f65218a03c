"""``ag.scan``: a loop over steps whose body runs once, is recorded, and is an op.

Its derivative is a loop that runs the other way, over the recorded derivative of the body: what
that reads of the way there is stacked while going there. Both are loops like any, so every order
of derivative exists. What the body assigns to (a generator's state) is carried along.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.calls import call
from autograd_nn.engine.errors import DTypeError, GradientError, ShapeError
from autograd_nn.engine.graph.hoist import hoist
from autograd_nn.engine.graph.loops import Counts, Run, Split, closed, split
from autograd_nn.engine.graph.record import trace
from autograd_nn.engine.graph.replay import on_tensors
from autograd_nn.engine.graph.values import Graph, Value
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.mode import enable_grad, mode
from autograd_nn.engine.op import Op
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.engine.transforms.bodies import Given, leaves_of
from autograd_nn.engine.transforms.derivatives import jvp, vjp

Function = Callable[..., Any]


def scan(
    f: Function, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False,
    checkpoint: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """Runs (carry, y) = f(carry, x) over the first axis of xs; gives the last carry and all y.

    f         of trees of tensors, made of ops; it returns a carry as it took one, and a tree or
              None to be stacked. It runs once, whatever the length, and what it does is recorded.
    init      the first carry, a tree of tensors.
    xs        a tree of tensors of one length, or None.
    length    how many steps there are; needed where xs is None.
    reverse   from the last step to the first; what is stacked keeps the steps' places.
    checkpoint   the way back keeps the carry of every √t-th step alone, and runs the steps between
              once more: its memory grows with √t, and f runs (and is recorded) twice.
    Shapes: xs (t, …) gives f x (…); y (…) is stacked to (t, …). Raises ShapeError for lengths that
    differ and a carry that changes its shape or structure, DTypeError for one that changes its
    dtype, ValueError where no length is known or it is no whole number from 0.

    >>> import autograd_nn as ag
    >>> total, sums = ag.scan(lambda c, x: (c + x, c + x), 0.0, ag.Tensor([1.0, 2.0, 3.0]))
    >>> float(total), sums.tolist()
    (6.0, [1.0, 3.0, 6.0])
    """
    if not callable(f):
        raise TypeError(f"scan: received {type(f).__name__}; expected a function (carry, x).")
    carry, shape = leaves_of(init)
    running, xs_shape = leaves_of(xs)
    steps = _length(running, length)
    if checkpoint and steps > 3:
        return in_pieces(f, init, tree.unflatten(xs_shape, running), steps, reverse)
    return _scan(f, carry, shape, running, xs_shape, steps, reverse)


def _scan(
    f: Function, carry: list[Tensor], shape: Any, running: list[Tensor], xs_shape: Any, steps: int,
    reverse: bool, lean: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    firsts = [x[0] if steps else ops.zeros(x.shape[1:], x.dtype) for x in running]
    made: list[Any] = []

    def body(carry: list[Tensor], x: list[Tensor]) -> list[Tensor]:
        found = f(tree.unflatten(shape, carry), tree.unflatten(xs_shape, x))
        if not isinstance(found, tuple) or len(found) != 2:
            raise TypeError(
                f"scan: f returned {type(found).__name__}; expected a pair (carry, y), where y may "
                "be None."
            )
        leaves, back = leaves_of(found[0])
        if back != shape:
            raise ShapeError(
                f"scan: f returned a carry of the structure {back} and received {shape}; expected "
                "the same."
            )
        ys, y_shape = leaves_of(found[1])
        made[:] = [y_shape, len(ys)]
        return [ops.positive(y) if y.dtype.kind != "b" else y for y in (*leaves, *ys)]

    with np.errstate(all="ignore"):  # the loop itself warns
        graph, _ = trace(body, [carry, firsts])
    for i, (old, v) in enumerate(zip(carry, graph.outputs, strict=False)):
        _same(i, old, v)
    y_shape, n_ys = made
    states: list[Any] = [old.tensor for old, _ in graph.effects]
    outside = [v for v in graph.captured if all(v is not old for old, _ in graph.effects)]
    constants: list[Any] = [v.tensor for v in outside]
    n = len(carry)
    order = [*graph.inputs[:n], *[old for old, _ in graph.effects], *graph.inputs[n:], *outside]
    outputs = [*graph.outputs[:n], *[new for _, new in graph.effects], *graph.outputs[n:]]
    graph.outputs = outputs
    counts = Counts(n + len(states), len(running), len(constants), n_ys)
    operands = [*carry, *states, *running, *constants]
    found = looped(closed(graph, order), counts, steps, reverse, operands, own=True, lean=lean)
    for state, new in zip(states, found[n : counts.carried], strict=True):
        state.assign(new.detach())
    last, ys = found[:n], found[counts.carried : counts.carried + n_ys]
    return tree.unflatten(shape, last), tree.unflatten(y_shape, ys)


def in_pieces(
    f: Function, init: Any, xs: Any, steps: int, reverse: bool
) -> tuple[Any, Any]:
    """`scan` over pieces of some √t steps, each a scan that is run again on the way back."""
    from autograd_nn.engine.transforms.checkpoint import checkpoint

    size = math.isqrt(steps - 1) + 1
    count, rest = divmod(steps, size)
    first, last = (rest, steps) if reverse else (0, count * size)  # of the steps in pieces

    def pieces(x: Tensor) -> Tensor:
        return ops.reshape(x[first:last] if rest else x, shape=(count, size, *x.shape[1:]))

    def whole(y: Tensor) -> Tensor:
        return ops.reshape(y, shape=(count * size, *y.shape[2:]))

    def piece(carry: Any, x: Any) -> Any:
        return scan(f, carry, x, size, reverse)

    (carry, shape), (running, xs_shape) = leaves_of(init), leaves_of(tree.map(pieces, xs))
    end, ys = _scan(checkpoint(piece), carry, shape, running, xs_shape, count, reverse, lean=True)
    ys = tree.map(whole, ys)
    if not rest:
        return end, ys
    left = slice(0, first) if reverse else slice(last, steps)
    end, others = scan(f, end, tree.map(lambda x: x[left], xs), rest, reverse)
    parts = (others, ys) if reverse else (ys, others)
    return end, tree.map(lambda *both: ops.concatenate(both, axis=0), *parts)


def _length(running: Sequence[Tensor], length: int | None) -> int:
    sizes = {x.shape[0] if x.ndim else None for x in running}
    if length is not None:
        if not isinstance(length, int | np.integer) or length < 0:
            raise ValueError(f"scan: received length={length!r}; expected a whole number from 0.")
        sizes.add(int(length))
    if not sizes:
        raise ValueError("scan: received neither xs nor length; expected one of them.")
    if len(sizes) > 1 or None in sizes:
        raise ShapeError(
            f"scan: received xs of shapes {[x.shape for x in running]} and length={length}; "
            "expected one length, the first size of all of them."
        )
    return sizes.pop()  # type: ignore[return-value]


def _same(i: int, old: Tensor, v: Value) -> None:
    if old.shape != v.shape:
        raise ShapeError(
            f"scan: f returned leaf {i} of the carry with shape {v.shape} and received {old.shape};"
            " expected the same at every step. Give init the shape it comes to have."
        )
    if old.dtype != v.dtype:
        raise DTypeError(
            f"scan: f returned leaf {i} of the carry with dtype {v.dtype} and received {old.dtype};"
            f" expected the same. Start with init.astype('{v.dtype}'), or cast the result."
        )


def looped(
    body: Graph, counts: Counts, length: int, backwards: bool, operands: Sequence[Tensor],
    own: bool = False, lean: bool = False,
) -> list[Tensor]:  # fmt: skip
    """The results of a loop, of which only what has to be is done step by step."""

    def run(body: Graph, counts: Counts, xs: Sequence[Tensor]) -> list[Tensor]:
        return Loop(body, counts, length, backwards, own=own, lean=lean)(*xs)

    with nullcontext() if own else np.errstate(all="ignore"):
        return hoist(body, counts, length, operands, run, lean)


class Loop:
    """A recorded body, run over the steps by an op.

    kept    how many of the stacked results are there for the way back alone.
    way     the way back for these; None: it is looked for when a derivative is asked for.
    own     whether the body is the user's own: what else a derivative computes does not warn.
    lean    whether it is rather slow than to stack what it need not.
    """

    def __init__(
        self, body: Graph, counts: Counts, length: int, backwards: bool,
        kept: int = 0, way: Split | None = None, own: bool = False, lean: bool = False,
    ) -> None:  # fmt: skip
        self.lean = lean
        self.body, self.counts, self.length, self.backwards = body, counts, length, backwards
        self.kept, self.way = kept, way
        self.forward = Run(body, counts, length, backwards, own)

    def apply(self, *operands: Tensor) -> Any:
        """Runs the loop as an op, made anew for every run.

        It holds the loop and is not held by it: a circle would keep what was differentiated until
        the collector comes.
        """
        counts = self.counts
        results = counts.carried + counts.stacked + counts.added
        several = results > 1
        op = Op(
            "scan", self.forward, self.pulled, arity=None, jvps=self.pushed, results=results,
            cuts=None, pure=False, partial=True, widens=False,
        )  # fmt: skip
        op.function = self.apply
        if several:
            op.answer = Given
        return call(op, operands, {})

    def __call__(self, *operands: Tensor) -> list[Tensor]:
        """The results but those kept for the way back, which is prepared where it will be asked."""
        taped = mode.taping and any([x.node is not None for x in operands])
        loop = self
        if taped and self.way is None:
            with suppress(GradientError):  # the body goes one way only: told where it is asked for
                loop = self.prepared()
        found = loop.apply(*operands)
        results = list(found) if isinstance(found, tuple) else [found]
        first = self.counts.carried + self.counts.stacked - self.kept
        return results[:first] + results[first + loop.kept :]

    def inputs(self) -> list[Tensor]:
        """Tensors in the place of the body's inputs, to record with."""
        return [wrap(np.zeros(v.shape, v.dtype)) for v in self.body.inputs]

    def prepared(self) -> Loop:
        """The same loop, that keeps what its way back reads."""
        own = self.body.outputs
        floats = [i for i, v in enumerate(self.body.inputs) if kind_of(v.dtype) == "f"]
        ends = [i for i, v in enumerate(own) if kind_of(v.dtype) == "f"]

        def both(xs: list[Tensor], gs: list[Tensor]) -> list[Tensor]:
            results: list[Tensor] = []

            def smooth(*moving: Tensor) -> list[Tensor]:
                full = list(xs)
                for i, x in zip(floats, moving, strict=True):
                    full[i] = x
                results[:] = on_tensors(self.body, full)
                return [results[i] for i in ends]

            _, pull = vjp(smooth, *[xs[i] for i in floats])
            found = pull(gs)
            return [*results, *(found if isinstance(found, tuple | list) else [found])]

        given = [wrap(np.zeros(own[i].shape, own[i].dtype)) for i in ends]
        with np.errstate(all="ignore"), enable_grad():
            whole, _ = trace(both, [self.inputs(), given])
        way = split(closed(whole, whole.inputs), self.counts, len(own), len(given))
        c = self.counts
        counts = Counts(c.carried, c.running, c.staying, c.stacked + way.kept, c.added)
        return Loop(
            way.there, counts, self.length, self.backwards, way.kept, way, lean=self.lean
        )

    # ---- the way back ---------------------------------------------------------------------------

    def pulled(self, i: int, g: Any, y: Any, *xs: Tensor) -> Tensor | None:
        """The cotangent of operand ``i``; those of all of them are found at once."""
        gs = g if isinstance(g, Given) else Given((g,))
        if gs.found is None:
            gs.found = self._pull(list(gs), list(y) if isinstance(y, tuple) else [y], xs)
        return gs.found[i]

    def _pull(
        self, gs: list[Tensor | None], ys: list[Tensor], xs: Sequence[Tensor]
    ) -> list[Tensor | None]:
        c = self.counts
        first = c.carried + c.stacked - self.kept
        between = slice(first, first + self.kept)
        if self.way is None or any(g is not None for g in gs[between]):
            # A derivative of what was kept: a loop that keeps what its own way back reads.
            plain = Loop(self.body, c, self.length, self.backwards, lean=self.lean).prepared()
            again: Any = plain.apply(*xs)
            ys = list(again) if isinstance(again, tuple) else [again]
            end = c.carried + c.stacked
            return plain._pull([*gs[:end], *[None] * plain.kept, *gs[end:]], ys, xs)
        way, kept = self.way, ys[between]
        gs = gs[:first] + gs[first + self.kept :]
        own = ys[:first] + ys[first + self.kept :]
        full = [
            g if g is not None else ops.zeros_like(y)
            for g, y in zip(gs, own, strict=True)
            if kind_of(y.dtype) == "f"
        ]
        floats = [kind_of(v.dtype) == "f" for v in self.body.inputs]
        carried = sum(floats[: c.carried])
        stacked = sum(kind_of(y.dtype) == "f" for y in own[c.carried : first])
        running = sum(floats[c.carried : c.carried + c.running])
        sums = len(full) - carried - stacked
        # the body of the way back takes cotangents of the carry first, then what runs, then stays
        entries = way.back.inputs
        steps, rest = entries[carried : carried + stacked], entries[carried + stacked :]
        middle = rest[sums : sums + way.kept + len(way.running)]
        order = [*entries[:carried], *steps, *middle, *rest[:sums], *rest[sums + len(middle) :]]
        body = Graph(order, way.back.calls, way.back.outputs, [], [])
        counts = Counts(
            carried, len(steps) + len(middle), len(order) - carried - len(steps) - len(middle),
            running, sum(floats) - carried - running,
        )  # fmt: skip
        seqs = [xs[c.carried + i] for i in way.running]
        stays = [xs[c.carried + c.running + i] for i in way.staying]
        operands = [*full[: carried + stacked], *kept, *seqs, *full[carried + stacked :], *stays]
        found = looped(
            body, counts, self.length, not self.backwards, operands, lean=self.lean
        )
        rows = iter(found)
        return [next(rows) if smooth else None for smooth in floats]

    # ---- forward mode ---------------------------------------------------------------------------

    def pushed(self, i: int, t: Tensor, y: Any, *xs: Tensor) -> Any:
        """The tangents of all results when operand ``i`` moves by ``t``."""
        c = self.counts
        own = self.body.inputs
        moving = [k for k in range(c.carried) if kind_of(own[k].dtype) == "f"]
        if i >= c.carried:
            moving.append(i)
        ends = [k for k, v in enumerate(self.body.outputs) if kind_of(v.dtype) == "f"]

        def both(zs: list[Tensor], ts: list[Tensor]) -> list[Tensor]:
            results: list[Tensor] = []

            def smooth(*some: Tensor) -> list[Tensor]:
                full = list(zs)
                for k, z in zip(moving, some, strict=True):
                    full[k] = z
                results[:] = on_tensors(self.body, full)
                return [results[k] for k in ends]

            _, moved = jvp(smooth, tuple([zs[k] for k in moving]), tuple(ts))
            return [*results, *moved]

        tangents = [wrap(np.zeros(own[k].shape, own[k].dtype)) for k in moving]
        with np.errstate(all="ignore"), enable_grad():
            whole, _ = trace(both, [self.inputs(), tangents])
        whole = closed(whole, whole.inputs)
        n, results = len(own), len(self.body.outputs)
        ts = whole.inputs[n:]
        carried_ts = len(moving) - (i >= c.carried)
        extra = ts[carried_ts:]
        runs = c.carried <= i < c.carried + c.running
        seqs = whole.inputs[c.carried : c.carried + c.running]
        order = [*whole.inputs[: c.carried], *ts[:carried_ts], *seqs, *(extra if runs else ()),
                 *whole.inputs[c.carried + c.running : n], *(() if runs else extra)]  # fmt: skip
        moved = dict(zip(ends, whole.outputs[results:], strict=True))
        first = c.carried + c.stacked
        outs = [*whole.outputs[: c.carried], *[moved[k] for k in ends if k < c.carried],
                *[moved[k] for k in ends if c.carried <= k < first],
                *[moved[k] for k in ends if k >= first]]  # fmt: skip
        body = Graph(order, whole.calls, outs, [], [])
        counts = Counts(
            c.carried + carried_ts, c.running + (len(extra) if runs else 0),
            c.staying + (0 if runs else len(extra)),
            sum(c.carried <= k < first for k in ends), sum(k >= first for k in ends),
        )  # fmt: skip
        starts = [t if k == i else ops.zeros_like(xs[k]) for k in moving if k < c.carried]
        given = [t] if i >= c.carried else []
        operands = [
            *xs[: c.carried], *starts, *xs[c.carried : c.carried + c.running],
            *(given if runs else ()), *xs[c.carried + c.running :], *(() if runs else given),
        ]  # fmt: skip
        found = looped(body, counts, self.length, self.backwards, operands, lean=self.lean)
        rows = iter(found[c.carried :])
        answers = [next(rows) if k in moved else None for k in range(results)]
        return Given(answers) if results > 1 else answers[0]

