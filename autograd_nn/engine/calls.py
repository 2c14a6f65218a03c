"""The call that runs an op: eagerly, then taped, then written down where a program is recorded."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any
from weakref import ref

import numpy as np

from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import kind_of, met
from autograd_nn.engine.mode import followers, mode, reading, recording
from autograd_nn.engine.node import Node, Whole, in_state
from autograd_nn.engine.numeric import SCALARS
from autograd_nn.engine.op import Op
from autograd_nn.engine.pieces import kept
from autograd_nn.engine.symbolic import noted
from autograd_nn.engine.tensor import (
    Shared,
    Tensor,
    as_tensor,
    is_scalar,
    share,
    source,
    wrap,
)
from autograd_nn.engine.weak import Weak, partners

new, ndarray = object.__new__, np.ndarray
NO_PARAMS: dict[str, Any] = {}
MUTABLE = frozenset((list, dict, set, ndarray))


def operand(x: Any, name: str) -> Any:
    """What an op computes with: a Tensor, or a Python number left as it is (NEP 50: weak dtype)."""
    if isinstance(x, Tensor) or is_scalar(x):
        return x
    try:
        return as_tensor(x)
    except (TypeError, ValueError) as error:
        raise DTypeError(f"{name}: {error}") from None


def read(x: Any) -> Any:
    """What an op reads of an operand: of a layer's weight what is asked for by `mode.reads`."""
    dtype = mode.reads
    if dtype is None or not getattr(x, "autocast", False) or kind_of(x.array.dtype) != "f":
        return x
    if x.array.dtype == dtype:
        return x
    try:
        mode.reads = None
        return x.astype(dtype)
    finally:
        mode.reads = dtype


def call(op: Op, operands: tuple, params: dict[str, Any]) -> Any:
    """Runs an op: the general way, for any number of operands and results and with parameters."""
    xs = tuple([read(x) for x in operands]) if reading else operands
    arrays = []
    taped = False
    for x in xs:
        if isinstance(x, Tensor):
            arrays.append(x.array)
            if x.node is not None:
                taped = True
        elif is_scalar(x):
            arrays.append(x)
        else:
            if (later := noted(op.function, xs, params)) is not None:
                return later
            if any([type(x) is Weak for x in xs]):
                xs = partners(op, xs, params)
            return call(op, tuple([operand(x, op.name) for x in xs]), params)
    try:
        array = op.run(*arrays, **params) if met else op.forward(*arrays, **params)
    except (ValueError, TypeError, IndexError) as error:
        raise op.explain(error, xs, params) or error from None
    if op.results > 1:
        return _several(op, xs, tuple(arrays), params, array, taped)
    y = new(Tensor)  # as `wrap` does
    y.array = array = array if array.__class__ is ndarray else kept(array)
    y.node = y.grad = None
    if array.base is not None or array is arrays[0]:
        y = _view(y, xs)
    if taped and op.vjps is not None and mode.taping:
        if params:
            params = settled(params)
        y.node = Node(op, sources(xs) if len(xs) > 1 else (xs[0].node,), tuple(arrays), params)
    if recording or followers:
        tell(op, xs, params, y)
    return y


def tell(op: Op, operands: tuple, params: dict[str, Any], y: Any) -> None:
    """Tells this thread's recording of a call, or, where there is none, who follows."""
    recorder = mode.recorder
    if recorder is not None:
        recorder.record(op, operands, params, y)
    elif followers:
        followers[-1](op, operands, params, y)


def answered(op: Op, operands: tuple, params: dict[str, Any], array: Any) -> Tensor:
    """The result of a call whose array is known already: taped and recorded as `call` does."""
    y = new(Tensor)
    y.array, y.node, y.grad = array, None, None
    if op.vjps is not None and mode.taping and any([x.node is not None for x in operands]):
        y.node = Node(op, sources(operands), tuple([x.array for x in operands]), params)
    if recording or followers:
        tell(op, operands, params, y)
    return y


def _several(
    op: Op, xs: tuple, arrays: tuple, params: dict[str, Any], found: Any, taped: bool
) -> Any:
    """The results of an op that gives several: tensors whose nodes are parts of one."""
    if not isinstance(found, tuple | list) or len(found) != op.results:
        came = f"{len(found)} of them" if isinstance(found, tuple | list) else type(found).__name__
        raise TypeError(
            f"{op.name}: received {came} from its function on arrays; expected a tuple of "
            f"{op.results} arrays, as it was declared with so many results."
        )
    ys = []
    for array in found:
        y = wrap(array)
        if y.array.base is not None or any([y.array is a for a in arrays]):
            y = _view(y, xs)
        ys.append(y)
    if taped and op.vjps is not None and mode.taping:
        if params:
            params = settled(params)
        whole = Whole(op, sources(xs), arrays, params, tuple([y.array for y in ys]))
        for k, y in enumerate(ys):
            y.node = whole.part(k)
    if recording or followers:
        tell(op, xs, params, tuple(ys))
    return op.answer(ys)


