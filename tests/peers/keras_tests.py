"""Keras's own unit tests, run on this package: which of them pass.

    python tests/peers/keras_tests.py CHECKOUT [PATH ...] [-- PYTEST OPTIONS]

CHECKOUT is a checkout of keras-team/keras, PATH a folder or test file below its keras/src (all
that concerns this package by default). A test file runs as it is; what it imports of ``keras`` is
answered by this package's names. A name that does not exist here is absent, and a test fails when
it uses one. Prints how many of each folder's tests pass, then every failure with its last line.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn.layers.attention import flash
from autograd_nn.nn.lookup import clear_names, snake_case
from autograd_nn.nn.masks import give_mask, mask_of
from autograd_nn.nn.module import held
from autograd_nn.nn.symbols import Symbol

FOLDERS = ("activations", "callbacks", "constraints", "dtype_policies", "initializers", "layers",
           "losses", "metrics", "models", "optimizers", "regularizers", "saving",
           "trainers", "tree", "utils")  # fmt: skip
CHECKOUT = Path()
NOTHING = object()
TOOLS = ("keras.src.testing", "keras.src.backend.common.backend_utils")  # the tests' own
FOREIGN = ("jax", "tensorflow", "torch", "grain", "orbax")  # what Keras's tests compare with


class Absent:
    """A name of Keras's that does not exist here; whoever uses it fails."""

    def __init__(self, name: str) -> None:
        self.__name__ = self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and callable(args[0]):  # perhaps a decorator
            return args[0]
        raise NotImplementedError(f"{self.name} does not exist here")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.name}.{name}")

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return (object,)


def convert_to_numpy(x: Any) -> np.ndarray:
    return np.array(x)


def is_tensor(x: Any) -> bool:
    return isinstance(x, ag.Tensor)


def standardize_dtype(dtype: Any) -> str:
    if dtype is None:
        return "float32"
    if isinstance(dtype, type) and dtype in (bool, int, float):
        return {bool: "bool", int: "int32", float: "float32"}[dtype]
    return getattr(dtype, "name", None) or np.dtype(dtype).name


def is_float_dtype(dtype: Any) -> bool:
    return "float" in standardize_dtype(dtype)


def is_int_dtype(dtype: Any) -> bool:
    return "int" in standardize_dtype(dtype)


class _OfSymbols(type):
    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Symbol)


class KerasTensor(metaclass=_OfSymbols):
    """Keras's symbol: made from a shape and a dtype alone."""

    def __new__(cls, shape: Any, dtype: Any = "float32", sparse: Any = None, ragged: Any = None,
                name: str | None = None, **rest: Any) -> Any:  # fmt: skip
        return nn.Input(batch_shape=tuple(shape), dtype=standardize_dtype(dtype), name=name)


def in_backend() -> dict[str, Any]:
    """What tests ask Keras's backend for."""
    found: dict[str, Any] = {
        "backend": lambda: "autograd_nn",
        "convert_to_numpy": convert_to_numpy,
        "convert_to_tensor": lambda x, dtype=None, sparse=None: ag.ops.astype(x, dtype=dtype)
        if isinstance(x, ag.Tensor) and dtype
        else ag.Tensor(np.asarray(x, dtype)),
        "is_tensor": is_tensor,
        "standardize_dtype": standardize_dtype,
        "is_float_dtype": is_float_dtype,
        "is_int_dtype": is_int_dtype,
        "shape": lambda x: tuple(x.shape),
        "floatx": lambda: "float32",
        "image_data_format": lambda: "channels_last",
        "epsilon": lambda: 1e-7,
        "get_keras_mask": mask_of,
        "set_keras_mask": give_mask,
        "SUPPORTS_SPARSE_TENSORS": False,
        "SUPPORTS_RAGGED_TENSORS": False,
        "SUPPORTS_COMPLEX_DTYPES": True,
        "IS_THREAD_SAFE": True,
        "result_type": lambda *d: np.result_type(*d).name,
        "numpy": nn.ops,
        "random": nn.random,
    }
    for name in ("enable_flash_attention", "disable_flash_attention", "is_flash_attention_enabled"):
        found[name] = getattr(flash, name)
    config = getattr(nn, "config", None)
    for name in ("floatx", "set_floatx", "epsilon", "image_data_format", "set_image_data_format"):
        if hasattr(config, name):
            found[name] = getattr(config, name)
    found["KerasTensor"] = KerasTensor
    for name in ("Variable", "name_scope", "compute_output_spec"):
        if hasattr(nn, name):
            found[name] = getattr(nn, name)
    return found


NAMESPACES = ("layers", "losses", "metrics", "optimizers", "callbacks", "initializers",
              "regularizers", "constraints", "activations", "models", "saving", "utils", "tree",
              "dtype_policies", "random")  # fmt: skip
