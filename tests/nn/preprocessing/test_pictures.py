"""Pictures in files: read, written, and fed to a model out of folders and tables."""

from __future__ import annotations

import io
import os
import struct
import zlib

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn import utils
from autograd_nn.nn.preprocessing.image import ImageDataGenerator

Image = pytest.importorskip("PIL.Image")
X = np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    """Ten pictures of one color each: six cats from 0, four dogs from 100; and other files."""
    for name, count, start in (("cat", 6, 0), ("dog", 4, 100)):
        (tmp_path / name).mkdir()
        for i in range(count):
            color = np.full((3, 4, 3), start + i, np.uint8)
            utils.save_img(tmp_path / name / f"{i}.png", color, scale=False)
        (tmp_path / name / "notes.txt").write_text("no picture")
    (tmp_path / "list.csv").write_text("")
    return tmp_path


def test_arrays_and_pictures_are_each_others(tmp_path):
    img = utils.array_to_img(X, scale=False)
    assert img.size == (5, 4) and img.mode == "RGB"
    np.testing.assert_array_equal(utils.img_to_array(img), X)
    utils.save_img(tmp_path / "a.png", X, scale=False)
    np.testing.assert_array_equal(utils.img_to_array(utils.load_img(tmp_path / "a.png")), X)
    np.testing.assert_array_equal(
        utils.img_to_array(img, "channels_first", "float64"), X.transpose(2, 0, 1)
    )
    gray = utils.array_to_img(X[..., :1], scale=False)
    assert gray.mode == "L" and utils.img_to_array(gray).shape == (4, 5, 1)
    scaled = utils.img_to_array(utils.array_to_img(X / 1000 + 3))
    assert scaled.min() == 0 and scaled.max() >= 254


@pytest.mark.parametrize(("mode", "channels"), [("rgb", 3), ("rgba", 4), ("grayscale", 1)])
def test_colors_and_sizes(tmp_path, mode, channels):
    utils.save_img(tmp_path / "a.png", X)
    img = utils.load_img(tmp_path / "a.png", mode, target_size=(6, 2), interpolation="bilinear")
    assert utils.img_to_array(img).shape == (6, 2, channels)
    file = io.BytesIO((tmp_path / "a.png").read_bytes())
    assert utils.load_img(file, target_size=(2, 2), keep_aspect_ratio=True).size == (2, 2)


def test_the_middle_is_kept():
    wide = np.zeros((2, 6, 1), np.uint8)
    wide[:, 2:4] = 200
    file = io.BytesIO()
    utils.save_img(file, wide, file_format="png", scale=False)
    img = utils.load_img(file, "grayscale", (2, 2), keep_aspect_ratio=True)
    assert (utils.img_to_array(img) == 200).all()


def test_a_damaged_picture_is_named(tmp_path):
    utils.save_img(tmp_path / "a.png", np.random.default_rng(0).random((40, 40, 3)))
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"a\.png: received a damaged picture.*fetch it again"):
        utils.load_img(tmp_path / "a.png")


def test_a_picture_that_is_a_program_is_not_run(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *args: ran.append(args))
    text = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n(a) run\n"
    (tmp_path / "a.png").write_bytes(text)
    with pytest.raises(ValueError, match=r"a\.png.*EPS is a program"):
        utils.load_img(tmp_path / "a.png")
    assert not ran


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_among_pictures_is_passed_over(folder):
    os.mkfifo(folder / "cat" / "pipe.png")
    found = utils.image_dataset_from_directory(str(folder), image_size=(3, 4), verbose=False)
    assert sum(len(x) for x, _ in found) == 10


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG nothing")
    with pytest.raises(ValueError, match=r"a.png.*no picture"):
        utils.load_img(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError):
        utils.load_img(tmp_path / "none.png")
    for options in ({"color_mode": "cmyk"}, {"interpolation": "best"}):
        with pytest.raises(ValueError, match=next(iter(options))):
            utils.load_img(tmp_path / "a.png", **options)
    with pytest.raises(ShapeError, match="1, 3 or 4"):
        utils.array_to_img(np.ones((2, 2, 2)))
    with pytest.raises(ShapeError, match="img_to_array"):
        utils.img_to_array(np.ones(3))
    with pytest.raises(ValueError, match="data_format"):
        utils.img_to_array(X, "hwc")


