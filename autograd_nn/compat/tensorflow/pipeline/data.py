"""``tf.data``: arrays, sliced, shuffled, mapped and batched, over and over again."""

from __future__ import annotations

import itertools
from collections import abc
from collections.abc import Callable
from glob import glob
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.elder.machine import Settings
from autograd_nn.compat.tensorflow.pipeline import iterators, records, streams, tables
from autograd_nn.compat.tensorflow.pipeline.further import Further
from autograd_nn.compat.tensorflow.values.texts import texts, textual
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import ops, tree

AUTOTUNE = -1
_NONE: Any = object()


class Dataset(Further):
    """Elements that a function makes each time they are gone through; ``size`` of them, or None.

    >>> [b.tolist() for b in Dataset.from_tensor_slices([1, 2, 3]).batch(2)]
    [[1, 2], [3]]
    """

    def __init__(self, make: Callable[[], abc.Iterator[Any]], size: int | None = None) -> None:
        self.make, self.size = make, size

    def _made(self, make: Callable[[], abc.Iterator[Any]], size: int | None = None) -> Any:
        return Dataset(make, size)

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """The entries along the first axis of an array, or of each in a tuple or dict."""
        arrays = tree.map_structure(np.asarray, _whole(tensors))
        n = len(tree.flatten(arrays)[0])
        return Dataset(
            lambda: (tree.map_structure(lambda a, i=i: a[i], arrays) for i in range(n)), n
        )

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """One element."""
        return Dataset(lambda: iter([_whole(tensors)]), 1)

    @staticmethod
    def from_generator(
        generator: Callable[..., Any], output_types: Any = None, output_shapes: Any = None,
        args: Any = (), output_signature: Any = None, **options: Any,
    ) -> Dataset:  # fmt: skip
        """What a function's generator gives, called with ``args``, lists as arrays.

        output_types   their dtypes, in the structure of an element; output_signature: the same.
        """
        told = output_types if output_signature is None else output_signature
        return Dataset(lambda: (_told(e, told) for e in generator(*args)))

    @staticmethod
    def list_files(
        file_pattern: Any, shuffle: bool | None = None, seed: int | None = None
    ) -> Dataset:
        """The paths that a pattern names, or several; in a new order each time by default.

        Raises ValueError where there are none.
        """
        patterns = [file_pattern] if not isinstance(file_pattern, list | tuple) else file_pattern
        paths = sorted(p for pattern in patterns for p in glob(str(pattern)))
        if not paths:
            raise ValueError(f"list_files received {file_pattern!r}; expected what names files.")
        found = Dataset.from_tensor_slices(np.array(paths))
        return found if shuffle is False else found.shuffle(len(paths), seed)

    @staticmethod
    def range(*limits: int) -> Dataset:
        """Whole numbers."""
        return Dataset(lambda: iter(np.arange(*limits)), len(np.arange(*limits)))

    @staticmethod
    def zip(datasets: Any) -> Dataset:
        """Elements of several side by side."""
        sizes = [d.size for d in datasets if d.size is not None]
        return Dataset(lambda: zip(*datasets, strict=False), min(sizes, default=None))

    @staticmethod
    def sample_from_datasets(
        datasets: Any, weights: Any = None, seed: int | None = None, **options: Any
    ) -> Dataset:
        """Elements of several, each from one that is drawn by its weight, until all are gone."""

        def make() -> abc.Iterator[Any]:
            draw = np.random.default_rng(seed)
            left = [iter(d) for d in datasets]
            shares = [1.0] * len(left) if weights is None else list(map(float, weights))
            while left:
                i = int(draw.choice(len(left), p=np.array(shares) / sum(shares)))
                element = next(left[i], _NONE)
                if element is _NONE:
                    del left[i], shares[i]
                else:
                    yield element

        sizes = [d.size for d in datasets]
        return Dataset(make, None if None in sizes else sum(sizes))

    def batch(self, batch_size: int, drop_remainder: bool = False, **options: Any) -> Dataset:
        """So many elements stacked, fewer in the last batch."""

        def make() -> abc.Iterator[Any]:
            entries = self.make()
            while rows := list(itertools.islice(entries, batch_size)):
                if len(rows) == batch_size or not drop_remainder:
                    yield tree.map_structure(lambda *xs: np.stack([_array(x) for x in xs]), *rows)

        n = self.size
        whole = None if n is None else n // batch_size if drop_remainder else -(-n // batch_size)
        return Dataset(make, whole)

    def shuffle(self, buffer_size: int, seed: int | None = None, **options: Any) -> Dataset:
        """In a new order each time, among so many at once."""

        def make() -> abc.Iterator[Any]:
            draw = np.random.default_rng(seed if seed is not None else np.random.randint(2**31))
            held: list[Any] = []
            for entry in self.make():
                held.append(entry)
                if len(held) >= buffer_size:
                    yield held.pop(draw.integers(len(held)))
            for i in draw.permutation(len(held)):
                yield held[i]

        return Dataset(make, self.size)

    def map(self, function: Callable[..., Any], *args: Any, **options: Any) -> Dataset:
        """A function of each element; a tuple's entries are its arguments."""

        def make() -> abc.Iterator[Any]:
            for entry in self:
                yield function(*entry) if isinstance(entry, tuple) else function(entry)

        return Dataset(make, self.size)

    def filter(self, keep: Callable[..., Any]) -> Dataset:
        """The elements that a function is true of."""
        return Dataset(
            lambda: (e for e in self if (keep(*e) if isinstance(e, tuple) else keep(e)))
        )

    def take(self, count: int) -> Dataset:
        """The first so many; of a number below 0 all."""
        if count < 0:
            return self
        return Dataset(lambda: itertools.islice(self.make(), count), _least(self.size, count))

    def skip(self, count: int) -> Dataset:
        """All but the first so many; of a number below 0 none."""
        if count < 0:
            return Dataset(lambda: iter(()), 0)
        left = None if self.size is None else max(0, self.size - count)
        return Dataset(lambda: itertools.islice(self.make(), count, None), left)

    def repeat(self, count: int | None = None) -> Dataset:
        """Over and over, or so often; of a number below 0 over and over."""
        count = None if count is not None and count < 0 else count
        times = itertools.count() if count is None else range(count)
        size = None if count is None or self.size is None else self.size * count
        return Dataset(lambda: itertools.chain.from_iterable(self.make() for _ in times), size)

    def prefetch(self, buffer_size: Any = None) -> Dataset:
        """The same: batches are made while they are needed."""
        return self

    def cache(self, filename: Any = None) -> Dataset:
        """The same."""
        return self

    def as_numpy_iterator(self) -> abc.Iterator[Any]:
        """The elements as arrays, texts as bytes."""
        return (
            tree.map_structure(lambda x: texts(x).numpy() if textual(x) else _array(x), e)
            for e in self.make()
        )

    def __iter__(self) -> abc.Iterator[Any]:
        return iterators.Elements(tree.map_structure(_tensor, e) for e in self.make())

    def __len__(self) -> int:
        if self.size is None:
            raise TypeError("len was asked of a data set whose length is not known.")
        return self.size


