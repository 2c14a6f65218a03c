"""Parquet and Feather files: the same columns as pyarrow reads, and no more memory than they need.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn.nn.datasets import DataError, pages, read_csv, unpacking
from autograd_nn.nn.zips import Spoilt
from tests.nn.peaks import peak

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
feather = pytest.importorskip("pyarrow.feather")

N = 600
some = np.random.default_rng(0)
DAY = datetime(2020, 2, 27)


def table() -> Any:
    a = some.normal(size=N).astype("float32")
    return pa.table({
        "a": a, "b": pa.array([None if i % 7 == 0 else i % 50 for i in range(N)]),
        "truth": a > 0.5, "kind": pa.array([*"xyz"] * (N // 3)).dictionary_encode(),
        "text": [f"some words {i % 61} of it, and \"more\"\0" for i in range(N)],
        "day": [date(2020, 1, 1) + timedelta(i) for i in range(N)],
        "when": [DAY + timedelta(hours=i) for i in range(N)],
        "exact": [DAY + timedelta(microseconds=999_999 * i) for i in range(N)],
        "midnight": pa.array([DAY + timedelta(i) for i in range(N)], pa.timestamp("ns")),
        "zone": pa.array([DAY + timedelta(hours=i) for i in range(N)], pa.timestamp("s", "UTC")),
        "hour": pa.array([time(i % 24, i % 60) for i in range(N)], pa.time64("ns")),
        "price": [Decimal(i) / 4 for i in range(N)],
        "took": [timedelta(seconds=i % 9) for i in range(N)],
        "nothing": pa.nulls(N), "list": [[i] for i in range(N)],
        "__index_level_0__": np.arange(N), "y": np.where(a > 0, "yes", "no"),
    })  # fmt: skip


def write(path: Path, way: str, data: Any) -> None:
    if way == "feather":
        feather.write_feather(data, path, compression="zstd", chunksize=250)
    elif way == "plain feather":
        feather.write_feather(data, path, compression="uncompressed")
    elif way == "one batch":
        with pa.ipc.new_file(path, data.schema) as file:
            file.write_table(data)
    else:
        options = {"one page": {}, "pages": {"data_page_size": 300, "row_group_size": 200},
                   "second version": {"data_page_version": "2.0", "compression": "zstd"},
                   "shared texts": {"use_dictionary": False, "column_encoding": {
                       "text": "DELTA_BYTE_ARRAY", "y": "DELTA_BYTE_ARRAY"}}}[way]  # fmt: skip
        parquet.write_table(data, path, **options)


WAYS = ("one page", "pages", "second version", "shared texts", "feather", "plain feather",
        "one batch")


@pytest.mark.parametrize("way", WAYS)
def test_columns_are_what_they_were(way: str, tmp_path: Path) -> None:
    data = table()
    write(tmp_path / "t", way, data)
    found = read_csv(tmp_path / "t", encode=True, missing="mean")
    assert found.read is not None and found.encoded is not None and found.target == "y"
    names = [n for n in data.column_names if n not in ("__index_level_0__", "nothing")]
    assert found.read.names == names
    kinds = {name: layer.kind for name, layer in found.encoded.layers.items()}
    assert kinds == {
        "a": "numbers", "b": "numbers", "truth": "categories", "kind": "categories",
        "text": "texts", "day": "times", "when": "times", "exact": "times", "midnight": "times",
        "zone": "times", "hour": "times", "price": "numbers", "took": "numbers",
    }  # fmt: skip
    ways = {n: layer.facts["way"] for n, layer in found.encoded.layers.items() if n in
            ("when", "exact", "midnight", "zone", "hour")}  # fmt: skip
    assert ways == {
        "when": "%Y-%m-%d %H:%M:%S", "exact": "%Y-%m-%d %H:%M:%S.%f", "midnight": "%Y-%m-%d",
        "zone": "%Y-%m-%d %H:%M:%S%z", "hour": "%H:%M:%S.%f",
    }  # fmt: skip
    assert found.encoded.left_out.keys() == {"list"}
    assert found.classes == ("no", "yes")
    plain = read_csv(tmp_path / "t", ignore=[n for n in names if n not in ("a", "b", "price", "y")],
                     missing="drop")  # fmt: skip
    kept = [i for i in range(N) if i % 7]
    expected = np.stack([data["a"].to_numpy()[kept], np.array(kept) % 50, np.array(kept) / 4], 1)
    np.testing.assert_allclose(plain.X, expected, rtol=1e-6)
    with pytest.raises(DataError, match="line 2, column 'list': received '<list"):
        read_csv(tmp_path / "t", ignore=[n for n in names if n not in ("a", "list", "y")])


LARGE = 30_000_000


def hostile(name: str) -> tuple[str, Any, dict[str, Any]]:
    zeros = np.zeros(LARGE, np.int8)
    long = pa.array(["x" * 1_000_000]).take(pa.array(np.zeros(90, np.int64)))
    numbers = np.arange(90)
    return {
        "a column of one number": ("parquet", pa.table({"a": zeros, "y": zeros}), {}),
        "a batch of one number": ("feather", pa.table({"a": zeros, "y": zeros}),
                                  {"chunksize": LARGE, "compression": "zstd"}),
        "a long text": ("parquet", pa.table({"a": long, "y": numbers}), {}),
        "a dictionary of many texts": (
            "parquet", pa.table({"a": [f"{i:x}" for i in range(400_000)],
                                 "y": np.arange(400_000)}),
            {"dictionary_pagesize_limit": 1 << 30, "compression": "zstd"}),
        "a page of a long text": ("parquet", pa.table({"a": long, "y": numbers}),
                                  {"use_dictionary": False, "compression": "zstd"}),
        "what long texts share": ("parquet", pa.table({"a": long, "y": numbers}), {
            "use_dictionary": False,
            "column_encoding": {"a": "DELTA_BYTE_ARRAY", "y": "PLAIN"}}),
        "long texts of a batch": ("feather", pa.table({"a": long, "y": numbers}),
                                  {"compression": "zstd"}),
        "a dictionary of which little is used": (
            "feather", pa.table({"a": pa.DictionaryArray.from_arrays(
                pa.array(np.arange(90, dtype="int32")),
                pa.array([f"{i:06x}xxxxxxx" for i in range(650_000)])), "y": numbers}),
            {"compression": "zstd"}),
        "many dictionaries": (
            "feather", pa.table({f"a{k}": pa.DictionaryArray.from_arrays(
                pa.array(np.arange(90, dtype="int32")),
                pa.array([f"{i:04x}" + "x" * 200 for i in range(10_000)])) for k in range(12)}),
            {"compression": "zstd"}),
        "a long text of a dictionary": (
            "feather", pa.table({"a": long.dictionary_encode(), "y": numbers}), {}),
    }[name]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["a column of one number", "a batch of one number", "a long text",
             "a dictionary of many texts", "a page of a long text", "what long texts share",
             "long texts of a batch", "a dictionary of which little is used",
             "many dictionaries", "a long text of a dictionary"],
)  # fmt: skip
def test_what_swells_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "t"
    way, data, options = hostile(name)
    if way == "feather":
        feather.write_feather(data, path, **options)
    else:
        parquet.write_table(data, path, **options)
    del data
    before = pa.total_allocated_bytes()

    def refused() -> None:
        with pytest.raises(DataError, match=f"received a {way.title()} file.* save"):
            read_csv(path, encode=True)

    assert peak(refused) < 32 << 20
    pool = pa.default_memory_pool()
    assert pool.bytes_allocated() <= before


@pytest.mark.parametrize("way", ["one page", "feather"])
def test_a_great_many_columns_take_no_time(way: str, tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(3000)] + ["y"]
    write(tmp_path / "t", way, pa.table({n: np.arange(2) + i for i, n in enumerate(names)}))
    found = read_csv(tmp_path / "t", kind="classes")
    assert (found.X == np.arange(3000) + [[0], [1]]).all() and found.y.tolist() == [0, 1]


def test_a_file_as_polars_writes_it(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    data = polars.DataFrame({
        "a": np.arange(90) / 4, "s": [["x" * 20, "y", None][i % 3] for i in range(90)],
        "y": [*"uv"] * 45,
    })  # fmt: skip
    for write in (data.write_parquet, data.write_ipc):
        write(tmp_path / "t")
        found = read_csv(tmp_path / "t", encode=True, missing="mean")
        assert found.features == ("a", "s=y", f"s={'x' * 20}", "s=?") or "s=y" in found.features
        assert found.classes == ("u", "v") and len(found.X) == 90


def test_a_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    for way in WAYS:
        write(tmp_path / "t", way, table())
        whole = (tmp_path / "t").read_bytes()
        for place in range(9, len(whole), max(1, len(whole) // 40)):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << place % 8
            for data in (bytes(damaged), whole[:place]):
                (tmp_path / "t").write_bytes(data)
                try:
                    read_csv(tmp_path / "t", encode=True)
                except DataError as error:
                    assert str(tmp_path / "t") in str(error) or "received" in str(error)


def test_a_footer_is_weighed(tmp_path: Path) -> None:
    path = tmp_path / "t"
    write(path, "one page", table())
    with open(path, "rb") as file:
        size = path.stat().st_size
        pages.footer(file, size, size)
        with pytest.raises(Spoilt, match="its footer would take"):
            pages.footer(file, size, 5000)


def test_it_says_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(name: str) -> Any:
        raise ImportError(f"No module named {name!r}")

    write(tmp_path / "t", "one page", table())
    monkeypatch.setattr("autograd_nn.nn.datasets.arrow.import_module", lacks)
    with pytest.raises(DataError, match="to read it takes pyarrow .No module .*read_parquet"):
        read_csv(tmp_path / "t")
    (tmp_path / "p").write_bytes(unpacking.gzip.compress((tmp_path / "t").read_bytes()))
    with pytest.raises(DataError, match="a Parquet file that is packed"):
        read_csv(tmp_path / "p")
