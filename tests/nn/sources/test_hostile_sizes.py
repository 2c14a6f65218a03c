"""Files that would take far more memory than they have bytes: refused, whatever reads them."""

from __future__ import annotations

import gzip
import json
import tarfile
import wave
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn import jsons, zips
from autograd_nn.nn.datasets import DataError, cifar, columns, read_csv, readers, sequences, table
from autograd_nn.nn.layers.preprocessing.cells import number as float_of
from autograd_nn.nn.preprocessing.text import tokenizer_from_json
from autograd_nn.nn.utils import folders, images, sounds
from autograd_nn.nn.utils.archives import unpack
from tests.nn.peaks import peak

MANY = 20_000
DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000


def test_a_zip_of_many_members_is_refused_before_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as file:
        for i in range(MANY):
            file.writestr(str(i), b"")
    reads: list[tuple[Callable[[], Any], type[Exception]]] = [
        (lambda: read_csv(path), DataError),
        (lambda: unpack(path, tmp_path / "out"), ValueError),
        (lambda: readers.npz(path, ("x",), 1 << 20), DataError),
        (lambda: nn.models.load_model(path), ValueError),
    ]
    with open(path, "rb") as raw, zips.opened(raw) as archive:
        assert len(archive.namelist()) == MANY
    monkeypatch.setattr(zips, "ROOM", 1 << 20)
    for read, kind in reads:

        def refused(read: Any = read, kind: Any = kind) -> None:
            with pytest.raises(kind, match=r"many\.zip.* 20,000 members"):
                read()

        assert peak(refused) < 3 * path.stat().st_size
    assert not (tmp_path / "out").exists()


def test_no_member_of_a_tape_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        for i in range(4000):
            file.addfile(tarfile.TarInfo(f"a/{i}"))
        link = tarfile.TarInfo("b")
        link.type, link.linkname = tarfile.LNKTYPE, "a/0"
        file.addfile(link)
    assert peak(lambda: unpack(path, tmp_path / "out")) < 2 << 20
    assert len(list((tmp_path / "out").rglob("*"))) == 4002


def test_a_name_that_no_file_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as file:
        info = tarfile.TarInfo("a")
        info.pax_headers = {"path": "a\0b"}
        file.addfile(info)
    with pytest.raises(ValueError, match=r"t\.tar: received a hostile archive: 'a\\x00b'"):
        unpack(path, tmp_path / "out")


def test_a_name_in_a_zip_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("é.csv", "a,y\n1,0\n2,1\n")
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\x94\x94", 1))
    with pytest.raises(DataError, match=r"t\.zip: received a damaged zip file"):
        read_csv(path)


def test_what_parts_cells_is_in_no_cell(tmp_path: Path) -> None:
    """Cells are kept one behind the other, with a zero between them."""
    path = tmp_path / "t.json"
    found = []
    for mark in (" ", "\0"):
        rows = [{"a": f"{i % 3}{mark if i < 3 else ' '}x", "y": i % 2} for i in range(60)]
        path.write_text(json.dumps(rows))
        found.append(read_csv(path, encode=True))
    assert found[0].features == found[1].features and len(found[0].features) == 3
    np.testing.assert_array_equal(found[0].X, found[1].X)


def test_a_link_to_what_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.tar"
    with tarfile.open(path, "w") as file:
        link = tarfile.TarInfo("a")
        link.type, link.linkname = tarfile.LNKTYPE, "nowhere"
        file.addfile(link)
        file.addfile(tarfile.TarInfo("b"))
    with pytest.raises(ValueError, match="'a' is a link to what is not before it"):
        unpack(path, tmp_path / "out")


def test_a_table_of_more_columns_than_its_size_allows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    row = ",".join("01" * 60_000)
    path.write_text(f"{row}\n{row}\n")
    with pytest.raises(DataError, match="received 120,000 columns, or more, in 480,000 bytes"):
        read_csv(path)
    records = [{str(i): i for i in range(k, k + 60_000)} for k in (0, 60_000)]
    path.write_text(json.dumps(records))
    with pytest.raises(DataError, match="received 1..,... columns, or more"):
        read_csv(path.rename(tmp_path / "t.json"))


