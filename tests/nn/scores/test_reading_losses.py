"""Losses that read symbols of their model where they were made, as Keras 2's let them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine import ops

X = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")


def coded() -> tuple[nn.Model, Any, Any]:
    """A model with a bottleneck: itself, its input and what the bottleneck gives."""
    nn.utils.set_random_seed(0)
    x = nn.Input((4,))
    code = nn.Dense(2)(x)
    return nn.Model(x, nn.Dense(4)(nn.layers.Dropout(0.5)(code))), x, code


def of_closure(code: Any) -> Callable[..., Any]:
    return lambda y, p: ops.mean((y - p) ** 2, axis=-1) + ops.sum(code**2, axis=-1)


def of_a_helper(code: Any) -> Callable[..., Any]:
    def size() -> Any:
        return ops.sum(code**2, axis=-1)

    def loss(y: Any, p: Any) -> Any:
        return ops.mean((y - p) ** 2, axis=-1) + size()

    return loss


def of_a_method(code: Any) -> Callable[..., Any]:
    class Code:
        def __init__(self) -> None:
            self.code = code

        def loss(self, y: Any, p: Any) -> Any:
            return ops.mean((y - p) ** 2, axis=-1) + ops.sum(self.code**2, axis=-1)

    return Code().loss


def of_a_part(code: Any) -> Callable[..., Any]:
    def loss(code: Any, y: Any, p: Any) -> Any:
        return ops.mean((y - p) ** 2, axis=-1) + ops.sum(code[0] ** 2, axis=-1)

    return partial(loss, [code])


@pytest.mark.parametrize("made", [of_closure, of_a_helper, of_a_method, of_a_part])
def test_what_it_reads_is_that_of_the_same_call(made: Callable[..., Any]) -> None:
    model, x, code = coded()
    model.compile("sgd", made(code), run_eagerly=True)
    other, x, code = coded()
    other.add_loss(((x - other.output) ** 2).mean() + ops.mean(ops.sum(code**2, axis=-1)))
    other.compile("sgd", run_eagerly=True)
    for _ in range(2):
        np.testing.assert_allclose(
            model.train_on_batch(X, X), other.train_on_batch(X), rtol=1e-5
        )  # dropout is drawn once, so that both see the same
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_it_may_look_at_several_outputs() -> None:
    values = []
    for reads in (True, False):
        model, x, code = coded()
        both = nn.Model(x, [model.output, code])

        def loss(y: Any, p: Any, code: Any = code if reads else None) -> Any:
            more = ops.sum((p[1] if code is None else code) ** 2, axis=-1)
            return ops.mean((y[0] - p[0]) ** 2, axis=-1) + more

        both.compile("sgd", (loss, [None, "mse"]))
        values.append(both.train_on_batch(X, [X, X[:, :2]], return_dict=True)["loss"])
    np.testing.assert_allclose(*values, rtol=1e-6)


def test_it_may_read_a_layer_that_leads_to_no_output() -> None:
    x = nn.Input((4,))
    aside = nn.Dense(1, name="aside")(x)
    model = nn.Model(x, nn.Dense(4)(x))
    model.compile("sgd", lambda y, p: ops.mean((y - p) ** 2, axis=-1) + aside[:, 0] ** 2,
                  run_eagerly=True)  # fmt: skip
    before = model.get_layer("aside").get_weights()[0]
    model.train_on_batch(X, X)
    assert not np.array_equal(model.get_layer("aside").get_weights()[0], before)
    model.compile("sgd", "mse", run_eagerly=True)
    model.train_on_batch(X, X)
    assert model.predict(X, verbose=0).shape == (8, 4)


def test_it_is_replayed_as_native_code() -> None:
    """Under warnings as errors: what is not replayed warns."""
    model, _, code = coded()
    model.compile("sgd", of_closure(code), jit_compile=True)
    first = model.fit(X, X, epochs=2, batch_size=4, verbose=0).history["loss"][-1]
    assert model.fit(X, X, epochs=9, batch_size=4, verbose=0).history["loss"][-1] < first


def test_a_batch_of_a_settled_size() -> None:
    x = nn.Input(batch_shape=(8, 4))
    code = nn.Dense(2)(x)
    model = nn.Model(x, nn.Dense(4)(code))
    model.compile("sgd", of_closure(code), run_eagerly=True)
    expected = ((model.predict(X, verbose=0) - X) ** 2).mean()
    expected += (nn.Model(x, code).predict(X, batch_size=8, verbose=0) ** 2).sum(axis=-1).mean()
    np.testing.assert_allclose(model.train_on_batch(X, X), expected, rtol=1e-5)


def test_symbols_of_another_model_are_told() -> None:
    hidden = nn.Input((4,))
    model, _, _ = coded()
    model.compile("sgd", of_closure(hidden), run_eagerly=True)
    with pytest.raises(TypeError, match="reads symbols .* model.add_loss"):
        model.train_on_batch(X[:1], X[:1])
