"""Guesses at what went wrong: a numeric gradient beside the tape's, held against known mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

NEAR = 1e-4  # relative: a guess need not be as exact as the verdict


def guess(ad: np.ndarray, numeric: np.ndarray, shape: tuple[int, ...]) -> str:
    """The likely mistake, from derivatives (rows: cotangents; columns: a leaf's entries)."""
    for text in _guesses(ad, numeric, shape):
        return text
    return ""


def _guesses(ad: np.ndarray, numeric: np.ndarray, shape: tuple[int, ...]) -> Iterator[str]:
    if not np.isfinite(ad).all():
        yield "the derivative is not finite where the function is smooth: 0/0 or 0·inf in the rule"
        return
    size = float(np.abs(numeric).max(initial=0.0))
    if not size:
        yield "the function does not depend on this input, but its derivative is not zero"
        return
    if not ad.any():
        yield ("no gradient reaches this input: it was detached (stop_gradient, a NumPy call, "
               "float()), or the rule returns zero")  # fmt: skip
        return
    if _alike(ad, numeric):
        yield "each entry alone looks right: what is wrong shows only where several move together"
        return
    factor = float((ad * numeric).sum() / (numeric * numeric).sum())
    if _alike(ad, factor * numeric):
        yield _factor(factor, numeric.shape[1])
    for text, other in _rearranged(numeric, shape):
        if _alike(ad, other):
            yield text
    missing = np.abs(ad) <= NEAR * size
    present = np.abs(numeric) > NEAR * size
    if _alike(np.where(missing, numeric, ad), numeric):
        lost = missing & present
        if ((lost == present).all(axis=1) | ~lost.any(axis=1)).all() and len(ad) > 1:
            yield ("the cotangents of some results are left out: a missing sum over a broadcast "
                   "axis, or only one of them used")  # fmt: skip
        entries = np.flatnonzero(lost.any(axis=0))
        count = f"{len(entries)} of {ad.shape[1]}"
        yield f"zero at {count} entries, right elsewhere: a part is left out"
    if (np.abs(ad + numeric) <= NEAR * size).all():
        yield "the sign is wrong"
    sums = numeric.sum(axis=0)
    if len(ad) > 1 and _alike(ad.sum(axis=0), sums):
        yield "right in sum over the results, but dealt out to the wrong ones"


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.abs(a - b).max() <= NEAR * max(np.abs(b).max(), np.abs(a).max()))


def _factor(c: float, n: int) -> str:
    if abs(c + 1) < NEAR:
        return "the sign is wrong"
    for k in (n, 2):
        if k > 1 and abs(c * k - 1) < NEAR:
            return f"1/{k} of the true derivative: a factor {k} is missing"
        if k > 1 and abs(c - k) < NEAR:
            return f"{k} times the true derivative: a sum where a mean was meant, or counted twice"
    return f"{c:.6g} times the true derivative: a constant factor in the rule"


def _rearranged(numeric: np.ndarray, shape: tuple[int, ...]) -> Iterator[tuple[str, np.ndarray]]:
    rows = len(numeric)
    if len(shape) >= 2:
        turned = numeric.reshape(rows, *shape).swapaxes(-1, -2).reshape(rows, -1)
        yield "the derivative is transposed", turned
        back = numeric.reshape(rows, *shape[:-2], shape[-1], shape[-2]).swapaxes(-1, -2)
        yield "the derivative is transposed", back.reshape(rows, -1)
    yield "the entries are in reverse order", numeric[:, ::-1]
    for k in (1, -1):
        yield "the entries are shifted by one", np.roll(numeric, k, axis=1)
