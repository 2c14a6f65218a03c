"""BLAS by address: the library that SciPy carries, called without Python in between.

SciPy's copy and not NumPy's, because a program sets how many threads it uses: one, for the runner
deals the slices of a product to threads itself, so that no result depends on their number. Which
kernels it picks is OpenBLAS's affair, and OPENBLAS_CORETYPE's where that is set.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _openblas() -> ctypes.CDLL | None:
    """SciPy's OpenBLAS, loaded without SciPy around it; None where SciPy was built differently."""
    from importlib.util import find_spec

    spec = find_spec("scipy")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]).parent / "scipy.libs"
    for path in sorted(folder.glob("libscipy_openblas*")):
        try:
            lib = ctypes.CDLL(str(path))
            lib.scipy_openblas_get_num_threads()
            return lib
        except (OSError, AttributeError):
            continue
    return None


@cache
def routine(name: str) -> int | None:
    """The address of a Fortran BLAS routine; None where there is none to be had."""
    lib = _openblas()
    try:
        function: Any = lib["scipy_" + name + "_"] if lib is not None else None
    except AttributeError:
        function = None
    if function is not None:
        return ctypes.cast(function, ctypes.c_void_p).value
    return _from_cython(name)


def _from_cython(name: str) -> int | None:
    """The address that SciPy publishes for Cython, whatever BLAS it was built with."""
    try:
        from scipy.linalg import cython_blas

        capsule = cython_blas.__pyx_capi__[name]
    except (ImportError, AttributeError, KeyError):
        return None
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype = ctypes.c_char_p
    api.PyCapsule_GetName.argtypes = [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    return api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))


class _Threads:
    """How many programs run at the moment, and how many threads BLAS had before the first."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running = 0
        self.before = 0


_threads = _Threads()


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS on one thread for a block; the number it had is given back when the last block ends."""
    lib = _openblas()
    if lib is None:
        yield
        return
    with _threads.lock:
        _threads.running += 1
        if _threads.running == 1:
            _threads.before = lib.scipy_openblas_get_num_threads()
            lib.scipy_openblas_set_num_threads(1)
    try:
        yield
    finally:
        with _threads.lock:
            _threads.running -= 1
            if not _threads.running:
                lib.scipy_openblas_set_num_threads(_threads.before)


def _after_fork() -> None:
    _threads.lock = threading.Lock()
    _threads.running = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
