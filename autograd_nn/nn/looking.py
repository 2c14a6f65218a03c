"""Looking: what a model does where it begins with layers that look at values on the host."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import tree
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.front import Prepared
from autograd_nn.nn.network import Network
from autograd_nn.nn.shapes import fitting
from autograd_nn.nn.symbols import Outline, symbols_in
from autograd_nn.nn.text import is_text


class Looking:
    """What of a model runs before its program; `Model` has it."""

    input_shape: Any
    _own_layer_graph: Network | None = None
    _wider: Network | None = None  # the same with what `add_loss` was given, and what losses read

    @property
    def _running(self) -> Network | None:
        """The calls that are run, where it is not a function of its own."""
        return self._own_layer_graph if self._wider is None else self._wider

    @property
    def _raw(self) -> bool:
        """Whether it begins with layers that look at values on the host: see `Front`."""
        return self._running is not None and self._running.front is not None

    @property
    def _text(self) -> bool:
        """Whether what enters, of one input, is text."""
        known = self._own_layer_graph
        return known is not None and len(known.entries) == 1 and is_text(known.entries[0].dtype)

    def _first_looked(self, args: tuple) -> tuple:
        """What it is called on, its front's results in place of its inputs where it has one."""
        if not args or isinstance(args[0], Prepared) or symbols_in(args[0]):
            return args
        if not isinstance(args[0], Tensor):
            self._meet_data(args[0])
        return (self._look_at_values(args[0]), *args[1:]) if self._raw else args

    def _meet_data(self, inputs: Any) -> None:
        """Builds a chain of layers that takes text, once there is some."""

    def _look_at_values(self, inputs: Any) -> Prepared:
        """What its front makes of inputs."""
        running: Any = self._running
        return running.look(inputs)

    def _looked(self, prepared: Prepared) -> Any:
        """Its result, of what `_look_at_values` gave."""
        return self(prepared)  # type: ignore[operator]

    def _admit(self, inputs: Any) -> Any:
        if isinstance(inputs, Prepared):
            return inputs
        return super()._admit(inputs)  # type: ignore[misc]

    def _outline_of(self, shapes: Any) -> Any:
        if self._running is None or not self._raw or not fitting(shapes, self.input_shape):
            return None
        model: Any = self
        ends = model._symbols("output").outputs
        return tree.map(lambda y: Outline(y.shape, y.dtype), ends)
