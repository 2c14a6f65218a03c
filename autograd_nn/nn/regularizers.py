"""Regularizers: penalties on weights, added to the loss."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.registry import family, find, named
from autograd_nn.nn.saving.objects import serialize_keras_object


@family("regularizer")
class Regularizer(Configurable):
    """The base: ``regularizer(w)`` gives a penalty, one number."""

    def __call__(self, x: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} defines no __call__(x).")


@named("l1_l2")
class L1L2(Regularizer):
    """The penalty l1·Σ|w| + l2·Σw².

    >>> from autograd_nn import nn
    >>> float(nn.regularizers.L1L2(l1=1.0, l2=1.0)([3.0, -1.0]))
    14.0
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        where = type(self).__name__
        l1, l2 = 0.0 if l1 is None else l1, 0.0 if l2 is None else l2
        self.l1, self.l2 = number(l1, "l1", where, least=0), number(l2, "l2", where, least=0)

    def __call__(self, x: Any) -> Tensor:
        x = as_tensor(x)
        squared = ops.multiply(ops.sum(ops.square(x)), self.l2)
        if not self.l1:
            return squared
        absolute = ops.multiply(ops.sum(ops.absolute(x)), self.l1)
        return ops.add(absolute, squared) if self.l2 else absolute


@named()
class L1(L1L2):
    """The penalty l1·Σ|w|.

    >>> from autograd_nn import nn
    >>> float(nn.regularizers.L1(0.5)([3.0, -1.0]))
    2.0
    """

    def __init__(self, l1: float | None = 0.01) -> None:
        super().__init__(l1=0.01 if l1 is None else l1)


@named()
class L2(L1L2):
    """The penalty l2·Σw².

    >>> from autograd_nn import nn
    >>> float(nn.regularizers.L2(0.5)([3.0, -1.0]))
    5.0
    """

    def __init__(self, l2: float | None = 0.01) -> None:
        super().__init__(l2=0.01 if l2 is None else l2)


@named()
class OrthogonalRegularizer(Regularizer):
    """A penalty on what is not at right angles: factor · Σ|cos| / pairs, over pairs of rows.

    factor   what the mean is multiplied by.
    mode     'rows', or 'columns' for pairs of those.
    Raises ShapeError for a weight that is no matrix.

    >>> from autograd_nn import nn
    >>> float(nn.regularizers.OrthogonalRegularizer(0.5)([[1.0, 0.0], [3.0, 4.0]]))
    0.3
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        if mode not in ("rows", "columns"):
            raise ValueError(
                f"OrthogonalRegularizer received mode={mode!r}; expected 'rows' or 'columns'."
            )
        self.factor, self.mode = number(factor, "factor", "OrthogonalRegularizer", least=0), mode

    def __call__(self, x: Any) -> Tensor:
        x = as_tensor(x)
        if x.ndim != 2:
            raise ShapeError(
                f"OrthogonalRegularizer received a weight of shape {x.shape}; expected a matrix."
            )
        rows = x if self.mode == "rows" else ops.transpose(x)
        n = rows.shape[0]
        squares = ops.sum(ops.square(rows), axis=1, keepdims=True)
        rows = rows / ops.sqrt(ops.maximum(squares, SMALL))
        cosines = ops.absolute(rows @ ops.transpose(rows)) * (1 - ops.eye(n, dtype=x.dtype))
        return ops.sum(cosines) * (self.factor / max(n * (n - 1), 1))


SMALL = 1e-14  # a row's square below this has no direction to speak of

# the same classes by Keras's other names
l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer


def get(identifier: Any) -> Any:
    """The regularizer meant by a name, a configuration, an object or a function; None is none.

    >>> from autograd_nn import nn
    >>> nn.regularizers.get("l2")
    L2()
    """
    return find(identifier, "regularizer")


def serialize(regularizer: Any) -> Any:
    """A regularizer as plain data, from which `deserialize` makes another."""
    return serialize_keras_object(regularizer)


def deserialize(config: Any) -> Any:
    """A regularizer from what `serialize` gave.

    >>> from autograd_nn import nn
    >>> nn.regularizers.deserialize(nn.regularizers.serialize(nn.regularizers.L1(0.5)))
    L1(l1=0.5)
    """
    return get(config)


__all__ = [
    "L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer", "deserialize", "get", "l1",
    "l1_l2", "l2", "orthogonal_regularizer", "serialize",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
