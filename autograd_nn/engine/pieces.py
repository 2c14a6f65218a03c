"""Arrays that are made a piece at a time: the patches of a convolution, many times its input.

A convolution op by op is a product of two matrices, and one of them shows each entry of the input
nine times where windows are 3 × 3. `Pieces` stands for it: what reads it a sample at a time (a
product, a sum of windows) never has it whole; anything else gets the whole array, as from any
object with ``__array__``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

Shape = tuple[int, ...]

PIECE = 1 << 24  # bytes of a piece, or one sample where that is more: what a cache may hold


class Made(NDArrayOperatorsMixin):
    """What stands for an array: anything that has no way of its own with it gets it whole."""

    __slots__ = ()
    base = None  # it shows nobody's memory
    shape: Shape
    dtype: np.dtype

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many entries it has."""
        return math.prod(self.shape)

    def whole(self) -> np.ndarray:
        """The array."""
        raise NotImplementedError

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.whole()
        return array if dtype is None else array.astype(dtype)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.whole(), name)

    def __getitem__(self, key: Any) -> Any:
        return self.whole()[key]

    def __len__(self) -> int:
        return self.shape[0]

    def __array_ufunc__(self, ufunc: Any, method: str, *xs: Any, **options: Any) -> Any:
        given = [x.whole() if isinstance(x, Made) else x for x in xs]
        return getattr(ufunc, method)(*given, **options)


