"""``tf.feature_column``: what is made of a table's columns, for the layer `DenseFeatures`.

A column reads its features' values and gives numbers, worked out before what is recorded; of them
the layer makes what a network takes, in the order of the columns' names. Start with
`DenseFeatures`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import initializers, ops
from autograd_nn.nn.layers import Input
from autograd_nn.nn.layers.preprocessing import words
from autograd_nn.nn.layers.preprocessing.hashes import buckets, crossed
from autograd_nn.nn.layers.preprocessing.hashing import _prints, written
from autograd_nn.nn.layers.preprocessing.integral import Integral, plain

MOST = 2**24  # numbers of categories are exact in float32 up to here


def _rows(values: Any, key: Any) -> np.ndarray:
    """A feature's values, (n, k)."""
    if key not in values:
        raise ValueError(
            f"the feature {key!r} was asked for; expected one of "
            f"{', '.join(map(repr, values))}. Pass a dict by the columns' names."
        )
    found = plain(values[key], "DenseFeatures")
    return found.reshape(len(found), -1)


class Numeric:
    """A feature as it is, or as a function makes it."""

    def __init__(self, key: str, shape: Any, normalizer_fn: Any) -> None:
        self.key = self.name = key
        self.keys = {key}
        self.width = self.reads = int(np.prod(shape))
        self.normalizer_fn = normalizer_fn

    def read(self, values: Any) -> np.ndarray:
        """The numbers, (n, reads)."""
        found = _rows(values, self.key).astype("float32")
        if found.shape[1] != self.reads:
            raise ValueError(
                f"the feature {self.key!r} has {found.shape[1]} numbers; expected {self.reads}. "
                "Pass numeric_column its shape."
            )
        if self.normalizer_fn is not None:
            found = np.asarray(self.normalizer_fn(as_tensor(found)), "float32")
        return found

    def make(self, x: Tensor, table: Any) -> Tensor:
        """What the network takes, (n, width)."""
        return x


class Category:
    """The number of each value's category, -1 where it has none; keys: the features it reads."""

    def __init__(self, name: str, keys: set[str], depth: int, find: Any) -> None:
        if depth > MOST:
            raise ValueError(f"received {depth} categories for {name!r}; expected at most {MOST}.")
        self.name, self.keys, self.depth, self.find = name, keys, depth, find


class Buckets(Numeric):
    """Which of the ranges between boundaries a number falls in, as ones among zeros."""

    def __init__(self, source: Numeric, boundaries: Sequence[float]) -> None:
        if list(boundaries) != sorted(boundaries) or not len(boundaries):
            raise ValueError(f"received boundaries={boundaries}; expected numbers in order.")
        super().__init__(source.key, (source.reads,), None)
        self.name = f"{source.name}_bucketized"
        self.source, self.boundaries = source, boundaries
        self.depth = len(boundaries) + 1
        self.width = self.reads * self.depth

    def find(self, values: Any) -> np.ndarray:
        """The ranges' numbers."""
        return np.digitize(self.source.read(values), self.boundaries)

    def read(self, values: Any) -> np.ndarray:
        return self.find(values).astype("float32")

    def make(self, x: Tensor, table: Any) -> Tensor:
        ones = ops.one_hot(ops.cast(x, "int32"), self.depth)
        return ops.reshape(ones, (-1, self.width))


class Indicator:
    """How often each category comes, of one that is numbers of categories."""

    ending = "indicator"

    def __init__(self, source: Any, width: int | None = None) -> None:
        self.source, self.keys = source, source.keys
        self.name = f"{source.name}_{self.ending}"
        self.width = width or source.depth

    def read(self, values: Any) -> np.ndarray:
        """The categories' numbers, (n, k)."""
        return self.source.find(values).astype("float32")

    def counted(self, x: Tensor) -> Tensor:
        """(n, k) numbers, (n, depth) how often each comes."""
        index = ops.cast(x, "int32")
        return ops.sum(ops.one_hot(index, self.source.depth), axis=-2)

    def make(self, x: Tensor, table: Any) -> Tensor:
        """What the network takes, (n, width)."""
        return self.counted(x)


