"""Which zeros of a cotangent were cut off, and which were computed.

``where(x > 0, sqrt(x), 0)`` has the derivative 0 at 0, for the root was not chosen: a zero that
was *cut off* stays zero, whatever it is multiplied with. In ``sqrt(x)**3`` the zero cotangent of
the root was *computed*, and what it is multiplied with counts: 0·∞ is then NaN, as floating point
has it. A number cannot say which kind of zero it is, so a walk carries masks beside its cotangents:
``live``, False where an entry was cut off; None where nothing was.

A walk is first made without masks, which costs nothing. They can only matter where a zero met ∞ or
NaN, and that leaves a NaN in what the walk found: then it is made again with masks. A walk that is
taped or recorded has them from the start: what it writes down must be right for other numbers, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_nn.engine import ops  # which is built on this module, but begun before it
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor, wrap

if TYPE_CHECKING:
    from autograd_nn.engine.op import Op

ALL = True  # what `mode.live` says in a walk where nothing was cut off, or nothing is known


def product(g: Tensor, slope: Any) -> Tensor:
    """Cotangent (or tangent) times dy/dx, entry by entry; what was cut off stays 0."""
    live = mode.live
    if live is ALL:
        return ops.multiply(g, slope)
    if live is None:  # a rule by itself, outside a walk: nothing tells the zeros apart
        return ops.chain(g, slope)
    return ops.where(live, ops.multiply(g, slope), 0)


def doubtful(found: Iterable[Tensor]) -> bool:
    """Whether there is a NaN in what a walk without masks found; warnings are off by then."""
    for c in found:
        flat = c.array.ravel()
        check = flat.dot(flat) if flat.size < 4096 else flat.sum()  # sees every NaN
        if check != check and np.isnan(flat).any():
            return True
    return False


def contracted(
    op: Op,
    i: int,
    live: Tensor,
    g: Tensor,
    c: Tensor,
    y: Tensor,
    xs: Sequence[Any],
    params: dict[str, Any],
    forward: bool,
) -> Tensor:
    """The part of a sum of products that is live, where a cut-off zero met ∞ or NaN in the sum.

    Counted are the products that are live, and those of them whose other factors are finite: where
    these are as many, the others' ∞ and NaN are not asked for.
    """
    def applied(g: Tensor, change: Any) -> Tensor:
        own = [x if k == i or not hasattr(x, "array") else change(x) for k, x in enumerate(xs)]
        return (op.jvp if forward else op.vjp)(i, g, y, tuple(own), params)  # type: ignore[return-value]

    count = ops.astype(live, dtype=g.dtype)
    if count.shape != g.shape:
        count = ops.broadcast_to(count, shape=g.shape)
    every = applied(count, lambda x: wrap(np.ones_like(x.array)))
    finite = applied(count, lambda x: wrap(np.isfinite(x.array).astype(x.dtype)))
    rest = applied(g, lambda x: ops.where(ops.isfinite(x), x, 0))
    return ops.where(ops.equal(every, finite), rest, c)


def given(g: Tensor) -> Tensor | None:
    """The mask of a cotangent that a walk starts with: its zeros ask for nothing."""
    if g.node is not None:
        return None  # linear in it, so its zeros are as good as any number
    recorder = mode.recorder
    if recorder is not None and recorder.owns(g):
        return ops.not_equal(g, 0)
    return None if g.array.all() else wrap(g.array != 0)


def passed(
    op: Op,
    i: int,
    live: Any,
    c: Any,
    y: Any,
    xs: Sequence[Any],
    params: dict[str, Any],
    forward: bool,
) -> Any:
    """The mask of what an op's rule made, from that of what it was given; tuples for several.

    A mask may have size 1 along axes where it is the same: it broadcasts to what it tells of.
    Where the op does not say, its rule is asked: NaN stands for what is live and 0 for the rest,
    and whatever depends on something live comes back as NaN.
    """
    if live is None and not op.cuts:
        return None
    if op.partials:
        return live
    alone = op.kind == "elementwise" and len(xs) == 1  # each entry by itself
    if alone and live is not None and op.cuts is not None:
        own = passed(op, i, None, c, y, xs, params, forward)
        return live if own is None else ops.logical_and(live, own)
    before, mode.taping, mode.live = (mode.taping, mode.live), False, None
    try:
        if op.cuts is None:  # a user's rule is not called with other numbers than came
            if not isinstance(c, tuple):
                return ops.not_equal(c, 0)
            return op.answer([None if one is None else ops.not_equal(one, 0) for one in c])
        if op.reach is not None:
            return op.reach(i, live, forward, y, xs, **params)
        if op.results > 1 and not forward:
            probe: Any = op.answer([_probe(m, one) for m, one in zip(live, y, strict=True)])
        else:
            probe = _probe(live, xs[i] if forward else y)
            if probe is None:  # whole numbers have no slope that could be cut off
                return None
        if op.linear:  # in each operand: the others' numbers do not matter, 0 and ∞ among them
            xs = tuple(
                wrap(np.ones_like(x.array)) if isinstance(x, Tensor) and k != i else x
                for k, x in enumerate(xs)
            )
        found = (op.jvp if forward else op.vjp)(i, probe, y, tuple(xs), params)
        if found is None:
            return None
        if not isinstance(found, tuple):
            return ops.isnan(found)
        return op.answer([None if one is None else ops.isnan(one) for one in found])
    finally:
        mode.taping, mode.live = before


def _probe(live: Any, source: Tensor) -> Tensor | None:
    """What a rule is asked with: NaN for what is live, 0 for the rest; None for whole numbers.

    live   the mask; None: all is live, False: nothing is.
    """
    if source.array.dtype.kind in "iub":
        return None
    probe = wrap(np.array(0 if live is False else np.nan, source.dtype))
    if live is not None and live is not False:
        probe = ops.where(live, probe, 0)
    return probe if probe.shape == source.shape else ops.broadcast_to(probe, shape=source.shape)


def shared(
    op: Op, i: int, masks: list[Any], c: Tensor, y: Any, xs: Sequence[Any], params: dict[str, Any]
) -> tuple[Tensor, Tensor | None]:
    """A cotangent that several results have a part in, and its mask; what no live one reaches is 0.

    masks   those of the results' cotangents: None where all is live, False where nothing is.
    """
    if not op.cuts and all([mask is None for mask in masks]):
        return c, None
    mine = passed(op, i, masks, c, y, xs, params, forward=False)
    return (c, None) if mine is None else (ops.where(mine, c, 0), mine)


def fitted(live: Tensor, c: Tensor, x: Tensor) -> Tensor:
    """A mask in its operand's shape: live where anything was that is summed into the entry."""
    if c.shape == x.shape:
        return live
    if live.shape != c.shape:
        live = ops.broadcast_to(live, shape=c.shape)
    return ops.not_equal(ops.sum_to(ops.astype(live, dtype=np.dtype(float)), shape=x.shape), 0)


def ranked(live: Tensor, ndim: int) -> Tensor:
    """A mask with as many axes as what it tells of, which may have been broadcast since."""
    more = ndim - live.ndim
    return ops.reshape(live, shape=(*(1,) * more, *live.shape)) if more else live


def joined(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    """The mask of a sum."""
    return None if a is None or b is None else ops.logical_or(a, b)
