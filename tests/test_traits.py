"""What an op's block says about the op is so: each trait against what the op does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.op import REGISTRY, Op
from tests.strategies import samples

JOINS: dict[str, Any] = {
    "sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum,
    "any": np.logical_or, "all": np.logical_and,
}  # fmt: skip


def having(trait: str) -> list[Any]:
    """The ops that have a trait."""
    return [pytest.param(op, id=op.name) for op in REGISTRY.values() if getattr(op, trait)]


def results(op: Op, operands: tuple, params: dict[str, Any]) -> list[np.ndarray]:
    """What the array kernel gives, as a list."""
    found = op.forward(*operands, **params)
    return [np.asarray(y) for y in (found if op.results > 1 else (found,))]


def widened(x: Any) -> Any:
    """A float32 operand's numbers in float64; a Python float's are rounded as among float32."""
    if isinstance(x, float):
        return float(np.float32(x))
    return x.astype(np.float64) if x.dtype == np.float32 else x


def test_the_kinds() -> None:
    for op in REGISTRY.values():
        assert (op.kind == "reduction") == bool(op.fold), op
        assert op.body is not None or op.kind != "elementwise", op
        assert op.shows or op.kind != "view", op


@pytest.mark.parametrize("op", having("pure"))
def test_pure_ops_give_the_same_bits_twice(op: Op) -> None:
    for s in samples(op):
        first, second = (results(op, s.operands, s.params) for _ in range(2))
        assert [y.tobytes() for y in first] == [y.tobytes() for y in second]


@pytest.mark.parametrize("op", having("exact"))
def test_exact_ops_lose_nothing_in_float32(op: Op) -> None:
    """In wider numbers the same operands give the same result, entry for entry."""
    for s in samples(op, "float32"):
        if "dtype" in s.params:  # that of the result is asked for
            continue
        wide = results(op, tuple(map(widened, s.operands)), s.params)
        for y, z in zip(results(op, s.operands, s.params), wide, strict=True):
            np.testing.assert_array_equal(y, z)


@pytest.mark.parametrize("op", having("keeps"))
def test_what_keeps_its_operand_is_the_operand(op: Op) -> None:
    kept = 0
    for s in samples(op):
        x, y = s.operands[0], np.asarray(op.forward(*s.operands, **s.params))
        if y.shape == x.shape and y.dtype == x.dtype:
            np.testing.assert_array_equal(y, x)
            kept += x.size > 1
    assert kept


@pytest.mark.parametrize("op", having("shows"))
def test_what_may_show_its_operand_does(op: Op) -> None:
    assert any(
        np.may_share_memory(op.forward(*s.operands, **s.params), s.operands[0])
        for s in samples(op)
    )


@pytest.mark.parametrize("op", having("fold"))
def test_parts_of_a_reduction_join(op: Op) -> None:
    x = np.array([[0.5, -2.0, 0.0], [1.5, 3.0, -0.25], [-1.0, 0.75, 2.0], [0.5, 1.0, 1.0]])
    params = {"shape": (1, 3)} if "shape" in op.params else {"axis": 0, "keepdims": True}
    for k in range(1, 4):
        parts = [op.forward(part, **params) for part in (x[:k], x[k:])]
        np.testing.assert_array_equal(JOINS[op.fold](*parts), op.forward(x, **params))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("op", having("neutral"))
def test_with_a_neutral_number_the_result_is_the_other_operand(op: Op, dtype: str) -> None:
    special = [0.0, -0.0, 1.0, -3.5, np.inf, -np.inf, np.nan]
    x = np.array([0, 1, -7]) if dtype == "int64" else np.array(special, dtype)
    for i, number in enumerate(op.neutral):
        if number is None or (number == 0 and dtype != "int64"):
            continue
        y = op.forward(*((number, x) if i == 0 else (x, number)))
        if y.dtype == x.dtype:  # a quotient of whole numbers is none
            assert y.tobytes() == x.tobytes()


@pytest.mark.parametrize("op", having("absorbing"))
def test_an_absorbing_number_is_the_result(op: Op) -> None:
    x = np.array([1.0, -3.5, 1e30, -1e-30])
    for i, number in enumerate(op.absorbing):
        if number is not None:
            y = op.forward(*((number, x) if i == 0 else (x, number)))
            np.testing.assert_array_equal(y, np.full(x.shape, number, y.dtype))


def test_a_sum_with_zero_is_not_neutral_for_floats() -> None:
    assert np.signbit(ag.add(-0.0, 0).numpy()) != np.signbit(-0.0)


@pytest.mark.parametrize("op", having("conditions"))
def test_conditions_are_read_as_truths(op: Op) -> None:
    for s in samples(op):
        said = [2.5 * x if i in op.conditions else x for i, x in enumerate(s.operands)]
        assert not all(np.array_equal(a, b) for a, b in zip(said, s.operands, strict=True)) or not (
            np.any(s.operands[op.conditions[0]])
        )
        np.testing.assert_array_equal(op.forward(*said), op.forward(*s.operands))


@pytest.mark.parametrize("op", [p for p in having("takes") if "f" not in p.values[0].takes])
def test_whole_numbers_alone(op: Op) -> None:
    xs = [np.array([1.0, 2.0])] * (op.arity or 1)
    with pytest.raises(ag.DTypeError, match="to an integer dtype"):
        op.function(*xs)


def test_an_unknown_trait_is_refused() -> None:
    with pytest.raises(TypeError, match="unknown traits colour; expected some of kind"):
        Op("f", np.sin, None, arity=1, colour="red")  # type: ignore[call-arg]
