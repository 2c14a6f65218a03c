"""Typed: what has a dtype policy, as layers do: the dtype of what comes in, and of its weights."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.halves import as_dtype, is_half, kind_of
from autograd_nn.engine.mode import mode, reading
from autograd_nn.engine.ops.sparse import Sparse
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import dtype_policies
from autograd_nn.nn.dtype_policies import DTypePolicy
from autograd_nn.nn.masks import carried, give_mask, mask_of
from autograd_nn.nn.module import Module


class Typed(Module):
    """What computes in one dtype and keeps its weights in one, which may be another."""

    name: str
    _kept_as: ClassVar[dict[str, str]] = {"dtype": "dtype_policy"}
    _casts_integers = False  # whether integers are cast like floating numbers, or stay as they are
    autocast = True  # whether inputs are cast, and weights read, as the policy says
    _takes_sparse = False  # whether its call may be given a `Sparse`, or all with its zeros
    _wide = False  # whether it reads all as it is, 16 bits as float32, and casts its result
    _place: str | None = None  # its place among layers, once it is built
    _policy: DTypePolicy
    _np_dtype: Any = None  # what floating inputs are cast to
    _reads: Any = None  # what weights are read in, inside its call; None: as they are

    @property
    def path(self) -> str:
        """Its name, behind those of the layers and scopes it was built in."""
        return self._place or self.name

    @property
    def dtype_policy(self) -> DTypePolicy:
        """What it computes in and keeps its weights in; set it to another, or to a name.

        Weights that are there keep their dtype. Raises DTypeError for what no layer computes in.
        """
        return self._policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        policy = dtype_policies.get(value)
        own = policy.of(self.path)
        computes = dtype_policies.computing(own, type(self).__name__)
        casts = self.autocast and not self._wide and own.variable_dtype != own.compute_dtype
        half = self._wide and is_half(computes)
        self._policy, self._np_dtype = policy, np.dtype("float32") if half else computes
        self._reads = computes if casts else None

    @property
    def compute_dtype(self) -> str:
        """The dtype that it computes in: its inputs are cast to it."""
        return self._policy.of(self.path).compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of its weights."""
        return self._policy.of(self.path).variable_dtype

    dtype = variable_dtype

    def _admit(self, inputs: Any) -> Any:
        """Inputs as tensors, in the layer's dtype where they are floating; structure is kept."""
        if self._np_dtype is None:
            raise RuntimeError(
                f"{type(self).__name__} was called before Layer.__init__ had run; expected "
                "super().__init__() as the first line of its __init__."
            )
        if holds_tensors(inputs):
            return tree.map(self._admit, inputs)
        if isinstance(inputs, Sparse):
            if self._takes_sparse:
                return inputs.astype(self._np_dtype) if self.autocast else inputs
            inputs = inputs.dense()
        x = as_tensor(inputs)
        floats = kind_of(x.dtype) in "fc"
        if x.dtype == self._np_dtype or not (self.autocast if floats else self._casts_integers):
            return x
        y = ops.astype(x, dtype=self._np_dtype)
        mask = mask_of(x) if carried else None
        return y if mask is None else give_mask(y, mask)

    def _narrowed(self, y: Tensor) -> Tensor:
        """A result in the dtype of computing, for a `wide` layer's call to give."""
        dtype = self.compute_dtype
        return y if y.dtype == dtype else ops.astype(y, dtype=as_dtype(dtype))

    def _outline_of(self, shapes: Any) -> Any:
        """Shapes and dtypes of its result, where these are known without a trial; else None."""
        return None

    @property
    def input_dtype(self) -> str:
        """The dtype that floating inputs are cast to."""
        return _name(self._np_dtype)


@cache
def _name(dtype: np.dtype) -> str:
    return str(dtype.name)  # which NumPy puts together each time


def holds_tensors(value: Any) -> bool:
    """Whether this is a structure of inputs, and not one input in nested lists of numbers."""
    if isinstance(value, dict):
        return True
    return isinstance(value, list | tuple) and any(
        isinstance(v, Tensor | np.ndarray | dict | Sparse) or holds_tensors(v) for v in value
    )


class AutocastScope:
    """Within ``with``, ops read floating variables in a dtype; None: as they are.

    A layer's call is one, where its policy is mixed.

    >>> from autograd_nn import nn
    >>> w = nn.Variable([1.0, 2.0], dtype="float32")
    >>> with AutocastScope("float16"):
    ...     w.dtype.name, (w * w).dtype.name
    ('float16', 'float16')
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = None if dtype is None else as_dtype(dtype)
        if self.dtype is not None and kind_of(self.dtype) != "f":
            raise ValueError(
                "`AutocastScope` can only be used with a floating-point dtype; received "
                f"{dtype!r}, expected one such as 'float16'."
            )

    def __enter__(self) -> None:
        self._before = mode.reads
        reading.append(self)
        mode.reads = self.dtype

    def __exit__(self, *raised: Any) -> None:
        mode.reads = self._before
        reading.remove(self)
