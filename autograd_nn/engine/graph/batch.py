"""Batching: a call of a record, made for many samples at once.

A batched operand has the samples along its first axis; one that is the same for all has none. How
an op is called then follows from what it is: an elementwise op broadcasts, an op with a signature
works on the last axes, one with an axis finds it one further on. Other ops say it in their block
(``batch=``). What says nothing runs sample by sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import ops, shapes
from autograd_nn.engine.graph.replay import plain, replay, tensor_of
from autograd_nn.engine.graph.values import Call, Graph
from autograd_nn.engine.mode import mode, taping
from autograd_nn.engine.op import Op
from autograd_nn.engine.tensor import Tensor, wrap

Batch = Callable[..., Any]  # (n, on, *xs, **params) -> result; on: which operands are batched


class Rows:
    """A value that differs from sample to sample: the samples along a tensor's first axis."""

    __slots__ = ("all",)

    def __init__(self, x: Tensor) -> None:
        self.all = x


def over_samples(graph: Graph, n: int, given: Sequence[Any]) -> list[Any]:
    """A record's outputs for n samples; Rows, or tensors that are the same for all, are given."""
    return replay(graph, given, lambda call, xs: _run(call, n, xs), tensor_of)[0]


def _run(call: Call, n: int, xs: list[Any]) -> Any:
    """One call of a record, for all samples where an operand differs between them."""
    on = [isinstance(x, Rows) for x in xs]
    if not any(on):
        return plain(call, xs)
    operands = [x.all if b else x for x, b in zip(xs, on, strict=True)]
    with taping(mode.taping and call.taped):
        y = batched(call, n, on, operands)
    return tuple(map(Rows, y)) if isinstance(y, tuple) else Rows(y)


def on_rows(graph: Graph, n: int, on: Sequence[bool], xs: Sequence[Tensor]) -> list[Tensor]:
    """A record's outputs for n samples, all along a first axis; ``on``: which inputs have one."""
    given = [Rows(x) if b else x for x, b in zip(xs, on, strict=True)]
    found = over_samples(graph, n, given)
    ys = [y.all if isinstance(y, Rows) else y for y in found]
    return every(n, [isinstance(y, Rows) for y in found], ys)


def rule_of(op: Op) -> Batch | None:
    """How an op is run over a batch; None: sample by sample."""
    if callable(op.batch):
        return op.batch
    if op.batch is False:
        return None
    if op.batch or op.kind == "copy":
        return lambda n, on, *xs, **params: op.function(*every(n, on, xs), **params)
    if op.body is not None or op.signature:
        cores = [len(c) for c in shapes.cores(op.signature)]
        return lambda n, on, *xs, **params: op.function(*_aligned(n, on, xs, cores), **params)
    if "axis" in op.params:
        return lambda n, on, *xs, **params: _along(op, n, every(n, on, xs), params)
    return None


def batched(call: Call, n: int, on: Sequence[bool], xs: Sequence[Any]) -> Any:
    """The result of a call for n samples, along its first axis; a tuple of several results."""
    rule = rule_of(call.op)
    found = NotImplemented if rule is None else rule(n, tuple(on), *xs, **call.params)
    return _each(call, n, on, xs) if found is NotImplemented else found


def every(n: int, on: Sequence[bool], xs: Sequence[Any]) -> list[Any]:
    """The operands, all batched: those that are the same for all samples are repeated."""
    return [
        ops.broadcast_to(x, shape=(n, *x.shape)) if isinstance(x, Tensor) and not b else x
        for b, x in zip(on, xs, strict=True)
    ]


def _aligned(n: int, on: Sequence[bool], xs: Sequence[Any], cores: Sequence[int]) -> list[Any]:
    """Operands whose samples have equally many axes before their core, so that they broadcast."""
    loops = [
        x.ndim - b - core if isinstance(x, Tensor) else 0
        for b, x, core in zip(on, xs, cores, strict=True)
    ]
    most = max(loops)
    return [
        ops.reshape(x, shape=(n, *(1,) * (most - loop), *x.shape[1:])) if b and loop < most else x
        for b, x, loop in zip(on, xs, loops, strict=True)
    ]


def _along(op: Op, n: int, xs: list[Any], params: dict[str, Any]) -> Any:
    """An op along an axis of each sample. None means all entries, in order."""
    axis, ndim = params["axis"], xs[0].ndim - 1
    if axis is not None and ndim:
        several = isinstance(axis, tuple | list)
        moved = tuple([shapes.axis_index(a, ndim) + 1 for a in (axis if several else (axis,))])
        return op.function(*xs, **{**params, "axis": moved if several else moved[0]})
    (x,) = xs
    out = op.shape(x.shape[1:], **params)  # type: ignore[misc]
    flat = ops.reshape(x, shape=(n, math.prod(x.shape[1:])))
    return ops.reshape(op.function(flat, **{**params, "axis": 1}), shape=(n, *out))


def _each(call: Call, n: int, on: Sequence[bool], xs: Sequence[Any]) -> Any:
    """Sample by sample, and the results one below the other."""
    found = [
        call.op.function(*[x[i] if b else x for b, x in zip(on, xs, strict=True)], **call.params)
        for i in range(n)
    ]
    if not found:
        made = [wrap(np.zeros((0, *v.shape), v.dtype)) for v in call.results]
    elif len(call.results) > 1:
        made = [ops.stack(column) for column in zip(*found, strict=True)]
    else:
        made = [ops.stack(found)]
    return tuple(made) if len(made) > 1 else made[0]
