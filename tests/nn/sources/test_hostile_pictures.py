"""Pictures whose files are of very many parts, of which Pillow keeps more than they have bytes."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn.nn.utils import heads, images
from tests.nn.peaks import peak

image = pytest.importorskip("PIL.Image")
MANY = 100_000


def tiff(entries: dict[int, tuple[int, int]], inner: bytes = b"", big: bool = False) -> bytes:
    """A file of one directory: of each tag how many numbers of 32 bits, and the one or its place.
    """
    head, count, form = (
        (b"II+\0\x08\0\0\0" + struct.pack("<Q", 16 + len(inner)), "<Q", "<HHQQ") if big else
        (b"II*\0" + struct.pack("<L", 8 + len(inner)), "<H", "<HHLL")
    )  # fmt: skip
    found = head + inner + struct.pack(count, len(entries))
    for tag, (many, value) in sorted(entries.items()):
        found += struct.pack(form, tag, 4, many, value)
    return found + bytes(8)


def striped(rows: int, width: int = 4, big: bool = False, packing: int = 1) -> bytes:
    """A strip for each row, all of the same bytes."""
    at = 16 if big else 8
    pixels = bytes(range(width))
    places = struct.pack("<L", at) * rows
    return tiff({
        256: (1, width), 257: (1, rows), 258: (1, 8), 259: (1, packing), 262: (1, 1),
        273: (rows, at + width), 277: (1, 1), 278: (1, 1), 279: (1, width),
    }, pixels + places, big)  # fmt: skip


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed(kind: str, size: tuple[int, int] = (4, 3), **options: Any) -> bytes:
    out = io.BytesIO()
    image.new("RGB", size, (1, 2, 3)).save(out, kind, **options)
    return out.getvalue()


def many_chunks() -> bytes:
    raw = packed("PNG")
    return raw[:33] + chunk(b"prVt") * MANY + raw[33:]


def many_segments(segment: bytes) -> Callable[[], bytes]:
    def made() -> bytes:
        raw = packed("JPEG")
        return raw[:2] + segment * MANY + raw[2:]

    return made


PARTS: dict[str, Callable[[], bytes]] = {
    "strips": lambda: striped(MANY), "strips of a big one": lambda: striped(MANY, big=True),
    "packed strips": lambda: striped(4 * MANY, packing=8),
    "chunks": many_chunks, "segments": many_segments(b"\xff\xe5\0\x02"),
    "what EXIF is put together of": many_segments(b"\xff\xe1\0\x09Exif\0\0a"),
    "layers": many_segments(b"\xff\xc0\0\x0b\x08\0\x0a\0\x0a\x01\x01\x11\0"),
    "blocks": lambda: b"icns" + struct.pack(">I", 8 + 8 * MANY) + b"".join(
        struct.pack(">II", i + 1, 8) for i in range(MANY)),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_a_picture_of_very_many_parts_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PARTS[name]())

    def refused() -> None:
        with pytest.raises(ValueError, match=r"a\.png: received what is no picture"):
            images.load_img(path)

    assert peak(refused) < (20 << 20) + path.stat().st_size


@pytest.mark.parametrize("big", [False, True])
def test_strips_are_read(big: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(striped(3000, big=big))
    with open(path, "rb") as file:
        assert heads.strips(file) == 3000 * heads.STRIP and file.tell() == 0
    found = np.asarray(images.load_img(path, "grayscale"))
    np.testing.assert_array_equal(found, np.tile(np.arange(4), (3000, 1)))
    assert heads.strips(io.BytesIO(striped(3000, big=big, packing=8))) == 3000 * heads.PACKED
    for end in range(0, 60):
        assert heads.strips(io.BytesIO(path.read_bytes()[:end])) == 0


def test_no_frame_behind_the_first_is_looked_for(tmp_path: Path) -> None:
    first = striped(1)
    start = int.from_bytes(first[4:8], "little")
    directory, size = first[start:-8], len(first) - start - 4
    frames = bytearray(first[:start])
    for _ in range(20_000):
        frames += directory + struct.pack("<L", len(frames) + size)
    path = tmp_path / "a.tif"
    path.write_bytes(frames)
    started = time.process_time()
    assert images.load_img(path).size == (4, 1)
    assert time.process_time() - started < 2  # 20,000 directories took as long as each before


def test_frames_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    first, *rest = [image.new("P", (300, 300), i) for i in range(9)]
    first.save(path, save_all=True, append_images=rest)
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("PIL.GifImagePlugin.GifImageFile.n_frames", property(asked.append))
        found = images.load_img(path)
    assert not asked and found.size == (300, 300) and found.mode == "RGB"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM", "TGA", "ICO"])
def test_ordinary_pictures_are_read(kind: str, tmp_path: Path) -> None:
    raw = packed(kind, (32, 32))
    path = tmp_path / "a.tga"
    path.write_bytes(raw)
    by_path, in_memory = images.load_img(path), images.load_img(io.BytesIO(raw))
    assert by_path.size == in_memory.size == (32, 32)
    np.testing.assert_array_equal(np.asarray(by_path), np.asarray(in_memory))
    assert os.fspath(getattr(by_path, "filename", path)) == os.fspath(path)
    np.testing.assert_allclose(np.asarray(by_path)[5, 5], (1, 2, 3), atol=3)


def test_a_picture_of_many_parts_is_read(tmp_path: Path) -> None:
    raw = packed("PNG")
    path = tmp_path / "a.png"
    path.write_bytes(raw[:33] + chunk(b"tEXt", b"a\0b") * 5000 + raw[33:])
    assert images.load_img(path).size == (4, 3)
    data = zlib.compress(b"\0" + bytes(12) + b"\0" + bytes(12) + b"\0" + bytes(12))
    many = b"".join(chunk(b"IDAT", data[i : i + 1]) for i in range(len(data)))
    empty = chunk(b"IDAT") * 2 * heads.READS
    path.write_bytes(raw[:33] + empty + many + chunk(b"IEND"))
    assert images.load_img(path).size == (4, 3)


def test_a_second_frame_that_breaks_off(tmp_path: Path) -> None:
    path, out = tmp_path / "a.gif", io.BytesIO()
    image.new("L", (9, 9), 1).save(out, "GIF", save_all=True,
                                   append_images=[image.new("L", (9, 9), 200)])  # fmt: skip
    raw = out.getvalue()
    second = raw.rindex(b",\0\0\0\0")
    for end in range(second - 3, len(raw)):
        path.write_bytes(raw[:end])
        try:
            assert images.load_img(path).size == (9, 9)
        except ValueError as error:
            assert "a.gif: received" in str(error)
