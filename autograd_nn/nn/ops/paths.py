"""Labels and steps of connectionist temporal classification: the cost of labels, and the likeliest.

A path gives every step a class, the blank among them; it reads as its labels without repeats and
blanks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import RangeError, ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.losses.alignment import path_cost
from autograd_nn.nn.losses.reduction import as_integers


def ctc_loss(
    target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0
) -> Tensor:
    """-ln of the chance of all paths that read as the labels, (n,).

    target (n, l) labels and output (n, t, c) logits, of which target_length and output_length (n,)
    count; mask_index is the blank. Raises ShapeError where these do not fit, RangeError for a
    blank that is no class. Source: Graves et al., "Connectionist temporal classification" (2006).

    >>> round(ctc_loss([[1]], [[[0.0, 0.0], [0.0, 0.0]]], [1], [2]).item(), 4)
    0.2877
    """
    labels, logits = as_integers(as_tensor(target)), _floats(output)
    if labels.ndim != 2 or logits.ndim != 3 or len(labels) != len(logits):
        raise ShapeError(
            f"received target of shape {labels.shape} and output of shape {logits.shape}; expected "
            "(n, l) and (n, t, c)."
        )
    counts = _lengths(target_length, len(labels), "target_length")
    steps = _lengths(output_length, len(labels), "output_length")
    blank = _blank(mask_index, logits)
    within = ops.less(ops.arange(labels.shape[1]), ops.expand_dims(counts, 1))
    labels = ops.where(within, labels, blank)  # what stands behind is no matter
    return path_cost(labels, ops.log_softmax(logits, axis=-1), counts, steps, blank)


def ctc_decode(
    inputs: Any, sequence_lengths: Any, strategy: str = "greedy", beam_width: int = 100,
    top_paths: int = 1, merge_repeated: bool = True, mask_index: int = 0,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The likeliest labels of logits (n, t, c), (paths, n, t) filled up with -1, and their scores.

    strategy     'greedy' reads each step's likeliest class, and scores (n, 1) minus the sum of
                 their logits; 'beam_search' keeps the ``beam_width`` likeliest beginnings, gives
                 the ``top_paths`` likeliest, and scores (n, top_paths) the logarithms of chances.
    merge_repeated   whether a class that is repeated is read once, by the greedy strategy.
    sequence_lengths (n,) steps count; mask_index is the blank. Raises ValueError for another
    strategy and for more paths than are kept, ShapeError and RangeError as `ctc_loss`.

    >>> logits = [[[0.0, 3.0, 0.0], [0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 3.0]]]
    >>> ctc_decode(logits, [4])[0].tolist()
    [[[1, 2, -1, -1]]]
    """
    logits = _floats(inputs)
    if logits.ndim != 3:
        raise ShapeError(f"received inputs of shape {logits.shape}; expected (n, t, c).")
    steps = _lengths(sequence_lengths, len(logits), "sequence_lengths")
    blank = _blank(mask_index, logits)
    if strategy == "greedy":
        return _greedy(logits, steps, blank, merge_repeated)
    if strategy != "beam_search":
        raise ValueError(
            f"received strategy={strategy!r}; expected 'greedy' or 'beam_search'."
        )
    if not 1 <= top_paths <= beam_width:
        raise ValueError(
            f"received top_paths={top_paths} and beam_width={beam_width}; expected from 1 to "
            "beam_width paths."
        )
    return _searched(logits, steps, blank, beam_width, top_paths)


def _floats(x: Any) -> Tensor:
    x = as_tensor(x)
    return x if kind_of(x.dtype) == "f" else ops.astype(x, dtype=np.dtype("float32"))


def _lengths(given: Any, n: int, name: str) -> Tensor:
    found = as_integers(as_tensor(given))
    if found.shape != (n,):
        raise ShapeError(f"received {name} of shape {found.shape}; expected ({n},).")
    return found


def _blank(index: int, logits: Tensor) -> int:
    classes = logits.shape[-1]
    if not 0 <= index < classes:
        raise RangeError(
            f"received mask_index={index} for {classes} classes; expected from 0 to {classes - 1}."
        )
    return index


def _greedy(x: Tensor, steps: Tensor, blank: int, merge: bool) -> tuple[Tensor, Tensor]:
    t = x.shape[1]
    walked = ops.less(ops.arange(t), ops.expand_dims(steps, 1))
    best = ops.where(walked, ops.argmax(x, axis=-1), blank)
    score = -ops.sum(ops.where(walked, ops.max(x, axis=-1), 0), axis=1, keepdims=True)
    read = ops.not_equal(best, blank)
    if merge:
        before = ops.pad(best, ((0, 0), (1, 0)), constant_values=blank)[:, :t]
        read = ops.logical_and(read, ops.not_equal(best, before))
    order = ops.argsort(ops.logical_not(read), axis=-1)  # those read first, as they came
    found = ops.take_along_axis(ops.where(read, best, -1), order, axis=-1)
    return ops.astype(ops.expand_dims(found, 0), "int32"), score


