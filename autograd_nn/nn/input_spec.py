"""InputSpec: what a layer of one's own says of its input, to be checked before it is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype
from autograd_nn.nn.checks import whole
from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.shapes import is_shape


class InputSpec(Configurable):
    """An input's shape, as far as it is settled; a layer has one, or a list, as ``input_spec``.

    dtype              a note to readers: inputs are cast to the layer's.
    shape              all sizes, the batch's included, None where any will do.
    ndim               how many there are; max_ndim, min_ndim: at most, at least.
    axes               the sizes along some axes, as in {-1: 3}.
    allow_last_axis_squeeze   whether a last size of 1 may be missing, or be there in vain.
    name, optional     a note to readers.
    Raises TypeError for axes that are no whole numbers, ValueError for one beyond ndim.

    >>> from autograd_nn import nn
    >>> nn.layers.InputSpec(ndim=2, axes={-1: 3})
    InputSpec(ndim=2, axes={-1: 3})
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[Any, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = None if dtype is None else as_dtype(dtype).name
        self.shape = None if shape is None else tuple(shape)
        self.ndim = ndim if self.shape is None else len(self.shape)
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        for word in ("ndim", "max_ndim", "min_ndim"):
            if getattr(self, word) is not None:
                whole(getattr(self, word), word, 0)
        try:
            self.axes = {int(k): v for k, v in dict(axes or {}).items()}
        except (TypeError, ValueError):
            raise TypeError(
                f"InputSpec received axes={axes!r}; expected sizes by whole numbers, as in "
                "{-1: 3}."
            ) from None
        most = self.ndim if self.ndim is not None else max_ndim
        if self.axes and most is not None and max(self.axes) >= most:
            raise ValueError(
                f"InputSpec received axes={axes!r}; expected axes below {most}, for there are no "
                "more."
            )
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name, self.optional = name, optional

    def check(self, shape: Any, layer: str) -> None:
        """Raises ShapeError for a shape that does not fit, None standing for any size."""
        told = self.shape
        if self.allow_last_axis_squeeze and told is not None:
            told, shape = (s[:-1] if s and s[-1] == 1 else s for s in (told, shape))
        n = len(shape)
        rank = self.ndim if not self.allow_last_axis_squeeze else told and len(told)
        wrong = (
            (rank is not None and n != rank)
            or (self.max_ndim is not None and n > self.max_ndim)
            or (self.min_ndim is not None and n < self.min_ndim)
            or any(not -n <= i < n or not _same(shape[i], v) for i, v in self.axes.items())
            or (told is not None and not all(map(_same, shape, told)))
        )
        if wrong:
            raise ShapeError(
                f"layer {layer!r} received an input of shape {tuple(shape)}; expected one that "
                f"fits its {self!r}. Reshape the input, or pass another."
            )


def _same(n: Any, m: Any) -> bool:
    return n is None or m is None or n == m


def check_specs(specs: Any, shapes: Any, layer: str) -> None:
    """Checks a shape, or a list or dict of shapes, against a spec or several."""
    listed = list(specs) if isinstance(specs, list | tuple) else [specs]
    if isinstance(shapes, dict):
        named = [shapes.get(s.name) for s in listed if s is not None and s.name is not None]
        shapes = named if len(named) == len(listed) else list(shapes.values())
    given = [shapes] if is_shape(shapes) else list(shapes)
    if len(given) != len(listed):
        raise ShapeError(
            f"layer {layer!r} received {len(given)} inputs; expected {len(listed)}, as its "
            "input_spec says."
        )
    for spec, shape in zip(listed, given, strict=True):
        if spec is not None and shape is not None:
            spec.check(shape, layer)


__all__ = ["InputSpec"]
