"""What every op in the registry is held to. `test_registry` runs these, `mutate` sees them fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd_nn as ag
from autograd_nn.engine.op import Op
from tests.numerical import derivative
from tests.references import reference
from tests.strategies import LAYOUTS, Sample, laid_out, samples

Array = np.ndarray
Function = Callable[..., Any]


def function(op: Op, sample: Sample) -> Function:
    """The op as a function of the operands it is differentiated in, the others fixed.

    Of several results it gives those that have a derivative.
    """

    def f(*xs: Any) -> Any:
        operands = list(sample.operands)
        for i, x in zip(sample.smooth, xs, strict=True):
            operands[i] = x
        found = op.function(*operands, **sample.params)
        if op.results == 1:
            return found
        floats = tuple(y for y in found if y.dtype.kind == "f")
        return floats if len(floats) > 1 else floats[0]

    return f


def arguments(sample: Sample) -> list[Array]:
    return [sample.operands[i] for i in sample.smooth]


def close(a: Any, b: Any, relative: float, scale: Any = 0.0, what: str = "") -> None:
    """|a - b| ≤ relative · the largest magnitude on either side; no absolute tolerance."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape, f"{what}: shape {a.shape}, expected {b.shape}"
    if a.dtype.kind != "f":
        assert np.array_equal(a, b), f"{what}:\n{a}\n{b}"
        return
    if not a.size:
        return
    size = max(np.max(np.abs(a)), np.max(np.abs(b)), scale)
    worst = np.max(np.abs(a - b))
    assert worst <= relative * size, (
        f"{what}: differs by {worst / size:.1e} of {size:.3g}\n{a}\n{b}"
    )


# ---- values -------------------------------------------------------------------------------------


def check_value(op: Op, sample: Sample) -> None:
    """The forward value, its shape and its dtype, against the reference's."""
    ys = _listed(op.function(*sample.operands, **sample.params))
    wanted = _listed(reference(op.name)(*sample.operands, **sample.params))
    assert len(ys) == len(wanted) == op.results
    for y, want in zip(ys, map(np.asarray, wanted), strict=True):
        assert y.shape == want.shape
        assert y.dtype.kind == want.dtype.kind, f"dtype {y.dtype}, expected {want.dtype}"
        if y.dtype.kind == "f" and op.name != "astype":
            given = [
                x.dtype
                for x in sample.operands
                if isinstance(x, np.ndarray) and x.dtype.kind == "f"
            ]
            assert not given or y.dtype == np.result_type(*given)
        close(y.numpy(), want, 1e-13 if y.dtype == np.float64 else 2e-6, what="value")
    assert op.shape is not None
    told = op.shape(*(np.shape(x) for x in sample.operands), **sample.params)
    assert (told if op.results > 1 else (told,)) == tuple(y.shape for y in ys)


def check_layout(op: Op, sample: Sample, layout: str) -> None:
    """Other strides, read-only memory: the same value and gradient, and the operands untouched."""
    moved = Sample(
        tuple(laid_out(x, layout) for x in sample.operands), sample.params, sample.smooth
    )
    before = [np.array(x) for x in moved.operands]
    values, slopes = _values_and_slopes(op, sample)
    other_values, other_slopes = _values_and_slopes(op, moved)
    for a, b in zip(other_values, values, strict=True):
        close(a, b, 1e-14, what=f"value ({layout})")
    for a, b in zip(other_slopes, slopes, strict=True):
        close(a, b, 1e-14, what=f"gradient ({layout})")
    for x, old in zip(moved.operands, before, strict=True):
        assert np.array_equal(x, old, equal_nan=True), f"an operand was written to ({layout})"


def _values_and_slopes(op: Op, sample: Sample) -> tuple[list[Array], list[Array]]:
    values = [y.numpy() for y in _listed(op.function(*sample.operands, **sample.params))]
    if not sample.smooth:
        return values, []
    y, pull = ag.vjp(function(op, sample), *arguments(sample))
    return values, [c.numpy() for c in pull(_like(y, 1, 2))]


def _like(y: Any, low: float, high: float) -> Any:
    """Cotangents for one result, or for several."""
    gs = tuple(np.linspace(low, high, v.size, dtype=v.dtype).reshape(v.shape) for v in _listed(y))
    return gs if isinstance(y, tuple) else gs[0]


def check_alias(op: Op, sample: Sample) -> None:
    """Neither a result nor a cotangent is the same object, or writable memory, as what went in."""
    xs = [ag.Tensor(x) if isinstance(x, np.ndarray) else x for x in sample.operands]
    for i in sample.smooth:
        xs[i].requires_grad = True
    ys = _listed(op.function(*xs, **sample.params))
    assert all(y is not x for x in xs for y in ys)
    if not op.shows:
        assert not any(
            np.may_share_memory(y.array, x.array)
            for x in xs if isinstance(x, ag.Tensor) for y in ys
        )  # fmt: skip
    if not sample.smooth:
        return
    seeds = [ag.Tensor(np.ones_like(y.array)) for y in ys]
    for y, seed in zip(ys, seeds, strict=True):
        if y.requires_grad:
            y.backward(seed, retain_graph=True)
    slopes = [xs[i].grad for i in sample.smooth]
    held = [*seeds, *ys, *(x for x in xs if isinstance(x, ag.Tensor))]
    for k, c in enumerate(slopes):
        others = held + slopes[:k] + slopes[k + 1 :]
        before = [o.numpy().copy() for o in others]
        with ag.no_grad():
            c += 1
        assert all(np.array_equal(a, b.numpy()) for a, b in zip(before, others, strict=True))


