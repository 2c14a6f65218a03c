"""Recurrent layers: cells called step by step, masks, states, dropout and what is refused."""

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn import layers

rng = np.random.default_rng(4)
X = rng.normal(size=(3, 5, 2)).astype("float32")
CELLS = [layers.SimpleRNNCell, layers.LSTMCell, layers.GRUCell]


class Leaky(nn.Layer):
    """A cell of a user's own."""

    state_size = 4

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1], 4), name="w")

    def call(self, inputs, states):
        y = 0.9 * states[0] + inputs @ self.w
        return y, [y]


def by_hand(cell, x, states, mask=None):
    """The outputs of a cell, one step after another."""
    found, last = [], None
    for t in range(x.shape[1]):
        y, new = cell(x[:, t], states)
        y = y.numpy()
        new = [s.numpy() for s in new]
        if mask is not None:
            on = mask[:, t, None]
            y = np.where(on, y, np.zeros_like(y) if last is None else last)
            new = [np.where(on, a, b) for a, b in zip(new, states, strict=True)]
        states, last = new, y
        found.append(y)
    return np.stack(found, 1), states


@pytest.mark.parametrize("kind", [*CELLS, Leaky])
@pytest.mark.parametrize("masked", [False, True])
def test_a_cell_step_by_step_is_the_same(kind, masked) -> None:
    cell = kind() if kind is Leaky else kind(4)
    mask = rng.random((3, 5)) > 0.4 if masked else None
    layer = layers.RNN(cell, return_sequences=True, return_state=True)
    y, *states = layer(X, mask=mask)
    begin = [s.numpy() for s in layer.get_initial_state(3)]
    expected, last = by_hand(cell, X, begin, mask)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-5, atol=1e-6)
    for a, b in zip(states, last, strict=True):
        np.testing.assert_allclose(a.numpy(), b, rtol=1e-5, atol=1e-6)
    alone = layers.RNN(cell)(X, mask=mask).numpy()
    np.testing.assert_allclose(alone, expected[:, -1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU])
def test_derivatives_of_both_orders(kind) -> None:
    """In the state's weights, a step masked; a Hessian both ways round."""
    layer, x = kind(2, dtype="float64"), X.astype("float64")[:1, :3]
    layer(x)

    def loss(u):
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(layer.cell.__dict__, "recurrent_kernel", u)
            return (layer(x, mask=np.array([[True, False, True]])) ** 2).sum()

    weights = layer.cell.recurrent_kernel.numpy()
    assert ag.check_gradients(loss, weights, order=2)
    u, v = rng.normal(size=weights.shape), rng.normal(size=weights.shape)
    forward = ag.jvp(ag.grad(loss), (weights,), (v,))[1]
    back = ag.grad(lambda u: ag.jvp(loss, (u,), (v,))[1])(weights)
    np.testing.assert_allclose(forward.numpy(), back.numpy(), rtol=1e-9, atol=1e-12)
    other = ag.jvp(ag.grad(loss), (weights,), (u,))[1]  # it is symmetric
    np.testing.assert_allclose((other.numpy() * v).sum(), (forward.numpy() * u).sum(), rtol=1e-9)


def test_rows_masked_entirely_stay_as_they_begin() -> None:
    layer = layers.LSTM(4, return_sequences=True, return_state=True)
    mask = np.array([[True] * 5, [False] * 5, [False, True, False, True, False]])
    y, h, c = layer(X, mask=mask)
    assert not y.numpy()[1].any() and not h.numpy()[1].any() and not c.numpy()[1].any()
    np.testing.assert_allclose(y.numpy()[2, 4], layer(X[2:, [1, 3]])[0].numpy()[0, -1], rtol=1e-5)


def test_stacks_of_cells() -> None:
    cells = [layers.LSTMCell(3), layers.GRUCell(2), Leaky()]
    layer = layers.RNN(cells, return_state=True)
    y, *states = layer(X)
    assert y.shape == (3, 4) and len(layer.weights) == 7
    inner = X
    for cell in cells:
        inner = layers.RNN(cell, return_sequences=True)(inner)
    np.testing.assert_allclose(y.numpy(), inner.numpy()[:, -1], rtol=1e-5, atol=1e-6)
    again = layers.RNN.from_config(layers.RNN(cells[:2]).get_config())
    assert [type(c).__name__ for c in again.cell.cells] == ["LSTMCell", "GRUCell"]


