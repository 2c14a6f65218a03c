"""Weights of samples and classes, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn.shapes import Shape
from autograd_nn.nn.training.arrays import array, cast
from autograd_nn.nn.training.sources import Source


def same_length(arrays: Mapping[str, np.ndarray]) -> int:
    """The number of samples; raises ShapeError where arrays disagree about it."""
    lengths = {name: len(a) for name, a in arrays.items()}
    if len(set(lengths.values())) > 1:
        text = ", ".join(f"{n} in {name}" for name, n in lengths.items())
        raise ShapeError(
            f"received different numbers of samples: {text}; expected as many in each. Check that "
            "the arrays come from the same rows."
        )
    return next(iter(lengths.values()))


def sample_weights(
    weight: Any, n: int, dtype: str, output: Shape | None = None
) -> np.ndarray:
    """One weight per sample; raises ShapeError, ValueError for negative or non-finite ones.

    output   the shape of what is weighed: a weight for each step of a sequence fits it too.
    """
    found = array(weight, "sample_weight")
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    steps = output is not None and 1 < found.ndim < len(output) and len(found) == n and all(
        m in (None, k) for m, k in zip(output[1:], found.shape[1:], strict=False)
    )
    if (found.ndim != 1 or len(found) != n) and not steps:
        raise ShapeError(
            f"received sample_weight of shape {found.shape}; expected ({n},), one weight per "
            "sample. Pass as many weights as x has rows."
        )
    found = cast(found, dtype, "sample_weight")
    if (found < 0).any():
        place = int(np.argmax(found < 0))
        raise ValueError(
            f"received sample_weight {found[place]:g} at [{place}]; expected numbers from 0. Use 0 "
            "to leave a sample out."
        )
    return found


def class_numbers(y: Any) -> np.ndarray:
    """Each sample's class: of one-hot rows the place of the 1.

    >>> class_numbers(np.array([[0, 1], [1, 0]])).tolist()
    [1, 0]
    """
    if isinstance(y, Source):
        return np.concatenate([class_numbers(part) for part in y.pieces()])
    return y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y))


def class_weights(weight: Any, y: Any, dtype: str) -> np.ndarray:
    """The weight of each sample's class; raises ValueError where a class has none.

    weight   {class: weight}, or 'balanced': n / (number of classes · samples of the class).
    """
    flat = class_numbers(y)
    if isinstance(weight, str) and weight == "balanced":
        kinds, counts = np.unique(flat, return_counts=True)
        each = len(flat) / (len(kinds) * counts)
        weight = dict(zip(kinds.tolist(), each.tolist(), strict=True))
    if not isinstance(weight, Mapping):
        raise TypeError(
            f"received class_weight={weight!r}; expected a dict from class number to weight, as in "
            "{0: 1.0, 1: 5.0}, or 'balanced'."
        )
    for label, value in weight.items():
        real = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not real or not np.isfinite(value) or value < 0:
            raise ValueError(
                f"received class_weight {value!r} for class {label!r}; expected a finite number "
                "from 0."
            )
        if isinstance(label, bool | np.bool_) or not isinstance(label, int | float | np.number):
            raise TypeError(
                f"received class_weight for class {label!r}, a {type(label).__name__}; expected "
                "class numbers, as they stand in y: {0: 1.0, 1: 5.0}."
            )
    found = np.zeros(len(flat), dtype)
    known = np.zeros(len(flat), bool)
    for label, value in weight.items():
        here = flat == label
        found[here] = value
        known |= here
    if not known.all():
        missing = flat[~known][0]
        raise ValueError(
            f"received class_weight for {sorted(weight)}; expected one for every class in y, and "
            f"class {missing:g} has none. Add it."
        )
    return found
