"""Slots: what an optimizer remembers, declared as fields of its class."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor


class Slot:
    """A field that holds a tensor for each weight, from step to step.

    name      of its variables, behind the weight's; left out, the field's own.
    initial   what it starts from: a number, or the option that is one, in the weight's shape; or
              a function of optimizer and weight that gives it.
    only      the option without which there is none, or a function of optimizer and weight.
    shared    there is one for the whole optimizer, a number.

    >>> from autograd_nn import nn
    >>> [slot.name for slot in nn.Adam(amsgrad=True).declared()]
    ['momentum', 'velocity', 'velocity_hat']
    """

    def __init__(
        self,
        name: str | None = None,
        initial: float | str | Callable[[Any, Tensor], Tensor] = 0,
        only: str | Callable[[Any, Tensor], bool] | None = None,
        shared: bool = False,
    ) -> None:
        self.name: Any = name
        self.initial, self.only, self.shared, self.field = initial, only, shared, ""

    def __set_name__(self, owner: type, field: str) -> None:
        self.field, self.name = field, field if self.name is None else self.name

    def wanted(self, optimizer: Any, w: Tensor) -> bool:
        """Whether an optimizer has this slot for a weight."""
        return not callable(self.only) or self.only(optimizer, w)

    def made(self, optimizer: Any, w: Tensor) -> Tensor:
        """The contents before the first step."""
        if callable(self.initial):
            return self.initial(optimizer, w)
        named = isinstance(self.initial, str)
        start = getattr(optimizer, self.initial) if named else self.initial  # type: ignore[arg-type]
        return ops.full(() if self.shared else w.shape, start, w.dtype)


def settled(x: Tensor, epsilon: float = 1.0) -> Tensor:
    """What fades from step to step, its subnormal numbers as 0.

    A mean of what has come to 0 stops at the least of these numbers, for a tenth of it is rounded
    to nothing, and stays there; a processor may take a hundred times as long for them.
    epsilon   what is added to its root before that divides: of one so small that the difference
              would show nothing changes.

    >>> from autograd_nn import Tensor
    >>> settled(Tensor([1e-40, 1e-30], dtype="float32")).numpy() > 0
    array([False,  True])
    """
    if x.dtype.name not in ("float32", "float64"):  # others are reckoned with as wider ones
        return x
    kind = np.finfo(x.dtype)
    if epsilon * kind.eps < np.sqrt(kind.tiny):
        return x
    return ops.where(ops.less(ops.absolute(x), float(kind.tiny)), 0, x)


class Slots(SimpleNamespace):
    """What `Optimizer.update` is given to read and set: one attribute for each slot there is."""

    def __getattr__(self, field: str) -> Any:
        raise AttributeError(
            f"update asked for the slot {field!r}; expected one of "
            f"{', '.join(vars(self)) or 'none'}. Declare it as a field of the optimizer's class: "
            f"{field} = Slot()."
        )


def fields(cls: type) -> list[Slot]:
    """The slots that a class and its bases declare, those of the bases first."""
    found: dict[str, Slot] = {}
    for base in reversed(cls.__mro__):
        found |= {k: v for k, v in vars(base).items() if isinstance(v, Slot)}
    return list(found.values())


def rows(slots: Iterable[Slot]) -> list[list[Slot]]:
    """Slots in the order in which state is listed, as in Keras.

    A row is listed weight by weight; what an option adds is a row of its own, and what is shared
    comes last.
    """
    plain: list[Slot] = []
    found: list[list[Slot]] = []
    for slot in slots:
        if isinstance(slot.only, str) or slot.shared:
            found.append([slot])
        else:
            plain.append(slot)
            if len(plain) == 1:
                found.append(plain)
    return sorted(found, key=lambda row: row[0].shared)
