"""Inputs and targets: scales, columns that tell nothing or all, classes that are rare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.nn import layers
from autograd_nn.nn.advice import chain
from autograd_nn.nn.advice.remark import Remark
from autograd_nn.nn.training import weighing
from autograd_nn.nn.training.door import KINDS, Given

ROWS = 10_000  # are looked at, of larger data
WIDE = 64  # columns are looked at one by one, up to so many
NARROW = 8  # targets of so many columns are looked at one by one
MARKS = (-99.0, -999.0, -9999.0, -99999.0, 99.0, 999.0, 9999.0, 99999.0)
PLAIN = (*chain.WEIGHING, layers.RNN)


def remarks(model: Any, xs: Any, ys: Any) -> Iterator[Remark]:
    """Raises ValueError for integers that the first Embedding has no row for."""
    if isinstance(xs, np.ndarray):
        first = next((s for s in _forwards(model) if not isinstance(s, chain.PASSING)), None)
        if isinstance(first, layers.Embedding):
            _within(first, xs)
        elif isinstance(first, layers.Rescaling):
            yield from _of_scaled(first, xs[:ROWS])
        else:
            yield from _of_inputs(xs[:ROWS], isinstance(first, PLAIN))
    losses, ends = model._objective.losses, model._objective.ends
    for loss, y in zip(losses, ends.values(ys), strict=True):
        if y is None:
            continue
        if getattr(loss, "_targets", None) in KINDS:
            if _learnt(model):
                yield from _of_classes(y)
        elif getattr(loss, "_targets", None) == "values":
            yield from _of_numbers(y[:ROWS])
        if isinstance(xs, np.ndarray) and xs.ndim == 2 and 1 < xs.shape[1] <= WIDE:
            flat = y[:ROWS].reshape(len(y[:ROWS]), -1)
            if getattr(loss, "_targets", None) == "distribution" and _one_hot(flat):
                flat = flat.argmax(axis=1)[:, None]
            if flat.shape[1] == 1 and len(flat) > 9:
                yield from _of_leaks(xs[:ROWS], flat, getattr(loss, "_targets", None))


def _one_hot(y: np.ndarray) -> bool:
    return bool((y.sum(axis=1) == 1).all() and (y.max(axis=1) == 1).all())


def _learnt(model: Any) -> bool:
    """Whether the last weights are trained: a part that is frozen trains what is before it."""
    return next((s.trainable for s in chain.backwards(model) if s.weights), True)


def _of_leaks(x: np.ndarray, y: np.ndarray, kind: Any) -> Iterator[Remark]:
    """Columns that are the targets: themselves, on another scale, or which class they are."""
    x, y = x.astype("float64"), y.astype("float64")
    named = [(y, "is y itself")]
    values = np.unique(y)
    if len(values) == 2 and set(values) == {0, 1}:
        named.append((1 - y, "is y with its classes exchanged"))
    elif kind == "classes" and 2 < len(values) <= WIDE:
        for v in values:
            named.append(((y == v).astype(float), f"says which samples are of class {v:g}"))
    for target, what in named:
        same = (x == target).all(axis=0)
        if same.any():
            yield _leak(int(np.argmax(same)), what)
            return
    if 1 < len(values) <= min(WIDE, len(y) // 5):
        for i in range(x.shape[1]):
            codes = np.unique(x[:, i])
            if len(codes) == len(values) == len(np.unique(np.stack([x[:, i], y[:, 0]]), axis=1).T):
                yield _leak(i, "says what y is, in other numbers")
                return
    if kind == "values" and len(values) > 2:
        with np.errstate(all="ignore"):
            far = x - x.mean(axis=0), y - y.mean()
            alike = np.abs((far[0] * far[1]).sum(axis=0)) / np.sqrt(
                (far[0] ** 2).sum(axis=0) * (far[1] ** 2).sum()
            )
        if (alike > 1 - 1e-9).any():
            yield _leak(int(np.argmax(alike > 1 - 1e-9)), "is y on another scale")


def _leak(i: int, what: str) -> Remark:
    return Remark(
        f"column {i} of x {what}, which is not there when it is to be predicted. Leave it out."
    )


def _of_scaled(layer: Any, x: np.ndarray) -> Iterator[Remark]:
    """Of a layer that scales what was scaled before."""
    scale, low, high = np.abs(layer.scale).max(), float(x.min()), float(x.max())
    if scale < 0.1 and -1 <= low and high <= 1 and low < high:
        yield Remark(
            f"x goes from {low:g} to {high:g}, and {layer.name!r} makes it smaller still, as if it "
            "had not been scaled. Leave the Rescaling out, or pass x as it was."
        )


def _forwards(model: Any) -> list[Any]:
    return [*chain.backwards(model)][::-1]


def _within(layer: Any, xs: np.ndarray) -> None:
    low, high = xs.min(), xs.max()
    whole = bool((xs == np.floor(xs)).all())
    if low < 0 or high >= layer.input_dim or not whole:
        repair = (
            "Numbers that measure go into a Dense instead." if not whole else
            "Renumber them from 0." if low < 0 else
            f"Give it input_dim={int(high) + 1}, or renumber them from 0."
        )  # fmt: skip
        raise ValueError(
            f"received numbers from {low:g} to {high:g} in x; expected whole ones from 0 to "
            f"{layer.input_dim - 1}, for {layer.name!r} has {layer.input_dim} rows. {repair}"
        )


def _of_inputs(x: np.ndarray, plain: bool) -> Iterator[Remark]:
    if len(x) < 10:
        return
    if x.ndim > 2 or x.shape[-1] > WIDE:
        if plain and float(x.std()) > 30:
            yield Remark(
                f"x goes from {x.min():g} to {x.max():g}, and the first layer takes it as it is. "
                "Divide it by its largest number, or begin with Rescaling or Normalization."
            )
        return
    if x.ndim < 2:
        return
    wide = x.astype("float64")
    middle, spread = wide.mean(axis=0), wide.std(axis=0)
    spread[wide.min(axis=0) == wide.max(axis=0)] = 0
    marked = [r for i in range(x.shape[1]) if (r := _of_marks(i, wide[:, i]))]
    yield from marked
    if plain and not marked:
        far = (spread > 30) | (np.abs(middle) > 100 * np.maximum(spread, 0.3))
        if far.any():
            i = int(np.argmax(far))
            yield Remark(
                f"column {i} of x goes from {x[:, i].min():g} to {x[:, i].max():g}, and the first "
                "layer takes it as it is. Subtract its mean and divide by its standard deviation, "
                "or begin with Normalization."
            )
    if not spread.any() and len(spread) > 1:
        yield Remark("x is the same in every sample: there is nothing to tell apart. Check how it "
                     "was read.")  # fmt: skip
        return
    for i in np.flatnonzero(spread == 0).tolist():
        yield Remark(f"column {i} of x is {x[0, i]:g} in every sample. Leave it out.")
    if x.shape[1] > 1:
        numbers = (np.diff(wide, axis=0) == 1).all(axis=0)
        for i in np.flatnonzero(numbers).tolist():
            yield Remark(f"column {i} of x counts the samples. Leave it out: it tells nothing.")
        first: dict[bytes, int] = {}
        for i in np.flatnonzero(spread > 0).tolist():
            j = first.setdefault(wide[:, i].tobytes(), i)
            if j != i:
                yield Remark(f"columns {j} and {i} of x are the same. Leave one out.")
        yield from _of_scales(wide, [i for i in first.values() if len(np.unique(wide[:, i])) > 2])


def _of_marks(i: int, x: np.ndarray) -> Remark | None:
    """Of numbers such as -999 that stand for a value which is not there."""
    for mark in MARKS:
        gone = x == mark
        if 1 < gone.sum() < 0.5 * len(x):
            low, high = x[~gone].min(), x[~gone].max()
            few = len(np.unique(x[~gone])) < 3  # codes
            if not few and min(abs(mark - low), abs(mark - high)) > 5 * (high - low):
                return Remark(
                    f"column {i} of x is {mark:g} in {int(gone.sum())} samples and from {low:g} to "
                    f"{high:g} in the others, as where a value is missing. Fill in the others' "
                    "mean, or leave those samples out."
                )
    return None


def _of_scales(x: np.ndarray, columns: list[int]) -> Iterator[Remark]:
    """Of columns that are one another on another scale, such as °C and °F."""
    if len(columns) < 2:
        return
    unit = x[:, columns] - x[:, columns].mean(axis=0)
    unit /= np.sqrt((unit**2).sum(axis=0))
    alike = np.triu(np.abs(unit.T @ unit) > 1 - 1e-9, 1)
    for j, i in np.argwhere(alike)[:1].tolist():
        yield Remark(
            f"columns {columns[j]} and {columns[i]} of x are the same on two scales. Leave one out."
        )


def _of_classes(y: np.ndarray) -> Iterator[Remark]:
    several = y.ndim == 2 and y.shape[-1] > 1 and ((y.sum(-1) != 1) | (y.max(-1) != 1)).any()
    if y.ndim > 2 or len(y) < 20 or several:
        return
    kinds, counts = np.unique(weighing.class_numbers(y), return_counts=True)
    if len(kinds) == 1:
        yield Remark(
            f"all samples are of class {kinds[0]:g}: there is nothing to tell apart. Check how "
            "they were selected."
        )
    elif (kinds == np.floor(kinds)).all() and len(kinds) <= 20 and (
        np.min(counts) * 10 * len(kinds) < counts.sum()
    ):
        i = int(np.argmin(counts))
        yield Remark(
            f"class {kinds[i]:g} has {counts[i]} of {counts.sum()} samples, so that a model which "
            "never says it is hardly wrong. Pass class_weight='balanced', and watch metrics "
            "besides accuracy."
        )


def _of_numbers(y: np.ndarray) -> Iterator[Remark]:
    if len(y) < 10:
        return
    y = y.astype("float64")
    spread, middle = float(y.std()), abs(float(y.mean()))
    flat = y.reshape(len(y), -1)
    same = np.flatnonzero(flat.min(axis=0) == flat.max(axis=0))
    if y.min() == y.max():
        yield Remark(f"all targets are {y.flat[0]:g}: there is nothing to learn. Check y.")
    elif 0 < len(same) and flat.shape[1] <= NARROW:
        i = int(same[0])
        yield Remark(
            f"column {i} of the targets is {flat[0, i]:g} in every sample: there is nothing to "
            "learn. Leave it out, or check y."
        )
    elif spread > 1000 or middle > 1000 * max(spread, 0.1) or (
        middle > 300 and middle > 100 * spread
    ):
        yield Remark(
            f"the targets go from {y.min():g} to {y.max():g}, far from what weights begin with. "
            "Subtract their mean and divide by their standard deviation, or take logarithms."
        )


def of_validation(given: Given, held: Given) -> Iterator[Remark]:
    """Samples of validation that are trained on too, or that have classes of their own."""
    xs, ys, _ = tree.unflatten(given.structure, given.arrays)
    xv, yv, _ = tree.unflatten(held.structure, held.arrays)
    if not isinstance(xs, np.ndarray) or not isinstance(xv, np.ndarray):
        return
    known = {row.tobytes() for row in xs}
    again = sum(row.tobytes() in known for row in xv)
    if again > 0.1 * len(xv) and len(known) > 0.5 * len(xs):
        yield Remark(
            f"{again} of {len(xv)} samples of validation are trained on too, so that it shows what "
            "is remembered. Split the data once, before fit."
        )
    if isinstance(ys, np.ndarray) and isinstance(yv, np.ndarray) and ys.dtype.kind in "iu":
        strange = np.setdiff1d(yv, ys)
        if len(strange):
            yield Remark(
                f"validation has class {strange[0]:g}, which training has not. Shuffle the samples "
                "before they are split, or pass stratify=True."
            )
