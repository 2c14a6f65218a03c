"""Every differentiable op, one family a file; Tensor's operators and methods are bound here.

In go tensors, arrays or numbers; out come tensors on the tape. An op is one block: its value, its
derivatives, its shapes, its example. Start with ``arithmetic.py``.
"""

from __future__ import annotations

import builtins as _builtins
from typing import Any

import numpy as _np

from autograd_nn.engine import tensor as _tensor
from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import as_dtype, named
from autograd_nn.engine.numeric import native_order as _native_order
from autograd_nn.engine.ops import fft, linalg
from autograd_nn.engine.ops.activation import *  # noqa: F403
from autograd_nn.engine.ops.arithmetic import *  # noqa: F403
from autograd_nn.engine.ops.attention import *  # noqa: F403
from autograd_nn.engine.ops.choosing import *  # noqa: F403
from autograd_nn.engine.ops.comparison import *  # noqa: F403
from autograd_nn.engine.ops.convolution import *  # noqa: F403
from autograd_nn.engine.ops.diagonals import *  # noqa: F403
from autograd_nn.engine.ops.exponential import *  # noqa: F403
from autograd_nn.engine.ops.indexing import *  # noqa: F403
from autograd_nn.engine.ops.joining import *  # noqa: F403
from autograd_nn.engine.ops.linalg.norms import norm as norm
from autograd_nn.engine.ops.normalizing import *  # noqa: F403
from autograd_nn.engine.ops.ordering import *  # noqa: F403
from autograd_nn.engine.ops.probability import *  # noqa: F403
from autograd_nn.engine.ops.products import *  # noqa: F403
from autograd_nn.engine.ops.reductions import *  # noqa: F403
from autograd_nn.engine.ops.resizing import *  # noqa: F403
from autograd_nn.engine.ops.rounding import *  # noqa: F403
from autograd_nn.engine.ops.shaping import *  # noqa: F403
from autograd_nn.engine.ops.sparse import *  # noqa: F403
from autograd_nn.engine.ops.special import *  # noqa: F403
from autograd_nn.engine.ops.trigonometry import *  # noqa: F403
from autograd_nn.engine.ops.windows import *  # noqa: F403
from autograd_nn.engine.tensor import as_tensor

import autograd_nn.engine.ops.seams  # noqa: F401  # isort: skip  (joins the ops above)

abs = absolute  # noqa: F405  NumPy's and the array API's other names of the same ops
amax, amin = max, min  # noqa: F405
conj = conjugate  # noqa: F405
concat = concatenate  # noqa: F405
permute_dims = transpose  # noqa: F405
pow = power  # noqa: F405
true_divide = divide  # noqa: F405
acos, asin, atan, atan2 = arccos, arcsin, arctan, arctan2  # noqa: F405
acosh, asinh, atanh = arccosh, arcsinh, arctanh  # noqa: F405
cast = astype  # noqa: F405
mod = remainder  # noqa: F405
neg, sub, mul, div = negative, subtract, multiply, divide  # noqa: F405


def round(x: Any, decimals: int = 0) -> _tensor.Tensor:
    """x rounded to so many decimals, halves to the even neighbour; its derivative is 0.

    >>> import autograd_nn as ag
    >>> ag.round([1.25, -0.5], 1)
    Tensor([ 1.2, -0.5])
    """
    x = as_tensor(x)
    if x.dtype.kind in "iub" and decimals >= 0:
        return positive(x) if x.dtype.kind != "b" else rint(x)  # noqa: F405
    if not decimals:
        return rint(x)  # noqa: F405
    scale = 10.0 ** _builtins.abs(decimals)
    if x.dtype.kind in "iub":
        return astype(rint(x / scale) * scale, dtype=x.dtype)  # noqa: F405
    return rint(x * scale) / scale if decimals > 0 else rint(x / scale) * scale  # noqa: F405


# The one rule of dtypes: what is named, else the data's own, else NumPy's, which is float64 for
# what is made of no data (zeros, ones, eye, one_hot, draws) as for a Python float.
# nn names float32.


def zeros_like(x: Any, dtype: Any = None) -> _tensor.Tensor:
    """Zeros in x's shape, and dtype if none is named.

    >>> import autograd_nn as ag
    >>> ag.zeros_like([1.0, 2.0])
    Tensor([0., 0.])
    """
    return _filled_like(x, 0, dtype)


def ones_like(x: Any, dtype: Any = None) -> _tensor.Tensor:
    """Ones in x's shape, and dtype if none is named.

    >>> import autograd_nn as ag
    >>> ag.ones_like([1.0, 2.0])
    Tensor([1., 1.])
    """
    return _filled_like(x, 1, dtype)


def _filled_like(x: Any, value: int, dtype: Any) -> _tensor.Tensor:
    y = _np.empty_like(as_tensor(x).array, named(dtype), subok=False)
    y.fill(value)  # a third of the time of NumPy's zeros_like and ones_like
    return _tensor.wrap(y if dtype is None else _native_order(y))


