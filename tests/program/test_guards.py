"""No stale program: whatever a function can read is changed, and each call is as the eager one."""

from __future__ import annotations

import collections
import contextvars
import dataclasses
import datetime
import enum
import functools
import gc
import importlib
import itertools
import logging
import math
import operator
import os
import random
import sys
import threading
import time
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.errors import RecordWarning

X = np.array([0.5, -1.0, 2.0])
Case = tuple[Any, list[Callable[[], Any]]]
CASES: dict[str, Callable[..., Case]] = {}
OP_BY_OP: set[str] = set()  # what no guard can watch


def case(make: Callable[..., Case]) -> Callable[..., Case]:
    CASES[make.__name__] = make
    return make


def op_by_op(make: Callable[..., Case]) -> Callable[..., Case]:
    OP_BY_OP.add(make.__name__)
    return case(make)


def to(holder: Any, **values: Any) -> list[Callable[[], Any]]:
    """Attributes set one by one."""
    return [functools.partial(setattr, holder, k, v) for k, v in values.items()]


def items(holder: Any, *pairs: tuple) -> list[Callable[[], Any]]:
    return [functools.partial(operator.setitem, holder, k, v) for k, v in pairs]


# ---- what belongs to a module --------------------------------------------------------------------

K, BOX, LIST, TOOL = 2.0, {"w": 2.0, "deep": {"k": [1.0, 2.0]}}, [2.0, 3.0], math.sqrt


def helper(x: Any) -> Any:
    return x * K


def deeper(x: Any) -> Any:
    return helper(x) + 1


def deepest(x: Any) -> Any:
    return deeper(x) + 1


def set_global(name: str, value: Any) -> Callable[[], None]:
    return lambda: globals().__setitem__(name, value)


@case
def a_global() -> Case:
    return lambda x: x * K, [set_global("K", v) for v in (3.0, 2, 2.0, -0.0, 0.0)]


@case
def a_global_of_a_helper_three_calls_down() -> Case:
    f = functools.reduce(lambda g, _: (lambda x: g(x)), range(10), deepest)
    return f, [set_global("K", 5.0), set_global("K", 2.0)]


@case
def a_function_replaced() -> Case:
    before = helper
    return lambda x: deeper(x), [
        set_global("helper", lambda x: x * 7), set_global("helper", before)
    ]  # fmt: skip


@case
def a_functions_code_replaced() -> Case:
    def g(x: Any) -> Any:
        return x * 2

    return lambda x: g(x), to(g, __code__=(lambda x: x * 3).__code__)


@case
def its_own_code_replaced() -> Case:
    def g(x: Any) -> Any:
        return x * 2

    return g, to(g, __code__=(lambda x: x * 3).__code__)


@case
def a_dictionarys_item() -> Case:
    return lambda x: x * BOX["w"] + BOX["deep"]["k"][1], [  # type: ignore[index]
        *items(BOX, ("w", 3.0), ("w", 2.0)), *items(BOX["deep"]["k"], (1, 9.0), (1, 2.0))  # type: ignore[index]
    ]  # fmt: skip


@case
def an_item_by_a_computed_key() -> Case:
    box = {"a1": 1.0, "a2": 2.0}
    return lambda x: x * sum(box[f"a{i}"] for i in (1, 2)), items(box, ("a1", 5.0), ("a2", 7.0))


@case
def a_dictionary_grown() -> Case:
    box: dict[str, Any] = {"a": 1.0}
    return lambda x: x * box.get("b", 2.0) + len(box), [*items(box, ("b", 5.0), ("c", 1.0)),
                                                       lambda: box.pop("b")]  # fmt: skip


@case
def a_dictionarys_order() -> Case:
    box = {"a": 1.0, "b": 2.0}

    def turn() -> None:
        box["a"] = box.pop("a")

    return lambda x: x * next(iter(box.values())), [turn, turn]


@case
def a_list() -> Case:
    held = [1.0, 2.0]
    return lambda x: sum((x * v for v in held), x), [
        lambda: held.append(3.0), lambda: held.pop(), held.reverse, held.clear,
        lambda: held.extend([1, 2]),
    ]  # fmt: skip


@case
def a_set() -> Case:
    held = {1.0, 2.0}
    return lambda x: x * sum(held), [lambda: held.add(3.0), lambda: held.discard(1.0)]


