"""The formats that are read, for tests of changed files: good ones, their changes, their reader."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_nn import nn
from autograd_nn.nn.datasets import DataError, readers
from autograd_nn.nn.saving import ModelFileError
from autograd_nn.nn.saving.keras import hdf5
from autograd_nn.nn.saving.tensors import Tensors
from tests.nn.files import mutations as m
from tests.nn.files import runs, stored
from tests.nn.layers.layer_cases import CASES
from tests.nn.sources import published_files


@dataclass
class Format:
    """Good files of one format, how they are changed, and who reads them; what that may do besides.
    """

    name: str
    ending: str
    contents: list[bytes]
    change: m.Change
    read: Callable[[Path], Any]
    errors: tuple[type[BaseException], ...] = (ModelFileError,)
    does: tuple[str, ...] = ()


def _models(some: int = 1) -> Iterator[Any]:
    """Models of every layer, each ``some``-th of them; and some of several layers."""
    yield stored.model()
    a, b = nn.Input((3,), name="a"), nn.Input((3,), name="b")
    shared = nn.Dense(4, activation="tanh", kernel_regularizer="l2")
    x = nn.layers.Concatenate()([shared(a), shared(b) * 2.0])
    inner = nn.Sequential([nn.Input((8,)), nn.Dense(2)], name="inner")
    model = nn.Model([a, b], inner(nn.layers.Dropout(0.5, seed=1)(x))[:, :1])
    rate = nn.optimizers.schedules.ExponentialDecay(0.01, 10, 0.5)
    model.compile(nn.SGD(rate, momentum=0.9), "mse", metrics=["mae"], run_eagerly=True)
    yield model
    for case in list(CASES.values())[::some]:
        if not isinstance(case.make(), nn.layers.InputLayer | nn.layers.Lambda):
            ins = [nn.Input(s, dtype="int32" if case.whole else "float32") for s in case.shapes]
            model = nn.Model(ins, case.make()(ins if isinstance(case.shape, list) else ins[0]))
            model.compile("adam", "mse", run_eagerly=True)
            yield model


def _written(folder: Path, ending: str, some: int = 1) -> list[bytes]:
    path, found = folder / f"good{ending}", []
    for model in _models(some):
        model.save(path)
        found.append(path.read_bytes())
    return found


def _native(folder: Path, some: int = 1) -> Format:
    contents = _written(folder, ".agn", some)
    return Format("native", ".agn", contents, m.either(m.tensors), nn.models.load_model)


def _weights(folder: Path, some: int = 1) -> Format:
    model = stored.model()
    model.save_weights(folder / "good.agn")
    plain = (stored.DATA / "weights.agn").read_bytes()
    contents = [(folder / "good.agn").read_bytes(), plain]
    return Format("weights", ".agn", contents, m.either(m.tensors), model.load_weights)


def _tensors(folder: Path, some: int = 1) -> Format:
    """Files of other writers have no checksums."""
    entries, at = {}, 0
    for i, code in enumerate(("F64", "F32", "BF16", "BOOL", "I8", "U64")):
        size = {"F64": 8, "U64": 8, "F32": 4, "BF16": 2}.get(code, 1) * 6
        entries[f"a.{i}"] = {"dtype": code, "shape": [2, 3], "data_offsets": [at, at + size]}
        at += size
    header = json.dumps(entries).encode()
    raw = len(header).to_bytes(8, "little") + header + bytes(at)

    def read(path: Path) -> None:
        with Tensors(path) as found:
            for name in found:
                found[name]

    return Format("tensors", ".safetensors", [raw], m.either(m.tensors), read)


def _checkpoint(folder: Path, some: int = 1) -> Format:
    case = "adam dropout norm watched"
    path = folder / "good.agn"
    contents = []
    for freq in ("epoch", 9):
        writer = nn.callbacks.ModelCheckpoint(path, save_freq=freq)
        made, hooks = runs.trained(case, folder, 1, [writer], epochs=2)
        contents.append(path.read_bytes())
    made.stop_training = True

    def read(path: Path) -> None:
        from autograd_nn.nn.saving import native

        made = runs.model(case)
        stopping = nn.callbacks.EarlyStopping("loss", patience=3, restore_best_weights=True)
        try:
            made.fit(
                runs.X, runs.Y, batch_size=runs.SIZE, epochs=1, verbose=0, resume=path,
                callbacks=[stopping],
            )  # fmt: skip
        except nn.NonFiniteError:  # of what the file holds, and was read
            if not _beyond(path):
                raise
        native.weights(made)

    return Format("checkpoint", ".agn", contents, m.either(m.tensors), read)


def _beyond(path: Path) -> bool:
    """Whether a file holds numbers that training cannot go on from: huge ones, and none at all."""
    with Tensors(path) as found:
        floats = [a for a in found.values() if a.dtype.kind == "f"]
    return any(not (np.abs(a) < 1e15).all() for a in floats)


def _npz(folder: Path, some: int = 1) -> Format:
    model = stored.model()
    model.save_weights(folder / "good.npz")
    contents = [(folder / "good.npz").read_bytes()]
    return Format("npz", ".npz", contents, m.either(m.archive), model.load_weights)


def _keras(folder: Path, some: int = 1) -> Format:
    contents = _written(folder, ".keras", some)
    return Format("keras", ".keras", contents, m.either(m.archive), nn.models.load_model)


def _keras_weights(folder: Path, some: int = 1) -> Format:
    model = stored.model()
    model.save_weights(folder / "good.weights.h5")
    raw = (folder / "good.weights.h5").read_bytes()
    return Format("weights.h5", ".weights.h5", [raw], m.either(m.hdf5), model.load_weights)


def _h5(folder: Path, some: int = 1) -> Format:
    contents = _written(folder, ".h5", max(some, 5))
    return Format("h5", ".h5", contents, m.either(m.hdf5), nn.models.load_model)


def _told(folder: Path, some: int = 1) -> Format:
    """The configurations of .h5, of old versions too: changed as data, not as bytes."""
    import h5py

    def changed(raw: bytes, change: Callable[[Any], Any]) -> bytes:
        path = folder / "a.h5"
        path.write_bytes(raw)
        with h5py.File(path, "r+") as file:
            told = {k: v for k, v in file.attrs.items() if k.endswith("_config")}
            for name, value in change({k: json.loads(v) for k, v in told.items()}).items():
                if told.get(name) != (text := json.dumps(value)) and len(text) < 64_000:
                    file.attrs[name] = text.encode()
        return path.read_bytes()

    contents = _written(folder, ".h5", max(some, 3))
    contents += [changed(raw, _older) for raw in contents]

    def change(raw: bytes, r: Any) -> bytes:
        return changed(raw, lambda told: {k: m.data(told[k], r) for k in [r.choice(list(told))]})

    return Format("h5 told", ".h5", contents, change, nn.models.load_model)


def _older(value: Any) -> Any:
    """A configuration without what Keras 3 says besides."""
    if isinstance(value, dict):
        gone = ("module", "registered_name", "build_config")
        return {k: _older(v) for k, v in value.items() if k not in gone}
    return [_older(v) for v in value] if isinstance(value, list) else value


MOST = 1 << 20


def _published(folder: Path, some: int = 1) -> Format:
    arrays = {"x": np.arange(60, dtype="f4").reshape(3, 20), "y": published_files.texts(
        published_files.WORDS)}  # fmt: skip
    raw = published_files.write_npz(folder / "good.npz", **arrays).read_bytes()

    def read(path: Path) -> Any:
        return readers.npz(path, ("x", "y"), MOST)

    return Format("published npz", ".npz", [raw], m.either(m.archive), read, (DataError,))


def _idx(folder: Path, some: int = 1) -> Format:
    plain = published_files.idx(np.zeros((3, 4, 4), np.uint8))

    def read(path: Path) -> Any:
        return readers.idx(path, MOST)

    def change(raw: bytes, r: Any) -> bytes:
        return (m.either(m.packed) if raw[:2] == b"\x1f\x8b" else m.anyhow)(raw, r)

    return Format("idx", ".gz", [plain, gzip.compress(plain)], change, read, (DataError,))


def _tape(folder: Path, some: int = 1) -> Format:
    members = {"a": published_files.batch(1, labels=[1]), "b": b"other"}
    raw = published_files.write_tape(folder / "good.tar.gz", members).read_bytes()

    def read(path: Path) -> Any:
        return readers.tape(path, ("a",), MOST)

    return Format("tape", ".tar.gz", [raw], m.either(m.packed), read, (DataError,))


FORMATS: dict[str, Callable[..., Format]] = {
    "native": _native, "weights": _weights, "tensors": _tensors, "checkpoint": _checkpoint,
    "npz": _npz, "keras": _keras, "weights.h5": _keras_weights, "h5": _h5, "h5 told": _told,
    "published npz": _published, "idx": _idx, "tape": _tape,
}  # fmt: skip


@contextmanager
def server(folder: Path) -> Iterator[None]:
    """Within ``with``, HDF5 is read in children of one process that has its libraries loaded."""
    script = Path(__file__).with_name("apart_server.py")
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-I", script, hdf5.SCRIPT], stdin=pipe, stdout=pipe, text=True
    )
    paths = [str(folder / name) for name in ("h5.in", "h5.out", "h5.err")]
    source, out, err = (open(p, "wb+", buffering=0) for p in paths)  # noqa: SIM115

    def run(command: list[str], stdout: Any, stderr: Any, check: bool, **given: Any) -> Any:
        raw = given["input"] if "input" in given else given["stdin"].read()
        source.seek(0)
        source.truncate()
        source.write(raw)
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps([*paths, *map(int, command[-2:])]) + "\n")
        process.stdin.flush()
        code, said, seconds, more = json.loads(process.stdout.readline())
        out.seek(0)
        stdout.write(out.read())
        stdout.flush()
        assert seconds < 3.5, f"HDF5 took {seconds:.1f} s"
        assert more < (64 << 20) + len(raw), f"HDF5 took {more >> 20} MB"
        return SimpleNamespace(returncode=code, stderr=said.encode())

    before, hdf5.subprocess = hdf5.subprocess, SimpleNamespace(run=run, PIPE=pipe)  # type: ignore[attr-defined]
    try:
        with process:
            yield
            assert process.stdin
            process.stdin.close()  # which ends it
    finally:
        process.kill()
        hdf5.subprocess = before  # type: ignore[attr-defined]
        for file in (source, out, err):
            file.close()
