"""The tape: what an op leaves behind, and the walk that pulls a cotangent back through it.

A tensor that depends on a leaf carries a `Node`: the op, its operands, the arrays it read and its
parameters. Nodes point at operands only, never at their own result, so there is no reference
cycle and memory is returned by reference count. The walk is iterative: depth is no limit.

Letters, here and in every rule: ``x`` operand, ``y`` result, ``g`` cotangent, ``t`` tangent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_nn.engine.errors import GradientError, MutationError, real_only
from autograd_nn.engine.mode import mode

if TYPE_CHECKING:
    from autograd_nn.engine.op import Op
    from autograd_nn.engine.tensor import Tensor


_serial = count(1).__next__


class Node:
    """One taped call: the op, its operands, the arrays it read, its parameters."""

    __slots__ = ("arrays", "op", "operands", "params", "serial")

    def __init__(self, op: Op, operands: tuple, arrays: tuple, params: dict[str, Any]) -> None:
        self.op = op
        self.operands = operands
        self.arrays = arrays
        self.params = params
        self.serial = _serial()

    @property
    def parents(self) -> list[Tensor]:
        """The operands that are themselves on the tape."""
        return [x for x in self.operands if getattr(x, "node", None) is not None]

    def release(self) -> None:
        """Drops the operands, so that their memory can go; a later walk is refused."""
        self.operands = self.arrays = RELEASED

    def check(self) -> None:
        """Raises if the tape was released, or an array it needs was changed since."""
        if self.operands is RELEASED:
            raise GradientError(
                f"the tape behind this {self.op.name!r} was freed by an earlier backward(). "
                "Received a second backward through it, expected one; pass retain_graph=True to "
                "the first backward, or compute the value again."
            )
        for i, (x, array) in enumerate(zip(self.operands, self.arrays, strict=True)):
            if getattr(x, "array", array) is not array or getattr(x, "changed", False):
                raise MutationError(
                    f"operand {i} of {self.op.name!r}, of shape {array.shape}, was changed after "
                    "the tape read it; expected the same contents at backward, for its gradient "
                    "would be wrong. Change a copy (x.copy()), or change it after backward()."
                )


RELEASED: tuple = (None,)  # a marker, compared by identity
SCALARS = frozenset((float, int, bool, complex))  # Python numbers: constants of weak dtype
UNWATCHED: set[type] = set()  # tensor classes whose arrays nobody else can change; see tensor.py


class _Leaf(Node):
    """The node of every tensor that derivatives are taken with respect to."""

    __slots__ = ()

    def release(self) -> None:
        """A leaf has nothing to release."""


LEAF = _Leaf(None, (), (), {})  # type: ignore[arg-type]


def sort(roots: Iterable[Tensor]) -> list[Tensor]:
    """Every taped tensor above ``roots``, each after all its operands (iterative depth first)."""
    order: list[Tensor] = []
    seen: set[int] = set()
    stack: list[Any] = [r for r in roots if r.node is not None]
    while stack:
        y = stack.pop()
        if y is None:  # the marker says: all operands of the tensor below it are in the list
            order.append(stack.pop())
            continue
        if id(y) in seen:
            continue
        seen.add(id(y))
        if y.node is LEAF:
            order.append(y)
            continue
        stack.append(y)
        stack.append(None)
        for x in y.node.operands:
            if getattr(x, "node", None) is not None and id(x) not in seen:
                stack.append(x)
    return order


def leads_to(order: Sequence[Tensor], targets: Iterable[Tensor]) -> set[int]:
    """Ids of the tensors in ``order`` which depend on a target, the targets themselves included."""
    found = {id(t) for t in targets}
    for y in order:
        if id(y) not in found and any(id(x) in found for x in y.node.operands):  # type: ignore[union-attr]
            found.add(id(y))
    return found


def fit_to(g: Tensor, x: Tensor) -> Tensor:
    """A cotangent in its operand's shape and dtype: summed over what was broadcast, then cast."""
    from autograd_nn.engine import ops

    if g.array.shape != x.array.shape:
        g = ops.sum_to(g, shape=x.array.shape)
    if g.array.dtype != x.array.dtype:
        real_only(g.array.dtype, "the derivative of a real tensor through complex numbers")
        g = ops.astype(g, dtype=x.array.dtype)
    return g


