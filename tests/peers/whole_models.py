"""Models of several layers, each made by Keras or by us from one function of the library's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Make = Callable[[Any, Any], Any]
MODELS: dict[str, tuple[Make, list[tuple[int, ...]]]] = {}


def of(*shapes: tuple[int, ...]) -> Callable[[Make], Make]:
    """Notes a function of a library ``k`` and its layers ``l``, and its inputs' shapes."""

    def note(make: Make) -> Make:
        MODELS[make.__name__] = make, list(shapes)
        return make

    return note


def data(name: str) -> Any:
    rng = np.random.default_rng(5)
    whole = name.startswith("tokens")
    found = [
        rng.integers(0, 9, (4, *s)).astype("int32") if whole
        else rng.normal(size=(4, *s)).astype("float32")
        for s in MODELS[name][1]
    ]  # fmt: skip
    return found if len(found) > 1 else found[0]


@of((8,))
def pima(k: Any, l: Any) -> Any:
    return k.Sequential([
        k.Input((8,)), l.Dense(12, activation="relu"), l.Dense(8, activation="relu"),
        l.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


@of((8,))
def norms_and_drops(k: Any, l: Any) -> Any:
    return k.Sequential([
        k.Input((8,)), l.Dense(6, kernel_regularizer="l2", bias_constraint="non_neg"),
        l.BatchNormalization(), l.LeakyReLU(), l.Dropout(0.3), l.GaussianNoise(0.1),
        l.LayerNormalization(), l.PReLU(), l.AlphaDropout(0.2), l.GaussianDropout(0.2),
        l.UnitNormalization(), l.ActivityRegularization(0.01), l.Dense(2),
    ])  # fmt: skip


@of((6,))
def activations(k: Any, l: Any) -> Any:
    names = "elu selu gelu softplus softsign tanh sigmoid hard_sigmoid swish mish exponential " \
        "leaky_relu relu6 celu log_sigmoid hard_tanh tanh_shrink squareplus softmax"  # fmt: skip
    x = a = k.Input((6,))
    for name in names.split():
        x = l.Dense(6, activation=name)(x)
        x = l.Dense(6)(x)
    x = l.Softmax()(l.ReLU(6.0)(l.ELU(0.5)(l.Activation("relu")(x))))
    return k.Model(a, x)


@of((5,), (7,))
def merged(k: Any, l: Any) -> Any:
    a, b = k.Input((5,), name="a"), k.Input((7,), name="b")
    shared = l.Dense(4, activation="tanh")
    x, y = shared(l.Dense(3)(a)), shared(l.Dense(3)(b))
    z = [l.Add()([x, y]), l.Subtract()([x, y]), l.Multiply()([x, y]), l.Average()([x, y]),
         l.Maximum()([x, y]), l.Minimum()([x, y]), l.Dot(1)([x, y])]  # fmt: skip
    return k.Model([a, b], [l.Concatenate()(z), x])


@of((6,))
def nested(k: Any, l: Any) -> Any:
    inner = k.Sequential([k.Input((6,)), l.Dense(5, activation="relu"), l.Dense(6)])
    b = k.Input((6,))
    block = k.Model(b, l.Add()([b, inner(b)]))
    a = k.Input((6,))
    return k.Model(a, l.Dense(2)(block(block(a))))


@of((6,))
def operators(k: Any, l: Any) -> Any:
    a = k.Input((6,))
    x = l.Dense(4)(a)
    return k.Model(a, (x * 2.0 + 1.0) / 3.0 - x)


@of((12, 12, 3))
def images(k: Any, l: Any) -> Any:
    return k.Sequential([
        k.Input((12, 12, 3)), l.Rescaling(0.5, 0.1), l.ZeroPadding2D(1), l.Conv2D(4, 3, strides=2),
        l.BatchNormalization(), l.Activation("relu"), l.MaxPooling2D(2, padding="same"),
        l.SeparableConv2D(5, 3, padding="same"), l.DepthwiseConv2D(2), l.AveragePooling2D(2),
        l.SpatialDropout2D(0.3), l.Flatten(), l.Dense(3, activation="softmax"),
    ])  # fmt: skip


@of((8, 8, 2))
def autoencoder(k: Any, l: Any) -> Any:
    a = k.Input((8, 8, 2))
    x = l.Conv2D(3, 3, padding="same", activation="relu")(a)
    y = l.Conv2D(4, 3, strides=2, padding="same", dilation_rate=1, groups=1)(x)
    y = l.Conv2DTranspose(3, 3, strides=2, padding="same")(y)
    z = l.UpSampling2D(2, interpolation="bilinear")(l.AveragePooling2D(2)(x))
    y = l.Concatenate()([x, y, z])
    return k.Model(a, l.Cropping2D(((1, 0), (0, 1)))(l.Conv2D(1, 1)(y)))


@of((8, 8, 4))
def residual(k: Any, l: Any) -> Any:
    a = x = k.Input((8, 8, 4))
    for _ in range(2):
        y = l.Conv2D(4, 3, padding="same", use_bias=False)(x)
        y = l.ReLU()(l.GroupNormalization(2)(y))
        x = l.Add()([x, l.Conv2D(4, 3, padding="same", groups=2)(y)])
    return k.Model(a, l.Dense(3)(l.GlobalAveragePooling2D()(x)))


@of((6, 6, 6, 2))
def volumes(k: Any, l: Any) -> Any:
    return k.Sequential([
        k.Input((6, 6, 6, 2)), l.Conv3D(3, 3, padding="same"), l.MaxPooling3D(2),
        l.Conv3DTranspose(2, 2), l.ZeroPadding3D(1), l.Cropping3D(1), l.UpSampling3D(2),
        l.AveragePooling3D(2), l.SpatialDropout3D(0.2), l.GlobalMaxPooling3D(), l.Dense(2),
    ])  # fmt: skip


@of((10, 3))
def series(k: Any, l: Any) -> Any:
    return k.Sequential([
        k.Input((10, 3)), l.Conv1D(4, 3, padding="causal", dilation_rate=2), l.ZeroPadding1D(1),
        l.SeparableConv1D(4, 3), l.DepthwiseConv1D(2), l.Cropping1D(1), l.UpSampling1D(2),
        l.MaxPooling1D(2), l.Conv1DTranspose(3, 2), l.AveragePooling1D(2), l.SpatialDropout1D(0.2),
        l.GlobalMaxPooling1D(), l.Dense(2),
    ])  # fmt: skip


@of((7, 3))
def recurrent(k: Any, l: Any) -> Any:
    return k.Sequential([
        k.Input((7, 3)), l.LSTM(4, return_sequences=True, dropout=0.2),
        l.GRU(4, return_sequences=True, recurrent_dropout=0.1), l.Bidirectional(l.LSTM(3,
        return_sequences=True)), l.TimeDistributed(l.Dense(4, activation="relu")),
        l.SimpleRNN(3, return_sequences=True, go_backwards=True),
        l.RNN([l.LSTMCell(3), l.GRUCell(2)]), l.RepeatVector(3), l.Bidirectional(l.GRU(2),
        merge_mode="sum"), l.Dense(1),
    ])  # fmt: skip


@of((5, 4))
def states(k: Any, l: Any) -> Any:
    a = k.Input((5, 4))
    y, h, c = l.LSTM(3, return_state=True, return_sequences=True)(a)
    z = l.LSTM(3)(y, initial_state=[h, c])
    return k.Model(a, [z, h])


@of((3, 6, 6, 2))
def films(k: Any, l: Any) -> Any:
    return k.Sequential([
        k.Input((3, 6, 6, 2)), l.ConvLSTM2D(3, 3, padding="same", return_sequences=True),
        l.TimeDistributed(l.Conv2D(2, 3)), l.ConvLSTM2D(2, 2), l.Flatten(), l.Dense(2),
    ])  # fmt: skip


@of((6, 5))
def transformer(k: Any, l: Any) -> Any:
    a = x = k.Input((6, 5))
    for _ in range(2):
        y = l.MultiHeadAttention(2, 3, dropout=0.1)(x, x, use_causal_mask=True)
        x = l.LayerNormalization()(l.Add()([x, y]))
        y = l.Dense(5)(l.Dense(8, activation="gelu")(x))
        x = l.LayerNormalization()(x + y)
    return k.Model(a, l.Dense(2)(l.GlobalAveragePooling1D()(x)))


@of((4, 6), (5, 7))
def attending(k: Any, l: Any) -> Any:
    a, b = k.Input((4, 6)), k.Input((5, 7))
    x = l.MultiHeadAttention(2, 3)(a, b)
    x = l.GroupQueryAttention(2, 4, 2)(x, x)
    y = l.Dense(6)(b)
    x = l.Attention(use_scale=True)([x, y])
    return k.Model([a, b], l.AdditiveAttention()([x, y]))


@of((6,))
def tokens(k: Any, l: Any) -> Any:
    a = k.Input((6,), dtype="int32")
    x = l.Embedding(9, 4, mask_zero=True)(a)
    x = l.Bidirectional(l.LSTM(3, return_sequences=True))(x)
    return k.Model(a, l.Dense(2)(l.GRU(3)(x)))


@of((4,), (4,))
def tokens_of_two(k: Any, l: Any) -> Any:
    a, b = k.Input((4,), dtype="int32"), k.Input((4,), dtype="int32")
    shared = l.Embedding(9, 3)
    x = l.Dot(2, normalize=True)([shared(a), shared(b)])
    return k.Model([a, b], l.Dense(1)(l.Flatten()(x)))


@of((12,))
def shapes(k: Any, l: Any) -> Any:
    return k.Sequential([
        k.Input((12,)), l.Reshape((3, 4)), l.Permute((2, 1)), l.EinsumDense("abc,cd->abd", (4, 5),
        bias_axes="d"), l.Identity(), l.Flatten(), l.RepeatVector(2), l.Masking(0.0),
        l.LSTM(2),
    ])  # fmt: skip


@of((6,))
def spectral(k: Any, l: Any) -> Any:
    return k.Sequential([
        k.Input((6,)), l.SpectralNormalization(l.Dense(5), power_iterations=2), l.ReLU(),
        l.SpectralNormalization(l.Dense(2)),
    ])  # fmt: skip


@of((5,))
def preprocessed(k: Any, l: Any) -> Any:
    a = k.Input((5,))
    x = l.Normalization(mean=[1.0, 2.0, 0.0, 1.0, 0.5], variance=[1.0, 4.0, 1.0, 2.0, 1.0])(a)
    return k.Model(a, l.Dense(2)(x))


@of((8, 8, 3))
def augmented(k: Any, l: Any) -> Any:
    return k.Sequential([
        k.Input((8, 8, 3)), l.RandomFlip("horizontal"), l.RandomRotation(0.1), l.RandomZoom(0.1),
        l.RandomTranslation(0.1, 0.1), l.RandomContrast(0.1), l.CenterCrop(6, 6),
        l.Resizing(4, 4), l.Conv2D(2, 3), l.GlobalAveragePooling2D(),
    ])  # fmt: skip
