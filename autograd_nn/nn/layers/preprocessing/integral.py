"""Integral: the base of layers whose results may be whole numbers, or are made of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.symbols import Outline, symbols_in


class Integral(Layer):
    """The base: ``dtype`` may also name integers, or text, which is what some layers' results are.

    A layer whose ``_raw`` is true looks at values on the host: `__call__` turns what it is given,
    text or numbers, into indices by `_look_at_values`; its ``call`` is given these. In a functional
    model or a `Sequential` it looks before what is recorded, if only inputs, or layers that are
    not trained, lead to it: see ``nn/front.py``. Elsewhere map the data with it first.
    """

    _stateless = True
    _kept_as: ClassVar[dict[str, str]] = {"dtype": "told_dtype"}
    told_dtype: Any

    def __init__(self, dtype: Any = None, **options: Any) -> None:
        config = dtype.get("config", {}) if isinstance(dtype, Mapping) else {}
        told = config.get("name") if config else getattr(dtype, "name", dtype)
        integral = isinstance(told, str) and (told.startswith(("int", "uint")) or told == "string")
        super().__init__(dtype=None if integral else dtype, **options)
        self.told_dtype = told if integral else self.dtype_policy

    _text: ClassVar[bool] = False  # whether values are text

    @property
    def _raw(self) -> bool:
        """Whether values are looked at on the host."""
        return True

    def _look_at_values(self, values: Any) -> Any:
        """Indices, as an array, for an array of values, or for several."""
        raise NotImplementedError

    def __call__(  # type: ignore[override]
        self, inputs: Any, *args: Any, **kwargs: Any
    ) -> Any:
        if not self._raw or symbols_in(inputs):
            return super().__call__(inputs, *args, **kwargs)
        if mode.recorder is not None:
            raise TypeError(
                f"layer {self.name!r} ({type(self).__name__}) was called within a function that is "
                "being recorded, and looks at values on the host; expected it outside, or in a "
                "Model(inputs, outputs) or a Sequential behind nothing that is trained. Map the "
                f"data first: X = {self.name}(X), or in a PyDataset; or compile(run_eagerly=True)."
            )
        return self._looked(self._look_at_values(inputs), *args, **kwargs)

    def _looked(self, values: Any, *args: Any, **kwargs: Any) -> Any:
        """Its result, of what `_look_at_values` gave."""
        return super().__call__(values, *args, **kwargs)

    output_mode = "int"

    @property
    def result(self) -> str:
        """The dtype of its results."""
        return result_dtype(self, "int64") if self.output_mode == "int" else self.compute_dtype

    def _outline_of(self, shapes: Any) -> Any:
        return Outline(self.compute_output_shape(shapes), self.result)


def plain(inputs: Any, where: str) -> np.ndarray:
    """An array of text or numbers; bytes are decoded. Raises TypeError for rows of any length."""
    if isinstance(inputs, Tensor):
        return inputs.numpy()
    try:
        values = np.asarray(inputs)
    except ValueError:
        values = None
    if values is None or uneven(values):
        raise TypeError(
            f"{where} received rows of different lengths; expected an array or lists of equal "
            "lengths. Pad them, as nn.utils.pad_sequences does."
        )
    return texts(values) if values.dtype.kind in "OSUT" else values


def uneven(values: np.ndarray) -> bool:
    """Whether an array's entries are rows, of whatever lengths."""
    return values.dtype == object and any(
        isinstance(v, list | tuple | np.ndarray) for v in values.flat
    )


def texts(values: np.ndarray, encoding: str = "utf-8") -> np.ndarray:
    """An array of text from one of text, bytes or objects.

    >>> texts(np.array([b"a", "b", 3], object)).tolist()
    ['a', 'b', '3']
    """
    if values.dtype.kind == "S":
        return np.char.decode(values, encoding)
    if values.dtype.kind == "O":
        values = np.array(
            [v.decode(encoding) if isinstance(v, bytes) else str(v) for v in values.flat], dtype=str
        ).reshape(values.shape)
    return values.astype(str) if values.dtype.kind != "U" else values


def result_dtype(layer: Integral, integral: str) -> str:
    """The dtype of whole numbers that a layer gives: what it was told, else ``integral``."""
    told = layer.told_dtype
    return told if isinstance(told, str) and told != "string" else integral

