"""Tensor behaves as an ndarray: promotion, indexing, conversion, printing, copying."""

from __future__ import annotations

import copy
import operator
import pickle
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag

DTYPES = ["bool", "uint8", "int8", "int32", "int64", "float16", "float32", "float64", "complex64"]
OPERATORS = [operator.add, operator.mul, operator.truediv, operator.lt, operator.eq]


# ---- promotion ----------------------------------------------------------------------------------


@pytest.mark.parametrize("a", DTYPES)
@pytest.mark.parametrize("b", DTYPES)
@pytest.mark.parametrize("op", OPERATORS)
def test_dtypes_promote_as_in_numpy(a: str, b: str, op: Any) -> None:
    x, y = np.ones(2, a), np.ones(2, b)
    want = op(x, y)
    for found in (op(ag.Tensor(x), ag.Tensor(y)), op(ag.Tensor(x), y), op(x, ag.Tensor(y))):
        assert isinstance(found, ag.Tensor)
        assert found.dtype == want.dtype
        assert np.array_equal(found.numpy(), want)


@pytest.mark.parametrize("a", DTYPES)
@pytest.mark.parametrize("number", [True, 2, 2.5, 1j])
@pytest.mark.parametrize("op", [operator.add, operator.mul])
def test_python_numbers_are_weak_as_in_numpy(a: str, number: Any, op: Any) -> None:
    x = np.ones(2, a)
    assert op(ag.Tensor(x), number).dtype == op(x, number).dtype
    assert op(number, ag.Tensor(x)).dtype == op(number, x).dtype


@pytest.mark.parametrize("a", ["float32", "int8"])
@pytest.mark.parametrize("scalar", [np.float64(2), np.float32(2), np.int64(2)])
def test_numpy_scalars_are_strong_as_in_numpy(a: str, scalar: Any) -> None:
    x = np.ones(2, a)
    assert (ag.Tensor(x) + scalar).dtype == (x + scalar).dtype
    assert (scalar + ag.Tensor(x)).dtype == (scalar + x).dtype


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64", "float32"])
@pytest.mark.parametrize("name", ["sum", "prod", "mean", "max", "cumsum", "std"])
def test_reductions_have_numpys_dtype(dtype: str, name: str) -> None:
    x = np.ones((2, 3), dtype)
    if dtype == "bool" and name == "std":
        want = np.std(x.astype(int))
    else:
        want = getattr(np, name)(x)
    found = getattr(ag, name)(ag.Tensor(x))
    assert found.dtype == want.dtype
    assert np.array_equal(found.numpy(), want)


def test_gradients_have_their_operands_dtype() -> None:
    a = ag.Tensor([1.0], dtype="float32", requires_grad=True)
    b = ag.Tensor([1.0], dtype="float64", requires_grad=True)
    y = a * b
    assert y.dtype == np.float64
    y.backward()
    assert a.grad.dtype == np.float32 and b.grad.dtype == np.float64


