"""Every op of the registry on a device against its NumPy kernel: samples and special values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")

import autograd_nn.engine.random  # noqa: E402, F401  (registers its ops)
from autograd_nn.engine.graph.record import record  # noqa: E402
from autograd_nn.engine.op import REGISTRY, Op  # noqa: E402
from autograd_nn.engine.program.make import target  # noqa: E402
from autograd_nn.engine.program.target.xla.step import hosted  # noqa: E402
from autograd_nn.engine.tensor import Tensor  # noqa: E402
from tests.program.test_native_ops import ELEMENTWISE, GRIDS  # noqa: E402
from tests.strategies import Sample, samples  # noqa: E402
from tests.test_bodies import DEFINED  # noqa: E402

GROUPS = 6
DTYPES = ("float64", "float32")
LOOSE = {"gamma": 256}  # units in the last place: an exponential of its logarithm


def on_device(f: Any, arrays: list[np.ndarray]) -> list[np.ndarray]:
    with np.errstate(all="ignore"):
        _, graph, _ = record(f, [Tensor(a) for a in arrays])
    program = target("xla").make(graph)
    assert not hosted(graph), "every op is to have a rule"
    assert program.ready(wait=True)
    return program.run(arrays)


def calls(ops: list[Op]) -> Iterator[tuple[Op, Sample]]:
    for op in ops:
        for dtype in DTYPES:
            for s in samples(op, dtype):
                yield op, s


@pytest.mark.parametrize("ops", [list(REGISTRY.values())[i::GROUPS] for i in range(GROUPS)],
                         ids=lambda ops: f"{ops[0].name} and others")  # fmt: skip
def test_samples(ops: list[Op]) -> None:
    given = list(calls(ops))
    arrays = [x for _, s in given for x in s.operands if isinstance(x, np.ndarray)]

    def f(*xs: Any) -> list[Any]:
        rest, found = iter(xs), []
        for op, s in given:
            operands = [next(rest) if isinstance(x, np.ndarray) else x for x in s.operands]
            y = op.function(*operands, **s.params)
            found += list(y) if op.results > 1 else [y]
        return found

    found = iter(on_device(f, arrays))
    for op, s in given:
        with np.errstate(all="ignore"):
            told = op.forward(*s.operands, **s.params)
        for t in map(np.asarray, told if op.results > 1 else (told,)):
            y = next(found)
            assert y.shape == t.shape and y.dtype == t.dtype, (op.name, s.params)
            near(y, t, f"{op.name} {s.params}")


def near(y: np.ndarray, told: np.ndarray, what: str, units: float = 200) -> None:
    """Equal but for rounding, of the largest entry where entries are sums."""
    if told.dtype.kind != "f":
        np.testing.assert_array_equal(y, told, err_msg=what)
        return
    room = units * float(np.finfo(told.dtype).eps)
    scale = np.max(np.abs(told[np.isfinite(told)]), initial=1.0)
    np.testing.assert_allclose(y, told, rtol=room, atol=room * scale / 20, err_msg=what)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("arity", [1, 2, 3])
def test_special_values(arity: int, dtype: str) -> None:
    ops = [op for op in ELEMENTWISE if op.arity == arity]
    grid = np.array(list(itertools.product(GRIDS[arity], repeat=arity))).T
    with np.errstate(all="ignore"):
        arrays = [np.ascontiguousarray(row).astype(dtype) for row in grid]
    found = on_device(lambda *xs: [op.function(*xs) for op in ops], arrays)
    wrong = []
    for op, y in zip(ops, found, strict=True):
        with np.errstate(all="ignore"):
            told = np.asarray(op.forward(*arrays))
        assert y.dtype == told.dtype, op.name
        defined = DEFINED.get(op.name, lambda *x: True)
        info = np.finfo(dtype)
        for p, a, b in zip(zip(*arrays, strict=True), y, told, strict=True):
            if a == b or (a != a and b != b) or not defined(*map(float, p)):
                continue
            if told.dtype.kind == "f" and abs(float(a) - float(b)) <= max(
                LOOSE.get(op.name, max(op.units, 32)) * info.eps * abs(float(b)),
                8 * info.eps if op.name == "lgamma" else 64 * float(info.tiny), 1e-17,
            ):
                continue
            wrong.append((op.name, [float(v) for v in p], a, b))
    assert not wrong, f"{len(wrong)}, (op, point, device, NumPy): {wrong[:40]}"
