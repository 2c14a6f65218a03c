"""From a kernel's source text to machine code, by Numba: one function without reference to Python.

Where it happens (a helper process, or this one) is `asking`'s business.
"""

from __future__ import annotations

import hashlib
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

_own = threading.local()  # whether this thread compiles a kernel


@dataclass(frozen=True, slots=True)
class Source:
    """A kernel to compile: the function ``name`` in ``text``."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A compiled kernel: its object file, its symbol, the symbols it needs from the C library."""

    symbol: str
    needs: tuple[str, ...]
    data: bytes


def compile_source(source: Source) -> Code:
    """Compiles one kernel, with Numba, to code that refers to the C library alone."""
    import math

    import numpy as np
    from numba import carray, cfunc, njit, types

    from autograd_nn.engine.kernels import functions, halves, memory, rows, tiles

    _leave_warnings()
    parts = (memory, tiles, halves)
    space: dict[str, Any] = {
        k: v for part in parts for k, v in vars(part).items() if not k.startswith("_")
    }
    space.update(
        math=math, np=np, functions=functions, rows=rows,
        B1=np.uint8, I1=np.int8, I2=np.int16, I4=np.int32, I8=np.int64,
        U1=np.uint8, U2=np.uint16, U4=np.uint32, U8=np.uint64, F4=np.float32, F8=np.float64,
        helper=njit(error_model="numpy", forceinline=True),
        checked=njit(error_model="numpy", boundscheck=True), carray=carray,
    )  # fmt: skip
    exec(compile(source.text, f"<kernel {source.name}>", "exec"), space)  # noqa: S102
    function = space[source.name]
    # Symbols are made of the function's name: no two kernels linked together may have one.
    digest = hashlib.sha256(f"{source.name}\n{source.text}".encode()).hexdigest()
    function.__name__ = function.__qualname__ = f"{source.name}_{digest[:32]}"
    i64 = types.int64
    signature = types.void(types.CPointer(i64), i64, i64)
    _own.compiles = True
    try:
        compiled = cfunc(signature, error_model="numpy", forceinline=True)(function)
    finally:
        _own.compiles = False
    library = compiled._library
    declared = (f.name for f in library._final_module.functions if f.is_declaration)
    needs = tuple(sorted(name for name in declared if not name.startswith("llvm.")))
    if "PyErr_WriteUnraisable" in needs:
        raise CompileError("it may raise an exception, which native code could not pass on")
    if any(name.startswith(FOREIGN) for name in needs if name != UNUSED):
        raise CompileError(
            "it asks for memory, or for a function of Numba's or Python's; expected loops over "
            "entries, y[i] = ..., where it makes or copies arrays, y[:] = ..."
        )
    return Code(compiled._wrapper_name, needs, library._get_compiled_object())


@cache
def _leave_warnings() -> None:
    """Has Numba leave warnings alone where a kernel is compiled, which may be in a thread.

    For every line whose types it infers it sets Python's filters and puts them back, and these all
    threads share: what another one sets meanwhile would be undone, and its warnings be lost.
    """
    from numba.core.errors import WarningsFixer

    gathered = WarningsFixer.catch_warnings

    @wraps(gathered)
    def catch_warnings(self: Any, *args: Any, **options: Any) -> Any:
        if getattr(_own, "compiles", False):
            return nullcontext()
        return gathered(self, *args, **options)

    WarningsFixer.catch_warnings = catch_warnings


def tried(source: Source) -> Code | CompileError:
    """A kernel's code, or why there is none."""
    try:
        return compile_source(source)
    except CompileError as error:
        return error
    except Exception as error:
        return CompileError(short(f"{type(error).__name__}: {error}"))


def short(text: str) -> str:
    """The line of an error that says what is wrong; Numba's begin with where it was found."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for line in lines if "Failed in nopython mode" not in line] or lines
    return said[0][:160]


# Symbols of Python's, and of what Numba has for memory, exceptions and linear algebra.
FOREIGN = ("Py", "NRT_", "numba_gil_", "numba_unpickle", "numba_xx", "numba_ez")
# Frees an array's memory. The arrays of a kernel own none, and none calls it.
UNUSED = "NRT_MemInfo_call_dtor"


class CompileError(RuntimeError):
    """A kernel could not be compiled; the program then runs its ops one by one."""
