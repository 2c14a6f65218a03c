"""Layers whose results are forgotten, and computed again on the way back: `RematScope`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.nn.activations import linear
from autograd_nn.nn.context import context
from autograd_nn.nn.shapes import is_shape

MODES = ("full", "activations", "larger_than", "list_of_layers", None)


class RematScope:
    """Within ``with``, layers that are made keep their arguments alone for the way back.

    mode    'full' for all layers, 'activations' for those that have an activation, 'larger_than'
            for those whose result has more than ``output_size_threshold`` numbers,
            'list_of_layers' for those of ``layer_names``, None for none.
    What is within is computed once more, as `nn.remat` says. Models are not, their layers are.
    Raises ValueError for another mode.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> with nn.RematScope(mode="activations"):
    ...     model = nn.Sequential([nn.Dense(8, activation="tanh"), nn.Dense(1)])
    >>> model(np.ones((2, 3))).shape
    (2, 1)
    """

    def __init__(
        self, mode: str | None = "full", output_size_threshold: int = 1024,
        layer_names: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        if mode not in MODES:
            raise ValueError(
                f"RematScope received mode={mode!r}; expected one of {', '.join(map(repr, MODES))}."
            )
        self.mode, self.output_size_threshold = mode, output_size_threshold
        self.layer_names = list(layer_names or ())

    def __enter__(self) -> RematScope:
        self._before = context.remat
        context.remat = self
        return self

    def __exit__(self, *raised: Any) -> None:
        context.remat = self._before

    def covers(self, layer: Any, inputs: Any) -> bool:
        """Whether a layer's call on inputs is to be computed again."""
        if hasattr(layer, "fit") or context.again:
            return False
        if self.mode == "activations":
            found = getattr(layer, "activation", None)
            return found is not None and found is not linear
        if self.mode == "list_of_layers":
            return layer.name in self.layer_names
        if self.mode == "larger_than":
            found = layer.compute_output_shape(tree.map(lambda x: x.shape, inputs))
            shapes = [found] if is_shape(found) else found
            return sum(math.prod(s) for s in shapes) > self.output_size_threshold
        return self.mode == "full"

    def call(self, layer: Any, inputs: Any) -> Callable[..., Any]:
        """A layer's call on these inputs, computed again on the way back where it is covered."""
        if not self.covers(layer, inputs):
            return layer.call  # type: ignore[no-any-return]
        from autograd_nn.engine.transforms.checkpoint import checkpoint  # when asked for

        def run(x: Any, kwargs: dict[str, Any]) -> Any:
            before, context.added, context.again = context.added, [], True
            try:
                return layer.call(x, **kwargs), context.added
            finally:
                context.added, context.again = before, False

        held = checkpoint(run)

        def call(x: Any, **kwargs: Any) -> Any:
            y, added = held(x, kwargs)
            for loss in added:  # results of the whole, as y is
                layer.add_loss(loss)
            return y

        return call
