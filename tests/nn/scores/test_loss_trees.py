"""Losses, their weights and metrics as trees: parts of the outputs' tree, and losses of several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor

rng = np.random.default_rng(3)
X = rng.normal(size=(8, 3)).astype("float32")
Y = [rng.normal(size=(8, 1)).astype("float32") for _ in range(3)]


class Two(NamedTuple):
    a: Any
    b: Any


def model(form: Callable[[Any, Any, Any], Any]) -> nn.Model:
    """A model whose three results stand in a tree of that form."""
    x = nn.Input((3,))
    return nn.Model(x, form(*[nn.Dense(1, name=n)(x) for n in ("p", "q", "r")]))


def logs(made: nn.Model, y: Any, *args: Any, **options: Any) -> dict[str, float]:
    made.compile("sgd", *args, **options, run_eagerly=True)
    return made.evaluate(X, y, verbose=0, return_dict=True)


def gap(y: np.ndarray, p: Any) -> float:
    return float(np.abs(y - np.asarray(p)).mean())


def apart(y_true: Any, y_pred: Any) -> Any:
    """How far two outputs' errors are apart: a loss of both."""
    a, b = (y_true[k] - y_pred[k] for k in (y_pred if isinstance(y_pred, dict) else (0, 1)))
    return ops.mean(ops.abs(a - b), axis=-1)


def distance(y: Any, p: Any) -> float:
    return float(np.abs((y[0] - np.asarray(p[0])) - (y[1] - np.asarray(p[1]))).mean())


def nested(p: Any, q: Any, r: Any) -> Any:
    return {"one": p, "two": {"u": q, "v": r}}


TREE = {"one": Y[0], "two": {"u": Y[1], "v": Y[2]}}


def test_a_part_of_the_tree_is_enough() -> None:
    made = model(nested)
    found = logs(made, TREE, {"two": {"v": "mae"}}, metrics={"two": {"u": ["mae"]}})
    out = made.predict(X, verbose=0)
    assert list(found) == ["loss", "q_mae"]
    assert found["loss"] == pytest.approx(gap(Y[2], out["two"]["v"]), rel=1e-5)
    assert found["q_mae"] == pytest.approx(gap(Y[1], out["two"]["u"]), rel=1e-5)


def test_a_name_over_several_outputs_is_a_loss_of_each() -> None:
    made = model(nested)
    found = logs(made, TREE, {"one": "mse", "two": "mae"}, loss_weights={"one": 0.0, "two": 2.0})
    out = made.predict(X, verbose=0)["two"]
    assert list(found) == ["loss", "one_loss", "two/u_loss", "two/v_loss"]
    wanted = [gap(Y[1], out["u"]), gap(Y[2], out["v"])]
    assert [found["two/u_loss"], found["two/v_loss"]] == pytest.approx(wanted, rel=1e-5)
    assert found["loss"] == pytest.approx(2 * sum(wanted), rel=1e-5)


def logs_of(loss: Any, weights: Any = None) -> tuple[dict[str, float], Any]:
    made = model(nested)
    found = logs(made, TREE, loss, loss_weights=weights)
    return found, made.predict(X, verbose=0)["two"]


def test_a_function_over_several_outputs_sees_them_in_their_structure() -> None:
    found, out = logs_of({"two": apart})
    wanted = distance(Y[1:], [out["u"], out["v"]])
    assert found == pytest.approx({"loss": wanted}, rel=1e-5)


def test_several_losses_of_the_same_outputs_stand_in_a_list() -> None:
    found, out = logs_of({"two": [apart, {"u": "mae"}]}, {"two": [3.0, {"u": 0.5}]})
    both, one = distance(Y[1:], [out["u"], out["v"]]), gap(Y[1], out["u"])
    wanted = {"loss": 3 * both + one / 2, "two_loss": both, "two/u_loss": one}
    assert found == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("kind", [tuple, Two._make])
def test_a_list_over_a_tuple_of_outputs_holds_losses_of_all(kind: Callable[[Any], Any]) -> None:
    made = model(lambda p, q, r: kind([p, q]))
    found = logs(made, kind(Y[:2]), [apart, kind(["mae", None])])
    out = made.predict(X, verbose=0)
    assert type(out) is type(kind([0, 0]))
    both, one = distance(Y[:2], out), gap(Y[0], out[0])
    wanted = {"loss": both + one, "p_q_loss": both, f"{['p', 'a'][kind is not tuple]}_loss": one}
    assert {k: found[k] for k in ("loss", "p_q_loss")} == pytest.approx(
        {k: wanted[k] for k in ("loss", "p_q_loss")}, rel=1e-5
    )
    assert sorted(found.values()) == pytest.approx(sorted(wanted.values()), rel=1e-5)


