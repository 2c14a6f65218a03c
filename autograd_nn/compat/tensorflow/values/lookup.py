"""``tf.lookup``: what stands for a key, as `StringLookup` and `IntegerLookup` find it by order."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.values.texts import texts, textual
from autograd_nn.nn import ops


def _key(x: Any) -> Any:
    return x.decode() if isinstance(x, bytes) else x.item() if isinstance(x, np.generic) else x


class KeyValueTensorInitializer:
    """Keys, and their values."""

    def __init__(
        self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None,
        name: Any = None,
    ) -> None:  # fmt: skip
        self.found = dict(
            zip(map(_key, np.ravel(np.asarray(keys))), np.ravel(np.asarray(values)), strict=True)
        )


class StaticHashTable:
    """The values of keys, a default for those that are unknown.

    >>> table = StaticHashTable(KeyValueTensorInitializer(["a", "b"], [3, 5]), default_value=-1)
    >>> table.lookup(["b", "c"]).tolist(), table.size()
    ([5, -1], 2)
    """

    def __init__(self, initializer: Any, default_value: Any, name: Any = None) -> None:
        self.known, self.default_value = initializer.found, default_value

    def size(self, name: Any = None) -> int:
        """How many keys there are."""
        return len(self.known)

    def _of(self, key: Any) -> Any:
        return self.known.get(key, self.default_value)

    def lookup(self, keys: Any, name: Any = None) -> Any:
        """The values of keys."""
        x = np.asarray(keys if textual(keys) else ops.convert_to_numpy(keys))
        found = [_key(self._of(_key(key))) for key in x.ravel()]
        if any(isinstance(v, str) for v in found):
            return texts(np.array(found, object).reshape(x.shape)[()])
        return ops.convert_to_tensor(np.array(found).reshape(x.shape))

    __getitem__ = lookup


class StaticVocabularyTable(StaticHashTable):
    """The numbers of words, one of so many more for those that are unknown.

    >>> table = StaticVocabularyTable(KeyValueTensorInitializer(["a", "b"], [0, 1]), 1)
    >>> table.lookup(["b", "zebra"]).tolist(), table.size()
    ([1, 2], 3)
    """

    def __init__(
        self, initializer: Any, num_oov_buckets: int, lookup_key_dtype: Any = None, name: Any = None
    ) -> None:
        super().__init__(initializer, None)
        self.more = int(num_oov_buckets)

    def size(self, name: Any = None) -> int:
        return len(self.known) + self.more

    def _of(self, key: Any) -> Any:
        unknown = sum(str(key).encode()) % self.more
        return self.known.get(key, len(self.known) + unknown)
