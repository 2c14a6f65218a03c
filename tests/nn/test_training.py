"""compile, fit, evaluate, predict: what they return, call and keep."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn.models import Sequential

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 8))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)


def made(loss: str = "binary_crossentropy", eager: bool = True, **options: Any) -> Sequential:
    nn.set_random_seed(3)
    model = nn.Sequential(
        [nn.Input((8,)), nn.Dense(12, activation="relu"), nn.Dense(1, activation="sigmoid")]
    )
    options.setdefault("metrics", ["accuracy"])
    model.compile(loss=loss, optimizer="adam", run_eagerly=eager, **options)
    return model


def test_the_deck_as_printed(capsys: pytest.CaptureFixture[str]) -> None:
    from autograd_nn.nn.layers import Dense
    from autograd_nn.nn.models import Sequential

    model = Sequential()
    model.add(Dense(12, input_dim=8, activation='relu'))  # fmt: skip
    model.add(Dense(8, activation='relu'))  # fmt: skip
    model.add(Dense(1, activation='sigmoid'))  # fmt: skip
    model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])  # fmt: skip
    model.fit(X, Y, epochs=150, batch_size=32)
    scores = model.evaluate(X, Y)
    print("\n%s: %.2f%%" % (model.metrics_names[1], scores[1]*100))  # noqa: UP031  # fmt: skip
    predictions = model.predict(X)
    rounded = [round(x[0]) for x in predictions]

    text = capsys.readouterr().out
    assert f"accuracy: {scores[1] * 100:.2f}%" in text
    assert "Epoch 150/150" in text and "3/3" in text
    assert scores[1] > 0.9
    assert np.mean(np.array(rounded) == Y) == pytest.approx(scores[1])


@pytest.mark.parametrize("init", ["uniform", "normal"])
def test_the_deck_with_old_spellings(init: str) -> None:
    with pytest.warns(DeprecationWarning) as seen:
        model = nn.Sequential([nn.Dense(1, input_dim=8, init=init, activation="sigmoid")])
        model.compile(loss="binary_crossentropy", optimizer=nn.Adam(lr=0.01), metrics=["acc"])
        history = model.fit(X, Y, nb_epoch=2, verbose=0)
    assert [str(w.message).split("received ")[1].split(",")[0] for w in seen] == [
        "init=",
        "lr=",
        "nb_epoch=",
    ]
    assert all(w.filename == __file__ for w in seen)
    assert len(history.history["acc"]) == 2


@pytest.mark.parametrize("eager", [True, False])
def test_a_seed_makes_training_repeat(eager: bool) -> None:
    weights, losses = [], []
    for _ in range(2):
        nn.set_random_seed(5)
        model = nn.Sequential(
            [nn.Input((8,)), nn.Dense(4, activation="relu"), nn.Dropout(0.3), nn.Dense(1)]
        )
        model.compile(loss="mse", optimizer="adam", run_eagerly=eager)
        losses.append(model.fit(X, Y, epochs=4, verbose=0).history["loss"])
        weights.append(model.get_weights())
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6)


def test_eager_and_recorded_training_agree() -> None:
    histories = [
        made(eager=eager).fit(X, Y, epochs=30, batch_size=16, verbose=0).history
        for eager in (True, False)
    ]
    for name in histories[0]:
        np.testing.assert_allclose(histories[0][name], histories[1][name], rtol=1e-3, atol=1e-3)


def test_names_and_their_order() -> None:
    model = made(metrics=["acc", "mse"])
    assert model.metrics_names == ["loss", "acc", "mse"]
    history = model.fit(X, Y, verbose=0, validation_data=(X, Y)).history
    assert list(history) == ["loss", "acc", "mse", "val_loss", "val_acc", "val_mse"]
    assert history["accuracy"] == history["acc"] and history["val_accuracy"] == history["val_acc"]
    assert "accuracy" in history and history.get("auc") is None
    with pytest.raises(KeyError):
        history["auc"]
    values = model.evaluate(X, Y, verbose=0)
    named = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert values == list(named.values()) and list(named) == model.metrics_names
    assert isinstance(made(metrics=None).evaluate(X, Y, verbose=0), float)


def test_targets_as_a_vector_or_a_column_train_alike() -> None:
    losses = [made().fit(X, y, verbose=0, epochs=2).history["loss"] for y in (Y, Y[:, None])]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_the_loss_is_the_mean_over_samples() -> None:
    model = made()
    loss, accuracy = model.evaluate(X, Y, batch_size=32, verbose=0)
    p = model.predict(X, batch_size=7, verbose=0)[:, 0].astype(float)
    np.testing.assert_allclose(loss, -np.mean(np.log(np.where(Y, p, 1 - p))), rtol=1e-5)
    assert accuracy == pytest.approx(np.mean((p > 0.5) == Y))


def test_sample_weights_and_class_weights() -> None:
    kept = Y == 1
    losses = []
    for options in ({"sample_weight": kept.astype(float)}, {"class_weight": {0: 0.0, 1: 1.0}}):
        history = made().fit(X, Y, epochs=2, verbose=0, shuffle=False, **options)
        losses.append(history.history["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    model = made(weighted_metrics=["mae"])
    model.fit(X, Y, sample_weight=kept.astype(float), epochs=0, verbose=0)
    report = model.evaluate(X, Y, sample_weight=kept, verbose=0, return_dict=True)
    p = model.predict(X, verbose=0)[:, 0]
    assert report["mae"] == pytest.approx(np.mean(1 - p[kept]), rel=1e-5)
    assert report["accuracy"] == pytest.approx(np.mean((p > 0.5) == Y))


def test_class_weights_of_one_hot_targets() -> None:
    labels, weights = RNG.integers(0, 3, 70), {0: 0.5, 1: 2.0, 2: 0.0}
    losses = []
    for loss, y in (
        ("sparse_categorical_crossentropy", labels),
        ("categorical_crossentropy", nn.utils.to_categorical(labels, 3)),
    ):
        nn.set_random_seed(1)
        model = nn.Sequential([nn.Dense(3, input_dim=8, activation="softmax")])
        model.compile(loss=loss, optimizer="sgd", run_eagerly=True)
        history = model.fit(X, y, class_weight=weights, verbose=0).history
        losses.append(history["loss"])
        by_hand = np.array([weights[c] for c in labels])
        nn.set_random_seed(1)
        twin = nn.Sequential([nn.Dense(3, input_dim=8, activation="softmax")])
        twin.compile(loss=loss, optimizer="sgd", run_eagerly=True)
        again = twin.fit(X, y, sample_weight=by_hand, verbose=0).history["loss"]
        assert again == pytest.approx(history["loss"], rel=1e-5)
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6)


def test_validation_split_takes_the_last_samples_and_does_not_train_on_them() -> None:
    spoiled = X.copy()
    spoiled[63:] = 1e6  # would ruin training if it were seen
    histories = [
        made().fit(x, Y, epochs=2, verbose=0, validation_split=0.1).history["loss"]
        for x in (X, spoiled)
    ]
    assert histories[0] == pytest.approx(histories[1], rel=1e-5)
    model = made()
    found = model.fit(X, Y, epochs=4, verbose=0, validation_data=(X, Y), validation_freq=2).history
    assert len(found["loss"]) == 4 and len(found["val_loss"]) == 2
    assert found["val_loss"][-1] == pytest.approx(model.evaluate(X, Y, verbose=0)[0], rel=1e-6)
    each = made().fit(X, Y, epochs=3, verbose=0, validation_data=(X, Y), validation_freq=[3])
    assert len(each.history["val_loss"]) == 1


def test_samples_come_in_a_new_order_each_epoch_unless_told_otherwise() -> None:
    seen: dict[Any, list[float]] = {}
    for options in ({}, {"shuffle": True}, {"shuffle": False}):
        model, firsts = made(), seen.setdefault(options.get("shuffle"), [])
        note = nn.LambdaCallback(
            on_train_batch_end=lambda b, logs, firsts=firsts: firsts.append(logs["loss"])
        )
        model.optimizer.learning_rate = 0.0
        model.fit(X, Y, epochs=2, batch_size=10, verbose=0, callbacks=[note])  # consumes the seed
        firsts.clear()
        model.fit(X, Y, epochs=2, batch_size=10, verbose=0, callbacks=[note], **options)
    for shuffled in (seen[None], seen[True]):
        assert shuffled[0] != pytest.approx(shuffled[7], rel=1e-4)
    assert seen[False][:7] == pytest.approx(seen[False][7:], rel=1e-6)


def test_steps_per_epoch_and_initial_epoch() -> None:
    model = made()
    history = model.fit(X, Y, epochs=5, initial_epoch=3, steps_per_epoch=2, verbose=0)
    assert history.epoch == [3, 4] and int(model.optimizer.iterations) == 4
    assert history.params == {"verbose": 0, "epochs": 5, "steps": 2}


def test_fewer_steps_take_the_first_samples() -> None:
    model = made()
    history = model.fit(
        X, Y, verbose=0, epochs=1, validation_data=(X, Y), validation_steps=3,
        validation_batch_size=10,
    ).history  # fmt: skip
    first = model.evaluate(X[:30], Y[:30], verbose=0)
    assert history["val_loss"][0] == pytest.approx(first[0], rel=1e-6)
    assert model.evaluate(X, Y, batch_size=10, steps=3, verbose=0) == pytest.approx(first)
    assert model.predict(X, batch_size=10, steps=3, verbose=0).shape == (30, 1)
    everything = model.fit(
        X, Y, verbose=0, validation_data=(X, Y), validation_steps=5, validation_batch_size=16
    ).history
    whole = model.evaluate(X, Y, verbose=0)[0]
    assert everything["val_loss"][0] == pytest.approx(whole, rel=1e-6)


def test_evaluation_and_prediction_show_a_line_without_a_header(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = made()
    model.evaluate(X, Y, verbose=2)
    model.predict(X, verbose=2)
    model.evaluate(X, Y, verbose=0)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and all(line.startswith("3/3") for line in lines)
    assert "accuracy" in lines[0] and "loss" in lines[0] and "loss" not in lines[1]


class Recorder(nn.Callback):
    """Writes down every hook that is called."""

    def __init__(self) -> None:
        self.calls: list[str] = []


def _noting(hook: str) -> Any:
    def method(self: Recorder, *args: Any) -> None:
        self.calls.append(f"{hook}:{args[0]}" if args and not isinstance(args[0], dict) else hook)

    return method


for _hook in nn.callbacks.HOOKS:
    setattr(Recorder, _hook, _noting(_hook))


@pytest.mark.parametrize("eager", [True, False])
def test_every_hook_in_its_place(eager: bool) -> None:
    seen = Recorder()
    model = made(eager=eager)
    x, y, held = X[:40], Y[:40], (X[:5], Y[:5])
    model.fit(x, y, batch_size=32, verbose=0, callbacks=[seen], validation_data=held)
    assert seen.model is model and seen.params["steps"] == 2
    assert seen.calls == [
        "on_train_begin", "on_epoch_begin:0", "on_train_batch_begin:0", "on_train_batch_end:0",
        "on_train_batch_begin:1", "on_train_batch_end:1", "on_test_begin", "on_test_batch_begin:0",
        "on_test_batch_end:0", "on_test_end", "on_epoch_end:0", "on_train_end",
    ]  # fmt: skip
    seen.calls.clear()
    model.predict(X[:3], verbose=0, callbacks=[seen])
    assert seen.calls == [
        "on_predict_begin", "on_predict_batch_begin:0", "on_predict_batch_end:0", "on_predict_end",
    ]  # fmt: skip


def test_batch_logs_and_stopping_inside_an_epoch() -> None:
    model, losses = made(), []

    def end(batch: int, logs: dict[str, float]) -> None:
        losses.append(logs["loss"])
        model.stop_training = batch == 1

    model.fit(X, Y, epochs=9, verbose=0, callbacks=[nn.LambdaCallback(on_train_batch_end=end)])
    assert len(losses) == 2 and int(model.optimizer.iterations) == 2


def test_early_stopping_and_the_best_weights() -> None:
    model = made()
    # Learning backwards: each epoch is worse than the one before.
    stop = nn.EarlyStopping("loss", patience=2, mode="max", restore_best_weights=True)
    weights = []
    keep = nn.LambdaCallback(on_epoch_end=lambda e, logs: weights.append(model.get_weights()))
    history = model.fit(X, Y, epochs=20, verbose=0, callbacks=[stop, keep])
    assert history.epoch == [0, 1, 2] and stop.stopped_epoch == 2 and stop.best_epoch == 0
    for a, b in zip(model.get_weights(), weights[0], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("values, options, epochs", [
    ([3, 2, 1, 1, 1, 1], {"patience": 2}, 5),
    ([3, 2, 1, 0.95, 0.9, 0.85], {"patience": 1, "min_delta": 0.5}, 4),
    ([1, 2, 2, 2, 2, 2], {"patience": 1, "start_from_epoch": 3}, 5),
    ([3, 2.9, 2.8, 2.7, 2.6, 2.5], {"patience": 2, "baseline": 1}, 6),
    ([3, 4, 2.8, 4, 2.6, 2.5], {"patience": 2, "baseline": 1}, 2),
    ([0.9, 0.95, 0.95, 0.95], {"patience": 2, "baseline": 1}, 3),
    ([0.1, 0.2, 0.1, 0.1, 0.1, 0.1], {"patience": 1, "monitor": "val_acc"}, 3),
])  # fmt: skip
def test_early_stopping_rules(values: list[float], options: Any, epochs: int) -> None:
    stop = nn.EarlyStopping(**{"monitor": "loss", **options})
    model = made()
    stop.set_model(model)
    stop.on_train_begin()
    done = 0
    for epoch, value in enumerate(values):
        if model.stop_training:
            break
        name = "val_accuracy" if "monitor" in options else "loss"
        stop.on_epoch_end(epoch, {name: value})
        done += 1
    assert done == epochs


def test_early_stopping_tells_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    for verbose, text in ((0, ""), (1, "Epoch 2: early stopping\nRestoring model weights")):
        stop = nn.EarlyStopping("loss", mode="max", verbose=verbose, restore_best_weights=True)
        made().fit(X, Y, epochs=5, verbose=0, callbacks=stop)
        out = capsys.readouterr().out
        assert out.startswith(text) and bool(out) == bool(verbose)
        assert not verbose or out.endswith("best epoch: 1.\n")


def test_early_stopping_warns_of_a_name_that_is_not_there() -> None:
    with pytest.warns(UserWarning, match="val_loss.*expected one of loss, accuracy"):
        made().fit(X, Y, verbose=0, callbacks=[nn.EarlyStopping()])


def test_learning_rate_scheduler_and_nan(capsys: pytest.CaptureFixture[str]) -> None:
    model = made()
    halve = nn.LearningRateScheduler(lambda epoch, rate: rate / 2)
    history = model.fit(X, Y, epochs=2, verbose=0, callbacks=[halve])
    assert history.history["learning_rate"] == [0.0005, 0.00025]
    halve.verbose = 1
    model.fit(X, Y, epochs=1, verbose=0, callbacks=[halve])
    assert "Epoch 1: LearningRateScheduler setting learning rate to 0.000125." in (
        capsys.readouterr().out
    )
    model = nn.Sequential([nn.Dense(1, input_dim=8)])
    model.compile(loss="mse", optimizer=nn.SGD(1e30), run_eagerly=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = model.fit(X, Y, epochs=50, verbose=0, callbacks=[nn.TerminateOnNaN()])
    assert len(history.epoch) < 5


def test_a_deferred_model_is_built_from_its_data() -> None:
    model = nn.Sequential([nn.Dense(4, activation="relu"), nn.Dense(1)])
    assert not model.built and model.weights == [] and model.input_shape is None
    model.compile(loss="mse", optimizer="sgd")
    model.fit(X, Y, verbose=0)
    assert model.input_shape == (None, 8) and model.count_params() == 41
    called = nn.Sequential([nn.Dense(2)])
    assert called(X).shape == (70, 2) and called.count_params() == 18


def test_add_pop_and_get_layer() -> None:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4, name="a")])
    model.add(nn.Dense(2, name="b"))
    assert model.output_shape == (None, 2) and [s.name for s in model.layers] == ["a", "b"]
    assert model.get_layer("b") is model.get_layer(index=1) is model.layers[1]
    assert model.pop().name == "b" and model.output_shape == (None, 4)
    assert model(np.ones((2, 3))).shape == (2, 4)
    deferred = nn.Sequential([nn.Dense(4), nn.Dense(2)])
    deferred.pop()
    assert deferred(np.ones((2, 3))).shape == (2, 4)
    assert nn.Sequential().pop() is None


def test_one_batch_at_a_time() -> None:
    model = made()
    loss = float(model.loss(Y[:10, None], model(X[:10])))
    first = model.test_on_batch(X[:10], Y[:10])
    assert first[0] == pytest.approx(loss, rel=1e-6)
    model.reset_metrics()
    assert model.train_on_batch(X[:10], Y[:10], return_dict=True)["loss"] == pytest.approx(loss)
    assert int(model.optimizer.iterations) == 1
    np.testing.assert_allclose(model.predict_on_batch(X), model.predict(X, verbose=0), rtol=1e-6)


def test_predictions_are_ordinary_arrays_in_order() -> None:
    model = made()
    p = model.predict(X, batch_size=9, verbose=0)
    assert type(p) is np.ndarray and p.shape == (70, 1) and p.dtype == np.float32
    np.testing.assert_allclose(p, np.array(model(X)), rtol=1e-6)
    assert model(X).shape == (70, 1) and model(X).requires_grad


def test_classes_by_either_cross_entropy_learn_alike() -> None:
    labels = RNG.integers(0, 3, 70)
    losses = []
    for loss, y in (
        ("sparse_categorical_crossentropy", labels),
        ("sparse_categorical_crossentropy", labels[:, None]),
        ("sparse_categorical_crossentropy", labels.astype(float)),
        ("categorical_crossentropy", nn.utils.to_categorical(labels)),
    ):
        nn.set_random_seed(1)
        model = nn.Sequential([nn.Dense(3, input_dim=8, activation="softmax")])
        model.compile(loss=loss, optimizer="adam", metrics=["accuracy"], run_eagerly=True)
        losses.append(model.fit(X, y, epochs=3, verbose=0).history)
    for other in losses[1:]:
        np.testing.assert_allclose(losses[0]["loss"], other["loss"], rtol=1e-6)
        assert losses[0]["accuracy"] == other["accuracy"]


def test_regularizers_and_constraints_take_part() -> None:
    model = nn.Sequential(
        [nn.Dense(1, input_dim=8, kernel_regularizer=nn.regularizers.L2(0.5),
                  kernel_constraint="non_neg")]
    )  # fmt: skip
    model.compile(loss="mse", optimizer="sgd", run_eagerly=True)
    kernel, _ = model.get_weights()
    bare = float(nn.losses.MeanSquaredError()(Y, model(X)))
    whole = bare + 0.5 * (kernel**2).sum()
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(whole, rel=1e-5)
    model.fit(X, -Y, verbose=0)
    assert (model.get_weights()[0] >= 0).all()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_trains_on_by_itself(copied: Any) -> None:
    model = made()
    model.fit(X, Y, verbose=0)
    twin = copied(model)
    before = model.get_weights()
    nn.set_random_seed(0)
    a = twin.fit(X, Y, verbose=0).history["loss"]
    for w, v in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(w, v)
    nn.set_random_seed(0)
    assert model.fit(X, Y, verbose=0).history["loss"] == pytest.approx(a, rel=1e-5)


def test_configuration_makes_the_same_model() -> None:
    model = made()
    twin = Sequential.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    assert twin.get_config() == model.get_config()
    # A product's last bit may depend on where in memory its operands lie.
    np.testing.assert_allclose(twin.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-6)


def test_double_precision_throughout() -> None:
    model = nn.Sequential([nn.Dense(1, input_dim=8, dtype="float64")])
    model.compile(loss="mse", optimizer="adam", run_eagerly=True)
    model.fit(X, Y, verbose=0)
    assert model.predict(X, verbose=0).dtype == np.float64
    assert all(v.dtype == np.float64 for s in model.optimizer.slots for v in s)


def test_a_loop_by_hand_with_backward() -> None:
    model = made()
    optimizer, loss = nn.Adam(0.05), nn.losses.BinaryCrossentropy()
    losses = []
    for _ in range(20):
        value = loss(Y[:, None], model(X, training=True))
        value.backward()
        losses.append(float(value))
        optimizer.apply([w.grad for w in model.trainable_weights], model.trainable_weights)
        for w in model.trainable_weights:
            w.zero_grad()
    assert losses[-1] < 0.5 * losses[0]


SUMMARY = """\
Model: "deck"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ first (Dense)                   │ (None, 1200)           │        10,800 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ a_name_that_is_too_long_for_th… │ (None, 1)              │         1,201 │
│ (Dense)                         │                        │               │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 12,001 (46.88 KB)
 Trainable params: 1,201 (4.69 KB)
 Non-trainable params: 10,800 (42.19 KB)"""


def test_the_summary_to_the_letter() -> None:
    long = "a_name_that_is_too_long_for_the_column"
    frozen = nn.Dense(1200, input_dim=8, name="first", trainable=False)
    lines: list[str] = []
    nn.Sequential([frozen, nn.Dense(1, name=long)], name="deck").summary(print_fn=lines.append)
    assert lines == [SUMMARY]


def test_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    nn.utils.clear_session()
    model = made()
    model.summary()
    text = capsys.readouterr().out
    assert 'Model: "sequential"' in text and " Total params: 121 (484.00 B)" in text
    assert "│ dense (Dense)                   │ (None, 12)             │           108 │" in text
    lines: list[str] = []
    model.summary(line_length=60, print_fn=lines.append)
    assert max(len(s) for s in lines[0].splitlines()) == 60
    model.fit(X, Y, verbose=0)
    model.summary(print_fn=lines.append)
    assert " Optimizer params: 242 (968.00 B)" in lines[1]
    nn.Sequential([nn.Dense(3, name="a_name_that_is_far_too_long_for_it")]).summary(
        print_fn=lines.append
    )
    assert "0 (unbuilt)" in lines[2] and "│ (Dense)" in lines[2] and "…" in lines[2]


def test_a_function_as_loss_and_as_metric() -> None:
    def fourth(y_true: ag.Tensor, y_pred: ag.Tensor) -> ag.Tensor:
        return ag.mean((y_pred - y_true) ** 4, axis=-1)

    model = nn.Sequential([nn.Dense(1, input_dim=8)])
    model.compile(loss=fourth, optimizer="sgd", metrics=[fourth])
    history = model.fit(X, Y, epochs=2, verbose=0).history
    np.testing.assert_allclose(history["loss"], history["fourth"], rtol=1e-5)
    p = model.predict(X, verbose=0)[:, 0]
    assert model.evaluate(X, Y, verbose=0)[0] == pytest.approx(np.mean((p - Y) ** 4), rel=1e-5)


class Total(nn.Layer):
    """Σx of each sample: an output with no axis beside the batch's."""

    def call(self, inputs: ag.Tensor) -> ag.Tensor:
        return ag.sum(inputs, axis=-1)