class Batches(Dataset):
    """The batches of a `PyDataset`, with its ``class_names`` and ``file_paths``."""

    def __init__(self, source: Any) -> None:
        super().__init__(self._pass, len(source))
        self.source = source
        for name in ("class_names", "file_paths"):
            if hasattr(source, name):
                setattr(self, name, getattr(source, name))

    def _pass(self) -> abc.Iterator[Any]:
        yield from (self.source[i] for i in range(len(self.source)))
        self.source.on_epoch_end()


def TextLineDataset(filenames: Any, *args: Any, **options: Any) -> Dataset:  # noqa: N802
    """The lines of text files."""
    paths = [filenames] if isinstance(filenames, str | Path) else filenames
    return Dataset(lambda: (line for path in paths for line in streams.lines(path)))


def TFRecordDataset(  # noqa: N802
    filenames: Any, compression_type: Any = None, *args: Any, **options: Any
) -> Dataset:
    """The records of files, one after the other."""
    paths = records.paths(filenames)
    packed = compression_type
    return Dataset(lambda: (r for p in paths for r in records.tf_record_iterator(p, packed)))


def Options(**options: Any) -> Settings:  # noqa: N802
    """Takes whatever is set on it."""
    return Settings(**options)


def _tensor(x: Any) -> Any:
    numbers = isinstance(x, np.ndarray | np.generic) and kind_of(x.dtype) in "biuf"
    return as_tensor(x) if numbers else texts(x)


