"""Zeros have a cause: what was cut off stays zero, what was computed hides nothing."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma, polygamma

import autograd_nn as ag
from autograd_nn.engine import cuts
from autograd_nn.engine.tape import operands

inf, nan = np.inf, np.nan
Function = Callable[[Any], Any]


def slopes(f: Function, x: Any) -> dict[str, np.ndarray]:
    """The gradient of Σf in every way there is to it."""
    with np.errstate(all="ignore"):
        x = ag.Tensor(x)
        leaf = x.copy()
        leaf.requires_grad = True
        f(leaf).sum().backward()
        total = ag.grad(lambda x: f(x).sum())
        taped = ag.vjp(total, x)[0]  # the same walk, taped
        columns = ag.jacobian(lambda x: f(x).sum(), forward=True)(x)
        return {
            "backward": leaf.grad.numpy(),
            "grad": total(x).numpy(),
            "taped": taped.numpy(),
            "forward": columns.numpy(),
        }


def curvatures(f: Function, x: Any) -> dict[str, np.ndarray]:
    """The Hessian of Σf, reverse over reverse, forward over reverse, reverse over forward."""
    with np.errstate(all="ignore"):
        x = ag.Tensor(x)

        def value(x: Any) -> Any:
            return f(x).sum()

        slope = ag.grad(value)
        return {
            "reverse of reverse": ag.jacobian(slope, forward=False)(x).numpy(),
            "forward of reverse": ag.jacobian(slope, forward=True)(x).numpy(),
            "reverse of forward": ag.jacobian(
                lambda x: ag.jacobian(value, forward=True)(x), forward=False
            )(x).numpy(),
        }


def check(found: dict[str, np.ndarray], want: Any) -> None:
    for way, value in found.items():
        np.testing.assert_allclose(value, want, rtol=1e-12, atol=1e-300, err_msg=way)


MASK = np.array([False, True, True])
CUT: list[tuple[str, Function, Any, Any]] = [
    # name, function, x, gradient
    ("where", lambda x: ag.where(x > 0, ag.sqrt(x), 0.0), [0.0, 4.0], [0, 0.25]),
    ("where, NaN", lambda x: ag.where(x > 0, ag.log(x), 0.0), [-1.0, 2.0], [0, 0.5]),
    ("where, the other way", lambda x: ag.where(x <= 0, 1.0, 1 / x), [0.0, 2.0], [0, -0.25]),
    ("where over overflow", lambda x: ag.where(x < 9, x * ag.exp(x), 0.0), [1e3, 0.0], [0, 1]),
    ("two masks", lambda x: ag.where(x > 1, ag.where(x > 0, ag.sqrt(x), 0), 0), [0.0, 4.0],
     [0, 0.25]),
    ("index", lambda x: ag.sqrt(x)[1:], [0.0, 4.0], [0, 0.25]),
    ("index array", lambda x: ag.sqrt(x)[np.array([1, 1])], [0.0, 4.0], [0, 0.5]),
    ("relu", lambda x: ag.relu(-1 / x), [0.0, -2.0], [0, 0.25]),
    ("clip", lambda x: ag.clip(1 / x, -1, 1), [0.0, 2.0], [0, -0.25]),
    ("maximum", lambda x: ag.maximum(ag.sqrt(x), 1.0), [0.0, 4.0], [0, 0.25]),
    ("minimum", lambda x: ag.minimum(-ag.sqrt(x), -1.0), [0.0, 4.0], [0, -0.25]),
    ("max", lambda x: ag.max(ag.sqrt(x)), [0.0, 4.0], [0, 0.25]),
    ("sort", lambda x: ag.sort(ag.sqrt(x))[-1:], [0.0, 4.0], [0, 0.25]),
    ("pad", lambda x: ag.pad(ag.sqrt(x), 1)[2:], [0.0, 4.0], [0, 0.25]),
    ("put", lambda x: ag.put(ag.sqrt(x), 0, 7.0), [0.0, 4.0], [0, 0.25]),
    ("concatenate", lambda x: ag.concatenate([ag.sqrt(x), x])[1:], [0.0, 4.0], [1, 1.25]),
    ("through a sum", lambda x: ag.where(MASK, ag.sqrt(x[:, None] * np.ones(2)).sum(1), 0.0),
     [0.0, 1.0, 4.0], [0, 1, 0.5]),
    ("through a product of matrices",
     lambda x: ag.where(MASK, ag.sqrt(x[:, None]) @ np.ones((1, 2)) @ np.array([1.0, -1.0]), 0.0),
     [0.0, 1.0, 4.0], [0, 0, 0]),
    ("a later kink", lambda x: ag.sqrt(ag.where(x > 0, x, 4.0)), [0.0, 4.0], [0, 0.25]),
    ("a stack with constants", lambda x: ag.sqrt(ag.concatenate([x, np.zeros(1)]))[:2],
     [1.0, 4.0], [0.5, 0.25]),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x", "want"), [r[1:] for r in CUT], ids=[r[0] for r in CUT])
def test_what_was_cut_off_stays_zero(f: Function, x: Any, want: Any) -> None:
    check(slopes(f, x), want)
    with np.errstate(all="ignore"):
        hessians = curvatures(f, x)
    for way, h in hessians.items():
        assert not np.isnan(h).any(), way


COMPUTED: list[tuple[str, Function, Any]] = [
    ("sin of a root", lambda x: 1 - ag.cos(ag.sqrt(x)), 0.0),  # true 1/2
    ("arccos squared", lambda x: ag.square(ag.arccos(x)), 1.0),  # true -2
    ("x times its root, twice", lambda x: ag.sqrt(x) * ag.sqrt(x + 0.0), 0.0),
    ("root of an absolute value", lambda x: ag.sqrt(ag.absolute(x)), 0.0),
    ("a vanished factor", lambda x: ag.exp(-1e4 / x) * ag.log(ag.exp(-1e4 / x)), 1.0),
    ("root of a square that is no square of a root", lambda x: ag.sqrt(x * (x + 0.0)), 0.0),
]


@pytest.mark.parametrize(("f", "x"), [r[1:] for r in COMPUTED], ids=[r[0] for r in COMPUTED])
@pytest.mark.parametrize("cut", ["", "index", "where"])
def test_a_computed_zero_hides_nothing(f: Function, x: float, cut: str) -> None:
    """Not even where something else was cut off."""

    def whole(x: Any) -> Any:
        y = f(x)
        if cut == "index":
            return y[1:]
        return ag.where(np.array([False, True]), y, 0.0) if cut == "where" else y

    if cut:
        for found in slopes(whole, [x, x]).values():
            assert found[0] == 0 and not np.isfinite(found[1])
    else:
        for found in slopes(f, x).values():
            assert not np.isfinite(found)


N2 = np.eye(2)
CLOSED: list[tuple[str, Function, Any, Any, Any]] = [
    # name, function, x, gradient, diagonal of the Hessian (or all of it)
    ("sqrt, squared", lambda x: ag.sqrt(x) ** 2, [0.0, 4.0], [1, 1], [0, 0]),
    ("square of sqrt", lambda x: ag.square(ag.sqrt(x)), [0.0, 4.0], [1, 1], [0, 0]),
    ("sqrt times itself", lambda x: (lambda r: r * r)(ag.sqrt(x)), [0.0, 4.0], [1, 1], [0, 0]),
    ("sqrt, fourth power", lambda x: ag.sqrt(x) ** 4, [0.0, 4.0], [0, 8], [2, 2]),
    ("sqrt, cubed", lambda x: ag.sqrt(x) ** 3, [0.0, 4.0], [0, 3], [inf, 0.375]),
    ("cbrt, cubed", lambda x: ag.cbrt(x) ** 3, [0.0, -8.0], [1, 1], [0, 0]),
    ("root of a square", lambda x: ag.sqrt(ag.square(x)), [0.0, -3.0, 1e-200], [0, -1, 1], [0] * 3),
    ("x², to the ½", lambda x: (x**2) ** 0.5, [0.0, -3.0], [0, -1], [0, 0]),
    ("absolute, squared", lambda x: ag.square(ag.absolute(x)), [0.0, -3.0], [0, -6], [2, 2]),
    ("reciprocal, twice", lambda x: ag.reciprocal(ag.reciprocal(x)), [0.0, 2.0], [1, 1], [0, 0]),
    ("norm, squared", lambda x: ag.norm(x) ** 2, [0.0, 0.0], [0, 0], 2 * N2),
    ("square of norm", lambda x: ag.square(ag.norm(x)), [3.0, 4.0], [6, 8], 2 * N2),
    ("norm, fourth power", lambda x: ag.norm(x) ** 4, [0.0, 0.0], [0, 0], 0 * N2),
    ("hypot, squared", lambda x: ag.hypot(x[0], x[1]) ** 2, [0.0, 0.0], [0, 0], 2 * N2),
    ("std, squared", lambda x: ag.std(x) ** 2, [2.0, 2.0], [0, 0], N2 - 0.5),
    ("std of one number", lambda x: ag.std(x[None], axis=0), [2.0, -3.0], [0, 0], 0 * N2),
    ("logaddexp2 of equals", lambda x: np.logaddexp2(x[0], x[1]), [1.0, 1.0], [0.5, 0.5],
     (N2 - 0.5) * np.log(2) / 2),
    ("root of var, squared", lambda x: ag.sqrt(ag.var(x)) ** 2, [2.0, 2.0], [0, 0], N2 - 0.5),
    ("length written out", lambda x: ag.sqrt(ag.sum(x**2)) ** 2, [0.0, 0.0], [0, 0], 2 * N2),
    ("log of exp", lambda x: ag.log(ag.exp(x)), [-800.0, 0.0, 800.0], [1, 1, 1], [0, 0, 0]),
    ("exp of log", lambda x: ag.exp(ag.log(x)), [0.0, 2.0], [1, 1], [0, 0]),
    ("log1p of expm1", lambda x: ag.log1p(ag.expm1(x)), [-80.0, 800.0], [1, 1], [0, 0]),
    ("expm1 of log1p", lambda x: ag.expm1(ag.log1p(x)), [-1.0, 2.0], [1, 1], [0, 0]),
    ("arctanh of tanh", lambda x: ag.arctanh(ag.tanh(x)), [40.0, 0.5], [1, 1], [0, 0]),
    ("sin of arcsin", lambda x: ag.sin(ag.arcsin(x)), [1.0, 0.5], [1, 1], [0, 0]),
    ("log of sigmoid", lambda x: ag.log(ag.sigmoid(x)), [-800.0, 0.0], [1, 0.5], [0, -0.25]),
    ("log of 1 - sigmoid", lambda x: ag.log(1 - ag.sigmoid(x)), [800.0, 0.0], [-1, -0.5],
     [0, -0.25]),
    ("log1p of -sigmoid", lambda x: ag.log1p(-ag.sigmoid(x)), [800.0, 0.0], [-1, -0.5],
     [0, -0.25]),
    ("log2 of sigmoid", lambda x: ag.log2(ag.sigmoid(x)), [-800.0], [1 / np.log(2)], [0]),
    ("log of 1 + exp", lambda x: ag.log(1 + ag.exp(x)), [800.0, 0.0], [1, 0.5], [0, 0.25]),
    ("log1p of exp", lambda x: ag.log1p(ag.exp(x)), [800.0, 0.0], [1, 0.5], [0, 0.25]),
    ("log of softplus", lambda x: ag.log(ag.softplus(x)), [-800.0], [1], [0]),
    ("log of cosh", lambda x: ag.log(ag.cosh(x)), [800.0, 0.0], [1, 0], [0, 1]),
    ("log of gamma", lambda x: ag.log(ag.gamma(x)), [150.0], [digamma(150.0)],
     [polygamma(1, 150.0)]),
    ("log of softmax", lambda x: ag.log(ag.softmax(x))[0], [-800.0, 0.0], [1, -1], 0 * N2),
    ("log of Σ exp", lambda x: ag.log(ag.sum(ag.exp(x))), [-800.0, -800.0], [0.5, 0.5],
     [[0.25, -0.25], [-0.25, 0.25]]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("f", "x", "first", "second"), [r[1:] for r in CLOSED], ids=[r[0] for r in CLOSED]
)
def test_two_ops_that_are_one_function(f: Function, x: Any, first: Any, second: Any) -> None:
    check(slopes(f, x), first)
    second = np.asarray(second, float)
    second = np.diag(second) if second.ndim == 1 else second
    for way, found in curvatures(f, x).items():
        np.testing.assert_allclose(found, second, rtol=1e-9, atol=1e-15, err_msg=way)


def test_programs_cut_as_the_tape_does() -> None:
    """All of these in one program, natively."""
    rows = [(name, f, x, want) for name, f, x, want, *_ in (*CUT, *CLOSED)]
    rows += [(name, f, [x], None) for name, f, x in COMPUTED]

    def every(xs: list[Any]) -> list[Any]:
        return [ag.grad(lambda x, f=f: f(x).sum())(x) for (_, f, *_), x in zip(rows, xs)]  # noqa: B905

    xs = [ag.Tensor(x) for _, _, x, _ in rows]
    with np.errstate(all="ignore"):
        program = ag.jit(every)
        program(xs)
        program.wait()
        assert program.program(xs).ready()
        found = program(xs)
    for (name, _, _, want), value in zip(rows, found, strict=True):
        if want is None:
            assert not np.isfinite(value.numpy()).any(), name
        else:
            check({name: value.numpy()}, want)


@pytest.mark.parametrize(
    "pick",
    [
        lambda k: ag.take(k, np.array([0, 2])), lambda k: k[1:], lambda k: ag.pad(k, ((0, 1),)),
        lambda k: ag.where(k > 2, k, 0), lambda k: ag.maximum(k, 2), lambda k: ag.sort(k),
        lambda k: ag.take_along_axis(k, ag.argsort(k), axis=0), lambda k: ag.concatenate([k, k]),
    ],
)  # fmt: skip
def test_whole_numbers_made_of_arguments_have_no_slope_in_programs(pick: Any) -> None:
    def f(w: Any) -> Any:
        picked = pick(ag.astype(w * 3, dtype=int))
        return ag.sum(picked) * ag.sum(w)

    w = ag.Tensor([1.5, 2.5, -1.0])
    told = ag.grad(f)(w).numpy()
    np.testing.assert_array_equal(told, np.full(3, float(pick(np.array([4, 7, -3])).sum())))
    np.testing.assert_array_equal(ag.jit(ag.grad(f))(w).numpy(), told)


def test_log_of_sigmoid_in_float32() -> None:
    x = np.array([-104.0, -120.0, 3.0], np.float32)
    for found in slopes(lambda x: ag.log(ag.sigmoid(x)), x).values():
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, [1, 1, 0.04742587], rtol=1e-6)


def test_a_value_does_not_depend_on_the_tape() -> None:
    for _, f, x, *_ in CLOSED:
        with np.errstate(all="ignore"):
            plain = f(ag.Tensor(x)).numpy()
            taped = f(ag.Tensor(x, requires_grad=True)).numpy()
        assert np.array_equal(plain, taped, equal_nan=True)


@pytest.mark.parametrize("f", [ag.norm, ag.std, lambda x: ag.hypot(x[0], x[1])])
def test_the_curvature_of_a_length_at_zero_is_no_number(f: Function) -> None:
    for way, found in curvatures(f, [0.0, 0.0]).items():
        assert not np.isfinite(found).any(), way
    check(slopes(f, [0.0, 0.0]), [0, 0])


@pytest.mark.parametrize("p", [0.5, 1.5, 3, -1, -0.5])
@pytest.mark.parametrize("x", [[0.0, 0.0], [0.0, 2.0], [0.5, 1.2]])
def test_norms_of_any_order(p: float, x: list[float]) -> None:
    def f(v: ag.Tensor) -> ag.Tensor:
        return ag.norm(v, p)

    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(f(ag.Tensor(x)).numpy(), np.linalg.norm(x, p), rtol=1e-14)
    told = [0.0, 1.0] if p > 0 and x == [0.0, 2.0] else [0, 0]
    if 0.0 in x:
        check(slopes(f, x), told)
    else:
        assert ag.check_gradients(f, np.array(x), order=2)
    if p > 0 and not any(x):
        for way, found in curvatures(f, x).items():
            assert not np.isfinite(found).any(), way


def test_the_product_of_one_number() -> None:
    assert ag.grad(lambda x: ag.prod(x, axis=0))(3.0).item() == 1


def test_freed_and_changed_operands_are_still_seen() -> None:
    x = ag.Tensor([1.0, 4.0], requires_grad=True)
    root = ag.sqrt(x)
    root.sum().backward()
    with pytest.raises(ag.GradientError, match="freed"):
        (root**2).sum().backward()
    length = ag.norm(x)
    with ag.no_grad():
        x += 1.0
    with pytest.raises(ag.MutationError):
        (length**2).backward()


def test_forward_equals_reverse_where_a_matrix_holds_infinity() -> None:
    w = np.array([inf, 1.0])

    def f(x: Any) -> Any:
        return ag.where(x > 0, x, 0.0) @ w

    x = ag.Tensor([0.0, 1.0])
    with np.errstate(all="ignore"):
        assert ag.grad(f)(x).tolist() == [0.0, 1.0]
        assert ag.jvp(f, (x,), (ag.Tensor([1.0, 1.0]),))[1].item() == 1.0
        taped = ag.grad(lambda x: ag.jvp(f, (x,), (ag.Tensor([1.0, 1.0]),))[1])(x)
    assert taped.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: ag.reshape(x, (3, 2)),
        lambda x: x.sum(axis=1),
        lambda x: ag.pad(x, ((1, 0), (0, 1))),
        lambda x: ag.windows(x, 2, axis=1),
        lambda x: ag.transpose(x),
        lambda x: ag.conv(x.reshape((1, 3, 2)), np.ones((2, 2, 1))),
    ],
)
def test_what_is_told_of_a_number_holds_where_it_was_broadcast(f: Function) -> None:
    """Forward mode twice, whose walks have masks: a number becomes a matrix, which is looked at."""

    def curved(x: Any) -> Any:
        return (f(np.arange(1.0, 7.0).reshape(2, 3) * ag.where(x > 0, ag.sqrt(x), 0.0)) ** 3).sum()

    one = ag.Tensor(1.0)
    for x in (ag.Tensor(0.7), ag.Tensor(0.0)):
        twice = ag.jvp(lambda x: ag.jvp(curved, (x,), (one,))[1], (x,), (one,))[1]
        np.testing.assert_allclose(twice, ag.grad(ag.grad(curved))(x), rtol=1e-12)


# ---- one convention for both orders of a mixed derivative ---------------------------------------


@pytest.mark.parametrize("x", [-2.0, -0.5, -0.0, 0.0, 0.5, 1.0])
@pytest.mark.parametrize("p", [-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0])
def test_the_hessian_of_a_power_is_symmetric(x: float, p: float) -> None:
    for way, h in curvatures(lambda v: v[0] ** v[1], [x, p]).items():
        same = np.isclose(h, h.T, rtol=1e-12, atol=0, equal_nan=True)
        assert same.all(), (way, h)
    if x < 0:
        assert h[0, 1] == 0  # no derivative in the exponent of a base that is not positive


OPS = {
    "sqrt": ag.sqrt, "square": ag.square, "exp": ag.exp, "sin": ag.sin, "relu": ag.relu,
    "abs": ag.absolute, "tanh": ag.tanh, "log": ag.log, "reciprocal": ag.reciprocal,
    "double": lambda x: 2 * x, "clip": lambda x: ag.clip(x, 0.0, 1.0), "cbrt": ag.cbrt,
    "where": lambda x: ag.where(x > 0.5, x, 0.0), "first": lambda x: ag.pad(x[:1], (0, 2)),
    "mix": lambda x: x @ np.array([[1.0, -1, 0], [0, 1, 2], [0, 0, 1]]),
}  # fmt: skip


SPECIAL = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 4.0, inf, -inf, nan])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(OPS)), min_size=1, max_size=5),
    st.lists(SPECIAL, min_size=3, max_size=3),
)
def test_all_ways_agree_at_special_points(names: list[str], x: list[float]) -> None:
    def f(x: Any) -> Any:
        for name in names:
            x = OPS[name](x)
        return x

    with np.errstate(all="ignore"):
        t = ag.Tensor(x)
        plain = ag.jacobian(f, forward=False)(t).numpy()
        forward = ag.jacobian(f, forward=True)(t).numpy()
        taped = ag.vjp(lambda x: ag.jacobian(f, forward=False)(x), t)[0].numpy()
    np.testing.assert_array_equal(taped, plain)
    if "mix" not in names:  # its sums meet 0·∞ in another order
        np.testing.assert_allclose(forward, plain, rtol=1e-12)


MOVED: dict[str, tuple[Function, tuple[int, ...]]] = {
    "reshape": (lambda x: ag.reshape(x, shape=(2, 2, 3, 5, 1)), (4, 1, 15)),
    "reshape, axes mixed": (lambda x: ag.reshape(x, shape=(6, 10)), (4, 3, 5)),
    "transpose": (lambda x: ag.transpose(x, axes=(2, 0, 1)), (2, 3, 4)),
    "sum": (lambda x: ag.sum(x, axis=(0, 2)), (2, 3, 4)),
    "sum, axes kept": (lambda x: ag.sum(x, axis=1, keepdims=True), (2, 3, 4)),
    "pad": (lambda x: ag.pad(x, ((0, 0), (1, 2), (0, 1))), (2, 3, 4)),
    "matmul": (lambda x: x @ np.ones((4, 3)), (2, 3, 4)),
    "windows": (lambda x: ag.windows(x, (2, 3), (1, 2), (2, 1), (1, 2)), (2, 5, 7, 3)),
    "windows with gaps": (lambda x: ag.windows(x, 2, 1, 3), (2, 9, 2)),
    "add_windows": (lambda x: ag.add_windows(x, (7, 8), (1, 2), (2, 1)), (2, 3, 4, 2, 2, 3)),
}


@pytest.mark.parametrize("forward", [False, True])
@pytest.mark.parametrize("name", MOVED)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_a_mask_passes_as_the_rule_itself_would_have_it(
    name: str, forward: bool, data: st.DataObject
) -> None:
    """Masks that are the same along an axis too: they stay small, and mean what they meant."""
    f, shape = MOVED[name]
    x = ag.Tensor(np.ones(shape), requires_grad=True)
    y = f(x)
    op, params = y.node.op, y.node.params
    xs = tuple(operands(y.node))
    here, there = (x, y) if forward else (y, x)
    small = tuple(data.draw(st.sampled_from((1, n))) for n in here.shape)
    live = ag.Tensor(np.random.default_rng(data.draw(st.integers(0, 99))).random(small) < 0.5)
    for mask in (live, None) if op.cuts else (live,):
        told, asked = (
            cuts.passed(one, 0, mask, there, y, xs, params, forward) for one in (op, without(op))
        )
        every = np.ones(there.shape, bool)
        told, asked = (every if m is None else m.numpy() for m in (told, asked))
        np.testing.assert_array_equal(np.broadcast_to(told, there.shape), asked)


def without(op: Any) -> Any:
    """The op, but nothing says how masks pass it."""
    found = copy(op)
    found.reach = None
    return found
