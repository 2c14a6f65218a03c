"""Functions and what they hold."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd_nn as ag
from tests.program.guard_cases.objects import plain
from tests.program.guard_cases.registry import Case, case, items, set_in, to

K = 2.0


@case
def a_closure_cell() -> Case:
    k = 2.0

    def change(v: float) -> None:
        nonlocal k
        k = v

    return lambda x: x * k, [lambda: change(3.0), lambda: change(-0.0), lambda: change(0.0)]


@case
def a_cell_of_a_function_within() -> Case:
    k = 2.0

    def change(v: float) -> None:
        nonlocal k
        k = v

    def f(x: Any) -> Any:
        def g(y: Any) -> Any:
            return [y * k for _ in range(2)][1]

        return ag.grad(lambda z: ag.sum(g(z) * z))(x)

    return f, [lambda: change(3.0)]


@case
def default_arguments() -> Case:
    box = [2.0]

    def g(x: Any, a: Any = 1.0, *, b: Any = box) -> Any:
        return x * a + b[0]

    return lambda x: g(x), [*items(box, (0, 5.0)), *to(g, __defaults__=(3.0,)),
                            *to(g, __kwdefaults__={"b": [4.0]})]  # fmt: skip


@case
def a_functions_attribute() -> Case:
    def g(x: Any) -> Any:
        return x * g.k  # type: ignore[attr-defined]

    g.k = 2.0  # type: ignore[attr-defined]
    return lambda x: g(x), to(g, k=3.0)


@case
def a_partial() -> Case:
    o = plain()()

    def g(a: Any, x: Any, b: Any = 1.0) -> Any:
        return x * a.k + b

    p = functools.partial(g, o, b=2.0)
    return lambda x: p(x), [*to(o, k=3.0), *items(p.keywords, ("b", 7.0)),
                            *to(g, __code__=(lambda a, x, b=1.0: x).__code__)]  # fmt: skip


@case
def a_decorated_function() -> Case:
    o = plain()()

    def twice(g: Any) -> Any:
        @functools.wraps(g)
        def wrapped(x: Any) -> Any:
            return g(x) * o.k

        return wrapped

    inner = plain()()

    @twice
    def g(x: Any) -> Any:
        return x * inner.k

    return lambda x: g(x), [*to(o, k=3.0), *to(inner, k=5.0)]


@case
def a_table_of_functions() -> Case:
    table = {"f": lambda x: x * 2}
    name = ["f"]
    return lambda x: table[name[0]](x), [*items(table, ("f", lambda x: x * 3), ("g", lambda x: -x)),
                                        *items(name, (0, "g"))]  # fmt: skip


@case
def a_method_kept_by_itself() -> Case:
    box = {"k": 2.0}
    get = box.get
    return lambda x: x * get("k"), items(box, ("k", 3.0))


@case
def a_single_dispatch_function() -> Case:
    box = [2.0]

    @functools.singledispatch
    def g(x: Any) -> Any:
        return x * box[0]

    return lambda x: g(x), [*items(box, (0, 3.0)),
                            lambda: g.register(ag.Tensor, lambda x: x * 5)]  # fmt: skip


@case
def a_context_manager() -> Case:
    import contextlib

    box = [2.0]

    @contextlib.contextmanager
    def scaled() -> Iterator[float]:
        yield box[0]

    def f(x: Any) -> Any:
        with scaled() as k:
            return x * k

    return f, items(box, (0, 3.0))


@case
def a_generator_made_by_the_function() -> Case:
    box = [1.0, 2.0]

    def steps() -> Iterator[float]:
        for v in box:
            yield v * K

    return lambda x: sum((x * v for v in steps()), x), [
        *items(box, (1, 5.0)), set_in(globals(), "K", 3.0), set_in(globals(), "K", 2.0)
    ]  # fmt: skip


@case
def a_nested_jit() -> Case:
    box = [2.0]
    inner = ag.jit(lambda x: x * box[0])
    return lambda x: inner(x) + 1, items(box, (0, 3.0), (0, 4.0))


@case
def a_custom_op() -> Case:
    box = [2.0]

    @ag.custom_op(vjp=lambda g, y, x: g * box[0])
    def scaled(x: Any) -> Any:
        return np.asarray(x) * box[0]

    return ag.grad(lambda x: ag.sum(scaled(x) * x)), items(box, (0, 3.0))


@case
def a_caught_exception() -> Case:
    box: dict[str, Any] = {}

    def f(x: Any) -> Any:
        try:
            return x * box["k"]
        except KeyError:
            return x

    return f, [*items(box, ("k", 3.0)), lambda: box.pop("k")]


@case
def a_pattern() -> Case:
    @dataclasses.dataclass
    class Point:
        a: float
        b: float

    p = Point(1.0, 2.0)

    def f(x: Any) -> Any:
        match p:
            case Point(a=1.0, b=b):
                return x * b
            case Point(a, _):
                return x + a
        return x

    return f, to(p, b=3.0, a=4.0)
