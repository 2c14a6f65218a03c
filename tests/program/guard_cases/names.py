"""What belongs to a module: globals, helpers, containers."""

from __future__ import annotations

import collections
import functools
import math
from typing import Any

from tests.program.guard_cases.registry import Case, case, items, set_in, to

K, BOX, LIST, TOOL = 2.0, {"w": 2.0, "deep": {"k": [1.0, 2.0]}}, [2.0, 3.0], math.sqrt


def helper(x: Any) -> Any:
    return x * K


def deeper(x: Any) -> Any:
    return helper(x) + 1


def deepest(x: Any) -> Any:
    return deeper(x) + 1


@case
def a_global() -> Case:
    return lambda x: x * K, [set_in(globals(), "K", v) for v in (3.0, 2, 2.0, -0.0, 0.0)]


@case
def a_global_of_a_helper_three_calls_down() -> Case:
    f = functools.reduce(lambda g, _: (lambda x: g(x)), range(10), deepest)
    return f, [set_in(globals(), "K", 5.0), set_in(globals(), "K", 2.0)]


@case
def a_function_replaced() -> Case:
    before = helper
    return lambda x: deeper(x), [
        set_in(globals(), "helper", lambda x: x * 7), set_in(globals(), "helper", before)
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
