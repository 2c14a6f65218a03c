"""Every way by which somebody else's memory comes into the tape: changes are seen, or harmless."""

from __future__ import annotations

import array
import ctypes
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn.engine.node import SHORT, fingerprint
from autograd_nn.engine.op import REGISTRY
from tests.strategies import samples

Gradient = Callable[[], np.ndarray]


def leaf(value: Any = (1.0, 2.0, 3.0, 4.0)) -> ag.Tensor:
    return ag.Tensor(np.array(value), requires_grad=True)


def pulled(y: ag.Tensor, w: ag.Tensor) -> Gradient:
    """What ``backward`` gives, when it is called."""

    def gradient() -> np.ndarray:
        y.backward()
        return w.grad.numpy()  # type: ignore[union-attr]

    return gradient


def read(make: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], Gradient]:
    """A product of a leaf with what is made of the array."""

    def way(n: np.ndarray) -> Gradient:
        c = make(n)
        w = ag.Tensor(np.ones(np.shape(c)) * 1.5, requires_grad=True)
        return pulled((w * w * c).sum(), w)

    return way


def vjp(make: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], Gradient]:
    def way(n: np.ndarray) -> Gradient:
        _, pull = ag.vjp(lambda x: (x * x * x).sum(), make(n))
        return lambda: pull(1.0)[0].numpy()

    return way


def closed_over(n: np.ndarray) -> Gradient:
    _, pull = ag.vjp(lambda x: (x * n).sum(), ag.ones(4, "float64"))
    return lambda: pull(1.0)[0].numpy()


def without_taping(n: np.ndarray) -> Gradient:
    with ag.no_grad():
        c, part = ag.as_tensor(n), ag.as_tensor(n)[1:]
    w = leaf()
    return pulled((w * c).sum() + (w[1:] * part).sum(), w)


def second_order(n: np.ndarray) -> Gradient:
    w = leaf()
    (w * w * w * n).sum().backward(create_graph=True)
    slope = w.grad
    w.zero_grad()
    return pulled((slope * slope).sum(), w)  # type: ignore[operator]


def shared_leaf(n: np.ndarray) -> Gradient:
    x = ag.Tensor(n, copy=False, requires_grad=True)
    return pulled((x * x).sum(), x)


def made_a_leaf(n: np.ndarray) -> Gradient:
    x = ag.as_tensor(n)
    x.requires_grad = True
    return pulled((x * x).sum(), x)


def first_call_of_jit(n: np.ndarray) -> Gradient:
    w = leaf()
    return pulled(ag.jit(lambda x: (w * w * x).sum())(n), w)


def closed_over_by_jit(n: np.ndarray) -> Gradient:
    w = leaf()
    return pulled(ag.jit(lambda: (w * w * n).sum())(), w)


def assigned(n: np.ndarray) -> Gradient:
    c, d = ag.zeros(4, "float64"), ag.zeros(4, "float64")
    c.assign(n)
    d[...] = n
    w = leaf()
    return pulled((w * c * d).sum(), w)


def cotangent(n: np.ndarray) -> Gradient:
    w = leaf()
    (w * w).backward(n, create_graph=True)
    slope = w.grad
    w.zero_grad()
    return pulled((slope * w).sum(), w)  # type: ignore[operator]


def buffer_of_a_custom_op(n: np.ndarray) -> Gradient:
    @ag.custom_op(vjp=lambda g, y, x: g)
    def show(x: Any) -> Any:
        return n

    @ag.custom_op(vjp=lambda g, y, x: g)
    def show_part(x: Any) -> Any:
        return n[::-1]

    w = leaf()
    return pulled((show(w) * show_part(w) * w).sum(), w)


def operand_of_a_custom_op(n: np.ndarray) -> Gradient:
    @ag.custom_op(vjp=lambda g, y, x, c: (g * c, None))
    def scaled(x: Any, c: Any) -> Any:
        return x * c

    w = leaf()
    return pulled((scaled(w, n) * w).sum(), w)


def parameter_of_a_custom_op(n: np.ndarray) -> Gradient:
    @ag.custom_op(vjp=lambda g, y, x, factors: g * factors)
    def scaled(x: Any, *, factors: Any) -> Any:
        return x * factors

    w = leaf()
    return pulled((scaled(w, factors=n) * w).sum(), w)


def locked(n: np.ndarray) -> np.ndarray:
    view = n.view()
    view.flags.writeable = False
    return view


