"""Workbooks: the cells of the first sheet as they are shown, and refused where they swell."""

from __future__ import annotations

import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn.nn.datasets import DataError, read_csv, unpacking, workbooks
from tests.nn.peaks import peak

SPARE = 24 << 20
BOOK = ('<workbook xmlns:r="x"><workbookPr{}/><sheets><sheet name="a" r:id="r1"/>'
        '<sheet name="b" r:id="r2"/></sheets></workbook>')  # fmt: skip
LINKS = ('<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/one.xml"/>'
         '<Relationship Id="r9" Type="x/sharedStrings" Target="/xl/texts.xml"/>'
         '<Relationship Id="r2" Type="x/worksheet" Target="worksheets/two.xml"/></Relationships>')
STYLES = ('<styleSheet><numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd;@"/>'
          '<numFmt numFmtId="171" formatCode="[$-409]d/m/yy h:mm"/>'
          '<numFmt numFmtId="172" formatCode="[h]:mm"/></numFmts>'
          '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf/><xf numFmtId="170"/>'
          '<xf numFmtId="171"/><xf numFmtId="172"/><xf numFmtId="20"/></cellXfs></styleSheet>')
TEXTS = ('<sst><si><t>when</t></si><si><r><t>b</t></r><r><t xml:space="preserve"> c</t></r>'
         '<rPh><t>sound</t></rPh></si><si><t>u</t></si><si><t>v</t></si></sst>')  # fmt: skip


def write(path: Path, sheet: str, texts: str = TEXTS, book: str = "", **others: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in {
            "[Content_Types].xml": "", "xl/workbook.xml": BOOK.format(book),
            "xl/_rels/workbook.xml.rels": LINKS, "xl/styles.xml": STYLES, "xl/texts.xml": texts,
            "xl/worksheets/one.xml": f"<worksheet><sheetData>{sheet}</sheetData></worksheet>",
        }.items():  # fmt: skip
            file.writestr(name, others.get(name.rpartition("/")[2].partition(".")[0], text))
    return path


HEAD = ('<row r="1"><c r="A1" t="inlineStr"><is><t>Report</t></is></c></row>'
        '<row r="3"><c t="inlineStr"><is><t>a</t></is></c><c t="s"><v>0</v></c>'
        '<c t="s"><v>1</v></c><c t="str"><f>x</f><v>late</v></c><c r="G3" t="inlineStr">'
        '<is><t>y</t></is></c></row>')  # fmt: skip


def rows(n: int) -> str:
    return "".join(
        f'<row r="{i + 4}"><c r="A{i + 4}"><v>{i / 2}</v></c><c r="B{i + 4}" s="1"><v>{45000 + i}'
        f'</v></c><c r="D{i + 4}" s="2"><v>{45000 + i / 4}</v></c>'
        + f'<c r="C{i + 4}"><v>1E{i % 3}</v></c>' * (i != 2)
        + f'<c r="G{i + 4}" t="s"><v>{2 + i % 2}</v></c></row>'
        for i in range(n)
    )  # fmt: skip


def test_cells_are_what_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path / "t.xlsx", HEAD + rows(30) + '<row r="99"><c r="A99"/></row>')
    found = read_csv(path, encode=True, missing="mean")
    assert found.encoded is not None and found.encoded.kinds == {"numbers": 2, "times": 2}
    assert found.target == "y" and len(found.X) == 30 and found.classes == ("u", "v")
    assert found.read is not None and found.read.aside == 1
    assert found.read.names == ["a", "when", "b c", "late", "y"]
    cells = {name: next(found_in(path, i)) for i, name in enumerate(found.read.names)}
    assert cells["a"][:3] == ["0.0", "0.5", "1.0"]
    assert cells["b c"][:4] == ["1.0", "10.0", "", "1.0"]
    day = datetime(2023, 3, 15)
    assert cells["when"][:2] == ["2023-03-15", "2023-03-16"]
    assert cells["late"] == [str(day + timedelta(hours=6 * i)) for i in range(30)]
    write(path, HEAD + rows(30), book=' date1904="1"')
    assert next(found_in(path, 1))[0] == "2027-03-16"
    with pytest.raises(DataError, match="1 missing values, the first in line 6, column 'b c'"):
        read_csv(path, ignore=["when", "late"])


def found_in(path: Path, i: int) -> Any:
    return (cells for _, cells in unpacked(path).column(i))


def unpacked(path: Path) -> Any:
    from autograd_nn.nn.datasets.sniffing import rows

    return rows(path)


def test_kinds_of_cells(tmp_path: Path) -> None:
    cells = ('<c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2020-01-05</v></c>'
             '<c s="3"><v>1.5</v></c><c s="4"><v>0.75</v></c><c s="1"><v>59</v></c>'
             '<c s="1"><v>-1e9</v></c><c s="99"><v>7</v></c><c t="s"><v>x</v></c><c><v>0.1</v></c>')
    path = write(tmp_path / "t.xlsx", f"<row>{cells}</row>" * 2)
    with open(path, "rb") as file:
        found = [row for part, _ in workbooks.rows(file, 1 << 20) for row in part]
    assert found[0] == ["True", "#N/A", "2020-01-05", "1.5", "18:00:00", "1900-02-28", "-1e9", "7",
                        "", "0.1"]  # fmt: skip


def test_what_no_cell_is_in_is_left_out(tmp_path: Path) -> None:
    cells = '<row r="{0}"><c r="C{0}"><v>{1}</v></c><c r="XFD{0}"><v>{2}</v></c></row>'
    path = write(tmp_path / "t.xlsx", "".join(cells.format(i, i % 7, i % 2) for i in range(1, 999)))
    with open(path, "rb") as file:
        found = [row for part, _ in workbooks.rows(file, 1 << 20) for row in part]
    assert found == [[str(i % 7), str(i % 2)] for i in range(1, 999)]
    assert read_csv(path).X.shape == (998, 1)


