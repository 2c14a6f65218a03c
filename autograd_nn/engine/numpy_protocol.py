"""NumPy's functions on a Tensor: on the tape they run the op of the same meaning, or are refused.

``np.sin(x)``, ``array + x`` and ``np.add.reduce(x)`` come in by `array_ufunc`; ``np.mean(x)``,
``np.concatenate([x, y])`` and the like by `array_function`. Three rules:

- A ufunc that an op stands for gives a Tensor, for that is what operators are made of.
- What carries a derivative, or belongs to a program being recorded, runs as ops. Where there are
  none it is refused with an error that says what to do: leaving the tape in silence would give
  wrong gradients.
- Any other tensor is an array like others, and gets NumPy's own result.

Which op a function means is looked up by the function itself, never by its name: a ufunc of the
user's may be called ``square`` as well, and ``np.linalg.trace`` is not ``np.trace``.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from autograd_nn.engine import doors, ops, shapes
from autograd_nn.engine.errors import DTypeError, did_you_mean
from autograd_nn.engine.mode import mode
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.tensor import Tensor, bind, wrap

# SciPy's names of ops that are called otherwise here.
SPECIAL = {
    "expit": "sigmoid", "gammaln": "lgamma", "psi": "digamma", "erf": "erf", "erfc": "erfc",
    "erfinv": "erfinv", "gamma": "gamma", "beta": "beta", "ndtr": "ndtr", "ndtri": "ndtri",
    "cbrt": "cbrt", "exp2": "exp2", "expm1": "expm1", "log1p": "log1p",
}  # fmt: skip
# NumPy's functions whose op has their name and reads its arguments as they do.
SAME = (
    "sum mean prod max min std var ptp median quantile nansum nanmean cumsum cumprod diff "
    "ravel reshape transpose swapaxes moveaxis expand_dims squeeze broadcast_to flip roll tile "
    "repeat take take_along_axis sort tril triu diag diagonal trace dot inner vdot outer kron "
    "tensordot einsum sinc pad split stack concatenate where matrix_transpose argsort argmax "
    "argmin searchsorted count_nonzero all any zeros_like ones_like"
).split()
# What these say of a tensor has no derivative: they get its contents.
INSPECTING = (
    "all allclose any argmax argmin argpartition argsort argwhere array2string array_equal "
    "array_equiv array_repr array_str bincount can_cast common_type count_nonzero "
    "diag_indices_from digitize empty_like equal flatnonzero full_like greater greater_equal "
    "histogram histogram_bin_edges isclose iscomplex iscomplexobj isfinite isin isinf isnan "
    "isneginf isposinf isreal isrealobj less less_equal lexsort logical_and logical_not "
    "logical_or logical_xor may_share_memory min_scalar_type nanargmax nanargmin ndim nonzero "
    "not_equal ones_like result_type save savetxt savez savez_compressed searchsorted shape "
    "shares_memory signbit size tril_indices_from triu_indices_from zeros_like "
).split()
PARAMETERS = {"reps": "repeats", "correction": "ddof"}
# What does not change a result: how to compute it, and whether to copy.
MANNERS = frozenset("optimize overwrite_input kind stable copy subok casting".split())
WRITING = frozenset(
    (np.copyto, np.fill_diagonal, np.put, np.place, np.putmask, np.put_along_axis)
)


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Runs the op that a NumPy ufunc (or its ``reduce``, ``accumulate``, ``outer``) means.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.grad(lambda x: np.sin(x))(0.0)
    Tensor(1.)
    """
    ours = _ufuncs().get(ufunc) or _special(ufunc)
    live = _live((inputs, kwargs))
    if method == "__call__" and ours is not None and not kwargs:
        if live or getattr(getattr(ours, "op", None), "forward", None) is ufunc:
            return ours(*inputs)
        return _wrapped(ufunc(*_contents(inputs)))
    what = _name(ufunc) + ("" if method == "__call__" else f".{method}")
    if method == "at" and isinstance(inputs[0], Tensor):
        raise _read_only(what)
    if not live:
        if any(isinstance(o, Tensor) for o in kwargs.get("out", ())):
            raise _read_only(what)
        return getattr(ufunc, method)(*_contents(inputs), **_contents(kwargs))
    if kwargs.pop("out", None) is not None or method == "at":
        written = "out" if method != "at" else "at"
        raise TypeError(
            f"{what} was to write from a Tensor into an array ({written}, or an in-place "
            f"operator): received {written}, expected none. Write y = "
            f"ops.{getattr(ours, '__name__', ufunc.__name__)}(...), or y = y + x in place of "
            "y += x."
        )
    if ufunc in _inspecting():
        return getattr(ufunc, method)(*_contents(inputs), **_contents(kwargs))
    if method == "__call__" and ours is not None:
        # the names that matter are the function's own: a ufunc has axis, keepdims, dtype, where
        return ours(*inputs, **_known(what, ours, kwargs, "operands alone"))
    if method == "outer" and ours is not None and len(inputs) == 2 and not kwargs:
        a, b = (ops.as_tensor(x) for x in inputs)
        return ours(ops.reshape(a, shape=a.shape + (1,) * b.ndim), b)
    of_method = {"reduce": _reductions(), "accumulate": _running()}.get(method, {})
    if ufunc not in of_method:
        raise _no_op(what, ufunc.__name__)
    function = of_method[ufunc]
    return function(*inputs, **_known(what, function, {"axis": 0, **kwargs}))


