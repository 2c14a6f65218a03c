"""Calls as functions of a layer's variables: nothing changes, and every derivative is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(8, 4)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")


def net() -> nn.Sequential:
    nn.set_random_seed(5)
    return nn.Sequential([
        nn.Input((4,)), nn.Dense(3, activation="tanh", kernel_regularizer="l2"),
        nn.layers.BatchNormalization(), nn.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def arrays(tensors: Any) -> list[np.ndarray]:
    return [np.array(t.numpy()) for t in tensors]


def close(one: Any, other: Any) -> None:
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_call_with_other_contents_changes_nothing() -> None:
    model, twin = net(), net()
    moving = [v + 0.5 for v in model.trainable_variables]
    others = [v + 0.25 for v in model.non_trainable_variables]
    before = arrays(model.weights)
    y, held, losses = model.stateless_call(moving, others, X, training=True, return_losses=True)
    close(arrays(model.weights), before)
    for v, new in zip(twin.trainable_variables, moving, strict=True):
        v.assign(new)
    for v, new in zip(twin.non_trainable_variables, others, strict=True):
        v.assign(new)
    told = twin(X, training=True)
    close([y.numpy(), *arrays(held)], [told.numpy(), *arrays(twin.non_trainable_variables)])
    close([float(sum(losses))], [float(sum(twin.losses))])
    assert model.losses and len(model.losses) == len(twin.losses)  # none is left of the record


def test_derivatives_are_those_of_the_layers_weights() -> None:
    model = net()

    def loss(weights: Any) -> Any:
        y, _ = model.stateless_call(weights, model.non_trainable_variables, X)
        return ag.mean(ag.square(y - Y))

    weights = list(model.trainable_variables)
    ag.mean(ag.square(model(X) - Y)).backward()
    close(arrays(ag.grad(loss)(weights)), [v.grad.numpy() for v in weights])
    wide = nn.Dense(2, activation="tanh", dtype="float64")
    wide.build((None, 3))
    x = RNG.normal(size=(2, 3))
    report = ag.check_gradients(
        lambda kernel, bias: ag.sum(wide.stateless_call([kernel, bias], [], x)[0] ** 2),
        RNG.normal(size=(3, 2)), RNG.normal(size=2), order=2,
    )  # fmt: skip
    assert report, str(report)


@pytest.mark.parametrize("native", [False, True])
def test_a_loop_of_ones_own_trains_as_fit_does(native: bool) -> None:
    model, twin = net(), net()
    optimizer = nn.Adam(0.01)
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, "binary_crossentropy", metrics=["mae"])
    twin.compile(nn.Adam(0.01), "binary_crossentropy", metrics=["mae"])

    def loss_of(moving: Any, others: Any, measured: Any) -> Any:
        y, others, losses = model.stateless_call(
            moving, others, X, training=True, return_losses=True
        )
        del losses  # compute_loss has them
        loss, (_, _, measured) = model.stateless_compute_loss(
            moving, others, measured, x=X, y=Y, y_pred=y
        )
        return loss, (others, measured)

    def step(moving: Any, others: Any, slots: Any, measured: Any) -> Any:
        with_slopes = ag.value_and_grad(loss_of, has_aux=True)
        (loss, (others, measured)), slopes = with_slopes(moving, others, measured)
        moving, slots = optimizer.stateless_apply(slots, slopes, moving)
        return loss, moving, others, slots, measured

    run = ag.jit(step) if native else step
    state = (
        list(model.trainable_variables), list(model.non_trainable_variables),
        list(optimizer.variables), list(model.metrics_variables),
    )  # fmt: skip
    losses = []
    for _ in range(4):
        loss, *state = run(*state)
        losses.append(float(loss))
    history = twin.fit(X, Y, batch_size=8, epochs=4, shuffle=False, verbose=0).history
    close([losses], [history["loss"]])
    close(arrays(state[0]), arrays(twin.trainable_variables))
    close(arrays(state[1]), arrays(twin.non_trainable_variables))


def test_what_a_layer_draws_goes_on() -> None:
    layer = nn.layers.Dropout(0.5, seed=3)
    layer(X)
    first, second = (layer.stateless_call([], [], X, training=True)[0] for _ in range(2))
    assert (first.numpy() != second.numpy()).any()


def test_what_does_not_fit_is_refused() -> None:
    layer = nn.Dense(2)
    with pytest.raises(ValueError, match="before it was built; expected variables"):
        layer.stateless_call([], [], X)
    layer(X)
    with pytest.raises(ValueError, match="received 1 trainable_variables; expected 2"):
        layer.stateless_call([layer.kernel], [], X)
    with pytest.raises(ShapeError, match=r"shape \(3, 2\) for '.*kernel'; expected \(4, 2\)"):
        layer.stateless_call([ag.zeros((3, 2)), layer.bias], [], X)
