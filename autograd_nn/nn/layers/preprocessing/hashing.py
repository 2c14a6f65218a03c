"""Hashing: values as numbers of buckets, without a vocabulary; and several crossed into one."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.preprocessing.discretization import dense
from autograd_nn.nn.layers.preprocessing.encoding import encode, encoded_shape, mode_of
from autograd_nn.nn.layers.preprocessing.hashes import buckets, crossed, each, fingerprint
from autograd_nn.nn.layers.preprocessing.integral import Integral, plain, result_dtype
from autograd_nn.nn.registry import named


def salted(salt: Any, where: str) -> list[int] | None:
    """A key of two numbers, from two, from one or from None; raises ValueError for else."""
    if salt is None:
        return None
    if isinstance(salt, int) and not isinstance(salt, bool):
        return [salt, salt]
    if isinstance(salt, list | tuple) and len(salt) == 2 and all(isinstance(s, int) for s in salt):
        return list(salt)
    raise ValueError(
        f"The `salt` argument for `{where}` can only be a tuple of size 2 integers, or a single "
        f"integer. Received: salt={salt}."
    )


def written(values: np.ndarray) -> np.ndarray:
    """Values as the text that is hashed: numbers as whole numbers."""
    return values if values.dtype.kind == "U" else values.astype("int64").astype(str)


@named()
class Hashing(Integral):
    """The bucket of each text or number: FarmHash's fingerprint of it, mod num_bins.

    mask_value    what has bucket 0, which nothing else then has; None: nothing.
    salt          a number, or two: the hash is SipHash-2-4 under this key.
    output_mode   'int' the bucket (int64), 'one_hot', 'multi_hot' or 'count': see `encode`.
    sparse   False, for results are dense.
    Shapes (…) → (…) for 'int'. Values are looked at on the host: see `Integral`. The buckets are
    those that Keras has. Raises ValueError for num_bins below 1 or another salt.

    >>> from autograd_nn import nn
    >>> nn.layers.Hashing(3)([["A"], ["B"], ["E"]]).tolist()
    [[1], [0], [2]]
    """

    _samplewise = text = True

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **options: Any,
    ) -> None:
        told = options.get("dtype")
        if told is None and output_mode == "int":
            options["dtype"] = "int64"
        super().__init__(**options)
        dense(sparse)
        if num_bins is None or num_bins <= 0:
            raise ValueError(
                "The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: "
                f"num_bins={num_bins}."
            )
        if output_mode not in ("int", "one_hot", "multi_hot", "count"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of ('int', 'one_hot', "
                f"'multi_hot', 'count'). Received: output_mode={output_mode}"
            )
        if output_mode == "int" and result_dtype(self, "") == "":
            raise ValueError(
                'When `output_mode="int"`, `dtype` should be an integer type, \'int32\' or '
                f"'int64'. Received: dtype={told}"
            )
        self.num_bins, self.mask_value, self.output_mode = num_bins, mask_value, output_mode
        self.salt, self.sparse = salted(salt, "Hashing"), False

    def _look_at_values(self, values: Any) -> np.ndarray:
        array = plain(values, "Hashing")
        masked = self.mask_value is not None and self.num_bins > 1
        found = buckets(written(array), self.num_bins - masked, self.salt)
        mask = str(self.mask_value) if array.dtype.kind == "U" else self.mask_value
        return np.where(array == mask, 0, found + 1) if masked else found

    def call(self, inputs: Tensor) -> Tensor:
        return encode(inputs, self.output_mode, self.num_bins, self.result)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return encoded_shape(input_shape, self.output_mode, self.num_bins)


@named()
class HashedCrossing(Integral):
    """The bucket of several features together: one fingerprint of theirs, mod num_bins.

    output_mode   'int' the bucket (int64), or 'one_hot'.
    sparse   False, for results are dense.
    It takes a list of at least two features, text or whole numbers, of shape (), (n,) or (n, 1)
    each; the result has that shape, or (n, num_bins). Raises ValueError for others.

    >>> from autograd_nn import nn
    >>> nn.layers.HashedCrossing(5)((["A", "B", "A"], [101, 101, 102])).tolist()
    [1, 4, 3]
    """

    def __init__(
        self, num_bins: int, output_mode: str = "int", sparse: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        dense(sparse)
        self.num_bins = num_bins
        self.output_mode = mode_of(output_mode, ("int", "one_hot"), "HashedCrossing")
        self.sparse = False

    def _look_at_values(self, values: Any) -> np.ndarray:
        if not isinstance(values, list | tuple):
            raise ValueError(
                "`HashedCrossing` should be called on a list or tuple of inputs. Received: "
                f"inputs={values}"
            )
        if len(values) < 2:
            raise ValueError(
                "`HashedCrossing` should be called on at least two inputs. Received: "
                f"inputs={values}"
            )
        arrays = [plain(v, "HashedCrossing") for v in values]
        shape = arrays[0].shape
        if len(shape) > 2 or (len(shape) == 2 and shape[-1] != 1):
            raise ValueError(
                "All `HashedCrossing` inputs should have shape `()`, `(batch_size)` or "
                f"`(batch_size, 1)`. Received: inputs={values}"
            )
        if any(a.shape != shape for a in arrays):
            raise ValueError(
                "All `HashedCrossing` inputs should have equal shape. Received: "
                f"inputs={values}"
            )
        if any(a.dtype.kind not in "iuU" for a in arrays):
            raise ValueError(
                "All `HashedCrossing` inputs should have an integer or string dtype. Received: "
                f"inputs={values}"
            )
        prints = [_prints(a).ravel().tolist() for a in arrays]
        found = [crossed(row) % self.num_bins for row in zip(*prints, strict=True)]
        return np.array(found, "int64").reshape(shape)

    def call(self, inputs: Tensor) -> Tensor:
        return encode(inputs, self.output_mode, self.num_bins, self.result)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        first = input_shape[0]
        if len(input_shape) < 2 or not isinstance(first, tuple | list):
            raise ValueError(
                "Expected as input a list/tuple of 2 tensors. Received "
                f"input_shape={input_shape}"
            )
        return encoded_shape(tuple(first), self.output_mode, self.num_bins)


def _prints(values: np.ndarray) -> np.ndarray:
    """What a crossing takes of a feature: text's fingerprints (their bits as int64), or numbers."""
    if values.dtype.kind != "U":
        return values.astype("int64")
    return each(lambda t: (fingerprint(t.encode()) + 2**63) % 2**64 - 2**63, values)
