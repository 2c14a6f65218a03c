"""Optimizers as Keras's documentation has users write them: `build` and `update_step`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn import ops

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True) * 2


@nn.saving.register_keras_serializable("tests")
class Momentum(nn.optimizers.Optimizer):
    """SGD with momentum; ``step`` and ``velocities`` are names of its own."""

    def __init__(self, learning_rate: Any = 0.1, momentum: float = 0.9, **options: Any) -> None:
        super().__init__(learning_rate=learning_rate, **options)
        self.momentum, self.step = momentum, 0

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        self.velocities = [self.add_variable_from_reference(v, name="velocity") for v in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        rate = ops.cast(learning_rate, variable.dtype)
        kept = self.velocities[self._get_variable_index(variable)]
        self.assign(kept, self.momentum * kept - rate * gradient)
        self.assign_add(variable, kept)


def trained(optimizer: Any, eager: bool, epochs: int = 4) -> Any:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1, kernel_initializer="ones")])
    model.compile(optimizer, "mse", run_eagerly=eager)
    model.fit(X, Y, batch_size=8, epochs=epochs, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize(
    "options",
    [
        {}, {"clipnorm": 0.5}, {"weight_decay": 0.01}, {"gradient_accumulation_steps": 2},
        {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3},
    ],
)  # fmt: skip
def test_it_is_the_optimizer_that_it_says(options: dict[str, Any], eager: bool) -> None:
    own = trained(Momentum(0.1, **options), eager)
    ours = trained(nn.SGD(0.1, momentum=0.9, **options), eager)
    for a, b in zip(own.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert int(own.optimizer.iterations) == int(ours.optimizer.iterations)


def test_what_it_remembers_is_its_state(tmp_path: Path) -> None:
    model = trained(Momentum(nn.optimizers.schedules.ExponentialDecay(0.1, 2, 0.9)), False)
    names = [v.name for v in model.optimizer.variables]
    assert names[0] == "iteration" and sum("velocity" in n for n in names) == 2
    model.save(tmp_path / "a.agn")
    twin = nn.models.load_model(tmp_path / "a.agn")
    for m in (model, twin):
        m.fit(X, Y, batch_size=8, epochs=1, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_scaled_loss_spares_it_a_step_that_overflows() -> None:
    inner = Momentum(0.1)
    optimizer = nn.optimizers.LossScaleOptimizer(inner)
    w = nn.Variable([1.0, 2.0])
    optimizer.build([w])
    optimizer.apply([np.array([np.inf, 1.0], "float32")], [w])
    assert w.numpy().tolist() == [1.0, 2.0] and not inner.velocities[0].numpy().any()


def test_without_an_update_it_is_told() -> None:
    class Nothing(nn.optimizers.Optimizer):
        pass

    with pytest.raises(NotImplementedError, match="defines no update"):
        Nothing(0.1).apply([np.ones(2)], [nn.Variable([1.0, 2.0])])
