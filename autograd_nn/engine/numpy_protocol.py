"""NumPy's functions on a Tensor: they run the op of the same meaning, and so stay on the tape.

``np.sin(x)``, ``array + x`` and ``np.add.reduce(x)`` come in by `array_ufunc`; ``np.mean(x)``,
``np.concatenate([x, y])`` and the like by `array_function`. What has no op is refused with an error
that says what to do, for silently leaving the tape would give wrong gradients.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.engine.tensor import Tensor

# NumPy's (and SciPy's) names of ops that are called otherwise here.
RENAMED = {
    "invert": "bitwise_invert", "degrees": "rad2deg", "radians": "deg2rad", "around": "round",
    "expit": "sigmoid", "gammaln": "lgamma", "psi": "digamma", "fabs": "absolute",
}  # fmt: skip
REDUCTIONS = {
    "add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logaddexp": "logsumexp",
    "logical_and": "all", "logical_or": "any",
}  # fmt: skip
RUNNING = {"add": "cumsum", "multiply": "cumprod"}
DIFFERENTIABLE = frozenset(
    "all amax amin any argmax argmin argsort around atleast_1d atleast_2d broadcast_to clip concat "
    "concatenate count_nonzero cross cumprod cumsum diag diagonal diff dot einsum expand_dims flip "
    "inner kron max mean median meshgrid min moveaxis nanmean nansum norm ones_like outer pad "
    "permute_dims prod ptp quantile ravel repeat reshape roll round searchsorted sinc sort split "
    "squeeze stack std sum swapaxes take take_along_axis tensordot tile trace transpose tril triu "
    "var vdot where zeros_like".split()
)
# What these say of a tensor has no derivative: they get its contents.
INSPECTING = frozenset(
    "allclose argwhere array2string array_equal array_equiv array_repr array_str bincount can_cast "
    "copyto digitize flatnonzero histogram iscomplexobj isclose isrealobj may_share_memory ndim "
    "nonzero result_type save savetxt savez shape shares_memory size unique".split()
)
PARAMETERS = {"a_min": "min", "a_max": "max", "reps": "repeats"}


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Runs the op that a NumPy ufunc (or its ``reduce`` or ``accumulate``) means.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.grad(lambda x: np.sin(x))(0.0)
    Tensor(1.)
    """
    from autograd_nn.engine import ops

    name = ufunc.__name__
    if kwargs.pop("out", None) is not None:
        raise TypeError(
            f"numpy.{name} was to write from a Tensor into an array (out=, or an in-place "
            "operator): received out, expected none. Write y = "
            f"ops.{RENAMED.get(name, name)}(...), or y = y + x in place of y += x."
        )
    kwargs = {k: v for k, v in kwargs.items() if not _left_out(v)}
    if method == "__call__":
        found = RENAMED.get(name, name)
        if kwargs:
            raise _unknown(f"numpy.{name}", kwargs, "operands alone")
    elif method == "reduce" and name in REDUCTIONS:
        found = REDUCTIONS[name]
        kwargs.setdefault("axis", 0)
    elif method == "accumulate" and name in RUNNING:
        found = RUNNING[name]
        kwargs.setdefault("axis", 0)
    else:
        raise _no_op(f"numpy.{name}.{method}", name)
    function = getattr(ops, found, None)
    if getattr(function, "op", None) is None and found not in DIFFERENTIABLE | {"matmul"}:
        raise _no_op(f"numpy.{name}", found)
    return function(*inputs, **kwargs)  # type: ignore[misc]


def array_function(
    self: Tensor, function: Callable[..., Any], types: Any, args: tuple, kwargs: dict[str, Any]
) -> Any:
    """Runs the op that a NumPy function means.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.grad(lambda x: np.mean(x))(ag.Tensor([1.0, 2.0]))
    Tensor([0.5, 0.5])
    """
    from autograd_nn.engine import ops

    name = function.__name__
    what = f"{function.__module__}.{name}"
    if name in INSPECTING:
        return function(*_contents(args), **_contents(kwargs))
    if name not in DIFFERENTIABLE:
        raise _no_op(what, name)
    ours = getattr(ops, RENAMED.get(name, name))
    args, kwargs = _bound(function, args, kwargs)
    known = _names(ours)
    if strange := {k: v for k, v in kwargs.items() if k not in known}:
        raise _unknown(what, strange, ", ".join(known))
    return ours(*args, **kwargs)


def _left_out(value: Any) -> bool:
    return value is None or value is np._NoValue  # type: ignore[attr-defined]


def _contents(value: Any) -> Any:
    """Tensors in the arguments replaced by their arrays."""
    if isinstance(value, Tensor):
        return value.numpy()
    if type(value) in (list, tuple):
        return type(value)(_contents(v) for v in value)
    if type(value) is dict:
        return {k: _contents(v) for k, v in value.items()}
    return value


@cache
def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
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


def _bound(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict]:
    """The arguments as NumPy reads them: required ones by position, others by name if given."""
    signature = _signature(function)
    given = {k: v for k, v in kwargs.items() if not _left_out(v) and k != "optimize"}
    if signature is None:
        return args, given
    operands, named = [], {}
    bound = signature.bind(*args, **kwargs)
    for name, value in bound.arguments.items():
        p = signature.parameters[name]
        if p.kind is p.VAR_KEYWORD:
            named.update(value)
        elif p.default is p.empty:
            operands.append(value)
        elif not _left_out(value) and not (isinstance(value, str | int) and value == p.default):
            named[PARAMETERS.get(name, name)] = value
    return tuple(operands), named


def _unknown(what: str, given: dict[str, Any], expected: str) -> TypeError:
    listed = ", ".join(f"{k}={v!r}" for k, v in given.items())
    return TypeError(
        f"{what} on a Tensor: received {listed}; expected {expected}. Leave it out, or call it on "
        "x.numpy(), outside the tape."
    )


def _no_op(what: str, name: str) -> TypeError:
    from autograd_nn.engine.op import REGISTRY

    known = DIFFERENTIABLE | {n for n in REGISTRY if not n.startswith("_")}
    hint = did_you_mean(name, known).split("Known names:")[0]
    return TypeError(
        f"{what} has no differentiable op: received a Tensor, expected one of autograd_nn.ops. "
        f"{hint}Compose it from ops, or call it on x.numpy() where no derivative is wanted."
    )
