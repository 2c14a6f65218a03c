"""``ag.jit``: signatures, guards, captured state, errors, what a program says of itself."""

from __future__ import annotations

import gc
import itertools
import tracemalloc
import weakref
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.errors import GradientError, RangeError, RecordError, ShapeError

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


def ready(f: Any, *args: Any, **kwargs: Any) -> Any:
    """f called until it is native; the first result."""
    y = f(*args, **kwargs)
    f.wait()
    return y


def test_signatures_record_once_each() -> None:
    f = ag.jit(lambda x: ag.sum(x * 2))
    for _ in range(3):
        for x in (X, X[0], X.astype("float32"), X.T):
            found = ready(f, ag.Tensor(x))
            assert found.dtype == x.dtype
            np.testing.assert_allclose(found.array, 2 * x.sum(), rtol=1e-6)
    assert len(f._programs) == 4


def test_trees_and_keywords() -> None:
    def f(tree: dict, scale: Any = 1.0, *, shift: Any = None) -> dict:
        y = tree["a"] * scale + tree["b"][0]
        return {"y": y if shift is None else y + shift, "n": 7, "none": None, "pair": (y, "text")}

    j = ag.jit(f)
    tree = {"a": ag.Tensor(X), "b": [ag.Tensor(X[0]), 3]}
    for kwargs in ({}, {"scale": 2.0}, {"scale": ag.Tensor(3.0), "shift": X[0]}, {"scale": 2}):
        told = f(tree, **kwargs)
        for _ in range(2):
            found = ready(j, tree, **kwargs)
            np.testing.assert_allclose(found["y"].array, told["y"].array, rtol=1e-15)
            assert found["n"] == 7 and found["none"] is None and found["pair"][1] == "text"


def test_python_floats_are_inputs_and_integers_are_fixed() -> None:
    f = ag.jit(lambda x, a: x * a)
    for a in (2.0, -0.5, 3.0):
        np.testing.assert_array_equal(ready(f, ag.Tensor(X), a).array, X * a)
    assert len(f._programs) == 1
    for n in (2, 3, 2):
        np.testing.assert_array_equal(ready(f, ag.Tensor(X), n).array, X * n)
    assert len(f._programs) == 3


def test_static_arguments() -> None:
    def power(x: Any, n: int, kind: str) -> Any:
        return x**n if kind == "up" else x / n

    f = ag.jit(power, static_argnums=(1, 2))
    for n, kind in ((2, "up"), (3, "up"), (2, "down"), (2, "up")):
        told = power(X, n, kind)
        np.testing.assert_allclose(ready(f, ag.Tensor(X), n, kind).array, told, rtol=1e-15)
    with pytest.raises(TypeError, match="static_argnums.*hashable.*received list"):
        f(ag.Tensor(X), [1], "up")


def test_layouts_of_arguments() -> None:
    f = ag.jit(lambda x: ag.cumsum(x, axis=0) @ ag.transpose(x))
    ready(f, ag.Tensor(X))
    wide = np.zeros((2, 6))
    wide[:, ::2] = X
    for x in (X, np.asfortranarray(X), wide[:, ::2], X[::-1][::-1]):
        t = ag.as_tensor(x)
        np.testing.assert_allclose(f(t).array, np.cumsum(X, 0) @ X.T, rtol=1e-14)


LEVEL = 2.0


def test_globals_closures_and_attributes_are_watched() -> None:
    global LEVEL
    factor = 3.0
    box = {"k": [1.0, {"deep": 5.0}]}

    class Holder:
        rate = 0.5

    holder = Holder()
    holder.rate = 0.5

    def f(x: Any) -> Any:
        return x * factor + LEVEL - holder.rate + box["k"][0] + box["k"][1]["deep"]  # type: ignore[index,operator]

    j = ag.jit(f)
    x = ag.Tensor(X)

    def agree() -> None:
        np.testing.assert_allclose(ready(j, x).array, np.asarray(f(x).array), rtol=1e-15)
        np.testing.assert_allclose(j(x).array, np.asarray(f(x).array), rtol=1e-15)

    agree()
    LEVEL = 7.0
    agree()
    factor = -1.0
    agree()
    holder.rate = 100.0
    agree()
    box["k"][0] = 9.0  # type: ignore[index]
    agree()
    box["k"][1]["deep"] = -2.0  # type: ignore[index]
    agree()
    LEVEL = 2.0


