"""Where in a model a call runs, read off the frames that lead to it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.nn.layer import Layer
from autograd_nn.nn.losses import Loss
from autograd_nn.nn.metrics import Metric
from autograd_nn.nn.module import Module
from autograd_nn.nn.optimizers import Optimizer
from autograd_nn.nn.training.objective import penalty

INSIDE = tuple(str(p) + os.sep for p in (Path(__file__).parents[2], Path(np.__file__).parent))
PARTS: tuple[tuple[str, type], ...] = (
    ("optimizer", Optimizer), ("metric", Metric), ("loss", Loss), ("layer", Layer),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """The part of a model that runs, and the line of the user's own that asked for it.

    part   'layer', 'loss', 'metric', 'optimizer', 'regularizer' or 'step'.
    name   of the layer with those around it, as in 'encoder/dense_1'; of the loss, the metric; of
           the weight that a regularizer reads.
    line   function, file and line, where one of them is the user's.
    """

    part: str
    name: str
    line: str = ""

def here(root: Any, within: Any) -> Place:
    """The place in a model ``root`` of the call that runs; frames end at the code ``within``."""
    around: list[Any] = []
    line, frame = "", sys._getframe(1)
    while frame is not None and frame.f_code is not within:
        code = frame.f_code
        if code.co_argcount and code.co_varnames[0] == "self":
            owner = frame.f_locals["self"]
            if isinstance(owner, Module) and (not around or around[-1] is not owner):
                around.append(owner)
        if not line and not code.co_filename.startswith(INSIDE):
            file = os.path.basename(code.co_filename)
            line = f"{code.co_name}, {file}:{frame.f_lineno}"
        if code is penalty.__code__:
            return Place("regularizer", frame.f_locals["variable"].path, line)
        frame = frame.f_back  # type: ignore[assignment]
    for part, kind in PARTS:
        found = [m for m in reversed(around) if isinstance(m, kind)]
        if part == "layer":
            return Place(part, path(found, root), line) if found else Place("step", root.name, line)
        if found:
            return Place(part, str(getattr(found[0], "name", type(found[0]).__name__)), line)
    raise AssertionError  # the last part is every place's


def path(layers: list[Any], root: Any) -> str:
    """The names of layers, each inside the one before; the model's own only where it is all."""
    inside = [s for s in layers if s is not root]
    return "/".join(s.name for s in inside or layers)
