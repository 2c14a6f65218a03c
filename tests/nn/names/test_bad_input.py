# ruff: noqa: E501  (one case a line is easier to read)
"""Bad input: each case says which error comes, and that its text names what came, what was expected
and the repair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.nn.models import Sequential

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3))
Y = (X[:, 0] > 0).astype(int)
NAN, INF = float("nan"), float("inf")


def model(loss: Any = "binary_crossentropy", units: int = 1, last: str = "sigmoid") -> Sequential:
    made = nn.Sequential([nn.Input((3,)), nn.Dense(units, activation=last)])
    made.compile(loss=loss, optimizer="sgd")
    return made


def fit(x: Any = X, y: Any = Y, made: Sequential | None = None, **options: Any) -> Any:
    return (made or model()).fit(x, y, verbose=0, **options)


def compile_with(**options: Any) -> None:
    model().compile(**{"loss": "mse", "optimizer": "sgd", **options})


def spoiled(a: np.ndarray, place: Any, value: float) -> np.ndarray:
    a = a.astype(float)
    a[place] = value
    return a


def sparse() -> Sequential:
    return model("sparse_categorical_crossentropy", 3, "softmax")


def categorical() -> Sequential:
    return model("categorical_crossentropy", 3, "softmax")


Case = tuple[str, Callable[[], Any], type[Exception], tuple[str, ...]]

DATA: list[Case] = [
    ("text in x", lambda: fit([["a", "b", "c"]] * 12), DTypeError, ("x", "expected numbers", "Encode")),
    ("objects in x", lambda: fit(np.array([[None] * 3] * 12)), DTypeError, ("object", "expected numbers")),
    ("ragged x", lambda: fit([[1.0, 2.0, 3.0], [1.0]]), DTypeError, ("x", "regular nest of lists")),
    ("complex x", lambda: fit(X + 1j), DTypeError, ("complex128", "expected real", "separate columns")),
    ("a generator for x", lambda: fit(iter(X)), ValueError, ("iterator", "expected batches", "Collect")),
    ("a dict for x", lambda: fit({"a": X}), DTypeError, ("dict", "expected an array", "Pass one array")),
    ("a list of inputs", lambda: fit([X, X]), ShapeError, ("(2, 12, 3)", "expected (n, 3)", "Reshape")),
    ("text for a layer", lambda: nn.Dense(2)([["a", "b"]]), DTypeError, ("expected numbers", "Encode")),
    ("no x", lambda: fit(None), ValueError, ("x=None", "expected an array", "Pass x")),
    ("a number for x", lambda: fit(3.0), ShapeError, ("x=3.0", "expected an array", "Write [[...]]")),
    ("empty x", lambda: fit(np.zeros((0, 3)), []), ValueError, ("(0, 3)", "at least one", "Check")),
    ("empty y", lambda: fit(X, []), ValueError, ("empty y", "at least one", "Check")),
    ("no y", lambda: fit(X, None), ValueError, ("y=None", "expected an array", "Pass y")),
    ("x narrow", lambda: fit(X[:, :2]), ShapeError, ("(12, 2)", "expected (3,)", "columns")),
    ("x wide", lambda: fit(np.zeros((12, 4))), ShapeError, ("(12, 4)", "expected (3,)", "columns")),
    ("one sample", lambda: model().predict(X[0], verbose=0), ShapeError, ("(3,)", "expected (n, 3)", "x[None]")),
    ("x of four axes", lambda: fit(X[:, :, None, None]), ShapeError, ("(12, 3, 1, 1)", "(n, 3)", "Reshape")),
    ("nan in x", lambda: fit(spoiled(X, (4, 1), NAN)), ValueError, ("nan in x at [4, 1]", "finite", "Remove")),
    ("inf in x", lambda: fit(spoiled(X, (2, 0), INF)), ValueError, ("inf in x at [2, 0]", "finite", "Remove")),
    ("x beyond float32", lambda: fit(spoiled(X, (2, 0), 1e300)), ValueError, ("1e+300", "float32 can hold", "scale")),
    ("nan in y", lambda: fit(X, spoiled(Y, 3, NAN)), ValueError, ("nan in y", "finite", "Remove")),
    ("inf in regression y", lambda: fit(X, spoiled(Y, 3, INF), model("mse")), ValueError, ("inf in y", "finite", "Remove")),
    ("text in y", lambda: fit(X, ["yes"] * 12), DTypeError, ("y:", "expected numbers", "Encode")),
    ("fewer y", lambda: fit(X, Y[:7]), ShapeError, ("12 in x, 7 in y", "as many", "Check")),
    ("more y", lambda: fit(X[:5], Y), ShapeError, ("5 in x, 12 in y", "as many", "Check")),
    ("y two wide for one unit", lambda: fit(X, np.zeros((12, 2))), ShapeError, ("(12, 2)", "expected (1,)", "units")),
    ("binary labels 1 and 2", lambda: fit(X, Y + 1), RangeError, ("target 2", "from 0 to 1", "Encode")),
    ("binary labels -1 and 1", lambda: fit(X, 2 * Y - 1), RangeError, ("target -1", "from 0 to 1", "Encode")),
    ("class too large", lambda: fit(X, Y + 2, sparse()), RangeError, ("class 3", "0 to 2", "Renumber")),
    ("class negative", lambda: fit(X, Y - 1, sparse()), RangeError, ("class -1", "0 to 2", "Renumber")),
    ("class a fraction", lambda: fit(X, Y * 1.0 + 0.5 - Y, sparse()), RangeError, ("class 0.5 in y", "whole", "mean_squared_error")),
    ("class nan", lambda: fit(X, spoiled(Y, 1, NAN), sparse()), ValueError, ("nan in y", "finite", "Remove")),
    ("one-hot for sparse", lambda: fit(X, np.eye(3)[Y], sparse()), ShapeError, ("(12, 3)", "class numbers", "categorical_crossentropy")),
    ("classes for one-hot", lambda: fit(X, Y, categorical()), ShapeError, ("(12,)", "expected (3,)", "sparse_categorical_crossentropy")),
    ("one-hot out of range", lambda: fit(X, 2 * np.eye(3)[Y], categorical()), RangeError, ("target 2", "from 0 to 1", "one-hot")),
    ("predict nan", lambda: model().predict(spoiled(X, 0, NAN), verbose=0), ValueError, ("nan in x", "finite")),
    ("evaluate narrow", lambda: model().evaluate(X[:, :1], Y, verbose=0), ShapeError, ("(12, 1)", "expected (3,)")),
    ("validation of another width", lambda: fit(validation_data=(X[:, :2], Y)), ShapeError, ("(12, 2)", "expected (3,)")),
]

OPTIONS: list[Case] = [
    ("batch size 0", lambda: fit(batch_size=0), ValueError, ("batch_size=0", "whole number from 1")),
    ("batch size negative", lambda: fit(batch_size=-4), ValueError, ("batch_size=-4", "whole number from 1")),
    ("batch size a fraction", lambda: fit(batch_size=2.5), TypeError, ("batch_size=2.5", "whole number from 1")),
    ("predict batch size 0", lambda: model().predict(X, batch_size=0), ValueError, ("batch_size=0", "from 1")),
    ("evaluate batch size 0", lambda: model().evaluate(X, Y, batch_size=0), ValueError, ("batch_size=0", "from 1")),
    ("epochs negative", lambda: fit(epochs=-1), ValueError, ("epochs=-1", "whole number from 0")),
    ("epochs text", lambda: fit(epochs="3"), TypeError, ("epochs='3'", "whole number from 0")),
    ("epochs true", lambda: fit(epochs=True), TypeError, ("epochs=True", "whole number")),
    ("initial epoch negative", lambda: fit(initial_epoch=-1), ValueError, ("initial_epoch=-1", "from 0")),
    ("split of 1", lambda: fit(validation_split=1.0), ValueError, ("validation_split=1.0", "between 0 and 1")),
    ("split negative", lambda: fit(validation_split=-0.1), ValueError, ("validation_split=-0.1", "between 0 and 1")),
    ("split leaves none", lambda: fit(X[:1], Y[:1], validation_split=0.5), ValueError, ("1 samples", "at least one", "Pass more")),
    ("validation data of one", lambda: fit(validation_data=(X,)), ValueError, ("validation_data", "(x, y)", "tuple")),
    ("validation every 0", lambda: fit(validation_data=(X, Y), validation_freq=0), ValueError, ("validation_freq=0", "from 1")),
    ("weights too few", lambda: fit(sample_weight=np.ones(5)), ShapeError, ("(5,)", "expected (12,)", "Pass as many")),
    ("weights a matrix", lambda: fit(sample_weight=np.ones((12, 2))), ShapeError, ("(12, 2)", "one weight per sample")),
    ("weights negative", lambda: fit(sample_weight=spoiled(Y, 3, -1)), ValueError, ("-1 at [3]", "from 0", "Use 0")),
    ("weights nan", lambda: fit(sample_weight=spoiled(Y, 3, NAN)), ValueError, ("nan in sample_weight", "finite")),
    ("class weight missing", lambda: fit(class_weight={0: 1.0}), ValueError, ("[0]", "every class", "class 1 has none")),
    ("class weight a list", lambda: fit(class_weight=[1.0, 2.0]), TypeError, ("[1.0, 2.0]", "expected a dict")),
    ("class weight negative", lambda: fit(class_weight={0: -1.0, 1: 1.0}), ValueError, ("-1.0", "class 0", "from 0")),
    ("callback not one", lambda: fit(callbacks=[print]), TypeError, ("print", "expected instances", "derive")),
    ("callback a class", lambda: fit(callbacks=nn.EarlyStopping), TypeError, ("EarlyStopping", "expected instances", "Create it")),
    ("unknown fit argument", lambda: fit(epoch=3), TypeError, ("'epoch'", "Did you mean 'epochs'")),
    ("verbose 7", lambda: model().fit(X, Y, verbose=7), ValueError, ("verbose=7", "expected 0, 1, 2")),
    ("fit before compile", lambda: nn.Sequential([nn.Dense(1)]).fit(X, Y), RuntimeError, ("before compile", "expected", "model.compile(")),
    ("evaluate before compile", lambda: nn.Sequential([nn.Dense(1)]).evaluate(X, Y), RuntimeError, ("before compile", "model.compile(")),
    ("fit without a loss", lambda: fit(made=model(loss=None)), ValueError, ("without a loss", "expected one", "compile(loss=")),
    ("patience negative", lambda: nn.EarlyStopping(patience=-1), ValueError, ("patience=-1", "from 0")),
    ("stopping mode", lambda: nn.EarlyStopping(mode="up"), ValueError, ("mode='up'", "'min' or 'max'")),
    ("lambda hook", lambda: nn.LambdaCallback(on_epoch_stop=print), TypeError, ("'on_epoch_stop'", "Did you mean")),
]

NAMES: list[Case] = [
    ("unknown loss", lambda: compile_with(loss="binary_crosentropy"), ValueError, ("'binary_crosentropy'", "Did you mean 'binary_crossentropy'")),
    ("unknown optimizer", lambda: compile_with(optimizer="adm"), ValueError, ("'adm'", "Did you mean 'adam'", "Known names")),
    ("unknown metric", lambda: compile_with(metrics=["acuracy"]), ValueError, ("'acuracy'", "Did you mean 'accuracy'")),
    ("metrics a string", lambda: compile_with(metrics="accuracy"), TypeError, ("'accuracy'", "expected a list", "Write [...]")),
    ("loss a number", lambda: compile_with(loss=3), ValueError, ("3", "expected a name", "Known names")),
    ("optimizer a number", lambda: compile_with(optimizer=0.1), ValueError, ("0.1", "expected a name", "Known names")),
    ("unknown activation", lambda: nn.Dense(3, activation="rleu"), ValueError, ("'rleu'", "Did you mean 'relu'")),
    ("unknown initializer", lambda: nn.Dense(3, kernel_initializer="glorot"), ValueError, ("'glorot'", "Did you mean 'glorot_")),
    ("unknown regularizer", lambda: nn.Dense(3, kernel_regularizer="l3"), ValueError, ("'l3'", "Did you mean 'l")),
    ("unknown constraint", lambda: nn.Dense(3, kernel_constraint="maxnorms"), ValueError, ("'maxnorms'", "Did you mean 'max_norm'")),
    ("unknown layer name", lambda: model().get_layer("dens"), ValueError, ("'dens'", "Known names")),
    ("unknown layer class", lambda: nn.layers.get("Dens"), ValueError, ("'Dens'", "Did you mean 'Dense'")),
    ("layer by name and index", lambda: model().get_layer("dense", 0), ValueError, ("index=0", "one of the two")),
    ("layer index too large", lambda: model().get_layer(index=5), ValueError, ("index=5", "less than 1")),
    ("unknown layer argument", lambda: nn.Dense(3, activaton="relu"), TypeError, ("'activaton'", "Did you mean 'activation'")),
    ("unknown optimizer argument", lambda: nn.Adam(learnig_rate=0.1), TypeError, ("'learnig_rate'", "Did you mean 'learning_rate'")),
]

LAYERS: list[Case] = [
    ("units 0", lambda: nn.Dense(0), ValueError, ("units=0", "positive integer", "Dense(12)")),
    ("units a fraction", lambda: nn.Dense(1.5), ValueError, ("units=1.5", "positive integer")),
    ("units missing", lambda: nn.Dense(), ValueError, ("units=None", "positive integer")),
    ("layer name a number", lambda: nn.Dense(1, name=3), TypeError, ("name=3", "expected text")),
    ("input dim 0", lambda: nn.Dense(3, input_dim=0), ShapeError, ("input_dim=0", "positive integers")),
    ("input shape of text", lambda: nn.Input(("a",)), ShapeError, ("('a',)", "positive integers")),
    ("input without shape", lambda: nn.Input(), ShapeError, ("no shape", "expected the sizes", "Input((8,))")),
    ("dropout above 1", lambda: nn.Dropout(1.5), ValueError, ("rate=1.5", "from 0 to 1")),
    ("dropout text", lambda: nn.Dropout("0.5"), ValueError, ("rate='0.5'", "from 0 to 1")),
    ("integer layer", lambda: nn.Dense(3, dtype="int32"), DTypeError, ("'int32'", "'float32' or 'float64'")),
    ("reshape misfit", lambda: nn.Reshape((4,))(X), ShapeError, ("(3,)", "target_shape=(4,)", "Choose")),
    ("reshape two unknown", lambda: nn.Reshape((-1, -1)), ShapeError, ("(-1, -1)", "one of which may be -1")),
    ("dense on a vector", lambda: nn.Dense(2)(X[0]), ShapeError, ("(3,)", "at least 2", "x[None]")),
    ("built layer, other width", lambda: model().layers[0](np.zeros((2, 5))), ShapeError, ("(2, 5)", "expected 3", "columns")),
    ("adding a class", lambda: nn.Sequential([nn.Dense]), TypeError, ("Dense", "expected a layer", "Create it")),
    ("adding a number", lambda: nn.Sequential([12]), TypeError, ("12", "expected a layer")),
    ("a layer for layers", lambda: nn.Sequential(nn.Dense(1)), TypeError, ("expected a list", "Write [...]")),
    ("one layer twice", lambda: nn.Sequential([nn.Dense(1, name="a"), nn.Dense(1, name="a")]), ValueError, ("'a'", "unique", "name=")),
    ("input in the middle", lambda: nn.Sequential([nn.Dense(1), nn.Input((3,))]), ValueError, ("after 1 layers", "expected it first")),
    ("weights too few", lambda: model().set_weights([np.zeros((3, 1))]), ShapeError, ("1 weights", "expected 2", "get_weights")),
    ("weight of another shape", lambda: model().set_weights([np.zeros((2, 1)), [0]]), ShapeError, ("(2, 1)", "expected (3, 1)", "order")),
    ("scaling by 0", lambda: nn.initializers.VarianceScaling(0.0), ValueError, ("scale=0.0", "above 0")),
    ("scaling mode", lambda: nn.initializers.VarianceScaling(mode="in"), ValueError, ("mode='in'", "'fan_in'")),
    ("identity of a vector", lambda: nn.initializers.Identity()((3,)), ShapeError, ("(3,)", "two sizes", "Choose")),
    ("negative penalty", lambda: nn.regularizers.L2(-1.0), ValueError, ("l2=-1.0", "from 0")),
]

RATES: list[Case] = [
    ("rate negative", lambda: nn.SGD(-0.1), ValueError, ("learning_rate=-0.1", "from 0")),
    ("rate nan", lambda: nn.SGD(NAN), ValueError, ("learning_rate=nan", "finite")),
    ("rate text", lambda: nn.SGD("fast"), DTypeError, ("learning_rate='fast'", "expected a number")),
    ("momentum 1", lambda: nn.SGD(momentum=1.0), ValueError, ("momentum=1.0", "from 0 up to")),
    ("momentum negative", lambda: nn.SGD(momentum=-0.5), ValueError, ("momentum=-0.5", "from 0")),
    ("beta 1", lambda: nn.Adam(beta_1=1.0), ValueError, ("beta_1=1.0", "from 0 up to")),
    ("beta_2 negative", lambda: nn.Adam(beta_2=-0.1), ValueError, ("beta_2=-0.1", "from 0")),
    ("rho 1", lambda: nn.RMSprop(rho=1.0), ValueError, ("rho=1.0", "from 0 up to")),
    ("epsilon 0", lambda: nn.Adam(epsilon=0.0), ValueError, ("epsilon=0.0", "above 0")),
    ("clipnorm 0", lambda: nn.SGD(clipnorm=0.0), ValueError, ("clipnorm=0.0", "above 0")),
    ("two clips", lambda: nn.SGD(clipnorm=1.0, clipvalue=1.0), ValueError, ("more than one", "one at most", "Leave")),
    ("weight decay negative", lambda: nn.AdamW(weight_decay=-1.0), ValueError, ("weight_decay=-1.0", "from 0")),
    ("smoothing above 1", lambda: nn.BinaryCrossentropy(label_smoothing=2.0), ValueError, ("label_smoothing=2.0", "from 0 to 1")),
    ("unknown reduction", lambda: nn.MeanSquaredError(reduction="avg"), ValueError, ("'avg'", "expected one of")),
    ("threshold 1", lambda: nn.BinaryAccuracy(threshold=1.0), ValueError, ("threshold=1.0", "between 0 and 1")),
    ("a loss never broadcasts", lambda: nn.losses.mean_squared_error(np.zeros((4, 1)), np.zeros((4, 4))), ShapeError, ("(4, 1)", "expected equal", "Reshape")),
    ("class out of range in a loss", lambda: nn.losses.sparse_categorical_crossentropy([3], [[0.5, 0.5]]), RangeError, ("label 3", "0 to 1", "Renumber")),
    ("step of other shapes", lambda: nn.SGD().step(np.zeros(2), np.zeros(3)), ShapeError, ("(3,)", "(2,)", "same shape")),
    ("step of other trees", lambda: nn.SGD().step([np.zeros(2)], {"w": np.zeros(2)}), ShapeError, ("structure", "expected the weights'")),
]  # fmt: skip


CASES = DATA + OPTIONS + NAMES + LAYERS + RATES


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_a_failed_call_changes_no_state(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Sequential, Any]] = []
    make = model

    def noted(*args: Any, **options: Any) -> Sequential:
        found = make(*args, **options)
        made.append((found, state(found)))
        return found

    monkeypatch.setitem(globals(), "model", noted)
    with pytest.raises((ValueError, TypeError, RuntimeError, IndexError)):
        case[1]()
    for found, before in made:
        for a, b in zip(before, state(found), strict=True):
            np.testing.assert_array_equal(a, b)


def state(found: Sequential) -> list[Any]:
    kept = [*found.weights, *found.optimizer.variables, *(v for m in found.metrics for v in m.variables)]
    return [*(np.array(v) for v in kept), found.metrics_names, found.trainable, found.built]


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_the_error_says_what_came_what_was_expected_and_the_repair(case: Case) -> None:
    _, act, kind, words = case
    with pytest.raises(kind) as caught:
        act()
    assert isinstance(caught.value, kind)
    text = str(caught.value)
    for word in words:
        assert word in text, text


def test_a_batch_larger_than_the_data_is_one_batch() -> None:
    made = model()
    made.fit(X, Y, batch_size=1000, verbose=0)
    assert int(made.optimizer.iterations) == 1


def test_lists_are_data() -> None:
    history = fit(X.tolist(), Y.tolist())
    assert np.isfinite(history.history["loss"]).all()


def test_a_failed_fit_changes_nothing() -> None:
    made = model()
    before = made.get_weights()
    with pytest.raises(RangeError):
        made.fit(X, Y + 5, verbose=0)
    for a, b in zip(before, made.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