@pytest.mark.parametrize("y", [[Y[0], Y[2]], (Y[0], Y[2]), [Y[0], None, Y[2]]])
def test_targets_of_outputs_without_a_loss_may_be_left_out(y: Any) -> None:
    made = model(lambda *r: list(r))
    found = logs(made, y, ["mae", None, "mae"])
    out = made.predict(X, verbose=0)
    assert found["p_loss"] == pytest.approx(gap(Y[0], out[0]), rel=1e-5)
    assert found["r_loss"] == pytest.approx(gap(Y[2], out[2]), rel=1e-5)
    alone = logs(made, Y[1], [None, "mae", None])
    assert alone == pytest.approx({"loss": gap(Y[1], out[1])}, rel=1e-5)


def test_outputs_that_are_looked_at_together_are_weighed_together() -> None:
    made = model(nested)
    made.compile("sgd", {"two": apart}, run_eagerly=True)
    weight = np.linspace(0, 2, 8).astype("float32")
    out = made.predict(X, verbose=0)["two"]
    each = np.abs((Y[1] - out["u"]) - (Y[2] - out["v"]))[:, 0]
    found = made.evaluate(X, TREE, sample_weight=weight, verbose=0)
    assert found == pytest.approx(float((each * weight).mean()), rel=1e-5)
    with pytest.raises(ValueError, match="expected one for all"):
        made.evaluate(X, TREE, sample_weight={"q": weight, "r": weight + 1}, verbose=0)


class Own(nn.Model):
    """Results in a tree that is known once data have come."""

    def __init__(self) -> None:
        super().__init__()
        self.p, self.q, self.r = nn.Dense(1), nn.Dense(1), nn.Dense(1)

    def call(self, inputs: Any) -> Any:
        return nested(self.p(inputs), self.q(inputs), self.r(inputs))


def test_a_subclass_may_be_told_trees_before_its_outputs_are_known() -> None:
    made = Own()
    found = logs(made, TREE, {"one": "mse", "two": [apart, {"u": "mae"}]},
                 metrics={"one": ["mae"], "two": {"v": ["mse"]}})  # fmt: skip
    assert list(found)[:4] == ["loss", "one_loss", "two_loss", "two/u_loss"]
    assert len(found) == 6
    history = made.fit(X, TREE, epochs=8, verbose=0).history["loss"]
    assert history[-1] < history[0]
    for bad in ({"loss": {"two": [apart, {"u": "mea"}]}}, {"metrics": {"two": {"v": ["mea"]}}}):
        with pytest.raises(ValueError, match="mea"):
            Own().compile("sgd", **bad)


def test_a_native_step_is_the_same() -> None:
    ends = []
    for eagerly in (True, False):
        nn.utils.set_random_seed(2)
        made = model(nested)
        made.compile("sgd", {"two": [apart, {"u": "mae"}]}, run_eagerly=eagerly)
        ends.append(made.fit(X, TREE, epochs=3, shuffle=False, verbose=0).history["two_loss"])
    np.testing.assert_allclose(*ends, rtol=1e-5)


LISTS = model(lambda *r: list(r))
WRONG: dict[str, tuple[nn.Model, dict[str, Any], str]] = {
    "a key": (model(nested), {"loss": {"two": {"w": "mae"}}}, "'w'.* for the outputs 'two'"),
    "a tree for one": (model(nested), {"loss": {"one": {"w": "mae"}}}, "for the output 'one', 1"),
    "two for one": (LISTS, {"loss": ["mae", ["mae", "mse"], None]}, "2 of them; expected one"),
    "too few": (LISTS, {"loss": ["mae", "mse"]}, "a list of 2; expected one for each of the 3"),
    "nested, too few": (model(nested), {"loss": [["mae"], ["mae"]]}, "in their structure"),
    "weights": (LISTS, {"loss": "mae", "loss_weights": [1, 2]}, "loss_weights as a list of 2"),
    "no weight": (LISTS, {"loss": "mae", "loss_weights": ["a", 1, 1]}, "loss_weights='a'"),
    "two metrics": (LISTS, {"metrics": ["mae", "mse"]}, "metrics as a list of 2"),
    "four metrics": (LISTS, {"weighted_metrics": ["mae"] * 4}, "weighted_metrics as a list of 4"),
    "metrics of none": (model(nested), {"metrics": {"two": {"w": ["mae"]}}}, "for 'two'"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_trees_that_do_not_fit_are_refused(name: str) -> None:
    made, told, words = WRONG[name]
    made.compile("adam", "mse")
    before = made.optimizer, made.loss
    with pytest.raises((ValueError, TypeError), match=words):
        made.compile("sgd", **told)
    assert (made.optimizer, made.loss) == before


def test_a_loss_by_the_key_of_the_only_output() -> None:
    x = nn.Input((3,))
    dense = nn.Dense(1, name="dense")
    model = nn.Model(x, {"y": dense(x)})
    seen = []

    def squares(y: Any, y_pred: Any) -> Any:
        seen.append(type(y_pred))
        return (y - y_pred) ** 2

    model.compile("sgd", loss={"y": squares}, metrics={"y": ["mae"]}, run_eagerly=True)
    model.fit(np.ones((4, 3)), {"y": np.zeros((4, 1))}, verbose=0)
    assert all(issubclass(kind, Tensor) for kind in seen)
    with pytest.raises(ValueError, match="outputs 'z'"):
        model.compile("sgd", loss={"z": squares})
