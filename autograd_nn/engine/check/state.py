"""What a function keeps between calls, put back so that every evaluation starts alike.

Random generators, weights and the computing dtype of layers are found in the function itself: its
closure, its defaults, the object it is bound to, and the layers inside those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.random import Generator, default_generator
from autograd_nn.engine.tensor import Tensor


class Frozen:
    """The state reachable from some objects, as it was when this was made."""

    def __init__(self, roots: Iterable[Any]) -> None:
        self.layers: list[Any] = []
        self.generators: list[Generator] = [default_generator()]
        self.weights: list[Tensor] = []
        seen: set[int] = set()
        stack = list(roots)
        while stack:
            item = stack.pop()
            if id(item) in seen:
                continue
            seen.add(id(item))
            if isinstance(item, Generator):
                self.generators.append(item)
            elif isinstance(item, list | tuple):
                stack.extend(item)
            elif isinstance(item, dict):
                stack.extend(item.values())
            elif _is_layer(item):
                self.layers.append(item)
                self.weights.extend(item.weights)
                stack.extend(vars(item).values())
            elif callable(item) and not isinstance(item, type):
                stack.extend(_captured(item))
        self.weights = list({id(w): w for w in self.weights}.values())
        self._saved: list[Tensor] = [g.state for g in self.generators] + self.weights
        self._arrays = [t.array for t in self._saved]

    @contextmanager
    def restored(self, high: bool) -> Iterator[None]:
        """Everything as it was, layers in float64 if ``high``; and so again at the end."""
        own = [(layer, layer.dtype_policy, layer._np_dtype) for layer in self.layers]
        self._restore()
        try:
            if high:
                for layer in self.layers:
                    layer.dtype_policy = "float64"
                for w in self.weights:
                    if kind_of(w.array.dtype) == "f":
                        w.array = w.array.astype(np.float64)
            yield
        finally:
            for layer, policy, dtype in own:
                layer.dtype_policy, layer._np_dtype = policy, dtype
            self._restore()

    def _restore(self) -> None:
        for t, array in zip(self._saved, self._arrays, strict=True):
            t.array = array


def _is_layer(item: Any) -> bool:
    """Whether it computes in a dtype of its own on weights of its own, as layers do."""
    return hasattr(item, "_np_dtype") and hasattr(item, "weights") and not isinstance(item, type)


def _captured(function: Any) -> list[Any]:
    """What a callable holds on to."""
    found = []
    for cell in getattr(function, "__closure__", None) or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # a name that was never given a value
            continue
    found += list(getattr(function, "__defaults__", None) or ())
    found += list((getattr(function, "__kwdefaults__", None) or {}).values())
    found += [getattr(function, name, None) for name in ("__self__", "__wrapped__", "func")]
    return [*found, *getattr(function, "args", ())] if hasattr(function, "func") else found
