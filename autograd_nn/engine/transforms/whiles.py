"""``ag.while_loop`` and ``fori_loop``: steps without a sequence to run over.

Op by op Python counts, and the tape has what ran; in a recording the loop is an op, whose
parameters are the records of its test and its body.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.calls import call
from autograd_nn.engine.errors import DTypeError, GradientError
from autograd_nn.engine.graph.batch import every, on_rows
from autograd_nn.engine.graph.control import While, opened
from autograd_nn.engine.graph.replay import on_tensors
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.mode import mode
from autograd_nn.engine.op import Op
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.engine.transforms.bodies import (
    beside,
    leaves_of,
    recorded,
    same,
    single,
    structured,
)
from autograd_nn.engine.transforms.branches import cond
from autograd_nn.engine.transforms.derivatives import jvp
from autograd_nn.engine.transforms.scan import scan

Function = Callable[..., Any]


def while_loop(test: Function, body: Function, init: Any, max_steps: int | None = None) -> Any:
    """carry = body(carry), again and again while test(carry) holds; gives the last carry.

    test        of the carry, to a truth value.
    body        of the carry, to a carry of the same structure, shapes and dtypes.
    init        the first carry, a tree of tensors.
    max_steps   how often body runs at most. With it a recorded loop has a derivative in reverse
                mode too: it is then a `scan` of so many steps, of which those after the last do
                nothing. Without it the number of steps is not known, and only forward mode goes
                through a recorded one.
    Raises ShapeError and DTypeError for a carry that changes, ValueError for max_steps below 0,
    GradientError where a derivative is asked for that needs max_steps.

    >>> import autograd_nn as ag
    >>> collatz = lambda n: ag.cond(n % 2 > 0, lambda: 3 * n + 1, lambda: n // 2)
    >>> f = ag.jit(lambda n: ag.while_loop(lambda c: c[0] > 1,
    ...                                    lambda c: (collatz(c[0]), c[1] + 1), (n, 0)))
    >>> int(f(ag.Tensor(27))[1])
    111
    """
    if max_steps is not None and max_steps < 0:
        raise ValueError(
            f"while_loop: received max_steps={max_steps}; expected 0 or more, or None."
        )
    leaves, shape = leaves_of(init)
    if mode.recorder is None:
        return _by_python(test, body, leaves, shape, max_steps)
    inner, step = test, body
    if max_steps is not None:
        leaves = [*leaves, as_tensor(np.array(max_steps))]

        def test(carry: Any) -> Any:
            return ops.logical_and(carry[1] > 0, ops.not_equal(_truth(inner(carry[0])), 0))

        def body(carry: Any) -> Any:
            return step(carry[0]), carry[1] - 1

        _, shape = tree.flatten((tree.unflatten(shape, leaves[:-1]), leaves[-1]))
    (first, second), structures = recorded(
        [lambda carry: _truth(test(carry)), body], leaves, shape, "while_loop", whole=True
    )
    for k, (old, v) in enumerate(zip(leaves, second.outputs, strict=False)):
        same("while_loop", k, old, v)
    structured("while_loop", structures[1], shape)
    found = opened([first, second])
    if max_steps is not None and mode.taping:
        if any([x.node is not None for x in (*leaves, *found.outside)]):
            return _bounded(inner, step, init, max_steps)
    states = [id(x) for x in found.states]
    first, second = found.graphs
    n = len(leaves)
    # What the body assigns to is carried; what the test does, is not kept.
    inputs = [*range(n), *[n + k for k, x in enumerate(found.outside) if id(x) in states]]
    rest = [n + k for k, x in enumerate(found.outside) if id(x) not in states]
    for graph in (first, second):
        graph.inputs = [graph.inputs[k] for k in (*inputs, *rest)]
    del first.outputs[1:]
    operands = [*leaves, *found.outside]
    results = Loop(first, second, len(inputs))(*[operands[k] for k in (*inputs, *rest)])
    for state, new in zip(found.states, results[n:], strict=True):
        state.assign(new.detach())
    carry = tree.unflatten(shape, results[:n])
    return carry[0] if max_steps is not None else carry


def fori_loop(lower: Any, upper: Any, body: Function, init: Any, checkpoint: bool = False) -> Any:
    """carry = body(i, carry) for every i from lower to before upper; gives the last carry.

    lower, upper   whole numbers. Python's: it is a `scan`, with every derivative. Tensors, of whose
                   contents a recording knows nothing: it is a `while_loop`.
    body           (i, carry) -> carry, made of ops; it runs once and is recorded.
    checkpoint     as in `scan`.
    Raises ShapeError and DTypeError for a carry that changes, DTypeError for bounds that are no
    whole numbers.

    >>> import autograd_nn as ag
    >>> float(ag.fori_loop(1, 5, lambda i, x: x * i, 1.0))
    24.0
    """
    for name, end in (("lower", lower), ("upper", upper)):
        if not (end.dtype.kind in "iu" if isinstance(end, Tensor) else _counts(end)):
            raise DTypeError(f"fori_loop: received {name}={end!r}; expected a whole number.")
    if mode.recorder is not None and (isinstance(lower, Tensor) or isinstance(upper, Tensor)):
        last = ops.astype(as_tensor(upper), "int64")
        return while_loop(
            lambda c: c[0] < last,
            lambda c: (c[0] + 1, body(*c)),
            (ops.astype(as_tensor(lower), "int64"), init),
        )[1]
    counted = np.arange(int(lower), int(upper))
    return scan(lambda c, i: (body(i, c), None), init, counted, checkpoint=checkpoint)[0]


def _counts(x: Any) -> bool:
    try:
        index(x)
    except TypeError:
        return False
    return True


def _by_python(
    test: Function, body: Function, leaves: list[Tensor], shape: Any, most: int | None
) -> Any:
    count = 0
    while (most is None or count < most) and bool(_truth(test(tree.unflatten(shape, leaves)))):
        found, made = leaves_of(body(tree.unflatten(shape, leaves)))
        structured("while_loop", made, shape)
        for k, (old, new) in enumerate(zip(leaves, found, strict=True)):
            same("while_loop", k, old, new)
        leaves = found
        count += 1
    return tree.unflatten(shape, leaves)


def _bounded(test: Function, body: Function, init: Any, most: int) -> Any:
    """A loop of so many steps, of which those after the last leave what is carried as it is."""

    def step(carry: Any, _: Any) -> Any:
        return cond(as_tensor(test(carry)), body, lambda c: c, carry), None

    return scan(step, init, None, most)[0]


def _truth(found: Any) -> Tensor:
    return single(as_tensor(found), "while_loop")


class Loop:
    """Two records of equal operands, what is carried and what stays: a test, and a body."""

    def __init__(self, test: Graph, body: Graph, carried: int) -> None:
        self.test, self.body, self.carried = test, body, carried
        self.forward = While(test, body, carried)

    def apply(self, *operands: Tensor) -> Any:
        """Runs it as an op, made anew for every run: it holds this, and is not held by it."""
        op = Op(
            "while", self.forward, self.pulled, arity=None, jvps=self.pushed, results=self.carried,
            cuts=None, pure=False, partial=True, widens=False, batch=self.batched,
        )  # fmt: skip
        op.function = self.apply
        return call(op, operands, {})

    def __call__(self, *operands: Tensor) -> list[Tensor]:
        found = self.apply(*operands)
        return list(found) if isinstance(found, tuple) else [found]

    def pulled(self, i: int, g: Any, y: Any, *xs: Tensor) -> Tensor | None:
        raise GradientError(
            "while_loop: received a derivative to compute in reverse mode of a loop of unknown "
            "length; expected a bounded one. Pass max_steps=…, use fori_loop or scan, or take the "
            "derivative in forward mode (jvp)."
        )

    def pushed(self, i: int, t: Tensor, y: Any, *xs: Tensor) -> Any:
        """The tangents of what is carried when operand ``i`` moves by ``t``."""
        carry, staying = list(xs[: self.carried]), list(xs[self.carried :])
        floats = [k for k, x in enumerate(carry) if kind_of(x.dtype) == "f"]
        ts = [t if k == i else ops.zeros_like(carry[k]) for k in floats]
        outside = [] if i < self.carried else [i]

        def test(state: Any) -> Tensor:
            return on_tensors(self.test, [*state[0], *staying])[0]

        def body(state: Any) -> Any:
            full = [*state[0], *staying]
            results: list[Tensor] = []

            def smooth(*some: Tensor) -> list[Tensor]:
                for k, x in zip([*floats, *outside], some, strict=True):
                    full[k] = x
                results[:] = on_tensors(self.body, full)
                return [results[k] for k in floats]

            given = tuple([full[k] for k in [*floats, *outside]])
            _, moved = jvp(smooth, given, (*state[1], *([t] if outside else [])))
            return results, list(moved)

        _, moved = while_loop(test, body, (carry, ts))
        rows = iter(moved)
        answers = [next(rows) if k in floats else None for k in range(len(carry))]
        return tuple(answers) if len(answers) > 1 else answers[0]

    def batched(self, n: int, on: Sequence[bool], *xs: Tensor) -> Any:
        """For n samples, as long as any goes on; what is done with does not move."""
        c = self.carried
        carry = every(n, on[:c], xs[:c])
        rest, staying = on[c:], xs[c:]

        def going(carry: list[Tensor]) -> Tensor:
            return on_rows(self.test, n, [*[True] * c, *rest], [*carry, *staying])[0]

        def body(carry: list[Tensor]) -> list[Tensor]:
            on = going(carry)
            new = on_rows(self.body, n, [*[True] * c, *rest], [*carry, *staying])
            return [ops.where(beside(on, b), b, a) for a, b in zip(carry, new, strict=True)]

        found = while_loop(lambda carry: ops.any(going(carry)), body, carry)
        return tuple(found) if c > 1 else found[0]
