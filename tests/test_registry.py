"""Every op in the registry: values, shapes, layouts, aliasing, derivatives of two orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from autograd_nn.engine.op import REGISTRY, Op
from tests import checks, mutate
from tests.references import reference
from tests.strategies import GENERAL, Sample, cases, op_samples, samples

OPS = [pytest.param(op, id=name) for name, op in REGISTRY.items()]
SMOOTH = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.differentiable]


def test_every_op_has_samples_and_a_reference() -> None:
    assert set(GENERAL) >= {n for n, op in REGISTRY.items() if op.body is None}
    for op in REGISTRY.values():
        assert cases(op)
        assert callable(reference(op.name))


def test_every_rule_is_reached_by_a_sample() -> None:
    for op in REGISTRY.values():
        reached = {i for s in samples(op) for i in s.smooth}
        rules = op.vjps if isinstance(op.vjps, tuple | list) else ()
        assert reached >= {i for i, rule in enumerate(rules) if rule is not None}, op
        assert reached or not op.differentiable, op


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_value_shape_and_dtype(op: Op, dtype: str) -> None:
    for sample in samples(op, dtype):
        checks.check_value(op, sample)


@pytest.mark.parametrize("op", OPS)
def test_memory_layouts(op: Op) -> None:
    for sample in samples(op):
        checks.all_layouts(op, sample)


@pytest.mark.parametrize("op", OPS)
def test_no_aliasing(op: Op) -> None:
    for sample in samples(op):
        checks.check_alias(op, sample)


@pytest.mark.parametrize("op", SMOOTH)
def test_first_order(op: Op) -> None:
    for sample in _differentiable(op):
        checks.check_modes(op, sample)
        checks.check_first_order(op, sample)


@pytest.mark.parametrize("op", SMOOTH)
def test_second_order(op: Op) -> None:
    for sample in _differentiable(op):
        checks.check_second_order(op, sample)


@pytest.mark.parametrize("op", SMOOTH)
def test_float32_derivatives(op: Op) -> None:
    for sample in _differentiable(op, "float32"):
        checks.check_float32(op, sample)


def _differentiable(op: Op, dtype: str = "float64") -> list[Sample]:
    return [s for s in samples(op, dtype) if s.smooth]


@given(op_samples())
def test_random_values(drawn: tuple[Op, Sample]) -> None:
    op, sample = drawn
    checks.check_value(op, sample)
    checks.check_alias(op, sample)


@given(op_samples(differentiable=True))
def test_random_derivatives(drawn: tuple[Op, Sample]) -> None:
    op, sample = drawn
    if sample.smooth:
        checks.check_first_order(op, sample)
        checks.check_second_order(op, sample)


@pytest.mark.parametrize("op", [p for p in OPS if not p.values[0].differentiable])
def test_an_op_without_derivative_leaves_no_tape(op: Op) -> None:
    for sample in samples(op):
        xs: list[Any] = [
            _leaf(x) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x
            for x in sample.operands
        ]
        found = op.function(*xs, **sample.params)
        assert not any(y.requires_grad for y in (found if op.results > 1 else [found]))


def test_every_altered_rule_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    """The checks check: wrong by 1%, of the other sign, dropped or swapped, a rule fails them."""
    assert mutate.main([]) == 0, capsys.readouterr().out


def _leaf(x: np.ndarray) -> Any:
    import autograd_nn as ag

    return ag.Tensor(x, requires_grad=True)
