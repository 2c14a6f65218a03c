"""The door of a kernel of your own: an op whole, its lowering and its kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.errors import RangeError
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.lower import (
    Builder,
    Call,
    Immediate,
    floating,
    integer,
    lowering_of,
    lowerings,
)
from autograd_nn.engine.program.run.program import NativeProgram

# The names used below come from the namespace a kernel is compiled in.
# ruff: noqa: F821


def entry(values, i):  # type: ignore[no-untyped-def]
    """A helper of the kernel: the entry of a table."""
    return load(values, i, F, 0, 3)


def looked_up(a, tid, nth):  # type: ignore[no-untyped-def]
    """y = table[x], within the table. a: table, x, y, count, length, cell of errors, code."""
    table, x, y, count, length = a[0], a[1], a[2], a[3], a[4]
    for i in range(count * tid // nth, count * (tid + 1) // nth):
        k = I8(load(x, i, I, 1, 3))
        if k < 0 or k >= length:
            store(a[5], 0, a[6] + i, I8, 0, 1)
            return
        store(y, i, entry(table, k), F, 2, 3)


def lower_look_up(builder: Builder, call: Call) -> bool:
    table, x = call.operands
    code, index = floating(table), integer(x)
    if isinstance(table, Immediate) or isinstance(x, Immediate) or not code or not index:
        return False
    cells = [
        builder.ordered(table), builder.ordered(x), call.result, x.size, table.size,
        *builder.errors(lambda at: RangeError(f"entry {at} is outside the table")),
    ]  # fmt: skip
    builder.run(looked_up, cells, [call.result], parts=x.size, single=x.size, F=code, I=index)
    return True


@pytest.fixture
def look_up() -> Any:
    declared = ag.custom_op(
        lambda g, y, *xs: (None, None), shape="(n),(m)->(m)", lowering=lower_look_up
    )
    return declared(lambda table, x: table[x])


TABLE, PLACES = np.array([0.5, -1.0, 2.0, 4.0]), np.array([3, 0, 0, 1, 2])


def program_of(f: Any, *arrays: np.ndarray) -> NativeProgram:
    found = NativeProgram(record(f, [ag.Tensor(a) for a in arrays])[1])
    assert found.ready(wait=True) and not found.failed
    return found


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_an_op_with_a_kernel_is_native_wherever_its_operands_lie(look_up: Any, order: Any) -> None:
    found = program_of(lambda t, x: ag.tanh(look_up(t[order], x)), TABLE, PLACES)
    assert "looked_up" in str(found) and " 0 by Python" in str(found)
    (y,) = found.run([TABLE, PLACES])
    np.testing.assert_allclose(y, np.tanh(TABLE[order][PLACES]), rtol=1e-15)


def test_what_a_kernel_reports_is_raised_and_the_program_goes_on(look_up: Any) -> None:
    found = program_of(look_up, TABLE, PLACES)
    with pytest.raises(RangeError, match="entry 1 is outside the table"):
        found.run([TABLE, np.array([3, 4, 0, 1, 2])])
    np.testing.assert_array_equal(found.run([TABLE, PLACES])[0], TABLE[PLACES])


def test_where_a_lowering_declines_python_makes_the_call(look_up: Any) -> None:
    table = TABLE.astype(np.float16)
    found = program_of(look_up, table, PLACES)
    assert "1 by Python" in str(found)
    np.testing.assert_array_equal(found.run([table, PLACES])[0], table[PLACES])


def test_a_users_op_is_not_taken_for_the_one_of_its_name() -> None:
    declared = ag.custom_op(lambda g, y, x: None, shape="(n)->(n)", name="cumsum")
    cumsum = declared(lambda x: x[::-1].cumsum())
    assert "cumsum" in lowerings() and lowering_of(ag.cumsum.op) is lowerings()["cumsum"]
    found = program_of(cumsum, TABLE)
    np.testing.assert_array_equal(found.run([TABLE])[0], TABLE[::-1].cumsum())
