"""Whole numbers give what the same numbers give as floats, wherever a result is floating."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.op import REGISTRY, Op

SAMPLES: dict[str, list[int]] = {
    "bool": [1, 0, 1, 1], "int8": [-128, 127, -3, 2], "int16": [-32768, 32767, -3, 2],
    "int32": [-(2**31), 2**31 - 1, -3, 1], "int64": [-(2**40), 2**40, -3, 2],
    "uint8": [255, 0, 3, 7], "uint16": [65535, 0, 3, 9], "uint32": [2**32 - 1, 0, 3, 9],
    "uint64": [2**40, 0, 3, 9],
}  # fmt: skip
PRECISION = {"float16": 2e-3, "float32": 2e-6, "float64": 1e-12}
ACTIVATIONS = ("celu", "elu", "gelu", "glu", "hard_sigmoid", "hard_silu", "hard_tanh",
               "leaky_relu", "log_sigmoid", "mish", "relu6", "selu", "silu", "soft_shrink",
               "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
               "tanh_shrink")  # fmt: skip


def alike(found: Any, true: Any) -> None:
    """Within the precision and the range of the dtype that was found."""
    found, true = np.asarray(found), np.asarray(true)
    if found.dtype.kind != "f":
        return
    with np.errstate(over="ignore"):
        true = true.astype(found.dtype)
    near = PRECISION[found.dtype.name]
    np.testing.assert_allclose(found, true, rtol=near, atol=near)


def plain(op: Op) -> bool:
    """Whether an op takes any one number, or any two that are alike."""
    return op.arity in (1, 2) and op.kind not in ("random", "view") and op.name != "polygamma"


@pytest.mark.parametrize("dtype", SAMPLES)
@pytest.mark.parametrize("name", [name for name, op in REGISTRY.items() if plain(op)])
def test_ops(name: str, dtype: str) -> None:
    op = REGISTRY[name]
    x = np.array(SAMPLES[dtype], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what overflows, overflows
        for other in (x, np.array([0.25, 1.0, 0.0, 0.5])):
            xs = (x, other)[: op.arity]
            try:
                true = op.function(*(a.astype("float64") for a in xs))
            except Exception:  # noqa: BLE001
                return  # it takes no vector, or no floats
            if dtype == "bool":  # of which NumPy knows no difference, nor a sign
                try:
                    found = op.function(*xs)
                except ag.DTypeError:
                    return
            elif name == "power" and dtype.startswith("int"):
                return  # NumPy refuses whole numbers to negative powers
            else:
                found = op.function(*xs)
            if isinstance(found, ag.Tensor):
                alike(found, true)


@pytest.mark.parametrize("dtype", SAMPLES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str, dtype: str) -> None:
    activation = getattr(nn.activations, name)
    x = np.array(SAMPLES[dtype], dtype)
    if dtype != "bool":
        with np.errstate(over="ignore"):
            found = activation(ag.Tensor(x))
            alike(found, activation(ag.Tensor(x.astype(found.dtype))))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "uint16", "int32"])
def test_native_code_gives_the_same(dtype: str) -> None:
    x = ag.Tensor(np.array([SAMPLES[dtype]] * 2, dtype))
    one = ag.Tensor(np.ones((2, 4), dtype))

    def f(x: Any, one: Any) -> Any:
        return [
            ag.sigmoid(x), ag.softplus(x), ag.softmax(x), ag.log_softmax(x),
            ag.logsumexp(x, axis=0), ag.ops.softsign(x), ag.sigmoid_cross_entropy(x, one),
            ag.softmax_cross_entropy(x, np.array([0, 3])),
        ]  # fmt: skip

    for found, true in zip(compiled(f, x, one), f(x, one), strict=True):
        assert found.dtype == true.dtype
        alike(found, true)


COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
BEYOND = [("uint8", -1), ("uint8", 300), ("int8", 200), ("uint16", -(2**40)), ("int32", 2**40),
          ("uint64", -1), ("int16", 2**70)]  # fmt: skip


def compiled(f: Any, *xs: Any) -> Any:
    """What native code makes of arguments, where that is ready."""
    jitted = ag.jit(f)
    jitted(*xs)
    jitted.wait()
    assert jitted.program(*xs).ready()
    return jitted(*xs)


@pytest.mark.parametrize("dtype, n", BEYOND)
def test_native_comparisons_with_a_number_that_the_dtype_cannot_hold(dtype: str, n: int) -> None:
    """-1 beside uint8 is -1, not 255."""
    x = np.array([*SAMPLES[dtype], np.iinfo(dtype).max, n % 256 % 128], dtype)

    def f(x: Any) -> list[Any]:
        return [c for f in COMPARISONS for c in (getattr(ag, f)(x, n), getattr(ag, f)(n, x))]

    wide = np.array([int(k) for k in x], object)
    for i, found in enumerate(compiled(f, ag.Tensor(x))):
        compare = getattr(np, COMPARISONS[i // 2])
        true = compare(n, wide) if i % 2 else compare(wide, n)
        assert found.numpy().tolist() == true.tolist()


def test_native_shifts_by_as_many_bits_as_there_are_or_by_less_than_none() -> None:
    x = ag.Tensor(np.array([-8, 7, 3], "int32"))
    far = ag.Tensor(np.array([-1, 70, 2], "int32"))

    def f(x: Any, far: Any) -> list[Any]:
        return [ag.left_shift(x, far), ag.right_shift(x, far), ag.left_shift(x, -1), x >> -1]

    for found, true in zip(compiled(f, x, far), f(x, far), strict=True):
        assert found.numpy().tolist() == true.numpy().tolist()


@pytest.mark.parametrize("source", ["float16", "float32", "float64"])
def test_native_casts_of_floats_that_a_dtype_cannot_hold(source: str) -> None:
    """They wrap, as NumPy's: -2.5 is 254 of uint8, and two less than all of uint64."""
    x = np.array([-2.5, -0.5, 1.5, 300.0, -129.0, 40000.0, -65000.0], source)

    def f(x: Any) -> list[Any]:
        return [ag.astype(x, dtype=d) for d in SAMPLES if d != "bool"]

    x = ag.Tensor(x if source == "float16" else np.append(x, x.dtype.type(2e9)))
    for found, true in zip(compiled(f, x), f(x), strict=True):
        assert found.dtype == true.dtype and found.numpy().tolist() == true.numpy().tolist()


def test_native_cast_of_a_float_that_uint64_alone_holds() -> None:
    x = ag.Tensor([1e19, 2.0**63, 5.0])
    assert compiled(lambda x: ag.astype(x, dtype="uint64"), x).tolist() == [10**19, 2**63, 5]


def least(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    return (
        np.array([low, low, high, 5, -7, low, 7], dtype),
        np.array([-1, high, low, -3, 3, low, -1], dtype),
    )


@pytest.mark.parametrize("dtype", ["int8", "int64"])
@pytest.mark.filterwarnings("ignore:overflow")
def test_the_least_number_is_divided_as_numpy_does(dtype: str) -> None:
    xs = least(dtype)

    def f(a: Any, b: Any) -> Any:
        return a // b, a % b, np.fmod(a, b), np.nan_to_num(a)

    jitted = ag.jit(f)
    jitted(*xs)
    jitted.wait()
    for y, true in zip(jitted(*xs), f(*xs), strict=True):
        np.testing.assert_array_equal(np.asarray(y), true)
