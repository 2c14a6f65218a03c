"""Helpers that compile: how many there are, what they leave, and that nobody hears of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.mode import Settings
from autograd_nn.engine.program.make import CPU
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.engine.program.target.cpu import library as library_module
from autograd_nn.engine.program.target.cpu import machine
from autograd_nn.engine.program.target.cpu.cache import LEFT, Cache, key_of
from autograd_nn.engine.program.target.cpu.compiler import Source
from autograd_nn.engine.program.target.cpu.library import library
from autograd_nn.engine.program.target.pace import LOST, WORTH, Pace

pytestmark = pytest.mark.native

ROOT = Path(__file__).parents[2]
WATCHDOG = 120

# A run that is over before its kernels could be there.
SHORT = """
import sys
import numpy as np, autograd_nn as ag
from autograd_nn.engine.program.target.cpu.library import library
{before}
f = ag.jit(lambda x: ag.sum(ag.sinh(x) * ag.cosh(x)))
x = ag.Tensor(np.arange(3.0))
f(x)
native = f.program(x).ready()
helpers = library().compiler.helpers
print("native" if native else "asked", *[h.process.pid for h in helpers], flush=True)
{after}
"""


def short(
    path: Any, before: str = "", after: str = "", **options: Any
) -> subprocess.CompletedProcess[str]:
    more = options.pop("env", {})
    env = {**os.environ, "PYTHONPATH": str(ROOT), "AUTOGRAD_NN_CACHE": str(path), **more}
    env["AUTOGRAD_NN_COMPILE"] = "helper"
    code = SHORT.format(before=before, after=after)
    return subprocess.run(
        [sys.executable, "-c", code], env=env, text=True, timeout=WATCHDOG,
        **{"capture_output": True, **options},
    )  # fmt: skip


def until(true: Callable[[], Any], seconds: float = WATCHDOG) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def running(pid: int) -> bool:
    """Whether a process is there, and more than an entry that nobody has collected."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kernels_in(path: Path) -> list[str]:
    return [p.name for p in path.iterdir() if len(p.name) == 64] if path.exists() else []


def strays(path: Path) -> list[str]:
    there = path.iterdir() if path.exists() else ()
    return [p.name for p in there if p.name.startswith(("new-", LEFT))]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, and helpers that fill it."""
    monkeypatch.setenv("AUTOGRAD_NN_COMPILE", "helper")
    monkeypatch.setenv("AUTOGRAD_NN_CACHE", str(tmp_path / "kernels"))
    monkeypatch.setattr(library_module, "_library", None)
    monkeypatch.setattr(Settings, "deterministic", False)  # which waits, as a seed before may ask
    return tmp_path / "kernels"


def test_many_functions_share_a_helper(fresh: Path) -> None:
    functions = [ag.jit(lambda x, k=k: ag.sum(ag.exp(x) * (k + 2.5) - x)) for k in range(24)]
    x, seen = ag.Tensor(np.arange(4.0)), 0
    told = [float(f(x)) for f in functions]
    for _ in range(10):
        seen = max(seen, len(library().compiler.helpers))
        time.sleep(0.01)
    assert seen == 1
    for f in functions[:3]:
        f.wait()
        assert len(library().compiler.helpers) <= machine.cores()
    np.testing.assert_allclose([float(f(x)) for f in functions], told, rtol=1e-13)


def test_processes_share_the_cores(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where as many helpers compile for a cache as there are cores, a run waits for theirs."""
    cache = Cache(fresh)
    assert cache.secret() is not None
    held = [cache.lock(f"helper-{k}") for k in range(machine.cores())]
    f = ag.jit(lambda x: ag.sum(ag.arcsinh(x) * 3))
    x = ag.Tensor([0.5])
    told = float(f(x))
    assert not library().compiler.helpers
    assert until(lambda: len([p for p in fresh.iterdir() if p.name.startswith(LEFT)]) == 2)
    for descriptor in held:
        os.close(descriptor)
    assert until(lambda: library().compiler.helpers)
    f.wait()
    assert float(f(x)) == pytest.approx(told, rel=1e-14)
    assert until(lambda: not strays(fresh))


def test_what_a_short_run_asked_for_is_there_for_the_next(tmp_path: Path) -> None:
    path = tmp_path / "kernels"
    first = short(path)
    assert first.returncode == 0 and first.stderr == ""
    word, *pids = first.stdout.split()
    assert word == "asked" and len(pids) == 1
    assert until(lambda: len(kernels_in(path)) == 2)
    assert until(lambda: not running(int(pids[0])), 60), "the helper stays"
    assert not strays(path)
    again = short(path)
    assert again.stdout.split() == ["native"] and again.stderr == ""


@pytest.mark.parametrize("off", [{"AUTOGRAD_NN_LINGER": "0"}, {"AUTOGRAD_NN_CACHE": "off"}])
def test_helpers_that_are_not_to_outlive_their_run(off: dict[str, str], tmp_path: Path) -> None:
    done = short(tmp_path / "kernels", env=off)
    _, *pids = done.stdout.split()
    assert until(lambda: not running(int(pids[0])), 30)
    assert done.stderr == "" and not strays(tmp_path / "kernels")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_a_run_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "kernels"
    end = "import os, signal, time; time.sleep(0.3); os.kill(os.getpid(), signal.SIGKILL)"
    done = short(path, after=end)
    _, *pids = done.stdout.split()
    assert done.stderr == "" and until(lambda: len(kernels_in(path)) == 2)
    assert until(lambda: not running(int(pids[0])), 60) and not strays(path)


