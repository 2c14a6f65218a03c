"""An op of the user's own: any function on arrays, with its vjp."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from autograd_nn.engine import doors, holders, shapes
from autograd_nn.engine.calls import NO_PARAMS, call, general, ndarray, sources
from autograd_nn.engine.declare import answer, counted, parameters, signature
from autograd_nn.engine.errors import GradientError, MutationError
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import Node
from autograd_nn.engine.numeric import native_order
from autograd_nn.engine.op import Interval, Op, Rule
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap


def custom_op(
    vjp: Rule,
    *,
    jvp: Rule | None = None,
    shape: str | Callable[..., tuple[int, ...]] | None = None,
    once: bool = False,
    name: str | None = None,
    domain: Sequence[Interval] = (),
    results: int | tuple[str, ...] = 1,
    pure: bool = False,
    kernel: Callable[..., None] | None = None,
    lowering: Callable[[Any, Any], bool | str] | None = None,
    device: Callable[..., Any] | None = None,
    batch: Callable[..., Any] | bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares an op of your own: a function on arrays, and its vjp.

    y = f(*xs, **params); vjp(g, y, *xs, **params) returns the cotangents of all operands, a tuple
    (one alone for one operand), None for an operand without derivative.

    vjp    written on Tensors: derivatives of every order. With ``once=True`` it is written on plain
           arrays: a second derivative through it is then refused with an error, never wrong. One
           that answers with arrays without saying so serves first derivatives alone.
    jvp    (ts, y, *xs, **params) -> tangent, ``ts`` with None where nothing moves; optional.
    shape  signature or rule, for errors at the door; optional.
    results   of several, which f gives as a tuple: how many, or their names; a signature such as
           "(n,m)->(n),(m)" tells as well. In vjp and jvp g, y and the tangent are then tuples too:
           zeros in g for a result nobody used, None for whole numbers.
    pure   equal operands give equal results, every time: programs may share and fold its calls.
    kernel (operands, results, params): a plain function of arrays, or one of Numba's, that writes
           its results: the op's code in programs. With a signature it is called sample by sample,
           by several threads, and sees the signature's axes alone; without one, whole arrays.
           Indices are checked. Where it does not compile, or asks for memory, f runs in its place,
           and the program's listing says why.
    lowering  (builder, call) -> bool, for more than that: see ``engine/program/lower``.
    device f once more in functions of JAX, (*operands, **params) -> result: the op's code on a GPU
           or TPU. Without it f runs on the host in the midst of a device's program.
    batch  what `vmap` is to do: False: run it sample by sample; True: the function and its vjp take
           any leading axes; (n, on, *xs, **params) -> result for n samples along the first axis of
           the operands that ``on`` names, and of the result.
    The op is not entered in the registry, so the name is free. It takes part in everything:
    transforms, programs (between native stretches, if it has no kernel), ``check_gradients``.

    >>> import numpy as np, autograd_nn as ag
    >>> @ag.custom_op(vjp=lambda g, y, x: g * 3 * x**2)
    ... def cube(x):
    ...     return x**3
    >>> float(ag.grad(cube)(2.0)), float(ag.grad(ag.grad(cube))(2.0))
    (12.0, 12.0)
    """

    def declare(f: Callable[..., Any]) -> Callable[..., Any]:
        arity, names, defaults = parameters(f)
        label = name or f.__name__

        many = counted(label, shape, results)

        def checked(g: Any, y: Any, xs: tuple, params: dict[str, Any]) -> tuple:
            found = vjp(g, y, *xs, **params)
            found = found if isinstance(found, tuple | list) else (found,)
            if len(found) != len(xs):
                raise GradientError(
                    f"the vjp of {label!r} returned {len(found)} cotangents; expected {len(xs)}, "
                    "one per operand (None where there is no derivative)."
                )
            return tuple(found)

        def variadic(i: int, g: Any, y: Any, *xs: Any, **params: Any) -> Tensor | None:
            if once:
                c = _once(op, checked, i, g, y, xs, params)
            else:
                c = checked(g, y, xs, params)[i]
            if c is None:
                return None
            c = answer(c, f"the vjp of {label!r}", (*listed(g), *listed(y), *xs))
            want = np.shape(getattr(xs[i], "array", xs[i]))
            if c.shape != want and len(xs) == 1:
                raise GradientError(
                    f"the vjp of {label!r} returned a cotangent of shape {c.shape} for operand "
                    f"{i}; expected the operand's shape {want}."
                )
            return c

        def forward(*arrays: Any, **params: Any) -> Any:
            try:
                y = f(*[_locked(a) for a in arrays], **params)
            except ValueError as error:
                if "read-only" not in str(error):
                    raise
                raise MutationError(
                    f"the custom op {label!r} writes to its operands ({error}): others may read "
                    "them. Expected a function that leaves them as they are; write to a copy "
                    "(x = x.copy())."
                ) from None
            # What it keeps itself, such as a buffer for every call, it may write again.
            if op.results > 1 and isinstance(y, tuple | list):
                return tuple([native_order(np.array(one)) for one in y])
            return y.copy() if holders.kept(y) else native_order(np.asarray(y))

        def moved(i: int, t: Tensor, y: Any, *xs: Any, **params: Any) -> Any:
            ts = tuple(t if k == i else None for k in range(len(xs)))
            moved = jvp(ts if len(xs) > 1 else t, y, *xs, **params)  # type: ignore[misc]
            what, given = f"the jvp of {label!r}", (t, *listed(y), *xs)
            if op.results == 1:
                return answer(moved, what, given)
            if not isinstance(moved, tuple | list) or len(moved) != op.results:
                raise GradientError(
                    f"{what} returned {type(moved).__name__}; expected a tuple of {op.results} "
                    "tangents, one per result (None where nothing moves)."
                )
            return op.answer([None if one is None else answer(one, what, given) for one in moved])

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
            results=many,
            pure=pure,
            kernel=kernel,
            lowering=lowering,
            device=device,
            batch=batch,
        )
        run = general(op, defaults)

        def function(*operands: Any, **params: Any) -> Tensor:
            for key in names:
                if isinstance(params.get(key), Tensor):
                    doors.contents(params[key], f"the parameter {key!r} of {label!r}, a constant,")
            return run(*operands, **params)

        function.__name__ = function.__qualname__ = label
        function.__module__ = getattr(f, "__module__", __name__)
        function.__doc__ = f.__doc__
        function.__signature__ = signature(f)  # type: ignore[attr-defined]
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


