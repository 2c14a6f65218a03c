"""How far native and eager results may lie apart: what rounding alone can do to a program.

The recorded graph is run several times by NumPy with each inexact op's result moved by a few units
in the last place. How far the outputs move is how far apart two correct evaluations may be, and no
further: a program that cancels badly gets room, every other is held to the last places.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.graph.replay import by_numpy, replay
from autograd_nn.engine.graph.values import Call, Graph, Value

TIGHT = {np.dtype("float64"): 1e-12, np.dtype("float32"): 1e-6}
UNITS, DRAWS, SPARE = 4.0, 4, 16.0


def interpret(
    graph: Graph, contents: dict[int, np.ndarray], rng: np.random.Generator | None
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The outputs and the new contents of the effects, by NumPy, call by call.

    ``contents``: arrays of inputs and captured values, by index; ``rng`` draws the disturbances.
    """

    def run(call: Call, operands: list[Any]) -> Any:
        y = by_numpy(call, operands)
        if rng is None or call.op.exact:
            return y
        return tuple(map(disturbed, y)) if isinstance(y, tuple) else disturbed(y)

    def disturbed(y: np.ndarray) -> np.ndarray:
        if y.dtype.kind != "f":
            return y
        tiny = UNITS * np.finfo(y.dtype).eps
        return (y * (1 + tiny * rng.uniform(-1, 1, y.shape))).astype(y.dtype)  # type: ignore[union-attr]

    def outside(v: Value) -> Any:
        return v.array if v.kind == "constant" else contents[v.index]

    with np.errstate(all="ignore"):
        return replay(graph, [contents[v.index] for v in graph.inputs], run, outside)


def slack(graph: Graph, contents: dict[int, np.ndarray], exact: list[np.ndarray]) -> list[Any]:
    """Per result, how far each entry may be off; infinite where rounding decides what it is."""
    rng = np.random.default_rng(0)
    found = [np.zeros(np.shape(y)) for y in exact]
    for _ in range(DRAWS):
        outputs, effects = interpret(graph, contents, rng)
        for room, y, moved in zip(found, exact, [*outputs, *effects], strict=True):
            with np.errstate(all="ignore"):
                away = np.abs(np.asarray(moved, np.float64) - np.asarray(y, np.float64))
            same = (moved == y) | (np.isnan(moved) & np.isnan(y))
            away = np.where(same, 0.0, np.where(np.isfinite(away), away, np.inf))
            np.maximum(room, away, out=room)
    return found


def assert_agree(native: Any, eager: np.ndarray, room: Any, what: str) -> None:
    """Same shape, dtype and places of NaN and inf, and entries within what rounding explains."""
    native = np.asarray(native)
    assert native.shape == eager.shape, f"{what}: shape {native.shape}, eager {eager.shape}"
    assert native.dtype == eager.dtype, f"{what}: dtype {native.dtype}, eager {eager.dtype}"
    tight = TIGHT.get(eager.dtype, 0.0)
    finite = np.isfinite(eager)
    scale = np.max(np.abs(eager[finite]), initial=0.0) if tight else 0.0
    allowed = np.maximum(tight * scale, SPARE * room)
    with np.errstate(all="ignore"):
        away = np.abs(native.astype(np.float64) - eager.astype(np.float64))
    same = (native == eager) | (np.isnan(native) & np.isnan(eager))
    good = same | (away <= allowed) | np.isinf(allowed)
    if not good.all():
        at = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(~good)))
        raise AssertionError(
            f"{what}: {int((~good).sum())} of {good.size} entries differ; at {at} native "
            f"{np.atleast_1d(native)[at]!r}, eager {np.atleast_1d(eager)[at]!r}, allowed "
            f"{np.atleast_1d(np.broadcast_to(allowed, good.shape))[at]:.3g}"
        )


def contents_of(graph: Graph, inputs: list[np.ndarray]) -> dict[int, np.ndarray]:
    """What `interpret` starts from: inputs as given, captured tensors as they are now (copied)."""
    found = {v.index: a for v, a in zip(graph.inputs, inputs, strict=True)}
    found |= {v.index: v.tensor.array.copy() for v in graph.captured if v.tensor is not None}
    return found
