"""Products of matrices and tensors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.calls import answered
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.ops.arithmetic import conjugate, multiply
from autograd_nn.engine.ops.reductions import any as some
from autograd_nn.engine.ops.shaping import (
    broadcast_to,
    expand_dims,
    matrix_transpose,
    moveaxis,
    ravel,
    reshape,
    squeeze,
    transpose,
)
from autograd_nn.engine.pieces import Pieces, Turned, piecemeal, product, products
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap


def _product_reach(i: int, live: Tensor, forward: bool, y: Any, xs: Any) -> Tensor:
    # an entry of a product reads a row of one factor and a column of the other
    return some(live, axis=-1 if (i == 0) else -2, keepdims=True)


def _product_batch(n: int, on: tuple[bool, ...], a: Any, b: Any) -> Tensor:
    if b.ndim == 2 and not on[1]:  # one product of all rows
        rows = reshape(a, shape=(math.prod(a.shape[:-1]), a.shape[-1]))
        return reshape(_matmul(rows, b), shape=(*a.shape[:-1], b.shape[-1]))
    most = max(a.ndim - on[0], b.ndim - on[1])
    a, b = (
        reshape(x, shape=(n, *(1,) * (most - x.ndim + 1), *x.shape[1:]))
        if k and x.ndim <= most
        else x
        for k, x in zip(on, (a, b), strict=True)
    )
    return _matmul(a, b)


def _rows_pulled(g: Tensor, y: Tensor, a: Any, b: Any) -> Tensor:
    turned = matrix_transpose(b)
    if a.array.__class__ is not Pieces:
        return _matmul(g, turned)
    return spread_product(g, turned, a.array.count)


@primitive(
    _rows_pulled,
    lambda g, y, a, b: _matmul(matrix_transpose(a), g),
    shape="(n,k),(k,m)->(n,m)",
    linear=True,
    reach=_product_reach,
    batch=_product_batch,
    name="matmul",
    kind="product",
)
def _matmul(a, b):
    """The matrix product over the last two axes; leading axes broadcast."""
    if a.__class__ in (Pieces, Turned):
        return a.times(np.asarray(b))
    if b.__class__ is Pieces:
        return b.under(a)
    return product(a, b)


def spread_product(a: Tensor, b: Tensor, count: int) -> Tensor:
    """A product of matrices that is larger than both, made a few of ``count`` samples at a time."""
    if a.dtype != b.dtype or not piecemeal(a.array):
        return _matmul(a, b)
    return answered(_matmul.op, (a, b), {}, products(a.array, b.array, count))


def matmul(x1: Any, x2: Any) -> Tensor:
    """The matrix product over the last two axes, Y = X₁X₂; vectors as in NumPy.

    Shapes (…, n, k), (…, k, m) → (…, n, m); leading axes broadcast. Raises ShapeError.

    >>> import autograd_nn as ag
    >>> ag.matmul(ag.Tensor([[1.0, 2.0]]), ag.Tensor([[3.0], [4.0]]))
    Tensor([[11.]])
    """
    if type(x1) is not Tensor:
        x1 = as_tensor(x1)
    if type(x2) is not Tensor:
        x2 = as_tensor(x2)
    n, m = x1.array.ndim, x2.array.ndim
    if n > 1 and m > 1:
        return _matmul(x1, x2)
    if not n or not m:
        raise ShapeError(
            f"matmul({shapes.describe(x1)}, {shapes.describe(x2)}): expected at least one "
            "dimension each; multiply numbers with *."
        )
    if n == 1 and m == 1:
        return squeeze(_matmul(expand_dims(x1, 0), expand_dims(x2, 1)), (0, 1))
    if n == 1:
        return squeeze(_matmul(expand_dims(x1, 0), x2), -2)
    return squeeze(_matmul(x1, expand_dims(x2, 1)), -1)


def dot(x1: Any, x2: Any) -> Tensor:
    """NumPy's dot: an inner product over the last axis of x₁ and the last but one of x₂.

    >>> import autograd_nn as ag
    >>> ag.dot([1.0, 2.0], [3.0, 4.0])
    Tensor(11.)
    """
    a, b = as_tensor(x1), as_tensor(x2)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    if b.ndim <= 2:
        return matmul(a, b)
    return tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 2,)))


def vdot(x1: Any, x2: Any) -> Tensor:
    """The inner product of all entries, y = Σ x₁ᵢ x₂ᵢ (complex x₁: its conjugate).

    >>> import autograd_nn as ag
    >>> ag.vdot([[1.0, 2.0]], [3.0, 4.0])
    Tensor(11.)
    """
    x1 = as_tensor(x1)
    return matmul(ravel(conjugate(x1) if x1.dtype.kind == "c" else x1), ravel(x2))


def inner(x1: Any, x2: Any) -> Tensor:
    """The inner product over the last axes.

    >>> import autograd_nn as ag
    >>> ag.inner([1.0, 2.0], [3.0, 4.0])
    Tensor(11.)
    """
    a, b = as_tensor(x1), as_tensor(x2)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    return tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 1,)))


def vecdot(x1: Any, x2: Any, axis: int = -1) -> Tensor:
    """The inner products of vectors along ``axis``; the other axes broadcast. Raises ShapeError.

    >>> import autograd_nn as ag
    >>> ag.vecdot([[1.0, 2.0], [0.0, 1.0]], [3.0, 4.0])
    Tensor([11.,  4.])
    """
    a, b = as_tensor(x1), as_tensor(x2)
    if not a.ndim or not b.ndim:
        raise ShapeError(f"vecdot received shapes {a.shape} and {b.shape}; expected vectors.")
    shapes.one_axis(axis)
    a, b = moveaxis(a, axis, -1), moveaxis(b, axis, -1)
    if a.shape[-1] != b.shape[-1]:
        raise ShapeError(
            f"vecdot of {a.shape[-1]} and {b.shape[-1]} entries on axis {axis}; expected as many."
        )
    a = conjugate(a) if a.dtype.kind == "c" else a
    return squeeze(_matmul(expand_dims(a, -2), expand_dims(b, -1)), (-2, -1))


def outer(x1: Any, x2: Any) -> Tensor:
    """The outer product of two vectors, Yᵢⱼ = x₁ᵢ x₂ⱼ.

    >>> import autograd_nn as ag
    >>> ag.outer([1.0, 2.0], [3.0, 4.0])
    Tensor([[3., 4.],
            [6., 8.]])
    """
    return multiply(expand_dims(ravel(x1), 1), expand_dims(ravel(x2), 0))


def cross(x1: Any, x2: Any, axis: int = -1) -> Tensor:
    """The vector product of 3-vectors along ``axis``.

    >>> import autograd_nn as ag
    >>> ag.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    Tensor([0., 0., 1.])
    """
    a, b = as_tensor(x1), as_tensor(x2)
    shapes.one_axis(axis)
    a, b = moveaxis(a, axis, -1), moveaxis(b, axis, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ShapeError(f"cross received sizes {a.shape[-1]} and {b.shape[-1]}; expected 3 and 3.")
    i, j = [1, 2, 0], [2, 0, 1]
    return moveaxis(a[..., i] * b[..., j] - a[..., j] * b[..., i], -1, axis)


def kron(x1: Any, x2: Any) -> Tensor:
    """The Kronecker product: blocks of x₂, each times one entry of x₁, along every axis.

    >>> import autograd_nn as ag
    >>> ag.kron([[1.0, 2.0]], [[1.0], [1.0]]).shape
    (2, 2)
    """
    a, b = as_tensor(x1), as_tensor(x2)
    ndim = max(a.ndim, b.ndim)
    m, n = ((1,) * (ndim - x.ndim) + x.shape for x in (a, b))
    left = tuple(k for size in m for k in (size, 1))
    right = tuple(k for size in n for k in (1, size))
    y = multiply(reshape(a, shape=left), reshape(b, shape=right))
    return reshape(y, shape=tuple(i * j for i, j in zip(m, n, strict=True)))


def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Tensor:
    """The sum of products over paired axes: the last n with the first n, or those named.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.tensordot(np.ones((2, 3, 4)), np.ones((3, 4, 5))).shape
    (2, 5)
    """
    a, b = as_tensor(x1), as_tensor(x2)
    if isinstance(axes, int):
        left, right = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    else:
        left, right = ([k] if isinstance(k, int) else list(k) for k in axes)
    left = [shapes.axis_index(k, a.ndim) for k in left]
    right = [shapes.axis_index(k, b.ndim) for k in right]
    if [a.shape[k] for k in left] != [b.shape[k] for k in right]:
        raise ShapeError(
            f"tensordot of shapes {a.shape} and {b.shape} over axes {left} and {right}: sizes "
            f"{[a.shape[k] for k in left]} and {[b.shape[k] for k in right]}; expected equal ones."
        )
    keep_a = [k for k in range(a.ndim) if k not in left]
    keep_b = [k for k in range(b.ndim) if k not in right]
    size = int(np.prod([a.shape[k] for k in left], dtype=np.int64))
    rows = int(np.prod([a.shape[k] for k in keep_a], dtype=np.int64))
    columns = int(np.prod([b.shape[k] for k in keep_b], dtype=np.int64))
    m = reshape(transpose(a, axes=tuple(keep_a + left)), shape=(rows, size))
    n = reshape(transpose(b, axes=tuple(right + keep_b)), shape=(size, columns))
    out = tuple(a.shape[k] for k in keep_a) + tuple(b.shape[k] for k in keep_b)
    return reshape(_matmul(m, n), shape=out)


# ---- einsum -------------------------------------------------------------------------------------


def _einsum_shape(*xs: tuple[int, ...], spec: str) -> tuple[int, ...]:
    inputs, out = spec.split("->")
    sizes: dict[str, int] = {}
    for part, x in zip(inputs.split(","), xs, strict=True):
        if len(part) != len(x):
            raise ShapeError(
                f"subscripts {part!r} name {len(part)} axes; the operand has shape {x}."
            )
        for letter, n in zip(part, x, strict=True):
            if sizes.setdefault(letter, n) != n and 1 not in (n, sizes[letter]):
                raise ShapeError(
                    f"letter {letter!r} of {spec!r} is {sizes[letter]} and {n}; expected one size."
                )
            sizes[letter] = n if sizes[letter] == 1 else sizes[letter]
    return tuple(sizes[letter] for letter in out)


def _einsum_vjp(i: int, g: Tensor, y: Tensor, *xs: Any, spec: str) -> Tensor:
    # The adjoint in one operand is an einsum of the cotangent and the other operands; letters that
    # only this operand has were summed alone, so their cotangent is laid out again.
    inputs, out = spec.split("->")
    parts = inputs.split(",")
    others = [p for k, p in enumerate(parts) if k != i]
    known = set(out).union(*others) if others else set(out)
    target = "".join(c for c in parts[i] if c in known)
    operands = [g, *(x for k, x in enumerate(xs) if k != i)]
    c = _einsum(*operands, spec=",".join([out, *others]) + "->" + target)
    if target != parts[i]:
        full = dict(zip(target, c.shape, strict=True))
        c = reshape(c, shape=tuple(full.get(s, 1) for s in parts[i]))
        c = broadcast_to(
            c,
            shape=tuple(
                full.get(s, n) for s, n in zip(parts[i], xs[i].shape, strict=True)
            ),
        )
    return c


def _einsum_batch(n: int, on: tuple[bool, ...], *xs: Any, spec: str) -> Tensor:
    inputs, out = spec.split("->")
    letter = next(c for c in LETTERS if c not in spec)
    parts = [letter + p if b else p for b, p in zip(on, inputs.split(","), strict=True)]
    return _einsum(*xs, spec=",".join(parts) + "->" + letter + out)


@primitive(
    variadic=_einsum_vjp, shape=_einsum_shape, batch=_einsum_batch, linear=True, name="einsum",
    kind="product",
)
def _einsum(*xs, spec):
    """A sum of products in index notation, every letter at most once per operand."""
    return np.asarray(np.einsum(spec, *xs, optimize=True))


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _spelled(arguments: tuple) -> tuple[str, tuple]:
    """einsum's form with lists of numbers (x, [0, 1], y, [1, 2], [0, 2]) as letters."""

    def letters(numbers: Any) -> str:
        if not isinstance(numbers, list | tuple):
            raise DTypeError(
                f"einsum received {numbers!r}; expected a string first, or a list of axis numbers "
                "after each operand, as in einsum(x, [0, 1], y, [1, 2], [0, 2])."
            )
        for n in numbers:
            if n is not Ellipsis and (not hasattr(n, "__index__") or not 0 <= n < len(LETTERS)):
                raise ShapeError(
                    f"einsum received axis number {n!r}; expected one from 0 to {len(LETTERS) - 1}."
                )
        return "".join("..." if n is Ellipsis else LETTERS[n] for n in numbers)

    if len(arguments) < 2:
        raise ShapeError("einsum received no subscripts; expected a string, or a list per operand.")
    out = "->" + letters(arguments[-1]) if len(arguments) % 2 else ""
    end = len(arguments) - len(arguments) % 2
    return ",".join(letters(n) for n in arguments[1:end:2]) + out, arguments[0:end:2]


