"""Optimizers: their formulas, pure and in place alike, and derivatives through whole runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn import optimizers, registry
from tests.nn.optimizers import optimizer_cases as cases

CASES: list[tuple[Any, dict[str, Any]]] = [
    (getattr(optimizers, name), options) for name, options in (*cases.CASES, *cases.OWN)
]


def made(kind: Any, rate: Any, options: dict[str, Any], **more: Any) -> Any:
    return kind(**{**options, "learning_rate": rate, **more})


def reference(name: str, w: np.ndarray, gs: list[np.ndarray], lr: float, **o: Any) -> np.ndarray:
    """The published formulas, written out on arrays."""
    w, m, v, mean, top = w.copy(), 0 * w, 0 * w, 0 * w, 0 * w
    for t, g in enumerate(gs, 1):
        if name == "AdamW":
            w = w - lr * o.get("weight_decay", 0.004) * w
        if name == "SGD":
            mu = o.get("momentum", 0.0)
            m = mu * m - lr * g
            w = w + (mu * m - lr * g if o.get("nesterov") else m)
        elif name == "RMSprop":
            rho, mu, eps = o.get("rho", 0.9), o.get("momentum", 0.0), o.get("epsilon", 1e-7)
            v = rho * v + (1 - rho) * g**2
            mean = rho * mean + (1 - rho) * g
            root = np.sqrt(v - mean**2 + eps) if o.get("centered") else np.sqrt(v + eps)
            m = mu * m + lr * g / root
            w = w - m
        elif name == "RAdam":
            b1, b2, eps = o.get("beta_1", 0.9), o.get("beta_2", 0.999), o.get("epsilon", 1e-7)
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            most = 2 / (1 - b2) - 1
            now = most - 2 * t * b2**t / (1 - b2**t)
            move = m / (1 - b1**t)
            if now > 5:
                share = (now - 4) * (now - 2) * most / ((most - 4) * (most - 2) * now)
                move = move * np.sqrt(share * (1 - b2**t)) / (np.sqrt(v) + eps)
            w = w - lr * move
        else:
            b1, b2, eps = o.get("beta_1", 0.9), o.get("beta_2", 0.999), o.get("epsilon", 1e-7)
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            top = np.maximum(top, v)
            alpha = lr * np.sqrt(1 - b2**t) / (1 - b1**t)
            w = w - alpha * m / (np.sqrt(top if o.get("amsgrad") else v) + eps)
    return w


WRAPPERS = [
    nn.optimizers.LBFGS, nn.optimizers.Lookahead, nn.optimizers.LossScaleOptimizer,
    nn.optimizers.MultiOptimizer,
]  # tested by themselves
AROUND: list[dict[str, Any]] = [
    {},
    {"clipnorm": 0.5, "gradient_accumulation_steps": 2},
    {"weight_decay": 0.1, "use_ema": True, "ema_overwrite_frequency": 3, "loss_scale_factor": 2.0},
]  # fmt: skip
every_optimizer = pytest.mark.parametrize(
    "kind, options", CASES, ids=[cases.title((k.__name__, o)) for k, o in CASES]
)


def test_no_optimizer_is_left_out() -> None:
    found = set(registry.names("optimizer").values())
    assert found - set(WRAPPERS) == {kind for kind, _ in CASES}


def loss_of(params: dict[str, Any], x: np.ndarray, y: np.ndarray) -> ag.Tensor:
    hidden = ag.tanh(ag.matmul(x, params["w"]) + params["b"])
    return ag.mean((hidden.sum(1) - y) ** 2)


RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(8, 3)), RNG.normal(size=8)
PARAMS = {"w": RNG.normal(size=(3, 2)), "b": RNG.normal(size=2)}


def tensors() -> dict[str, ag.Tensor]:
    return {k: ag.Tensor(v) for k, v in PARAMS.items()}


FORMULAS: list[tuple[Any, dict[str, Any]]] = [
    *[(k, o) for k, o in CASES if k.__name__ in "SGD RMSprop Adam AdamW RAdam".split()],
    (nn.RMSprop, {"rho": 0.7, "epsilon": 1e-3}),
    (nn.Adam, {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3}),
    (nn.AdamW, {"weight_decay": 0.5, "amsgrad": True}),
]


@pytest.mark.parametrize("kind, options", FORMULAS, ids=lambda v: str(getattr(v, "__name__", v)))
def test_the_formulas(kind: Any, options: Any) -> None:
    w = RNG.normal(size=(3, 2))
    gs = [RNG.normal(size=w.shape) * 2.0**-k for k in range(6)]  # shrinking: amsgrad differs
    params, state, optimizer = ag.Tensor(w), None, made(kind, 0.1, options)
    for g in gs:
        params, state = optimizer.step(params, ag.Tensor(g), state)
    np.testing.assert_allclose(params, reference(kind.__name__, w, gs, 0.1, **options), rtol=1e-10)


def test_weight_decay_of_any_optimizer() -> None:
    w, _ = nn.SGD(0.1, weight_decay=0.5).step(ag.Tensor([2.0]), ag.Tensor([1.0]))
    np.testing.assert_allclose(w, [2.0 - 0.1 * 0.5 * 2.0 - 0.1])


@every_optimizer
@pytest.mark.parametrize("around", AROUND, ids=lambda o: "-".join(o) or "alone")
def test_the_pure_step_and_the_step_in_place_agree(kind: Any, options: Any, around: Any) -> None:
    pure, placed = (made(kind, 0.05, options, **around) for _ in range(2))
    params, state = tensors(), None
    variables = [nn.Variable(v) for v in PARAMS.values()]
    for _ in range(4):
        grads = ag.grad(loss_of)(params, X, Y)
        before = {k: v.numpy().copy() for k, v in params.items()}
        new, state = pure.step(params, grads, state)
        for k in params:  # nothing in place
            np.testing.assert_array_equal(params[k], before[k])
        params = new
        placed.apply(list(grads.values()), variables)
        for v, p in zip(variables, params.values(), strict=True):
            np.testing.assert_allclose(v, p, rtol=1e-12)
    assert int(state[0]) == 4
    assert int(placed.iterations) == 4 // around.get("gradient_accumulation_steps", 1)
    for held, kept in zip(placed.slots, state[1], strict=True):
        assert len(held) == len(kept)
        for v in held:
            assert any(v.shape == k.shape and np.allclose(v, k) for k in kept.values())
    assert all(w.dtype == np.float64 for w in variables)


@every_optimizer
def test_it_lowers_a_loss(kind: Any, options: Any) -> None:
    optimizer = made(kind, 0.02, options)
    params, state = tensors(), None
    first = float(loss_of(params, X, Y))
    for _ in range(30):
        params, state = optimizer.step(params, ag.grad(loss_of)(params, X, Y), state)
    assert float(loss_of(params, X, Y)) < first


@every_optimizer
def test_configuration_and_names(kind: Any, options: Any) -> None:
    one = made(kind, 0.25, options)
    twin = kind.from_config(one.get_config())
    assert twin.get_config() == one.get_config() and float(twin.learning_rate) == 0.25
    for name in (kind.__name__, kind.__name__.lower()):
        assert type(optimizers.get(name)) is kind
    assert kind.__name__ in repr(one)


def validation_loss(rate: Any, kind: Any, options: Any, steps: int = 10) -> ag.Tensor:
    optimizer = made(kind, rate, options)
    params, state = tensors(), None
    for _ in range(steps):
        params, state = optimizer.step(params, ag.grad(loss_of)(params, X, Y), state)
    return loss_of(params, X[::-1] * 1.5, Y)


@every_optimizer
def test_the_gradient_with_respect_to_the_rate_through_ten_steps(kind: Any, options: Any) -> None:
    rate = 0.03
    slope = float(ag.grad(lambda r: validation_loss(r, kind, options))(ag.Tensor(rate)))

    def central(h: float) -> float:
        up, down = (float(validation_loss(rate + s * h, kind, options)) for s in (1, -1))
        return (up - down) / (2 * h)

    # Richardson's extrapolation: the error is of the fourth order in h.
    expected = (4 * central(5e-6) - central(1e-5)) / 3
    assert abs(slope) > 1e-3
    assert abs(slope - expected) <= 1e-6 * abs(expected)


def test_the_gradient_with_respect_to_the_start_passes_the_checker() -> None:
    def after(w: ag.Tensor) -> ag.Tensor:
        params: Any = {"w": w, "b": ag.Tensor(PARAMS["b"])}
        optimizer, state = nn.Adam(0.1), None
        for _ in range(3):
            params, state = optimizer.step(params, ag.grad(loss_of)(params, X, Y), state)
        return loss_of(params, X, Y)

    assert ag.check_gradients(after, PARAMS["w"])


def test_the_rate_can_be_changed_and_scheduled() -> None:
    w = nn.Variable([1.0])
    g = ag.Tensor([1.0])
    optimizer = nn.SGD(0.5)
    state = optimizer.learning_rate
    optimizer.apply([g], [w])
    optimizer.learning_rate = 0.25
    assert optimizer.learning_rate is state and float(optimizer.lr) == 0.25
    optimizer.apply([g], [w])
    np.testing.assert_allclose(w, [0.25])
    seen = []

    def halving(step: ag.Tensor) -> ag.Tensor:
        seen.append(int(step))
        return 0.5 ** (ag.cast(step, dtype=np.dtype("float64")) + 1)

    scheduled, w = nn.SGD(halving), nn.Variable([1.0])
    for _ in range(3):
        scheduled.apply([g], [w])
    np.testing.assert_allclose(w, [1 - 0.5 - 0.25 - 0.125])
    assert seen == [0, 1, 2]


def test_clipping() -> None:
    w, g = ag.Tensor([0.0, 0.0]), ag.Tensor([3.0, 4.0])
    for limit, moved in (
        ({"clipnorm": 1.0}, [-0.6, -0.8]),
        ({"clipvalue": 3.5}, [-3.0, -3.5]),
        ({"clipnorm": 10.0}, [-3.0, -4.0]),
    ):
        np.testing.assert_allclose(nn.SGD(1.0, **limit).step(w, g)[0], moved)
    small, _ = nn.SGD(1.0, clipnorm=0.5).step(w, ag.Tensor([0.36, 0.48]))  # a norm below 1
    np.testing.assert_allclose(small, [-0.3, -0.4])
    (a, b), _ = nn.SGD(1.0, global_clipnorm=1.0).step(
        [ag.Tensor([0.0]), ag.Tensor([0.0])], [ag.Tensor([3.0]), ag.Tensor([4.0])]
    )
    np.testing.assert_allclose([a[0], b[0]], [-0.6, -0.8])
    pair, _ = nn.SGD(1.0, global_clipnorm=5.0).step([w, w], [g, 3 * g])
    np.testing.assert_allclose(pair[1], -3 * g.numpy() * 5 / np.sqrt(250))
    # A gradient of zero has a norm whose slope is infinite; nothing may become nan.
    still, _ = nn.SGD(1.0, clipnorm=1.0).step(w, ag.Tensor([0.0, 0.0]))
    np.testing.assert_array_equal(still, w)


def test_apply_gradients_takes_pairs_and_a_tree_of_one() -> None:
    w = nn.Variable([1.0, 2.0])
    nn.SGD(1.0).apply_gradients([(ag.Tensor([1.0, 1.0]), w)])
    np.testing.assert_array_equal(w, [0.0, 1.0])
    with pytest.raises(ShapeError, match="expected the same shape"):
        nn.SGD().step(ag.Tensor([1.0]), ag.Tensor([[1.0]]))


def test_state_is_listed_and_counts() -> None:
    optimizer = nn.Adam()
    w = nn.Variable(np.zeros((2, 2), "float32"))
    optimizer.build([w])
    assert [v.shape for v in optimizer.variables] == [(), (), (2, 2), (2, 2)]
    assert optimizer.iterations.dtype == np.int64


def test_the_old_name_of_the_rate() -> None:
    with pytest.warns(DeprecationWarning, match="lr=.*learning_rate=") as seen:
        optimizer = nn.Adam(lr=0.5)
    assert len(seen) == 1 and float(optimizer.learning_rate) == 0.5
