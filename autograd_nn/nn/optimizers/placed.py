"""The step in place: an optimizer's state as variables, assigned step by step."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.mode import mode, no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.engine.whole import whole
from autograd_nn.nn.optimizers.gradients import NoGradientError, fitting, shape_of
from autograd_nn.nn.optimizers.group import Group, end_to_end
from autograd_nn.nn.optimizers.own import Own
from autograd_nn.nn.optimizers.slot import Slots, rows
from autograd_nn.nn.variable import Variable


class Placed(Own):
    """What an optimizer holds between steps, and the step that changes it; see `Optimizer`."""

    name: str
    _rate: Any

    def _begin(self) -> None:
        self._iterations = Variable(ops.zeros((), "int64"), trainable=False, name="iteration")
        self._slots: dict[Any, tuple[Any, dict[str, Variable]]] = {}  # by id of the weight
        self._shared: dict[str, Variable] = {}
        self._groups: dict[tuple[int, ...], Group] = {}
        self._swapped = False  # whether weights and averages have changed places
        self._own = []

    def __getstate__(self) -> dict[str, Any]:
        # A copy's weights are other objects, of other ids.
        return {**self.__dict__, "_slots": list(self._slots.values()), "_groups": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._slots = {_key(w): (w, slots) for w, slots in state["_slots"]}

    # ---- state ----------------------------------------------------------------------------------

    def build(self, variables: Iterable[Tensor]) -> None:
        """Makes the slots for these weights, where they have none; done by the first step."""
        self._group(list(variables))

    @property
    def built(self) -> bool:
        """Whether there are slots, for some weights."""
        return bool(self._slots)

    def begin_anew(self) -> None:
        """Gives each slot what it begins with."""
        optimizer: Any = self
        with no_grad():
            made = [(slots, self._made(w)) for w, slots in self._slots.values()]
            if self._slots and self._shared:
                like = next(iter(self._slots.values()))[0]
                like = end_to_end(like) if optimizer.joint else like
                given = optimizer.slots_for(like, shared=True)
                made.append((self._shared, {k: _state(v, n) for k, (n, v) in given.items()}))
            for slots, fresh in made:
                for field, v in slots.items():
                    v.assign(fresh[field])
            for v, start in self._own:
                v.assign(start)

    @property
    def iterations(self) -> Any:
        """How many steps the weights have made."""
        every = self.gradient_accumulation_steps  # type: ignore[attr-defined]
        return self._iterations // every if every else self._iterations

    @property
    def slots(self) -> list[tuple[Variable, ...]]:
        """What is remembered of each weight, in the order in which they came."""
        return [tuple(slots.values()) for _, slots in self._slots.values()]

    @property
    def variables(self) -> list[Variable]:
        """All state: iterations, the learning rate where it is one, then the slots."""
        found = [self._iterations]
        found += [self._rate] if isinstance(self._rate, Variable) else []
        for row in rows(self.declared()):  # type: ignore[attr-defined]
            each = [self._shared] if row[0].shared else [s for _, s in self._slots.values()]
            found += [s[slot.field] for s in each for slot in row if slot.field in s]
        return self._called([*found, *(v for v, _ in self._own)])

    def _called(self, variables: list[Variable]) -> list[Variable]:
        """Variables with paths, which say whose they are."""
        for v in variables:
            v.path = f"{self.name}/{v._name}"  # type: ignore[attr-defined]
        return variables

    def get_weights(self) -> list[Any]:
        """The contents of `variables`, as arrays."""
        return [v.numpy().copy() for v in self.variables]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Gives `variables` new contents, in their order.

        Raises ValueError before `build`, or for another number of arrays, ShapeError for one that
        does not fit; then nothing is changed.
        """
        held = self.variables
        if not self.built:
            raise ValueError(
                f"set_weights was called on {self.name}, which has made no state yet; expected "
                "one that is built. Call optimizer.build(model.trainable_variables) first."
            )
        if len(weights) != len(held):
            raise ValueError(
                f"{self.name} received {len(weights)} arrays; expected {len(held)}, one for each "
                "of optimizer.variables."
            )
        new = [as_tensor(w) for w in weights]
        for v, w in zip(held, new, strict=True):
            if v.shape != w.shape:
                raise ShapeError(
                    f"{self.name} received an array of shape {w.shape} for {v.name!r}; expected "
                    f"its shape, {v.shape}."
                )
        with no_grad():
            for v, w in zip(held, new, strict=True):
                v.assign(ops.astype(w, dtype=v.dtype))

    def _group(self, ws: Sequence[Tensor]) -> Group:
        """These weights with their slots; a weight keeps its own, whichever step it is part of.

        Options that are set between two steps act from then on: on decays, and on slots too.
        """
        optimizer: Any = self
        key = tuple(map(id, ws))
        says = [s.field for s in optimizer.declared()], [optimizer.decay_of(w) for w in ws]
        found = self._groups.get(key)
        if found is None or found.says != says:
            owners: list[Any] = [list(ws)] if optimizer.joint and ws else list(ws)
            with no_grad():
                slots = [self._kept(w) for w in owners]
                if ws:
                    for field, (name, start) in optimizer.slots_for(ws[0], shared=True).items():
                        self._shared.setdefault(field, _state(start, name))
            found = self._groups[key] = Group(self, ws, slots, says)
        return found

    def _kept(self, w: Any) -> dict[str, Variable]:
        """The slots of a weight that there are with these options, made where they are new."""
        held = self._slots.get(_key(w), (w, {}))[1]
        fields = {s.field for s in self.declared() if not s.shared}  # type: ignore[attr-defined]
        if not held or not fields <= held.keys():
            held = self._made(w) | held
        self._slots[_key(w)] = w, {k: v for k, v in held.items() if k in fields}
        return self._slots[_key(w)][1]

    def _made(self, w: Any) -> dict[str, Variable]:
        optimizer: Any = self
        name = "weights" if optimizer.joint else getattr(w, "path", "weight").replace("/", "_")
        like = end_to_end(w) if optimizer.joint else w
        return {
            field: _state(start, f"{name}_{slot}" if slot else name)
            for field, (slot, start) in optimizer.slots_for(like).items()
        }

    # ---- the step -------------------------------------------------------------------------------

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Tensor] | None = None
    ) -> None:
        """One step in place: assigns weights, slots and `iterations`; constraints come last.

        trainable_variables   the gradients' weights; left out, those of `build`.
        A weight whose gradient is None stays, with a warning.
        Raises NoGradientError where no weight has a gradient, ValueError where there is not one for
        each weight, ShapeError for one that is not its weight's shape.
        """
        if trainable_variables is None:
            trainable_variables = self._known()
        if len(grads) != len(trainable_variables):
            raise ValueError(
                f"{self.name} received {len(grads)} gradients for {len(trainable_variables)} "
                "weights; expected one each, None for a weight that is to stay."
            )
        for g in grads:
            if not isinstance(g, Tensor):  # None, or an array
                grads, trainable_variables = self._moving(grads, trainable_variables)
                break
        if grads:
            whole(self._apply, grads, trainable_variables)

    def update_step(self, gradient: Any, variable: Tensor, learning_rate: Any) -> None:
        """One update of one weight, in place: no limits, no decay, and the count stays."""
        optimizer: Any = self
        part = self._group([variable]).each[0]
        with no_grad():
            step = ops.astype(self._iterations + 1, dtype=variable.dtype)
            lr = ops.astype(as_tensor(learning_rate), dtype=variable.dtype)
            shared, (w, slots) = Slots(**self._shared), part.read()
            prepared, own = optimizer.prepare(lr, step, shared), Slots(**slots)
            part.write(optimizer.update(as_tensor(gradient), w, own, prepared, step), vars(own))
            for field, value in vars(shared).items():
                self._shared[field].assign(value)

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any],
        trainable_variables: Sequence[Any],
    ) -> tuple[list[Tensor], list[Tensor]]:  # fmt: skip
        """`apply` that changes nothing: the new weights, and the new contents of `variables`.

        optimizer_variables   what `variables` are to hold before; trainable_variables: what the
                              weights of `build` are.
        Raises ValueError before `build`, or where the lists are of other lengths.
        """
        held, weights = self.variables, self._known()
        for name, given, own in (
            ("optimizer_variables", optimizer_variables, held),
            ("trainable_variables", trainable_variables, weights),
        ):
            if len(given) != len(own):
                raise ValueError(
                    f"{self.name} received {name} of length {len(given)}; expected {len(own)}, "
                    "one for each that build made or was given."
                )
        everything = [*weights, *held]
        before = [v.array for v in everything]
        with no_grad():
            try:
                for v, new in zip(everything, (*trainable_variables, *optimizer_variables), strict=True):  # noqa: E501
                    v.assign(ops.positive(as_tensor(new)))
                self.apply(grads, weights)
                found = [ops.positive(v) for v in everything]
            finally:
                for v, array in zip(everything, before, strict=True):
                    v.assign(wrap(array))
        return found[: len(weights)], found[len(weights) :]

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Tensor]]) -> Tensor:
        """`apply` of (gradient, weight) pairs; returns the count of steps."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._iterations

    def _known(self) -> list[Tensor]:
        if not self.built:
            raise ValueError(
                f"{self.name} received gradients without their weights; expected those of build. "
                "Call optimizer.build(model.trainable_variables) first, or pass the weights too."
            )
        owners = [w for w, _ in self._slots.values()]
        return [w for o in owners for w in (o if isinstance(o, list) else [o])]

    def _moving(
        self, grads: Sequence[Any], variables: Sequence[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """The gradients that there are, and their weights."""
        pairs = list(zip(grads, variables, strict=True))
        moving = [(as_tensor(g), v) for g, v in pairs if g is not None]
        if len(moving) == len(pairs):
            return [g for g, _ in moving], list(variables)
        names = ", ".join(repr(getattr(v, "path", "weight")) for g, v in pairs if g is None)
        if not moving:
            raise NoGradientError(
                f"{self.name} received None as the gradient of every weight ({names}); "
                "expected a gradient for some. Does the loss depend on the weights?"
            )
        warnings.warn(
            f"{self.name} received no gradient for {names}, which stay as they are. Leave "
            "them out, or check that the loss depends on them.",
            UserWarning,
            stacklevel=4,
        )
        return [g for g, _ in moving], [v for _, v in moving]

    def _apply(
        self, grads: Sequence[Tensor], variables: Sequence[Tensor], wanted: Tensor | None = None
    ) -> None:
        """`apply` of gradients that there are; ``wanted``: a truth without which nothing moves."""
        optimizer: Any = self
        own = type(self).update_step is not Placed.update_step
        if own and not self.built:
            self.build(variables)
        group = self._group(variables)
        if list(map(shape_of, grads)) != group.shapes:
            fitting(grads, variables)
        before, mode.taping = mode.taping, False
        try:
            old = self._iterations
            gs, sums, due = optimizer.gradients(grads, group.accumulated, old)
            if wanted is not None:
                due = wanted if due is None else ops.logical_and(due, wanted)
                sums = [
                    ops.where(wanted, new, sum_)
                    for new, sum_ in zip(sums, group.accumulated, strict=True)
                ]
            shared: dict[str, Tensor] = {}
            if own:
                self._moved(gs, variables, due)
                count = ops.add(old, 1)
            else:
                parts = group.parts(self)
                count, new, shared = optimizer.advance(
                    [(*part.read(), part.gradient(gs), part.decay) for part in parts],
                    self._shared, old, due,
                )  # fmt: skip
                for part, (w, s) in zip(parts, new, strict=True):
                    part.write(w, s)
            old.assign(count if wanted is None else ops.where(wanted, count, old))
            if sums:
                for held, value in zip(group.accumulated, sums, strict=True):
                    held.assign(value)
            for field in shared:
                self._shared[field].assign(shared[field])
            for weight in variables:
                if (constraint := getattr(weight, "constraint", None)) is not None:
                    weight.assign(constraint(weight))
        finally:
            mode.taping = before

    # ---- averages of weights --------------------------------------------------------------------

    def averages(self) -> list[tuple[Tensor, Variable]]:
        """Each weight with the average that is kept of it; none without use_ema."""
        return [(w, s["average"]) for w, s in self._slots.values() if "average" in s]

    @property
    def _model_variables_moving_average(self) -> list[Variable]:
        return [average for _, average in self.averages()]

    @property
    def _accumulated_gradients(self) -> list[Variable]:
        return [s["accumulated"] for _, s in self._slots.values()]

    def swap_averages(self, averages: bool) -> None:
        """Lets weights and averages change places; nothing where the wanted ones are in place.

        averages   whether the weights are to be the averages.
        """
        if averages == self._swapped or not self._slots:
            return
        with no_grad():
            for w, average in self.averages():
                kept = ops.positive(w)
                w.assign(average)
                average.assign(kept)
        self._swapped = averages

    def finalize_variable_values(self, var_list: Iterable[Tensor]) -> None:
        """Puts weights in their averages' place, where averages are kept: what `fit` ends with."""
        wanted = set(map(id, var_list))
        with no_grad():
            for w, average in self.averages():
                if id(w) in wanted:
                    if self._swapped:
                        average.assign(w)
                    else:
                        w.assign(average)
        if self._swapped:
            self._swapped = False


def _state(start: Tensor, name: str) -> Variable:
    return Variable(start, trainable=False, name=name)


def _key(w: Any) -> Any:
    return tuple(map(id, w)) if isinstance(w, list) else id(w)
