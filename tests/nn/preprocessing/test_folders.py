"""Data made batch by batch out of folders and series."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn import utils

windows = utils.timeseries_dataset_from_array


@pytest.fixture
def texts(tmp_path):
    for name, count in (("bad", 3), ("good", 5), (".hidden", 1)):
        (tmp_path / name).mkdir()
        for i in range(count):
            (tmp_path / name / f"{i}.txt").write_text(f"{name} {i}")
        (tmp_path / name / "a.bin").write_text("")
    return tmp_path


def read(data):
    batches = [data[i] for i in range(len(data))]
    return [x for b in batches for x in b[0]], [y for b in batches for y in np.asarray(b[1])]


def test_texts_of_a_folder(texts):
    data = utils.text_dataset_from_directory(texts, shuffle=False, batch_size=3)
    x, y = read(data)
    assert x == [f"bad {i}" for i in range(3)] + [f"good {i}" for i in range(5)]
    assert y == [0] * 3 + [1] * 5 and data.class_names == ["bad", "good"] and len(data) == 3
    short = utils.text_dataset_from_directory(texts, labels=None, max_length=2, batch_size=None)
    assert len(short) == 9 and {short[i] for i in range(9)} == {"ba", "go", ".h"}


def test_shuffled_pairs_stay_pairs_and_parts_share_nothing(texts):
    options = {"validation_split": 0.25, "seed": 3, "label_mode": "binary"}
    parts = [utils.text_dataset_from_directory(texts, subset=s, **options)
             for s in ("training", "validation")]  # fmt: skip
    both = utils.text_dataset_from_directory(texts, subset="both", **options)
    assert [p.file_paths for p in parts] == [p.file_paths for p in both]
    assert len(set(parts[0].file_paths)) == 6 and len(parts[1].file_paths) == 2
    assert not set(parts[0].file_paths) & set(parts[1].file_paths)
    before = read(parts[0])
    parts[0].on_epoch_end()
    after = read(parts[0])
    assert sorted(before[0]) == sorted(after[0]) and before[0] != after[0]
    assert all((y == [1]) == x.startswith("good") for x, y in zip(*after, strict=True))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"label_mode": "soft"}, "label_mode"), ({"labels": "none"}, "labels='none'"),
        ({"validation_split": 0.2}, "both or neither"), ({"class_names": ["new"]}, "new"),
        ({"labels": [1, 2]}, "each of the 9"), ({"batch_size": 0}, "batch_size"),
        ({"validation_split": 0.2, "subset": "training"}, "no seed"),
        ({"class_names": ["bad"], "label_mode": "binary"}, "expected two"),
        ({"validation_split": 0.1, "subset": "both"}, "without files for validation"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit(texts, options, match):
    with pytest.raises(ValueError, match=match):
        utils.text_dataset_from_directory(texts, **options)


def test_pictures_of_a_folder_train_a_model(tmp_path):
    pytest.importorskip("PIL")
    for name, color in (("dark", 0), ("light", 200)):
        (tmp_path / name).mkdir()
        for i in range(3):
            picture = np.full((4, 2, 3), color + i, np.uint8)
            utils.save_img(tmp_path / name / f"{i}.png", picture, scale=False)
    options = {"image_size": (2, 2), "batch_size": 4, "seed": 0}
    data = utils.image_dataset_from_directory(tmp_path, shuffle=False, **options)
    x, y = data[0]
    assert x.shape == (4, 2, 2, 3) and x.dtype == np.float32 and y.tolist() == [0, 0, 0, 1]
    np.testing.assert_allclose(x[:, 0, 0, 0], [0, 1, 2, 200], atol=1e-4)
    rows = utils.image_dataset_from_directory(
        tmp_path, label_mode="categorical", color_mode="grayscale", data_format="channels_first",
        shuffle=False, **options,
    )[1]  # fmt: skip
    assert rows[0].shape == (2, 1, 2, 2) and rows[1].tolist() == [[0, 1], [0, 1]]
    model = nn.Sequential([nn.Input((2, 2, 3)), nn.layers.Rescaling(1 / 255),
                           nn.layers.Flatten(), nn.layers.Dense(2)])  # fmt: skip
    model.compile("adam", nn.losses.SparseCategoricalCrossentropy(from_logits=True))
    shuffled = utils.image_dataset_from_directory(tmp_path, **options)
    losses = model.fit(shuffled, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    with pytest.raises(ValueError, match="color_mode"):
        utils.image_dataset_from_directory(tmp_path, color_mode="cmyk")


@pytest.mark.parametrize("rate", [1, 2])
@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("part", [(None, None), (2, 15)])
def test_windows_over_a_series(rate, stride, part):
    series, targets = np.arange(20) * 10, np.arange(20)
    data = windows(series, targets, 3, stride, rate, 4, start_index=part[0], end_index=part[1])
    start, end = part[0] or 0, part[1] or 20
    begins = range(start, end - 2 * rate, stride)
    x, y = read(data)
    assert y == list(begins)
    assert [w.tolist() for w in x] == [[10 * (i + k * rate) for k in range(3)] for i in begins]


def test_windows_without_targets_of_fewer_targets_and_shuffled():
    series = np.arange(20).reshape(10, 2)
    assert windows(series, None, 4, batch_size=7)[0].shape == (7, 4, 2)
    assert read(windows(series, np.arange(5), 4))[1] == list(range(5))
    x, y = read(windows(series, np.arange(10), 2, shuffle=True, seed=1))
    assert sorted(y) == list(range(9)) and y != sorted(y)
    assert all(w[0, 0] == 2 * t for w, t in zip(x, y, strict=True))


@pytest.mark.parametrize(
    "options", [{"sequence_length": 11}, {"start_index": 10}, {"end_index": 11},
                {"start_index": 5, "end_index": 5}, {"sampling_rate": 0}, {"sampling_rate": 9},
                {"sequence_stride": 0}, {"batch_size": 0}, {"targets": []}]
)  # fmt: skip
def test_windows_that_do_not_fit(options):
    with pytest.raises(ValueError, match="received"):
        windows(**{"data": np.arange(10), "targets": None, "sequence_length": 3} | options)


def test_data_sets_are_walked_over_as_kerass_are(texts):
    given = {"label_mode": None, "seed": 3, "batch_size": 2}
    data = utils.text_dataset_from_directory(texts, format="grain", **given)
    (first,) = data.take(1)
    assert first[0] in {"bad 0", "bad 1", "bad 2"} | {f"good {i}" for i in range(5)}
    (other,) = data.take(1)  # a pass of its own, in an order of its own
    assert list(first) != list(other)
    again = utils.text_dataset_from_directory(texts, format="tf", **given)
    assert list(next(iter(again))) == list(first)
    within = iter(data)  # two passes at once are in nobody's way
    both = [(list(x), list(next(within))) for x in data]
    assert sorted(t for x, _ in both for t in x) == sorted(t for _, x in both for t in x)
    with pytest.raises(ValueError, match="format='torch'"):
        utils.text_dataset_from_directory(texts, format="torch")
    single = windows(np.arange(5), np.arange(5), 2, batch_size=None, format="grain")
    x, y = next(iter(single))
    assert x.tolist() == [0, 1] and y == 0 and len(list(single)) == 4
