"""compile, fit, evaluate and predict of models with several inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine import ops

rng = np.random.default_rng(3)
A, B = rng.normal(size=(40, 3)).astype("float32"), rng.normal(size=(40, 2)).astype("float32")
P = rng.normal(size=(40, 2)).astype("float32")
Q = (rng.random((40, 1)) > 0.3).astype("float32")
P_LOSS, Q_LOSS = nn.losses.MeanSquaredError(), nn.losses.BinaryCrossentropy()


def functional() -> nn.Model:
    a, b = nn.Input((3,), name="a"), nn.Input((2,), name="b")
    h = nn.Dense(4, activation="tanh")(ops.concatenate([a, b], axis=1))
    return nn.Model([a, b], [nn.Dense(2, name="p")(h), nn.Dense(1, "sigmoid", name="q")(h)])


class Own(nn.Model):
    """The same arithmetic in a call, from a dict to a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Dense(4, activation="tanh")
        self.p, self.q = nn.Dense(2), nn.Dense(1, activation="sigmoid")

    def call(self, inputs: Any) -> Any:
        h = self.hidden(ops.concatenate([inputs["a"], inputs["b"]], axis=1))
        return {"p": self.p(h), "q": self.q(h)}


@pytest.fixture
def model() -> nn.Model:
    made = functional()
    made.compile("sgd", {"p": "mse", "q": "binary_crossentropy"}, loss_weights=[1, 0.5],
                 metrics={"p": ["mae"], "q": ["accuracy"]}, run_eagerly=True)  # fmt: skip
    return made


def test_logs_are_named_by_output(model: nn.Model) -> None:
    names = ["loss", "p_loss", "q_loss", "p_mae", "q_accuracy"]
    assert model.metrics_names == names
    p, q = model.predict([A, B], verbose=0)
    logs = model.evaluate([A, B], [P, Q], verbose=0, return_dict=True)
    assert list(logs) == names
    assert model.evaluate([A, B], [P, Q], verbose=0) == list(logs.values())
    assert logs["p_loss"] == pytest.approx(float(P_LOSS(P, p)), rel=1e-5)
    assert logs["q_loss"] == pytest.approx(float(Q_LOSS(Q, q)), rel=1e-5)
    assert logs["loss"] == pytest.approx(logs["p_loss"] + 0.5 * logs["q_loss"], rel=1e-5)
    history = model.fit([A, B], [P, Q], validation_split=0.25, verbose=0).history
    assert list(history) == [*names, *(f"val_{n}" for n in names)]


def test_inputs_and_targets_come_in_order_or_by_name(model: nn.Model) -> None:
    first = model.evaluate([A, B], [P, Q], verbose=0)
    for x in ([A, B], (A, B), {"b": B, "a": A}):
        for y in ([P, Q], (P, Q), {"q": Q, "p": P}):
            assert model.evaluate(x, y, verbose=0) == first


def test_weights_belong_to_outputs(model: nn.Model) -> None:
    w = np.linspace(0, 2, 40).astype("float32")
    p, q = model.predict([A, B], verbose=0)
    both = model.evaluate([A, B], [P, Q], sample_weight=w, verbose=0, return_dict=True,
                          batch_size=40)  # fmt: skip
    one = model.evaluate([A, B], [P, Q], sample_weight={"q": w}, verbose=0, return_dict=True,
                         batch_size=40)  # fmt: skip
    assert both["p_loss"] == pytest.approx(float(P_LOSS(P, p, w)), rel=1e-5)
    assert one["p_loss"] == pytest.approx(float(P_LOSS(P, p)), rel=1e-5)
    assert one["q_loss"] == both["q_loss"] == pytest.approx(float(Q_LOSS(Q, q, w)), rel=1e-5)


def test_classes_are_balanced() -> None:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1, activation="sigmoid")])
    model.compile(nn.optimizers.SGD(0.0), "binary_crossentropy", run_eagerly=True)
    share = float(Q.mean())
    weights = {0: 0.5 / (1 - share), 1: 0.5 / share}
    ends = [model.train_on_batch(A, Q, class_weight=w) for w in (weights, "balanced")]
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)
    assert ends[0] != pytest.approx(model.test_on_batch(A, Q), rel=1e-4)


