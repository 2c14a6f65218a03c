"""What is no plain file is refused wherever one is read: a pipe is not waited for."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.compat.tensorflow.pipeline import io, streams, tables
from autograd_nn.nn.datasets import read_csv, readers, sequences
from autograd_nn.nn.saving.tensors import Tensors
from autograd_nn.nn.utils import download, images, sounds
from autograd_nn.nn.utils.archives import unpack

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes by name")


def model() -> Any:
    return nn.Sequential([nn.Input((3,)), nn.Dense(2)])


READ: dict[str, Callable[[Path], Any]] = {
    ".csv": read_csv, ".agn": nn.models.load_model, ".keras": nn.models.load_model,
    ".h5": nn.models.load_model, ".npz": lambda p: model().load_weights(p),
    ".weights.h5": lambda p: model().load_weights(p), ".safetensors": Tensors,
    ".png": images.load_img, ".wav": lambda p: sounds._sound(str(p), None),
    "words.json": sequences.word_index, ".gz": lambda p: readers.idx(p, 100),
    "x.npz": lambda p: readers.npz(p, ("x",), 100), ".tar.gz": lambda p: readers.tape(p, (), 100),
    "classes.json": lambda p: nn.applications.imagenet_utils.decode_predictions(
        np.zeros((1, 1000)), class_index=p),
    ".zip": lambda p: unpack(p, p.with_name("out")),
    "any": lambda p: download.difference(p, {"md5": ""}), "tf.bin": io.read_file,
    ".tfrecord": lambda p: [*streams.records(p)], ".txt": lambda p: [*streams.lines(p)],
    "tf.csv": lambda p: tables.read(str(p)),
}  # fmt: skip


@pytest.fixture
def others(tmp_path: Path) -> dict[str, Path]:
    """What is no file, by kind."""
    found = {kind: tmp_path / kind for kind in ("pipe", "socket", "device", "folder")}
    os.mkfifo(found["pipe"])
    found["device"].symlink_to("/dev/zero")
    found["folder"].mkdir()
    here = socket.socket(socket.AF_UNIX)
    here.bind(str(found["socket"]))
    here.close()
    return found


@pytest.mark.parametrize("ending", READ)
def test_what_is_no_file_is_refused(ending: str, others: dict[str, Path]) -> None:
    for kind, path in others.items():
        where = path.rename(path.with_name(f"{kind}{ending}"))
        with pytest.raises((OSError, ValueError), match=f"{kind}{ending}"):
            READ[ending](where)


@pytest.mark.parametrize("layer", [nn.layers.StringLookup, nn.layers.IntegerLookup])
def test_a_vocabulary_is_a_file(layer: Any, others: dict[str, Path]) -> None:
    for kind, path in others.items():
        with pytest.raises(ValueError, match=f"{kind} does not exist, or cannot be read"):
            layer(vocabulary=str(path))


def test_folders_of_what_are_no_files(tmp_path: Path, others: dict[str, Path]) -> None:
    folder = tmp_path / "data" / "a"
    folder.mkdir(parents=True)
    for kind, path in others.items():
        for ending in (".png", ".txt", ".wav"):
            (folder / f"{kind}{ending}").symlink_to(path)
    for name in ("again", "and again", "and once more"):
        (folder / name).symlink_to(folder.parent)
    (folder / "itself.txt").symlink_to(folder / "itself.txt")
    strange = os.fsencode(folder) + b"/\xff\xfe.txt"
    Path(os.fsdecode(strange)).write_text("words")
    for links in (False, True):
        data = nn.utils.text_dataset_from_directory(
            folder.parent, labels=None, follow_links=links, verbose=False, shuffle=False,
        )  # fmt: skip
        names = {os.path.basename(p) for p in data.file_paths}
        assert names == {"itself.txt", os.path.basename(os.fsdecode(strange))}
        assert len(data.file_paths) == 2
        with pytest.raises(OSError, match=r"itself\.txt"):
            next(iter(data))
        os.unlink(folder / "itself.txt")
        data = nn.utils.text_dataset_from_directory(folder.parent, verbose=False)
        assert next(iter(data))[0].tolist() == ["words"]
        (folder / "itself.txt").symlink_to(folder / "itself.txt")
        for make in (nn.utils.image_dataset_from_directory, nn.utils.audio_dataset_from_directory):
            with pytest.raises(ValueError, match="without files"):
                make(folder.parent, follow_links=links, verbose=False)
