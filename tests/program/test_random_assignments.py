"""Random programs of assignments, views and reads, against the same programs without assignment.

A program is run in two ways. One assigns: its names are tensors, changed by ``x[key] = value``. The
other has no assignment: a name stands for a value, and where the program assigns it stands for
another one from there on, put together by ``where`` and ``take``. Value and every derivative must
agree.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn.engine import tree
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.make import target
from tests.program.compare import contents_of, interpret

COUNT = 60 * int(os.environ.get("AUTOGRAD_NN_PROGRAMS", "1"))  # 34 makes two thousand
NATIVE = 25  # of how many programs one is compiled

many = settings(
    max_examples=COUNT, deadline=None, derandomize=COUNT == 60, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

UNARY: list[Callable[[Any], Any]] = [
    ag.sin, ag.tanh, lambda x: x * x, lambda x: ag.exp(x * 0.3), lambda x: 1.5 - x, ag.cos,
    lambda x: x.copy(), lambda x: x[...] * 0.5,
    lambda x: ag.sum(x, axis=-1, keepdims=True) if x.ndim else x,
]  # fmt: skip
BINARY: list[Callable[[Any, Any], Any]] = [
    ag.add, ag.subtract, ag.multiply, lambda x, y: ag.tanh(x) * y, lambda x, y: x / (1.5 + y * y),
]  # fmt: skip
RESHAPED: list[Callable[[Any], Any]] = [
    lambda x: ag.reshape(x, (-1,)), lambda x: ag.transpose(x), lambda x: ag.expand_dims(x, 0),
    lambda x: ag.flip(x, 0) if x.ndim else x,
    lambda x: ag.reshape(x, (2, -1) if x.size % 2 == 0 else (1, -1)),
]  # fmt: skip


def keys(shape: tuple[int, ...], masks: bool) -> list[Any]:
    """Keys of every kind that fit a shape."""
    found: list[Any] = [..., ()]
    if 0 in shape:
        return found
    if shape:
        n = shape[0]
        found += [0, -1, slice(None), slice(1, None), slice(None, None, -1), slice(None, None, 2)]
        found += [np.array([0, n - 1, 0][:n]), np.array([n - 1]), (None, slice(0, n - 1))]
        if masks:
            found += [np.arange(n) % 2 == 0, np.arange(n) > n]
            found += [np.arange(int(np.prod(shape))).reshape(shape) % 3 == 0]
    if len(shape) > 1:
        m = shape[1]
        found += [(0, -1), (slice(None), 0), (slice(None), [m - 1, 0]), (..., slice(1, None))]
        found += [(np.array([0, n - 1]), np.array([m - 1, 0])), (None, 0, slice(None, None, -1))]
    return found


def fits(value: tuple[int, ...], place: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(value, place) == place
    except ValueError:
        return False


def without_assignment(x: Any, key: Any, value: Any) -> Any:
    """What ``x[key] = value`` makes of x: entries chosen one by one."""
    places = np.arange(x.size).reshape(x.shape)[key]
    written = np.full(x.shape, -1)
    written[key] = np.arange(places.size).reshape(places.shape)  # the last stays
    if not places.size:
        return x
    values = ag.reshape(ag.broadcast_to(ag.as_tensor(value), shape=places.shape), (-1,))
    return ag.where(written >= 0, ag.take(values, np.maximum(written, 0)), x)


class Assigning:
    """Names are tensors, and are assigned to."""

    def __init__(self) -> None:
        self.refused: list[bool] = []  # whether it was a view of another tensor still there

    def new(self, value: Any) -> Any:
        return value

    def read(self, name: Any) -> Any:
        return name

    def assign(self, names: list[Any], i: int, key: Any, value: Any) -> None:
        try:
            names[i][key] = value
            self.refused.append(False)
        except ag.MutationError:
            self.refused.append(True)
            names[i] = names[i].copy()
            names[i][key] = value


class Box:
    """A name of a program without assignment: what it stands for now."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Plain:
    """Names are boxes, whose values are replaced."""

    def __init__(self, refused: list[bool]) -> None:
        self.refused = iter(refused)

    def new(self, value: Any) -> Box:
        return Box(value)

    def read(self, name: Box) -> Any:
        return name.value

    def assign(self, names: list[Any], i: int, key: Any, value: Any) -> None:
        if next(self.refused):
            names[i] = Box(names[i].value)
        names[i].value = without_assignment(names[i].value, key, value)


STEP = st.tuples(
    st.sampled_from(
        ["unary", "binary", "assign", "assign", "assign", "augment", "part", "reshape", "alias",
         "drop", "constant", "shared"]
    ),
    st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99),
)  # fmt: skip
PROGRAM = st.lists(STEP, min_size=2, max_size=14)