@case
def a_deque_and_a_counter() -> Case:
    queue, counter = collections.deque([1.0, 2.0]), collections.Counter({"a": 2})
    return lambda x: x * queue[0] + counter["a"] + counter["b"], [
        lambda: queue.rotate(1), lambda: queue.appendleft(7.0), lambda: counter.update("ab")
    ]  # fmt: skip


@case
def an_ordered_and_a_default_dictionary() -> Case:
    a, b = collections.OrderedDict(k=2.0, j=3.0), collections.defaultdict(float, k=2.0)
    return lambda x: x * next(iter(a.values())) + b["k"], [
        lambda: a.move_to_end("k"), *items(b, ("k", 9.0))
    ]  # fmt: skip


@case
def a_nested_tuple_of_lists() -> Case:
    held = ([1.0], ([2.0], {"a": [3.0]}))
    return lambda x: x * held[0][0] + held[1][1]["a"][0], [  # type: ignore[call-overload,index]
        *items(held[0], (0, 4.0)), *items(held[1][1]["a"], (0, 5.0))  # type: ignore[index,call-overload]
    ]  # fmt: skip


# ---- classes and their objects -------------------------------------------------------------------


class Plain:
    k = 2.0

    def times(self, x: Any) -> Any:
        return x * self.k

    @property
    def twice(self) -> float:
        return self.k * 2

    @staticmethod
    def three() -> float:
        return 3.0

    @classmethod
    def of_class(cls) -> float:
        return cls.k

    def __call__(self, x: Any) -> Any:
        return x * self.k


def fresh(name: str = "P", bases: tuple = (Plain,), **space: Any) -> Any:
    return type(name, bases, space)


def plain() -> Any:
    """A class of its own with Plain's contents, for a test to change."""
    hidden = ("__dict__", "__weakref__")
    return type("P", (), {n: v for n, v in vars(Plain).items() if n not in hidden})


@case
def a_class_attribute() -> Case:
    cls = plain()
    return lambda x: x * cls.k, to(cls, k=5.0)


@case
def a_class_attribute_through_an_object() -> Case:
    cls = plain()
    o = cls()
    return lambda x: x * o.k, [*to(cls, k=5.0), *to(o, k=7.0), lambda: delattr(o, "k")]


@case
def an_inherited_attribute() -> Case:
    base = plain()
    cls = fresh(bases=(base,))
    sub = fresh(bases=(cls,))
    o = sub()
    return lambda x: x * o.k, [*to(base, k=5.0), *to(cls, k=6.0), *to(sub, k=7.0),
                               *to(o, k=8.0)]  # fmt: skip


@case
def the_bases_of_a_class() -> Case:
    one, two = fresh(k=3.0), fresh(k=4.0)
    cls = fresh(bases=(one,))
    o = cls()
    return lambda x: x * o.k, [lambda: setattr(cls, "__bases__", (two,))]


@case
def an_objects_class() -> Case:
    one, two = fresh(k=3.0), fresh(k=4.0)
    o = one()
    return lambda x: o.times(x), to(o, __class__=two)


@case
def a_method_replaced() -> Case:
    cls = plain()
    o = cls()
    return lambda x: o.times(x), [
        *to(cls, times=lambda self, x: x * 11), *to(o, times=lambda x: x * 12)
    ]  # fmt: skip


@case
def a_special_method_replaced() -> Case:
    cls = plain()
    o = cls()
    return lambda x: o(x), to(cls, __call__=lambda self, x: x * 13)


@case
def a_method_deep_in_a_base() -> Case:
    base = plain()
    o = fresh(bases=(fresh(bases=(base,)),))()
    return lambda x: o.times(x), to(base, times=lambda self, x: x * 14)


@case
def super_in_a_method() -> Case:
    class Base:
        k = 2.0

        def __init__(self) -> None:
            self.j = 3.0

        def f(self, x: Any) -> Any:
            return x * self.k + self.j

    class Child(Base):
        def f(self, x: Any) -> Any:
            return super().f(x) + super().k

    o = Child()
    return lambda x: o.f(x), [*to(Base, k=5.0), *to(o, j=7.0), *to(Base, f=lambda self, x: x)]


@case
def a_bound_method() -> Case:
    o = plain()()
    return o.times, [*to(o, k=4.0), *to(type(o), times=lambda self, x: x * 5), *to(o, k=6.0)]


