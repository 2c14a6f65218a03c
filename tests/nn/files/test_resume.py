"""Training that goes on from a checkpoint is the one that was never interrupted, bit for bit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograd_nn import nn
from tests.nn.files import runs

CASES = [
    "sgd dropout", "sgd schedule norm part", "sgd watched validated dropout",
    "sgd dataset norm rates", "adam ordered norm watched", "adam part rates dropout",
    "adam generator dropout watched", "adam norm generator schedule", "rmsprop schedule dropout",
    "rmsprop norm dropout rates", "rmsprop ordered watched", "rmsprop dataset ordered dropout",
    "adam carried part", "ema norm swap", "ema dropout validated swap watched",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_three_and_three_epochs_are_six(case: str, tmp_path: Path) -> None:
    """Three, or two and a part of the third."""
    expected = runs.outcome(*runs.trained(case, tmp_path, 1), tmp_path)
    done = 6 if "part" in case else 2 * runs.STEPS  # batches of two epochs
    for seed, freq in ((2, "epoch"), (3, done + 1), (4, done + 2)):
        path = tmp_path / f"{freq}.agn"
        writer = nn.callbacks.ModelCheckpoint(path, save_freq=freq)
        runs.trained(case, tmp_path, 1, [writer], epochs=3)
        found = runs.outcome(*runs.trained(case, tmp_path, seed, resume=path), tmp_path)
        assert found == expected, freq


@pytest.mark.parametrize(
    ("case", "freq"),
    [("adam dropout watched validated", "3"), ("sgd native dropout norm", "5"),
     ("rmsprop generator rates", "epoch")],
)  # fmt: skip
def test_a_killed_process_loses_nothing(case: str, freq: str, tmp_path: Path) -> None:
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    done = subprocess.run([sys.executable, "-m", "tests.nn.files.runs", case, parts, freq])
    assert done.returncode == -9
    assert (parts / "backup" / "training.agn").exists()
    expected = runs.outcome(*runs.trained(case, whole, 1), whole)
    backup = nn.callbacks.BackupAndRestore(parts / "backup")
    found = runs.outcome(*runs.trained(case, parts, 2, [backup]), parts)
    assert found == expected
    assert not (parts / "backup").exists()


def test_a_training_that_was_stopped_stays_so(tmp_path: Path) -> None:
    case = "sgd"
    backup = nn.callbacks.BackupAndRestore(tmp_path / "b", delete_checkpoint=False)
    stop = nn.callbacks.EarlyStopping("loss", patience=0, min_delta=9)
    made, _ = runs.trained(case, tmp_path, 1, [backup, stop])
    assert made.history.epoch == [0, 1]
    again, _ = runs.trained(case, tmp_path, 2, [backup, stop])
    assert again.history.history == made.history.history
    for a, b in zip(made.weights, again.weights, strict=True):
        assert (a.numpy() == b.numpy()).all()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    runs.trained("sgd dropout", folder, 1, [nn.callbacks.ModelCheckpoint(folder / "a.agn")], 1)
    return folder / "a.agn"


@pytest.mark.parametrize(
    ("case", "given", "error", "words"),
    [
        ("adam dropout", {}, nn.saving.ModelFileError, "written with SGD; fit received Adam"),
        ("sgd dropout norm", {}, nn.saving.ModelFileError, "holds no 'batch_normalization"),
        ("sgd", {}, nn.saving.ModelFileError, "holds '@random/.*, which the model has not"),
    ],
)
def test_a_checkpoint_of_another_model_changes_nothing(
    case: str, given: dict, error: type, words: str, written: Path, tmp_path: Path
) -> None:
    made = runs.model(case)
    before = [v.numpy().copy() for v in made.weights]
    with pytest.raises(error, match=words):
        made.fit(runs.X, runs.Y, batch_size=runs.SIZE, verbose=0, resume=written, **given)
    for v, array in zip(made.weights, before, strict=True):
        assert (v.numpy() == array).all()


def test_other_data_and_other_files_are_refused(written: Path, tmp_path: Path) -> None:
    made = runs.model("sgd dropout")
    with pytest.raises(ValueError, match="with 8 samples in batches of 4; expected 22"):
        made.fit(runs.X[:8], runs.Y[:8], batch_size=4, verbose=0, resume=written)
    made.save(tmp_path / "model.agn")
    with pytest.raises(nn.saving.ModelFileError, match="no training to go on with"):
        made.fit(runs.X, runs.Y, verbose=0, resume=tmp_path / "model.agn")
    with pytest.raises(FileNotFoundError):
        made.fit(runs.X, runs.Y, verbose=0, resume=tmp_path / "none.agn")


def test_a_generator_that_is_shorter_is_refused(tmp_path: Path) -> None:
    case, path = "sgd generator", tmp_path / "a.agn"
    runs.trained(case, tmp_path, 1, [nn.callbacks.ModelCheckpoint(path)], 2)
    made = runs.model(case)
    short = iter([(runs.X[:4], runs.Y[:4])] * 5)
    with pytest.raises(ValueError, match="behind 12 batches of the .*, which gave 5"):
        made.fit(short, steps_per_epoch=6, epochs=3, verbose=0, resume=path)


def test_a_checkpoint_is_a_model_too(written: Path) -> None:
    made, _ = runs.trained("sgd dropout", written.parent, 1, epochs=1)
    twin = nn.models.load_model(written)
    np.testing.assert_array_equal(twin.predict(runs.X, verbose=0), made.predict(runs.X, verbose=0))


def test_the_state_before_is_taken_where_the_last_is_damaged(tmp_path: Path) -> None:
    backup = nn.callbacks.BackupAndRestore(
        tmp_path, double_checkpoint=True, delete_checkpoint=False
    )
    runs.trained("sgd", tmp_path, 1, [backup], 1)
    runs.trained("sgd", tmp_path, 1, [backup], 2)
    last = tmp_path / "training.agn"
    raw = bytearray(last.read_bytes())
    raw[-1] ^= 1
    last.write_bytes(raw)
    assert backup._checkpoint() == str(tmp_path / "training_before.agn")
    whole, _ = runs.trained("sgd", tmp_path, 1, epochs=3)
    found, _ = runs.trained("sgd", tmp_path, 2, [backup], 3)
    assert found.history.history == whole.history.history
