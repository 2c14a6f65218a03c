"""Derivatives as functions of functions, over the tape's two walks. Trees of tensors everywhere.

A transform gives its function fresh copies of the arguments that are differentiated, each linked
to the value it was made from, and walks back to just those: nested transforms cannot be confused
with one another, and every result can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.engine import doors, ops, tree
from autograd_nn.engine.argnums import positions
from autograd_nn.engine.errors import DTypeError, GradientError, ShapeError, real_only
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.mode import mode, taping
from autograd_nn.engine.node import Leaf, Node, in_state
from autograd_nn.engine.tape import distinct, pullback, pushforward, sort, version
from autograd_nn.engine.tensor import Shared, Tensor, as_tensor, wrap

Function = Callable[..., Any]


def _fresh(value: Any, what: str) -> Tensor:
    """A new place on the tape for an argument, linked to the value it stands for."""
    x = as_tensor(value)
    if kind_of(x.array.dtype) != "f":
        real_only(x.dtype, f"{what} of a complex argument")
        raise DTypeError(
            f"{what}: received an argument of dtype {x.dtype}; expected a floating dtype, for only "
            "those are differentiable. Convert it (for example with float(...) or .astype(float)), "
            "or leave it out of argnums."
        )
    if x.node is not None or mode.recorder is not None:
        y = ops.positive(x)
    else:  # memory that somebody else may write to is copied
        foreign = isinstance(x, Shared) or in_state(x.array)
        y = wrap(x.array.copy() if foreign else x.array)
    if y.node is None:
        y.node = Leaf()
        if mode.recorder is not None:
            mode.recorder.name(y)
    return y


class _Recording:
    """The arguments of one call, those in ``argnums`` fresh, and the tape its result leaves."""

    def __init__(self, f: Function, argnums: Any, args: tuple, kwargs: dict, what: str) -> None:
        if not callable(f):
            raise TypeError(f"{what}: received {type(f).__name__}; expected a function of tensors.")
        self.what = what
        listed = positions(argnums, "argnums", len(args), f"{what}: ")
        self.single = isinstance(argnums, int | np.integer)
        self.leaves, self.structure = tree.flatten(tuple(args[n] for n in listed))
        with taping(True):
            fresh_leaves = [_fresh(leaf, what) for leaf in self.leaves]
            self.nodes: list[Node] = [x.node for x in fresh_leaves]  # type: ignore[misc]
            self.arrays = [x.array for x in fresh_leaves]
            given = iter(tree.unflatten(self.structure, fresh_leaves))
            full = list(args)
            for n in listed:
                full[n] = next(given)
            with doors.asked(self.nodes):
                self.result = f(*full, **kwargs)

    def unpack(self, values: Sequence[Any]) -> Any:
        found = tree.unflatten(self.structure, values)
        return found[0] if self.single else found

    def outer(self, roots: Sequence[Tensor]) -> bool:
        """Whether an enclosing transform, or a leaf of the caller's, needs the walk taped."""
        if not mode.taping:
            return False
        if any([node.__class__ is not Leaf for node in self.nodes]):
            return True
        own = {node.serial for node in self.nodes}
        return any([n.__class__ is Leaf and n.serial not in own and _asked(n) for n in sort(roots)])

    def pull(
        self, roots: Sequence[Tensor], cotangents: Sequence[Tensor], outer: bool | None = None
    ) -> list[Tensor]:
        """The cotangents of the arguments; ``outer`` of the roots, where it is known already."""
        if outer is None:
            outer = self.outer(roots)
        taping = outer or any([g.node is not None for g in cotangents])
        live = [(r, g) for r, g in zip(roots, cotangents, strict=True) if r.node is not None]
        grads = (
            pullback([r for r, _ in live], [g for _, g in live], self.nodes, taping=taping)
            if live
            else {}
        )
        found = [
            grads[node.serial] if node.serial in grads else wrap(np.zeros_like(array))
            for node, array in zip(self.nodes, self.arrays, strict=True)
        ]
        return distinct(found, cotangents)


def _asked(leaf: Any) -> bool:
    """Whether anybody asks for its derivative: not for an argument of a transform that is over."""
    return mode.recorder is not None or leaf.tensor is not None or leaf.serial in doors.running


def _scalar(y: Any, what: str) -> Tensor:
    if not isinstance(y, Tensor):
        if isinstance(y, int | float | np.ndarray | np.generic):
            y = as_tensor(y)
        else:
            raise GradientError(
                f"{what}: the function returned {type(y).__name__}; expected one number (a tensor "
                "of one entry). For further results return (value, aux) and pass has_aux=True."
            )
    if y.size != 1:
        raise ShapeError(
            f"{what}: the function returned shape {y.shape}; expected a single number. Reduce it "
            "with .sum() or .mean(), or use jacobian or vjp."
        )
    if kind_of(y.array.dtype) != "f":
        real_only(y.dtype, f"{what} of a complex result")
        raise DTypeError(
            f"{what}: the function returned dtype {y.dtype}; expected a floating dtype. An integer "
            "or boolean result has no derivative."
        )
    return y


