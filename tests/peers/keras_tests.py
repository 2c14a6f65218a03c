"""Keras's own unit tests, run on this package: which of them pass.

    python -m tests.peers.keras_tests CHECKOUT [PATH ...] [-- PYTEST OPTIONS]

CHECKOUT is a checkout of keras-team/keras, PATH a folder or test file below its keras/src (all
that concerns this package by default). A test file runs as it is; what it imports of ``keras`` is
answered by this package's names (keras_answers.py). A name that does not exist here is absent, and
a test fails when it uses one. Prints a table by folder, then every failure with its last line:

passed       as it stands
other words  the error that Keras raises is raised, its text is not Keras's
framework    the test compares with JAX, TensorFlow or PyTorch themselves, and that is not installed
private      the test calls a function or class that Keras keeps to itself: that is not looked for
failed       all else, what is absent among it

The last two rows count cases, and the test functions of which every case that ran has passed.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import re
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import chdir, redirect_stdout
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograd_nn import nn
from autograd_nn.nn.module import held
from tests.peers.keras_answers import NAMESPACES, NOTHING, Absent, lookup

FOLDERS = ("activations", "callbacks", "constraints", "dtype_policies", "initializers", "layers",
           "losses", "metrics", "models", "ops", "optimizers", "random", "regularizers", "saving",
           "trainers", "tree", "utils")  # fmt: skip
CHECKOUT = Path()
TOOLS = ("keras.src.testing", "keras.src.backend.common.backend_utils")  # the tests' own
FOREIGN = ("jax", "tensorflow", "torch", "grain", "orbax")  # what Keras's tests compare with
SECONDS = 20  # of computing that one test may take, and ten times as long in all
_ENDS = ("", "_", *"0123456789")  # behind a function's name, in that of its case
OTHER_WORDS = re.compile(r"AssertionError: \".*\" does not match \"")
COLUMNS = ("passed", "other words", "framework", "private", "failed", "skipped", "not collected")


@cache
def kept_private(file: Path, name: str) -> bool:
    """Whether a file of Keras's defines a name, and exports it nowhere."""
    if not file.exists():
        return False
    source = file.read_text()
    defined = re.search(rf"^(?:class|def) {re.escape(name)}\b|^{re.escape(name)} = ", source, re.M)
    between = r"(?:(?!^(?:class|def) )[\s\S])*?"  # one decorator is of one definition
    own = rf"^@keras_export\({between}^(?:class|def) {re.escape(name)}\b"
    exported = re.search(own, source, re.M)
    return defined is not None and exported is None


class StandIn(ModuleType):
    """A module of Keras's: its names are looked for in this package."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        path = self.__name__.removeprefix("keras").removeprefix(".src").removeprefix(".")
        if path == "backend" and name == "random":
            return nn.random
        folder = CHECKOUT / "keras" / "src" / path.replace(".", "/")
        if path == "" and name == "config":
            return importlib.import_module("keras.config")
        if (folder / name).is_dir() or (folder / f"{name}.py").exists():
            own = next((p for p in path.split(".") if p in NAMESPACES), None)
            function = getattr(getattr(nn, own or "", None), name, NOTHING)
            module = importlib.import_module(f"{self.__name__}.{name}")
            if function is not NOTHING and not isinstance(function, ModuleType | type):
                module.__dict__["function"] = function
            return module
        found = lookup(path, name)
        if found is NOTHING:
            mark = " (private)" if kept_private(folder.with_suffix(".py"), name) else ""
            return Absent(f"{self.__name__}.{name}{mark}")
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function of the same name, which Keras puts in its module's place."""
        return self.__dict__["function"](*args, **kwargs)


