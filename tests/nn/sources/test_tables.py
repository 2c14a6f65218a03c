"""Tables as inputs: of pyarrow and polars where they are installed, and of what looks like them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, RangeError
from autograd_nn.nn.training import arrays


class Arrow:
    """What pyarrow's table has: names apart from columns, a schema, no dtypes."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self.held = {k: np.array(v) for k, v in columns.items()}
        self.column_names, self.columns = list(columns), list(self.held.values())
        self.schema = {k: v.dtype for k, v in self.held.items()}

    def __getitem__(self, name: str) -> Any:
        return self.held[name]


def maker(kind: str) -> Callable[[dict[str, Any]], Any]:
    if kind == "alike":
        return Arrow
    module = pytest.importorskip(kind)
    return module.table if kind == "pyarrow" else import_module(kind).DataFrame


@pytest.mark.parametrize("kind", ["alike", "pyarrow", "polars", "pandas"])
def test_columns_become_one_array_and_text_is_named(kind: str) -> None:
    made = maker(kind)
    found = arrays.array(made({"a": [1, 2, 3], "b": [0.5, 1.0, 2.0]}), "x")
    np.testing.assert_array_equal(found, [[1, 0.5], [2, 1], [3, 2]])
    with pytest.raises(DTypeError, match="'b'"):
        arrays.array(made({"a": [1, 2], "b": ["x", "y"]}), "x")


@pytest.mark.parametrize("at", [(0, 0), (5, 2), (9, 1)])
def test_what_is_not_finite_is_found_in_any_piece(at: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(arrays, "PIECE", 6)  # two rows
    x = np.ones((10, 3), "float32")
    assert arrays.cast(x, "float32", "x") is x
    x[at] = np.inf
    with pytest.raises(ValueError, match=rf"\[{at[0]}, {at[1]}\]"):
        arrays.cast(x, "float32", "x")


class Lazy:
    """What a table of polars has that is to be computed still."""

    def __init__(self, held: Arrow) -> None:
        self.held = held

    def collect(self) -> Arrow:
        return self.held

    def collect_schema(self) -> dict[str, Any]:
        return self.held.schema


class Words:
    """What an array of pyarrow has: no dtype."""

    def __init__(self, held: list[str]) -> None:
        self.held = held

    def __arrow_c_array__(self) -> None:
        raise NotImplementedError

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.held, object)

    def __len__(self) -> int:
        return len(self.held)


RECORDS = np.rec.fromarrays([[1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1]], names="a,b")
TABLE = Arrow({"a": RECORDS["a"], "b": RECORDS["b"]})
FORMS = {
    "records": RECORDS, "a table to be computed": Lazy(TABLE),
    "diagonals": sp.dia_array(np.stack([RECORDS["a"], RECORDS["b"]], axis=1)),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_train_as_their_columns(form: str) -> None:
    losses = []
    for x, y in ((FORMS[form], Words(["n", "y"] * 2)), (arrays.array(TABLE, "x"), [0, 1, 0, 1])):
        nn.set_random_seed(1)
        model = nn.Sequential([nn.Dense(2, activation="softmax", input_dim=2)])
        model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True, check=False)
        losses.append(model.fit(x, y, verbose=0).history["loss"])
    assert losses[0] == losses[1]


class Elsewhere:
    """What a tensor of a dtype, or on a device, that NumPy has not looks like."""

    dtype = "bfloat16"

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("Got unsupported ScalarType BFloat16")

    def detach(self) -> Elsewhere:
        return self

    def numpy(self) -> Any:
        return self.__array__()


class Items:
    """A dataset of samples, one at a time, as loaders take them."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, i: int) -> Any:
        return np.ones(3), 1.0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Elsewhere(), "Elsewhere of dtype bfloat16.*unsupported ScalarType.*x.float()"),
        (Items(), "Items; expected an array.*DataLoader"),
        (np.array(["2020-01-01", "2020-01-02"], "M8[D]"), "x.min.*timedelta64"),
    ],
    ids=["elsewhere", "items", "times"],
)
def test_what_is_no_array_is_told_what_it_becomes(value: Any, words: str) -> None:
    with pytest.raises(DTypeError, match=words):
        arrays.array(value, "x")


def test_a_batch_elsewhere_is_told_so() -> None:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(DTypeError, match="Elsewhere of dtype bfloat16"):
        model.fit(iter([(Elsewhere(), np.ones(4))]), verbose=0)


def test_lists_of_decimals_are_numbers() -> None:
    found = arrays.array([[Decimal("1.5"), 2], [Decimal(3), Fraction(1, 4)]], "x")
    np.testing.assert_array_equal(found, [[1.5, 2], [3, 0.25]])


@pytest.mark.parametrize("kind", ["alike", "polars", "pandas"])
def test_a_column_of_lists_is_named(kind: str) -> None:
    made = maker(kind)
    with pytest.raises(DTypeError, match="'b'.*spread lists"):
        arrays.array(made({"a": [1, 2], "b": [[1, 2], [3, 4]]}), "x")


def test_rows_that_lie_apart_from_their_index_are_told() -> None:
    pd = pytest.importorskip("pandas")
    model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
    model.compile("sgd", "mse")
    x, y = pd.DataFrame(np.ones((4, 2)), columns=["a", "b"]), pd.Series(np.ones(4))
    model.fit(x, y, verbose=0)
    model.fit(x, pd.Series(np.ones(4), index=range(4, 8)), verbose=0)  # rows of their own
    with pytest.warns(UserWarning, match=r"row 0 is 0 in x and 3 in y.*y\.loc\[x\.index\]"):
        model.evaluate(x, y[::-1], verbose=0)
    with pytest.warns(UserWarning, match="in sample_weight"):
        model.fit(x, y, sample_weight=y.iloc[[0, 2, 1, 3]], verbose=0)
    model.fit(x[::-1], y[::-1], verbose=0)


@pytest.mark.parametrize("value", [1.5, 2**40, -(2**40), 3e10])
def test_numbers_that_an_input_cannot_hold_are_refused(value: float) -> None:
    ids = nn.Input((2,), dtype="int32")
    model = nn.Model(ids, nn.Dense(1)(nn.Flatten()(nn.Embedding(9, 2)(ids))))
    model.compile("sgd", "mse")
    x = np.zeros((3, 2))
    model.fit(x, np.ones(3), verbose=0)
    model.fit(x > 0, np.ones(3), verbose=0)
    x[1, 0] = value
    with pytest.raises(RangeError, match=r"at \[1, 0\].*dtype is int32"):
        model.fit(x if value % 1 else x.astype("int64"), np.ones(3), verbose=0)


def test_labels_in_numpys_own_texts() -> None:
    model = nn.Sequential([nn.Input((1,)), nn.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    y = np.array(["a", "bb", "a", "bb"], dtype=np.dtypes.StringDType())
    model.fit(np.ones((4, 1)), y, verbose=0)
    assert model.class_names == ["a", "bb"]