WAYS: dict[str, Callable[[np.ndarray], Gradient]] = {
    "operand": read(lambda n: n),
    "NumPy's function": lambda n: pulled(np.sum(np.multiply(w := leaf(), n)), w),
    "as_tensor": read(ag.as_tensor),
    "copy=False": read(lambda n: ag.Tensor(n, copy=False)),
    "read-only": read(locked),
    "frombuffer": read(lambda n: np.frombuffer(memoryview(n), n.dtype)),
    "memoryview": read(lambda n: ag.as_tensor(memoryview(n))),
    "memoryview, copy=False": read(lambda n: ag.Tensor(memoryview(n), copy=False)),
    "ctypes": read(lambda n: ag.as_tensor((ctypes.c_double * 4).from_buffer(n))),
    "DLPack": read(lambda n: ag.as_tensor(np.from_dlpack(n))),
    "reversed": read(lambda n: n[::-1]),
    "every second": read(lambda n: n[::2]),
    "other bytes": read(lambda n: n.astype(">f8")),
    "stacked": read(lambda n: ag.stack([n, ag.zeros(4, "float64")])),
    "reshape": read(lambda n: ag.reshape(n, (2, 2))),
    "transpose": read(lambda n: ag.transpose(n.reshape(2, 2))),
    "transpose, matrices": read(lambda n: ag.matrix_transpose(n.reshape(2, 2))),
    "slice": read(lambda n: ag.as_tensor(n)[1:]),
    "slice of a slice": read(lambda n: ag.reshape(ag.as_tensor(n)[1:][:2], (2, 1)).T),
    "flip": read(lambda n: ag.flip(n, 0)),
    "broadcast_to": read(lambda n: ag.broadcast_to(n, (2, 4))),
    "expand_dims": read(lambda n: ag.expand_dims(n, 0)),
    "split": read(lambda n: ag.split(n, 2)[1]),
    "detach": read(lambda n: ag.as_tensor(n).detach()),
    "data": read(lambda n: ag.Tensor(n, copy=False).data),
    "astype": read(lambda n: ag.astype(n, dtype=np.dtype("float64"))),
    "vjp": vjp(lambda n: n),
    "vjp of as_tensor": vjp(ag.as_tensor),
    "vjp of copy=False": vjp(lambda n: ag.Tensor(n, copy=False)),
    "vjp of a view": vjp(lambda n: ag.as_tensor(n)[1:]),
    "closed over": closed_over,
    "without taping": without_taping,
    "second order": second_order,
    "leaf, copy=False": shared_leaf,
    "made a leaf": made_a_leaf,
    "jit, argument": first_call_of_jit,
    "jit, closed over": closed_over_by_jit,
    "assigned": assigned,
    "cotangent": cotangent,
    "custom op, result": buffer_of_a_custom_op,
    "custom op, operand": operand_of_a_custom_op,
    "custom op, parameter": parameter_of_a_custom_op,
    "index": lambda n: pulled((w := leaf())[n.view(np.int64)].sum(), w),
    "take": lambda n: pulled(ag.take(w := leaf(), n.view(np.int64)).sum(), w),
    "take_along_axis": lambda n: pulled(
        (ag.take_along_axis(w := leaf(), n.view(np.int64), 0) ** 2).sum(), w
    ),
    "put": lambda n: pulled((ag.put(w := leaf(), n.view(np.int64), 2.0) ** 2).sum(), w),
    "add_at": lambda n: pulled(
        (ag.add_at(np.zeros(9), n.view(np.int64), w := leaf()) ** 2).sum(), w
    ),
    "mask": lambda n: pulled(((w := leaf())[n.view(np.int64) > 0] ** 2).sum(), w),
    "a mask itself": lambda n: pulled(((w := leaf())[n.view(bool)[::8]] ** 2).sum(), w),
    "condition": lambda n: pulled(ag.where(n.view(bool)[::8], w := leaf(), 0).sum(), w),
}  # fmt: skip

CHANGES: dict[str, Callable[[np.ndarray], Any]] = {
    "inverted": lambda n: np.copyto(n, n[[1, 0, 3, 2]]),
    "reversed": lambda n: np.copyto(n, n[::-1].copy()),
    "rolled": lambda n: np.copyto(n, np.roll(n, 1)),
    "exchanged": lambda n: np.copyto(n, n[[2, 1, 0, 3]]),
    "all": lambda n: n.fill(n[1]),
}
INTEGERS = ("index", "take", "put", "add_at", "mask", "condition")


def contents(way: str) -> np.ndarray:
    """Zeros and ones, whose changes balance; for places, integers in the same bytes."""
    if way.startswith(INTEGERS) or way == "a mask itself":
        return np.array([0, 1, 1, 0]).view(np.float64)
    return np.array([0.0, 1.0, 1.0, 0.0])


@pytest.mark.parametrize("way", WAYS)
def test_a_change_is_noticed_or_harmless(way: str) -> None:
    expected = WAYS[way](contents(way))()
    for name, change in CHANGES.items():
        n = contents(way)
        gradient = WAYS[way](n)
        change(n)
        try:
            found = gradient()
        except ag.MutationError as error:
            assert "changed after the tape read it" in str(error)
        else:
            np.testing.assert_array_equal(found, expected, err_msg=name)


