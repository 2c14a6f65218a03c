"""Threads, forks, new processes, switched-off native code, and the same bits from the same seed."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
import warnings
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.program.target.cpu.compiler import Code, Source, compile_source
from autograd_nn.nn.utils import set_random_seed
from tests.program.test_fit_parity import Settle, model_of, rows

WATCHDOG = 120  # seconds after which a process that hangs is ended, and the test has failed


def train(seed: int, optimizer: str = "adam", epochs: int = 6) -> list[np.ndarray]:
    """A model trained natively from a seed: its weights and its predictions."""
    x, y = rows("binary")
    set_random_seed(seed)
    inner = [
        lambda: nn.Dense(8, activation="relu", dtype="float64"),
        lambda: nn.Dropout(0.2, dtype="float64"),
    ]
    model = model_of(*inner, loss="binary_crossentropy", last="sigmoid", optimizer=optimizer)()
    model.fit(x, y, batch_size=16, epochs=1, verbose=0, callbacks=[Settle()])
    model.fit(x, y, batch_size=16, epochs=epochs, verbose=0)
    return [*model.get_weights(), model.predict(x, verbose=0)]


def assert_same(a: list[np.ndarray], b: list[np.ndarray]) -> None:
    for p, q in zip(a, b, strict=True):
        np.testing.assert_array_equal(p, q)


def test_the_same_seed_gives_the_same_bits() -> None:
    train(3)  # until its kernels are there a first run is partly eager: other last places
    assert_same(train(3), train(3))
    assert not np.array_equal(train(3)[0], train(4)[0])


def test_two_threads_train_two_models_at_once() -> None:
    train(1)
    told = {seed: train(seed) for seed in (1, 2)}
    for _ in range(3):
        found: dict[int, list[np.ndarray]] = {}
        errors: list[BaseException] = []

        def run(seed: int, found: Any = found, errors: Any = errors) -> None:
            try:
                found[seed] = train(seed)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(s,)) for s in (1, 2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(WATCHDOG)
        assert not errors and not any(t.is_alive() for t in threads)
        for seed in (1, 2):
            assert_same(found[seed], told[seed])


def test_threads_that_call_one_function() -> None:
    f = ag.jit(lambda x: ag.sum(ag.tanh(x @ x) * x, axis=0))
    inputs = [np.random.default_rng(i).normal(size=(5, 5)) for i in range(8)]
    told = [np.array(f.f(ag.Tensor(x)).array) for x in inputs]
    f(ag.Tensor(inputs[0]))
    f.wait()
    wrong: list[int] = []

    def run(i: int) -> None:
        x = ag.Tensor(inputs[i])
        for _ in range(300):
            if not np.allclose(f(x).array, told[i], rtol=1e-13):
                wrong.append(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(WATCHDOG)
    assert not wrong and not any(t.is_alive() for t in threads)


def test_one_thread_records_while_another_replays() -> None:
    stop = threading.Event()
    wrong: list[Any] = []
    f = ag.jit(lambda x: ag.sum(ag.sin(x) * 2))
    x = ag.Tensor(np.arange(4.0))
    told = float(f(x))
    f.wait()

    def replay() -> None:
        while not stop.is_set():
            if abs(float(f(x)) - told) > 1e-12:
                wrong.append(float(f(x)))

    thread = threading.Thread(target=replay)
    thread.start()
    try:
        for k in range(40):
            g = ag.jit(lambda x, k=k: ag.sum(ag.cos(x) * k))
            for _ in range(2):
                assert abs(float(g(x)) - np.cos(np.arange(4.0)).sum() * k) < 1e-12
                g.wait()
    finally:
        stop.set()
        thread.join(WATCHDOG)
    assert not wrong


@pytest.mark.native  # a forked process has no devices
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_forked_after_training_trains_on() -> None:
    train(9)
    told, before = train(9), train(8)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        code = 1
        try:
            threading.Timer(WATCHDOG, os._exit, (7,)).start()
            os.close(read)
            assert_same(train(9), told)
            assert_same(train(8), before)
            f = ag.jit(lambda x: ag.sum(ag.arctan(x) * 3))  # a kernel that is new to it
            for _ in range(2):
                assert abs(float(f(ag.Tensor([1.0]))) - 3 * np.arctan(1.0)) < 1e-12
                f.wait()
            os.write(write, b"right")
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    assert answer == b"right" and os.waitstatus_to_exitcode(status) == 0
    assert_same(train(9), told)


def _spawned(queue: Any) -> None:
    queue.put([np.asarray(a) for a in train(9, epochs=2)])


def test_a_spawned_process_gives_the_same_bits() -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_spawned, args=(queue,))
    process.start()
    try:
        found = queue.get(timeout=WATCHDOG)
        process.join(WATCHDOG)
        assert process.exitcode == 0
        assert_same(found, train(9, epochs=2))
    finally:
        process.kill()
        queue.close()


def run_script(text: str, **environment: str) -> str:
    """The standard output of a Python script in a new process; fails where it does."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)],
        env={**os.environ, "PYTHONPATH": str(root), **environment},
        capture_output=True, text=True, timeout=WATCHDOG, cwd=root,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


