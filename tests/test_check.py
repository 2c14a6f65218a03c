"""check_gradients: no right gradient is called wrong, no wrong one right, and it says why."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import check_gradients, nn
from autograd_nn.engine.errors import DTypeError, GradientError, ShapeError
from tests import catalogue

SEEDS = range(3)
SETS = {
    "tuning": (catalogue.TUNING, catalogue.MUTANTS),
    "held-out": (catalogue.HELD_OUT, catalogue.HELD_OUT_MUTANTS),
}
MUTATED = [
    pytest.param(c, m, id=f"{s}: {n}") for s, (cases, m) in SETS.items() for n, c in cases.items()
]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


# ---- on plain arrays: the catalogue and its mutants ---------------------------------------------


@pytest.mark.parametrize("case, mutants", MUTATED)
def test_no_false_alarm(case, mutants):
    for seed in SEEDS:
        x = case.draw(np.random.default_rng(seed))
        report = check_gradients(case.f, x, vjp=case.vjp, seed=seed)
        assert report, f"seed {seed}\n{report}"


@pytest.mark.parametrize("case, mutants", MUTATED)
def test_no_mutant_is_missed(case, mutants):
    x = case.draw(np.random.default_rng(11))
    true = np.asarray(case.vjp(x, np.ones_like(case.f(x))), float)
    for name, mutant in mutants.items():
        if np.array_equal(mutant(true), true):
            continue

        def vjp(x, g, mutant=mutant):
            return mutant(np.asarray(case.vjp(x, g), float))

        report = check_gradients(case.f, x, vjp=vjp)
        assert report.verdict == "wrong", f"{name}\n{report}"
        assert report.worst is not None and report.worst.leaf in str(report)


# ---- functions on tensors -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: ag.softmax(x),
        lambda x: (x @ x.T).sum(),
        lambda x: ag.norm(x),
        lambda x: ag.relu(x) + ag.abs(x),
        lambda x: ag.where(x > 0, ag.sqrt(x), 0.0),
        lambda x: ag.logsumexp(x, axis=0),
        lambda x: x[::2] * x[0],
    ],
)
def test_right_gradients_of_two_orders(f, dtype):
    x = rng().standard_normal((3, 4)).astype(dtype)
    report = check_gradients(f, x, order=2)
    assert report, report


def test_trees_keywords_and_integers():
    def f(params, index, *, scale):
        return (params["w"] @ params["b"][0])[index] * scale

    params = {"w": rng().standard_normal((3, 4)), "b": [rng().standard_normal(4)]}
    report = check_gradients(f, params, 1, scale=2.0)
    assert report, report
    assert list(report.leaves) == ["params['w']", "params['b'][0]", "scale"]


def test_several_results():
    x = rng().standard_normal(5)
    assert check_gradients(lambda x: {"a": x * 2, "n": [ag.sin(x), x > 0]}, x)


@ag.custom_op(vjp=lambda g, y, x: g * ag.cos(x) * 1.01)
def off_sine(x):
    return np.sin(x)


@ag.custom_op(vjp=lambda g, y, x: g * ag.cos(x), jvp=lambda t, y, x: -t * ag.cos(x))
def sine_with_a_wrong_jvp(x):
    return np.sin(x)


@ag.custom_op(vjp=lambda g, y, x: g * ag.stop_gradient(ag.cos(x)))
def sine_once(x):
    return np.sin(x)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_per_cent_is_found_in_both_dtypes(dtype):
    report = check_gradients(off_sine, rng().standard_normal(6).astype(dtype))
    assert report.verdict == "wrong"
    assert report.cause == "1.01 times the true derivative: a constant factor in the rule"


def test_a_wrong_forward_mode_is_told_apart():
    x = rng().standard_normal(6)
    report = check_gradients(sine_with_a_wrong_jvp, x)
    assert report.verdict == "wrong" and report.worst.mode == "fwd"
    assert "by forward mode" in str(report) and report.cause == "the sign is wrong"
    assert check_gradients(sine_with_a_wrong_jvp, x, modes=("rev",))


def test_a_wrong_second_derivative_is_found_at_order_2():
    x = rng().standard_normal(6)
    assert check_gradients(sine_once, x)
    report = check_gradients(sine_once, x, order=2)
    assert report.verdict == "wrong" and report.worst.order == 2
    assert "derivative of order 2" in str(report)


def test_float32_that_goes_wrong_only_in_float32():
    @ag.custom_op(vjp=lambda g, y, x: g * (2 * x if x.dtype == np.float64 else 3 * x))
    def square(x):
        return x * x

    x = rng().standard_normal(4)
    assert check_gradients(square, x)
    report = check_gradients(square, x.astype("float32"))
    assert report.verdict == "wrong" and "in the inputs' own dtype" in report.cause


def test_a_cast_inside_is_no_false_alarm():
    x = rng().standard_normal((3, 4))
    assert check_gradients(lambda x: (x.astype("float32") ** 2).astype("float64").sum(), x)


def test_a_large_input_is_covered_to_the_last_entry():
    kept = np.ones(5000)
    kept[3217] = 0

    @ag.custom_op(vjp=lambda g, y, x: g * 2 * x * kept)
    def squares(x):
        return (x * x).sum()

    report = check_gradients(squares, rng().standard_normal(5000) + 3)
    assert report.verdict == "wrong" and report.worst.index == (3217,)


# ---- kinks, edges, noise ------------------------------------------------------------------------


def test_a_value_outside_the_slopes_at_a_kink_is_wrong():
    x = np.array([0.0, 1.0, -2.0])
    for at_kink, verdict in ((0.0, "correct"), (0.3, "correct"), (1.0, "correct"), (1.2, "wrong"),
                             (-0.1, "wrong")):  # fmt: skip
        report = check_gradients(
            lambda x: np.maximum(x, 0), x,
            vjp=lambda x, g, c=at_kink: g * np.where(x == 0, c, x > 0),
        )  # fmt: skip
        assert report.verdict == verdict, f"{at_kink}: {report}"
        assert verdict == "wrong" or report.kinks


def test_the_edge_of_a_domain():
    assert check_gradients(lambda x: ag.sqrt(x) ** 3, np.array([1e-3, 1.0]))
    report = check_gradients(lambda x: ag.sqrt(x), np.array([0.0, 1.0]))
    assert report.verdict == "inconclusive" and not report and "too little" in report.note


def test_a_one_sided_domain_is_measured_from_inside():
    def half(x):
        return np.where(x < 1, np.nan, 1.0) * x**2

    x = np.array([1.0, 3.0])
    assert check_gradients(half, x, vjp=lambda x, g: 2 * x * g)
    assert check_gradients(half, x, vjp=lambda x, g: 3 * x * g).verdict == "wrong"


def test_a_value_that_is_not_finite_is_inconclusive():
    report = check_gradients(lambda x: ag.log(x), np.array([-1.0, 1.0]))
    assert report.verdict == "inconclusive" and "not finite" in report.note


def test_a_random_function_is_non_deterministic():
    source = rng()
    report = check_gradients(lambda x: x * source.standard_normal(), np.ones(3))
    assert report.verdict == "non-deterministic" and not report
    assert "random" in str(report)


def test_no_entries_is_no_error():
    assert check_gradients(lambda x: ag.sum(x), np.zeros((0, 3)))


# ---- the likely cause ---------------------------------------------------------------------------

W, B, X = (rng().standard_normal(s) for s in ((3, 3), (3,), (4, 3)))


def affine(w, b, x):
    return x @ w + b


@pytest.mark.parametrize(
    "vjp, leaf, cause",
    [
        (lambda w, b, x, g: (x.T @ g, -g.sum(0), g @ w.T), "b", "the sign is wrong"),
        (lambda w, b, x, g: ((x.T @ g).T, g.sum(0), g @ w.T), "w", "the derivative is transposed"),
        (lambda w, b, x, g: (x.T @ g, g[0], g @ w.T), "b", "a missing sum over a broadcast axis"),
        (lambda w, b, x, g: (x.T @ g, g.sum(0), 0 * x), "x", "no gradient reaches this input"),
        (lambda w, b, x, g: (x.T @ g, g.mean(0), g @ w.T), "b", "0.25 times the true derivative"),
        (lambda w, b, x, g: (x.T @ g, g.sum(0)[::-1], g @ w.T), "b", "in reverse order"),
        (lambda w, b, x, g: (np.where(w == w.max(), 0, x.T @ g), g.sum(0), g @ w.T), "w",
         "zero at 1 of 9 entries"),
        (lambda w, b, x, g: (np.nan * w, g.sum(0), g @ w.T), "w", "not finite"),
    ],
)  # fmt: skip
def test_the_cause_is_guessed_and_the_leaf_named(vjp, leaf, cause):
    report = check_gradients(affine, W, B, X, vjp=vjp)
    assert report.verdict == "wrong" and cause in report.cause
    assert report.worst.leaf == leaf
    assert [n for n, v in report.leaves.items() if v == "wrong"] == [leaf]


def test_a_gradient_of_nothing():
    report = check_gradients(lambda x, c: x, X, W, vjp=lambda x, c, g: (g, c))
    assert "does not depend on this input" in report.cause


def test_the_report_gives_both_numbers():
    report = check_gradients(np.square, np.array([3.0]), vjp=lambda x, g: 5 * x * g)
    worst = report.worst
    assert worst.leaf == "x" and worst.index == (0,)
    assert worst.ad == pytest.approx(15) and worst.numeric == pytest.approx(6, abs=1e-9)
    assert 0 < worst.error < 1e-8
    assert "x[0]: the derivative is 15 by reverse mode, 6 ±" in str(report)


# ---- layers, losses, models ---------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["linear", "relu", "sigmoid", "tanh", "softmax"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_layer_with_its_weights(activation, dtype):
    nn.set_random_seed(0)
    report = check_gradients(nn.Dense(5, activation=activation, dtype=dtype), X)
    assert report, report
    assert [name.split("/")[-1] for name in report.leaves] == ["x", "kernel", "bias"]


@pytest.mark.parametrize(
    "loss, y",
    [
        (nn.losses.MeanSquaredError(), rng().standard_normal((4, 3))),
        (nn.losses.BinaryCrossentropy(), rng().integers(0, 2, (4, 3))),
        (nn.losses.SparseCategoricalCrossentropy(), np.array([0, 2, 1, 1])),
        (nn.losses.CategoricalCrossentropy(from_logits=True), np.eye(3)[[0, 2, 1, 1]]),
    ],
)
def test_a_loss_for_its_predictions(loss, y):
    p = np.abs(X) / np.abs(X).sum(axis=1, keepdims=True)
    report = check_gradients(loss, y, p)
    assert report, report
    assert list(report.leaves) == ["y_pred"]


def deck_model(*extra):
    nn.set_random_seed(1)
    model = nn.Sequential([nn.Input((8,)), nn.Dense(12, activation="relu"), *extra])
    model.add(nn.Dense(8, activation="relu"))
    model.add(nn.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return model


def data(n=24):
    r = rng()
    return r.standard_normal((n, 8)).astype("float32"), r.integers(0, 2, n)


def test_a_model_with_its_loss():
    model = deck_model()
    before = [w.copy() for w in model.get_weights()]
    report = check_gradients(model, *data())
    assert report, report
    assert len(report.leaves) == 7
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
        assert b.dtype == np.float32


def test_tiny_entries_beside_confirmed_ones_are_no_obstacle():
    from autograd_nn.nn.datasets import pima

    x, y = pima.load_data()  # unscaled: saturated samples have derivatives of 1e-10
    nn.set_random_seed(20)
    model = nn.Sequential([nn.Input((8,)), nn.Dense(12, activation="relu")])
    model.add(nn.Dense(8, activation="relu"))
    model.add(nn.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy")
    report = check_gradients(model, x[:32], y[:32])
    assert report, report


def test_dropout_is_held_still_and_goes_on_afterwards():
    model = deck_model(nn.Dropout(0.5))
    x, y = data()
    assert check_gradients(model, x, y)
    assert (model(x, training=True).numpy() != model(x, training=True).numpy()).any()


def test_random_draws_of_the_library_are_held_still():
    def noisy(x):
        return x * ag.random.default_generator().normal(x.shape, dtype="float64")

    assert check_gradients(noisy, X)


def test_a_mutated_layer_in_a_model_is_found_by_name():
    class Off(nn.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight(input_shape[-1:], "ones", name="scale")

        def call(self, inputs):
            return inputs * (ag.stop_gradient(self.scale) * 0.5 + self.scale * 0.5)

    report = check_gradients(deck_model(Off(name="off")), *data())
    assert report.verdict == "wrong" and report.worst.leaf.endswith("/off/scale")
    assert report.cause.startswith("1/2 of the true derivative")


def test_regularizers_are_part_of_a_models_loss():
    model = deck_model(nn.Dense(4, kernel_regularizer="l2"))
    assert check_gradients(model, *data())


# ---- bad calls ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: check_gradients(np.sin), DTypeError, "no floating input; expected at least one"),
        (lambda: check_gradients(lambda x: x, 2), DTypeError, "Pass 2.0, not 2"),
        (lambda: check_gradients(lambda x: x > 0, X), GradientError, "no floating tensor"),
        (lambda: check_gradients(lambda x: "text", X), GradientError, "Received str"),
        (lambda: check_gradients(5.0, X), TypeError, "received float; expected a function"),
        (lambda: check_gradients(ag.sin, X, order=0), ValueError, "order=0; expected an integer"),
        (lambda: check_gradients(ag.sin, X, order=True), ValueError, "order=True"),
        (lambda: check_gradients(ag.sin, X, modes="rev"), ValueError, "expected 'rev', 'fwd'"),
        (lambda: check_gradients(ag.sin, X, modes=("back",)), ValueError, "modes=('back',)"),
        (lambda: check_gradients(ag.sin, X, modes=()), ValueError, "expected 'rev', 'fwd'"),
        (lambda: check_gradients(ag.sin, X * 1j), DTypeError, "complex128; expected real"),
        (lambda: check_gradients(np.sin, X, vjp=lambda x, g: g[0]), ShapeError, "shape (3,) for"),
        (lambda: check_gradients(affine, W, B, X, vjp=lambda w, b, x, g: (w, b)), GradientError,
         "2 cotangents; expected 3"),
        (lambda: check_gradients(np.sin, X, vjp=lambda x, g: g, order=2), ValueError, "order=2"),
        (lambda: check_gradients(nn.Sequential([nn.Dense(1)]), X, np.ones(4)), ValueError,
         "a model without a loss"),
    ],
)  # fmt: skip
def test_a_bad_call_is_a_clear_error(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)


@pytest.mark.parametrize("modes", [("rev",), ("fwd",)])
def test_a_derivative_inside_the_function_depends_on_its_argument(modes):
    assert check_gradients(lambda x: x * ag.grad(lambda y: x * y * y)(3.0), 2.0, modes=modes)


def test_a_derivative_that_would_be_lost_is_told_as_elsewhere():
    with pytest.raises(GradientError, match="being differentiated"):
        check_gradients(lambda x: x * float(x), 2.0)
