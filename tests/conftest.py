"""Hypothesis profiles (``dev``, ``ci``, ``nightly``), one cache of kernels, a quick collector."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import none

settings.register_profile("dev", max_examples=20, deadline=None)
settings.register_profile(
    "ci",  # the same examples every time
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("nightly", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

SOON = (  # of XLA's CPU: eight devices, whose code is made quickly rather than to be quick
    "--xla_force_host_platform_device_count=8 --xla_backend_optimization_level=0 "
    "--xla_llvm_disable_expensive_passes=true"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--target", help="the device that programs run on, where a test says none")


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as shells have it in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if device := config.getoption("--target"):
        os.environ["AUTOGRAD_NN_DEVICE"] = device
        os.environ.setdefault("XLA_FLAGS", SOON)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--target"):
        elsewhere = pytest.mark.skip(reason="programs of this processor alone have it")
        for item in items:
            if item.get_closest_marker("native"):
                item.add_marker(elsewhere)


def pytest_collection_finish() -> None:
    """The tests themselves are no garbage: the collector does not look at them ever again.

    Hypothesis first: as it begins it asks the collector who holds its random numbers.
    """
    given(none())(lambda _: None)()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cache directory for all tests, or the one that AUTOGRAD_NN_TEST_CACHE names.

    What one test has compiled is there for the others, and nothing goes into the user's own cache.
    """
    from autograd_nn.engine.program.target.cpu import library as library_module

    base = tmp_path_factory.getbasetemp()  # of this process, where pytest-xdist has several
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    path = Path(os.environ.get("AUTOGRAD_NN_TEST_CACHE", shared / "kernels"))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRAD_NN_CACHE", str(path))
        patch.setenv("AUTOGRAD_NN_COMPILE", "inline")
        patch.setattr(library_module, "_library", None)
        yield path


@pytest.fixture
def idle() -> None:
    """Nothing is compiled in this process any more that an earlier test has asked for."""
    from autograd_nn.engine.program.target.cpu import library

    while library._library is not None and library._library.compiler._here_now:
        time.sleep(0.01)


@pytest.fixture
def uncollected(idle: None) -> Iterator[None]:
    """The collector is off; when a test calls it, it looks at what the test has made, no more."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, where it is
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A process that has no tests left takes some from another, for one may last a minute."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)