class Embedded(Indicator):
    """A learned vector of each category; of several their mean, sum, or sum over √k."""

    ending = "embedding"
    _OVER = {"mean": 1.0, "sqrtn": 0.5, "sum": 0.0}

    def __init__(self, source: Any, width: int, combiner: str, initializer: Any) -> None:
        super().__init__(source, width)
        if combiner not in self._OVER:
            raise ValueError(
                f"received combiner={combiner!r}; expected one of {', '.join(self._OVER)}."
            )
        self.power = self._OVER[combiner]
        self.initializer = initializer or initializers.TruncatedNormal(0.0, width**-0.5)

    def make(self, x: Tensor, table: Any) -> Tensor:
        there = ops.cast(x >= 0, table.dtype)
        index = ops.cast(ops.maximum(x, 0), "int32")
        total = ops.sum(ops.take(table, index, axis=0) * ops.expand_dims(there, axis=-1), axis=1)
        known = ops.maximum(ops.sum(there, axis=-1, keepdims=True), 1)
        return total / known**self.power if self.power else total


class DenseFeatures(Integral):
    """Numbers of a table's columns, side by side in the order of their names.

    feature_columns   one, or several: `numeric_column`, `bucketized_column`, `indicator_column`,
                      `embedding_column`.
    It takes a dict of features, (n,) or (n, k) each, numbers or texts, and gives (n, d). They are
    looked at on the host: see `Integral`. Raises ValueError for another kind of column, and for a
    feature that is missing.

    >>> DenseFeatures([numeric_column("age"), bucketized_column(numeric_column("age"), [30])])(
    ...     {"age": [25.0, 40.0]}).tolist()
    [[25.0, 1.0, 0.0], [40.0, 0.0, 1.0]]
    """

    output_mode = "dense"

    def __init__(self, feature_columns: Any, trainable: bool = True, **options: Any) -> None:
        super().__init__(trainable=trainable, **options)
        given = list(feature_columns) if isinstance(feature_columns, list | tuple) else [
            feature_columns
        ]  # fmt: skip
        for column in given:
            if not hasattr(column, "make"):
                raise ValueError(
                    f"DenseFeatures received {column!r}; expected dense columns. Wrap one of "
                    "categories in indicator_column, or embedding_column."
                )
        self.feature_columns = sorted(given, key=lambda column: column.name)
        self.width = sum(column.width for column in given)
        self._widths: list[int] = []

    def build(self, input_shape: Any) -> None:
        self.tables = [
            self.add_weight((c.source.depth, c.width), c.initializer, name=c.name)
            if isinstance(c, Embedded) else None
            for c in self.feature_columns
        ]  # fmt: skip

    def enter(self, values: Any) -> dict[str, Any]:
        """Is called on symbols for the features of a dict that it reads; their shapes."""
        found = {}
        for key in sorted(set().union(*[c.keys for c in self.feature_columns])):
            x = _rows(values, key)
            dtype = "string" if x.dtype.kind == "U" else x.dtype.name
            found[key] = Input(np.shape(values[key])[1:], dtype=dtype, name=key)
        self._first_result = self(found)  # kept, for calls on symbols are not
        return {key: x.shape for key, x in found.items()}

    def _check_input(self, shape: Any) -> None:
        """Left to the columns, which name themselves in their errors."""

    def _look_at_values(self, values: Any) -> np.ndarray:
        if not isinstance(values, dict):
            raise ValueError(
                f"DenseFeatures received {type(values).__name__}; expected a dict of features."
            )
        found = [column.read(values) for column in self.feature_columns]
        self._widths = [f.shape[1] for f in found]
        return np.concatenate(found, axis=1)

    def call(self, inputs: Tensor) -> Tensor:
        ends = np.cumsum([0, *self._widths]).tolist()
        parts = zip(self.feature_columns, self.tables, ends[:-1], ends[1:], strict=True)
        return ops.concatenate(
            [column.make(inputs[:, a:b], table) for column, table, a, b in parts], axis=-1
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        first = next(iter(input_shape.values())) if isinstance(input_shape, dict) else input_shape
        return (first[0], self.width)


# ---- the columns by their functions --------------------------------------------------------------


def numeric_column(
    key: str, shape: Any = (1,), default_value: Any = None, dtype: Any = None,
    normalizer_fn: Any = None,
) -> Numeric:  # fmt: skip
    """A feature's numbers, or what a function makes of them."""
    return Numeric(key, shape, normalizer_fn)


def bucketized_column(source_column: Numeric, boundaries: Sequence[float]) -> Buckets:
    """Which range a number falls in, b[i-1] ≤ x < b[i]."""
    return Buckets(source_column, boundaries)


def _nothing(x: np.ndarray) -> np.ndarray:
    """Where a value says that there is none: an empty text, or -1."""
    return np.asarray(x == ("" if x.dtype.kind == "U" else -1))


def categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Any, dtype: Any = None, default_value: int = -1,
    num_oov_buckets: int = 0,
) -> Category:  # fmt: skip
    """The place of a value in a list; others have a default, or buckets behind the list's."""
    listed = plain(list(vocabulary_list), key)
    places = {v: i for i, v in enumerate(listed.tolist())}

    def at(x: np.ndarray) -> np.ndarray:
        found = [places.get(v, -1) for v in x.ravel().tolist()]
        return np.array(found, "int64").reshape(x.shape)

    return _listed(key, len(places), listed.dtype, at, default_value, num_oov_buckets)


