"""Random models come natively to what they come to op by op, however their data lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd_nn import nn
from autograd_nn.engine import ops
from autograd_nn.nn import layers
from tests.program.test_random_programs import many

Draw = st.DrawFn
Data = Callable[[np.random.Generator, int], np.ndarray]
ACTIVATIONS = (None, "relu", "tanh", "softplus")
KINDS = {"float64": 1e-9, "float32": 3e-3}  # how far apart, of the largest entry


def pick(draw: Draw, *options: Any) -> Any:
    return draw(st.sampled_from(options))


def heads(draw: Draw, h: Any) -> Any:
    """One output of all there is: heads of different widths, weighed, added up or joined."""
    widths = draw(st.lists(st.integers(1, 20), min_size=1, max_size=3))
    found = [layers.Dense(n, activation=pick(draw, *ACTIVATIONS))(h) for n in widths]
    return found[0] if len(found) == 1 else layers.Concatenate()(found)


def numbers(draw: Draw) -> tuple[Any, Data]:
    """Dense layers with branches, a layer that is used twice, and normalisation."""
    width = pick(draw, 3, 8, 70)
    x = h = nn.Input((width,))
    shared = layers.Dense(width, activation=pick(draw, *ACTIVATIONS))
    for _ in range(draw(st.integers(1, 3))):
        block = pick(draw, "dense", "residual", "shared", "batch", "layer", "gate")
        if block == "dense":
            h = layers.Dense(width, activation=pick(draw, *ACTIVATIONS))(h)
        elif block == "residual":
            h = layers.Add()([h, layers.Dense(width, activation="tanh")(h)])
        elif block == "shared":
            h = layers.Average()([shared(h), shared(ops.tanh(h))])
        elif block == "gate":
            h = layers.Multiply()([h, layers.Dense(width, activation="sigmoid")(h)])
        else:
            h = {"batch": layers.BatchNormalization, "layer": layers.LayerNormalization}[block]()(h)
    return nn.Model(x, layers.Dense(2)(heads(draw, h))), lambda g, n: g.normal(size=(n, width))


def pictures(draw: Draw) -> tuple[Any, Data]:
    shape = (draw(st.integers(3, 7)), draw(st.integers(3, 7)), draw(st.integers(1, 3)))
    x = nn.Input(shape)
    h = layers.Conv2D(
        pick(draw, 1, 3, 8), pick(draw, 2, 3), strides=pick(draw, 1, 2), padding="same",
        activation=pick(draw, *ACTIVATIONS),
    )(x)  # fmt: skip
    pool = pick(draw, layers.MaxPooling2D, layers.AveragePooling2D)
    h = layers.Flatten()(pool(2, padding="same")(h))
    return nn.Model(x, layers.Dense(2)(heads(draw, h))), lambda g, n: g.normal(size=(n, *shape))


def words(draw: Draw) -> tuple[Any, Data]:
    """A table of words, read by a recurrent layer or as a bag."""
    length, many_ = draw(st.integers(1, 4)), pick(draw, 3, 60)
    x = nn.Input((length,), dtype="int64")
    h = layers.Embedding(many_, pick(draw, 1, 5), mask_zero=draw(st.booleans()))(x)
    reads = pick(draw, layers.LSTM, layers.GRU, None)
    h = layers.GlobalAveragePooling1D()(h) if reads is None else reads(3)(h)
    return nn.Model(x, layers.Dense(2)(heads(draw, h))), lambda g, n: g.integers(
        0, many_, (n, length)
    )


OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "sgd": lambda: nn.SGD(0.05, momentum=0.9, nesterov=True),
    "plain": lambda: nn.SGD(0.05, clipvalue=0.01),
    "lazy": lambda: nn.Adam(0.01, lazy=True),
    "adam": lambda: nn.Adam(0.01, global_clipnorm=0.1),
    "rmsprop": lambda: nn.RMSprop(0.01, weight_decay=0.01),
}


def laid(array: np.ndarray, how: str) -> np.ndarray:
    """The array in another layout of memory."""
    if how == "columns":
        return np.asfortranarray(array)
    if how == "swapped":
        return array.astype(array.dtype.newbyteorder())
    if how == "every other":
        room = np.zeros((2 * len(array), *array.shape[1:]), array.dtype)
        room[::2] = array
        return room[::2]
    return array


@st.composite
def trainings(draw: Draw) -> tuple[Callable[[], Any], dict[str, Any], str]:
    """Something that makes a model, what its fit is given, and the dtype."""
    kind, dtype = pick(draw, numbers, pictures, words), pick(draw, *KINDS)
    with_floats(dtype)
    try:
        model, data = kind(draw)
    finally:
        with_floats("float32")
    n, size = pick(draw, (1, 1), (7, 3), (5, 2), (70, 64))
    g = np.random.default_rng(draw(st.integers(0, 99)))
    x, layout = data(g, n), pick(draw, "rows", "columns", "swapped", "every other")
    x = x.astype(dtype) if x.dtype.kind == "f" else x
    given_ = {"x": laid(x, layout), "y": g.normal(size=(n, 2)).astype(dtype), "batch_size": size}
    name = pick(draw, *OPTIMIZERS)

    def make() -> Any:
        twin = nn.models.clone_model(model)
        twin.set_weights(model.get_weights())
        return twin, OPTIMIZERS[name]()

    return make, given_, dtype


def with_floats(dtype: str) -> None:
    nn.backend.set_floatx(dtype)


@many(3)
@given(trainings())
def test_natively_as_op_by_op(training: Any) -> None:
    make, fed, dtype = training
    ends = []
    with_floats(dtype)
    try:
        for native in (False, True):
            model, optimizer = make()
            model.compile(optimizer, "mse", metrics=["mae"], jit_compile=native, check=False,
                          deterministic=True)  # fmt: skip
            logs = model.fit(**fed, epochs=2, shuffle=False, verbose=0).history
            assert any(s.programs for s in model._steppers.values()) is native
            slots = [v.numpy() for v in model.optimizer.variables]
            predicted = model.predict(fed["x"], verbose=0)
            ends.append([*model.get_weights(), *map(np.asarray, logs.values()), predicted, *slots])
    finally:
        with_floats("float32")
    for eager, found in zip(*ends, strict=True):
        scale = max(np.abs(eager).max(initial=0.0), 1e-3)
        np.testing.assert_allclose(found, eager, rtol=0, atol=KINDS[dtype] * scale)