def pullback(
    roots: Sequence[Tensor],
    cotangents: Sequence[Tensor],
    targets: Sequence[Tensor] | None,
    *,
    taping: bool = False,
    release: bool = False,
    leaves: dict[int, Tensor] | None = None,
) -> dict[int, Tensor]:
    """Pulls ``cotangents`` back from ``roots`` to ``targets`` (None: to every leaf), by id.

    taping    tape the walk itself, so that its results can be differentiated again.
    release   free each node once it was used.
    leaves    filled with the leaves the walk comes to, by id.
    The nodes are taken by serial number, latest first: a node's readers were all made after it.
    Raises GradientError (a freed tape) and MutationError (a changed operand).
    """
    from autograd_nn.engine import ops

    wanted = None if targets is None else leads_to(sort(roots), targets)
    keep = {id(t) for t in targets} if targets is not None else ()
    grads: dict[int, Tensor] = {}
    owned: set[int] = set()  # ids of tensors whose cotangent buffer this walk made and may add into
    waiting: dict[int, Tensor] = {}  # by minus the node's serial number, the heap's order
    heap: list[int] = []
    before, mode.taping = mode.taping, taping
    in_place = not taping and mode.recorder is None
    try:
        with np.errstate(all="ignore"):
            for root, g in zip(roots, cotangents, strict=True):
                real_only(root.array.dtype, "the derivative of a complex result")
                known = grads.get(id(root))
                grads[id(root)] = g if known is None else ops.add(known, g)
                if known is None and root.node is LEAF and leaves is not None:
                    leaves[id(root)] = root
                if known is None and root.node is not LEAF and root.node is not None:
                    waiting[-root.node.serial] = root
                    heappush(heap, -root.node.serial)
            while heap:
                y = waiting.pop(heappop(heap))
                key = id(y)
                if wanted is not None and key not in wanted:
                    continue
                g = grads[key] if key in keep else grads.pop(key)
                node: Node = y.node  # type: ignore[assignment]  # only what has a node waits
                if node.operands is RELEASED:
                    node.check()
                op, operands, params = node.op, node.operands, node.params
                rules = op.vjps
                several = callable(rules)
                for i, x in enumerate(operands):
                    if x.__class__ in SCALARS:
                        continue
                    if x.array is not node.arrays[i] or x.__class__ not in UNWATCHED:
                        node.check()
                    above = x.node
                    if above is None:
                        continue
                    k = id(x)
                    if wanted is not None and k not in wanted:
                        continue
                    if several:
                        c = rules(i, g, y, *operands, **params)  # type: ignore[misc]
                    else:
                        rule = rules[i]
                        if rule is None:
                            continue
                        c = rule(g, y, *operands, **params)
                    if c is None:
                        continue
                    if c.array.shape != x.array.shape or c.array.dtype != x.array.dtype:
                        c = fit_to(c, x)
                    known = grads.get(k)
                    if known is None:
                        grads[k] = c
                        if above is not LEAF:
                            waiting[-above.serial] = x
                            heappush(heap, -above.serial)
                        elif leaves is not None:
                            leaves[k] = x
                    elif in_place and k in owned:
                        np.add(known.array, c.array, out=known.array)
                    else:
                        grads[k] = ops.add(known, c)
                        owned.add(k)
                if release:
                    node.release()
    finally:
        mode.taping = before
    return grads


def pushforward(
    roots: Sequence[Tensor], sources: Sequence[Tensor], tangents: Sequence[Tensor]
) -> dict[int, Tensor]:
    """Pushes ``tangents`` of ``sources`` forward to ``roots``, by id; zero ones are left out."""
    from autograd_nn.engine import ops

    order = sort(roots)
    wanted = leads_to(order, sources)
    found = {id(x): t for x, t in zip(sources, tangents, strict=True)}
    with np.errstate(all="ignore"):
        for y in order:
            if id(y) in found or id(y) not in wanted:
                continue
            node = y.node
            if node is None:  # sort leaves none such in
                continue
            node.check()
            real_only(y.array.dtype, f"the derivative of {node.op.name!r}")
            total = None
            for i, x in enumerate(node.operands):
                t = found.get(id(x)) if getattr(x, "node", None) is not None else None
                if t is None:
                    continue
                c = node.op.jvp(i, t, y, node.operands, node.params)
                if c is not None:
                    total = c if total is None else ops.add(total, c)
            if total is not None:
                if total.array.shape != y.array.shape:
                    total = ops.broadcast_to(total, shape=y.array.shape)
                if total.array.dtype != y.array.dtype:
                    total = ops.astype(total, dtype=y.array.dtype)
                found[id(y)] = total
    return found
