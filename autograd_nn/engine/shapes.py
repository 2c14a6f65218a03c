"""Shape rules, and the wording of every shape error."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import index
from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError, ShapeError

Shape = tuple[int, ...]


def describe(x: Any) -> str:
    """An operand in a word: ``float32(3, 4)``, or a Python number as it is.

    >>> import numpy as np
    >>> describe(np.zeros((3, 4), np.float32))
    'float32(3, 4)'
    """
    array = getattr(x, "array", x)
    if isinstance(array, np.ndarray):
        return f"{array.dtype}{array.shape}"
    return repr(array)


def broadcast(*shapes: Shape) -> Shape:
    """The common shape of operands, by NumPy's rule; raises ShapeError.

    >>> broadcast((3, 1), (4,))
    (3, 4)
    """
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        listed = " and ".join(str(s) for s in shapes)
        raise ShapeError(
            f"shapes {listed} do not broadcast: sizes, aligned from the right, must be equal or 1. "
            "Reshape an operand, or insert an axis with [:, None]."
        ) from None


def one_axis(axis: Any) -> int:
    """An integer that names an axis; raises DTypeError for anything else."""
    try:
        if isinstance(axis, bool | np.bool_):
            raise TypeError
        return index(axis)
    except TypeError:
        raise DTypeError(f"received axis {axis!r}; expected an integer.") from None


def axis_index(axis: Any, ndim: int) -> int:
    """A non-negative axis; raises AxisError with the valid range, DTypeError for no integer.

    >>> axis_index(-1, 3)
    2
    """
    at = one_axis(axis)
    if not -ndim <= at < ndim:
        valid = f"an integer from {-ndim} to {ndim - 1}" if ndim else "none; leave it out"
        raise np.exceptions.AxisError(
            f"axis {axis!r} is out of bounds for an array of {ndim} dimensions; expected {valid}."
        )
    return at % ndim


def axes(axis: Any, ndim: int, scalar: bool = False) -> tuple[int, ...]:
    """Every axis meant by ``axis`` (None: all), non-negative, in order, without repetition.

    scalar   allow 0 and -1 of a single number, as NumPy's reductions do.
    """
    if axis is None:
        return tuple(range(ndim))
    listed = tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    if scalar and not ndim and len(listed) == 1 and axis_index(listed[0], 1) == 0:
        return ()
    found = sorted(axis_index(a, ndim) for a in listed)
    if len(set(found)) != len(found):
        raise ShapeError(f"axis {axis!r} names an axis twice; expected each once.")
    return tuple(found)


def reduced(shape: Shape, *, axis: Any = None, keepdims: bool = False, **_: Any) -> Shape:
    """The shape after a reduction over ``axis``.

    >>> reduced((2, 3), axis=0, keepdims=True)
    (1, 3)
    """
    gone = axes(axis, len(shape), scalar=True)
    if keepdims:
        return tuple(1 if i in gone else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in gone)


def reshaped(shape: Shape, new: Sequence[int] | int) -> Shape:
    """``new`` with its -1 resolved; raises ShapeError where the sizes differ.

    >>> reshaped((2, 6), (3, -1))
    (3, 4)
    """
    new = (new,) if isinstance(new, int | np.integer) else tuple(int(n) for n in new)
    total = int(np.prod(shape, dtype=object))
    if new.count(-1) > 1 or any(n < -1 for n in new):
        raise ShapeError(
            f"cannot reshape to {new}: expected at most one -1 and no other negative size."
        )
    if -1 in new:
        known = int(np.prod([n for n in new if n != -1], dtype=object))
        if known == 0 or total % known:
            raise ShapeError(
                f"cannot reshape {shape} ({total} entries) to {new}: {total} is not a multiple of "
                f"{known}. Expected sizes whose product divides {total}."
            )
        return tuple(total // known if n == -1 else n for n in new)
    if int(np.prod(new, dtype=object)) != total:
        raise ShapeError(
            f"cannot reshape {shape} ({total} entries) to {new} "
            f"({int(np.prod(new, dtype=object))} entries). Expected equal counts; use -1 for one "
            "size."
        )
    return new


def cores(signature: str, results: bool = False) -> list[tuple[str, ...]]:
    """The core axes of each operand of a gufunc signature, or of each result; none without one.

    >>> cores("(n,k),(k)->(n)")
    [('n', 'k'), ('k',)]
    """
    side = signature.replace(" ", "").partition("->")[2 if results else 0]
    return [tuple(filter(None, g.split(","))) for g in re.findall(r"\(([^)]*)\)", side)]


def results(signature: str) -> int:
    """How many results a signature has.

    >>> results("(n,m)->(n),(m)")
    2
    """
    return len(cores(signature, results=True))


def signature_rule(signature: str) -> Callable[..., Any]:
    """The shape rule of a gufunc signature: core axes by letter, leading axes broadcast.

    Of several results it gives a tuple of shapes. A letter of no operand is a parameter's name.

    >>> signature_rule("(n,k),(k,m)->(n,m)")((5, 2, 3), (3, 4))
    (5, 2, 4)
    >>> signature_rule("(n)->(k),(k)")((5, 9), k=2)
    ((5, 2), (5, 2))
    """
    ins, outs = cores(signature), cores(signature, results=True)

    def rule(*shapes: Shape, **params: Any) -> Any:
        sizes: dict[str, int] = {}
        leading = []
        for i, (shape, core) in enumerate(zip(shapes, ins, strict=True)):
            if len(shape) < len(core):
                raise ShapeError(
                    f"operand {i} has shape {shape}; expected at least {len(core)} dimensions "
                    f"({', '.join(core)}) for {signature}."
                )
            split = len(shape) - len(core)
            leading.append(tuple(shape[:split]))
            for letter, size in zip(core, shape[split:], strict=True):
                if sizes.setdefault(letter, size) != size:
                    raise ShapeError(
                        f"shapes {' and '.join(map(str, shapes))} disagree on {letter} "
                        f"({sizes[letter]} against {size}) in {signature}. Transpose or reshape "
                        "an operand so that they are equal."
                    )
        lead = broadcast(*leading)
        sizes = {**params, **sizes}
        found = tuple(lead + tuple(sizes[letter] for letter in out) for out in outs)
        return found if len(outs) > 1 else found[0]

    return rule
