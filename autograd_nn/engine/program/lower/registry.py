"""The registry of lowerings: the families beside this file are found when one is first needed."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module

from autograd_nn.engine.graph.loops import Run
from autograd_nn.engine.graph.values import Call
from autograd_nn.engine.op import REGISTRY, Op
from autograd_nn.engine.program.lower import arrays
from autograd_nn.engine.program.plan.builder import Builder

Lowering = Callable[[Builder, Call], bool | str]  # adds steps; False, or why, where it does not fit
_table: dict[str, Lowering] = {}


def lowering(*names: str) -> Callable[[Lowering], Lowering]:
    """Registers a function as the lowering of the ops named."""

    def declare(function: Lowering) -> Lowering:
        for name in names:
            assert name not in _table, f"{name} has a lowering already"
            _table[name] = function
        return function

    return declare


def lowering_of(op: Op) -> Lowering | None:
    """How an op's calls become steps: as its block says, else as a family here; None: by Python."""
    if op.lowering is not None:
        return op.lowering
    if op.kernel is not None:
        return arrays.lower
    ours = REGISTRY.get(op.name) is op or isinstance(op.forward, Run)
    return lowerings().get(op.name) if ours else None


@cache
def lowerings() -> dict[str, Lowering]:
    """All lowerings of the families, by op."""
    package = __name__.rpartition(".")[0]
    for family in pkgutil.iter_modules(import_module(package).__path__):
        import_module(f"{package}.{family.name}")
    return _table
