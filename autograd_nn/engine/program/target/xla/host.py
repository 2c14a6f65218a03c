"""An op that JAX knows nothing of, such as a user's own: NumPy runs it, in the program's midst."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from autograd_nn.engine.graph.values import Call, Graph, Value
from autograd_nn.engine.program.listing import Instruction
from autograd_nn.engine.program.target.xla.rules.table import Context, find


def on_host(ctx: Context, call: Call, *xs: Any, **params: Any) -> Any:
    """The op's own kernel, called back; what it raises is raised when NumPy repeats the step."""
    told = [jax.ShapeDtypeStruct(v.shape, v.dtype) for v in call.results]
    at = [k for k, x in enumerate(xs) if not isinstance(x, int | float | complex)]

    def run(*arrays: Any) -> Any:
        given = list(xs)
        for k, x in zip(at, arrays, strict=True):
            given[k] = np.asarray(x)
        try:
            made = call.forward(*given, **params)
            several = made if len(call.results) > 1 else (made,)
            found = [np.asarray(y, v.dtype).reshape(v.shape)
                     for y, v in zip(several, call.results, strict=True)]  # fmt: skip
        except Exception:  # noqa: BLE001  (whatever a user's code raises, it raises again)
            return [np.zeros(v.shape, v.dtype) for v in call.results], np.bool_(True)
        return found, np.bool_(False)

    shapes = (told, jax.ShapeDtypeStruct((), np.bool_))
    found, bad = jax.pure_callback(run, shapes, *[jnp.asarray(xs[k]) for k in at])
    ctx.check(bad)
    return tuple(found) if len(found) > 1 else found[0]


def rows_of(graph: Graph, depth: int = 0, times: int = 1) -> Iterator[Instruction]:
    """A record's calls as a listing has them, loops with their bodies."""
    for call in graph.calls:
        f: Any = call.op.forward
        steps = getattr(f, "length", 1)
        name = f"{call.op.name} ×{steps}" if hasattr(f, "length") else call.op.name
        bodies, nbytes = bodies_of(call), sum([v.nbytes for v in call.results])
        yield Instruction(
            name, [x for x in call.operands if isinstance(x, Value)], list(call.results),
            bool(bodies) or find(call.op) is not None, 0 if bodies else times * call.result.size,
            times * nbytes, "no rule for devices", depth,
        )  # fmt: skip
        for body in bodies:
            yield from rows_of(body, depth + 1, times * steps)


def hosted(graph: Graph) -> list[str]:
    """The names of a record's ops that run on the host, those in bodies too."""
    found = []
    for call in graph.calls:
        bodies = bodies_of(call)
        if not bodies and find(call.op) is None:
            found.append(call.op.name)
        for body in bodies:
            found += hosted(body)
    return list(dict.fromkeys(found))


def bodies_of(call: Call) -> list[Graph]:
    """The records that are parameters of a call's op."""
    f: Any = call.op.forward
    found = [getattr(f, name, None) for name in ("graph", "test", "body")]
    return [g for g in (*found, *getattr(f, "graphs", ())) if isinstance(g, Graph)]
