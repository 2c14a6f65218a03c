"""More models of several layers: of words, of tables, of sound, of images, and how they are put
together.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.peers.whole_models import of

# ---- pictures, volumes, series -------------------------------------------------------------------


@of((16, 16, 3))
def unet(k: Any, q: Any) -> Any:
    a = x = k.Input((16, 16, 3))
    kept = []
    for n in (3, 4):
        x = q.Conv2D(n, 3, padding="same", activation="relu")(x)
        kept.append(x)
        x = q.MaxPool2D()(x)
    x = q.Conv2D(5, 3, padding="same", activation="swish")(x)
    for n in (4, 3):
        x = q.Conv2DTranspose(n, 2, strides=2)(x)
        x = q.Concatenate()([x, kept.pop()])
        x = q.Conv2D(n, 3, padding="same", activation="relu")(x)
    return k.Model(a, q.Conv2D(2, 1, activation="sigmoid")(x))


@of((12, 12, 3))
def separable(k: Any, q: Any) -> Any:
    a = k.Input((12, 12, 3))
    x = q.Conv2D(4, 3, strides=2, use_bias=False)(a)
    for stride in (1, 2):
        x = q.DepthwiseConv2D(3, strides=stride, padding="same", depth_multiplier=2)(x)
        x = q.ReLU(6.0)(q.BatchNormalization(momentum=0.9, epsilon=1e-2)(x))
        x = q.SeparableConv2D(4, 3, padding="same", depth_multiplier=2, use_bias=False)(x)
    gate = q.Reshape((1, 1, 4))(q.Dense(4, "hard_sigmoid")(q.GlobalMaxPool2D()(x)))
    return k.Model(a, q.Dense(2)(q.Flatten()(q.Multiply()([x, gate]))))


@of((12, 8, 2))
def pooled(k: Any, q: Any) -> Any:
    a = k.Input((12, 8, 2))
    x = q.AdaptiveAveragePooling2D((6, 4))(a)
    y = q.AdaptiveMaxPooling2D((6, 4))(a)
    x = q.AvgPool2D(3, 1, "same")(q.Average()([x, y]))
    return k.Model(a, [q.GlobalAvgPool2D()(x), q.GlobalMaxPooling2D()(y)])


@of((6, 8, 4, 2))
def pooled_volumes(k: Any, q: Any) -> Any:
    a = k.Input((6, 8, 4, 2))
    x = q.AdaptiveAveragePooling3D((3, 4, 2))(q.MaxPool3D(1)(a))
    y = q.AdaptiveMaxPooling3D((3, 4, 2))(q.AvgPool3D(1)(a))
    z = q.Conv3D(3, 2, strides=2)(q.Add()([x, y]))
    z = q.Conv3DTranspose(2, 2, strides=2, padding="same")(z)
    return k.Model(a, [q.GlobalAveragePooling3D()(z), q.GlobalMaxPool3D()(x)])


@of((12, 3))
def pooled_series(k: Any, q: Any) -> Any:
    a = k.Input((12, 3))
    x = q.AdaptiveAveragePooling1D(6)(q.MaxPool1D(2, 1, "same")(a))
    y = q.AdaptiveMaxPooling1D(6)(q.AvgPool1D(2, 1, "same")(a))
    z = q.Maximum()([x, y])
    return k.Model(a, [q.GlobalAvgPool1D()(z), q.GlobalMaxPool1D()(z), q.Minimum()([x, y])])


@of((16, 2))
def dilated(k: Any, q: Any) -> Any:
    a = x = k.Input((16, 2))
    kept = []
    for rate in (1, 2, 4):
        y = q.Conv1D(4, 2, padding="causal", dilation_rate=rate)(x)
        y = q.Multiply()([q.Activation("tanh")(y), q.Activation("sigmoid")(y)])
        kept.append(q.Conv1D(3, 1)(y))
        x = q.Conv1D(2, 1)(y) + x
    return k.Model(a, q.Dense(1)(q.Activation("relu")(q.Add()(kept))))


@of((4, 6, 2), (3, 4, 5, 3, 2))
def moving(k: Any, q: Any) -> Any:
    a, b = k.Input((4, 6, 2)), k.Input((3, 4, 5, 3, 2))
    x = q.ConvLSTM1D(3, 3, padding="same", return_sequences=True)(a)
    x = q.Bidirectional(q.ConvLSTM1D(2, 2))(x)
    y = q.ConvLSTM3D(2, 2, padding="same", strides=(1, 2, 1))(b)
    return k.Model([a, b], [q.Flatten()(x), q.GlobalAvgPool3D()(y)])


@of((10, 10, 3), kind="pictures")
def colours(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((10, 10, 3)), q.RandomBrightness(0.2), q.RandomColorDegeneration(0.3),
        q.RandomColorJitter((0, 255), 0.1, 0.1, 0.1, 0.1), q.RandomGrayscale(0.4),
        q.RandomHue(0.1), q.RandomInvert(0.2), q.RandomPosterization(4), q.RandomSaturation(0.2),
        q.RandomSharpness(0.2), q.RandAugment(), q.AugMix(), q.MixUp(), q.CutMix(),
        q.AutoContrast(), q.Solarization(0.0, 0.5), q.Rescaling(1 / 255),
        q.Conv2D(2, 3), q.GlobalAveragePooling2D(),
    ])  # fmt: skip


@of((10, 10, 3), kind="pictures")
def shaken(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((10, 10, 3)), q.RandomElasticTransform(), q.RandomErasing(),
        q.RandomGaussianBlur(), q.RandomPerspective(), q.RandomShear(0.1, 0.1),
        q.RandomRotation(0.2), q.Resizing(6, 6, "nearest"), q.Rescaling(1 / 255, -0.5),
        q.Conv2D(2, 3, activation="relu"), q.Flatten(), q.Dense(2),
    ])  # fmt: skip


@of((16, 16, 3), kind="pictures")
def levelled(k: Any, q: Any) -> Any:
    """Counts levels of whole numbers, for those that a layer rounded might be one less. As many are
    in a tile as make its limit whole: Keras on PyTorch cuts off the rest of it.
    """
    return k.Sequential([
        k.Input((16, 16, 3)), q.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2)),
        q.Rescaling(1 / 255), q.Conv2D(2, 3), q.GlobalAveragePooling2D(),
    ])  # fmt: skip


@of((400,))
def loudness(k: Any, q: Any) -> Any:
    """The logarithm of what nearly cancels out is as uncertain as that; a product evens it out."""
    a = k.Input((400,))
    y = q.Reshape((400, 1))(a)
    y = q.STFTSpectrogram(mode="log", frame_length=32, frame_step=16, fft_length=32)(y)
    return k.Model(a, q.LSTM(2)(y))


@of((400,))
def sound(k: Any, q: Any) -> Any:
    a = k.Input((400,))
    x = q.MelSpectrogram(fft_length=64, sequence_stride=32, num_mel_bins=6, sampling_rate=800,
                         min_freq=10, max_freq=400)(a)  # fmt: skip
    y = q.Reshape((400, 1))(a)
    y = q.STFTSpectrogram(mode="magnitude", frame_length=32, frame_step=16, fft_length=32)(y)
    return k.Model(a, [q.GRU(2)(q.Permute((2, 1))(q.Rescaling(0.02)(x))), q.LSTM(2)(y)])


# ---- words and tables ----------------------------------------------------------------------------


@of((6,), (5,), kind="tokens")
def translator(k: Any, q: Any) -> Any:
    a, b = k.Input((6,), dtype="int32"), k.Input((5,), dtype="int32")
    x, *state = q.LSTM(4, return_sequences=True, return_state=True)(
        q.Embedding(9, 3, mask_zero=True)(a)
    )
    y = q.LSTM(4, return_sequences=True)(q.Embedding(9, 3)(b), initial_state=state)
    context = q.Attention()([y, x])
    return k.Model([a, b], q.TimeDistributed(q.Dense(9, "softmax"))(q.Concatenate()([y, context])))


@of((6,), kind="tokens")
def speaker(k: Any, q: Any) -> Any:
    """A decoder of today: grouped queries, root mean squares, gated units, one table at both ends.
    """
    a = k.Input((6,), dtype="int32")
    table = q.ReversibleEmbedding(9, 8)
    x = table(a)
    for _ in range(2):
        y = q.RMSNormalization()(x)
        x = x + q.GroupQueryAttention(4, 4, 2)(y, y, use_causal_mask=True)
        y = q.RMSNormalization(epsilon=1e-5)(x)
        gate = q.Dense(12, activation="silu", use_bias=False)(y)
        y = q.Multiply()([gate, q.Dense(12, use_bias=False)(y)])
        x = x + q.Dense(8, use_bias=False)(y)
    return k.Model(a, table(q.RMSNormalization()(x), reverse=True))


@of((5,), (5,), kind="tokens")
def twins(k: Any, q: Any) -> Any:
    """Two inputs through one model, masks and all, and their distance."""
    tower = k.Sequential([
        k.Input((5,), dtype="int32"), q.Embedding(9, 4, mask_zero=True), q.GRU(3),
        q.Dense(3), q.UnitNormalization(),
    ])  # fmt: skip
    a, b = k.Input((5,), dtype="int32"), k.Input((5,), dtype="int32")
    x, y = tower(a), tower(b)
    far = q.Subtract()([x, y])
    return k.Model([a, b], [q.Dot(1)([x, y]), q.Dense(1, "sigmoid")(far * far)])


@of((3,), (4,))
def table(k: Any, q: Any) -> Any:
    """Columns that are cut into ranges, and those that are numbers."""
    a, b = k.Input((3,), name="ranges"), k.Input((4,), name="plain")
    x = q.Discretization(bin_boundaries=[-0.5, 0.0, 0.5])(a)
    wide = q.CategoryEncoding(4, output_mode="multi_hot")(x)
    deep = q.Flatten()(q.Embedding(4, 2)(x))
    number = q.Normalization(mean=0.5, variance=4.0)(b)
    return k.Model([a, b], q.Dense(2)(q.Concatenate()([wide, deep, number])))


@of(left=(3,), right=(3,))
def by_names(k: Any, q: Any) -> Any:
    """Inputs and outputs as dicts."""
    ins = {name: k.Input((3,), name=name) for name in ("left", "right")}
    x = q.Concatenate()([q.Dense(3, "tanh")(v) for v in ins.values()])
    kind = q.Dense(2, "softmax", name="kind")(x)
    return k.Model(ins, {"score": q.Dense(1, name="score")(x), "kind": kind})


# ---- recurrent parts -----------------------------------------------------------------------------


@of((6, 3))
def stacked_cells(k: Any, q: Any) -> Any:
    cells = q.StackedRNNCells([q.LSTMCell(3), q.GRUCell(3), q.SimpleRNNCell(2)])
    x = a = k.Input((6, 3))
    x = q.RNN(cells, return_sequences=True)(x)
    x = q.Bidirectional(q.RNN(q.GRUCell(2, reset_after=False)), merge_mode="ave")(x)
    return k.Model(a, q.Dense(1)(x))


@of((6, 3))
def both_ways(k: Any, q: Any) -> Any:
    a = k.Input((6, 3))
    x = q.Bidirectional(q.LSTM(2, return_sequences=True), merge_mode="mul",
                        backward_layer=q.LSTM(2, return_sequences=True, go_backwards=True,
                                              activation="relu"))(a)  # fmt: skip
    y, *states = q.Bidirectional(q.GRU(2, return_state=True), merge_mode="concat")(x)
    return k.Model(a, [q.Add()(states), q.SimpleRNN(2, activation="relu")(x), y])


@of((4, 5, 3))
def by_time(k: Any, q: Any) -> Any:
    inner = k.Sequential([k.Input((5, 3)), q.Conv1D(3, 2), q.GlobalMaxPooling1D()])
    return k.Sequential([
        k.Input((4, 5, 3)), q.TimeDistributed(inner), q.Masking(0.5),
        q.LSTM(3, unit_forget_bias=False, use_bias=True, recurrent_activation="hard_sigmoid"),
    ])  # fmt: skip


# ---- how models are told and put together --------------------------------------------------------


@of((6, 4))
def norms(k: Any, q: Any) -> Any:
    """Each of the same input: one behind another they would make rounding grow."""
    a = k.Input((6, 4))
    each = [layer(a) for layer in (
        q.BatchNormalization(axis=1, scale=False), q.BatchNormalization(center=False),
        q.LayerNormalization(axis=[1, 2]), q.LayerNormalization(center=False, epsilon=1e-4),
        q.GroupNormalization(groups=-1), q.GroupNormalization(2, scale=False),
        q.RMSNormalization(), q.UnitNormalization(axis=1), q.Normalization(mean=0.1, variance=0.5),
    )]  # fmt: skip
    return k.Model(a, each)


@of((5, 4))
def told_by_objects(k: Any, q: Any) -> Any:
    i, r, c = k.initializers, k.regularizers, k.constraints
    return k.Sequential([
        k.Input((5, 4)),
        q.Conv1D(3, 2, kernel_initializer=i.HeNormal(seed=1), bias_initializer=i.Constant(0.3),
                 kernel_regularizer=r.L1L2(0.01, 0.02), kernel_constraint=c.MaxNorm(2, [0, 1])),
        q.LSTM(3, recurrent_initializer=i.Orthogonal(0.9, seed=2), bias_regularizer=r.L1(0.01),
               recurrent_constraint=c.UnitNorm(), kernel_initializer=i.VarianceScaling(seed=3)),
        q.Dense(3, kernel_constraint=c.MinMaxNorm(0.1, 0.9), activity_regularizer=r.L2(0.01),
                kernel_initializer=i.RandomUniform(-1, 1, seed=4), bias_constraint=c.NonNeg()),
        q.Dense(2, kernel_regularizer=r.OrthogonalRegularizer(0.01, "columns"),
                kernel_initializer=i.TruncatedNormal(stddev=0.5, seed=5)),
    ])  # fmt: skip


@of((6,))
def in_line(k: Any, q: Any) -> Any:
    a = k.Input((6,))
    x = q.Pipeline([q.Rescaling(0.5), q.Dense(4), q.LeakyReLU(negative_slope=0.2)])(a)
    return k.Model(a, q.Pipeline([q.Identity(), q.Dense(2)])(x))


@of((6,))
def half(k: Any, q: Any) -> Any:
    """Computes in half the width, keeps its weights in full; a last layer in full."""
    how = {"dtype": "mixed_float16"}
    return k.Sequential([
        k.Input((6,)), q.Dense(5, activation="relu", **how), q.LayerNormalization(**how),
        q.Dense(2, dtype="float32"),
    ])  # fmt: skip


@of((6,))
def deeper(k: Any, q: Any) -> Any:
    """Models in models in models, one of them used twice, a part of it frozen."""
    block = k.Sequential([k.Input((4,)), q.Dense(4, "tanh"), q.Dropout(0.2)], name="block")
    b = k.Input((4,))
    middle = k.Model(b, [q.Add()([b, block(b)]), block(b)], name="middle")
    middle.trainable = False
    a = k.Input((6,))
    x, y = middle(q.Dense(4, name="into")(a))
    x, _ = middle(x)
    return k.Model(a, q.Dense(2, name="out")(q.Concatenate()([x, y])), name="whole")


def _own(k: Any, q: Any) -> tuple[type, type]:
    """A layer and a model of one's own, registered where the library looks for them."""

    def register(name: str) -> Any:
        return k.saving.register_keras_serializable("layered_models", name)

    class Scaled(q.Layer):  # type: ignore[misc]
        def __init__(self, factor: float = 1.0, **more: Any) -> None:
            super().__init__(**more)
            self.factor = factor

        def build(self, shape: Any) -> None:
            self.gain = self.add_weight(shape=(shape[-1],), initializer="normal", name="gain")

        def call(self, x: Any) -> Any:
            return x * self.gain * self.factor

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "factor": self.factor}

    class Towers(k.Model):  # type: ignore[misc]
        def __init__(self, units: int = 3, **more: Any) -> None:
            super().__init__(**more)
            self.units = units
            self.first = [q.Dense(units, "tanh"), q.Dense(units)]
            self.scaled, self.last = Scaled(0.5), q.Dense(1)

        def call(self, x: Any) -> Any:
            for layer in self.first:
                x = layer(x)
            return self.last(self.scaled(x))

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "units": self.units}

    found = {"Scaled": Scaled, "Towers": Towers}
    for name, cls in found.items():
        found[name] = register(name)(cls)
    return found["Scaled"], found["Towers"]