def test_transparency_is_left_out_of_jpeg_and_a_failure_leaves_the_file(tmp_path):
    with pytest.warns(UserWarning, match="JPEG"):
        utils.save_img(tmp_path / "a.jpg", np.ones((2, 2, 4)))
    before = (tmp_path / "a.jpg").read_bytes()
    with pytest.raises(ShapeError):
        utils.save_img(tmp_path / "a.jpg", np.ones((2, 2, 9)))
    assert (tmp_path / "a.jpg").read_bytes() == before


def test_folders_are_classes(folder):
    made = ImageDataGenerator(rescale=0.5)
    flow = made.flow_from_directory(folder, target_size=(2, 2), batch_size=8, shuffle=False)
    assert flow.class_indices == {"cat": 0, "dog": 1} and flow.samples == 10 and len(flow) == 2
    assert flow.filenames[0] == "cat/0.png" and flow.classes.tolist() == [0] * 6 + [1] * 4
    x, y = next(flow)
    assert x.shape == (8, 2, 2, 3) and x.dtype == np.float32
    assert (x[:, 0, 0, 0] * 2).tolist() == [0, 1, 2, 3, 4, 5, 100, 101]
    assert y.tolist() == [[1, 0]] * 6 + [[0, 1]] * 2


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("binary", [0.0] * 6 + [1.0] * 4), ("sparse", [0.0] * 6 + [1.0] * 4), ("input", None)],
)
def test_what_targets_are(folder, mode, expected):
    flow = ImageDataGenerator().flow_from_directory(
        folder, target_size=(2, 2), class_mode=mode, shuffle=False, color_mode="grayscale"
    )
    x, y = next(flow)
    assert x.shape == (10, 2, 2, 1)
    assert (x == y).all() if expected is None else y.tolist() == expected


def test_parts_of_each_class_and_chosen_classes(folder):
    made = ImageDataGenerator(validation_split=0.5)
    options = {"target_size": (2, 2), "shuffle": False, "class_mode": None}
    parts = [made.flow_from_directory(folder, subset=s, **options) for s in
             ("training", "validation")]  # fmt: skip
    assert parts[0].filenames == [f"cat/{i}.png" for i in (3, 4, 5)] + ["dog/2.png", "dog/3.png"]
    assert next(parts[1])[:, 0, 0, 0].tolist() == [0, 1, 2, 100, 101]
    dogs = made.flow_from_directory(folder, classes=["dog", "cat"], **options)
    assert dogs.class_indices == {"dog": 0, "cat": 1} and dogs.filenames[0] == "dog/0.png"
    with pytest.raises(ValueError, match="'bird'"):
        made.flow_from_directory(folder, classes=["bird"])
    with pytest.raises(ValueError, match="class_mode"):
        made.flow_from_directory(folder, class_mode="raw")


def table(folder):
    names = ["cat/0.png", "dog/0.png", "cat/1.png", "none.png", "dog/1.png"]
    kinds = ["cat", "dog", "cat", "dog", "dog"]
    return {"filename": names, "class": kinds, "age": [3.0, 4, 5, 6, 7], "w": [1, 2, 3, 4, 5]}


