"""An op of the user's own: any function on arrays, with its vjp."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any, NoReturn

import numpy as np

from autograd_nn.engine import doors, shapes
from autograd_nn.engine.calls import NO_PARAMS, call, general, ndarray, sources
from autograd_nn.engine.declare import answer, parameters, signature
from autograd_nn.engine.errors import GradientError, MutationError
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import Node
from autograd_nn.engine.op import Interval, Op, Rule
from autograd_nn.engine.tensor import Tensor, as_tensor, native_order, wrap


def custom_op(
    vjp: Rule,
    *,
    jvp: Rule | None = None,
    shape: str | Callable[..., tuple[int, ...]] | None = None,
    once: bool = False,
    name: str | None = None,
    domain: Sequence[Interval] = (),
    pure: bool = False,
    batch: Callable[..., Any] | bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Tensor]]:
    """Declares an op of your own: a function on arrays, and its vjp.

    y = f(*xs, **params); vjp(g, y, *xs, **params) returns the cotangents of all operands, a tuple
    (one alone for one operand), None for an operand without derivative.

    vjp    written on Tensors: derivatives of every order. With ``once=True`` it is written on plain
           arrays: a second derivative through it is then refused with an error, never wrong. One
           that answers with arrays without saying so serves first derivatives alone.
    jvp    (ts, y, *xs, **params) -> tangent, ``ts`` with None where nothing moves; optional.
    shape  signature or rule, for errors at the door; optional.
    pure   equal operands give equal results, every time: programs may share and fold its calls.
    batch  what `vmap` is to do: False: run it sample by sample; True: the function and its vjp take
           any leading axes; (n, on, *xs, **params) -> result for n samples along the first axis of
           the operands that ``on`` names, and of the result.
    The op is not entered in the registry, so the name is free. It takes part in everything:
    transforms, programs (run between native stretches), ``check_gradients``.

    >>> import numpy as np, autograd_nn as ag
    >>> @ag.custom_op(vjp=lambda g, y, x: g * 3 * x**2)
    ... def cube(x):
    ...     return x**3
    >>> float(ag.grad(cube)(2.0)), float(ag.grad(ag.grad(cube))(2.0))
    (12.0, 12.0)
    """

    def declare(kernel: Callable[..., Any]) -> Callable[..., Tensor]:
        arity, names, defaults = parameters(kernel)
        label = name or kernel.__name__

        def checked(g: Tensor, y: Tensor, xs: tuple, params: dict[str, Any]) -> tuple:
            found = vjp(g, y, *xs, **params)
            found = found if isinstance(found, tuple | list) else (found,)
            if len(found) != len(xs):
                raise GradientError(
                    f"the vjp of {label!r} returned {len(found)} cotangents; expected {len(xs)}, "
                    "one per operand (None where there is no derivative)."
                )
            return tuple(found)

        def variadic(i: int, g: Tensor, y: Tensor, *xs: Any, **params: Any) -> Tensor | None:
            if once:
                c = _once(label, checked, i, g, y, xs, params)
            else:
                c = checked(g, y, xs, params)[i]
            if c is None:
                return None
            c = answer(c, f"the vjp of {label!r}", (g, y, *xs))
            want = np.shape(getattr(xs[i], "array", xs[i]))
            if c.shape != want and len(xs) == 1:
                raise GradientError(
                    f"the vjp of {label!r} returned a cotangent of shape {c.shape} for operand "
                    f"{i}; expected the operand's shape {want}."
                )
            return c

        def forward(*arrays: Any, **params: Any) -> Any:
            try:
                y = kernel(*[_locked(a) for a in arrays], **params)
            except ValueError as error:
                if "read-only" not in str(error):
                    raise
                raise MutationError(
                    f"the custom op {label!r} writes to its operands ({error}): others may read "
                    "them. Expected a function that leaves them as they are; write to a copy "
                    "(x = x.copy())."
                ) from None
            # What it keeps itself, such as a buffer for every call, it may write again.
            return y.copy() if _holders(y) > FRESH else native_order(np.asarray(y))

        def moved(i: int, t: Tensor, y: Tensor, *xs: Any, **params: Any) -> Tensor:
            ts = tuple(t if k == i else None for k in range(len(xs)))
            moved = jvp(ts if len(xs) > 1 else t, y, *xs, **params)  # type: ignore[misc]
            return answer(moved, f"the jvp of {label!r}", (t, y, *xs))

        op = Op(
            label,
            forward,
            variadic,
            arity=arity,
            params=names,
            jvps=moved if jvp is not None else None,
            shape=shapes.signature_rule(shape) if isinstance(shape, str) else shape,
            signature=shape if isinstance(shape, str) else "",
            domain=tuple(domain) or ((-2.0, 2.0),) * (arity or 1),
            cuts=None,
            pure=pure,
            batch=batch,
        )
        run = general(op, defaults)

        def function(*operands: Any, **params: Any) -> Tensor:
            for key in names:
                if isinstance(params.get(key), Tensor):
                    doors.contents(params[key], f"the parameter {key!r} of {label!r}, a constant,")
            return run(*operands, **params)

        function.__name__ = function.__qualname__ = label
        function.__module__ = getattr(kernel, "__module__", __name__)
        function.__doc__ = kernel.__doc__
        function.__signature__ = signature(kernel)  # type: ignore[attr-defined]
        function.op = op  # type: ignore[attr-defined]
        op.function = function
        return function

    return declare


def _locked(array: Any) -> Any:
    """A view that cannot be written through."""
    if array.__class__ is ndarray:
        array = array.view()
        array.setflags(write=False)
    return array


def _holders(y: Any) -> int:
    """How many references there are to an array's memory."""
    if y.__class__ is not ndarray:
        return 0
    owner = y if y.base is None else y.base
    return getrefcount(owner)


