"""The registry of names: what is named, how it is spelled, whose comes first, what is refused."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import registry
from autograd_nn.nn.losses.of_function import as_loss

FAMILIES = {
    "activation": nn.activations, "constraint": nn.constraints, "initializer": nn.initializers,
    "layer": nn.layers, "loss": nn.losses, "metric": nn.metrics, "optimizer": nn.optimizers,
    "regularizer": nn.regularizers,
}  # fmt: skip
MADE_OF_NAMES = sorted(set(FAMILIES) - {"layer"})
NAMED = [(f, n) for f in FAMILIES for n in registry.names(f)]
SPELLINGS = [
    ("loss", "mse", nn.losses.MeanSquaredError), ("loss", "MSE", nn.losses.MeanSquaredError),
    ("loss", "MeanSquaredError", nn.losses.MeanSquaredError),
    ("metric", "MSE", nn.metrics.MeanSquaredError), ("optimizer", "ADAM", nn.Adam),
    ("optimizer", "RMSprop", nn.RMSprop), ("optimizer", "adam_w", nn.AdamW),
    ("initializer", "HeNormal", nn.initializers.HeNormal), ("layer", "dense", nn.Dense),
    ("regularizer", "L1L2", nn.regularizers.L1L2), ("metric", "Accuracy", nn.metrics.Accuracy),
    ("metric", "accuracy", nn.metrics.ShapeAccuracy), ("activation", "swish", nn.activations.silu),
]  # fmt: skip


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    tables = (registry.customs, registry._names, registry._shown, registry._called)
    kept: list[Any] = [
        {k: dict(v) if isinstance(v, dict) else v for k, v in t.items()} for t in tables
    ]
    yield
    for table, old in zip(tables, kept, strict=True):
        table.clear()
        table.update(old)


def test_every_public_class_of_a_family_is_named() -> None:
    for family, module in FAMILIES.items():
        kinds = {v for n in module.__all__ if isinstance(v := getattr(module, n), type)}
        of_it = {c for c in kinds if registry.family_of(c) == family and c not in registry._bases}
        unnamed = {c.__name__ for c in of_it if registry.name_of(c) is None}
        assert unnamed <= {"RandomInitializer"}, family


def test_a_name_of_ours_stays_so_where_a_package_has_another() -> None:
    theirs = nn.saving.register_keras_serializable(package="p", name="mse")(lambda y, p: p)
    assert nn.losses.get("mse") is nn.losses.mean_squared_error
    assert isinstance(nn.metrics.get("mse"), nn.metrics.MeanSquaredError)
    assert nn.losses.get("p>mse") is theirs
    alone = nn.saving.register_keras_serializable(package="p", name="no_such")(lambda y, p: p)
    assert nn.losses.get("no_such") is alone


@pytest.mark.parametrize("family", ["loss", "metric"])
def test_no_class_is_called_as_another_by_default(family: str) -> None:
    module = FAMILIES[family]
    kinds = {v for n in module.__all__ if isinstance(v := getattr(module, n), type)}
    kinds -= {*registry._bases, nn.metrics.ShapeAccuracy}  # which stands for others
    names = {c: inspect.signature(c).parameters["name"].default for c in kinds}
    told = [n for n in names.values() if isinstance(n, str)]
    assert len(told) > 20 and len(set(told)) == len(told)
    assert not [c for c, n in names.items() if isinstance(n, str) and n.startswith("_")]


@pytest.mark.parametrize("family, name", NAMED)
def test_a_name_a_class_name_and_a_configuration_mean_the_same(family: str, name: str) -> None:
    thing = registry.names(family)[name]
    assert registry.look_up(name, family) is thing
    assert registry.look_up(thing.__name__, family) is thing
    needed = [
        p for p in inspect.signature(thing).parameters.values()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]  # fmt: skip
    if isinstance(thing, type) and needed:
        with pytest.raises(ValueError, match=f"without {needed[0].name}.*expected an object"):
            registry.find(name, family)
        return
    if family == "layer" or name in ("loss_scale_optimizer", "multi_optimizer"):
        return  # which take others of their kind
    found = (as_loss if family == "loss" else FAMILIES[family].get)(name)
    if isinstance(thing, type):
        assert type(found) is thing
        config = {"class_name": thing.__name__, "config": found.get_config()}
        assert type(FAMILIES[family].get(config)) is type(FAMILIES[family].get(thing)) is thing
    else:
        assert found is FAMILIES[family].get({"class_name": "function", "config": name}) is thing


@pytest.mark.parametrize("family, spelling, thing", SPELLINGS)
def test_spellings(family: str, spelling: str, thing: Any) -> None:
    assert registry.look_up(spelling, family) is thing


def test_a_user_names_what_is_theirs() -> None:
    @registry.named("cubic")
    class Cubed(nn.Loss):
        def call(self, y_true: Any, y_pred: Any) -> ag.Tensor:
            return ag.mean(ag.absolute(y_pred - y_true) ** 3, axis=-1)

    assert type(nn.losses.get("cubed")) is type(nn.losses.get("cubic")) is Cubed
    model = nn.Sequential([nn.Dense(1, input_dim=1)])
    model.compile(loss="cubic")
    assert isinstance(model.loss, Cubed) and registry.name_of(Cubed) == "cubed"
    with pytest.raises(ValueError, match=r"'mse' for .*Cubed; .* free: .* Choose another"):
        registry.named("mse")(Cubed)
    with pytest.raises(ValueError, match=r"'print' .* Pass it, as in of="):
        registry.named()(print)


def test_what_is_scoped_comes_before_custom_objects_and_those_before_ours() -> None:
    def relu(x: Any) -> Any:
        return x

    def own(x: Any) -> Any:
        return x

    registry.customs["relu"] = relu
    assert nn.activations.get("relu") is relu
    seen = []
    with registry.scope({"relu": own}), registry.scope({"other": print}):
        assert nn.activations.get("relu") is own and nn.activations.get("other") is print
        thread = Thread(target=lambda: seen.append(nn.activations.get("relu")))
        thread.start()
        thread.join()
    assert seen == [relu]  # a scope is its thread's own
    assert nn.activations.get("relu") is relu
    with pytest.raises(ValueError, match="'other'"):
        nn.activations.get("other")


def test_a_configuration_names_a_registered_object_by_its_package() -> None:
    class Mine(nn.Loss):
        def __init__(self, power: int = 1) -> None:
            super().__init__()
            self.power = power

    registry.customs["pack>Mine"] = Mine
    config = {"class_name": "Mine", "registered_name": "pack>Mine", "config": {"power": 3}}
    assert nn.losses.get(config).power == 3


@pytest.mark.parametrize("family", FAMILIES)
def test_an_unknown_name_is_answered_with_the_nearest(family: str) -> None:
    name = next(iter(registry.names(family)))
    for wrong in (name + "x", {"class_name": name + "x", "config": {}}):
        with pytest.raises(ValueError, match=f"{name}x.*Did you mean '{name}'.*Known names"):
            FAMILIES[family].get(wrong)
    with pytest.raises((ValueError, TypeError), match=r"received 3\.5 .*Known names"):
        registry.find(3.5, family)
