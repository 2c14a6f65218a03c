"""Times a step of the examples beside others: ``python -m benchmarks.families [NAME ...]``.

Each example runs as it stands once a library, its names taken from `nn` or from Keras, on each of
its backends that is installed: a process each, in which it is stopped at its call of fit. PyTorch,
op by op and compiled, runs what `twins` has of it. The data are then fitted by turns; a number is
the least of a step in a short fit, in microseconds by the clock, and the ratio that to the best of
the others. ``gan`` has a step of its own, and no twin in Keras. That every step of `nn` is native
is checked on the way.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TURNS, EPOCHS = 5, 3
BACKENDS = ("jax", "torch", "tensorflow")
TWINS = ("eager", "compiled")  # PyTorch's, by itself


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


def samples(x: Any) -> int:
    """How many there are."""
    x = next(iter(x.values())) if isinstance(x, dict) else x
    return len(x[0]) if isinstance(x, list) else len(x)


def timed(model: Any, given: tuple[Any, ...], options: dict[str, Any]) -> float:
    """Seconds of a step, in a fit of some epochs."""
    options = {k: v for k, v in options.items() if k not in ("callbacks", "validation_data")}
    options |= {"epochs": EPOCHS, "validation_split": 0.0}
    n = samples(given[0])
    started = time.perf_counter()
    model.fit(*given, **options)
    return (time.perf_counter() - started) / EPOCHS / -(-n // options["batch_size"])


def serve(library: str, name: str) -> None:
    """Fits once a line that comes in, and says how long a step took."""
    if library in TWINS:
        return repeat(of_torch(name, library == "compiled"))
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
    repeat(lambda: timed(*one))


def repeat(turn: Callable[[], float]) -> None:
    """A turn for each line that comes in."""
    print("ready", flush=True)
    for _ in sys.stdin:
        print(turn() * 1e6, flush=True)


def of_torch(name: str, compiled: bool) -> Callable[[], float]:
    """Seconds of a step of the twin, in a fit of some epochs."""
    from autograd_nn import nn
    from benchmarks.twins import fitted

    _, given, options = stopped(name, nn)
    batch, n = options["batch_size"], samples(given[0])
    fit = fitted(name, compiled, given, batch)
    fit(2)

    def turn() -> float:
        started = time.perf_counter()
        fit(EPOCHS)
        return (time.perf_counter() - started) / EPOCHS / -(-n // batch)

    return turn


class Library:
    """A process that fits an example with one library."""

    def __init__(self, library: str, name: str) -> None:
        chosen = {"KERAS_BACKEND": library} if library in BACKENDS else {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.families", "--serve", library, name],
            cwd=ROOT, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | chosen,
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


def absent(name: str) -> tuple[str, ...]:
    """What has no twin of an example."""
    if not importlib.util.find_spec("torch"):
        return TWINS
    from benchmarks import twins

    return () if hasattr(twins, name) else TWINS


def main(names: list[str]) -> None:
    twins = TWINS if importlib.util.find_spec("torch") else ()
    libraries = ["nn", *twins, *(b for b in BACKENDS if importlib.util.find_spec(b))]
    print(f"{'':24}" + "".join(f"{name:>12}" for name in libraries) + "       ratio", flush=True)
    for name in names:
        known = [k for k in libraries if k not in (BACKENDS if name == "gan" else absent(name))]
        processes = [Library(library, name) for library in known]
        for one in processes:
            one.said()
        turns = [[one.turn() for one in processes] for _ in range(TURNS)]
        for one in processes:
            one.end()
        ours, *others = (min(times) for times in zip(*turns, strict=True))
        found = dict(zip(known, (ours, *others), strict=True))
        figures = "".join(f"{found[k]:12.0f}" if k in found else " " * 12 for k in libraries)
        print(f"{name:24}{figures}{ours / min(others, default=ours):12.3f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(*sys.argv[2:])
    else:
        every = sorted(f.stem for f in (ROOT / "examples").glob("*.py"))
        main(sys.argv[1:] or every)
