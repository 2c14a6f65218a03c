"""From a kernel's source text to machine code, by Numba; and the child process that does it.

Compiling happens in a helper process when one can be started: Numba's import and compilation then
neither compete with training for the interpreter nor stay in its memory. What comes back is the
object code of one function without any reference to Python.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """A kernel to compile: the function ``name`` in ``text``; ``extern``: further definitions."""

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

    import llvmlite.binding as llvm
    import numpy as np
    from numba import cfunc, njit, types

    from autograd_nn.engine.kernels import functions, memory, rows, tiles

    space: dict[str, Any] = {
        k: v for part in (memory, tiles) for k, v in vars(part).items() if not k.startswith("_")
    }
    space.update(
        math=math, np=np, functions=functions, rows=rows,
        B1=np.uint8, I1=np.int8, I2=np.int16, I4=np.int32, I8=np.int64,
        U1=np.uint8, U2=np.uint16, U4=np.uint32, U8=np.uint64, F4=np.float32, F8=np.float64,
        helper=njit(error_model="numpy", inline="always"),
    )  # fmt: skip
    exec(compile(source.text, f"<kernel {source.name}>", "exec"), space)  # noqa: S102
    i64 = types.int64
    signature = types.void(types.CPointer(i64), i64, i64)
    compiled = cfunc(signature, error_model="numpy", forceinline=True)(space[source.name])
    library = compiled._library
    module = llvm.parse_assembly(library.get_llvm_str())
    declared = (f.name for f in module.functions if f.is_declaration)
    needs = tuple(sorted(name for name in declared if not name.startswith("llvm.")))
    if "PyErr_WriteUnraisable" in needs:
        raise CompileError("it may raise an exception, which native code could not pass on")
    return Code(compiled._wrapper_name, needs, library._get_compiled_object())


def _serve() -> None:
    """The helper process: one JSON request a line in, one answer a line out, until input ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever prints must not reach the answers
    for line in sys.stdin:
        name, text = json.loads(line)
        try:
            code = compile_source(Source(name, text))
            answer: Any = [code.symbol, code.needs, base64.b64encode(code.data).decode()]
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        out.write(json.dumps(answer) + "\n")
        out.flush()


class CompileError(RuntimeError):
    """A kernel could not be compiled; the program then runs its ops one by one."""


class Compiler:
    """Compiles kernels one by one in a helper process, or in this one where none can start."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._here = os.environ.get("AUTOGRAD_NN_COMPILE") == "inline"

    def _start(self) -> None:
        import autograd_nn

        root = os.path.dirname(os.path.dirname(os.path.abspath(autograd_nn.__file__)))
        program = (
            f"import sys; sys.path[:0] = {[root, *filter(None, sys.path)]!r}; "
            "from autograd_nn.engine.program.compiler import _serve; _serve()"
        )
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C in the terminal is for the training process
        )

    def compile(self, sources: Iterable[Source]) -> Iterable[tuple[Source, Code | CompileError]]:
        """The code of each source, as it becomes ready."""
        with self._lock:
            for source in sources:
                yield source, self._one(source)
            self.close()

    def _one(self, source: Source) -> Code | CompileError:
        if not self._here and self._process is None:
            try:
                self._start()
            except OSError:  # no processes here
                self._here = True
        if self._here:
            try:
                return compile_source(source)
            except Exception as error:
                return CompileError(f"{type(error).__name__}: {error}")
        process = self._process
        assert process is not None and process.stdin and process.stdout
        try:
            process.stdin.write(json.dumps([source.name, source.text]) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
        except (OSError, ValueError):  # killed, or this source ended it: not tried again here
            self.close()
            return CompileError("the compiling process ended")
        if isinstance(answer, str):
            return CompileError(answer)
        symbol, needs, data = answer
        return Code(symbol, tuple(needs), base64.b64decode(data))

    def close(self) -> None:
        """Ends the helper process."""
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:
                        pass
            process.wait()
