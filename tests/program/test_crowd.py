"""One model in a crowd: threads that call it, forks and raising signals at any moment.

How often: AUTOGRAD_NN_TEST_FORKS (12 by default) and AUTOGRAD_NN_TEST_SIGNALS (12).
"""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import forks
from autograd_nn.engine.program.run import crew
from autograd_nn.engine.program.target.cpu.library import library

FORKS = int(os.environ.get("AUTOGRAD_NN_TEST_FORKS", "12"))
SIGNALS = int(os.environ.get("AUTOGRAD_NN_TEST_SIGNALS", "12"))
WATCHDOG = 120
X = np.random.default_rng(1).normal(size=(512, 6))
Y = (X[:, :1] > 0).astype("float64")
forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def made(seed: int = 3, width: int = 8, drop: float = 0.1, **options: Any) -> nn.Sequential:
    ag.random.set_seed(seed)
    model = nn.Sequential(
        [nn.Input((6,), dtype="float64"), nn.Dense(width, activation="tanh", dtype="float64"),
         nn.Dropout(drop, dtype="float64"), nn.Dense(1, activation="sigmoid", dtype="float64")]
    )  # fmt: skip
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], **options)
    return model


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns a hundred times as often as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def together(work: Callable[[int], Any], n: int = 8) -> list[Any]:
    """What ``work(0)`` … ``work(n - 1)`` give, each in a thread; raises what one of them raises."""
    found: list[Any] = [None] * n
    errors: list[BaseException] = []

    def run(i: int) -> None:
        try:
            found[i] = work(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(WATCHDOG)
    assert not any(t.is_alive() for t in threads), "it hangs"
    if errors:
        raise errors[0]
    return found


# ---- threads -------------------------------------------------------------------------------------


def test_threads_that_share_a_generator_draw_different_numbers(hasty: None) -> None:
    g = ag.random.Generator(7)
    drawn = together(lambda i: [int(g.bits()) for _ in range(250)])
    everything = [v for own in drawn for v in own]
    assert len(set(everything)) == len(everything) == 2000
    told = ag.random.Generator(7)
    assert sorted(everything) == sorted(int(told.bits()) for _ in range(2000))
    children = together(lambda i: [g.spawn().state.array[1] for _ in range(50)])
    assert len({int(s) for own in children for s in own}) == 400


def test_programs_and_ops_that_share_a_generator(hasty: None) -> None:
    g = ag.random.Generator(9)
    functions = [ag.jit(lambda x, k=k: g.bits((3,)) + x * 0 + 0 * k) for k in range(2)]
    zero = ag.Tensor(np.zeros(3, np.uint64))
    for f in functions:
        f(zero)
        f.wait()

    def draw(i: int) -> list[tuple[int, ...]]:
        call = functions[i] if i < 2 else lambda _: g.bits((3,))
        return [tuple(call(zero).tolist()) for _ in range(200)]

    drawn = [d for own in together(draw, 4) for d in own]
    assert len(set(drawn)) == 800


@pytest.mark.parametrize("graph", [False, True])
def test_threads_add_gradients_to_one_leaf(graph: bool, hasty: None) -> None:
    w = ag.Tensor([1.0, 2.0], requires_grad=True)

    def work(i: int) -> None:
        for _ in range(100):
            (w * 1.0).sum().backward(create_graph=graph)

    together(work)
    assert w.grad is not None and w.grad.tolist() == [800.0, 800.0]


@pytest.mark.parametrize("native", [True, False])
def test_eight_threads_evaluate_and_predict_one_model(native: bool, hasty: None) -> None:
    model = made(deterministic=native, jit_compile="auto" if native else False)
    parts = [slice(32 * i, 32 * i + 96 + 8 * i) for i in range(8)]
    told = []
    for p in parts:
        model.evaluate(X[p], Y[p], verbose=0)  # the first call may be the one that is recorded
        told.append((model.evaluate(X[p], Y[p], verbose=0), model.predict(X[p], verbose=0)))

    def work(i: int) -> None:
        for _ in range(6):
            values = model.evaluate(X[parts[i]], Y[parts[i]], verbose=0)
            np.testing.assert_array_equal(values, told[i][0])
            outputs = model.predict(X[parts[i]], verbose=0)
            np.testing.assert_array_equal(outputs, told[i][1])

    together(work)


def test_calls_of_fit_follow_one_another(hasty: None) -> None:
    told = made(deterministic=True)
    told.fit(X, Y, epochs=8, shuffle=False, verbose=0)
    model = made(deterministic=True)
    values: list[Any] = []

    def work(i: int) -> None:
        if i == 8:  # and somebody looks on meanwhile
            values.append(model.evaluate(X, Y, verbose=0))
            return
        history = model.fit(X, Y, shuffle=False, verbose=0)
        assert len(history.history["loss"]) == 1

    together(work, 9)
    for a, b in zip(model.get_weights(), told.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.isfinite(values).all()


def test_evaluate_in_the_middle_of_an_epoch_leaves_its_metrics_alone() -> None:
    told = made(jit_compile=False).fit(X, Y, shuffle=False, verbose=0).history

    class Look(nn.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 5:
                self.model.evaluate(X[:40], Y[:40], verbose=0)

    found = made(jit_compile=False)
    history = found.fit(X, Y, shuffle=False, verbose=0, callbacks=[Look()]).history
    assert history == told


def test_threads_build_a_model_once(hasty: None) -> None:
    for _ in range(5):
        model = nn.Sequential([nn.Dense(4, activation="relu"), nn.Dense(2)])
        outputs = together(lambda i, model=model: model.predict(X[:8], verbose=0))
        assert len(model.weights) == 4
        for y in outputs:
            np.testing.assert_allclose(y, outputs[0], rtol=1e-6, atol=1e-7)


def test_names_and_changes_are_counted_once_each(hasty: None) -> None:
    from autograd_nn.nn.configurable import Changes
    from autograd_nn.nn.lookup import unique_name

    names = together(lambda i: [unique_name("shared") for _ in range(300)])
    assert len({n for own in names for n in own}) == 2400
    numbers = together(lambda i: [Changes.following() for _ in range(300)])
    assert len({n for own in numbers for n in own}) == 2400


def test_threads_record_one_function_at_once(hasty: None) -> None:
    for k in range(10):
        f = ag.jit(lambda x, k=k: ag.sum(ag.sinh(x) * k))
        x = ag.Tensor([0.5, 1.0])
        told = float(f.f(x))

        def work(i: int, f: Any = f, x: Any = x) -> list[float]:
            found = []
            for _ in range(10):
                found.append(float(f(x)))
                f.wait()
            return found

        for own in together(work, 4):
            np.testing.assert_allclose(own, told, rtol=1e-13)


# ---- forks ---------------------------------------------------------------------------------------


def in_child(work: Callable[[], bool]) -> int:
    """Forks; the child's process id, which ends with 0 where ``work`` gives True."""
    child = os.fork()
    if child == 0:  # pragma: no cover
        code = 1
        try:
            if hasattr(signal, "alarm"):
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.alarm(WATCHDOG)
            code = 0 if work() else 3
        finally:
            os._exit(code)
    return child


@forking
@pytest.mark.native  # of devices a forked child is told to use none
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_fork_at_any_moment(threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While threads predict, evaluate, train and record: parent and child go on, numbers right."""
    monkeypatch.setenv("AUTOGRAD_NN_THREADS", threads)
    width = 8 if threads == "1" else 160  # enough work for the crew
    model, other = made(width=width, deterministic=True), made(4, deterministic=True)
    told = model.predict(X, verbose=0), model.evaluate(X, Y, verbose=0)
    other.fit(X, Y, verbose=0)
    stop = threading.Event()

    def predict() -> None:
        while not stop.is_set():
            model.predict(X, verbose=0)

    def evaluate() -> None:
        while not stop.is_set():
            model.evaluate(X, Y, verbose=0)

    def train() -> None:
        while not stop.is_set():
            other.fit(X, Y, verbose=0)

    def record() -> None:
        g = ag.random.Generator(1)
        while not stop.is_set():
            f = ag.jit(lambda x: (x + g.unit(x.shape, "float64")).sum())
            f(ag.Tensor([1.0]))

    def right() -> bool:
        same = np.array_equal(model.predict(X, verbose=0), told[0])
        same = same and model.evaluate(X, Y, verbose=0) == told[1]
        other.fit(X, Y, verbose=0)
        f = ag.jit(lambda x: ag.sum(x * 2))
        same = same and float(f(ag.Tensor([1.0]))) == 2
        return same and bool(np.isfinite(other.get_weights()[0]).all())

    assert right()  # so that all is imported: a child of a thread's import would wait for ever
    running = [threading.Thread(target=t, daemon=True) for t in (predict, evaluate, train, record)]
    for t in running:
        t.start()
    chance = random.Random(int(threads))
    try:
        children = []
        for _ in range(max(1, FORKS // 2)):
            time.sleep(chance.random() * 0.01)
            children.append(in_child(right))
        ended = [os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in children]
        assert ended == [0] * len(children)
    finally:
        stop.set()
    for t in running:
        t.join(WATCHDOG)
    assert not any(t.is_alive() for t in running), "the parent hangs"
    assert right()


@forking
@pytest.mark.native
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_while_kernels_compile(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from autograd_nn.engine.program.target.cpu import library as library_module

    monkeypatch.setenv("AUTOGRAD_NN_COMPILE", "helper")
    monkeypatch.setenv("AUTOGRAD_NN_CACHE", str(tmp_path / "kernels"))
    monkeypatch.setattr(library_module, "_library", None)
    f = ag.jit(lambda x: ag.sum(ag.sinh(x) + ag.cosh(x)))
    x = ag.Tensor([0.5, 1.0])
    told = float(f(x))
    [helper] = library().compiler.helpers

    def work() -> bool:
        closed = helper.process.stdin.closed and not library().compiler.helpers
        f.wait()
        return closed and abs(float(f(x)) - told) < 1e-12

    _, status = os.waitpid(in_child(work), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    f.wait()
    assert abs(float(f(x)) - told) < 1e-12


@forking
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_lock_that_another_thread_holds_for_long_delays_a_fork_but_does_not_stop_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forks, "PATIENCE", 0.05)
    gate, held, over = forks.Gate(rank=1), threading.Event(), threading.Event()

    def hold() -> None:
        with gate.lock:
            held.set()
            over.wait(WATCHDOG)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    held.wait(WATCHDOG)
    try:
        _, status = os.waitpid(in_child(lambda: gate.lock.acquire(timeout=5)), 0)
    finally:
        over.set()
    assert os.waitstatus_to_exitcode(status) == 0


# ---- signals -------------------------------------------------------------------------------------


class Raised(BaseException):
    """What the handler raises."""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer here")
@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_raising_handler_finds_a_whole_native_step(
    threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights, moments, counters and metrics of a native fit belong to one step."""
    monkeypatch.setenv("AUTOGRAD_NN_THREADS", threads)

    def handler(*_: Any) -> None:
        raise Raised

    def states(model: nn.Sequential) -> list[np.ndarray]:
        return [np.array(t.array) for t in (*model.weights, *model.optimizer.variables)]

    width = 8 if threads == "1" else 160
    before = signal.signal(signal.SIGALRM, handler)
    chance = random.Random(2)
    model = made(width=width, drop=0.0, deterministic=True)
    model.fit(X[:64], Y[:64], batch_size=8, shuffle=False, verbose=0)
    try:
        for _ in range(max(1, SIGNALS // 2)):
            start = states(model)
            begun = int(model.optimizer.iterations)
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + chance.random() * 0.01)
                while True:
                    model.fit(X[:64], Y[:64], batch_size=8, shuffle=False, verbose=0)
            except Raised:
                pass
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            ended = states(model)
            for value, v in zip(start, (*model.weights, *model.optimizer.variables),
                                strict=True):  # fmt: skip
                v.assign(value)
            for k in range(int(np.array(ended[len(model.weights)])) - begun):
                at = (begun + k) % 8 * 8
                model.fit(X[at : at + 8], Y[at : at + 8], batch_size=8, shuffle=False, verbose=0)
            for a, b in zip(states(model), ended, strict=True):
                np.testing.assert_array_equal(a, b)
            while int(model.optimizer.iterations) % 8:
                at = int(model.optimizer.iterations) % 8 * 8
                model.fit(X[at : at + 8], Y[at : at + 8], batch_size=8, shuffle=False, verbose=0)
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.native
def test_a_program_that_python_takes_part_in_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where some kernels do not compile, a run has several stretches: an exception undoes it."""
    w = ag.Tensor([1.0, 2.0])

    def step(x: Any) -> Any:
        w.assign(w + x)
        return ag.sum(ag.sort(x) * w)

    f = ag.jit(step)
    x = ag.Tensor([1.0, 1.0])
    f(x)
    f.wait()
    program = f.program(x)
    walk = program.walk
    calls = []

    def fail(at: int) -> None:
        calls.append(at)
        raise Raised

    f(x)
    told = w.tolist()
    monkeypatch.setattr(walk, "calls", [*walk.calls, None])
    monkeypatch.setattr(walk, "segments", [*walk.segments, program.plan.steps[0]])
    monkeypatch.setattr(walk, "runs", [*walk.runs, None])
    monkeypatch.setattr(walk, "by_python", fail)
    with pytest.raises(Raised):
        f(x)
    assert calls and w.tolist() == told


def test_the_crew_after_an_exception_in_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is raised in while others work waits for them, and the crew goes on."""
    monkeypatch.setattr(crew, "size", lambda: 3)
    working = []

    def kernel(block: Any, tid: int, count: int) -> None:
        working.append(tid)
        time.sleep(0.01)
        working.remove(tid)
        if tid == 0 and block == "raise":
            raise Raised

    for k in range(20):
        with pytest.raises(Raised):
            crew.run(kernel, "raise")
        assert not working, k
        crew.run(kernel, "return")
        assert not working


def test_a_program_run_by_a_handler_while_the_crew_is_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "size", lambda: 2)
    order: list[Any] = []

    def inner(block: Any, tid: int, count: int) -> None:
        order.append(("inner", tid, count))

    def outer(block: Any, tid: int, count: int) -> None:
        if tid == 0:
            crew.run(inner, None)  # as a signal handler would

    crew.run(outer, None)
    assert order == [("inner", 0, 1)]
    crew.run(outer, None)


# ---- memory --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("native", [True, False])
def test_a_dropped_model_is_gone_without_the_collector(native: bool) -> None:
    options = {"deterministic": True} if native else {"jit_compile": False}
    model = made(**options)
    history = model.fit(X, Y, verbose=0, validation_split=0.2)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert history.model is model
    held = [weakref.ref(model), *map(weakref.ref, model.weights)]
    held += [weakref.ref(layer) for layer in model.layers]
    held += [weakref.ref(p) for s in model._steppers.values() for p in s.programs.values()]
    del model
    assert [r() for r in held] == [None] * len(held)
    assert history.model is None and len(history.history["loss"]) == 1


@pytest.mark.native
def test_a_dropped_function_takes_its_kernels_with_it() -> None:
    from autograd_nn.engine.program.target.cpu.library import RECENT

    gc.disable()
    try:
        f = ag.jit(lambda x: ag.sum(ag.arctan(x) * 17))
        f(ag.Tensor([1.0]))
        f.wait()
        kernels = [weakref.ref(k) for k in f.program(ag.Tensor([1.0])).kernels.values()]
        units = [weakref.ref(k()._unit) for k in kernels]
        assert kernels and len(library()._recent) <= RECENT
        library()._recent.clear()
        assert all(k() is not None for k in kernels)
        assert float(f(ag.Tensor([1.0]))) == pytest.approx(17 * np.pi / 4)
        del f
        alone = [k for k in kernels if k() is None]
        assert alone, "its loop belonged to it alone"
        assert any(u() is None for u in units)
    finally:
        gc.enable()
    f = ag.jit(lambda x: ag.sum(ag.arctan(x) * 17))
    f(ag.Tensor([1.0]))
    f.wait()
    assert float(f(ag.Tensor([1.0]))) == pytest.approx(17 * np.pi / 4)
