"""Which dtypes Keras's functions compute in: numbers of Python's adapt, whole ones stay narrow.

NumPy's own promotion, which the engine's ops follow, makes float64 of int32 beside float32, and of
the sine of an int32. Here as in Keras both give `floatx`. `result_type` tells the dtype that
several have in common; `promoted` are the functions of ``nn.ops`` that go by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.symbolic import Symbolic, noting
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.ops.core import convert_to_tensor
from autograd_nn.nn.settings import floatx

# What each dtype becomes beside one that holds more. "int" and "float" are numbers of Python's.
_NEXT = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex64": ("complex128",),
    "complex128": (),
}
_WEAK = {bool: "bool", int: "int", float: "float", complex: "complex64"}


@cache
def _above(name: str) -> frozenset[str]:
    """What a dtype may become, itself among it."""
    return frozenset((name,)).union(*(_above(following) for following in _NEXT[name]))


@cache
def common(*names: str) -> str:
    """The least dtype that all of these may become; 'int' and 'float' where all are of Python's."""
    shared = frozenset.intersection(*map(_above, names))
    return next(name for name in shared if _above(name) == shared)


def _settled(name: str) -> str:
    return {"int": "int32", "float": floatx()}.get(name, name)


def result_type(*dtypes: Any) -> str:
    """The dtype of a result on operands of these dtypes, numbers of Python's among them.

    Whole numbers beside floating ones do not make these wider. Raises TypeError for no dtype.

    >>> result_type("int32", "float32"), result_type("uint8", "int8"), result_type("float16", float)
    ('float32', 'int16', 'float16')
    """
    found = [
        _WEAK.get(d) or (floatx() if d is None else as_dtype(d).name) for d in dtypes or (None,)
    ]
    return _settled(common(*found))


def _noted(x: Any) -> bool:
    """Whether ops note what becomes of x."""
    return isinstance(x, Tensor | Symbolic)


def _name(x: Any) -> str | None:
    """An operand's dtype; None of what is none."""
    if _noted(x) or isinstance(x, np.ndarray | np.generic):
        name: str = x.dtype.name
        return name if name in _NEXT else None
    return _WEAK.get(type(x))


def _cast(x: Any, dtype: str) -> Any:
    if _noted(x):
        return x if x.dtype == dtype else ops.astype(x, dtype=as_dtype(dtype))
    return convert_to_tensor(x, dtype) if isinstance(x, np.ndarray | np.generic) else x


def _given(x: Any) -> Any:
    """An operand, lists as tensors; lists of operands as they are."""
    if isinstance(x, list | tuple) and not any(hasattr(v, "dtype") for v in tree.flatten(x)[0]):
        return convert_to_tensor(x)
    return x


def agreed(operands: Sequence[Any], floating: bool) -> list[Any]:
    """Operands, as they are or as lists of some, in the dtype they have in common."""
    operands = [_given(x) for x in operands]
    flat, structure = tree.flatten(list(operands))
    names = [_name(x) for x in flat]
    if None in names or not names:
        return list(operands)
    dtype = _settled(common(*names, "float") if floating else common(*names))
    if all(type(x) in _WEAK for x in flat):
        flat[0] = convert_to_tensor(flat[0], dtype)
    return list(tree.unflatten(structure, [_cast(x, dtype) for x in flat]))


def _in_common(function: Callable[..., Any], places: Sequence[int], floating: bool) -> Any:
    """A function whose operands at these places are brought to one dtype."""
    names = ("x1", "x2") if len(places) > 1 else ("x",)

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        given = [*args]
        for key in names[len(given) :]:  # which come by their names in Keras
            if key in kwargs:
                given.append(kwargs.pop(key))
        at = [i for i in places if i < len(given)]
        for i, x in zip(at, agreed([given[i] for i in at], floating), strict=True):
            given[i] = x
        return function(*given, **kwargs)

    return called


def _to_common(function: Callable[..., Any], places: Sequence[int], floating: bool) -> Any:
    """A function whose operands and result are in one dtype, unless it is told another.

    What NumPy computes in float64, for a number beside is one, or cannot in half precision, is
    computed so.
    """
    names = ("start", "stop") if len(places) > 1 else ("x",)

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        given = [*args, *(kwargs.pop(n) for n in names[len(args) :] if n in kwargs)]
        known = [_name(x) for x in tree.flatten([_given(given[i]) for i in places])[0]]
        if kwargs.get("dtype") is not None or None in known or not known:
            return function(*given, **kwargs)
        dtype = _settled(common(*known, "float") if floating else common(*known))
        wide = "float32" if dtype in ("float16", "bfloat16") else dtype
        for i in places:
            given[i] = _cast(_given(given[i]), wide)
        return tree.map(lambda y: _cast(y, dtype), function(*given, **kwargs))

    return called


def _weighed(function: Callable[..., Any]) -> Any:
    """`average`: what is averaged and its weights are of one floating dtype."""

    @wraps(function)
    def called(x: Any, axis: Any = None, weights: Any = None) -> Any:
        if weights is None:
            return function(*agreed([x], True), axis)
        x, weights = agreed([x, weights], True)
        return function(x, axis, weights)

    return called