def test_targets_as_a_column_for_outputs_as_a_vector() -> None:
    losses = []
    for y in (Y, Y[:, None]):
        nn.set_random_seed(0)
        model = nn.Sequential([nn.Dense(2, input_dim=8), Total()])
        model.compile(loss="mse", optimizer="sgd")
        assert model.output_shape == (None,)
        losses.append(model.fit(X, y, verbose=0).history["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


class Largest(nn.metrics.Metric):
    """The largest prediction seen."""

    def __init__(self, name: str = "largest") -> None:
        super().__init__(name)
        self.most = self.add_variable()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.most.assign(ag.maximum(self.most, ag.max(y_pred)))

    def result(self) -> ag.Tensor:
        return self.most


@pytest.mark.parametrize("eager", [True, False])
def test_a_metric_of_ones_own(eager: bool) -> None:
    model = made(metrics=[Largest()], eager=eager)
    report = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert report["largest"] == pytest.approx(model.predict(X, verbose=0).max())
    history = model.fit(X, Y, epochs=2, verbose=0).history
    assert len(set(history["largest"])) == 2


def test_training_inside_no_grad_still_trains() -> None:
    model = made()
    before = model.get_weights()
    with ag.no_grad():
        model.fit(X, Y, verbose=0)
    assert not np.array_equal(before[0], model.get_weights()[0])
