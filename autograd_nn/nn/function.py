"""Function: what lies between some symbols and others, computed anew for other inputs."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn.layers.input import Input
from autograd_nn.nn.lookup import unique_name
from autograd_nn.nn.network import Network
from autograd_nn.nn.shapes import map_shapes
from autograd_nn.nn.symbols import Call


class Function:
    """From symbols to symbols that follow from them, applied to tensors or to other symbols.

    inputs    a symbol, or a list, tuple or dict of some; outputs: the same.
    name      what it is called.
    It is no layer: weights among the calls stay those of their layers. Raises ValueError where
    there is no input, no output, or an output that depends on what is not among the inputs.

    >>> from autograd_nn import nn
    >>> a, b = nn.Input((2,)), nn.Input((2,))
    >>> f = nn.Function([a, b], {"sum": a + b, "product": a * b})
    >>> {k: y.tolist() for k, y in f([[[1.0, 2.0]], [[3.0, 4.0]]]).items()}
    {'sum': [[4.0, 6.0]], 'product': [[3.0, 8.0]]}
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        for what, given in (("inputs", inputs), ("outputs", outputs)):
            if not tree.flatten(given)[0]:
                raise ValueError(
                    f"`{what}` argument cannot be empty: Function received {what}={given!r}; "
                    "expected symbols, as Input and what is applied to it give."
                )
        self.name = name or unique_name("function")
        self._network = Network(inputs, outputs)
        given = {id(x.call) for x in tree.flatten(inputs)[0]}
        # What stands for symbols that came of something else, which is not part of it.
        self._standing = {id(x.call) for x in self._network.entries} - given

    @property
    def inputs(self) -> list[Any]:
        """The symbols that enter."""
        return list(self._network.entries)

    @property
    def outputs(self) -> list[Any]:
        """The symbols that come of it."""
        return list(self._network.results)

    @property
    def operations(self) -> list[Any]:
        """Its layers, and the calls of ops, in an order in which they can be computed."""
        calls = [c for c in self._network.calls if id(c) not in self._standing]
        return list(dict.fromkeys(map(_operation, calls)))

    def __call__(self, inputs: Any) -> Any:
        """The outputs for tensors, or arrays, or symbols.

        Raises ValueError for another structure, ShapeError for other shapes.
        """
        try:
            self._network.arranged(inputs)
        except ShapeError as error:
            raise ShapeError(f"{self.name!r} received incompatible inputs: {error}") from None
        except ValueError as error:
            raise ValueError(
                f"{self.name!r} received an invalid input structure: {error}"
            ) from None
        return self._network(inputs)

    def compute_output_spec(self, inputs: Any) -> Any:
        """The outputs for symbols."""
        return self(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The outputs' shapes for inputs' shapes."""
        entries = iter(self._network.entries)
        given = map_shapes(
            lambda shape: Input(batch_shape=tuple(shape), dtype=next(entries).dtype.name),
            input_shape,
        )
        return tree.map(lambda y: y.shape, self(given))

    def __repr__(self) -> str:
        shapes = (tree.map(lambda x: x.shape, v) for v in (self.inputs, self.outputs))
        return "<Function {!r}, {} → {}>".format(self.name, *shapes)


def _operation(call: Call) -> Any:
    return call.function if hasattr(call.function, "_noted") else call


__all__ = ["Function"]
