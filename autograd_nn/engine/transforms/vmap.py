"""``ag.vmap``: a function of one sample becomes one of many, without a loop.

The function runs once, on one sample, and what it did is recorded; the record is then replayed with
each op's batch rule. The tape knows nothing of it: what is replayed are ops on larger tensors,
taped, recorded and differentiated like any.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.engine import ops, shapes, tree
from autograd_nn.engine.errors import DTypeError, RecordError, ShapeError
from autograd_nn.engine.graph.batch import Rows, over_samples
from autograd_nn.engine.graph.record import Fixed, trace
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.ops.linalg.kernels import shapes_alone
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.engine.weak import Weak

Function = Callable[..., Any]
Axes = Any  # an axis, None, or a tree of such that begins as the values do


def vmap(f: Function, in_axes: Axes = 0, out_axes: Axes = 0) -> Function:
    """A function that applies f to every sample of a batch, yᵢ = f(xᵢ), all at once.

    f          a function of one sample, of trees of tensors, made of ops; gradients inside it too.
    in_axes    which axis of the arguments counts the samples: an integer; None for an argument that
               all samples share; a tuple with one entry per argument, each again a tree of such.
               Arguments by name count along axis 0.
    out_axes   where that axis goes in the results, in the same way; None for a result that is the
               same for all samples.
    f runs once per call, on one sample, and what it did is repeated for all by each op's batch
    rule: it prints once, and Python cannot look at a sample's contents (``if x > 0``; use
    ``where``). An op without a batch rule (a ``custom_op``) runs sample by sample.
    Raises ShapeError: sizes that differ, an axis that is not there, in_axes or out_axes that do not
    fit; DTypeError: a sample that is no array; RecordError: an f that assigns to what it did not
    make, or draws random numbers.

    >>> import autograd_nn as ag
    >>> x, w = ag.Tensor([[1.0, 2.0], [3.0, 4.0]]), ag.Tensor([1.0, -1.0])
    >>> ag.vmap(lambda a, b: (a * b).sum(), in_axes=(0, None))(x, w)
    Tensor([-1., -1.])
    >>> ag.vmap(ag.grad(lambda a: (a**2).sum()))(x)
    Tensor([[2., 4.],
            [6., 8.]])
    """
    if not callable(f):
        raise TypeError(f"vmap: received {type(f).__name__}; expected a function of one sample.")

    @wraps(f)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = tree.flatten([list(args), kwargs])
        axes = _spread(in_axes, list(args), "in_axes", "the arguments")
        axes += [0] * (len(leaves) - len(axes))
        rows = [
            None if axis is None else _first(leaf, axis, f"argument {i}")
            for i, (leaf, axis) in enumerate(zip(leaves, axes, strict=True))
        ]
        n = _count(rows)
        one = [x if r is None else _sample(r) for x, r in zip(leaves, rows, strict=True)]
        alone = nullcontext() if n else shapes_alone()  # of no sample there are shapes alone
        with alone, np.errstate(all="ignore"):  # the replay warns
            graph, (shape, slots) = trace(lambda a, k: f(*a, **k), tree.unflatten(structure, one))
        _stateless(graph)
        given = [
            x if r is None else Rows(r)
            for x, r in zip(leaves, rows, strict=True)
            if r is not None or isinstance(x, Tensor)
        ]
        outputs = over_samples(graph, n, given)
        results = [_number(s.value) if isinstance(s, Fixed) else outputs[s] for s in slots]
        places = _spread(out_axes, tree.unflatten(shape, results), "out_axes", "the results")
        found = [_placed(y, at, n) for y, at in zip(results, places, strict=True)]
        return tree.unflatten(shape, found)

    return transformed


# ---- at the door ---------------------------------------------------------------------------------


def _spread(axes: Axes, value: Any, name: str, what: str) -> list[Any]:
    """An axis for each leaf of ``value``, from a tree that begins as it does."""
    if axes is None or (isinstance(axes, int | np.integer) and not isinstance(axes, bool)):
        return [axes] * len(tree.flatten(value)[0])
    if isinstance(axes, dict) and isinstance(value, dict) and axes.keys() == value.keys():
        return [a for k in value for a in _spread(axes[k], value[k], name, f"{what}[{k!r}]")]
    if isinstance(axes, list | tuple) and isinstance(value, list | tuple):
        if len(axes) == len(value):
            pairs = enumerate(zip(axes, value, strict=True))
            return [k for i, (a, v) in pairs for k in _spread(a, v, name, f"{what}[{i}]")]
    raise ShapeError(
        f"vmap: received {name}={axes!r} for {what}, {_described(value)}; expected an integer, "
        "None, or a tree of such that begins as these do: one entry per argument or part."
    )


def _described(value: Any) -> str:
    if isinstance(value, dict):
        return f"a dict of {', '.join(map(repr, value)) or 'nothing'}"
    if isinstance(value, list | tuple):
        return f"{len(value)} in all"
    return f"a {type(value).__name__}"


def _first(leaf: Any, axis: int, what: str) -> Tensor:
    """An argument with its samples along the first axis."""
    if type(leaf) is Weak or not isinstance(leaf, Tensor | np.ndarray | np.generic):
        raise DTypeError(
            f"vmap: received {type(leaf).__name__} for {what}, over whose axis {axis} it is to "
            "run; expected a tensor or an array. Give None in in_axes for what all samples share, "
            "or bind it with functools.partial."
        )
    x = as_tensor(leaf)
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError(
            f"vmap: received {what} of shape {x.shape} and the axis {axis} in in_axes; expected "
            "an axis that it has. Give None for what all samples share."
        )
    return ops.moveaxis(x, axis, 0)


def _count(rows: list[Tensor | None]) -> int:
    """How many samples there are."""
    sizes = {f"argument {i}": r.shape[0] for i, r in enumerate(rows) if r is not None}
    if not sizes:
        raise ShapeError(
            "vmap: received no array to run over: every entry of in_axes is None, or there is no "
            "argument. Expected at least one with an axis of samples."
        )
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{n} in {what}" for what, n in sizes.items())
        raise ShapeError(
            f"vmap: the arguments differ in how many samples they have: {listed}. Expected one "
            "size along the axes that in_axes names (arguments are counted leaf by leaf)."
        )
    return next(iter(sizes.values()))


def _sample(rows: Tensor) -> Tensor:
    """One sample's contents for the trial run."""
    a = rows.array
    return wrap(a[0].copy() if len(a) else np.zeros(a.shape[1:], a.dtype))


