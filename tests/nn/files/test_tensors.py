"""Arrays in files: what is written is read, and nothing else is."""

from __future__ import annotations

import errno
import json
import threading
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd_nn.nn.saving import ModelFileError, sums
from autograd_nn.nn.saving.durable import Ahead
from autograd_nn.nn.saving.tensors import DTYPES, Tensors, write

RNG = np.random.default_rng(0)
ARRAYS = st.dictionaries(
    st.text(max_size=8).filter(lambda name: name != "__metadata__"),
    hnp.arrays(
        st.sampled_from([np.dtype(d) for d in DTYPES.values()]),
        hnp.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=4),
    ),
    max_size=4,
)


@given(ARRAYS, st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=20)))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, np.ndarray], said: dict[str, str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "a.safetensors"
    write(path, arrays, said)
    with Tensors(path) as found:
        assert set(found) == set(arrays)
        assert {k: found.said[k] for k in said} == said
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype
            assert found[name].shape == array.shape
            assert found[name].tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "array",
    [np.arange(6.0).reshape(2, 3).T, np.arange(6.0)[::-2], np.arange(4.0).astype(">f8")],
    ids=["transposed", "strided", "big-endian"],
)
def test_any_layout_is_written_in_order(array: np.ndarray, tmp_path: Path) -> None:
    write(tmp_path / "a", {"w": array}, {})
    with Tensors(tmp_path / "a") as found:
        assert found["w"].tolist() == array.tolist()


