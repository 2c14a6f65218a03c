"""Rules by op: found by name, or written down; with NumPy's promotion, which is not JAX's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import jax.scipy.special as special
import numpy as np

from autograd_nn.engine.graph.values import Call, Value
from autograd_nn.engine.halves import FLOAT32, is_bfloat16, met
from autograd_nn.engine.op import REGISTRY, Op

Rule = Callable[..., Any]  # (context, call, *operands, **params) -> result; a tuple of several

RULES: dict[Op, Rule] = {}
BODIES: dict[type, Rule] = {}  # of ops whose parameters are records, by the class of their kernel
OTHERWISE = {"lgamma": "gammaln", "bitwise_invert": "invert"}  # names that JAX has for an op


class Context:
    """What rules know beside their operands.

    constants   large ones, which are arguments of the program: arrays of JAX by id of array.
    """

    def __init__(self, constants: dict[int, Any] | None = None) -> None:
        self.constants = constants or {}
        self._bad: list[Any] = []

    def inner(self) -> Context:
        """For a body of its own, whose checks its caller passes on."""
        return Context(self.constants)

    def check(self, bad: Any) -> None:
        """Notes operands that the op refuses: NumPy then repeats the step, and says its error."""
        self._bad.append(jnp.any(bad))

    @property
    def checks(self) -> bool:
        """Whether anything can be refused."""
        return bool(self._bad)

    def failed(self) -> Any:
        """Whether anything was refused."""
        found = jnp.zeros((), bool)
        for bad in self._bad:
            found = found | bad
        return found

    def outside(self, v: Value) -> Any:
        """A value that no call makes and nobody gives: a constant."""
        array = v.array if v.tensor is None else v.tensor.array
        found = self.constants.get(id(array))
        return jnp.asarray(array) if found is None else found


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Writes down what the registry's ops of these names are."""

    def declare(f: Rule) -> Rule:
        RULES.update({REGISTRY[name]: f for name in names})
        return f

    return declare


def find(op: Op) -> Rule | None:
    """The rule of an op; None: it has none, and runs on the host."""
    found = BODIES.get(type(op.forward)) or RULES.get(op)
    if found is not None:
        return found
    if op.device is not None:
        return plain(op.device)
    if REGISTRY.get(op.name) is not op:
        return None
    name = OTHERWISE.get(op.name, op.name)
    named = next((g for m in (jnp, special) if (g := getattr(m, name, None))), None)
    if named is None:
        return None
    return RULES.setdefault(op, promoted(named) if op.body is not None else plain(named))


def widened(call: Call, xs: list[Any]) -> tuple[Call, list[Any]]:
    """A call and its operands with float32 in bfloat16's place, as kernels on arrays have it.

    Results are rounded where they are made what was recorded. (Products of matrices are not
    widened: devices multiply numbers of bfloat16 and add in float32, which is the same.)
    """
    held = [v for v in (*call.operands, *call.results) if isinstance(v, Value)]
    if not any(is_bfloat16(v.dtype) for v in held):
        return call, xs
    xs = [x.astype(FLOAT32) if getattr(x, "dtype", None) == met[0] else x for x in xs]
    results = tuple([
        replace(v, dtype=FLOAT32) if is_bfloat16(v.dtype) else v for v in call.results
    ])  # fmt: skip
    return replace(call, results=results), xs


def plain(f: Callable[..., Any]) -> Rule:
    """A function of JAX that means the same."""
    return lambda ctx, call, *xs, **params: f(*xs, **params)


def promoted(f: Callable[..., Any], own: np.ufunc | None = None) -> Rule:
    """A function of JAX, entry by entry, on operands in the dtypes that NumPy computes in.

    own   the ufunc that tells them, where the op's kernel is none.
    """

    def run(ctx: Context, call: Call, *xs: Any) -> Any:
        return f(*cast(call, xs, own))

    return run


def cast(call: Call, xs: tuple[Any, ...], own: np.ufunc | None = None) -> list[Any]:
    """Operands in the dtypes of NumPy's loop; those of a kernel that is none in the result's."""
    ufunc = own or call.op.forward
    if isinstance(ufunc, np.ufunc):
        given = [_told(x) for x in xs]
        loop = ufunc.resolve_dtypes((*given, None))[:-1]  # type: ignore[arg-type]
    else:
        loop = (call.result.dtype,) * len(xs)
    return [jnp.asarray(x, t) for x, t in zip(xs, loop, strict=True)]


def _told(x: Any) -> Any:
    """The dtype of an array; of a number its type, which takes its partner's dtype."""
    if type(x) in (int, float, complex):
        return type(x)
    return np.dtype(bool) if type(x) is bool else np.dtype(x.dtype)
