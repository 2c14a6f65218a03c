"""Keras's arguments, their names and order, where those of the function that does it are others.

`spelled` are the functions of ``nn.ops`` that take Keras's arguments here. Names that are the
function's own are taken as before. Where channels stand, and nobody says it, is settled when the
call is made, as `nn.config.image_data_format` has it then.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd_nn.nn.settings import image_data_format

# The operands, by Keras's names, then the options: Keras's name, and our own where it is another.
_ARGUMENTS = """
allclose x1 x2 / rtol atol equal_nan
append x1 x2 / axis
argpartition x / kth axis
array_split x / indices_or_sections axis
average x / axis weights
bartlett x /
bitwise_and x y /
bitwise_left_shift x y /
bitwise_or x y /
bitwise_right_shift x y /
bitwise_xor x y /
blackman x /
cholesky x / upper
clip x / x_min=min x_max=max
cumprod x / axis dtype
cumsum x / axis dtype
det x /
diagflat x / k
diff a / n axis
dsplit x / indices_or_sections
dstack xs /
eigh x /
fliplr x /
flipud x /
hamming x /
hanning x /
histogram x / bins range
hsplit x / indices_or_sections
hstack xs /
inv x /
isclose x1 x2 / rtol atol equal_nan
isin x1 x2 / assume_unique invert
kaiser x beta /
left_shift x y /
lu_factor x /
matrix_rank x / tol
nan_to_num x / nan posinf neginf
nanargmax x / axis keepdims
nanargmin x / axis keepdims
nonzero x /
pinv x / rcond
prod x / axis keepdims dtype
qr x / mode
reshape x / newshape=shape
right_shift x y /
rot90 array / k axes
searchsorted sorted_sequence values / side
slogdet x /
stack x / axis
stop_gradient variable /
svd x / full_matrices compute_uv
vsplit x / indices_or_sections
vstack xs /
"""


def _spelled(function: Callable[..., Any], operands: list[str], options: list[str]) -> Any:
    """The function with its arguments under these names, in this order."""
    own = dict([(o.split("=") * 2)[:2] for o in options])
    names = [*operands, *own]

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if len(args) > len(names):
            raise TypeError(
                f"{function.__name__} received {len(args)} arguments by position; expected "
                f"{len(names)} at most: {', '.join(names)}."
            )
        given = dict(zip(names, args, strict=False))
        if doubled := given.keys() & kwargs.keys():
            raise TypeError(
                f"{function.__name__} received {doubled.pop()!r} twice, by position and by name; "
                "expected it once."
            )
        given.update(kwargs)
        at = []
        for name in operands:
            if name not in given:
                break
            at.append(given.pop(name))
        return function(*at, **{own.get(k, k): v for k, v in given.items()})

    parameter = inspect.Parameter
    theirs: Any = inspect.signature(function).parameters
    kind = parameter.POSITIONAL_OR_KEYWORD
    needed: dict[str, Any] = dict.fromkeys(operands, parameter.empty)
    needed |= {k: theirs[v].default if v in theirs else None for k, v in own.items()}
    called.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [parameter(k, kind, default=default) for k, default in needed.items()]
    )
    return called


def formatted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of images that is told where channels stand, also where its caller is silent.

    The name of a padding may be in capitals.
    """
    known = inspect.signature(function)

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            given = known.bind(*args, **kwargs).arguments
        except TypeError:  # which the function itself tells better
            return function(*args, **kwargs)
        if given.get("data_format") is None:
            given["data_format"] = image_data_format()
        if isinstance(given.get("padding"), str):
            given["padding"] = given["padding"].lower()
        at = [given.pop(k) for k in list(known.parameters)[: len(args)]]
        return function(*at, **given)

    return called


def _takes_format(function: Any) -> bool:
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    return "data_format" in known and known["data_format"].default is None


def spelled(functions: dict[str, Any]) -> dict[str, Any]:
    """Of these functions, by name, those whose arguments Keras has otherwise, with Keras's."""
    found = {}
    for line in _ARGUMENTS.strip().splitlines():
        name, *rest = line.split()
        end = rest.index("/")
        if name in functions:
            found[name] = _spelled(functions[name], rest[:end], rest[end + 1 :])
    for name, function in functions.items():
        if callable(function) and not name.startswith("_") and _takes_format(function):
            found[name] = formatted(function)
    return found


__all__ = ["formatted", "spelled"]