_OWN: dict[Any, tuple[type, type]] = {}


def own(k: Any, q: Any) -> tuple[type, type]:
    return _OWN.get(k) or _OWN.setdefault(k, _own(k, q))


@of((4,))
def subclassed(k: Any, q: Any) -> Any:
    model = own(k, q)[1](4, name="towers")
    model.build((None, 4))
    model(np.zeros((1, 4), "float32"))
    return model


@of((4,))
def with_own_layer(k: Any, q: Any) -> Any:
    own_layer = own(k, q)[0]
    a = k.Input((4,))
    return k.Model(a, own_layer(2.0)(q.RepeatVector(2)(own_layer(3.0)(a))))


def half_of(x: Any) -> Any:
    return x * 0.5


def register(k: Any) -> None:
    """Makes what is one's own known to a library, which then finds it in files."""
    own(k, k.layers)
    k.saving.register_keras_serializable("layered_models", "half_of")(half_of)


@of((4,))
def by_function(k: Any, q: Any) -> Any:
    """A function that is known by name to both."""
    return k.Sequential([k.Input((4,)), q.Dense(3), q.Lambda(half_of)])


@of((4,))
def normed_by_spectrum(k: Any, q: Any) -> Any:
    a = k.Input((4,))
    x = q.SpectralNormalization(q.Dense(4), power_iterations=3)(a)
    x = q.Reshape((4, 1))(x)
    return k.Model(a, q.SpectralNormalization(q.Conv1D(2, 2))(x))
