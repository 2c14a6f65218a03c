"""Arrays, tensors and the world around."""

from __future__ import annotations

import contextvars
import importlib
import math
import operator
import os
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from tests.program.guard_cases.objects import plain
from tests.program.guard_cases.registry import Case, case, items, to

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
