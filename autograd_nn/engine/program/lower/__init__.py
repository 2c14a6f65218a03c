"""Lowering: a call that is no loop becomes steps over kernels. One family of ops a file.

In: a `Builder` and a call of the record. Out: steps. A lowering is ``(builder, call) -> bool``; it
asks where operands lie (`builder.place`, `ordered`, `of`), adds steps (`builder.run` a kernel,
`copy`, `fill`), and says False, or why, where its kernel does not fit: Python then makes the call.
A file here registers it with ``@lowering("name")`` and is found by itself; an op may name it in its
block, ``lowering=``, or a plain function of arrays, ``kernel=`` (``arrays.py``). A kernel here is
Python that is compiled from its text, ``(a, tid, nth)``: it reads its cells ``a[0]``, … and does
part ``tid`` of ``nth``, with `load` and `store` as in ``engine/kernels``. Start with ``order.py``;
``tests/program/test_kernel_door.py`` has an op whole.
"""


from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module

from autograd_nn.engine.graph.loops import Bodied
from autograd_nn.engine.graph.values import Call as Call
from autograd_nn.engine.graph.values import Immediate as Immediate
from autograd_nn.engine.graph.values import Value as Value
from autograd_nn.engine.op import REGISTRY, Op
from autograd_nn.engine.program.dtypes import code_of as code_of
from autograd_nn.engine.program.dtypes import floating as floating
from autograd_nn.engine.program.dtypes import integer as integer
from autograd_nn.engine.program.dtypes import known as known
from autograd_nn.engine.program.layout import Place as Place
from autograd_nn.engine.program.layout import whole as whole
from autograd_nn.engine.program.lower import arrays
from autograd_nn.engine.program.plan.builder import Builder as Builder

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
    ours = REGISTRY.get(op.name) is op or isinstance(op.forward, Bodied)
    return lowerings().get(op.name) if ours else None


@cache
def lowerings() -> dict[str, Lowering]:
    """All lowerings of the families, by op."""
    for family in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{family.name}")
    return _table
