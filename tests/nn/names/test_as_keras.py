"""What people who come from Keras write, and what they get: names, logs, steps, weights, inputs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, GradientError

RNG = np.random.default_rng(1)
X = RNG.normal(size=(64, 3)).astype("float32")
Y = (X[:, 0] > 0).astype("float32")


def line(**options: Any) -> nn.Sequential:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1, kernel_initializer="ones")])
    model.compile(**{"loss": "mse", "optimizer": nn.SGD(0.01), **options})
    return model


# ---- callbacks ----------------------------------------------------------------------------------


def test_every_hook_gets_logs_that_can_be_asked() -> None:
    seen: list[tuple[str, Any]] = []
    hooks = {
        name: (lambda *given, name=name: seen.append((name, given[-1].get("loss"))))
        for name in nn.callbacks.HOOKS
    }
    model = line()
    note = nn.LambdaCallback(**hooks)
    model.fit(X, Y, validation_data=(X, Y), verbose=0, callbacks=[note])
    model.predict(X, verbose=0, callbacks=[note])
    assert {name for name, _ in seen} == set(nn.callbacks.HOOKS)


@pytest.mark.parametrize("name", nn.callbacks.HOOKS)
def test_a_hook_may_name_its_logs(name: str) -> None:
    class Old(nn.Callback):
        pass

    if "batch" in name:
        setattr(Old, name, lambda self, batch, logs: logs.get("loss"))
    elif "epoch" in name:
        setattr(Old, name, lambda self, epoch, logs: logs.get("loss"))
    else:
        setattr(Old, name, lambda self, logs: logs.get("loss"))
    line().fit(X, Y, validation_data=(X, Y), verbose=0, callbacks=[Old()])


def test_what_a_callback_adds_to_the_logs_those_after_it_see() -> None:
    class Adds(nn.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["mine"] = epoch * 2.0

    history = line().fit(X, Y, epochs=3, verbose=0, callbacks=[Adds()])
    assert history.history["mine"] == [0.0, 2.0, 4.0]


def test_a_schedule_of_the_epoch_alone() -> None:
    model = line()
    schedule = nn.callbacks.LearningRateScheduler(lambda epoch: 0.5 / (1 + epoch))
    history = model.fit(X, Y, epochs=2, verbose=0, callbacks=[schedule])
    assert history.history["learning_rate"] == [0.5, 0.25]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("val_loss", "min"), ("loss", "min"), ("val_acc", "max"), ("binary_accuracy", "max"),
        ("val_f1", "max"), ("val_precision", "max"), ("recall_1", "max"), ("val_auc_2", "max"),
        ("r2", "max"), ("val_cohen_kappa", "max"), ("mcc", "max"), ("auc_pr", "max"),
        ("mae", "min"), ("val_root_mean_squared_error", "min"), ("mse_1", "min"),
    ],
)  # fmt: skip
def test_stopping_knows_which_way_is_better(name: str, expected: str) -> None:
    assert nn.EarlyStopping(name).mode == expected


def test_stopping_does_not_guess() -> None:
    with pytest.raises(ValueError, match="mode='max' or 'min'"):
        line().fit(X, Y, verbose=0, callbacks=[nn.EarlyStopping("val_mystery")])
    with pytest.raises(ValueError, match="'val_loss'"):
        line().fit(X, Y, verbose=0, callbacks=[nn.EarlyStopping("val_los")])


def test_a_metric_may_say_which_way_is_better() -> None:
    class Mystery(nn.metrics.Mean):
        direction = "up"

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            super().update_state(y_pred)

    stop = nn.EarlyStopping("mystery")
    line(metrics=[Mystery("mystery")]).fit(X, Y, verbose=0, callbacks=[stop])
    assert stop.mode == "max"


# ---- names and logs -----------------------------------------------------------------------------


def test_a_second_metric_of_a_name_is_numbered() -> None:
    model = line(metrics=["mae", "mae", "mse"], weighted_metrics=["mae", "mse"])
    assert model.metrics_names == ["loss", "mae", "mae_1", "mse", "weighted_mae", "weighted_mse"]
    assert list(model.fit(X, Y, verbose=0).history) == model.metrics_names
    assert len(model.evaluate(X, Y, verbose=0)) == 6


def test_compiling_again_forgets_what_was_watched_before() -> None:
    model = line(metrics=["mae"])
    model.fit(X, Y, verbose=0)
    model.compile(loss="mae", optimizer="sgd", metrics=["mse"])
    assert list(model.fit(X, Y, verbose=0).history) == model.metrics_names == ["loss", "mse"]


def test_on_batch_reports_the_batch_alone() -> None:
    model = line(optimizer=nn.SGD(0.0))
    one = model.train_on_batch(np.ones((2, 3)), np.zeros(2))
    two = model.train_on_batch(2 * np.ones((2, 3)), np.zeros(2))
    assert (one, two) == (9.0, 36.0)
    assert model.test_on_batch(np.ones((2, 3)), np.zeros(2)) == 9.0


@pytest.mark.parametrize("given", [["mse"], {"out": "mse"}, "mse"])
@pytest.mark.parametrize("watched", [["mae"], {"out": "mae"}, {"out": ["mae"]}, [["mae"]]])
def test_lists_and_dicts_for_the_one_output(given: Any, watched: Any) -> None:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1, name="out")])
    model.compile(loss=given, metrics=watched, optimizer="sgd")
    assert model.metrics_names == ["loss", "mae"]


def test_loss_weights_multiply_the_loss() -> None:
    plain, double = line(), line(loss_weights=[2.0])
    assert double.evaluate(X, Y, verbose=0) == pytest.approx(2 * plain.evaluate(X, Y, verbose=0))
    twice = line(optimizer=nn.SGD(0.02))
    double.fit(X, Y, shuffle=False, verbose=0)
    twice.fit(X, Y, shuffle=False, verbose=0)
    for a, b in zip(double.get_weights(), twice.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


# ---- steps --------------------------------------------------------------------------------------


def batches(model: nn.Sequential, **options: Any) -> list[int]:
    seen: list[int] = []
    note = nn.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    model.fit(X, Y, verbose=0, callbacks=[note], **options)
    return seen


def test_steps_alone_settle_the_size_of_a_batch() -> None:
    assert batches(line(), steps_per_epoch=10) == list(range(10))
    assert line().predict(X, steps=1, verbose=0).shape == (64, 1)
    assert line().predict(X, steps=3, batch_size=8, verbose=0).shape == (24, 1)


def test_more_steps_than_batches_train_to_the_end_and_warn() -> None:
    with pytest.warns(UserWarning, match="steps_per_epoch=20, but 64 samples make 8 batches"):
        assert batches(line(), steps_per_epoch=20, batch_size=8) == list(range(8))
    with pytest.warns(UserWarning, match="steps=9"):
        line().evaluate(X, Y, steps=9, batch_size=16, verbose=0)


def test_fewer_steps_go_on_in_the_data_from_epoch_to_epoch() -> None:
    seen = []

    class Shows(nn.Layer):
        def call(self, inputs: Any) -> Any:
            if len(inputs) == 3:  # a batch, not a look at the output's shape
                seen.extend(inputs.numpy()[:, 0].tolist())
            return inputs

    model = nn.Sequential([nn.Input((1,)), Shows(), nn.Dense(1)])
    model.compile(loss="mse", optimizer="sgd", run_eagerly=True)
    seen.clear()
    numbers = np.arange(12.0)[:, None]
    model.fit(numbers, np.zeros(12), batch_size=3, steps_per_epoch=2, epochs=2, shuffle=False,
              verbose=0)  # fmt: skip
    assert seen == list(range(12))
    seen.clear()
    model.fit(numbers, np.zeros(12), batch_size=3, steps_per_epoch=2, epochs=4, verbose=0)
    assert sorted(seen[:12]) == sorted(seen[12:]) == list(range(12)) and seen[:12] != seen[12:]


# ---- weights ------------------------------------------------------------------------------------


def test_class_weights_do_not_reach_what_is_kept_for_validation() -> None:
    model = line(loss="mse")
    history = model.fit(
        X, Y, validation_split=0.25, class_weight={0: 1.0, 1: 10.0}, verbose=0
    )
    assert history.history["val_loss"][0] == pytest.approx(
        model.evaluate(X[48:], Y[48:], verbose=0), rel=1e-5
    )


def test_a_loss_of_one_number_takes_weights() -> None:
    def mean_square(y_true: Any, y_pred: Any) -> Any:
        return ag.mean(ag.square(y_true - y_pred))

    plain = line(loss=mean_square)
    assert plain.evaluate(X, Y, sample_weight=np.full(64, 2.0), verbose=0) == pytest.approx(
        2 * plain.evaluate(X, Y, verbose=0), rel=1e-5
    )
    plain.fit(X, Y, class_weight={0: 1.0, 1: 2.0}, verbose=0)


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [("sum", 3634.0), ("mean_with_sample_weight", 3634 / 3), ("sum_over_batch_size", 3634 / 12)],
)
def test_a_column_of_weights(reduction: str, expected: float) -> None:
    values = np.arange(24.0).reshape(3, 4, 2)
    loss = nn.losses.MeanSquaredError(reduction=reduction)
    got = float(loss(np.zeros((3, 4, 2)), values, np.arange(3.0)[:, None]))
    assert got == pytest.approx(expected)


@pytest.mark.parametrize(
    ("shape", "expected"), [((4,), 8.0), ((4, 1), 8.0), ((4, 3), 7.6666667), ((), 5.5)]
)
def test_a_mean_with_weights(shape: tuple[int, ...], expected: float) -> None:
    weights = np.arange(float(np.prod(shape))).reshape(shape) if shape else 2.0
    mean = nn.metrics.Mean()
    mean.update_state(np.arange(12.0).reshape(4, 3), sample_weight=weights)
    assert float(mean.result()) == pytest.approx(expected)


# ---- optimizers ---------------------------------------------------------------------------------


def test_one_optimizer_for_two_models() -> None:
    both, apart = nn.Adam(0.01), (nn.Adam(0.01), nn.Adam(0.01))
    shared, own = [], []
    for made, optimizers in ((shared, (both, both)), (own, apart)):
        for optimizer in optimizers:
            model = line(optimizer=optimizer)
            model.fit(X, Y, shuffle=False, verbose=0)
            made.append(model.get_weights()[0])
    np.testing.assert_allclose(shared[0], own[0])
    assert len(both.slots) == 4 and int(both.iterations) == 4


def test_freezing_and_thawing_between_fits() -> None:
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4, activation="tanh"), nn.Dense(1)])
    model.compile(loss="mse", optimizer=nn.Adam(0.01))
    first, second = model.layers
    model.fit(X, Y, verbose=0)
    kept = first.get_weights()
    moments = [np.array(s) for s in model.optimizer.slots[0]]
    first.trainable = False
    moving = second.get_weights()
    model.fit(X, Y, verbose=0)
    for a, b in zip(kept, first.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert (second.get_weights()[0] != moving[0]).any()
    for a, b in zip(moments, model.optimizer.slots[0], strict=True):
        np.testing.assert_array_equal(a, np.array(b))
    first.trainable = True
    model.fit(X, Y, verbose=0)
    assert (first.get_weights()[0] != kept[0]).any()
    assert int(model.optimizer.iterations) == 6


def test_apply_gradients_constrains_and_steps_over_none() -> None:
    w = nn.Variable([1.0, -1.0], name="w", constraint=nn.constraints.NonNeg())
    v = nn.Variable([1.0], name="v")
    sgd = nn.SGD(0.5)
    sgd.apply_gradients([(ag.Tensor([1.0, 1.0]), w)])
    np.testing.assert_array_equal(w, [0.5, 0.0])
    with pytest.warns(UserWarning, match="no gradient for 'v'"):
        sgd.apply_gradients([(ag.Tensor([1.0, 0.0]), w), (None, v)])
    np.testing.assert_array_equal(v, [1.0])
    with pytest.raises(GradientError, match="every weight"):
        sgd.apply_gradients([(None, w), (None, v)])


def test_rates_of_nothing_and_rates_that_decay() -> None:
    w, _ = nn.SGD(lambda: 0.5).step(ag.Tensor([1.0]), ag.Tensor([1.0]))
    assert float(w[0]) == 0.5
    sgd, w = nn.SGD(0.5, decay=1.0), ag.Tensor([0.0])
    state = None
    for expected in (-0.5, -0.75, -0.75 - 0.5 / 3):
        w, state = sgd.step(w, ag.Tensor([1.0]), state)
        assert float(w[0]) == pytest.approx(expected)
    assert nn.AdamW(weight_decay=None).weight_decay is None
    assert nn.SGD().name != nn.SGD().name


# ---- metrics in Keras's spelling ----------------------------------------------------------------


def test_a_metric_as_keras_documents_it() -> None:
    class TruePositives(nn.metrics.Metric):
        def __init__(self, name: str = "tp", **options: Any) -> None:
            super().__init__(name=name, **options)
            self.found = self.add_weight(name="found", initializer="zeros", shape=())
            self.seen = self.add_variable(shape=(), initializer="ones", name="seen")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            hits = ag.logical_and(ag.greater(y_true, 0.5), ag.greater(y_pred, 0.5))
            self.found.assign_add(ag.sum(ag.astype(hits, "float64")))
            self.seen.assign(self.seen + 1)

        def result(self) -> Any:
            return self.found / self.seen

        def reset_state(self) -> None:
            self.found.assign(0.0)
            self.seen.assign(0.0)

    model = line(metrics=[TruePositives(dtype="float32")])
    values = model.evaluate(X, Y, batch_size=16, verbose=0, return_dict=True)
    p = model.predict(X, verbose=0)[:, 0]
    assert values["tp"] == pytest.approx(((p > 0.5) & (Y > 0.5)).sum() / 4)


# ---- what comes in ------------------------------------------------------------------------------


def test_a_list_of_one_array_is_the_array() -> None:
    a, b = line(), line()
    one = a.fit([X], [Y], shuffle=False, verbose=0).history["loss"]
    assert one == b.fit(X, Y, shuffle=False, verbose=0).history["loss"]
    assert a.predict([X], verbose=0).shape == (64, 1)
    assert a.predict([np.ones(3)], verbose=0).shape == (1, 1)


def test_tables_of_numbers_and_truth_values() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": X[:, 0], "b": Y > 0, "c": pandas.array(Y.astype(int), "Int64")})
    assert np.isfinite(line().fit(frame, frame["c"], verbose=0).history["loss"][0])
    frame["when"] = pandas.date_range("2020-01-01", periods=64)
    frame["kind"] = "x"
    with pytest.raises(DTypeError, match=r"'when' \(datetime64.*'kind' \(.*leave the columns out"):
        line().fit(frame, Y, verbose=0)


class Loader:
    """Like a loader of batches: it can be iterated over, and that is all."""

    batch_size = 4

    def __iter__(self) -> Any:
        return iter([(X, Y)])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (nn.Input((3,)), "pass the data itself"),
        (Loader(), "Let it make them"),
        (np.ma.masked_less(X, 0), "masked entries"),
        ("data.csv", "Read the file"),
        ({1.0, 2.0}, "has no order"),
        ({"a": X}, "Pass one array"),
        (iter(X), "Collect the samples"),
    ],
)
def test_what_is_no_array_is_named(given: Any, words: str) -> None:
    with pytest.raises((DTypeError, ValueError), match=words):
        line().fit(given, Y, verbose=0)


def test_a_masked_array_that_hides_nothing_is_an_array() -> None:
    line().fit(np.ma.array(X), Y, verbose=0)


# ---- a loss that teaches nothing ----------------------------------------------------------------


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize(
    "loss",
    [
        lambda y, p: ag.square(ag.round(p) - y),
        lambda y, p: ag.mean(ag.square(p.detach() - y)),
        lambda y, p: ag.square(ag.astype(ag.greater(p, 0.0), "float32") - y),
    ],
)
def test_a_loss_without_a_gradient_is_refused_before_anything_changes(
    loss: Any, eager: bool
) -> None:
    model = line(loss=loss, run_eagerly=eager)
    before = model.get_weights()
    with pytest.raises(GradientError, match="depends on no trainable weight"):
        model.fit(X, Y, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_model_without_weights_may_be_fitted() -> None:
    model = nn.Sequential([nn.Input((3,)), nn.Flatten()])
    model.compile(loss="mse", optimizer="sgd")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, X, verbose=0)


# ---- what can come to nothing good --------------------------------------------------------------


def test_softmax_over_one_unit_is_said() -> None:
    with pytest.warns(UserWarning, match="Use sigmoid"):
        nn.Dense(1, activation="softmax")(X)


def test_a_categorical_loss_of_one_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="binary_crossentropy"):
        line(loss="categorical_crossentropy").fit(X, Y, verbose=0)


def test_a_seed_is_checked_before_anything_is_seeded() -> None:
    nn.set_random_seed(np.int64(7))
    first = np.random.random()
    nn.set_random_seed(7)
    for wrong, kind in ((7.0, TypeError), (None, TypeError), ("7", TypeError), (-1, ValueError)):
        with pytest.raises(kind, match="seed="):
            nn.set_random_seed(wrong)
    assert np.random.random() == first


BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "stddev": (lambda: nn.initializers.RandomNormal(stddev=-1.0), ValueError, "stddev=-1.0"),
    "limits": (lambda: nn.initializers.RandomUniform(1.0, 0.0), ValueError, "maxval=0.0"),
    "gain": (lambda: nn.initializers.Identity("big"), DTypeError, "gain='big'"),
    "initializer's seed": (lambda: nn.initializers.HeNormal(seed=1.5), TypeError, "seed=1.5"),
    "norm": (lambda: nn.constraints.MaxNorm(-1.0), ValueError, "max_value=-1.0"),
    "norms": (lambda: nn.constraints.MinMaxNorm(2.0, 1.0), ValueError, "max_value=1.0"),
    "axis": (lambda: nn.constraints.UnitNorm("rows"), TypeError, "axis='rows'"),
    "penalty": (lambda: nn.regularizers.L1("a"), DTypeError, "l1='a'"),
    "delta": (lambda: nn.Huber(delta=None), DTypeError, "delta=None"),
    "smoothing": (lambda: nn.BinaryCrossentropy(label_smoothing="a"), DTypeError, "label_smoo"),
    "threshold": (lambda: nn.BinaryAccuracy(threshold="a"), DTypeError, "threshold='a'"),
    "monitor": (lambda: nn.EarlyStopping(monitor=None), TypeError, "monitor=None"),
    "min_delta": (lambda: nn.EarlyStopping(min_delta="a"), DTypeError, "min_delta='a'"),
    "baseline": (lambda: nn.EarlyStopping(baseline="a"), DTypeError, "baseline='a'"),
    "patience": (lambda: nn.EarlyStopping(patience=1.5), TypeError, "patience=1.5"),
    "hook": (lambda: nn.LambdaCallback(on_epoch_end=3), TypeError, "on_epoch_end=3"),
    "schedule": (lambda: nn.LearningRateScheduler(0.1), TypeError, "schedule=0.1"),
    "no rate": (
        lambda: line().fit(X, Y, verbose=0, callbacks=[nn.LearningRateScheduler(lambda e: None)]),
        ValueError, "gave None for epoch 0",
    ),
    "validation epochs": (
        lambda: line().fit(X, Y, validation_data=(X, Y), validation_freq=["a"], verbose=0),
        TypeError, "validation_freq='a'",
    ),
    "class names": (
        lambda: line().fit(X, Y, class_weight={"0": 1.0, 1: 2.0}, verbose=0),
        TypeError, "class '0'",
    ),
    "jit": (lambda: line(jit_compile="yes please"), ValueError, "jit_compile='yes please'"),
    "eagerly": (lambda: line(run_eagerly="no"), ValueError, "run_eagerly='no'"),
    "two losses": (lambda: line(loss=["mse", "mae"]), ValueError, "expected one"),
    "another output": (lambda: line(loss={"other": "mse"}), ValueError, "'other'"),
    "loss weight": (lambda: line(loss_weights="a"), DTypeError, "loss_weights='a'"),
    "unknown": (lambda: line(metric=["mae"]), TypeError, "Did you mean 'metrics'"),
    "decay": (lambda: nn.SGD(decay=-1.0), ValueError, "decay=-1.0"),
    "classes": (lambda: nn.utils.to_categorical([0.5, 1.0]), ValueError, "0.5"),
    "number of classes": (lambda: nn.utils.to_categorical([0], 0), ValueError, "num_classes=0"),
    "verbose": (lambda: line().fit(X, Y, verbose=None), ValueError, "verbose=None"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_calls_are_refused_at_the_door(name: str) -> None:
    act, kind, words = BAD[name]
    with pytest.raises(kind) as caught:
        act()
    assert words in str(caught.value)


def test_a_refused_compile_leaves_the_model_as_it_was() -> None:
    model = line(metrics=["mae"])
    with pytest.raises(ValueError, match="acuracy"):
        model.compile(loss="mae", optimizer="adam", metrics=["acuracy"])
    assert model.metrics_names == ["loss", "mae"] and isinstance(model.optimizer, nn.SGD)
