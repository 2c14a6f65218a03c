"""The door: whatever a user passes as data is checked here, once, and leaves as clean arrays."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.engine.random import default_generator
from autograd_nn.engine.tensor import Tensor, numeric
from autograd_nn.nn.checks import whole
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.symbols import Symbol

BATCH_SIZE = 32


def array(value: Any, name: str) -> np.ndarray:
    """``value`` as an array of real numbers; raises DTypeError, ShapeError, or ValueError."""
    if value is None:
        raise ValueError(f"received {name}=None; expected an array of samples. Pass {name}.")
    if isinstance(value, Tensor):
        value = np.asarray(value)  # refused where a derivative would be lost
    elif isinstance(value, np.ma.MaskedArray):
        value = unmasked(value, name)
    elif hasattr(value, "columns") and hasattr(value, "dtypes"):
        value = frame(value, name)
    elif problem := strange(value):
        kind = f"{type(value).__module__}.{type(value).__name__}".removeprefix("builtins.")
        raise DTypeError(
            f"received {name} as a {kind}; expected an array or a nest of lists. {problem}"
        )
    if hasattr(value, "dtype") and not isinstance(value, np.ndarray):
        value = numbers(value)  # a column that may lack entries comes as objects
    try:
        found = numeric(value)
    except DTypeError as error:
        raise DTypeError(f"{name}: {error}") from None
    if found.dtype.kind == "c":
        raise DTypeError(
            f"received {name} of dtype {found.dtype}; expected real numbers. Pass its real and "
            "imaginary parts as separate columns."
        )
    if not found.ndim:
        raise ShapeError(
            f"received {name}={found}, a single number; expected an array whose first axis is the "
            "samples. Write [[...]] around it."
        )
    if not found.size:
        raise ValueError(
            f"received empty {name}, of shape {found.shape}; expected at least one sample. Check "
            "how the data was selected."
        )
    return found


def strange(value: Any) -> str | None:
    """What to do with an object that is no array; None for what may be one."""
    if isinstance(value, Layer | Symbol):
        return "An Input describes the data's shape: pass the data itself."
    if hasattr(value, "toarray"):
        return "Make it dense with .toarray(), a part at a time if it is large."
    if isinstance(value, str | bytes):
        return "Read the file into an array first, as in np.loadtxt(path)."
    if isinstance(value, Mapping):
        return "Pass one array, its columns in a fixed order: np.stack(list(x.values()), axis=1)."
    if isinstance(value, set | frozenset):
        return "A set has no order: pass a list."
    if isinstance(value, Iterator):
        return "Collect the samples first, as in np.array(list(...))."
    if not hasattr(value, "__array__") and hasattr(value, "__iter__"):
        if not isinstance(value, list | tuple | range) and not hasattr(value, "__getitem__"):
            return "Collect its batches first, as in np.concatenate([x for x, y in batches])."
        if hasattr(value, "batch_size") or hasattr(value, "dataset"):
            return "Collect its batches first, as in np.concatenate([x for x, y in batches])."
    return None


def unmasked(value: np.ma.MaskedArray, name: str) -> np.ndarray:
    """A masked array that hides nothing, as a plain one; raises ValueError where it hides some."""
    hidden = int(np.ma.getmaskarray(value).sum())
    if hidden:
        raise ValueError(
            f"received {name} as a masked array with {hidden} masked entries; expected every entry "
            "to be known. Leave such rows out, or fill them, as in x.filled(x.mean())."
        )
    return value.data


def frame(value: Any, name: str) -> np.ndarray:
    """A table of numbers (pandas, polars, …) as an array; raises DTypeError naming the others."""
    labels, parts, refused = list(value.columns), [], []
    for i, label in enumerate(labels):
        column = value.iloc[:, i] if hasattr(value, "iloc") else value[label]
        try:
            part = numbers(column)
        except (TypeError, ValueError):
            part = np.asarray(column, dtype=object)
        if part.dtype.kind not in "fiub":
            refused.append(f"{label!r} ({getattr(column, 'dtype', part.dtype)})")
        parts.append(part)
    if refused:
        raise DTypeError(
            f"received {name} as a table whose columns {', '.join(refused)} hold no numbers; "
            "expected numbers or truth values in every column. Encode text and categories as "
            "integers, dates as numbers, fill what is missing, or leave the columns out."
        )
    return np.stack(parts, axis=1) if parts else np.zeros((len(value), 0))


def numbers(column: Any) -> np.ndarray:
    """A column as an array; objects that are all numbers or truth values become float64."""
    part = np.asarray(column)
    known = int | float | np.number | np.bool_
    if part.dtype.kind == "O" and all(isinstance(v, known) for v in part.ravel()):
        return part.astype(np.float64)
    return part


def alone(value: Any, ndim: int | None = None, n: int | None = None) -> Any:
    """What a list of one array holds, for [x] means x; anything else as it is.

    ndim   how many axes the samples' array has, n how many samples, where that is known.
    """
    if type(value) not in (list, tuple) or len(value) != 1 or not hasattr(value[0], "ndim"):
        return value
    inner = value[0]
    if n is not None:
        return inner if inner.ndim and len(inner) == n != 1 else value
    return inner if inner.ndim == (ndim or max(inner.ndim, 2)) else value


def cast(found: np.ndarray, dtype: Any, name: str) -> np.ndarray:
    """In a floating dtype; raises ValueError for NaN, infinities and what does not fit."""
    with np.errstate(over="ignore"):
        new = found.astype(dtype, copy=False)
    finite = np.isfinite(new)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(
            f"received {found[place]} in {name} at {list(place)}; expected finite numbers that "
            f"{dtype} can hold ({int((~finite).sum())} are not). Remove or fill such entries, or "
            "scale them."
        )
    return np.ascontiguousarray(new)


def inputs(x: Any, shape: Shape | None, dtype: str, integers: Any = None) -> np.ndarray:
    """What a model reads, fitted to its input shape (None: any); raises ShapeError.

    integers   the dtype that integers become, 'any' for as they are, None for ``dtype``.
    """
    found = array(alone(x, None if shape is None else len(shape)), "x")
    if shape is not None:
        if found.ndim == 1 and tuple(shape[1:]) == (1,):
            found = found[:, None]
        wanted = tuple(shape[1:])
        if found.ndim != len(shape):
            hint = (
                "For one sample write x[None]."
                if fits(found.shape, wanted)
                else "Reshape x, or change the model's input shape."
            )
            raise ShapeError(
                f"received x of shape {found.shape}; expected (n, {', '.join(map(str, wanted))}), "
                f"the samples along the first axis. {hint}"
            )
        if not fits(found.shape[1:], wanted):
            raise ShapeError(
                f"received x of shape {found.shape}, {found.shape[1:]} a sample; expected "
                f"{wanted}, which the model was built for. Choose the same columns as in training, "
                "or change the first layer's input_shape."
            )
    if integers is None or found.dtype.kind not in "iub":
        return cast(found, dtype, "x")
    return np.ascontiguousarray(found if integers == "any" else found.astype(integers))


def fits(sizes: tuple[int, ...], wanted: Shape) -> bool:
    return len(sizes) == len(wanted) and all(
        n is None or n == m for n, m in zip(wanted, sizes, strict=True)
    )


def targets(y: Any, kind: str, output: Shape, dtype: str) -> np.ndarray:
    """Targets as a loss of this kind wants them, fitted to the model's output shape."""
    found = array(y, "y")
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
    return text + "Reshape y, or change the last layer's units."