def test_a_watched_value_that_goes_back_is_noticed_too() -> None:
    state = {"a": 1.0}
    f = ag.jit(lambda x: x * state["a"])
    for a in (1.0, 2.0, 1.0, 3.0, 1.0):
        state["a"] = a
        np.testing.assert_array_equal(ready(f, ag.Tensor(X)).array, X * a)


def test_defaults_are_watched() -> None:
    box = {"k": 2.0}

    def f(x: Any, a: Any = 1.0, *, b: Any = box) -> Any:
        return x * a + b["k"]

    j = ag.jit(f)

    def check(expected: np.ndarray) -> None:
        for _ in range(2):
            np.testing.assert_array_equal(ready(j, ag.Tensor(X)).array, expected)

    check(X + 2)
    box["k"] = 3.0
    check(X + 3)
    f.__kwdefaults__ = {"b": {"k": 4.0}}
    check(X + 4)
    f.__defaults__ = (5.0,)
    check(X * 5 + 4)
    f.__defaults__ = None
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
        j(ag.Tensor(X))


def test_captured_arrays_and_tensors_are_read_at_every_run() -> None:
    array, tensor = X.copy(), ag.Tensor(X)
    f = ag.jit(lambda x: x + ag.multiply(array, 2) + tensor)
    ready(f, ag.Tensor(X))
    array[:] = 10.0
    np.testing.assert_array_equal(f(ag.Tensor(X)).array, X + 20 + X)
    tensor.assign(np.ones_like(X))
    np.testing.assert_array_equal(f(ag.Tensor(X)).array, X + 20 + 1)
    with ag.no_grad():
        tensor += 1
    np.testing.assert_array_equal(f(ag.Tensor(X)).array, X + 20 + 2)


def test_an_array_that_numpy_computes_with_is_watched() -> None:
    array, box = X.copy(), {"a": np.arange(3)}
    f = ag.jit(lambda x: x + array * 2 + float(box["a"].sum()))
    for i in range(3):
        array[0, i] = 10.0 * i
        box["a"][i] = 7
        found = ready(f, ag.Tensor(X)).array
        np.testing.assert_allclose(found, X + 2 * array + box["a"].sum(), rtol=1e-15)


def test_captured_array_of_another_layout() -> None:
    array = np.asfortranarray(X)
    f = ag.jit(lambda x: x * array)
    ready(f, ag.Tensor(X))
    array[0, 1] = 50.0
    np.testing.assert_array_equal(f(ag.Tensor(X)).array, X * array)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 2 if ag.sum(x) > 0 else x,
        lambda x: x * float(ag.sum(x)),
        lambda x: x * int(ag.argmax(x)),
        lambda x: x[x > 0],
        lambda x: x * x.item(0),
        lambda x: x * len([v for v in x.tolist()]),
        lambda x: x + np.array(x).sum(),
        lambda x: x * x.numpy(),
        lambda x: x if 0.5 in x else -x,
        lambda x: [x, x * 2][ag.argmax(x)],
        lambda x: f"{ag.sum(x):.3f}",
        lambda x: x * round(ag.sum(x)),
        lambda x: x * complex(ag.sum(x)).real,
        lambda x: x * np.from_dlpack(x),
    ],
    ids="if float int mask item tolist array numpy in index format round complex dlpack".split(),
)
def test_contents_asked_for_while_recording(f: Any) -> None:
    with pytest.raises(RecordError, match=r"received|Expected|expected"):
        ag.jit(f)(ag.Tensor(X))
    # the failed recording leaves nothing behind
    y = ag.jit(lambda x: ag.sum(x))(ag.Tensor(X))
    assert float(y) == X.sum()


