"""Products beside OpenBLAS's: ``python benchmarks/products.py``.

One row a size, billions of floating-point operations a second on one thread: a recorded program's
product, and NumPy's with the kernels OpenBLAS picks itself, with its AVX2 ones and with its AVX-512
ones. OpenBLAS's are chosen once, when the library loads, so each choice has its own processes; one
that the processor cannot run falls back, so each column says what ran.
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

SIZES = (  # n, k, m, and which is transposed: those of the mlp's training step, and two more
    (128, 784, 512, ""), (784, 128, 512, "A"), (128, 512, 512, ""), (128, 512, 512, "B"),
    (128, 512, 10, ""), (64, 64, 64, ""), (1024, 1024, 1024, ""),
)  # fmt: skip
CHOICES = {"own choice": None, "AVX2": "Haswell", "AVX-512": "SkylakeX"}
ROUNDS = 5


def kernels() -> str:
    """The name of the kernels NumPy's OpenBLAS uses in this process; '?' where it is not there."""
    import numpy

    folder = Path(numpy.__file__).parent.parent / "numpy.libs"
    for path in folder.glob("libscipy_openblas*"):
        name = ctypes.CDLL(str(path)).scipy_openblas_get_corename64_
        name.restype = ctypes.c_char_p
        return name().decode()
    return "?"


def operand(rows: int, columns: int, turned: bool) -> Any:
    """A random matrix; ``turned``: it lies column by column."""
    import numpy as np

    shape = (columns, rows) if turned else (rows, columns)
    x = np.random.default_rng(0).standard_normal(shape, np.float32)
    return x.T if turned else x


def measure(ours: bool) -> dict[str, Any]:
    """The kernels' name and the rate of each product, in this process."""
    import numpy as np
    from ours import seconds

    rates = []
    for n, k, m, turned in SIZES:
        a, b = operand(n, k, turned == "A"), operand(k, m, turned == "B")
        inner = max(1, 50_000_000 // (n * k * m))
        if ours:
            time = seconds(partial(recorded(a, b), inner), 15) / inner
        else:
            out = np.empty((n, m), np.float32)
            time = seconds(partial(np.matmul, a, b, out=out), 15, inner)
        rates.append(2e-9 * n * k * m / time)
    return {"kernels": kernels(), "rates": rates}


def recorded(a: Any, b: Any) -> Any:
    """``run(count)``: that many products of a and b by a recorded program, natively."""
    import numpy as np

    import autograd_nn as ag

    turned = [not x.flags.c_contiguous for x in (a, b)]

    def multiply(x: Any, y: Any) -> Any:
        return (x.T if turned[0] else x) @ (y.T if turned[1] else y)

    arrays = [np.ascontiguousarray(x.T if t else x) for x, t in zip((a, b), turned, strict=True)]
    program = ag.jit(multiply).program(*[ag.Tensor(x) for x in arrays])
    program.ready(wait=True)
    (found,) = program.run(arrays)
    assert np.allclose(found, a @ b, atol=1e-3)
    return partial(program._execute, 0)


def in_process(ours: bool, choice: str | None = None) -> dict[str, Any]:
    """`measure` in a process of its own, with a choice of OpenBLAS's kernels."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS")}
    env |= {"OPENBLAS_CORETYPE": choice} if choice else {}
    env |= {"OPENBLAS_NUM_THREADS": "1", "AUTOGRAD_NN_THREADS": "1"}
    command = [sys.executable, __file__, "ours" if ours else "numpy"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    rounds = []
    for _ in range(ROUNDS):
        rounds.append([in_process(True), *[in_process(False, c) for c in CHOICES.values()]])
    names = [f"OpenBLAS, {k} ({r['kernels']})" for k, r in zip(CHOICES, rounds[0][1:], strict=True)]
    print(f"| product | this library | {' | '.join(names)} |\n|---|{'---:|' * (len(names) + 1)}")
    for i, (n, k, m, turned) in enumerate(SIZES):
        row = [f"{median(r[c]['rates'][i] for r in rounds):.0f}" for c in range(len(names) + 1)]
        print(f"| {n}×{k}×{m} {turned and turned + 'ᵀ'} | {' | '.join(row)} |")


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(measure(sys.argv[1] == "ours")))
    else:
        main()
