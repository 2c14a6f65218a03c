"""Paths of connectionist temporal classification: every way to read labels from longer steps."""

from __future__ import annotations

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.losses.reduction import at_classes

NEVER = -1e5  # the logarithm of a path that cannot be: far off, and finite, so that slopes are


def path_cost(
    labels: Tensor, log_p: Tensor, counts: Tensor, steps: Tensor | None = None, blank: int = 0
) -> Tensor:
    """-ln of the chance of all paths that read as the labels, (n,).

    labels   (n, l) class numbers, of which counts (n,) are read.
    log_p    (n, t, c) logarithms of the classes' chances, of which steps (n,) are walked, or all.
    """
    from autograd_nn.engine.transforms.scan import scan  # which only this needs

    path = _with_blanks(labels, blank)
    n, t, _ = log_p.shape
    places = ops.broadcast_to(ops.expand_dims(path, 1), shape=(n, t, path.shape[1]))
    along = ops.moveaxis(at_classes(log_p, places), 1, 0)  # (t, n, 2l + 1)
    skips = _may_skip(path)

    def step(forward: Tensor, at: tuple[Tensor, Tensor]) -> tuple[Tensor, None]:
        i, log_p = at
        moved = ops.logaddexp(forward, _later(forward, 1))
        moved = ops.logaddexp(moved, ops.where(skips, _later(forward, 2), NEVER)) + log_p
        if steps is not None:
            moved = ops.where(ops.expand_dims(i < steps, 1), moved, forward)
        return moved, None

    begin = ops.where(ops.less(ops.arange(path.shape[1]), 2), along[0], NEVER)
    forward, _ = scan(step, begin, (ops.arange(1, t), along[1:]))
    # a path ends in the last label, or in the blank behind it
    end = 2 * ops.expand_dims(counts, 1)
    ends = ops.take_along_axis(forward, end, axis=1)
    before = ops.take_along_axis(forward, ops.maximum(end - 1, 0), axis=1)
    before = ops.where(ops.greater(end, 0), before, NEVER)
    return -ops.squeeze(ops.logaddexp(ends, before), axis=1)


def _with_blanks(labels: Tensor, blank: int) -> Tensor:
    """Labels with a blank before, between and behind: (n, l) → (n, 2l + 1)."""
    n, count = labels.shape
    both = ops.stack([ops.zeros_like(labels) + blank, labels], axis=2)
    both = ops.reshape(both, shape=(n, 2 * count))
    return ops.pad(both, ((0, 0), (0, 1)), constant_values=blank)


def _later(x: Tensor, by: int) -> Tensor:
    """x moved along its last axis, NEVER where nothing comes from."""
    kept = x[:, : x.shape[1] - by] if by < x.shape[1] else x[:, :0]
    width = x.shape[1] - kept.shape[1]
    return ops.pad(kept, ((0, 0), (width, 0)), constant_values=NEVER)


def _may_skip(path: Tensor) -> Tensor:
    """Whether a path may come from two places before: over a blank, between labels that differ."""
    before = ops.pad(path, ((0, 0), (2, 0)))[:, : path.shape[1]]
    label = ops.equal(ops.arange(path.shape[1]) % 2, 1)
    return ops.logical_and(label, ops.not_equal(path, before))
