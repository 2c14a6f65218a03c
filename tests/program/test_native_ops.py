"""Every op of the registry inside a native program against its NumPy kernel.

Elementwise bodies on a grid of special values, in both floating dtypes, all ops of one arity in
few programs; every other op on the registry's own samples, in a program with several of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd_nn.engine.random  # noqa: F401  (registers its ops)
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.op import REGISTRY, Op
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.engine.tensor import Tensor
from tests import linear
from tests.strategies import DOMAINS, GENERAL, samples
from tests.test_bodies import DEFINED, GRIDS

BATCH = 12  # ops in a program
ELEMENTWISE = [op for op in REGISTRY.values() if op.body is not None and "f" in op.takes]


def chunks(arity: int) -> list[Any]:
    found = [op for op in ELEMENTWISE if op.arity == arity]
    parts = [found[i : i + BATCH] for i in range(0, len(found), BATCH)]
    return [pytest.param(p, id=f"{arity}: {p[0].name} to {p[-1].name}") for p in parts]


LIBRARIES = {"dft", "binomial_quantile", *linear.CASES}  # whose kernels are others'


def native(f: Any, arrays: list[np.ndarray]) -> list[np.ndarray]:
    with np.errstate(all="ignore"):
        _, graph, _ = record(f, [Tensor(a) for a in arrays])
    program = NativeProgram(graph)
    assert program.ready(wait=True) and not program.failed, [s.text for s in program.failed]
    by_python = {s.name for s in program.plan.steps if s.kernel is None}
    assert by_python <= LIBRARIES, f"by Python: {by_python - LIBRARIES}\n{program}"
    return program.run(arrays)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("ops", [*chunks(1), *chunks(2), *chunks(3)])
def test_bodies_on_special_values(ops: list[Op], dtype: str) -> None:
    arity = ops[0].arity or 1
    grid = np.array(list(itertools.product(GRIDS[arity], repeat=arity))).T
    with np.errstate(all="ignore"):
        arrays = [np.ascontiguousarray(row).astype(dtype) for row in grid]

    def f(*xs: Any) -> list[Any]:
        return [op.function(*xs) for op in ops]

    found = native(f, arrays)
    for op, y in zip(ops, found, strict=True):
        with np.errstate(all="ignore"):
            told = np.asarray(op.forward(*arrays))
        assert y.dtype == told.dtype, op.name
        defined = DEFINED.get(op.name, lambda *x: True)
        at = np.array([bool(defined(*map(float, p))) for p in np.stack(arrays).T])
        near(op, y[at], told[at], np.stack(arrays)[:, at])


def near(op: Op, y: np.ndarray, told: np.ndarray, points: np.ndarray) -> None:
    if told.dtype.kind != "f":
        np.testing.assert_array_equal(y, told, err_msg=op.name)
        return
    info = np.finfo(told.dtype)
    with np.errstate(all="ignore"):
        away = np.abs(y.astype(np.float64) - told.astype(np.float64))
        allowed = op.units * info.eps * np.abs(told.astype(np.float64))
    tiny = max(64 * float(info.tiny), 1e-17)
    good = (y == told) | (np.isnan(y) & np.isnan(told)) | (away <= np.maximum(allowed, tiny))
    wrong = [(points[:, i].tolist(), y[i], told[i]) for i in np.nonzero(~good)[0][:5]]
    assert good.all(), f"{op.name}: (point, native, NumPy): {wrong}"


def expected(calls: list[tuple[Op, tuple, dict, int]]) -> Iterator[tuple[Op, dict, np.ndarray]]:
    """What the array kernels give, result by result."""
    for op, given, params, _ in calls:
        with np.errstate(all="ignore"):
            told = op.forward(*given, **params)
        for y in told if op.results > 1 else (told,):
            yield op, params, np.asarray(y)


def alike() -> list[list[Op]]:
    """Elementwise ops of one domain in groups, which share operands and so a loop; others alone."""
    groups: dict[Any, list[Op]] = {}
    for op in REGISTRY.values():
        own = op.body is None or op.name in GENERAL
        domain = DOMAINS.get(op.name, op.domain)
        key = op.name if own else (op.arity, domain, op.takes, op.conditions)
        groups.setdefault(key, []).append(op)
    return [g[i : i + BATCH] for g in groups.values() for i in range(0, len(g), BATCH)]


@pytest.mark.parametrize("groups", [alike()[i::8] for i in range(8)],
                         ids=lambda groups: f"{groups[0][0].name} and others")  # fmt: skip
def test_samples_of_every_op(groups: list[list[Op]]) -> None:
    calls: list[tuple[Op, tuple, dict, int]] = []
    arrays: list[np.ndarray] = []
    for ops in groups:
        for s in samples(ops[0]):
            calls += [(op, s.operands, s.params, len(arrays)) for op in ops]
            arrays += [x for x in s.operands if isinstance(x, np.ndarray)]

    def f(*xs: Any) -> list[Any]:
        found = []
        for op, given, params, at in calls:
            rest = iter(xs[at:])
            operands = [next(rest) if isinstance(x, np.ndarray) else x for x in given]
            found.append(op.function(*operands, **params))
        return found

    found = iter(native(f, [np.ascontiguousarray(a).reshape(a.shape) for a in arrays]))
    for op, params, told in expected(calls):
        y = next(found)
        assert y.shape == told.shape and y.dtype == told.dtype, (op.name, params)
        room = 2e-5 if y.dtype == np.float32 else 1e-11
        scale = (
            np.max(np.abs(told[np.isfinite(told)]), initial=0.0) if told.dtype.kind == "f" else 0
        )
        np.testing.assert_allclose(
            y, told, rtol=room, atol=room * scale, err_msg=f"{op.name} {params}"
        )
