"""Functions on tensors, layers and models as subjects, and their gradients as subjects again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.check.names import argument_names, paths
from autograd_nn.engine.check.state import Frozen
from autograd_nn.engine.check.subject import Leaf, Subject, Taped, floats, gradients
from autograd_nn.engine.doors import asked
from autograd_nn.engine.errors import DTypeError, GradientError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.mode import enable_grad
from autograd_nn.engine.node import Leaf as Start
from autograd_nn.engine.tape import version
from autograd_nn.engine.tensor import Tensor, wrap


class Function(Subject):
    """A function on tensors and the trees of arguments it is called with.

    weights   leaves that the function reads by itself: a model's variables.
    fixed     names of arguments that are not differentiated.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: tuple,
        kwargs: dict[str, Any],
        *,
        weights: Sequence[Tensor] = (),
        fixed: Sequence[str] = (),
        state: Sequence[Any] = (),
    ) -> None:
        self.f = f
        self.frozen = Frozen([f, *state])
        self.values, self.structure = tree.flatten((list(args), kwargs))
        self.leaves, self.places = [], []
        names = argument_names(f, args, kwargs)
        named = [(n, p) for n, a in zip(names, [*args, *kwargs.values()], strict=True)
                 for p in paths(n, a)]  # fmt: skip
        for i, ((name, path), value) in enumerate(zip(named, self.values, strict=True)):
            array = floats(value)
            if array is not None and name not in fixed:
                self.places.append(i)
                self.leaves.append(Leaf(path, array))
        self.leaves += [Leaf(getattr(w, "path", "weight"), w.array, w) for w in weights]
        if not self.leaves:
            raise DTypeError(
                "check_gradients received no floating input; expected at least one array, number "
                "or weight of a floating dtype, for only those are differentiable. Pass 2.0, not 2."
            )

    @contextmanager
    def taped(self, arrays: list[np.ndarray], high: bool) -> Iterator[Taped]:
        values, xs = list(self.values), []
        with self.frozen.restored(high):
            mine = [leaf.tensor for leaf in self.leaves if leaf.tensor is not None]
            own = [(x.array, x.node) for x in mine]
            try:
                for k, (leaf, array) in enumerate(zip(self.leaves, arrays, strict=True)):
                    x = leaf.tensor
                    if x is None:
                        x = values[self.places[k]] = wrap(array)
                        x.node = Start()
                    else:
                        x.array = array
                    xs.append(version(x.node, x.array))  # f may assign to the tensor it is given
                args, kwargs = tree.unflatten(self.structure, values)
                with asked([x.node for x in xs if x.node is not None]):
                    outs = self.f(*args, **kwargs)
                yield floating(outs), xs
            finally:
                for tensor, (array, node) in zip(mine, own, strict=True):
                    tensor.array, tensor.node = array, node


class Derivative(Subject):
    """The gradient of a subject under fixed cotangents, as a subject: for the next order."""

    def __init__(self, base: Subject, v: np.ndarray) -> None:
        self.base, self.v, self.leaves = base, v, base.leaves

    @contextmanager
    def taped(self, arrays: list[np.ndarray], high: bool) -> Iterator[Taped]:
        with enable_grad(), self.base.taped(arrays, high) as (outs, xs):
            yield gradients(outs, xs, self.v, taping=True), xs


def floating(result: Any) -> list[Tensor]:
    """The floating tensors in a function's result; integers and booleans have no derivative."""
    found = []
    for leaf in tree.flatten(result)[0]:
        if isinstance(leaf, Tensor):
            if kind_of(leaf.array.dtype) == "f":
                found.append(leaf)
        elif isinstance(leaf, float | np.ndarray | np.floating):
            array = np.asarray(leaf)
            if kind_of(array.dtype) == "f":
                found.append(wrap(array))
    if not found:
        raise GradientError(
            "check_gradients: the function returned no floating tensor; expected at least one. "
            f"Received {type(result).__name__}; return the value that is to be differentiated."
        )
    return found