def test_many_columns_take_little_each(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(",".join("0110"[(i + j) % 4] for j in range(5000)) for i in range(3)))
    found: list[table.Table] = []
    assert peak(lambda: found.append(read_csv(path, encode=True))) < 6 << 20
    encoded = found[0].encoded
    assert encoded is not None and len(encoded.layers) == len(encoded.features) > 3000
    name, layer = next(iter(encoded.layers.items()))
    assert encoded.layers[name] is layer and layer.kind == "numbers"
    assert layer(["0", "1"]).shape == (2, 1)


class Often:
    """A column of the same cells, over and over."""

    def __init__(self, *cells: str) -> None:
        self.cells = [*cells] * (10_000 // len(cells))

    def __iter__(self) -> Iterator[list[str]]:
        return iter([self.cells] * 30)


def test_what_a_column_is_takes_no_memory() -> None:
    said = {"a": Often("1"), "b": Often("x"), "c": Often("?"), "d": Often("1.5", "2", "oops")}

    def left_out() -> None:
        found = columns.encoded({k: said[k] for k in "abc"}, ",")
        assert not found.layers and len(found.left_out) == 3
        with pytest.raises(DataError, match="is '1' in every row"):
            table._Target(said["a"], "a", None, ",", 300_000)
        assert columns.Look(said["d"], ",").strange[float_of] == 99_990

    assert peak(left_out) < 1 << 20  # 300,000 cells, of which a list alone takes 2.4 MB


def test_rare_words_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "COUNTED", 500)
    path = tmp_path / "t.csv"
    rows = [f"often w{i} v{i} u{i},{i % 2}\n" for i in range(3000)]
    path.write_text("text,y\n" + "".join(rows))
    found = read_csv(path, encode=True)
    assert found.features == ("text: [UNK]", "text: often")


def test_what_is_rare_alone_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "COUNTED", 500)
    path = tmp_path / "t.csv"
    rows = [f"w{i} v{i} u{i},k{i // 2},{i % 5},{i % 2}\n" for i in range(3000)]
    path.write_text("text,kind,x,y\n" + "".join(rows))
    found = read_csv(path, encode=True)
    assert found.features == ("x",) and found.encoded is not None
    assert [*found.encoded.left_out.values()] == [
        "has no word that comes often", "has no category that comes often: 1500 differ"
    ]  # fmt: skip


