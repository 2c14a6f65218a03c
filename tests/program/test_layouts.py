"""Every layout an array can come in, at every door: native code means what eager code means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import tree
from autograd_nn.engine.errors import DTypeError

DTYPES = ["f4", "f8", "i4", "i8", "u2", "i2", "u4", "i1", "b1"]


def packed(a: np.ndarray) -> np.ndarray:
    """A field of packed records: unaligned, and with a stride between entries."""
    records = np.zeros(a.shape, np.dtype([("tag", "u1"), ("value", a.dtype), ("more", "u1")]))
    records["value"] = a
    return records["value"]


def shifted(a: np.ndarray) -> np.ndarray:
    """Entries in order from an odd address."""
    return np.frombuffer(b"\0" + a.tobytes(), a.dtype, a.size, 1).reshape(a.shape)


def mapped(a: np.ndarray) -> np.ndarray:
    """A file's memory, read-only, in the other byte order."""
    from tempfile import mkdtemp

    path = Path(mkdtemp()) / "array"
    swapped = a.astype(a.dtype.newbyteorder("S"))
    swapped.tofile(path)
    return np.memmap(path, swapped.dtype, "r", shape=a.shape)


def frozen(a: np.ndarray) -> np.ndarray:
    a = a.copy()
    a.flags.writeable = False
    return a


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "swapped": lambda a: a.astype(a.dtype.newbyteorder("S")),
    "swapped and strided": lambda a: np.repeat(a.astype(a.dtype.newbyteorder("S")), 2, 0)[::2],
    "packed": packed,
    "shifted": shifted,
    "mapped": mapped,
    "reversed": lambda a: a[::-1].copy()[::-1],
    "Fortran": np.asfortranarray,
    "read-only": frozen,
    "broadcast": lambda a: np.broadcast_to(a[:1].copy(), a.shape),
    "recarray": lambda a: np.rec.fromarrays([a], names="value")["value"],
    "matrix": lambda a: a.view(np.matrix) if a.ndim == 2 else a,
    "unmasked": np.ma.masked_array,
}


def data(code: str, shape: tuple[int, ...] = (4, 3)) -> np.ndarray:
    a = np.arange(1, 1 + int(np.prod(shape))).reshape(shape) * 7 % 11
    return (a % 2 == 0) if code == "b1" else a.astype(code)


def several(x: Any) -> list[Any]:
    """Sums, orders, products and indices, all of them kernels of their own."""
    return [x * 2, ag.sum(x, axis=0), ag.max(x, axis=1), ag.sort(x, axis=0), x @ ag.transpose(x),
            x[1:, ::-1], ag.cumsum(x, axis=0), ag.where(x > 3, x, 0), x[[2, 0]],
            ag.einsum("ij,kj->ik", x, x), ag.concatenate([x, x])]  # fmt: skip


