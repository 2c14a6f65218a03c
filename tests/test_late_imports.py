"""Importing loads what nearly every program needs, and leaves the rest until it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import autograd_nn

ROOT = Path(autograd_nn.__file__).parent
FIRST = sorted(
    ".".join(("autograd_nn", *file.parent.relative_to(ROOT).parts))
    for file in ROOT.rglob("__init__.py")
    if len(file.relative_to(ROOT).parts) < 4
)

LATE = (
    "numba", "scipy", "llvmlite", "ml_dtypes", "autograd_nn.engine.program",
    "autograd_nn.engine.graph", "autograd_nn.nn.datasets", "autograd_nn.nn.ops",
    "autograd_nn.nn.wrappers",
)  # fmt: skip


def test_nn_loads_no_compiler_no_recorder_and_no_data() -> None:
    code = (
        "import sys; from autograd_nn import nn\n"
        f"print([name for name in {LATE} if name in sys.modules])\n"
        "print(nn.ops.__name__, nn.datasets.__name__)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[:2] == ["[]", "autograd_nn.nn.ops autograd_nn.nn.datasets"]


def test_all_is_there_without_docstrings_and_assertions() -> None:
    """``python -OO`` takes them away: what is derived from a docstring is then derived of none."""
    code = (
        "import importlib, pkgutil, autograd_nn\n"
        "from autograd_nn import nn, ops, compat\n"
        "for room in (nn, nn.layers, nn.losses, nn.metrics, nn.optimizers, compat):\n"
        "    for name in dir(room): getattr(room, name)\n"
        "model = nn.Sequential([nn.Dense(3, activation='relu'), nn.Dense(1)])\n"
        "model.compile(loss='mse', metrics=['mae'])\n"
        "model.fit([[1.0, 2.0]], [[1.0]], epochs=3, verbose=0)\n"
        "print(model.predict([[1.0, 2.0]], verbose=0).shape, end=' ')\n"
        "print(nn.losses.mean_squared_error.__doc__.split(';')[0])"
    )
    ran = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True)
    assert ran.stdout == "(1, 1) \n", ran.stderr


@pytest.mark.parametrize("name", FIRST)
def test_a_package_may_be_imported_first(name: str) -> None:
    """A circle of imports is found out by who begins it elsewhere than most do."""
    ran = subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, text=True)
    assert not ran.returncode, ran.stderr
