"""How a jitted function is called: weak numbers, methods, static arguments, masks that stay."""

from __future__ import annotations

import functools
import gc
import math
import operator
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.errors import RecordError
from autograd_nn.engine.op import REGISTRY
from tests.effort import crossed

X = np.array([0.5, 1.5, 2.0])


def agree(found: Any, told: Any, what: Any = "") -> None:
    assert type(found) is type(told), (what, type(found), type(told))
    if isinstance(told, list | tuple):
        assert len(found) == len(told), what
        for k, (a, b) in enumerate(zip(found, told, strict=True)):
            agree(a, b, (what, k))
    elif isinstance(told, ag.Tensor):
        assert found.dtype == told.dtype, (what, found.dtype, told.dtype)
        np.testing.assert_allclose(found.array, told.array, rtol=1e-6, err_msg=str(what))
    else:
        assert found == told or found != found, what


def same(f: Callable[..., Any], *calls: tuple) -> Any:
    """f under jit agrees with f on each call, recorded and replayed; returns the jitted one."""
    j = ag.jit(f)
    for _ in range(2):
        for args in calls:
            agree(j(*args), f(*args), args)
            j.wait()
            agree(j(*args), f(*args), args)
    return j


def variants(j: Any) -> list[Any]:
    """Every program that a jitted function has."""
    found = list(j._programs.values())
    for one in found:
        if one.other is not None:
            found.append(one.other)
    return found


# ---- weak numbers -------------------------------------------------------------------------------

BINARY = [op for op in REGISTRY.values() if op.arity == 2 and op.body and "f" in op.takes]
KINDS = [1.5, 2, True, np.float32(1.5), np.float64(1.5), np.array(1.5), np.array(1.5, "float32")]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_scalars_of_every_kind_with_every_binary_op(dtype: str) -> None:
    x = ag.Tensor((X * 2).astype(dtype))

    def every(x: Any, a: Any) -> list[Any]:
        found = []
        for op in BINARY:
            if op.name != "polygamma":
                found += [op.function(x, a), op.function(a, x)]
        return found

    for a in [k for d, k in crossed(["float32", "float64", "int32"], KINDS) if d == dtype]:
        j = ag.jit(every)
        with np.errstate(all="ignore"):
            agree(j(x, a), every(x, a), a)
            j.wait()
            agree(j(x, a), every(x, a), a)


