"""compile, fit, evaluate, predict: what they return and keep, and what a loss and a metric see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from tests.nn.training.classifier import RNG, X, Y, made


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


def test_a_split_of_sorted_classes_is_said_and_stratified_where_asked() -> None:
    order = np.argsort(Y, kind="stable")
    model = nn.Sequential([nn.Dense(1, input_dim=8, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    with pytest.warns(UserWarning, match="stratify=True"):
        model.fit(X[order], Y[order], validation_split=0.2, verbose=0)
    seen: list[float] = []

    class Shares(nn.Metric):
        def update_state(self, y: Any, y_pred: Any) -> None:
            seen.append(float(y.array.mean()))

        def result(self) -> Any:
            return 0.0

    model.compile("sgd", "binary_crossentropy", [Shares()], run_eagerly=True)
    model.fit(X[order], Y[order], validation_split=0.2, verbose=0, batch_size=100, stratify=True)
    assert seen == pytest.approx([Y.mean()] * 2, abs=0.03)
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="no classes"):
        model.fit(X, Y, validation_split=0.2, verbose=0, stratify=True)


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
