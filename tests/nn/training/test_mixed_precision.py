"""Training in half precision, and in two precisions at once."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.nn.optimizers import LossScaleOptimizer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")


def net(*dtypes: str) -> Any:
    first, last = dtypes * (2 // len(dtypes))
    model = nn.Sequential([nn.Input((4,)), nn.Dense(8, activation="relu", dtype=first),
                           nn.BatchNormalization(dtype=first),
                           nn.Dense(1, activation="sigmoid", dtype=last)])  # fmt: skip
    rng = np.random.default_rng(1)
    for w in model.trainable_weights:
        w.assign(rng.normal(size=w.shape).astype(w.dtype))
    return model


def trained(model: Any, **options: Any) -> list[float]:
    model.compile(nn.SGD(0.1), "binary_crossentropy", metrics=["accuracy"], **options)
    return model.fit(X, Y, epochs=12, batch_size=16, verbose=0, shuffle=False).history["loss"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
def test_half_precision_learns_as_float32_does(policy: str) -> None:
    half, whole = net(policy), net("float32")
    a, b = trained(half), trained(whole)
    np.testing.assert_allclose(a, b, rtol=0.01)
    assert half.predict(X, verbose=0).dtype == np.float16
    kept = {w.dtype for w in half.weights}
    assert kept == {np.dtype("float32" if policy == "mixed_float16" else "float16")}
    # recorded and op by op are the same
    twin = net(policy)
    np.testing.assert_allclose(trained(twin, run_eagerly=True), a, rtol=1e-6)


def test_two_precisions_in_one_model_train_natively() -> None:
    a, b = trained(net("float32", "float64")), trained(net("float64"))
    np.testing.assert_allclose(a, b, rtol=1e-4)
    model = net("float32", "float64")

    def slope(x: Any) -> Any:
        return ag.grad(lambda x: (model(x, training=True) ** 2).sum())(x)

    program = NativeProgram(record(slope, [ag.Tensor(X)])[1])
    assert " 0 by Python" in str(program.listing()), str(program.listing())


def test_targets_keep_the_digits_of_the_widest_layer() -> None:
    model = nn.Sequential([nn.Dense(2), nn.Dense(1, dtype="float64")])
    assert model._target_dtype == "float64" and model.input_dtype == "float32"
    model.compile("sgd", "mse")
    found = model.evaluate(X, np.full(32, 1 / 3), verbose=0)
    y = model.predict(X, verbose=0).ravel()
    assert found == pytest.approx(np.mean((y - 1 / 3) ** 2), rel=1e-12)


# ---- losses that are scaled ---------------------------------------------------------------------


def test_mixed_models_get_a_loss_scale() -> None:
    model = net("mixed_float16")
    model.compile("adam", "mse")
    assert isinstance(model.optimizer, LossScaleOptimizer)
    own = LossScaleOptimizer(nn.SGD(0.1), initial_scale=8.0)
    for optimizer, options in ((own, {}), (nn.SGD(0.1), {"auto_scale_loss": False}),
                               (nn.SGD(0.1, loss_scale_factor=4.0), {})):  # fmt: skip
        model.compile(optimizer, "mse", **options)
        assert model.optimizer is optimizer
    for policy in ("float16", "float32"):  # as Keras: where weights are wider than sums alone
        plain = net(policy)
        plain.compile("adam", "mse")
        assert not isinstance(plain.optimizer, LossScaleOptimizer)


def test_a_refused_compile_leaves_the_optimizer_alone() -> None:
    model, optimizer = net("mixed_float16"), nn.SGD(0.1)
    with pytest.raises(ValueError, match="nonsense"):
        model.compile(optimizer, "nonsense")
    assert "inner_optimizer" not in vars(optimizer) and not model.compiled


def test_steps_that_overflow_are_left_out() -> None:
    model = nn.Sequential([nn.Input((4,)), nn.Dense(1, dtype="mixed_float16")])
    model.compile(LossScaleOptimizer(nn.SGD(1e-3), initial_scale=2.0**30), "mse")
    before = model.get_weights()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that a cast overflows is the point
        model.fit(X, Y, batch_size=32, epochs=1, verbose=0)
        scaled = model.optimizer
        assert float(scaled.dynamic_scale) == 2.0**29 and int(scaled.iterations) == 0
        for a, b in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        model.fit(X, Y, batch_size=32, epochs=25, verbose=0)
    assert float(scaled.dynamic_scale) < 2.0**20 and int(scaled.iterations) > 3
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


def test_small_gradients_survive_by_the_scale() -> None:
    """A slope of 2⁻²⁶ is 0 in float16; times 2¹⁵ it is not."""
    moved = []
    for auto in (True, False):
        model = nn.Sequential([nn.Input((1,)), nn.Dense(1, use_bias=False, dtype="mixed_float16",
                                                        kernel_initializer="ones")])  # fmt: skip
        model.compile(nn.SGD(2.0**20), lambda y, p: 2.0**-26 * p, auto_scale_loss=auto)
        model.fit(np.ones((1, 1)), np.zeros((1, 1)), verbose=0)
        moved.append(1.0 - model.get_weights()[0].item())
    assert moved == [2.0**-6, 0.0]


def test_native_code_has_no_float16_and_says_so() -> None:
    with pytest.warns(UserWarning, match="compiled kernels have no float16"):
        net("mixed_float16").compile("sgd", "mse", jit_compile=True)


# ---- the engine's half precision ----------------------------------------------------------------


def test_sums_and_products_of_float16_are_added_in_float32() -> None:
    ones = ag.ones((4096, 2), dtype="float16")
    small = ag.full((1, 4096), 1 / 3, dtype="float16")
    assert ones.sum(axis=0).tolist() == [4096, 4096]
    exact = np.float16(4096 * np.float32(np.float16(1 / 3)))
    assert (small @ ones).tolist() == [[float(exact)] * 2]
    assert (small @ ones).dtype == ones.sum().dtype == np.float16
    m, v = ag.ops.moments(300 * ones, 0)
    assert m.tolist() == [300, 300] and v.tolist() == [0, 0]
    assert ag.ops.sum_to(ones, shape=(2,)).tolist() == [4096, 4096]


def test_float16_is_drawn_within_its_bounds() -> None:
    draws = ag.random.Generator(1)
    u = draws.unit((5000,), "float16")
    assert u.dtype == np.float16 and 0 <= float(u.min()) and float(u.max()) < 1
    z = draws.normal((5000,), dtype="float16")
    assert z.dtype == np.float16 and abs(float(z.mean())) < 0.1 and float(abs(z).max()) > 3


def test_states_of_any_dtype_are_moved_by_programs() -> None:
    state = ag.Tensor(np.zeros(3, "float16"))

    @ag.jit
    def step(x: Any) -> Any:
        state.assign(x)
        return x * 2

    for k in range(3):
        step(ag.Tensor(np.full(3, k + 0.5, "float16")))
    assert state.tolist() == [2.5] * 3 and state.dtype == np.float16
