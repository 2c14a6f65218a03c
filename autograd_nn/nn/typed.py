"""Typed: what has a dtype policy, as layers do: the dtype of what comes in, and of its weights."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine.mode import mode, reading
from autograd_nn.nn import dtype_policies
from autograd_nn.nn.dtype_policies import DTypePolicy
from autograd_nn.nn.module import Module


class Typed(Module):
    """What computes in one dtype and keeps its weights in one, which may be another."""

    name: str
    kept_as: ClassVar[dict[str, str]] = {"dtype": "dtype_policy"}
    autocast = True  # whether inputs are cast, and weights read, as the policy says
    casts_weights = True  # whether its function is one of weights in the dtype of computing
    _path: str | None = None  # its place among layers, once it is built
    _policy: DTypePolicy
    _np_dtype: Any = None  # what floating inputs are cast to
    _reads: Any = None  # what weights are read in, inside its call; None: as they are

    @property
    def path(self) -> str:
        """Its name, behind those of the layers and scopes it was built in."""
        return self._path or self.name

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
        casts = self.autocast and self.casts_weights and own.variable_dtype != own.compute_dtype
        self._policy, self._np_dtype = policy, computes
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

    @property
    def input_dtype(self) -> str:
        """The dtype that floating inputs are cast to."""
        return str(self._np_dtype.name)


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
        self.dtype = None if dtype is None else np.dtype(dtype)
        if self.dtype is not None and self.dtype.kind != "f":
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
