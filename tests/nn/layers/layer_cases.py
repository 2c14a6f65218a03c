"""Every layer with its arguments, what it is called on, and how many numbers its weights hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers
from autograd_nn.nn.layer import Layer


class Case(NamedTuple):
    """One layer: how it is made, a sample's shape (or a list of shapes), its weights' size."""

    make: Callable[..., Layer]
    shape: Any
    count: int

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return self.shape if isinstance(self.shape, list) else [self.shape]

    @property
    def whole(self) -> bool:
        """Whether it takes small whole numbers."""
        return isinstance(self.make(), layers.Embedding)

    def inputs(self, n: int = 2, dtype: str = "float64", seed: int = 0) -> Any:
        """A batch of n random samples; small whole numbers for an embedding."""
        rng = np.random.default_rng(seed)
        if isinstance(self.shape, list):
            return [rng.normal(size=(n, *s)).astype(dtype) for s in self.shape]
        if self.whole:
            return rng.integers(0, 5, size=(n, *self.shape))
        return rng.normal(size=(n, *self.shape)).astype(dtype)

    def batch_shape(self, n: int | None = None) -> Any:
        if isinstance(self.shape, list):
            return [(n, *s) for s in self.shape]
        return (n, *self.shape)


CASES: dict[str, Case] = {}


def case(kind: Any, shape: Any, count: int = 0, /, **options: Any) -> None:
    said = "-".join(f"{k}={getattr(v, '__name__', v)}" for k, v in options.items())
    name = f"{kind.__name__}-{said}".rstrip("-")
    CASES[name if name not in CASES else f"{name}-{len(CASES)}"] = Case(
        lambda **more: kind(**{**options, **more}), shape, count
    )


def around(kind: Any, inner: Any, shape: Any, count: int, **options: Any) -> None:
    """A wrapper around a layer that is made afresh for each."""

    def make(**more: Any) -> Layer:
        dtype = {k: v for k, v in more.items() if k == "dtype"}
        return kind(inner(**dtype), **{**options, **more})

    CASES[f"{kind.__name__}-{len(CASES)}"] = Case(make, shape, count)


# ---- core ---------------------------------------------------------------------------------------
case(layers.Dense, (3,), 16, units=4)
case(layers.Dense, (3,), 12, units=4, activation="sigmoid", use_bias=False)
case(layers.Dense, (5, 3), 8, units=2, kernel_initializer="he_normal")
case(layers.Dense, (3,), 8, units=2, kernel_regularizer="l2", bias_constraint="non_neg")
case(layers.EinsumDense, (2, 3), 16, equation="abc,cd->abd", output_shape=(None, 4), bias_axes="d")
case(layers.EinsumDense, (2, 3), 12, equation="...x,xy->...y", output_shape=4, activation="tanh")
case(layers.EinsumDense, (3, 2), 16, equation="ab...,bc->ac...", output_shape=(4,), bias_axes="c")
case(layers.Embedding, (3,), 10, input_dim=5, output_dim=2)
case(layers.Embedding, (2, 2), 10, input_dim=5, output_dim=2, mask_zero=True)
case(layers.ReversibleEmbedding, (2,), 10, input_dim=5, output_dim=2)
case(layers.ActivityRegularization, (3,), l1=0.1, l2=0.2)
case(layers.Identity, (3,))
case(layers.InputLayer, (3,), shape=(3,))
case(layers.Lambda, (3,), function=nn.activations.tanh)
case(layers.Masking, (2, 3), mask_value=1.0)
around(layers.TimeDistributed, lambda **o: layers.Dense(2, **o), (4, 3), 8)
around(layers.TimeDistributed, lambda **o: layers.BatchNormalization(**o), (2, 3), 12)
around(layers.SpectralNormalization, lambda **o: layers.Dense(2, **o), (3,), 10)
around(layers.SpectralNormalization, lambda **o: layers.Dense(2, **o), (3,), 10, power_iterations=3)

# ---- activations --------------------------------------------------------------------------------
case(layers.Activation, (3,), activation="tanh")
case(layers.Activation, (2, 3), activation="softmax")
case(layers.ReLU, (3,))
case(layers.ReLU, (5, 3), max_value=0.8, negative_slope=0.1, threshold=0.2)
case(layers.LeakyReLU, (3,), negative_slope=0.1)
case(layers.PReLU, (3,), 3, alpha_initializer="ones")
case(layers.PReLU, (2, 3), 3, shared_axes=[1], alpha_initializer="random_uniform")
case(layers.ELU, (3,), alpha=0.5)
case(layers.Softmax, (2, 3))
case(layers.Softmax, (2, 3), axis=[1, 2])

# ---- at random ----------------------------------------------------------------------------------
case(layers.Dropout, (3,), rate=0.5, seed=1)
case(layers.Dropout, (3,), rate=0.5, noise_shape=(None, 1), seed=1)
case(layers.AlphaDropout, (3,), rate=0.3, seed=1)
case(layers.AlphaDropout, (2, 3), rate=0.3, noise_shape=(None, 1, None), seed=1)
case(layers.GaussianDropout, (3,), rate=0.5, seed=1)
case(layers.GaussianNoise, (3,), stddev=0.5, seed=1)
case(layers.SpatialDropout1D, (3, 2), rate=0.5, seed=1)
case(layers.SpatialDropout2D, (2, 3, 2), rate=0.5, data_format="channels_first", seed=1)
case(layers.SpatialDropout3D, (2, 2, 2, 2), rate=0.5, seed=1)

# ---- normalization ------------------------------------------------------------------------------
case(layers.BatchNormalization, (3,), 12)
case(layers.BatchNormalization, (3, 2), 9, axis=1, momentum=0.5, scale=False, epsilon=0.1)
case(layers.BatchNormalization, (3,), 21, renorm=True, renorm_clipping={"rmax": 2.0, "dmax": 1.0})
case(layers.LayerNormalization, (3,), 6)
case(layers.LayerNormalization, (2, 3), 12, axis=[1, 2], epsilon=0.1)
case(layers.LayerNormalization, (2, 3), 2, axis=1, center=False)
case(layers.RMSNormalization, (3,), 3)
case(layers.RMSNormalization, (2, 3), 2, axis=1)
case(layers.GroupNormalization, (2, 4), 8, groups=2)
case(layers.GroupNormalization, (4, 3), 4, groups=-1, axis=1, center=False)
case(layers.UnitNormalization, (3,))
case(layers.Normalization, (3,), mean=[0.5, 1.0, 2.0], variance=[1.0, 4.0, 9.0])
case(layers.UnitNormalization, (2, 3), axis=[1, 2])

# ---- windows ------------------------------------------------------------------------------------
case(layers.Conv1D, (6, 2), 14, filters=2, kernel_size=3, padding="causal", dilation_rate=2)
case(layers.Conv1D, (6, 2), 12, filters=4, kernel_size=3, strides=2, use_bias=False, groups=2)
case(layers.Conv2D, (4, 5, 2), 27, filters=3, kernel_size=2, activation="tanh")
case(layers.Conv2D, (2, 4, 5), 39, filters=3, kernel_size=(2, 3), padding="same",
     data_format="channels_first", strides=(1, 2))
case(layers.Conv3D, (2, 3, 3, 1), 18, filters=2, kernel_size=2, kernel_regularizer="l2")
case(layers.Conv1DTranspose, (4, 2), 21, filters=3, kernel_size=3, strides=2, padding="same")
case(layers.Conv2DTranspose, (2, 3, 2), 10, filters=2, kernel_size=(1, 2), output_padding=1,
     strides=2)
case(layers.Conv3DTranspose, (1, 2, 2, 2), 9, filters=1, kernel_size=2,
     data_format="channels_first")
case(layers.DepthwiseConv1D, (5, 2), 16, kernel_size=3, depth_multiplier=2)
case(layers.DepthwiseConv2D, (4, 3, 2), 10, kernel_size=2, padding="same", strides=2)
case(layers.SeparableConv1D, (5, 2), 15, filters=3, kernel_size=3, padding="causal")
case(layers.SeparableConv2D, (2, 4, 3), 14, filters=2, kernel_size=2, data_format="channels_first")
case(layers.LocallyConnected1D, (5, 2), 28, filters=2, kernel_size=3, strides=2)
case(layers.LocallyConnected2D, (2, 3, 2), 60, filters=2, kernel_size=(2, 1), padding="same",
     data_format="channels_first", implementation=2, activation="tanh")
case(layers.MaxPooling1D, (5, 2), pool_size=2)
case(layers.MaxPooling2D, (4, 3, 2), pool_size=(2, 3), strides=1, padding="same")
case(layers.MaxPooling3D, (2, 2, 2, 2), data_format="channels_first")
case(layers.AveragePooling1D, (5, 2), pool_size=3, strides=1, padding="same")
case(layers.AveragePooling2D, (2, 4, 3), pool_size=2, data_format="channels_first")
case(layers.AveragePooling3D, (2, 2, 3, 2), pool_size=2)
for kind in (layers.AdaptiveMaxPooling1D, layers.AdaptiveAveragePooling1D):
    case(kind, (5, 2), output_size=3)
for kind in (layers.AdaptiveMaxPooling2D, layers.AdaptiveAveragePooling2D):
    case(kind, (2, 5, 4), output_size=(2, 3), data_format="channels_first")
for kind in (layers.AdaptiveMaxPooling3D, layers.AdaptiveAveragePooling3D):
    case(kind, (2, 3, 2, 1), output_size=2)

# ---- recurrence ---------------------------------------------------------------------------------
case(layers.SimpleRNN, (4, 2), 18, units=3)
case(layers.SimpleRNN, (4, 2), 15, units=3, use_bias=False, return_sequences=True,
     go_backwards=True)
case(layers.LSTM, (4, 2), 72, units=3, return_sequences=True)
case(layers.LSTM, (3, 2), 72, units=3, unit_forget_bias=False,
     recurrent_activation="hard_sigmoid")
case(layers.GRU, (4, 2), 63, units=3)
case(layers.GRU, (4, 2), 54, units=3, reset_after=False, return_sequences=True)
around(layers.RNN, lambda **o: layers.SimpleRNNCell(3, **o), (4, 2), 18)
around(
    layers.RNN, lambda **o: [layers.SimpleRNNCell(2, **o), layers.GRUCell(1, **o)], (3, 2), 25
)
case(layers.ConvLSTM1D, (2, 3, 1), 20, filters=1, kernel_size=2)
case(layers.ConvLSTM2D, (2, 3, 2, 1), 36, filters=1, kernel_size=2, padding="same",
     return_sequences=True)
case(layers.ConvLSTM2D, (2, 1, 3, 3), 36, filters=1, kernel_size=2, data_format="channels_first")
case(layers.ConvLSTM3D, (2, 2, 2, 2, 1), 68, filters=1, kernel_size=2, strides=2)
around(layers.Bidirectional, lambda **o: layers.LSTM(1, **o), (3, 2), 32)
around(layers.Bidirectional, lambda **o: layers.GRU(1, return_sequences=True, **o), (3, 2), 30,
       merge_mode="sum")

# ---- attention ----------------------------------------------------------------------------------
case(layers.Attention, [(2, 3), (4, 3)])
case(layers.Attention, [(2, 3), (2, 4), (2, 3)], 2, use_scale=True, score_mode="concat")
case(layers.AdditiveAttention, [(2, 3), (4, 3)], 3)
case(layers.MultiHeadAttention, (3, 4), 72, num_heads=2, key_dim=2, value_dim=1, use_gate=True,
     kernel_regularizer="l2")
case(layers.MultiHeadAttention, (2, 3, 4), 60, num_heads=2, key_dim=2, use_bias=False,
     attention_axes=2, output_shape=3, sliding_window=2)
case(layers.GroupQueryAttention, (3, 4), 96, head_dim=2, num_query_heads=4,
     num_key_value_heads=2, use_bias=False)

# ---- merging ------------------------------------------------------------------------------------
for kind in (layers.Add, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum):
    case(kind, [(3,), (2, 3), (2, 1)])
case(layers.Subtract, [(3,), (3,)])
case(layers.Concatenate, [(2, 3), (2, 1)])
case(layers.Concatenate, [(2, 3), (1, 3)], axis=1)
case(layers.Dot, [(3,), (3,)], axes=1, normalize=True)
case(layers.Dot, [(2, 3), (3, 2)], axes=(2, 1))

# ---- shapes -------------------------------------------------------------------------------------
case(layers.Flatten, (2, 3))
case(layers.Flatten, (2, 1, 3), data_format="channels_first")
case(layers.Reshape, (6,), target_shape=(3, 2))
case(layers.Reshape, (2, 3), target_shape=(-1, 2))
case(layers.Permute, (2, 3), dims=(2, 1))
case(layers.RepeatVector, (3,), n=2)
case(layers.ZeroPadding1D, (3, 2), padding=(1, 2))
case(layers.ZeroPadding2D, (2, 3, 2), padding=((1, 0), (0, 2)))
case(layers.ZeroPadding3D, (2, 1, 2, 1), padding=1, data_format="channels_first")
case(layers.Cropping1D, (4, 2), cropping=(1, 0))
case(layers.Cropping2D, (2, 3, 4), cropping=((0, 1), (1, 1)), data_format="channels_first")
case(layers.Cropping3D, (3, 4, 3, 1))
case(layers.UpSampling1D, (3, 2), size=2)
case(layers.UpSampling2D, (2, 3, 2), size=(2, 1))
case(layers.UpSampling2D, (2, 2, 3), interpolation="bilinear", data_format="channels_first")
case(layers.UpSampling3D, (1, 2, 2, 1), size=(1, 2, 3))
case(layers.GlobalAveragePooling1D, (3, 2))
case(layers.GlobalAveragePooling2D, (2, 3, 2), keepdims=True)
case(layers.GlobalAveragePooling3D, (2, 2, 2, 2))
case(layers.GlobalMaxPooling1D, (2, 3), data_format="channels_first")
case(layers.GlobalMaxPooling2D, (2, 3, 2))
case(layers.GlobalMaxPooling3D, (2, 2, 2, 2), data_format="channels_first", keepdims=True)

def pipeline(**more: Any) -> Layer:
    dtype = {k: v for k, v in more.items() if k == "dtype"}
    return layers.Pipeline([layers.Dense(3, **dtype), layers.ReLU(**dtype)], **more)


CASES["Pipeline"] = Case(pipeline, (4,), 15)

# ---- signals ------------------------------------------------------------------------------------
case(layers.STFTSpectrogram, (10, 1), 2 * 8 * 5, frame_length=8)
case(layers.STFTSpectrogram, (2, 20), 8 * 9, frame_length=8, frame_step=3, fft_length=16,
     mode="real", data_format="channels_first", padding="same", scaling="spectrum")
case(layers.STFTSpectrogram, (10, 2), 2 * 8 * 5, frame_length=8, mode="magnitude", expand_dims=True)
case(layers.MelSpectrogram, (40,), fft_length=16, sequence_stride=4, num_mel_bins=3,
     sampling_rate=100, min_freq=1.0)
case(layers.MelSpectrogram, (40,), fft_length=16, sequence_stride=5, sequence_length=10,
     num_mel_bins=2, sampling_rate=100, power_to_db=False, mag_exp=1.0)

# ---- images -------------------------------------------------------------------------------------
case(layers.Rescaling, (2, 3), scale=0.5, offset=[1.0, 2.0, 3.0])
case(layers.Resizing, (3, 2, 1), height=2, width=3)
case(layers.Resizing, (1, 4, 3), height=2, width=2, interpolation="nearest",
     crop_to_aspect_ratio=True, data_format="channels_first")
case(layers.Resizing, (2, 3, 1), height=2, width=2, interpolation="bicubic", antialias=True,
     pad_to_aspect_ratio=True, fill_value=0.5)
case(layers.CenterCrop, (4, 3, 2), height=2, width=2)
case(layers.RandomCrop, (4, 3, 2), height=2, width=2, seed=1)
case(layers.RandomFlip, (2, 3, 1), seed=1)
case(layers.RandomRotation, (3, 3, 1), factor=0.2, seed=1)
case(layers.RandomTranslation, (3, 2, 1), height_factor=0.3, width_factor=(0.1, 0.4), seed=1,
     fill_mode="constant")
case(layers.RandomZoom, (2, 2, 3), height_factor=0.3, seed=1, data_format="channels_first")
case(layers.RandomBrightness, (2, 2, 1), factor=0.2, value_range=(-9, 9), seed=1)
case(layers.RandomContrast, (2, 2, 1), factor=0.4, value_range=(-9, 9), seed=1)
case(layers.RandomShear, (3, 2, 1), x_factor=0.3, y_factor=(0.1, 0.4), seed=1)
case(layers.RandomPerspective, (3, 3, 1), scale=0.5, seed=1)
case(layers.RandomElasticTransform, (3, 3, 1), scale=0.5, value_range=(-9, 9), seed=1)
case(layers.RandomSaturation, (2, 2, 3), factor=0.7, value_range=(-9, 9), seed=1)
case(layers.RandomHue, (2, 2, 3), factor=0.3, value_range=(-9, 9), seed=1)
case(layers.RandomColorDegeneration, (3, 2, 2), factor=0.4, value_range=(-9, 9), seed=1,
     data_format="channels_first")  # fmt: skip
case(layers.RandomGrayscale, (2, 2, 3), factor=0.5, seed=1)
case(layers.RandomInvert, (2, 2, 1), factor=0.5, value_range=(-9, 9), seed=1)
case(layers.RandomGaussianBlur, (3, 3, 2), kernel_size=(3, 5), value_range=(-9, 9), seed=1)
case(layers.RandomErasing, (3, 4, 2), scale=0.4, fill_value=0.5, value_range=(-9, 9), seed=1)
case(layers.RandomSharpness, (3, 3, 2), factor=0.8, value_range=(-9, 9), seed=1)
case(layers.RandomPosterization, (2, 2, 1), factor=3, value_range=(-9, 9), seed=1)
case(layers.Solarization, (2, 2, 1), addition_factor=0.2, threshold_factor=0.7,
     value_range=(-9, 9), seed=1)  # fmt: skip
case(layers.AutoContrast, (3, 2, 2), value_range=(-9, 9))
case(layers.Equalization, (3, 2, 2), value_range=(-9, 9), bins=16)
case(layers.ContrastLimitedAdaptiveHistogramEqualization, (5, 4, 1), value_range=(-9, 9),
     clip_limit=2.0, tile_grid_size=(2, 2))  # fmt: skip
case(layers.MixUp, (2, 2, 1), alpha=0.4, seed=1)
case(layers.CutMix, (3, 3, 1), factor=0.8, seed=1)
case(layers.MaxNumBoundingBoxes, (2, 2, 1), max_number=3)
case(layers.RandomColorJitter, (2, 2, 3), value_range=(-9, 9), brightness_factor=0.2,
     contrast_factor=0.3, saturation_factor=0.6, hue_factor=0.1, seed=1)  # fmt: skip
case(layers.RandAugment, (4, 4, 3), value_range=(-9, 9), num_ops=2, factor=0.3, seed=1)
case(layers.AugMix, (4, 4, 3), value_range=(-9, 9), num_chains=2, chain_depth=1, seed=1)