def test_an_output_without_a_loss_needs_no_targets() -> None:
    model = functional()
    model.compile("sgd", {"q": "binary_crossentropy"}, run_eagerly=True)
    logs = model.evaluate([A, B], {"q": Q}, verbose=0, return_dict=True)
    assert list(logs) == ["loss"]  # which is that of q
    assert logs == model.evaluate([A, B], [None, Q], verbose=0, return_dict=True)


def test_one_loss_stands_for_all_outputs_and_one_metric_too() -> None:
    for metric in ("mse", nn.metrics.MeanSquaredError()):
        model = functional()
        model.compile("sgd", "mse", [metric], run_eagerly=True)
        logs = model.evaluate([A, B], [P, Q], verbose=0, return_dict=True)
        found = [name for name in logs if "loss" not in name]
        assert logs["p_loss"] == pytest.approx(logs[found[0]], rel=1e-6)
        assert logs["q_loss"] == pytest.approx(logs[found[1]], rel=1e-6)


@pytest.mark.parametrize("given", [{"p": "mse", "q": "mae"}, "mse"])
def test_a_subclass_settles_its_losses_when_its_outputs_are_known(given: Any) -> None:
    model = Own()
    model.compile("sgd", given, metrics={"q": ["mae"]} if isinstance(given, dict) else None,
                  run_eagerly=True)  # fmt: skip
    x, y = {"a": A, "b": B}, {"q": Q, "p": P}
    names = ["loss", "p_loss", "q_loss"] + ["q_mae"] * isinstance(given, dict)
    assert list(model.fit(x, y, verbose=0).history) == names
    assert model.metrics_names == names
    found = model.predict(x, verbose=0)
    assert {k: v.shape for k, v in found.items()} == {"p": (40, 2), "q": (40, 1)}


class Penal(nn.Layer):
    def call(self, inputs: Any) -> Any:
        self.add_loss(ops.mean(ops.square(inputs)))
        return inputs


def test_added_losses_and_penalties_of_results_are_part_of_the_loss() -> None:
    x = nn.Input((3,))
    model = nn.Model(x, nn.Dense(1, activity_regularizer="l2")(Penal()(x)))
    model.compile("sgd", "mse", run_eagerly=True)
    y = model.predict(A, verbose=0)
    plain = float(P_LOSS(Q, y))
    wanted = plain + float(np.mean(A**2)) + 0.01 * float((y**2).sum()) / 40
    assert model.evaluate(A, Q, batch_size=40, verbose=0) == pytest.approx(wanted, rel=1e-5)
    model(A)
    assert len(model.losses) == 2
    model.compile("sgd", run_eagerly=True)  # no other loss, and no targets
    losses = model.fit(A, verbose=0, epochs=2).history["loss"]
    assert losses[1] < losses[0]


def test_losses_come_in_the_structure_of_the_outputs() -> None:
    x = nn.Input((3,))
    y = [nn.Dense(1)(x) for _ in range(3)]
    model = nn.Model(x, {"a": y[0], "b": (y[1], y[2])})
    targets = {"a": Q, "b": [Q, Q + 1]}
    model.compile("sgd", {"a": ["mse"], "b": ["mae", None]}, run_eagerly=True)
    logs = model.evaluate(A, targets, verbose=0, return_dict=True)
    out = model.predict(A, verbose=0)
    wanted = float(P_LOSS(Q, out["a"])) + float(np.abs(out["b"][0] - Q).mean())
    assert logs["loss"] == pytest.approx(wanted, rel=1e-5)
    assert len(logs) == 3


def test_batch_callbacks_come_once_an_execution() -> None:
    seen: list[int] = []
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=3, run_eagerly=True)
    told = nn.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    model.fit(A, Q, batch_size=5, verbose=0, callbacks=[told])
    assert seen == [2, 5, 8]  # the last execution is told as if it were whole


