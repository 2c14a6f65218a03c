"""BLAS by address: SciPy carries the pointers of its library for Cython, and we call them directly."""

from __future__ import annotations

import ctypes
from functools import cache


@cache
def routine(name: str) -> int | None:
    """The address of a Fortran BLAS routine of SciPy's; None where SciPy does not carry it."""
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
