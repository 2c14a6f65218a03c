"""The forms that boxes come in, each told by its corners (x₀, y₀), (x₁, y₁)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor

Parts = tuple[Any, Any, Any, Any]


def _same(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Parts:
    return a, b, c, d


def _turned(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Parts:
    return b, a, d, c


def _from_size(x: Tensor, y: Tensor, w: Tensor, h: Tensor) -> Parts:
    return x, y, x + w, y + h


def _to_size(x0: Tensor, y0: Tensor, x1: Tensor, y1: Tensor) -> Parts:
    return x0, y0, x1 - x0, y1 - y0


def _from_middle(x: Tensor, y: Tensor, w: Tensor, h: Tensor) -> Parts:
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


def _to_middle(x0: Tensor, y0: Tensor, x1: Tensor, y1: Tensor) -> Parts:
    return x0 + (x1 - x0) / 2, y0 + (y1 - y0) / 2, x1 - x0, y1 - y0


# Each form: to corners, and from them.
FORMS: dict[str, tuple[Callable[..., Parts], Callable[..., Parts]]] = {
    "xyxy": (_same, _same),
    "yxyx": (_turned, _turned),
    "xywh": (_from_size, _to_size),
    "center_xywh": (_from_middle, _to_middle),
    "center_yxhw": (
        lambda *p: _from_middle(*_turned(*p)),
        lambda *p: _turned(*_to_middle(*p)),
    ),
}


def form_of(name: Any, what: str = "bounding_box_format") -> tuple[str, bool]:
    """A form's name in small letters without 'rel_', and whether it was there.

    Raises ValueError for an unknown one.
    """
    text = name.lower() if isinstance(name, str) else ""
    plain = text.removeprefix("rel_")
    if plain not in FORMS:
        known = ", ".join(map(repr, FORMS))
        raise ValueError(
            f"received {what}={name!r}; expected one of {known}, or 'rel_' before it for shares of "
            "the image's size."
        )
    return plain, plain != text


def parts_of(boxes: Tensor) -> Parts:
    """The four numbers of boxes (…, 4), each (…, 1)."""
    if not boxes.ndim or boxes.shape[-1] != 4:
        raise ShapeError(f"received boxes of shape {boxes.shape}; expected (…, 4).")
    return tuple(boxes[..., i : i + 1] for i in range(4))  # type: ignore[return-value]


def joined(parts: Any) -> Tensor:
    """The inverse of `parts_of`."""
    return ops.concatenate(list(parts), axis=-1)


def floating(boxes: Any, dtype: Any = None) -> Tensor:
    """Boxes as floating numbers."""
    x = as_tensor(boxes)
    if dtype is None:
        dtype = x.dtype if kind_of(x.dtype) == "f" else "float32"
    return x if x.dtype == dtype else ops.astype(x, dtype=as_dtype(dtype))


def convert_format(
    boxes: Any, source: str, target: str, height: Any = None, width: Any = None,
    dtype: Any = "float32",
) -> Any:  # fmt: skip
    """Boxes in another form, (…, 4) → the same; of a dict its "boxes".

    source, target   'xyxy' (two corners), 'yxyx', 'xywh' (a corner and the size), 'center_xywh' or
                     'center_yxhw' (the middle and the size); 'rel_' before each: shares of the
                     image's size.
    height, width    of the image, in pixels.
    Raises ValueError for an unknown form, and for a relative one without the image's size.

    >>> convert_format([[10, 20, 30, 50]], "xyxy", "xywh").tolist()
    [[10.0, 20.0, 20.0, 30.0]]
    """
    (before, shares), (after, wanted) = form_of(source, "source"), form_of(target, "target")
    if shares != wanted and (height is None or width is None):
        raise ValueError(
            f"convert_format from {source!r} to {target!r} must receive `height` and `width` of "
            f"the image; received height={height!r} and width={width!r}."
        )
    if isinstance(boxes, dict):
        found = convert_format(boxes["boxes"], source, target, height, width, dtype)
        return {**boxes, "boxes": found}
    x = floating(boxes, dtype)
    if (before, shares) == (after, wanted):
        return x
    parts: Any = FORMS[before][0](*parts_of(x))
    if shares != wanted:
        h, w = (floating(size, dtype) for size in (height, width))
        scale = (lambda p, n: p * n) if shares else (lambda p, n: p / n)
        parts = [scale(p, n) for p, n in zip(parts, (w, h, w, h), strict=True)]
    return joined(FORMS[after][1](*parts))


__all__ = ["convert_format"]
