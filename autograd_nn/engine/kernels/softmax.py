"""Kernels over rows: softmax, its logarithm, and both with labels; short rows as one vector.

Plain Python that Numba compiles from its text, with ``F`` the floating type and ``I`` that of
labels; ``program/lower/rows.py`` fills the blocks.
"""

from __future__ import annotations

# The names used below come from the namespace a kernel is compiled in (target/cpu/compiler.py).
# ruff: noqa: F821


def largest(x, at, width):  # type: ignore[no-untyped-def]
    """What to take from a row before exponentials: its largest entry, but 0 for an infinite one.

    Found by ranks, whose order vectors know. Where NaN ends up is no matter: it is in the sum.
    """
    if width <= 16:
        return rows.short_largest(x, at, width, F)
    best = functions.rank(F(-np.inf))
    for j in range(width):
        r = functions.rank(load(x, at + j, F, 0, 3))
        best = r if r > best else best
    top = functions.ranked(best)
    return F(0) if abs(top) == np.inf else top


def row_softmax(x, y, at, width):  # type: ignore[no-untyped-def]
    """y = softmax of a row of x."""
    if width <= 16:
        rows.short_softmax(x, y, at, width, F)
        return
    top, total = largest(x, at, width), F(0)
    for j in range(width):
        e = functions.exp(load(x, at + j, F, 0, 3) - top)
        store(y, at + j, e, F, 2, 3)
        total = plus(total, e)
    for j in range(width):
        store(y, at + j, load(y, at + j, F, 2, 3) / total, F, 2, 3)


def row_logarithm(x, at, width, top):  # type: ignore[no-untyped-def]
    """ln Σ e^(x - top) of a row."""
    if width <= 16:
        return functions.log(rows.short_sum(x, at, width, top, F))
    total = F(0)
    for j in range(width):
        total = plus(total, functions.exp(load(x, at + j, F, 0, 3) - top))
    return functions.log(total)


def checked_label(labels, i, width, status, code):  # type: ignore[no-untyped-def]
    """The label of a row; -1, and its place reported, where there is no such class."""
    label = I8(load(labels, i, I, 1, 3))
    if label >= 0 and label < width:
        return label
    store(status, 0, code + i, I8, 0, 1)
    return I8(-1)


def softmax(a, tid, nth):  # type: ignore[no-untyped-def]
    """Softmax of rows. a: x, y, rows, width."""
    x, y, count, width = a[0], a[1], a[2], a[3]
    for i in range(count * tid // nth, count * (tid + 1) // nth):
        row_softmax(x, y, i * width, width)


def log_softmax(a, tid, nth):  # type: ignore[no-untyped-def]
    """Logarithm of softmax of rows. a: x, y, rows, width."""
    x, y, count, width = a[0], a[1], a[2], a[3]
    for i in range(count * tid // nth, count * (tid + 1) // nth):
        at = i * width
        top = largest(x, at, width)
        low = row_logarithm(x, at, width, top)
        for j in range(width):
            store(y, at + j, load(x, at + j, F, 0, 3) - top - low, F, 2, 3)


def softmax_cross_entropy(a, tid, nth):  # type: ignore[no-untyped-def]
    """ln Σ eˣ - x_label of rows. a: x, labels, y, rows, width, cell of errors, code."""
    x, labels, y, count, width = a[0], a[1], a[2], a[3], a[4]
    for i in range(count):
        label = checked_label(labels, i, width, a[5], a[6])
        if label < 0:
            return
        at = i * width
        top = largest(x, at, width)
        picked = load(x, at + label, F, 0, 3) - top
        store(y, i, row_logarithm(x, at, width, top) - picked, F, 2, 3)


def sparse_slope(a, tid, nth):  # type: ignore[no-untyped-def]
    """softmax less one at the label, of rows. a: x, labels, y, rows, width, error cell, code."""
    x, labels, y, count, width = a[0], a[1], a[2], a[3], a[4]
    for i in range(count):
        label = checked_label(labels, i, width, a[5], a[6])
        if label < 0:
            return
        at = i * width
        row_softmax(x, y, at, width)
        store(y, at + label, F(0), F, 2, 3)
        rest = F(0)
        for j in range(width):
            rest += load(y, at + j, F, 2, 3)
        store(y, at + label, -rest, F, 2, 3)