class Foreign(ModuleType):
    """A framework that is not installed: everything in it is absent."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}")


class Marks(ModuleType):
    """Keras's conftest: its marks skip other backends' tests, and leave all to this one."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: lambda test: test


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers imports of keras: tests and their tools from the checkout, the rest stands in."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        top = name.partition(".")[0]
        if top in FOREIGN:
            if importlib.machinery.PathFinder.find_spec(top) is not None:
                return None
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        if top == "conftest" and path is None:
            return importlib.machinery.ModuleSpec(name, self)
        if top != "keras":
            return None
        file = CHECKOUT / name.replace(".", "/")
        if name.startswith(TOOLS) or name.endswith("_test"):
            source = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
            places = [str(file)] if file.is_dir() else None
            return importlib.util.spec_from_file_location(
                name, source, submodule_search_locations=places
            )
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> ModuleType:
        if spec.name == "conftest":
            return Marks(spec.name)
        return StandIn(spec.name) if spec.name.startswith("keras") else Foreign(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__path__ = []  # type: ignore[attr-defined]


class Late(Exception):
    """A test has taken too long."""


class Tally:
    """Counts outcomes a folder, keeps each failure's first line, and ends tests that hang."""

    def __init__(self, root: Path) -> None:
        self.root = root  # the folder that test files were copied from
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.functions: dict[str, Counter[str]] = defaultdict(Counter)
        self.failures: list[tuple[str, str]] = []

    def _folder(self, nodeid: str) -> str:
        return nodeid.rpartition("/")[2].partition(".py")[0].rpartition("__")[0].replace("__", "/")

    def _function(self, nodeid: str) -> str:
        """The function that a case is of, as far as names tell: absl's end with their case."""
        file, _, test = nodeid.partition("::")
        kind, _, name = test.rpartition("::")
        path = file.rpartition("/")[2].replace("__", "/")
        known = functions_of(self.root / path)
        own = [f for f in known if name.startswith(f) and name[len(f) : len(f) + 1] in _ENDS]
        return f"{file}::{kind}::{max(own, key=len, default=name)}"

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: Any) -> Iterator[None]:
        def late(*_: Any) -> None:
            raise Late(f"longer than {SECONDS} s")

        for sign in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(sign, late)
        signal.alarm(10 * SECONDS)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        yield
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Iterator[None]:
        outcome: Any = yield
        told = call.excinfo.exconly(tryshort=True) if call.excinfo else ""
        outcome.get_result().told = f"E   {told}".splitlines()[0]

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
            outcome, line = report.outcome, ""
            if report.failed:
                line = report.told
                outcome = self._kind(line)
                self.failures.append((f"{outcome}: {report.nodeid}", line))
            self.counts[self._folder(report.nodeid)][outcome] += 1
            self.functions[self._function(report.nodeid)][outcome] += 1
            if os.environ.get("KERAS_TESTS_LOG"):
                with open(os.environ["KERAS_TESTS_LOG"], "a") as file:
                    print(outcome, report.nodeid, f"{report.duration:.1f}", line[:300], file=file)

    def _kind(self, line: str) -> str:
        if OTHER_WORDS.search(line):
            return "other words"
        absent = line.partition("NotImplementedError: ")[2]
        if "(private)" in absent:
            return "private"
        foreign = absent.removeprefix("keras.src.utils.module_utils.").startswith(FOREIGN)
        return "framework" if foreign else "failed"

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.counts[self._folder(report.nodeid)]["not collected"] += 1
            self.failures.append((report.nodeid, str(report.longrepr).splitlines()[-1]))

    def show(self, folders: Sequence[str] | None = None) -> None:
        """A row for each of these folders, at once; without folders, for all together."""
        for folder in ["all"] if folders is None else folders:
            one = [self.counts[folder]] if folders is not None else self.counts.values()
            counts = sum(one, Counter())
            print(f"{folder:28}", *[f"{counts[c]:13}" for c in COLUMNS], flush=True)

    def show_functions(self) -> None:
        """A row of test functions, each under the worst outcome of its cases."""
        worst = ("not collected", "failed", "other words", "private", "framework", "passed",
                 "skipped")  # fmt: skip
        found = Counter(next(w for w in worst if counts[w]) for counts in self.functions.values())
        print(f"{'functions':28}", *[f"{found[c]:13}" for c in COLUMNS], flush=True)


@cache
def functions_of(file: Path) -> frozenset[str]:
    """The test functions that a file defines, whose copy may have a name ending in _test."""
    if not file.exists():
        file = file.with_name(file.name.replace("_test.py", ".py"))
    return frozenset(re.findall(r"^\s*def (test\w*)", file.read_text(), re.M))


def lend() -> None:
    """Gives layers the two private names by which Keras's tests count seed generators."""
    layer: Any = nn.Layer
    layer._flatten_layers = lambda self, include_self=True, recursive=True: self._flattened()
    layer._seed_generators = property(lambda self: list(held(self, nn.random.SeedGenerator)))


def run(source: Path, path: str, options: Sequence[str], tally: Tally) -> None:
    """The tests of a folder or a file below keras/src, copied to where pytest finds no conftest."""
    root = source / path
    with tempfile.TemporaryDirectory() as place:
        for file in [root] if root.suffix else sorted(root.rglob("*_test.py")):
            parts = file.relative_to(source).parts
            (Path(place) / "__".join(parts)).write_text(file.read_text())
        # Any other form of traceback parses a whole file of tests for each of its frames.
        quiet = ["-q", "--no-header", "--tb=native", "-p", "no:cacheprovider", "-r", "N",
                 "--show-capture=no", "-o", "python_files=*_test.py", "-W", "ignore", "-c",
                 os.devnull, "--rootdir", place, "--continue-on-collection-errors"]  # fmt: skip
        with redirect_stdout(io.StringIO()), chdir(place):  # some write where they run
            pytest.main([*quiet, *options, place], plugins=[tally])


def main(arguments: Sequence[str]) -> int:
    global CHECKOUT
    given = list(arguments)
    options = given[given.index("--") + 1 :] if "--" in given else []
    given = given[: given.index("--")] if "--" in given else given
    CHECKOUT = Path(given[0]).resolve()
    wanted = given[1:] or [f for f in FOLDERS if (CHECKOUT / "keras" / "src" / f).exists()]
    sys.meta_path.insert(0, Finder())
    lend()
    tally = Tally(CHECKOUT / "keras" / "src")
    print(f"{'':28}", *[f"{c:>13}" for c in COLUMNS], flush=True)
    for path in wanted:
        before = {folder: counts.copy() for folder, counts in tally.counts.items()}
        run(CHECKOUT / "keras" / "src", path, options, tally)
        tally.show(sorted(f for f, counts in tally.counts.items() if counts != before.get(f)))
    tally.show()
    tally.show_functions()
    for name, line in tally.failures:
        print(name, "::", line[:200])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
