"""The source of what a step runs: a kernel written by hand, or a structure with a writer here."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

from autograd_nn.engine.kernels import runner
from autograd_nn.engine.program.lower.arrays import OnArrays
from autograd_nn.engine.program.lower.index import Nest
from autograd_nn.engine.program.plan.loops.loop import Loop
from autograd_nn.engine.program.plan.step import Kernel
from autograd_nn.engine.program.target.cpu.compiler import Source
from autograd_nn.engine.program.target.cpu.text.arrays import arrays_text
from autograd_nn.engine.program.target.cpu.text.bodies import helper_text
from autograd_nn.engine.program.target.cpu.text.loops import loop_text
from autograd_nn.engine.program.target.cpu.text.nests import nest_text


@cache
def source_of(kernel: Hashable) -> Source:
    """The source of a step's kernel; equal ones have one."""
    if isinstance(kernel, Loop):
        return Source("loop", loop_text(kernel, "loop"))
    if isinstance(kernel, Nest):
        return Source("indexed", nest_text(kernel, "indexed"))
    if isinstance(kernel, OnArrays):
        try:
            return Source("on_arrays", arrays_text(kernel, "on_arrays"))
        except (OSError, TypeError, SyntaxError) as error:  # typed at a prompt, or a lambda
            return Source("on_arrays", f"raise RuntimeError({str(error)!r})\n")
    assert isinstance(kernel, Kernel)
    return _by_hand(kernel)


def _by_hand(kernel: Kernel) -> Source:
    """A kernel's text, its helpers before it, its types filled in."""
    function: Any = kernel.function
    head = "".join(f"{k} = {v}\n" for k, v in kernel.types)
    try:
        text = textwrap.dedent(inspect.getsource(function))
        return Source(function.__name__, head + "".join(_helpers(function)) + text)
    except (OSError, TypeError):  # typed at a prompt: nothing to compile, Python makes the call
        return Source(function.__name__, "")


def _helpers(function: Callable[..., Any]) -> list[str]:
    """The texts of the functions of its module that one calls, and that those call."""
    found: dict[str, None] = {}
    for name in function.__code__.co_names:
        helper = function.__globals__.get(name)
        if inspect.isfunction(helper) and helper is not function:
            found |= dict.fromkeys([*_helpers(helper), helper_text(helper)])
    return list(found)


RUNNER, LANES = source_of(Kernel(runner.runner)), source_of(Kernel(runner.lanes))
