"""Zips, HDF5 within them, arrays and checkpoints that lie about what they hold."""

from __future__ import annotations

import io
import json
import os
import pickle
import stat
import time
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.saving import ModelFileError, load_model
from tests.nn.files import formats, mutations, runs
from tests.nn.files import test_keras_files as of_h5
from tests.nn.sources.test_hostile_files import npy

h5py = pytest.importorskip("h5py")
SPARE = 64 << 20


@pytest.fixture(scope="module", autouse=True)
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with formats.server(tmp_path_factory.mktemp("apart")):
        yield


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    """Whatever is read asks for no more memory than there may be, and takes no time."""
    tracemalloc.start()
    started = time.process_time()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < SPARE
    assert time.process_time() - started < 20


def model() -> Any:
    return nn.Sequential([nn.Input((3,)), nn.Dense(2, name="d")])


Change = Callable[[dict[str, bytes]], Any]


def rezipped(path: Path, change: Change, kind: int = zipfile.ZIP_STORED) -> Path:
    """A zip of which members are others; what a change returns is written as it is, in order."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    entries = change(held) or list(held.items())
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(path, "w", kind) as archive:
        for name, raw in entries:
            archive.writestr(name, raw)
    return path


# ---- members of zips -----------------------------------------------------------------------------


def _twice(held: dict[str, bytes]) -> Any:
    return [entry for entry in held.items() for _ in range(2)]


def _link(held: dict[str, bytes]) -> Any:
    """Every member is a link to a file outside."""
    found = []
    for name in held:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        found.append((info, b"/etc/passwd"))
    return found


def _bomb(held: dict[str, bytes]) -> None:
    held[next(iter(held))] = bytes(50 << 20)


def _many(held: dict[str, bytes]) -> None:
    """Each a little below any limit of its own."""
    held |= {f"assets/{i}": bytes(2 << 20) for i in range(20)}


ZIPS: dict[str, Change] = {"twice": _twice, "links": _link, "a bomb": _bomb, "many bombs": _many}


@pytest.mark.parametrize("ending", [".keras", ".npz"])
@pytest.mark.parametrize("name", ZIPS)
def test_zips_that_mean_harm_are_refused(name: str, ending: str, tmp_path: Path) -> None:
    path, made = tmp_path / f"a{ending}", model()
    (made.save if ending == ".keras" else made.save_weights)(path)
    rezipped(path, ZIPS[name], zipfile.ZIP_DEFLATED)
    with pytest.raises(ModelFileError, match=rf"a\{ending}"):
        load_model(path) if ending == ".keras" else made.load_weights(path)
    assert os.listdir(tmp_path) == [path.name]


OUTSIDE = ("../../out", "/tmp/out", "a\\..\\..\\out", "assets/../../out/vocabulary.txt")


@pytest.mark.parametrize("ending", [".keras", ".npz"])
@pytest.mark.parametrize("name", OUTSIDE)
def test_no_member_is_unpacked_to_a_place(name: str, ending: str, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path, made = folder / f"a{ending}", model()
    (made.save if ending == ".keras" else made.save_weights)(path)
    raw = held_by(path)["d/kernel.npy"] if ending == ".npz" else b"a"
    rezipped(path, lambda held: [*held.items(), (name, raw)])
    twin = model()
    twin.load_weights(path)
    np.testing.assert_array_equal(twin.get_weights()[0], made.get_weights()[0])
    assert sorted(p.name for p in tmp_path.rglob("*")) == sorted(["a", "b", path.name])


def held_by(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_members_that_overlap_or_are_locked_are_refused(tmp_path: Path) -> None:
    path, made = tmp_path / "a.npz", model()
    made.save_weights(path)
    raw = path.read_bytes()
    place = raw.rindex(b"PK\1\2")
    at = int.from_bytes(raw[place + 42 : place + 46], "little")
    for offset, value in ((42, 0), (42, at + 7), (8, 1), (24, 2**31)):
        changed = bytearray(raw)
        changed[place + offset : place + offset + 4] = value.to_bytes(4, "little")
        path.write_bytes(changed)
        with pytest.raises(ModelFileError, match=r"a\.npz"):
            made.load_weights(path)


# ---- arrays --------------------------------------------------------------------------------------

LONG = b"\x93NUMPY\x02\x00\xf0\xff\xff\xff"
ARRAYS = {
    "no bytes of many": npy((2**40, 3), b"", "<f4"), "fewer": npy((3, 2), b"abcd", "<f4"),
    "more": npy((1, 2), bytes(24), "<f4"), "below nothing": npy((-3, 2), bytes(24), "<f4"),
    "that overflow": npy((2**62 + 1, 4), bytes(24), "<f4"), "raw": npy((6,), bytes(24), "|V4"),
    "objects": npy((1,), pickle.dumps([1]), "|O"), "a long header": LONG + b"{" * 24,
    "no header": b"\x93NUMPY", "none": b"", "dates": npy((3,), bytes(24), "<M8[s]"),
    "an expression": LONG[:6] + b"\x01\x00\x20\x00" + b"__import__('os').getpid()".ljust(32),
    "text": npy((3,), bytes(24), "<U2"), "a deep header": LONG[:8] + b"\xff\xff\0\0" + b"(" * 65535,
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("inner", [False, True], ids=[".npz", ".keras"])
def test_arrays_that_lie_are_refused(name: str, inner: bool, tmp_path: Path) -> None:
    path, made = tmp_path / "a.npz", model()
    made.save_weights(path)

    def lies(held: dict[str, bytes]) -> None:
        held[next(iter(held))] = ARRAYS[name]

    rezipped(path, lies)
    if inner:
        weights, path = path.read_bytes(), tmp_path / "a.keras"
        made.save(path)
        config = held_by(path)["config.json"]
        rezipped(path, lambda _: [("config.json", config), ("model.weights.npz", weights)])
    with pytest.raises(ModelFileError, match=r"a\.(npz|keras)"):
        load_model(path) if inner else made.load_weights(path)


# ---- HDF5 within ---------------------------------------------------------------------------------

LINKS = [of_h5._external, of_h5._soft, of_h5._elsewhere, of_h5._claimed, of_h5._packed,
         of_h5._virtual]  # fmt: skip


@pytest.mark.parametrize("ending", [".keras", ".weights.h5"])
@pytest.mark.parametrize("change", LINKS)
def test_hdf5_that_points_elsewhere_is_refused_within_files_too(
    change: Any, ending: str, tmp_path: Path
) -> None:
    path, made = tmp_path / f"a{ending}", model()
    (made.save if ending == ".keras" else made.save_weights)(path)
    raw = held_by(path)["model.weights.h5"] if ending == ".keras" else path.read_bytes()
    buffer = io.BytesIO(raw)
    with h5py.File(buffer, "r+") as file:
        change(file, file["layers/dense/vars"], "0")
    if ending == ".keras":
        rezipped(path, lambda held: held.update({"model.weights.h5": buffer.getvalue()}))
    else:
        path.write_bytes(buffer.getvalue())
    with pytest.raises(ModelFileError, match=rf"a\{ending}"):
        load_model(path) if ending == ".keras" else made.load_weights(path)


def test_arrays_that_share_their_bytes_are_no_more_than_the_file(tmp_path: Path) -> None:
    """Forty of a megabyte each, all at one place: twenty times what the file has room for."""
    path, size = tmp_path / "a.weights.h5", 1 << 20
    with h5py.File(path, "w") as file:
        for i in range(40):
            file.create_dataset(f"layers/dense/vars/{i}", (size,), "u1")
        file["layers/dense/vars/0"][:] = 7
        place = file["layers/dense/vars/0"].id.get_offset()
    ends, there = b"\xff" * 8 + size.to_bytes(8, "little"), place.to_bytes(8, "little")
    raw = path.read_bytes()
    assert raw.count(ends) == 39
    path.write_bytes(raw.replace(ends, there + ends[8:]))
    with h5py.File(path) as file:
        assert file["layers/dense/vars/39"][5] == 7  # which the library itself follows
    with pytest.raises(ModelFileError, match=r"a\.weights\.h5"):
        model().load_weights(path)


# ---- checkpoints ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["adam dropout", "adam generator dropout", "sgd dataset rates"])
def test_no_number_of_a_checkpoint_is_walked_to(case: str, tmp_path: Path) -> None:
    path = tmp_path / "a.agn"
    writer = nn.callbacks.ModelCheckpoint(path, save_freq=9)
    runs.trained(case, tmp_path, 1, [writer], epochs=2)
    raw = path.read_bytes()
    size = 8 + int.from_bytes(raw[:8], "little")
    huge = ({"done": 2**62}, {"done": 10**30}, {"done": True}, {"epoch": -1}, {"spawned": [2**70]})
    within = ({"turn": 2**62}, {"at": 2**62}, {"turn": -(2**62)}) if "adam d" not in case else ()
    for change, inside in [*((c, False) for c in huge), *((c, True) for c in within)]:
        head = json.loads(raw[8:size])
        told = json.loads(head["__metadata__"]["run"])
        told |= {"data": told["data"] | change} if inside else change
        head["__metadata__"]["run"] = json.dumps(told)
        path.write_bytes(mutations.sealed(head, raw[size:]))
        with pytest.raises(ModelFileError, match=r"a\.agn"):
            runs.trained(case, tmp_path, 2, resume=path)