def array_function(
    self: Tensor, function: Callable[..., Any], types: Any, args: tuple, kwargs: dict[str, Any]
) -> Any:
    """Runs the ops that a NumPy function means; NumPy itself where no derivative is at stake.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.grad(lambda x: np.mean(x))(ag.Tensor([1.0, 2.0]))
    Tensor([0.5, 0.5])
    >>> np.vstack([ag.Tensor([1.0, 2.0]), ag.Tensor([3.0, 4.0])])
    array([[1., 2.],
           [3., 4.]])
    """
    what = _name(function)
    if function in WRITING and (args or kwargs):
        target = args[0] if args else next(iter(kwargs.values()))
        if isinstance(target, Tensor):
            raise _read_only(what)
    if isinstance(kwargs.get("out"), Tensor):
        raise _read_only(what)
    recorded = mode.recorder is not None
    ours = _functions().get(function)
    if recorded and ours is not None:
        pass
    elif not _live((args, kwargs)) or (not recorded and function in _inspecting()):
        if (start := _telling().get(function)) is not None and _followed((args[start:], kwargs)):
            raise _no_op(what, function.__name__)
        if function in _writing():
            for x in _tensors(args):
                doors.number(x, f"{what}, which writes numbers alone,")
        return _outside(function, args, kwargs)
    elif ours is None and not recorded and not _followed((args, kwargs)):
        return _outside(function, args, kwargs)  # a tape that leads to no leaf any more
    elif ours is None:
        raise _no_op(what, function.__name__)
    return ours(*(bound := _bound(function, ours, args, kwargs))[0], **_known(what, ours, bound[1]))