@case
def a_callable_object() -> Case:
    o = plain()()
    return o, [*to(o, k=4.0), *to(type(o), k=9.0), *to(type(o), __call__=lambda self, x: -x)]


@case
def a_property() -> Case:
    o = plain()()
    return lambda x: x * o.twice, [
        *to(o, k=4.0), *to(type(o), twice=property(lambda self: self.k * 3)), *to(o, k=5.0)
    ]  # fmt: skip


@case
def a_cached_property() -> Case:
    class C:
        k = 2.0

        @functools.cached_property
        def twice(self) -> float:
            return self.k * 2

    o = C()
    return lambda x: x * o.twice, [*to(o, k=4.0), lambda: delattr(o, "twice"), *to(o, twice=1.0)]


@case
def static_and_class_methods() -> Case:
    cls = plain()
    return lambda x: x * cls.three() + cls.of_class(), [
        *to(cls, k=9.0, three=staticmethod(lambda: 4.0)),
        *to(cls, of_class=classmethod(lambda c: 5.0)),
    ]


@case
def a_descriptor() -> Case:
    class Scaled:
        factor = 2.0

        def __get__(self, o: Any, cls: Any) -> Any:
            return self if o is None else o.raw * self.factor

    class C:
        value = Scaled()

        def __init__(self) -> None:
            self.raw = 3.0

    o = C()
    return lambda x: x * o.value, [
        *to(o, raw=4.0), *to(Scaled, factor=5.0), *to(C.__dict__["value"], factor=6.0)
    ]  # fmt: skip


@case
def attributes_by_getattr_of_the_class() -> Case:
    class C:
        def __init__(self) -> None:
            self.table = {"a": 2.0}

        def __getattr__(self, name: str) -> Any:
            return self.table[name]

    o = C()
    return lambda x: x * o.a, [*items(o.table, ("a", 3.0)), *to(o, a=4.0)]


@case
def slots() -> Case:
    class C:
        __slots__ = ("j", "k")

    o = C()
    o.k = 2.0

    def f(x: Any) -> Any:
        return x * o.k + getattr(o, "j", 0.0)

    return f, to(o, k=3.0, j=4.0)


@case
def a_dataclass() -> Case:
    @dataclasses.dataclass
    class Config:
        rate: float = 2.0
        layers: list = dataclasses.field(default_factory=lambda: [1.0, 2.0])

    c = Config()
    return lambda x: x * c.rate + c.layers[1], [*to(c, rate=3.0), *items(c.layers, (1, 8.0)),
                                               *to(c, layers=[0.0, 5.0])]  # fmt: skip


@case
def a_dataclass_read_field_by_field() -> Case:
    @dataclasses.dataclass
    class Config:
        a: float = 2.0
        b: float = 3.0

    c = Config()
    return lambda x: x * sum(dataclasses.asdict(c).values()), to(c, a=3.0, b=5.0)


@case
def an_enumerations_value() -> Case:
    class E(enum.Enum):
        A = 2.0

    return lambda x: x * E.A.value, [lambda: setattr(E.A, "_value_", 5.0)]


@case
def a_namespace() -> Case:
    n = types.SimpleNamespace(a=1.0, b=types.SimpleNamespace(c=2.0))
    return lambda x: x * n.a + n.b.c, [*to(n, a=2.0), *to(n.b, c=3.0),
                                      *to(n, b=types.SimpleNamespace(c=8.0))]  # fmt: skip


@case
def attributes_set_later() -> Case:
    o = plain()()

    def f(x: Any) -> Any:
        return x * o.late if hasattr(o, "late") else x

    return f, [*to(o, late=3.0), lambda: delattr(o, "late")]


@case
def an_attribute_that_was_lacking() -> Case:
    o = plain()()

    def f(x: Any) -> Any:
        try:
            return x * o.late
        except AttributeError:
            return x

    return f, [*to(o, late=3.0), *to(type(o), late=4.0), lambda: delattr(o, "late")]


@case
def a_name_that_was_lacking() -> Case:
    def f(x: Any) -> Any:
        try:
            return x * LACKING  # type: ignore[name-defined]  # noqa: F821
        except NameError:
            return x

    return f, [set_global("LACKING", 3.0), lambda: globals().pop("LACKING")]


