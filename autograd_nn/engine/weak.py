"""Python floats that are arguments of a recorded function: inputs of its program, of weak dtype.

A Python number has no dtype of its own: it takes its partner's (NEP 50). Inside a recorded function
an argument that is one must behave so too, and still be another number at the next call. `Weak`
stands for it. Python's arithmetic on it is made by Python, at every call. An op that reads it makes
it an input of the program in the dtype that the op's other operands give it. Where Python looks
(``if a > 0``, ``math.sqrt(a)``, ``int(a)``, a format), what it saw is noted, and the program serves
calls for which Python would see the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_nn.engine import ops  # which are built on this module, but begun before it
from autograd_nn.engine import tensor as tensors  # as these are
from autograd_nn.engine.halves import as_dtype, kind_of, result_type
from autograd_nn.engine.mode import around

if TYPE_CHECKING:
    from autograd_nn.engine.op import Op
    from autograd_nn.engine.tensor import Tensor

Numbers = list[float]
Again = Callable[[Numbers], Any]  # computes something from a call's float arguments


class Arguments:
    """The float arguments of one recording: which inputs they became, and what Python saw."""

    def __init__(self) -> None:
        self.recorder: Any = None  # whose recording it is, once that has begun
        self.inputs: list[tuple[Again, np.dtype]] = []
        self.seen: list[tuple[Again, Any]] = []

    def fit(self, numbers: Numbers) -> bool:
        """Whether Python, given these numbers, would see what it saw."""
        try:
            return all(same(again(numbers), was) for again, was in self.seen)
        except (ArithmeticError, ValueError, TypeError):
            return False  # recorded again, it is raised where it belongs

    def arrays(self, numbers: Numbers) -> list[np.ndarray]:
        """The inputs that these numbers make."""
        return [array(again(numbers), dtype) for again, dtype in self.inputs]


def same(a: Any, b: Any) -> bool:
    """Whether Python cannot tell two values apart; NaN is NaN here, and -0 is not 0."""
    return a is b or (type(a) is type(b) and (a == b or a != a) and repr(a) == repr(b))


def array(number: float, dtype: np.dtype) -> np.ndarray:
    """A Python number as an array without axes; too large for the dtype it is infinite."""
    if dtype == np.float64:
        return np.array(number)
    with np.errstate(over="ignore"):
        return np.array(number, dtype)


def _plain(x: Any) -> Any:
    return x.value if type(x) is Weak else x


def _again(x: Any) -> Again:
    return x.again if type(x) is Weak else lambda numbers: x


class Weak:
    """What stands for a float argument, or for what Python computed from some, in a recording."""

    __slots__ = ("again", "made", "of", "value")
    __array_priority__ = 2000
    __class__ = property(lambda self: float)  # type: ignore[assignment]  # so isinstance answers

    def __init__(self, value: float, again: Again, of: Arguments) -> None:
        self.value, self.again, self.of = value, again, of
        self.made: dict[np.dtype, Tensor] = {}

    @property
    def active(self) -> bool:
        """Whether its recording goes on; after that it is a number like others."""
        own = self.of.recorder
        return own is not None and any([r is own for r in around()])

    def see(self, what: Callable[[float], Any]) -> Any:
        """Something Python asks of the number; the answer becomes part of the program's terms."""
        value, again = what(self.value), self.again
        if self.active:
            self.of.seen.append((lambda numbers: what(again(numbers)), value))
        return value

    def tensor(self, dtype: Any = np.float64) -> Tensor:
        """The number as an input of the program; once the recording is over, as a constant."""
        dtype = as_dtype(dtype)
        if not self.active:
            return tensors.wrap(array(self.value, dtype))
        if dtype not in self.made:
            x = self.made[dtype] = tensors.wrap(array(self.value, dtype))
            self.of.recorder.add_input(x)
            self.of.inputs.append((self.again, dtype))
        return self.made[dtype]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.see(float), dtype)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not hasattr(float, name):
            raise AttributeError(f"'float' object has no attribute {name!r}")
        return getattr(self.see(float), name)

    def __reduce__(self) -> tuple:
        return float, (self.see(float),)

    def __deepcopy__(self, memo: dict) -> Weak:
        return self

    def __format__(self, spec: str) -> str:
        return self.see(lambda x: format(x, spec))

    def __round__(self, digits: int | None = None) -> Any:
        return self.see(lambda x: round(x, digits))

    def __copy__(self) -> Weak:
        return self


