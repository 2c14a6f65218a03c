"""A function and its vjp that are both on plain arrays, as a subject."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.check.arithmetic import DEPTH
from autograd_nn.engine.check.names import argument_names
from autograd_nn.engine.check.subject import Leaf, Subject, floats, joined
from autograd_nn.engine.errors import DTypeError, GradientError, ShapeError
from autograd_nn.engine.halves import finfo, kind_of


class Plain(Subject):
    """A function and its vjp that are both on plain arrays."""

    forward = False

    def __init__(self, f: Callable[..., Any], vjp: Callable[..., Any], args: tuple) -> None:
        self.f, self.vjp, self.args = f, vjp, args
        self.leaves, self.places = [], []
        for i, (name, value) in enumerate(zip(argument_names(f, args, {}), args, strict=True)):
            array = floats(value)
            if array is not None:
                self.places.append(i)
                self.leaves.append(Leaf(name, array))
        if not self.leaves:
            raise DTypeError(
                "check_gradients received no floating input; expected at least one array or number "
                "of a floating dtype. Pass 2.0, not 2."
            )

    def _arguments(self, arrays: list[np.ndarray]) -> list[Any]:
        values = list(self.args)
        for place, array in zip(self.places, arrays, strict=True):
            values[place] = array
        return values

    def _run(self, x: np.ndarray, high: bool) -> np.ndarray:
        return np.asarray(self.f(*self._arguments(self.split(x, high))))

    def value(self, x: np.ndarray) -> np.ndarray:
        return joined([self._run(x, True)])

    def precision(self) -> float:
        y = self._run(self.point, True)
        return float(finfo(y.dtype).eps) if kind_of(y.dtype) == "f" else 2.0**-52

    def rounding(
        self, x: np.ndarray, v: np.ndarray, us: Sequence[np.ndarray]
    ) -> list[tuple[float, float]]:
        """The arithmetic of plain arrays leaves no trace, so nothing but its results is known."""
        size = np.abs(np.nan_to_num(self.pull(x, v[None])[0]))
        known = [DEPTH * float((size * np.abs(u)).sum()) for u in us]
        return list(zip(known, self.hidden(x, v, us), strict=True))

    def one_rule(self) -> bool:
        return True

    def pull(self, x: np.ndarray, v: np.ndarray, high: bool = True) -> np.ndarray:
        arrays = self.split(x, high)
        y = self._run(x, high)
        rows = []
        for row in v:
            found = self.vjp(*self._arguments([a.copy() for a in arrays]),
                             row.reshape(y.shape).astype(y.dtype))  # fmt: skip
            found = found if isinstance(found, tuple | list) else (found,)
            rows.append(joined(self._chosen(found, arrays)))
        return np.array(rows).reshape(len(v), x.size)

    def _chosen(self, found: Sequence[Any], arrays: list[np.ndarray]) -> list[np.ndarray]:
        if len(found) == len(self.args):
            found = [found[i] for i in self.places]
        if len(found) != len(arrays):
            raise GradientError(
                f"the vjp returned {len(found)} cotangents; expected {len(self.args)}, one per "
                "argument (None for an argument without derivative)."
            )
        chosen = []
        for leaf, c, x in zip(self.leaves, found, arrays, strict=True):
            c = np.zeros(x.shape) if c is None else np.asarray(getattr(c, "array", c))
            if c.shape != x.shape:
                raise ShapeError(
                    f"the vjp returned shape {c.shape} for {leaf.name!r}; expected the argument's, "
                    f"{x.shape}. Where the argument was broadcast, sum over the new axes."
                )
            chosen.append(c)
        return chosen