def _stateless(graph: Graph) -> None:
    if graph.effects:
        shown = ", ".join(str(old.shape) for old, _ in graph.effects)
        raise RecordError(
            f"vmap: the function assigns to tensors of outside, of shape {shown} (where it draws "
            "random numbers, to a generator's state); nothing was changed. Expected a function "
            "that only computes: return the new contents, and draw before, for all samples."
        )


def _number(value: Any) -> Any:
    """A result that is no tensor: a number is the same for all samples."""
    try:
        return as_tensor(value)
    except (DTypeError, TypeError, ValueError):
        raise DTypeError(
            f"vmap: the function returned {type(value).__name__}; expected tensors or numbers, in "
            "a tree."
        ) from None


def _placed(y: Any, axis: int | None, n: int) -> Tensor:
    """A result with its samples along the axis asked for."""
    if axis is None:
        if isinstance(y, Rows):
            raise ShapeError(
                f"vmap: received None in out_axes for a result of shape {y.all.shape[1:]} that "
                "differs between samples; expected the axis to put the samples along."
            )
        return y
    x = y.all if isinstance(y, Rows) else ops.broadcast_to(y, shape=(n, *y.shape))
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError(
            f"vmap: received the axis {axis} in out_axes for a result whose samples have shape "
            f"{x.shape[1:]}; expected {-x.ndim} to {x.ndim - 1}."
        )
    return ops.moveaxis(x, 0, shapes.axis_index(axis, x.ndim))
