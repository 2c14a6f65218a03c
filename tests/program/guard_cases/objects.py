"""Classes and their objects."""

from __future__ import annotations

import dataclasses
import enum
import functools
import operator
import types
from collections.abc import Iterator
from typing import Any

from tests.program.guard_cases.registry import Case, case, items, set_in, to


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

    return f, [set_in(globals(), "LACKING", 3.0), lambda: globals().pop("LACKING")]


@case
def a_builtin_hidden() -> Case:
    return lambda x: x * len((1, 2)), [
        set_in(globals(), "len", lambda v: 7), lambda: globals().pop("len")
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