def test_a_float_argument_stays_weak_wherever_it_goes() -> None:
    def f(x: Any, a: float, b: float) -> list[Any]:
        return [
            x * a, a * x, x - a, a / x, x**a, a**x, x % a, -a * x, x > a, a < x, x == a,
            ag.where(x > a, a, x), ag.maximum(x, a), ag.clip(x, -a, a), (a * 2 + 1) * x,
            x * (a / b), (a - b) ** 2 + x, x * abs(-a) + (+a), x * (a // b) + a % b, ag.sum(x * a),
            ag.put(x, 0, a), a + b, a * 2, ag.exp(a), ag.add(a, b), x.array.dtype.type(2) * x * a,
            ag.softmax(x * a), ag.concatenate([x, x]) * a, 2**a, 1 / a, [a, b],
        ]  # fmt: skip

    for dtype in ("float32", "float64", "int64"):
        x = ag.Tensor((X * 2).astype(dtype))
        j = same(f, (x, 0.1, 2.0), (x, 0.3, -1.5), (x, 7.0, 3.0))
        assert len(variants(j)) == 1


def test_a_float_argument_beside_arrays_of_numpy() -> None:
    x, y = ag.Tensor(X.astype("f4")), X.astype("f4")

    def f(x: Any, a: float) -> list[Any]:
        found = [x + y * a, a * y + x, x + (y > a), x * (a - y), x * np.float32(2) * a]
        return [ag.as_tensor(v) for v in found]

    same(f, (x, 0.1), (x, 0.7))


def test_what_python_sees_of_a_float_argument() -> None:
    def f(x: Any, a: float) -> Any:
        if a > 1:
            x = x + 1
        y = x * math.sqrt(abs(a)) + int(a) + round(a, 1) + (2 if a.is_integer() else 3)
        text = f"{a:.1f} {a} {a!r}"
        return [y * len(text), text, isinstance(a, float), bool(a), math.floor(a), a == 2.0]

    x = ag.Tensor(X.astype("f4"))
    j = same(f, (x, 0.5), (x, 2.0), (x, -0.0), (x, 0.0))
    assert len(variants(j)) == 4


def test_a_branch_on_a_float_argument_records_once_a_side() -> None:
    def f(x: Any, a: float) -> Any:
        return x * a if a > 0 else x - a

    j = ag.jit(f)
    for a in (1.0, 2.0, -1.0, 3.0, -2.0, 4.0):
        np.testing.assert_allclose(j(ag.Tensor(X), a).array, X * a if a > 0 else X - a)
        j.wait()
    assert len(variants(j)) == 2


def test_errors_of_python_arithmetic_are_raised() -> None:
    j = ag.jit(lambda x, a: x * (1 / a))
    for _ in range(2):
        agree(j(ag.Tensor(X), 2.0), ag.Tensor(X / 2))
        j.wait()
        with pytest.raises(ZeroDivisionError):
            j(ag.Tensor(X), 0.0)


def test_a_float_argument_may_be_kept_and_differentiated() -> None:
    kept = []

    def f(x: Any, a: float) -> Any:
        kept.append(a)
        return ag.grad(lambda x, a: (x * a * a).sum(), argnums=(0, 1))(x, a)

    x = ag.Tensor(X)
    same(f, (x, 0.5), (x, 2.0))
    assert kept[0] * ag.Tensor(np.ones(1, "f4")) == 0.5 and float(kept[0]) == 0.5


# ---- methods, partials, callable objects --------------------------------------------------------


class Model:
    def __init__(self, k: float) -> None:
        self.k, self.w = k, ag.Tensor(np.full(3, k))

    @ag.jit
    def scaled(self, x: Any, n: int = 1) -> Any:
        return x * self.w * n + self.k

    @staticmethod
    @ag.jit
    def twice(x: Any) -> Any:
        return x * 2

    @classmethod
    @ag.jit
    def named(cls, x: Any) -> Any:
        return x * len(cls.__name__)

    @ag.jit
    @staticmethod
    def thrice(x: Any) -> Any:
        return x * 3

    @property
    @ag.jit
    def total(self) -> Any:
        return self.w.sum()

    half = ag.jit(lambda self, x: x * self.k / 2)

    @functools.partial(ag.jit, static_argnums=2)
    def power(self, x: Any, n: int) -> Any:
        return x**n * self.k

    def __call__(self, x: Any) -> Any:
        return x * self.w


def test_methods_belong_to_their_instance() -> None:
    x = ag.Tensor(X)
    a, b = Model(2.0), Model(5.0)
    for _ in range(3):
        for m in (a, b):
            np.testing.assert_allclose(m.scaled(x).array, X * m.k + m.k)
            np.testing.assert_allclose(m.scaled(x, n=3).array, X * m.k * 3 + m.k)
            np.testing.assert_allclose(m.half(x).array, X * m.k / 2)
            np.testing.assert_allclose(m.power(x, 2).array, X**2 * m.k)
            np.testing.assert_allclose(m.power(x, n=3).array, X**3 * m.k)
            np.testing.assert_allclose(m.twice(x).array, X * 2)
            np.testing.assert_allclose(m.thrice(x).array, X * 3)
            np.testing.assert_allclose(m.named(x).array, X * 5)
            np.testing.assert_allclose(Model.scaled(m, x).array, X * m.k + m.k)
            assert float(m.total) == 3 * m.w.array[0]
            m.scaled.wait()
        a.w.assign(a.w + 1)
        a.k = float(a.w.array[0])
    assert "program:" in str(a.scaled.program(x)) and a.scaled.__name__ == "scaled"
    grad = ag.jit(ag.grad(lambda x: a.scaled(x).sum()))
    for _ in range(2):
        np.testing.assert_allclose(grad(x).array, np.full(3, a.k))


def test_instances_go() -> None:
    x = ag.Tensor(X)
    seen = []
    for k in range(5):
        m = Model(float(k))
        for _ in range(2):
            m.scaled(x)
            m.scaled.wait()
        seen.append(weakref.ref(m))
        del m
    gc.collect()
    assert not any(r() is not None for r in seen)
    assert len(Model.__dict__["scaled"]._of) == 0


def test_objects_as_arguments_are_told_apart_and_let_go() -> None:
    f = ag.jit(lambda x, m: x * m.w)
    x = ag.Tensor(X)
    for k in range(4):
        m = Model(float(k))
        for _ in range(2):
            np.testing.assert_allclose(f(x, m).array, X * k)
            f.wait()
    del m
    gc.collect()
    assert len(f._programs) <= 1


def test_partials_callable_objects_and_wrappers() -> None:
    x = ag.Tensor(X)
    model = Model(3.0)

    def f(x: Any, a: Any, b: int = 1) -> Any:
        return x * a + b

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)

    for j, told in (
        (ag.jit(functools.partial(f, a=2.0)), X * 2 + 1),
        (ag.jit(functools.partial(f, b=3, a=ag.Tensor(2.0))), X * 2 + 3),
        (ag.jit(model), X * 3),
        (ag.jit(ag.jit(model)), X * 3),
        (functools.partial(ag.jit(wrapped), a=2.0, b=5), X * 2 + 5),
        (ag.jit(lambda *xs, **k: sum(xs[1:], xs[0]) * k.get("n", 2)), X * 2),
    ):
        for _ in range(3):
            np.testing.assert_allclose(j(x).array, told)


