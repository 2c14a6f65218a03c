"""What OpenBLAS's kernels make of a float32 product: ``python benchmarks/products.py``.

One row a size, µs on one thread: with the kernels the environment's OPENBLAS_CORETYPE names, with
those OpenBLAS picks itself, with its AVX2 ones and with its AVX-512 ones. Kernels are chosen once,
when the library loads, so each choice has its own processes; one that the processor cannot run
falls back, so each column says what ran.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

SIZES = ((32, 8, 12), (128, 784, 512), (128, 512, 512), (128, 512, 10), (1024, 1024, 1024))
CHOICES = {
    "environment": os.environ.get("OPENBLAS_CORETYPE"),
    "own choice": None,
    "AVX2": "Haswell",
    "AVX-512": "SkylakeX",
}
ROUNDS = 5


def kernels() -> str:
    """The name of the kernels SciPy's OpenBLAS uses in this process; '?' where it is not there."""
    import scipy

    folder = Path(scipy.__file__).parent.parent / "scipy.libs"
    for path in folder.glob("libscipy_openblas*"):
        name = ctypes.CDLL(str(path)).scipy_openblas_get_corename
        name.restype = ctypes.c_char_p
        return name().decode()
    return "?"


def measure() -> dict[str, Any]:
    """The kernels' name and the µs of each product, in this process."""
    import numpy as np
    from ours import seconds
    from scipy.linalg.blas import sgemm

    found = []
    for n, k, m in SIZES:
        a, b = np.ones((n, k), "float32", order="F"), np.ones((k, m), "float32", order="F")
        inner = max(1, 20_000_000 // (n * k * m))
        found.append(seconds(partial(sgemm, 1.0, a, b), 7, inner) * 1e6)
    return {"kernels": kernels(), "times": found}


def in_process(choice: str | None) -> dict[str, Any]:
    """`measure` in a process of its own, with a choice of kernels."""
    env = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
    env |= {"OPENBLAS_CORETYPE": choice} if choice else {}
    env["OPENBLAS_NUM_THREADS"] = "1"
    command = [sys.executable, __file__, "measure"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    rounds = [{k: in_process(v) for k, v in CHOICES.items()} for _ in range(ROUNDS)]
    names = [f"{k} ({rounds[0][k]['kernels']})" for k in CHOICES]
    print(f"| product | {' | '.join(names)} |\n|---|{'---:|' * len(names)}")
    for i, (n, k, m) in enumerate(SIZES):
        row = [f"{median(r[c]['times'][i] for r in rounds):.2f}" for c in CHOICES]
        print(f"| {n}×{k}×{m} | {' | '.join(row)} |")


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        print(json.dumps(measure()))
    else:
        main()
