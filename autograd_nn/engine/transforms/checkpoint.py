"""``ag.checkpoint``: what a function computes is forgotten, and computed again on the way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.calls import call
from autograd_nn.engine.graph.batch import every
from autograd_nn.engine.graph.control import opened
from autograd_nn.engine.graph.record import Fixed, trace
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.mode import mode
from autograd_nn.engine.op import Op
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.engine.transforms.branches import Branches

Function = Callable[..., Any]


def checkpoint(f: Function) -> Function:
    """f, whose way back keeps f's arguments alone and computes the rest once more.

    f   of trees of tensors, made of ops. It is recorded at each call, and an op.
    A chain of such functions keeps what goes from one to the next, not what lies within. In a
    program too, where equal calls are shared otherwise.
    Source: Chen et al., "Training deep nets with sublinear memory cost" (2016).

    >>> import autograd_nn as ag
    >>> layer = ag.checkpoint(lambda x: ag.tanh(ag.exp(x)))
    >>> bool(ag.grad(layer)(0.5) == ag.grad(lambda x: ag.tanh(ag.exp(x)))(0.5))
    True
    """
    if not callable(f):
        raise TypeError(f"checkpoint: received {type(f).__name__}; expected a function.")

    @wraps(f)
    def held(*args: Any, **kwargs: Any) -> Any:
        if not mode.taping:
            return f(*args, **kwargs)
        leaves, structure = tree.flatten([list(args), kwargs])
        tensors = [x for x in leaves if isinstance(x, Tensor)]
        with np.errstate(all="ignore"):  # the run itself warns
            graph, (shape, slots) = trace(
                lambda a, k: _distinct(f(*a, **k)), tree.unflatten(structure, leaves)
            )
        found = opened([graph])
        results: list[Tensor] = []
        if found.graphs[0].outputs:
            results = Held(found.graphs[0], len(tensors))(ONE, *tensors, *found.outside)
        many = len(results) - len(found.states)
        for state, new in zip(found.states, results[many:], strict=True):
            state.assign(new.detach())
        made = [s.value if isinstance(s, Fixed) else results[s] for s in slots]
        return tree.unflatten(shape, made)

    return held


def _distinct(found: Any) -> Any:
    """Results that are values of their own, also where a function returns what it was given."""
    return tree.map(
        lambda y: ops.positive(y) if isinstance(y, Tensor) and y.dtype.kind != "b" else y, found
    )


ONE = wrap(np.zeros((), np.int64))  # the number of the only branch


class Held(Branches):
    """A record that an op runs, and that runs again on the way back.

    own   how many operands are the function's arguments: these wait for the cotangent, so that
          nothing that is made of them is there before.
    """

    def __init__(self, graph: Graph, own: int) -> None:
        super().__init__([graph])
        self.own = own

    def _pull(self, gs: list[Any], index: Tensor, xs: list[Tensor]) -> list[Tensor | None]:
        g = next(g for g in gs if g is not None)
        late = [after(x, g) if k < self.own else x for k, x in enumerate(xs)]
        return super()._pull(gs, index, late)

    def chosen(self, index: Tensor, branches: list[Function], *operands: Any) -> Any:
        return branches[0](*operands)


def after(x: Tensor, g: Tensor) -> Tensor:
    """x, but not before g is there: no call that reads it moves up, or is shared with an equal."""
    return call(AFTER, (x, g), {})


AFTER = Op(
    "after", lambda x, g: x, (lambda g, y, x, other: g, None), arity=2, kind="view",
    jvps=(lambda t, y, x, other: t, None),
    batch=lambda n, on, x, g: after(every(n, on[:1], [x])[0], g),
)  # fmt: skip
AFTER.function = after