def run(steps: list[Any], how: Any, xs: tuple[Any, ...], masks: bool) -> Any:
    """The program's result: one smooth number that depends on every name there is at the end."""
    names = [how.new(x) for x in xs]
    for kind, a, b, c, d in steps:
        i = a % len(names)
        x = how.read(names[i])
        if kind == "unary":
            names.append(how.new(UNARY[b % len(UNARY)](x)))
        elif kind == "reshape":
            names.append(how.new(RESHAPED[b % len(RESHAPED)](x)))
        elif kind == "binary":
            others = [o for o in map(how.read, names) if fits(o.shape, x.shape)]
            names.append(how.new(BINARY[c % len(BINARY)](x, others[b % len(others)])))
        elif kind == "alias":
            names.append(names[i])
        elif kind == "drop":
            if len(names) > 1:
                del names[i]
        elif kind == "constant":
            names.append(how.new(ag.Tensor(np.linspace(-1, 1, 1 + b % 4))))
        elif kind == "shared":
            names.append(how.new(ag.as_tensor(np.linspace(-1, 1, 1 + b % 4))))
        else:
            found = keys(x.shape, masks)
            key = found[b % len(found)]
            if kind == "part":
                names.append(how.new(x[key]))
                continue
            place = np.empty(x.shape)[key].shape
            if kind == "augment":
                part = x[key]
                del x
                how.assign(names, i, key, part * 0.5 + 1 if c % 2 else part * part)
                continue
            del x
            how.assign(names, i, key, value_for(place, [how.read(n) for n in names], c, d))
        if len(names) > 12:
            del names[2]
    parts = [ag.sum(ag.tanh(how.read(n)) * (0.5 + k)) for k, n in enumerate(names)]
    return sum(parts[1:], parts[0])


def value_for(place: tuple[int, ...], values: list[Any], c: int, d: int) -> Any:
    """A value to be assigned to a place: one of those there are, a part of one, or a number."""
    whole = [(v, None) for v in values if fits(v.shape, place)]
    parts = [(v, k) for v in values for k in keys(v.shape, False)
             if fits(np.broadcast_to(0.0, v.shape)[k].shape, place)]  # fmt: skip
    chosen = [whole, parts, parts, []][d % 4]
    if not chosen:
        return 0.25 * d
    value, key = chosen[c % len(chosen)]
    return value if key is None else value[key]


def pair(steps: list[Any], masks: bool) -> tuple[Any, Any]:
    """The program with assignments, and the other one, which follows what the first was refused."""
    last: list[bool] = []

    def assigning(*xs: Any) -> Any:
        how = Assigning()
        y = run(steps, how, xs, masks)
        last[:] = how.refused
        return y

    def plain(*xs: Any) -> Any:
        return run(steps, Plain(list(last)), xs, masks)

    return assigning, plain


def inputs(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=4), rng.normal(size=(2, 3))]


def agree(found: Any, expected: Any, what: str) -> None:
    for a, b in zip(tree.flatten(found)[0], tree.flatten(expected)[0], strict=True):
        a, b = np.asarray(getattr(a, "array", a)), np.asarray(getattr(b, "array", b))
        room = 1e-10 * (1 + np.abs(b).max(initial=0.0))
        np.testing.assert_allclose(a, b, 1e-9, room, err_msg=what)


def derivatives(f: Any, arrays: list[np.ndarray]) -> dict[str, Any]:
    """Value and derivatives: back and forward, first and second order."""
    xs = tuple(ag.Tensor(a) for a in arrays)
    ts = tuple(ag.Tensor(np.cos(a * 3 + 1)) for a in arrays)
    every = (0, 1)
    found = {
        "value_and_grad": ag.value_and_grad(f, argnums=every)(*xs),
        "jvp": ag.jvp(f, xs, ts),
        "forward over reverse": ag.jvp(ag.grad(f, argnums=every), xs, ts)[1],
        "reverse over forward": ag.grad(lambda *x: ag.jvp(f, x, ts)[1], argnums=every)(*xs),
    }
    for x, a in zip(xs, arrays, strict=True):
        np.testing.assert_array_equal(x.array, a, err_msg="a transform's argument was changed")
    leaves = [ag.Tensor(a, requires_grad=True) for a in arrays]
    y = f(*leaves)
    if y.requires_grad:
        y.backward()
    found["backward"] = [np.zeros(a.shape) if w.grad is None else w.grad.array
                         for w, a in zip(leaves, arrays, strict=True)]  # fmt: skip
    return found


@many
@given(PROGRAM, st.integers(0, 1000))
def test_eagerly(steps: list[Any], seed: int) -> None:
    assigning, plain = pair(steps, masks=True)
    found = derivatives(assigning, inputs(seed))
    expected = derivatives(plain, inputs(seed))
    for what, value in found.items():
        agree(value, expected[what], what)


@many
@given(PROGRAM, st.integers(0, 1000))
def test_replayed(steps: list[Any], seed: int) -> None:
    """Recorded at one place and run at another: call by call, and some natively."""
    assigning, plain = pair(steps, masks=False)
    t = tuple(ag.Tensor(np.cos(a)) for a in inputs(0))

    def both(f: Any) -> Any:
        return lambda *xs: (ag.value_and_grad(f, argnums=(0, 1))(*xs), ag.jvp(f, xs, t)[1])

    _, graph, _ = record(both(assigning), [ag.Tensor(a) for a in inputs(seed)])
    arrays = inputs(seed + 1)
    expected = tree.flatten(both(plain)(*map(ag.Tensor, arrays)))[0]
    outputs, effects = interpret(graph, contents_of(graph, arrays), None)
    assert not effects
    agree(outputs, expected, "call by call")
    if seed % NATIVE == 0:
        program = target().make(graph)
        note("\n".join(map(repr, graph.calls)))
        assert program.ready(wait=True)
        for _ in range(2):
            agree(program.run([a.copy() for a in arrays]), expected, "natively")