EVERYWHERE = {
    "is_tensor": is_tensor,
    "standardize_dtype": standardize_dtype,
    "is_float_dtype": is_float_dtype,
    "convert_to_numpy": convert_to_numpy,
    "is_traceback_filtering_enabled": lambda: False,
    "enable_traceback_filtering": lambda: None,
    "disable_traceback_filtering": lambda: None,
    "removesuffix": str.removesuffix,
    "to_snake_case": snake_case,
    "clear_session": lambda free_memory=True: clear_names(),
}


def lookup(path: str, name: str) -> Any:
    """What ``name`` of Keras's module ``path`` (below keras.src) is here; or NOTHING."""
    parts = [p for p in path.split(".") if p]
    if parts[:1] == ["backend"]:
        found = in_backend().get(name, NOTHING)
        if found is not NOTHING:
            return found
    if name in EVERYWHERE:
        return EVERYWHERE[name]
    if parts[:1] == ["ops"]:
        return getattr(nn.ops, name, NOTHING)
    own = next((getattr(nn, p) for p in parts if p in NAMESPACES and hasattr(nn, p)), None)
    own = nn.optimizers.schedules if "schedules" in parts else own
    places = [own, nn, *(getattr(nn, n, None) for n in NAMESPACES), ag]
    for place in places:
        found = getattr(place, name, NOTHING)
        if found is not NOTHING and not (place is not own and isinstance(found, ModuleType)):
            return found
    return NOTHING


class StandIn(ModuleType):
    """A module of Keras's: its names are looked for in this package."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        path = self.__name__.removeprefix("keras").removeprefix(".src").removeprefix(".")
        if path == "backend" and name == "random":
            return nn.random
        folder = CHECKOUT / "keras" / "src" / path.replace(".", "/")
        if (folder / name).is_dir() or (folder / f"{name}.py").exists():
            own = next((p for p in path.split(".") if p in NAMESPACES), None)
            function = getattr(getattr(nn, own or "", None), name, NOTHING)
            known = function is not NOTHING and not isinstance(function, ModuleType)
            if known and not (folder / name).is_dir():
                return function
            return importlib.import_module(f"{self.__name__}.{name}")
        found = lookup(path, name)
        return Absent(f"{self.__name__}.{name}") if found is NOTHING else found


class Foreign(ModuleType):
    """A framework that is not looked for: everything in it is absent."""

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


class Tally:
    """Counts outcomes a folder, and keeps each failure's last line."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.failures: list[tuple[str, str]] = []

    def _folder(self, nodeid: str) -> str:
        return nodeid.rpartition("/")[2].partition(".py")[0].rpartition("__")[0].replace("__", "/")

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
            self.counts[self._folder(report.nodeid)][report.outcome] += 1
            if report.failed:
                lines = [x for x in str(report.longrepr).splitlines() if x.startswith("E ")]
                self.failures.append((report.nodeid, lines[0] if lines else ""))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.counts[self._folder(report.nodeid)]["not collected"] += 1
            self.failures.append((report.nodeid, str(report.longrepr).splitlines()[-1]))

    def show(self) -> None:
        total: Counter[str] = Counter()
        for folder in sorted(self.counts):
            total += self.counts[folder]
            print(f"{folder:50}", dict(self.counts[folder]))
        print(f"{'all':50}", dict(total))


def lend() -> None:
    """Gives layers the two private names by which Keras's tests count seed generators."""
    layer: Any = nn.Layer
    layer._flatten_layers = lambda self, include_self=True, recursive=True: self.flattened()
    layer._seed_generators = property(lambda self: list(held(self, nn.random.SeedGenerator)))


def main(arguments: Sequence[str]) -> int:
    global CHECKOUT
    given = list(arguments)
    options = given[given.index("--") + 1 :] if "--" in given else []
    given = given[: given.index("--")] if "--" in given else given
    CHECKOUT = Path(given[0]).resolve()
    wanted = given[1:] or [f for f in FOLDERS if (CHECKOUT / "keras" / "src" / f).exists()]
    sys.meta_path.insert(0, Finder())
    lend()
    tally = Tally()
    with tempfile.TemporaryDirectory() as place:
        for path in wanted:
            root = CHECKOUT / "keras" / "src" / path
            for file in [root] if root.suffix else sorted(root.rglob("*_test.py")):
                parts = file.relative_to(CHECKOUT / "keras" / "src").parts
                (Path(place) / "__".join(parts)).write_text(file.read_text())
        quiet = ["-q", "--no-header", "--tb=short", "-p", "no:cacheprovider", "-r", "N",
                 "--show-capture=no", "-o", "python_files=*_test.py", "-W", "ignore", "-c",
                 os.devnull, "--rootdir", place, "--continue-on-collection-errors"]  # fmt: skip
        with redirect_stdout(io.StringIO()):
            pytest.main([*quiet, *options, place], plugins=[tally])
    tally.show()
    for name, line in tally.failures:
        print(name, "::", line[:200])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
