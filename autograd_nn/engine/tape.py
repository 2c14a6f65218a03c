"""The two walks over the tape: one pulls a cotangent back through it, one pushes a tangent forward.

What an op leaves behind is a `Node`; see node.py. The walks are iterative: depth is no limit.

Letters, here and in every rule: ``x`` operand, ``y`` result, ``g`` cotangent, ``t`` tangent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_nn.engine import cuts, ops  # the ops are built on this module, but begun before it
from autograd_nn.engine.errors import real_only
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import RELEASED, Again, Leaf, Node, Watch, Whole
from autograd_nn.engine.numeric import SCALARS
from autograd_nn.engine.tensor import Tensor, share

if TYPE_CHECKING:
    from autograd_nn.engine.op import Op

_new, ndarray = object.__new__, np.ndarray


def sort(roots: Iterable[Tensor]) -> list[Node]:
    """Every node above ``roots``, each after those of its operands (iterative depth first)."""
    order: list[Node] = []
    seen: set[int] = set()
    stack: list[Any] = [r.node for r in roots if r.node is not None]
    while stack:
        node = stack.pop()
        if node is None:  # the marker says: all operands of the node below it are in the list
            order.append(stack.pop())
            continue
        serial = node.serial
        if serial in seen:
            continue
        seen.add(serial)
        if node.__class__ is Leaf:
            order.append(node)
            continue
        stack.append(node)
        stack.append(None)
        for s in node.sources:
            if s is not None and s.serial and s.serial not in seen:
                stack.append(s)
    return order


def leads_to(order: Sequence[Node], targets: Iterable[Node]) -> set[int]:
    """Serials of the nodes in ``order`` which depend on a target, the targets' own included."""
    found = {t.serial for t in targets}
    for node in order:
        if node.serial not in found:
            for s in node.sources:
                if s is not None and s.serial in found:
                    found.add(node.serial)
                    break
    return found


def version(node: Node | None, array: np.ndarray) -> Tensor:
    """A tensor for a value that may have no name any more."""
    x = _new(Tensor)
    x.array = array if array.__class__ is not Again else array.read()
    x.node = node
    x.grad = None
    if mode.recorder is not None:
        mode.recorder.recall(x)
    return x


def operand(node: Node, i: int) -> Any:
    """Operand ``i`` as the op read it; raises MutationError where its contents are gone."""
    source, array = node.sources[i], node.arrays[i]
    if source.__class__ is Node:
        return version(source, array)
    if array.__class__ in SCALARS:
        return array
    if source is not None and source.changed(array):
        node.check()
    if source.__class__ is Watch:
        return share(array)
    if source is None:
        return version(None, array)
    leaf = source.__class__ is Leaf
    if not leaf or mode.recorder is not None:  # a program reads the very tensor, where it can
        x = source.owner
        if x is not None and x.array is array:
            return x
    return version(source if leaf else None, array)


def operands(node: Node) -> tuple:
    """What the op of a node read, for its rules."""
    node.check()
    return tuple(operand(node, i) for i in range(len(node.arrays)))


def fit_to(g: Tensor, x: Tensor) -> Tensor:
    """A cotangent in its operand's shape and dtype: summed over what was broadcast, then cast."""
    if g.array.shape != x.array.shape:
        g = ops.sum_to(g, shape=x.array.shape)
    if g.array.dtype != x.array.dtype:
        real_only(g.array.dtype, "the derivative of a real tensor through complex numbers")
        g = ops.astype(g, dtype=x.array.dtype)
    return g