@case
def a_builtin_hidden() -> Case:
    return lambda x: x * len((1, 2)), [
        set_global("len", lambda v: 7), lambda: globals().pop("len")
    ]  # fmt: skip


@case
def attributes_by_a_computed_name() -> Case:
    o = plain()()
    names = ["k"]
    o.j = 9.0
    return lambda x: x * getattr(o, names[0]), [
        *to(o, k=3.0), *items(names, (0, "j")), *to(o, j=4.0)
    ]  # fmt: skip


@case
def attributes_through_vars() -> Case:
    o = plain()()
    o.a, o.b = 1.0, 2.0
    return lambda x: x * sum(vars(o).values()), to(o, a=4.0, b=5.0, c=6.0)


@case
def attributes_through_dict() -> Case:
    o = plain()()
    o.a = 1.0
    return lambda x: x * o.__dict__["a"], to(o, a=4.0)


@case
def attributes_through_attrgetter() -> Case:
    o, take = plain()(), operator.attrgetter("k")
    return lambda x: x * take(o), [*to(o, k=4.0), *to(type(o), k=5.0)]


@case
def a_metaclass() -> Case:
    class Meta(type):
        k = 2.0

        def size(cls) -> float:
            return cls.k

    class C(metaclass=Meta):
        pass

    return lambda x: x * C.size() + C.k, [*to(Meta, k=5.0), *to(C, k=6.0)]


@case
def operators_of_an_object() -> Case:
    class Scale:
        def __init__(self) -> None:
            self.k = 2.0

        def __mul__(self, x: Any) -> Any:
            return x * self.k

        def __getitem__(self, i: int) -> Any:
            return self.k + i

        def __len__(self) -> int:
            return int(self.k)

        def __iter__(self) -> Iterator[float]:
            return iter([self.k, 1.0])

        def __enter__(self) -> float:
            return self.k

        def __exit__(self, *_: object) -> None: ...

    s = Scale()

    def f(x: Any) -> Any:
        with s as k:
            return s * x + s[1] + len(s) + sum(s) + k

    return f, [*to(s, k=3.0), *to(Scale, __mul__=lambda self, x: x), *to(s, k=5.0)]


@case
def a_list_of_objects() -> Case:
    cls = plain()
    held = [cls(), cls()]

    def f(x: Any) -> Any:
        for o in held:
            x = o.times(x)
        return x

    return f, [*to(held[1], k=3.0), *to(cls, k=4.0), lambda: held.pop(), *to(held[0], k=5.0)]


@case
def an_object_in_an_object() -> Case:
    cls = plain()
    o = cls()
    o.inner = cls()
    o.inner.inner = cls()

    def f(x: Any) -> Any:
        step = o
        for _ in range(2):
            step = step.inner
        return step.times(x)

    return f, [*to(o.inner.inner, k=3.0), *to(o.inner, inner=cls()), *to(o.inner.inner, k=8.0)]


# ---- functions and what they hold ----------------------------------------------------------------


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

    return lambda x: sum((x * v for v in steps()), x), [*items(box, (1, 5.0)), set_global("K", 3.0),
                                                       set_global("K", 2.0)]  # fmt: skip


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


# ---- arrays and tensors --------------------------------------------------------------------------


@case
def an_array_read_by_numpy() -> Case:
    a = np.array([1.0, 2.0, 3.0])
    return lambda x: x * float(a.mean()), items(a, (0, 5.0), (slice(None), 1.0))


@case
def an_array_read_by_a_loop() -> Case:
    a = np.array([1.0, 2.0, 3.0])
    return lambda x: sum((x * v for v in a), x), items(a, (0, 5.0))


@case
def an_array_that_ops_and_python_read() -> Case:
    a = np.array([1.0, 2.0, 3.0])
    return lambda x: x * a if a[0] > 0 else x - a, items(a, (0, -5.0), (0, 5.0), (1, 0.0))


@case
def an_arrays_shape() -> Case:
    a = np.arange(4.0)

    def flat(shape: tuple) -> Callable[[], None]:
        return lambda: a.resize(shape, refcheck=False)

    return lambda x: x * a.shape[0] + float(a.sum()), [flat((2, 2)), flat((4,))]


