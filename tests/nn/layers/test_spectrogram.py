"""Spectrograms against NumPy's transforms of pieces, and layers one after another as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn

RNG = np.random.default_rng(3)
X = RNG.normal(size=(2, 50, 2))
LENGTH, STEP, BINS = 8, 4, 16


def transform(window: np.ndarray) -> np.ndarray:
    """Of every piece of every channel, (n, t, c, f)."""
    starts = range(0, X.shape[1] - LENGTH + 1, STEP)
    pieces = np.stack([X[:, s : s + LENGTH] for s in starts], 1).swapaxes(2, 3)
    return np.fft.rfft(pieces * window, BINS)


def of_mode(mode: str, **options: Any) -> Any:
    return nn.layers.STFTSpectrogram(
        mode, LENGTH, STEP, BINS, window="hamming", periodic=True, dtype="float64", **options
    )


WINDOW = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(LENGTH) / LENGTH)
PSD = np.r_[1, np.full(BINS // 2 - 1, 2), 1]
FORMULAS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "real": lambda z: z.real, "imag": lambda z: z.imag, "magnitude": np.abs,
    "psd": lambda z: np.abs(z) ** 2 * PSD, "log": lambda z: np.log(np.abs(z)),
}  # fmt: skip


@pytest.mark.parametrize("mode", FORMULAS)
def test_a_spectrogram_is_the_transform_of_pieces(mode: str) -> None:
    z = transform(WINDOW) / np.sqrt((WINDOW**2).sum())
    expected = FORMULAS[mode](z)
    y = of_mode(mode)(X).numpy()
    np.testing.assert_allclose(y, expected.reshape(*z.shape[:2], -1), rtol=1e-6, atol=1e-7)
    apart = of_mode(mode, expand_dims=True)(X).numpy()
    np.testing.assert_allclose(apart, expected.swapaxes(2, 3), rtol=1e-6, atol=1e-7)
    first = of_mode(mode, data_format="channels_first")(X.swapaxes(1, 2))
    np.testing.assert_array_equal(first, y.swapaxes(1, 2))


def test_angles_and_both_parts() -> None:
    z = transform(WINDOW) / np.sqrt((WINDOW**2).sum())
    angle = of_mode("angle")(X).numpy().reshape(z.shape)
    np.testing.assert_allclose(np.abs(z) * np.exp(1j * angle), z, atol=1e-7)
    both = of_mode("stft")(X).numpy().reshape(*z.shape[:3], -1)
    np.testing.assert_allclose(both, np.concatenate([z.real, z.imag], -1), atol=1e-7)


def test_kernels_are_trained_and_may_stay() -> None:
    assert [len(of_mode(m)(X).shape) for m in ("real", "log")] == [3, 3]
    for mode, count in (("real", 1), ("psd", 2)):
        layer = of_mode(mode)
        layer(X)
        assert len(layer.trainable_weights) == count
        layer.trainable = False
        assert not layer.trainable_weights


def test_a_tone_is_in_its_band() -> None:
    rate, tone = 8000, 1000.0
    layer = nn.layers.MelSpectrogram(512, 256, sampling_rate=rate, num_mel_bins=40)
    time = np.arange(rate // 4) / rate
    y = layer(np.sin(2 * np.pi * tone * time)).numpy()
    mel = 1127 * np.log(1 + np.array([20, tone, rate / 2]) / 700)
    band = (mel[1] - mel[0]) / ((mel[2] - mel[0]) / 41) - 1
    assert set(y[:, 2:-2].argmax(0)) <= {int(np.floor(band)), int(np.ceil(band))}
    assert y.max() - y.min() == pytest.approx(80, abs=1e-3)
    assert layer.compute_output_shape((None, 2000)) == (None, 40, 8) == (None, *y.shape)


def test_bands_add_up_to_one_between_the_outermost() -> None:
    layer = nn.layers.MelSpectrogram(2048, sampling_rate=8000, num_mel_bins=20)
    shares = layer.bands("float64").numpy()
    inside = shares[(shares.argmax(1) > 0) & (shares.argmax(1) < 19)]
    np.testing.assert_allclose(inside.sum(1), 1, rtol=1e-12)
    assert not shares[0].any()


class Noted(nn.Layer):
    """Tells what it was called with."""

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        self.__dict__["told"] = training, mask is not None
        return inputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask


def test_a_pipeline_tells_its_layers_of_training_and_masks() -> None:
    pipeline = nn.layers.Pipeline([Noted(), Noted()])
    x = np.ones((2, 3), "float32")
    pipeline(x)
    assert [layer.told for layer in pipeline.layers] == [(True, False)] * 2
    pipeline(x, training=False, mask=x > 0)
    assert [layer.told for layer in pipeline.layers] == [(False, True)] * 2


def test_a_pipeline_is_made_again_from_its_configuration() -> None:
    pipeline = nn.layers.Pipeline([nn.layers.Rescaling(2.0), nn.layers.CenterCrop(2, 2)])
    config = pipeline.get_config()
    again = nn.layers.Pipeline.from_config(config)
    x = RNG.normal(size=(2, 4, 4, 1)).astype("float32")
    np.testing.assert_array_equal(again(x), pipeline(x))
    assert config == pipeline.get_config()
    assert pipeline.compute_output_shape((None, 4, 4, 1)) == (None, 2, 2, 1)


BAD: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "mode": (lambda: nn.layers.STFTSpectrogram("power"), ValueError, "mode='power'"),
    "step": (lambda: nn.layers.STFTSpectrogram(frame_length=4, frame_step=5), ValueError, "up to"),
    "length": (lambda: nn.layers.STFTSpectrogram(fft_length=128), ValueError, "fft_length=128"),
    "window": (lambda: nn.layers.STFTSpectrogram(window="no such"), ValueError, "no such"),
    "padding": (lambda: nn.layers.STFTSpectrogram(padding="causal"), ValueError, "causal"),
    "short": (lambda: of_mode("log")(X[:, :4]), ValueError, "8 entries"),
    "mel length": (
        lambda: nn.layers.MelSpectrogram(64, sequence_length=65), ValueError, "sequence_length=65"
    ),
    "mel signal": (lambda: nn.layers.MelSpectrogram(64)(np.ones(32)), ValueError, "more than 32"),
    "mel ends": (
        lambda: nn.layers.MelSpectrogram(min_freq=300, max_freq=200), ValueError, "max_freq=200"
    ),
    "no layers": (lambda: nn.layers.Pipeline(nn.Dense(2)), ValueError, "a list of layers"),
    "no list": (lambda: nn.layers.Pipeline.from_config({}), ValueError, "layers=None"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_told(name: str) -> None:
    call, error, words = BAD[name]
    with pytest.raises(error, match=words):
        call()


def test_a_length_that_is_slow_is_told() -> None:
    with pytest.warns(UserWarning, match="power of two"):
        nn.layers.STFTSpectrogram(frame_length=8, fft_length=10)
