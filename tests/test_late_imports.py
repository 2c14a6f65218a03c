"""Importing loads what nearly every program needs, and leaves the rest until it is asked for."""

from __future__ import annotations

import subprocess
import sys

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