@case
def an_array_in_an_object() -> Case:
    o = plain()()
    o.a = np.array([1.0, 2.0])
    return lambda x: x * float(o.a.sum()), [*items(o.a, (0, 5.0)), *to(o, a=np.array([7.0]))]


@case
def an_array_of_objects() -> Case:
    a = np.array([1.0, 2.0], dtype=object)
    return lambda x: x * a[0], items(a, (0, 5.0))


@case
def a_memory_that_an_array_shows() -> Case:
    raw = bytearray(np.array([1.0, 2.0]).tobytes())
    a = np.frombuffer(raw)

    def change() -> None:
        raw[:8] = np.array([9.0]).tobytes()

    return lambda x: x * float(a[0]) + ag.sum(ag.Tensor(a, copy=False)), [change]


@case
def a_tensor_over_an_array_of_the_callers() -> Case:
    a = np.array([1.0, 2.0, 3.0])
    return lambda x: x * ag.Tensor(a, copy=False), items(a, (0, 5.0))


@case
def a_tensor_that_python_looks_at() -> Case:
    t = ag.Tensor(2.0)

    def f(x: Any) -> Any:
        return x * float(t) if float(t) > 1 else x

    return f, [lambda: t.assign(3.0), lambda: t.assign(0.0), lambda: t.assign(2.0)]


@case
def a_tensors_array() -> Case:
    t = ag.Tensor([2.0, 3.0])
    return lambda x: x * float(t.array[0]) + t.numpy().sum(), [
        lambda: t.assign([4.0, 5.0]), lambda: operator.setitem(t.array, 1, 9.0)
    ]  # fmt: skip


@case
def a_tensors_gradient() -> Case:
    t = ag.Tensor([2.0, 3.0, 4.0], requires_grad=True)
    t.grad = ag.Tensor([1.0, 1.0, 1.0])
    return lambda x: x * t.grad, to(t, grad=ag.Tensor([2.0, 2.0, 5.0]))


@case
def a_tensor_replaced() -> Case:
    o = plain()()
    o.w = ag.Tensor([1.0, 2.0, 3.0])
    return lambda x: x * o.w, to(o, w=ag.Tensor([3.0, 2.0, 1.0]))


@case
def bytes_and_buffers() -> Case:
    raw = bytearray(b"ab")
    return lambda x: x * raw[0], items(raw, (0, 7))


# ---- the world -----------------------------------------------------------------------------------


