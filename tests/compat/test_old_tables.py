"""What pandas, scikit-learn and matplotlib dropped is there while Keras's names are ours."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat

pd = pytest.importorskip("pandas")


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    with compat.install_as("keras"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def written(folder: Path, text: str) -> str:
    (folder / "table.csv").write_text(text)
    return str(folder / "table.csv")


def test_dates_are_parsed_by_a_function_and_one_column_is_a_series(tmp_path: Path) -> None:
    path = written(tmp_path, '"Month","Sales"\n"1-01",266.0\n"2-03",145.9\n')

    def parser(x: str) -> Any:
        return pd.datetime.strptime("190" + x, "%Y-%m")

    found = pd.read_csv(
        path, header=0, parse_dates=[0], index_col=0, squeeze=True, date_parser=parser
    )
    assert isinstance(found, pd.Series) and found.name == "Sales"
    assert [d.isoformat()[:7] for d in found.index] == ["1901-01", "1902-03"]
    whole = pd.read_csv(path, parse_dates=["Month"],
                        date_parser=lambda x: pd.to_datetime(["190" + v for v in x]))  # fmt: skip
    assert whole["Month"].tolist() == found.index.tolist()


@pytest.mark.parametrize("told", [[["year", "month", "day"]], {"when": [1, 2, 3]}, [[1, 2, 3]]])
@pytest.mark.parametrize("by", ["text", "parts", None])
def test_dates_of_several_columns_are_one(tmp_path: Path, told: Any, by: str | None) -> None:
    path = written(tmp_path, "n,year,month,day,v\n1,2010,1,2,5\n2,2011,3,4,6\n")
    parse = {"text": lambda x: pd.datetime.strptime(x, "%Y %m %d"), None: None,
             "parts": lambda y, m, d: [pd.Timestamp(int(a), int(b), int(c))
                                       for a, b, c in zip(y, m, d, strict=True)]}[by]  # fmt: skip
    found = pd.read_csv(path, parse_dates=told, index_col=0, date_parser=parse)
    assert [d.isoformat()[:10] for d in found.index] == ["2010-01-02", "2011-03-04"]
    assert found.columns.tolist() == ["n", "v"]
    assert found.index.name == ("when" if isinstance(told, dict) else "year_month_day")


def test_dates_of_an_index_and_damaged_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "day,v\n2010-01-02,5\n2011-03-04,6,7\n2012-01-01,8\n")
    found = pd.read_csv(path, parse_dates=True, index_col="day", error_bad_lines=False,
                        infer_datetime_format=True, date_parser=pd.to_datetime)  # fmt: skip
    assert [d.year for d in found.index] == [2010, 2012]
    of_then = pd.Series.from_csv(path, error_bad_lines=False)
    assert of_then.tolist() == [5, 8]


def test_frames_have_their_methods_of_then() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [4.0, 5.0, 6.0]})
    assert frame.ix[0:1, "a"].tolist() == [1, 2]  # by label: both ends
    assert frame.ix[:, 0].tolist() == [1, 2, 3]
    assert frame.ix[[0, 2], ["b"]].to_numpy().tolist() == [[4], [6]]
    assert frame.ix[frame.a > 1, 1].tolist() == [5, 6]
    named = frame.set_index(pd.Index(["x", "y", "z"]))
    assert named.ix[0:1, "a"].tolist() == [1] and named.ix["y":, 1].tolist() == [5, 6]  # type: ignore[misc]
    named.ix[0, "b"] = 9.0
    assert named.as_matrix(["b"]).ravel().tolist() == named["b"].get_values().tolist() == [9, 5, 6]
    assert frame.append({"a": 7, "b": 8}, ignore_index=True).a.tolist() == [1, 2, 3, 7]
    assert frame.append(frame.ix[0]).shape == frame.append([named.ix[:0]])[:4].shape[:0] + (4, 2)
    assert frame.a.append(frame.b).tolist() == [1, 2, 3, 4, 5, 6]
    assert [name for name, _ in frame.iteritems()] == ["a", "b"]


def test_arguments_by_place_texts_and_classes_are_those_of_then(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, None, 3.0], "b": [4.0, 5.0, 6.0]})
    assert frame.drop("a", 1).columns.tolist() == ["b"] and frame.drop(0).shape == (2, 2)
    assert frame.dropna(0).shape == (2, 2) and frame.sum(1).tolist() == [5, 5, 9]
    assert pd.concat([frame, frame], 1).shape == (3, 4)
    assert frame.sort_values("b", 0, False).b.tolist() == [6, 5, 4]
    assert frame.fillna(method="ffill").a.tolist() == [1, 1, 3]
    assert frame.a.fillna(method="bfill").tolist() == [1, 3, 3]
    assert frame.a.fillna(0).tolist() == [1, 0, 3] and frame.a.max() == 3
    read = pd.read_csv(written(tmp_path, "a,b\nx,1\ny,2\n"))
    assert read.a.dtype.kind == "O"
    made = pd.concat([read.b, pd.get_dummies(read.a)], axis=1)
    assert made.values.dtype.kind in "iu" and made.values.tolist() == [[1, 1, 0], [2, 0, 1]]


def test_pandas_is_as_it_was_afterwards() -> None:
    code = (
        "import pandas as pd\n"
        "had = [dict(vars(c)) for c in (pd.DataFrame, pd.Series)], pd.read_csv, pd.concat\n"
        "option = pd.options.future.infer_string\n"
        "from autograd_nn import compat\n"
        "with compat.install_as('keras'):\n"
        "    assert pd.DataFrame.ix and pd.read_csv is not had[1]\n"
        "now = [dict(vars(c)) for c in (pd.DataFrame, pd.Series)], pd.read_csv, pd.concat\n"
        "print(now == had, pd.options.future.infer_string == option)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stdout == "True True\n", ran.stderr


def test_encoders_take_what_they_took() -> None:
    pytest.importorskip("sklearn")
    from sklearn import preprocessing
    from sklearn.base import clone

    rows = np.array([[600, 0, 3], [700, 1, 4], [650, 0, 5]], object)
    one = preprocessing.OneHotEncoder(categorical_features=[1]).fit_transform(rows).toarray()
    assert one.tolist() == [[1, 0, 600, 3], [0, 1, 700, 4], [1, 0, 650, 5]]
    by_mask = preprocessing.OneHotEncoder(
        categorical_features=np.array([False, True, False]), sparse=False
    )
    assert by_mask.fit_transform(rows).tolist() == one.tolist()
    today = preprocessing.OneHotEncoder(sparse=False, drop="first")
    assert today.fit_transform([[1], [2]]).tolist() == [[0], [1]]
    assert clone(today).get_params() == today.get_params()
    assert today.get_feature_names().tolist() == ["x0_2"]
    filled = preprocessing.Imputer(missing_values="NaN", strategy="mean", axis=0)
    assert filled.fit_transform([[1, np.nan], [3, 4]]).tolist() == [[1, 4], [3, 4]]
    from sklearn.datasets.samples_generator import make_blobs

    assert len(make_blobs(4)[0]) == 4


def test_pictures_take_what_they_took() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib import cm

    with plt.style.context([]):
        plt.style.use("seaborn-whitegrid")
        plt.style.use(["default"])
    heights, _, _ = plt.hist([1, 2, 2, 2], bins=2, normed=True)
    assert heights.tolist() == plt.gca().hist([1, 2, 2, 2], bins=2, normed=1)[0].tolist()
    assert heights.sum() == pytest.approx(2)
    assert cm.get_cmap("jet")(np.arange(3)).shape == (3, 4)
    plt.close("all")
