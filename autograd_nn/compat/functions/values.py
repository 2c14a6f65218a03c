"""What of ``K`` makes tensors and variables, and reads and sets their values."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.compat.functions import collected, told
from autograd_nn.compat.functions.phases import function
from autograd_nn.compat.functions.within import kept_still
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import ops, random
from autograd_nn.nn.layers import Input
from autograd_nn.nn.settings import floatx
from autograd_nn.nn.symbols import Symbol
from autograd_nn.nn.variable import Variable

# ---- tensors made -------------------------------------------------------------------------------


def _anew(name: str) -> Any:
    def operator(self: Any, other: Any) -> Any:
        return getattr(Variable, name)(self, other)

    operator.__name__ = name
    return operator


class KerasVariable(Variable):
    """A variable for which ``x += y`` names a new tensor, and leaves it as it is."""

    __iadd__, __isub__ = _anew("__add__"), _anew("__sub__")
    __imul__, __itruediv__ = _anew("__mul__"), _anew("__truediv__")


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """A variable that begins as ``value``, of `floatx` where no dtype is given.

    name   a text; other things are none, such as the dtype that initializers of Keras 1's kind,
           functions of shape and name, are given.
    """
    value = np.asarray(value, dtype or floatx())
    trained = kind_of(value.dtype) == "f"
    name = name if isinstance(name, str) else "variable"
    return collected.kept(
        lambda: KerasVariable(value, trainable=trained, name=name, constraint=constraint)
    )


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """A tensor of ``value``, of `floatx` where no dtype is given, spread over ``shape``."""
    x = ops.convert_to_tensor(value, dtype or floatx())
    return x if shape is None else ops.broadcast_to(x, tuple(shape))


def placeholder(
    shape: Any = None, ndim: int | None = None, dtype: Any = None, sparse: bool = False,
    name: str | None = None,
) -> Any:  # fmt: skip
    """A symbol of a shape, the batch's size included, or of so many unknown sizes."""
    sizes = (None,) * (ndim or 0) if shape is None else tuple(shape)
    return Input(batch_shape=sizes, dtype=dtype, name=name)


def _filled(make: Any, shape: Any, dtype: Any, name: str | None) -> Any:
    array = make(shape, dtype or "float32")
    return collected.kept(lambda: KerasVariable(array, name=name or "variable"))


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of zeros."""
    return _filled(np.zeros, shape, dtype, name)


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of ones."""
    return _filled(np.ones, shape, dtype, name)


def eye(size: int, dtype: Any = None, name: str | None = None) -> Any:
    """A variable with ones on its diagonal."""
    return KerasVariable(np.eye(size, dtype=dtype or "float32"), name=name or "variable")


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Zeros in x's shape."""
    return ops.zeros_like(x, dtype)


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Ones in x's shape."""
    return ops.ones_like(x, dtype)


def identity(x: Any, name: str | None = None) -> Any:
    """x."""
    return x


def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None,
    std: float | None = None,
) -> Any:  # fmt: skip
    """Normal draws of a shape, as `shape` gives one; ``std`` is Keras 1's name of ``stddev``."""
    return random.normal(tuple(shape), mean, stddev if std is None else std, dtype, seed)


def random_uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Uniform draws of a shape."""
    return random.uniform(tuple(shape), minval, maxval, dtype, seed)


def random_binomial(shape: Any, p: float = 0.0, dtype: Any = None, seed: Any = None) -> Any:
    """Ones with probability p, and zeros."""
    return ops.cast(random.uniform(tuple(shape), seed=seed) < p, dtype or "float32")


random_bernoulli = random_binomial


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Normal draws within two standard deviations."""
    return random.truncated_normal(tuple(shape), mean, stddev, dtype, seed)


def random_normal_variable(
    shape: Any, mean: float, scale: float, dtype: Any = None, name: str | None = None,
    seed: Any = None,
) -> Any:  # fmt: skip
    """A variable of normal draws; scale: their standard deviation."""
    drawn = random.normal(tuple(shape), mean, scale, dtype, seed)
    return KerasVariable(drawn, name=name or "variable")