@case
def the_environment(monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("SCALE_OF_TEST", "2.0")
    return lambda x: x * float(os.environ["SCALE_OF_TEST"]), [
        lambda: monkeypatch.setenv("SCALE_OF_TEST", "3.0")
    ]  # fmt: skip


@case
def the_environment_by_getenv(monkeypatch: pytest.MonkeyPatch) -> Case:
    return lambda x: x * float(os.getenv("SCALE_OF_TEST", "1.0")), [
        lambda: monkeypatch.setenv("SCALE_OF_TEST", "3.0"),
        lambda: monkeypatch.delenv("SCALE_OF_TEST"),
    ]


@case
def a_context_variable() -> Case:
    var = contextvars.ContextVar("scale", default=2.0)
    return lambda x: x * var.get(), [lambda: var.set(3.0), lambda: var.set(4.0)]


@case
def a_threads_own_value() -> Case:
    local = threading.local()
    local.k = 2.0
    return lambda x: x * local.k, to(local, k=3.0)


@case
def a_weak_reference() -> Case:
    held = [plain()()]
    ref = weakref.ref(held[0])

    def f(x: Any) -> Any:
        o = ref()
        return x if o is None else x * o.k

    return f, [*to(held[0], k=3.0), held.clear]


@case
def a_module_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    path = tmp_path / "scales_of_test.py"
    path.write_text("K = 2.0\nclass C:\n    k = 1.0\ndef f(x):\n    return x * K\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    m = importlib.import_module("scales_of_test")
    monkeypatch.setitem(sys.modules, "scales_of_test", m)

    def again() -> None:
        path.write_text("K = 20.0 + 1\nclass C:\n    k = 8.0\ndef f(x):\n    return x * K - 1\n")
        importlib.invalidate_caches()
        importlib.reload(m)

    def f(x: Any) -> Any:
        import scales_of_test as s  # type: ignore[import-not-found]
        from scales_of_test import K as k

        return m.f(x) * m.C.k + s.K + k

    return f, [*to(m, K=3.0), *to(m.C, k=5.0), again]


@case
def a_patched_module() -> Case:
    before, root = math.pi, np.sqrt
    return lambda x: x * math.pi + float(np.sqrt(4.0)), [
        *to(math, pi=3.0), *to(np, sqrt=lambda v: 7.0), *to(math, pi=before), *to(np, sqrt=root)
    ]  # fmt: skip


@case
def a_patched_op() -> Case:
    before = ag.sin
    return lambda x: ag.sin(x), [*to(ag, sin=ag.cos), *to(ag, sin=before)]


@case
def the_default_generator() -> Case:
    ag.random.set_seed(3)
    ag.random.default_generator()

    def f(x: Any) -> Any:
        return x * 0.0 + ag.random.default_generator().uniform((3,), dtype="float64")

    return f, [lambda: ag.random.set_seed(5), lambda: ag.random.set_seed(7)]


# ---- what no guard can watch ---------------------------------------------------------------------


@op_by_op
def a_number_drawn() -> Case:
    rng = random.Random(3)
    return (lambda x: x * rng.random()), []


@op_by_op
def a_number_drawn_from_the_module() -> Case:
    return (lambda x: x * random.random()), []


@op_by_op
def a_number_drawn_by_numpy() -> Case:
    return (lambda x: x * np.random.rand()), []  # noqa: NPY002


@op_by_op
def a_number_drawn_by_a_numpy_generator() -> Case:
    rng = np.random.default_rng(3)
    return (lambda x: x * rng.random()), []


@op_by_op
def a_number_drawn_by_a_generator_it_makes() -> Case:
    return (lambda x: x * np.random.default_rng().random()), []


@op_by_op
def the_clock_by_its_name() -> Case:
    from time import perf_counter_ns as now

    return (lambda x: x * now()), []


@op_by_op
def the_clock_of_an_alias() -> Case:
    def f(x: Any) -> Any:
        import time as t

        clock = t
        return x * clock.perf_counter_ns()

    return f, []


@op_by_op
def the_date() -> Case:
    return (lambda x: x * datetime.datetime.now().timestamp()), []  # noqa: DTZ005


@op_by_op
def whether_a_file_is_there(tmp_path: Path) -> Case:
    path = str(tmp_path / "k")
    return (lambda x: x * 2 if os.path.exists(path) else x), [lambda: Path(path).touch()]  # noqa: PTH110


@op_by_op
def what_a_folder_holds(tmp_path: Path) -> Case:
    path = str(tmp_path)
    return (lambda x: x * len(os.listdir(path))), [lambda: (tmp_path / "k").touch()]  # noqa: PTH208


@op_by_op
def a_path_read(tmp_path: Path) -> Case:
    path = tmp_path / "k"
    path.write_text("2.0")
    return (lambda x: x * float(path.read_text())), [lambda: path.write_text("3.0") and None]


@op_by_op
def a_list_shuffled() -> Case:
    def f(x: Any) -> Any:
        order = list(range(3))
        random.shuffle(order)
        return x[order]

    return f, []


@op_by_op
def the_clock() -> Case:
    return (lambda x: x * time.perf_counter_ns()), []


@op_by_op
def an_iterator() -> Case:
    it = itertools.count(1)
    return (lambda x: x * next(it)), []


@op_by_op
def a_generators_state() -> Case:
    g = (float(i) for i in range(1, 1000))
    return (lambda x: x * next(g)), []


@op_by_op
def an_iterator_in_an_object() -> Case:
    o = plain()()
    o.it = iter(range(1, 1000))
    return (lambda x: x * next(o.it)), []


@op_by_op
def a_counter_of_its_own() -> Case:
    n = 0

    def f(x: Any) -> Any:
        nonlocal n
        n += 1
        return x * n

    return f, []


@op_by_op
def a_counter_in_an_object() -> Case:
    o = plain()()

    def f(x: Any) -> Any:
        o.k += 1
        return x * o.k

    return f, []


@op_by_op
def a_list_it_appends_to_and_reads() -> Case:
    calls: list[int] = []

    def f(x: Any) -> Any:
        calls.append(1)
        return x * len(calls)

    return f, []


@op_by_op
def a_cached_result() -> Case:
    box = [2.0]

    @functools.lru_cache
    def k() -> float:
        return box[0]

    return (lambda x: x * k()), [*items(box, (0, 3.0)), k.cache_clear]


@op_by_op
def a_file(tmp_path: Path) -> Case:
    path = tmp_path / "k.txt"
    path.write_text("2.0")

    def f(x: Any) -> Any:
        with open(path) as file:
            return x * float(file.read())

    return f, [lambda: path.write_text("3.0") and None]


@op_by_op
def a_data_frame() -> Case:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1.0, 2.0]})
    return (lambda x: x * float(frame["a"].sum())), [lambda: frame.__setitem__("a", [5.0, 6.0])]


