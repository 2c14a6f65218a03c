"""Text: whatever holds it as an array of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor

TEXT = np.dtype(str)  # the dtype of what stands for text


def is_text(dtype: Any) -> bool:
    """Whether a dtype, or its name, is that of text.

    >>> [is_text(d) for d in ("string", str, "float32", None)]
    [True, True, False, False]
    """
    if isinstance(dtype, str) and dtype in ("string", "str"):
        return True
    try:
        return dtype is not None and np.dtype(dtype).kind in "UST"
    except (TypeError, ValueError):
        return False


def texts_of(values: Any, name: str) -> np.ndarray:
    """An array of text, of text, bytes, numbers or categories in any container.

    What is missing (None, NaN) becomes the empty text, whole numbers their digits alone. Raises
    DTypeError for what is no array of these.

    >>> texts_of(["a", None, b"c", 3.0], "x").tolist()
    ['a', '', 'c', '3']
    """
    if isinstance(values, Tensor):
        values = values.numpy()
    try:
        found = np.asarray(values)
    except (TypeError, ValueError):
        found = np.asarray(None)
    if kind_of(found.dtype) in "SUfiub":
        found = np.char.decode(found, "utf-8") if found.dtype.kind == "S" else found
        if found.ndim and kind_of(found.dtype) != "f":
            return found.astype(str)
    cells = found.astype(object).ravel()
    if not found.ndim or any(isinstance(v, list | tuple | dict | np.ndarray) for v in cells):
        raise DTypeError(
            f"received {name} as {_short(values)}; expected an array or a list of text, one for "
            "each sample. Write [...] around a single text, and pad rows to one length."
        )
    return np.array([_written(v) for v in cells], dtype=str).reshape(found.shape)


def _written(cell: Any) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8")
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return str(cell)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 40 else f"a {type(value).__name__}"
