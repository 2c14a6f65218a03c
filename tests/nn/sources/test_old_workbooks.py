"""Workbooks of old (.xls), written here record by record: read as shown, or refused at once."""

from __future__ import annotations

import gzip
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from autograd_nn.nn.datasets import DataError, old_workbooks, read_csv
from tests.nn.peaks import peak

xlrd = pytest.importorskip("xlrd")
SECTOR = 512
MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def record(kind: int, form: str, *values: object) -> bytes:
    body = struct.pack("<" + form, *values)
    return struct.pack("<HH", kind, len(body)) + body


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x203, "HHHd", row, column, style, value)


def text(row: int, column: int, which: int) -> bytes:
    return record(0xFD, "HHHI", row, column, 0, which)


def small(row: int, column: int, value: int) -> bytes:
    return record(0x27E, "HHHI", row, column, 0, value << 2 | 2)


def several(row: int, column: int, values: list[int]) -> bytes:
    inner = b"".join(struct.pack("<HI", 0, v << 2 | 2) for v in values)
    form = f"HH{len(inner)}sH"
    return record(0xBD, form, row, column, inner, column + len(values) - 1)


def book(cells: Iterable[bytes], texts: Iterable[str] = (), count: int | None = None) -> bytes:
    """A workbook's records: its texts, styles (a number, a day) and two sheets."""
    own = [t.encode("latin-1") for t in texts]
    said = b"".join(struct.pack("<HB", len(t), 0) + t for t in own)
    n = len(own) if count is None else count
    begin, end = record(0x809, "HHHH8x", 0x600, 5, 0, 1996), record(0x0A, "")
    styles = b"".join(record(0xE0, "HH16x", 0, shown) for shown in (0, 14))
    shared = record(0xFC, f"II{len(said)}s", n, n, said)
    sheet = record(0x809, "HHHH8x", 0x600, 16, 0, 1996)
    first = sheet + b"".join(cells) + end
    at = len(begin + styles + shared + end) + 2 * 14
    places = b"".join(
        record(0x85, "IBBBB2s", at + more, 0, 0, 2, 0, name)
        for more, name in ((0, b"s1"), (len(first), b"s2"))
    )
    return begin + styles + places + shared + end + first + sheet + number(0, 0, 7) + end


def compound(stream: bytes) -> bytes:
    """The file that a stream lies in; source: MS-CFB."""
    stream = stream.ljust(4096, b"\0")
    count = -(-len(stream) // SECTOR)
    tables = next(n for n in range(1, 110) if n + 1 + count <= n * SECTOR // 4)
    chain = [-3] * tables + [-2] + [*range(tables + 2, tables + 1 + count), -2]
    table = struct.pack(f"<{len(chain)}i", *chain).ljust(tables * SECTOR, b"\xff")
    head = struct.pack(
        "<8s16xHHHHH6xIIIxxxxIiIiI", MARK, 0x3E, 3, 0xFFFE, 9, 6, 0, tables, tables,
        4096, -2, 0, -2, 0,
    ) + struct.pack("<109i", *range(tables), *[-1] * (109 - tables))  # fmt: skip

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le")
        told = (len(raw) + 2, kind, 1, -1, -1, child, start, size)
        return struct.pack("<64sHBBiii36xiQ", raw, *told)

    folder = entry("Root Entry", 5, 1, -2, 0) + entry("Workbook", 2, -1, tables + 1, len(stream))
    return head + table + folder.ljust(SECTOR, b"\0") + stream.ljust(count * SECTOR, b"\0")


TEXTS = ("a", "when", "kind", "y", "u", "v")


def table(n: int = 30) -> list[bytes]:
    cells = [text(1, 2 * j, j) for j in range(4)]  # a row and columns between are empty
    for i in range(n):
        row = i + 2
        cells += [number(row, 0, i / 2), number(row, 2, 45000 + i, 1), text(row, 4, 4 + i % 2)]
        cells += [small(row, 6, i % 3)] if i % 2 else [several(row, 6, [i % 3])]
    return cells


def test_cells_are_what_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "table.xls"
    path.write_bytes(compound(book(table(), TEXTS)))
    found = read_csv(path, encode=True)
    assert {"a", "when (month)", "kind=u"} < {*found.features}
    assert found.target == "y" and len(found.X) == 30
    [(cells, rows)] = old_workbooks.rows(path.read_bytes(), 1 << 20)
    assert cells[:2] == [list(TEXTS[:4]), ["0", "2023-03-15", "u", "0"]]
    assert cells[2] == ["0.5", "2023-03-16", "v", "1"] and rows == [*range(2, 33)]
    packed = tmp_path / "table.xls.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_csv(packed, encode=True).features == found.features


def test_hours_booleans_and_errors() -> None:
    cells = [
        number(0, 0, 0.5, 1), number(1, 0, 0.75, 1),
        number(0, 1, 45000.5, 1), number(1, 1, 45001, 1),
        record(0x205, "HHHBB", 0, 2, 0, 1, 0), record(0x205, "HHHBB", 1, 2, 0, 0x2A, 1),
        number(0, 3, 1e300), number(1, 3, -0.25),
    ]  # fmt: skip
    [(found, _)] = old_workbooks.rows(compound(book(cells)), 1 << 20)
    assert found == [["12:00:00", "2023-03-15 12:00:00", "True", "1e+300"],
                     ["18:00:00", "2023-03-16 00:00:00", "#N/A", "-0.25"]]  # fmt: skip


def test_what_takes_many_times_its_size_is_refused_first(tmp_path: Path) -> None:
    path = tmp_path / "table.xls"
    path.write_bytes(compound(book(small(i, 255, 1) for i in range(60_000))))
    with pytest.raises(DataError, match="many times as much; expected fewer cells.*xlsx"):
        read_csv(path)

    def refused() -> None:
        with pytest.raises(DataError):
            read_csv(path)

    assert peak(refused) < 32 << 20


@pytest.mark.parametrize(
    "stream",
    [
        book([], count=1 << 31), book([])[:40], b"", book([]).replace(b"s1", b"\0\0"),
        record(0x809, "HHHH8x", 0x600, 5, 0, 1996) + record(0x85, "IBB", 1 << 31, 0, 0),
    ],
)  # fmt: skip
def test_what_is_damaged_is_named(stream: bytes, tmp_path: Path) -> None:
    path = tmp_path / "table.xls"
    path.write_bytes(compound(stream))
    with pytest.raises(DataError, match="table.xls"):
        read_csv(path)


def test_without_xlrd_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.xls"
    path.write_bytes(compound(book(table(), TEXTS)))
    monkeypatch.setitem(sys.modules, "xlrd", None)
    with pytest.raises(DataError, match=r"takes xlrd .*autograd-nn\[excel\]"):
        read_csv(path)