def zeros(shape: Any, dtype: Any = "float64") -> _tensor.Tensor:
    """Zeros.

    >>> import autograd_nn as ag
    >>> ag.zeros(2)
    Tensor([0., 0.])
    """
    import numpy as np

    return _tensor.wrap(_native_order(np.zeros(shape, as_dtype(dtype))))


def ones(shape: Any, dtype: Any = "float64") -> _tensor.Tensor:
    """Ones.

    >>> import autograd_nn as ag
    >>> ag.ones(2)
    Tensor([1., 1.])
    """
    import numpy as np

    return _tensor.wrap(_native_order(np.ones(shape, as_dtype(dtype))))


def full(shape: Any, fill_value: Any, dtype: Any = None) -> _tensor.Tensor:
    """One value everywhere; a tensor, or a list of some, stays on the tape.

    >>> import autograd_nn as ag
    >>> ag.full(2, 7.0)
    Tensor([7., 7.])
    """
    import numpy as np

    if isinstance(fill_value, _tensor.Tensor | list | tuple) or np.iscomplexobj(fill_value):
        sizes = shape if isinstance(shape, tuple | list) else (shape,)
        filled = broadcast_to(fill_value, shape=tuple(sizes))  # noqa: F405
        return astype(filled, dtype=filled.dtype if dtype is None else as_dtype(dtype))  # noqa: F405
    return _tensor.wrap(_native_order(np.full(shape, fill_value, named(dtype))))


def arange(*args: Any, dtype: Any = None) -> _tensor.Tensor:
    """Evenly spaced values, as Python's range; differentiable in start and step.

    Raises ValueError for a step of 0.

    >>> import autograd_nn as ag
    >>> ag.arange(3)
    Tensor([0, 1, 2])
    """
    import numpy as np

    if len(args) == 3 and not args[2]:
        raise ValueError(
            f"arange received step={args[2]!r}, by which stop is never reached; expected another "
            "number. For equal entries use full(n, start)."
        )
    if _builtins.any(isinstance(a, _tensor.Tensor) for a in args):
        bounds: Any = [a.item() if isinstance(a, _tensor.Tensor) else a for a in args]
        plain = np.arange(*bounds)
        if len(args) == 1:  # where it stops decides how many there are, and nothing else
            return _tensor.wrap(plain if dtype is None else plain.astype(as_dtype(dtype)))
        start, step = args[0], args[2] if len(args) == 3 else 1
        y = start + step * _tensor.wrap(np.arange(plain.size, dtype=plain.dtype))
        return y if dtype is None else astype(y, dtype=as_dtype(dtype))  # noqa: F405
    return _tensor.wrap(_native_order(np.arange(*args, dtype=named(dtype))))


def linspace(
    start: Any, stop: Any, num: int = 50, dtype: Any = None, *, endpoint: bool = True
) -> _tensor.Tensor:
    """``num`` evenly spaced values from start to stop; differentiable in both.

    endpoint   whether stop is the last of them.

    >>> import autograd_nn as ag
    >>> ag.linspace(0, 1, 3)
    Tensor([0. , 0.5, 1. ])
    """
    import numpy as np

    ends = (start, stop)
    if _builtins.any(isinstance(e, _tensor.Tensor) or np.iscomplexobj(e) for e in ends):
        a, b = as_tensor(start), as_tensor(stop)
        rows = (-1,) + (1,) * _builtins.max(a.ndim, b.ndim)
        share = _tensor.wrap(np.linspace(0, 1, num, endpoint).reshape(rows))
        y = a * (1 - share) + b * share
        return y if dtype is None else astype(y, dtype=as_dtype(dtype))  # noqa: F405
    return _tensor.wrap(_native_order(np.linspace(start, stop, num, endpoint, dtype=named(dtype))))


def eye(n: int, m: int | None = None, k: int = 0, dtype: Any = "float64") -> _tensor.Tensor:
    """The identity, or ones on diagonal ``k``.

    >>> import autograd_nn as ag
    >>> ag.eye(2)
    Tensor([[1., 0.],
            [0., 1.]])
    """
    import numpy as np

    return _tensor.wrap(_native_order(np.eye(n, m, k, as_dtype(dtype))))


