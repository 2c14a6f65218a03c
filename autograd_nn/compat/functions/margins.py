"""``K``'s zeros around sequences, images and volumes, in the words of Keras 1 and 2."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn import ops
from autograd_nn.nn.renamed import FORMATS
from autograd_nn.nn.utils.images import first as channels_first


def _sides(padding: Any) -> tuple[int, int]:
    """(before, behind), of which one number is both, as Keras 1 had it."""
    return (padding, padding) if isinstance(padding, int) else tuple(padding)  # type: ignore[return-value]


def _padded(x: Any, margins: Any, data_format: str | None) -> Any:
    first = channels_first(FORMATS.get(data_format or "default", data_format))
    sides = [_sides(m) for m in margins]
    none = [(0, 0)]
    return ops.pad(x, [*none, *(none if first else []), *sides, *([] if first else none)])


def temporal_padding(x: Any, padding: Any = (1, 1)) -> Any:
    """(b, t, d) with zeros before and behind t; one number: as many on both sides.

    >>> temporal_padding([[[1.0]]], 1).tolist()
    [[[0.0], [1.0], [0.0]]]
    """
    return ops.pad(x, [(0, 0), _sides(padding), (0, 0)])


def asymmetric_temporal_padding(x: Any, left_pad: int = 1, right_pad: int = 1) -> Any:
    """`temporal_padding`, in Keras 1's words."""
    return temporal_padding(x, (left_pad, right_pad))


def spatial_2d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None,
    dim_ordering: str | None = None,
) -> Any:  # fmt: skip
    """Images with zeros around them: ((above, below), (left, right)), or one number for both.

    >>> spatial_2d_padding([[[[1.0]]]], (0, 1))[0, 0, :, 0].tolist()
    [0.0, 1.0, 0.0]
    """
    return _padded(x, padding, data_format or dim_ordering)


def asymmetric_spatial_2d_padding(
    x: Any, top_pad: int = 1, bottom_pad: int = 1, left_pad: int = 1, right_pad: int = 1,
    dim_ordering: str | None = None,
) -> Any:  # fmt: skip
    """`spatial_2d_padding`, in Keras 1's words."""
    return _padded(x, ((top_pad, bottom_pad), (left_pad, right_pad)), dim_ordering)


def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None,
    dim_ordering: str | None = None,
) -> Any:  # fmt: skip
    """Volumes with zeros around them, as `spatial_2d_padding` has images."""
    return _padded(x, padding, data_format or dim_ordering)


__all__ = [
    "asymmetric_spatial_2d_padding", "asymmetric_temporal_padding", "spatial_2d_padding",
    "spatial_3d_padding", "temporal_padding",
]  # fmt: skip
