"""Files that are no plain CSV, and cells not plainly written: read, or named with a repair."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import random
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autograd_nn.__main__ import main
from autograd_nn.nn.datasets import DataError, read_csv
from autograd_nn.nn.models import load_model

some = random.Random(5)
A = [some.uniform(-9, 9) for _ in range(40)]
B = [some.randint(1000, 99999) for _ in range(40)]
Y = ["yes" if a > 0 else "no" for a in A]
PLAIN = "a,b,y\n" + "".join(f"{a:.3f},{b},{y}\n" for a, b, y in zip(A, B, Y, strict=True))


def zipped(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return held.getvalue()


def written(f, split: str = ",") -> str:
    """The table, its numbers written in a way."""
    return f"a{split}b{split}y\n" + "".join(
        split.join(f(a, b)) + f"{split}{y}\n" for a, b, y in zip(A, B, Y, strict=True)
    )


def other(number: str) -> str:
    """A number with its point and comma exchanged."""
    return number.translate(str.maketrans(".,", ",."))


RECORDS = [{"a": round(a, 3), "b": b, "y": y} for a, b, y in zip(A, B, Y, strict=True)]
SAME: dict[str, str | bytes] = {
    "bzip2": bz2.compress(PLAIN.encode()), "xz": lzma.compress(PLAIN.encode()),
    "gzip": gzip.compress(PLAIN.encode()), "zip": zipped(table=PLAIN),
    "zip with notes": zipped(table__csv=PLAIN, README="what it is"),
    "utf-16 without a mark": PLAIN.encode("utf-16-le"), "the other": PLAIN.encode("utf-16-be"),
    "utf-32": PLAIN.encode("utf-32"),
    "records of json": "\n".join(map(json.dumps, RECORDS)),
    "a list of records": json.dumps(RECORDS),
    "comments above": "# made in 2020, by hand\n# again\n" + PLAIN,
    "comments between": PLAIN.replace("\n", "\n% a, comment; here\n", 20),
    "a title": "Measurements of the year\n\n" + PLAIN,
    "tables one behind the other": PLAIN.replace("\n", "\na,b,y\n", 30),
    "titles of a spreadsheet": "Measurements,,\n,,\nof the year,,\n" + PLAIN,
    "a named separator": "sep=;\n" + PLAIN.replace(",", ";"),
    "separators behind rows alone": PLAIN.replace("yes", "yes,").replace("no", "no,"),
    "groups": written(lambda a, b: [f"{a:.3f}", f'"{b:,}"']),
    "groups of other people": written(lambda a, b: [other(f"{a:.3f}"), other(f"{b:,}")], ";"),
    "gaps": written(lambda a, b: [other(f"{a:.3f}"), f"{b:,}".replace(",", "\u202f")], ";"),
    "quotation marks": written(lambda a, b: [f"{a:.3f}", f"{b:,}".replace(",", "'")]),
    "money": written(lambda a, b: [f"{a:.3f}", f'"${b:,}.00"']),
    "money behind": written(lambda a, b: [other(f"{a:.3f}"), other(f"{b:,}.00 €")], ";"),
    "accounts": written(lambda a, b: [f"({-a:.3f})" if a < 0 else f"{a:.3f}", str(b)]),
    "another minus": written(lambda a, b: [f"{a:.3f}".replace("-", "−"), str(b)]),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_the_same_table_in_another_form(name: str, tmp_path: Path) -> None:
    text, expected = SAME[name], tmp_path / "plain"
    (tmp_path / "table").write_bytes(text if isinstance(text, bytes) else text.encode())
    expected.write_text(PLAIN)
    found, plain = (read_csv(tmp_path / n, encode=True) for n in ("table", "plain"))
    assert found.features == plain.features == ("a", "b") and found.classes == plain.classes
    np.testing.assert_allclose(found.X, plain.X, rtol=1e-5)
    assert (found.y == plain.y).all()


TIMES = {
    "2020-01-05T10:00:00Z": "2020-03-01T00:00:00Z",
    "2020-01-05T10:00:00.25+09:00": "2020-03-01T00:00:00.5+09:00",
    "January 5, 2020": "March 1, 2020", "5 May 2020": "28 February 2021",
    "1/5/2020 11:30 PM": "12/25/2020 1:05 AM",
}  # fmt: skip


@pytest.mark.parametrize("one", TIMES)
def test_times_are_read(one: str, tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text("t;y\n" + f"{one};a\n{TIMES[one]};b\n" * 20)
    found = read_csv(path, encode=True)
    assert found.encoded is not None and found.encoded.kinds == {"times": 1}
    assert np.isfinite(found.X).all()


NAMED = {
    "xlsx": (zipped(**{"[Content_Types]__xml": "", "xl/workbook__xml": ""}), "Excel workbook",
             "read_excel"),
    "ods": (zipped(mimetype="application/vnd.oasis", content__xml="<a/>"), "OpenDocument", "xlsx"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel", "read_excel"),
    "parquet": (b"PAR1" + bytes(99) + b"PAR1", "a Parquet file", "read_parquet"),
    "feather": (b"ARROW1\0\0" + bytes(99), "a Feather file", "read_feather"),
    "numpy": (b"\x93NUMPY\1\0" + bytes(99), "array of NumPy", "savetxt"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(99), "an HDF5 file", "as CSV"),
    "sqlite": (b"SQLite format 3\0" + bytes(99), "SQLite", "sqlite3 -csv"),
    "pickle": (pickle.dumps([1, 2]), "a pickle", "can run anything"),
    "web page": (b"<!DOCTYPE html><html>404</html>", "a web page", "refused"),
    "arff": (b"% from\n@relation x\n@attribute a numeric\n@data\n1\n", "ARFF", "@data"),
    "libsvm": (b"1 1:0.5 2:7\n0 2:8\n" * 9, "LIBSVM", "load_svmlight_file"),
    "zip of several": (zipped(a="1", b="2"), "'a', 'b'", "Unpack it"),
    "half a zip": (zipped(a=PLAIN)[:-30], "damaged zip", "again"),
    "half of xz": (lzma.compress(PLAIN.encode())[:-20], "damaged xz", "again"),
    "nested json": (b'{"a": [1], "y": 1}\n' * 9, "record 1", "expected an object"),
    "json of numbers": (b"[1, 2]", "record 1", "expected an object"),
    "json on several lines": (b'{\n "a": 1,\n "y": 2\n}\n', "cannot be read", "one record a line"),
    "json without a bottom": (b"[" * 99_999, "cannot be read", "list of records"),
    "json of nothing": (b"{}\n{}\n", "without a record", "one row"),
    "a quote left open": (PLAIN.replace("\n", '\n"', 9).encode(), "quotation mark", "opened in"),
    "a target of times": (b"a,when\n" + b"1,2020-01-05\n2,2020-02-07\n" * 9, "holds times",
                          "Choose another column"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_what_is_no_table_is_named(name: str, tmp_path: Path) -> None:
    data, what, repair = NAMED[name]
    path = tmp_path / "table"
    path.write_bytes(data)
    with pytest.raises(DataError, match=what) as error:
        read_csv(path, encode=True)
    assert repair in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("opened", [gzip, bz2, lzma])
def test_what_swells_is_refused(opened, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("autograd_nn.nn.datasets.unpacking.ROOM", 1 << 10)
    path = tmp_path / "table"
    path.write_bytes(opened.compress(bytes(1 << 20)))
    with pytest.raises(DataError, match="expected at most .* bytes"):
        read_csv(path)


def test_columns_of_one_name_are_apart(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text(PLAIN.replace("a,b,y", "a,a,y"))
    assert read_csv(path, encode=True).features == ("a", "a.1")
    assert read_csv(path, ignore="a.1", encode=True).features == ("a",)
    with pytest.raises(DataError, match="2 columns are named 'a'"):
        read_csv(path, ignore="a", encode=True)


def test_a_great_many_columns_take_no_time(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text("a," * 50_000 + "a.1,y\n" + "1," * 50_001 + "0\n" + "2," * 50_001 + "1\n")
    read = read_csv(path, ignore="a.2")
    assert len(read.features) == 50_000


def test_many_classes_are_named_in_part(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "0")
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("a,y\n" + "".join(f"{a:.3f},{i}\n" for i, a in enumerate(A)))
    told = ["--csv", "t.csv", "--epochs", "1", "--verbose", "0", "--kind", "classes"]
    assert main(told) == 0
    assert "22, 23 and 16 more)" in capsys.readouterr().out
    assert main([*told, "--delimiter", "ab"]) == 2
    assert "as in --delimiter ';'" in capsys.readouterr().err


def test_names_of_rows_have_no_name(tmp_path: Path) -> None:
    path = tmp_path / "table"
    rows = PLAIN.splitlines()
    path.write_text("\n".join([rows[0], *(f"r{i},{row}" for i, row in enumerate(rows[1:]))]))
    found = read_csv(path, encode=True)
    assert found.features == ("a", "b") and found.target == "y"


@pytest.mark.parametrize("size", [1e-9, 3e12])
def test_a_quantity_of_any_size_is_learned(size, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "0")
    monkeypatch.chdir(tmp_path)
    rows = [(a, size * (a + 20)) for a in A]
    Path("t.csv").write_text("a,price\n" + "".join(f"{a:.5f},{y:.6e}\n" for a, y in rows))
    told = ["--csv", "t.csv", "--epochs", "60", "--batch-size", "8", "--verbose", "0"]
    assert main([*told, "--save", "m.agn"]) == 0
    out = capsys.readouterr().out
    assert "it is trained on as (target - " in out and "gradients correct" in out
    frame = pd.read_csv("t.csv")
    model = load_model("m.agn")
    found = model.predict(frame[["a"]], verbose=0)[:, 0]
    assert np.corrcoef(found, frame["price"])[0, 1] > 0.95
    assert np.abs(found - frame["price"]).mean() < 3 * size
    assert f"mae: {model.evaluate(frame[['a']], frame['price'], verbose=0)[1]:.4g}" in out


def test_a_class_that_is_rare_is_told(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "0")
    monkeypatch.chdir(tmp_path)
    rows = [f"{a:.3f},{'rare' if i == 3 else 'common'}\n" for i, a in enumerate(A)]
    Path("t.csv").write_text("# of last year\na,y\n" + "".join(rows))
    assert main(["--csv", "t.csv", "--epochs", "1", "--verbose", "0"]) == 0
    out = capsys.readouterr().out
    assert "class 'rare' has 1 of 40 rows" in out and "1 lines of comments" in out


TEXTS = {
    "German": ("größe;süß;maß", "cp1252"), "Ä first": ("Äpfel;Öl;ärger", "cp1252"),
    "French": ("été;forêt;où", "cp1252"), "Korean": ("크기;맛;무게(㎏)", "cp949"),
    "Korean with Chinese": ("크기(大);맛;韓國의 무게", "cp949"), "a sign": ("m㎡;b;c", "cp949"),
    "Japanese": ("年齢;体重;カテゴリ", "cp932"),
    "Japanese, of Chinese": ("温度;湿度;売上", "cp932"),
    "Chinese": ("年龄;体重;类别", "gb18030"), "in Taiwan": ("年齡;體重;銷售額", "big5"),
    "Spanish": ("año;niño;corazón", "cp1252"), "Portuguese": ("ação;não;maçã", "cp1252"),
    "Spanish with signs": ("¿Qué;1ª;Nº", "cp1252"), "signs": ("kg/m³;10³kg;in £", "cp1252"),
    "large letters": ("ÉTÉ;FORÊT;OÙ", "cp1252"), "French with œ": ("œuvre;cœur;à", "cp1252"),
    "Italian": ("così;più;città", "cp1252"), "Danish": ("ærø;øre;på", "cp1252"),
    "Swedish": ("ålder;färg;höjd", "cp1252"), "Icelandic": ("Þór;maður;aðal", "cp1252"),
    "Russian": ("возраст;доход;Объём", "cp1251"), "Ukrainian": ("вік;Київ;їжа", "cp1251"),
    "Serbian": ("љубав;година;м", "cp1251"), "Russian, large": ("КАЗАНЬ;УФА;ПОЛ", "cp1251"),
    "Polish": ("płeć;wartość;Łódź", "cp1250"), "Czech": ("věk;město;příjem", "cp1250"),
    "Slovak": ("obyvateľ;Žilina;ťava", "cp1250"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_letters_tell_the_encoding(name: str, tmp_path: Path) -> None:
    top, encoding = TEXTS[name]
    path = tmp_path / "table"
    path.write_bytes((f"{top}\n" + "1,5;2,5;0\n2,5;3;1\n" * 9).encode(encoding))
    found = read_csv(path, encode=True)
    assert found.read is not None and found.read.encoding == encoding
    assert [*found.features, found.target] == top.split(";")
    path.write_bytes(("größe;b\n" + "1;0\n2;1\n" * 9).encode("cp1252"))
    assert read_csv(path, encoding="cp949").features == ("gr秤e",)  # as it was asked for
