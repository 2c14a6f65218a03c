"""Docstrings of nn: every example runs, every argument is described, names are public."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
import sys
from typing import Any

import numpy as np
import pytest

import autograd_nn
from autograd_nn import nn
from autograd_nn.nn.configurable import fields

MODULES = sorted(
    ["autograd_nn.nn", "autograd_nn.cli"]
    + [m.name for m in pkgutil.walk_packages(nn.__path__, "autograd_nn.nn.")]
)
PUBLIC = [
    nn, nn.activations, nn.callbacks, nn.constraints, nn.datasets, nn.initializers, nn.layers,
    nn.losses, nn.metrics, nn.models, nn.optimizers, nn.regularizers, nn.utils,
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    if ".wrappers." in name:
        pytest.importorskip("sklearn")
    module = importlib.import_module(name)
    with np.errstate(all="ignore"):
        result = doctest.testmod(module, verbose=False)
    assert not result.failed


def test_examples_are_found() -> None:
    modules = [sys.modules[n] for n in MODULES if n in sys.modules]
    found = {t.name for m in modules for t in doctest.DocTestFinder().find(m) if t.examples}
    assert len(found) > 100
    assert "autograd_nn.nn.layers.dense.Dense" in found
    assert "autograd_nn.nn.training.trainer.Trainer.fit" in found


def public_classes() -> dict[str, type]:
    found = {}
    for module in PUBLIC:
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) and value.__module__.startswith("autograd_nn."):
                found[f"{value.__module__}.{value.__qualname__}"] = value
    return found


CLASSES = public_classes()


def described(cls: type) -> str:
    return "\n".join(c.__doc__ or "" for c in cls.__mro__ if c is not object)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_argument_of_a_class_is_described(name: str) -> None:
    cls = CLASSES[name]
    assert cls.__doc__ and re.search(r"[.:]", cls.__doc__.strip().splitlines()[0])
    if "__init__" in vars(cls) and not issubclass(cls, Exception):
        lacking = [p for p in fields(cls) if not re.search(rf"\b{p}\b", described(cls))]
        assert not lacking


METHODS = ("compile", "fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "summary")


@pytest.mark.parametrize("name", METHODS)
def test_every_argument_of_a_models_methods_is_described(name: str) -> None:
    method = getattr(nn.Model, name)
    named = [p for p in inspect.signature(method).parameters if p not in ("self", "options")]
    text = (method.__doc__ or "") + (nn.Model.fit.__doc__ or "")
    assert not [p for p in named if not re.search(rf"\b{p}\b", text)]


@pytest.mark.parametrize("module", PUBLIC, ids=lambda m: m.__name__)
def test_what_a_module_shows_is_what_it_is_for(module: Any) -> None:
    assert sorted(dir(module)) == sorted(set(module.__all__))
    space: dict[str, Any] = {}
    exec(f"from {module.__name__} import *", space)
    strange = {"Any", "annotations", "np", "math", "warnings", "ops", "inspect", "Callable"}
    assert not strange & set(space) - ({"ops"} if module is nn else set())
    for name in module.__all__:
        value = getattr(module, name)
        home = getattr(value, "__module__", None) or getattr(value, "__name__", "autograd_nn")
        assert home.startswith("autograd_nn"), name


def test_the_version_is_the_packages() -> None:
    assert nn.__version__ == autograd_nn.__version__


def test_names_stand_in_what_is_printed() -> None:
    model = nn.Sequential([nn.Input((2,)), nn.Dense(1, name="out")])
    assert "out/kernel'" in repr(model.weights)
    assert repr(nn.Adam()).startswith("Adam(learning_rate=0.001")
    assert "learning_rate=0.5" in repr(nn.SGD(0.5))
    for given in (nn.Dense(1, name="a"), nn.MeanSquaredError(name="a"), nn.metrics.Mean("a")):
        assert "'a'" in repr(given)


def test_every_layer_is_a_name_of_nn() -> None:
    for name in nn.layers.__all__:
        if name[0].isupper():
            assert getattr(nn, name) is getattr(nn.layers, name) and name in nn.__all__