@pytest.mark.parametrize("kind", [dict, "pandas"])
def test_names_in_a_table(folder, kind):
    rows = table(folder)
    if kind == "pandas":
        rows = pytest.importorskip("pandas").DataFrame(rows)
    made = ImageDataGenerator()
    options = {"target_size": (2, 2), "shuffle": False}
    with pytest.warns(UserWarning, match="1 names"):
        flow = made.flow_from_dataframe(rows, folder, weight_col="w", **options)
    x, y, w = next(flow)
    assert x[:, 0, 0, 0].tolist() == [0, 100, 1, 101] and w.tolist() == [1, 2, 3, 5]
    assert y.argmax(1).tolist() == [0, 1, 0, 1] and flow.class_indices == {"cat": 0, "dog": 1}
    with pytest.warns(UserWarning, match="1 names"):
        raw = made.flow_from_dataframe(rows, folder, y_col="age", class_mode="raw", **options)
    assert next(raw)[1].tolist() == [3, 4, 5, 7]
    with pytest.warns(UserWarning, match="1 names"):
        two = made.flow_from_dataframe(
            rows, folder, y_col=["age", "w"], class_mode="multi_output", **options
        )
    assert [a.tolist() for a in next(two)[1]] == [[3, 4, 5, 7], [1, 2, 3, 5]]
    with pytest.raises(TypeError, match=r"astype\(str\)"):
        made.flow_from_dataframe(
            rows, folder, y_col="w", class_mode="sparse", validate_filenames=False
        )


def test_lists_of_classes_and_classes_that_are_left_out(folder):
    rows = {"filename": ["cat/0.png", "cat/1.png", "dog/0.png"],
            "class": [["soft", "warm"], ["warm"], ["loud"]]}  # fmt: skip
    flow = ImageDataGenerator().flow_from_dataframe(
        rows, folder, classes=["warm", "soft"], target_size=(2, 2), shuffle=False
    )
    assert next(flow)[1].tolist() == [[1, 1], [1, 0]] and flow.samples == 2


def test_changed_pictures_can_be_looked_at(folder, tmp_path):
    seen = tmp_path / "seen"
    seen.mkdir()
    flow = ImageDataGenerator().flow_from_directory(
        folder, classes=["cat"], target_size=(2, 2), save_to_dir=seen, save_prefix="a"
    )
    next(flow)
    assert len(list(seen.glob("a_*.png"))) == 6


def test_a_model_trains_on_a_folder(folder):
    flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        folder, target_size=(2, 2), batch_size=4, class_mode="binary", seed=0
    )
    model = nn.Sequential([nn.Input((2, 2, 3)), nn.layers.Flatten(), nn.layers.Dense(1)])
    model.compile("adam", nn.losses.BinaryCrossentropy(from_logits=True))
    losses = model.fit(flow, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_a_picture_far_larger_than_its_file_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "blank.png"
    Image.new("RGB", (5000, 4000)).save(path)
    told = r"4000 × 5000 pixels in .* which takes 80,000,000; expected at most .*MAX_IMAGE_PIXELS"
    for given in (path, io.BytesIO(path.read_bytes())):
        with pytest.raises(ValueError, match=told):
            utils.load_img(given)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5000 * 4000)
    assert utils.load_img(path).size == (5000, 4000)


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp"])
@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_a_picture_is_its_own_when_its_file_is_gone(kind, mode, tmp_path):
    if (kind, mode) == ("jpeg", "P"):
        return
    path = tmp_path / f"a.{kind}"
    array = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    Image.fromarray(array).convert(mode).save(path)
    with Image.open(path) as file:
        expected = np.asarray(file.convert("RGB"))
    img = utils.load_img(path)
    path.unlink()
    np.testing.assert_array_equal(np.asarray(img), expected)
    np.testing.assert_array_equal(np.asarray(img.copy().rotate(90).rotate(-90)), expected)


def test_what_swells_beside_a_picture_is_named(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (2, 2)).save(path)
    text = b"zTXt" + b"a\0\0" + zlib.compress(bytes(8 << 20))
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    data = path.read_bytes()
    path.write_bytes(data[:33] + chunk + data[33:])
    with pytest.raises(ValueError, match=r"a\.png: received what is no picture"):
        utils.load_img(path)