class Meeting:
    """What a walk knows of a call with several results: the cotangents that have come, by result.

    masks   of cut-off entries: None where nothing was; False for a result nobody asked for.
    """

    __slots__ = ("gs", "masks", "node", "ys")

    def __init__(self, node: Whole) -> None:
        self.node = node
        n = len(node.serials)
        self.gs: list[Tensor | None] = [None] * n
        self.ys: list[Tensor | None] = [None] * n
        self.masks: list[Any] = [False] * n

    def join(self, k: int, g: Tensor, y: Tensor, mask: Tensor | None) -> None:
        """Takes the cotangent of result ``k``."""
        self.gs[k], self.ys[k], self.masks[k] = g, y, mask

    def settle(self) -> tuple[Any, Any]:
        """Cotangents and results for the rules; what nobody asked for has a cotangent of zeros."""
        node, gs, ys = self.node, self.gs, self.ys
        if node.sources is RELEASED:
            node.check()
        for k, array in enumerate(node.results):
            y = ys[k]
            if y is None:
                y = ys[k] = version(node.part(k), array)
            if gs[k] is None and y.node is not None and not node.op.partial:
                gs[k] = ops.zeros_like(y)
        return node.op.answer(gs), node.op.answer(ys)


def pullback(
    roots: Sequence[Tensor],
    cotangents: Sequence[Tensor],
    targets: Sequence[Node] | None,
    *,
    taping: bool = False,
    release: bool = False,
    leaves: list[Leaf] | None = None,
) -> dict[int, Tensor]:
    """Pulls ``cotangents`` back from ``roots`` to ``targets`` (None: to every leaf), by serial.

    taping    tape the walk itself, so that its results can be differentiated again.
    release   free each node once it was used.
    leaves    filled with the leaves the walk comes to.
    The nodes are taken by serial number, latest first: a node's readers were all made after it.
    Raises GradientError (a freed tape) and MutationError (a changed operand).
    """
    used: list[Node] | None = [] if release else None
    try:
        with np.errstate(all="ignore"):
            if taping or mode.recorder is not None:
                return _pull(roots, cotangents, targets, taping, used, leaves, {})
            grads = _pull(roots, cotangents, targets, taping, used, leaves, None)
            asked = leaves if targets is None and leaves is not None else targets or ()
            if cuts.doubtful([grads[n.serial] for n in asked if n.serial in grads]):
                if leaves is not None:
                    leaves.clear()
                grads = _pull(roots, cotangents, targets, taping, None, leaves, {})
            return grads
    finally:
        for node in used or ():
            node.release()