def test_other_objects_with_memory() -> None:
    n = array.array("d", [0.0, 1.0])
    x, shared = ag.Tensor(n), ag.as_tensor(n)
    w = leaf([1.0, 1.0])
    y = (w * shared).sum()
    n[0], n[1] = 1.0, 0.0
    assert x.tolist() == [0.0, 1.0]
    with pytest.raises(ag.MutationError):
        y.backward()


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=300), st.randoms(use_true_random=False),
    st.sampled_from(["int8", "float32", "float64", "bool"]),
)  # fmt: skip
def test_a_fingerprint_tells_rearrangements_apart(values: list, random: Any, dtype: str) -> None:
    n = np.array(values).astype(dtype)
    other = n.copy()
    order = list(range(n.size))
    random.shuffle(order)
    other = n[order]
    assert (fingerprint(n) == fingerprint(other)) == (n.tobytes() == other.tobytes())
    wide = np.concatenate([np.zeros(SHORT, dtype), n])
    assert fingerprint(wide) == fingerprint(np.stack([wide, wide], 1)[:, 0])


def test_balanced_changes_of_a_long_array() -> None:
    n = np.zeros(1000)
    n[::2] = 1.0
    seen = {fingerprint(n)}
    for k in range(1, 1000):
        other = n.copy()
        other[:k] = 1 - other[:k]
        seen.add(fingerprint(other))
    assert len(seen) == 1000


def test_an_array_changed_before_the_tape_reads_it_is_no_mistake() -> None:
    n, w = np.ones(3), leaf([1.0, 2.0, 3.0])
    c = ag.as_tensor(n)
    for k in range(3):
        n[:] = k
        w.zero_grad()
        (w * c).sum().backward()
        assert w.grad.tolist() == [k] * 3


def test_lists_among_the_parameters_may_change() -> None:
    x, axes = leaf(np.arange(6.0).reshape(1, 2, 3)), [2, 0, 1]
    y = ag.transpose(x, axes)
    t = ag.Tensor(np.arange(6.0).reshape(3, 1, 2))
    axes[:] = [0, 1, 2]
    (y * t).sum().backward()
    assert x.grad.numpy().tolist() == np.transpose(t.numpy(), (1, 2, 0)).tolist()
    pads = [[1, 0], [0, 2]]
    m = leaf(np.ones((2, 2)))
    y = ag.pad(m, pads)
    pads[0][0], pads[1][1] = 0, 5
    (y * y).sum().backward()
    assert m.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_a_tensors_own_array_is_locked() -> None:
    x = ag.Tensor([1.0, 2.0])
    for own in (x.array, x.numpy(), np.asarray(ag.Tensor([1.0]))):
        with pytest.raises(ValueError, match="read-only"):
            own[0] = 5.0
    c = ag.Tensor([1.0, 2.0])
    assert not np.shares_memory(np.from_dlpack(c), c.array)  # others would write to it


def test_a_custom_op_that_writes_to_its_operand_is_refused() -> None:
    @ag.custom_op(vjp=lambda g, y, x: g * 2)
    def clumsy(x: Any) -> Any:
        x[0] = 0.0
        return x * 2

    with pytest.raises(ag.MutationError, match="'clumsy' writes to its operands"):
        clumsy(leaf())

    @ag.custom_op(vjp=lambda g, y, x: g.__imul__(2), once=True)
    def clumsy_back(x: Any) -> Any:
        return x * 2

    with pytest.raises(ValueError, match="read-only"):
        clumsy_back(leaf()).sum().backward()


def test_programs_that_write_in_place() -> None:
    w, c = ag.Tensor([1.0, 2.0], requires_grad=True), ag.Tensor([5.0, 6.0])

    @ag.jit
    def step() -> None:
        with ag.no_grad():
            w.assign(w * 0.5)
            c.assign(c + 1)

    step()
    step.wait()
    step()
    v = leaf([1.0, 1.0])
    _, pull = ag.vjp(lambda x: (x * x).sum(), w)
    _, pull_c = ag.vjp(lambda x: (x * x).sum(), c)
    mixed = (v * c).sum()
    wanted = (2 * w.numpy()).tolist(), (2 * c.numpy()).tolist()
    step()
    assert (pull(1.0)[0].tolist(), pull_c(1.0)[0].tolist()) == wanted
    with pytest.raises(ag.MutationError):
        mixed.backward()


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_views_of_a_shared_array_are_shared(name: str) -> None:
    """Whatever op shows its operand's memory, the result is watched as the operand is."""
    op = REGISTRY[name]
    for sample in islice(samples(op), 6):
        given_arrays = [x for x in sample.operands if isinstance(x, np.ndarray)]
        found = op.function(*sample.operands, **sample.params)
        for y in found if op.results > 1 else (found,):
            if any(np.may_share_memory(y.array, x) for x in given_arrays):
                assert type(y).__name__ == "Shared", op
