"""ModelCheckpoint, and what faults leave of files: the old one or the new, whole."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.callbacks import saver
from autograd_nn.nn.saving import durable
from autograd_nn.nn.saving.behind import Behind
from autograd_nn.nn.saving.tensors import Tensors
from tests.nn.files import kills, runs

OWN = [".agn", ".npz"]
ENDINGS = [*OWN, ".keras", ".h5", ".weights.h5"]


def fitted(*hooks: Any, epochs: int = 3, **given: Any) -> Any:
    made = runs.model("sgd")
    made.fit(runs.X, runs.Y, 11, epochs, verbose=0, callbacks=list(hooks), **given)
    return made


def test_names_have_places(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a-{epoch:02d}-{val_acc:.1f}.agn"
    hook = nn.callbacks.ModelCheckpoint(path)
    made = fitted(hook, validation_data=(runs.X, runs.Y))
    found = made.history.history["val_accuracy"]
    names = [f"a-{i:02d}-{v:.1f}.agn" for i, v in enumerate(found, 1)]
    assert sorted(os.listdir(tmp_path / "new")) == names


def test_a_place_that_no_log_fills_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no log 'val_loss' for it; expected one of loss, acc"):
        fitted(nn.callbacks.ModelCheckpoint(tmp_path / "{val_loss:.2f}.agn"))


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_format_is_chosen_by_the_name(ending: str, tmp_path: Path) -> None:
    if "h5" in ending or "keras" in ending:
        pytest.importorskip("h5py")
    path = tmp_path / f"a{ending}"
    weights = ending in (".npz", ".weights.h5")
    made = fitted(nn.callbacks.ModelCheckpoint(path, save_weights_only=weights))
    if weights:
        twin = runs.model("sgd")
        twin.load_weights(path)
    else:
        twin = nn.models.load_model(path)
    for a, b in zip(twin.get_weights(), made.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class Told(nn.callbacks.Callback):
    """Puts numbers of its own into the logs."""

    def __init__(self, numbers: list[float]) -> None:
        self.numbers = numbers

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["score"] = self.numbers[epoch]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"mode": "max"}, [1, 2, 4]),
        ({"mode": "min"}, [1, 3]),
        ({"mode": "max", "initial_value_threshold": 2.5}, [4]),
        ({"mode": "min", "initial_value_threshold": 0.0}, []),
    ],
)
def test_the_best_are_kept(given: dict, expected: list[int], tmp_path: Path) -> None:
    hook = nn.callbacks.ModelCheckpoint(
        tmp_path / "{epoch}.agn", "score", save_best_only=True, **given
    )
    fitted(Told([1.0, 2.0, 0.5, 3.0]), hook, epochs=4)
    assert sorted(os.listdir(tmp_path)) == [f"{i}.agn" for i in expected]


def test_files_come_every_so_many_epochs_or_batches(tmp_path: Path) -> None:
    checkpoint = nn.callbacks.ModelCheckpoint
    fitted(checkpoint(tmp_path / "{epoch}", period=2), epochs=5)
    fitted(checkpoint(tmp_path / "{epoch}-{batch}", save_freq=3), epochs=3)  # of two batches
    assert sorted(os.listdir(tmp_path)) == ["2", "2-1", "3-2", "4"]


@pytest.mark.parametrize("way", ["checkpoint", "backup"])
def test_short_epochs_are_not_slowed_down_and_the_last_is_written(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, written = tmp_path / "training.agn", []
    own = Behind.offer

    def offer(self: Any, *args: Any, **given: Any) -> None:
        written.append(args[0])
        own(self, *args, **given)

    monkeypatch.setattr(Behind, "offer", offer)
    monkeypatch.setattr(saver, "FIRST", 1e6)  # as if a file took days
    hook: Any = (
        nn.callbacks.ModelCheckpoint(path) if way == "checkpoint"
        else nn.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    )  # fmt: skip
    made = fitted(hook, epochs=5)
    assert written == [str(path)]
    twin = nn.models.load_model(path)
    for a, b in zip(twin.get_weights(), made.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with Tensors(path) as found:
        assert '"epoch": 5' in found.said["run"]


@pytest.mark.parametrize(
    ("given", "words"),
    [({"save_freq": 0}, "save_freq=0; expected 'epoch'"), ({"mode": "best"}, "mode='best'"),
     ({"period": 0}, "period"), ({"monitor": 3}, "monitor=3")],
)  # fmt: skip
def test_bad_arguments_are_refused(given: dict, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        nn.callbacks.ModelCheckpoint("a.agn", **given)
    with pytest.raises(ValueError, match="backup_dir=''"):
        nn.callbacks.BackupAndRestore("")


# ---- faults --------------------------------------------------------------------------------------


class Faulty:
    """The calls that write files, of which the n-th fails."""

    def __init__(self, patch: pytest.MonkeyPatch, n: int) -> None:
        self.left = n
        for name in ("open", "fsync", "replace", "chmod", "unlink"):
            patch.setattr(os, name, self.counted(getattr(os, name)))
        fdopen = os.fdopen
        patch.setattr(os, "fdopen", lambda *a, **k: Written(fdopen(*a, **k), self))

    def counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*args: Any, **given: Any) -> Any:
            self.left -= 1
            if not self.left:
                raise OSError(errno.ENOSPC, "No space left on device")
            return call(*args, **given)

        return counting


class Written:
    """A file whose writes are counted, too."""

    def __init__(self, file: Any, faults: Faulty) -> None:
        self.file = file
        self.write, self.flush = faults.counted(file.write), faults.counted(file.flush)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def faults(path: Path, write: Callable[[float], Any]) -> int:
    """Lets each call of a write fail in turn; returns how many there were."""
    write(0)
    before = path.read_bytes()
    for n in range(1, 100):
        with pytest.MonkeyPatch.context() as patch:
            calls, failed = Faulty(patch, n), False
            try:
                write(n)
            except OSError as error:
                failed = True
                assert path.name in str(error)
                assert "No space left" in str(error)
        if failed:
            assert path.read_bytes() == before
        else:  # it failed when all was done, or not at all
            assert kills.read(path) == n
            before = path.read_bytes()
        assert os.listdir(path.parent) == [path.name]
        if calls.left > 0:
            return n - 1
    raise AssertionError


def needs(ending: str) -> None:
    """What a format needs besides; else its test is skipped."""
    for end, module in {"h5": "h5py", "keras": "h5py", "onnx": "onnx"}.items():
        if ending.endswith(end):
            pytest.importorskip(module)


@pytest.mark.parametrize("ending", [*ENDINGS, ".onnx"])
def test_a_fault_of_any_call_leaves_the_old_file(ending: str, tmp_path: Path) -> None:
    needs(ending)
    made, path = kills.model(), tmp_path / f"a{ending}"
    assert faults(path, lambda number: kills.save(made, path, number)) > 5


class Short(io.FileIO):
    """A file whose writes take a third of what they are given."""

    def write(self, raw: Any) -> int:
        return super().write(memoryview(raw).cast("B")[: max(1, len(raw) // 3)])


@pytest.mark.parametrize("ending", [*ENDINGS, ".onnx"])
def test_short_writes_go_on(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(ending)
    monkeypatch.setattr(os, "fdopen", lambda fd, mode: io.BufferedRandom(Short(fd, "rb+"), 100))
    path = tmp_path / f"a{ending}"
    kills.save(kills.model(), path, 7)
    assert kills.read(path) == 7


def test_a_fault_behind_a_training_ends_it(tmp_path: Path) -> None:
    made, path = kills.model(), tmp_path / "a.agn"
    hook = nn.callbacks.ModelCheckpoint(path)

    def fit(number: float) -> None:
        kills.fill(made, number)
        made.optimizer.learning_rate = 0.0
        made.fit(np.zeros((2, 3)), np.full((2, 1), number), verbose=0, callbacks=hook)

    made.compile("sgd", "mse", run_eagerly=True)
    assert faults(path, fit) > 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_processes_that_are_killed_leave_a_file_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.nn.files.kills", tmp_path, "15"]
    assert subprocess.run([*command, ".agn", ".run.agn", ".npz"], timeout=120).returncode == 0


@pytest.fixture
def often() -> Iterator[None]:
    """Threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_what_is_saved_while_another_thread_trains_is_of_one_step(
    tmp_path: Path, often: None
) -> None:
    """Each step adds one to every weight."""

    class Rising(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.ws = [self.add_weight((30,), "zeros", name=f"w{i}") for i in range(30)]

        def train_step(self, data: Any) -> Any:
            for w in self.ws:
                w.assign_add(np.float32(1))
            return {"loss": self.ws[0].sum()}

        def call(self, inputs: Any) -> Any:
            return inputs

    made = Rising()
    made.compile(run_eagerly=True)
    x = np.zeros((40, 1), "float32")
    made(x[:1])
    thread = threading.Thread(target=lambda: made.fit(x, batch_size=1, epochs=3, verbose=0))
    thread.start()
    saved = 0
    while thread.is_alive() or not saved:
        made.save_weights(tmp_path / "a.npz")
        saved += 1
        with np.load(tmp_path / "a.npz") as found:
            assert len({float(v) for name in found for v in found[name]}) == 1
    thread.join()


def test_parts_have_names_of_their_own(tmp_path: Path) -> None:
    with durable.replacing(tmp_path / "a.agn") as file:
        file.write(b"x")
        (beside,) = os.listdir(tmp_path)
        assert beside.startswith(".a.agn.") and beside.endswith(durable.PART)
