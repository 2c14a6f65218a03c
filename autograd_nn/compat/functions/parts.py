"""Parts of variables that are assigned, ``v[0, 1].assign(3.0)``: a part knows whose it is."""

from __future__ import annotations

from functools import wraps
from typing import Any
from weakref import ref

import numpy as np

from autograd_nn.engine.mode import mode, no_grad
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.variable import Variable

# Of each part that is still held: itself, its variable, and where in it it stands.
_PARTS: dict[int, tuple[Any, Any, Any]] = {}


def known(today: Any) -> Any:
    """`Variable.__getitem__`, whose result `assign` knows again."""

    def __getitem__(self: Any, key: Any) -> Any:
        part = super(Variable, self).__getitem__(key)
        if mode.recorder is None and part is not self:
            number = id(part)
            _PARTS[number] = ref(part, lambda _: _PARTS.pop(number, None)), self, key
        return part

    return __getitem__


def of_parts(today: Any) -> Any:
    """`Tensor.assign`, which of a part of a variable changes the variable, and gives it."""

    @wraps(today)
    def assign(
        self: Any, value: Any, use_locking: Any = None, name: Any = None, read_value: Any = True
    ) -> Any:
        held, variable, key = _PARTS.get(id(self), (None, None, None))
        if held is None or held() is not self:
            return today(self, value)
        array = np.array(variable.array)
        keys = key if isinstance(key, tuple) else (key,)
        at = tuple(k.numpy() if isinstance(k, Tensor) else k for k in keys)
        array[at] = value.array if isinstance(value, Tensor) else value
        with no_grad():
            return variable.assign(array)

    return assign


def plainly(today: Any) -> Any:
    """`Variable.assign_add` and `assign_sub`, told how TensorFlow is to go about it."""

    @wraps(today)
    def changed(
        self: Any, delta: Any, use_locking: Any = None, name: Any = None, read_value: Any = True
    ) -> Any:
        return today(self, delta)

    return changed