def random_uniform_variable(
    shape: Any, low: float, high: float, dtype: Any = None, name: str | None = None,
    seed: Any = None,
) -> Any:  # fmt: skip
    """A variable of uniform draws."""
    drawn = random.uniform(tuple(shape), low, high, dtype, seed)
    return KerasVariable(drawn, name=name or "variable")


# ---- values read and set ------------------------------------------------------------------------


def eval(x: Any) -> Any:
    """The values of a tensor, or of a symbol that depends on no input."""
    return function([], [x])([])[0] if isinstance(x, Symbol) else np.array(as_tensor(x).array)


get_value = eval


def set_value(x: Any, value: Any) -> None:
    """Sets a variable, or an optimizer's rate that was read from it."""
    if not isinstance(x, Variable):
        raise TypeError(f"set_value received {x!r}; expected a variable.")
    x.assign(np.asarray(value, x.array.dtype))


def batch_get_value(tensors: Any) -> list[Any]:
    """The values of several variables."""
    return [eval(x) for x in tensors]


def batch_set_value(tuples: Any) -> None:
    """Sets several variables, given as pairs (variable, value)."""
    for x, value in tuples:
        set_value(x, value)


def count_params(x: Any) -> int:
    """How many entries x has."""
    return int(np.prod(x.shape))


def update(x: Any, new_x: Any) -> Any:
    """Sets a variable to a tensor; to a symbol, when a `function` that is given it is called.

    A function that is given what this returned makes the update at each call, and not at once.
    Within a layer it is set as `kept_still` says; within an optimizer's ``get_updates``, when that
    is done.
    """
    if isinstance(new_x, Symbol):
        return x, new_x
    if collected.now() is not None:
        return collected.Change(x, new_x)
    if not kept_still():
        told.make(x, new_x)
    return x


def update_add(x: Any, increment: Any) -> Any:
    """Adds to a variable."""
    if collected.now() is not None and not isinstance(increment, Symbol):
        return collected.Change(x, increment, adds=True)
    return update(x, x + increment)


def update_sub(x: Any, decrement: Any) -> Any:
    """Subtracts from a variable."""
    return update_add(x, ops.negative(decrement))


def moving_average_update(x: Any, value: Any, momentum: float) -> Any:
    """x ← momentum·x + (1 - momentum)·value."""
    return update(x, x - (x - value) * (1 - momentum))


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor or a symbol."""
    return isinstance(x, Tensor | Symbol)


def is_variable(x: Any) -> bool:
    """Whether x is a variable."""
    return isinstance(x, Variable)


def print_tensor(x: Any, message: str = "") -> Any:
    """x, printed where it has values already; a symbol has none."""
    if not isinstance(x, Symbol):
        print(message, eval(x))
    return x


def get_variable_shape(x: Any) -> tuple[int, ...]:
    """A variable's shape."""
    return tuple(x.shape)


def to_dense(tensor: Any) -> Any:
    """x: tensors here are dense."""
    return tensor


def is_sparse(x: Any) -> bool:
    """False: tensors here are dense."""
    return False


def is_placeholder(x: Any) -> bool:
    """Whether x is a symbol that nothing was applied to."""
    return isinstance(x, Symbol) and not x.call.inputs


__all__ = [
    "batch_get_value", "batch_set_value", "constant", "count_params", "eval", "eye", "get_value",
    "get_variable_shape", "identity", "is_placeholder", "is_sparse", "is_tensor", "is_variable",
    "moving_average_update", "ones", "ones_like", "placeholder", "print_tensor", "random_bernoulli",
    "random_binomial", "random_normal", "random_normal_variable", "random_uniform",
    "random_uniform_variable", "set_value", "to_dense", "truncated_normal", "update", "update_add",
    "update_sub", "variable", "zeros", "zeros_like",
]  # fmt: skip