@pytest.mark.parametrize("label", ["k", ""])
def test_a_table_of_more_classes_than_its_size_allows(label: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{i % 7},{label}{i}\n" for i in range(120_000)))
    with pytest.raises(DataError, match="received 1..,... classes, or more, in .*,... bytes"):
        read_csv(path, kind="classes")


def test_many_texts_are_read_some_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = "".join(f"some of the {i % 300} words {i % 17}{i % 19},{i % 2}\n" for i in range(20_000))
    path.write_text("text,y\n" + rows)
    found: list[table.Table] = []
    most = peak(lambda: found.append(read_csv(path, encode=True)))
    assert found[0].X.shape[1] == 300
    assert most < found[0].X.nbytes + (24 << 20)


WORDS = {
    "deep": (DEEP, "after 0 words"), "brackets": ('{"a": [' + "{}," * 1000 + "{}]}", "'\"a\": "),
    "a list": ("[1]", "'\\[1\\]'"), "a fraction": ('{"a": 1.5}', "1.5"), "cut": ('{"a": 1', "'\"a"),
    "a comma": ('{"a": 1,}', "after 1 words"), "more": ('{"a": 1} {', "'{'"),
    "nothing": ("", "after 0"), "bad text": ('{"\\x": 1}', "published"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_a_list_of_words_is_that_alone(name: str, tmp_path: Path) -> None:
    text, message = WORDS[name]
    path = tmp_path / "words.json"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"(?s)words\.json: .*{message}"):
        sequences.word_index(path)


def test_lists_of_words_are_read_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "words.json"
    said = {'a"b\\': 1, "größe 😀": 2, "": -3} | {str(i): i for i in range(1000)}
    for text in (json.dumps(said), json.dumps(said, ensure_ascii=False, indent=1), "{ }"):
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(sequences, "PIECE", 100)
        assert sequences.word_index(path) == json.loads(text)
    monkeypatch.setattr(sequences, "WORDS", 1000)
    path.write_text(json.dumps(said))
    with pytest.raises(DataError, match="more than 1,000 words"):
        sequences.word_index(path)


def test_json_is_weighed_before_it_is_read() -> None:
    heavy = "[" + "{}," * 2_000_000 + "{}]"
    for read in (jsons.loads, nn.models.model_from_json, tokenizer_from_json):

        def refused(read: Any = read) -> None:
            with pytest.raises(ValueError, match="would take 264,000,144"):
                read(heavy)

        assert peak(refused) < 1 << 20
        with pytest.raises(ValueError, match="nested too deep"):
            read(DEEP)
    assert jsons.loads(json.dumps([0.1234567890123] * 300_000))[0] == 0.1234567890123


NAMES = "{" + ",".join(f'"{i:012x}":""' for i in range(400_000)) + "}"


@pytest.mark.parametrize(
    "text", [NAMES, '"' + "a" * 9_000_000 + '😀"', json.dumps("a" * 24_000_000 + "😀")],
    ids=["names", "a wide letter", "one that is spelled"],
)
def test_json_of_a_file_is_weighed_before_there_is_text(text: str) -> None:
    raw = text.encode()

    def refused() -> None:
        with pytest.raises(ValueError, match="characters would take"):
            jsons.loads(raw)

    assert peak(refused) < 4 * len(raw)
    said = {"a": json.dumps(["a" * 9, {"b": [1]}] * 100_000), "b\\": "é", "😀": '":,[{'}
    assert jsons.loads(json.dumps(said).encode()) == said  # of what stands in texts nothing becomes
    assert jsons.loads(json.dumps(said, ensure_ascii=False).encode()) == said


def test_samples_are_read_some_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "s.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 16_000)
    found: list[np.ndarray] = []
    assert peak(lambda: found.append(sounds._sound(str(path), None))) < 20 << 20  # 4 for each
    assert found[0].shape == (2_048_000, 2)
    assert (found[0][:128].ravel() * 128 + 128).tolist() == [*range(256)]


@pytest.mark.parametrize("rate", [None, 8000, 16_000, 44_100, 3000])
def test_no_more_samples_are_read_than_are_asked_for(rate: int | None, tmp_path: Path) -> None:
    path = tmp_path / "s.wav"
    noise = np.random.default_rng(0).integers(0, 256, (1 << 20, 2), np.uint8)
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 1, 8000, 0, "NONE", ""))
        file.writeframes(noise.tobytes())
    whole = sounds._sound(str(path), rate)
    found: list[np.ndarray] = []
    assert peak(lambda: found.append(sounds._sound(str(path), rate, 1000))) < 2 << 20
    np.testing.assert_array_equal(found[0][:1000], whole[:1000])
    data = nn.utils.audio_dataset_from_directory(
        tmp_path, None, sampling_rate=rate, output_sequence_length=1000, verbose=False
    )
    np.testing.assert_array_equal(next(iter(data))[0], whole[:1000])