def test_first_states_and_states_that_stay() -> None:
    layer = layers.GRU(4, stateful=True)
    whole = layer(X).numpy()
    layer.reset_states()
    layer(X[:, :2])
    np.testing.assert_allclose(layer(X[:, 2:]).numpy(), whole, rtol=1e-5)
    with pytest.raises(ShapeError, match="stateful and received a batch of 2"):
        layer(X[:2])
    layer.reset_states()
    assert layer(X[:2]).shape == (2, 4)
    plain = layers.GRU(4, return_state=True)
    _, state = plain(X[:, :2])
    np.testing.assert_allclose(
        plain(X[:, 2:], initial_state=state)[0].numpy(), plain(X)[0].numpy(), rtol=1e-5
    )


def test_states_that_stay_native_and_op_by_op() -> None:
    def run(eager):
        nn.set_random_seed(2)
        model = nn.Sequential([layers.LSTM(3, stateful=True), nn.Dense(1)])
        model.compile(loss="mse", optimizer="sgd", run_eagerly=eager)
        model.fit(X, X[:, 0, :1], batch_size=3, epochs=4, shuffle=False, verbose=0)
        return [*model.get_weights(), *[v.numpy() for v in model.layers[0]._carried]]

    for a, b in zip(run(True), run(False), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_backwards_and_both_ways() -> None:
    layer = layers.SimpleRNN(4, return_sequences=True, go_backwards=True)
    y = layer(X).numpy()
    forward = layers.SimpleRNN(4, return_sequences=True)
    forward(X)
    forward.set_weights(layer.get_weights())
    np.testing.assert_allclose(y, forward(X[:, ::-1].copy()).numpy(), rtol=1e-5)
    both = layers.Bidirectional(forward, merge_mode=None, backward_layer=layer)
    a, b = both(X)
    np.testing.assert_allclose(a.numpy(), forward(X).numpy(), rtol=1e-5)
    np.testing.assert_allclose(b.numpy(), y[:, ::-1], rtol=1e-5)


@pytest.mark.parametrize("mode", ["concat", None])
def test_layers_of_different_kinds_both_ways(mode: str | None) -> None:
    options = {"return_sequences": True, "return_state": True}
    forward = layers.LSTM(3, **options)
    backward = layers.GRU(2, go_backwards=True, **options)
    both = layers.Bidirectional(forward, mode, backward_layer=backward)
    begin = [np.full((3, units), k, "float32") for k, units in enumerate((3, 3, 2))]
    mask = rng.random(X.shape[:2]) < 0.7
    found = both(X, initial_state=begin, mask=mask)
    np.testing.assert_array_equal(both([X, *begin], mask=mask)[0], found[0])
    (a, *first) = forward(X, initial_state=begin[:2], mask=mask)
    (b, *second) = backward(X, initial_state=begin[2:], mask=mask)
    b = np.asarray(b)[:, ::-1]
    merged = [np.concatenate([a, b], axis=-1)] if mode == "concat" else [a, b]
    for one, expected in zip(found, [*merged, *first, *second], strict=True):
        np.testing.assert_array_equal(one, expected)
    assert both.compute_output_shape(X.shape) == [y.shape for y in found]
    masks = both.compute_mask(X, mask)
    assert [m is mask for m in masks] == [True] * len(merged) + [False] * 3


def test_cells_of_ones_own_go_both_ways_and_are_cloned() -> None:
    class Own(nn.Layer):
        def __init__(self, units: int, by: float = 1.0, **options: Any) -> None:
            super().__init__(**options)
            self.units, self.by, self.state_size = units, by, units

        def build(self, input_shape: Any) -> None:
            self.w = self.add_weight((input_shape[-1], self.units))

        def call(self, inputs: Any, states: Any) -> Any:
            h = ops.tanh(inputs @ self.w + self.by * states[0])
            return h, [h]

    both = layers.Bidirectional(layers.RNN([Own(3, 0.5), layers.GRUCell(2)]))
    found = both(X).numpy()
    cell = both.backward_layer.cell.cells[0]
    assert type(cell) is Own and cell.by == 0.5 and found.shape == (3, 4)
    model = nn.Sequential([nn.Input(X.shape[1:]), both])
    twin = nn.models.clone_model(model)
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin(X), found)


def test_both_ways_may_be_stateful() -> None:
    both = layers.Bidirectional(layers.GRU(2, stateful=True))
    first = both(X).numpy()
    assert both.stateful and np.abs(both(X).numpy() - first).max() > 1e-3
    both.reset_states()
    np.testing.assert_array_equal(both(X), first)


