"""Variable: a tensor that lives in a layer, with a name and a role in training."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np

from autograd_nn.engine import doors
from autograd_nn.engine.errors import GradientError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.mode import mode, no_grad, reading
from autograd_nn.engine.node import Leaf
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.nn import initializers
from autograd_nn.nn.configurable import Changes
from autograd_nn.nn.context import context, scoped
from autograd_nn.nn.settings import floatx

AGGREGATIONS = ("none", "mean", "sum", "only_first_replica")
SYNCHRONIZATIONS = ("none", "on_read", "on_write", "auto")


def _known(value: Any, known: tuple[str, ...], name: str) -> None:
    if value is not None and value not in known:
        raise ValueError(f"Variable received {name}={value!r}; expected one of {known}.")


def _begun(initializer: Any, shape: Any, dtype: Any) -> Tensor:
    """What an initializer gives, by its name or as a function of shape and dtype."""
    if initializer is None or shape is None:
        raise ValueError(
            "When creating a Variable from an initializer, the `shape` argument should be given; "
            f"received initializer={initializer!r} and shape={shape!r}, expected both, as in "
            "Variable('zeros', shape=(2, 3))."
        )
    found = initializers.get(initializer)(tuple(shape), dtype=dtype or floatx())
    return as_tensor(found)


def _restored(kind: type[Variable], path: str, *made: Any) -> Variable:
    """A variable that was pickled, at the path it had."""
    variable = kind(*made)
    variable.path = path
    return variable


def _said(name: str, doc: str) -> Any:
    """A property, kept in a slot, that counts as a change when it is set, as a layer's do."""
    slot = f"_{name}"

    def put(variable: Any, value: Any) -> None:
        setattr(variable, slot, value)
        Changes.count = Changes.following()

    return property(attrgetter(slot), put, None, doc)


class Variable(Tensor):
    """A layer's state: a leaf where it is trainable, changed only through ``assign``.

    value         its contents, or an initializer, its name or a function of shape and dtype.
    shape         of what an initializer gives.
    regularizer   function of the variable that gives a penalty, added to the loss; or None.
    constraint    function of the variable applied to it after each update; or None.
    autocast      whether a layer of a mixed policy reads it in the dtype that it computes in.
    initializer   ``value`` by Keras's name. ``aggregation`` and ``synchronization``, of replicas,
                  are taken and change nothing.
    Raises ValueError for an initializer without a shape.

    >>> from autograd_nn import nn
    >>> nn.Variable([1.0, 2.0], name="kernel").shape
    (2,)
    >>> nn.Variable("ones", shape=(2,))
    Variable('variable', [1., 1.], dtype=float32)
    """

    __slots__ = ("_constraint", "_name", "_regularizer", "_trainable", "autocast", "path")
    state = True
    trainable = _said("trainable", "Whether training changes it, unless a frozen layer has it.")
    regularizer = _said("regularizer", "What gives a penalty on it; or None.")
    constraint = _said("constraint", "What is applied to it after each update; or None.")
    name = _said("name", "What it is called where it is held; its path says where.")

    def __init__(
        self,
        value: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str = "variable",
        regularizer: Callable[[Tensor], Tensor] | None = None,
        constraint: Callable[[Tensor], Tensor] | None = None,
        autocast: bool = True,
        *,
        initializer: Any = None,
        shape: Any = None,
        aggregation: str | None = None,
        synchronization: str | None = None,
    ) -> None:
        _known(aggregation, AGGREGATIONS, "aggregation")
        _known(synchronization, SYNCHRONIZATIONS, "synchronization")
        value = initializer if value is None else value
        if value is None or isinstance(value, str) or callable(value):
            value = _begun(value, shape, dtype)
        if isinstance(value, Tensor | list | tuple):
            value = as_tensor(value)
            doors.number(value, "a Variable, which is state of its own,")
            value = value.array
        super().__init__(value, dtype, requires_grad=trainable)
        if context.room is not None:
            context.room.take(self.array.nbytes)
        self.trainable = trainable
        self.name, self.path = name, scoped(name)
        self.regularizer = regularizer
        self.constraint, self.autocast = constraint, autocast

    @property
    def dtype(self) -> np.dtype:
        """What its contents are, or what they are read in: see `AutocastScope`."""
        dtype = self.array.dtype
        if reading and mode.reads is not None and self.autocast and kind_of(dtype) == "f":
            return mode.reads  # type: ignore[no-any-return]
        return dtype

    @property
    def value(self) -> Tensor:
        """The contents, as `assign` takes them: the variable itself, for it is a tensor."""
        return self

    @no_grad()
    def assign_add(self, value: Any) -> Tensor:
        """Adds to the contents."""
        return self.assign(self._whole() + value)

    @no_grad()
    def assign_sub(self, value: Any) -> Tensor:
        """Subtracts from the contents."""
        return self.assign(self._whole() - value)

    def _whole(self) -> Tensor:
        """The contents in their own dtype, whatever they are read in."""
        return self if mode.reads is None else wrap(self.array)

    def __repr__(self) -> str:
        text = super().__repr__().removeprefix("Tensor(").removesuffix(")")
        return f"Variable({self.path!r}, {text})"

    def __copy__(self) -> Variable:
        return self.__deepcopy__({})

    def __setitem__(self, key: Any, value: Any) -> None:
        if mode.taping and self.node is not None:
            raise GradientError(
                f"item assignment to the variable {self.path!r} while derivatives are taped: it "
                "would be a weight no longer, but a computed value. Assign to it inside 'with "
                "no_grad():', or to a copy (w = variable.copy())."
            )
        super().__setitem__(key, value)  # type: ignore[misc]

    def __deepcopy__(self, memo: dict) -> Variable:
        leaf = isinstance(self.node, Leaf)
        twin = type(self)(
            self.array, None, leaf, self._name, self.regularizer, self.constraint, self.autocast
        )
        twin.path = self.path
        return twin

    def __reduce__(self) -> tuple:
        ways = (self.regularizer, self.constraint, self.autocast)
        made = (self._picklable(), None, self.trainable, self._name, *ways)
        return (_restored, (type(self), self.path, *made))


class Carried(Variable):
    """What a layer carries from batch to batch: kept in files, and no weight."""
