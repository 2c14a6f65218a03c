"""Keras 2's helpers of convolutions and its enqueuers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat, nn
from autograd_nn.compat.answers import conv_utils as sizes
from autograd_nn.compat.answers.enqueuers import GeneratorEnqueuer, OrderedEnqueuer


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_sizes_are_those_of_the_layers(padding: str, stride: int, kernel: int) -> None:
    layer = nn.layers.Conv1D(1, kernel, stride, padding)
    back = nn.layers.Conv1DTranspose(1, kernel, stride, padding)
    for n in (5, 8):
        shape = (None, n, 1)
        assert sizes.conv_output_length(n, kernel, padding, stride) == (
            layer.compute_output_shape(shape)[1]
        )
        assert sizes.deconv_length(n, stride, kernel, padding) == (
            back.compute_output_shape(shape)[1]
        )
    assert sizes.conv_output_length(9, 3, "valid", 1, dilation=2) == 5
    assert sizes.conv_input_length(sizes.conv_output_length(9, 3, "full", 1), 3, "full", 1) == 9


@pytest.mark.parametrize(("call", "told"), [
    (lambda: sizes.normalize_tuple("ab", 2, "k"), "k='ab'"),
    (lambda: sizes.normalize_tuple((1, 2.5), 2, "k"), "k="),
    (lambda: sizes.normalize_padding("wide"), "'wide'"),
    (lambda: sizes.normalize_data_format("th"), "'th'"),
    (lambda: sizes.conv_output_length(9, 3, "wide", 1), "'wide'"),
    (lambda: sizes.convert_kernel(np.ones(2)), "3 to 5 axes"),
    (lambda: sizes.obtain_input_shape((8, 8, 3), 224, 48, "channels_last"), "at least 48"),
    (lambda: sizes.obtain_input_shape((None, 64, 3), 224, 48, "channels_last"), "settled"),
], ids="text fraction padding format length kernel small unknown".split())  # fmt: skip
def test_what_is_refused(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()


def test_shapes_of_architectures() -> None:
    shape = sizes.obtain_input_shape
    assert shape((224, 224, 3), 224, 48, None, True, "imagenet") == (224, 224, 3)
    for wrong, flat in (((96, 96, 3), True), ((96, 96, 1), False)):
        with pytest.raises(ValueError, match="ImageNet"):
            shape(wrong, 224, 48, "channels_last", flat, "imagenet")
    with pytest.warns(UserWarning, match="of 7 channels"):
        assert shape((96, 96, 7), None, 48, None, False, "a.h5") == (96, 96, 7)
    assert shape(None, None, 48, "channels_first", False) == (3, None, None)
    with pytest.raises(AssertionError, match="'wide'"):  # as Keras 2 raised
        sizes.conv_output_length(9, 3, "wide", 1)
    assert shape(None, 224, 48, "channels_last", include_top=True) == (224, 224, 3)
    assert shape(None, 224, 48, "channels_first", False) == (3, None, None)
    kernel = np.arange(12.0).reshape(2, 3, 1, 2)
    assert np.array_equal(sizes.convert_kernel(kernel), kernel[::-1, ::-1])


class Tens(nn.utils.PyDataset):
    passes = 0

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> int:
        return 10 * index + 100 * self.passes

    def on_epoch_end(self) -> None:
        self.passes += 1


def test_batches_come_in_order_and_passes_after_one_another() -> None:
    ahead = OrderedEnqueuer(Tens())
    ahead.start(workers=3, max_queue_size=4)
    assert list(islice(ahead.get(), 10)) == [*range(0, 50, 10), *range(100, 150, 10)]
    assert ahead.is_running()
    ahead.stop()
    assert not ahead.is_running()


def test_a_generator_is_handed_out_to_its_end() -> None:
    ahead = GeneratorEnqueuer(iter(range(20)))
    ahead.start(workers=4, max_queue_size=3)
    assert sorted(ahead.get()) == list(range(20))
    ahead.stop()


def failing() -> Iterator[int]:
    yield 1
    raise KeyError("what went wrong")


def test_what_goes_wrong_is_raised_where_batches_are_taken() -> None:
    ahead = GeneratorEnqueuer(failing())
    ahead.start()
    batches = ahead.get()
    assert next(batches) == 1
    with pytest.raises(KeyError, match="what went wrong"):
        next(batches)
    assert not ahead.is_running()


def test_layers_of_users_take_arguments_of_keras_1_by_the_decorators_of_then() -> None:
    with compat.install_as("keras"):
        from keras.engine.topology import Layer
        from keras.legacy import interfaces

        class Cells(Layer):
            @interfaces.legacy_recurrent_support
            def __init__(self, units: int, dropout: float = 0.0, **options: object) -> None:
                super().__init__(**options)
                self.units, self.dropout = units, dropout

        with pytest.warns(DeprecationWarning):
            cells = Cells(output_dim=3, dropout_W=0.5)
        assert (cells.units, cells.dropout) == (3, 0.5)
        with pytest.raises(AttributeError):
            interfaces.nothing  # noqa: B018


def test_packages_that_keras_came_with_are_its_folders() -> None:
    with compat.install_as("keras"):
        import keras
        from keras_applications.imagenet_utils import preprocess_input
        from keras_preprocessing.sequence import pad_sequences
        from keras_preprocessing.text import Tokenizer

        assert Tokenizer is keras.preprocessing.text.Tokenizer
        assert pad_sequences is keras.preprocessing.sequence.pad_sequences
        assert callable(preprocess_input)
    assert "keras_preprocessing" not in sys.modules


def test_words_of_keras_1_end_at_its_filter() -> None:
    with compat.install_as("keras"):
        from keras.preprocessing.text import base_filter, text_to_word_sequence

        assert text_to_word_sequence("It's so.", filters=base_filter()) == ["it's", "so"]


def test_pictures_of_folders_were_resized_smartly(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "a").mkdir()
    wide = np.zeros((4, 8, 3), "uint8")
    wide[:, 2:6] = 200
    image.fromarray(wide).save(tmp_path / "a" / "1.png")
    with compat.install_as():
        from tensorflow import keras

        (batch,) = keras.preprocessing.image_dataset_from_directory(
            tmp_path, label_mode=None, image_size=(4, 4), batch_size=1, smart_resize=True
        )
    assert batch.tolist() == np.full((1, 4, 4, 3), 200.0).tolist()


def test_a_step_on_a_batch_is_told_whether_metrics_begin_anew() -> None:
    with compat.install_as():
        model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
        model.compile("sgd", "mse")
        data = np.ones((2, 2)), np.ones((2, 1))
        assert np.isfinite(model.train_on_batch(*data, reset_metrics=True))
        with pytest.warns(DeprecationWarning, match="of this batch alone"):
            model.test_on_batch(*data, reset_metrics=False)
        with pytest.warns(DeprecationWarning, match="taken for 2"):
            model.fit(*data, verbose=10)


def test_a_data_set_is_read_wherever_a_script_says_that_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRAD_NN_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "datasets").mkdir()
    x, y = np.zeros((4, 28, 28), "uint8"), np.arange(4, dtype="uint8")
    np.savez(tmp_path / "datasets" / "mnist.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    with compat.install_as("keras"):
        from keras.datasets import mnist  # type: ignore[import-untyped]

        for path in ("./mnist.npz", f"{tmp_path}/../tmp2/mnist.npz"):
            with (
                pytest.warns(UserWarning, match="is not the published file"),
                pytest.warns(DeprecationWarning, match="there is no file"),
            ):
                assert mnist.load_data(path=path)[0][1].tolist() == [0, 1, 2, 3]
    with pytest.raises(FileNotFoundError):
        nn.datasets.mnist.load_data("./mnist.npz")
