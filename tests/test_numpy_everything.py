"""Every function and ufunc of NumPy's public namespace, with every keyword, None included.

The functions and their keywords are found in NumPy itself: a new version brings its own cases. On
a tensor that carries no derivative each gives NumPy's own answer. On the tape and in a recording it
gives the same numbers, or an error that says what to do: never another number.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.numpy_protocol import _functions

RNG = np.random.default_rng(0)
DISPATCHED = type(np.sum)
FUNCTIONS = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in (np, np.linalg, np.fft)
    for name in dir(module)
    if isinstance(getattr(module, name), DISPATCHED) and not name.startswith("_")
}
# They write files, ask for memory's address, or take what is no number.
LEFT_OUT = {
    "numpy.save", "numpy.savez", "numpy.savez_compressed", "numpy.savetxt",
    "numpy.shares_memory", "numpy.may_share_memory", "numpy.datetime_as_string",
    "numpy.busday_count", "numpy.busday_offset",
    "numpy.is_busday", "numpy.empty_like", "numpy.packbits", "numpy.unpackbits",
    "numpy.ravel_multi_index", "numpy.unravel_index", "numpy.einsum_path",
    "numpy.apply_along_axis", "numpy.apply_over_axes", "numpy.piecewise", "numpy.choose",
}  # fmt: skip
FLOATS = (
    "a x y x1 x2 arr ary array m v b p q_ element elements test_elements filt values c roots_ "
    "p1 p2 u v_ from_ val z xp fp ar ar1 ar2 vals prototype a1 a2 choices_ sample dst src data"
).split()
SHAPES: list[tuple[int, ...]] = [(), (4,), (3, 3), (2, 3, 3)]
NONE = (None,)
FLAG = (True, False)
AXES = (*NONE, 0, 1, -1, (0, 1), (), 7, 1.5)
# What a parameter may be, by its name; what is not listed gets None and its default.
VALUES: dict[str, tuple[Any, ...]] = {
    "axis": AXES, "axes": (*NONE, 1, (1, 0), (0, 1)), "axis1": (0, -1), "axis2": (1, 0),
    "axisa": (0, -1), "axisb": (0, -1), "axisc": (0, -1),
    "keepdims": FLAG, "dtype": (*NONE, "float32"), "out": NONE, "where": FLAG,
    "initial": (*NONE, 0.5), "ddof": (0, 1), "correction": (0, 1), "mean": NONE,
    "ord": (*NONE, 1, -1, 2, -2, 0, 3, np.inf, -np.inf, "fro", "nuc", "what"),
    "order": ("C", "F", "K", None), "kind": (*NONE, "stable", "quicksort"), "stable": (*NONE, True),
    "copy": (*NONE, *FLAG), "subok": FLAG, "k": (0, 1, -1, 2), "n": (0, 1, 2, 3, -1),
    "offset": (0, 1, -1), "side": ("left", "right"), "sorter": NONE, "shift": (1, (1, 2)),
    "source": (0, (0, 1)), "destination": (-1, (1, 0)),
    "shape": ((3, 3), (9,), (-1,), 4, (2, 3, 3)),
    "newshape": ((9,), (-1, 3)), "new_shape": ((9,), (2, 3)), "start": (0, 1, 2),
    "indices_or_sections": (1, 2, 3, [1], [1, 2]), "sections": (2,), "repeats": (0, 2, (1, 2, 0)),
    "reps": (2, (2, 1), (1, 2, 1)), "pad_width": (1, (1, 2), ((1, 0), (0, 2))),
    "mode": (*NONE, "edge", "reflect", "symmetric", "wrap", "mean", "clip", "raise", "full", "same",
             "reduced", "complete", "r"),
    "constant_values": (5.0, (1.0, 2.0), ((1.0, 2.0), (3.0, 4.0))), "reflect_type": ("odd",),
    "indices": (0, np.array([2, 0]), np.array([[0], [1]]), np.zeros((3, 3), int), 9),
    "obj": (0, [0, 1]),
    "q": (0.3, [0.1, 0.9], 0, 1, [[0.5]], 1.5), "method": ("linear", "lower", "nearest"),
    "interpolation": NONE, "overwrite_input": FLAG, "weights": (*NONE, np.array([1.0, 2.0, 3.0])),
    "returned": FLAG, "min": (*NONE, -0.3), "max": (*NONE, 0.4), "a_min": (*NONE, -0.3),
    "a_max": (*NONE, 0.4), "decimals": (0, 1, -1), "prepend": (0.5,), "append": (0.5,),
    "to_end": (*NONE, 1.0), "to_begin": (*NONE, 1.0), "dx": (0.5,), "edge_order": (1, 2),
    "nan": (0.0, 1.0), "posinf": (*NONE, 1.0), "neginf": (*NONE, 1.0), "N": (*NONE, 2),
    "increasing": FLAG, "indexing": ("xy", "ij"), "sparse": FLAG, "return_index": FLAG,
    "return_inverse": FLAG, "return_counts": FLAG, "equal_nan": FLAG, "sorted": FLAG,
    "condition": (np.array([True, False, True]), np.eye(3, dtype=bool)), "num": (3,),
    "stop": (2.0,),
    "fill_value": (7.0,), "shape_": NONE, "bins": (3, np.array([-1.0, 0.0, 1.0])), "kth": (1,),
    "upper": FLAG, "UPLO": ("L", "U"), "full_matrices": FLAG, "compute_uv": FLAG,
    "include_initial": FLAG, "allow_singleton": FLAG, "casting": ("same_kind",),
    "rowvar": FLAG, "bias": FLAG, "deg": (1,), "rcond": (*NONE, 0.1), "period": (*NONE, 2.0),
    "norm": (*NONE, "ortho"), "s": NONE, "discont": NONE, "right": (False,), "left": NONE,
    "optimize": FLAG, "assume_unique": FLAG, "invert": FLAG, "trim": ("fb",), "mask": (True,),
    "to": ("float64",), "num_": NONE, "density": FLAG, "range": NONE, "hermitian": FLAG,
}  # fmt: skip


POSITIVE = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
# What takes more than arrays of one shape.
CALLS: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "numpy.bincount": [([np.array([1, 0, 1])], {"weights": np.array([0.5, 1.5, 2.5])})],
    "numpy.einsum": [
        (["ij,jk->ik", POSITIVE, POSITIVE], {}), (["ij,jk", POSITIVE, POSITIVE], {}),
        (["ii", POSITIVE], {}), (["ii->i", POSITIVE], {"optimize": True}),
        (["i...->...", POSITIVE], {}),
        (["ij,kl", POSITIVE, POSITIVE], {"optimize": "greedy"}), (["ij->k", POSITIVE], {}),
        ([POSITIVE, [0, 1], POSITIVE, [1, 2], [0, 2]], {}), ([POSITIVE, [0, 0]], {}),
        ([POSITIVE, [3, 1]], {}), ([POSITIVE, [..., 1], POSITIVE, [1, 2]], {"optimize": True}),
        ([POSITIVE, [0, 99]], {}), (["ij", POSITIVE], {"dtype": "float32"}),
    ],
    "numpy.linalg.cholesky": [([POSITIVE], {}), ([POSITIVE], {"upper": True})],
    "numpy.linalg.tensorinv": [([POSITIVE], {"ind": 1})],
    "numpy.put": [([np.zeros(3), 1, np.array(2.0)], {})],
    "numpy.select": [([[np.array([True, False])], [np.array([1.5, 2.5])]], {"default": -1.0})],
}  # fmt: skip


def sample(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Numbers of both signs, no two alike or near a whole number."""
    n = int(np.prod(shape))
    x = 0.37 * np.random.default_rng(seed).permutation(n) - 0.29 * n / 2 + 0.013 * seed
    x += 0.04 * np.sin(np.arange(n) ** 2)  # no two sums alike either
    return np.asarray(x.reshape(shape))