def test_the_same_entries_are_dropped_at_every_step() -> None:
    class Seeing(layers.SimpleRNNCell):
        def call(self, inputs, states, training=None):
            x, h = self.dropped(inputs, states[0], states, training)
            return ops.concatenate([x, h], axis=1), [h + 1]

        output_size = 6

    layer = layers.RNN(Seeing(4, dropout=0.5, recurrent_dropout=0.5, seed=3), return_sequences=True)
    y = layer(np.ones((8, 6, 2), "float32"), training=True).numpy()
    assert set(np.unique(y[..., :2])) == {0.0, 2.0}
    assert (y[..., :2] == y[:, :1, :2]).all()
    assert ((y[:, 1:, 2:] == 0) == (y[:, 1:2, 2:] == 0)).all()
    assert not (layer(np.ones((8, 6, 2)), training=True).numpy() == y).all()
    assert set(np.unique(layer(np.ones((8, 6, 2))).numpy()[..., :2])) == {1.0}


def test_an_encoder_and_a_decoder() -> None:
    source, target = nn.Input((5, 2)), nn.Input((4, 3))
    _, h, c = layers.LSTM(4, return_state=True)(source)
    decoded = layers.LSTM(4, return_sequences=True)(target, initial_state=[h, c])
    model = nn.Model([source, target], nn.Dense(2)(decoded))
    model.compile(loss="mse", optimizer="adam")
    z = rng.normal(size=(3, 4, 3))
    history = model.fit([X, z], z[..., :2], epochs=2, verbose=0).history
    assert model.predict([X, z], verbose=0).shape == (3, 4, 2) and len(history["loss"]) == 2


def test_a_list_of_cells_is_stacked_cells() -> None:
    both = [layers.RNN(f([layers.LSTMCell(3), layers.GRUCell(2)]))
            for f in (list, layers.StackedRNNCells)]  # fmt: skip
    for layer in both:
        layer.build(X.shape)
    both[1].set_weights(both[0].get_weights())
    assert both[0].cell.output_size == 2 and isinstance(both[0].cell, layers.StackedRNNCells)
    np.testing.assert_array_equal(*[np.asarray(layer(X)) for layer in both])


def two_ways(merge_mode: str = "concat", **options: bool) -> layers.Bidirectional:
    """Layers that differ in their units, and in the options."""
    backward = layers.GRU(1, go_backwards=True)
    return layers.Bidirectional(layers.GRU(3, **options), merge_mode, backward_layer=backward)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: layers.LSTM(0), ValueError, "whole number from 1"),
        (lambda: layers.LSTM(2, dropout=2), ValueError, "from 0 to 1"),
        (lambda: layers.RNN(nn.Dense(2)), ValueError, "state_size"),
        (lambda: layers.RNN([]), ValueError, "at least one"),
        (lambda: layers.LSTM(2)(X[0]), ShapeError, "at least 3"),
        (lambda: layers.LSTM(2)(X, mask=np.ones((3, 4), bool)), ShapeError, "mask of shape"),
        (lambda: layers.LSTM(2)(X, initial_state=[X[:, 0]]), ShapeError, "initial states"),
        (lambda: layers.Bidirectional(nn.Dense(2)), ValueError, "recurrent layer"),
        (lambda: layers.Bidirectional(layers.GRU(2), "max"), ValueError, "merge_mode"),
        (lambda: layers.Bidirectional(layers.GRU(2), backward_layer=layers.GRU(2)), ValueError,
         "same way"),
        (lambda: two_ways(return_state=True), ValueError, "return_state=True and return_state=F"),
        (lambda: two_ways(stateful=True), ValueError, "expected the same of both"),
        (lambda: two_ways(merge_mode="sum")(X), ShapeError, "as many units of both"),
        (lambda: two_ways()(X, initial_state=[np.zeros((3, 3))] * 3), ShapeError, "expected 2: 1"),
    ],
)  # fmt: skip
def test_bad_calls(call, error, words) -> None:
    with pytest.raises(error, match=words):
        call()


def test_a_stateful_layer_begins_with_the_states_it_is_given() -> None:
    layer = nn.layers.SimpleRNN(2, stateful=True, kernel_initializer="zeros",
                                recurrent_initializer="ones")  # fmt: skip
    step = np.zeros((1, 1, 1), "float32")
    with pytest.raises(ShapeError, match="initial states"):
        layer(step, initial_state=np.zeros((1, 3), "float32"))
    assert layer.states == [None]
    first = layer(step, initial_state=np.full((1, 2), 0.25, "float32"))
    np.testing.assert_allclose(first, np.tanh([[0.5, 0.5]]), rtol=1e-6)
    np.testing.assert_allclose(layer(step), np.tanh(2 * np.tanh([[0.5, 0.5]])), rtol=1e-6)
    with pytest.raises(ShapeError, match="stateful"):
        layer(np.zeros((3, 1, 1)), initial_state=np.zeros((3, 2)))