def _searched(
    x: Tensor, steps: Tensor, blank: int, width: int, top: int
) -> tuple[Tensor, Tensor]:
    """Beginnings (n, w, t), each with the chance that its path ends in a blank, and in a label."""
    from autograd_nn.engine.transforms.scan import scan  # which only this needs

    n, t, classes = x.shape
    log_p = ops.moveaxis(ops.log_softmax(x, axis=-1), 1, 0)
    none = ops.zeros((n, width), x.dtype) - np.inf
    begin = (
        ops.zeros((n, width, t), "int64") - 1,
        ops.zeros((n, width), "int64"),  # how many labels there are
        ops.where(ops.equal(ops.arange(width), 0), ops.zeros_like(none), none),
        none,
    )
    places, labels = ops.arange(t), ops.arange(classes)

    def step(carry: Any, at: Any) -> tuple[Any, None]:
        (paths, counts, in_blank, in_label), (i, p) = carry, at
        both = ops.logaddexp(in_blank, in_label)
        last = _at(paths, ops.maximum(counts - 1, 0))  # -1 where there is none
        some = ops.greater(counts, 0)
        p_last = ops.take_along_axis(p, ops.maximum(last, 0), axis=1)
        repeated = ops.where(some, in_label + p_last, none)
        # with a label more: one that repeats the last is new only behind a blank
        again = ops.equal(ops.expand_dims(last, 2), labels)
        longer = ops.where(again, ops.expand_dims(in_blank, 2), ops.expand_dims(both, 2))
        longer = longer + ops.expand_dims(p, 1)
        longer = ops.where(ops.equal(labels, blank), -np.inf, longer)  # (n, w, c)
        # one that is kept already, (n, w, w): j without its last label is i
        short = ops.where(ops.equal(places, ops.expand_dims(counts - 1, 2)), -1, paths)
        same = ops.all(ops.equal(ops.expand_dims(paths, 2), ops.expand_dims(short, 1)), axis=3)
        real = ops.greater(both, -np.inf)
        known = ops.logical_and(ops.expand_dims(real, 2), ops.expand_dims(
            ops.logical_and(some, real), 1))  # fmt: skip
        same = ops.logical_and(same, known)
        into = ops.take_along_axis(
            longer, ops.broadcast_to(ops.expand_dims(ops.maximum(last, 0), 1), same.shape), axis=2
        )
        into = ops.logsumexp(ops.where(same, into, -np.inf), axis=1)
        taken = ops.any(ops.logical_and(
            ops.expand_dims(same, 3), ops.expand_dims(again, 1)), axis=2)  # fmt: skip
        longer = ops.where(taken, -np.inf, longer)
        stays_blank = both + ops.expand_dims(p[:, blank], 1)
        stays_label = ops.logaddexp(repeated, into)
        stays = ops.logaddexp(stays_blank, stays_label)
        score = ops.concatenate([stays, ops.reshape(longer, shape=(n, -1))], axis=1)
        _, chosen = ops.top_k(score, width)
        grows = ops.greater_equal(chosen, width)
        source = ops.where(grows, (chosen - width) // classes, chosen)
        label = ops.where(grows, (chosen - width) % classes, 0)
        rows = ops.broadcast_to(ops.expand_dims(source, 2), shape=(n, width, t))
        kept, many = ops.take_along_axis(paths, rows, axis=1), _taken(counts, source)
        here = ops.logical_and(ops.expand_dims(grows, 2),
                               ops.equal(places, ops.expand_dims(many, 2)))  # fmt: skip
        new = (
            ops.where(here, ops.expand_dims(label, 2), kept),
            many + ops.astype(grows, "int64"),
            ops.where(grows, -np.inf, _taken(stays_blank, source)),
            ops.where(grows, _taken(score, chosen), _taken(stays_label, source)),
        )
        on = ops.less(i, steps)
        return tree.map(lambda a, b: ops.where(_beside(on, a), a, b), new, carry), None

    (paths, _, in_blank, in_label), _ = scan(step, begin, (ops.arange(t), log_p))
    score, order = ops.top_k(ops.logaddexp(in_blank, in_label), top)
    rows = ops.broadcast_to(ops.expand_dims(order, 2), shape=(n, top, t))
    found = ops.moveaxis(ops.take_along_axis(paths, rows, axis=1), 1, 0)
    return ops.astype(found, "int32"), score


def _at(x: Tensor, i: Tensor) -> Tensor:
    """The entry along the last axis at an index for each of the others."""
    return ops.squeeze(ops.take_along_axis(x, ops.expand_dims(i, -1), axis=-1), axis=-1)


def _taken(x: Tensor, i: Tensor) -> Tensor:
    return ops.take_along_axis(x, i, axis=1)


def _beside(on: Tensor, x: Tensor) -> Tensor:
    return ops.reshape(on, shape=(-1, *(1,) * (x.ndim - 1)))


__all__ = ["ctc_decode", "ctc_loss"]
