"""Published architectures: their sizes, their names, their weights and pixels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn import applications
from autograd_nn.nn.saving.room import room


@pytest.fixture(autouse=True)
def undrawn() -> Iterator[None]:
    """Weights are zeros that nobody draws: what is looked at is their shapes."""
    with room("a test", 1 << 32):
        yield


# (layers, weights with the classifier, the image that stands for all, its features), as Keras 3
# counts them; VGG's head depends on the image, so it is counted without
KNOWN = {
    "ResNet50": (177, 25_636_712, 64, (2, 2, 2048)),
    "ResNet101": (347, 44_707_176, 64, (2, 2, 2048)),
    "ResNet152": (517, 60_419_944, 64, (2, 2, 2048)),
    "ResNet50V2": (192, 25_613_800, 64, (2, 2, 2048)),
    "ResNet101V2": (379, 44_675_560, 64, (2, 2, 2048)),
    "ResNet152V2": (566, 60_380_648, 64, (2, 2, 2048)),
    "MobileNet": (91, 4_253_864, 64, (2, 2, 1024)),
    "MobileNetV2": (156, 3_538_984, 64, (2, 2, 1280)),
    "MobileNetV3Small": (164, 2_554_968, 64, (2, 2, 576)),
    "MobileNetV3Large": (194, 5_507_432, 64, (2, 2, 960)),
    "EfficientNetB0": (240, 5_330_571, 64, (2, 2, 1280)),
    "EfficientNetB3": (387, 12_320_535, 64, (2, 2, 1536)),
    "EfficientNetB7": (816, 66_658_687, 64, (2, 2, 2560)),
    "InceptionV3": (313, 23_851_784, 139, (3, 3, 2048)),
    "InceptionResNetV2": (782, 55_873_736, 139, (3, 3, 1536)),
    "NASNetMobile": (771, 5_326_716, 64, (2, 2, 1056)),
    "NASNetLarge": (1041, 88_949_818, 64, (2, 2, 4032)),
    "Xception": (134, 22_910_480, 71, (3, 3, 2048)),
    "DenseNet121": (429, 8_062_504, 64, (2, 2, 1024)),
    "DenseNet169": (597, 14_307_880, 64, (2, 2, 1664)),
    "DenseNet201": (709, 20_242_984, 64, (2, 2, 1920)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_it_is_as_large_as_published(name: str) -> None:
    depth, count, size, features = KNOWN[name]
    net = getattr(applications, name)(weights=None, input_shape=(size, size, 3))
    assert (len(net.layers), net.count_params()) == (depth, count)
    assert net.output_shape == (None, 1000)
    assert net.layers[-1].name == "predictions"
    last = [x.output.shape[1:] for x in net.layers if len(x.output.shape) == 4]
    assert features in last


@pytest.mark.parametrize(("name", "count"), [("VGG16", 14_714_688), ("VGG19", 20_024_384)])
def test_vgg_is_as_large_as_published(name: str, count: int) -> None:
    make = getattr(applications, name)
    net = make(include_top=False, weights=None)
    assert net.count_params() == count
    assert net.output_shape == (None, None, None, 512)
    top = make(weights=None, input_shape=(32, 32, 3), classes=10)
    head = 512 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 10 + 10
    assert top.count_params() == count + head
    names = [x.name for x in top.layers[-4:]]
    assert names == ["flatten", "fc1", "fc2", "predictions"]


@pytest.mark.parametrize(
    ("alpha", "v1", "v2"),
    [(0.5, 829_536, 706_224), (0.25, 218_544, 248_768), (1.4, None, 4_363_712)],
)
def test_a_mobile_net_of_another_width(alpha: float, v1: int | None, v2: int) -> None:
    options: dict[str, Any] = {"weights": None, "include_top": False, "alpha": alpha}
    if v1:
        assert applications.MobileNet(**options).count_params() == v1
    assert applications.MobileNetV2(**options).count_params() == v2


@pytest.mark.parametrize(("pooling", "shape"), [("avg", (None, 1280)), ("max", (None, 1280))])
def test_features_are_pooled_on_any_symbol(pooling: str, shape: tuple) -> None:
    x = nn.Input((40, 40, 3), name="photo")
    net = applications.MobileNetV2(
        input_tensor=x * 2.0, include_top=False, weights=None, pooling=pooling, name="eye"
    )
    assert (net.output_shape, net.name, net.input_names) == (shape, "eye", ["photo"])


def test_weights_come_from_a_file_or_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("h5py")
    options: dict[str, Any] = {"include_top": False, "alpha": 0.35, "input_shape": (32, 32, 3)}
    net = applications.MobileNetV2(weights=None, **options)
    rng = np.random.default_rng(0)
    net.set_weights([rng.normal(size=w.shape) for w in net.weights])
    name = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="https://storage") as told:
        applications.MobileNetV2(**options)
    assert str(tmp_path / "models" / name) in str(told.value)
    (tmp_path / "models").mkdir()
    net.save_weights(tmp_path / "models" / name)
    for weights in ("imagenet", tmp_path / "models" / name):
        twin = applications.MobileNetV2(weights=weights, **options)
        for a, b in zip(net.get_weights(), twin.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    wider = {**options, "alpha": 0.5}
    with pytest.raises(nn.saving.ModelFileError):
        applications.MobileNetV2(weights=tmp_path / "models" / name, **wider)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"input_shape": (16, 16, 3)}, "32"),
        ({"input_shape": (64, 64)}, "height, width"),
        ({"input_shape": (None, None, 3)}, "include_top"),
        ({"pooling": "mean"}, "avg"),
        ({"weights": "no such file"}, "path"),
        ({"weights": "imagenet", "classes": 10}, "1000"),
    ],
)
def test_what_does_not_fit_is_told(options: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        applications.ResNet50(**{"weights": None, **options})


def test_cells_fit_sizes_to_each_other() -> None:
    entry = nn.Input((None, None, 3))
    with pytest.raises(ValueError, match="known sizes"):
        applications.NASNetMobile(include_top=False, weights=None, input_tensor=entry)
    net = applications.NASNetMobile(include_top=False, weights=None)
    assert net.input_shape == (None, 224, 224, 3)


def test_weights_of_nasnet_are_kept_by_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="NASNet-large-no-top") as told:
        applications.NASNetLarge(include_top=False)
    assert str(tmp_path / "models" / "nasnet_large_no_top.h5") in str(told.value)


def test_a_tensor_is_no_symbol() -> None:
    with pytest.raises(TypeError, match="symbol"):
        applications.VGG16(weights=None, input_tensor=np.zeros((1, 32, 32, 3)))
    with pytest.raises(ValueError, match="alpha"):
        applications.MobileNet(alpha=0.3)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(
    ("family", "pixel"),
    [
        ("vgg16", (30 - 103.939, 20 - 116.779, 10 - 123.68)),
        ("mobilenet", (10 / 127.5 - 1, 20 / 127.5 - 1, 30 / 127.5 - 1)),
        (
            "densenet",
            ((10 / 255 - 0.485) / 0.229, (20 / 255 - 0.456) / 0.224, (30 / 255 - 0.406) / 0.225),
        ),
    ],
)
def test_pixels_are_as_in_training(family: str, pixel: tuple, first: bool) -> None:
    x = np.broadcast_to(np.array([10, 20, 30], "uint8"), (2, 4, 5, 3)).copy()
    order = "channels_first" if first else "channels_last"
    x = np.moveaxis(x, -1, 1) if first else x
    prepare = getattr(applications, family).preprocess_input
    kept = x.copy()
    y = prepare(x, data_format=order)
    assert y.dtype == np.float32 and (x == kept).all()
    wanted = np.reshape(pixel, (3, 1, 1) if first else (3,))
    np.testing.assert_allclose(y, np.broadcast_to(wanted, x.shape), rtol=1e-5, atol=1e-6)
    symbol = prepare(nn.Input(x.shape[1:]), data_format=order)
    assert symbol.shape == (None, *x.shape[1:])
    net = nn.Model(_entry(symbol), symbol)
    np.testing.assert_allclose(net.predict(x.astype("float32"), verbose=0), y, atol=1e-5)


def _entry(symbol: Any) -> Any:
    while symbol.call.inputs:
        symbol = symbol.call.inputs[0]
    return symbol


def test_classes_have_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.zeros((2, 1000))
    scores[0, [7, 3, 9]], scores[1, 999] = [0.5, 0.3, 0.2], 1.0
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"imagenet_class_index\.json"):
        applications.vgg16.decode_predictions(scores)
    (tmp_path / "models").mkdir()
    path = tmp_path / "models" / "imagenet_class_index.json"
    path.write_text(json.dumps({str(i): [f"n{i}", f"thing {i}"] for i in range(1000)}))
    found = applications.vgg16.decode_predictions(scores, top=2)
    assert found[0] == [("n7", "thing 7", 0.5), ("n3", "thing 3", 0.3)]
    assert found[1][0] == ("n999", "thing 999", 1.0)
    path.write_text('{"0": 1}')
    with pytest.raises(ValueError, match="1000 classes"):
        applications.vgg16.decode_predictions(scores, class_index=path)
    with pytest.raises(ValueError, match="samples, 1000"):
        applications.vgg16.decode_predictions(scores[:, :10])


@pytest.mark.parametrize("module", ["mobilenet_v3", "efficientnet"])
def test_pixels_are_scaled_within_the_newer_networks(module: str) -> None:
    x = np.array([0.0, 255.0])
    assert getattr(applications, module).preprocess_input(x) is x


def test_a_minimalistic_network_weighs_no_channels_and_bends_no_lines() -> None:
    net = applications.MobileNetV3Small(minimalistic=True, weights=None, include_top=False)
    kinds = {type(layer).__name__ for layer in net.layers}
    assert "Activation" not in kinds and "GlobalAveragePooling2D" not in kinds
    assert {x.kernel_size for x in net.layers if hasattr(x, "kernel_size")} == {(1, 1), (3, 3)}
    with pytest.raises(ValueError, match="alpha=0.75"):
        applications.MobileNetV3Small(alpha=0.75, minimalistic=True)


def test_published_weights_of_efficient_net_are_for_pixels_by_their_variances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("h5py")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    plain = applications.EfficientNetB0(include_top=False, weights=None)
    (tmp_path / "models").mkdir()
    with pytest.raises(FileNotFoundError, match="keras-applications/efficientnetb0_notop.h5"):
        applications.EfficientNetB0(include_top=False)
    plain.save_weights(tmp_path / "models" / "efficientnetb0_notop.h5")
    published = applications.EfficientNetB0(include_top=False)
    scales = [x.scale for x in published.layers if type(x).__name__ == "Rescaling"]
    np.testing.assert_allclose(scales[1], np.array([0.229, 0.224, 0.225]) ** -0.5)
    assert sum(type(x).__name__ == "Rescaling" for x in plain.layers) == 1