def _pull(
    roots: Sequence[Tensor],
    cotangents: Sequence[Tensor],
    targets: Sequence[Node] | None,
    taping: bool,
    used: list[Node] | None,
    leaves: list[Leaf] | None,
    live: dict[int, Tensor] | None,
) -> dict[int, Tensor]:
    """The walk of `pullback`; ``live`` takes the masks of cut-off entries (None: without)."""
    wanted = None if targets is None else leads_to(sort(roots), targets)
    keep = {t.serial for t in targets} if targets is not None else ()
    grads: dict[int, Any] = {}
    owned: set[int] = set()  # serials whose cotangent's buffer this walk made and may add into
    waiting: dict[int, Any] = {}  # a tensor of the value, or the meeting of several
    heap: list[int] = []  # minus the serials of what waits: the latest comes first
    before, mode.taping, mode.live = (mode.taping, mode.live), taping, cuts.ALL
    recorder = mode.recorder
    recorded = recorder is not None
    in_place = not taping and not recorded
    pulls = 0 if recorder is None else recorder.pulls
    try:
        for root, g in zip(roots, cotangents, strict=True):
            above = root.node
            if above is None:
                continue
            real_only(root.array.dtype, "the derivative of a complex result")
            k = above.serial
            known = grads.get(k)
            grads[k] = g if known is None else ops.add(known, g)
            if live is not None:
                _mark(live, k, cuts.given(g), known)
            if known is not None:
                continue
            if above.__class__ is not Leaf:
                waiting[k] = root
                heappush(heap, -k)
            elif leaves is not None:
                leaves.append(above)  # type: ignore[arg-type]
        while heap:
            key = -heappop(heap)
            y = waiting.pop(key)
            if wanted is not None and key not in wanted:
                continue
            g = grads[key] if key in keep else grads.pop(key)
            node: Node = y.node  # type: ignore[assignment]  # only what has a node waits
            sources, arrays = node.sources, node.arrays
            if sources is RELEASED:
                node.check()
            if key in keep and not any([s and s.serial in wanted for s in sources]):  # type: ignore[operator]
                continue  # a target with no other above it
            op, params = node.op, node.params
            mask = None if live is None else live.get(key)
            if op.results > 1:
                if node.__class__ is not Whole:  # a part
                    whole = sources[0]
                    meeting = waiting.get(whole.serial)
                    if meeting is None:
                        meeting = waiting[whole.serial] = grads[whole.serial] = Meeting(whole)
                        heappush(heap, -whole.serial)
                    meeting.join(whole.serials.index(key), g, y, mask)
                    continue
                masks = y.masks
                g, y = y.settle()
                grads.pop(key, None)
            xs: list[Any] = []
            for i, above in enumerate(sources):
                # As `operand`, but a value for which a tensor waits is known by that. A leaf's own
                # is no rule's to return: a gradient that is its leaf would be a circle.
                x, array, kind = None, arrays[i], above.__class__
                if recorded:
                    x = operand(node, i)
                elif kind is Node:
                    x = waiting.get(above.serial)
                elif kind is Leaf:
                    owner = None if above.tensor is None else above.tensor()
                    if owner is not None and owner.array is not array:
                        x = operand(node, i)  # which finds out whether it was changed
                elif above is not None or array.__class__ is not ndarray:
                    x = operand(node, i)
                if x is None:
                    x = _new(Tensor)  # as `version` does
                    x.array = array if array.__class__ is not Again else array.read()
                    x.node = above
                    x.grad = None
                xs.append(x)
            rules, several = op.vjps, op.several
            if live is not None:
                mode.live = cuts.ALL if mask is None else mask
            if recorder is not None:
                recorder.pulls = key
            for i, above in enumerate(sources):
                if above is None:
                    continue
                k = above.serial
                if not k or (wanted is not None and k not in wanted):
                    continue
                if several:
                    c = rules(i, g, y, *xs, **params)  # type: ignore[misc]
                else:
                    rule = rules[i]  # type: ignore[index]
                    if rule is None:
                        continue
                    c = rule(g, y, *xs, **params)
                if c is None:
                    continue
                x = xs[i]
                known = grads.get(k)
                if live is not None and op.results > 1:
                    c, mine = cuts.shared(op, i, masks, c, y, xs, params)
                    if mine is not None:
                        mine = cuts.fitted(mine, c, x)
                    _mark(live, k, mine, known)
                elif live is not None:
                    if mask is not None and _lost(op, c):
                        c = cuts.contracted(op, i, mask, g, c, y, xs, params, forward=False)
                    mine = None
                    if (mask is not None or op.cuts) and above.__class__ is Node:
                        mine = cuts.passed(op, i, mask, c, y, xs, params, forward=False)
                        if mine is not None:
                            mine = cuts.fitted(mine, c, x)
                    _mark(live, k, mine, known)
                if c.array.shape != x.array.shape or c.array.dtype != x.array.dtype:
                    c = fit_to(c, x)
                if known is None:
                    grads[k] = c
                    if above.__class__ is Node:
                        waiting[k] = x
                        heappush(heap, -k)
                    elif leaves is not None:
                        leaves.append(above)  # type: ignore[arg-type]
                elif in_place and k in owned:
                    np.add(known.array, c.array, out=known.array)
                else:
                    grads[k] = ops.add(known, c)
                    owned.add(k)
            if used is not None:
                used.append(node)
    finally:
        mode.taping, mode.live = before
        if recorder is not None:
            recorder.pulls = pulls
    return grads


def _lost(op: Op, c: Tensor) -> bool:
    """Whether a sum of products came out as NaN (while recording, numbers mean nothing)."""
    if not op.linear or op.arity == 1 or mode.recorder is not None:
        return False
    return bool(np.isnan(c.array).any())


def _mark(live: dict[int, Tensor], key: int, mask: Tensor | None, known: Tensor | None) -> None:
    """Notes the mask of a contribution; what is live in one of several is live in their sum."""
    if known is not None:
        mask = cuts.joined(live.get(key), mask)
    if mask is not None:
        live[key] = mask
    else:
        live.pop(key, None)


