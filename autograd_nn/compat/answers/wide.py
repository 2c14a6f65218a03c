"""``keras.experimental``'s models of tables: a linear one, and one beside a deep one."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn import activations, ops
from autograd_nn.nn.layers import Dense
from autograd_nn.nn.models import Model
from autograd_nn.nn.utils import unpack_x_y_sample_weight


class LinearModel(Model):
    """y = σ(Σ x_i W_i + b), of one input, or of several in a list or a dict.

    >>> LinearModel(units=2)(ops.ones((3, 4))).shape
    (3, 2)
    """

    def __init__(
        self, units: int = 1, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "zeros", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, bias_regularizer: Any = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(**options)
        self.units, self.activation = units, activations.get(activation)
        self.use_bias = use_bias
        self._kernel = kernel_initializer, kernel_regularizer
        self._bias = bias_initializer, bias_regularizer
        self.dense_layers: list[Any] = []

    def build(self, input_shape: Any = None) -> None:
        """Makes a kernel for each input; the first has the bias."""
        kernel, penalty = self._kernel
        bias, bias_penalty = self._bias
        shapes = input_shape
        if isinstance(shapes, dict):
            shapes = [shapes[name] for name in sorted(shapes)]
        several = bool(shapes) and isinstance(shapes[0], list | tuple)
        for i in range(len(shapes) if several else 1):
            self.dense_layers.append(Dense(
                self.units, use_bias=self.use_bias and not i, kernel_initializer=kernel,
                bias_initializer=bias, kernel_regularizer=penalty, bias_regularizer=bias_penalty,
            ))  # fmt: skip
        super().build(input_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """The sum of what each input gives."""
        if isinstance(inputs, dict):
            inputs = [inputs[name] for name in sorted(inputs)]
        given = inputs if isinstance(inputs, list | tuple) else [inputs]
        parts = [layer(x) for layer, x in zip(self.dense_layers, given, strict=True)]
        return self.activation(sum(parts[1:], parts[0]))


class WideDeepModel(Model):
    """y = σ(linear(x) + deep(x)), each of its own inputs where a pair of them is given.

    linear_model, dnn_model   models; `compile` may be given an optimizer for each, in a list.
    """

    def __init__(
        self, linear_model: Any, dnn_model: Any, activation: Any = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.linear_model, self.dnn_model = linear_model, dnn_model
        self.activation = activations.get(activation)
        self.dnn_optimizer: Any = None

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """The sum of both."""
        pair = isinstance(inputs, list | tuple) and len(inputs) == 2
        wide, deep = inputs if pair else (inputs, inputs)
        return self.activation(ops.add(self.linear_model(wide), self.dnn_model(deep)))

    def compile(self, optimizer: Any = "rmsprop", *args: Any, **options: Any) -> None:
        """`Model.compile`; of two optimizers the second is the deep model's."""
        from autograd_nn.nn import optimizers

        self.dnn_optimizer = None
        if isinstance(optimizer, list | tuple):
            optimizer, deep = optimizer
            self.dnn_optimizer = optimizers.get(deep)
        super().compile(optimizer, *args, **options)

    def train_step(self, data: Any) -> Any:
        """A step of both, each by its own optimizer where there are two."""
        if self.dnn_optimizer is None:
            return super().train_step(data)
        from autograd_nn.compat.tensorflow.training.tape import GradientTape

        x, y, weights = unpack_x_y_sample_weight(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred, weights)
        wide = self.linear_model.trainable_variables
        deep = self.dnn_model.trainable_variables
        slopes = tape.gradient(loss, [*wide, *deep])
        self.optimizer.apply_gradients(zip(slopes[: len(wide)], wide, strict=True))
        self.dnn_optimizer.apply_gradients(zip(slopes[len(wide) :], deep, strict=True))
        return {"loss": loss, **self.compute_metrics(x, y, y_pred, weights)}
