"""Models as estimators: scikit-learn's own checks, its searches and pipelines, and what we add."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")
from joblib import parallel_config
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError
from autograd_nn.nn.wrappers import (
    KerasClassifier,
    KerasRegressor,
    SKLearnClassifier,
    SKLearnRegressor,
    SKLearnTransformer,
)

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
WORDS = np.where(X[:, 0] > 0, "up", "down")
THREE = np.digitize(X[:, 0], [-0.5, 0.5]) * 10
LINE = X @ [1.0, -2.0, 0.5]


def layers(n: int, units: int, activation: Any, loss: Any, hidden: int = 6) -> nn.Model:
    # As their checks are made for: in float32 a row's place in a batch may show in its last bit.
    inner = nn.Dense(hidden, "tanh", dtype="float64")
    model = nn.Sequential([nn.Input((n,)), inner, nn.Dense(units, activation, dtype="float64")])
    model.compile(loss=loss, optimizer=nn.Adam(0.05), jit_compile=False)
    return model


def classes(X: Any, y: Any, hidden: int = 6) -> nn.Model:
    return layers(X.shape[1], y.shape[1], "softmax", "categorical_crossentropy", hidden)


def numbers(X: Any, y: Any, hidden: int = 6) -> nn.Model:
    return layers(X.shape[1], y.shape[1], None, "mse", hidden)


def binary(units: int = 6, loss: str = "binary_crossentropy") -> nn.Model:
    return layers(3, 1, "sigmoid", loss, units)


BRIEF: dict[str, Any] = {"fit_kwargs": {"epochs": 5, "verbose": 0}, "random_state": 0}
FLAT: dict[str, Any] = {"epochs": 5, "verbose": 0, "random_state": 0}
ESTIMATORS = [
    SKLearnClassifier(classes, **BRIEF), SKLearnRegressor(numbers, **BRIEF),
    SKLearnTransformer(numbers, **BRIEF), KerasClassifier(classes, **FLAT),
    KerasRegressor(numbers, **FLAT),
]  # fmt: skip
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data":
        "a row that weighs 2 is in one batch, the same row twice is in two",
    "check_sample_weight_equivalence_on_sparse_data": "as with dense data",
    "check_do_not_raise_errors_in_init_or_set_params":
        "it sets 'sk_params', which is but what collects the options of the function",
}  # fmt: skip


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_scikit_learns_own_checks_pass(estimator: Any) -> None:
    with np.errstate(all="ignore"):
        found = check_estimator(
            estimator, expected_failed_checks=EXPECTED, on_fail=None, on_skip=None
        )
    assert [(r["check_name"], r["exception"]) for r in found if r["status"] == "failed"] == []
    passed = sum(r["status"] == "passed" for r in found)
    assert passed > 40, "hardly anything was checked"


def scored(estimator: Any, y: Any) -> float:
    return estimator.fit(X, y).score(X, y)


KINDS = {
    "words": WORDS, "three": THREE, "bools": WORDS == "up", "signs": np.sign(X[:, 0]),
    "objects": WORDS.astype(object),
}  # fmt: skip


@pytest.mark.parametrize("y", KINDS.values(), ids=KINDS)
def test_classes_of_any_kind_are_learned_and_come_back(y: Any) -> None:
    estimator = KerasClassifier(classes, epochs=30, verbose=0, random_state=1)
    assert scored(estimator, y) > 0.9
    assert estimator.classes_.tolist() == np.unique(y).tolist()
    assert estimator.predict(X).dtype == y.dtype
    shares = estimator.predict_proba(X)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    assert (estimator.classes_[shares.argmax(axis=1)] == estimator.predict(X)).all()


@pytest.mark.parametrize(
    ("units", "activation", "loss"),
    [
        (1, "sigmoid", "binary_crossentropy"),
        (1, None, nn.losses.BinaryCrossentropy(from_logits=True)),
        (1, "tanh", "hinge"),
        (1, None, "mse"),
        (2, "softmax", "sparse_categorical_crossentropy"),
        (2, None, nn.losses.SparseCategoricalCrossentropy(from_logits=True)),
        (2, None, nn.losses.CategoricalCrossentropy(from_logits=True)),
        (2, None, "categorical_hinge"),
    ],
)
def test_targets_follow_the_loss_and_the_last_layer(units: int, activation: Any, loss: Any) -> None:
    def made() -> nn.Model:
        return layers(3, units, activation, loss)

    estimator = SKLearnClassifier(made, fit_kwargs={"epochs": 30, "verbose": 0}, random_state=1)
    assert scored(estimator, WORDS) > 0.9
    side = estimator.decision_function(X) > 0
    assert (estimator.classes_[side.astype(int)] == estimator.predict(X)).all()
    if "hinge" in str(loss):
        with pytest.raises(ValueError, match="no probabilities"):
            estimator.predict_proba(X)
    else:
        shares = estimator.predict_proba(X)
        assert shares.shape == (60, 2)
        assert ((shares[:, 1] > 0.5) == side).all()


def test_a_matrix_of_labels_is_learned_column_by_column() -> None:
    several = np.stack([X[:, 0] > 0, X[:, 1] > 0, X[:, 2] > 0], axis=1).astype(int)

    def made(X: Any, y: Any) -> nn.Model:
        return layers(3, y.shape[1], "sigmoid", "binary_crossentropy")

    estimator = KerasClassifier(made, epochs=60, verbose=0, random_state=1).fit(X, several)
    found = estimator.predict(X)
    assert found.shape == (60, 3) and (found == several).mean() > 0.9
    one_hot = np.eye(3)[THREE // 10]
    estimator = KerasClassifier(classes, epochs=30, verbose=0, random_state=1).fit(X, one_hot)
    assert (estimator.predict(X) == THREE // 10).mean() > 0.8


def test_a_column_for_each_class_is_scored_as_classes() -> None:
    """As `to_categorical` makes them, the model's own kind of targets: in folds, too."""
    y = np.eye(3)[THREE // 10]
    estimator = KerasClassifier(classes, epochs=30, verbose=0, random_state=1)
    found = estimator.fit(X, y).predict(X)
    assert estimator.score(X, y) == np.mean(found == THREE // 10) > 0.8
    before = estimator.score(X, y)
    with pytest.raises(ValueError, match="received 4 classes"):
        estimator.set_params(model=lambda: layers(3, 3, "softmax", "categorical_crossentropy"))
        estimator.fit(X, np.eye(4)[np.arange(len(X)) % 4])
    assert estimator.score(X, y) == before
    weights = np.arange(len(X))
    assert estimator.score(X, y, weights) == np.average(found == THREE // 10, weights=weights)
    scores = cross_val_score(estimator, X, y, cv=KFold(2, shuffle=True), error_score="raise")
    assert np.all(scores > 0.5)


@pytest.mark.parametrize("y", [LINE, LINE[:, None], np.stack([LINE, -LINE], axis=1)],
                         ids=["flat", "column", "two"])  # fmt: skip
def test_numbers_keep_their_shape(y: Any) -> None:
    fit = {"epochs": 100, "verbose": 0}
    estimator = SKLearnRegressor(numbers, fit_kwargs=fit, random_state=1)
    assert scored(estimator, y) > 0.9
    assert estimator.predict(X).shape == y.shape


def test_a_regressor_of_old_is_scored_by_its_loss() -> None:
    estimator = KerasRegressor(build_fn=numbers, **FLAT).fit(X, LINE)
    loss = estimator.model_.evaluate(X, LINE, verbose=0)
    assert estimator.score(X, LINE) == pytest.approx(-loss, rel=1e-5)


def test_a_model_is_cloned_and_stays_as_it_was() -> None:
    model = layers(3, 1, "sigmoid", "binary_crossentropy")
    before = [w.numpy().copy() for w in model.weights]
    estimator = SKLearnClassifier(model, fit_kwargs={"epochs": 2, "verbose": 0}).fit(X, WORDS)
    assert estimator.model_ is not model
    assert all((w.numpy() == b).all() for w, b in zip(model.weights, before, strict=True))
    warm = SKLearnClassifier(model, True, fit_kwargs={"epochs": 2, "verbose": 0}).fit(X, WORDS)
    assert warm.model_ is model
    assert any((w.numpy() != b).any() for w, b in zip(model.weights, before, strict=True))


def test_warm_start_goes_on_with_a_functions_model() -> None:
    estimator = KerasClassifier(binary, warm_start=True, **FLAT).fit(X, WORDS)
    first = estimator.model_
    assert estimator.fit(X, WORDS).model_ is first
    assert KerasClassifier(binary, **FLAT).fit(X, WORDS).fit(X, WORDS).model_ is not first


def test_options_go_to_what_takes_them() -> None:
    estimator = KerasClassifier(binary, units=4, model__loss="mse", fit__epochs=3, **FLAT)
    estimator.fit(X, WORDS)
    assert estimator.model_.layers[0].units == 4
    assert estimator.model_.loss.name == "mean_squared_error"
    assert len(estimator.history_.history["loss"]) == 3
    assert estimator.fit(X, WORDS, epochs=1).history_.epoch == [0]
    assert estimator.sk_params["units"] == 4 and "model" not in estimator.sk_params
    assert clone(estimator).get_params() == estimator.get_params()

    def bare(hidden: int) -> nn.Model:
        return nn.Sequential([nn.Input((3,)), nn.Dense(hidden), nn.Dense(1, "sigmoid")])

    compiled = KerasClassifier(bare, hidden=2, loss="binary_crossentropy", optimizer="sgd", **FLAT)
    assert type(compiled.fit(X, WORDS).model_.optimizer) is nn.SGD


def test_what_is_drawn_follows_from_random_state() -> None:
    def found(seed: int | None) -> Any:
        estimator = KerasClassifier(binary, epochs=2, verbose=0, random_state=seed)
        return estimator.fit(X, WORDS).predict_proba(X)

    nn.utils.set_random_seed(5)
    first = found(3)
    after = nn.random.uniform((2,)).numpy()
    assert (first == found(3)).all() and (first != found(4)).any()
    nn.utils.set_random_seed(5)
    assert (after == nn.random.uniform((2,)).numpy()).all(), "others' draws are as they were"


def test_weights_of_samples_and_classes_count() -> None:
    y = np.r_[np.zeros(50), np.ones(10)]
    kept = np.r_[np.zeros(50), np.ones(10)] + 1e-9

    def share(**options: Any) -> float:
        estimator = KerasClassifier(binary, epochs=20, verbose=0, random_state=0)
        return float(estimator.fit(X, y, **options).predict_proba(X)[:, 1].mean())

    assert share(sample_weight=kept) > share() + 0.2
    words = np.where(y == 1, "rare", "usual")
    plain = KerasClassifier(binary, epochs=20, verbose=0, random_state=0).fit(X, words)
    heavy = KerasClassifier(
        binary, epochs=20, verbose=0, random_state=0, class_weight={"rare": 9.0, "usual": 1.0}
    ).fit(X, words)
    even = clone(heavy).set_params(class_weight="balanced").fit(X, words)
    rare = [e.predict_proba(X)[:, 0].mean() for e in (plain, heavy, even)]
    assert rare[1] > rare[0] + 0.1 and rare[2] > rare[0] + 0.1


def test_validation_data_has_labels_too() -> None:
    estimator = KerasClassifier(binary, **FLAT).fit(X, WORDS, validation_data=(X, WORDS))
    assert "val_loss" in estimator.history_.history


def test_pipelines_searches_and_scores() -> None:
    pipe = make_pipeline(StandardScaler(), KerasClassifier(binary, epochs=20, verbose=0))
    assert cross_val_score(pipe, X, WORDS, cv=2).mean() > 0.5
    search = GridSearchCV(KerasClassifier(binary, **FLAT), {"units": [2, 5], "epochs": [1]}, cv=2)
    search.fit(X, WORDS)
    assert search.best_estimator_.model_.layers[0].units == search.best_params_["units"]


@pytest.mark.parametrize(
    "backend", ["threading", pytest.param("loky", marks=pytest.mark.peers)]  # processes take long
)
def test_a_search_runs_side_by_side(backend: str) -> None:
    def found(jobs: int) -> Any:
        grid = {"units": [2, 5]}
        search = GridSearchCV(KerasClassifier(binary, **FLAT), grid, cv=2, n_jobs=jobs)
        with parallel_config(backend=backend):
            search.fit(X, WORDS)
        return search.best_estimator_.predict_proba(X), search.cv_results_["mean_test_score"]

    for one, two in zip(found(1), found(2), strict=True):
        np.testing.assert_array_equal(one, two)


class Doubled(nn.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs * 2


def own() -> nn.Model:
    model = nn.Sequential([nn.Input((3,)), Doubled(), nn.Dense(1, "sigmoid")])
    model.compile(loss="binary_crossentropy", optimizer="adam", jit_compile=False)
    return model


@pytest.mark.parametrize("source", [binary, own, binary()], ids=["function", "own", "model"])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])  # noqa: S301
def test_copies_predict_the_same_and_train_on(source: Any, copied: Any) -> None:
    estimator = KerasClassifier(source, warm_start=True, **FLAT).fit(X, WORDS)
    twin = copied(estimator)
    assert (twin.predict_proba(X) == estimator.predict_proba(X)).all()
    assert int(twin.model_.optimizer.iterations) == int(estimator.model_.optimizer.iterations)
    assert twin.model_ is not estimator.model_
    twin.fit(X, WORDS)


def test_a_pickle_holds_the_files_bytes() -> None:
    estimator = KerasClassifier(binary, **FLAT).fit(X, WORDS)
    raw = pickle.dumps(estimator)
    assert b'{"__metadata__":{"format":"autograd_nn"' in raw
    assert b"autograd_nn.nn.sequential" not in raw  # no layer is pickled as an object


def test_a_class_that_can_be_called_makes_its_model() -> None:
    class Net(KerasClassifier):
        def __call__(self, units: int = 2) -> Any:
            return binary(units)

    net = Net(units=5, **FLAT).fit(X, WORDS)
    assert net.model_.layers[0].units == 5
    assert net.score(X, WORDS, batch_size=7) == np.mean(net.predict(X) == WORDS)
    with pytest.raises(ValueError, match="Did you mean 'units'"):
        net.set_params(unit=3)


TWO = {"down", "up"}
BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "not compiled": (lambda: KerasClassifier(lambda: nn.Sequential([nn.Input((3,)), nn.Dense(1)]))
                     .fit(X, WORDS), RuntimeError, "compile"),
    "no model": (lambda: KerasClassifier().fit(X, WORDS), TypeError, "function that"),
    "a function of nothing": (lambda: SKLearnClassifier(lambda: None).fit(X, WORDS), TypeError,
                              "Return it"),
    "both names": (lambda: KerasClassifier(binary, binary).fit(X, WORDS), ValueError, "both"),
    "an unknown option": (lambda: KerasClassifier(binary, unit=3).fit(X, WORDS), ValueError,
                          "Did you mean 'units'"),
    "an unknown option set": (lambda: KerasClassifier(binary).set_params(epoch=3), ValueError,
                              "Did you mean 'epochs'"),
    "one class": (lambda: KerasClassifier(binary).fit(X, ["a"] * 60), ValueError, "one class"),
    "numbers for classes": (lambda: KerasClassifier(binary).fit(X, LINE), ValueError, "Unknown"),
    "three classes of one unit": (lambda: KerasClassifier(binary, **FLAT).fit(X, THREE),
                                  ValueError, "3 units"),
    "three classes of two units": (
        lambda: KerasClassifier(lambda: layers(3, 2, "softmax", "categorical_crossentropy"), **FLAT)
        .fit(X, THREE), ValueError, "expected 3"),
    "words for numbers": (lambda: KerasRegressor(numbers).fit(X, WORDS), DTypeError, "numbers"),
    "fewer targets": (lambda: KerasRegressor(numbers).fit(X, LINE[1:]), ValueError, "samples"),
    "no targets": (lambda: KerasRegressor(numbers).fit(X, None), ValueError, "y"),
    "NaN": (lambda: KerasRegressor(numbers).fit(X * np.nan, LINE), ValueError, "NaN"),
    "NaN to predict": (lambda: trained().predict(X * np.nan), ValueError, "NaN"),
    "not trained": (lambda: KerasRegressor(numbers).predict(X), NotFittedError, "not fitted"),
    "other columns": (lambda: trained().predict(X[:, :2]), ValueError, "features"),
    "weights of zero": (lambda: KerasRegressor(numbers).fit(X, LINE, np.zeros(60)), ValueError,
                        "zeros"),
    "fewer weights": (lambda: KerasRegressor(numbers, **FLAT).fit(X, LINE, np.ones(5)), ValueError,
                      "weight"),
    "weights below zero": (lambda: KerasRegressor(numbers, **FLAT).fit(X, LINE, -np.ones(60)),
                           ValueError, "weight"),
    "a label not learned": (lambda: KerasClassifier(binary, **FLAT).fit(
        X, WORDS, validation_data=(X, np.where(X[:, 0] > 0, "up", "left"))), ValueError, "learned"),
    "an unknown option of fit": (lambda: KerasClassifier(binary, **FLAT).fit(X, WORDS, epoch=3),
                                 TypeError, "epochs"),
    "a bad seed": (lambda: KerasClassifier(binary, random_state="a").fit(X, WORDS), ValueError,
                   "seed"),
    "an unknown argument of the function": (
        lambda: SKLearnClassifier(binary, model_kwargs={"unit": 3}).fit(X, WORDS), TypeError,
        "unit"),
}  # fmt: skip


def trained() -> Any:
    return KerasRegressor(numbers, **FLAT).fit(X, LINE)


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused(name: str) -> None:
    call, error, text = BAD[name]
    with pytest.raises(error, match=text):
        call()


def test_a_failed_fit_leaves_what_was_learned() -> None:
    estimator = KerasClassifier(binary, **FLAT).fit(X, WORDS)
    before = estimator.predict_proba(X)
    with pytest.raises(ValueError, match="3 units"):
        estimator.fit(X, THREE)
    assert (estimator.predict_proba(X) == before).all()
    assert set(estimator.predict(X)) <= TWO


def bare(units: int = 1, activation: Any = "sigmoid") -> nn.Model:
    return nn.Sequential([nn.Dense(units, activation)])


def test_options_of_the_optimizer_and_the_loss_are_searched() -> None:
    told: dict[str, Any] = {"optimizer": "sgd", "loss": "binary_crossentropy", "verbose": 0}
    plain = KerasClassifier(
        bare, model__activation=None, loss__from_logits=True, optimizer__learning_rate=0.3, **told
    )
    fitted = plain.fit(X, WORDS)
    assert float(fitted.model_.optimizer.learning_rate) == np.float32(0.3)
    assert fitted.model_.loss.from_logits
    assert (fitted.predict_proba(X) <= 1).all()
    rates = {"optimizer__learning_rate": [1e-9, 0.5]}
    found = GridSearchCV(clone(plain).set_params(epochs=9), rates, cv=2).fit(X, WORDS)
    assert found.best_params_ == {"optimizer__learning_rate": 0.5}
    with pytest.raises(ValueError, match="SGD received 'learning_rat'.*learning_rate"):
        KerasClassifier(bare, optimizer__learning_rat=1, **told).fit(X, WORDS)


def test_a_function_is_told_of_the_data_and_how_to_compile() -> None:
    seen: dict[str, Any] = {}

    def made(meta: dict[str, Any], compile_kwargs: dict[str, Any]) -> nn.Model:
        seen.update(meta)
        model = bare(meta["n_classes_"], "softmax")
        model.compile(**compile_kwargs)
        return model

    loss = "sparse_categorical_crossentropy"
    KerasClassifier(made, loss=loss, optimizer="adam", verbose=0).fit(X, THREE)
    told = seen["target_type_"], seen["n_features_in_"], seen["n_outputs_"]
    assert told == ("multiclass", 3, 1)
    assert seen["classes_"].tolist() == [0, 10, 20] and seen["X_shape_"] == X.shape

    def line(meta: dict[str, Any]) -> nn.Model:
        seen.update(meta)
        return bare(meta["n_outputs_"], None)

    both = np.stack([LINE, -LINE], 1)
    KerasRegressor(line, loss="mse", optimizer="adam", verbose=0).fit(X, both)
    assert (seen["target_type_"], seen["n_outputs_"]) == ("continuous", 2)


@pytest.mark.parametrize("source", [binary, binary()], ids=["function", "model"])
def test_options_that_a_compiled_model_would_not_hear_of_are_refused(source: Any) -> None:
    with pytest.raises(ValueError, match="optimizer='sgd', and a model that is compiled without"):
        KerasClassifier(source, optimizer="sgd", verbose=0).fit(X, WORDS)
    estimator = KerasClassifier(
        bare, loss="binary_crossentropy", optimizer="sgd", warm_start=True, verbose=0
    )
    assert estimator.fit(X, WORDS).fit(X, WORDS).model_.compiled


@pytest.mark.parametrize("kind", [SKLearnClassifier, KerasClassifier, SKLearnRegressor])
def test_sparse_columns_are_taken(kind: Any) -> None:
    column = np.array(["a", "b", "c"])[THREE // 10][:, None]
    regression = kind is SKLearnRegressor
    told = FLAT if kind is KerasClassifier else BRIEF
    y = LINE if regression else WORDS
    ends = []
    for sparse in (True, False):
        one_hot = OneHotEncoder(sparse_output=sparse)
        made = make_pipeline(one_hot, kind(numbers if regression else classes, **told))
        ends.append(made.fit(column, y).predict(column))
    if regression:
        np.testing.assert_allclose(*ends, rtol=1e-6)
    else:
        assert (ends[0] == ends[1]).all()


@pytest.mark.parametrize("warm", [SKLearnClassifier, KerasClassifier])
def test_a_classifier_goes_on_with_batches(warm: Any) -> None:
    told = {**(FLAT if warm is KerasClassifier else BRIEF)}
    made = warm(classes, **told)
    low, high = np.flatnonzero(THREE == 0), np.flatnonzero(THREE > 0)
    made.partial_fit(X[low], THREE[low], classes=[0, 10, 20])
    model = made.model_
    first = model.get_weights()
    for _ in range(60):
        made.partial_fit(X[low], THREE[low]).partial_fit(X[high], THREE[high])
    assert made.model_ is model and (model.get_weights()[0] != first[0]).any()
    assert made.history_.epoch == [0]
    assert set(made.predict(X)) == {0, 10, 20} and made.score(X, THREE) > 0.6
    with pytest.raises(ValueError, match="label 7"):
        made.partial_fit(X[:2], [0, 7])
    with pytest.raises(ValueError, match="features"):
        made.partial_fit(X[:, :2], THREE)


def test_a_regressor_goes_on_with_batches() -> None:
    made = SKLearnRegressor(numbers, **BRIEF)
    for _ in range(60):
        made.partial_fit(X[:30], LINE[:30])
        made.partial_fit(X[30:], LINE[30:], sample_weight=np.ones(30))
    assert made.score(X, LINE) > 0.8
    assert made.partial_fit(X, LINE, epochs=3).history_.epoch == [0, 1, 2]


def test_a_transformers_columns_have_names() -> None:
    made = SKLearnTransformer(numbers, **BRIEF).set_output(transform="pandas")
    y = np.stack([LINE, -LINE], 1)
    found = made.fit(X, y).transform(X)
    assert found.columns.tolist() == ["sklearntransformer0", "sklearntransformer1"]
    plain = made.set_output(transform="default").transform(X)
    np.testing.assert_array_equal(found.to_numpy(), plain)
