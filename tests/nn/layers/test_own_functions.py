"""Functions of users in layers: cloned as they are, found in files by their registered names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn import registry

X = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)


def tripled(x: Any) -> Any:
    return 3 * x


@pytest.fixture
def named() -> Iterator[tuple[Any, Any]]:
    """Two functions, one registered by its own name, one by another in a package."""
    before = dict(registry.customs), dict(registry.registered)

    @nn.saving.register_keras_serializable()
    def waves(x: Any) -> Any:
        return nn.ops.sin(x)

    @nn.saving.register_keras_serializable(package="mine", name="bend")
    def bent(x: Any) -> Any:
        return 2 * nn.ops.tanh(x)

    yield waves, bent
    for table, old in zip((registry.customs, registry.registered), before, strict=True):
        table.clear()
        table.update(old)


@pytest.mark.parametrize("ending", ["agn", "keras", "h5"])
def test_registered_functions_are_found_in_files(tmp_path: Path, ending: str, named: Any) -> None:
    waves, bent = named
    start = nn.Input((3,))
    x = nn.layers.Activation(waves)(nn.Dense(4, activation=bent)(nn.layers.Lambda(waves)(start)))
    model = nn.Model(start, x)
    model.save(tmp_path / f"model.{ending}")
    again = nn.models.load_model(tmp_path / f"model.{ending}")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_name_that_two_packages_register_means_neither(named: Any) -> None:
    registry.customs["other>bend"] = tripled
    assert registry.own("waves") is named[0] and registry.own("bend") is None
    assert registry.own("other>bend") is tripled


def test_clones_keep_functions_that_nobody_registered() -> None:
    def ones(shape: Any, dtype: Any = None) -> Any:
        return nn.ops.ones(shape, dtype)

    inner = nn.Sequential([nn.Input((4,)), nn.layers.Lambda(tripled, name="inside")])
    model = nn.Sequential([
        nn.Input((3,)),
        nn.layers.Lambda(lambda x: x * 2),
        nn.Dense(4, activation=lambda x: x + 1, kernel_initializer=ones),
        nn.Dense(
            4, kernel_initializer=lambda shape, dtype=None: nn.ops.ones(shape, dtype),
            bias_initializer=lambda shape, dtype=None: nn.ops.ones(shape, dtype) / 2,
        ),
        inner,
    ])  # fmt: skip
    twin = nn.models.clone_model(model)
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))