@pytest.mark.parametrize("text", ["a" * 70_000, "b" * 60_000 + "\na" * 3000])
def test_a_vocabulary_has_words(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "words.txt"
    path.write_text(text)
    for layer in (nn.layers.StringLookup, nn.layers.TextVectorization):
        with pytest.raises(ValueError, match=r"words\.txt has a line of 6.,... characters"):
            layer(vocabulary=str(path))
    path.write_bytes(b"\xff\xfea")
    with pytest.raises(ValueError, match=r"words\.txt does not exist, or cannot be read"):
        nn.layers.StringLookup(vocabulary=str(path))


def test_a_vocabulary_that_repeats_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\n" * 4_000_000)

    def refused() -> None:
        with pytest.raises(ValueError, match="at least one repeated term"):
            nn.layers.StringLookup(vocabulary=str(path))

    assert peak(refused) < path.stat().st_size


@pytest.mark.parametrize("cls", [nn.layers.StringLookup, nn.layers.IntegerLookup])
def test_a_large_vocabulary_takes_about_what_its_file_does(cls: Any, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\n".join(map(str, range(1_000_000, 1_200_000))))
    found: list[Any] = []
    assert peak(lambda: found.append(cls(vocabulary=str(path)))) < 6 * path.stat().st_size
    values = np.array([1_150_000, 5])
    assert found[0](values if cls is nn.layers.IntegerLookup else values.astype(str)).tolist() == [
        150_001, 0
    ]  # fmt: skip


def test_no_word_of_a_file_is_gone_back_over(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    path.write_text('{"' + "\\" * 2_000_000)

    def refused() -> None:
        with pytest.raises(DataError, match=r"words\.json"):
            sequences.word_index(path)

    assert peak(refused) < 20 << 20


@pytest.mark.parametrize("rate", [1, 100_003])
def test_a_sound_at_another_rate_is_bounded(rate: int, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with wave.open(str(tmp_path / "a/s.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(rate)
        file.writeframes(bytes(5000))
    data = nn.utils.audio_dataset_from_directory(tmp_path, sampling_rate=16_000, verbose=False)
    with pytest.raises(ValueError, match=r"s\.wav: received a sound of"):
        next(iter(data))


def test_what_decoders_take_counts(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    flat = image.new("RGB", (2600, 2600))
    for name, options in {"a.webp": {}, "a.jpg": {"progressive": True, "quality": 1}}.items():
        path = tmp_path / name
        flat.save(path, **options)
        with pytest.raises(ValueError, match=r"a\.\w+: received a picture of 2600 × 2600 pixels"):
            images.load_img(path)
    flat.crop((0, 0, 1000, 1000)).save(tmp_path / "b.webp")
    assert images.load_img(tmp_path / "b.webp").size == (1000, 1000)


@pytest.mark.parametrize("crop", [False, True])
@pytest.mark.parametrize("mode", ["grayscale", "rgb"])
@pytest.mark.parametrize("way", ["nearest", "bilinear", "lanczos3"])
def test_large_pictures_are_resized_by_strips(
    way: str, mode: str, crop: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "a").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (50, 83, 3), np.uint8)
    image.fromarray(noise).save(tmp_path / "a/x.png")

    def read() -> np.ndarray:
        data = nn.utils.image_dataset_from_directory(
            tmp_path, labels=None, color_mode=mode, image_size=(20, 30), interpolation=way,
            crop_to_aspect_ratio=crop, verbose=False,
        )  # fmt: skip
        return np.asarray(next(iter(data)))

    whole = read()
    monkeypatch.setattr(folders, "LARGE", 4000)
    np.testing.assert_array_equal(read(), whole)


def test_a_tape_declares_no_more_than_its_size_allows(tmp_path: Path) -> None:
    path = tmp_path / "c.tar.gz"
    info = tarfile.TarInfo("b")
    info.size = 17 << 20
    with tarfile.open(path, "w:gz") as file, gzip.open(tmp_path / "zeros", "wb") as packed:
        packed.write(bytes(info.size))
        packed.close()
        with gzip.open(tmp_path / "zeros") as zeros:
            file.addfile(info, zeros)
    with pytest.raises(DataError, match="declares 17825792 bytes"):
        cifar.batches(path, ("b",), "labels")
