"""check_gradients against torch.autograd.gradcheck in slow mode: CPU seconds of each function.

Run by hand, with an interpreter that has both: ``OMP_NUM_THREADS=1 python benchmarks/checker.py``.
The two take turns, the best of ``ROUNDS`` counts, and both run as they come: ours checks forward
mode, low precision and linearity too. Without PyTorch only our own seconds are told.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import autograd_nn as ag  # noqa: E402

ROUNDS = 9
WARM = 2  # rounds that do not count


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).standard_normal(shape)


def positive(*shape: int) -> np.ndarray:
    return np.abs(normal(*shape)) + 0.5


TARGETS = np.arange(8) % 5

# Each is written once, for a namespace ``m`` of functions, and what the two call differently twice.
FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any] | None, tuple]] = {
    "sin(20)": (lambda m, x: m.sin(x), None, (normal(20),)),
    "exp(5, 5)": (lambda m, x: m.exp(x), None, (normal(5, 5),)),
    "sigmoid(10)": (lambda m, x: m.sigmoid(x), None, (normal(10),)),
    "tanh(100)": (lambda m, x: m.tanh(x), None, (normal(100),)),
    "relu(30)": (lambda m, x: m.relu(x), None, (normal(30),)),
    "softmax(7)": (lambda m, x: m.softmax(x, -1), None, (normal(7),)),
    "log_softmax(4, 6)": (lambda m, x: m.log_softmax(x, -1), None, (normal(4, 6),)),
    "logsumexp(8, 8)": (lambda m, x: m.logsumexp(x, 1), None, (normal(8, 8),)),
    "norm(6)": (lambda m, x: m.sqrt((x * x).sum()), None, (normal(6),)),
    "sum of squares(200)": (lambda m, x: (x * x).sum(), None, (normal(200),)),
    "mean(64)": (lambda m, x: x.mean(), None, (normal(64),)),
    "variance(50)": (lambda m, x: ((x - x.mean()) ** 2).mean(), None, (normal(50),)),
    "product(6)": (lambda m, x: x.prod(), None, (positive(6),)),
    "cumsum(16)": (lambda m, x: m.cumsum(x, 0), None, (normal(16),)),
    "maximum(6, 6)": (lambda m, x: x.max(), None, (normal(6, 6),)),
    "matmul(4, 5, 6)": (lambda m, x, y: x @ y, None, (normal(4, 5), normal(5, 6))),
    "matmul(10, 10)": (lambda m, x, y: x @ y, None, (normal(10, 10), normal(10, 10))),
    "a layer(8, 6, 4)": (
        lambda m, x, w, b: m.tanh(x @ w + b), None, (normal(8, 6), normal(6, 4), normal(4)),
    ),
    "a net's loss(16, 8)": (
        lambda m, x, w, b, v: ((m.relu(x @ w + b) @ v) ** 2).mean(), None,
        (normal(16, 8), normal(8, 12), normal(12), normal(12, 1)),
    ),
    "cross entropy(8, 5)": (
        lambda m, z: m.softmax_cross_entropy(z, TARGETS).mean(),
        lambda m, z: m.nn.functional.cross_entropy(z, m.as_tensor(TARGETS)), (normal(8, 5),),
    ),
    "a quotient(12)": (lambda m, x, y: x / (1 + y * y), None, (normal(12), normal(12))),
    "an index(30)": (lambda m, x: x[3:20] * x[:17], None, (normal(30),)),
    "a power(9)": (lambda m, x: x**2.5, None, (positive(9),)),
    "transpose(6, 5)": (lambda m, x: x.T * 2.0, None, (normal(6, 5),)),
    "log(3)": (lambda m, x: m.log(x), None, (positive(3),)),
    "a scalar(1)": (lambda m, x: (x * m.exp(x)).sum(), None, (normal(1),)),
}  # fmt: skip


def best(calls: Sequence[Callable[[], object]]) -> list[float]:
    """The least CPU seconds of each, over rounds in which all take turns."""
    found = [float("inf")] * len(calls)
    for i in range(WARM + ROUNDS):
        for k, call in enumerate(calls):
            start = time.process_time()
            call()
            if i >= WARM:
                found[k] = min(found[k], time.process_time() - start)
    return found


def ours(f: Callable[..., Any], inputs: tuple) -> None:
    report = ag.check_gradients(partial(f, ag), *inputs)
    assert report, report


def main() -> int:
    try:
        torch: Any = import_module("torch")
        torch.set_num_threads(1)
    except ImportError:
        torch = None
    gc.disable()
    ratios = []
    for name, (f, theirs, inputs) in FUNCTIONS.items():
        calls = [partial(ours, f, inputs)]
        if torch is not None:
            xs = [torch.tensor(x, requires_grad=True) for x in inputs]
            calls.append(partial(torch.autograd.gradcheck, partial(theirs or f, torch), xs))
        seconds = best(calls)
        told = "   ".join(f"{1e3 * s:8.2f} ms" for s in seconds)
        if len(seconds) > 1:
            ratios.append(seconds[0] / seconds[1])
            told += f"   {ratios[-1]:6.2f} ×"
        print(f"{name:22} {told}")
        gc.collect()
    if ratios:
        print(f"median of {len(ratios)}: {median(ratios):.2f} × PyTorch {torch.__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