def _whole(x: Any) -> Any:
    """A structure of tuples and dicts whose lists are arrays, as pipelines take them."""
    if isinstance(x, dict):
        return {k: _whole(v) for k, v in x.items()}
    if isinstance(x, tuple):
        return tuple(map(_whole, x))
    return np.asarray(x) if isinstance(x, list) else x


def _told(x: Any, kinds: Any) -> Any:
    """An element with these dtypes."""
    if kinds is None:
        return _whole(x)
    if isinstance(kinds, dict):
        return {k: _told(x[k], kind) for k, kind in kinds.items()}
    if isinstance(kinds, tuple | list) and isinstance(x, tuple | list):
        return tuple(_told(one, kind) for one, kind in zip(x, kinds, strict=True))
    kind = getattr(kinds, "dtype", kinds)
    if textual(x) or kind in ("str", "string"):
        return texts(np.asarray(x, object))
    return np.asarray(_array(x), kind) if isinstance(kind, str | type | np.dtype) else _whole(x)


def _array(x: Any) -> Any:
    if isinstance(x, Tensor):
        return x.array
    if isinstance(x, str | bytes):
        return np.array(x, object)  # of another dtype zeros at its end would be lost
    return np.asarray(x if textual(x) else ops.convert_to_numpy(x))


def _least(size: int | None, count: int) -> int:
    return count if size is None else min(size, count)


Iterator = iterators.ElementIterator
make_one_shot_iterator = iterators.make_one_shot_iterator
make_initializable_iterator = iterators.make_initializable_iterator
INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2


def make_csv_dataset(
    file_pattern: Any, batch_size: int, column_names: Any = None, column_defaults: Any = None,
    label_name: str | None = None, select_columns: Any = None, field_delim: str = ",",
    use_quote_delim: bool = True, na_value: str = "", header: bool = True,
    num_epochs: int | None = None, shuffle: bool = True, shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None, **options: Any,
) -> Dataset:  # fmt: skip
    """Batches of what `tables.read` finds in CSV files.

    num_epochs   how often the rows come; None: without an end, in whole batches.
    """
    made = Dataset.from_tensor_slices(tables.read(
        file_pattern, column_names, label_name, select_columns, field_delim, use_quote_delim,
        na_value, header,
    ))  # fmt: skip
    if shuffle:
        made = made.shuffle(shuffle_buffer_size, shuffle_seed)
    return made.repeat(num_epochs).batch(batch_size, drop_remainder=num_epochs is None)


def CsvDataset(  # noqa: N802
    filenames: Any, record_defaults: Any, compression_type: Any = None, buffer_size: Any = None,
    header: bool = False, field_delim: str = ",", use_quote_delim: bool = True, na_value: str = "",
    select_cols: Any = None, **options: Any,
) -> Dataset:  # fmt: skip
    """The lines of CSV files, each a tuple of its cells, as `tf.io.decode_csv` reads them."""
    first = 1 if header else 0
    return Dataset(lambda: (
        tuple(records.decode_csv(
            line, record_defaults, field_delim, use_quote_delim, na_value, select_cols
        ))
        for path in records.paths(filenames)
        for line in itertools.islice(streams.lines(path, compression_type), first, None)
    ))  # fmt: skip


def Counter(start: int = 0, step: int = 1, dtype: Any = "int64") -> Dataset:  # noqa: N802
    """Whole numbers without end."""
    return Dataset(lambda: iter(map(np.dtype(dtype).type, itertools.count(start, step))))


def shuffle_and_repeat(buffer_size: int, count: int | None = None, seed: int | None = None) -> Any:
    """What `Dataset.apply` takes: shuffled, over and over or so often."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


experimental = SimpleNamespace(
    shuffle_and_repeat=shuffle_and_repeat,
    AutoShardPolicy=SimpleNamespace(AUTO=0, FILE=1, DATA=2, OFF=-1), CsvDataset=CsvDataset,
    Counter=Counter, TFRecordWriter=records.TFRecordWriter,
    AUTOTUNE=AUTOTUNE, make_csv_dataset=make_csv_dataset, cardinality=Dataset.cardinality,
    sample_from_datasets=Dataset.sample_from_datasets,
)  # fmt: skip