def _of_a_fresh_array() -> int:
    y = np.zeros(1)
    return _holders(y)


FRESH = _of_a_fresh_array()


def _once(
    label: str, vjp: Callable[..., tuple], i: int, g: Tensor, y: Tensor, xs: tuple, params: dict
) -> Tensor | None:
    """An array-only vjp as a taped op whose own derivative is refused."""

    def refuse() -> NoReturn:
        raise GradientError(
            f"{label!r} was declared once-differentiable (once=True: its vjp is on plain arrays). "
            "Received a request for a second derivative; expected one at most. Write its vjp on "
            "Tensors and drop once=True."
        )

    def forward(g: Any, y: Any, *xs: Any) -> Any:
        c = vjp(_locked(g), _locked(y), tuple(_locked(x) for x in xs), params)[i]
        return None if c is None else np.asarray(c)

    def jvps(k: int, t: Tensor, c: Tensor, g: Tensor, y: Tensor, *xs: Any) -> Tensor | None:
        if k == 0:  # linear in the cotangent, whatever the operands
            return as_tensor(forward(t.array, y.array, *(getattr(x, "array", x) for x in xs)))
        refuse()

    def vjps(k: int, h: Tensor, c: Tensor, g: Tensor, y: Tensor, *xs: Any) -> Tensor | None:
        if k != 0:
            refuse()
        # The vjp's own transpose, the pushforward: only by unit cotangents, one call an entry.
        rest = [getattr(x, "array", x) for x in (y, *xs)]
        unit, moved = np.zeros(g.array.size, g.array.dtype), np.zeros(g.array.size, g.array.dtype)
        for j in range(unit.size):
            unit[:] = 0
            unit[j] = 1
            row = forward(unit.reshape(g.array.shape), *rest)
            moved[j] = 0 if row is None else (row * h.array).sum()
        return wrap(moved.reshape(g.array.shape))

    arrays = [getattr(x, "array", x) for x in (g, y, *xs)]
    array = forward(*arrays)
    if array is None:
        return None
    out = wrap(array)
    taped = any(getattr(x, "node", None) is not None for x in (g, y, *xs))
    op = Op(f"{label} vjp", forward, vjps, arity=None, jvps=jvps, cuts=None, pure=False)
    op.function = lambda *o, **p: call(op, o, p)
    if taped and mode.taping:
        out.node = Node(op, sources((g, y, *xs)), tuple(arrays), NO_PARAMS)
    if mode.recorder is not None:
        mode.recorder.record(op, (g, y, *xs), NO_PARAMS, out)
    return out