def test_shapes_and_dtypes_may_decide() -> None:
    f = ag.jit(lambda x: x * 2 if x.ndim > 1 and x.dtype == np.float64 else x + len(x))
    np.testing.assert_array_equal(ready(f, ag.Tensor(X)).array, X * 2)
    np.testing.assert_array_equal(ready(f, ag.Tensor(X[0])).array, X[0] + 3)


def test_random_draws_go_on_as_they_do_eagerly() -> None:
    def draws(native: bool) -> list[np.ndarray]:
        generator = ag.random.Generator(5)

        def f(x: Any) -> Any:
            return (
                generator.normal((3, 2), dtype="float64") + generator.uniform((2,)) * x,
                generator.bernoulli((4,), 0.5), generator.randint(0, 9, (5,)),
                generator.truncated_normal((2,)), generator.categorical(ag.zeros(4)),
            )  # fmt: skip

        g = ag.jit(f) if native else f
        found = []
        for _ in range(4):
            found.append([np.array(y.array) for y in g(ag.Tensor(2.0))])
            if native:
                g.wait()
        found.append([np.array(generator.state.array)])
        return found

    eager, native = draws(False), draws(True)
    for a, b in zip(eager, native, strict=True):
        for p, q in zip(a, b, strict=True):
            np.testing.assert_allclose(q, p, rtol=1e-6, atol=1e-7)
    assert not np.array_equal(native[1][0], native[2][0])


def test_nested_jit_joins_the_outer_recording() -> None:
    inner = ag.jit(lambda x: ag.sin(x) * 2)
    outer = ag.jit(lambda x: inner(x) + inner(x * 2))
    for _ in range(3):
        found = ready(outer, ag.Tensor(X))
        np.testing.assert_allclose(found.array, 2 * np.sin(X) + 2 * np.sin(2 * X), rtol=1e-14)
    assert not inner._programs


def test_grad_of_jit_and_jit_of_grad() -> None:
    f = lambda x: ag.sum(ag.sin(x) * x)  # noqa: E731
    slope = np.cos(X) * X + np.sin(X)
    curve = 2 * np.cos(X) - np.sin(X) * X
    j = ag.jit(f)
    ready(j, ag.Tensor(X))
    for _ in range(2):
        np.testing.assert_allclose(ag.grad(j)(X).array, slope, rtol=1e-13)
        np.testing.assert_allclose(ready(ag.jit(ag.grad(f)), ag.Tensor(X)).array, slope, rtol=1e-13)
        twice = ag.grad(lambda x: ag.sum(ag.grad(j)(x)))
        np.testing.assert_allclose(twice(X).array, curve, rtol=1e-13)
        inside = ag.jit(ag.grad(lambda x: ag.sum(ag.grad(j)(x))))
        np.testing.assert_allclose(ready(inside, ag.Tensor(X)).array, curve, rtol=1e-13)
    hv = ag.jit(lambda x, v: ag.hvp(f, (x,), (v,)))
    for _ in range(2):
        found = ready(hv, ag.Tensor(X), ag.ones_like(X))
        np.testing.assert_allclose(found.array, curve, rtol=1e-13)
    tangent = ag.jit(lambda x: ag.jvp(f, (x,), (ag.ones_like(x),))[1])
    for _ in range(2):
        np.testing.assert_allclose(ready(tangent, ag.Tensor(X)).array, slope.sum(), rtol=1e-13)


def test_a_captured_leaf_keeps_its_derivative() -> None:
    w = ag.Tensor(X, requires_grad=True)
    f = ag.jit(lambda x: ag.sum(w * x))
    for call in (1, 2, 3):
        y = ready(f, ag.Tensor(X))
        w.zero_grad()
        y.backward()
        np.testing.assert_array_equal(w.grad.array, X, err_msg=f"call {call}")
    with ag.no_grad():
        assert f(ag.Tensor(X)).node is None


def test_a_training_step_with_leaves_is_native() -> None:
    w = ag.Tensor(np.zeros(3), requires_grad=True)
    target = ag.Tensor(np.array([1.0, -2.0]))
    runs = itertools.count()

    @ag.jit
    def step(x: Any) -> Any:
        next(runs)
        loss, g = ag.value_and_grad(lambda w: ag.mean(ag.square(x @ w - target)))(w)
        with ag.no_grad():
            w.assign(w - 0.1 * g)
        return loss

    losses = [float(ready(step, ag.Tensor(X))) for _ in range(30)]
    assert losses[-1] < 0.05 * losses[0]
    assert next(runs) <= 2, "Python is to run while recording, and until the kernels are there"


