"""A layer's fields: those of one weight share a beginning, those of one sort an ending."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.variable import Variable
from autograd_nn.nn.weights import sort_of


def settle(layer: Layer, **fields: Any) -> None:
    """Keeps a constructor's arguments under their names; those that name an object, as the object.

    Raises ValueError for an unknown activation, initializer, regularizer or constraint.
    """
    for name, value in fields.items():
        find = sort_of(name)
        setattr(layer, name, value if find is None else find(value))


def weight(
    layer: Layer, name: str, shape: Any, called: str | None = None, start: Any = None
) -> Variable:
    """A weight made as the layer's fields NAME_initializer, _regularizer, _constraint say.

    called   its own name, where the fields' beginning is another.
    start    its initializer, where it is another.
    """
    return layer.add_weight(
        shape,
        start or getattr(layer, f"{name}_initializer"),
        regularizer=getattr(layer, f"{name}_regularizer"),
        constraint=getattr(layer, f"{name}_constraint"),
        name=called or name,
    )


def known(layer: Layer, input_shape: Any, axis: int) -> int:
    """An input's size along an axis; raises ShapeError where there is none, or it is not known."""
    shape: Shape = input_shape
    if not -len(shape) <= axis < len(shape) or shape[axis] is None:
        raise ShapeError(
            f"layer {layer.name!r} received an input of shape {shape}; expected a known size along "
            f"axis {axis}. Give it with Input, or call the layer on data of enough dimensions."
        )
    return shape[axis]  # type: ignore[return-value]


def axes_of(value: Any, where: str) -> int | list[int]:
    """An axis, or a list of axes; raises TypeError for anything else."""
    listed = [value] if isinstance(value, int) else value
    if (
        not isinstance(listed, list | tuple)
        or not listed
        or not all(isinstance(i, int) and not isinstance(i, bool) for i in listed)
    ):
        raise TypeError(
            f"{where} received axis={value!r}; expected a whole number or a list of them."
        )
    return value if isinstance(value, int) else list(listed)