def within(found: np.ndarray, kind: str) -> None:
    """Raises RangeError for a probability outside [0, 1]."""
    outside = (found < 0) | (found > 1)
    if outside.any():
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
        hint = (
            "For one-hot targets use loss='categorical_crossentropy'."
            if found.shape[1:] == tuple(output[1:])
            else "Pass one class number per sample."
        )
        raise ShapeError(
            f"received y of shape {found.shape}; expected class numbers of shape (n, "
            f"{', '.join(map(str, wanted))}), one per sample. {hint}"
        )
    if found.dtype.kind == "f":
        cast(found, "float64", "y")
        if (found != np.floor(found)).any():
            raise RangeError(
                f"received the class {found[found != np.floor(found)].flat[0]} in y; expected "
                "whole numbers from 0. For numbers to predict use loss='mean_squared_error'."
            )
    found = found.astype(np.int64)
    if n is not None and (found.min() < 0 or found.max() >= n):
        place = tuple(int(i) for i in np.argwhere((found < 0) | (found >= n))[0])
        raise RangeError(
            f"received class {found[place]} in y at {list(place)}; expected 0 to {n - 1}, for the "
            f"last layer has {n} units. Renumber the classes from 0, or give the last layer "
            f"{int(found.max()) + 1} units."
        )
    return np.ascontiguousarray(found)


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