def test_a_tuple_of_a_cell_s_sizes_is_one_for_each_state() -> None:
    class Twice:
        def __init__(self, units: int, width: int) -> None:
            self.state_size = units, units
            self.kernel = nn.Variable(rng.normal(size=(width, units)).astype("float32"))

        def call(self, inputs: Any, states: Any) -> Any:
            y = inputs @ self.kernel + states[0] - states[1]
            return y, [y * 2, y * 3]

    x = rng.normal(size=(2, 3, 4)).astype("float32")
    cell = Twice(5, 4)
    y = np.zeros((2, 5), "float32")
    for i in range(3):
        y = x[:, i] @ np.asarray(cell.kernel) - y  # its states are 2y and 3y
    assert np.allclose(nn.layers.RNN(cell)(x), y, atol=1e-5)
    stacked = nn.layers.RNN([cell, Twice(3, 5)], return_state=True)
    sizes = [s.shape[1] for s in tree.flatten(stacked(x))[0]]
    assert sizes == [3, 5, 5, 3, 3]


def test_states_that_are_there_go_with_batches_of_as_many() -> None:
    x, state = nn.Input((3, 4)), nn.Variable(np.ones((3, 2), "float32"))
    layer = nn.layers.GRU(2)
    model = nn.Model(x, layer(x, initial_state=state))
    data = rng.normal(size=(3, 3, 4)).astype("float32")
    assert model.output_shape == (None, 2)
    assert np.allclose(model.predict(data, verbose=0), layer(data, initial_state=state), atol=1e-6)
    with pytest.raises(ShapeError, match="initial states of shapes"):
        model.predict(data[:2], verbose=0)


def test_a_stateful_layer_takes_batches_of_the_size_that_was_told() -> None:
    model = nn.Sequential([nn.Input(batch_shape=(2, 3, 4)), nn.layers.LSTM(2, stateful=True)])
    with pytest.raises(ShapeError, match="batches of 2 samples, .* and received 4"):
        model.predict(np.ones((4, 3, 4), "float32"), verbose=0)
    assert model.predict(np.ones((4, 3, 4), "float32"), batch_size=2, verbose=0).shape == (4, 2)


def test_images_of_a_size_that_is_not_known_beforehand() -> None:
    """States begin in the size of the images that come."""
    images = nn.Input((None, None, None, 1))
    hidden = nn.layers.ConvLSTM2D(2, 3, padding="same", return_sequences=True)(images)
    model = nn.Model(images, nn.layers.ConvLSTM2D(1, 2, dropout=0.5)(hidden))
    for sizes in ((2, 5, 4), (3, 4, 6), (2, 5, 4)):
        x = np.random.default_rng(0).normal(size=(2, *sizes, 1)).astype("float32")
        known = nn.Sequential([nn.Input(x.shape[1:]), *map(copied, model.layers[1:])])
        known.set_weights(model.get_weights())
        np.testing.assert_array_equal(model.predict(x, verbose=0), known.predict(x, verbose=0))
        assert (model(x, training=True).numpy() != model(x, training=False).numpy()).any()


def copied(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


class Adding(nn.Layer):
    """A cell of one's own: its state is what it has summed."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = self.state_size = units

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight((input_shape[-1], self.units), "ones", name="kernel")

    def call(self, inputs: Any, states: Any) -> Any:
        found = nn.ops.matmul(inputs, self.kernel) + states[0]
        return found, [found]


@pytest.mark.parametrize("kinds", [
    ("mixed_float16", "float32"), ("float32", "mixed_bfloat16"), ("float32", "float64"),
    ("mixed_bfloat16", "float16"), ("float64", "mixed_float16"),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("stateful", [False, True])
@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("own", [False, True])
def test_a_cell_of_another_dtype(kinds: Any, stateful: bool, several: bool, own: bool) -> None:
    """It computes in its own; what comes out is of the layer's, as in Keras."""
    outer, inner = kinds
    kind = Adding if own else nn.layers.GRUCell
    cells: Any = [kind(3, dtype=inner), kind(3)] if several else kind(3, dtype=inner)
    layer = nn.layers.RNN(cells, dtype=outer, stateful=stateful, return_state=True)
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    results = layer(x)
    results = layer(x, initial_state=results[1:])
    twin = nn.layers.RNN([kind(3), kind(3)] if several else kind(3), return_state=True)
    twin.build((2, 4, 3))
    twin.set_weights(layer.get_weights())
    expected = twin(x, initial_state=twin(x)[1:])
    dtype = layer.compute_dtype
    for a, b in zip(results, expected, strict=True):
        assert a.dtype.name == dtype
        np.testing.assert_allclose(np.asarray(a, "float64"), b, rtol=0.05, atol=0.05)
