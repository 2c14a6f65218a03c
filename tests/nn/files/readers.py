"""The formats of data that are read, besides models: tables, words, sounds, pictures, records."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import json
import lzma
import random
import tarfile
import wave
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn import nn
from autograd_nn.compat.tensorflow.maths.image import decode_image
from autograd_nn.compat.tensorflow.pipeline import records, streams, tables
from autograd_nn.compat.tensorflow.pipeline.examples import (
    Example,
    Feature,
    Features,
    FloatList,
    Int64List,
)
from autograd_nn.compat.tensorflow.training import train
from autograd_nn.compat.tensorflow.training.columns import categorical_column_with_vocabulary_file
from autograd_nn.nn.callbacks.event_file import record
from autograd_nn.nn.datasets import DataError, read_csv, sequences
from autograd_nn.nn.utils.archives import unpack
from tests.nn.files import mutations as m
from tests.nn.files.formats import Format

ROWS = [f"{i},{i / 3:.3f},{'xyz'[i % 3]},2020-01-{i % 28 + 1:02},{'no' if i % 2 else 'yes'}\n"
        for i in range(60)]  # fmt: skip
TABLE = ("a,b,kind,day,y\n" + "".join(ROWS)).encode()
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zip": lambda raw: zipped(raw),
}  # fmt: skip
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.decompress, "bz2": bz2.decompress, "xz": lzma.decompress,
}  # fmt: skip
for name in ("ascii", "latin_1", "cp437", "cp949", "cp932", "gb18030", "gb2312", "big5", "cp1250",
             "cp1251", "cp1252", "utf_16", "utf_16_le", "utf_16_be", "utf_32"):  # fmt: skip
    codecs.lookup(name)  # which are imported when a file asks for them


def zipped(raw: bytes, name: str = "t.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, raw)
    return out.getvalue()


def _within(kind: str) -> m.Change:
    """What is packed, changed within, or as it is."""

    def change(raw: bytes, r: random.Random) -> bytes:
        return PACK[kind](m.anyhow(UNPACK[kind](raw), r)) if r.random() < 0.5 else m.anyhow(raw, r)

    return change


def table(path: Path) -> Any:
    return read_csv(path, encode=True, missing="mean")


def _csv(folder: Path, some: int = 1) -> Format:
    forms = [TABLE, TABLE.replace(b",", b";"), TABLE.decode().encode("utf-16")]
    return Format("csv", ".csv", forms, m.anyhow, table, (DataError,))


def _json(folder: Path, some: int = 1) -> Format:
    each = [{"a": i, "b": i / 3, "kind": "xyz"[i % 3], "y": "no" if i % 2 else "yes"}
            for i in range(40)]  # fmt: skip
    lines = "\n".join(map(json.dumps, each)).encode()

    def told(raw: bytes, r: random.Random) -> bytes:
        return m.either(m.text)(raw, r) if raw[:1] == b"[" else m.anyhow(raw, r)

    return Format("records", ".json", [json.dumps(each).encode(), lines], told, table,
                  (DataError,))  # fmt: skip


def _packed(folder: Path, some: int = 1) -> Format:
    def change(raw: bytes, r: random.Random) -> bytes:
        kind = {b"\x1f": "gz", b"B": "bz2", b"\xfd": "xz"}.get(raw[:1])
        return _within(kind)(raw, r) if kind else m.archive(raw, r)

    contents = [pack(TABLE) for pack in PACK.values()]
    return Format("packed", ".packed", contents, change, table, (DataError,))


def _old_workbooks(folder: Path, some: int = 1) -> Format:
    from tests.nn.sources.test_old_workbooks import TEXTS, book, compound
    from tests.nn.sources.test_old_workbooks import table as cells

    stream = book(cells(), TEXTS)

    def change(raw: bytes, r: random.Random) -> bytes:
        return compound(m.anyhow(stream, r)) if r.random() < 0.7 else m.anyhow(raw, r)

    return Format("old workbook", ".xls", [compound(stream)], change, table, (DataError,))


def _vocabulary(folder: Path, some: int = 1) -> Format:
    def read(path: Path) -> None:
        for layer in (nn.layers.StringLookup, nn.layers.IntegerLookup):
            layer(vocabulary=str(path))
        categorical_column_with_vocabulary_file("a", path)

    raw = "\n".join(map(str, range(500))).encode()
    return Format("vocabulary", ".txt", [raw], m.anyhow, read, (ValueError, TypeError))


def _words(folder: Path, some: int = 1) -> Format:
    raw = json.dumps({f"w{i}é\n": i for i in range(200)}).encode()
    return Format("words", ".json", [raw], m.either(m.text), sequences.word_index, (DataError,))


def _classes(folder: Path, some: int = 1) -> Format:
    raw = json.dumps({str(i): [f"n{i}", f"name {i}"] for i in range(1000)}).encode()

    def read(path: Path) -> Any:
        scores = np.zeros((1, 1000))
        return nn.applications.imagenet_utils.decode_predictions(scores, class_index=path)

    return Format("class names", ".json", [raw], m.either(m.text), read, (ValueError,))


def _sounds(folder: Path, some: int = 1) -> Format:
    from autograd_nn.nn.utils.sounds import _sound

    contents = []
    for width, channels in ((1, 1), (2, 2), (4, 1)):
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setparams((channels, width, 8000, 0, "NONE", ""))
            file.writeframes(bytes(range(200)) * 4)
        contents.append(out.getvalue())
    return Format("sounds", ".wav", contents, m.anyhow, lambda p: _sound(str(p), 16_000),
                  (ValueError,))  # fmt: skip


def _pictures(folder: Path, some: int = 1) -> Format:
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    contents = []
    for kind in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"):
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, kind)
        contents.append(out.getvalue())

    def read(path: Path) -> Any:
        return np.asarray(nn.utils.load_img(path))

    return Format("pictures", ".png", contents, m.anyhow, read, (ValueError,))


def _archives(folder: Path, some: int = 1) -> Format:
    contents = [zipped(TABLE)]
    for kind in ("w", "w:gz", "w:xz"):
        out = io.BytesIO()
        with tarfile.open(mode=kind, fileobj=out) as file:  # type: ignore[call-overload]
            for name in ("a/b.txt", "c" * 120):
                info = tarfile.TarInfo(name)
                info.size = len(TABLE)
                file.addfile(info, io.BytesIO(TABLE))
        contents.append(out.getvalue())

    def change(raw: bytes, r: random.Random) -> bytes:
        kind = {b"\x1f": "gz", b"\xfd": "xz"}.get(raw[:1])
        return _within(kind)(raw, r) if kind else m.either(m.archive)(raw, r) if (
            raw[:2] == b"PK") else m.anyhow(raw, r)  # fmt: skip

    folder = folder / "archives"
    folder.mkdir()

    def read(path: Path) -> Any:
        if not unpack(path, folder / "unpacked"):
            raise ValueError(f"{path} is none")
        assert [p.name for p in folder.iterdir()] == ["unpacked"]

    does = ("open", "os.", "tempfile.", "shutil.")
    return Format("archives", ".tar", contents, change, read, (ValueError,), does)


# ---- TensorFlow's --------------------------------------------------------------------------------


def example() -> bytes:
    made: bytes = Example(Features({
        "n": Feature(int64_list=Int64List([-1, 300])), "x": Feature(float_list=FloatList([0.5])),
    })).SerializeToString()  # fmt: skip
    return made


def _tfrecords(folder: Path, some: int = 1) -> Format:
    spec = {"n": records.VarLenFeature("int64"), "x": records.FixedLenFeature([1], "float32")}

    def read(path: Path) -> None:
        kind = {b"\x1f": "GZIP", b"\x78": "ZLIB"}.get(path.read_bytes()[:1])
        for each in streams.records(path, kind):
            try:
                records.parse_single_example(each, spec)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from None

    def change(raw: bytes, r: random.Random) -> bytes:
        if raw[:1] not in b"\x1f\x78":
            return m.anyhow(raw, r) if r.random() < 0.2 else record(m.anyhow(example(), r))
        plain = gzip.decompress(raw) if raw[:1] == b"\x1f" else zlib.decompress(raw)
        pack = gzip.compress if raw[:1] == b"\x1f" else zlib.compress
        return m.anyhow(raw, r) if r.random() < 0.5 else pack(m.anyhow(plain, r))

    raw = record(example()) * 3
    return Format("tfrecords", ".tfrecord", [raw, gzip.compress(raw), zlib.compress(raw)], change,
                  read, (ValueError,))  # fmt: skip


def _tftensors(folder: Path, some: int = 1) -> Format:
    contents = [records.serialize_tensor(x) for x in (np.ones((2, 3), "f4"), np.array(5))]
    contents.append(records.serialize_tensor(records.texts(["a", "é"])))

    def read(path: Path) -> None:
        try:
            records.parse_tensor(path.read_bytes())
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    return Format("tf tensors", ".pb", contents, m.anyhow, read, (ValueError,))


def _tftables(folder: Path, some: int = 1) -> Format:
    return Format("tf tables", ".csv", [TABLE], m.anyhow, lambda p: tables.read(str(p)),
                  (ValueError,), ("glob.",))  # fmt: skip


def _tflines(folder: Path, some: int = 1) -> Format:
    def read(path: Path) -> None:
        for _ in streams.lines(path, "GZIP" if path.read_bytes()[:1] == b"\x1f" else None):
            pass

    def change(raw: bytes, r: random.Random) -> bytes:
        return _within("gz")(raw, r) if raw[:1] == b"\x1f" else m.anyhow(raw, r)

    return Format("tf lines", ".txt", [TABLE, gzip.compress(TABLE)], change, read, (ValueError,))


def _tfpictures(folder: Path, some: int = 1) -> Format:
    form = _pictures(folder, some)

    def read(path: Path) -> None:
        try:
            decode_image(path.read_bytes())
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    return Format("tf pictures", ".png", form.contents, m.anyhow, read, (ValueError,))


def _tfcheckpoints(folder: Path, some: int = 1) -> Format:
    kept = train.Checkpoint(model=nn.Sequential([nn.Input((3,)), nn.Dense(2)]))
    kept.write(folder / "good")
    contents = [(folder / "good.npz").read_bytes()]
    return Format("tf checkpoints", ".npz", contents, m.either(m.archive),
                  lambda p: kept.read(str(p).removesuffix(".npz")), (ValueError,))  # fmt: skip


FORMATS: dict[str, Callable[..., Format]] = {
    "csv": _csv, "records": _json, "packed": _packed,
    "old workbook": _old_workbooks, "vocabulary": _vocabulary, "words": _words,
    "class names": _classes, "sounds": _sounds, "pictures": _pictures, "archives": _archives,
    "tfrecords": _tfrecords, "tf tensors": _tftensors, "tf tables": _tftables,
    "tf lines": _tflines, "tf pictures": _tfpictures, "tf checkpoints": _tfcheckpoints,
}  # fmt: skip