@pytest.mark.parametrize(
    "program", ["'/nonexistent/python'", "'/bin/cat'", "'/bin/false'", "'/bin/echo'", "None", "''"]
)
def test_an_interpreter_that_is_none(program: str, tmp_path: Path) -> None:
    """Kernels are then compiled in this process, and nothing is said about it."""
    done = short(
        tmp_path / "kernels", before=f"sys.executable = {program}",
        after="f.wait(); print(float(f(x)))",
    )  # fmt: skip
    told = float(np.sum(np.sinh(np.arange(3.0)) * np.cosh(np.arange(3.0))))
    assert done.returncode == 0 and done.stderr == ""
    assert float(done.stdout.split()[-1]) == pytest.approx(told, rel=1e-13)


def test_a_directory_that_is_gone_and_output_that_nobody_reads(tmp_path: Path) -> None:
    code = SHORT.format(before="import os; os.dup2(os.open(os.devnull, os.O_RDWR), 9)", after="")
    code = code.replace("print(", "str((").replace(", flush=True)", "))")  # what is heard is ours
    env = {**os.environ, "PYTHONPATH": str(ROOT), "AUTOGRAD_NN_COMPILE": "helper", "CODE": code}
    env["AUTOGRAD_NN_CACHE"] = str(tmp_path / "kernels")
    here = tmp_path / "here"
    here.mkdir()
    plain = f'cd {here} && rmdir {here} && {sys.executable} -c "import numpy"; mkdir {here}'
    if subprocess.run(["sh", "-c", plain], capture_output=True, timeout=WATCHDOG).stderr:
        pytest.skip("NumPy itself does not start in a directory that is gone")
    run = f'{sys.executable} -W error -c "$CODE"'
    done = subprocess.run(
        ["sh", "-c", f"cd {here} && rmdir {here} && {run} | head -c 1; exec 1>&-; {run}"],
        env=env, capture_output=True, text=True, timeout=WATCHDOG,
    )  # fmt: skip
    assert done.stderr == "" and done.returncode == 0


def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    done = short(
        tmp_path / "kernels", after="f.wait(); print(float(f(x)))",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16)),
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == ""
    assert len(done.stdout.split()) >= 3
    assert not kernels_in(tmp_path / "kernels") and not strays(tmp_path / "kernels")


def test_sources_that_were_left(tmp_path: Path) -> None:
    """Each is taken once, and only if this user sealed it."""
    cache = Cache(tmp_path / "kernels")
    sources = [Source("loop", f"text {k}") for k in range(3)]
    for s in sources:
        cache.leave(s)
        cache.leave(s)
    planted = tmp_path / "kernels" / (LEFT + "0" * 64)
    planted.write_bytes(b"import os")
    file = tmp_path / "kernels" / (LEFT + key_of(sources[0]))
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    file.chmod(0o600)
    assert sorted(s.text for s in cache.left()) == ["text 1", "text 2"]
    assert not strays(tmp_path / "kernels") and list(cache.left()) == []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("autograd_nn.engine.program.target.pace.time.perf_counter", lambda: now[0])
    return now


def test_calls_that_are_slowed_have_helpers_rest(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    rests: list[tuple[float, float]] = []

    def pause(seconds: float) -> bool:
        rests.append((clock[0], seconds))
        return True

    monkeypatch.setattr(CPU, "rest", pause)
    pace = Pace(CPU)
    resting, lost = 0.0, 0.0
    while clock[0] < 5:
        took = 0.01 if clock[0] < resting or not pace.known else 0.1  # ten times as long
        clock[0] += took
        lost += took - 0.01
        pace.call(took)
        if rests:
            resting = max(resting, sum(rests[-1]))
    assert rests and lost / clock[0] < 1.5 * LOST
    undisturbed = Pace(CPU)
    rests.clear()
    for _ in range(100):
        undisturbed.call(0.01)
    assert not rests


class Lacking:
    """A program that takes some seconds to compile: what is asked of it, and how."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.asked, self.waited = seconds, False, False

    def lacks(self) -> float:
        return 0.0 if self.waited else self.seconds

    def ready(self, wait: bool = False, ask: bool = True) -> bool:
        self.asked, self.waited = self.asked or ask, self.waited or wait
        return self.waited


@pytest.mark.parametrize("known", [True, False])
def test_many_calls_wait_for_their_kernels(known: bool) -> None:
    """Those that are known to come do so at once, others when as many have come; few never do."""
    lacking: Any = Lacking(10.0)
    worth = int(WORTH * 100) + 1  # calls of a tenth of a second each
    pace, calls = Pace(CPU), 0
    while not pace.ready(lacking, worth - calls + 3 if known else 0):
        assert lacking.asked == pace.known
        pace.call(0.1)
        calls += 1
    assert calls == (3 if known else worth)
    few: Any = Lacking(10.0)
    pace = Pace(CPU)
    for left in range(worth - 2, 0, -1):
        assert not pace.ready(few, left)
        pace.call(0.1)
    assert few.asked and not few.waited
    compiled: Any = Lacking(0.0)
    assert not pace.ready(compiled, 1000) and not compiled.waited


def test_the_last_of_a_fit_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """`fit` knows how many batches are to come: of all its epochs, fewer and fewer."""
    monkeypatch.setattr(Settings, "deterministic", False)
    told: list[int] = []
    ready = Pace.ready

    def noted(self: Pace, program: Any, left: int = 0) -> bool:
        told.append(left)
        return ready(self, program, left)

    x = np.ones((12, 2), "float32")
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    never = patch.object(NativeProgram, "ready", lambda self, wait=False, ask=True: False)
    with patch.object(Pace, "ready", noted), never:
        model.fit(x, x[:, :1], batch_size=4, epochs=3, verbose=0)
        assert told == list(range(8, 0, -1))  # the first is recorded
        told.clear()
        for _ in range(3):
            model.train_on_batch(x[:4], x[:4, :1])
        assert told == [1, 1, 1]
