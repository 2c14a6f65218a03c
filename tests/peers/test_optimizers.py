"""Optimizers, schedules, initializers and plateaus end where Keras's do, over drawn options."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

os.environ.setdefault("KERAS_BACKEND", "jax")
keras, jax = pytest.importorskip("keras"), pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402
from autograd_nn import nn  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]
EXAMPLES = int(os.environ.get("AUTOGRAD_NN_TEST_EXAMPLES", "20"))
unhurried = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

share, flag = st.sampled_from([0.3, 0.6, 0.9, 0.99]), st.booleans()
small, epsilon = st.sampled_from([0.0, 0.01, 0.2]), st.sampled_from([1e-7, 1e-4, 1e-2])
betas = {"beta_1": share, "beta_2": share, "epsilon": epsilon}
OPTIONS: dict[str, dict[str, Any]] = {
    "SGD": {"momentum": st.sampled_from([0.0, 0.5, 0.9]), "nesterov": flag},
    "RMSprop": {"rho": share, "momentum": st.sampled_from([0.0, 0.5]), "epsilon": epsilon,
                "centered": flag},
    "Adam": {**betas, "amsgrad": flag},
    "AdamW": {**betas, "amsgrad": flag, "weight_decay": st.sampled_from([0.01, 0.1])},
    "Adagrad": {"initial_accumulator_value": small, "epsilon": epsilon},
    "Adadelta": {"rho": share, "epsilon": epsilon},
    "Adamax": betas,
    "Nadam": betas,
    "Ftrl": {"learning_rate_power": st.sampled_from([-0.5, -0.8]),
             "initial_accumulator_value": st.sampled_from([0.1, 0.5]),
             "l1_regularization_strength": small, "l2_regularization_strength": small,
             "l2_shrinkage_regularization_strength": small, "beta": small},
    "Lion": {"beta_1": share, "beta_2": share},
    "Adafactor": {"beta_2_decay": st.sampled_from([-0.8, -0.5]), "clip_threshold": share,
                  "epsilon_1": st.sampled_from([1e-30, 1e-4]),
                  "epsilon_2": st.sampled_from([1e-3, 0.1])},
    "Lamb": betas,
    "Muon": {"momentum": share, "nesterov": flag, "ns_steps": st.integers(1, 6),
             "rms_rate": st.sampled_from([None, 0.2, 0.5]), "adam_beta_1": share,
             "adam_lr_ratio": st.sampled_from([0.5, 1]), "weight_decay": small,
             "adam_weight_decay": small},
    "ScheduleFreeAdamW": {**betas, "warmup_steps": st.integers(0, 9)},
}  # fmt: skip
LIMITS: list[dict[str, Any]] = [{}, {"clipnorm": 0.5}, {"clipvalue": 0.2}, {"global_clipnorm": 0.6}]
common = st.fixed_dictionaries({}, optional={
    "weight_decay": st.sampled_from([0.01, 0.1]),
    "gradient_accumulation_steps": st.integers(2, 4),
    "loss_scale_factor": st.sampled_from([2.0, 128.0]),
    "use_ema": st.just(True),
    "ema_momentum": st.sampled_from([0.5, 0.9]),
    "ema_overwrite_frequency": st.integers(1, 5),
})  # fmt: skip
SCHEDULES: dict[str, dict[str, Any]] = {
    "ExponentialDecay": {"decay_steps": st.integers(1, 30), "decay_rate": share, "staircase": flag},
    "InverseTimeDecay": {"decay_steps": st.integers(1, 30), "decay_rate": share, "staircase": flag},
    "PolynomialDecay": {"decay_steps": st.integers(1, 30), "end_learning_rate": small,
                        "power": st.sampled_from([0.5, 1.0, 2.0]), "cycle": flag},
    "CosineDecay": {"decay_steps": st.integers(1, 30), "alpha": small,
                    "warmup_target": st.sampled_from([None, 0.5]),
                    "warmup_steps": st.integers(1, 9)},
    "CosineDecayRestarts": {"first_decay_steps": st.integers(3, 20),
                            "t_mul": st.sampled_from([1.0, 2.0]), "m_mul": share, "alpha": small},
}  # fmt: skip


RATES: list[tuple[str, tuple]] = [
    ("ExponentialDecay", (0.03, 10, 0.5)), ("CosineDecay", (0.03, 40)),
    ("PiecewiseConstantDecay", ([10, 30], [0.03, 0.01, 0.003])),
]  # fmt: skip


def rated(k: Any, rate: Any) -> Any:
    """A rate, or a schedule of it."""
    return rate if isinstance(rate, float) else getattr(k.optimizers.schedules, rate[0])(*rate[1])


def train(optimizer: Any, every: list, weights: list) -> None:
    """Keras's steps; compiled where a step takes a tenth of a second otherwise."""
    optimizer.build(weights)
    if keras.backend.backend() != "jax":
        for grads in every:
            optimizer.apply([keras.ops.convert_to_tensor(g) for g in grads], weights)
        return
    step = jax.jit(optimizer.stateless_apply)
    values, state = [v.value for v in weights], [v.value for v in optimizer.variables]
    for grads in every:
        values, state = step(state, grads, values)
    for v, value in zip((*weights, *optimizer.variables), (*values, *state), strict=True):
        v.assign(value)


