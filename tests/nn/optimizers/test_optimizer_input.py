"""What optimizers refuse, in words that say what to do; and that a refused call changes nothing."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import GradientError
from autograd_nn.nn import optimizers
from autograd_nn.nn.optimizers.options import CHECKS
from tests.nn.optimizers.optimizer_cases import CASES, OWN

KINDS = sorted({name for name, _ in (*CASES, *OWN)})
s = optimizers.schedules


def options(name: str) -> list[str]:
    named = inspect.signature(getattr(optimizers, name)).parameters
    return [k for k in named if k not in ("learning_rate", "options", "exclude_layers")]


@pytest.mark.parametrize("name", KINDS)
def test_every_option_is_checked_where_it_is_given_and_where_it_is_set(name: str) -> None:
    made = getattr(optimizers, name)()
    common = ("clipnorm", "clipvalue", "global_clipnorm", "weight_decay", "use_ema", "decay",
              "ema_momentum", "ema_overwrite_frequency", "gradient_accumulation_steps",
              "loss_scale_factor")  # fmt: skip
    for option in (*options(name), *common):
        assert option in CHECKS
        before = getattr(made, option)
        with pytest.raises((TypeError, ValueError), match=option):
            getattr(optimizers, name)(**{option: "much"})
        with pytest.raises((TypeError, ValueError), match=option):
            setattr(made, option, "much")
        assert getattr(made, option) is before


def applied(**given: Any) -> Any:
    w = nn.Variable([1.0, 2.0], name="w")
    optimizer = nn.Adam(**given.pop("made", {}))
    grads = given.pop("grads", [ag.Tensor([1.0, 1.0])])
    weights = given.pop("weights", [w])
    try:
        optimizer.apply(grads, weights)
    finally:
        np.testing.assert_array_equal(w, [1.0, 2.0])
        assert int(optimizer.iterations) == 0


REFUSED: list[tuple[Any, str]] = [
    (lambda: nn.Adam(learning_rate="fast"), "learning_rate='fast'"),
    (lambda: nn.Adam(learning_rate=-1.0), "learning_rate=-1.0"),
    (lambda: nn.Adam(learning_rate=float("nan")), "learning_rate=nan"),
    (lambda: nn.Adam(ag.Tensor([1.0])), "shape (1,)"),
    (lambda: nn.Adam(beta_1=1.0), "beta_1=1.0"),
    (lambda: nn.Adam(epsilon=0.0), "epsilon=0.0"),
    (lambda: nn.Adam(amsgrad=1), "expected True or False"),
    (lambda: nn.Adam(clipnorm=1.0, clipvalue=1.0), "more than one of clipnorm"),
    (lambda: nn.Adam(gradient_accumulation_steps=1), "a whole number from 2"),
    (lambda: nn.Adam(ema_momentum=1.5), "at most 1"),
    (lambda: nn.Adam(bta_1=0.5), "Did you mean 'beta_1'"),
    (lambda: optimizers.Ftrl(learning_rate_power=0.5), "at most 0"),
    (lambda: optimizers.Muon(ns_steps=0), "a whole number from 1"),
    (lambda: optimizers.get("adm"), "Did you mean 'adam'"),
    (lambda: optimizers.ScheduleFreeAdamW(beta_1=0.0), "beta_1=0.0"),
    (lambda: applied(grads=[None]), "None as the gradient of every weight"),
    (lambda: applied(grads=[]), "0 gradients for 1 weights"),
    (lambda: applied(grads=[ag.Tensor([1.0])] * 2), "2 gradients for 1 weights"),
    (lambda: applied(grads=[ag.Tensor([1.0])]), "shape (1,) for a weight of shape (2,)"),
    (lambda: applied(grads=[[1.0, 1.0, 1.0]]), "shape (3,) for a weight of shape (2,)"),
    (lambda: applied(weights=None), "received gradients without their weights"),
    (lambda: nn.SGD(s.Noam(4)).set_weights([]), "build(model.trainable_variables"),
    (lambda: optimizers.Optimizer().update(*"gwslt"), "defines no update"),
    (lambda: s.ExponentialDecay(-1.0, 3, 0.5), "initial_learning_rate=-1.0"),
    (lambda: s.ExponentialDecay(1.0, 0, 0.5), "decay_steps=0"),
    (lambda: s.PiecewiseConstantDecay([1, 2], [1.0]), "one value more than boundaries"),
    (lambda: s.PiecewiseConstantDecay([2, 1], [1.0, 1.0, 1.0]), "counts of steps that rise"),
    (lambda: s.CosineDecay(1.0, 5, warmup_target=-1.0), "warmup_target=-1.0"),
    (lambda: s.CosineDecay(1.0, 5, warmup_steps=0.5), "warmup_steps of CosineDecay=0.5"),
    (lambda: s.CosineDecayRestarts(1.0, 5, t_mul=0.5), "t_mul=0.5"),
    (lambda: s.OneCycle(1.0, 10, rising=1.0), "a share between 0 and 1"),
    (lambda: s.OneCycle(1.0, 10, shape="wave"), "'cosine' or 'line'"),
    (lambda: s.LinearWarmup("fast", 3), "after='fast'"),
    (lambda: s.LearningRateSchedule()(0), "defines no __call__(step)"),
]


@pytest.mark.parametrize("call, words", REFUSED, ids=[words for _, words in REFUSED])
def test_what_is_refused(call: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError, NotImplementedError, GradientError)) as caught:
        call()
    assert words in str(caught.value)


def test_a_schedule_is_not_overwritten_by_a_number() -> None:
    optimizer = nn.SGD(s.ExponentialDecay(0.5, 1, 0.5))
    with pytest.raises(TypeError, match="in place of a schedule"):
        optimizer.learning_rate = 0.1
    assert float(optimizer.learning_rate) == 0.5 and optimizer.scheduled
    optimizer.apply([ag.Tensor([1.0])], [nn.Variable([1.0])])
    assert float(optimizer.learning_rate) == 0.25
    optimizer.learning_rate = s.Noam(4)
    plain = nn.SGD(0.5)
    plain.learning_rate = s.Noam(4)
    assert plain.scheduled and [v.name for v in plain.variables] == ["iteration"]


def test_gradients_may_be_arrays() -> None:
    w, v = nn.Variable([1.0, 2.0]), nn.Variable([3.0])
    sgd = nn.SGD(1.0)
    sgd.apply([np.array([1.0, 1.0]), ag.Tensor([1.0])], [w, v])
    with pytest.warns(UserWarning, match="no gradient for 'variable', which stay"):
        sgd.apply_gradients([([0.5, 0.0], w), (None, v)])
    assert w.tolist() == [-0.5, 1.0] and v.tolist() == [2.0]


def test_set_weights_and_what_does_not_fit() -> None:
    one, other, w = nn.Adam(0.1), nn.Adam(0.2), nn.Variable([1.0, 2.0], name="w")
    one.apply([ag.Tensor([1.0, 3.0])], [w])
    other.build([w])
    other.set_weights(one.get_weights())
    for a, b in zip(one.variables, other.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    spoilt = [*other.get_weights()[:-1], np.ones(3)]
    spoilt[0] = np.array(7)
    with pytest.raises(ValueError, match=r"shape \(3,\) for 'w_velocity'"):
        other.set_weights(spoilt)
    assert int(other.iterations) == 1
    with pytest.raises(ValueError, match="received 1 arrays; expected 4"):
        other.set_weights([0])


def test_weights_spared_from_decay() -> None:
    w, bias, other = (nn.Variable([1.0], name=n) for n in ("kernel", "bias", "other"))
    sgd = nn.SGD(1.0, weight_decay=0.5)
    sgd.exclude_from_weight_decay(var_list=[other], var_names=["bi.s"])
    sgd.apply([ag.Tensor([0.0])] * 3, [w, bias, other])
    assert [float(v[0]) for v in (w, bias, other)] == [0.5, 1.0, 1.0]
    with pytest.raises(ValueError, match="before build"):
        sgd.exclude_from_weight_decay(var_names=["kernel"])


def test_an_update_that_names_an_undeclared_slot_is_told_how_to_declare_it() -> None:
    class Mine(optimizers.Optimizer):
        def update(self, g: Any, w: Any, s: Any, lr: Any, step: Any) -> Any:
            return w - lr * s.velocity

    with pytest.raises(AttributeError, match=r"velocity = Slot\(\)"):
        Mine().apply([ag.Tensor([1.0])], [nn.Variable([1.0])])


def test_an_optimizer_of_ones_own_is_its_slots_and_an_update() -> None:
    class Heavy(optimizers.Optimizer):
        speed = optimizers.Slot()

        def update(self, g: Any, w: Any, s: Any, lr: Any, step: Any) -> Any:
            s.speed = 0.5 * s.speed - lr * g
            return w + s.speed

    mine, sgd = Heavy(0.1, clipnorm=1.0), nn.SGD(0.1, momentum=0.5, clipnorm=1.0)
    ws, vs = ([nn.Variable(np.ones(k), name=f"w{k}") for k in (2, 3)] for _ in range(2))
    for _ in range(4):
        for optimizer, weights in ((mine, ws), (sgd, vs)):
            optimizer.apply([ag.Tensor(np.arange(k) + 1.0) for k in (2, 3)], weights)
    for w, v in zip(ws, vs, strict=True):
        np.testing.assert_allclose(w, v)
    assert [v.name for v in mine.variables[2:]] == ["w2_speed", "w3_speed"]