# ---- static and donated arguments ---------------------------------------------------------------


def power(x: Any, n: int, shift: Any = 0) -> Any:
    return x**n + shift


@pytest.mark.parametrize("static", [1, -2, np.int64(1), (1,), [np.int32(-2)]])
def test_static_arguments_by_position_and_by_name(static: Any) -> None:
    def f(x: Any, n: Any, shift: Any = 0) -> Any:
        assert type(n) in (int, float, bool)
        return x**n + shift

    j = ag.jit(f, static_argnums=static)
    x = ag.Tensor(X)
    for _ in range(2):
        for n in (2, 3, 2.0, True):
            np.testing.assert_allclose(j(x, n).array, X**n)
            np.testing.assert_allclose(j(x, n=n).array, X**n)
            np.testing.assert_allclose(j(x, shift=1.0, n=n).array, X**n + 1)
            j.wait()
    assert len(variants(j)) == 12


@pytest.mark.parametrize("name", ["static_argnums", "donate_argnums"])
@pytest.mark.parametrize("given", [3, -4, True, 1.0, "1", (0, 7), (1, 1), (1, -2), [None]])
def test_positions_there_are_not(name: str, given: Any) -> None:
    with pytest.raises(TypeError, match=rf"jit: received {name}=.*expected"):
        ag.jit(power, **{name: given})
    if name == "static_argnums" and given != "1":
        with pytest.raises(TypeError, match=r"grad: received argnums=.*expected"):
            ag.grad(power, argnums=given)(X, 2.0, 1.0)


def test_positions_of_other_kinds() -> None:
    with pytest.raises(TypeError, match="any number of arguments"):
        ag.jit(lambda *xs: xs[0], static_argnums=-1)
    with pytest.raises(TypeError, match="in one of them"):
        ag.jit(power, static_argnums=1, donate_argnums=-2)
    with pytest.raises(TypeError, match="below @property"):
        ag.jit(property(power))
    for n in (np.int64(1), np.uint8(1), -1):
        assert float(ag.grad(lambda x, y: x * y, argnums=n)(2.0, 3.0)) == 2.0
    assert len(ag.grad(lambda x, y: x * y, argnums=[np.int64(0), 1])(2.0, 3.0)) == 2


