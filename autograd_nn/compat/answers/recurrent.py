"""Keras 0's JZS1, JZS2 and JZS3: gated units that a search found beside the GRU.

Source: Jozefowicz, Zaremba and Sutskever, "An Empirical Exploration of Recurrent Network
Architectures" (2015), which calls them MUT1, MUT2 and MUT3.
"""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import layers, random
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.fields import known, weight
from autograd_nn.nn.registry import named

PARTS = "zrh"


class _Mutated(layers.GRUCell):
    """The base: y = z⊙g(… + (r⊙h)U) + (1 - z)⊙h, with z and r the sigmoids of their parts.

    of_x, of_state   the parts that have a product with the input, and with the state. What has
                     none with the input takes it as it is, or where its size is another by a fixed
                     projection.
    """

    of_x = of_state = PARTS

    def build(self, input_shape: Shape) -> None:
        width, units = known(self, input_shape, -1), self.units
        self.kernel = weight(self, "kernel", (width, len(self.of_x) * units))
        self.recurrent_kernel = weight(
            self, "recurrent", (units, len(self.of_state) * units), "recurrent_kernel"
        )
        self.bias = weight(self, "bias", self.bias_shape()) if self.use_bias else None
        self.projection = None
        if self.of_x != PARTS and width != units:
            self.projection = self.add_weight(
                (width, units), _signs, trainable=False, name="projection"
            )

    def call(  # type: ignore[override]
        self, inputs: Tensor, states: Any, training: bool | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        h = states[0] if isinstance(states, list | tuple) else states
        x, own = self.dropped(inputs, h, [h], training)
        parts = self._cut(ops.matmul(x, self.kernel), self.of_x)
        for part in PARTS:
            if part not in parts:
                parts[part] = self.plain(
                    x if self.projection is None else ops.matmul(x, self.projection)
                )
        if self.bias is not None:
            parts = {k: v + parts[k] for k, v in self._cut(self.bias, PARTS).items()}
        u = self._cut(self.recurrent_kernel, self.of_state)
        gate, function = self.recurrent_activation, self.activation
        z = parts["z"] + ops.matmul(self.seen(own), u["z"]) if "z" in u else parts["z"]
        r = parts["r"] + ops.matmul(own, u["r"])
        z, r = (z, r) if gate is None else (gate(z), gate(r))
        new = parts["h"] + ops.matmul(r * own, u["h"])
        y = z * (new if function is None else function(new)) + (1 - z) * h
        return y, [y]

    def _cut(self, product: Tensor, parts: str) -> dict[str, Tensor]:
        n = self.units
        return {part: product[..., i * n : (i + 1) * n] for i, part in enumerate(parts)}

    def plain(self, x: Tensor) -> Tensor:
        """An input that is taken without a product."""
        return x

    def seen(self, h: Tensor) -> Tensor:
        """The state as z sees it."""
        return h


def _signs(shape: tuple[int, ...], dtype: Any = None) -> Tensor:
    """A projection that keeps lengths about as they are: ±1/√d."""
    drawn = random.uniform(shape, -1.0, 1.0, dtype=dtype)
    return ops.divide(ops.sign(drawn), shape[0] ** 0.5)


@named()
class JZS1Cell(_Mutated):
    """z = σ(xW + b), and the candidate takes tanh(x) as it is; (n, d), [(n, units)] → the same."""

    of_x, of_state = "zr", "rh"

    def plain(self, x: Tensor) -> Tensor:
        return ops.tanh(x)


@named()
class JZS2Cell(_Mutated):
    """r = σ(x + hU + b); (n, d), [(n, units)] → the same."""

    of_x = "zh"


@named()
class JZS3Cell(_Mutated):
    """z = σ(xW + tanh(h)U + b); (n, d), [(n, units)] → the same."""

    def seen(self, h: Tensor) -> Tensor:
        return ops.tanh(h)


class _Layer(layers.GRU):
    """A layer around such a cell, with the fields of `layers.GRU`."""

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid",
        reset_after: bool = False, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            units, activation, recurrent_activation, reset_after=reset_after, **options
        )


@named()
class JZS1(_Layer):
    """`JZS1Cell` over a sequence, (n, t, d) → (n, units).

    >>> JZS1(3)(ops.ones((2, 5, 4))).shape
    (2, 3)
    """

    made = JZS1Cell


@named()
class JZS2(_Layer):
    """`JZS2Cell` over a sequence, (n, t, d) → (n, units).

    >>> JZS2(3, return_sequences=True)(ops.ones((2, 5, 4))).shape
    (2, 5, 3)
    """

    made = JZS2Cell


@named()
class JZS3(_Layer):
    """`JZS3Cell` over a sequence, (n, t, d) → (n, units).

    >>> JZS3(3)(ops.ones((2, 5, 4))).shape
    (2, 3)
    """

    made = JZS3Cell


__all__ = ["JZS1", "JZS1Cell", "JZS2", "JZS2Cell", "JZS3", "JZS3Cell"]
