"""Figures of this library alone, each by a process of its own: ``ours.py WHAT …`` → a line of JSON.

grow WIDTH DEPTH BATCH   first_s: building, recording and compiling (nearly none from a filled
                         cache); step_us: a step of that many equal layers
calls                    predict_us: of one row; batch_us: train_on_batch of 32 rows; jit_us: a
                         call of a small jitted function
program TASK             flops and bytes of one training step, and the memory its plan takes
instructions TASK        nanoseconds of each instruction of a step, alone on one thread, by hand
machine                  what products of this machine reach, and copies
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from tasks import TASKS, Task, dense, keras_model

EPOCHS = 7


def seconds(call: Callable[[], object], repeats: int, inner: int = 1) -> float:
    """The median time of a call, over ``repeats`` rounds of ``inner`` calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(inner):
            call()
        times.append((time.perf_counter() - start) / inner)
    return sorted(times)[repeats // 2]


def grow(width: str, depth: str, batch: str) -> dict[str, float]:
    from autograd_nn import nn

    size, rows = int(width), int(batch)
    batches = max(16, 4096 // rows)  # enough that the start of an epoch does not count
    task = Task((size,), dense(*(size,) * int(depth), 1), rows=batches * rows, batch=rows)
    x, y = task.data()
    start = time.perf_counter()
    model = keras_model(nn, task, deterministic=True)  # its first batch waits for the kernels
    model.fit(x[:rows], y[:rows], batch_size=rows, verbose=0)
    first = time.perf_counter() - start

    def epoch() -> None:
        model.fit(x, y, batch_size=rows, verbose=0)

    return {"first_s": first, "step_us": seconds(epoch, EPOCHS) / task.steps * 1e6}


def calls() -> dict[str, float]:
    import autograd_nn as ag
    from autograd_nn import nn

    ag.set_deterministic(True)
    model, row = keras_model(nn, TASKS["pima"]), np.ones((1, 8), "float32")
    model.predict(row, verbose=0)
    data = TASKS["pima"].data()
    batch = [a[:32] for a in data]
    model.train_on_batch(*batch)
    x = ag.Tensor(np.linspace(0, 1, 32))
    f = ag.jit(lambda x: (ag.sin(x) * x).sum())
    f(x)
    return {
        "predict_us": seconds(lambda: model.predict(row, verbose=0), 9, 200) * 1e6,
        "batch_us": seconds(lambda: model.train_on_batch(*batch), 9, 200) * 1e6,
        "jit_us": seconds(lambda: f(x), 9, 1000) * 1e6,
    }


def recorded_step(task: Task) -> Any:
    """The program of a model's training step."""
    from autograd_nn import nn

    model = keras_model(nn, task, deterministic=True)
    x, y = task.data()
    model.fit(x, y, batch_size=task.batch, verbose=0)
    (stepper,) = model._steppers.values()
    (found,) = stepper.programs.values()
    return found


def instructions(name: str) -> dict[str, float]:
    from autograd_nn.engine.program.run.memory import address
    from autograd_nn.engine.program.target.cpu.cost import work

    found = recorded_step(TASKS[name])
    (block,) = found.walk.calls
    times = {}
    for k, step in enumerate(found.plan.steps):
        alone = block.copy()
        alone[0] += 24 * k  # its row of the table: three cells
        alone[1:2] = 1
        alone[3] = 0
        if step.name != "batch":  # the steps of an epoch need its order, which is not there
            count = alone[4] = max(1, int(1e7 / work(step)))
            run = partial(found.walk.kernel, address(alone), 0, 1)
            times[f"{k} {step.name}"] = round(seconds(run, 5) / count * 1e9)
    return times


def program(name: str) -> dict[str, float]:
    recorded = recorded_step(TASKS[name])
    steps = recorded.plan.steps
    return {
        "flops": sum(s.flops for s in steps),
        "bytes": sum(s.nbytes() for s in steps),
        "instructions": len(steps),
        "kernels": len(recorded.sources()),
        "memory": recorded.peak_bytes,
    }


def machine() -> dict[str, float]:
    n = 2048
    a, b, c = (np.ones((n, n), "float32") for _ in range(3))
    source = np.ones(1 << 25, "float32")  # 128 MB: larger than the caches
    target = np.empty_like(source)
    product = seconds(lambda: np.matmul(a, b, out=c), 7)
    copy = seconds(lambda: np.copyto(target, source), 7)
    return {"gflops": 2 * n**3 / product / 1e9, "copy_gbs": 2 * source.nbytes / copy / 1e9}


WHAT: dict[str, Callable[..., dict[str, float]]] = {
    f.__name__: f for f in (grow, calls, program, instructions, machine)
}

if __name__ == "__main__":
    print(json.dumps(WHAT[sys.argv[1]](*sys.argv[2:])))