def einsum(subscripts: Any, *operands: Any) -> Tensor:
    """A sum of products in Einstein's index notation: "ij,jk->ik" is the matrix product.

    Ellipses, repeated letters ("ii->i" is the diagonal), implicit output and lists of axis numbers,
    einsum(x, [0, 1], y, [1, 2], [0, 2]), as in NumPy.
    Raises ShapeError: letters and shapes that do not fit.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.einsum("ij,jk->ik", np.ones((2, 3)), np.ones((3, 4))).shape
    (2, 4)
    """
    if not isinstance(subscripts, str):
        subscripts, operands = _spelled((subscripts, *operands))
    xs = [as_tensor(x) for x in operands]
    spec = subscripts.replace(" ", "")
    inputs, arrow, out = spec.partition("->")
    parts = inputs.split(",")
    if len(parts) != len(xs):
        raise ShapeError(
            f"einsum({subscripts!r}) names {len(parts)} operands; received {len(xs)}."
        )
    letters = set(spec) - set(",.->")
    if not all(c.isalpha() for c in letters):
        raise ShapeError(f"einsum({subscripts!r}): expected letters, commas, '...' and '->'.")
    spare = [c for c in LETTERS if c not in letters]
    longest = 0
    for k, (part, x) in enumerate(zip(parts, xs, strict=True)):
        if "..." in part:
            extra = x.ndim - len(part.replace("...", ""))
            if extra < 0:
                raise ShapeError(
                    f"einsum({subscripts!r}): operand {k} has shape {x.shape}, too few axes."
                )
            longest = max(longest, extra)
    dots = spare[:longest]
    spare = spare[longest:]
    for k, x in enumerate(xs):
        if "..." in parts[k]:
            extra = x.ndim - len(parts[k].replace("...", ""))
            parts[k] = parts[k].replace("...", "".join(dots[longest - extra :]))
    if arrow:
        out = out.replace("...", "".join(dots))
    else:
        counts = [c for c in sorted(letters) if "".join(parts).count(c) == 1]
        out = "".join(dots) + "".join(counts)
    if len(set(out)) != len(out) or not set(out) <= set("".join(parts)):
        raise ShapeError(
            f"einsum({subscripts!r}): output letters {out!r} must be distinct and occur in an "
            "operand."
        )
    for k in range(len(xs)):  # a repeated letter is a second letter and the identity between them
        seen = ""
        for at, c in enumerate(parts[k]):
            if c in seen:
                fresh = spare.pop()
                n = xs[k].shape[at]
                seen += fresh
                parts.append(c + fresh)
                xs.append(wrap(np.eye(n, dtype=xs[k].dtype)))
            else:
                seen += c
        parts[k] = seen
    return _einsum(*xs, spec=",".join(parts) + "->" + out)


__all__ = [
    "cross", "dot", "einsum", "inner", "kron", "matmul", "outer", "tensordot", "vdot",
    "vecdot",
]  # fmt: skip