def sample_weights(weight: Any, n: int, dtype: str) -> np.ndarray:
    """One weight per sample; raises ShapeError, ValueError for negative or non-finite ones."""
    found = array(weight, "sample_weight")
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1 or len(found) != n:
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


def class_weights(weight: Any, y: np.ndarray, dtype: str) -> np.ndarray:
    """The weight of each sample's class; raises ValueError where a class has none."""
    if not isinstance(weight, Mapping):
        raise TypeError(
            f"received class_weight={weight!r}; expected a dict from class number to weight, as in "
            "{0: 1.0, 1: 5.0}."
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
    flat = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y))
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


def split_at(share: Any, n: int) -> int:
    """Where validation's samples begin, the last ``share`` of them; raises ValueError."""
    real = isinstance(share, int | float) and not isinstance(share, bool)
    if not real or not 0 < share < 1:
        raise ValueError(
            f"received validation_split={share!r}; expected a number between 0 and 1, the share of "
            "samples kept for validation."
        )
    cut = int(n * (1 - share))
    if not 0 < cut < n:
        raise ValueError(
            f"received validation_split={share} for {n} samples, which leaves none on one side; "
            "expected at least one on each. Pass more samples or another share."
        )
    return cut


def batching(n: int, batch_size: Any, steps: Any, name: str) -> tuple[int, int]:
    """How many samples a batch has, and how many batches there are: all, or ``steps``.

    A batch has 32 samples where nobody says, or as many as make ``steps`` batches of all. Warns
    where the samples do not suffice for ``steps`` batches.
    """
    steps = None if steps is None else whole(steps, name, 1)
    if batch_size is None:
        size = -(-n // steps) if steps else BATCH_SIZE
    else:
        size = whole(batch_size, "batch_size", 1)
    there = -(-n // size)
    if steps is None or steps <= there:
        return size, steps or there
    warnings.warn(
        f"received {name}={steps}, but {n} samples make {there} batches of {size}; all of them are "
        f"run. Pass {name}={there}, or a smaller batch_size.",
        UserWarning,
        stacklevel=4,
    )
    return size, there


class Rows:
    """Which rows the batches of each epoch take.

    An epoch of fewer batches than there are ends early; the next goes on from there. Each pass
    over the rows has an order of its own where they are shuffled.

    >>> rows = Rows(4, 3, shuffle=False)
    >>> rows.epoch().tolist(), rows.epoch().tolist(), rows.epoch().tolist()
    ([0, 1, 2], [3], [0, 1, 2])
    """

    def __init__(self, n: int, taken: int, shuffle: bool) -> None:
        self.order, self.taken, self.shuffle = np.arange(n), taken, shuffle
        self.place = 0

    def epoch(self) -> np.ndarray:
        """The rows of the next epoch, in order."""
        if not self.place and self.shuffle:
            self.order = default_generator().permutation(len(self.order)).array
        found = self.order[self.place : self.place + self.taken]
        self.place = (self.place + len(found)) % len(self.order)
        return found
