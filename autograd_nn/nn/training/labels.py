"""What data say of themselves: text labels as class numbers, columns by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError, RangeError, did_you_mean
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.utils.numbers import to_categorical

SHOWN = 9  # names in an error


def texts(y: Any) -> np.ndarray | None:
    """Labels that are text, as an array of it; None for anything else."""
    if isinstance(y, list | tuple):
        first = y
        while isinstance(first, list | tuple) and first:
            first = first[0]
        plain = not isinstance(first, str | bytes)
    else:
        kind = getattr(getattr(y, "dtype", None), "kind", "O")  # a table has no dtype of its own
        told = ("dtype", "dtypes", "__arrow_c_array__", "__arrow_c_stream__")
        plain = kind not in "OSUT" or not any([hasattr(y, name) for name in told])
    if plain:
        return None
    try:
        found = np.asarray(y)
    except (TypeError, ValueError):
        return None
    if found.dtype.kind == "S":
        return np.char.decode(found, "utf-8")
    if found.dtype.kind in "OT" and found.size and all(isinstance(v, str) for v in found.flat):
        return found.astype(object).astype(str)
    return found if found.dtype.kind == "U" and found.size else None


def coded(y: Any, kind: str, output: Shape, names: Any) -> tuple[Any, list[str] | None]:
    """Text labels as the loss's targets, and the classes in order; what is no text as it is.

    kind    of targets: 'classes', 'binary' or 'distribution'; of others text is refused below.
    names   the classes that are known; None: they are learned, sorted. (): they ought to be known.
    Raises RangeError for a label that is none of them, DTypeError where none are known, or more
    than the output has units.
    """
    found = texts(y) if kind in ("classes", "binary", "distribution") else None
    if found is None or not output:
        return y, None
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    units = output[-1]
    if names is None:
        names = np.unique(found).tolist()
        if len(names) < 2:
            raise DTypeError(
                f"y: received text labels of one class alone, {names[0]!r}; expected numbers, or "
                "two classes or more. Encode y as numbers, or check how samples were selected."
            )
        room = max(units or 0, 2)
        if len(names) > room:
            raise RangeError(
                f"received text labels of {len(names)} classes ({_shown(names)}) in y; expected at "
                f"most {room}, for the last layer has {units} units. Give it {len(names)}."
            )
    if not names:
        raise DTypeError(
            f"received text labels in y, such as {str(found.flat[0])!r}, of a model that was "
            "fitted to none; expected class numbers. Set model.class_names to the list of classes, "
            "in the order of their numbers, or pass numbers."
        )
    order = np.argsort(names, kind="stable")
    places = np.searchsorted(names, found, sorter=order)
    codes = order[np.minimum(places, len(names) - 1)]
    strange = np.asarray(names)[codes] != found
    if strange.any():
        label = str(found[strange][0])
        raise RangeError(
            f"received the label {label!r} in y; expected one of those that the model was fitted "
            f"to: {_shown(names)}. {did_you_mean(label, names)}"
        )
    one_hot = kind == "distribution" or (kind == "binary" and units not in (None, 1))
    return (np.asarray(to_categorical(codes, units)) if one_hot else codes), list(names)


def weights_by_number(weights: Any, names: Any) -> Any:
    """Weights of classes that are named, by the classes' numbers; others as they are."""
    if not names or not isinstance(weights, Mapping) or not set(weights) <= set(names):
        return weights
    return {names.index(name): value for name, value in weights.items()}


def _shown(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + more


# ---- columns ------------------------------------------------------------------------------------


def columns(x: Any) -> list[str] | None:
    """The names of a table's columns, where all are text."""
    if isinstance(x, list | tuple) and len(x) == 1:
        x = x[0]
    if not hasattr(x, "columns") or not (hasattr(x, "dtypes") or hasattr(x, "schema")):
        return None
    found = list(getattr(x, "column_names", x.columns))  # pyarrow's columns are data
    return found if found and all(isinstance(name, str) for name in found) else None


def compare(known: list[str] | None, x: Any) -> None:
    """Raises ValueError where a table has other columns, or in another order, than trained on."""
    if known is None or (found := columns(x)) is None or found == known:
        return
    if set(found) >= set(known):
        raise ValueError(
            f"received x with the columns {_shown(found)}; expected {_shown(known)}, in this "
            "order, as the model was fitted to. Pass x[model.feature_names]."
        )
    lacking = next(name for name in known if name not in found)
    raise ValueError(
        f"received x without the column {lacking!r}; expected {_shown(known)}, as the model was "
        f"fitted to. {did_you_mean(lacking, found)}"
    )


def in_step(x: Any, **others: Any) -> None:
    """Warns of a column whose index has the rows of a table's in another order: they lie apart."""
    if not hasattr(x, "iloc"):
        return
    for name, other in others.items():
        if not hasattr(other, "iloc"):
            continue
        index, theirs = x.index, other.index
        if len(theirs) != len(index) or index.equals(theirs):
            continue
        if index.is_unique and index.isin(theirs).all():
            at = int(np.argmax(np.asarray(index != theirs)))
            warn_user(
                f"x and {name} have the same index, in another order: row {at} is {index[at]!r} in "
                f"x and {theirs[at]!r} in {name}, and rows are taken as they lie. Pass "
                f"{name}.loc[x.index], or reset_index(drop=True) of both where they belong so.",
                UserWarning,
            )
