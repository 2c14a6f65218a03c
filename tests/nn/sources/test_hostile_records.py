"""TensorFlow's files, damaged and swelling: an error that names them, and no memory for what lies.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.compat.tensorflow.pipeline import examples, records, streams, tables
from autograd_nn.compat.tensorflow.training import columns, train
from autograd_nn.nn.callbacks.event_file import masked_crc, message, record
from tests.nn.peaks import peak

SPARE = 48 << 20


def head(length: int) -> bytes:
    said = struct.pack("<Q", length)
    return said + struct.pack("<I", masked_crc(said))


@pytest.mark.parametrize("pack, kind", [
    (bytes, None), (gzip.compress, "GZIP"), (zlib.compress, "ZLIB"),
])  # fmt: skip
def test_records_that_lie(pack: Callable[[bytes], bytes], kind: Any, tmp_path: Path) -> None:
    path, good = tmp_path / "a.tfrecord", record(b"one") + record(b"x" * 70_000)
    path.write_bytes(pack(good))
    assert [len(r) for r in streams.records(path, kind)] == [3, 70_000]
    for count in (10**6, 2**31, 2**63, 2**64 - 1):
        path.write_bytes(pack(record(b"one") + head(count) + b"abc"))
        with pytest.raises(ValueError, match=r"a\.tfrecord: (no record|rec.* of)"):
            list(streams.records(path, kind))
    for data in (pack(good)[:-9], pack(good)[:25], b"\0" * 99, b"{}"):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=r"a\.tfrecord"):
            list(streams.records(path, kind))
    path.write_bytes(b"")
    if kind != "ZLIB":
        assert not list(streams.records(path, kind))
    with pytest.raises(ValueError, match="'LZ4'"):
        list(streams.records(path, "LZ4"))


@pytest.mark.parametrize("pack, kind", [(gzip.compress, "GZIP"), (zlib.compress, "ZLIB")])
def test_what_is_packed_does_not_swell(
    pack: Callable[[bytes], bytes], kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    for data in (bytes(90 << 20), head(90 << 20) + bytes(90 << 20), b"a" * (90 << 20)):
        path.write_bytes(pack(data))

        def refused() -> None:
            with pytest.raises(ValueError, match=r"/a: "):
                list((streams.lines if data[:1] == b"a" else streams.records)(path, kind))  # noqa: B023

        assert peak(refused) < SPARE


def test_lines_are_text_and_not_too_long(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("é\r\nb\n\nc".encode())
    assert list(streams.lines(path)) == ["é", "b", "", "c"]
    path.write_bytes(b"a" * 5_000_000)
    with pytest.raises(ValueError, match=r"a\.txt: received a line of more than 4,5.*read_file"):
        list(streams.lines(path))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"a\.txt: received a damaged file"):
        list(streams.lines(path))


def inside(kind: int, data: bytes) -> bytes:
    """An example of one feature."""
    feature = message((1, "a"), (2, message((kind, data))))
    return message((1, message((1, feature))))


ROOM, MANY = 1 << 21, 42_000  # a twentieth of what there is room for, and that much too many
SWELLING = {
    "small numbers": inside(3, message((1, b"\5" * 370_000))),
    "no texts": inside(1, b"\x0a\0" * MANY), "no features": message((1, b"\x0a\0" * MANY)),
    "named features": message(
        (1, b"".join(message((1, message((1, f"{i:x}")))) for i in range(6_400)))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SWELLING)
def test_examples_do_not_swell(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "ROOM", ROOM)

    def refused() -> None:
        with pytest.raises(ValueError, match="would become; expected fewer values"):
            examples.Example.FromString(SWELLING[name])

    assert peak(refused) < SPARE // 20 + len(SWELLING[name])


def test_sequences_and_tensors_do_not_swell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "ROOM", ROOM)
    rows = message((2, message((1, message((1, "a"), (2, b"\x0a\0" * MANY))))))
    texts = message((1, 7), (2, message((2, message((1, MANY)))))) + b"\x42\0" * MANY
    for read, data in ((examples.SequenceExample.FromString, rows), (records.parse_tensor, texts)):

        def refused(read: Any = read, data: bytes = data) -> None:
            with pytest.raises(ValueError, match="would become"):
                read(data)

        assert peak(refused) < SPARE // 20 + len(data)


BAD = [
    b"\x08\x05" * 9, b"\x0b" * 9, message((1, message((1, 5)))), inside(2, message((1, b"abc"))),
    message((1, message((1, message((1, b"\xff"), (2, b"")))))), inside(3, message((1, b"\x80"))),
    inside(3, message((1, b"\x80" * 20))),
]  # fmt: skip


@pytest.mark.parametrize("data", BAD)
def test_what_is_no_example_is_told(data: bytes) -> None:
    with pytest.raises(ValueError, match="no message of protobuf's"):
        examples.Example.FromString(data)


@pytest.mark.parametrize("dims", [[2**40], [2**64 - 1], [2**63, 0], [1] * 99, [3]])
def test_a_tensor_of_another_shape_is_told(dims: list[int]) -> None:
    shape = b"".join(message((2, message((1, n)))) for n in dims)
    for parts in (((1, 1), (2, shape), (4, bytes(8))), ((1, 1), (2, 5), (4, 7)), ((4, b""),)):
        with pytest.raises(ValueError, match="parse_tensor received no tensor"):
            records.parse_tensor(message(*parts))


def test_values_of_another_kind_are_told() -> None:
    data = inside(1, message((1, b"abc")))
    with pytest.raises(ValueError, match="expected float32"):
        records.parse_single_example(data, {"a": records.FixedLenFeature([1], "float32")})


def test_numbers_are_read_at_once_as_one_by_one() -> None:
    some = np.random.default_rng(0)
    numbers = [*some.integers(-(2**63), 2**63 - 1, 50_000).tolist(), *range(-300, 300)]
    made = examples.Int64List(numbers)
    again = examples.Int64List.FromString(made.SerializeToString())
    assert again.array.tolist() == numbers and again.value == numbers
    again.value.append(7)
    assert again.array[-1] == 7 and len(again.array) == len(numbers) + 1


@pytest.mark.parametrize("data, words", [
    (b"", "empty file"), (b'a,b\n"1,2', "1 cells"), (b"a,b\n1,2,3\n", "3 cells"),
    (b"a\n\0\n", "no table of text"), (b"\xff\xfe", "no table of text"),
    (b"a" * 5_000_000, "no table of text"), (b"0," * 150_000, "150,001 columns"),
])  # fmt: skip
def test_tables_that_are_none(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=rf"a\.csv: .*{words}"):
        tables.read(str(path))


def test_a_table_takes_about_what_its_file_does(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + "1,x,0.5\n" * 300_000)
    assert peak(lambda: tables.read(str(path))) < 6 * path.stat().st_size


def test_a_checkpoint_is_read_as_other_files_of_arrays(tmp_path: Path) -> None:
    kept = train.Checkpoint(model=nn.Sequential([nn.Input((3,)), nn.Dense(2)]))
    kept.write(tmp_path / "a")
    whole = (tmp_path / "a.npz").read_bytes()
    np.savez_compressed(tmp_path / "b.npz", **{"model/0": np.zeros(30 << 20, "u1")})
    np.savez(tmp_path / "c.npz", **{"model/0": np.array([print], object)})
    (tmp_path / "d.npz").write_bytes(whole[: len(whole) // 2])
    for name in "bcd":

        def refused() -> None:
            with pytest.raises(ValueError, match=rf"{name}\.npz: received a file that is refused"):  # noqa: B023
                kept.read(tmp_path / name)  # noqa: B023

        assert peak(refused) < 20 << 20


def test_a_vocabulary_of_a_column_has_each_word_once(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("b\na\nc\nb\n")
    with pytest.raises(ValueError, match=r"words\.txt has 'b' twice"):
        columns.categorical_column_with_vocabulary_file("k", path)
    found = columns.categorical_column_with_vocabulary_file("k", path, 3, num_oov_buckets=1)
    assert found.find({"k": np.array(["a", "z", "b"])}).ravel().tolist() == [1, 3, 0]
