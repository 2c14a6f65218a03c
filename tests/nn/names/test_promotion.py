"""In which dtypes Keras's functions compute: one lattice, and who goes by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_nn import nn
from autograd_nn.engine.halves import bfloat16
from autograd_nn.nn import ops
from autograd_nn.nn.ops.promotion import _NEXT, common, result_type

bfloat16()  # from here on NumPy knows the name
NAMES = st.sampled_from(sorted(_NEXT))
DTYPES = ("bool", "uint8", "int8", "int32", "int64", "float16", "bfloat16", "float32", "float64")

# What Keras 3 gives of ones of these dtypes.
GIVEN: list[tuple[str, tuple[Any, ...], str]] = [
    ("add", ("int32", "float32"), "float32"), ("add", ("uint8", "int8"), "int16"),
    ("multiply", ("int64", "float16"), "float16"), ("subtract", ("int32", 2), "int32"),
    ("add", ("int32", 2.5), "float32"), ("add", ("float16", 2.5), "float16"),
    ("add", ("bool", 2), "int32"), ("maximum", ("uint32", "uint8"), "uint32"),
    ("divide", ("int32", "int32"), "float32"), ("divide", ("int8", "float16"), "float16"),
    ("arctan2", ("bool", "uint8"), "float32"), ("sin", ("int8",), "float32"),
    ("exp", ("int64",), "float32"), ("sqrt", ("float64",), "float64"),
    ("ceil", ("uint8",), "float32"), ("median", ("uint8",), "float32"),
    ("mean", ("int32",), "float32"), ("std", ("bool",), "float32"),
    ("sum", ("bool",), "int32"), ("sum", ("uint8",), "uint32"), ("prod", ("int8",), "int32"),
    ("cumsum", ("uint8",), "uint8"), ("cumsum", ("bool",), "int32"),
    ("cumprod", ("int32",), "int32"),
    ("argmax", ("float32",), "int32"), ("argsort", ("int8",), "int32"),
    ("count_nonzero", ("bool",), "int32"), ("matmul", ("int32", "float32"), "float32"),
    ("where", ("bool", "int32", "float32"), "float32"), ("sigmoid", ("int32",), "float32"),
    ("add", ("bfloat16", "float16"), "float32"), ("add", ("int64", "bfloat16"), "bfloat16"),
    ("multiply", ("bfloat16", 2.5), "bfloat16"), ("divide", ("bfloat16", "int8"), "bfloat16"),
    ("matmul", ("bfloat16", "float32"), "float32"), ("mean", ("bfloat16",), "bfloat16"),
    ("where", ("bool", "bfloat16", "int32"), "bfloat16"), ("einsum", ("i,i", "int32", "bfloat16"),
                                                           "bfloat16"),
    ("percentile", ("float32", 50), "float32"), ("percentile", ("int8", 50), "float32"),
    ("vander", ("float32",), "float32"),
    ("vander", ("int8",), "int8"), ("trapezoid", ("bfloat16",), "bfloat16"),
    ("fabs", ("int8",), "float32"), ("ldexp", ("int8", "int32"), "float32"),
    ("linspace", ("int32", 4, 3), "float32"), ("logspace", ("float16", 2.0, 3), "float16"),
    ("linspace", ("float64", "int8"), "float64"),
    ("average", ("int8", None, "float16"), "float16"), ("average", ("uint8",), "float32"),
    ("square", ("bool",), "int32"), ("square", ("int8",), "int8"),
    ("clip", ("bool", 0, 1), "int32"),
    ("matmul", ("int8", "int8"), "int32"), ("matmul", ("int8", "uint8"), "int16"),
    ("angle", ("bool",), "float32"),
    ("less", ("int32", "float32"), "bool"), ("einsum", ("i,i", "int8", "float16"), "float16"),
]  # fmt: skip


def operand(x: Any) -> Any:
    return np.ones(2, x) if isinstance(x, str) and x in _NEXT else x


@pytest.mark.parametrize(("name", "operands", "dtype"), GIVEN)
def test_a_function_computes_in_keras_dtype_on_data_and_on_symbols(
    name: str, operands: tuple[Any, ...], dtype: str
) -> None:
    function = getattr(ops, name)
    assert function(*map(operand, operands)).dtype == dtype
    symbols = [nn.Input(batch_shape=(2,), dtype=x) if isinstance(operand(x), np.ndarray) else x
               for x in operands]  # fmt: skip
    y = function(*symbols)
    assert y.dtype == dtype and not y.name.startswith("astype")


@given(NAMES, NAMES, NAMES)
def test_the_common_dtype_is_the_least_whatever_the_order(a: str, b: str, c: str) -> None:
    assert common(a, a) == a and common(a, b) == common(b, a)
    assert common(common(a, b), c) == common(a, common(b, c)) == common(a, b, c)


def test_lists_of_operands_and_numbers_alone_have_one_dtype_too() -> None:
    assert ops.concatenate([np.ones(1, "int32"), np.ones(2, "float16")]).dtype == "float16"
    assert ops.add(1, 2.5).dtype == "float32" and ops.add(1, 2).dtype == "int32"
    assert ops.add([1, 2], [0.5, 1.5]).dtype == "float32"
    assert ops.add(x1=np.ones(1, "int32"), x2=np.ones(1, "float32")).dtype == "float32"
    assert result_type("int32", float) == "float32" and result_type(None) == "float32"
    assert nn.backend.result_type("bool", int) == "int32"
    total = ops.cumsum(np.array([1.5, 1.5]), dtype="int32")
    assert total.tolist() == [1, 2] and total.dtype == "int32"


def test_floating_operands_are_as_numpys() -> None:
    for a in ("float16", "float32", "float64"):
        for b in ("float16", "float32", "float64"):
            assert ops.add(np.ones(1, a), np.ones(1, b)).dtype == np.result_type(a, b)


def test_sizes_that_are_not_known_go_with_any_other() -> None:
    a, b = nn.Input(batch_shape=(None, 3)), nn.Input(batch_shape=(2, None))
    assert ops.add(a, b).shape == (2, 3)
    x, y = nn.Input(batch_shape=(None, None, 3)), nn.Input(batch_shape=(None, 5, 3))
    assert (x + y).shape == (None, 5, 3)
    with pytest.raises(ValueError, match="broadcast"):
        ops.add(a, nn.Input(batch_shape=(None, 4)))


def test_branches_and_loops_take_symbols() -> None:
    x, flag = nn.Input(batch_shape=(2, 3)), nn.Input(batch_shape=(), dtype="bool")
    calls = {
        "cond": ops.cond(flag, lambda v: v + 1, lambda v: v * 2, x),
        "while": ops.while_loop(lambda v: ops.sum(v) < 100, lambda v: v * 2, x),
        "fori": ops.fori_loop(0, 4, lambda i, v: v + 1, x),
        "scan": ops.scan(lambda c, v: (c + v, c), np.zeros(3, "float32"), x)[1],
        "map": ops.map(lambda v: v * 2, x),
        "vectorized": ops.vectorized_map(lambda v: v * 2, x),
        "associative": ops.associative_scan(ops.add, x),
        "slice": ops.slice(x, (1, 0), (-1, 2)),
    }
    assert {name: y.shape for name, y in calls.items()} == {
        **dict.fromkeys(calls, (2, 3)), "slice": (1, 2),
    }  # fmt: skip
    value = np.ones((2, 3), "float32")
    found = nn.Model([x, flag], list(calls.values()))([value, np.array(True)])
    sums = [6 + 6, 192, 6 + 24, 3, 12, 12, 9, 2]
    assert [float(y.numpy().sum()) for y in found] == sums


def test_parts_have_as_many_dimensions_as_the_whole() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert ops.slice(x, (0, 1), (-1, -1)).tolist() == [[1.0, 2.0], [4.0, 5.0]]
    with pytest.raises(ValueError, match="`start_indices`"):
        ops.slice(x, (0,), (1, 1))
    assert ops.saturate_cast([-1.0, 0.0], "bool").tolist() == [True, False]
    assert ops.saturate_cast([1.0], None).dtype == "float32"


@pytest.mark.parametrize("name", ["bartlett", "blackman", "hamming", "hanning"])
def test_windows_are_of_floatx(name: str) -> None:
    for x in (5, np.int8(5), np.float64(5)):
        y = getattr(ops, name)(x)
        assert y.dtype == "float32" and np.allclose(y, getattr(np, name)(5))
    assert ops.kaiser(5, 2.0).dtype == "float32"
    assert ops.unravel_index(np.array([1, 4]), (2, 3))[0].dtype == "int32"


def test_a_dtype_that_is_told_is_given() -> None:
    for name in ("linspace", "logspace"):
        assert getattr(ops, name)(1, 2, 3, dtype="float64").dtype == "float64"
    for dtype in ("float32", "bfloat16"):
        y = ops.geomspace(ops.ones((), dtype), 100, 3)
        assert y.dtype == dtype and np.allclose(y, [1, 10, 100], rtol=0.01)
    x = np.array([[1.0, 2.0, 4.0], [3.0, 1.0, 2.0]], "float32")
    assert ops.corrcoef(x).dtype == "float32" and np.allclose(ops.corrcoef(x), np.corrcoef(x))
