"""Updates that are made when they are told, by ``K.update`` outside of any layer.

Keras 1 and 2 noted such a one for a function that it is given to. A `Function` that is given it
takes it back, and makes it at each call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial, wraps
from typing import Any
from weakref import ref

from autograd_nn.compat.functions.again import forgotten, moves
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.context import context
from autograd_nn.nn.symbols import Symbol
from autograd_nn.nn.variable import Variable

# By each variable's id: itself, what it held before the last update and after it, and its value.
_TOLD: dict[int, tuple[Any, Any, Any, Any]] = {}


def make(variable: Variable, value: Any) -> None:
    """Sets a variable."""
    before = variable.array
    variable.assign(value)
    outside = context.training is None and context.lent is None and mode.recorder is None
    if outside:
        number = id(variable)
        held = ref(variable, partial(forgotten, _TOLD, number))
        _TOLD[number] = held, before, variable.array, value


def taken_back(variable: Variable) -> tuple[Variable, Any] | None:
    """The pair of a variable and its update, undone; None where it was changed otherwise since.

    >>> from autograd_nn.compat.functions.again import again
    >>> n = Variable(1.0)
    >>> make(n, n + 1)
    >>> pair = taken_back(n)
    >>> n.item(), again(pair[1]).item()
    (1.0, 2.0)
    """
    held, before, after, value = _TOLD.pop(id(variable), (None, None, None, None))
    if held is None or held() is not variable or variable.array is not after:
        return None
    variable.assign(before)
    return variable, value


# By the id of what an update gave: itself, the pair of its variable and its value.
_GIVEN: dict[int, tuple[Any, tuple[Variable, Any]]] = {}


def given(variable: Variable, value: Any) -> Tensor:
    """Sets a variable, and gives a tensor of what it is then: `pair_of` knows what it came of."""
    make(variable, value)
    y = wrap(variable.array)
    number = id(y)
    _GIVEN[number] = ref(y, partial(forgotten, _GIVEN, number)), (variable, value)
    return y


def pair_of(x: Any) -> tuple[Variable, Any] | None:
    """The variable and its value, of what `given` gave; from the first time on it is undone.

    >>> from autograd_nn.compat.functions.again import again
    >>> n = Variable(1.0)
    >>> y = given(n, n + 1)
    >>> pair_of(y) is not None, n.item(), pair_of(n)
    (True, 1.0, None)
    """
    held, pair = _GIVEN.get(id(x), (None, None))
    if held is None or pair is None or held() is not x:
        return None
    last = _TOLD.get(id(pair[0]))
    if last is not None and last[3] is pair[1]:
        taken_back(pair[0])
    return pair


def _by_scripts(total: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """A variable's `assign` and its kin, noted as `make` does where a script itself calls one.

    Of a symbol they give the pair: an update for a function.
    """

    def bend(today: Any) -> Any:
        @wraps(today)
        def assign(self: Any, value: Any, *args: Any, **options: Any) -> Any:
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if not isinstance(self, Variable) or caller.partition(".")[0] == "autograd_nn":
                return today(self, value, *args, **options)
            if isinstance(value, Symbol):
                return self, total(self, value)
            new = total(self, value)
            if "/" in self.path and not moves(new):  # a layer's weight, which it tells us to set
                return today(self, value, *args, **options)
            make(self, new)
            return self

        return assign

    return bend


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.engine.tensor:Tensor": {"assign": _by_scripts(lambda v, x: x)},
    "autograd_nn.nn.variable:Variable": {
        "assign_add": _by_scripts(lambda v, x: v + x),
        "assign_sub": _by_scripts(lambda v, x: v - x),
    },
}
