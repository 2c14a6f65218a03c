"""Every combination of what a training may be made of, killed and resumed: all ends bit for bit.

``python -m tests.nn.files.product [EVERY [FIRST]]`` tries each EVERY-th combination from number
FIRST on, on all processors.
Six epochs without a break are compared with three, a SIGKILL in the fourth, and `fit` again in
another process: after the third epoch, and after a part of the fourth.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from autograd_nn import nn
from tests.nn.files import runs

WORDS: tuple[tuple[str, ...], ...] = (
    ("sgd", "adam", "rmsprop"), ("", "ordered"), ("", "dropout"), ("", "norm"), ("", "schedule"),
    ("", "native"), ("", "watched validated", "rates"), ("", "generator"),
)  # fmt: skip
FREQ = ("epoch", "7")


def cases() -> list[str]:
    return [" ".join(filter(None, words)) for words in itertools.product(*WORDS)]


def tried(case: str) -> list[str]:
    """What differs of a combination, for each of the ways it is interrupted."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "whole")
        whole.mkdir()
        expected = runs.outcome(*runs.trained(case, whole, 1), whole)
        return [f for freq in FREQ for f in _interrupted(case, freq, Path(folder, freq), expected)]


def _interrupted(case: str, freq: str, folder: Path, expected: dict[str, object]) -> list[str]:
    folder.mkdir()
    child = os.fork()
    if not child:
        try:
            runs.killed(case, folder, freq)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != -signal.SIGKILL or not (folder / "backup" / "training.agn").exists():
        return [f"{case}, {freq}: the process ended with {code}"]
    backup = nn.callbacks.BackupAndRestore(folder / "backup")
    found = runs.outcome(*runs.trained(case, folder, 2, [backup]), folder)
    return [f"{case}, {freq}: {k}" for k in expected if found[k] != expected[k]]


def main(every: int = 1, first: int = 0) -> int:
    chosen, differ = cases()[first::every], 0
    with ProcessPoolExecutor() as pool:
        for i, found in enumerate(pool.map(tried, chosen), 1):
            differ += bool(found)
            for line in found:
                print(line)
            if not i % 50:
                print(f"{i} of {len(chosen)}", flush=True)
    print(f"{len(chosen)} combinations, each interrupted in {len(FREQ)} ways: {differ} differ")
    return bool(differ)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