@pytest.mark.parametrize(
    ("expression", "want"),
    [
        (lambda x: x // 2, [0, 1, -2]),
        (lambda x: x % 2, [1, 0, 1]),
        (lambda x: divmod(x, 2)[0], [0, 1, -2]),
        (lambda x: divmod(7, x)[1], [0, 1, -2]),
        (lambda x: 7 // x, [7, 3, -3]),
        (lambda x: -x, [-1, -2, 3]),
        (lambda x: +x, [1, 2, -3]),
        (lambda x: abs(x), [1, 2, 3]),
        (lambda x: ~x, [-2, -3, 2]),
        (lambda x: x & 1, [1, 0, 1]),
        (lambda x: 4 | x, [5, 6, -3]),
        (lambda x: x ^ 1, [0, 3, -4]),
        (lambda x: x << 1, [2, 4, -6]),
        (lambda x: x >> 1, [0, 1, -2]),
        (lambda x: x**2, [1, 4, 9]),
        (lambda x: 2.0**x, [2.0, 4.0, 0.125]),
        (lambda x: x == 2, [False, True, False]),
        (lambda x: x != 2, [True, False, True]),
        (lambda x: x >= 1, [True, True, False]),
        (lambda x: 1 > x, [False, False, True]),
        (lambda x: x @ x, 14),
    ],
)
def test_operators(expression: Any, want: Any) -> None:
    assert expression(ag.Tensor([1, 2, -3])).tolist() == want


def test_negative_integer_power_of_integers() -> None:
    assert (ag.Tensor([2, 4]) ** -1).tolist() == [0.5, 0.25]


# ---- what it is ---------------------------------------------------------------------------------


def test_properties() -> None:
    x = ag.Tensor(np.zeros((2, 3), "float32"))
    assert (x.shape, x.ndim, x.size, x.nbytes, x.dtype) == ((2, 3), 2, 6, 24, np.float32)
    assert len(x) == 2 and x.T.shape == (3, 2) and x.mT.shape == (3, 2)
    assert not x.requires_grad and x.grad is None


def test_construction() -> None:
    assert ag.Tensor([1, 2]).dtype == np.int64
    assert ag.Tensor([1.0, 2]).dtype == np.float64
    assert ag.Tensor(1.5, dtype="float32").dtype == np.float32
    assert ag.Tensor([ag.Tensor(1.0), 2.0]).tolist() == [1.0, 2.0]
    assert ag.Tensor(ag.Tensor([1.0])).tolist() == [1.0]
    data = np.ones(2)
    assert not np.may_share_memory(ag.Tensor(data).array, data)
    assert np.may_share_memory(ag.Tensor(data, copy=False).array, data)
    assert ag.as_tensor(x := ag.Tensor(1.0)) is x
    assert ag.as_tensor(x, dtype="float32").dtype == np.float32
    assert ag.tensor([1.0], requires_grad=True).requires_grad


def test_requires_grad_is_a_switch_of_leaves() -> None:
    x = ag.Tensor([1.0])
    x.requires_grad = True
    assert (x * 2).requires_grad
    x.requires_grad = False
    assert not (x * 2).requires_grad


def test_detach_and_data_share_contents_not_the_tape() -> None:
    x = ag.Tensor([1.0], requires_grad=True)
    assert not x.detach().requires_grad and not x.data.requires_grad
    x.data = [5.0]
    assert x.tolist() == [5.0] and x.requires_grad


# ---- indexing -----------------------------------------------------------------------------------

X = np.arange(24.0).reshape(2, 3, 4)
KEYS: list[Any] = [
    0,
    -1,
    np.int64(1),
    slice(None),
    slice(2, None, -1),
    Ellipsis,
    None,
    (),
    (1, 2),
    (1, 2, 3),
    (slice(None), 1),
    (Ellipsis, 0),
    (0, None, slice(1, 3)),
    [0, 1, 1],
    [[0], [1]],
    ([0, 1], [2, 0]),
    (slice(None), [2, 0]),
    (0, [2, 0], slice(None, 2)),
    np.array([True, False]),
    X > 5,
    (X > 5).any(-1),
    [],
    np.array(1),
    (np.array(1), slice(None), [0, 3]),
]


@pytest.mark.parametrize("key", KEYS, ids=[str(k)[:30].replace("\n", "") for k in KEYS])
def test_getitem_as_in_numpy(key: Any) -> None:
    found = ag.Tensor(X)[key]
    assert isinstance(found, ag.Tensor)
    assert found.shape == np.shape(X[key]) and np.array_equal(found.numpy(), X[key])


@pytest.mark.parametrize("key", KEYS, ids=[str(k)[:30].replace("\n", "") for k in KEYS])
def test_setitem_as_in_numpy(key: Any) -> None:
    x, want = ag.Tensor(X), X.copy()
    x[key] = 7.0
    want[key] = 7.0
    assert np.array_equal(x.numpy(), want)


@pytest.mark.parametrize("key", [2, -3, (0, 3), (0, 0, 4), [0, 2], (slice(None), [3]), (0,) * 4])
def test_out_of_range_is_an_index_error(key: Any) -> None:
    with pytest.raises(IndexError):
        ag.Tensor(X)[key]
    with pytest.raises(IndexError):
        ag.Tensor(X)[key] = 1.0


def test_indices_may_be_tensors() -> None:
    assert ag.Tensor([5.0, 6.0])[ag.Tensor([1, 0])].tolist() == [6.0, 5.0]
    assert ag.Tensor([5.0, 6.0])[ag.Tensor([True, False])].tolist() == [5.0]
    assert [5, 6][ag.Tensor(1)] == 6
    assert list(range(3))[: ag.Tensor(2)] == [0, 1]


# ---- to Python ----------------------------------------------------------------------------------


def test_numbers() -> None:
    x = ag.Tensor(2.5)
    assert (float(x), int(x), complex(x), round(x), round(x, 1), bool(x)) == (
        2.5,
        2,
        2.5,
        2,
        2.5,
        True,
    )
    assert type(x.item()) is float and type(ag.Tensor([3]).item()) is int
    assert ag.Tensor([[1.0, 2.0]]).item(0, 1) == 2.0
    assert ag.Tensor([[1, 2]]).tolist() == [[1, 2]]
    assert not ag.Tensor(0)
    assert 2.5 in ag.Tensor([1.0, 2.5]) and 7 not in ag.Tensor([1.0])


def test_iteration_and_unpacking() -> None:
    a, b = ag.Tensor([1.0, 2.0])
    assert isinstance(a, ag.Tensor) and (a.item(), b.item()) == (1.0, 2.0)
    assert [r.tolist() for r in ag.Tensor([[1], [2]])] == [[1], [2]]


def test_printing() -> None:
    assert repr(ag.Tensor([1.0, 2.0])) == "Tensor([1., 2.])"
    assert repr(ag.Tensor([1], dtype="int8")) == "Tensor([1], dtype=int8)"
    assert repr(ag.Tensor(True)) == "Tensor(True)"
    assert f"{ag.Tensor(3.14159):.2f}" == "3.14"
    assert f"{ag.Tensor([1.0, 2.0])}" == "Tensor([1., 2.])"
    assert str(ag.Tensor([[1.0], [2.0]])) == "Tensor([[1.],\n        [2.]])"


def test_comparison_with_none_and_text() -> None:
    x = ag.Tensor([1.0])
    assert (x == None) is False  # noqa: E711  (the point)
    assert (x != "a") is True
    assert x in {x} and hash(x) == hash(x)


def test_copies() -> None:
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x)), copy.copy(x)):
        assert twin is not x and twin.tolist() == [1.0, 2.0] and twin.requires_grad
    twin = copy.deepcopy(x)
    with ag.no_grad():
        twin += 1
    assert x.tolist() == [1.0, 2.0]
    (x.copy() * 3 + copy.copy(x) + copy.deepcopy(x * 2)).sum().backward()
    assert x.grad.tolist() == [6.0, 6.0]