def test_backward_inside() -> None:
    w = ag.Tensor(X, requires_grad=True)

    def f(x: Any) -> Any:
        w.zero_grad()
        y = ag.sum(ag.square(w) * x)
        y.backward()
        g, w.grad = w.grad, None
        return g

    j = ag.jit(f)
    for _ in range(3):
        np.testing.assert_array_equal(ready(j, ag.Tensor(X)).array, 2 * X * X)


def test_what_python_holds_of_a_state_does_not_change_behind_its_back() -> None:
    w = ag.Tensor(np.array([1.0, 2.0, 3.0]))

    @ag.jit
    def step() -> Any:
        w.assign(w + 1)
        return w

    for _ in range(3):
        ready(step)
    now = w.array.copy()
    held = {
        "detach": w.detach(), "copy": w.copy(), "slice": w[1:], "reshape": w.reshape(3, 1),
        "flip": ag.flip(w), "numpy": w.numpy(), "tensor": ag.Tensor(w),
        "as": ag.as_tensor(w.numpy()),
        "transpose": w.T, "broadcast": ag.broadcast_to(w, shape=(2, 3)),
    }  # fmt: skip
    before = {k: np.array(getattr(v, "array", v)) for k, v in held.items()}
    result = step()
    for k, v in held.items():
        np.testing.assert_array_equal(getattr(v, "array", v), before[k], err_msg=k)
    np.testing.assert_array_equal(w.array, now + 1)
    step()
    np.testing.assert_array_equal(result.array, now + 1, err_msg="an output")
    np.testing.assert_array_equal(w.array, now + 2)


def test_a_tape_over_a_state_that_a_program_changed_is_refused() -> None:
    w = ag.Tensor(X, requires_grad=True)

    @ag.jit
    def step() -> None:
        with ag.no_grad():
            w.assign(w * 0.5)

    ready(step)
    step()
    loss = ag.sum(w * w)
    step()
    with pytest.raises(GradientError, match="changed"):
        loss.backward()


def test_an_error_inside_leaves_nothing_behind() -> None:
    def f(x: Any) -> Any:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        ag.jit(f)(ag.Tensor(X))
    with pytest.raises(ShapeError):
        ag.jit(lambda x: x @ x)(ag.Tensor(X))
    assert float(ag.jit(ag.sum)(ag.Tensor(X))) == X.sum()


def test_an_index_out_of_range_names_the_place() -> None:
    table = ag.Tensor(np.arange(12.0).reshape(4, 3))
    total = ag.Tensor(np.zeros(3))

    @ag.jit
    def f(rows: Any) -> Any:
        y = ag.take(table, rows, axis=0)
        total.assign(total + ag.sum(y, axis=0))
        return y

    good = np.array([0, 3, -1, -4])
    for _ in range(2):
        np.testing.assert_array_equal(ready(f, ag.Tensor(good)).array, table.array[good])
    before = total.array.copy()
    for bad, place in (([0, 1, 4, 0], 2), ([-5, 0, 0, 0], 0), ([0, 0, 0, 2**40], 3)):
        with pytest.raises(RangeError, match=f"index {place} of gather.*from -4 to 3"):
            f(ag.Tensor(np.array(bad)))
        np.testing.assert_array_equal(total.array, before)
    np.testing.assert_array_equal(f(ag.Tensor(good)).array, table.array[good])
    np.testing.assert_array_equal(total.array, before + table.array[good].sum(0))


def test_scatter_out_of_range() -> None:
    f = ag.jit(lambda i, v: ag.add_at(ag.zeros(3, "float64"), i, v))
    v = ag.Tensor(np.array([1.0, 2.0]))
    for _ in range(2):
        np.testing.assert_array_equal(ready(f, ag.Tensor([0, 0]), v).array, [3.0, 0, 0])
    with pytest.raises(IndexError):
        f(ag.Tensor([0, 3]), v)
    np.testing.assert_array_equal(f(ag.Tensor([-1, 1]), v).array, [0.0, 2.0, 1.0])