def pushforward(
    roots: Sequence[Tensor], sources: Sequence[Node], tangents: Sequence[Tensor]
) -> dict[int, Tensor]:
    """Pushes ``tangents`` of ``sources`` forward to ``roots``, by serial; zeros are left out."""
    with np.errstate(all="ignore"):
        if mode.taping or mode.recorder is not None:
            return _push(roots, sources, tangents, {})
        found = _push(roots, sources, tangents, None)
        ends = [y.node.serial for y in roots if y.node is not None]
        if cuts.doubtful([found[k] for k in ends if k in found]):
            found = _push(roots, sources, tangents, {})
        return found


def _push(
    roots: Sequence[Tensor],
    sources: Sequence[Node],
    tangents: Sequence[Tensor],
    live: dict[int, Tensor] | None,
) -> dict[int, Tensor]:
    """The walk of `pushforward`; ``live`` takes the masks of cut-off entries (None: without)."""
    order = sort(roots)
    wanted = leads_to(order, sources)
    found = {s.serial: t for s, t in zip(sources, tangents, strict=True)}
    results = {y.node.serial: y for y in roots if y.node is not None}
    read = {s.serial: a for n in order for s, a in zip(n.sources, n.arrays, strict=True)
            if isinstance(s, Node)}  # fmt: skip
    before = mode.live
    try:
        if live is not None:
            for source, given in zip(sources, tangents, strict=True):
                _mark(live, source.serial, cuts.given(given), None)
        for node in order:
            k = node.serial
            if k in found or k not in wanted:
                continue
            op, params, several = node.op, node.params, node.__class__ is Whole
            if op.results > 1 and not several:
                continue  # a part of what does not move
            xs = operands(node)
            if isinstance(node, Whole):
                serials, parts = node.serials, [node.part(j) for j in range(op.results)]
                arrays = node.results
            else:
                serials, parts, arrays = (k,), [node], (None if k in results else read[k],)
            ys = [
                results[s] if s in results else version(part, array)
                for s, part, array in zip(serials, parts, arrays, strict=True)
            ]
            for y in ys:
                real_only(y.array.dtype, "the derivative of a complex number")
            y = op.answer(ys) if several else ys[0]
            for i, above in enumerate(node.sources):
                t = found.get(above.serial) if isinstance(above, Node) else None
                if t is None:
                    continue
                mask = live.get(above.serial) if live else None
                mode.live = cuts.ALL if mask is None else mask
                c = op.jvp(i, t, y, xs, params)
                if c is None:
                    continue
                mine = None
                if live is not None:
                    if mask is not None and not several and _lost(op, c):
                        c = cuts.contracted(op, i, mask, t, c, y, xs, params, forward=True)
                    mine = cuts.passed(op, i, mask, c, y, xs, params, forward=True)
                moved = c if several else (c,)
                passed = (None,) * len(moved) if mine is None else mine if several else (mine,)
                for s, c, mine in zip(serials, moved, passed, strict=True):
                    if c is None:
                        continue
                    if live is not None:
                        _mark(live, s, mine, found.get(s))
                    found[s] = c if s not in found else ops.add(found[s], c)
            for s, y in zip(serials, ys, strict=True):
                total = found.get(s)
                if total is None:
                    continue
                if total.array.shape != y.array.shape:
                    total = ops.broadcast_to(total, shape=y.array.shape)
                if total.array.dtype != y.array.dtype:
                    total = ops.astype(total, dtype=y.array.dtype)
                found[s] = total
                if live and s in live:
                    live[s] = cuts.ranked(live[s], len(y.array.shape))
    finally:
        mode.live = before
    return found


def distinct(values: list[Tensor], held: Any) -> list[Tensor]:
    """The values, with copies for those that somebody else holds or that come twice.

    Rules may hand a cotangent on as it came (add gives it to both operands); a caller owns what it
    receives, and changing one gradient in place must not change another.
    """
    seen = {id(h) for h in held}
    found = []
    for v in values:
        if id(v) in seen:
            v = ops.positive(v)
        seen.add(id(v))
        found.append(v)
    return found
