"""Sources: samples that are read a part at a time: files larger than memory, sparse matrices.

A `Source` stands in an array's place until a pass asks for rows; what it reads is then checked and
cast as an array is at the door, so that no more than a part is ever there.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.ops.sparse import Sparse
from autograd_nn.engine.symbolic import Symbolic

LARGE = 1 << 26  # bytes of a mapped array from which on it is read in parts
PART = 1 << 23  # bytes that are read together
FEW = 8  # entries for each that is not 0, up to which a small matrix is as good as an array
ROOM = 1 << 25  # bytes of a mapped file that may be in memory; of one four times as large, all
AROUND = 1 << 16  # bytes that the system brings with a row, at least
FEW = 16  # rows that are read before it is known: some systems bring 2 MB with one
Clean = Callable[[np.ndarray], np.ndarray]


class Source:
    """Samples of a store, in an order: ``source[key]`` has some of them, `read` gives arrays.

    store   what is read: see `store_of`; at: places in it, None for all.
    clean   what makes checked arrays of what was read, in the dtype and shape that are asked for.
    """

    def __init__(self, store: Any, clean: Clean, at: np.ndarray | range | None = None) -> None:
        self.store, self.clean, self.at = store, clean, at

    def __len__(self) -> int:
        return len(self.store) if self.at is None else len(self.at)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the arrays which are read."""
        return (len(self), *self.read(np.arange(1), 1).shape[1:])

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def tried(self) -> Source:
        """This, once a first sample is found to be as it is to be."""
        self.read(np.arange(1), 1)
        return self

    def __getitem__(self, key: Any) -> Source:
        at: Any = range(len(self.store)) if self.at is None else self.at
        if isinstance(at, range) and not (isinstance(key, slice) and key.step in (None, 1)):
            at = np.arange(at.start, at.stop)
        return Source(self.store, self.clean, at[key])

    @property
    def row_bytes(self) -> int:
        """About how many bytes a sample takes."""
        return self.store.row_bytes

    def read(self, rows: np.ndarray, size: int) -> Any:
        """The samples of some rows, for batches of ``size``."""
        if isinstance(self.at, np.ndarray):
            places = self.at[rows]
        else:
            places = rows + self.at.start if self.at else rows
        return self.store.read(places, size, self.clean)

    def pieces(self) -> Any:
        """All samples, a part at a time."""
        step = max(1, PART // max(1, self.row_bytes))
        for first in range(0, len(self), step):
            rows = np.arange(first, min(len(self), first + step))
            yield self.read(rows, len(rows))


class Stored:
    """An array in a file, by h5py, zarr and the like: what has shape, dtype and slices of rows."""

    def __init__(self, array: Any) -> None:
        self.array, self.shape, self.dtype = array, tuple(array.shape), np.dtype(array.dtype)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def row_bytes(self) -> int:
        return self.dtype.itemsize * int(np.prod(self.shape[1:]))

    @property
    def small(self) -> bool:
        """Whether all of it may as well be read at once."""
        return self.row_bytes * len(self) <= LARGE

    def all(self) -> np.ndarray:
        """All of it, as an array."""
        return np.asarray(self.array[:])

    def read(self, places: np.ndarray, size: int, clean: Clean) -> np.ndarray:
        return clean(self.part(places))

    def part(self, places: np.ndarray) -> np.ndarray:
        """Rows in any order: such stores give them in ascending order, each once."""
        found, back = np.unique(places, return_inverse=True)
        low, high = int(found[0]), int(found[-1]) + 1
        if high - low <= 2 * len(found):
            return np.asarray(self.array[low:high])[places - low]
        return np.asarray(self.array[found])[back]


class Mapped(Stored):
    """An array that is mapped from a file: its pages are let go of again, once they are read."""

    def __init__(self, array: np.ndarray, pages: Any) -> None:
        super().__init__(np.asarray(array))
        self.pages = pages if array.nbytes > 4 * ROOM else None
        self.touched = 0  # bytes that may be in memory
        self.around = ROOM // FEW  # bytes that come with a row, as the last part's first rows told

    def part(self, places: np.ndarray) -> np.ndarray:
        out = np.empty((len(places), *self.shape[1:]), self.dtype)
        self._let_go()  # or pages that are there would not be counted below
        first = 0
        while first < len(places):
            part = places[first : first + max(1, ROOM // (self.row_bytes + self.around))]
            before = _resident() if self.pages is not None and not first else 0
            self.array.take(part, axis=0, out=out[first : first + len(part)], mode="clip")
            if self.pages is not None and not first:
                seen = (_resident() - before) // len(part)
                self.around = max(AROUND, seen, self.around // 2)
            first += len(part)
            self.touched += len(part) * (self.row_bytes + self.around)
            if self.touched >= ROOM:
                self._let_go()
        return out

    def _let_go(self) -> None:
        if self.pages is not None and self.touched:
            self.pages.madvise(mmap.MADV_DONTNEED)
        self.touched = 0


def _resident() -> int:
    """Bytes of files that are in this process's memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[2]) * mmap.PAGESIZE
    except (OSError, IndexError, ValueError):
        return 0


class SparseRows:
    """The rows of a SciPy sparse matrix: what is read has their entries alone.

    dense   whether arrays with all zeros are read, as of targets.
    """

    def __init__(self, matrix: Any, dense: bool) -> None:
        self.matrix, self.dense = matrix, dense
        self.shape = matrix.shape

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def row_bytes(self) -> int:
        each = self.shape[1] if self.dense else 3 * -(-self.matrix.nnz // max(1, len(self)))
        return self.matrix.dtype.itemsize * max(1, each)

    @property
    def small(self) -> bool:
        """Whether zeros and all it is small, and has few of them."""
        n, d = self.shape
        few = self.dense or FEW * self.matrix.nnz >= n * d
        return few and n * d * self.matrix.dtype.itemsize <= LARGE

    def all(self) -> np.ndarray:
        """All of it, as an array."""
        return self.matrix.toarray()

    def read(self, places: np.ndarray, size: int, clean: Clean) -> Any:
        if self.dense:
            return clean(self.matrix[places].toarray())
        return packed(self.matrix, places, size, clean)


def packed(matrix: Any, places: np.ndarray, size: int, clean: Clean) -> Sparse:
    """Rows of a matrix of compressed rows, the entries of each ``size`` of them filling as many.

    Each batch has places for the most entries that one has, a few more, so that few sizes occur.
    """
    starts = matrix.indptr[places].astype(np.int64)
    counts = matrix.indptr[places + 1] - starts
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    entries = np.arange(total) + np.repeat(starts - (ends - counts), counts)
    row = np.repeat(np.arange(len(places)), counts)
    batch = row // size
    firsts = np.append(0, ends)[np.arange(0, len(places), size)]
    each = np.diff(np.append(firsts, total))
    heights = np.minimum(size, len(places) - size * np.arange(len(each)))
    deep = rounded(int((-(-each // heights)).max(initial=1)))
    slot = np.arange(total) + (batch * size * deep - firsts[batch])
    whole = np.int32 if max(matrix.shape) < 2**31 else np.int64

    def spread(each: np.ndarray) -> np.ndarray:
        out = np.zeros(len(places) * deep, each.dtype)
        out[slot] = each
        return out.reshape(len(places), deep)

    columns = matrix.indices[entries].astype(whole)
    values, rows = clean(matrix.data[entries]), (row % size).astype(whole)
    return Sparse(spread(values), spread(rows), spread(columns), matrix.shape[1])


def rounded(n: int) -> int:
    """n or a little more, by at most a quarter: few sizes make few programs.

    >>> [rounded(n) for n in (1, 7, 9, 33, 100)]
    [1, 7, 10, 40, 112]
    """
    step = 1 << max(0, n.bit_length() - 3)
    return -(-max(n, 1) // step) * step


def store_of(value: Any, name: str, dense: bool = False) -> Any:
    """What reads ``value`` a part at a time; None for what is an array, or becomes one at once.

    dense   whether a sparse matrix is to be read with its zeros.
    Raises ShapeError, DTypeError, or ValueError for what can be no samples.
    """
    if isinstance(value, np.ndarray):
        pages = _pages(value) if value.nbytes > LARGE else None
        return None if pages is None else Mapped(_real(value, name), pages[0])
    if callable(getattr(value, "tocsr", None)):
        if len(value.shape) != 2:
            raise ShapeError(
                f"received {name} as a sparse array of shape {value.shape}; expected (n, d)."
            )
        matrix = value.tocsr()
        return SparseRows(_filled(_real(matrix, name), name), dense)
    elsewhere = hasattr(value, "chunks") or not hasattr(value, "__array__")
    if isinstance(value, Symbolic) or not elsewhere:
        return None
    if all(hasattr(value, part) for part in ("shape", "dtype", "__getitem__")):
        try:
            np.dtype(value.dtype)
        except TypeError:
            return None
        stored = Stored(_filled(_real(value, name), name))
        return stored if stored.small else _mapped(value) or stored
    return None


def _mapped(value: Any) -> Mapped | None:
    """An array of h5py's as one that is mapped, where it lies in its file in one piece."""
    file: Any = getattr(value, "file", None)
    where: Any = getattr(value, "id", None)
    offset = where.get_offset() if hasattr(where, "get_offset") else None
    plain = getattr(file, "driver", None) == "sec2" and getattr(file, "mode", None) == "r"
    if offset is None or not plain or file.userblock_size:
        return None
    array: Any = np.memmap(file.filename, value.dtype, "r", offset, value.shape)
    return Mapped(array, array._mmap)


def _pages(value: np.ndarray) -> tuple[Any] | None:
    """Of an array that is mapped from a file, what lets its pages go (None: they may be changed).

    None for any other array.
    """
    found: Any = value
    while found is not None and not isinstance(found, np.memmap):
        found = getattr(found, "base", None)
    while isinstance(found, np.memmap) and isinstance(found.base, np.memmap):
        found = found.base
    if found is None:
        return None
    pages = getattr(found, "_mmap", None)
    shared = getattr(found, "mode", None) in ("r", "r+", "w+") and hasattr(pages, "madvise")
    return (pages if shared else None,)


def _real(value: Any, name: str) -> Any:
    dtype = np.dtype(value.dtype)
    if kind_of(dtype) not in "fiub":
        raise DTypeError(
            f"received {name} of dtype {dtype}; expected real numbers or truth values."
        )
    return value


def _filled(value: Any, name: str) -> Any:
    if not value.shape or not all(value.shape):
        raise ValueError(
            f"received empty {name}, of shape {tuple(value.shape)}; expected at least one sample. "
            "Check how the data was selected."
        )
    return value
