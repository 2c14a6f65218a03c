"""Groups: the weights of one step, cut into parts, each of which is one variable to `update`.

While a step is recorded a part is one weight: a program's calls cost nothing, and it sweeps over
equal loops by itself. Run op by op, weights whose update is the same and treats every entry alike
and apart are one part: a vector, whose ops then run once, not once a weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.flat import Flat, joined
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.optimizers.gradients import shape_of
from autograd_nn.nn.optimizers.slot import Slots

Held = dict[str, Any]  # by field: a slot's variable


class Part:
    """One weight and its slots."""

    def __init__(self, at: int, weight: Tensor, slots: Held, decay: float) -> None:
        self.at, self.weight, self.slots, self.decay = at, weight, slots, decay

    def gradient(self, gs: Sequence[Tensor]) -> Tensor:
        return gs[self.at]

    def read(self) -> tuple[Tensor, dict[str, Tensor]]:
        return self.weight, self.slots

    def write(self, w: Tensor, slots: dict[str, Tensor]) -> None:
        self.weight.assign(w)
        for field, value in slots.items():
            self.slots[field].assign(value)


class Vector:
    """Several weights end to end, and each slot of theirs."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.at = [part.at for part in parts]
        self.decay = parts[0].decay
        self.weights = Flat([part.weight for part in parts])
        self.slots = {k: Flat([part.slots[k] for part in parts]) for k in parts[0].slots}

    def gradient(self, gs: Sequence[Tensor]) -> Tensor:
        return wrap(joined(gs if len(gs) == len(self.at) else [gs[i] for i in self.at]))

    def read(self) -> tuple[Tensor, dict[str, Tensor]]:
        return self.weights.read(), {k: flat.read() for k, flat in self.slots.items()}

    def write(self, w: Tensor, slots: dict[str, Tensor]) -> None:
        self.weights.write(w)
        for field, value in slots.items():
            self.slots[field].write(value)


class Whole:
    """All weights as one vector in ops, for an update that looks at all of them together."""

    def __init__(self, weights: Sequence[Tensor], slots: Held, decay: float) -> None:
        self.weights, self.slots, self.decay = weights, slots, decay

    def gradient(self, gs: Sequence[Tensor]) -> Tensor:
        return end_to_end(gs)

    def read(self) -> tuple[Tensor, dict[str, Tensor]]:
        return end_to_end(self.weights), self.slots

    def write(self, w: Tensor, slots: dict[str, Tensor]) -> None:
        for weight, value in zip(self.weights, apart(w, self.weights), strict=True):
            weight.assign(value)
        for field, value in slots.items():
            self.slots[field].assign(value)


def end_to_end(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors as one vector, on the tape and in a record."""
    return ops.concatenate([ops.reshape(t, shape=(-1,)) for t in tensors])


def apart(vector: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """The parts of a vector, in the shapes of the tensors that it was made of."""
    found, start = [], 0
    for t in like:
        part = vector[start : start + t.size]
        found.append(ops.astype(ops.reshape(part, shape=t.shape), dtype=t.dtype))
        start += t.size
    return found


class Group:
    """Weights that are updated together; ``accumulated`` are sums of their gradients, if any.

    says   what the optimizer's options made of them: fields of slots, decays.
    """

    _unguarded = True  # follows from the weights: a recorded program need not watch it

    def __init__(
        self, optimizer: Any, weights: Sequence[Tensor], slots: Sequence[Held],
        says: tuple[list[str], list[float]],
    ) -> None:  # fmt: skip
        self.says, decays = says, says[1]
        self.shapes = list(map(shape_of, weights))
        self.accumulated = [s["accumulated"] for s in slots if "accumulated" in s]
        kept = [{k: v for k, v in s.items() if k != "accumulated"} for s in slots]
        self.each: list[Any]
        if optimizer.joint:
            self.each = [Whole(weights, kept[0], decays[0])]
        else:
            self.each = [
                Part(i, *part) for i, part in enumerate(zip(weights, kept, decays, strict=True))
            ]
        self._vectors: list[Any] | None = None

    def parts(self, optimizer: Any) -> list[Any]:
        """What `update` is called with, one after another."""
        if mode.recorder is not None or optimizer.joint:
            return self.each
        if self._vectors is None:
            self._vectors = self._cut(optimizer)
        return self._vectors

    def _cut(self, optimizer: Any) -> list[Any]:
        """Parts of one pattern as vectors; the others by themselves."""
        alike: dict[Any, list[Part]] = {}
        for part in self.each:
            key = _pattern(optimizer, part)
            alike.setdefault(part.at if key is None else (key, part.decay), []).append(part)
        return [
            Vector(parts) if isinstance(key, tuple) else parts[0] for key, parts in alike.items()
        ]


def _pattern(optimizer: Any, part: Part) -> Any:
    """What an update does to each entry, to be compared; None where entries are not on their own.

    It is read off a record of one trial: calls of elementwise ops alone, on operands of the
    weight's shape and on numbers. So nobody need say of an update that it can be joined.
    """
    w = part.weight
    if optimizer.lazy and w.ndim > 1:  # rows are on their own, entries not
        return None
    one = ops.ones((), w.dtype)

    def trial(g: Tensor, w: Tensor, slots: dict[str, Tensor], lr: Any, step: Tensor) -> Any:
        held = Slots(**slots)
        return optimizer.update(g, w, held, lr, step), vars(held)

    shared = {field: start for field, (_, start) in optimizer.slots_for(w, shared=True).items()}
    lr = optimizer.prepare(one, one, Slots(**shared))
    from autograd_nn.engine.graph.record import record

    _, graph, _ = record(trial, [ops.zeros_like(w), w, part.slots, lr, one])
    shapes = {v.shape for call in graph.calls for v in call.results}
    shapes |= {v.shape for v in graph.outputs}
    apart = all(call.op.body is not None for call in graph.calls)
    if not apart or not shapes <= {w.shape, ()} or graph.looked or graph.effects:
        return None
    numbers = [v for v in graph.values if v.kind in ("constant", "captured")]
    if any(v.shape for v in numbers) or any(v.shape != w.shape for v in graph.outputs):
        return None
    calls = ", ".join(map(repr, graph.calls))
    return w.dtype, tuple(map(_told, numbers)), calls, repr(graph.outputs)


def _told(v: Any) -> Any:
    return id(v.tensor) if v.array is None else v.array.item()
