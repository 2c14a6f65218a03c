"""Optimizer: from weights and gradients to new weights, as a pure function in ops.

A subclass declares its slots as fields and writes one small function of one weight, ``update``.
`step` lifts it to trees of weights and stays on the tape, so a training run can itself be
differentiated; `apply` does the same step in place. Limits of gradients, their accumulation,
weight decay and the average of weights are done here, around any update.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import number, takes
from autograd_nn.nn.configurable import fields
from autograd_nn.nn.lookup import snake_case, unexpected, unique_name
from autograd_nn.nn.optimizers import slot as slotting
from autograd_nn.nn.optimizers.gradients import fitting, limited, touched
from autograd_nn.nn.optimizers.group import apart, end_to_end
from autograd_nn.nn.optimizers.options import CHECKS
from autograd_nn.nn.optimizers.placed import Placed
from autograd_nn.nn.optimizers.schedules.base import LearningRateSchedule
from autograd_nn.nn.optimizers.slot import Slot, Slots
from autograd_nn.nn.registry import family, find
from autograd_nn.nn.updates import Stepping
from autograd_nn.nn.variable import Variable

Held = dict[str, Tensor]  # slots by field
State = tuple[Tensor, list[Held], Held]  # the step count, slots of each weight, shared ones


def _average(optimizer: Any, w: Tensor) -> Tensor:
    """What the average of a weight begins with: of one that is averaged from now on, the weight."""
    return ops.positive(w) if optimizer._groups else ops.zeros_like(w)


@family("optimizer")
class Optimizer(Stepping, Placed):
    """The base of optimizers.

    learning_rate     a number, a Tensor, a schedule, or a function that gives a rate, of the step
                      count or of nothing.
    weight_decay      w is first moved by -lr·weight_decay·w; or None.
    clipnorm          each gradient's norm is limited to this; or None.
    clipvalue         each gradient's entries are limited to this; or None.
    global_clipnorm   the norm of all gradients together is limited to this; or None.
    use_ema           keeps an average of each weight, a ← μa + (1 - μ)w with μ = ema_momentum, in
                      whose place the weights are put every ema_overwrite_frequency steps, and at
                      the end of `fit`.
    loss_scale_factor   the loss is multiplied by this, gradients are divided by it again; or None.
    gradient_accumulation_steps   weights move once in so many steps, by the mean gradient; or None.
    name              in its state's names; left out, a unique one is made from the class's.
    decay             the rate is divided by 1 + decay·step, as in Keras before 2.3.
    lazy              in a weight of several axes, rows whose gradient is 0 stay as they are, and
                      what is remembered of them: for tables of embeddings, of which a batch has
                      few rows. Means of gradients then fade with a row's own steps, and moves that
                      they would still cause there, and weight decay, wait for its next one. A step
                      costs by the rows that it touches. (Updates that leave such rows by
                      themselves, as plain gradient descent and Adagrad do, cost so without it.)
    One optimizer may serve several models: what it remembers belongs to each weight. A subclass
    has slots and an ``update``; or, as Keras's have, a ``build`` that makes variables and an
    ``update_step`` of one weight, in place.
    Raises ValueError for a rate or limit that is not positive and finite.

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> w, state = nn.optimizers.SGD(0.5).step(ag.Tensor([1.0]), ag.Tensor([1.0]))
    >>> w
    Tensor([0.5])
    """

    average = Slot(initial=_average, only="use_ema")
    accumulated = Slot("gradient_accumulator", only="gradient_accumulation_steps")

    joint = False  # whether `update` is given all weights as one vector

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        decay: float = 0.0,
        lazy: bool = False,
        **options: Any,
    ) -> None:
        where = type(self).__name__
        if options:
            unexpected(options, fields(type(self)), where)
        if sum(c is not None for c in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                f"{where} received more than one of clipnorm, clipvalue and global_clipnorm; "
                "expected one at most. Leave the others out."
            )
        if self.joint and (use_ema or gradient_accumulation_steps or lazy):
            raise ValueError(
                f"{where} received use_ema, gradient_accumulation_steps or lazy; expected none of "
                "them, for it takes all weights as one vector. Leave them out."
            )
        self.weight_decay, self.decay, self.lazy = weight_decay, decay, lazy
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.name = name or unique_name(snake_case(where))
        self._spared: tuple[frozenset[int], str] = frozenset(), ""  # ids, pattern of names
        self._begin()
        self.learning_rate = learning_rate

    _in_repr: tuple[str, ...] = ("learning_rate",)
    _kept_as: ClassVar = {"learning_rate": "_rate"}
    _beyond_keras: ClassVar = {"decay": 0.0, "lazy": False}

    def __setattr__(self, name: str, value: Any) -> None:
        if name in CHECKS:
            CHECKS[name](value, name, type(self).__name__)
        super().__setattr__(name, value)

    # ---- what a subclass writes -----------------------------------------------------------------

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Any, step: Tensor) -> Tensor:
        """One weight's new value; ``s`` has its slots, to be read and set.

        lr     what `prepare` gave; step: how many there are with this one.
        """
        raise NotImplementedError(
            f"{type(self).__name__} defines no update(g, w, s, lr, step); expected one that "
            "returns the new value of the weight w."
        )

    def prepare(self, lr: Tensor, step: Tensor, shared: Any) -> Any:
        """What `update` is given as its rate: computed once a step, for all weights.

        shared   has the slots that belong to no weight, to be read and set.
        """
        return lr

    def declared(self) -> list[Slot]:
        """The slots that there are with these options, each weight's own choice left aside."""
        wanted = slotting.fields(type(self))
        return [s for s in wanted if not isinstance(s.only, str) or getattr(self, s.only)]

    def owner(self, slot: Slot) -> Optimizer:
        """Whose options a declared slot follows."""
        return self

    def slots_for(self, w: Tensor, shared: bool = False) -> dict[str, tuple[str, Tensor]]:
        """The slots of a weight, by field: their names, and what they hold before the first step.

        shared   those that belong to no weight, in the weight's dtype.
        """
        return {
            s.field: (s.name, s.made(self.owner(s), w))
            for s in self.declared()
            if s.shared is shared and s.wanted(self.owner(s), w)
        }

    # ---- the pure step --------------------------------------------------------------------------

    def initial_state(self, params: Any) -> State:
        """The state before the first step, for a tree of weights."""
        leaves = [as_tensor(w) for w in tree.flatten(params)[0]]
        whole = [end_to_end(leaves)] if self.joint else leaves
        each = [{k: t for k, (_, t) in self.slots_for(w).items()} for w in whole]
        shared = self.slots_for(leaves[0], shared=True) if leaves else {}
        return ops.zeros((), "int64"), each, {k: t for k, (_, t) in shared.items()}

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
        ws: Sequence[Tensor] = [as_tensor(w) for w in leaves]
        gs: Sequence[Tensor] = [as_tensor(g) for g in given]
        fitting(gs, ws)
        count, slots, shared = self.initial_state(ws) if state is None else state
        sums = [s["accumulated"] for s in slots if "accumulated" in s]
        plain = [{k: v for k, v in s.items() if k != "accumulated"} for s in slots]
        gs, sums, due = self.gradients(gs, sums, count)
        decays = [self.decay_of(w) for w in ws]
        whole = ws
        if self.joint:
            whole, gs, decays = [end_to_end(ws)], [end_to_end(gs)], [decays[0]]
        parts = zip(whole, plain, gs, decays, strict=True)
        count, new, shared = self.advance(parts, shared, count, due)
        after = [w for w, _ in new]
        kept = [s for _, s in new]
        for s, total in zip(kept, sums, strict=False):
            s["accumulated"] = total
        after = apart(after[0], ws) if self.joint else after
        return tree.unflatten(structure, after), (count, kept, shared)

    def gradients(
        self, gs: Sequence[Tensor], sums: Sequence[Tensor], count: Tensor
    ) -> tuple[Sequence[Tensor], list[Tensor], Tensor | None]:
        """Gradients as an update takes them, the sums kept of them, and whether weights move."""
        if self.loss_scale_factor is not None:
            gs = [ops.divide(g, self.loss_scale_factor) for g in gs]
        every, due = self.gradient_accumulation_steps, None
        kept: list[Tensor] = []
        if every:
            due = ops.equal((count + 1) % every, 0)
            totals = [g + total for g, total in zip(gs, sums, strict=True)]
            kept = [ops.where(due, ops.zeros_like(t), t) for t in totals]
            gs = [ops.divide(total, every) for total in totals]
        return self._clip_gradients(gs), kept, due

    def _clip_gradients(self, gs: Sequence[Tensor]) -> Sequence[Tensor]:
        """Gradients within the limits that are set, of which there is one at most."""
        if self.clipvalue is not None:
            return [ops.clip(g, -self.clipvalue, self.clipvalue) for g in gs]
        if self.clipnorm is not None:
            return [limited([g], self.clipnorm)[0] for g in gs]
        if self.global_clipnorm is not None:
            return limited(gs, self.global_clipnorm)
        return gs

    def advance(
        self, parts: Iterable[tuple[Tensor, Held, Tensor, float]], shared: Held, count: Tensor,
        due: Tensor | None = None,
    ) -> tuple[Tensor, list[tuple[Tensor, Held]], Held]:  # fmt: skip
        """One step: the new count, weights with their slots, and shared slots.

        parts   a weight or a vector of several, its slots, its gradient, its weight decay.
        due     a truth without which weights and slots stay as they are.
        """
        now = self.rate_at(count)
        following = ops.add(count, 1)
        every = self.gradient_accumulation_steps
        before = ops.floor_divide(count, every) if every else count
        nth = ops.add(before, 1) if every else following
        dtype, moved = None, shared
        new = []
        for w, s, g, decay in parts:
            if w.array.dtype is not dtype:
                first, dtype = dtype is None, w.array.dtype
                step, lr = ops.astype(nth, dtype=dtype), ops.astype(as_tensor(now), dtype=dtype)
                common = Slots(**shared)
                prepared = self.prepare(lr, step, common)
                moved = vars(common) if first else moved
            own = Slots(**s)
            value = ops.subtract(w, w * (lr * decay)) if decay else w
            value = self.update(g, value, own, prepared, step)
            after = own.__dict__
            moves = touched(g, due) if self.lazy and w.ndim > 1 else due
            if moves is not None:
                value = ops.where(moves, value, w)
                after = {k: ops.where(moves, v, s[k]) for k, v in after.items()}
            if self.use_ema:
                value, after["average"] = self._averaged(value, s["average"], before)
            new.append((value, after))
        if due is not None:
            moved = {k: ops.where(due, v, shared[k]) for k, v in moved.items()}
        return following, new, moved

    def _averaged(self, w: Tensor, average: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """A weight, put in its average's place where that is due, and the average with it."""
        keeps = ops.astype(ops.not_equal(before, 0), dtype=w.dtype) * self.ema_momentum
        average = keeps * average + (1 - keeps) * w
        if self.ema_overwrite_frequency is None:
            return w, average
        due = ops.equal((before + 1) % self.ema_overwrite_frequency, 0)
        return ops.where(due, average, w), average

    def rate_at(self, count: Tensor) -> Any:
        """The learning rate of the step after ``count`` others."""
        now = self._rate
        if callable(now):
            now = now(count) if self._of_count else now()
        if self.decay:
            now = ops.divide(now, 1 + self.decay * ops.astype(count, dtype="float64"))
        return now

    # ---- the rate and the options ---------------------------------------------------------------

    @property
    def learning_rate(self) -> Any:
        """The rate, a 0-d tensor; a schedule's is that of the next step. Assign one to change it.

        Raises TypeError where a number is assigned in place of a schedule.
        """
        return self.rate_now() if callable(self._rate) else self._rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        new, old = rate(value, type(self).__name__), getattr(self, "_rate", None)
        if isinstance(old, Variable) and isinstance(new, Variable):
            old.assign(new)
            return
        if isinstance(old, LearningRateSchedule) and not callable(new):
            raise TypeError(
                f"{self.name} received the learning_rate {value!r} in place of a schedule; "
                "expected another schedule, for a schedule sets the rate anew at each step. Give "
                "the optimizer a number where the rate is to be changed from outside."
            )
        self._rate: Any = new
        self._of_count = callable(new) and takes(new, 1)

    lr = learning_rate

    @property
    def scheduled(self) -> bool:
        """Whether a schedule or a function sets the rate at each step."""
        return callable(self._rate)

    def rate_now(self) -> Tensor:
        """The rate of the next step, as a schedule gives it."""
        return as_tensor(self._rate(self._iterations) if self._of_count else self._rate())

    def decay_of(self, w: Tensor) -> float:
        """The weight_decay that acts on a weight."""
        ids, pattern = self._spared
        spared = id(w) in ids or (pattern and re.search(pattern, getattr(w, "name", "")))
        return 0.0 if spared else self.weight_decay or 0.0

    def exclude_from_weight_decay(
        self, var_list: Iterable[Tensor] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Spares weights from weight_decay.

        var_list    the weights; var_names: patterns, one of which a weight's name contains.
        Raises ValueError after the first step.

        >>> from autograd_nn import nn
        >>> optimizer = nn.AdamW()
        >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
        >>> optimizer.decay_of(nn.Variable([1.0], name="bias"))
        0.0
        """
        if self.built:
            raise ValueError(
                f"{self.name} has made its state already; expected exclude_from_weight_decay "
                "before build and before the first step. Make a new optimizer."
            )
        kept = list(var_list or ())
        self._excluded = kept  # alive, for their ids to stay theirs
        self._spared = frozenset(map(id, kept)), "|".join(var_names or ())

    def scale_loss(self, loss: Any) -> Any:
        """The loss as gradients are taken of it: times loss_scale_factor, where there is one."""
        factor = self.loss_scale_factor
        return loss if factor is None else as_tensor(loss) * factor


def rate(value: Any, where: str) -> Any:
    """A learning rate as it is kept: a 0-d state for a number, a tensor or a function as given."""
    if isinstance(value, dict) and "class_name" in value:
        value = find(value, "schedule")
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