# ---- derivatives --------------------------------------------------------------------------------


def check_first_order(op: Op, sample: Sample) -> None:
    check_derivative(function(op, sample), arguments(sample))


def check_second_order(op: Op, sample: Sample) -> None:
    """Both modes through both modes: the pullback and the pushforward are functions as well."""
    f, xs = function(op, sample), arguments(sample)
    y = f(*xs)
    if any(v.dtype != np.float64 for v in _listed(y)):  # a cast: it cannot be followed numerically
        return
    gs = _listed(_like(y, -1.0, 1.5))
    ts = [np.linspace(1.2, -0.7, x.size).reshape(x.shape) for x in xs]

    def pulled(*both: Any) -> Any:
        gs = both[: len(_listed(y))]
        return ag.vjp(f, *both[len(gs) :])[1](gs if isinstance(y, tuple) else gs[0])

    def pushed(*both: Any) -> Any:
        return ag.jvp(f, both[: len(xs)], both[len(xs) :])[1]

    check_derivative(pulled, [*gs, *xs])
    check_derivative(pushed, [*xs, *ts])


def check_derivative(f: Function, xs: Sequence[Array]) -> None:
    """J·t forward against differences, and against reverse by ⟨g, J·t⟩ = ⟨Jᵀ·g, t⟩."""
    rng = np.random.default_rng(7)
    ts = [_direction(rng, x.shape) for x in xs]

    def plain(*vs: Array) -> list[Array]:
        with ag.no_grad():
            return [np.asarray(y.numpy(), np.float64) for y in _listed(f(*map(ag.Tensor, vs)))]

    value, moved = ag.jvp(f, tuple(map(ag.Tensor, xs)), tuple(map(ag.Tensor, ts)))
    values, moved = _listed(value), _listed(moved)
    narrow = any(y.dtype != np.float64 for y in values)
    numeric = derivative(plain, xs, ts)
    for y, t, n in zip(values, moved, numeric, strict=True):
        assert t.shape == y.shape and t.dtype == y.dtype
        # differences of y carry y's rounding: that much is no error of the derivative
        scale = 1e-4 * np.max(np.abs(y.numpy()), initial=0)
        close(t.numpy(), n, 1e-3 if narrow else 1e-7, scale, "J·t against differences")

    value, pull = ag.vjp(f, *map(ag.Tensor, xs))
    gs = [ag.Tensor(_direction(rng, y.shape).astype(y.dtype)) for y in values]
    cotangents = pull(tuple(gs) if isinstance(value, tuple) else gs[0])
    for c, x in zip(cotangents, xs, strict=True):
        assert c.shape == x.shape and c.dtype == x.dtype
    left = [g.numpy() * t.numpy() for g, t in zip(gs, moved, strict=True)]
    right = [c.numpy() * t for c, t in zip(cotangents, ts, strict=True)]
    total = sum(np.sum(np.abs(p)) for p in (*left, *right))
    gap = abs(sum(np.sum(p) for p in left) - sum(np.sum(p) for p in right))
    assert gap <= (1e-5 if narrow else 1e-11) * total, f"⟨g, J·t⟩ - ⟨Jᵀ·g, t⟩ = {gap} of {total}"


def check_modes(op: Op, sample: Sample) -> None:
    """Each operand's own jvp and vjp, so that no operand's rule can hide behind another's."""
    f, xs = function(op, sample), arguments(sample)
    for k in range(len(xs)):

        def one(x: Any, k: int = k) -> Any:
            return f(*xs[:k], x, *xs[k + 1 :])

        check_derivative(one, [xs[k]])


def check_float32(op: Op, narrow: Sample) -> None:
    """In float32 every derivative is float32, and near that of the same numbers in float64."""
    wide = Sample(
        tuple(
            x.astype(np.float64) if isinstance(x, np.ndarray) and x.dtype == np.float32 else x
            for x in narrow.operands
        ),
        narrow.params,
        narrow.smooth,
    )
    found = []
    for sample in (narrow, wide):
        f, xs = function(op, sample), arguments(sample)
        y, pull = ag.vjp(f, *xs)
        g = _like(y, 1, 2)
        ts = tuple(np.linspace(2, 1, x.size).reshape(x.shape).astype(x.dtype) for x in xs)
        second = ag.vjp(lambda *vs, f=f, g=g: ag.vjp(f, *vs)[1](g), *xs)[1](ts)
        first = (*pull(g), *_listed(ag.jvp(f, tuple(xs), ts)[1]))
        for c, x in zip((*first, *second), (*xs, *_listed(y), *xs), strict=True):
            assert c.dtype == x.dtype, f"derivative of dtype {c.dtype}, expected {x.dtype}"
        found.append([c.numpy() for c in (*first, *second)])
    scale = max(np.max(np.abs(b), initial=0) for b in found[1])
    for a, b in zip(*found, strict=True):
        close(a, b, 2e-5, scale, "float32 against float64")


def _direction(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.uniform(0.5, 1, shape) * rng.choice([-1.0, 1.0], shape)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


def check_all(op: Op) -> None:
    """Every check of one op that concerns its rules, on every sample."""
    for sample in samples(op):
        check_value(op, sample)
        if sample.smooth:
            check_modes(op, sample)
            check_first_order(op, sample)
            check_second_order(op, sample)


def all_layouts(op: Op, sample: Sample) -> None:
    for layout in LAYOUTS:
        check_layout(op, sample, layout)
