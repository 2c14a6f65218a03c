"""Bidirectional: a sequence read from both ends."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.alike import alike
from autograd_nn.nn.context import scoped
from autograd_nn.nn.layers.wrapper import Wrapper
from autograd_nn.nn.registry import find, named

MODES = ("concat", "sum", "mul", "ave", None)


class _Shared:
    """An attribute that the layer which runs forwards has; both get what is set."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, owner: Any, kind: type) -> Any:
        return self if owner is None else bool(getattr(owner.forward_layer, self._name, False))

    def __set__(self, owner: Any, value: Any) -> None:
        for layer in (owner.forward_layer, owner.backward_layer):
            setattr(layer, self._name, value)


@named()
class Bidirectional(Wrapper):
    """Runs a recurrent layer forwards, another like it backwards, and merges the two.

    layer            what runs forwards: an RNN, LSTM, GRU, …
    merge_mode       'concat', 'sum', 'mul', 'ave', or None for a list of both outputs.
    backward_layer   what runs backwards; None: a copy of the layer that does.
    Every step's output from behind stands at the step it was read. With return_state the states
    follow, those of the layer that runs forwards first; initial states come in that order, too, as
    ``initial_state`` or in a list behind the sequences. Raises ValueError for other modes, for
    layers that do not go opposite ways and for such as differ in what they return, ShapeError for
    states and outputs that do not fit.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Bidirectional(nn.layers.LSTM(3))(np.ones((2, 5, 4))).shape
    (2, 6)
    """

    _casts_integers = supports_masking = True
    _min_ndim = 3

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **options: Any,
    ) -> None:
        if merge_mode not in MODES:
            raise ValueError(
                f"Bidirectional received merge_mode={merge_mode!r}; expected one of {MODES}."
            )
        super().__init__(layer, **options)
        if not hasattr(layer, "go_backwards"):
            raise ValueError(
                f"Bidirectional received layer={layer!r}; expected a recurrent layer, which has a "
                "go_backwards."
            )
        self.merge_mode = merge_mode
        self.forward_layer = layer
        if backward_layer is None:
            self.backward_layer = alike(
                layer, go_backwards=not layer.go_backwards, name=f"backward_{layer.name}"
            )
            self._copied = True
        else:
            self.backward_layer, self._copied = backward_layer, False
        if self.backward_layer.go_backwards == layer.go_backwards:
            raise ValueError(
                "Bidirectional received two layers that go the same way; expected go_backwards of "
                "one to be True and of the other False."
            )
        for name in ("return_sequences", "return_state", "stateful"):
            ways = [bool(getattr(one, name, False)) for one in (layer, self.backward_layer)]
            if ways[0] is not ways[1]:
                raise ValueError(
                    f"Bidirectional received layers of {name}={ways[0]} and {name}={ways[1]}; "
                    "expected the same of both."
                )
        # What a masked step would repeat belongs to another step for the layer that goes backwards.
        for one in (self.forward_layer, self.backward_layer):
            one._keep(zero_output_for_mask=one.return_sequences)
        if weights is not None:
            self._given_weights = weights

    # What both layers are told, and this one is asked for.
    return_sequences = _Shared("return_sequences")
    return_state = _Shared("return_state")
    stateful = _Shared("stateful")

    def build(self, sequences_shape: Any, constants_shape: Any = None) -> None:  # type: ignore[override]
        told = {} if constants_shape is None else {"constants_shape": constants_shape}
        if not self.forward_layer.built:  # of which Keras has a copy of another name
            self.forward_layer.__dict__["_place"] = scoped(f"forward_{self.forward_layer.name}")
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape, **told)

    def _check_input(self, shape: Any) -> None:
        self.forward_layer._check_input(shape)

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = None,
        constants: Any = None,
    ) -> Any:
        if isinstance(sequences, list | tuple):
            sequences, *rest = sequences
            at = len(rest) - (getattr(self.forward_layer, "num_constants", 0) or 0)
            at = at if constants is None else len(rest)
            initial_state = initial_state if not at else rest[:at]
            sequences = [sequences, *rest[at:]] if rest[at:] else sequences
        states = [None, None] if initial_state is None else self._states(initial_state)
        found = []
        for layer, own in zip((self.forward_layer, self.backward_layer), states, strict=True):
            told = {} if own is None else {"initial_state": own}
            told |= {} if constants is None else {"constants": constants}
            y = layer(sequences, mask=mask, training=training, **told)
            y, *last = y if self.return_state else [y]
            if self.return_sequences and layer.go_backwards:
                y = ops.flip(y, axis=1)
            found.append((y, last))
        (a, first), (b, second) = found
        merged = self._merged(a, b)
        if not self.return_state:
            return merged
        return [*(merged if self.merge_mode is None else [merged]), *first, *second]

    def _states(self, given: Any) -> list[Any]:
        """What the layer that runs forwards begins with, and what the other one does."""
        found = tree.flatten(given)[0]
        at, rest = [len(tree.flatten(layer.get_initial_state(1))[0])
                    for layer in (self.forward_layer, self.backward_layer)]  # fmt: skip
        if len(found) != at + rest:
            raise ShapeError(
                f"layer {self.name!r} received {len(found)} initial states; expected {at + rest}: "
                f"{at} for the layer that runs forwards, then {rest} for the one that runs "
                "backwards."
            )
        return [found[:at], found[at:]]

    def _merged(self, a: Tensor, b: Tensor) -> Any:
        if self.merge_mode not in ("concat", None) and a.shape != b.shape:
            raise ShapeError(
                f"layer {self.name!r} has merge_mode={self.merge_mode!r} for outputs of shapes "
                f"{a.shape} and {b.shape}; expected as many units of both layers, or "
                "merge_mode='concat'."
            )
        if self.merge_mode == "concat":
            return ops.concatenate([a, b], axis=-1)
        if self.merge_mode == "sum":
            return a + b
        if self.merge_mode == "mul":
            return a * b
        return (a + b) / 2 if self.merge_mode == "ave" else [a, b]

    def reset_states(self) -> None:
        """Stateful layers begin anew, with zeros."""
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    reset_state = reset_states

    def compute_output_shape(self, input_shape: Any) -> Any:
        told = [layer.compute_output_shape(input_shape)
                for layer in (self.forward_layer, self.backward_layer)]  # fmt: skip
        (a, *first), (b, *second) = told if self.return_state else [[shape] for shape in told]
        shape = (*a[:-1], a[-1] + b[-1]) if self.merge_mode == "concat" else a
        merged = [a, b] if self.merge_mode is None else [shape]
        if not self.return_state:
            return merged if self.merge_mode is None else shape
        return [*merged, *first, *second]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if isinstance(mask, list | tuple) else mask
        own = mask if self.return_sequences else None
        outputs = [own, own] if self.merge_mode is None else [own]
        if self.return_state:
            for layer in (self.forward_layer, self.backward_layer):
                outputs += layer.compute_mask(inputs, mask)[1:]
            return outputs
        return outputs if self.merge_mode is None else own

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; a copy that runs backwards is made again."""
        config = super().get_config()
        config.pop("weights", None)
        if self._copied:
            config["backward_layer"] = None
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new object from `get_config`'s result."""
        given = {k: find(config[k], "layer") if config.get(k) is not None else None
                 for k in ("layer", "backward_layer")}  # fmt: skip
        return cls(**{**config, **given})


