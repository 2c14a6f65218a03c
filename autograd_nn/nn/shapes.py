"""Shapes of inputs: one, or a structure of them, with None where any size will do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn.renamed import warn_user

Shape = tuple[int | None, ...]
SHAPE_OPTIONS = (
    "input_shape", "input_dim", "batch_input_shape", "batch_shape", "input_length", "batch_size",
)  # fmt: skip


def frozen_shape(shape: Any) -> Any:
    """A shape, or a structure of shapes, with the sizes in tuples; None stays None."""
    return None if shape is None else map_shapes(tuple, shape)


def is_shape(value: Any) -> bool:
    """Whether this is one shape, and not a structure of shapes."""
    return isinstance(value, list | tuple) and all(
        n is None or isinstance(n, int | np.integer) for n in value
    )


def map_shapes(function: Callable[[Any], Any], shapes: Any) -> Any:
    """``function`` of every shape in a structure of shapes.

    >>> map_shapes(len, {"a": (None, 3), "b": [(2,), (2, 2, 2)]})
    {'a': 2, 'b': [1, 3]}
    """
    if is_shape(shapes):
        return function(shapes)
    if isinstance(shapes, dict):
        return {k: map_shapes(function, v) for k, v in shapes.items()}
    if not isinstance(shapes, list | tuple):
        raise ShapeError(
            f"received the shape {shapes!r}; expected sizes, as in (None, 3), or a list, tuple or "
            "dict of such."
        )
    found = [map_shapes(function, v) for v in shapes]
    kind = type(shapes)
    return kind(*found) if hasattr(kind, "_fields") else kind(found)


def fitting(shape: Any, known: Any) -> bool:
    """Whether a shape, or a structure of shapes, is what was known, None standing for any size."""
    if is_shape(known):
        if not is_shape(shape):
            return False
        pairs = zip(known[1:], shape[1:], strict=False)
        return len(shape) == len(known) and all(n is None or m is None or n == m for n, m in pairs)
    if type(shape) is not type(known) or len(shape) != len(known):
        return False
    if isinstance(known, dict):
        return shape.keys() == known.keys() and all(fitting(shape[k], known[k]) for k in known)
    return all(fitting(a, b) for a, b in zip(shape, known, strict=True))


def declared_shape(options: dict[str, Any], ndim: int | None = None) -> Shape | None:
    """The input's shape, taken out of a layer's options; None where they do not say it.

    ndim   how many dimensions the layer takes, where that is settled.
    """
    given = {k: options.pop(k) for k in SHAPE_OPTIONS if k in options}
    given = {k: v for k, v in given.items() if v is not None}
    if "input_length" in given:
        warn_user("received input_length=, an old spelling; write input_shape= in its place.")
    if ndim == 3 and "input_dim" in given:
        given = {"input_shape": (given.pop("input_length", None), given.pop("input_dim")), **given}
    elif ndim == 3 and len(given) > 1 and given.get("input_length") in _second(given):
        del given["input_length"]
    batch = given.pop("batch_size", None)
    if not given:
        return None
    name, value = next(iter(given.items()))
    sizes = _as_batch_shape(name, value)
    several = [sizes, *(_as_batch_shape(k, v) for k, v in given.items())]
    told = [{n for n in at if n is not None} for at in zip(*several, strict=False)]
    if len({len(s) for s in several}) > 1 or any(len(at) > 1 for at in told):
        raise ValueError(
            f"received {', '.join(f'{k}={v!r}' for k, v in given.items())}, which differ; expected "
            "one of them, or the same shape in each."
        )
    sizes = [next(iter(at), None) for at in told]
    if batch is not None and sizes:
        sizes[0] = batch
    for n in sizes:
        if n is not None and (isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1):
            raise ShapeError(
                f"received {name}={value!r}; expected positive integers (None where any size will "
                "do)."
            )
    return tuple(n if n is None else int(n) for n in sizes)


def _second(given: dict[str, Any]) -> list[Any]:
    """What shapes say of the axis behind the batch's."""
    shapes = [_as_batch_shape(k, v) for k, v in given.items() if k.endswith("shape")]
    return [shape[1] for shape in shapes if len(shape) > 1]


def _as_batch_shape(name: str, value: Any) -> Any:
    if name == "input_dim":
        return (None, value)
    sizes = (value,) if isinstance(value, int) else tuple(value)
    return (None, *sizes) if name in ("input_shape", "input_length") else sizes