def drawn(name: str) -> bool:
    """Whether two calls differ: eager and recorded must be compared by their course alone."""
    return any(word in name for word in ("drawn", "shuffled", "clock", "date"))


def call(f: Any, *args: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordWarning)
        return f(*args)


@pytest.mark.parametrize("name", [n for n in CASES if n not in OP_BY_OP])
def test_a_change_is_followed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = CASES[name]
    given = {"tmp_path": tmp_path, "monkeypatch": monkeypatch}
    names = make.__code__.co_varnames[: make.__code__.co_argcount]
    f, changes = make(**{name: given[name] for name in names})
    j = ag.jit(f)
    x = ag.Tensor(X)

    def agree(when: str) -> None:
        for again in range(4):
            generator = ag.random.default_generator()
            state = generator.state.array
            told = np.array(f(x).array)
            generator.state.assign(state)
            found = call(j, x)
            j.wait()
            np.testing.assert_allclose(found.array, told, rtol=1e-14, err_msg=f"{when}, {again}")
            assert found.dtype == told.dtype

    agree("before")
    assert j._programs, "nothing was recorded"
    for i, change in enumerate(changes):
        change()
        agree(f"after change {i}")


@pytest.mark.parametrize("name", sorted(OP_BY_OP))
def test_what_cannot_be_watched_runs_op_by_op_and_says_so_once(name: str, tmp_path: Path) -> None:
    make = CASES[name]
    f, changes = make(tmp_path) if make.__code__.co_argcount else make()
    j = ag.jit(f)
    x = ag.Tensor(X)
    runs = 0

    def counted(x: Any) -> Any:
        nonlocal runs
        runs += 1
        return f(x)

    with pytest.warns(RecordWarning, match="runs op by op and is not replayed") as told:
        for _ in range(30):
            j(x)
            j.wait()
    assert len(told) == 1
    assert f.__qualname__ in str(told[0].message)
    assert not j._programs
    for change in [lambda: None, *changes]:
        change()
        if name == "a_counter_of_its_own" or "iterator" in name or "generators" in name:
            before = np.array(f(x).array)
            assert (np.array(j(x).array) != before).all(), "every call moves on"
        elif drawn(name):
            assert len({j(x).array.tobytes() for _ in range(40)}) > 1
        elif "counter" in name or "appends" in name:
            before = np.array(f(x).array)
            assert (np.array(j(x).array) != before).all(), "every call moves on"
        else:
            np.testing.assert_array_equal(j(x).array, f(x).array)


def notes() -> dict[str, Callable[[], Any]]:
    log, told, box = logging.getLogger("a test's"), [], {"seen": [], "names": set()}
    counter = itertools.count()

    def appends(x: Any) -> Any:
        told.append(1)
        return x * 2

    def appends_to_what_it_holds(x: Any) -> Any:
        box["seen"].append(x.shape)
        box["names"].add("x")
        return x * 2

    def logs(x: Any) -> Any:
        log.info("called with %s", x.shape)
        return x * 2

    def prints(x: Any) -> Any:
        print("called")
        return x * 2

    def counts(x: Any) -> Any:
        next(counter)
        return x * 2

    def checks(x: Any) -> Any:
        assert x.ndim == 1, f"{x.shape}"
        if not isinstance(x, ag.Tensor) or len(x) != 3:
            raise ValueError
        return x * 2

    made = (appends, appends_to_what_it_holds, logs, prints, counts, checks)
    return {f.__name__: f for f in made}


@pytest.mark.parametrize("name", sorted(notes()))
def test_what_only_takes_note_does_so_once_and_is_replayed(name: str, capsys: Any) -> None:
    j = ag.jit(notes()[name])
    for _ in range(4):
        np.testing.assert_array_equal(j(ag.Tensor(X)).array, 2 * X)
        j.wait()
    assert j._programs
    assert capsys.readouterr().out.count("called") == (name == "prints")


