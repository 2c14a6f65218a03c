"""Kernels are compiled in this process and kept for the session: tests share what they compile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograd_nn.engine.program.target.cpu import library as library_module


@pytest.fixture(scope="session", autouse=True)
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cache directory for the whole session, or the one that AUTOGRAD_NN_TEST_CACHE names."""
    given = os.environ.get("AUTOGRAD_NN_TEST_CACHE")
    path = Path(given) if given else tmp_path_factory.mktemp("kernels")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = {k: os.environ.get(k) for k in ("AUTOGRAD_NN_CACHE", "AUTOGRAD_NN_COMPILE")}
    os.environ["AUTOGRAD_NN_CACHE"] = str(path)
    os.environ["AUTOGRAD_NN_COMPILE"] = "inline"
    library_module._library = None
    yield path
    library_module._library = None
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