@pytest.mark.native
def test_a_donated_argument_by_name() -> None:
    f = ag.jit(lambda x, y: x + y, donate_argnums=-1)
    for _ in range(3):
        x, y = ag.Tensor(np.ones(3)), ag.Tensor(np.ones(3))
        place = y.array.__array_interface__["data"]
        z = f(x, y=y)
        f.wait()
    assert z.array.__array_interface__["data"][0] == place[0]


# ---- masks that stay ----------------------------------------------------------------------------

MASK = np.array([True, False, True])


@pytest.mark.native
def test_constant_masks_are_indices() -> None:
    x, m = ag.Tensor(X), MASK.copy()
    wide = ag.Tensor(np.outer(X, X))
    box = type("Box", (), {"m": MASK.copy()})()

    def f(x: Any, wide: Any, d: Any = MASK) -> Any:
        y = ag.positive(x)
        y[m] = 0.0
        return [
            (x[m] ** 2).sum(), x[MASK], x[box.m], x[d], x[[True, False, True]], y, wide[m, 1],
            wide[np.nonzero(m)], wide[:, m], wide[np.outer(m, m)], x[ag.Tensor(MASK)], x[~m],
            ag.where(m, x, 0), ag.put(x, m, 7.0), x[np.flatnonzero(m)],
        ]  # fmt: skip

    j = same(f, (x, wide))
    assert all(s.kernel is not None for s in j.program(x, wide).plan.steps)
    m[:] = [False, True, True]
    agree(j(x, wide), f(x, wide))
    box.m[1] = True
    agree(j(x, wide), f(x, wide))
    j.wait()
    agree(j(x, wide), f(x, wide))


def test_a_mask_of_an_argument_is_refused() -> None:
    for f in (lambda x: x[x > 1], lambda x: x[ag.Tensor(MASK) & (x > 1)]):
        with pytest.raises(RecordError, match=r"mask.*where\(mask, x, 0\).*close over"):
            ag.jit(f)(ag.Tensor(X))
    with pytest.raises(RecordError, match="mask"):
        ag.jit(lambda x, m: x[m])(ag.Tensor(X), MASK)


# ---- what a program gives back ------------------------------------------------------------------


def test_the_gradient_of_an_unused_argument_is_zero() -> None:
    x = ag.Tensor([np.inf, -np.inf, np.nan, 1.0, -1.0])
    for g in (ag.grad(lambda x, y: y.sum()), ag.grad(lambda x, y: (x > 0).sum() * y.sum())):
        j = ag.jit(g)
        for _ in range(3):
            found = j(x, ag.Tensor(X))
            j.wait()
            assert not found.array.any() and not np.signbit(found.array).any()


def test_a_constant_result_is_the_callers_own() -> None:
    j = ag.jit(lambda x: (ag.zeros(3, "float64"), x))
    for _ in range(3):
        z = j(ag.Tensor(X))[0]
        np.testing.assert_array_equal(z.array, 0)
        z[0] = 5.0
        z += 1
        j.wait()