def test_labels_out_of_range() -> None:
    f = ag.jit(lambda x, t: ag.softmax_cross_entropy(x, t))
    x = ag.Tensor(X)
    told = ready(f, x, ag.Tensor([0, 2])).array
    for bad, place in (([0, 3], 1), ([-1, 0], 0)):
        with pytest.raises(RangeError, match=f"sample {place} of the batch is outside 0 to 2"):
            f(x, ag.Tensor(bad))
    np.testing.assert_allclose(f(x, ag.Tensor([0, 2])).array, told, rtol=1e-14)


def test_a_bad_label_in_a_training_step_changes_nothing() -> None:
    w, momentum = ag.Tensor(X.T.copy()), ag.Tensor(np.zeros((3, 2)))
    count = ag.Tensor(np.zeros((), np.int64))

    @ag.jit
    def step(x: Any, t: Any) -> Any:
        loss, g = ag.value_and_grad(lambda w: ag.mean(ag.softmax_cross_entropy(x @ w, t)))(w)
        momentum.assign(0.9 * momentum + g)
        w.assign(w - 0.1 * momentum)
        count.assign(count + 1)
        return loss

    x, good = ag.Tensor(X), ag.Tensor([0, 1])
    losses = [float(ready(step, x, good)) for _ in range(4)]
    before = [t.array.copy() for t in (w, momentum, count)]
    for bad in ([0, 2], [-1, 1]):
        with pytest.raises(RangeError, match="the label of sample"):
            step(x, ag.Tensor(bad))
        for t, was in zip((w, momentum, count), before, strict=True):
            np.testing.assert_array_equal(t.array, was)
    assert float(step(x, good)) < losses[-1]
    assert int(count) == 5


def test_custom_op_runs_between_native_stretches() -> None:
    @ag.custom_op(vjp=lambda g, y, x: g * 3 * x**2)
    def cube(x: Any) -> Any:
        return np.asarray(x) ** 3

    f = ag.jit(ag.value_and_grad(lambda x: ag.sum(cube(ag.sin(x)) * 2)))
    for _ in range(3):
        y, g = ready(f, ag.Tensor(X))
        np.testing.assert_allclose(float(y), (2 * np.sin(X) ** 3).sum(), rtol=1e-13)
        np.testing.assert_allclose(g.array, 6 * np.sin(X) ** 2 * np.cos(X), rtol=1e-13)
    assert "[python" in str(f.program(ag.Tensor(X)))


def test_custom_op_parameters_that_are_arrays_are_told_apart() -> None:
    @ag.custom_op(vjp=lambda g, y, x, table: g)
    def moved(x: Any, *, table: Any) -> Any:
        return np.asarray(x) + table[1500]

    one, two = np.zeros(3000), np.zeros(3000)
    two[1500] = 5.0
    f = ag.jit(lambda x: moved(x, table=one) + 10 * moved(x, table=two))
    for _ in range(2):
        np.testing.assert_allclose(ready(f, ag.Tensor(X)).array, 11 * X + 50, rtol=1e-14)


def test_the_listing() -> None:
    f = ag.jit(lambda x, w: ag.sum(ag.tanh(x @ w), axis=0))
    args = ag.Tensor(X), ag.Tensor(X.T)
    ready(f, *args)
    program = f.program(*args)
    text = str(program)
    for word in ("instructions", "native", "kernels", "matmul(%0, %1)", "tanh+sum", "arena",
                 "peak", "flops", "inputs: %0:f8[2, 3], %1:f8[3, 2]", "24 flops"):  # fmt: skip
        assert word in text, word
    assert program.peak_bytes >= program.plan.arena > 0


def test_the_arena_is_reused() -> None:
    def deep(x: Any) -> Any:
        for _ in range(12):
            x = ag.tanh(x @ x)
        return ag.sum(x)

    x = ag.Tensor(np.eye(16) * 1.5)
    f = ag.jit(deep)
    ready(f, x)
    plan = f.program(x).plan
    assert plan.arena <= 3 * 16 * 16 * 8 + 64 < plan.unshared
    np.testing.assert_allclose(f(x).array, deep(x).array, rtol=1e-11)


