"""A record in JAX, call by call; of ops whose parameters are records, loops are loops of XLA."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from autograd_nn.engine.graph.control import Choice, While
from autograd_nn.engine.graph.loops import Run
from autograd_nn.engine.graph.replay import replay
from autograd_nn.engine.graph.values import Call, Graph, Value
from autograd_nn.engine.halves import met
from autograd_nn.engine.program.target.xla.host import on_host
from autograd_nn.engine.program.target.xla.rules.table import BODIES, Context, find, widened

PICKS = ("max", "min")  # folds whose result is one of the entries


def evaluate(graph: Graph, ctx: Context, inputs: Any, outside: Any = None) -> tuple[list, list]:
    """A record's outputs and the new contents of its effects, in JAX.

    An entry that was picked is looked for by its number in derivatives, and XLA computes what is
    cheap anew for each reader, rounded as it happens there (a multiply and add at once, or not): so
    what entries are picked from is computed once.
    """
    once = {x.index for call in graph.calls if call.op.fold in PICKS
            for x in call.operands if isinstance(x, Value)}  # fmt: skip

    def run(call: Call, xs: list[Any]) -> Any:
        rule = find(call.op) or on_host
        given = call
        if met and call.op.widens and call.op.kind != "product":
            given, xs = widened(call, xs)
        made = rule(ctx, given, *xs, **call.params)
        several = made if len(call.results) > 1 else (made,)
        found = [_as(v, y) for v, y in zip(call.results, several, strict=True)]
        found = [lax.optimization_barrier(y) if v.index in once else y
                 for v, y in zip(call.results, found, strict=True)]  # fmt: skip
        return tuple(found) if len(call.results) > 1 else found[0]

    return replay(graph, inputs, run, outside or ctx.outside)


def _as(v: Value, y: Any) -> Any:
    """A result in the recorded dtype, which is the last word."""
    y = jnp.asarray(y)
    y = y if y.dtype == v.dtype else y.astype(v.dtype)
    assert y.shape == v.shape, f"{v}: {y.shape}, recorded {v.shape}"
    return y


def _in(graph: Graph, xs: Any) -> list[Any]:
    """Operands in the dtypes of a body's inputs."""
    return [jnp.asarray(x, v.dtype) for x, v in zip(xs, graph.inputs, strict=True)]


def _body(graph: Graph, ctx: Context, xs: Any) -> tuple[list[Any], Any]:
    """A body's outputs, and whether it refused an operand."""
    inner = ctx.inner()
    outputs, _ = evaluate(graph, inner, xs)
    return outputs, inner.failed()


def _given(found: Any) -> Any:
    return tuple(found) if len(found) > 1 else found[0]


def run(ctx: Context, call: Call, *xs: Any) -> Any:
    """A loop of a known number of steps."""
    loop: Run = call.op.forward  # type: ignore[assignment]
    graph, counts = loop.graph, loop.counts
    c, n = counts.carried, counts.running
    xs = tuple([jnp.asarray(x) for x in xs])
    end = c + counts.stacked
    sums = [jnp.zeros(v.shape, v.dtype) for v in graph.outputs[end:]]

    def step(state: Any, rows: Any) -> Any:
        carried, sums, bad = state
        found, failed = _body(graph, ctx, [*carried, *rows, *xs[c + n :]])
        sums = [s + y for s, y in zip(sums, found[end:], strict=True)]
        return (found[:c], sums, bad | failed), found[c:end]

    start = (list(xs[:c]), sums, jnp.zeros((), bool))
    (carried, sums, bad), stacked = lax.scan(
        step, start, list(xs[c : c + n]), length=loop.length, reverse=loop.backwards
    )
    ctx.check(bad)
    return _given([*carried, *stacked, *sums])


def choice(ctx: Context, call: Call, index: Any, *xs: Any) -> Any:
    """One of several bodies."""
    graphs = call.op.forward.graphs  # type: ignore[attr-defined]
    branches = [lambda xs, graph=graph: _body(graph, ctx, xs) for graph in graphs]
    found, bad = lax.switch(jnp.asarray(index, jnp.int32), branches, _in(graphs[0], xs))
    ctx.check(bad)
    return _given(found)


def while_(ctx: Context, call: Call, *xs: Any) -> Any:
    """A body again and again while a test holds."""
    loop: While = call.op.forward  # type: ignore[assignment]
    xs = tuple(_in(loop.body, xs))
    staying = xs[loop.carried :]

    def going(carry: list[Any], bad: Any) -> tuple[list[Any], Any, Any]:
        (found,), failed = _body(loop.test, ctx, [*carry, *staying])
        return carry, (found != 0) & ~(bad | failed), bad | failed

    def step(state: Any) -> Any:
        carry, _, bad = state
        found, failed = _body(loop.body, ctx, [*carry, *staying])
        return going(found, bad | failed)

    start = going(list(xs[: loop.carried]), jnp.zeros((), bool))
    carry, _, bad = lax.while_loop(lambda state: state[1], step, start)
    ctx.check(bad)
    return _given(carry)


BODIES |= {Run: run, Choice: choice, While: while_}
