"""Models of several layers, each made by Keras or by us from one function of the library's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Make = Callable[[Any, Any], Any]
MODELS: dict[str, tuple[Make, dict[str, tuple[int, ...]], str]] = {}


def of(*shapes: tuple[int, ...], kind: str = "plain", **named: Any) -> Callable[[Make], Make]:
    """Notes a function of a library ``k`` and its layers ``q``, and its inputs' shapes.

    kind    of all inputs: 'plain' numbers, 'tokens' or 'pictures'.
    named   the shapes of inputs that are told by name.
    """

    def note(make: Make) -> Make:
        MODELS[make.__name__] = make, named or {str(i): s for i, s in enumerate(shapes)}, kind
        return make

    return note


def data(name: str) -> Any:
    """Inputs for a model: one array, a list of some, or a dict."""
    rng = np.random.default_rng(5)
    _, shapes, kind = MODELS[name]
    draw: dict[str, Callable[[Any], Any]] = {
        "plain": lambda s: rng.normal(size=s).astype("float32"),
        "tokens": lambda s: rng.integers(0, 9, s).astype("int32"),
        "pictures": lambda s: rng.integers(0, 256, s).astype("float32"),
    }
    found = {i: draw[kind]((4, *s)) for i, s in shapes.items()}
    if not next(iter(found)).isdecimal():
        return found
    return list(found.values()) if len(found) > 1 else found["0"]


def kinds(model: Any) -> set[str]:
    """The classes of the layers in one of our models, at any depth."""
    return {type(layer).__name__ for layer in model._flattened()}


@of((8,))
def pima(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((8,)), q.Dense(12, activation="relu"), q.Dense(8, activation="relu"),
        q.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


@of((8,))
def norms_and_drops(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((8,)), q.Dense(6, kernel_regularizer="l2", bias_constraint="non_neg"),
        q.BatchNormalization(), q.LeakyReLU(), q.Dropout(0.3), q.GaussianNoise(0.1),
        q.LayerNormalization(), q.PReLU(), q.AlphaDropout(0.2), q.GaussianDropout(0.2),
        q.UnitNormalization(), q.ActivityRegularization(0.01), q.Dense(2),
    ])  # fmt: skip


@of((6,))
def activations(k: Any, q: Any) -> Any:
    names = "elu selu gelu softplus softsign tanh sigmoid hard_sigmoid swish mish exponential " \
        "leaky_relu relu6 celu log_sigmoid hard_tanh tanh_shrink squareplus softmax"  # fmt: skip
    x = a = k.Input((6,))
    for name in names.split():
        x = q.Dense(6, activation=name)(x)
        x = q.Dense(6)(x)
    x = q.Softmax()(q.ReLU(6.0)(q.ELU(0.5)(q.Activation("relu")(x))))
    return k.Model(a, x)


@of((5,), (7,))
def merged(k: Any, q: Any) -> Any:
    a, b = k.Input((5,), name="a"), k.Input((7,), name="b")
    shared = q.Dense(4, activation="tanh")
    x, y = shared(q.Dense(3)(a)), shared(q.Dense(3)(b))
    z = [q.Add()([x, y]), q.Subtract()([x, y]), q.Multiply()([x, y]), q.Average()([x, y]),
         q.Maximum()([x, y]), q.Minimum()([x, y]), q.Dot(1)([x, y])]  # fmt: skip
    return k.Model([a, b], [q.Concatenate()(z), x])


@of((6,))
def nested(k: Any, q: Any) -> Any:
    inner = k.Sequential([k.Input((6,)), q.Dense(5, activation="relu"), q.Dense(6)])
    b = k.Input((6,))
    block = k.Model(b, q.Add()([b, inner(b)]))
    a = k.Input((6,))
    return k.Model(a, q.Dense(2)(block(block(a))))


@of((6,))
def operators(k: Any, q: Any) -> Any:
    a = k.Input((6,))
    x = q.Dense(4)(a)
    y = (x * 2.0 + 1.0) / (3.0 + abs(x)) - x**2.0
    return k.Model(a, [2.0 - y[:, 1:3], -y[:, 0]])


@of((12, 12, 3))
def images(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((12, 12, 3)), q.Rescaling(0.5, 0.1), q.ZeroPadding2D(1), q.Conv2D(4, 3, strides=2),
        q.BatchNormalization(), q.Activation("relu"), q.MaxPooling2D(2, padding="same"),
        q.SeparableConv2D(5, 3, padding="same"), q.DepthwiseConv2D(2), q.AveragePooling2D(2),
        q.SpatialDropout2D(0.3), q.Flatten(), q.Dense(3, activation="softmax"),
    ])  # fmt: skip


@of((8, 8, 2))
def autoencoder(k: Any, q: Any) -> Any:
    a = k.Input((8, 8, 2))
    x = q.Conv2D(3, 3, padding="same", activation="relu")(a)
    y = q.Conv2D(4, 3, strides=2, padding="same", dilation_rate=1, groups=1)(x)
    y = q.Conv2DTranspose(3, 3, strides=2, padding="same")(y)
    z = q.UpSampling2D(2, interpolation="bilinear")(q.AveragePooling2D(2)(x))
    y = q.Concatenate()([x, y, z])
    return k.Model(a, q.Cropping2D(((1, 0), (0, 1)))(q.Conv2D(1, 1)(y)))


@of((8, 8, 4))
def residual(k: Any, q: Any) -> Any:
    a = x = k.Input((8, 8, 4))
    for _ in range(2):
        y = q.Conv2D(4, 3, padding="same", use_bias=False)(x)
        y = q.ReLU()(q.GroupNormalization(2)(y))
        x = q.Add()([x, q.Conv2D(4, 3, padding="same", groups=2)(y)])
    return k.Model(a, q.Dense(3)(q.GlobalAveragePooling2D()(x)))


@of((6, 6, 6, 2))
def volumes(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((6, 6, 6, 2)), q.Conv3D(3, 3, padding="same"), q.MaxPooling3D(2),
        q.Conv3DTranspose(2, 2), q.ZeroPadding3D(1), q.Cropping3D(1), q.UpSampling3D(2),
        q.AveragePooling3D(2), q.SpatialDropout3D(0.2), q.GlobalMaxPooling3D(), q.Dense(2),
    ])  # fmt: skip


@of((10, 3))
def series(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((10, 3)), q.Conv1D(4, 3, padding="causal", dilation_rate=2), q.ZeroPadding1D(1),
        q.SeparableConv1D(4, 3), q.DepthwiseConv1D(2), q.Cropping1D(1), q.UpSampling1D(2),
        q.MaxPooling1D(2), q.Conv1DTranspose(3, 2), q.AveragePooling1D(2), q.SpatialDropout1D(0.2),
        q.GlobalMaxPooling1D(), q.Dense(2),
    ])  # fmt: skip


@of((7, 3))
def recurrent(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((7, 3)), q.LSTM(4, return_sequences=True, dropout=0.2),
        q.GRU(4, return_sequences=True, recurrent_dropout=0.1), q.Bidirectional(q.LSTM(3,
        return_sequences=True)), q.TimeDistributed(q.Dense(4, activation="relu")),
        q.SimpleRNN(3, return_sequences=True, go_backwards=True),
        q.RNN([q.LSTMCell(3), q.GRUCell(2)]), q.RepeatVector(3), q.Bidirectional(q.GRU(2),
        merge_mode="sum"), q.Dense(1),
    ])  # fmt: skip


@of((5, 4))
def states(k: Any, q: Any) -> Any:
    a = k.Input((5, 4))
    y, h, c = q.LSTM(3, return_state=True, return_sequences=True)(a)
    z = q.LSTM(3)(y, initial_state=[h, c])
    return k.Model(a, [z, h])


@of((3, 6, 6, 2))
def films(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((3, 6, 6, 2)), q.ConvLSTM2D(3, 3, padding="same", return_sequences=True),
        q.TimeDistributed(q.Conv2D(2, 3)), q.ConvLSTM2D(2, 2), q.Flatten(), q.Dense(2),
    ])  # fmt: skip


@of((6, 5))
def transformer(k: Any, q: Any) -> Any:
    a = x = k.Input((6, 5))
    for _ in range(2):
        y = q.MultiHeadAttention(2, 3, dropout=0.1)(x, x, use_causal_mask=True)
        x = q.LayerNormalization()(q.Add()([x, y]))
        y = q.Dense(5)(q.Dense(8, activation="gelu")(x))
        x = q.LayerNormalization()(x + y)
    return k.Model(a, q.Dense(2)(q.GlobalAveragePooling1D()(x)))


@of((4, 6), (5, 7))
def attending(k: Any, q: Any) -> Any:
    a, b = k.Input((4, 6)), k.Input((5, 7))
    x = q.MultiHeadAttention(2, 3)(a, b)
    x = q.GroupQueryAttention(2, 4, 2)(x, x)
    y = q.Dense(6)(b)
    x = q.Attention(use_scale=True)([x, y])
    return k.Model([a, b], q.AdditiveAttention()([x, y]))


@of((6,), kind="tokens")
def tokens(k: Any, q: Any) -> Any:
    a = k.Input((6,), dtype="int32")
    x = q.Embedding(9, 4, mask_zero=True)(a)
    x = q.Bidirectional(q.LSTM(3, return_sequences=True))(x)
    return k.Model(a, q.Dense(2)(q.GRU(3)(x)))


@of((4,), (4,), kind="tokens")
def tokens_of_two(k: Any, q: Any) -> Any:
    a, b = k.Input((4,), dtype="int32"), k.Input((4,), dtype="int32")
    shared = q.Embedding(9, 3)
    x = q.Dot(2, normalize=True)([shared(a), shared(b)])
    return k.Model([a, b], q.Dense(1)(q.Flatten()(x)))


@of((12,))
def shapes(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((12,)), q.Reshape((3, 4)), q.Permute((2, 1)), q.EinsumDense("abc,cd->abd", (4, 5),
        bias_axes="d"), q.Identity(), q.Flatten(), q.RepeatVector(2), q.Masking(0.0),
        q.LSTM(2),
    ])  # fmt: skip


@of((6,))
def spectral(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((6,)), q.SpectralNormalization(q.Dense(5), power_iterations=2), q.ReLU(),
        q.SpectralNormalization(q.Dense(2)),
    ])  # fmt: skip


@of((5,))
def preprocessed(k: Any, q: Any) -> Any:
    a = k.Input((5,))
    x = q.Normalization(mean=[1.0, 2.0, 0.0, 1.0, 0.5], variance=[1.0, 4.0, 1.0, 2.0, 1.0])(a)
    return k.Model(a, q.Dense(2)(x))


@of((8, 8, 3))
def augmented(k: Any, q: Any) -> Any:
    return k.Sequential([
        k.Input((8, 8, 3)), q.RandomFlip("horizontal"), q.RandomRotation(0.1), q.RandomZoom(0.1),
        q.RandomTranslation(0.1, 0.1), q.RandomContrast(0.1), q.CenterCrop(6, 6),
        q.Resizing(4, 4), q.Conv2D(2, 3), q.GlobalAveragePooling2D(),
    ])  # fmt: skip
