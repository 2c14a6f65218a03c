"""Native is eager over the whole registry, at the points where implementations like to differ.

Value, first and second derivatives in one program of several ops: at zeros of both signs, ones,
infinities, NaN, denormal and largest numbers, at poles and branch points, in both floating dtypes.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
import autograd_nn.engine.random  # noqa: F401  (registers its ops)
from autograd_nn.engine import tree
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.op import REGISTRY, Op
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.engine.tensor import Tensor
from tests.effort import crossed

ELEMENTWISE = [op for op in REGISTRY.values() if op.body is not None and "f" in op.takes]
POINTS = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 2.0, -2.0, 2.5, -2.5, 3.0, -3.0, -4.0,
          10.0, -10.0,
          50.25, -50.25, 1000.0, -1000.0, 1e-30, -1e-30, np.inf, -np.inf, np.nan]  # fmt: skip
FEW = [0.0, -0.0, 0.5, 1.0, -1.0, 2.0, -2.5, 3.0, 1e-30, 1000.0, np.inf, -np.inf, np.nan]
ORDERS = [0.0, 1.0, 2.0, 3.0, 4.0]  # of polygamma, which are whole numbers
CLOSE = 1e-11  # relative, in float64; float32 gets 100 of its units
# Whose NumPy or SciPy kernels are no better than this themselves, and where their rules cancel.
LOOSE = {"beta": 1e-9, "gamma": 1e-10, "lgamma": 1e-10, "digamma": 1e-10, "polygamma": 1e-10,
         "hypot": 1e-6, "arctan2": 1e-6, "ndtri": 2e-5, "erfinv": 1e-9, "sinc": 1e-8}  # fmt: skip


def grid(op: Op, dtype: str) -> list[np.ndarray]:
    """Special points, as one array per operand."""
    info = np.finfo(dtype)
    ends = [float(info.max), -float(info.max), float(info.smallest_subnormal),
            -float(info.smallest_subnormal), float(info.tiny), float(1 - info.epsneg),
            float(info.epsneg - 1)]  # fmt: skip
    if op.arity == 1:
        # SciPy's own functions have few digits next to a pole
        near = 2 if op.name in ("gamma", "lgamma", "digamma") else 0
        return [np.array(POINTS + ends[: len(ends) - near], dtype)]
    sides = [[*FEW, *ends[:3]] if op.arity == 2 else FEW] * (op.arity or 1)
    if op.name == "polygamma":
        sides[0] = ORDERS
    if op.name == "beta":  # Cephes' NaN and infinities at infinity and 0 follow no rule
        sides = [[x for x in FEW if 1e-3 < abs(x) < 1e3] or FEW] * 2
    return [np.ascontiguousarray(row, dtype) for row in np.array(list(itertools.product(*sides))).T]


def derivatives(op: Op, xs: tuple[Any, ...]) -> list[Any]:
    """The value, the gradient and the gradient of each of its entries."""
    every = tuple(range(len(xs)))
    found = [op.function(*xs)]
    if not op.differentiable:
        return found

    def slope(i: int) -> Any:
        return ag.grad(lambda *z: op.function(*z).sum(), argnums=i)

    for i in every:
        found.append(slope(i)(*xs))
        found += ag.grad(lambda *z, i=i: slope(i)(*z).sum(), argnums=every)(*xs)
    return found


def chunks() -> list[list[Op]]:
    found = []
    for arity, size in ((1, 12), (2, 6), (3, 4)):
        ops = [op for op in ELEMENTWISE if op.arity == arity]
        found += [ops[i : i + size] for i in range(0, len(ops), size)]
    return found


@pytest.mark.parametrize(
    ("ops", "dtype"), crossed(chunks(), ["float32", "float64"]),
    ids=lambda v: v if isinstance(v, str) else f"{v[0].name} to {v[-1].name}",
)  # fmt: skip
def test_elementwise_ops_at_special_points(ops: list[Op], dtype: str) -> None:
    arrays = [grid(op, dtype) for op in ops]

    def f(*parts: Any) -> list[Any]:
        return [derivatives(op, tuple(xs)) for op, xs in zip(ops, parts, strict=True)]

    given = [[Tensor(a) for a in row] for row in arrays]
    with np.errstate(all="ignore"):
        told = f(*given)
        _, graph, (shape, _) = record(f, given)
    program = NativeProgram(graph)
    assert program.ready(wait=True) and all(program.is_native(s) for s in program.plan.steps)
    results = program.run([a for row in arrays for a in row])
    found = tree.unflatten(shape, [Tensor(y) for y in results])
    for op, points, eager, native in zip(ops, arrays, told, found, strict=True):
        for k, (a, b) in enumerate(zip(eager, native, strict=True)):
            agree(f"{op.name}, result {k}", op.name, np.array(points), a.array, b.array)


def agree(what: str, name: str, points: np.ndarray, eager: np.ndarray, native: np.ndarray) -> None:
    assert eager.dtype == native.dtype, f"{what}: eager {eager.dtype}, native {native.dtype}"
    if eager.dtype.kind != "f":
        np.testing.assert_array_equal(native, eager, err_msg=what)
        return
    info = np.finfo(eager.dtype)
    a, b = eager.astype(np.float64), native.astype(np.float64)
    room = max(LOOSE.get(name, CLOSE), 100 * float(info.eps) if eager.dtype == "float32" else 0)
    if eager.dtype == "float32" and name in LOOSE:
        room = max(room, 1e-2 if name in ("hypot", "arctan2") else 1e-3)
    with np.errstate(all="ignore"):
        good = (a == b) | (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= room * np.abs(a))
        good |= np.abs(a - b) <= max(64 * float(info.tiny), 4 * float(info.eps))
        # overflow begins a unit earlier or later
        big = float(info.max) * (1 - 1e-5)
        good |= (np.abs(a) >= big) & (np.abs(b) >= big) & (np.sign(a) == np.sign(b))
    wrong = [(points[:, i].tolist(), a[i], b[i]) for i in np.nonzero(~good)[0][:5]]
    assert not wrong, f"{what}: (point, eager, native): {wrong}"


def test_a_kernel_of_scipys_that_is_imported_late_is_a_librarys() -> None:
    program = (
        "import warnings; warnings.simplefilter('error'); import autograd_nn as ag, sys\n"
        "ag.jit(lambda x: x * 2)(ag.Tensor([1.0])); assert 'scipy' not in sys.modules\n"
        "j = ag.jit(ag.grad(lambda x: ag.digamma(x).sum())); x = ag.Tensor([0.5])\n"
        "j(x); j(x); assert 'scipy' in sys.modules and len(j._programs) == 1"
    )
    # Compiling here would import SciPy too, for Numba: a helper does.
    env = {**os.environ, "AUTOGRAD_NN_COMPILE": "", "AUTOGRAD_NN_LINGER": "0"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