class Pieces(Made):
    """An array of ``count`` samples along its first axis, each of as many rows there.

    make   samples i to j, as an array whose first axis holds their rows.
    """

    __slots__ = ("count", "dtype", "make", "shape")

    def __init__(
        self, make: Callable[[int, int], np.ndarray], count: int, shape: Shape, dtype: np.dtype
    ) -> None:
        self.make, self.count, self.shape, self.dtype = make, count, shape, dtype

    def whole(self) -> np.ndarray:
        """The array, all of it at once."""
        return np.asarray(self.make(0, self.count))

    def __array_ufunc__(self, ufunc: Any, method: str, *xs: Any, **options: Any) -> Any:
        """Entry by entry it stays in pieces; sums and their kin go through one by one."""
        if method == "__call__" and not options and self._beside(ufunc, xs):
            shape = np.broadcast_shapes(*[np.shape(x) for x in xs])
            entries = [np.ones(1, x.dtype) if hasattr(x, "dtype") else x for x in xs]
            rows = shape[0] // self.count

            def make(i: int, j: int) -> np.ndarray:
                own: np.ndarray = ufunc(*[_part(x, i, j, rows, len(shape)) for x in xs])
                return own

            return Pieces(make, self.count, shape, ufunc(*entries).dtype)
        if method == "reduce" and not options.keys() - {"axis", "dtype", "keepdims"}:
            return self._reduced(ufunc, options)
        return super().__array_ufunc__(ufunc, method, *xs, **options)

    def _beside(self, ufunc: Any, xs: tuple) -> bool:
        """Whether a function of entries takes each sample by itself."""
        return ufunc.signature is None and ufunc.nout == 1 and all([self._fits(x) for x in xs])

    def _fits(self, x: Any) -> bool:
        if x.__class__ is Pieces:
            own, other = (self.count, self.shape[0], self.ndim), (x.count, x.shape[0], x.ndim)
            return own == other
        if not isinstance(x, np.ndarray) or x.ndim < self.ndim:
            return np.ndim(x) < self.ndim
        return x.ndim == self.ndim and len(x) in (1, len(self))

    def _reduced(self, ufunc: Any, options: dict[str, Any]) -> np.ndarray:
        axis = options.get("axis", 0)
        axes = range(self.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        found: Any = None
        first = 0 in [a % self.ndim for a in axes]
        for rows, piece in self.each():
            part = ufunc.reduce(piece, **options)
            if first:
                found = part if found is None else ufunc(found, part)
                continue
            if found is None:
                found = np.empty((self.shape[0], *part.shape[1:]), part.dtype)
            found[rows] = part
        return found  # type: ignore[no-any-return]

    def each(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Its pieces, each with the rows that it holds."""
        rows = self.shape[0] // self.count
        step = max(1, PIECE * self.count // max(self.size * self.dtype.itemsize, 1))
        for i in range(0, self.count, step):
            j = min(i + step, self.count)
            yield slice(i * rows, j * rows), self.make(i, j)

    def beside(self, x: np.ndarray) -> Pieces:
        """An array of as many rows, broadcast to this one's shape, in the same pieces."""
        rows, shape = self.shape[0] // self.count, self.shape[1:]

        def make(i: int, j: int) -> np.ndarray:
            return np.broadcast_to(x[i * rows : j * rows], ((j - i) * rows, *shape))

        return Pieces(make, self.count, self.shape, x.dtype)

    def reshape(self, shape: Shape, order: str = "C") -> Any:
        """As of an array: still in pieces where each sample keeps rows of its own."""
        if -1 in shape:
            missing = self.size // -math.prod(shape)
            shape = tuple([missing if n == -1 else n for n in shape])
        rows, left = divmod(shape[0] if shape else 0, self.count)
        if order != "C" or left or not rows or math.prod(shape) != self.size:
            return self.whole().reshape(shape, order=order)  # type: ignore[call-overload]
        make, rest = self.make, shape[1:]
        return Pieces(
            lambda i, j: make(i, j).reshape((j - i) * rows, *rest), self.count, shape, self.dtype
        )

    def transpose(self, axes: Any = None) -> Any:
        """As of an array: still in pieces where samples stay first."""
        order = tuple([int(a) % self.ndim for a in axes]) if axes is not None else ()
        if not order or order[0]:
            return self.whole().transpose(axes)
        make, shape = self.make, tuple([self.shape[a] for a in order])
        return Pieces(lambda i, j: make(i, j).transpose(order), self.count, shape, self.dtype)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """As of an array: of a matrix, what multiplies the rows of another piece by piece."""
        if self.ndim == 2 and {axis1 % 2, axis2 % 2} == {0, 1}:
            return Turned(self)
        return self.whole().swapaxes(axis1, axis2)

    def under(self, a: np.ndarray) -> np.ndarray:
        """The product of a matrix by this one."""
        return Turned(self).times(a.T).T

    def times(self, b: np.ndarray) -> np.ndarray:
        """Its product, as a matrix, by another."""
        y: Any = None
        for rows, piece in self.each():
            part = product(piece, b)
            if len(part) == self.shape[0]:
                return part
            if y is None:
                y = np.empty((self.shape[0], part.shape[1]), part.dtype)
            y[rows] = part
        return y


class Turned(Made):
    """A matrix of `Pieces`, transposed."""

    __slots__ = ("dtype", "of", "shape")

    def __init__(self, of: Pieces) -> None:
        self.of, self.shape, self.dtype = of, of.shape[::-1], of.dtype

    def whole(self) -> np.ndarray:
        """The array, all of it at once."""
        return self.of.whole().T

    def times(self, b: np.ndarray) -> np.ndarray:
        """Its product by another matrix: one of each piece, added up."""
        found: Any = None
        for rows, piece in self.of.each():
            part = product(piece.T, b[rows], wide=True)
            found = part if found is None else np.add(found, part, out=found)
        return found.astype(np.result_type(self.dtype, b.dtype), copy=False)


def piecemeal(array: np.ndarray) -> bool:
    """Whether pieces may be made of an array: of entries that NumPy itself computes with."""
    return array.size > 0 and array.dtype.kind in "fc"


def samples(view: np.ndarray) -> Pieces:
    """An array that shows others' memory, often many times: copied by what reads it, in pieces."""
    return Pieces(lambda i, j: view[i:j], len(view), view.shape, view.dtype)


def products(a: np.ndarray, b: np.ndarray, count: int) -> Pieces:
    """The product of two matrices, the rows of each of ``count`` samples when they are read."""
    rows = len(a) // count
    dtype = np.result_type(a.dtype, b.dtype)
    return Pieces(
        lambda i, j: product(a[i * rows : j * rows], b), count, (len(a), b.shape[1]), dtype
    )


def _part(x: Any, i: int, j: int, rows: int, ndim: int) -> Any:
    """Of what stands beside pieces in a function of entries, samples i to j."""
    if x.__class__ is Pieces:
        return x.make(i, j)
    return x[i * rows : j * rows] if np.ndim(x) == ndim and len(x) > 1 else x


def product(a: np.ndarray, b: np.ndarray, wide: bool = False) -> np.ndarray:
    """The product of matrices; of float16 summed in float32, as BLAS does (``wide``: left so)."""
    if a.dtype == b.dtype == np.float16:
        y = np.matmul(a.astype(np.float32), b.astype(np.float32))
        return y if wide else y.astype(np.float16)
    return np.matmul(a, b)


def kept(array: Any) -> Any:
    """What an op's function gave, as what a tensor may hold: an array, or one made in pieces."""
    return array if array.__class__ in (Pieces, Turned) else np.asarray(array)