def one(cells: str) -> str:
    return f'<row r="1">{cells}</row><row r="2">{cells}</row>'


HOSTILE = {
    "many cells in a row": (one("<c><v>1</v></c>" * 400_000), {}, "16,384 columns"),
    "a far row": ('<row r="100000000"><c><v>1</v></c></row>', {}, "a row 100,000,000"),
    "deep": ("<x>" * 200_000, {}, "nested too deep"),
    "deep texts": ("", {"texts": "<x>" * 200_000}, "nested too deep"),
    "a long element": (f'<row r="{"1" * (4 << 20)}"/>', {}, "an element of more than"),
    "a long text": ("", {"texts": f"<sst><si><t>{'x' * (8 << 20)}</t></si></sst>"},
                    "more than 32,768 characters"),
    "a text again and again": (
        '<row><c t="s"><v>0</v></c></row>' * 30_000,
        {"texts": f"<sst><si><t>{'x' * 30_000}</t></si></sst>"}, "with more than"),
    "entities": ("", {"workbook": '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>'},
                 "declares entities"),
    "a text that is not there": (one('<c t="s"><v>9</v></c>'), {}, "refers to text 9"),
    "no texts": (one('<c t="s"><v>0</v></c>'), {"texts": "<sst/>"}, "refers to text 0"),
    "styles": ("", {"styles": "<a><cellXfs>" + "<xf/>" * 70_000 + "</cellXfs></a>"}, "styles"),
    "no sheet": ("", {"_rels": "", "workbook": "<workbook/>"}, "it has no ''"),
    "no XML": ("", {"workbook": "nothing"}, "could not be read"),
    "nothing": ("", {}, "received an empty file"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_swells_is_refused(name: str, tmp_path: Path) -> None:
    sheet, others, message = HOSTILE[name]
    path = write(tmp_path / "t.xlsx", sheet, **others)

    def refused() -> None:
        with pytest.raises(DataError, match=rf"t\.xlsx.*{message}"):
            read_csv(path, encode=True)

    assert peak(refused) < SPARE + path.stat().st_size


def test_many_texts_take_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n = 60_000
    sheet = "".join(f'<row><c t="s"><v>{i * 7919 % n}</v></c><c><v>{i % 2}</v></c></row>'
                    for i in range(n))  # fmt: skip
    texts = "<sst>" + "".join(f"<si><t>{i}.5</t></si>" for i in range(n)) + "</sst>"
    path = write(tmp_path / "t.xlsx", sheet, texts=texts)
    found = read_csv(path, header=False, kind="classes")
    assert (found.X[:, 0] == np.arange(n) * 7919 % n + 0.5).all()
    monkeypatch.setattr(workbooks, "OPEN", 1 << 18)
    text = write(path, sheet[: sheet.index("</row>", 200_000) + 6], texts=texts)
    assert len(read_csv(text, header=False, kind="classes").X) > 3000
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "")
        file.writestr("xl/worksheets/one.xml", bytes(40 << 20))
    monkeypatch.setattr(unpacking, "ROOM", 1 << 18)
    with pytest.raises(DataError, match="with 41,943,040 in it"):
        read_csv(path)


def test_a_workbook_as_openpyxl_writes_it(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook(write_only=True)
    sheet, start = book.create_sheet("first"), datetime(2024, 5, 17, 6, 30)
    sheet.append(["a", "b", "when", "day", "hour", "flag", "y"])
    for i in range(50):
        when = start + timedelta(hours=i)
        sheet.append([i / 7, i * 1000, when, when.date(), when.time(), i % 3 == 0, "uv"[i % 2]])
    book.create_sheet("second").append([1, 2])
    book.save(tmp_path / "t.xlsx")
    found = read_csv(tmp_path / "t.xlsx", encode=True)
    assert found.encoded is not None
    kinds = {name: layer.kind for name, layer in found.encoded.layers.items()}
    assert kinds == {"a": "numbers", "b": "numbers", "when": "times", "day": "times",
                     "hour": "times", "flag": "categories"}  # fmt: skip
    assert next(found_in(tmp_path / "t.xlsx", 2))[1] == "2024-05-17 07:30:00"
    assert next(found_in(tmp_path / "t.xlsx", 4))[1] == "07:30:00"


def test_a_diagonal_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells of a sheet are as many as its rows times its columns, which are known first."""
    def place(i: int) -> str:
        return f"{chr(65 + i // 676)}{chr(65 + i // 26 % 26)}{chr(65 + i % 26)}{i + 1}"

    cells = "".join(f'<row r="{i + 1}"><c r="{place(i)}"><v>1</v></c></row>' for i in range(9000))
    path = write(tmp_path / "t.xlsx", cells)
    given = []
    own = workbooks._Sheet

    class Sheet(own):  # type: ignore[misc, valid-type]
        def __init__(self, *told: Any) -> None:
            given.append(self)
            super().__init__(*told)

    monkeypatch.setattr(workbooks, "_Sheet", Sheet)
    with pytest.raises(DataError, match="in it; expected at most"):
        read_csv(path)
    assert len(given) == 1  # it was not gone through again


def test_a_sheet_of_very_many_names_is_refused(tmp_path: Path) -> None:
    for names in ("".join(f"<e{i}/>" for i in range(60_000)),
                  "".join(f'<row e{i}="1"/>' for i in range(60_000))):  # fmt: skip
        path = write(tmp_path / "t.xlsx", names)

        def refused(path: Path = path) -> None:
            with pytest.raises(DataError, match="more than 16,384 names of elements"):
                read_csv(path)

        assert peak(refused) < SPARE
