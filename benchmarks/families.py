"""Times a step of the examples beside Keras: ``python -m benchmarks.families [NAME ...]``.

Each example runs as it stands twice, its names taken from `nn` and from Keras (KERAS_BACKEND says
on what), and is stopped at its call of fit. The same data are then fitted by turns; a number is the
median of a step in an epoch, in microseconds. ``gan`` has a step of its own and no twin in Keras.
"""

from __future__ import annotations

import importlib
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from autograd_nn import nn

ROOT = Path(__file__).parent.parent
TURNS, EPOCHS = 5, 3


class Fitted(Exception):
    """Raised at the call of fit, with the model and what was given."""


class Keras:
    """Keras under the names that `nn` gives its own."""

    datasets = nn.datasets

    def __init__(self) -> None:
        keras = importlib.import_module("keras")
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


def main(names: list[str]) -> None:
    print(f"{'':24}{'nn':>8}{'Keras':>8}{'ratio':>8}   microseconds a step")
    for name in names:
        both = [stopped(name, nn), stopped(name, Keras())]
        for one in both:
            timed(*one)  # which compiles
        turns = [[timed(*one) * 1e6 for one in both] for _ in range(TURNS)]
        ours, theirs = (statistics.median(t) for t in zip(*turns, strict=True))
        print(f"{name:24}{ours:8.0f}{theirs:8.0f}{ours / theirs:8.3f}", flush=True)


if __name__ == "__main__":
    every = sorted(f.stem for f in (ROOT / "examples").glob("*.py") if f.stem != "gan")
    main(sys.argv[1:] or every)
