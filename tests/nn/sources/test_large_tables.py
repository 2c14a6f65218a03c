"""Tables that are read piece by piece: the same rows as at once, and no more memory than they need.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import zipfile
from itertools import chain

import numpy as np
import pytest

from autograd_nn.nn.datasets import DataError, looks, read_csv, unpacking
from autograd_nn.nn.datasets.encodings import speaks
from autograd_nn.nn.datasets.stock import Stock
from tests.nn.peaks import peak

ROOM = 1 << 18
SPARE = 24 << 20  # that reading takes besides: pieces, the first lines, rows not yet packed


SWELLING = {
    "zeros": (bytes(1 << 20), 50), "one line": (b"7" * (1 << 20), 50),
    "commas": (b"," * (1 << 20), 50), "rows": (b"1,2,0\n" * 20_000, 20),
    "one column": (b"1\n2\n" * 30_000, 20), "empty lines": (b"\n" * (1 << 16), 20),
    "comments": (b"# x\n" * 30_000, 20), "a quotation mark": (b'a,b\n1,"' + b"x\n" * 90_000, 50),
    "records": (b'{"a": 1, "b": 2}\n' * 6000, 20), "brackets": (b"[" * (1 << 20), 50),
    "a list": (b"[" + b'{"a": 1, "b": 2},\n' * 90_000, 4),
}  # fmt: skip


@pytest.mark.parametrize("name", SWELLING)
def test_what_swells_takes_no_memory(name, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "ROOM", ROOM)
    piece, times = SWELLING[name]
    path = tmp_path / "t.csv.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(times):
            file.write(piece)
    for encode in (False, True):
        def read(encode=encode):
            with pytest.raises(DataError, match=r"t\.csv\.gz"):
                read_csv(path, encode=encode)
        assert peak(read) < SPARE + path.stat().st_size


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_cells_that_are_no_numbers_are_told_before_there_are_any(packed, tmp_path):
    path = tmp_path / "t"
    path.write_bytes(packed(b"a,b,y\n" + b"1.25,2.5,0\n" * 99_999 + b"1,x,1\n"))

    def read():
        with pytest.raises(DataError, match="line 100001, column 'b': received 'x'"):
            read_csv(path)
    assert peak(read) < SPARE + path.stat().st_size


def test_a_workbook_says_what_it_unpacks_to(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "ROOM", ROOM)
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "")
        file.writestr("xl/worksheets/sheet1.xml", bytes(48 << 20))

    def read():
        with pytest.raises(DataError, match="with 50,331,648 in it"):
            read_csv(path)
    assert peak(read) < SPARE


def test_many_rows_are_those_in_the_file(tmp_path):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(50_000, 3)).round(4)
    gone = draw.random(x.shape) < 0.01
    y = draw.choice(["low", "high"], len(x))
    text = "a,b,c,y,\n" + "".join(
        ",".join("?" if g else repr(float(v)) for v, g in zip(row, lack, strict=True))
        + f",{k},\n" + "# a comment\n" * (i % 997 == 0)
        for i, (row, lack, k) in enumerate(zip(x, gone, y, strict=True))
    )  # fmt: skip
    path = tmp_path / "t.csv"
    path.write_text(text)
    found = read_csv(path, missing="mean")
    means = np.array([x[~gone[:, k], k].mean() for k in range(3)])
    np.testing.assert_allclose(found.X, np.where(gone, means, x), rtol=1e-6)
    assert found.classes == ("high", "low") and (found.y == (y == "low")).all()
    whole = ~gone.any(axis=1)
    np.testing.assert_allclose(read_csv(path, missing="drop").X, x[whole], rtol=1e-6)
    line = 2 + int(np.argmax(~whole)) + len(range(0, int(np.argmax(~whole)), 997))
    with pytest.raises(DataError, match=rf"received {gone.sum()} missing .* line {line}, "):
        read_csv(path)
    path.write_text(text + "1,2\n")
    last = text.count("\n") + 1
    with pytest.raises(DataError, match=f"line {last}: received 2 values; expected 4|expected 5"):
        read_csv(path)


@pytest.mark.parametrize("width", [1, 7, 300, 5000, 70_000])
def test_stock_gives_back_what_it_got(width):
    rows = [[f"{r}é{i % 9}" if i % 3 else "" for i in range(width)] for r in range(90_000 // width)]
    stock = Stock(width)
    for i, row in enumerate(rows):
        stock.add(row, 3 * i)
    stock.close()
    for i in sorted({0, 1 % width, width // 2, width - 1}):
        found = list(stock.column(i))
        assert list(chain(*(cells for _, cells in found))) == [row[i] for row in rows]
        assert all(cells[0] == rows[start][i] for start, cells in found)
    assert [stock.line(i) for i in (0, len(rows) - 1)] == [0, 3 * (len(rows) - 1)]


def test_lines_are_known_whatever_lies_between(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f'{i},"a{chr(10) * (i % 3)}b", {i % 7}.5\t,{i % 2}\n' for i in range(30_000)]
    more = {i: "a,b,c,y\n" if i % 2 else " , ,,\n\n,,,\n" for i in range(0, 30_000, 411)}
    text = "a,b,c,y\n" + "".join(row + more.get(i, "") for i, row in enumerate(rows))
    path.write_text(text)
    found = read_csv(path, ignore="b")
    assert (found.X == [[i, i % 7 + 0.5] for i in range(30_000)]).all()
    assert (found.y == np.arange(30_000) % 2).all()
    assert found.read.aside == sum(i % 2 for i in more)
    path.write_text(text + "7,x,,1\n" + "8,x,1.5,1\n" * 9)
    with pytest.raises(DataError, match=f"1 missing .* line {text.count(chr(10)) + 1}, column 'c'"):
        read_csv(path, ignore="b")
    path.write_text(text + "7,x,y,1\n")
    with pytest.raises(DataError, match=f"line {text.count(chr(10)) + 1}, column 'c': .* 'y'"):
        read_csv(path, ignore="b")


def test_rows_that_lack_something_take_a_bit_each(tmp_path):
    n = 400_000
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + ",1,0\n2,,1\n3,4,1\n5,6,0\n" * (n // 4))
    found = []
    assert peak(lambda: found.append(read_csv(path, missing="drop"))) < 24 << 20
    assert found[0].dropped == n // 2 and (found[0].X[:2] == [[3, 4], [5, 6]]).all()
    assert (found[0].y[:4] == [1, 0, 1, 0]).all()


def test_another_encoding_that_shows_late(tmp_path):
    path = tmp_path / "t.csv"
    rows = "".join(f"{i % 7},plain,{i % 2}\n" for i in range(40_000))
    path.write_bytes(f"a,b,y\n{rows}1,서울,0\n".encode("cp949"))
    found = read_csv(path, encode=True)
    assert found.read.encoding == "cp949" and "b=서울" in found.features


def test_cells_that_differ_are_counted_in_parts():
    draw, known, seen = np.random.default_rng(0), looks.Distinct(), set()
    for n in (0, 5, 3000, 1, 20_000):
        new = draw.integers(-(2**63), 2**63 - 1, n) // draw.choice([1, 2**52], n)
        known.add(new)
        seen.update(new.tolist())
        assert known.n == len(seen)


@pytest.mark.parametrize("indent", [None, 1])
def test_records_of_many_pieces(indent, tmp_path):
    made = [{"a": i / 4, "note": "[x], {y}\n" * (i % 5), "y": "ab"[i % 2]} for i in range(20_000)]
    path = tmp_path / "t.json"
    path.write_text(json.dumps(made, indent=indent))
    found = read_csv(path, ignore="note")
    assert (found.X[:, 0] == [each["a"] for each in made]).all() and found.classes == ("a", "b")
    for bad in ('[{"a": 1, "y": 2} {"a": 2}]', '[{"a": 1},]', '[{"a": 1}', '[{"a": 1}] 7'):
        path.write_text(bad)
        with pytest.raises(DataError, match="cannot be read"):
            read_csv(path)


def test_a_long_text_among_short_ones(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f"word{i} is some text,{i % 2}\n" for i in range(3000)]
    path.write_text("text,y\n" + "".join(rows) + '"' + "long " * 20_000 + '",1\n')
    assert peak(lambda: read_csv(path, encode=True)) < 64 << 20


def test_a_few_letters_tell_an_encoding_in_little_memory():
    piece = "지역,날짜,가격\n서울특별시,강남구,90\n".encode("cp949") * 20_000
    assert speaks(piece, "cp949") and not speaks(piece, "big5")
    assert peak(lambda: speaks(piece, "cp949")) < 4 * len(piece)