def value_and_grad(f: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """A function that returns f's value and its gradient, df/dx for the arguments ``argnums``.

    f         returns one number; with ``has_aux`` a pair (number, anything).
    argnums   which positional arguments: an integer, or several; each may be a tree.
    Raises ShapeError, DTypeError: a result that is not one floating number.

    >>> import autograd_nn as ag
    >>> ag.value_and_grad(lambda x: x**2)(3.0)
    (Tensor(9.), Tensor(6.))
    """

    @wraps(f)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        run = _Recording(f, argnums, args, kwargs, "grad")
        result, aux = run.result, None
        if has_aux:
            if not isinstance(result, tuple) or len(result) != 2:
                raise GradientError(
                    "grad with has_aux=True: expected the function to return a pair (value, aux); "
                    f"received {type(result).__name__}."
                )
            result, aux = result
        y = _scalar(result, "grad")
        seed = ops.ones_like(y) if mode.recorder is None else _recorded_ones(y)
        outer = run.outer([y])
        grads = run.unpack(run.pull([y], [seed], outer))
        value = y if y.node is None or outer else ops.stop_gradient(y)
        return ((value, _released(aux, run)), grads) if has_aux else (value, grads)

    return transformed


def _recorded_ones(y: Tensor) -> Tensor:
    return wrap(np.ones(y.shape, y.dtype))


def _release(y: Tensor, run: _Recording) -> Tensor:
    """The value for the caller: still taped where something outside this transform needs it."""
    return y if y.node is None or run.outer([y]) else ops.stop_gradient(y)


def _released(aux: Any, run: _Recording) -> Any:
    return tree.map(lambda v: _release(v, run) if isinstance(v, Tensor) else v, aux)


def grad(f: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """A function that returns f's gradient, df/dx; apply it again for higher orders.

    f         returns one number; with ``has_aux`` a pair (number, anything).
    argnums   which positional arguments: an integer, or several; each may be a tree.
    Raises ShapeError, DTypeError: a result that is not one floating number.

    >>> import autograd_nn as ag
    >>> ag.grad(ag.grad(lambda x: x**3))(2.0)
    Tensor(12.)
    """
    both = value_and_grad(f, argnums, has_aux)

    @wraps(f)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        value, grads = both(*args, **kwargs)
        return (grads, value[1]) if has_aux else grads

    return transformed


def _outputs(result: Any, what: str) -> tuple[list[Tensor], Any]:
    """A result's leaves as they are now: the caller may assign to what it receives."""
    leaves, structure = tree.flatten(result)
    roots = [_now(as_tensor(leaf)) for leaf in leaves]
    for y in roots:
        real_only(y.dtype, f"{what} of a complex result")
    return roots, structure


def _now(y: Tensor) -> Tensor:
    return y if y.node is None else version(y.node, y.array)


def vjp(f: Function, *primals: Any, has_aux: bool = False) -> tuple:
    """f's value, and the function that pulls a cotangent of it back to cotangents of the arguments.

    Returns (y, pull) or, with ``has_aux``, (y, pull, aux); pull(g) has one entry per argument and
    may be called any number of times.

    >>> import autograd_nn as ag
    >>> y, pull = ag.vjp(lambda x: x**2, ag.Tensor([1.0, 2.0]))
    >>> pull(ag.Tensor([1.0, 1.0]))
    (Tensor([2., 4.]),)
    """
    run = _Recording(f, tuple(range(len(primals))), primals, {}, "vjp")
    result, aux = run.result if has_aux else (run.result, None)
    roots, structure = _outputs(result, "vjp")

    def pull(cotangent: Any) -> tuple:
        """Cotangents of the arguments, from a cotangent shaped like the value."""
        given, same = tree.flatten(cotangent)
        if same != structure:
            raise ShapeError(
                f"the cotangent's structure is {same}; expected the result's, {structure}."
            )
        gs = []
        for g, y in zip(given, roots, strict=True):
            g = g if isinstance(g, Tensor) else Tensor(g)
            if g.shape != y.shape:
                raise ShapeError(f"received a cotangent of shape {g.shape}; expected {y.shape}.")
            gs.append(g if g.dtype == y.dtype else ops.astype(g, dtype=y.dtype))
        return run.unpack(run.pull(roots, gs))

    value = tree.unflatten(structure, [_release(_now(y), run) for y in roots])
    return (value, pull, _released(aux, run)) if has_aux else (value, pull)


def jvp(f: Function, primals: Any, tangents: Any) -> tuple:
    """f's value and its derivative along ``tangents``, (f(x), J·t): forward mode.

    >>> import autograd_nn as ag
    >>> ag.jvp(lambda x: x**2, (3.0,), (1.0,))
    (Tensor(9.), Tensor(6.))
    """
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise TypeError(
            "jvp expected tuples of arguments and tangents, one tangent per argument; received "
            f"{type(primals).__name__} and {type(tangents).__name__}. Write jvp(f, (x,), (t,))."
        )
    run = _Recording(f, tuple(range(len(primals))), tuple(primals), {}, "jvp")
    given, same = tree.flatten(tuple(tangents))
    if same != run.structure:
        raise ShapeError(
            f"the tangents' structure is {same}; expected the arguments', {run.structure}."
        )
    ts = []
    for t, x in zip(given, run.arrays, strict=True):
        t = t if isinstance(t, Tensor) else Tensor(t)
        if t.shape != x.shape:
            raise ShapeError(f"received a tangent of shape {t.shape}; expected {x.shape}.")
        ts.append(t if t.dtype == x.dtype else ops.astype(t, dtype=x.dtype))
    roots, structure = _outputs(run.result, "jvp")
    outer = run.outer(roots) or any(t.node is not None for t in ts)
    with taping(outer):
        found = pushforward(roots, run.nodes, ts)
    moved = [_moved(found, y) for y in roots]
    value = tree.unflatten(structure, [_release(y, run) for y in roots])
    return value, tree.unflatten(structure, distinct(moved, ts))


def _moved(found: dict[int, Tensor], y: Tensor) -> Tensor:
    """The tangent of a result, zero where it does not depend on what moved."""
    t = None if y.node is None else found.get(y.node.serial)
    if t is not None:
        return t
    return wrap(np.zeros_like(y.array)) if mode.recorder is None else ops.zeros_like(y)


def hvp(f: Function, primals: Any, tangents: Any) -> Any:
    """The Hessian of a single number times a vector, H·t, at the cost of a few gradients.

    >>> import autograd_nn as ag
    >>> ag.hvp(lambda x: (x**3).sum(), (ag.Tensor([1.0, 2.0]),), (ag.Tensor([1.0, 0.0]),))
    Tensor([6., 0.])
    """
    many = len(primals) > 1
    slope = grad(f, argnums=tuple(range(len(primals))) if many else 0)
    return jvp(slope, primals, tangents)[1]


def jacobian(f: Function, argnums: int = 0, forward: bool | None = None) -> Function:
    """A function that returns the Jacobian dy/dx, of shape y.shape + x.shape.

    forward   True: one forward pass per entry of x; False: one backward pass per entry of y;
              None: whichever is fewer.
    Results and arguments may be trees: the Jacobian is then a tree of trees.

    >>> import autograd_nn as ag
    >>> ag.jacobian(lambda x: x**2)(ag.Tensor([1.0, 3.0]))
    Tensor([[2., 0.],
            [0., 6.]])
    """

    @wraps(f)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        run = _Recording(f, argnums, args, kwargs, "jacobian")
        roots, structure = _outputs(run.result, "jacobian")
        rows, columns = sum(y.size for y in roots), sum(a.size for a in run.arrays)
        blocks: list[list[Tensor]] = []
        if forward if forward is not None else columns < rows:
            wide = _forward_columns(run, roots)
            for k, y in enumerate(roots):
                row = []
                for i, x in enumerate(run.arrays):
                    cols = [c[k] for c in wide[i]]
                    block = ops.stack(cols, axis=-1) if cols else ops.zeros((*y.shape, 0), y.dtype)
                    row.append(ops.reshape(block, shape=y.shape + x.shape))
                blocks.append(row)
        else:
            for y in roots:
                pulled = []
                for j in range(y.size):
                    seed = np.zeros(y.size, y.dtype)
                    seed[j] = 1
                    pulled.append(run.pull([y], [wrap(seed.reshape(y.shape))]))
                row = []
                for i, x in enumerate(run.arrays):
                    rows_i = [p[i] for p in pulled]
                    block = ops.stack(rows_i) if rows_i else ops.zeros((0, *x.shape), x.dtype)
                    row.append(ops.reshape(block, shape=y.shape + x.shape))
                blocks.append(row)
        return tree.unflatten(structure, [run.unpack(row) for row in blocks])

    return transformed


def _forward_columns(run: _Recording, roots: Sequence[Tensor]) -> list[list[list[Tensor]]]:
    """J·e for every unit vector e: by argument, entry, result."""
    wide = []
    with taping(run.outer(roots)):
        for node, x in zip(run.nodes, run.arrays, strict=True):
            columns = []
            for j in range(x.size):
                e = np.zeros(x.size, x.dtype)
                e[j] = 1
                found = pushforward(roots, [node], [wrap(e.reshape(x.shape))])
                columns.append([_moved(found, y) for y in roots])
            wide.append(columns)
    return wide


def hessian(f: Function, argnums: int = 0) -> Function:
    """A function that returns the Hessian of a single number, d²f/dx², of shape x.shape + x.shape.

    >>> import autograd_nn as ag
    >>> ag.hessian(lambda x: (x**3).sum())(ag.Tensor([1.0, 2.0]))
    Tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacobian(grad(f, argnums), argnums)


