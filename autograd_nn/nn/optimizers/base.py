"""Optimizer: from weights and gradients to new weights, as a pure function in ops.

A subclass writes two small functions of one weight, ``init`` and ``update``. `step` lifts them to
trees of weights and stays on the tape, so a training run can itself be differentiated; `apply`
does the same step in place.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import GradientError, ShapeError
from autograd_nn.engine.flat import Flat, joined
from autograd_nn.engine.mode import mode, no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.engine.whole import whole
from autograd_nn.nn.checks import number, takes
from autograd_nn.nn.config import Configurable, fields
from autograd_nn.nn.lookup import renamed, snake_case, unexpected, unique_name
from autograd_nn.nn.registry import family
from autograd_nn.nn.variable import Variable

Slots = tuple[Tensor, ...]
State = tuple[Tensor, list[Slots]]


@dataclass(slots=True, frozen=True)
class _Group:
    """Weights that are updated together."""

    weights: Sequence[Tensor]
    slots: list[tuple[Variable, ...]]
    flat: list[Flat] | None  # weights, then each slot, as one vector each
    constrained: list[Any]


@family("optimizer")
class Optimizer(Configurable):
    """The base of optimizers.

    learning_rate     a number, a Tensor, or a function that gives one, of the step count or of
                      nothing.
    weight_decay      w is first moved by -lr·weight_decay·w; or None.
    clipnorm          each gradient's norm is limited to this; or None.
    clipvalue         each gradient's entries are limited to this; or None.
    global_clipnorm   the norm of all gradients together is limited to this; or None.
    name              in its state's names; left out, a unique one is made from the class's.
    decay             the rate is divided by 1 + decay·step, as in Keras before 2.3.
    One optimizer may serve several models: what it remembers belongs to each weight.
    Raises ValueError for a rate or limit that is not positive and finite.

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> w, state = nn.optimizers.SGD(0.5).step(ag.Tensor([1.0]), ag.Tensor([1.0]))
    >>> w
    Tensor([0.5])
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
        decay: float = 0.0,
        **options: Any,
    ) -> None:
        where = type(self).__name__
        if "lr" in options:
            renamed("lr", "learning_rate", where)
            learning_rate = options.pop("lr")
        if options:
            unexpected(options, fields(type(self)), where)
        for label, limit in (
            ("clipnorm", clipnorm),
            ("clipvalue", clipvalue),
            ("global_clipnorm", global_clipnorm),
        ):
            if limit is not None:
                number(limit, label, where, above=0)
        if sum(c is not None for c in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                f"{where} received more than one of clipnorm, clipvalue and global_clipnorm; "
                "expected one at most. Leave the others out."
            )
        if weight_decay is not None:
            number(weight_decay, "weight_decay", where, least=0)
        number(decay, "decay", where, least=0)
        self.weight_decay, self.decay = weight_decay, decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.name = name or unique_name(snake_case(where))
        self.iterations = Variable(ops.zeros((), "int64"), trainable=False, name="iterations")
        self._slots: dict[int, tuple[Tensor, tuple[Variable, ...]]] = {}  # by id of the weight
        self._groups: dict[tuple[int, ...], _Group] = {}
        self.learning_rate = learning_rate

    shown = ("learning_rate",)

    #: whether `update` treats every entry alike and apart, so that weights may be joined for it
    elementwise = False

    def __getstate__(self) -> dict[str, Any]:
        # A copy's weights are other objects, of other ids.
        return {**self.__dict__, "_slots": list(self._slots.values()), "_groups": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._slots = {id(w): (w, slots) for w, slots in state["_slots"]}

    # ---- what a subclass writes -----------------------------------------------------------------

    def init(self, w: Tensor) -> Slots:
        """What is remembered of one weight between steps."""
        return ()

    def update(
        self, g: Tensor, w: Tensor, slots: Slots, lr: Tensor, step: Tensor
    ) -> tuple[Tensor, Slots]:
        """One weight's new value and slots; ``lr`` is from `prepare`, ``step`` counts from 1."""
        raise NotImplementedError(f"{type(self).__name__} defines no update.")

    def prepare(self, lr: Tensor, step: Tensor) -> Tensor:
        """The rate that `update` is given: computed once a step, for all weights."""
        return lr

    # ---- the pure step --------------------------------------------------------------------------

    def initial_state(self, params: Any) -> State:
        """The state before the first step, for a tree of weights."""
        leaves = [as_tensor(w) for w in tree.flatten(params)[0]]
        return ops.zeros((), "int64"), [self.init(w) for w in leaves]

    def step(self, params: Any, grads: Any, state: State | None = None) -> tuple[Any, State]:
        """New weights and state from weights, gradients and state; changes nothing in place.

        params, grads   trees of one structure; state None stands for before the first step.
        Everything stays on the tape: results depend smoothly on weights, gradients and rate.
        Raises ShapeError where weights and gradients do not match.
        """
        leaves, structure = tree.flatten(params)
        given, same = tree.flatten(grads)
        if same != structure:
            raise ShapeError(
                f"received gradients of structure {same}; expected the weights', {structure}."
            )
        ws, gs = [as_tensor(w) for w in leaves], [as_tensor(g) for g in given]
        for w, g in zip(ws, gs, strict=True):
            if w.shape != g.shape:
                raise ShapeError(
                    f"received a gradient of shape {g.shape} for a weight of shape {w.shape}; "
                    "expected the same shape."
                )
        count, slots = self.initial_state(ws) if state is None else state
        new, slots, count = self._advance(ws, self._clipped(gs), slots, count)
        return tree.unflatten(structure, new), (count, slots)

    def _advance(
        self, ws: Sequence[Tensor], gs: Sequence[Tensor], slots: Sequence[Slots], count: Tensor
    ) -> tuple[list[Tensor], list[Slots], Tensor]:
        now = self._rate
        if callable(now):
            now = now(count) if self._of_count else now()
        if self.decay:
            now = ops.divide(now, 1 + self.decay * ops.astype(count, dtype="float64"))
        count = ops.add(count, 1)
        dtype = None
        new, kept = [], []
        for w, g, s in zip(ws, gs, slots, strict=True):
            if w.array.dtype is not dtype:
                dtype = w.array.dtype
                step, lr = ops.astype(count, dtype=dtype), ops.astype(as_tensor(now), dtype=dtype)
                prepared = self.prepare(lr, step)
            if self.weight_decay:
                w = ops.subtract(w, w * (lr * self.weight_decay))
            w, s = self.update(g, w, s, prepared, step)
            new.append(w)
            kept.append(s)
        return new, kept, count

    def _clipped(self, gs: Sequence[Tensor]) -> Sequence[Tensor]:
        if self.clipvalue is not None:
            return [ops.clip(g, -self.clipvalue, self.clipvalue) for g in gs]
        if self.clipnorm is not None:
            return [limited([g], self.clipnorm)[0] for g in gs]
        if self.global_clipnorm is not None:
            return limited(gs, self.global_clipnorm)
        return gs

    # ---- in place -------------------------------------------------------------------------------

    def build(self, variables: Iterable[Tensor]) -> None:
        """Makes the slots for these weights, where they have none; done by the first step."""
        self._group(list(variables))

    @property
    def slots(self) -> list[tuple[Variable, ...]]:
        """What is remembered of each weight, in the order in which they came."""
        return [slots for _, slots in self._slots.values()]

    def _group(self, ws: Sequence[Tensor]) -> _Group:
        """These weights with their slots; a weight keeps its own, whichever step it is part of."""
        key = tuple(map(id, ws))
        found = self._groups.get(key)
        if found is None:
            with no_grad():
                for w in ws:
                    if id(w) not in self._slots:
                        self._slots[id(w)] = (w, self._made(w))
            slots = [self._slots[k][1] for k in key]
            constrained = [w for w in ws if getattr(w, "constraint", None) is not None]
            found = self._groups[key] = _Group(ws, slots, self._flattened(ws, slots), constrained)
        return found

    def _made(self, w: Tensor) -> tuple[Variable, ...]:
        name = getattr(w, "name", "weight")
        return tuple(
            Variable(s, trainable=False, name=f"{name}_slot_{i}")
            for i, s in enumerate(self.init(w))
        )

    def apply(self, grads: Sequence[Tensor], variables: Sequence[Tensor]) -> None:
        """One step in place: assigns weights, slots and `iterations`; constraints come last."""
        whole(self._apply, grads, variables)

    def _apply(self, grads: Sequence[Tensor], variables: Sequence[Tensor]) -> None:
        group = self._group(variables)
        before, mode.taping = mode.taping, False
        try:
            if group.flat is not None and mode.recorder is None:
                self._apply_flat(group.flat, grads)
            else:
                self._apply_each(group, grads)
            for w in group.constrained:
                w.assign(w.constraint(w))
        finally:
            mode.taping = before

    def _apply_each(self, group: _Group, grads: Sequence[Tensor]) -> None:
        """`apply` to one weight after another."""
        new, slots, count = self._advance(
            group.weights, self._clipped(grads), group.slots, self.iterations
        )
        self.iterations.assign(count)
        for w, value in zip(group.weights, new, strict=True):
            w.assign(value)
        for olds, values in zip(group.slots, slots, strict=True):
            for old, value in zip(olds, values, strict=True):
                old.assign(value)

    def _apply_flat(self, flats: list[Flat], grads: Sequence[Tensor]) -> None:
        """`apply` to all weights as one vector: each op then runs once, not once a weight.

        A recorded program needs no such thing, for its calls cost nothing; there each weight is
        updated where it lies.
        """
        weights, *slots = flats
        g = wrap(joined(self._clipped(grads)))
        old = tuple([flat.read() for flat in slots])
        (w,), (new,), count = self._advance([weights.read()], [g], [old], self.iterations)
        self.iterations.assign(count)
        weights.write(w)
        for flat, value in zip(slots, new, strict=True):
            flat.write(value)

    def _flattened(
        self, ws: Sequence[Tensor], slots: Sequence[tuple[Variable, ...]]
    ) -> list[Flat] | None:
        """Weights, then each slot, as vectors; None where the update is not entry by entry."""
        # a subclass with an update of its own must say so itself
        writer = next(c for c in type(self).__mro__ if "update" in c.__dict__)
        if not writer.__dict__.get("elementwise") or len({w.dtype for w in ws}) != 1:
            return None
        columns = [ws, *zip(*slots, strict=True)]
        if any(t.shape != w.shape for c in columns for t, w in zip(c, ws, strict=True)):
            return None
        return [Flat(c) for c in columns]

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Tensor | None, Tensor]]) -> None:
        """`apply` of (gradient, weight) pairs; a weight whose gradient is None stays.

        Warns of such a weight; raises GradientError where no weight has a gradient.
        """
        pairs = list(grads_and_vars)
        moving = [(g, v) for g, v in pairs if g is not None]
        if len(moving) < len(pairs):
            names = ", ".join(repr(getattr(v, "path", "weight")) for g, v in pairs if g is None)
            if not moving:
                raise GradientError(
                    f"{self.name} received None as the gradient of every weight ({names}); "
                    "expected a gradient for some. Does the loss depend on the weights?"
                )
            warnings.warn(
                f"{self.name} received no gradient for {names}, which stay as they are. Leave "
                "them out, or check that the loss depends on them.",
                UserWarning,
                stacklevel=2,
            )
        self.apply([as_tensor(g) for g, _ in moving], [v for _, v in moving])

    @property
    def variables(self) -> list[Variable]:
        """All state: iterations, the learning rate where it is one, then the slots."""
        held = [self._rate] if isinstance(self._rate, Variable) else []
        return [self.iterations, *held, *(s for slots in self.slots for s in slots)]

    @property
    def learning_rate(self) -> Any:
        """The rate, a 0-d tensor or a function of the step count; assign a number to change it."""
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        new = rate(value, type(self).__name__)
        if isinstance(getattr(self, "_rate", None), Variable) and isinstance(new, Variable):
            self._rate.assign(new)
            return
        self._rate: Any = new
        self._of_count = callable(new) and takes(new, 1)

    lr = learning_rate


def limited(gs: Sequence[Tensor], limit: float) -> list[Tensor]:
    """Gradients scaled alike, so that their norm together is at most ``limit``."""
    if not gs:
        return []
    total = ops.sum(ops.square(gs[0]))
    for g in gs[1:]:
        total = total + ops.sum(ops.square(g))
    # The root's slope is infinite at 0, so a norm of 0 is stepped over.
    norm = ops.where(total > 0, ops.sqrt(ops.where(total > 0, total, 1)), total)
    scale = limit / ops.maximum(norm, limit)
    return [g * scale for g in gs]


def rate(value: Any, where: str) -> Any:
    """A learning rate as it is kept: a 0-d state for a number, a tensor or a function as given."""
    if isinstance(value, Tensor):
        if value.ndim:
            raise ShapeError(
                f"{where} received a learning_rate of shape {value.shape}; expected one number."
            )
        return value
    if callable(value):
        return value
    number(value, "learning_rate", where, least=0)
    return Variable(float(value), np.dtype("float64"), trainable=False, name="learning_rate")