def _listed(
    key: str, count: int, kind: np.dtype[Any], at: Callable[[np.ndarray], np.ndarray],
    default_value: int, num_oov_buckets: int,
) -> Category:  # fmt: skip
    """A category for each of so many values of a kind; ``at`` gives their places, -1 of others."""

    def find(values: Any) -> np.ndarray:
        x = _rows(values, key)
        x = written(x) if kind.kind == "U" else x.astype(kind)
        if num_oov_buckets:
            elsewhere = count + buckets(written(x), num_oov_buckets)
        else:
            elsewhere = np.full(x.shape, default_value)
        found = at(x)
        return np.where(_nothing(x), -1, np.where(found < 0, elsewhere, found))

    return Category(key, {key}, count + num_oov_buckets, find)


def categorical_column_with_vocabulary_file(
    key: str, vocabulary_file: Any, vocabulary_size: int | None = None, dtype: Any = None,
    default_value: int = -1, num_oov_buckets: int = 0,
) -> Category:  # fmt: skip
    """The same with a list that is a file's lines; raises ValueError where these are no words."""
    held = words.read(str(vocabulary_file), vocabulary_size)
    if again := held.repeated():
        raise ValueError(
            f"Vocabulary file {vocabulary_file} has {again[0]!r} twice; expected each word once."
        )
    return _listed(key, len(held), np.dtype("U"), held.find, default_value, num_oov_buckets)


def categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> Category:
    """A value that is its category's number; others have a default.

    Raises ValueError for others where there is none.
    """

    def find(values: Any) -> np.ndarray:
        x = _rows(values, key).astype("int64")
        other = (x >= num_buckets) | (x < -1)
        if other.any() and default_value is None:
            raise ValueError(
                f"the feature {key!r} received {x[other][0]}; expected 0 to {num_buckets - 1}. "
                "Pass default_value for others."
            )
        return np.where(other, default_value or 0, x)

    return Category(key, {key}, num_buckets, find)


def categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = None
) -> Category:
    """The bucket of a value's fingerprint."""

    def find(values: Any) -> np.ndarray:
        x = _rows(values, key)
        return np.where(_nothing(x), -1, buckets(written(x), hash_bucket_size))

    return Category(key, {key}, hash_bucket_size, find)


def crossed_column(keys: Any, hash_bucket_size: int, hash_key: Any = None) -> Category:
    """The bucket of several values together: features by name, buckets, and columns of categories.

    Each is one value per row. Raises ValueError for another hash_key than None.
    """
    if hash_key is not None:
        raise ValueError(f"crossed_column received hash_key={hash_key}; expected None.")
    parts = list(keys)

    def find(values: Any) -> np.ndarray:
        read = [_rows(values, p) if isinstance(p, str) else p.find(values) for p in parts]
        if any(x.shape[1] != 1 for x in read):
            raise ValueError(f"crossed_column received {keys}; expected one value each per row.")
        rows = zip(*[_prints(x).ravel().tolist() for x in read], strict=True)
        return np.array([crossed(row) % hash_bucket_size for row in rows], "int64")[:, None]

    names = sorted(p if isinstance(p, str) else p.name for p in parts)
    keys = set().union(*[{p} if isinstance(p, str) else p.keys for p in parts])
    return Category("_X_".join(names), keys, hash_bucket_size, find)


def indicator_column(categorical_column: Any) -> Indicator:
    """How often each category comes in a row."""
    return Indicator(categorical_column)


def embedding_column(
    categorical_column: Any, dimension: int, combiner: str = "mean", initializer: Any = None,
    ckpt_to_load_from: Any = None, tensor_name_in_ckpt: Any = None, max_norm: Any = None,
    trainable: bool = True, **options: Any,
) -> Embedded:  # fmt: skip
    """A learned vector of a row's categories."""
    return Embedded(categorical_column, dimension, combiner, initializer)
