"""Times a step of the examples beside Keras: ``python -m benchmarks.families [NAME ...]``.

Each example runs as it stands once a library, its names taken from `nn` or from Keras, on each of
its backends that is installed: a process each, in which it is stopped at its call of fit. The data
are then fitted by turns; a number is the least of a step in a short fit, in microseconds by the
clock, and the ratio that to the best of the others. ``gan`` has a step of its own, no twin in
Keras. That every step of `nn` is native is checked on the way.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TURNS, EPOCHS = 5, 3
BACKENDS = ("jax", "torch", "tensorflow")


class Fitted(Exception):
    """Raised at the call of fit, with the model and what was given."""


class Keras:
    """Keras under the names that `nn` gives its own."""

    def __init__(self) -> None:
        from autograd_nn import nn

        keras = importlib.import_module("keras")
        self.datasets = nn.datasets
        self.places = (keras, keras.optimizers, keras.callbacks, keras.utils, nn)

    def __getattr__(self, name: str) -> Any:
        return next(getattr(p, name) for p in self.places if hasattr(p, name))


def stopped(name: str, space: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """An example's compiled model and its arguments of fit, where names come from ``space``."""
    lines = (ROOT / "examples" / f"{name}.py").read_text("utf-8").splitlines(keepends=True)
    code = "".join("\n" if line.startswith("from autograd_nn") else line for line in lines)
    names = {"nn": space, "layers": space.layers, "ops": space.ops, "__name__": name}
    exec(compile(code, name, "exec"), names)  # noqa: S102
    fit = space.Model.fit

    def stop(*given: Any, **options: Any) -> None:
        raise Fitted(given[0], given[1:], options)

    space.Model.fit = stop
    try:
        names["main"]()
    except Fitted as found:
        return found.args  # type: ignore[return-value]
    finally:
        space.Model.fit = fit
    raise RuntimeError(f"{name} called no fit")


def timed(model: Any, given: tuple[Any, ...], options: dict[str, Any]) -> float:
    """Seconds of a step, in a fit of some epochs."""
    options = {k: v for k, v in options.items() if k not in ("callbacks", "validation_data")}
    options |= {"epochs": EPOCHS, "validation_split": 0.0}
    x = given[0][next(iter(given[0]))] if isinstance(given[0], dict) else given[0]
    n = len(x[0]) if isinstance(x, list) else len(x)
    started = time.perf_counter()
    model.fit(*given, **options)
    return (time.perf_counter() - started) / EPOCHS / -(-n // options["batch_size"])


def serve(library: str, name: str) -> None:
    """Fits once a line that comes in, and says how long a step took."""
    if library == "nn":
        from autograd_nn import nn

        one = stopped(name, nn)
    else:
        one = stopped(name, Keras())
    timed(*one)  # which compiles
    timed(*one)
    if library == "nn":
        programs = [p for s in one[0]._steppers.values() for p in s.programs.values()]
        by_python = [s.name for p in programs for s in p.plan.steps if not p.is_native(s)]
        assert programs and not by_python, f"{name}: {by_python} by Python"
    print("ready", flush=True)
    for _ in sys.stdin:
        print(timed(*one) * 1e6, flush=True)


class Library:
    """A process that fits an example with one library."""

    def __init__(self, library: str, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.families", "--serve", library, name],
            cwd=ROOT, env=os.environ | {"KERAS_BACKEND": library, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def said(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended")
        return line

    def turn(self) -> float:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.said())

    def end(self) -> None:
        self.process.communicate()


def main(names: list[str]) -> None:
    libraries = ["nn", *(b for b in BACKENDS if importlib.util.find_spec(b))]
    print(f"{'':24}" + "".join(f"{name:>12}" for name in libraries) + "       ratio", flush=True)
    for name in names:
        processes = [Library(library, name) for library in libraries]
        for one in processes:
            one.said()
        turns = [[one.turn() for one in processes] for _ in range(TURNS)]
        for one in processes:
            one.end()
        ours, *others = (min(times) for times in zip(*turns, strict=True))
        figures = "".join(f"{t:12.0f}" for t in (ours, *others))
        print(f"{name:24}{figures}{ours / min(others, default=ours):12.3f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(*sys.argv[2:])
    else:
        every = sorted(f.stem for f in (ROOT / "examples").glob("*.py") if f.stem != "gan")
        main(sys.argv[1:] or every)