def _bind() -> None:
    """Tensor's operators and methods, from the names above; Tensor itself holds no mathematics."""
    names = globals()
    operators = {
        "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide",
        "floordiv": "floor_divide", "mod": "remainder", "pow": "power", "matmul": "matmul",
        "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
        "lshift": "left_shift", "rshift": "right_shift",
    }  # fmt: skip
    for symbol, name in operators.items():
        function = names[name]
        _tensor.bind(f"__{symbol}__", function)
        _tensor.bind(f"__r{symbol}__", _reflected(function))
        _tensor.bind(f"__i{symbol}__", _in_place(function))
    _tensor.bind("__divmod__", _divmod)
    _tensor.bind("__rdivmod__", _reflected(_divmod))
    for symbol, name in {
        "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
        "eq": "equal", "ne": "not_equal",
    }.items():  # fmt: skip
        _tensor.bind(f"__{symbol}__", _operator(names[name]))
    for symbol, name in {
        "neg": "negative", "pos": "positive", "abs": "absolute", "invert": "bitwise_invert",
        "getitem": "getitem", "setitem": "setitem",
    }.items():  # fmt: skip
        _tensor.bind(f"__{symbol}__", names[name])
    for name in (
        "sum mean prod max min any all argmax argmin var std cumsum cumprod ptp logsumexp "
        "swapaxes squeeze repeat take ravel dot trace diagonal exp log sqrt abs tanh sigmoid relu "
        "sin cos square clip matmul expand_dims argsort sort norm softmax log_softmax flip "
        "moveaxis broadcast_to pow sign"
    ).split():
        _tensor.bind(name, names[name])
    _tensor.bind("reshape", _reshape)
    _tensor.bind("transpose", _transpose)
    _tensor.bind("astype", _astype)
    _tensor.bind("flatten", names["ravel"])
    _tensor.bind("copy", names["positive"])
    _tensor.bind("round", names["round"])


def _divmod(x1: Any, x2: Any) -> tuple[_tensor.Tensor, _tensor.Tensor]:
    """What dividing leaves whole, and the rest."""
    return floor_divide(x1, x2), remainder(x1, x2)


def _operator(function: Any) -> Any:
    """A comparison that lets Python answer ``x == None`` and ``x == "text"`` itself."""

    def operator(self: Any, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        return function(self, other)

    operator.__name__ = function.__name__
    operator.__doc__ = function.__doc__
    return operator


def _reflected(function: Any) -> Any:
    def reflected(self: Any, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        return function(other, self)

    reflected.__name__ = "r" + function.__name__
    return reflected


def _in_place(function: Any) -> Any:
    """``x += y``: a leaf under no_grad changes its contents, as in PyTorch; else a new value."""
    from autograd_nn.engine.errors import GradientError
    from autograd_nn.engine.mode import mode
    from autograd_nn.engine.node import Leaf

    def in_place(self: Any, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        if self.node is not None and mode.taping:
            if isinstance(self.node, Leaf) and self.node.tensor is not None:
                raise GradientError(
                    "an in-place change of a leaf that requires gradients: expected it inside "
                    "'with no_grad():', where the optimizer's step belongs; or write x = x + y."
                )
            return function(self, other)
        if self.node is None and getattr(other, "node", None) is not None and mode.taping:
            return function(self, other)
        y = function(self, other)
        if y.shape != self.shape or y.dtype != self.dtype:
            return y
        return self.assign(y)

    in_place.__name__ = "i" + function.__name__
    return in_place


def _reshape(self: Any, *shape: Any) -> Any:
    """The same entries, in order, in another shape; one size may be -1."""
    if len(shape) == 1 and not isinstance(shape[0], int):
        shape = tuple(shape[0])
    return reshape(self, shape=shape)  # noqa: F405


def _transpose(self: Any, *axes: Any) -> Any:
    """The axes in the order given (none: reversed)."""
    listed: Any = axes
    if len(axes) == 1 and (axes[0] is None or not isinstance(axes[0], int)):
        listed = axes[0]
    return transpose(self, axes=tuple(listed) if listed else None)  # noqa: F405


def _astype(self: Any, dtype: Any) -> Any:
    """x in another dtype; differentiable between floating dtypes."""
    try:
        dtype = as_dtype(dtype)
    except TypeError:
        raise DTypeError(
            f"astype received {dtype!r}; expected a dtype such as 'float32' or numpy.int64."
        ) from None
    return astype(self, dtype=dtype)  # noqa: F405


_bind()


def _note_composites() -> None:
    """Functions made of ops look at shapes, so that on stand-ins they are noted whole."""
    from types import FunctionType

    from autograd_nn.engine.symbolic import noting

    names = globals()
    # these ask for no sizes, and are too frequent for a look more, or make tensors of nothing
    as_they_are = "matmul getitem setitem clip concatenate as_tensor zeros ones full eye arange"
    for name, function in list(names.items()):
        if isinstance(function, FunctionType) and not name.startswith("_"):
            if not hasattr(function, "op") and name not in as_they_are.split():
                names[name] = noting(function)
                names[name].__module__, names[name].__qualname__ = __name__, function.__name__


_note_composites()

__all__ = ["as_tensor", "fft", "linalg"]
__all__ += [
    name for name, function in globals().items()
    if not name.startswith("_") and str(getattr(function, "__module__", "")).startswith(__name__)
]  # fmt: skip
