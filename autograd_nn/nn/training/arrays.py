"""The door: whatever a user passes as data is checked here, once, and leaves as clean arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.numeric import numeric
from autograd_nn.engine.tensor import Tensor, unwrapped
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.symbols import Symbol
from autograd_nn.nn.text import is_text, texts_of
from autograd_nn.nn.training.admitted import admitted
from autograd_nn.nn.training.sources import Source, SparseRows, store_of

PIECE = 1 << 20  # numbers that are looked at together
ROWS = 1 << 12  # of a table, that are put together


def array(value: Any, name: str) -> np.ndarray:
    """``value`` as an array of real numbers; raises DTypeError, ShapeError, or ValueError."""
    if type(value) is not np.ndarray or value.dtype.kind in "OV":
        value = known(value, name)
    try:
        found = _numeric(unwrapped(value))
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


def _numeric(value: Any) -> np.ndarray:
    try:
        return numeric(value)
    except DTypeError:
        if not isinstance(value, list | tuple):
            raise
        try:
            return numeric(numbers(value))  # such as decimals
        except ValueError:  # a ragged nest
            pass
        raise


def known(value: Any, name: str) -> Any:
    """What NumPy can make an array of; raises DTypeError, or ValueError, for what it cannot."""
    if value is None:
        raise ValueError(f"received {name}=None; expected an array of samples. Pass {name}.")
    if isinstance(value, Tensor):
        value = np.asarray(value)  # refused where a derivative would be lost
    elif isinstance(value, np.ndarray) and value.dtype.names:  # of records
        value = _beside([np.asarray(value[name]) for name in value.dtype.names])
    elif isinstance(value, np.ma.MaskedArray):
        value = unmasked(value, name)
    elif hasattr(value, "columns") and (hasattr(value, "dtypes") or hasattr(value, "schema")):
        value = frame(value, name)
    elif problem := strange(value):
        raise DTypeError(
            f"received {name} as a {_kind(value)}; expected an array or a nest of lists. {problem}"
        )
    elif hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
        value = np.from_dlpack(value)
    if hasattr(value, "dtype") and (not isinstance(value, np.ndarray) or value.dtype.kind == "O"):
        try:
            value = numbers(value)  # a column that may lack entries comes as objects
        except (TypeError, ValueError, RuntimeError) as error:
            raise DTypeError(
                f"received {name} as a {_kind(value)} of dtype {value.dtype}, of which NumPy makes "
                f"no array ({error}); expected one in main memory, of a dtype that NumPy has. "
                "Convert it first, as in x.float(), x.cpu() or x.to_dense()."
            ) from None
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        lacking = np.argwhere([v is None or v != v for v in value.ravel()])
        if 0 < len(lacking) < value.size:
            place = np.unravel_index(int(lacking[0][0]), value.shape)
            raise ValueError(
                f"received {value[place]} in {name} at {[int(i) for i in place]}; expected a value "
                f"in every place ({len(lacking)} are missing). Fill them in, or leave these rows "
                "out."
            )
    return value


def _kind(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__name__}".removeprefix("builtins.")


def collected(value: Any) -> Any:
    """A table that is to be computed still (polars' LazyFrame), computed; else as it is."""
    lazy = hasattr(value, "collect") and hasattr(value, "collect_schema")
    return value.collect() if lazy else value


def strange(value: Any) -> str | None:
    """What to do with an object that is no array; None for what may be one."""
    if isinstance(value, Layer | Symbol):
        return "An Input describes the data's shape: pass the data itself."
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
    told = any(hasattr(value, k) for k in ("__array__", "__iter__", "dtype", "__dlpack__"))
    if hasattr(value, "__getitem__") and not told and not _buffer(value):
        return "Pass what makes batches of its samples, such as DataLoader(x, batch_size=32)."
    return None


def _buffer(value: Any) -> bool:
    try:
        memoryview(value)
    except TypeError:
        return False
    return True


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
    """A table of numbers (pandas, polars, pyarrow, …) as an array; raises DTypeError for others."""
    dtypes = getattr(value, "dtypes", None)
    kinds = set() if dtypes is None else set(dtypes)
    if len(kinds) == 1 and isinstance(kind := kinds.pop(), np.dtype) and kind_of(kind) in "fiub":
        return np.asarray(value.to_numpy())  # pandas has it as one array
    labels = list(getattr(value, "column_names", value.columns))  # pyarrow's columns are data
    parts, refused = [], []
    for i, label in enumerate(labels):
        column = value.iloc[:, i] if hasattr(value, "iloc") else value[label]
        try:
            part = numbers(column)
        except (TypeError, ValueError):
            part = np.asarray(column, dtype=object)
        if kind_of(part.dtype) not in "fiub" or part.ndim != 1:
            refused.append(f"{label!r} ({getattr(column, 'dtype', part.dtype)})")
        parts.append(part)
    if refused:
        raise DTypeError(
            f"received {name} as a table whose columns {', '.join(refused)} hold no numbers; "
            "expected numbers or truth values in every column. Encode text and categories as "
            "integers, dates as numbers, spread lists over columns, fill what is missing, or leave "
            "the columns out."
        )
    if not parts:
        return np.zeros((len(value), 0))
    if len({p.dtype for p in parts}) == 1 and hasattr(value, "to_numpy"):
        whole = np.asarray(value.to_numpy())  # which may cost nothing
        if whole.dtype == parts[0].dtype:
            return whole
    return _beside(parts)


def _beside(parts: list[np.ndarray]) -> np.ndarray:
    """Columns side by side, some thousand rows at a time, which stay in the processor's cache."""
    found = np.empty((len(parts[0]), len(parts)), np.result_type(*{p.dtype for p in parts}))
    for first in range(0, len(found), ROWS):
        rows = slice(first, first + ROWS)
        for i, part in enumerate(parts):
            found[rows, i] = part[rows]
    return found


def numbers(column: Any) -> np.ndarray:
    """A column as an array; objects that are all numbers or truth values become float64."""
    part = np.asarray(column)
    number = int | float | np.number | np.bool_ | Decimal | Fraction
    if part.dtype.kind == "O" and all(isinstance(v, number) for v in part.ravel()):
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


def all_finite(array: np.ndarray) -> bool:
    """Whether all entries are; a sum of squares tells it quickly, unless it overflows itself.

    What is not in order is looked at in pieces: a file mapped to memory may be large.
    """
    if kind_of(array.dtype) != "f":
        return True
    if array.flags.c_contiguous and math.isfinite(np.vdot(array, array)):
        return True
    if array.size <= PIECE:
        return bool(np.isfinite(array).all())
    rows = max(1, PIECE * len(array) // array.size)
    return all(np.isfinite(array[i : i + rows]).all() for i in range(0, len(array), rows))


def cast(found: np.ndarray, dtype: Any, name: str) -> np.ndarray:
    """In a floating dtype; raises ValueError for NaN, infinities and what does not fit.

    Unless they are `admitted`.
    """
    new = found
    if found.dtype != dtype:
        with np.errstate(over="ignore"):
            new = found.astype(dtype)
    if not all_finite(new) and not admitted():
        finite = np.isfinite(new)
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(
            f"received {found[place]} in {name} at {list(place)}; expected finite numbers that "
            f"{dtype} can hold ({int((~finite).sum())} are not). Remove or fill such entries, or "
            "scale them."
        )
    return np.ascontiguousarray(new)


def inputs(
    x: Any, shape: Shape | None, dtype: str, integers: Any = None, name: str = "x",
    admits: Callable[[Shape], bool] | None = None,
) -> Any:  # fmt: skip
    """What a model reads, fitted to its input shape (None: any): an array, or a `Source` of them.

    Raises ShapeError, and what `array` and `cast` do.

    integers   the dtype that integers become, 'any' for as they are, None for ``dtype``; that of
               text, where text is read.
    admits     whether samples of other sizes do as well; None: they do not.
    """
    if is_text(integers):
        return _fitted(_text(x, name), shape, name, admits)
    x = alone(x, None if shape is None else len(shape))
    store = store_of(x, name)
    if store is not None and not store.small:
        def typed(part: np.ndarray) -> np.ndarray:
            return _typed(part, dtype, integers, name)

        if isinstance(store, SparseRows):
            _fitted(np.broadcast_to(store.matrix.dtype.type(), store.shape), shape, name, admits)
            return Source(store, typed).tried()
        return Source(store, lambda part: typed(_fitted(part, shape, name, admits))).tried()
    found = array(x if store is None else store.all(), name)
    return _typed(_fitted(found, shape, name, admits), dtype, integers, name)


def _text(x: Any, name: str) -> np.ndarray:
    found = texts_of(x, name)
    if not found.size:
        raise ValueError(
            f"received empty {name}, of shape {found.shape}; expected at least one text. Check how "
            "the data was selected."
        )
    return found


def _fitted(
    found: np.ndarray, shape: Shape | None, name: str, admits: Callable[[Shape], bool] | None
) -> np.ndarray:
    """An array in the shape that a model reads, a last axis of one more or less; or ShapeError."""
    if shape is not None:
        wanted = tuple(shape[1:])
        if found.shape[1:] == wanted:
            return found
        if found.ndim == len(shape) - 1 and wanted[-1:] == (1,) and fits(
            found.shape[1:], wanted[:-1]
        ):
            found = found[..., None]
        elif found.ndim == len(shape) + 1 and found.shape[-1] == 1 and fits(
            found.shape[1:-1], wanted
        ):
            found = found[..., 0]
        elif found.dtype.kind == "U" and found.ndim == 2 and not wanted and found.shape[1] == 1:
            found = found[:, 0]
        if found.ndim != len(shape):
            hint = (
                "For one sample write x[None]."
                if fits(found.shape, wanted)
                else "Reshape x, or change the model's input shape."
            )
            raise ShapeError(
                f"received {name} of shape {found.shape}; expected (n, "
                f"{', '.join(map(str, wanted))}), the samples along the first axis. {hint}"
            )
        if not fits(found.shape[1:], wanted) and not (admits and admits(found.shape)):
            raise ShapeError(
                f"received {name} of shape {found.shape}, {found.shape[1:]} a sample; expected "
                f"{wanted}, which the model was built for. Choose the same columns as in training, "
                "or change the first layer's input_shape."
            )
    return found


def _typed(found: np.ndarray, dtype: str, integers: Any, name: str) -> np.ndarray:
    """An array in the dtype that a model reads; raises RangeError for what an integer cannot be."""
    told = None if integers in (None, "any") else np.dtype(integers)
    if told is None or told.kind not in "iu":
        if integers is None or found.dtype.kind not in "iub":
            return cast(found, dtype, name)
        return np.ascontiguousarray(found if told is None else found.astype(told))
    if found.dtype != told and found.dtype.kind != "b":
        _held(cast(found, "float64", name) if kind_of(found.dtype) == "f" else found, told, name)
    return np.ascontiguousarray(found.astype(told, copy=False))


def _held(found: np.ndarray, dtype: np.dtype, name: str) -> None:
    """Raises RangeError for a number that an integer dtype has not."""
    info = np.iinfo(dtype)
    wrong = (found < info.min) | (found > info.max)
    if found.dtype.kind == "f":
        wrong |= found != np.floor(found)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise RangeError(
            f"received {found[place]} in {name} at {list(place)}; expected whole numbers from "
            f"{info.min} to {info.max}, for the input's dtype is {dtype}. Give the Input another "
            "dtype, or renumber them."
        )


def fits(sizes: tuple[int, ...], wanted: Shape) -> bool:
    return len(sizes) == len(wanted) and all(
        n is None or n == m for n, m in zip(wanted, sizes, strict=True)
    )


