"""Fourier transforms: NumPy's values of pairs, derivatives, windows of signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.signal

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError

X = np.random.default_rng(0).normal(size=(2, 3, 6))
Z = X[0] + 1j * X[1]
PAIR = (X[0], X[1])


def whole(pair: Any) -> np.ndarray:
    return np.asarray(pair[0].numpy() + 1j * pair[1].numpy())


def test_values_are_numpy_s() -> None:
    for name in ("fft", "ifft", "fft2", "ifft2"):
        want = getattr(np.fft, name)(Z)
        np.testing.assert_allclose(whole(getattr(ag.fft, name)(PAIR)), want, atol=1e-13)
    for n in (None, 1, 4, 5, 6, 9):
        np.testing.assert_allclose(whole(ag.fft.rfft(X, n)), np.fft.rfft(X, n), atol=1e-13)
        np.testing.assert_allclose(ag.fft.irfft(PAIR, n).numpy(), np.fft.irfft(Z, n), atol=1e-13)
    assert ag.fft.rfft(X.astype(np.float32)).real.dtype == np.float32


@pytest.mark.parametrize(
    "f",
    [
        lambda x: ag.fft.rfft(x).imag, lambda x: ag.fft.rfft(x, 9).real,
        lambda x: ag.fft.irfft((x, x * x), 7), lambda x: ag.fft.fft2((x, x**2)).imag,
        lambda x: nn.ops.stft(x, 4, 1, 4)[0],
        lambda x: nn.ops.istft((x[:, :3], x[:, 3:] ** 2), 4, 2, 4),
    ],
)  # fmt: skip
def test_derivatives(f: Callable[[Any], Any]) -> None:
    assert ag.check_gradients(lambda x: (f(x) ** 2).sum(), X[0])


def test_a_program_gives_the_same() -> None:
    def energy(x: Any) -> Any:
        re, im = ag.fft.rfft(x)
        return (re**2 + im**2).sum()

    native, slope = ag.jit(ag.grad(energy)), ag.grad(energy)
    for x in (*X, X[0]):
        np.testing.assert_allclose(native(x).numpy(), slope(x).numpy(), rtol=1e-12)


@pytest.mark.parametrize("window", ["hann", "hamming", None, np.arange(1.0, 6.0)])
@pytest.mark.parametrize("center", [True, False])
def test_windows_of_a_signal(window: Any, center: bool) -> None:
    x = np.random.default_rng(1).normal(size=(2, 40))
    spectra = nn.ops.stft(x, 5, 2, 8, window=window, center=center)
    weights = scipy.signal.get_window(window, 5) if isinstance(window, str) else window
    weights = np.ones(8) if window is None else np.pad(weights, (1, 2))
    given = np.pad(x, ((0, 0), (4, 4)), mode="reflect") if center else x
    pieces = np.lib.stride_tricks.sliding_window_view(given, 8, -1)[:, ::2] * weights
    np.testing.assert_allclose(whole(spectra), np.fft.rfft(pieces), atol=1e-12)
    found = nn.ops.istft(spectra, 5, 2, 8, window=window, center=center).numpy()
    inner = slice(None) if center and window is not None else slice(6, found.shape[-1] - 6)
    times = 4 if window is None else 1  # pieces of 8 entries, one every 2: added as they are
    np.testing.assert_allclose(
        found[:, inner], times * x[:, : found.shape[-1]][:, inner], atol=1e-9
    )
    short = nn.ops.istft(spectra, 5, 2, 8, length=30, window=window, center=center)
    assert short.shape == (2, 30)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: ag.fft.fft(X), TypeError, "expected a pair"),
        (lambda: ag.fft.fft((X, X[0])), ShapeError, "(2, 3, 6) and (3, 6)"),
        (lambda: ag.fft.fft((1.0, 1.0)), ShapeError, "at least one axis"),
        (lambda: ag.fft.fft2((X[0, 0], X[0, 0])), ShapeError, "two axes"),
        (lambda: ag.fft.rfft(X, 0), RangeError, "length 0"),
        (lambda: ag.fft.rfft(Z), DTypeError, "expected their parts"),
        (lambda: nn.ops.stft(X, 8, 2, 4), RangeError, "fft_length=4"),
        (lambda: nn.ops.stft(X, 4, 0, 4), RangeError, "sequence_stride=0"),
        (lambda: nn.ops.stft(X, 4, 2, 4, window="box"), ValueError, "'hann'"),
        (lambda: nn.ops.stft(X, 4, 2, 4, window=np.ones(3)), ShapeError, "(4,)"),
        (lambda: nn.ops.stft([1, 2, 3], 2, 1, 2), DTypeError, "floating"),
        (lambda: nn.ops.extract_sequences(X, 9, 1), ShapeError, "do not fit"),
    ],
)  # fmt: skip
def test_what_cannot_be_transformed_is_told(call: Any, kind: type, words: str) -> None:
    with pytest.raises(kind) as told:
        call()
    assert words in str(told.value)