def test_another_reader_finds_the_same(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    arrays = {"b": np.array([True]), "w": np.arange(3.0), "h": np.arange(2, dtype="float16")}
    write(tmp_path / "a", arrays, {})
    found = library.load_file(tmp_path / "a")
    assert {k: v.tolist() for k, v in found.items()} == {k: v.tolist() for k, v in arrays.items()}
    library.save_file(arrays, tmp_path / "b")
    with Tensors(tmp_path / "b") as ours:
        assert {k: v.tolist() for k, v in ours.items()} == {k: v.tolist() for k, v in found.items()}


def test_every_flipped_bit_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write(path, {"w": np.arange(5.0), "n": np.arange(3)}, {"model": "{}"})
    raw = path.read_bytes()
    for i in range(8 * len(raw)):
        spoilt = bytearray(raw)
        spoilt[i // 8] ^= 1 << i % 8
        path.write_bytes(spoilt)
        with pytest.raises(ModelFileError), Tensors(path) as found:
            for name in found:
                found[name]


def _plain(entries: dict, data: bytes) -> bytes:
    raw = json.dumps(entries).encode()
    return len(raw).to_bytes(8, "little") + raw + data


def _one(**changed: object) -> dict:
    return {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changed}}


HOSTILE = {
    "nothing": b"",
    "a length alone": b"\xff" * 8,
    "a header beyond the file": (2**63).to_bytes(8, "little") + b"{}",
    "no JSON": (4).to_bytes(8, "little") + b"oops",
    "a list": (2).to_bytes(8, "little") + b"[]",
    "deep JSON": (200_000).to_bytes(8, "little") + b"[" * 200_000,
    "a shape without bytes": _plain(_one(shape=[2**40], data_offsets=[0, 2**42]), b"12345678"),
    "a product that would wrap": _plain(_one(shape=[2**33, 2**33, 2**33]), b"12345678"),
    "a negative size": _plain(_one(shape=[-2]), b"12345678"),
    "a truth as a size": _plain(_one(shape=[True, 2]), b"12345678"),
    "a fraction as a size": _plain(_one(shape=[2.0]), b"12345678"),
    "many dimensions": _plain(_one(shape=[1] * 64 + [2]), b"12345678"),
    "an empty array of huge sizes": _plain(_one(shape=[2**61, 0], data_offsets=[0, 0]), b""),
    "overlap": _plain({**_one(), "v": _one()["w"]}, b"12345678"),
    "a gap": _plain(_one(data_offsets=[4, 12]), b"123456789012"),
    "bytes left over": _plain(_one(), b"123456789"),
    "bytes missing": _plain(_one(), b"1234567"),
    "an unknown dtype": _plain(_one(dtype="O"), b"12345678"),
    "a dtype that is no text": _plain(_one(dtype=["F32"]), b"12345678"),
    "an unknown word": _plain(_one(more=1), b"12345678"),
    "a name twice": (lambda e: len(e).to_bytes(8, "little") + e)(b'{"a":1,"a":2}'),
    "metadata that is no text": _plain({"__metadata__": {"a": 1}, **_one()}, b"12345678"),
    "a later version": _plain({"__metadata__": {"format": "autograd_nn", "version": "9"}}, b""),
    "a truth of 2": _plain(_one(dtype="BOOL", shape=[8]), b"\x02" * 8),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_before_anything_is_allocated(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(HOSTILE[name])
    tracemalloc.start()
    with pytest.raises(ModelFileError, match=str(path)), Tensors(path) as found:
        for key in found:
            found[key]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_what_brain_floats_mean(tmp_path: Path) -> None:
    raw = np.array([0x3F80, 0xC000], "<u2").tobytes()
    (tmp_path / "a").write_bytes(_plain(_one(dtype="BF16", data_offsets=[0, 4]), raw))
    with Tensors(tmp_path / "a") as found:
        assert found["w"].tolist() == [1.0, -2.0]
        assert found["w"].dtype == np.float32


def test_a_dtype_that_cannot_be_kept_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="'w' of dtype object"):
        write(tmp_path / "a", {"w": np.array([None])}, {})
    assert not (tmp_path / "a").exists()


LARGE = sums.WORTH // 8 + 1000  # numbers for which a thread sums up


def test_large_arrays_have_the_sums_of_all_their_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a thread that sums up, without, and where none can be started."""
    arrays = {f"w{i}": RNG.random(n) for i, n in enumerate([LARGE, 3, 0, LARGE // 3])}
    threads = []

    def note(self: sums.Sums, given: object) -> None:
        threads.append(threading.current_thread().name)
        take(self, given)

    take = sums.Sums._take
    monkeypatch.setattr(sums.Sums, "_take", note)
    write(tmp_path / "a", arrays, {})
    assert set(threads) == {"autograd_nn-sums"}
    threads.clear()
    write(tmp_path / "b", arrays, {}, alone=True)
    monkeypatch.setattr(threading.Thread, "start", _refuse)
    write(tmp_path / "c", arrays, {})
    assert set(threads) == {threading.current_thread().name}
    monkeypatch.undo()
    raw = (tmp_path / "a").read_bytes()
    assert raw == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()
    with Tensors(tmp_path / "a") as found:
        told = "".join(f"{zlib.crc32(arrays[name].tobytes()):08x}" for name in found)
        assert f'"sums":"{told}"'.encode() in raw
        for name, array in arrays.items():
            assert found[name].tobytes() == array.tobytes()
    assert not [t for t in threading.enumerate() if t.name == "autograd_nn-sums"]


def _refuse(self: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_a_flipped_bit_of_a_large_array_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "a", {"w": RNG.random(LARGE)}, {})
    raw = bytearray((tmp_path / "a").read_bytes())
    for at in (-1, -LARGE, -8 * LARGE):
        raw[at] ^= 8
        (tmp_path / "a").write_bytes(raw)
        with Tensors(tmp_path / "a") as found:
            with pytest.raises(ModelFileError, match="contents of 'w'"):
                found["w"]
        raw[at] ^= 8


def test_what_is_changed_meanwhile_is_written_as_it_was_summed_up(tmp_path: Path) -> None:
    array, going = np.zeros(4 * LARGE), threading.Event()

    def change() -> None:
        while not going.is_set():
            np.add(array, 1, array)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(5):
            write(tmp_path / "a", {"w": array}, {})
            with Tensors(tmp_path / "a") as found:
                assert found["w"].shape == array.shape
    finally:
        going.set()
        thread.join()


def test_a_full_disk_ends_the_thread_that_sums_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Ahead, count: int) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(Ahead, "wrote", full)
    with pytest.raises(OSError, match="no room"):
        write(tmp_path / "a", {"w": np.zeros(LARGE)}, {})
    assert not list(tmp_path.iterdir())
    assert not [t for t in threading.enumerate() if t.name == "autograd_nn-sums"]
