"""What of TensorFlow holds values or describes them: modules, growing arrays, shapes, errors."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from autograd_nn.compat.answers.names import __version__
from autograd_nn.compat.tensorflow.values.shapes import TensorShape
from autograd_nn.nn import ops
from autograd_nn.nn.module import held
from autograd_nn.nn.variable import Variable


class Module:
    """A base for what holds variables, and modules, in its attributes.

    >>> from autograd_nn import nn
    >>> class Scale(Module):
    ...     def __init__(self):
    ...         super().__init__(name="scale")
    ...         self.w = nn.Variable([2.0])
    >>> [v.tolist() for v in Scale().trainable_variables]
    [[2.0]]
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or type(self).__name__.lower()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables held, to any depth, each once."""
        found = [*held(self, Variable)]
        for inner in held(self, Module):
            found += inner.variables
        for inner in held(self, _with_weights()):
            found += inner.weights
        return tuple({id(v): v for v in found}.values())

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """Those that are trained."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def submodules(self) -> tuple[Module, ...]:
        """The modules held, to any depth."""
        own = tuple(held(self, Module))
        return own + tuple(m for inner in own for m in inner.submodules)

    def name_scope(self) -> Any:
        """A ``with`` in which nothing is different."""
        return nullcontext()

    @staticmethod
    def with_name_scope(method: Any) -> Any:
        """The method itself."""
        return method


def _with_weights() -> Any:
    from autograd_nn.nn.layer import Layer

    return Layer


class TensorSpec:
    """A shape and a dtype, as signatures say them; nothing here is compiled for them."""

    def __init__(self, shape: Any = None, dtype: Any = "float32", name: Any = None) -> None:
        self.shape, self.dtype, self.name = shape, dtype, name

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype}, name={self.name!r})"


class TensorArray:
    """A list of tensors that are written one by one, then joined along a new axis.

    >>> TensorArray("float32", size=2).write(0, [1.0]).write(1, [2.0]).stack().tolist()
    [[1.0], [2.0]]
    """

    def __init__(self, dtype: Any = None, size: Any = 0, dynamic_size: bool = False, **o: Any) -> None:  # noqa: E501
        self._values: list[Any] = [None] * int(size)

    def write(self, index: Any, value: Any, name: Any = None) -> TensorArray:
        """Sets an entry, the list being made longer where it is too short."""
        lacking = int(index) + 1 - len(self._values)
        self._values += [None] * max(0, lacking)
        self._values[int(index)] = ops.convert_to_tensor(value)
        return self

    def read(self, index: Any, name: Any = None) -> Any:
        """An entry."""
        return self._values[int(index)]

    def size(self, name: Any = None) -> int:
        """How many entries there are."""
        return len(self._values)

    def stack(self, name: Any = None) -> Any:
        """All entries along a new first axis."""
        return ops.stack(self._values)

    def unstack(self, value: Any, name: Any = None) -> TensorArray:
        """Takes its entries from a tensor's first axis."""
        self._values = list(ops.unstack(value))
        return self

    def concat(self, name: Any = None) -> Any:
        """All entries along their first axis."""
        return ops.concatenate(self._values, axis=0)


def name_scope(name: Any = None, *args: Any, **options: Any) -> Any:
    """A ``with`` in which nothing is different."""
    return nullcontext()


variable_scope = init_scope = control_dependencies = name_scope


class UnconnectedGradients:
    """What `GradientTape.gradient` gives where there is no way to a source."""

    NONE, ZERO = "none", "zero"


errors = SimpleNamespace(
    InvalidArgumentError=ValueError, NotFoundError=FileNotFoundError, OutOfRangeError=StopIteration,
    ResourceExhaustedError=MemoryError, OpError=RuntimeError, FailedPreconditionError=RuntimeError,
)  # fmt: skip
version = SimpleNamespace(VERSION=__version__)

__all__ = [
    "Module", "TensorArray", "TensorShape", "TensorSpec", "UnconnectedGradients",
    "control_dependencies", "errors", "init_scope", "name_scope", "variable_scope", "version",
]  # fmt: skip