def settled(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters that the caller cannot change any more: lists and arrays in them are copied."""
    for v in params.values():
        kind = v.__class__
        if kind in MUTABLE or (kind is tuple and not MUTABLE.isdisjoint(map(type, v))):
            return deepcopy(params)
    return params


def sources(xs: tuple) -> tuple:
    """What a node keeps of its operands: their nodes, or what watches over a constant."""
    return tuple([getattr(x, "node", None) or source(x) for x in xs])


def _view(y: Tensor, xs: tuple) -> Tensor:
    """A result that may show an operand's memory: what holds for the operand's holds for it.

    Somebody else's array is watched, what a program writes is copied, and an assignment to the view
    has to know whose memory it is.
    """
    array = y.array
    base: Any = array.base
    if base is not None and base.__class__ is not ndarray:  # what a strided view lies on
        base = getattr(base, "base", base)
    for x in xs:
        if isinstance(x, Tensor):
            a = x.array
            if base is a or array is a or (base is not None and base is a.base):
                if array is a:
                    array = a.view()  # so that every view's array has a base
                if x.__class__ is Shared:
                    y = share(array)
                y.array, base = array, array.base
                y.shown = (ref(x),)
                if a.base is not None and (above := getattr(x, "shown", ())):  # a view of a view
                    y.shown += tuple([r for r in above if r() is not None])
                break
    if (base.__class__ is not ndarray or base.base is not None) and in_state(array):  # type: ignore[union-attr]
        y.array = array.copy()
    return y


def unary(op: Op) -> Callable[[Any], Tensor]:
    """`call` for one operand without parameters: the same steps, unrolled, for speed."""
    forward, differentiable, seams = op.forward, op.differentiable, op.seams
    fresh = op.body is not None

    def function(x: Any, /) -> Tensor:
        if not isinstance(x, Tensor):
            x = operand(x, op.name)
            if not isinstance(x, Tensor):
                return call(op, (x,), NO_PARAMS)
        if reading:
            x = read(x)
        a = x.array
        try:
            array = op.run(a) if met else forward(a)
        except (ValueError, TypeError) as error:
            raise op.explain(error, (x,), NO_PARAMS) or error from None
        y = new(Tensor)  # as `wrap` does
        y.array = array if array.__class__ is ndarray else kept(array)
        y.node = y.grad = None
        if not fresh and (y.array.base is not None or y.array is a):
            y = _view(y, (x,))
        s = x.node
        if s is not None and differentiable and mode.taping:
            y.node = Node(op, (s,), (a,), NO_PARAMS)
            if seams and (join := seams.get(s.op)) is not None:
                y.node = join(x) or y.node
        if recording or followers:
            tell(op, (x,), NO_PARAMS, y)
        return y

    return function


def binary(op: Op) -> Callable[[Any, Any], Tensor]:
    """`call` for two operands without parameters: the same steps, unrolled, for speed."""
    forward, differentiable, seams = op.forward, op.differentiable, op.seams

    def function(x1: Any, x2: Any, /) -> Tensor:
        a: Any
        b: Any
        if reading:
            x1, x2 = read(x1), read(x2)
        if isinstance(x1, Tensor):
            a, s1 = x1.array, x1.node
        elif type(x1) in SCALARS:  # (a weak number passes for a float elsewhere)
            a, s1 = x1, None
        else:
            return call(op, (x1, x2), NO_PARAMS)
        if isinstance(x2, Tensor):
            b, s2 = x2.array, x2.node
        elif type(x2) in SCALARS:
            b, s2 = x2, None
        else:
            return call(op, (x1, x2), NO_PARAMS)
        try:
            array = op.run(a, b) if met else forward(a, b)
        except (ValueError, TypeError) as error:
            raise op.explain(error, (x1, x2), NO_PARAMS) or error from None
        y = new(Tensor)  # as `wrap` does
        y.array = array if array.__class__ is ndarray else kept(array)
        y.node = y.grad = None
        if s1 is not None or s2 is not None:
            if differentiable and mode.taping:
                # A constant whose memory is its own needs no watch: nobody can change it.
                if s1 is None and (recording or x1.__class__ is not Tensor or a.base is not None):
                    s1 = source(x1)
                if s2 is None and (recording or x2.__class__ is not Tensor or b.base is not None):
                    s2 = source(x2)
                y.node = Node(op, (s1, s2), (a, b), NO_PARAMS)
                if seams and s1.__class__ is Node and (b is x2 or x1 is x2):
                    if (join := seams.get(s1.op)) is not None:
                        y.node = join(x1, x2) or y.node
        if recording or followers:
            tell(op, (x1, x2), NO_PARAMS, y)
        return y

    return function


def general(op: Op, defaults: dict[str, Any]) -> Callable[..., Tensor]:
    """The public function of an op with parameters, which may come by position as in NumPy."""
    arity, names = op.arity, op.params
    required = len(defaults) < len(names)

    given = set(names)

    def function(*operands: Any, **params: Any) -> Tensor:
        if len(operands) == arity and params.keys() == given:
            return call(op, operands, params)
        if arity is not None and len(operands) != arity:
            extra = operands[arity:]
            if len(operands) < arity or len(extra) > len(names):
                raise TypeError(
                    f"{op.name}() takes {arity} operand{'s' * (arity != 1)}"
                    + (f" and the parameters {', '.join(names)}" if names else "")
                    + f"; received {len(operands)} positional arguments."
                )
            operands = operands[:arity]
            for key, value in zip(names, extra, strict=False):
                if key in params:
                    raise TypeError(f"{op.name}() received {key!r} twice: by position and by name.")
                params[key] = value
        if defaults:
            params = {**defaults, **params}
        if len(params) != len(names) or (required and params.keys() != set(names)):
            strange = sorted(params.keys() - set(names))
            lacking = sorted(set(names) - params.keys())
            came = f"received unknown parameters {', '.join(strange)}" if strange else ""
            came += (" and " if strange and lacking else "") + (
                f"did not receive {', '.join(lacking)}" if lacking else ""
            )
            raise TypeError(f"{op.name}() {came}; expected {', '.join(names) or 'none'}.")
        return call(op, operands, params)

    return function