def listed(found: Any) -> tuple:
    """One or several results, cotangents or tangents, as a tuple of those there are."""
    return tuple([x for x in found if x is not None]) if isinstance(found, tuple) else (found,)


def _once(
    op: Op, vjp: Callable[..., tuple], i: int, g: Any, y: Any, xs: tuple, params: dict
) -> Tensor | None:
    """An array-only vjp as a taped op whose own derivative is refused."""
    gs, ys = listed(g), listed(y)
    several = op.results > 1
    counts = [k for k, one in enumerate(g) if one is not None] if several else [0]

    def refuse() -> NoReturn:
        raise GradientError(
            f"{op.name!r} was declared once-differentiable (once=True: its vjp is on plain "
            "arrays). Received a request for a second derivative; expected one at most. Write its "
            "vjp on Tensors and drop once=True."
        )

    def forward(*arrays: Any) -> Any:
        plain = [_locked(a) for a in arrays]
        g, y, xs = plain[: len(gs)], plain[len(gs) : len(gs) + len(ys)], plain[len(gs) + len(ys) :]
        if several:
            known = dict(zip(counts, g, strict=True))
            c = vjp(op.answer(map(known.get, range(op.results))), op.answer(y), tuple(xs), params)
        else:
            c = vjp(g[0], y[0], tuple(xs), params)
        return None if c[i] is None else np.asarray(c[i])

    def jvps(k: int, t: Tensor, c: Tensor, *operands: Any) -> Tensor | None:
        if k >= len(gs):
            refuse()
        # linear in the cotangents, whatever the operands
        given = [np.zeros_like(x.array) for x in operands[: len(gs)]]
        given[k] = t.array
        return as_tensor(forward(*given, *[getattr(x, "array", x) for x in operands[len(gs) :]]))

    def vjps(k: int, h: Tensor, c: Tensor, *operands: Any) -> Tensor | None:
        if k >= len(gs):
            refuse()
        # The vjp's own transpose, the pushforward: only by unit cotangents, one call an entry.
        rest = [getattr(x, "array", x) for x in operands[len(gs) :]]
        units = [np.zeros_like(x.array) for x in operands[: len(gs)]]
        unit, moved = np.zeros(units[k].size, units[k].dtype), np.zeros_like(units[k])
        for j in range(unit.size):
            unit[:] = 0
            unit[j] = 1
            units[k] = unit.reshape(moved.shape)
            row = forward(*units, *rest)
            moved.flat[j] = 0 if row is None else (row * h.array).sum()
        return wrap(moved)

    operands = (*gs, *ys, *xs)
    arrays = [getattr(x, "array", x) for x in operands]
    array = forward(*arrays)
    if array is None:
        return None
    out = wrap(array)
    taped = any(getattr(x, "node", None) is not None for x in operands)
    rule = Op(f"{op.name} vjp", forward, vjps, arity=None, jvps=jvps, cuts=None, pure=False)
    rule.function = lambda *o, **p: call(rule, o, p)
    if taped and mode.taping:
        out.node = Node(rule, sources(operands), tuple(arrays), NO_PARAMS)
    if mode.recorder is not None:
        mode.recorder.record(rule, operands, NO_PARAMS, out)
    return out
