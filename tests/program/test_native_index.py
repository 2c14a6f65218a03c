"""Index arrays, sorting, running sums, and ops written out in others: native against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn.engine.errors import RangeError
from tests.effort import crossed, few
from tests.program.test_native_ops import native

LAYOUTS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    # what the program is given for an array, and how it makes the array of it: a view
    "in order": (lambda x: x, lambda t: t),
    "transposed": (lambda x: x.T, lambda t: ag.transpose(t)),
    "every other": (lambda x: np.repeat(x, 2, axis=-1), lambda t: t[..., ::2]),
    "reversed": (lambda x: np.flip(x), lambda t: ag.flip(t)),
}


def agree(f: Any, arrays: list[np.ndarray], layout: str = "in order", room: float = 0.0) -> None:
    """f native and eager, on arrays that lie so in the program; bit for bit unless ``room``."""
    ways = [LAYOUTS[layout if x.ndim else "in order"] for x in arrays]
    given_ = [np.array(give(x), order="C") for (give, _), x in zip(ways, arrays, strict=True)]
    with np.errstate(all="ignore"):
        told = [np.asarray(y.array) for y in f(*[ag.Tensor(x) for x in arrays])]
    takes = [take for _, take in ways]
    found = native(lambda *xs: f(*[take(x) for take, x in zip(takes, xs, strict=True)]), given_)
    for i, (y, want) in enumerate(zip(found, told, strict=True)):
        assert y.dtype == want.dtype and y.shape == want.shape, i
        scale = np.max(np.abs(want[np.isfinite(want)]), initial=0.0) if room else 0
        np.testing.assert_allclose(y, want, rtol=room, atol=room * scale, err_msg=f"result {i}")
        if not room and y.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(y), np.signbit(want))


# ---- index arrays -------------------------------------------------------------------------------

SHAPES = ((4,), (3, 4), (2, 3, 4), (3, 1, 2, 2))


@st.composite
def keys(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple, list[np.ndarray]]:
    """A shape, a key whose index arrays are places in a list, and that list."""
    shape = draw(st.sampled_from(SHAPES))
    common = draw(st.sampled_from(((), (3,), (2, 3), (1, 2), (0,))))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    arrays: list[np.ndarray] = []
    key: list[Any] = []
    for n in shape[: draw(st.integers(1, len(shape)))]:
        kind = draw(st.sampled_from(("array", "array", "slice", "number", "narrow")))
        if kind == "slice":
            key.append(draw(st.sampled_from((slice(None), slice(1, None), slice(None, None, -2)))))
        elif kind == "number":
            key.append(draw(st.integers(-n, n - 1)))
        else:
            own = common[draw(st.integers(0, len(common))) :] if kind == "narrow" else common
            own = tuple(1 if kind == "narrow" and draw(st.booleans()) else m for m in own)
            dtype = draw(st.sampled_from(("int64", "int32", "uint8")))
            low = 0 if dtype == "uint8" else -n
            arrays.append(np.asarray(rng.integers(low, n, own)).astype(dtype))
            key.append(arrays[-1])
    if not arrays:
        arrays.append(np.asarray(rng.integers(-shape[0], shape[0], common)))
        key[0] = arrays[-1]
    places = iter(range(len(arrays)))
    key = [next(places) + 100 if isinstance(k, np.ndarray) else k for k in key]
    for extra in draw(st.lists(st.sampled_from((None, Ellipsis)), max_size=2, unique=True)):
        whole = extra is None or len([k for k in key if k is not None]) == len(shape)
        key.insert(draw(st.integers(0, len(key))) if whole else len(key), extra)
    return shape, tuple(key), arrays


def filled(key: tuple, indices: Any) -> tuple:
    return tuple(indices[k - 100] if isinstance(k, int) and k >= 100 else k for k in key)


@settings(max_examples=few(16), deadline=None, derandomize=True, database=None,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(keys(), st.sampled_from(("float32", "float64")), st.sampled_from(list(LAYOUTS)),
       st.booleans())  # fmt: skip
def test_any_key(drawn: Any, dtype: str, layout: str, fixed: bool) -> None:
    """Reading, its adjoint, writing, its adjoints; index arrays of the program or constants."""
    shape, key, indices = drawn
    x = np.arange(np.prod(shape), dtype=dtype).reshape(shape) - 3
    v = np.asarray(x[filled(key, indices)] * 2 + 1)

    def f(x: Any, v: Any, *given_: Any) -> Any:
        at = filled(key, [i.copy() for i in indices] if fixed else given_)
        y, written = x[at], ag.put(x, at, v)
        slope = ag.grad(lambda a: ag.sum(a[at] * v))(x)
        slopes = ag.grad(lambda a, b: ag.sum(ag.put(a, at, b) * x), argnums=(0, 1))(x, v)
        return [y, written, slope, *slopes, ag.put(x, at, 0.25), ag.add_at(x, at, v)]

    agree(f, [x, v, *indices], layout)


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool", "int64"])
def test_entries_of_other_dtypes(dtype: str) -> None:
    x = (np.arange(12).reshape(3, 4) % 5).astype(dtype)
    i, j = np.array([[0, 2], [-1, 0]]), np.array([1, -1])

    def f(x: Any, i: Any, j: Any) -> Any:
        found = [x[i, j], x[:, i], ag.put(x, (i, j), x[0, 0])]
        return found if dtype == "bool" else [*found, ag.add_at(x, (i, j), x[i, j])]

    agree(f, [x, i, j])


@pytest.mark.parametrize("bad", [5, -6])
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.native
def test_an_index_out_of_range_is_told_by_its_place(bad: int, which: int) -> None:
    x = ag.Tensor(np.zeros((5, 2, 5)))
    functions = {
        "gather": lambda x, i, j: x[i, :, j],
        "put": lambda x, i, j: ag.put(x, (i, slice(None), j), 1.0),
        "scatter": lambda x, i, j: ag.add_at(x, (i, slice(None), j), 1.0),
        "winners": lambda x, i, j: ag.grad(
            lambda v: ag.sum(ag.put(x, (i, slice(None), j), v)))(x[:2, :, 0] * 0),
    }  # fmt: skip
    for name, f in functions.items():
        jitted = ag.jit(f)
        good = [np.array([0, 4]), np.array([1, -5])]
        assert jitted.program(x, *map(ag.Tensor, good)).ready(wait=True)
        jitted(x, *map(ag.Tensor, good))
        good[which][1] = bad
        with pytest.raises(RangeError, match=f"index 1 of .* in index array {which + 1}.*-5 to 4"):
            jitted(x, *map(ag.Tensor, good))
        assert name


# ---- order --------------------------------------------------------------------------------------

NUMBERS = np.array(
    [[[2.0, -0.0, np.nan, 1.0, 0.0], [np.inf, 3.0, 3.0, -np.inf, np.nan], [1, 1, 1, 1, 1]],
     [[np.nan, np.nan, 0.0, -1.0, 2.0], [-0.0, 0.0, -0.0, 0.0, -0.0], [5, 4, 3, 2, 1]]]
)  # fmt: skip


@pytest.mark.parametrize(
    ("dtype", "layout"), crossed(["float32", "float64", "int32", "uint8", "bool"], LAYOUTS)
)
def test_lines(dtype: str, layout: str) -> None:
    x = (NUMBERS if dtype[0] == "f" else np.nan_to_num(NUMBERS, posinf=9, neginf=0)).astype(dtype)

    def f(x: Any) -> Any:
        found = []
        for axis in (0, 1, -1):
            found += [ag.argsort(x, axis=axis), ag.sort(x, axis)]
            found += [ag.cumsum(x, axis=axis, reverse=reverse) for reverse in (False, True)]
        for axis in (None, 0, 1, -1):
            found += [ag.argmax(x, axis=axis), ag.argmin(x, axis=axis, keepdims=True)]
        return [*found, ag.cumsum(x)]

    agree(f, [x], layout)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1,), (1, 1)])
def test_lines_of_nothing_and_of_one(shape: tuple[int, ...]) -> None:
    def f(x: Any) -> Any:
        sums = [ag.cumsum(x, axis=axis) for axis in (0, -1, None)]
        return [*sums, ag.argsort(x, axis=0), ag.sort(x, -1)]

    agree(f, [np.ones(shape)])


@pytest.mark.parametrize("n", [15, 16, 17, 32, 33, 257, 1000])
def test_a_sort_is_stable(n: int) -> None:
    rng = np.random.default_rng(n)
    x = rng.integers(0, n // 4, (3, n)).astype(float)
    x[0, ::7] = np.nan
    agree(lambda x: [ag.argsort(x, axis=-1), ag.argsort(ag.transpose(x), axis=0)], [x])


@pytest.mark.parametrize("side", ["left", "right"])
def test_search(side: str) -> None:
    x = np.array([-np.inf, -1.0, 0.0, 0.0, 2.0, np.inf, np.nan, np.nan])
    v = np.array([[0.0, -0.0, 5.0], [np.nan, -np.inf, np.inf]])

    def f(x: Any, v: Any) -> Any:
        narrow = ag.astype(v, dtype=np.dtype("float32"))
        return [ag.searchsorted(x, w, side=side) for w in (v, narrow, v[:, ::2])]

    agree(f, [x, v])


# ---- what is written out in other ops -----------------------------------------------------------


@pytest.mark.parametrize(("layout", "dtype"), crossed(LAYOUTS, ["float32", "float64"]))
def test_along_any_axes(layout: str, dtype: str) -> None:
    x = np.where(np.abs(NUMBERS) == np.inf, 700, np.nan_to_num(NUMBERS)).astype(dtype)

    def f(x: Any) -> Any:
        found = []
        for axis in (0, 1, -1, (0, 2), None):
            found += [ag.softmax(x, axis=axis), ag.logsumexp(x, axis=axis)]
            found += [ag.norm(x, axis=axis), ag.log_softmax(x, axis=axis)]
            found += [ag.var(x, axis=axis), ag.prod(ag.tanh(x), axis=axis, keepdims=True)]
        return found

    agree(f, [x], layout, room=1e-6 if dtype == "float32" else 1e-12)


def test_infinities_and_nothing() -> None:
    x = np.array([[np.inf, -np.inf, 1.0, np.nan], [0.0, -np.inf, np.inf, 1.0]])

    def f(x: Any, nothing: Any) -> Any:
        found = [ag.logsumexp(x, axis=0), ag.norm(x, axis=0), ag.softmax(x, axis=0)]
        return [*found, ag.norm(nothing, axis=0), ag.logsumexp(nothing, axis=1),
                ag.softmax(nothing, axis=1)]  # fmt: skip

    agree(f, [x, np.zeros((0, 3))], room=1e-12)


SPECS = [
    "ij,jk->ik", "ij,kj->ki", "bij,bjk->bik", "bqhd,bkhd->bhqk", "ij->ji", "ij->", "iij->j",
    "i,j->ij", "i,i->", "ij,ij->ij", "bi,bi->b", "ij,j,ik->k", "ijk,kl,lm->mij", "ij,k->j",
    "abc,cd,bd->a", ",ij->i", "...ij,...jk->...ik", "ab,ab,ab->", "i->i", "bij,j->bi",
]  # fmt: skip


@pytest.mark.parametrize("sizes", ["distinct", "ones", "nothing"])
def test_einsum(sizes: str) -> None:
    rng = np.random.default_rng(0)
    given_, spans = [], []
    for spec in SPECS:
        parts = spec.split("->")[0].replace("...", "Z").split(",")
        letters = sorted(set("".join(parts)))
        known = {c: 2 + k for k, c in enumerate(letters)}
        if sizes != "distinct" and letters:
            known[letters[-1]] = 1 if sizes == "ones" else 0
        spans.append((len(given_), len(given_) + len(parts)))
        given_ += [rng.normal(size=tuple(known[c] for c in p)) for p in parts]

    def f(*xs: Any) -> Any:
        return [ag.einsum(s, *xs[a:b]) for s, (a, b) in zip(SPECS, spans, strict=True)]

    agree(f, given_, room=1e-12)
    narrow = [x.astype("float32") if k % 2 else x for k, x in enumerate(given_)]
    agree(f, narrow, room=1e-6)


def test_einsum_where_an_axis_of_one_broadcasts_and_back() -> None:
    a, b = np.arange(3.0).reshape(1, 3), np.arange(6.0).reshape(2, 3)

    def f(a: Any, b: Any) -> Any:
        y = ag.einsum("ij,ij->i", a, b)
        slopes = ag.grad(lambda p, q: ag.sum(ag.einsum("ij,kj->ik", p, q) ** 2), argnums=(0, 1))
        return [y, *slopes(a, b)]

    agree(f, [a, b], room=1e-12)


@pytest.mark.native
def test_any_number_of_threads_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 50, 40)).astype("float32")
    i = rng.integers(-50, 50, 70)

    def f(x: Any, i: Any) -> Any:
        at = (slice(None), i)
        slope = ag.grad(lambda x: ag.sum(ag.square(x[at]) + ag.put(x, at, 1.0)[at]))
        found = [slope(x), ag.argsort(x, axis=1), ag.cumsum(x, axis=0, reverse=True), x[i % 50, i]]
        return [*found, ag.argmin(x, axis=1), ag.softmax(x, axis=(0, 2)), ag.norm(x, axis=0)]

    jitted = ag.jit(f)
    arguments = ag.Tensor(x), ag.Tensor(i)
    program = jitted.program(*arguments)
    assert program.ready(wait=True) and program.walk.heavy
    results = []
    for threads in ("1", "3"):
        monkeypatch.setenv("AUTOGRAD_NN_THREADS", threads)
        results.append(jitted(*arguments))
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a.array, b.array)
