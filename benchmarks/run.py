"""All figures of docs/performance.md by one command: ``python benchmarks/run.py``.

--quick                one round of few epochs and sizes: whether everything runs, not how fast
--tasks pima,mlp       which models to train
--peers-python PATH    a Python that has peers installed (Keras, JAX, PyTorch, TensorFlow)
--out PAGE             the page whose marked block is written anew; pictures go beside it

Libraries take turns, each time in a whole process of its own; what is compared are medians.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import page
from tasks import TASKS

HERE = Path(__file__).parent
PEERS = {
    "jax-scan": ("jax", "optax"),
    "keras-jax": ("keras", "jax"),
    "keras-torch": ("keras", "torch"),
    "keras-tensorflow": ("keras", "tensorflow"),
    "torch": ("torch",),
    "torch-compile": ("torch",),
}
BITS = [(kind, threads) for kind in ("ours", "ours-deterministic") for threads in ("1", "2")]
Figures = dict[str, Any]


class Bench:
    """Processes, and the caches of kernels they use."""

    def __init__(self, peers_python: str | None, quick: bool, caches: Path) -> None:
        self.peers_python, self.quick, self.caches = peers_python, quick, caches
        self.filled = caches / "filled"
        self.count = 0

    def process(self, script: str, *words: Any, python: str = sys.executable,
                cache: Path | None = None, **more: str) -> Figures:  # fmt: skip
        """The figures a script prints; a failure is shown and gives none."""
        env = dict(os.environ, PYTHONPATH=str(HERE.parent), BENCHMARK_STARTED=str(time.time()))
        env |= {"AUTOGRAD_NN_CACHE": str(cache or self.filled)} | more
        command = [python, str(HERE / script), *map(str, words)]
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        if done.returncode:
            print(f"{' '.join(map(str, words))} failed:\n{done.stderr[-2000:]}", file=sys.stderr)
            return {}
        return json.loads(done.stdout.splitlines()[-1])

    def empty(self) -> Path:
        """A cache that nothing was written to."""
        self.count += 1
        return self.caches / f"empty-{self.count}"

    def rounds(self) -> range:
        return range(1 if self.quick else 5)

    def peers(self) -> list[str]:
        """The libraries that can run here."""
        if self.peers_python is None:
            return []
        code = "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))"
        return [
            name
            for name, needs in PEERS.items()
            if not subprocess.run([self.peers_python, "-c", code, *needs]).returncode
        ]


def medians(runs: list[Figures]) -> Figures:
    """The median of each figure; of texts, how many different ones."""
    good = [r for r in runs if r]
    keys = good[0] if good else ()
    return {
        k: len({r[k] for r in good}) if isinstance(good[0][k], str) else median(r[k] for r in good)
        for k in keys
    }


def training(bench: Bench, task: str) -> dict[str, Figures]:
    """Every library on one task, in turns."""
    epochs = 4 if bench.quick else 12
    bench.process("train.py", "ours-deterministic", task, 1)  # fills the cache
    runs: dict[str, list[Figures]] = {}
    for _ in bench.rounds():
        fresh = bench.empty()
        empty = bench.process("train.py", "ours", task, 1, cache=fresh)
        # What it had begun to compile is compiled when it has ended: others wait for that.
        bench.process("train.py", "ours-deterministic", task, 1, cache=fresh)
        runs.setdefault("ours, empty cache", []).append(
            {k: empty[k] for k in ("cold_s", "peak_mb") if k in empty}
        )
        for name in ("ours", "ours-eager"):
            runs.setdefault(name, []).append(bench.process("train.py", name, task, epochs))
        for name in bench.peers():
            if name == "jax-scan" and TASKS[task].sizes is None:
                continue
            python = bench.peers_python or sys.executable
            found = bench.process("train.py", name, task, epochs, python=python)
            runs.setdefault(name, []).append(found)
    return {name: medians(found) for name, found in runs.items()}


def bits(bench: Bench, task: str) -> list[Figures]:
    """Default and deterministic, with one thread and two: time, and whether the bits agree."""
    epochs = 4 if bench.quick else 12
    runs: dict[tuple[str, str], list[Figures]] = {}
    for _ in bench.rounds():
        for kind, threads in BITS:
            found = bench.process("train.py", kind, task, epochs, AUTOGRAD_NN_THREADS=threads)
            runs.setdefault((kind, threads), []).append(found)
    return [
        {"kind": kind, "threads": threads, **medians(found),
         "digests": sorted({r["digest"] for r in found if r})}
        for (kind, threads), found in runs.items()
    ]  # fmt: skip


def growth(bench: Bench) -> dict[str, list[Figures]]:
    """Step time and first batch by batch size, width and depth; the other two held."""
    few = bench.quick
    sizes = {
        "batch": (8, 512) if few else (8, 32, 128, 512, 2048),
        "width": (16, 256) if few else (16, 64, 256, 1024),
        "depth": (5, 20) if few else (5, 10, 20, 40, 80, 160),
    }
    found: dict[str, list[Figures]] = {}
    for axis, values in sizes.items():
        for n in values:
            given = {"width": 32, "depth": 5, "batch": 32} | {axis: n}
            words = ("grow", *given.values())
            empty, filled = [], []
            for _ in bench.rounds():
                cache = bench.empty()
                empty.append(bench.process("ours.py", *words, cache=cache))
                filled.append(bench.process("ours.py", *words, cache=cache))
            cold, warm = medians(empty), medians(filled)
            if cold and warm:
                row = {"n": n, "step_us": warm["step_us"], "filled_s": warm["first_s"]}
                found.setdefault(axis, []).append(row | {"empty_s": cold["first_s"]})
    return found


def repeated(bench: Bench, *words: Any) -> Figures:
    return medians([bench.process("ours.py", *words) for _ in bench.rounds()])


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--tasks", default="pima,mlp")
    parser.add_argument("--peers-python")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "performance.md")
    return parser.parse_args()


def main() -> None:
    given = options()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(given.peers_python, given.quick, Path(folder))
        tasks = given.tasks.split(",")
        results = {
            "training": {t: training(bench, t) for t in tasks},
            "bits": {t: bits(bench, t) for t in tasks},
            "program": {t: repeated(bench, "program", t) for t in tasks},
            "calls": repeated(bench, "calls"),
            "machine": repeated(bench, "machine"),
            "growth": growth(bench),
        }
    text = page.block(results, given.quick)
    print(text)
    page.write(given.out, text, results)


if __name__ == "__main__":
    main()