def arguments(
    function: Callable[..., Any], shapes: list[tuple[int, ...]] = SHAPES
) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Calls of a function: the operands in several shapes, each keyword in turn, None included."""
    name = f"{function.__module__}.{function.__name__}"
    yield from CALLS.get(name, [])
    if name == "numpy.einsum":
        return
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:
        parameters = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_ONLY) for n in ("a", "b")]
    optional = [p for p in parameters if p.default is not p.empty]
    for shape in shapes:
        required: list[list[Any]] = [[]]
        for i, p in enumerate(parameters):
            if p.default is not p.empty or p.kind is p.VAR_KEYWORD or p.kind is p.KEYWORD_ONLY:
                continue
            x = sample(shape, i + 1)
            several = "arrays tup tup_ arys args xi operands seq keys".split()
            if p.kind is p.VAR_POSITIONAL:
                options: tuple[Any, ...] = ((x,), (x, sample(shape, 9)))
                required = [[*r, *o] for r in required for o in options]
                continue
            if p.name in several:
                options = ([x, sample(shape, 9)], (x,))
            elif p.name in VALUES and p.name not in FLOATS:
                options = VALUES[p.name]
            else:
                options = (x,)
            required = [[*r, o] for r in required for o in options]
        for r in required:
            yield r, {}
        r = required[0] if len(required) < 3 else required[1]
        for p in optional:
            if p.kind is p.POSITIONAL_ONLY:
                continue
            values = VALUES.get(p.name, NONE)
            if p.name in FLOATS and p.name not in VALUES:
                values = (None, sample(shape, 7))
            for value in values:
                yield r, {p.name: value}
        for p in optional:
            if p.name == "axis":
                for other in optional:
                    if other.name in ("keepdims", "ord", "n", "k", "weights", "ddof"):
                        for value in VALUES[other.name][:3]:
                            for axis in (0, -1, None, (0, 1)):
                                yield r, {other.name: value, "axis": axis}
        if any(p.kind is p.VAR_KEYWORD for p in parameters):
            for name in ("constant_values", "reflect_type", "stat_length"):
                for value in VALUES.get(name, NONE):
                    yield r, {name: value}


Outcome = tuple[Any, Exception | None]


def outcome(call: Callable[[], Any]) -> Outcome:
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return call(), None
    except Exception as error:  # whatever it is, the two are compared
        return None, error


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, np.ndarray | ag.Tensor):
        return change(value)
    if isinstance(value, list | tuple):
        return type(value)(mapped(v, change) for v in value)
    return value


def tensors(values: Any, **kwargs: Any) -> Any:
    """The floating arrays in arguments as tensors, or as leaves."""
    return mapped(values, lambda x: ag.Tensor(x, **kwargs) if x.dtype.kind == "f" else x)


def assert_same(found: Any, want: Any, exact: bool, what: str) -> None:
    if isinstance(want, tuple | list):
        assert isinstance(found, tuple | list) and len(found) == len(want), what
        for f, w in zip(found, want, strict=True):
            assert_same(f, w, exact, what)
        return
    if isinstance(want, np.ndarray | np.generic | float | int):
        y = found.numpy() if isinstance(found, ag.Tensor) else np.asarray(found)
        w = np.asarray(want)
        assert y.shape == w.shape and y.dtype == w.dtype, f"{what}: {y!r} for {w!r}"
        tolerance = 0.0 if exact else 1e-5 if w.dtype.itemsize <= 4 else 1e-12
        np.testing.assert_allclose(y, w, rtol=tolerance, atol=tolerance, err_msg=what)
    else:
        assert type(found) is type(want) and repr(found) == repr(want), what


def in_recording(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What a function gives for tensors that are names in a recording."""
    leaves: list[ag.Tensor] = []
    both = (args, list(kwargs.values()))
    mapped(both, lambda x: leaves.append(ag.Tensor(x)) if x.dtype.kind == "f" else None)

    def f(*xs: Any) -> Any:
        rest = iter(xs)
        given, named = mapped(both, lambda x: next(rest) if x.dtype.kind == "f" else x)
        return function(*given, **dict(zip(kwargs, named, strict=True)))

    return record(f, list(leaves))[0]


