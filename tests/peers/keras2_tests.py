"""Keras 2.1's own unit tests, run on this package under its old names: which of them pass.

    python -m tests.peers.keras2_tests CHECKOUT [PATH ...] [-- PYTEST OPTIONS]

CHECKOUT is a checkout of keras-team/keras at a tag 2.1.x, PATH a folder or test file below its
tests/ (all that concerns this package by default). A test file runs as it is, with
`compat.install_as('keras')`; only the tests' own tools, ``keras.utils.test_utils``, come from the
checkout. Prints the same tables as keras_tests.py.
"""

from __future__ import annotations

import importlib.util
import io
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from autograd_nn import compat
from tests.peers.keras_tests import COLUMNS, Tally

# What fetches files or needs several GPUs is left out, and, to be run by itself, what leaves
# another floatx behind.
LEFT_OUT = ("keras/backend/", "keras/applications/applications_test", "test_documentation",
            "integration_tests/test_datasets", "keras/layers/cudnn_recurrent_test",
            "keras/utils/multi_gpu_test", "test_multiprocessing")  # fmt: skip


class Tools:
    """Finds ``keras.utils.test_utils`` in the checkout."""

    def __init__(self, checkout: Path) -> None:
        self.file = checkout / "keras" / "utils" / "test_utils.py"

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name == "keras.utils.test_utils":
            return importlib.util.spec_from_file_location(name, self.file)
        return None


def run(root: Path, files: Sequence[Path], options: Sequence[str], tally: Tally) -> None:
    """Test files, copied to where pytest finds no configuration."""
    sys.path += sorted({str(file.parent) for file in files})  # where some have functions beside
    with tempfile.TemporaryDirectory() as place:
        for file in files:
            name = "__".join(file.relative_to(root).parts)
            name = name if name.endswith("_test.py") else f"{name[:-3]}_test.py"
            (Path(place) / name).write_text(file.read_text())
        quiet = ["-q", "--no-header", "--tb=short", "-p", "no:cacheprovider", "-r", "N",
                 "--show-capture=no", "-o", "python_files=*_test.py", "-W", "ignore", "-c",
                 os.devnull, "--rootdir", place, "--continue-on-collection-errors"]  # fmt: skip
        told = io.StringIO()
        with redirect_stdout(told):
            ended = pytest.main([*quiet, *options, place], plugins=[tally])
        if ended == pytest.ExitCode.INTERNAL_ERROR:
            raise SystemExit(f"pytest broke off:\n{told.getvalue()[-2000:]}")


def main(arguments: Sequence[str]) -> int:
    given = list(arguments)
    options = given[given.index("--") + 1 :] if "--" in given else []
    given = given[: given.index("--")] if "--" in given else given
    checkout = Path(given[0]).resolve()
    root = checkout / "tests"
    wanted = [root / p for p in given[1:]] or [root]
    files = [f for w in wanted for f in ([w] if w.suffix else sorted(w.rglob("*test*.py")))]
    left = () if given[1:] else LEFT_OUT
    files = [f for f in files if not str(f.relative_to(root)).startswith(left)]
    tally = Tally(root)
    with compat.install_as("keras"):
        sys.meta_path.insert(0, Tools(checkout))
        run(root, files, options, tally)
    print(f"{'':28}", *[f"{c:>13}" for c in COLUMNS])
    tally.show(sorted(tally.counts))
    tally.show()
    tally.show_functions()
    for name, line in tally.failures:
        print(name, "::", line[:200])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