def test_ten_thousand_calls_leave_memory_flat() -> None:
    f = ag.jit(lambda x: ag.sum(ag.tanh(x) * x))
    x = ag.Tensor(X)
    ready(f, x)
    for _ in range(200):
        f(x)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(10_000):
            f(x)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    assert grown < 40_000, f"{grown} bytes more after 10,000 calls"


def test_a_program_goes_when_its_function_does() -> None:
    w = ag.Tensor(X)

    def step(x: Any) -> Any:
        w.assign(w + x)
        return w

    gc.collect()
    gc.disable()
    try:
        f = ag.jit(step)
        ready(f, ag.Tensor(X))
        f(ag.Tensor(X))
        gone = weakref.ref(f.program(ag.Tensor(X)))
        del f, step
        assert gone() is None, "a reference cycle keeps a program"
    finally:
        gc.enable()


def test_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    f = ag.jit(lambda x: ag.sum(ag.sin(x)))
    native = ready(f, ag.Tensor(X)) and f(ag.Tensor(X))
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "0")
    off = ag.jit(lambda x: ag.sum(ag.sin(x)))
    np.testing.assert_allclose(off(ag.Tensor(X)).array, native.array, rtol=1e-14)
    assert not off._programs


@pytest.mark.parametrize("value", [3, "f", [1]])
def test_what_is_not_a_function(value: Any) -> None:
    with pytest.raises(TypeError, match="expected a function"):
        ag.jit(value)


def test_results_lie_in_donated_arrays() -> None:
    def step(params: dict, rate: ag.Tensor) -> tuple:
        return {k: v - rate * v for k, v in params.items()}, params["w"]

    plain, donating = ag.jit(step), ag.jit(step, donate_argnums=0)
    rate = ag.Tensor(0.5)

    def made() -> dict:
        return {"w": ag.Tensor([1.0, 2.0]), "b": ag.Tensor([4.0])}

    for f in (plain, donating):
        f(made(), rate)
        f.wait()
    expected, old = plain(made(), rate)
    params = made()
    found, same = donating(params, rate)
    assert all(np.shares_memory(found[k].array, params[k].array) for k in params)
    for k in expected:
        np.testing.assert_array_equal(found[k].numpy(), expected[k].numpy())
    np.testing.assert_array_equal(same.numpy(), old.numpy())  # read before it was written over
    untouched = made()
    plain(untouched, rate)
    assert untouched["w"].tolist() == [1.0, 2.0]


def test_donated_arrays_that_share_memory_do_not_take_two_results() -> None:
    f = ag.jit(lambda a, b: (a + 1, b * 10), donate_argnums=(0, 1))
    ready(f, ag.Tensor([0.0, 1.0]), ag.Tensor([0.0, 1.0]))
    x, row = ag.Tensor([0.0, 1.0]), np.array([0.0, 1.0])
    for a, b in ((x, x), (ag.as_tensor(row[:]), ag.as_tensor(row[:]))):
        one, two = f(a, b)
        assert one.tolist() == [1.0, 2.0] and two.tolist() == [0.0, 10.0]


def test_a_tape_notices_that_an_array_it_read_was_donated() -> None:
    f = ag.jit(lambda w: w - 0.5, donate_argnums=0)
    f(ag.Tensor([1.0, 2.0]))
    f.wait()
    w = ag.Tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    with ag.no_grad():
        f(w)
    with pytest.raises(ag.MutationError, match="was changed after the tape read it"):
        loss.backward()


def test_a_permutation_is_drawn_anew_by_every_replay() -> None:
    drawn, other = ag.random.Generator(5), ag.random.Generator(5)
    f = ag.jit(lambda x: x[drawn.permutation(9)])
    x = ag.Tensor(np.arange(9))
    for _ in range(3):
        np.testing.assert_array_equal(np.asarray(f(x)), np.asarray(other.permutation(9)))
        f.wait()
