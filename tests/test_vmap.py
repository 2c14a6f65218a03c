"""``vmap`` is the loop: values, derivatives through and inside it, programs, doors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn.engine import tree
from autograd_nn.engine.graph import batch
from autograd_nn.engine.tensor import wrap

RNG = np.random.default_rng(3)
N = 4


def some(*shape: int) -> ag.Tensor:
    return wrap(RNG.normal(size=shape))


def loop(f: Callable[..., Any], *args: Any) -> Any:
    """f of each sample, the results stacked."""
    results = [f(*[tree.map(lambda x: x[i], a) for a in args]) for i in range(N)]  # noqa: B023
    columns = zip(*(tree.flatten(r)[0] for r in results), strict=True)
    return tree.unflatten(tree.flatten(results[0])[1], [ag.stack(c) for c in columns])


def same(found: Any, want: Any, rtol: float = 1e-10) -> None:
    mine, structure = tree.flatten(found)
    theirs, other = tree.flatten(want)
    assert structure == other
    for a, b in zip(mine, theirs, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=rtol, atol=1e-12)


@pytest.fixture
def no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(call: Any, *rest: Any) -> Any:
        raise AssertionError(f"{call.op.name} runs sample by sample")

    monkeypatch.setattr(batch, "_each", refuse)


# ---- ten functions: values, gradients through and inside -----------------------------------------

W = {"hidden": some(3, 5), "bias": some(5), "out": some(5, 2)}
I = np.array([[0, 2], [1, 1]])  # noqa: E741  (indices)


def mlp(x: Any, t: Any) -> Any:
    h = ag.tanh(x @ W["hidden"] + W["bias"])
    return ((h @ W["out"] - t) ** 2).mean()


def scan(x: Any) -> Any:
    state = ag.zeros(3)
    for k in range(x.shape[0]):
        state = ag.tanh(state * 0.5 + x[k])
    return state.sum()


FUNCTIONS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "a model's loss": (mlp, [some(3), some(2)]),
    "softmax and cross-entropy": (
        lambda x, k: ag.softmax_cross_entropy(x, k).sum() + (ag.softmax(x, 0) ** 2).sum(),
        [some(3, 4), ag.Tensor([1, 0, 3])],
    ),
    "logsumexp": (lambda x: ag.logsumexp(x, axis=0).sum() + ag.logsumexp(x), [some(3, 4)]),
    "indexing": (
        lambda x: (x[1, ::2] * x[I, 1:3].sum((0, 1))).sum()
        + ag.put(x, (0, 1), x[2, 2])[:, 0:2].sum(),
        [some(3, 4)],
    ),
    "reductions over axes": (
        lambda x: (x.sum((0, 2)) * x.max((0, 2)) + x.mean(-1, keepdims=True).prod((0, 2))).sum()
        + ag.var(x, axis=1).sum() + ag.norm(x),
        [some(2, 3, 2)],
    ),
    "a chain of products": (
        lambda a, b: ag.trace(a @ b @ a.mT @ W["hidden"]) + (a[0] @ b) @ W["hidden"][:, 0],
        [some(3, 3), some(3, 3)],
    ),
    "where and clip": (
        lambda x: ag.where(x > 0, ag.log(ag.clip(x, 0.1, 2.0)), x**2).sum() + ag.absolute(x).max(),
        [some(3, 4)],
    ),
    "cumsum and sort": (
        lambda x: (ag.cumsum(x, axis=1) * ag.sort(x, axis=0)).sum()
        + ag.cumsum(x)[-1] * ag.median(x),
        [some(3, 4)],
    ),
    "einsum": (
        lambda a, b: ag.einsum("ij,kj,i->k", a, b, a[:, 0]).sum() + ag.einsum("ii", a[:, :3]) ** 2,
        [some(3, 4), some(2, 4)],
    ),
    "a loop of Python's": (scan, [some(5, 3)]),
}  # fmt: skip


def batch_of(sample: Any) -> ag.Tensor:
    a = sample.array
    if a.dtype.kind != "f":
        return wrap(np.stack([np.roll(a, k) for k in range(N)]))
    return wrap(a + RNG.normal(size=(N, *a.shape)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_derivatives_are_those_of_the_loop(name: str, no_loop: None) -> None:
    f, samples = FUNCTIONS[name]
    xs = [batch_of(s) for s in samples]
    same(ag.vmap(f)(*xs), loop(f, *xs))
    same(ag.vmap(ag.value_and_grad(f))(*xs), loop(ag.value_and_grad(f), *xs))
    weights = wrap(RNG.normal(size=N))

    def through(run: Callable[..., Any], x: Any) -> Any:
        return (run(f, x, *xs[1:]) * weights).sum()

    mapped = partial(through, lambda f, *xs: ag.vmap(f)(*xs))
    same(ag.grad(mapped)(xs[0]), ag.grad(partial(through, loop))(xs[0]))


def test_it_nests_in_itself_and_with_every_derivative(no_loop: None) -> None:
    x, y = some(N, 3), some(5, 3)

    def f(a: Any, b: Any) -> Any:
        return (ag.sin(a) * b**2).sum()

    pairs = ag.vmap(ag.vmap(f, (None, 0)), (0, None))(x, y)
    same(pairs, ag.stack([ag.stack([f(a, b) for b in y]) for a in x]))
    outer = ag.vmap(ag.vmap(f, (0, None)), (None, 0), out_axes=1)(x, y)
    same(outer, pairs)
    g = partial(f, b=y[0])
    same(ag.vmap(ag.hessian(g))(x), loop(ag.hessian(g), x))
    along = lambda a: ag.jvp(g, (a,), (y[1],))  # noqa: E731
    same(ag.vmap(along)(x), loop(along, x))
    same(ag.vmap(ag.grad(lambda a: ag.grad(g)(a).sum()))(x), -ag.sin(x) * y[0] ** 2)
    total = ag.grad(lambda a: ag.vmap(ag.grad(g))(a).sum())(x)
    same(total, -ag.sin(x) * y[0] ** 2)
    same(ag.hessian(lambda a: ag.vmap(g)(a).sum())(x), ag.hessian(lambda a: loop(g, a).sum())(x))


def test_a_jacobian_is_a_pullback_of_every_unit(no_loop: None) -> None:
    x, w = some(3), some(4, 3)

    def f(a: Any) -> Any:
        return ag.tanh(w @ a) * a[0]

    want = ag.jacobian(f)(x)
    y, pull = ag.vjp(f, x)
    same(ag.vmap(pull)(ag.eye(4))[0], want)
    same(ag.vmap(lambda t: ag.jvp(f, (x,), (t,))[1], out_axes=1)(ag.eye(3)), want)
    xs = some(N, 3)
    same(ag.vmap(ag.jacobian(f))(xs), loop(ag.jacobian(f), xs))
    same(ag.jacobian(ag.vmap(f))(xs), ag.jacobian(lambda a: loop(f, a))(xs))


def test_leaves_that_it_closes_over_have_their_gradient() -> None:
    w = ag.Tensor([1.0, 2.0, 3.0], requires_grad=True)
    x = some(N, 3)
    ag.vmap(lambda a: (a * w**2).sum())(x).sum().backward()
    same(w.grad, 2 * w.detach() * x.sum(0))


def test_where_the_function_stops_a_derivative_it_stops() -> None:
    def f(a: Any) -> Any:
        with ag.no_grad():
            still = a * a
        return (still * a + ag.stop_gradient(a) * a).sum()

    x = some(N, 3)
    same(ag.grad(lambda a: ag.vmap(f)(a).sum())(x), loop(ag.grad(f), x))
    with ag.no_grad():
        assert not ag.vmap(f)(ag.Tensor(x, requires_grad=True)).requires_grad


# ---- axes and trees ------------------------------------------------------------------------------


@given(st.integers(-3, 2), st.integers(-3, 2), st.integers(-3, 2))
@settings(max_examples=30, deadline=None)
def test_axes_are_numpys(a: int, b: int, out: int) -> None:
    x = wrap(np.moveaxis(RNG.normal(size=(N, 2, 3)), 0, a))
    y = wrap(np.moveaxis(RNG.normal(size=(N, 3, 2)), 0, b))
    found = ag.vmap(ag.matmul, (a, b), out)(x, y)
    want = np.matmul(np.moveaxis(x.array, a, 0), np.moveaxis(y.array, b, 0))
    np.testing.assert_allclose(found.numpy(), np.moveaxis(want, 0, out), rtol=1e-12)


def test_trees_go_in_and_come_out() -> None:
    p = {"w": some(3), "more": [some(N, 3), some(3, N)]}

    def f(p: Any, k: int, s: Any) -> Any:
        x, y = p["more"]
        return {"a": (x * p["w"]).sum(), "b": (y * k, p["w"], 2.0, None), "c": x[s]}

    axes: Any = ({"w": None, "more": [0, -1]}, None, 0)
    out: Any = {"a": 0, "b": (1, None, 0, None), "c": 0}
    s = ag.Tensor([0, 1, 2, 1])
    found = ag.vmap(f, axes, out)(p, 3, s)
    x, y = p["more"]
    same(found["a"], x @ p["w"])
    same(found["b"][0], y * 3)
    assert found["b"][1] is p["w"] or found["b"][1].shape == (3,)
    same(found["b"][2], ag.full(N, 2.0))
    assert found["b"][3] is None
    same(found["c"], x[ag.arange(N), s])


def test_arguments_by_name_arrays_and_lists_of_results() -> None:
    x, y = RNG.normal(size=(N, 3)), RNG.normal(size=(N, 3))
    found = ag.vmap(lambda a, *, b: [a + b, b[0] > 0])(x, b=y)
    np.testing.assert_array_equal(found[0], x + y)
    np.testing.assert_array_equal(found[1], y[:, 0] > 0)


def test_what_it_assigns_to_an_argument_is_its_own() -> None:
    x, w = some(N, 3), some(3)

    def f(a: Any, b: Any) -> Any:
        a[0] = b.sum()
        b[1] = 9.0
        return a * b

    before, held = x.numpy().copy(), w.numpy().copy()
    found = ag.vmap(f, (0, None))(x, w)
    want = before.copy()
    want[:, 0] = held.sum()
    np.testing.assert_allclose(found.numpy(), want * np.where(np.arange(3) == 1, 9.0, held))
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(w, held)


def test_it_keeps_the_dtype_and_weak_numbers_weak() -> None:
    x = ag.Tensor(RNG.normal(size=(N, 2)).astype("float32"))
    assert ag.vmap(lambda a: a * 2.5 + 1)(x).dtype == np.float32
    found = ag.jit(lambda x, k: ag.vmap(lambda a: a * k)(x))
    for k in (2.0, 3.0):
        y = found(x, k)
        assert y.dtype == np.float32
        np.testing.assert_array_equal(y, x.array * np.float32(k), err_msg="the number of each call")


def test_a_custom_op_runs_sample_by_sample_unless_it_says_otherwise() -> None:
    shapes: list[tuple[int, ...]] = []

    def kernel(x: Any) -> Any:
        shapes.append(x.shape)
        return np.sort(x, axis=-1)

    def vjp(g: Any, y: Any, x: Any) -> Any:
        return ag.put(ag.zeros_like(x), ag.argsort(x), g) if x.ndim == 1 else None

    x = some(N, 3)
    plain = ag.custom_op(vjp=vjp, name="sorting")(kernel)
    same(ag.vmap(plain)(x), wrap(np.sort(x.array)))
    assert shapes == [(3,)] * (N + 1)
    slope = ag.grad(lambda a: plain(a)[0] * 2)
    same(ag.vmap(slope)(x), loop(slope, x))
    shapes.clear()
    whole = ag.custom_op(vjp=vjp, name="sorting", batch=True)(kernel)
    same(ag.vmap(whole)(x), wrap(np.sort(x.array)))
    assert shapes == [(3,), (N, 3)]


# ---- doors ---------------------------------------------------------------------------------------

X, V = some(N, 3), some(5)
REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "no function": (lambda: ag.vmap(3), TypeError, "received int"),
    "sizes": (lambda: ag.vmap(lambda a, b: a)(X, V), ag.ShapeError, "4 in argument 0, 5 in"),
    "an axis": (lambda: ag.vmap(ag.sin, 2)(X), ag.ShapeError, r"shape \(4, 3\) and the axis 2"),
    "a number": (lambda: ag.vmap(lambda a, b: a)(X, 2.0), ag.DTypeError, "float for argument 1"),
    "no axis": (lambda: ag.vmap(lambda a: a)(ag.Tensor(2.0)), ag.ShapeError, "Give None"),
    "nothing to map": (lambda: ag.vmap(ag.sin, None)(X), ag.ShapeError, "no array to run over"),
    "too few axes": (lambda: ag.vmap(lambda a, b: a, (0,))(X, X), ag.ShapeError, r"in_axes=\(0,\)"),
    "another tree": (
        lambda: ag.vmap(lambda a: a["x"], ({"y": 0},))({"x": X}), ag.ShapeError, "a dict of 'x'",
    ),
    "no integer": (lambda: ag.vmap(ag.sin, "0")(X), ag.ShapeError, "expected an integer"),
    "a truth value": (lambda: ag.vmap(ag.sin, True)(X), ag.ShapeError, "expected an integer"),
    "an axis of the result": (
        lambda: ag.vmap(ag.sin, out_axes=2)(X), ag.ShapeError, "axis 2 in out_axes",
    ),
    "no axis of the result": (
        lambda: ag.vmap(ag.sin, out_axes=None)(X), ag.ShapeError, "differs between samples",
    ),
    "another tree of results": (
        lambda: ag.vmap(lambda a: (a, a), out_axes=(0,))(X), ag.ShapeError, "the results, 2 in all",
    ),
    "a look": (
        lambda: ag.vmap(lambda a: a if a.sum() > 0 else -a)(X), ag.RecordError, "where",
    ),
    "text": (lambda: ag.vmap(lambda a: "text")(X), ag.DTypeError, "returned str"),
    "a mask": (lambda: ag.vmap(lambda a: a[a > 0])(X), ag.RecordError, "where"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_at_the_door(name: str) -> None:
    make, kind, text = REFUSED[name]
    with pytest.raises(kind, match=text):
        make()


def test_a_function_that_changes_something_is_refused_and_has_changed_nothing() -> None:
    w = ag.Tensor([1.0, 2.0, 3.0])
    generator = ag.random.Generator(3)

    def assigns(a: Any) -> Any:
        w.assign(w + a)
        return w

    for f in (assigns, lambda a: a * generator.normal((3,))):
        with pytest.raises(ag.RecordError, match="assigns to tensors of outside"):
            ag.vmap(f)(X)
    np.testing.assert_array_equal(w, [1, 2, 3])
    assert generator.state.tolist() == [3, 0, 0]


def test_an_error_inside_is_the_functions_own() -> None:
    with pytest.raises(ag.ShapeError, match=r"add\(float64\(3,\), float64\(5,\)\)"):
        ag.vmap(lambda a: a + V)(X)


@pytest.mark.parametrize("whole", [False, True])
def test_an_op_of_several_results_has_each_for_every_sample(whole: bool) -> None:
    def vjp(gs: Any, ys: Any, x: Any) -> Any:
        total, square = gs
        return ag.broadcast_to(ag.expand_dims(total, -1), x.shape) + 2 * square * x

    parts = ag.custom_op(vjp=vjp, results=2, batch=whole)(lambda x: (x.sum(-1), x * x))
    x = some(N, 3)
    same(ag.vmap(parts)(x), (x.sum(-1), x * x))

    def f(a: Any) -> Any:
        total, square = parts(a)
        return total * square.sum()

    same(ag.vmap(f)(x), loop(f, x))
    same(ag.vmap(ag.grad(f))(x), loop(ag.grad(f), x))
    same(ag.grad(lambda a: ag.vmap(f)(a).sum())(x), loop(ag.grad(f), x))
