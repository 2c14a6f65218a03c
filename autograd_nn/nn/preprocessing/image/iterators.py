"""Batches without end: of arrays here, of files in `from_files`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.engine.errors import RangeError, ShapeError
from autograd_nn.engine.halves import as_dtype
from autograd_nn.nn.checks import whole
from autograd_nn.nn.settings import floatx
from autograd_nn.nn.utils.dataset import PyDataset
from autograd_nn.nn.utils.images import array_to_img, first


class Iterator(PyDataset):
    """Batches of ``n`` samples, without end by ``next``, one pass by ``iterator[i]``.

    batch_size   samples in each, the last of a pass having what is left.
    shuffle      puts the samples in a new order each pass.
    seed         None draws from NumPy's own stream, as ``numpy.random.seed`` sets it.
    """

    def __init__(
        self, n: int, batch_size: int = 32, shuffle: bool = False, seed: int | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.n, self.batch_size = n, whole(batch_size, "batch_size", 1)
        self.shuffle, self.seed = shuffle, seed
        self.batch_index = self.total_batches_seen = 0
        self.index_array: np.ndarray | None = None
        self.lock = threading.Lock()

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise RangeError(f"received batch {index}; expected one of {len(self)}.")
        with self.lock:
            rng = self._stream()
            if self.index_array is None:
                self._order(rng)
            rows = self._rows(index % len(self))
        return self._batch(rows, rng)

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        with self.lock:
            rng = self._stream()
            if self.batch_index == 0:
                self._order(rng)
            rows = self._rows(self.batch_index)
            self.batch_index = (self.batch_index + 1) % max(len(self), 1)
        return self._batch(rows, rng)

    next = __next__

    def reset(self) -> None:
        """The next batch is the first of a pass."""
        self.batch_index = 0

    def on_epoch_end(self) -> None:
        """A new order for the next pass."""
        self._order(np.random)

    def _stream(self) -> Any:
        """What this batch's numbers are drawn from."""
        self.total_batches_seen += 1
        if self.seed is None:
            return np.random
        return np.random.RandomState(self.seed + self.total_batches_seen - 1)

    def _order(self, rng: Any) -> None:
        self.index_array = rng.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _rows(self, i: int) -> np.ndarray:
        if self.index_array is None:
            raise RuntimeError("no order has been drawn.")
        return self.index_array[i * self.batch_size : (i + 1) * self.batch_size]

    def _batch(self, rows: np.ndarray, rng: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} defines no _batch(rows, rng).")


class Saved:
    """Where batches are written as pictures, too, to look at; nowhere if ``folder`` is None."""

    def __init__(self, folder: Any, prefix: str, kind: str, data_format: str) -> None:
        self.folder, self.prefix, self.kind = folder, prefix, kind
        self.data_format = data_format

    def write(self, batch: np.ndarray, rows: np.ndarray) -> None:
        if self.folder is None or self.folder == "":
            return
        for x, row in zip(batch, rows, strict=True):
            name = f"{self.prefix}_{row}_{np.random.randint(10**7)}.{self.kind}"
            array_to_img(x, self.data_format).save(Path(self.folder, name))


def checked_subset(subset: str | None) -> str | None:
    """None, 'training' or 'validation'; raises ValueError for others."""
    if subset not in (None, "training", "validation"):
        raise ValueError(f"received subset={subset!r}; expected 'training' or 'validation'.")
    return subset


class NumpyArrayIterator(Iterator):
    """Batches of arrays, each picture changed as an `ImageDataGenerator` says.

    x   (n, h, w, c), or (x, more arrays of n) whose rows come beside; y: n targets or None.
    subset               'training' or 'validation': the part after and before validation_split.
    ignore_class_split   takes parts in which not all classes stand.
    Raises ShapeError for other shapes and lengths, ValueError for parts of unlike classes.
    """

    def __init__(
        self, x: Any, y: Any, image_data_generator: Any, batch_size: int = 32,
        shuffle: bool = False, sample_weight: Any = None, seed: int | None = None,
        data_format: str | None = None, save_to_dir: Any = None, save_prefix: str = "",
        save_format: str = "png", subset: str | None = None, ignore_class_split: bool = False,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        more: Any = []
        if isinstance(x, tuple | list) and len(x) == 2 and np.ndim(x[0]) == 4:
            x, more = x
            more = [np.asarray(m) for m in (more if isinstance(more, list) else [more])]
        given = (x, y, sample_weight, *more)
        arrays: list[Any] = [None if a is None else np.asarray(a) for a in given]
        if any(a is not None and len(a) != len(arrays[0]) for a in arrays):
            shapes = [a.shape for a in arrays if a is not None]
            raise ShapeError(f"flow received arrays of the shapes {shapes}; expected one length.")
        if arrays[0].ndim != 4:
            raise ShapeError(
                f"flow received x of shape {arrays[0].shape}; expected (n, h, w, c). Put an axis "
                "of size 1 where there is one channel."
            )
        if checked_subset(subset):
            cut = int(len(arrays[0]) * image_data_generator.validation_split)
            part = slice(None, cut) if subset == "validation" else slice(cut, None)
            labels = arrays[1]
            if labels is not None and not ignore_class_split:
                left, right = np.unique(labels[:cut]), np.unique(labels[cut:])
                if not np.array_equal(left, right):
                    raise ValueError(
                        "flow received y whose classes are not the same in both parts; expected "
                        "them mixed. Shuffle the samples, or pass ignore_class_split=True."
                    )
            arrays = [None if a is None else a[part] for a in arrays]
        self.dtype = as_dtype(dtype or floatx())
        self.x, self.y, self.sample_weight, *self.x_misc = arrays
        self.image_data_generator = image_data_generator
        self.data_format = data_format or image_data_generator.data_format
        first(self.data_format)
        self.saved = Saved(save_to_dir, save_prefix, save_format, self.data_format)
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _batch(self, rows: np.ndarray, rng: Any) -> Any:
        x = self.image_data_generator.changed(self.x[rows].astype(self.dtype), rng)
        self.saved.write(x, rows)
        out = [[x, *(m[rows] for m in self.x_misc)] if self.x_misc else x]
        out += [a[rows] for a in (self.y, self.sample_weight) if a is not None]
        return out[0] if self.y is None else tuple(out)
