"""The bundled data, and reading CSV files of one's own: good ones, odd ones, bad ones."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from autograd_nn.nn.datasets import DataError, pima, read_csv


@pytest.fixture
def file(tmp_path):
    def write(text: str):
        path = tmp_path / "data.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def test_pima_is_the_original_in_its_order():
    X, y = pima.load_data()
    assert X.shape == (768, 8) and X.dtype == np.float32
    assert y.shape == (768,) and y.sum() == 268 and set(y.tolist()) == {0, 1}
    np.testing.assert_array_equal(X[0], np.float32([6, 148, 72, 35, 0, 33.6, 0.627, 50]))
    np.testing.assert_array_equal(X[-1], np.float32([1, 93, 70, 31, 0, 30.4, 0.315, 23]))
    assert y[:8].tolist() == [1, 0, 1, 0, 1, 0, 1, 0]


def test_pima_names_its_columns():
    table = pima.load_table()
    assert table.features[:2] == ("pregnancies", "glucose") and table.target == "diabetes"
    assert table.classes == ("0", "1")


@pytest.mark.parametrize("target", ["b", 1, -2, "1"])
def test_the_target_by_name_or_index(file, target):
    table = read_csv(file("a,b,c\n1,0,5\n2,1,6\n"), target=target)
    assert table.features == ("a", "c") and table.y.tolist() == [0, 1]
    assert table.X.tolist() == [[1, 5], [2, 6]]


@pytest.mark.parametrize(
    "text",
    [
        "1,2,yes\n3,4,no\n",
        "\ufeff1;2;yes\r\n3;4;no\r\n",
        "1\t2\tyes\n\n3\t4\tno",
        '1 | 2 | "yes"\n3 | 4 | "no"\n',
    ],
)
def test_separators_marks_and_blank_lines(file, text):
    table = read_csv(file(text))
    assert table.X.tolist() == [[1, 2], [3, 4]]
    assert table.classes == ("no", "yes") and table.y.tolist() == [1, 0]
    assert table.features == ("column 0", "column 1")


def test_header_can_be_forced_either_way(file):
    path = file("1,2\n3,0\n5,1\n")
    assert len(read_csv(path).X) == 3
    assert len(read_csv(path, header=True).X) == 2


def test_whole_numbers_that_do_not_start_at_0_are_classes(file):
    table = read_csv(file("a,b\n1,5\n2,-1\n3,5\n4,7\n"))
    assert table.classes == ("-1", "5", "7") and table.y.tolist() == [1, 0, 1, 2]


def test_a_real_target_is_a_quantity(file):
    table = read_csv(file("a,b\n1,0.5\n2,1.5\n"))
    assert table.classes == () and table.y.tolist() == [0.5, 1.5]


def test_many_whole_numbers_are_a_quantity(file):
    table = read_csv(file("\n".join(f"{i},{i}" for i in range(30))))
    assert table.classes == () and table.y.dtype == np.float32


def test_missing_values_drop(file):
    table = read_csv(file("a,b,c\n1,,0\n2,5,1\n3,6,\n4,7,0\n"), missing="drop")
    assert table.X.tolist() == [[2, 5], [4, 7]]
    assert table.y.tolist() == [1, 0] and table.dropped == 2


def test_missing_values_mean(file):
    table = read_csv(file("a,b,c\n1,NA,0\n2,5,1\n3,6,?\n4,7,0\n"), missing="mean")
    assert table.X.tolist() == [[1, 6], [2, 5], [4, 7]] and table.dropped == 1


def test_text_can_be_ignored(file):
    table = read_csv(file("id,a,c\nx,1,0\ny,2,1\n"), ignore=["id"])
    assert table.features == ("a",)


BAD = {
    "empty": ("", {}, "received an empty file; expected one row"),
    "blank": ("\n\n", {}, "received an empty file"),
    "only a header": ("a,b\n", {}, "a header and no rows"),
    "ragged": ("1,2,0\n3,1\n", {}, "line 2: received 2 values; expected 3"),
    "one column": ("1\n0\n", {}, "no feature besides the target"),
    "text feature": ("a,b\nred,0\n1,1\n", {}, "line 2, column 'a': received 'red'; expected a fin"),
    "infinite": ("a,b\ninf,0\n1,1\n", {}, "received 'inf'; expected a finite number"),
    "missing": ("a,b\n,0\n1,1\n", {}, "1 missing values, the first in line 2, column 'a'"),
    "missing target": ("a,b\n1,\n1,1\n2,0\n", {}, "the first in line 2, column 'b'"),
    "all missing": ("a,b\n,0\n,1\n", {"missing": "drop"}, "every row lacks a value"),
    "no mean": ("a,b\n,0\n,1\n", {"missing": "mean"}, "column 'a' holds no value at all"),
    "unknown policy": ("a,b\n1,0\n2,1\n", {"missing": "zero"}, "expected 'error', 'drop' or"),
    "one class": ("a,b\n1,0\n2,0\n", {}, "'0' in every row; expected at least two classes"),
    "one text class": ("a,b\n1,x\n2,x\n", {}, "'x' in every row; expected at least two"),
    "text target": (
        "a,b\n" + "".join(f"{i},name{i}\n" for i in range(30)), {}, "30 distinct values"
    ),
    "unknown name": ("age,b\n1,0\n2,1\n", {"target": "agee"}, "Did you mean 'age'"),
    "far index": ("a,b\n1,0\n2,1\n", {"target": 7}, "column index 7; expected -2 to 1"),
    "twice": ("a,a,b\n1,0,1\n2,1,0\n", {"target": "a"}, "2 columns are named 'a'"),
    "ignored": ("a,b\n1,0\n2,1\n", {"ignore": ["b"]}, "both the target and ignored"),
    "ignored unknown": ("a,b\n1,0\n2,1\n", {"ignore": ["z"]}, "'z', which is no column"),
    "not text": (b"\x89PNG\r\n\x1a\n\0\0,1", {}, "that is not text in utf-8"),
    "another encoding": ("ä,b\n1,0\n".encode("cp1252"), {"encoding": "ascii"}, "not text in ascii"),
    "no encoding": ("a,b\n1,0\n", {"encoding": "utf-99"}, "'utf-99', which is none"),
    "packed and cut off": (gzip.compress(b"a,b\n1,0\n2,1\n")[:-9], {}, "a damaged gzip file"),
    "packed and damaged": (gzip.compress(b"a,b\n1,0\n2,1\n")[:12] + b"xx", {}, "a damaged gzip"),
    "a bomb": (gzip.compress(b"1,2\n" * (1 << 25)), {}, "if it is to be trusted"),
    "a bomb of nothing": (gzip.compress(bytes(1 << 27)), {}, "that is not text in utf-8"),
    "nothing tells": ("a,b\n1,x\n1,y\n", {"encode": True}, "'a' is the same in every row"),
}  # fmt: skip


@pytest.mark.parametrize("text, options, message", BAD.values(), ids=BAD)
def test_a_bad_file_is_a_clear_error(file, text, options, message):
    with pytest.raises(DataError) as caught:
        read_csv(file(text), **options)
    assert message in str(caught.value)


def test_no_file_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "none.csv")


def test_the_targets_kind_can_be_said(file):
    path = file("a,y\n1,20\n2,40\n3,60\n4,20\n")
    assert read_csv(path).classes == ("20", "40", "60")
    quantity = read_csv(path, kind="quantity")
    assert quantity.classes == () and quantity.y.tolist() == [20, 40, 60, 20]
    halves = file("a,y\n1,0.5\n2,1\n3,1000001\n")
    assert read_csv(halves, kind="classes").classes == ("0.5", "1", "1000001")
    with pytest.raises(DataError, match="holds 'x'; expected numbers alone"):
        read_csv(file("a,y\n1,2\n3,x\n"), kind="quantity")
    with pytest.raises(DataError, match="expected 'classes' or 'quantity'"):
        read_csv(path, kind="class")


def test_all_columns_that_are_no_numbers_are_named_at_once(file):
    path = file("a,b,c,y\n1,x,1e39,0\n2,y,3,1\n")
    with pytest.raises(DataError, match="column 'b': received 'x'.*column 'c': received '1e39'"):
        read_csv(path)


@pytest.mark.parametrize("mark", ["-", "--", "#N/A", "<NA>", "-nan"])
def test_stray_marks_are_missing_values(file, mark):
    table = read_csv(file(f"a,y\n1,0.5\n{mark},1.5\n3,{mark}\n4,2.5\n"), missing="drop")
    assert table.dropped == 2 and table.y.tolist() == [0.5, 2.5]


def test_columns_that_tell_nothing_are_known(file):
    rows = "".join(f"{i + 7},1,{i * 3 % 5},{i % 2}\n" for i in range(12))
    idle = read_csv(file("id,one,a,y\n" + rows)).idle
    assert idle == {"id": "numbers the rows", "one": "is the same in every row"}