def refused(error: Exception) -> bool:
    """Whether an error says what came and what to do."""
    text = str(error)
    return isinstance(error, TypeError | ValueError | ag.RecordError | ag.GradientError) and (
        "received" in text or "expected" in text.lower()
    )


def verdict(way: str, got: Outcome, want: Outcome) -> str:
    """What is wrong with an outcome, in a line; empty if nothing is."""
    (found, error), (known, failed) = got, want
    if error is None:
        if failed is not None:
            return f"{found!r}, where NumPy raises {failed!r}"
        try:
            assert_same(found, known, way == "plain", "")
        except AssertionError as difference:
            return str(difference)
        return ""
    if failed is None:
        fine = refused(error) and (way != "plain" or "target" in str(error))
        return "" if fine else repr(error)
    # NumPy's class where NumPy refuses it as well, or our word that there is no op. (NumPy fails
    # with an AttributeError, or over what a function of its own calls, where it did not check.)
    unchecked = isinstance(failed, AttributeError) or "tri()" in str(failed)
    fine = isinstance(error, type(failed)) or (
        (unchecked or isinstance(error, TypeError | RuntimeError)) and refused(error)
    )
    return "" if fine else f"{error!r}, where NumPy raises {failed!r}"


def compare(
    name: str, function: Callable[..., Any], args: Any, kwargs: Any
) -> tuple[bool, list[str]]:
    """One call in four ways: on arrays, on plain tensors, on the tape and in a recording."""
    want = outcome(lambda: function(*mapped(args, np.copy), **kwargs))

    def on(**leaf: bool) -> Outcome:
        named = {k: tensors([v], **leaf)[0] for k, v in kwargs.items()}
        return outcome(lambda: function(*tensors(args, **leaf), **named))

    ways = {"plain": on()}
    if not kwargs or function in _functions() or isinstance(function, np.ufunc):
        # (what has no op at all is refused whatever its keywords)
        ways["taped"] = on(requires_grad=True)
        ways["recorded"] = outcome(lambda: in_recording(function, args, kwargs))
    problems = [
        f"{name}({args}, {kwargs}), {way}: {problem}"
        for way, got in ways.items()
        if (problem := verdict(way, got, want))
    ]
    return want[1] is None, problems


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - LEFT_OUT))
def test_function(name: str) -> None:
    worked, problems = 0, []
    for args, kwargs in arguments(FUNCTIONS[name]):
        good, found = compare(name, FUNCTIONS[name], args, kwargs)
        worked += good
        problems += found
    assert worked, f"{name}: no call of it worked with NumPy; give its parameters values"
    assert not problems, f"{len(problems)} calls differ:\n" + "\n".join(problems[:20])


