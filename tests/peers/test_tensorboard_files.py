"""Event files as the `tensorboard` package reads them: every scalar, every histogram, the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
from tensorboard.backend.event_processing import event_file_loader  # noqa: E402
from tensorboard.util import tensor_util  # noqa: E402

from autograd_nn import nn  # noqa: E402  (after the skip)

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]
EPOCHS = 4


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, dict[str, list[float]]]:
    folder = tmp_path_factory.mktemp("logs")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 3)).astype("float32"), rng.normal(size=(24, 1)).astype("float32")
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2, name="d"), nn.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"], run_eagerly=True)
    board = nn.callbacks.TensorBoard(folder, histogram_freq=1, update_freq=2)
    history = model.fit(x, y, 8, EPOCHS, verbose=0, validation_data=(x, y), callbacks=board)
    return folder, model, history.history


def read(folder: Path) -> Any:
    found = events.EventAccumulator(str(folder), size_guidance={events.TENSORS: 0})
    found.Reload()
    return found


def values(found: Any, tag: str) -> list[np.ndarray]:
    return [tensor_util.make_ndarray(e.tensor_proto) for e in found.Tensors(tag)]


@pytest.mark.parametrize(("part", "mark"), [("train", ""), ("validation", "val_")])
@pytest.mark.parametrize(("log", "tag"), [("loss", "loss"), ("mae", "mean_absolute_error")])
def test_every_scalar(log: str, tag: str, part: str, mark: str, run: Any) -> None:
    found, history = read(run[0] / part), run[2][mark + log]
    known = found.Tags()["tensors"]
    name = f"epoch_{tag if f'epoch_{tag}' in known else log}"
    np.testing.assert_allclose(np.ravel(values(found, name)), history, rtol=1e-6)
    assert [e.step for e in found.Tensors(name)] == list(range(EPOCHS))


def test_every_histogram(run: Any) -> None:
    found, model = read(run[0] / "train"), run[1]
    tags = [t for t in found.Tags()["tensors"] if "kernel" in t or "bias" in t]
    assert len(tags) == len(model.weights)
    for tag in tags:
        assert found.SummaryMetadata(tag).plugin_data.plugin_name == "histograms"
        last = values(found, tag)[-1]
        weight = next(w for w in model.weights if tag.startswith(w.path)).numpy()
        assert last[:, 2].sum() == weight.size
        assert last[0, 0] <= weight.min() and last[-1, 1] >= weight.max()


def test_the_checksums_hold_and_nothing_is_passed_over(run: Any) -> None:
    for part in ("train", "validation"):
        (path,) = (run[0] / part).iterdir()
        whole = list(event_file_loader.LegacyEventFileLoader(str(path)).Load())
        assert whole[0].file_version == "brain.Event:2"
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        (run[0] / "spoilt").mkdir(exist_ok=True)
        spoilt = run[0] / "spoilt" / path.name
        spoilt.write_bytes(raw)
        try:
            less = list(event_file_loader.LegacyEventFileLoader(str(spoilt)).Load())
        except Exception:
            continue
        assert len(less) < len(whole)
