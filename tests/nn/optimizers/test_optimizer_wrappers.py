"""Optimizers around others, and of all weights together: Lookahead, loss scaling, L-BFGS."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import optimizers
from tests.nn.optimizers.optimizer_cases import CASES, gradients, start, title

PLAIN = [case for case in CASES if case[0] in ("SGD", "RMSprop", "Adam", "Nadam", "Muon", "Lamb")]


def weights() -> list[nn.Variable]:
    return [nn.Variable(w, name=name) for name, w in start().items()]


def run(optimizer: Any, ws: list[nn.Variable], steps: int = 7, scale: float = 1.0) -> None:
    for gs in gradients(steps):
        optimizer.apply([ag.Tensor(g * scale) for g in gs], ws)


def made(case: Any) -> Any:
    name, options = case
    return getattr(optimizers, name)(**options)


@pytest.mark.parametrize("case", PLAIN, ids=title)
def test_lookahead_pulls_weights_back(case: Any) -> None:
    ahead, plain = optimizers.Lookahead(made(case), 3, 0.25), made(case)
    ws, fast = weights(), weights()
    slow = [w.numpy().copy() for w in ws]
    for t, gs in enumerate(gradients(7), 1):
        ahead.apply([ag.Tensor(g) for g in gs], ws)
        plain.apply([ag.Tensor(g) for g in gs], fast)
        if t % 3 == 0:
            for s, w in zip(slow, fast, strict=True):
                s += 0.25 * (w.numpy() - s)
                w.assign(s)
        for w, f in zip(ws, fast, strict=True):
            np.testing.assert_allclose(w, f, rtol=1e-5, atol=1e-6)


def test_lookahead_takes_the_rate_and_the_limits_of_what_it_wraps() -> None:
    inner = nn.SGD(0.5, clipvalue=0.1, weight_decay=0.2)
    inner.exclude_from_weight_decay(var_names=["bias"])
    ahead = optimizers.Lookahead(inner, sync_period=100)
    ahead.learning_rate = 1.0
    w, bias = nn.Variable([1.0], name="w"), nn.Variable([1.0], name="bias")
    ahead.apply([ag.Tensor([7.0])] * 2, [w, bias])
    np.testing.assert_allclose([w[0], bias[0]], [1 - 0.2 - 0.1, 1 - 0.1])
    assert float(inner.learning_rate) == 1.0
    twin = optimizers.deserialize(optimizers.serialize(ahead))
    assert twin.get_config() == ahead.get_config() and twin.inner_optimizer.clipvalue == 0.1


@pytest.mark.parametrize("case", PLAIN, ids=title)
def test_a_scaled_loss_leaves_the_steps_as_they_are(case: Any) -> None:
    scaled, plain = optimizers.LossScaleOptimizer(made(case), 64.0), made(case)
    ws, alone = weights(), weights()
    run(scaled, ws, scale=64.0)
    run(plain, alone)
    for w, a in zip(ws, alone, strict=True):
        np.testing.assert_array_equal(w, a)
    before = [v.numpy().copy() for v in (*ws, *scaled.inner_optimizer.variables)]
    gs = [ag.Tensor(g) for g in gradients(1)[0]]
    scaled.apply([gs[0] * np.nan, gs[1]], ws)
    for v, b in zip((*ws, *scaled.inner_optimizer.variables), before, strict=True):
        np.testing.assert_array_equal(v, b)
    assert float(scaled.dynamic_scale) == 32.0 and int(scaled.iterations) == 7


def test_the_scale_grows_after_steps_that_were_finite() -> None:
    scaled, w = optimizers.LossScaleOptimizer(nn.SGD(0.0), 2.0, dynamic_growth_steps=3), weights()
    found = []
    for bad in (0, 0, 0, 0, 1, 0, 0, 0):
        scaled.apply([ag.Tensor(g + (np.inf if bad else 0)) for g in gradients(1)[0]], w)
        found.append((float(scaled.dynamic_scale), int(scaled.step_counter)))
    assert found == [(2, 1), (2, 2), (4, 0), (4, 1), (2, 0), (2, 1), (2, 2), (4, 0)]


def test_accumulated_gradients_are_not_spoilt_by_a_step_left_out() -> None:
    inner = nn.SGD(1.0, gradient_accumulation_steps=2)
    scaled, w = optimizers.LossScaleOptimizer(inner, 1.0), nn.Variable([0.0])
    for g in (1.0, np.nan, 3.0):
        scaled.apply([ag.Tensor([g]) * scaled.dynamic_scale], [w])
    np.testing.assert_array_equal(w, [-2.0])


def test_each_weight_has_its_optimizer() -> None:
    adam, sgd = nn.Adam(0.1), nn.SGD(0.5, momentum=0.9)
    many = optimizers.MultiOptimizer(optimizers.OptimizerMap(adam, {"bi.*": sgd}))
    ws, apart = weights(), weights()
    run(many, ws)
    one, other = nn.Adam(0.1), nn.SGD(0.5, momentum=0.9)
    for gs in gradients(7):
        one.apply([ag.Tensor(gs[0])], apart[:1])
        other.apply([ag.Tensor(gs[1])], apart[1:])
    for w, a in zip(ws, apart, strict=True):
        np.testing.assert_array_equal(w, a)
    assert [o is p for o, p in zip(many.optimizers, (sgd, adam), strict=True)] == [True, True]
    own = ["iteration", "learning_rate"]
    names = [*own, *own, "bias_momentum", *own, "kernel_momentum", "kernel_velocity"]
    assert [v.name for v in many.variables] == names
    twin = optimizers.deserialize(optimizers.serialize(many))
    assert [type(o) for o in twin.optimizers] == [nn.SGD, nn.Adam]
    with pytest.raises(AttributeError, match="each optimizer inside has its own"):
        many.learning_rate = 0.1


@pytest.mark.parametrize("call, words", [
    (lambda: optimizers.Lookahead("mse"), "unknown optimizer"),
    (lambda: optimizers.LossScaleOptimizer(nn.SGD(), clipnorm=1.0), "of the optimizer inside"),
    (lambda: optimizers.LossScaleOptimizer(nn.SGD(), foo=1.0), "unknown argument 'foo'"),
    (lambda: optimizers.LossScaleOptimizer("sgd", dynamic=False), "loss_scale_factor in its place"),
    (lambda: optimizers.OptimizerMap(nn.SGD(), {"a": optimizers.LossScaleOptimizer("sgd")}),
     "none that wraps others"),
    (lambda: optimizers.OptimizerMap(nn.SGD(), [nn.SGD()]), "a dict of optimizers by"),
    (lambda: optimizers.OptimizerMap(nn.SGD(), {"a.*": "sgd", ".*b": "sgd"})["ab"], "narrower"),
    (lambda: optimizers.MultiOptimizer([nn.SGD()]), "expected an OptimizerMap, or a function"),
    (lambda: optimizers.LBFGS(use_ema=True), "all weights as one vector"),
    (lambda: optimizers.LBFGS(history=0), "whole number from 1"),
])  # fmt: skip
def test_what_cannot_be_wrapped(call: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_lbfgs_comes_to_rest_in_fit() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4))
    y = (x @ [1.0, -2.0, 0.5, 0.0] + rng.normal(size=60) > 0).astype(float)

    def loss_of(optimizer: Any, epochs: int) -> tuple[Any, float]:
        nn.set_random_seed(0)
        model = nn.Sequential([nn.Input((4,), dtype="float64"),
                               nn.Dense(1, activation="sigmoid", dtype="float64")])  # fmt: skip
        model.compile(optimizer, "binary_crossentropy", run_eagerly=True)
        history = model.fit(x, y, batch_size=60, epochs=epochs, verbose=0).history["loss"]
        return model, history[-1]

    model, found = loss_of(optimizers.LBFGS(), 30)
    best = loss_of(nn.Adam(0.05), 1500)[1]
    assert abs(found - best) < 1e-9
    with ag.no_grad():
        p = model(x).numpy()
    assert np.abs(x.T @ (p - y[:, None])).max() < 1e-6  # the gradient


def test_lbfgs_is_newtons_step_once_it_knows_a_quadratic() -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(5, 5))
    a, b = root @ root.T + np.eye(5), rng.normal(size=5)
    ws = [ag.Tensor(np.zeros(2)), ag.Tensor(np.zeros((3, 1)))]
    optimizer, state = optimizers.LBFGS(), None
    for _ in range(60):
        w = np.concatenate([np.ravel(v) for v in ws])
        g = a @ w - b
        gs = [ag.Tensor(g[:2]), ag.Tensor(g[2:, None])]
        ws, state = optimizer.step(ws, gs, state)
    w = np.concatenate([np.ravel(v) for v in ws])
    np.testing.assert_allclose(w, np.linalg.solve(a, b), rtol=1e-7)


def test_rows_without_a_gradient_stay_where_updates_are_lazy() -> None:
    lazy, dense = nn.Adam(0.1, lazy=True), nn.Adam(0.1)
    table, other = nn.Variable(np.ones((3, 2))), nn.Variable(np.ones((3, 2)))
    for rows in ([0, 1], [0], [0, 1]):
        g = np.zeros((3, 2))
        g[rows] = [1.0, 0.0]
        lazy.apply([ag.Tensor(g)], [table])
        dense.apply([ag.Tensor(g)], [other])
    np.testing.assert_array_equal(table[0], other[0])
    np.testing.assert_array_equal(table[2], [1, 1])
    m = lazy.variables[2]
    np.testing.assert_allclose(m[1], [0.1 + 0.09, 0])  # two of the three steps
    assert (other[1].numpy() != table[1].numpy()).any()


@pytest.mark.parametrize("make", [
    lambda: optimizers.Lookahead(nn.Adam(0.1), 2),
    lambda: optimizers.LossScaleOptimizer(nn.SGD(0.1, momentum=0.9)),
    lambda: optimizers.MultiOptimizer(optimizers.OptimizerMap(nn.Adam(0.1), {"bias": nn.SGD()})),
    lambda: optimizers.LBFGS(0.1),
])  # fmt: skip
def test_copies_go_on_as_the_original(make: Any) -> None:
    optimizer, ws = make(), weights()
    run(optimizer, ws, 3)
    twin, twins = copy.deepcopy((optimizer, ws))
    run(optimizer, ws, 3)
    run(twin, twins, 3)
    for w, t in zip((*ws, *optimizer.variables), (*twins, *twin.variables), strict=True):
        np.testing.assert_array_equal(w, t)
    assert ws[0] is not twins[0]


@pytest.mark.parametrize("make", [
    lambda: nn.Adam(0.1, use_ema=True),
    lambda: optimizers.Nadam(0.1, gradient_accumulation_steps=2),
    lambda: optimizers.LossScaleOptimizer(nn.SGD(0.1, momentum=0.9), 8.0),
    lambda: optimizers.MultiOptimizer(optimizers.OptimizerMap(nn.Adam(0.1), {"bias": nn.SGD()})),
    lambda: optimizers.LBFGS(0.1),
])  # fmt: skip
def test_a_step_without_state_is_the_step_in_place(make: Any) -> None:
    plain, pure, ws = make(), make(), weights()
    held = weights()
    pure.build(held)
    found, state = [ag.Tensor(w) for w in held], [ag.Tensor(v) for v in pure.variables]
    untouched = [v.numpy().copy() for v in (*held, *pure.variables)]
    for gs in gradients(3):
        plain.apply([ag.Tensor(g) for g in gs], ws)
        found, state = pure.stateless_apply(state, [ag.Tensor(g) for g in gs], found)
    for v, w in zip((*found, *state), (*ws, *plain.variables), strict=True):
        np.testing.assert_array_equal(v, w)
    for v, before in zip((*held, *pure.variables), untouched, strict=True):
        np.testing.assert_array_equal(v, before)
    with pytest.raises(ValueError, match="of length 1; expected"):
        pure.stateless_apply(state[:1], gradients(1)[0], found)


@pytest.mark.parametrize("case", PLAIN, ids=title)
def test_one_update_of_one_weight(case: Any) -> None:
    name, options = case
    options = {**options, "weight_decay": None, "adam_weight_decay": None}
    options = {k: v for k, v in options.items() if name == "Muon" or k != "adam_weight_decay"}
    one, whole = made((name, options)), made((name, options))
    ws, others = weights(), weights()
    g = ag.Tensor(gradients(1)[0][0])
    one.update_step(g, ws[0], one.learning_rate)
    whole.apply([g], others[:1])
    np.testing.assert_allclose(ws[0], others[0], rtol=1e-6)
    assert int(one.iterations) == 0


def test_one_optimizer_stands_for_all_weights() -> None:
    ws, alone = weights(), weights()
    inner = nn.SGD(0.5, name="inner")
    both = nn.optimizers.MultiOptimizer(inner, name="all")
    both.apply(gradients(1)[0], ws)
    nn.SGD(0.5).apply(gradients(1)[0], alone)
    for w, v in zip(ws, alone, strict=True):
        np.testing.assert_array_equal(w, v)
    paths = [v.path for v in both.variables]
    assert paths[:2] == ["all/iteration", "all/learning_rate"] and paths[2] == "inner/iteration"


def test_a_step_without_any_gradient_is_an_error_of_both_kinds() -> None:
    from autograd_nn.engine.errors import GradientError

    ws = weights()
    for kind in (ValueError, GradientError):
        with pytest.raises(kind, match="None as the gradient of every weight"):
            nn.SGD(0.5).apply([None] * len(ws), ws)


def test_the_moves_of_muon_by_its_own_methods() -> None:
    muon = nn.optimizers.Muon(0.1, rms_rate=0.2)
    x = ag.Tensor([[3.0, 1.0], [0.5, 2.0], [1.0, 1.0]])
    turned = np.asarray(muon.zeropower_via_newtonschulz5(x, 5))
    u, _, v = np.linalg.svd(np.asarray(x), full_matrices=False)
    assert np.abs(np.linalg.svd(turned)[1] - 1).max() < 0.35
    np.testing.assert_allclose(np.sign(np.diag(u.T @ turned @ v.T)), 1)
    np.testing.assert_allclose(muon.lr_adjust(x), np.asarray(x) * 0.2 * 3**0.5)
    assert nn.optimizers.Muon(0.1, rms_rate=None).lr_adjust(x) is x