def slope(function: Callable[..., Any], args: Any, kwargs: Any) -> str:
    """What is wrong with the derivative of a call that stays on the tape; empty if nothing is."""
    leaves: list[np.ndarray] = []
    both = (args, list(kwargs.values()))
    mapped(both, lambda x: leaves.append(x) if x.dtype.kind == "f" else None)

    def f(*xs: Any) -> Any:
        rest = iter(xs)
        given, named = mapped(both, lambda x: next(rest) if x.dtype.kind == "f" else x)
        y = function(*given, **dict(zip(kwargs, named, strict=True)))
        parts = [p for p in (y if isinstance(y, tuple | list) else (y,)) if hasattr(p, "dtype")]
        # each entry with a weight of its own, the same for arrays and tensors
        return sum((p * np.cos(1.0 + np.arange(p.size).reshape(p.shape))).sum() for p in parts)

    ts = [np.sin(2.0 + i + np.arange(x.size).reshape(x.shape)) for i, x in enumerate(leaves)]
    try:
        value, moved = ag.jvp(f, tuple(map(ag.Tensor, leaves)), tuple(map(ag.Tensor, ts)))
        grads = ag.grad(f, argnums=tuple(range(len(leaves))))(*map(ag.Tensor, leaves))
    except (TypeError, ValueError, ag.GradientError):
        return ""  # the test above has looked at these
    h = 1e-6
    ahead, back = (
        float(f(*(x + s * h * t for x, t in zip(leaves, ts, strict=True)))) for s in (1, -1)
    )
    want = (ahead - back) / (2 * h)
    pulled = float(sum((g.numpy() * t).sum() for g, t in zip(grads, ts, strict=True)))
    for way, found in {"forward": float(moved), "reverse": pulled}.items():
        if not abs(found - want) <= 1e-5 * (1 + abs(want)):
            return f"{way} {found}, difference {want}"
    return ""


STAYS = sorted(n for n in set(FUNCTIONS) - LEFT_OUT if FUNCTIONS[n] in _functions())


@pytest.mark.parametrize("name", STAYS)
def test_derivatives_of_what_stays_on_the_tape(name: str) -> None:
    function, problems = FUNCTIONS[name], []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for args, kwargs in arguments(function, SHAPES[1:]):
            if outcome(lambda: function(*args, **kwargs))[1] is None:  # noqa: B023
                if problem := slope(function, args, kwargs):
                    problems.append(f"{name}({args}, {kwargs}): {problem}")
    assert not problems, "\n".join(problems[:20])
