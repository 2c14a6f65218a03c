"""What a layer of one's own may do: hold layers anywhere, take structures, be told of training."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError

RNG = np.random.default_rng(2)
X = RNG.normal(size=(32, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


class Holder(nn.Model):
    """Dense layers and variables in whatever ``pack`` makes of them."""

    def __init__(self, pack: Any) -> None:
        super().__init__()
        self.parts = [nn.Dense(4, name="a"), nn.Dense(1, name="b")]
        self.shift = nn.Variable([0.0], name="shift", dtype="float32")
        found = self.parts, self.shift
        del self.parts, self.shift
        self.kept = pack(*found[0], found[1])
        object.__setattr__(self, "route", found)  # (tuples are searched too: the same objects)

    def call(self, inputs: Any) -> Any:
        (first, second), shift = self.route  # type: ignore[attr-defined]
        return second(first(inputs)) + shift


PACKS = {
    "list": lambda a, b, v: [a, b, v],
    "tuple": lambda a, b, v: (a, (b,), v),
    "dict": lambda a, b, v: {"a": a, "rest": {"b": b, "v": v}},
    "set": lambda a, b, v: {a, b, v},
    "nested": lambda a, b, v: [[a], {"x": [b, (v,)]}],
    "itself": lambda a, b, v: [a, b, v],
}


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("eager", [True, False])
def test_every_weight_is_found_and_trained(name: str, eager: bool) -> None:
    nn.set_random_seed(1)
    model = Holder(PACKS[name])
    if name == "itself":
        model.kept.append(model.kept)
    model.compile(loss="mse", optimizer=nn.SGD(0.05), run_eagerly=eager)
    model(X)
    assert model.count_params() == 16 + 5 + 1 and len(model.weights) == 5
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    assert ag.check_gradients(model, X[:4], Y[:4]).verdict == "correct"
    model.trainable = False
    assert model.trainable_weights == [] and len(model.non_trainable_weights) == 5


def test_layers_that_hold_one_another_end() -> None:
    a, b = nn.Dense(2), nn.Dense(2)
    a.friend, b.friend = b, a
    a(X), b(np.ones((1, 3)))
    assert len(a.weights) == 4 and len(a.trainable_weights) == 4
    a.trainable = False
    assert b.trainable_weights == []


# ---- training -----------------------------------------------------------------------------------


class Block(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.9, seed=1)

    def call(self, inputs: Any) -> Any:  # does not hand ``training`` on
        return self.drop(inputs)


class Outer(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.inner = {"block": Block()}

    def call(self, inputs: Any) -> Any:
        return self.inner["block"](inputs)


@pytest.mark.parametrize("kind", [Block, Outer])
def test_training_reaches_every_layer_inside(kind: Any) -> None:
    layer = kind()
    ones = np.ones((50, 4), "float32")
    assert (np.array(layer(ones, training=True)) == 0).mean() > 0.5
    assert (np.array(layer(ones)) == 1).all() and (np.array(layer(ones, training=False)) == 1).all()
    model = nn.Sequential([nn.Input((4,)), kind()])
    model.compile(loss="mse", optimizer="sgd", run_eagerly=True)
    assert model.evaluate(ones, ones, verbose=0) == 0
    assert model.train_on_batch(ones, ones) > 0
    (again,) = model.train_on_batch(ones, ones, return_dict=True).values()
    assert again > 0 and (model.predict(ones, verbose=0) == 1).all()


def test_a_call_that_fails_leaves_no_training_behind() -> None:
    class Fails(nn.Layer):
        def call(self, inputs: Any) -> Any:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        Fails()(X, training=True)
    assert (np.array(nn.Dropout(0.9)(np.ones((9, 9)))) == 1).all()


# ---- inputs -------------------------------------------------------------------------------------


class Sees(nn.Layer):
    def build(self, input_shape: Any) -> None:
        self.known = input_shape

    def call(self, inputs: Any) -> Any:
        self.seen = inputs
        return inputs


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        ([X, X], [(None, 3), (None, 3)]),
        ((X, X[:, :1]), ((None, 3), (None, 1))),
        ({"a": X, "b": [X, X]}, {"a": (None, 3), "b": [(None, 3), (None, 3)]}),
        ([ag.Tensor([[1.0]]), ag.Tensor([[1.0]])], [(None, 1), (None, 1)]),
    ],
)
def test_structures_of_tensors_stay_what_they_are(given: Any, shape: Any) -> None:
    layer = Sees()
    result = layer(given)
    assert type(result) is type(given) and layer.known == shape
    leaves, _ = ag.engine.tree.flatten(result)
    assert all(isinstance(v, ag.Tensor) and v.dtype == "float32" for v in leaves)
    layer(given)


def test_a_structure_that_differs_from_what_was_built_is_an_error() -> None:
    class Sum(nn.Layer):
        def build(self, input_shape: Any) -> None:
            self.w = self.add_weight((3,), name="w")

        def call(self, inputs: Any) -> Any:
            return (inputs[0] + inputs[1]) * self.w

    layer = Sum()
    layer([X, X])
    with pytest.raises(ShapeError, match="built for"):
        layer([X, X[:, :1]])
    with pytest.raises(ShapeError, match="built for"):
        layer([X, X, X])


def test_numbers_in_lists_are_one_input() -> None:
    assert nn.Dense(2)([[1.0, 2.0]]).shape == (1, 2)
    assert nn.Dense(2)([[1, 2]]).dtype == "float32"


def test_integers_stay_integers_for_whoever_looks_them_up() -> None:
    class Look(nn.Layer):
        def build(self, input_shape: Any) -> None:
            self.table = self.add_weight((5, 2), "uniform", name="table")

        def call(self, inputs: Any) -> Any:
            return ag.take(self.table, inputs, axis=0)

    codes = RNG.integers(0, 5, size=(32, 3))
    assert Look()(codes).shape == (32, 3, 2)
    model = nn.Sequential([Look(), nn.Flatten(), nn.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    model.fit(codes, Y, epochs=2, verbose=0)
    declared = nn.Sequential([nn.Input((3,), dtype="int32"), Look(), nn.Flatten(), nn.Dense(1)])
    assert declared.predict(codes, verbose=0).shape == (32, 1)


def test_a_number_is_an_input_too() -> None:
    class Twice(nn.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs * 2

    assert float(Twice()(3.0)) == 6.0
    assert Twice().compute_output_shape(()) == ()


def test_inputs_beside_the_first() -> None:
    class Attend(nn.Layer):
        def call(self, query: Any, value: Any, scale: float = 1.0) -> Any:
            return query * value * scale

    assert Attend()(X, X[:1], scale=2.0).dtype == "float32"
    with pytest.raises(TypeError, match="4 arguments by position"):
        Attend()(X, X, 1.0, 2.0)


# ---- its life -----------------------------------------------------------------------------------


def bad_build() -> nn.Layer:
    class Bad(nn.Layer):
        def build(self) -> None:
            pass

        def call(self, inputs: Any) -> Any:
            return inputs

    return Bad()


def nothing() -> nn.Layer:
    class Nothing(nn.Layer):
        def call(self, inputs: Any) -> Any:
            inputs * 2

    return Nothing()


def late() -> nn.Layer:
    class Late(nn.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs * self.add_weight((1,), name="late")

    return Late()


def unborn() -> nn.Layer:
    class Unborn(nn.Layer):
        def __init__(self) -> None:
            self.w = self.add_weight((1,))

    return Unborn()


def never() -> nn.Layer:
    class Never(nn.Layer):
        def __init__(self) -> None:
            self.units = 3

        def call(self, inputs: Any) -> Any:
            return inputs

    return Never()


CASES: dict[str, tuple[Any, type[Exception], str]] = {
    "build's signature": (lambda: bad_build()(X), TypeError, "expected build(self, input_shape)"),
    "no result": (lambda: nothing()(X), TypeError, "Does it end with return?"),
    "a weight after build": (lambda: late()(X), RuntimeError, "Make weights in __init__ or build"),
    "a weight before init": (unborn, RuntimeError, "super().__init__()"),
    "no init": (lambda: never()(X), RuntimeError, "super().__init__()"),
    "trainable": (lambda: nn.Dense(1, trainable="no"), ValueError, "trainable='no'"),
    "noise": (lambda: nn.Dropout(0.5, noise_shape="x"), ValueError, "noise_shape='x'"),
    "noise's sizes": (
        lambda: nn.Dropout(0.5, noise_shape=(1,))(X, training=True), ShapeError, "1 dimensions",
    ),
    "two shapes": (lambda: nn.Input((3,), batch_shape=(None, 4)), ValueError, "batch_shape alone"),
    "shape and batch": (
        lambda: nn.Input((3,), batch_size=2, batch_shape=(2, 4)), ValueError, "batch_shape alone",
    ),
    "unbuilt width": (lambda: nn.Dense(2).build(None), ShapeError, "known last size"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_goes_wrong_in_a_layer_is_explained(name: str) -> None:
    act, kind, words = CASES[name]
    with pytest.raises(kind) as caught:
        act()
    assert words in str(caught.value)


def test_build_of_nothing() -> None:
    layer = nn.Dropout(0.5)
    layer.build(None)
    assert layer.built


def test_super_build_at_the_start_of_build() -> None:
    class Old(nn.Layer):
        def build(self, input_shape: Any) -> None:
            super().build(input_shape)
            self.w = self.add_weight("w", (input_shape[-1],))
            self.n = self.add_weight(shape=(2,), dtype="int32")

        def call(self, inputs: Any) -> Any:
            return inputs * self.w

    layer = Old()
    layer(X)
    assert layer.w.name == "w" and layer.w.shape == (3,)
    assert layer.n.dtype == "int32" and not layer.n.trainable


def test_output_shape_of_what_is_not_built() -> None:
    assert not hasattr(nn.Sequential(), "output_shape")
    with pytest.raises(ValueError, match="before it was built"):
        nn.Dense(2).output_shape  # noqa: B018


def test_an_activation_taken_away() -> None:
    layer = nn.Dense(2, activation="relu")
    layer.activation = None
    assert layer(X).shape == (32, 2)


def test_a_layer_twice_in_a_sequential() -> None:
    nn.set_random_seed(0)
    again = nn.Dense(3, activation="tanh")
    model = nn.Sequential([nn.Input((3,)), again, again, nn.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    assert len(model.layers) == 3 and len(model.weights) == 4
    y = again(again(X))
    np.testing.assert_allclose(
        model.predict(X, verbose=0), np.array(model.layers[2](y)), rtol=1e-6
    )
    model.fit(X, Y, verbose=0)
    assert ag.check_gradients(model, X[:4], Y[:4]).verdict == "correct"


def test_dense_on_rows_of_rows_is_one_product_each_way() -> None:
    layer = nn.Dense(5, dtype="float64")
    x = RNG.normal(size=(4, 6, 3))
    y = layer(x)
    w, b = layer.get_weights()
    np.testing.assert_allclose(y, x @ w + b)
    assert layer(np.zeros((0, 6, 3))).shape == (0, 6, 5)

    def loss(kernel: Any) -> Any:
        layer.kernel = kernel
        return ag.sum(ag.square(layer(x)))

    _, graph, _ = ag.engine.graph.record.record(ag.grad(loss), [layer.kernel])
    products = [c for c in graph.calls if c.op.name == "matmul"]
    assert all(c.result.shape in ((3, 5), (24, 5)) for c in products)


def test_configurations_are_plain_data() -> None:
    import json

    layer = nn.Dense(
        2, kernel_initializer=nn.initializers.Constant(np.ones((3, 2))), input_shape=(3,)
    )
    assert json.loads(json.dumps(layer.get_config()))["units"] == 2
    assert nn.initializers.get(np.ones(2))((2,)).tolist() == [1, 1]


def test_a_summary_of_a_model_with_several_results(capsys: pytest.CaptureFixture[str]) -> None:
    class Two(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Dense(1), Sees()

        def call(self, inputs: Any) -> Any:
            return {"a": self.a(inputs), "b": self.b([inputs, inputs])}

    model = Two()
    model(X)
    model.summary()
    assert "Total params: 4" in capsys.readouterr().out
    assert model.output_shape == {"a": (None, 1), "b": [(None, 3), (None, 3)]}


def test_what_a_layer_holds_is_looked_for_anew_where_a_list_or_an_attribute_changed() -> None:
    class Grows(nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.parts: list[Any] = []
            self.inner = {"deep": [self.parts]}

        def call(self, inputs: Any) -> Any:
            return inputs

    layer = Grows()
    assert layer.weights == []
    layer.parts.append(nn.Dense(1, input_dim=3))
    layer.parts[0].build((None, 3))
    assert len(layer.weights) == 2
    twin = copy.deepcopy(layer)
    layer.parts[0] = nn.Variable([1.0])
    assert layer.weights == [layer.parts[0]]
    layer.inner["deep"] = []
    layer.extra = nn.Variable([2.0])
    assert len(layer.weights) == 2
    del layer.extra
    assert len(layer.weights) == 1
    assert len(twin.weights) == 2 and not any(w is v for w in twin.weights for v in layer.weights)


class Tower(nn.Layer):
    """Layers made from plain arguments that it does not keep."""

    def __init__(
        self, units: int, act: str = "relu", *, widths: Any = (1, 2), **options: Any
    ) -> None:
        super().__init__(**options)
        self.inner = nn.Dense(units, activation=act)

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)


def test_a_layer_need_not_keep_its_plain_arguments() -> None:
    made = Tower(3, act="tanh", name="t", widths=[4])
    config = made.get_config()
    assert [config[k] for k in ("units", "act", "widths", "name")] == [3, "tanh", [4], "t"]
    again = Tower.from_config(json.loads(json.dumps(config)))
    assert (again.inner.units, again.name) == (3, "t")
    assert copy.deepcopy(made).get_config() == config
    assert Tower(2).get_config()["units"] == 2
    made.units = 5  # an attribute of the name is what counts
    assert made.get_config()["units"] == 5
    with pytest.raises(TypeError, match="units"):
        Tower()  # type: ignore[call-arg]


def test_a_model_neither_but_what_is_no_data_it_keeps() -> None:
    class Own(nn.Model):
        def __init__(self, units: int, layer: Any = None) -> None:
            super().__init__()
            self.inner = nn.Dense(units)

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs)

    assert Own.from_config(Own(4, None).get_config()).inner.units == 4
    with pytest.raises(NotImplementedError, match="no attribute 'layer'"):
        Own(4, nn.Dense(1)).get_config()


@pytest.mark.parametrize("built_late", [False, True])
def test_a_shape_that_is_tried_out_changes_no_state(built_late: bool) -> None:
    class Counting(nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            if not built_late:
                self.build(None)

        def build(self, input_shape: Any) -> None:
            if not hasattr(self, "count"):
                self.count = self.add_variable((), "zeros", trainable=False)
                self.count.assign(3.0)  # what a build assigns is there to stay

        def call(self, x: Any) -> Any:
            self.count.assign(self.count + 1)
            return x

    inner = Counting()
    model = nn.Sequential([nn.Input((3,)), inner, nn.Dense(1)])
    assert float(inner.count) == 3
    model.predict(np.ones((4, 3)), batch_size=2, verbose=0)
    assert float(inner.count) == 5
