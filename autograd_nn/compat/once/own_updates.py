"""Optimizers of one's own as Keras 1 and 2 had them: a ``get_updates`` that returns changes.

``self.updates = [K.update(p, p - lr * g), …]`` of ``self.get_gradients(loss, params)``: such a
method is run at every step, with the step's gradients, see `collected`.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import wraps
from typing import Any, NamedTuple

from autograd_nn.compat.functions import phases
from autograd_nn.compat.functions.collected import Collected, Given, collecting
from autograd_nn.compat.once import second
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import as_tensor
from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.symbols import Symbol
from autograd_nn.nn.updates import Step
from autograd_nn.nn.variable import Variable

_UPDATES, _GRADIENTS = "get_updates", "get_gradients"
_LIMITS = ("clipnorm", "clipvalue", "global_clipnorm")  # of which `get_gradients` makes use


def _is_own(optimizer: Any) -> bool:
    """Whether a script says how an optimizer makes its changes, or what it is given for slopes."""
    return second.is_second(type(optimizer)) or any(
        name in vars(optimizer) or not _ours(type(optimizer), name)
        for name in (_UPDATES, _GRADIENTS)
    )


def _ours(kind: type, name: str) -> bool:
    found = next(k for k in kind.__mro__ if name in vars(k))
    return found.__module__.startswith("autograd_nn.")


class Made(NamedTuple):
    """A step of one of our optimizers, among the changes of another."""

    optimizer: Any
    grads: Sequence[Any]
    params: Sequence[Any]

    def make(self) -> None:
        """Makes the step."""
        _apply_of_ours(self.optimizer, [as_tensor(g) for g in self.grads], self.params)


_apply_of_ours: Any = Optimizer._apply


def get_gradients(self: Any, loss: Any, params: Any) -> list[Any]:
    """The slopes of a loss, a symbol, by weights, within the limits that the optimizer has."""
    found: list[Any] = phases.gradients(loss, list(params))
    limited = any((self.clipnorm, self.clipvalue, self.global_clipnorm))
    if not limited or any(isinstance(g, Symbol) for g in found):
        return found
    return list(self._clip_gradients(found))


def _of_given(today: Any) -> Any:
    """`Optimizer.get_updates`, which a class of one's own calls for a step whose slopes are known.

    Of a symbol it gives a step that is made when a function runs it, as before.
    """

    @wraps(today)
    def get_updates(self: Any, *given: Any, **named: Any) -> list[Any]:
        names = ("loss", "params") if len(given) < 3 else ("params", "constraints", "loss")
        told = {**dict(zip(names, given, strict=False)), **named}
        if not isinstance(told.get("loss"), Given):
            return list(today(self, *given, **named))
        params = list(told["params"])
        return [Made(self, self.get_gradients(told["loss"], params), params)]

    return get_updates


def _later(own: Any) -> Any:
    """A class's own ``get_updates``: of a symbol, a step that runs it when a function is called."""

    @wraps(own)
    def get_updates(self: Any, *args: Any, **options: Any) -> Any:
        told = inspect.signature(own).bind(self, *args, **options).arguments
        loss = told.get("loss")
        if isinstance(loss, Symbol):
            return [Step(self, loss, list(told["params"]))]
        return own(self, *args, **options)

    return get_updates


def _watching(today: Any) -> Any:
    """`Optimizer.__init_subclass__`, which sees a class's own ``get_updates``."""

    def __init_subclass__(cls: Any, **options: Any) -> None:
        today.__func__(cls, **options)
        if _UPDATES in vars(cls):
            cls.get_updates = _later(cls.get_updates)
        if second.APPLIES in vars(cls):
            second.become(cls)

    return classmethod(__init_subclass__)


def _by_changes(today: Any) -> Any:
    """A step, which a class's own ``get_updates`` makes where it has one."""

    @wraps(today)
    def _apply(self: Any, grads: Any, variables: Any, wanted: Any = None) -> None:
        if wanted is not None or not _is_own(self) or second.is_second(type(self)):
            today(self, grads, variables, wanted)
            return
        self._group(variables)
        collected = self.__dict__.setdefault("_collected", Collected())
        count = len(collected.variables)
        with no_grad(), collecting(collected):
            loss = Given(grads, variables)
            told: dict[str, Any] = {"loss": loss, "params": list(variables)}
            if "constraints" in inspect.signature(self.get_updates).parameters:
                named = [(w, getattr(w, "constraint", None)) for w in variables]
                told["constraints"] = {w: c for w, c in named if c is not None}
            collected.make(self.get_updates(**told) or ())
        for i, made in enumerate(collected.variables[count:], count):
            if isinstance(made, Variable):
                made.name = f"{made._name}_{i}"
                self._own = [*self._own, (made, as_tensor(made.numpy().copy()))]

    return _apply


def _counted(today: Any) -> Any:
    """`Optimizer.iterations`, in whose place a class may put a variable of its own."""

    def put(self: Any, value: Any) -> None:
        self._iterations = value

    return property(lambda self: today.__get__(self), put)


def _of_variables(today: Any) -> Any:
    """`Optimizer.__setattr__`, of numbers that are variables as well, as ``K.variable`` makes."""

    @wraps(today)
    def __setattr__(self: Any, name: str, value: Any) -> None:
        if not _is_own(self) or name in _LIMITS:
            today(self, name, value)
            return
        if isinstance(value, Variable) and name in ("lr", "learning_rate"):
            name = "_rate"
        Configurable.__setattr__(self, name, value)

    return __setattr__


BENT = {
    "autograd_nn.nn.optimizers.base:Optimizer": {
        "__init_subclass__": _watching, "__setattr__": _of_variables, "iterations": _counted,
        _UPDATES: _of_given, _GRADIENTS: lambda today: get_gradients, "_apply": _by_changes,
    },
}
