"""What no guard can watch."""

from __future__ import annotations

import datetime
import functools
import itertools
import os
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.program.guard_cases.objects import plain
from tests.program.guard_cases.registry import Case, items, op_by_op


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
