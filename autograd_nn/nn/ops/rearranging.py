"""Axes moved, joined and parted as a pattern of their names says."""

from __future__ import annotations

import math
import re
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.ops.core import convert_to_tensor


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Tensor:
    """A tensor's axes in another order, some of them joined or parted: ``"b h w -> (b h) w"``.

    pattern        the axes' names before and after; those in parentheses are one axis, the last
                   the fastest.
    axes_lengths   sizes of axes that are parts of one; of each one may be left out.
    Raises ValueError for a pattern that names no axes or not the same ones on both sides,
    ShapeError for one that does not fit the shape.

    >>> import numpy as np
    >>> rearrange(np.arange(6).reshape(6, 1), "(h w) c -> w (h c)", h=2).tolist()
    [[0, 3], [1, 4], [2, 5]]
    """
    x = convert_to_tensor(tensor)
    before, after = _sides(pattern)
    names, wanted = sum(before, []), sum(after, [])
    if sorted(names) != sorted(set(wanted)) or len(wanted) != len(names):
        raise ValueError(
            f"rearrange received the pattern {pattern!r}; expected every axis once on each side."
        )
    if unknown := sorted(axes_lengths.keys() - {*names}):
        raise ValueError(
            f"rearrange received sizes of {', '.join(unknown)}; expected axes of {pattern!r}."
        )
    if len(before) != x.ndim:
        raise ShapeError(
            f"rearrange received a shape of {x.ndim} axes, {x.shape}; expected {len(before)}, as "
            f"{pattern!r} says."
        )
    sizes: dict[str, int] = {}
    for group, size in zip(before, x.shape, strict=True):
        sizes |= _parts(group, size, axes_lengths, pattern)
    apart = ops.reshape(x, shape=tuple([sizes[n] for n in names]))
    moved = ops.transpose(apart, axes=tuple([names.index(n) for n in wanted])) if names else apart
    return ops.reshape(moved, shape=tuple([math.prod(sizes[n] for n in g) for g in after]))


def _sides(pattern: str) -> list[list[list[str]]]:
    """The axes before and after, each the names of its parts."""
    sides = pattern.split("->")
    form = r"(\s*(\w+|\([\w\s]*\)))*\s*"
    if len(sides) != 2 or not all(re.fullmatch(form, side) for side in sides):
        raise ValueError(
            f"rearrange received the pattern {pattern!r}; expected names of axes before and after "
            "an arrow, as in 'b h w -> (b h) w'."
        )
    return [[re.findall(r"\w+", axis) for axis in re.findall(r"\w+|\(.*?\)", s)] for s in sides]


def _parts(group: list[str], size: int, told: dict[str, int], pattern: str) -> dict[str, int]:
    """The sizes of an axis's parts."""
    open_ = [n for n in group if n not in told]
    known = math.prod(told[n] for n in group if n in told)
    fits = known and (len(open_) == 1 and size % known == 0 or not open_ and size == known)
    if not fits:
        raise ShapeError(
            f"rearrange received an axis of size {size} for ({' '.join(group)}) of {pattern!r} "
            f"with {', '.join(f'{n}={told[n]}' for n in group if n in told) or 'no sizes'}; "
            "expected sizes that make it up, of all parts but one."
        )
    return {n: told.get(n, size // known) for n in group}


__all__ = ["rearrange"]