def test_epochs_that_go_on_are_told_of_the_batches_they_have() -> None:
    seen: list[tuple[int, int]] = []
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    told = nn.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: seen.append((batch, -1)),
        on_train_batch_end=lambda batch, logs: seen.append((batch, batch)),
    )
    model.compile("sgd", "mse", run_eagerly=True)
    n = len(A)  # 40: eight batches of five
    model.fit(A, Q, batch_size=5, steps_per_epoch=6, epochs=2, verbose=0, callbacks=[told])
    assert [b for b, e in seen if e < 0] == [b for b, e in seen if e >= 0]
    assert [b for b, e in seen if e >= 0] == [0, 1, 2, 3, 4, 5] + list(range(n // 5 - 6))
    seen.clear()
    model.compile("sgd", "mse", steps_per_execution=2, run_eagerly=True)
    model.fit(A, Q, batch_size=5, steps_per_epoch=3, epochs=2, verbose=0, callbacks=[told])
    assert [b for b, e in seen if e < 0] == [0, 2, 0, 2]  # of four batches each

    def batches() -> Any:
        for i in range(0, 15, 5):
            yield A[i : i + 5], Q[i : i + 5]

    seen.clear()
    model.compile("sgd", "mse", steps_per_execution=3)  # natively, after the first batch
    model.fit(A, Q, batch_size=5, epochs=2, verbose=0, callbacks=[told])
    assert [b for b, e in seen if e < 0] == [0, 3, 6] * 2
    assert [b for b, e in seen if e >= 0] == [2, 5, 8] * 2
    seen.clear()
    model.compile("sgd", "mse", steps_per_execution=2, run_eagerly=True)
    model.fit(batches(), verbose=0, callbacks=[told])
    assert [b for b, e in seen if e >= 0] == [1, 3]  # the end is told of, also unforeseen


def compiled(**options: Any) -> Callable[[], Any]:
    return lambda: functional().compile(**options)


def fitted(x: Any, y: Any, **options: Any) -> Callable[[], Any]:
    def call() -> Any:
        model = functional()
        model.compile("sgd", "mse")
        return model.fit(x, y, verbose=0, **options)

    return call


WRONG: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "losses": (compiled(loss=["mse"] * 3), ValueError, "each of the 2 outputs: p, q"),
    "a loss for nobody": (compiled(loss={"r": "mse"}), ValueError, "expected names of the outputs"),
    "metrics": (compiled(loss="mse", metrics=[["mae"]]), ValueError, "each of the 2 outputs"),
    "three metrics": (compiled(loss="mse", metrics=["mae", "mse", "mape"]), ValueError,
                      "metrics as a list of 3; expected one for each of the 2 outputs"),
    "loss_weights": (compiled(loss="mse", loss_weights=2.0), ValueError, "received loss_weights"),
    "too few inputs": (fitted([A], [P, Q]), ValueError, "each of the 2 inputs: a, b"),
    "an array": (fitted(A, [P, Q]), ValueError, "one array of shape (40, 3)"),
    "a strange input": (fitted({"a": A, "c": B}, [P, Q]), ValueError, "'c'"),
    "an input's shape": (fitted([A, A], [P, Q]), ValueError, "the input 'b' of shape (40, 3)"),
    "one target": (fitted([A, B], P), ValueError, "one array of shape (40, 2)"),
    "targets swapped": (fitted([A, B], [Q, P]), ValueError, "targets of the output 'p'"),
    "lengths": (fitted([A, B[:5]], [P, Q]), ValueError, "40 in x[0], 5 in x[1]"),
    "lengths of targets": (fitted([A, B], [P, Q[:3]]), ValueError, "3 in y['q']"),
    "weights": (fitted([A, B], [P, Q], sample_weight={"z": np.ones(40)}), ValueError, "'z'"),
    "class weights": (fitted([A, B], [P, Q], class_weight={0: 1.0}), ValueError, "by the outputs"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_refused(name: str) -> None:
    call, kind, words = WRONG[name]
    with pytest.raises(kind) as error:
        call()
    assert words in str(error.value)


def test_an_empty_list_of_metrics_is_none() -> None:
    x = nn.Input((2,))
    model = nn.Model(x, [nn.Dense(1)(x), nn.Dense(1)(x)])
    model.compile("sgd", "mse", metrics=[], weighted_metrics=[])
    assert all(name.endswith("loss") for name in model.metrics_names)
