"""Small files in the formats of the published data sets, good ones and hostile ones."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np

WORDS = [[5, 1, 300], [70_000, 2], [9] * 7, [4, 4], [255, 256]]


def texts(rows):
    x = np.empty(len(rows), dtype=object)
    x[:] = rows
    return x


def write_npz(path: Path, **arrays: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    return path


def idx(array: np.ndarray, shape=None) -> bytes:
    sizes = shape or array.shape
    return struct.pack(f">BBBB{len(sizes)}I", 0, 0, 8, len(sizes), *sizes) + array.tobytes()


def write_fashion(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part, n in (("train", 5), ("t10k", 2)):
        images = np.arange(n * 784).astype(np.uint8).reshape(n, 28, 28)
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        labels = gzip.compress(idx(np.arange(n, dtype=np.uint8)))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(labels)


def write_tape(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tape:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tape.addfile(info, io.BytesIO(data))
    return path


def batch(n: int, protocol: int = 2, **labels: list[int]) -> bytes:
    """As CIFAR's: a dict of bytes, with an array, lists of numbers and names of files."""
    data = np.random.default_rng(n).integers(0, 256, (n, 3072), dtype=np.uint8)
    whole = {b"data": data, b"filenames": [b"a.png"] * n, b"batch_label": b"one of many"}
    whole |= {name.encode(): values for name, values in labels.items()}
    return pickle.dumps(whole, protocol)


def write_words(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"the": 1, "film": 17}))
    return path


class Runs:
    """What a hostile file holds: reading it as Python does writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.write_text, (self.path, "ran")