def test_a_step_that_does_not_compile_is_made_op_by_op(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd_nn.engine.program.run.program import NativeProgram

    def f(a: Any, b: Any) -> Any:
        slope = ag.grad(lambda a, b: (a / b * ag.exp(b)).sum(), argnums=1)
        return ag.grad(lambda a, b: slope(a, b).sum(), argnums=1)(a, b)

    a, b = ag.Tensor(X), ag.Tensor(X + 1)
    told = f(a, b)
    native = NativeProgram.is_native
    apart = lambda self, s: native(self, s) and s.loop is None  # noqa: E731
    monkeypatch.setattr(NativeProgram, "is_native", apart)
    j = ag.jit(f)
    for _ in range(2):
        np.testing.assert_allclose(j(a, b).array, told.array, rtol=1e-12)
        j.wait()


# ---- the same bits from the first call ----------------------------------------------------------


@pytest.fixture
def deterministic() -> Any:
    ag.set_deterministic(True)
    yield
    ag.set_deterministic(False)


def test_the_first_call_has_the_bits_of_the_others(deterministic: None) -> None:
    rng = np.random.default_rng(0)
    x, w = ag.Tensor(rng.normal(size=(7, 33)).astype("f4")), ag.Tensor(rng.normal(size=(33, 5)))
    functions: list[Callable[..., Any]] = [
        lambda x, w: ag.exp(x).sum(), lambda x, w: ag.tanh(x @ w).mean(), lambda x, w: x.std(),
        lambda x, w: ag.softmax(x * 3), lambda x, w: ag.logsumexp(x @ w, axis=0),
        lambda x, w: (ag.log(ag.exp(x) + 1) ** 3).sum(axis=1), lambda x, w: ag.norm(x),
        ag.grad(lambda x, w: (ag.sigmoid(x @ w) ** 2).sum(), argnums=1), lambda x, w: x.var(axis=0),
    ]  # fmt: skip
    for f in functions:
        j = ag.jit(f)
        first = j(x, w).array
        for _ in range(3):
            np.testing.assert_array_equal(j(x, w).array, first)


def test_states_and_draws_are_the_programs_from_the_first_call_on(deterministic: None) -> None:
    rng = np.random.default_rng(0)
    start, x = rng.normal(size=57).astype("f4"), ag.Tensor(rng.normal(size=57).astype("f4"))
    runs = []
    for warm in (False, True):
        state = ag.Tensor(start.copy())
        draws = ag.random.Generator(5) if hasattr(ag, "random") else None
        count = ag.Tensor(0)

        @ag.jit
        def step(x: Any, state: Any = state, draws: Any = draws, count: Any = count) -> Any:
            noise = draws.normal((57,)) if draws is not None else 0.0
            state.assign(ag.tanh(state * 0.9 + ag.exp(x).sum() * 1e-3 + noise * 1e-2))
            count.assign(count + 1)
            return state.sum()

        if warm:  # recorded before its first call, without effect
            step.program(x)
            np.testing.assert_array_equal(state.array, start)
        found = [step(x).item() for _ in range(3)]
        assert count.item() == 3
        runs.append([*found, state.numpy().tobytes()])
    assert runs[0] == runs[1]


def test_training_has_the_same_bits_recorded_or_replayed() -> None:
    from autograd_nn import nn

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 9)), rng.normal(size=(24, 1))

    def model() -> Any:
        nn.set_random_seed(2)
        m = nn.Sequential([nn.Dense(7, activation="tanh", input_dim=9), nn.Dense(1)])
        m.compile("adam", "mse", metrics=["mae"], deterministic=True)
        return m

    a, b = model(), model()
    a.fit(x, y, batch_size=8, epochs=2, verbose=0, shuffle=False)
    for _ in range(2):  # each time from new programs
        b.fit(x, y, batch_size=8, verbose=0, shuffle=False)
        b._steppers.clear()
    ag.set_deterministic(False)
    for v, w in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(v, w)
    told = a.evaluate(x, y, batch_size=8, verbose=0)
    assert told == a.evaluate(x, y, batch_size=8, verbose=0)
    assert operator.eq(told, b.evaluate(x, y, batch_size=8, verbose=0))


@pytest.mark.parametrize(
    "made",
    [
        lambda f=np.where: lambda x: f(x > 1, x, 0.0).sum(),
        lambda f=np.linalg.norm: lambda x: f(x),
        lambda f=np.sin: lambda x: f(x) * 2,
        lambda f=(np.sin, np.cos): lambda x: sum(g(x) for g in f),
        lambda f=(functools.partial,): f[0](np.clip, a_min=0.0, a_max=1.5),
    ],
)
def test_functions_of_numpy_may_be_closed_over(made: Any) -> None:
    f = made()
    g, x = ag.jit(f), ag.Tensor([1.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # none is said to run op by op
        g(x)
        g.wait()
        np.testing.assert_allclose(g(x), f(x))
    assert g.program(x).ready()
