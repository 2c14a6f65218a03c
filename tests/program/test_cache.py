"""Damaged, raced and planted cache files: right numbers every time, nothing of theirs is run."""

from __future__ import annotations

import errno
import os
import pickle
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest

from autograd_nn.engine import ops
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.jit import jit
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.engine.program.target.cpu import cache as cache_module
from autograd_nn.engine.program.target.cpu import library as library_module
from autograd_nn.engine.program.target.cpu.cache import (
    DIGEST,
    KEY_FILE,
    MAGIC,
    Cache,
    default_path,
    key_of,
)
from autograd_nn.engine.program.target.cpu.compiler import Code, Source, compile_source
from autograd_nn.engine.program.target.cpu.library import Library
from autograd_nn.engine.tensor import Tensor

pytestmark = pytest.mark.native
X = np.array([0.25, -1.5, 2.0, 0.0])
TOLD = np.sin(X) * X + 3 * X


def program() -> NativeProgram:
    _, graph, _ = record(lambda x: ops.sin(x) * x + 3 * x, [Tensor(X)])
    return NativeProgram(graph)


def run_with(path: Path | None, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A program run by a new library over a cache directory, its numbers checked."""
    if path is None:
        monkeypatch.setenv("AUTOGRAD_NN_CACHE", "off")
    lib = Library(Cache(path))
    monkeypatch.setattr(library_module, "_library", lib)
    p = program()
    assert p.ready(wait=True) and not p.failed
    for _ in range(2):
        np.testing.assert_allclose(p.run([X])[0], TOLD, rtol=1e-15)
    return lib


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A source compiles once in this file: what is tested is what comes back from the disk."""
    monkeypatch.setattr("autograd_nn.engine.program.target.cpu.compiler.compile_source", _compiled)
    yield


KNOWN: dict[Source, Code] = {}


def _compiled(source: Source) -> Code:
    if source not in KNOWN:
        KNOWN[source] = compile_source(source)
    return KNOWN[source]


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with this program's kernels."""
    path = tmp_path / "kernels"
    lib = run_with(path, monkeypatch)
    assert lib.compiled == len(kernel_files(path)) == 2
    return path


def kernel_files(path: Path) -> list[Path]:
    return sorted(p for p in path.iterdir() if len(p.name) == 64)


def test_a_filled_cache_compiles_nothing(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_with(filled, monkeypatch).compiled == 0
    assert stat.S_IMODE(filled.stat().st_mode) == 0o700
    for file in filled.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0
    assert not [p for p in filled.iterdir() if p.name.startswith("new-")]


def test_truncated_files(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut at every boundary of the format, beside them, and at even places between: 50 trials."""
    file = kernel_files(filled)[0]
    whole = file.read_bytes()
    head = len(MAGIC) + DIGEST
    line = whole.index(b"\n", head)
    cuts = {0, 1, len(MAGIC) - 1, len(MAGIC), len(MAGIC) + 1, head - 1, head, head + 1, line - 1,
            line, line + 1, line + 2, len(whole) - 1}  # fmt: skip
    cuts |= {int(c) for c in np.linspace(2, len(whole) - 2, 37)}
    for cut in sorted(cuts):
        file.write_bytes(whole[:cut])
        file.chmod(0o600)
        assert run_with(filled, monkeypatch).compiled == 1, f"cut at {cut}"
        assert file.read_bytes()[: len(MAGIC)] == MAGIC


def test_flipped_bits(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bit changed anywhere: 70 trials."""
    file = kernel_files(filled)[1]
    whole = file.read_bytes()
    rng = np.random.default_rng(0)
    places = [*range(0, len(MAGIC) + DIGEST + 8, 6), *rng.integers(0, len(whole), 58)]
    for place in places[:70]:
        data = bytearray(whole)
        data[place] ^= 1 << int(rng.integers(8))
        file.write_bytes(bytes(data))
        assert run_with(filled, monkeypatch).compiled == 1, f"byte {place}"


class Marked:
    """A pickle that makes a file when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple:
        return (open, (str(self.marker), "w"))


def strange_contents(marker: Path, whole: bytes) -> dict[str, bytes]:
    bomb = pickle.dumps(Marked(marker))
    code = b"import pathlib; pathlib.Path(%r).touch()\n" % str(marker)
    shell = b"#!/bin/sh\ntouch %s\n" % str(marker).encode()
    found = {"pickle": bomb, "python": code, "shell": shell, "elf": b"\x7fELF" + bytes(200)}
    for name, body in list(found.items()):
        found[f"magic and {name}"] = MAGIC + body
        found[f"magic, digest and {name}"] = MAGIC + bytes(DIGEST) + body
        found[f"own seal and {name}"] = MAGIC + whole[len(MAGIC) : len(MAGIC) + DIGEST] + body
        found[f"file then {name}"] = whole + body
    found |= {
        "empty": b"", "zeros": bytes(5000), "noise": np.random.default_rng(0).bytes(5000),
        "huge": whole + bytes((1 << 24) + 10), "text": "ß".encode() * 400, "newline": b"\n",
        "magic alone": MAGIC, "magic twice": MAGIC + MAGIC,
        "json": MAGIC + bytes(32) + b'["f", []]\n',
    }  # fmt: skip
    return found


def test_planted_files(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Foreign contents under the right name, for both kernels: 58 trials; nothing of them runs."""
    marker = tmp_path / "touched"
    for file in kernel_files(filled):
        whole = file.read_bytes()
        for name, data in strange_contents(marker, whole).items():
            file.write_bytes(data)
            assert run_with(filled, monkeypatch).compiled == 1, name
            assert not marker.exists(), name
            file.write_bytes(whole)


def test_planted_names(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "touched"
    for name in ("x.nbi", "x.1.nbc", "sitecustomize.py", "__init__.py", "conftest.py", "new-abc",
                 "a.so", "json.py", "numba.py"):  # fmt: skip
        (filled / name).write_bytes(pickle.dumps(Marked(marker)))
        assert run_with(filled, monkeypatch).compiled == 0
        assert not marker.exists()


def test_another_kernels_file_under_this_name(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = kernel_files(filled)
    a, b = one.read_bytes(), two.read_bytes()
    one.write_bytes(b)
    two.write_bytes(a)
    assert run_with(filled, monkeypatch).compiled == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda k: k.write_bytes(b""),
        lambda k: k.write_bytes(bytes(DIGEST)),
        lambda k: k.write_bytes(os.urandom(DIGEST)),
        lambda k: k.write_bytes(k.read_bytes()[:-1]),
        lambda k: k.write_bytes(k.read_bytes() + b"x"),
        lambda k: k.unlink(),
        lambda k: (k.unlink(), k.mkdir()),
        lambda k: (k.unlink(), k.symlink_to("/dev/zero")),
        lambda k: (k.unlink(), k.symlink_to(k)),
        lambda k: k.chmod(0o666),
        lambda k: k.chmod(0o000),
    ],
    ids="empty zeros other short long gone directory zero-link loop writable unreadable".split(),
)  # fmt: skip
def test_the_key_file(
    spoil: Callable[[Path], Any], filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(filled / KEY_FILE)
    run_with(filled, monkeypatch)
    run_with(filled, monkeypatch)


def test_a_directory_others_may_write_is_not_used(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for right in (0o777, 0o770, 0o702):
        filled.chmod(right)
        lib = run_with(filled, monkeypatch)
        assert lib.compiled == 2, oct(right)
    filled.chmod(0o700)


def test_a_file_others_may_write_is_not_used(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in kernel_files(filled):
        file.chmod(0o666)
    assert run_with(filled, monkeypatch).compiled == 2


def test_somebody_elses_directory_is_not_used(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module.os, "getuid", lambda: os.geteuid() + 1)
    assert run_with(filled, monkeypatch).compiled == 2


def test_links(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "link"
    link.symlink_to(filled)
    assert run_with(link, monkeypatch).compiled == 2, "a linked directory is not ours alone"
    file = kernel_files(filled)[0]
    for target in ("/dev/zero", str(file), "/nonexistent/x", "/"):
        file.unlink()
        file.symlink_to(target)
        assert run_with(filled, monkeypatch).compiled == 1, target
    assert not file.is_symlink()


def test_a_pipe_in_place_of_a_file_does_not_block(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = kernel_files(filled)[0]
    file.unlink()
    os.mkfifo(file, 0o600)
    assert run_with(filled, monkeypatch).compiled == 1


@pytest.mark.parametrize("path", [None, "/proc/nothing/here", "/dev/null/x", "/nonexistent/a/b"])
def test_directories_that_cannot_be(path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if path == "/nonexistent/a/b":
        monkeypatch.setattr(Path, "mkdir", _refuse(errno.EACCES))
    assert run_with(None if path is None else Path(path), monkeypatch).compiled == 2


def _refuse(number: int) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize(
    "what", ["tempfile.mkstemp", "os.replace", "os.link", "os.fdopen", "os.open"]
)
def test_a_disk_that_refuses(
    what: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kernels"
    module, name = what.split(".")
    monkeypatch.setattr(getattr(cache_module, module), name, _refuse(number))
    lib = run_with(path, monkeypatch)
    monkeypatch.undo()
    assert lib.compiled == 2


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fills_while_a_file_is_written(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *error: Any) -> None:
            self.file.close()

        def write(self, data: bytes) -> int:
            self.file.write(data[: len(data) // 2])
            raise OSError(number, os.strerror(number))

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    path = tmp_path / "kernels"
    real = os.fdopen
    monkeypatch.setattr(cache_module.os, "fdopen", lambda d, m: Full(real(d, m)))
    assert run_with(path, monkeypatch).compiled == 2
    monkeypatch.setattr(cache_module.os, "fdopen", real)
    assert [p.name for p in path.iterdir() if p.name.startswith("new-")] == []
    assert run_with(path, monkeypatch).compiled == 2
    assert run_with(path, monkeypatch).compiled == 0


def test_a_directory_that_vanishes_meanwhile(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    lib = Library(Cache(filled))
    monkeypatch.setattr(library_module, "_library", lib)
    assert lib.cache.get("0" * 64) is None  # the directory is open now
    shutil.rmtree(filled)
    p = program()
    assert p.ready(wait=True)
    np.testing.assert_allclose(p.run([X])[0], TOLD, rtol=1e-15)


def test_another_processor_or_version_compiles_its_own(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = program().sources()[0]
    before = key_of(source)
    for other in ("another processor", "numba 99"):
        monkeypatch.setattr(cache_module, "fingerprint", lambda other=other: other)
        assert key_of(source) != before
        assert run_with(filled, monkeypatch).compiled == 2
    monkeypatch.undo()
    assert key_of(source) == before


def test_code_that_needs_a_symbol_which_is_not_here(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sealed rightly, by this user, but for another C library: compiled again, not linked."""
    cache = Cache(filled)
    for source in program().sources():
        key = key_of(source)
        code = cache.get(key)
        assert code is not None
        cache.put(key, Code(code.symbol, ("no_such_symbol_anywhere",), code.data))
    assert run_with(filled, monkeypatch).compiled == 2


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    for off in ("", "off", "0"):
        monkeypatch.setenv("AUTOGRAD_NN_CACHE", off)
        assert default_path() is None
    monkeypatch.setenv("AUTOGRAD_NN_CACHE", "/some/where")
    assert default_path() == Path("/some/where")
    monkeypatch.delenv("AUTOGRAD_NN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert default_path() == Path("/xdg/autograd_nn/kernels")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_path() == Path("/home/me/.cache/autograd_nn/kernels")


SCRIPT = """
import os, sys
import numpy as np
import autograd_nn as ag
x = np.linspace(-2, 2, 5)
for k in range(3):
    f = ag.jit(lambda x, k=k: ag.sum(ag.sin(x) ** 2 * k + ag.cosh(x)))
    for _ in range(2):
        got = float(f(ag.Tensor(x)))
        assert abs(got - (np.sin(x) ** 2 * k + np.cosh(x)).sum()) < 1e-12, got
        f.wait()
from autograd_nn.engine.program.target.cpu.library import library
print("right", library().compiled)
"""


def start(path: Any, **environment: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": str(root), "AUTOGRAD_NN_CACHE": str(path), **environment}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=env, cwd=root, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> int:
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0 and out.startswith("right"), error
    return int(out.split()[1])


def test_processes_that_start_together_on_an_empty_cache(tmp_path: Path) -> None:
    for turn in range(2):
        path = tmp_path / f"kernels{turn}"
        together = [start(path) for _ in range(4)]
        assert all([finish(p) > 0 for p in together])
        assert finish(start(path)) == 0
        assert not [p for p in path.iterdir() if p.name.startswith("new-")]


def test_without_a_home(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    kept = {k: v for k, v in os.environ.items() if k not in ("AUTOGRAD_NN_CACHE", "XDG_CACHE_HOME")}
    for home in ("", "/nonexistent", "/proc"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env={**kept, "PYTHONPATH": str(root), "HOME": home},
            cwd=tmp_path, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0 and done.stdout.startswith("right"), done.stderr
        assert not list(tmp_path.iterdir()), "nothing is written where the process happens to be"


def test_a_helper_process_that_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that its end leaves uncompiled is run op by op; the others are compiled again."""
    from autograd_nn.engine.program.target.cpu.asking import Compiler
    from autograd_nn.engine.program.target.cpu.compiler import CompileError

    monkeypatch.setenv("AUTOGRAD_NN_COMPILE", "helper")
    found: SimpleQueue[Any] = SimpleQueue()
    compiler = Compiler(Cache(None), lambda source, code: found.put((source, code)))
    sources = program().sources()
    compiler.ask(sources, urgent=False)
    compiler.helpers[0].process.kill()
    answers = dict(found.get(timeout=120) for _ in sources)
    assert set(answers) == set(sources)
    assert isinstance(answers[sources[0]], CompileError)
    assert all(isinstance(answers[s], Code) for s in sources[1:])


def test_kernels_that_cannot_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy then makes a loop's calls; without the runner the function itself is run."""

    def refuse(source: Source) -> Code:
        if source.name == broken:
            raise RuntimeError("no compiler here")
        return _compiled(source)

    monkeypatch.setattr("autograd_nn.engine.program.target.cpu.compiler.compile_source", refuse)
    monkeypatch.setenv("AUTOGRAD_NN_CACHE", "off")
    for broken in ("loop", "runner"):
        lib = Library(Cache(None))
        monkeypatch.setattr(library_module, "_library", lib)
        f = jit(lambda x: ops.sin(x) * x + 3 * x)
        for _ in range(3):
            np.testing.assert_allclose(f(Tensor(X)).array, TOLD, rtol=1e-15)
            f.wait()
        assert f.program(Tensor(X)).ready() == (broken == "loop")