def test_dlpack() -> None:
    x = ag.Tensor([1.0, 2.0])
    assert np.from_dlpack(x).tolist() == [1.0, 2.0]
    assert x.__dlpack_device__() == np.zeros(1).__dlpack_device__()


def test_methods_are_the_ops() -> None:
    x = ag.Tensor([[1.0, -2.0], [3.0, 4.0]])
    assert x.sum().item() == 6.0 and x.sum(0).tolist() == [4.0, 2.0]
    assert x.reshape(4).shape == x.reshape((4,)).shape == x.reshape(-1).shape == (4,)
    assert x.reshape(4, 1).shape == (4, 1)
    assert x.transpose().tolist() == x.transpose(1, 0).tolist() == x.transpose((1, 0)).tolist()
    assert x.astype("float32").dtype == np.float32
    assert x.flatten().tolist() == [1.0, -2.0, 3.0, 4.0]
    assert x.argmax().item() == 3 and x.relu().tolist() == [[1.0, 0.0], [3.0, 4.0]]
    assert x.round().tolist() == x.tolist()


def test_assign_keeps_shape_and_dtype() -> None:
    x = ag.Tensor([1.0, 2.0], dtype="float32")
    assert x.assign([3, 4]) is x
    assert x.tolist() == [3.0, 4.0] and x.dtype == np.float32
    source = np.array([5.0, 6.0], "float32")
    x.assign(source)
    source[0] = 0
    assert x.tolist() == [5.0, 6.0]


def test_a_list_of_taped_tensors_keeps_its_derivatives() -> None:
    x = ag.Tensor([1.0, 2.0])
    for f in (
        lambda x: ag.sum([x[0], 3 * x[1]]),
        lambda x: ag.as_tensor([[x[0]], [3 * x[1]]]).sum(),
        lambda x: ag.ones(2, "float64") @ [x[0], x[1] * 3],
    ):
        assert ag.grad(f)(x).tolist() == [1.0, 3.0]
    assert ag.as_tensor([x[0], 1.0], dtype="float32").dtype == np.float32


@pytest.mark.parametrize("dtype", ["float32", "int8", "bool", ">f8", None])
@pytest.mark.parametrize("make", [(ag.zeros_like, np.zeros_like), (ag.ones_like, np.ones_like)])
def test_filled_like_another_in_any_dtype(make, dtype) -> None:
    ours, theirs = (f(np.arange(6.0).reshape(2, 3), dtype=dtype) for f in make)
    assert ours.dtype == theirs.dtype.newbyteorder("=")
    assert np.array_equal(ours.numpy(), theirs)


def test_evenly_spaced_without_the_end() -> None:
    assert np.array_equal(
        ag.linspace(0, 3, 5, endpoint=False).numpy(), np.linspace(0, 3, 5, endpoint=False)
    )