def test_hooks_of_others_stay_and_guards_work_beside_them() -> None:
    box = {"k": 2.0}
    seen: list[str] = []

    def profiler(frame: Any, event: str, arg: Any) -> None:
        seen.append(event)

    def tracer(frame: Any, event: str, arg: Any) -> Any:
        seen.append(event)
        return tracer

    before = sys.gettrace(), sys.getprofile()
    try:
        for own in ((None, None), (tracer, None), (None, profiler), (tracer, profiler)):
            j = ag.jit(lambda x: x * box["k"])
            sys.settrace(own[0])
            sys.setprofile(own[1])
            j(ag.Tensor(X))
            after = sys.gettrace(), sys.getprofile()
            sys.settrace(None)
            sys.setprofile(None)
            assert after == own
            for k in (3.0, 4.0):
                box["k"] = k
                for _ in range(3):
                    np.testing.assert_array_equal(j(ag.Tensor(X)).array, k * X)
                    j.wait()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    assert seen


def test_many_threads_record_at_once() -> None:
    wrong: list[Any] = []

    def work(k: int) -> None:
        box = {"k": float(k)}
        j = ag.jit(lambda x: x * box["k"])
        for i in range(6):
            box["k"] = float(k + i)
            for _ in range(3):
                if not np.array_equal(j(ag.Tensor(X)).array, X * (k + i)):
                    wrong.append((k, i))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_the_collector_may_come_while_recording() -> None:
    at = 0.0

    def visit(phase: str, info: Any) -> None:
        nonlocal at
        at = time.perf_counter()

    gc.callbacks.append(visit)
    before = gc.get_threshold()
    gc.set_threshold(5)
    try:
        j = ag.jit(lambda x: sum(([[] for _ in range(50)] and x * 2 for _ in range(9)), x))
        j(ag.Tensor(X))
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(visit)
    assert at
    assert j._programs


def test_a_value_that_comes_to_rest_is_replayed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    box = {"k": 0.0}
    runs = []
    told: list[str] = []
    # Caught where it is said: kernels compile in another thread meanwhile, and what catches
    # warnings there takes them from here.
    said = "autograd_nn.engine.program.patience.warnings.warn"
    monkeypatch.setattr(said, lambda text, kind, stacklevel: told.append(text))

    def f(x: Any) -> Any:
        runs.append(1)
        return x * box["k"]

    j = ag.jit(f)
    for i in range(30):
        box["k"] = float(i)
        np.testing.assert_array_equal(j(ag.Tensor(X)).array, i * X)
    for _ in range(100):
        j(ag.Tensor(X))
        j.wait()
    assert len(told) == 1 and "changes from call to call" in told[0]
    before = len(runs)
    for _ in range(50):
        np.testing.assert_array_equal(j(ag.Tensor(X)).array, 29 * X)
    assert len(runs) == before, "it is native again"


def test_an_argument_that_is_an_object_is_read() -> None:
    o = plain()()
    j = ag.jit(lambda x, o: x * o.k)

    def agree() -> None:
        for _ in range(3):
            np.testing.assert_array_equal(j(ag.Tensor(X), o).array, X * o.k)
            j.wait()

    agree()
    o.k = 5.0
    agree()
    type(o).k = 6.0
    del o.k
    agree()


def test_guards_keep_nothing_alive() -> None:
    o = plain()()
    o.w, o.inner, o.held = ag.Tensor(X), plain()(), [plain()()]

    def g(x: Any) -> Any:
        return x * 2

    box = {"o": o, "g": g}

    def f(x: Any) -> Any:
        if box["o"] is None:
            return x
        return box["g"](x) * box["o"].w * box["o"].inner.k * box["o"].held[0].k

    j = ag.jit(f)
    for _ in range(5):
        j(ag.Tensor(X))
        j.wait()
    assert j._programs
    gone = [weakref.ref(v) for v in (o, o.inner, o.held[0], g)]
    gc.collect()
    gc.disable()
    try:
        box["o"] = box["g"] = None
        del o, g
        assert [r() for r in gone] == [None] * 4
    finally:
        gc.enable()
    np.testing.assert_array_equal(j(ag.Tensor(X)).array, X)
