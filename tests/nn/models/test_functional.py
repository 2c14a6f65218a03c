"""Functional models: symbols, what is applied to them, and what `Model` makes of it."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError

X = np.random.default_rng(0).normal(size=(3, 4, 6)).astype("float32")

APPLIED: dict[str, Callable[[Any], Any]] = {
    "operators": lambda x: -abs(x) ** 2 / (1 + x * x) - 2,
    "arrays": lambda x: np.float32(2) * x + np.ones(6, "float32"),
    "tensors": lambda x: ag.Tensor(np.ones(6, "float32")) * x,
    "methods": lambda x: x.sum(axis=-1, keepdims=True).reshape((-1, 4)),
    "comparison": lambda x: ops.where(x > 0, x, 0.0),
    "item": lambda x: x[:, 1:3, ::2],
    "matmul": lambda x: x @ ag.Tensor(np.ones((6, 2), "float32")),
    "concatenate": lambda x: ops.concatenate([x, 2 * x], axis=-1),
    "stack": lambda x: ops.stack([x, x], axis=1),
    "split": lambda x: ops.split(x, 2, axis=1)[1],
    "composites": lambda x: ops.squeeze(ops.expand_dims(ops.mean(x, axis=1), 1), 1),
    "one_hot": lambda x: ops.one_hot(x.argmax(axis=-1), 6),
    "tile": lambda x: ops.tile(x, (1, 2, 1)),
    "zeros_like": lambda x: x + ops.zeros_like(x),
    "einsum": lambda x: ops.einsum("bij,bkj->bik", x, x),
    "dtype": lambda x: x.astype("float64"),
    "transposed": lambda x: ops.transpose(x, axes=(0, 2, 1)).T,
    "activation threshold": lambda x: nn.activations.threshold(x, 0.5, -1.0),
    **{f"activation {name}": (lambda x, f=f: f(x))  # type: ignore[misc]
       for name in nn.activations.__all__
       if callable(f := getattr(nn.activations, name))
       and name not in ("get", "threshold", "serialize", "deserialize")
       and not isinstance(f, type)},
}  # fmt: skip


@pytest.mark.parametrize("name", APPLIED)
def test_ops_on_symbols_are_noted_with_shape_and_dtype(name: str) -> None:
    x = nn.Input((4, 6))
    y = APPLIED[name](x)
    now = APPLIED[name](ag.Tensor(X))
    later = nn.Model(x, y)(X)
    assert np.array_equal(later.numpy(), now.numpy())
    assert y.dtype == now.dtype
    assert len(y.shape) == now.ndim
    assert all(n in (None, m) for n, m in zip(y.shape, now.shape, strict=True))
    assert y.shape.count(None) == 1  # the batch's size alone


def two_towers() -> tuple[nn.Model, nn.Dense]:
    a, b = nn.Input((3,), name="a"), nn.Input((3,), name="b")
    shared = nn.Dense(2, name="shared")
    return nn.Model([a, b], {"gap": shared(a) - shared(b), "right": shared(b)}), shared


def test_a_shared_layer_counts_once_and_inputs_come_by_order_or_by_name() -> None:
    model, shared = two_towers()
    a, b = X[:, 0, :3], X[:, 1, :3]
    expected = shared(a).numpy() - shared(b).numpy()
    for given in ([a, b], (a, b), {"b": b, "a": a, "other": a}):
        assert np.array_equal(model(given)["gap"].numpy(), expected)
    assert [w.path for w in model.weights] == ["shared/kernel", "shared/bias"]
    assert model.count_params() == 8
    assert model.output_shape == {"gap": (None, 2), "right": (None, 2)}
    assert model.input_shape == [(None, 3), (None, 3)]
    assert model.input_names == ["a", "b"]
    assert [s.name for s in model.layers] == ["a", "b", "shared"]


def test_the_order_of_layers_is_by_the_longest_way_to_an_output() -> None:
    x, late = nn.Input((3,), name="x"), nn.Input((2,), name="late")
    long = nn.Dense(2, name="d2")(nn.Dense(2, name="d1")(x))
    model = nn.Model([late, x], nn.Dense(1, name="end")(long + nn.Dense(2, name="short")(x) + late))
    # as Keras 3 has it for the same model
    names = ["x", "d1", "d2", "short", "late", "end"]
    assert [s.name for s in model.layers] == names


def test_models_nest_and_parts_of_a_model_are_models() -> None:
    x = nn.Input((6,))
    h = nn.Dense(4, activation="relu", name="h")(x)
    inner = nn.Model(x, h)
    chain = nn.Sequential([nn.Input((6,)), nn.Dense(5, name="q"), nn.Dense(4)])
    y = nn.Input((6,))
    outer = nn.Model(y, inner(y) + chain(y) + inner(2 * y))
    x0 = X[:, 0]
    expected = inner(x0) + chain(x0) + inner(2 * x0)
    assert np.array_equal(outer(x0).numpy(), expected.numpy())
    part = nn.Model(chain.input, chain.get_layer("q").output)
    assert np.array_equal(part(x0).numpy(), chain.layers[0](x0).numpy())
    head = nn.Model(h, nn.Dense(1)(h))  # from the middle on
    assert head.input_shape == (None, 4)
    assert len(head.trainable_weights) == 2
    assert outer.count_params() == inner.count_params() + chain.count_params()


def test_a_layer_knows_its_symbols() -> None:
    x = nn.Input((3,))
    layer = nn.Dense(2)
    y = layer(x)
    assert layer.input is x
    assert layer.output is y
    with pytest.raises(AttributeError, match="called on no symbols"):
        _ = nn.Dense(2).output
    with pytest.raises(AttributeError, match="function of its own"):
        _ = nn.Sequential([nn.Dense(2)]).inputs


def test_copies_compute_the_same_with_weights_of_their_own() -> None:
    model, _ = two_towers()
    given = [X[:, 0, :3], X[:, 1, :3]]
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(twin(given)["gap"].numpy(), model(given)["gap"].numpy())
        twin.weights[0].assign(twin.weights[0] * 2)
        assert not np.array_equal(twin(given)["gap"].numpy(), model(given)["gap"].numpy())


def test_a_functional_model_trains_as_a_sequential_does() -> None:
    layers = [nn.Dense(4, activation="tanh"), nn.Dense(1)]
    chain = nn.Sequential([nn.Input((6,)), *layers])
    x = nn.Input((6,))
    model = nn.Model(x, layers[1](layers[0](x)))
    start = chain.get_weights()
    ends = []
    for m in (chain, model):
        m.set_weights(start)
        m.compile("sgd", "mse", jit_compile=False)
        m.fit(X[:, 0], X[:, 1, :1], epochs=2, verbose=0, shuffle=False)
        ends.append(m.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*ends, strict=True))


class Steps(nn.Layer):
    """Masks out steps that are all zero."""

    def call(self, inputs: Any) -> Any:
        return inputs * 2

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0).any(axis=-1)


class Notes(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if inputs.shape[0] == 1:
            self.seen.append(None if mask is None else mask.numpy().tolist())
        return inputs


def as_sequential(parts: list[Any]) -> nn.Model:
    return nn.Sequential([nn.Input((3, 1)), *parts])


def as_functional(parts: list[Any]) -> nn.Model:
    y = x = nn.Input((3, 1))
    for part in parts:
        y = part(y)
    return nn.Model(x, y)


class Own(nn.Model):
    def __init__(self, parts: list[Any]) -> None:
        super().__init__()
        self.parts = parts

    def call(self, inputs: Any) -> Any:
        for part in self.parts:
            inputs = part(inputs)
        return inputs


@pytest.mark.parametrize("make", [as_sequential, as_functional, Own])
def test_masks_travel_through_every_kind_of_model(make: Callable[..., nn.Model]) -> None:
    notes = Notes()
    model = make([Steps(), nn.Dropout(0.5), nn.Dense(2), notes])
    model(np.array([[[1.0], [0.0], [3.0]]]))
    model(np.array([[[1.0], [0.0], [3.0]]], "float32"))
    assert notes.seen[-2:] == [[[True, False, True]]] * 2


def test_a_mask_that_ends_is_said() -> None:
    model = as_sequential([Steps(), nn.Flatten(), nn.Dense(1)])
    with pytest.warns(UserWarning, match="does not support masks"):
        model(np.ones((1, 3, 1)))


class Texts(nn.Layer):
    def call(self, inputs: Any) -> Any:
        return "text"


WRONG: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "no symbols": (lambda: nn.Model(np.ones(3), np.ones(3)), TypeError, "among its inputs"),
    "outputs alone": (lambda: nn.Model(outputs=nn.Input((3,))), TypeError, "expected both"),
    "an input left out": (lambda: nn.Model(x := nn.Input((3,)), x + nn.Input((3,), name="lost")),
                          ValueError, "'lost', which is not among"),
    "an input too few": (lambda: two_towers()[0](X[:, 0, :3]), ValueError, "expected 2: a, b"),
    "a wrong name": (lambda: two_towers()[0]({"a": X[:, 0, :3], "c": X[:, 0, :3]}), ValueError,
                     "expected 'a', 'b'"),
    "a wrong shape": (lambda: two_towers()[0]([X[:, 0, :3], X[:, 0, :2]]), ShapeError,
                      "the input 'b'"),
    "a branch": (lambda: 1 if nn.Input((3,)) > 0 else 2, TypeError, "ops.where"),
    "no tensors": (lambda: Texts()(nn.Input((3,))), TypeError, "returned 'text', a str"),
    "a misfit": (lambda: nn.Dense(2)(nn.Input((3,))) + nn.Input((3,)), ShapeError, "(2, 2)"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_refused(name: str) -> None:
    call, kind, words = WRONG[name]
    with pytest.raises(kind) as error:
        call()
    assert words in str(error.value)


SUMMARY = """Model: "deck"
┏━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)        ┃ Output Shape      ┃    Param # ┃ Connected to      ┃
┡━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━┩
│ b (InputLayer)      │ (None, 3)         │          0 │ -                 │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ inner (Sequential)  │ (None, 2)         │         14 │ a[0][0]           │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│    └ q (Dense)      │ (None, 2)         │          8 │ -                 │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│    └ qq (Dense)     │ (None, 2)         │          6 │ -                 │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ sh (Dense)          │ (None, 2)         │          8 │ a[0][0], b[0][0]  │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ cat (Concatenate)   │ (None, 6)         │          0 │ inner[0][0],      │
│                     │                   │            │ sh[0][0],         │
│                     │                   │            │ sh[1][0]          │
└─────────────────────┴───────────────────┴────────────┴───────────────────┘
 Total params: 22 (88.00 B)
 Trainable params: 16 (64.00 B)
 Non-trainable params: 6 (24.00 B)"""


def test_the_summary_says_what_is_connected() -> None:
    """To the letter as Keras 3 prints it."""
    a, b = nn.Input((3,), name="a"), nn.Input((3,), name="b")
    fixed = nn.Dense(2, name="qq", trainable=False)
    inner = nn.Sequential([nn.Input((3,)), nn.Dense(2, name="q"), fixed], name="inner")
    shared = nn.Dense(2, name="sh")
    y = nn.layers.Concatenate(name="cat")([inner(a), shared(a), shared(b)])
    model = nn.Model([a, b], y * 2, name="deck")
    lines: list[str] = []
    model.summary(print_fn=lines.append, expand_nested=True, layer_range=("b", "cat"))
    assert lines == [SUMMARY]
    model.summary(print_fn=lines.append, show_trainable=True, line_length=100)
    rows = [s.split("│") for s in lines[1].splitlines() if s.startswith("│")]
    assert [r[1].strip() for r in rows][-1].endswith("(Multiply)")
    assert [r[5].strip() for r in rows if r[5].strip()] == ["-", "-", "Y", "Y", "-", "-"]
    with pytest.raises(ValueError, match="no layer is called 'z'"):
        model.summary(layer_range=("z", "cat"))


def test_models_are_freed() -> None:
    layer = nn.Dense(2)
    x = nn.Input((3,))
    model = nn.Model(x, layer(x))
    gone = weakref.ref(model)
    del model, x
    gc.collect()
    assert gone() is None
    assert not layer._calls_on_symbols


def test_a_sequential_takes_trees() -> None:
    class Swaps(nn.Layer):
        def call(self, inputs: Any) -> Any:
            return {"a": inputs["b"], "b": inputs["a"]}

    class Adds(nn.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs["a"] + 2 * inputs["b"]

    model = nn.Sequential([Swaps(), Adds(), nn.Dense(1)])
    x = {"a": X[:, 0], "b": X[:, 1]}
    expected = model.layers[-1](x["b"] + 2 * x["a"])
    assert np.array_equal(model(x).numpy(), expected.numpy())
    assert model.output_shape == (None, 1)
    assert model.predict(x, verbose=0).shape == (3, 1)
    a, b = nn.Input((6,), name="a"), nn.Input((6,), name="b")
    assert np.array_equal(nn.Model([a, b], model({"a": a, "b": b}))(x), expected)


def test_a_name_leads_to_the_only_input_also_in_a_larger_model() -> None:
    x = nn.Input((3,), name="a")
    model = nn.Model(x, nn.Dense(2)(x))
    outer = nn.Model(y := nn.Input((3,)), model({"a": y}))
    assert np.array_equal(outer(X[:, 0, :3]).numpy(), model({"a": X[:, 0, :3]}).numpy())


def test_symbols_are_added_to_the_loss() -> None:
    x = nn.Input((4,))
    hidden = nn.Dense(3)(x)
    y = nn.Dense(4)(hidden)
    model, plain = nn.Model(x, y), nn.Model(x, y)
    model.add_loss(((y - x) ** 2).mean())
    model.add_loss([0.5 * (hidden**2).mean()])
    model.compile("sgd", run_eagerly=True)
    plain.compile("sgd", "mse", run_eagerly=True)
    data = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    inner = nn.Model(x, hidden).predict(data, verbose=0)
    expected = plain.evaluate(data, data, verbose=0) + 0.5 * (inner**2).mean()
    np.testing.assert_allclose(model.evaluate(data, verbose=0), expected, rtol=1e-6)
    other = nn.Input((4,))
    with pytest.raises(ValueError, match="not among the model's inputs"):
        model.add_loss(other.mean())


def test_a_layer_that_is_computed_again_trains_as_it_would() -> None:
    class Block(nn.Layer):
        def __init__(self, again: bool) -> None:
            super().__init__()
            self.inner = nn.Dense(4, activation="tanh", kernel_initializer="ones")
            self.again = again

        def call(self, inputs: Any) -> Any:
            return (nn.remat(self.inner) if self.again else self.inner)(inputs)

    x = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
    ends = []
    for again in (False, True):
        end = nn.Dense(1, kernel_initializer="ones")
        model = nn.Sequential([nn.Input((3,)), Block(again), end])
        model.compile("sgd", "mse", run_eagerly=True)
        history = model.fit(x, x[:, :1], epochs=3, verbose=0).history["loss"]
        ends.append(np.concatenate([history, *[w.ravel() for w in model.get_weights()]]))
    np.testing.assert_allclose(*ends, rtol=1e-6)


def test_a_list_that_grows_after_a_layer_took_it_changes_no_call() -> None:
    x = nn.Input((1,))
    found, y = [x], x
    for _ in range(3):
        found.append(y)
        y = nn.layers.Concatenate()(found)
    assert nn.Model(x, y).predict(np.ones((2, 1)), verbose=0).shape == (2, 8)


@pytest.mark.parametrize("kind", [list, tuple])
def test_outputs_come_in_the_container_they_were_given_in(kind: type) -> None:
    x = nn.Input((2,))
    model = nn.Model(x, kind([nn.Dense(1)(x), nn.Dense(2)(x)]))
    for one in (model, nn.Model.from_config(model.get_config())):
        assert type(one(np.ones((3, 2)))) is kind
    for kinds in (TypeError, ValueError):
        with pytest.raises(kinds, match="'x' among its inputs"):
            nn.Model("x", nn.Dense(1)(x))


def test_a_batch_s_size_goes_into_the_result_s_shape() -> None:
    a, b = nn.Input((2,)), nn.Input((2,))
    model = nn.Model([a, b], [nn.layers.Add()([a, b]), nn.Dense(3)(a)])
    assert model.compute_output_shape([(4, 2), (4, 2)]) == [(4, 2), (4, 3)]
    assert model.compute_output_shape([(None, 2), (None, 2)]) == [(None, 2), (None, 3)]
