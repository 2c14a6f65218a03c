"""Ownership: whether what a recording captured is somebody else's, told by what stays alive.

The record lets go of a tensor and looks whether it is gone. What lives on is somebody's: its
contents are read at every run. (Counting references would tell less: an interpreter may keep some
without counting, and holds others for itself.)
"""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from autograd_nn.engine.graph.values import Value
from autograd_nn.engine.tensor import share, wrap


def _dropped(v: Value) -> bool:
    """Lets go of a captured value's tensor; whether it is gone with that, else it is held again."""
    seen = ref(v.tensor)  # type: ignore[arg-type]
    v.tensor = None
    v.tensor = seen()
    return v.tensor is None


def alone(v: Value, array: np.ndarray, shared: bool) -> bool:
    """Makes an assigned value a constant, its contents of before, where nobody else holds it.

    shared   whether those contents are somebody else's: they are then read at every run.
    """
    if not _dropped(v):
        return False
    if shared:
        v.tensor = share(array)
    else:
        v.kind, v.array = "constant", array
    return True


def let_go(v: Value) -> None:
    """Makes a captured value a constant where nobody else holds it: it cannot change.

    The record lets go of the tensor, then of its memory, and looks whether they are gone.
    """
    array = v.tensor.array  # type: ignore[union-attr]
    if not _dropped(v):
        return
    owner: Any = array
    while type(owner.base) is np.ndarray:
        owner = owner.base
    if owner.base is not None:  # memory that is no array's: a file's, a buffer's
        v.tensor = wrap(array)
        return
    copy, view = array.copy(), (array.shape, array.strides, array.dtype)
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    memory = ref(owner)
    del array, owner
    alive = memory()
    if alive is None:
        v.kind, v.array = "constant", copy
    else:
        shape, strides, dtype = view
        order = np.argsort(alive.strides, kind="stable")[::-1]  # as its entries lie in memory
        v.tensor = wrap(np.ndarray(shape, dtype, alive.transpose(order), start, strides))