def agree(found: Any, told: Any, what: str = "") -> None:
    for a, b in zip(tree.flatten(found)[0], tree.flatten(told)[0], strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert a.dtype.isnative and a.dtype == b.dtype.newbyteorder("="), (what, a.dtype, b.dtype)
        np.testing.assert_allclose(a, b, rtol=1e-6, err_msg=what)


@pytest.mark.parametrize("code", ["f4", "f8", "i4", "i8", "u2", "i2"])
def test_arguments_and_captured_arrays(code: str) -> None:
    a = data(code)
    told = several(ag.Tensor(a))
    f = ag.jit(several)
    f(ag.Tensor(a))
    f.wait()
    for name, layout in LAYOUTS.items():
        b = layout(a)
        told = several(ag.Tensor(np.array(b, a.dtype)))
        for x in (ag.Tensor(b), ag.Tensor(b, copy=False), ag.as_tensor(b), b):
            agree(f(x), told, name)
        g = ag.jit(lambda y, b=b: several(y * 0 + b))
        for _ in range(2):
            agree(g(ag.Tensor(np.zeros_like(a))), told, f"captured, {name}")
            g.wait()
    assert len(f._programs) == 2  # of tensors, and of arrays of NumPy


def test_no_dimension_and_no_entry() -> None:
    f = ag.jit(lambda x: (x * 2, ag.sum(x)))
    for a in (np.array(1.5, ">f8"), np.zeros((0, 3), ">f8"), np.zeros((2, 0, 3), ">f4")):
        x = ag.Tensor(a)
        for _ in range(3):
            agree(f(x), (a * 2, np.sum(a)))
            f.wait()


@pytest.mark.parametrize("name", LAYOUTS)
def test_indices_masks_and_values(name: str) -> None:
    layout = LAYOUTS[name]
    x = ag.Tensor(np.arange(24.0).reshape(6, 4))
    rows, values = np.array([[0, 5], [3, 1]], "i4"), np.array([[1.5], [2.5]])
    if name == "broadcast":
        rows = rows[:1].repeat(2, 0)
        values = values[:1].repeat(2, 0)
    i, v = layout(rows), layout(values)
    mask = layout(np.array([[True, False]] * 6).repeat(2, 1))

    def plain(x: Any, i: Any, v: Any, m: Any) -> list[Any]:
        return [x[i], x[i, 0], ag.put(x, i[:, 0], v), ag.take(x, i % 4, axis=1), x[1:, i[0] % 4],
                ag.searchsorted(ag.ravel(x), v), ag.where(m, x, -x)]  # fmt: skip

    told = plain(x, ag.Tensor(rows), ag.Tensor(values), ag.Tensor(np.array(mask)))
    j = ag.jit(plain)
    k = ag.jit(lambda x: plain(x, ag.as_tensor(i), v, mask))
    for _ in range(3):
        agree(j(x, i, v, mask), told, name)
        agree(k(x), told, name)
        j.wait(), k.wait()


@pytest.mark.parametrize("name", LAYOUTS)
def test_states_and_donated_arrays(name: str) -> None:
    a = data("f8")
    b = LAYOUTS[name](a)
    told = np.array(b, float)
    state = ag.Tensor(b, copy=False)

    @ag.jit
    def step(x: Any) -> Any:
        state.assign(state * 2 + x)
        return state.sum()

    for _ in range(3):
        told = told * 2 + np.array(b)
        agree(step(ag.as_tensor(b)), told.sum())
        step.wait()
        np.testing.assert_array_equal(state.numpy(), told)

    f = ag.jit(lambda x: x + 1, donate_argnums=0)
    for _ in range(3):
        agree(f(ag.Tensor(b)), np.array(b) + 1)
        f.wait()


def test_an_argument_that_shows_a_state_of_the_program() -> None:
    state = ag.Tensor(np.arange(6.0))

    @ag.jit
    def step(x: Any) -> Any:
        state.assign(state + x[::-1])
        return state.sum()

    told = np.arange(6.0)
    for _ in range(4):
        told = told + told[::-1]
        step(state)
        step.wait()
        np.testing.assert_array_equal(state.numpy(), told)


def test_what_is_made_in_another_byte_order_is_not() -> None:
    for x in (ag.zeros(2, ">f8"), ag.ones(2, ">f4"), ag.full(2, 1, ">i4"), ag.eye(2, dtype=">f8"),
              ag.arange(3, dtype=">i2"), ag.Tensor([1.0], ">f4"), ag.Tensor([1.0]).astype(">f4"),
              ag.linspace(0, 1, 3, ">f8"), ag.as_tensor([1, 2], ">i8")):  # fmt: skip
        assert x.dtype.isnative and x.array.flags.aligned
    twice = ag.custom_op(vjp=lambda g, y, x: 2 * g)(lambda x: (2 * x).astype(">f8"))
    f = ag.jit(lambda x: twice(x) + 1)
    for _ in range(3):
        agree(f(ag.Tensor([1.0, 2.0])), np.array([3.0, 5.0]))
        f.wait()


def test_masked_entries_are_no_numbers() -> None:
    with pytest.raises(DTypeError, match=r"masked.*filled"):
        ag.Tensor(np.ma.masked_array([1.0, 2.0], [False, True]))


@pytest.mark.parametrize("name", ["swapped", "packed", "shifted", "mapped", "reversed", "Fortran"])
def test_training_data(name: str) -> None:
    layout = LAYOUTS[name]
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.integers(0, 2, (20, 1)).astype("i4")
    weight = rng.uniform(0.5, 1, (20, 1))
    found = []
    for change in (np.array, layout):
        nn.set_random_seed(1)
        model = nn.Sequential([nn.Dense(1, activation="sigmoid", input_dim=3)])
        model.compile("adam", "binary_crossentropy", deterministic=True)
        model.fit(change(x), change(y), sample_weight=change(weight)[:, 0], epochs=2, batch_size=8,
                  verbose=0)  # fmt: skip
        model.set_weights([change(w) if w.ndim == 2 else w for w in model.get_weights()])
        loss = model.evaluate(change(x), change(y), verbose=0)
        found.append([*model.get_weights(), loss, model.predict(change(x), verbose=0)])
    nn.set_random_seed(0)
    ag.set_deterministic(False)
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)
