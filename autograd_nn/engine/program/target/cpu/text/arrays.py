"""The text around a kernel on arrays: views of its block's memory, and a call for each sample.

Indices are checked, and what the kernel raises is caught and reported: native code can pass on no
exception. Names that the text itself uses are renamed, so that the kernel may use any.
"""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from autograd_nn.engine.program.lower.arrays import OnArrays

DTYPES = {"F": "float", "I": "int", "U": "uint"}
OWN = ("carray", "pointer", "as_float", "store", "I8", "np")  # of the space a text is compiled in


def arrays_text(kernel: OnArrays, name: str) -> str:
    """The kernel's text and the function ``name`` of (a, tid, nth) that calls it."""
    found: dict[str, str] = {}
    _collect(kernel.function, found)
    at, given = 1, []
    for code, ndim in kernel.arrays:
        sizes = "".join(f"a[{at + 2 + d}], " for d in range(ndim))
        dtype = "bool_" if code == "B1" else f"{DTYPES[code[0]]}{8 * int(code[1:])}"
        given.append(
            f"_carray(_pointer(a[{at}] + i * a[{at + 1}], _np.{dtype}), ({sizes}), _np.{dtype})"
        )
        at += 2 + ndim
    for kind in kernel.params:
        given.append({"int": f"a[{at}]", "float": f"_as_float(a[{at}])"}.get(kind, kind))
        at += kind in ("int", "float")
    head = f"{', '.join('_' + own for own in OWN)} = {', '.join(OWN)}\n"
    call = f"{unwrapped(kernel.function).__name__}({', '.join(given)})"
    return head + "\n".join(found.values()) + (
        f"\ndef {name}(a, tid, nth):\n"
        f"    for i in range(a[0] * tid // nth, a[0] * (tid + 1) // nth):\n"
        f"        try:\n"
        f"            {call}\n"
        f"        except Exception:\n"
        f"            _store(a[{at}], 0, a[{at + 1}] + i, _I8, 0, 1)\n"
        f"            return\n"
    )  # fmt: skip


def unwrapped(function: Any) -> Callable[..., Any]:
    """The Python function of one that Numba compiled."""
    return getattr(function, "py_func", function)


def _collect(function: Any, found: dict[str, str]) -> None:
    """The texts of a function and of what it names outside, each after those that it names."""
    function = unwrapped(function)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    body = tree.body[0]
    if not isinstance(body, ast.FunctionDef):
        raise OSError("a kernel is a function of its own, not a lambda")
    body.decorator_list = []
    body.returns = None
    for argument in [*body.args.args, *body.args.kwonlyargs]:
        argument.annotation = None
    found.setdefault(function.__name__, "")
    cells = inspect.getclosurevars(function)
    for name, value in {**cells.globals, **cells.nonlocals}.items():
        if name in found:
            continue
        if isinstance(value, ModuleType):
            if value in (np, math):
                found[name] = f"{name} = {value.__name__.replace('numpy', '_np')}"
        elif isinstance(value, bool | int | float):
            found[name] = f"{name} = float({str(value)!r})" if type(value) is float else (
                f"{name} = {value!r}"
            )  # fmt: skip
        elif inspect.isfunction(unwrapped(value)):
            _collect(value, found)
    found.pop(function.__name__)
    found[function.__name__] = "@checked\n" + ast.unparse(tree)