SCRIPT = """
import numpy as np
from autograd_nn import nn
from autograd_nn.engine.program.target.cpu.compiler import Code, Source, compile_source
from tests.program.test_threads import rows, model_of, set_random_seed
x, y = rows("binary")
set_random_seed(1)
model = model_of(loss="binary_crossentropy", last="sigmoid")()
model.fit(x, y, batch_size=16, epochs=8, verbose=0)
print(*(v.hex() for w in model.get_weights() for v in w.ravel().tolist()))
"""


def numbers(text: str) -> np.ndarray:
    return np.array([float.fromhex(v) for v in text.split()])


def test_without_native_code_the_numbers_are_the_same() -> None:
    native = numbers(run_script(SCRIPT))
    for environment in ({"AUTOGRAD_NN_JIT": "0"}, {"AUTOGRAD_NN_CACHE": "off"}):
        other = numbers(run_script(SCRIPT, **environment))
        np.testing.assert_allclose(other, native, rtol=1e-11)


def test_a_process_may_end_while_kernels_compile() -> None:
    text = run_script(
        """
        import numpy as np, autograd_nn as ag
        fs = [ag.jit(lambda x, k=k: ag.sum(ag.sin(x[k:]) * ag.cosh(x[k:]))) for k in range(3)]
        print(sum(float(f(ag.Tensor(np.arange(9.0)))) for f in fs) != 0)
        """,
        AUTOGRAD_NN_CACHE="off",
    )
    assert text.split() == ["True"]


def test_a_model_that_is_gone_gives_its_memory_back() -> None:
    x, y = rows()
    gc.collect()
    model = model_of()()
    model.fit(x, y, batch_size=16, epochs=2, verbose=0, callbacks=[Settle()])
    model.fit(x, y, batch_size=16, epochs=2, verbose=0)
    programs = [weakref.ref(p) for s in model._steppers.values() for p in s.programs.values()]
    weights = [weakref.ref(w) for w in model.weights]
    assert programs and all(p() is not None for p in programs)
    del model
    gc.collect()
    assert not [p for p in programs if p() is not None]
    assert not [w for w in weights if w() is not None]


def test_compiling_in_a_thread_leaves_warnings_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba gathers warnings by filters that all threads share, for every line it looks at."""
    began, used = threading.Event(), list[str]()
    real = warnings.catch_warnings

    class Seen(real):  # type: ignore[valid-type, misc]
        def __enter__(self) -> Any:
            used.append(threading.current_thread().name)
            return super().__enter__()

    monkeypatch.setattr(warnings, "catch_warnings", Seen)
    text = "def plus(table, n, m):\n    t = carray(table, 2)\n    t[0] = t[0] + n + m\n"

    def work() -> None:
        began.set()
        assert isinstance(compile_source(Source("plus", text)), Code)

    thread = threading.Thread(target=work, name="compiles")
    thread.start()
    began.wait()
    thread.join()
    assert "compiles" not in used