def _outside(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    """NumPy's own result for the contents; on copies where it is told to work in place."""
    try:
        return function(*_contents(args), **_contents(kwargs))
    except ValueError as error:
        if "read-only" not in str(error):
            raise
    return function(*_contents(args, np.array), **_contents(kwargs, np.array))


# ---- which op a function means ------------------------------------------------------------------


@cache
def _ufuncs() -> dict[np.ufunc, Callable[..., Any]]:
    """NumPy's ufuncs and what runs in their place: the ops that are made of them, and a few more.

    An op that is made of a ufunc names it as its kernel, so this table follows from the registry.
    """
    from autograd_nn.engine import numpy_ufuncs as composed

    found: dict[np.ufunc, Callable[..., Any]] = {
        op.forward: op.function for op in REGISTRY.values() if isinstance(op.forward, np.ufunc)
    }
    return found | composed.ufuncs()


@cache
def _reductions() -> dict[np.ufunc, Callable[..., Any]]:
    return {
        np.add: ops.sum, np.multiply: ops.prod, np.maximum: ops.max, np.minimum: ops.min,
        np.logaddexp: ops.logsumexp, np.logical_and: ops.all, np.logical_or: ops.any,
    }  # fmt: skip


@cache
def _running() -> dict[np.ufunc, Callable[..., Any]]:
    def running(function: Callable[..., Any]) -> Callable[..., Any]:
        def accumulate(x: Any, axis: Any = 0) -> Any:
            if not x.ndim:
                raise DTypeError("received a single number; expected at least one dimension.")
            return function(x, axis=shapes.axis_index(axis, x.ndim))

        return accumulate

    return {np.add: running(ops.cumsum), np.multiply: running(ops.cumprod)}


@cache
def _functions() -> dict[Callable[..., Any], Callable[..., Any]]:
    """NumPy's functions and what runs in their place."""
    from autograd_nn.engine import numpy_functions as composed

    return {getattr(np, name): getattr(ops, name) for name in SAME} | composed.functions()


@cache
def _telling() -> dict[Callable[..., Any], int]:
    """Of those that inspect: from which argument on, one on the tape would go into the result."""
    return {np.bincount: 1, np.full_like: 1, np.histogram: 0, np.histogram_bin_edges: 0}


@cache
def _writing() -> tuple[Callable[..., Any], ...]:
    return (np.save, np.savetxt, np.savez, np.savez_compressed)


@cache
def _inspecting() -> frozenset[Callable[..., Any]]:
    return frozenset(getattr(np, name) for name in INSPECTING)


def _special(ufunc: np.ufunc) -> Callable[..., Any] | None:
    """The op of a SciPy special function; SciPy is loaded already if it is one."""
    name = ufunc.__name__
    module = sys.modules.get("scipy.special")
    if module is None or name not in SPECIAL or getattr(module, name, None) is not ufunc:
        return None
    return getattr(ops, SPECIAL[name])  # type: ignore[no-any-return]


def _name(function: Any) -> str:
    """How a function is called in an error: with its module, if it says one."""
    module = getattr(function, "__module__", None)
    if module is None and getattr(np, function.__name__, None) is function:
        module = "numpy"
    return f"{module}.{function.__name__}" if module else function.__name__


# ---- arguments ----------------------------------------------------------------------------------


def _tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in an argument, in lists and dicts too."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for v in value:
            yield from _tensors(v)
    elif type(value) is dict:
        for v in value.values():
            yield from _tensors(v)


def _live(arguments: Any) -> bool:
    """Whether a tensor among the arguments carries a derivative or is a name in a recording."""
    recorder = mode.recorder
    for x in _tensors(arguments):
        if x.node is not None and (mode.taping or recorder is not None):
            return True
        if recorder is not None and recorder.owns(x):
            return True
    return False


def _followed(arguments: Any) -> bool:
    """Whether a derivative may still be asked of a tensor among the arguments."""
    return any(doors.followed(x, doors.WEIGHT) for x in _tensors(arguments))


def _contents(value: Any, change: Callable[[Any], Any] = lambda array: array) -> Any:
    """Tensors in the arguments replaced by their arrays."""
    if isinstance(value, Tensor):
        return change(value.numpy())
    if isinstance(value, list | tuple):
        items = [_contents(v, change) for v in value]
        return items if type(value) is list else tuple(items)
    if type(value) is dict:
        return {k: _contents(v, change) for k, v in value.items()}
    return value


def _wrapped(result: Any) -> Any:
    return tuple(wrap(r) for r in result) if isinstance(result, tuple) else wrap(result)


@cache
def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    """How NumPy reads a function's arguments; None where all operands come by position."""
    if function is np.where:  # it takes one operand or three: what is left out is an operand
        return None
    try:
        signature = inspect.signature(function)
    except ValueError:  # some of NumPy's functions in C have none
        return None
    kinds = {p.kind for p in signature.parameters.values()}
    return None if inspect.Parameter.VAR_POSITIONAL in kinds else signature


@cache
def _names(ours: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(ours).parameters)


def _is_default(value: Any, default: Any) -> bool:
    """Whether an argument says what NumPy would have taken without it."""
    if value is default or value is np._NoValue:  # type: ignore[attr-defined]
        return True
    plain = (str, int, bool, float)
    return isinstance(value, plain) and type(value) is type(default) and bool(value == default)


def _bound(
    function: Callable[..., Any], ours: Callable[..., Any], args: tuple, kwargs: dict[str, Any]
) -> tuple[tuple, dict[str, Any]]:
    """The arguments as NumPy reads them: required ones by position, others by name if given.

    What equals NumPy's default is left out; a None that does not is a value like others.
    """
    signature = _signature(function)
    if signature is None:
        defaults = {"out": None, "dtype": None, "order": "K", "casting": "safe"}
        given = {k: v for k, v in kwargs.items() if k not in defaults or v != defaults[k]}
        return args, {k: v for k, v in given.items() if k not in MANNERS}
    operands, named = [], {}
    bound = signature.bind(*args, **kwargs)
    for name, value in bound.arguments.items():
        p = signature.parameters[name]
        if p.kind is p.VAR_KEYWORD:
            named.update(value)
        elif p.default is p.empty:
            operands.append(value)
        elif not _is_default(value, p.default) and (name not in MANNERS or name in _names(ours)):
            named[PARAMETERS.get(name, name)] = value
    return tuple(operands), named


def _known(
    what: str, ours: Callable[..., Any], kwargs: dict[str, Any], expected: str = ""
) -> dict[str, Any]:
    """The keywords, if our function takes them all; else TypeError."""
    known = _names(ours)
    if strange := {k: v for k, v in kwargs.items() if k not in known}:
        listed = ", ".join(f"{k}={v!r}" for k, v in strange.items())
        raise TypeError(
            f"{what} on a Tensor: received {listed}; expected {expected or ', '.join(known)}. "
            "Leave it out, or call it on x.numpy(), outside the tape."
        )
    return kwargs


def _read_only(what: str) -> TypeError:
    return TypeError(
        f"{what} was to write into a Tensor: received one as its target, expected an ndarray, for "
        "a tape may still need the old contents. Write y = ops.put(x, key, value), or x[key] = "
        "value."
    )


def _no_op(what: str, name: str) -> TypeError:
    known = {f.__name__ for f in (*_functions(), *_ufuncs())}
    known |= {n for n in REGISTRY if not n.startswith("_")}
    hint = did_you_mean(name, known - {name}).split("Known names:")[0]
    return TypeError(
        f"{what} has no differentiable op: received a Tensor, expected one of autograd_nn.ops. "
        f"{hint}Compose it from ops, or call it on x.numpy() where no derivative is wanted."
    )


bind("__array_ufunc__", array_ufunc)
bind("__array_function__", array_function)
