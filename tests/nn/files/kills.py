"""Processes killed while they save: ``python -m tests.nn.files.kills FOLDER COUNT [ENDING …]``.

Each child saves one model over and over to one path, all its weights one number, another each time.
Whatever moment it dies at, the file that stays can be read, and all numbers in it are one. Then two
save to one path at once, and whoever reads meanwhile finds the file of one of them, whole.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn import nn
from autograd_nn.nn.saving.tensors import Tensors
from tests.nn.files import formats

WEIGHTS = (".weights.h5", ".npz")
ENDINGS = (".agn", ".run.agn", ".safetensors", *WEIGHTS, ".keras", ".h5", ".onnx")


def model() -> Any:
    made = nn.Sequential([nn.Input((3,)), nn.Dense(40), nn.Dense(1)])
    made.compile(nn.SGD(0.0), "mse", run_eagerly=True)
    return made


def fill(made: Any, number: float) -> None:
    made.set_weights([np.full(w.shape, number, w.dtype) for w in made.get_weights()])


def read(path: Path) -> float:
    """The one number in a file."""
    if path.suffix == ".onnx":
        import onnx

        graph = onnx.load(path).graph
        arrays = [onnx.numpy_helper.to_array(v) for v in graph.initializer]
        arrays = [a for a in arrays if a.dtype == "float32"]
        assert len(arrays) >= 4
    else:
        made = nn.models.load_model(path) if _whole(path) else model()
        if not _whole(path):
            made.load_weights(path)
        arrays = made.get_weights()
    if path.name.endswith(".run.agn"):
        with Tensors(path) as held:
            assert "run" in held.said
    (found,) = {float(v) for w in arrays for v in w.ravel()}
    return found


def save(made: Any, path: Path, number: float) -> None:
    fill(made, number)
    if path.name.endswith(".run.agn"):
        hook = nn.callbacks.ModelCheckpoint(path)
        made.fit(np.zeros((2, 3)), np.full((2, 1), number), verbose=0, callbacks=hook)
    elif path.suffix == ".onnx":
        made.export(path, verbose=False)
    else:
        (made.save if _whole(path) else made.save_weights)(path)


def _whole(path: Path) -> bool:
    return not path.name.endswith((*WEIGHTS, ".safetensors"))


@contextmanager
def saving(made: Any, path: Path, first: int) -> Iterator[None]:
    """Within ``with``, another process saves without end; it is killed then."""
    child = os.fork()
    if not child:
        try:
            for number in itertools.count(first):
                save(made, path, number)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def killed(path: Path, count: int) -> int:
    """Kills so many processes; returns how many numbers were found, of which some must differ."""
    made, found, r = model(), set[float](), random.Random(1)
    save(made, path, 0)
    started = time.perf_counter()
    save(made, path, 0)
    longest = 0.005 + 4 * (time.perf_counter() - started)
    for i in range(count):
        with saving(made, path, 1000 * i):
            time.sleep(r.uniform(0, longest))
        found.add(read(path))
        if len(found) == 1:  # on a busy machine none may have come to save anything
            longest *= 1.5
    save(made, path, 0)  # which clears away what the dead left
    assert os.listdir(path.parent) == [path.name], os.listdir(path.parent)
    return len(found)


def both(path: Path, count: int) -> int:
    """Reads so often what two processes write to one path; returns how many numbers there were."""
    made, found = model(), set[float]()
    save(made, path, 0)
    with saving(made, path, 1), saving(made, path, 1_000_000):
        for _ in range(count):
            found.add(read(path))
            time.sleep(0.01)
    return len(found)


def main(folder: Path, count: int, *endings: str) -> None:
    with formats.server(folder):
        for ending in endings or ENDINGS:
            path = folder / ending / f"model{ending}"
            path.parent.mkdir()
            several, more = killed(path, count), both(path, count)
            assert several > 1 and more > 1, (several, more)
            print(f"{ending}: {count} processes killed, {several} states found, all whole; "
                  f"{count} reads beside two writers, {more} states", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
