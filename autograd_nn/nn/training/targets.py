"""Targets, as the loss of an output wants them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.errors import RangeError, ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.training.arrays import array, cast, fits
from autograd_nn.nn.training.sources import Source, store_of


def lenient() -> bool:
    """Whether what cannot be meant is warned of, not refused, where it could be run with."""
    return False


def targets(y: Any, kind: str, output: Shape, dtype: str) -> Any:
    """Targets as a loss of this kind wants them, fitted to the model's output shape.

    An array, or a `Source` of them where ``y`` is large and lies elsewhere.
    """
    store = store_of(y, "y", dense=True)
    if store is not None and not store.small:
        return Source(store, lambda part: targets(part, kind, output, dtype)).tried()
    found = array(y if store is None else store.all(), "y")
    if kind == "classes":
        return classes(found, output)
    if kind == "any":
        return cast(found, dtype, "y")
    wanted = tuple(output[1:])
    if not fits(found.shape[1:], wanted):
        if wanted and wanted[-1] == 1 and fits(found.shape[1:], wanted[:-1]):
            found = found[..., None]
        elif found.shape[-1] == 1 and fits(found.shape[1:-1], wanted):
            found = found[..., 0]
        else:
            raise ShapeError(unfit(found, kind, wanted))
    found = cast(found, dtype, "y")
    if kind in ("binary", "distribution"):
        within(found, kind)
    return found


def unfit(found: np.ndarray, kind: str, wanted: Shape) -> str:
    text = (
        f"received y of shape {found.shape}, {found.shape[1:]} a sample; expected {wanted}, as the "
        "model's last layer gives. "
    )
    if kind == "distribution" and (found.ndim == 1 or found.shape[-1] == 1):
        return text + (
            "For class numbers use loss='sparse_categorical_crossentropy', or encode y one-hot."
        )
    whole = kind_of(found.dtype) in "iu" and found.size == len(found) and found.min(initial=0) >= 0
    if kind == "binary" and len(wanted) == 1 and wanted[0] is not None and wanted[0] > 1 and (
        whole and found.max(initial=0) < wanted[0]
    ):  # fmt: skip
        return text + (
            "For class numbers use activation='softmax' and "
            "loss='sparse_categorical_crossentropy', or encode y one-hot."
        )
    if found.ndim == 1 and len(wanted) > 1:
        return text + _places(wanted[:-1])
    return text + "Reshape y, or change the last layer's units."


def _places(shape: Shape) -> str:
    """What to do about results for each place, where targets are one a sample."""
    return (
        f"The last layer gives a result for each of {' × '.join(map(str, shape))} places: for one "
        "a sample put Flatten, a global pooling or return_sequences=False before it."
    )


def within(found: np.ndarray, kind: str) -> None:
    """Raises RangeError for a label outside 0 and 1; of shares beyond (noise, say) it warns.

    Of labels, too, where `lenient` says so.
    """
    outside = (found < 0) | (found > 1)
    if not outside.any():
        return
    if np.isfinite(found).all() and ((found != np.rint(found)).any() or lenient()):
        warn_user(
            f"the targets go from {found.min():g} to {found.max():g}; expected numbers from 0 to 1 "
            "for this cross-entropy, which beyond them has no least value. Scale or clip y.",
            UserWarning,
        )
    else:
        place = tuple(int(i) for i in np.argwhere(outside)[0])
        hint = (
            "Encode the two classes as 0 and 1; for more classes use "
            "loss='sparse_categorical_crossentropy'."
            if kind == "binary"
            else "Encode the classes one-hot."
        )
        raise RangeError(
            f"received the target {found[place]:g} in y at {list(place)}; expected numbers from 0 "
            f"to 1 for this cross-entropy. {hint}"
        )


def classes(found: np.ndarray, output: Shape) -> np.ndarray:
    """Class numbers from 0, one per sample; raises ShapeError, RangeError, DTypeError."""
    n, wanted = output[-1], tuple(output[1:-1])
    if found.ndim > 1 and found.shape[-1] == 1 and fits(found.shape[1:-1], wanted):
        found = found[..., 0]
    if not fits(found.shape[1:], wanted):
        hint = "Pass one class number per sample."
        if found.shape[1:] == tuple(output[1:]):
            hint = "For one-hot targets use loss='categorical_crossentropy'."
        elif found.ndim == 1:
            hint = _places(wanted)
        raise ShapeError(
            f"received y of shape {found.shape}; expected class numbers of shape (n, "
            f"{', '.join(map(str, wanted))}), one per sample. {hint}"
        )
    if kind_of(found.dtype) == "f":
        cast(found, "float64", "y")
        if (found != np.floor(found)).any():
            raise RangeError(
                f"received the class {found[found != np.floor(found)].flat[0]} in y; expected "
                "whole numbers from 0. For numbers to predict use loss='mean_squared_error'."
            )
    found = found.astype(np.int64)
    if n is not None and (found.min() < 0 or found.max() >= n):
        place = tuple(int(i) for i in np.argwhere((found < 0) | (found >= n))[0])
        mark = found.max() < n and len(place) > 1 and (found[found < 0] == found[place]).all()
        repair = (
            "Renumber the classes from 0, or where this marks what does not count, use "
            f"losses.SparseCategoricalCrossentropy(ignore_class={found[place]})." if mark else
            "Renumber the classes from 0." if found.max() < n else
            f"Renumber the classes from 0, or give the last layer {int(found.max()) + 1} units."
        )  # fmt: skip
        raise RangeError(
            f"received class {found[place]} in y at {list(place)}; expected 0 to {n - 1}, for the "
            f"last layer has {n} units. {repair}"
        )
    return np.ascontiguousarray(found)
