"""A float32 product with the kernels SciPy's OpenBLAS picks, and with its AVX-512 ones.

``python benchmarks/products.py`` → one line a size: µs with each, and their ratio, on one thread.
The kernels are chosen once, when the library loads: each choice has its own processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from statistics import median

SIZES = ((32, 8, 12), (128, 784, 512), (128, 512, 512), (128, 512, 10), (1024, 1024, 1024))
ROUNDS = 5


def measure() -> list[float]:
    """µs of each product, in this process."""
    import numpy as np
    from ours import seconds
    from scipy.linalg.blas import sgemm

    found = []
    for n, k, m in SIZES:
        a, b = np.ones((n, k), "float32", order="F"), np.ones((k, m), "float32", order="F")
        inner = max(1, 20_000_000 // (n * k * m))
        found.append(seconds(partial(sgemm, 1.0, a, b), 7, inner) * 1e6)
    return found


def in_process(kernels: str | None) -> list[float]:
    given = {"OPENBLAS_CORETYPE": kernels} if kernels else {}
    env = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"} | given
    env["OPENBLAS_NUM_THREADS"] = "1"
    command = [sys.executable, __file__, "measure"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def has_avx512() -> bool:
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    return all(features.get(f) for f in ("avx512f", "avx512bw", "avx512dq", "avx512vl"))


def main() -> None:
    if not has_avx512():
        sys.exit("this processor has no AVX-512: there is nothing to compare")
    runs = [(in_process(None), in_process("SkylakeX")) for _ in range(ROUNDS)]
    print("| product | as picked, µs | AVX-512, µs | ratio |\n|---|---:|---:|---:|")
    for i, (n, k, m) in enumerate(SIZES):
        plain, wide = (median(run[way][i] for run in runs) for way in (0, 1))
        print(f"| {n}×{k}×{m} | {plain:.2f} | {wide:.2f} | {wide / plain:.2f} |")


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        print(json.dumps(measure()))
    else:
        main()
