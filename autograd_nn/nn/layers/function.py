"""Lambda: any function of tensors as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from autograd_nn.nn.checks import called
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.registry import look_up, named, own, scope
from autograd_nn.nn.shapes import is_shape, map_shapes
from autograd_nn.nn.symbols import Unseen


@named()
class Lambda(Layer):
    """Applies a function made of ops, y = function(x, **arguments).

    function       it may also take ``training`` and ``mask``.
    output_shape   the result's sizes but the batch's, or a function of the input's shape; None: it
                   is found by a call.
    mask           the result's mask, or a function (inputs, mask) of it; None: it ends here.
    arguments      further arguments by name.
    Variables that the function uses are not the layer's: subclass Layer for these. Raises TypeError
    for anything that cannot be called.

    >>> from autograd_nn import nn
    >>> nn.layers.Lambda(lambda x: x**2)([[1.0, 3.0]])
    Tensor([[1., 9.]], dtype=float32)
    """

    _reads_around = True
    _kept_as: ClassVar[dict[str, str]] = {"output_shape": "told_shape"}

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.function = called(function, "function", "Lambda")
        self.told_shape = output_shape
        self.mask, self.supports_masking = mask, mask is not None
        self.arguments = dict(arguments or {})
        try:
            taken = set(inspect.signature(function).parameters)
        except ValueError:
            taken = set()
        self.passed_on = tuple(name for name in ("training", "mask") if name in taken)

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        known = {"training": training, "mask": mask}
        told = {name: known[name] for name in self.passed_on}
        return self.function(inputs, **self.arguments, **told)

    def _later(self, inputs: Any, args: tuple, kwargs: dict[str, Any], training: Any) -> Any:
        try:
            return super()._later(inputs, args, kwargs, training)
        except Unseen:  # what it asks for is known of symbols alone: its parts are noted
            found = self.function(inputs, **self.arguments)
            single = isinstance(found, list) and len(found) == 1
            return found[0] if single else found

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self.told_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self.told_shape):
            return self.told_shape(input_shape)
        batch = input_shape[0] if is_shape(input_shape) else None
        return map_shapes(lambda sizes: (batch, *sizes), self.told_shape)

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
        safe_mode: bool | None = None,
    ) -> Any:
        """A new object from `get_config`'s result; its functions are looked up by name.

        custom_objects   a user's own functions, by name; one that was saved as code, or without a
                         name, by that of the layer, or as '<lambda>'.
        safe_mode        here for Keras's sake: code is never read from data.
        Raises ValueError where the name is not known, as that of a lambda never is.

        >>> from autograd_nn import nn
        >>> config = {"name": "twice", "function": ["4wAAAA==", None, None]}
        >>> nn.layers.Lambda.from_config(config, {"twice": lambda x: 2 * x})([1.0]).tolist()
        [2.0]
        """
        kept = {k: v for k, v in config.items() if k not in _KINDS}
        name = str(config.get("name"))
        with scope(custom_objects or {}):
            found = {k: _function(config.get(k), name) for k in _FUNCTIONS}
        return cls(**{**kept, **found})


_FUNCTIONS = ("function", "output_shape", "mask")
_KINDS = {  # what Keras 2 says of how they were saved
    "module", *(f"{name}_{kind}" for name in _FUNCTIONS for kind in ("type", "module")),
}  # fmt: skip


def _function(value: Any, layer: str) -> Any:
    """A function meant by its name, or by what stands for it in a file; anything else as it is."""
    if isinstance(value, dict) and "class_name" in value:
        value = value["config"] if value["class_name"] == "function" else value["class_name"]
    if isinstance(value, list | tuple) and value and isinstance(value[0], str):
        value = "__lambda__"  # code, as Keras 2 keeps it
    if not isinstance(value, str):
        return value
    if value in ("__lambda__", "<lambda>"):
        found = own(layer) or own("<lambda>")
        expected = f"the function itself, for code is in no file, or never run. Pass {layer!r}: it"
    else:
        found, expected = look_up(value), "the name of one that is. Register it, pass it"
    if found is None or isinstance(found, type):
        raise ValueError(
            f"Lambda.from_config received the function {value!r} of the layer {layer!r}, which "
            f"nobody registered; expected {expected} in custom_objects, or make the layer anew."
        )
    return found