@unhurried
@given(st.data())
@pytest.mark.parametrize("name", OPTIONS)
def test_fifty_steps(name: str, data: Any) -> None:
    if name == "ScheduleFreeAdamW" and keras.backend.backend() == "torch":
        pytest.skip("on PyTorch Keras's momentum_old is the very memory that it then changes")
    options = data.draw(st.fixed_dictionaries(OPTIONS[name]))
    if options.get("centered"):  # where all gradients are clipped alike, their variance is rounding
        options["epsilon"] = max(options["epsilon"], 1e-4)
    options |= data.draw(st.sampled_from(LIMITS)) | data.draw(common)
    rate = data.draw(st.sampled_from([0.001, 0.03, *RATES]))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    start = {"kernel": (4, 3), "bias": (3,), "table": (2, 3, 2)}
    arrays = {k: rng.normal(size=s).astype("float32") for k, s in start.items()}
    ours = [nn.Variable(w, name=k) for k, w in arrays.items()]
    theirs = [keras.Variable(w, name=k) for k, w in arrays.items()]
    a, b = (getattr(k.optimizers, name)(rated(k, rate), **options) for k in (nn, keras))
    every = [[(rng.normal(size=w.shape) * 0.96**t).astype("float32") for w in arrays.values()]
             for t in range(50)]  # fmt: skip
    for grads in every:
        a.apply([ag.Tensor(g) for g in grads], ours)
    train(b, every, theirs)
    for w, v in zip(ours, theirs, strict=True):
        expected = keras.ops.convert_to_numpy(v)
        atol = 1e-5 * max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(w, expected, rtol=1e-5, atol=atol, err_msg=str(options))
    assert [v.shape for v in a.variables] == [tuple(v.shape) for v in b.variables]
    a.finalize_variable_values(ours)
    b.finalize_variable_values(theirs)
    for w, v in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(w, keras.ops.convert_to_numpy(v), rtol=1e-5, atol=3e-5)


@unhurried
@given(st.data())
@pytest.mark.parametrize("name", SCHEDULES)
def test_rates(name: str, data: Any) -> None:
    options = data.draw(st.fixed_dictionaries(SCHEDULES[name]))
    ours = getattr(nn.optimizers.schedules, name)(0.3, **options)
    theirs = getattr(keras.optimizers.schedules, name)(0.3, **options)
    for step in data.draw(st.lists(st.integers(0, 80), max_size=5)):
        if name == "CosineDecayRestarts":  # where one begins anew, Keras's rounding may be late
            step = step * options["first_decay_steps"] + 1
        np.testing.assert_allclose(
            float(ours(step)), float(theirs(np.int32(step))), rtol=1e-4, atol=1e-6
        )


def test_one_cycle_is_that_of_torch() -> None:
    torch = pytest.importorskip("torch")
    for rising, shape, anneal in ((0.3, "cosine", "cos"), (0.6, "line", "linear")):
        sgd = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.1)
        theirs = torch.optim.lr_scheduler.OneCycleLR(
            sgd, 0.5, total_steps=40, pct_start=rising, anneal_strategy=anneal
        )
        ours = nn.optimizers.schedules.OneCycle(0.5, 40, rising=rising, shape=shape)
        for step in range(40):
            np.testing.assert_allclose(float(ours(step)), theirs.get_last_lr()[0], rtol=1e-6)
            sgd.step()
            theirs.step() if step < 39 else None


@pytest.mark.parametrize("options", [{}, {"betas": (0.7, 0.9), "eps": 1e-3}])
def test_radam_is_that_of_torch(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    w = rng.normal(size=(4, 3))
    theirs = torch.nn.Parameter(torch.tensor(w))
    adam = torch.optim.RAdam([theirs], 0.01, **({"eps": 1e-7} | options))
    named = {"epsilon": options.get("eps", 1e-7)}
    named |= dict(zip(("beta_1", "beta_2"), options.get("betas", (0.9, 0.999)), strict=True))
    params, state, ours = ag.Tensor(w), None, nn.optimizers.RAdam(0.01, **named)
    for _ in range(50):
        g = rng.normal(size=w.shape)
        params, state = ours.step(params, ag.Tensor(g), state)
        theirs.grad = torch.tensor(g)
        adam.step()
    np.testing.assert_allclose(params, theirs.detach().numpy(), rtol=1e-4)


@pytest.mark.parametrize("name, options", [
    ("RandomNormal", {"mean": 0.3, "stddev": 0.2}), ("RandomUniform", {"minval": -1.0}),
    ("TruncatedNormal", {"stddev": 0.3}), ("GlorotUniform", {}), ("GlorotNormal", {}),
    ("HeUniform", {}), ("HeNormal", {}), ("LecunUniform", {}), ("LecunNormal", {}),
    ("VarianceScaling", {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"}),
    ("Orthogonal", {"gain": 1.5}),
])  # fmt: skip
@pytest.mark.parametrize("shape", [(80, 60), (3, 3, 20, 30)])
def test_draws_are_of_the_same_distribution(
    name: str, options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    ks = pytest.importorskip("scipy.stats").ks_2samp
    ours = np.ravel(getattr(nn.initializers, name)(**options, seed=3)(shape))
    theirs = np.ravel(np.array(getattr(keras.initializers, name)(**options, seed=3)(shape)))
    assert ks(ours, theirs).pvalue > 1e-3


def test_the_names_of_every_module() -> None:
    for module in ("optimizers", "initializers", "regularizers", "constraints"):
        theirs = {n for n in dir(getattr(keras, module)) if n[0] != "_"}
        missing = theirs - set(dir(getattr(nn, module))) - {"legacy"}
        assert not missing, module
    schedules = {n for n in dir(keras.optimizers.schedules) if n[0] != "_"}
    assert schedules <= set(dir(nn.optimizers.schedules))