def _widening(function: Callable[..., Any], few: str) -> Any:
    """A function of numbers, which of nothing but operands of a dtype, ``few``, gives int32."""

    @wraps(function)
    def called(x: Any, *args: Any, **kwargs: Any) -> Any:
        given = [_given(v) for v in (x, *args)]
        small = [_name(v) == few for v in given if _name(v) is not None]
        if not small or not all(small):
            return function(x, *args, **kwargs)
        return function(*[_cast(v, "int32") if _name(v) == few else v for v in given], **kwargs)

    return called


def _window(function: Callable[..., Any]) -> Any:
    """A function of a number of points, which gives `floatx`."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        return _cast(function(*args, **kwargs), floatx())

    return called


def _narrow(function: Callable[..., Any]) -> Any:
    """A function whose results are indices or counts: int32, as far as nobody asked for more."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        def cast(y: Any) -> Any:
            wide = _noted(y) and y.dtype == np.int64
            return ops.astype(y, dtype=np.dtype("int32")) if wide else y

        return tree.map(cast, function(*args, **kwargs))

    return called


def _summing(function: Callable[..., Any], running: bool) -> Any:
    """A sum or product: of whole numbers it is 32 bits wide, or, where it runs, as they are."""

    @wraps(function)
    def called(x: Any, *args: Any, **kwargs: Any) -> Any:
        x = _given(x)
        x = convert_to_tensor(x) if type(x) in _WEAK else x
        dtype = kwargs.pop("dtype", None)
        if dtype is not None:
            return _cast(function(_cast(x, as_dtype(dtype).name), *args, **kwargs), dtype)
        y = function(x, *args, **kwargs)
        kind, width = x.dtype.kind, x.dtype.itemsize
        if kind not in "iub":
            return y
        if kind == "b":
            dtype = "int32"
        elif running or width == 8:
            dtype = x.dtype.name
        else:
            dtype = "uint32" if kind == "u" else "int32"
        return _cast(y, dtype)

    return called


_ALIKE = """add subtract multiply maximum minimum mod remainder floor_divide power dot matmul inner
outer tensordot vdot kron fmax fmin fmod gcd lcm bitwise_and bitwise_or bitwise_xor equal not_equal
greater greater_equal less less_equal append vecdot cross""".split()
_FLOATING = """arccos arccosh arcsin arcsinh arctan arctanh cos cosh sin sinh tan tanh exp exp2
expm1
log log10 log1p log2 sqrt cbrt rsqrt deg2rad rad2deg sinc reciprocal mean std var median nanmean
nanstd nanvar nanmedian ceil floor logsumexp i0 angle erf erfinv celu elu selu gelu silu
sigmoid softplus softsign swish mish log_sigmoid softmax log_softmax tanh_shrink soft_shrink
hard_sigmoid hard_silu hard_swish sparse_plus squareplus quantile nanquantile
det inv cholesky eigh slogdet""".split()
_FLOATING_PAIRS = """divide true_divide divide_no_nan arctan2 hypot logaddexp logaddexp2 heaviside
correlate cdist nextafter solve""".split()
_LISTS = "concatenate stack hstack vstack dstack".split()
_INDICES = """argmax argmin argsort argpartition count_nonzero digitize nonzero nanargmax nanargmin
searchsorted unravel_index""".split()
_TOTALS = "sum prod trace nansum nanprod".split()
_RUNNING = "cumsum cumprod nancumsum nancumprod".split()


def promoted(functions: dict[str, Any]) -> dict[str, Any]:
    """Of these functions, by name, those that go by Keras's dtypes here, made to."""
    found: dict[str, Any] = {}
    made: list[tuple[list[str], Callable[[Any], Any]]] = [
        (_ALIKE, lambda f: _in_common(f, (0, 1), False)),
        (_FLOATING, lambda f: _in_common(f, (0,), True)),
        (_FLOATING_PAIRS, lambda f: _in_common(f, (0, 1), True)),
        (_LISTS, lambda f: _in_common(f, (0,), False)),
        (["percentile", "nanpercentile", "corrcoef", "trapezoid", "fabs", "ldexp"],
         lambda f: _to_common(f, (0,), True)),
        (["vander"], lambda f: _to_common(f, (0,), False)),
        (["linspace", "logspace", "geomspace"], lambda f: _to_common(f, (0, 1), True)),
        (["average"], _weighed),
        (["square", "clip"], lambda f: _widening(f, "bool")),
        (["bartlett", "blackman", "hamming", "hanning", "kaiser"], _window),
        (["where"], lambda f: _in_common(f, (1, 2), False)),
        (["einsum"], lambda f: _in_common(f, range(1, 9), False)),
        (_INDICES, _narrow),
        (_TOTALS, lambda f: _summing(f, False)),
        (_RUNNING, lambda f: _summing(f, True)),
    ]
    made.append((["matmul"], lambda f: _widening(found["matmul"], "int8")))
    for names, make in made:
        found.update({n: noting(make(functions[n])) for n in names if n in functions})
    return found


__all__ = ["agreed", "result_type"]
