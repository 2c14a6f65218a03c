"""A record as functions of JAX: one run of it, and many of them, over batches one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from autograd_nn.engine.graph.values import Graph, Value
from autograd_nn.engine.program.target.xla.device import Device
from autograd_nn.engine.program.target.xla.host import bodies_of, hosted
from autograd_nn.engine.program.target.xla.rules import (  # noqa: F401  (they write down rules)
    draws,
    elementwise,
    index,
    linalg,
    products,
    reductions,
)
from autograd_nn.engine.program.target.xla.rules.loops import evaluate
from autograd_nn.engine.program.target.xla.rules.table import Context

__all__ = ["Context", "Function", "evaluate", "hosted"]  # with all rules there are
LARGE = 4096  # bytes from which a constant is an argument: as a literal it makes compiling slow


class Function:
    """What a record computes.

    states     the values it writes of outside, in order; captured: those it only reads.
    constants  the large ones.
    """

    def __init__(self, graph: Graph, device: Device) -> None:
        self.graph, self.device = graph, device
        self.states = [old for old, _ in graph.effects]
        written = {v.index for v in self.states}
        self.captured = [v for v in graph.captured if v.index not in written]
        found = {id(a): a for a in _constants(graph) if a.nbytes > LARGE}
        self.constants = list(found.values())
        self.checks = False  # whether a run can fail: known once it was traced

    def run(self, held: Sequence[Any], constants: Sequence[Any], inputs: Sequence[Any]) -> Any:
        """(outputs, new states, whether an op refused an operand: neither then means anything)."""
        ctx = Context({id(a): x for a, x in zip(self.constants, constants, strict=True)})
        known = {v.index: x for v, x in zip((*self.states, *self.captured), held, strict=True)}

        def outside(v: Value) -> Any:
            return known[v.index] if v.index in known else ctx.outside(v)

        outputs, new = evaluate(self.graph, ctx, inputs, outside)
        outputs = [self.device.everywhere(y) for y in outputs]
        new = [
            self.device.everywhere(jnp.asarray(n, v.dtype))
            for n, v in zip(new, self.states, strict=True)
        ]
        self.checks = ctx.checks
        return outputs, new, self.device.everywhere(ctx.failed())

    def many(
        self, size: int, held: Sequence[Any], constants: Sequence[Any], arrays: Sequence[Any],
        order: Any, first: Any, last: Any,
    ) -> Any:  # fmt: skip
        """Runs batches first … last - 1, each of ``size`` rows of the arrays, which an order names.

        Returns (new states, where it ended, whether it failed). A batch is gathered as it is run:
        it stays near then, and nothing of the data set is there twice. Where it failed the states
        mean nothing: what it was given is there to run the batches before once more. (To choose
        between old and new ones at every step would cost a tenth.)
        """
        count = len(self.states)
        rest = held[count:]

        def going(at: Any) -> Any:
            i, _, failed = at
            return (i < last) & ~failed

        def step(at: Any) -> Any:
            i, states, _ = at
            rows = lax.dynamic_slice_in_dim(order, i * size, size)
            batch = [self.device.spread(jnp.take(a, rows, 0, mode="clip")) for a in arrays]
            _, new, failed = self.run([*states, *rest], constants, batch)
            return jnp.where(failed, i, i + 1), new, failed

        start = (first, list(held[:count]), jnp.zeros((), bool))
        done, states, failed = lax.while_loop(going, step, start)
        return states, self.device.everywhere(done), self.device.everywhere(failed)


def _constants(graph: Graph) -> Iterator[np.ndarray]:
    """The arrays that a record holds itself, and those of its loops' bodies."""
    ends = [*graph.outputs, *(new for _, new in graph.effects)]
    for x in (*[x for call in graph.calls for x in call.operands], *ends):
        if isinstance(x, Value) and x.kind == "constant" and x.array is not None:
            yield x.array
    for call in graph.calls:
        for body in bodies_of(call):
            yield from _constants(body)