def partners(op: Op, operands: tuple, params: dict[str, Any]) -> tuple:
    """The operands of an op, weak numbers as tensors of the dtype that it computes in."""
    operands = tuple([x.value if type(x) is Weak and not x.active else x for x in operands])
    plain = [_plain(getattr(x, "array", x)) for x in operands]
    known = [x.dtype for x in plain if isinstance(x, np.ndarray | np.generic)]
    dtype: Any = np.float64
    if known:
        with np.errstate(all="ignore"):
            found = op.run(*plain, **params)
            y = np.asarray(found[0] if op.results > 1 else found)
        dtype = y.dtype if kind_of(y.dtype) in "fc" else result_type(*known, 0.0)
    return tuple([x.tensor(dtype) if type(x) is Weak else x for x in operands])


def _arithmetic(name: str, function: Callable[[Any, Any], Any], ours: str) -> None:
    """Python's arithmetic with numbers stays Python's; with arrays it is the op's."""

    def compute(a: Any, b: Any, known: Weak) -> Any:
        other = b if a is known else a
        if type(other) in (float, int, bool, Weak):
            value = function(_plain(a), _plain(b))
            left, right = _again(a), _again(b)
            if type(value) is float:
                return Weak(value, lambda n: function(left(n), right(n)), known.of)
            other = other.see(float) if type(other) is Weak else other
        elif isinstance(other, np.ndarray | np.generic):
            return getattr(ops, ours)(a, b) if ours else NotImplemented
        elif type(other) is not complex:
            return NotImplemented
        number = known.see(float)
        return function(number, other) if a is known else function(other, number)

    setattr(Weak, f"__{name}__", lambda self, other: compute(self, other, self))
    setattr(Weak, f"__r{name}__", lambda self, other: compute(other, self, self))


def _comparison(name: str, function: Callable[[Any, Any], Any], ours: str) -> None:
    def compare(self: Weak, other: Any) -> Any:
        if isinstance(other, np.ndarray | np.generic):
            return getattr(ops, ours)(self, other)
        if type(other) is Weak:
            other.see(float)
            other = other.value
        if hasattr(type(other), "__array_priority__"):  # a tensor: it has the op
            return NotImplemented
        return self.see(lambda x: function(x, other))

    setattr(Weak, f"__{name}__", compare)


def _declare() -> None:
    arithmetic = {
        "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide",
        "floordiv": "floor_divide", "mod": "remainder", "pow": "power",
    }  # fmt: skip
    for name, ours in arithmetic.items():
        _arithmetic(name, getattr(operator, name), ours)
    _arithmetic("divmod", divmod, "")
    comparisons = {
        "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
        "eq": "equal", "ne": "not_equal",
    }  # fmt: skip
    for name, ours in comparisons.items():
        _comparison(name, getattr(operator, name), ours)

    def unary(function: Callable[[Any], Any]) -> Callable[[Weak], Weak]:
        def compute(x: Weak) -> Weak:
            again = x.again
            return Weak(function(x.value), lambda numbers: function(again(numbers)), x.of)

        return compute

    for name in ("neg", "pos", "abs"):
        setattr(Weak, f"__{name}__", unary(getattr(operator, name)))

    def seen(function: Callable[[Any], Any]) -> Callable[[Weak], Any]:
        return lambda self: self.see(function)

    looks: dict[str, Callable[[Any], Any]] = {
        "float": float, "int": int, "complex": complex, "bool": bool, "str": str, "repr": repr,
        "hash": hash, "trunc": int, "floor": lambda x: x.__floor__(),
        "ceil": lambda x: x.__ceil__(),
    }  # fmt: skip
    for name, look in looks.items():
        setattr(Weak, f"__{name}__", seen(look))


_declare()
