"""What layers of Keras 0 had: an input that is assigned, results that are asked for.

Also Keras 2's ``Input(tensor=values)``: what enters is known already, and nothing is fed for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.engine.tensor import as_tensor
from autograd_nn.nn.context import context
from autograd_nn.nn.layers.input import InputLayer
from autograd_nn.nn.network import Network
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.symbols import Symbol


def stands_for(values: Any, shape: Any = None) -> Any:
    """A symbol of values that are known: a variable's are those of when it is computed.

    shape   what others may be of that are given in their place; left out, theirs.

    >>> from autograd_nn import compat
    >>> from autograd_nn.compat.functions.phases import function
    >>> with compat.install_as("keras"):
    ...     function([], 2 * stands_for([1.0, 2.0]))([]).tolist()
    [2.0, 4.0]
    """
    return InputLayer(input_tensor=values, batch_shape=shape).symbol()


def _of_values(today: Any) -> Any:
    """`InputLayer`, of values in place of a symbol as well; of two shapes the batch's counts."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        if args and args[0] is not None and len(args) > 5 and args[5] is not None:
            warn_user(f"Input: shape={args[0]} beside batch_shape={args[5]} is not looked at.")
            args = None, *args[1:]
        given = options.get("input_tensor", args[6] if len(args) > 6 else None)
        if given is None or isinstance(given, Symbol):
            today(self, *args, **options)
            if given is not None and given.call.inputs:
                self.__dict__["_computed"] = given
            return
        x = as_tensor(given)
        name = {k: v for k, v in options.items() if k == "name"}
        told = options.get("batch_shape")
        today(self, batch_shape=x.shape if told is None else told, dtype=x.dtype.name, **name)
        self.__dict__.update(_values=given, _gives=True)

    return __init__


def _giving(today: Any) -> Any:
    """`InputLayer.__call__`, of nothing: the values that are known."""

    def __call__(self: Any, *args: Any, **options: Any) -> Any:
        if not args and "_values" in vars(self):
            return as_tensor(vars(self)["_values"])
        return super(InputLayer, self).__call__(*args, **options)

    return __call__


def _computed_before(today: Any) -> Any:
    """`InputLayer.symbol`, which of a symbol that was computed of others is that symbol."""

    @wraps(today)
    def symbol(self: Any) -> Any:
        found = vars(self).get("_computed")
        return today(self) if found is None else found

    return symbol


def _assigned(today: Any) -> Any:
    """`Layer.input`, which in Keras 0 was assigned: a model that begins with it reads that."""

    def entry(self: Any) -> Any:
        return vars(self)["_entry"] if "_entry" in vars(self) else today.__get__(self)

    def assign(self: Any, value: Any) -> None:
        self.__dict__["_entry"] = value if isinstance(value, Symbol) else stands_for(value)

    return property(entry, assign)


def _from_entry(today: Any) -> Any:
    """`Sequential._symbols`, from what was assigned to the first layer's ``input``."""

    @wraps(today)
    def _symbols(self: Any, what: str) -> Network:
        entry = vars(self._chain[0]).get("_entry") if self._chain else None
        if entry is not None and self._chained is None:
            x = entry
            for layer in self._chain:
                x = layer(x)
            self._chained = Network(entry, x)
        found: Network = today(self, what)
        return found

    return _symbols


def _get_input(today: Any) -> Any:
    def get_input(self: Any, train: bool = False) -> Any:
        """What the layer reads."""
        return vars(self)["_given"] if "_given" in vars(self) else self.input

    return get_input


def _set_input(today: Any) -> Any:
    def set_input(self: Any, input_tensor: Any, shape: Any = None) -> None:
        """Assigns the input, as Keras 1 did."""
        self.input = input_tensor

    return set_input


def _get_output(today: Any) -> Any:
    def get_output(self: Any, train: bool = False) -> Any:
        """What the layer gives."""
        return self.output

    get_output.__qualname__ = "Layer.get_output"
    return get_output


def _shape_at(name: str) -> Callable[[Any], Any]:
    def make(today: Any) -> Any:
        def shape_at(self: Any, node_index: int) -> Any:
            return tree.map(lambda x: tuple(x.shape), getattr(self, name)(node_index))

        shape_at.__doc__ = f"The shapes of `{name}`."
        return shape_at

    return make


def _by_get_output(today: Any) -> Any:
    """`Layer.call`, of a layer that defines ``get_output`` in its place."""

    @wraps(today)
    def call(self: Any, inputs: Any) -> Any:
        if getattr(type(self).get_output, "__qualname__", "") == "Layer.get_output":
            return today(self, inputs)
        self.__dict__["_given"] = inputs
        try:
            return self.get_output(bool(context.training))
        finally:
            del self.__dict__["_given"]

    return call


def _after_its_call(today: Any) -> Any:
    """`Layer._told_outline`; up to Keras 2 a layer was asked for its shape after its call.

    What reads of the call what there is none of yet is asked no more: trials tell its shape.
    """

    @wraps(today)
    def _told_outline(self: Any, shapes: Any) -> Any:
        if "_shape_untold" not in vars(self):
            try:
                return today(self, shapes)
            except Exception:
                self.__dict__["_shape_untold"] = True
        return None

    return _told_outline


class _Weight:
    """What Keras 1 called a weight, ``layer.W``; a layer that has one of that name has its own."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __get__(self, layer: Any, kind: Any = None) -> Any:
        for name in self.names:
            if (found := getattr(layer, name, None)) is not None:
                return found
        raise AttributeError(
            f"{type(layer).__name__} has none of {', '.join(self.names)}; expected a layer that "
            "has been built with weights."
        )


def _told_causal(today: Any) -> Any:
    """`Attention`, told ``causal=True``, which its calls are told today."""

    @wraps(today)
    def __init__(self: Any, *args: Any, causal: bool = False, **options: Any) -> None:
        today(self, *args, **options)
        if causal:
            warn_user("Attention: causal= is told to calls today, as use_causal_mask=True.")
        self.__dict__["_causal"] = bool(causal)

    return __init__


def _causally(today: Any) -> Any:
    @wraps(today)
    def call(self: Any, *args: Any, **options: Any) -> Any:
        if vars(self).get("_causal"):
            options["use_causal_mask"] = True
        return today(self, *args, **options)

    return call


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.layer:Layer": {
        "input": _assigned, "set_input": _set_input, "get_input": _get_input,
        "get_output": _get_output, "call": _by_get_output, "_told_outline": _after_its_call,
        "get_input_shape_at": _shape_at("get_input_at"),
        "get_output_shape_at": _shape_at("get_output_at"),
        "W": lambda today: _Weight("kernel", "embeddings"), "b": lambda today: _Weight("bias"),
    },
    "autograd_nn.nn.layers.attention.pairs:Attention": {
        "__init__": _told_causal, "call": _causally,
    },
    "autograd_nn.nn.layers.input:InputLayer": {
        "__init__": _of_values, "__call__": _giving, "symbol": _computed_before,
    },
    "autograd_nn.nn.models:Sequential": {"_symbols": _from_entry},
}  # fmt: skip
