"""Spectrograms: what frequencies there are in a signal, piece by piece."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import initializers
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.convolution import Windowed, positive
from autograd_nn.nn.layers.fields import known
from autograd_nn.nn.registry import named
from autograd_nn.nn.settings import epsilon

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@named()
class STFTSpectrogram(Windowed):
    """The short-time Fourier transform R + iI of every channel, by kernels that can be trained.

    mode           'real' for R, 'imag' for I, 'stft' for both, 'angle' for atan2(I, R), 'psd' for
                   R² + I², twice of all frequencies but the ends, 'magnitude' for √(R² + I²), or
                   'log' for its logarithm.
    frame_length   T: how long a piece is; frame_step: how far pieces are apart, None: T // 2.
    fft_length     F: F // 2 + 1 frequencies are looked at; None: the power of two from T.
    window, periodic, scaling   what the kernels begin as: see `nn.initializers.STFT`.
    expand_dims    whether frequencies and channels are axes of their own, as an image has them.
    Shapes (n, t, c) → (n, t', c·f), or (n, t', f, c); of 'channels_first' (n, c, t) → (n, c·f, t'),
    or (n, c, t', f). Raises ValueError for numbers that do not fit.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.STFTSpectrogram("psd", frame_length=8, frame_step=4)(np.ones((2, 20, 1))).shape
    (2, 4, 5)
    """

    rank = 1
    window_name = "frame_length"

    def __init__(
        self, mode: str = "log", frame_length: int = 256, frame_step: int | None = None,
        fft_length: int | None = None, window: Any = "hann", periodic: bool = False,
        scaling: str | None = "density", padding: str = "valid", expand_dims: bool = False,
        data_format: str | None = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(data_format, **options)
        if mode not in MODES:
            raise ValueError(f"STFTSpectrogram received mode={mode!r}; expected one of {MODES}.")
        length = positive(frame_length, "frame_length", "STFTSpectrogram")
        step = max(length // 2, 1) if frame_step is None else frame_step
        if positive(step, "frame_step", "STFTSpectrogram") > length:
            raise ValueError(
                f"STFTSpectrogram received frame_step={frame_step}; expected a whole number up to "
                f"frame_length={frame_length}."
            )
        self.windowed(length, step, padding)
        self.frame_step, self.fft_length = frame_step, fft_length
        self._bins = 2 ** math.ceil(math.log2(length)) if fft_length is None else fft_length
        if positive(self._bins, "fft_length", "STFTSpectrogram") < length:
            raise ValueError(
                f"STFTSpectrogram received fft_length={fft_length}; expected a whole number from "
                f"frame_length={frame_length}."
            )
        if self._bins & (self._bins - 1):
            warnings.warn(
                f"STFTSpectrogram received fft_length={fft_length}; expected a power of two, as "
                "transforms are quick of.", UserWarning, stacklevel=2,
            )  # fmt: skip
        for side in ("real", "imag"):
            setattr(self, f"_{side}", initializers.STFT(side, window, scaling, periodic))
        self.mode, self.window, self.scaling = mode, window, scaling
        self.periodic, self.expand_dims = bool(periodic), bool(expand_dims)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "frame_length":  # it stays one number
            super(Windowed, self).__setattr__(name, value)
            return
        super().__setattr__(name, value)
        if name == "frame_step":
            self.strides = max(self.frame_length // 2, 1) if value is None else value

    @property
    def sides(self) -> tuple[str, ...]:
        """Which of the two parts are asked for."""
        return (self.mode,) if self.mode in ("real", "imag") else ("real", "imag")

    def build(self, input_shape: Shape) -> None:
        known(self, input_shape, self.channel_axis)
        shape = self.frame_length, 1, self._bins // 2 + 1
        for side in self.sides:
            start = getattr(self, f"_{side}")
            setattr(self, f"{side}_kernel", self.add_weight(shape, start, name=f"{side}_kernel"))

    def call(self, inputs: Tensor) -> Tensor:
        if self.data_format == "channels_last":
            inputs = ops.transpose(inputs, (0, 2, 1))
        n, c, t = inputs.shape
        signals = ops.reshape(inputs, shape=(n * c, t, 1))
        parts = []
        for side in self.sides:
            y = ops.conv(signals, getattr(self, f"{side}_kernel"), self.strides, self.padding)
            parts.append(ops.reshape(y, shape=(n, c, *y.shape[1:])))
        return self._arranged(self._of(*parts))

    def _of(self, real: Tensor, imag: Tensor | None = None) -> Tensor:
        """What the mode makes of the parts, shape (n, c, t, f)."""
        if imag is None:
            return real
        if self.mode == "stft":
            return ops.concatenate([real, imag], axis=-1)
        if self.mode == "angle":
            return ops.arctan2(imag, real)
        power = ops.square(real) + ops.square(imag)
        if self.mode == "psd":
            return power + ops.pad(power[..., 1:-1], ((0, 0),) * 3 + ((1, 1),))
        size = ops.sqrt(ops.maximum(power, epsilon()))
        return size if self.mode == "magnitude" else ops.log(ops.maximum(size, epsilon()))

    def _arranged(self, y: Tensor) -> Tensor:
        n, c, t, f = y.shape
        last = self.data_format == "channels_last"
        if self.expand_dims:
            return ops.transpose(y, (0, 2, 3, 1)) if last else y
        if last:
            return ops.reshape(ops.transpose(y, (0, 2, 1, 3)), shape=(n, t, c * f))
        return ops.reshape(ops.transpose(y, (0, 1, 3, 2)), shape=(n, c * f, t))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        (t,) = self.counts(input_shape)
        c, f = input_shape[self.channel_axis], self._bins // 2 + 1
        f = 2 * f if self.mode == "stft" else f
        if not self.expand_dims:
            return self.sized(input_shape, [t], None if c is None else c * f)
        last = self.data_format == "channels_last"
        return (input_shape[0], t, f, c) if last else (input_shape[0], c, t, f)


@named()
class MelSpectrogram(Layer):
    """How loud bands of pitch are in a signal over time, as people hear them: a mel spectrogram.

    fft_length, sequence_stride, sequence_length, window   of pieces: see `nn.ops.stft`.
    sampling_rate      samples of the signal a second.
    num_mel_bins       how many bands from ``min_freq`` to ``max_freq`` Hz (None: half the rate);
                       they are as wide as each other on the mel scale, m = 1127·ln(1 + f/700).
    mag_exp            e: |spectrum|ᵉ is added up, 2 for power.
    power_to_db        whether 10·log₁₀(S / ref_power) is told, S at least ``min_power``; nothing
                       further than ``top_db`` below the loudest.
    Shapes (…, t) → (…, num_mel_bins, pieces). Source: Young et al., "The HTK book" (2002). Raises
    ValueError for numbers that do not fit.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.MelSpectrogram(512, 128, num_mel_bins=40)(np.ones((2, 4000))).shape
    (2, 40, 32)
    """

    _min_ndim = 1
    _wide = True  # it is computed in float32 or float64 alone
    _casts_integers = True

    def __init__(
        self, fft_length: int = 2048, sequence_stride: int = 512,
        sequence_length: int | None = None, window: Any = "hann", sampling_rate: float = 16000,
        num_mel_bins: int = 128, min_freq: float = 20.0, max_freq: float | None = None,
        power_to_db: bool = True, top_db: float = 80.0, mag_exp: float = 2.0,
        min_power: float = 1e-10, ref_power: float = 1.0, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(**options)
        where = type(self).__name__
        self.fft_length = whole(fft_length, "fft_length", 2)
        self.sequence_stride = whole(sequence_stride, "sequence_stride", 1)
        self.sequence_length = whole(sequence_length or fft_length, "sequence_length", 1)
        if self.sequence_length > self.fft_length:
            raise ValueError(
                f"{where} received sequence_length={sequence_length}; expected one up to "
                f"fft_length={fft_length}: `fft_length` must be greater than or equal to it."
            )
        self.window, self.power_to_db = window, bool(power_to_db)
        self.sampling_rate = number(sampling_rate, "sampling_rate", where, above=0)
        self.num_mel_bins = whole(num_mel_bins, "num_mel_bins", 1)
        self.min_freq = number(min_freq, "min_freq", where, least=0)
        self.max_freq = max_freq
        self.top_db = number(top_db, "top_db", where, least=0)
        self.mag_exp = number(mag_exp, "mag_exp", where, above=0)
        self.min_power = number(min_power, "min_power", where, above=0)
        self.ref_power = number(ref_power, "ref_power", where)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "max_freq":  # when it is made, or later
            highest = int(self.sampling_rate / 2) if value is None else value
            value = number(highest, name, "MelSpectrogram", above=self.min_freq)
        super().__setattr__(name, value)

    def bands(self, dtype: Any) -> Tensor:
        """How much of each frequency is in each band, shape (frequencies, bands): triangles of mel.

        >>> from autograd_nn import nn
        >>> nn.layers.MelSpectrogram(8, num_mel_bins=2).bands("float64").shape
        (5, 2)
        """
        def mel(f: Any) -> Tensor:
            return ops.multiply(1127.0, ops.log(1.0 + f / 700.0))

        step = self.sampling_rate / 2 / (self.fft_length // 2)
        pitch = mel(ops.astype(ops.arange(1, self.fft_length // 2 + 1), dtype="float64") * step)
        low, high = (float(mel(np.float64(f))) for f in (self.min_freq, self.max_freq))
        width = (high - low) / (self.num_mel_bins + 1)
        edges = low + ops.astype(ops.arange(self.num_mel_bins), dtype="float64") * width
        rise = (ops.expand_dims(pitch, 1) - ops.expand_dims(edges, 0)) / width
        shares = ops.maximum(0.0, ops.minimum(rise, 2.0 - rise))
        return ops.astype(ops.pad(shares, ((1, 0), (0, 0))), dtype=dtype)  # of a constant nothing

    def call(self, inputs: Tensor) -> Tensor:
        if inputs.shape[-1] <= self.fft_length // 2:
            raise ShapeError(
                f"layer {self.name!r} received a signal of {inputs.shape[-1]} samples; expected "
                f"more than {self.fft_length // 2}, a half of its fft_length. Pass longer signals, "
                "or take a smaller fft_length."
            )
        from autograd_nn.nn.ops.spectral import stft

        real, imag = stft(
            inputs, self.sequence_length, self.sequence_stride, self.fft_length, self.window
        )
        power = ops.square(real) + ops.square(imag)
        if self.mag_exp != 2:
            power = ops.power(power, self.mag_exp / 2)
        y = ops.matmul(power, self.bands(power.dtype))
        if self.power_to_db:
            reference = max(abs(self.ref_power), self.min_power)
            y = 10.0 * ops.log10(ops.maximum(y, self.min_power)) - 10.0 * math.log10(reference)
            y = ops.maximum(y, ops.max(y) - self.top_db)
        return self._narrowed(ops.swapaxes(y, -1, -2))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        *first, t = input_shape
        pieces = None
        if t is not None:
            pieces = 1 + (t - self.fft_length % 2) // self.sequence_stride
        return (*first, self.num_mel_bins, pieces)
