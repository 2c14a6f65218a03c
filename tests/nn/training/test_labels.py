"""What data say of themselves: text labels, the columns of tables, numbers kept as objects."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, RangeError

rng = np.random.default_rng(0)
N = 24
X = rng.normal(size=(N, 2)).astype("float32")
CODES = np.arange(N) % 3
NAMES = ["cat", "dog", "emu"]
TEXT = np.array(NAMES)[CODES]


def classifier(units: int = 3, loss: str = "sparse_categorical_crossentropy") -> nn.Sequential:
    nn.set_random_seed(5)
    end = "sigmoid" if units == 1 else "softmax"
    model = nn.Sequential([nn.Input((2,)), nn.Dense(units, activation=end)])
    model.compile(loss=loss, optimizer="sgd", metrics=["acc"])
    return model


FORMS: dict[str, Any] = {
    "array": TEXT, "column": TEXT[:, None], "list": TEXT.tolist(), "objects": TEXT.astype(object),
    "bytes": TEXT.astype("S"), "list of one": [TEXT],
}  # fmt: skip


def same(model: Any, y: Any, wanted: Any, codes: Any, **options: Any) -> None:
    nn.set_random_seed(9)
    found = model.fit(X, y, epochs=2, verbose=0, **options).history
    nn.set_random_seed(9)
    told = wanted.fit(X, codes, epochs=2, verbose=0, **options).history
    assert found == told
    assert model.evaluate(X, y, verbose=0) == wanted.evaluate(X, codes, verbose=0)


@pytest.mark.parametrize("form", FORMS)
def test_text_labels_are_class_numbers(form: str) -> None:
    model = classifier()
    same(model, FORMS[form], classifier(), CODES, validation_split=0.25)
    assert model.class_names == NAMES


def test_text_labels_of_tables() -> None:
    pd = pytest.importorskip("pandas")
    for y in (pd.Series(TEXT), pd.Series(TEXT, dtype="category"), pd.DataFrame({"k": TEXT}),
              pd.Categorical(TEXT, categories=["emu", "dog", "cat"])):  # fmt: skip
        same(classifier(), y, classifier(), CODES)


def test_text_labels_of_each_cross_entropy() -> None:
    one_hot = np.eye(3)[CODES]
    same(classifier(3, "categorical_crossentropy"), TEXT,
         classifier(3, "categorical_crossentropy"), one_hot)  # fmt: skip
    yes = np.where(CODES > 0, "yes", "no")
    same(classifier(1, "binary_crossentropy"), yes, classifier(1, "binary_crossentropy"), CODES > 0)


def test_weights_and_validation_go_by_the_labels_names() -> None:
    weights = {"dog": 2.0, "cat": 1.0, "emu": 0.5}
    held = {"validation_data": (X[:6], TEXT[:6])}
    numbers = {"validation_data": (X[:6], CODES[:6])}
    a, b = classifier(), classifier()
    found = a.fit(X, TEXT, verbose=0, class_weight=weights, **held).history
    wanted = b.fit(X, CODES, verbose=0, class_weight={0: 1.0, 1: 2.0, 2: 0.5}, **numbers).history
    assert found == wanted


def test_classes_keep_their_numbers() -> None:
    model = classifier()
    model.fit(X, TEXT, verbose=0)
    few = TEXT == "dog"
    model.fit(X[few], TEXT[few], verbose=0)  # of which no new order is learned
    assert model.class_names == NAMES
    assert np.isfinite(model.train_on_batch(X[few], TEXT[few])).all()
    fresh = classifier()
    fresh.class_names = ["emu", "dog", "cat"]
    assert fresh.evaluate(X, TEXT, verbose=0) == classifier().evaluate(X, 2 - CODES, verbose=0)


@pytest.mark.parametrize("call, error, text", [
    (lambda m: m.fit(X, np.arange(N).astype(str), verbose=0), RangeError, "24 classes .* 3 units"),
    (lambda m: m.evaluate(X, TEXT, verbose=0), DTypeError, "Set model.class_names"),
    (lambda m: m.train_on_batch(X, TEXT), DTypeError, "Set model.class_names"),
    (lambda m: (m.fit(X, TEXT, verbose=0), m.evaluate(X, np.where(CODES, TEXT, "cta"), verbose=0)),
     RangeError, "received the label 'cta' .* Did you mean 'cat'"),
    (lambda m: m.fit(X, TEXT, verbose=0, class_weight={"cat": 1.0}), ValueError, "class_weight"),
    (lambda m: m.fit(X, np.where(CODES, TEXT, None), verbose=0), ValueError, "received None in y"),
])  # fmt: skip
def test_labels_that_mean_nothing_are_refused(call: Any, error: type, text: str) -> None:
    model = classifier()
    with pytest.raises(error, match=text):
        call(model)


def test_a_call_that_fails_teaches_no_names() -> None:
    model = classifier()
    with pytest.raises(ValueError):
        model.fit(X, TEXT, verbose=0, class_weight={"cat": 1.0})
    assert model.class_names is None and model.feature_names is None


def test_text_is_no_quantity() -> None:
    model = nn.Sequential([nn.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    with pytest.raises(DTypeError, match="expected numbers"):
        model.fit(X, TEXT, verbose=0)


class Table:
    """What a table of any library looks like."""

    def __init__(self, **columns: Any) -> None:
        self.held, self.columns, self.dtypes = columns, list(columns), None

    def __getitem__(self, name: str) -> Any:
        return self.held[name]

    def __len__(self) -> int:
        return N


def test_columns_are_compared_by_name() -> None:
    model = classifier()
    model.fit(Table(a=X[:, 0], b=X[:, 1]), CODES, verbose=0)
    assert model.feature_names == ["a", "b"]
    wanted = model.predict(X, verbose=0)  # an array says nothing of its columns
    np.testing.assert_array_equal(model.predict(Table(a=X[:, 0], b=X[:, 1]), verbose=0), wanted)
    swapped = Table(b=X[:, 1], a=X[:, 0])
    for call in (lambda: model.predict(swapped, verbose=0),
                 lambda: model.evaluate(swapped, CODES, verbose=0),
                 lambda: model.predict_on_batch(swapped)):  # fmt: skip
        with pytest.raises(ValueError, match=r"Pass x\[model.feature_names\]"):
            call()
    with pytest.raises(ValueError, match="without the column 'b'.*Did you mean 'bb'"):
        model.predict(Table(a=X[:, 0], bb=X[:, 1]), verbose=0)
    model.fit(swapped, CODES, verbose=0)  # trained anew, on what is there now
    assert model.feature_names == ["b", "a"]
    model.fit(X, CODES, verbose=0)
    assert model.feature_names is None


@pytest.mark.parametrize("kind", [object, Decimal, Fraction])
def test_numbers_kept_as_objects_are_numbers(kind: Any) -> None:
    made = float if kind is object else kind
    objects = np.array([[made(float(v)) for v in row] for row in X], object)
    model = classifier()
    np.testing.assert_allclose(model.predict(objects, verbose=0), model.predict(X, verbose=0))


def test_what_lacks_among_objects_is_told_with_its_place() -> None:
    objects = X.astype(object)
    objects[3, 1] = None
    with pytest.raises(ValueError, match=r"received None in x at \[3, 1\].*\(1 are missing\)"):
        classifier().predict(objects, verbose=0)


def test_an_array_known_by_its_memory_alone_is_taken() -> None:
    class Memory:
        def __dlpack__(self, **options: Any) -> Any:
            return X.__dlpack__(**options)

        def __dlpack_device__(self) -> Any:
            return X.__dlpack_device__()

    model = classifier()
    np.testing.assert_array_equal(model.predict(Memory(), verbose=0), model.predict(X, verbose=0))


def test_labels_with_noise_are_warned_of_and_labels_of_other_numbers_refused() -> None:
    model = nn.Sequential([nn.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    x = np.ones((4, 2), np.float32)
    noisy = np.array([1.03, 0.01, 1.0, -0.02])
    with pytest.warns(UserWarning, match="from -0.02 to 1.03; expected numbers from 0 to 1"):
        found = model.train_on_batch(x, noisy)
    assert np.isfinite(found)
    with pytest.raises(RangeError, match="the target 2 in y"):
        model.train_on_batch(x, [1, 2, 1, 2])
