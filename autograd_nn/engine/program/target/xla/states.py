"""Contents that are on a device: they come down when somebody looks, one tensor at a time.

While they are away the tensor's slot holds a `Remote`, and its class is one whose ``array`` is a
look. A tensor that is looked at, or given other contents, is then like any other; what it shows is
known by its array, so that it need not go up again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from weakref import ref

import numpy as np

from autograd_nn.engine.forks import Gate
from autograd_nn.engine.graph.values import Value
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import in_state
from autograd_nn.engine.program.program import fits
from autograd_nn.engine.program.target.xla.device import Device, down
from autograd_nn.engine.tensor import Shared, Tensor
from autograd_nn.engine.whole import show

SLOT: Any = Tensor.__dict__["array"]
showing = Gate(rank=62)  # a tensor's class and its slot change together


class Remote:
    """Contents that are on a device."""

    __slots__ = ("device", "value")

    def __init__(self, value: Any, device: Device) -> None:
        self.value, self.device = value, device

    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)


class Known:
    """What arrays there are on a device already, while they live."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[ref[np.ndarray], Any, Device]] = {}

    def note(self, array: np.ndarray, value: Any, device: Device) -> None:
        key = id(array)
        self._of[key] = ref(array, lambda _: self._of.pop(key, None)), value, device

    def get(self, array: np.ndarray, device: Device) -> Any:
        found = self._of.get(id(array))
        return found[1] if found and found[0]() is array and found[2] is device else None


known = Known()


@cache
def away(cls: type) -> type:
    """A class of tensors whose contents are on a device, ``cls`` otherwise."""

    def look(x: Tensor) -> np.ndarray:
        held = SLOT.__get__(x)
        if type(held) is not Remote:
            return held  # type: ignore[no-any-return]
        with showing.lock:
            held = SLOT.__get__(x)
            if type(held) is not Remote:
                return held  # type: ignore[no-any-return]
            array = down(held.value)
            array.flags.writeable = False
            known.note(array, held.value, held.device)
            SLOT.__set__(x, array)
            x.__class__ = cls  # type: ignore[assignment]
        return array

    def put(x: Tensor, value: np.ndarray) -> None:
        with showing.lock:
            SLOT.__set__(x, value)
            x.__class__ = cls  # type: ignore[assignment]

    own = {"__slots__": (), "array": property(look, put), "__module__": cls.__module__}
    made = type(cls.__name__, (cls,), own)
    _away.add(made)
    return made


_away: set[type] = set()  # the classes that `away` gave


def contents(tensors: Sequence[Tensor]) -> list[Any]:
    """What tensors hold, wherever it is: for `same`."""
    return [SLOT.__get__(x) for x in tensors]


def same(x: Tensor, was: Any) -> bool:
    """Whether a tensor holds what it held: also where somebody looked at it since."""
    now = SLOT.__get__(x)
    return now is was or (
        type(was) is Remote and type(now) is not Remote
        and known.get(now, was.device) is was.value
    )  # fmt: skip


class States:
    """The tensors of outside that a program reads and writes.

    states     values of those it writes; captured: of those it only reads.
    """

    def __init__(self, states: Sequence[Value], captured: Sequence[Value], device: Device) -> None:
        self.device, self.values = device, [*states, *captured]
        self.tensors: list[Any] = [v.tensor for v in states]

    def held(self, firsts: Callable[[list[int]], list[int]] | None = None) -> list[Any]:
        """What all of them hold now, on the device.

        firsts   where processes share it: of which tensors contents go up here in, in any of them
                 out; those are the first one's then.
        """
        found: list[Any] = []
        missing: list[tuple[int, np.ndarray, bool]] = []
        for v in self.values:
            x: Any = v.tensor
            slot = SLOT.__get__(x)
            fits(v, slot)
            if type(slot) is Remote and slot.device is self.device:
                found.append(slot.value)
                continue
            array = x.array
            stays = not isinstance(x, Shared) and not in_state(array)
            value = known.get(array, self.device) if stays else None
            if value is None:
                missing.append((len(found), array, stays))
            found.append(value)
        if firsts is not None:
            missing = self._firsts(firsts([k for k, _, _ in missing]))
        if missing:
            values = self.device.up([array for _, array, _ in missing])
            for (k, array, stays), value in zip(missing, values, strict=True):
                found[k] = value
                if stays:
                    known.note(array, value, self.device)
        return found

    def _firsts(self, places: list[int]) -> list[tuple[int, np.ndarray, bool]]:
        """The first process's contents of some, which are all processes' from here on."""
        tensors: list[Any] = [self.values[k].tensor for k in places]
        arrays = self.device.firsts([x.array for x in tensors]) if tensors else []
        found = []
        for k, x, array in zip(places, tensors, arrays, strict=True):
            if self.device.ranks.rank:
                x.assign(array)
            found.append((k, x.array, not isinstance(x, Shared) and not in_state(x.array)))
        return found

    def show(self, values: Sequence[Any]) -> None:
        """Gives the states new contents, all at one moment."""
        tensors = self.tensors
        if not tensors:
            return
        if mode.changes is not None:  # within a step that may be put back: see whole.py
            mode.changes.append((tensors, [x.array for x in tensors]))
        remotes = [Remote(value, self.device) for value in values]
        with showing.lock:
            for x in tensors:
                cls: Any = type(x)
                if cls not in _away:
                    x.__class__ = away(cls)
            show(tensors, remotes)
