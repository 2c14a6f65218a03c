"""Optimizers around another: one that looks ahead, one that scales losses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.configurable import fields
from autograd_nn.nn.lookup import unexpected
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.slot import Slot
from autograd_nn.nn.registry import find, named
from autograd_nn.nn.variable import Variable

COMMON = {k: v for k, v in fields(Optimizer).items() if k not in ("learning_rate", "name")}


def _inner(given: Any, where: str) -> Optimizer:
    found = find(given, "optimizer")
    if not isinstance(found, Optimizer):
        raise TypeError(f"{where} received {given!r}; expected the optimizer that it is to wrap.")
    return found


@named()
class Lookahead(Optimizer):
    """An optimizer whose weights are drawn back, every k steps, to slow ones that follow them.

    slow ← slow + α(w - slow), w ← slow, at every k-th step of ``inner_optimizer``.
    sync_period      k; slow_step_size: α.
    Everything else (rate, limits, decay) is the inner optimizer's. With `RAdam` it is "Ranger".
    Source: Zhang et al., "Lookahead optimizer: k steps forward, 1 step back" (2019).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> ahead = nn.optimizers.Lookahead(nn.SGD(1.0), sync_period=2)
    >>> w, state = ag.Tensor([8.0]), None
    >>> for _ in range(2):
    ...     w, state = ahead.step(w, ag.Tensor([1.0]), state)
    >>> w
    Tensor([7.])
    """

    slow = Slot("slow", lambda optimizer, w: ops.positive(w))

    def __init__(
        self,
        inner_optimizer: Any,
        sync_period: int = 6,
        slow_step_size: float = 0.5,
        name: str | None = None,
    ) -> None:
        inner = _inner(inner_optimizer, "Lookahead")
        taken = {option: getattr(inner, option) for option in COMMON}
        super().__init__(inner._rate, name=name, **taken)
        self.inner_optimizer, self.joint = inner, inner.joint
        self.sync_period, self.slow_step_size = sync_period, slow_step_size

    _in_repr = ()

    def declared(self) -> list[Slot]:
        own = [slot for slot in super().declared() if slot.field == "slow"]
        return [*self.inner_optimizer.declared(), *own]

    def decay_of(self, w: Tensor) -> float:
        return self.inner_optimizer.decay_of(w)

    def owner(self, slot: Slot) -> Optimizer:
        return self if slot.field == "slow" else self.inner_optimizer.owner(slot)

    def prepare(self, lr: Tensor, step: Tensor, shared: Any) -> Any:
        return self.inner_optimizer.prepare(lr, step, shared)

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Any, step: Tensor) -> Tensor:
        fast = self.inner_optimizer.update(g, w, s, lr, step)
        due = ops.equal(step % self.sync_period, 0)
        s.slow = ops.where(due, s.slow + self.slow_step_size * (fast - s.slow), s.slow)
        return ops.where(due, s.slow, fast)


@named()
class LossScaleOptimizer(Optimizer):
    """An optimizer of a loss that is scaled up, so that small gradients do not vanish in float16.

    A step whose gradients are not all finite is left out, and the scale halved; after
    ``dynamic_growth_steps`` steps in a row that are, it is doubled.
    inner_optimizer        what the gradients, divided by the scale, are handed to.
    initial_scale          what the scale starts from.
    Source: Micikevicius et al., "Mixed precision training" (2017).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> scaled, w = nn.optimizers.LossScaleOptimizer(nn.SGD(1.0), 8.0), nn.Variable([1.0])
    >>> scaled.apply([ag.Tensor([4.0])], [w])
    >>> scaled.apply([ag.Tensor([float("inf")])], [w])
    >>> w.tolist(), float(scaled.scale_loss(1.0))
    ([0.5], 4.0)
    """

    def __init__(
        self,
        inner_optimizer: Any,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **options: Any,
    ) -> None:
        if not options.pop("dynamic", True):
            raise ValueError(
                "LossScaleOptimizer received dynamic=False; expected a scale that follows the "
                "gradients. Give the inner optimizer a loss_scale_factor in its place."
            )
        for option in options.keys() & COMMON:  # old files hold them, each as it is left out
            if options[option] != COMMON[option]:
                raise ValueError(
                    f"LossScaleOptimizer received {option}={options[option]!r}; expected it of the "
                    "optimizer inside. Give it to inner_optimizer."
                )
        unexpected({k: v for k, v in options.items() if k not in COMMON},
                   ("initial_scale", "dynamic_growth_steps"), "LossScaleOptimizer")  # fmt: skip
        inner = _inner(inner_optimizer, "LossScaleOptimizer")
        super().__init__(0.0, name=name)
        self.inner_optimizer = inner
        self.initial_scale, self.dynamic_growth_steps = initial_scale, dynamic_growth_steps
        self.step_counter = Variable(ops.zeros((), "int64"), trainable=False, name="step_counter")
        self.dynamic_scale = Variable(
            float(initial_scale), "float32", trainable=False, name="dynamic_scale"
        )
        inner.loss_scale_factor = None  # or gradients would be divided twice

    _in_repr = ()

    def get_config(self) -> dict[str, Any]:
        own = ("name", "inner_optimizer", "initial_scale", "dynamic_growth_steps")
        return {k: v for k, v in super().get_config().items() if k in own}

    @property
    def learning_rate(self) -> Any:
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if "inner_optimizer" in vars(self):
            self.inner_optimizer.learning_rate = value
        else:
            self._rate = Variable(0.0, "float64", trainable=False, name="learning_rate")

    @property
    def scheduled(self) -> bool:
        return self.inner_optimizer.scheduled

    @property
    def iterations(self) -> Any:
        return self.inner_optimizer.iterations

    @property
    def built(self) -> bool:
        return self.inner_optimizer.built

    @property
    def slots(self) -> list[tuple[Variable, ...]]:
        return self.inner_optimizer.slots

    @property
    def variables(self) -> list[Variable]:
        own = [self._iterations, self._rate, self.step_counter, self.dynamic_scale]
        return [*own, *self.inner_optimizer.variables]

    def build(self, variables: Iterable[Tensor]) -> None:
        self.inner_optimizer.build(variables)

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def scale_loss(self, loss: Any) -> Any:
        loss = as_tensor(loss)
        return loss * ops.astype(self.dynamic_scale, dtype=loss.dtype)

    def _unscaled(self, g: Tensor) -> Tensor:
        """A gradient divided by the scale, which float16 cannot hold once it has grown."""
        return ops.astype(g / self.dynamic_scale, dtype=g.dtype)

    def averages(self) -> list[tuple[Tensor, Variable]]:
        return self.inner_optimizer.averages()

    def swap_averages(self, averages: bool) -> None:
        self.inner_optimizer.swap_averages(averages)

    def finalize_variable_values(self, var_list: Iterable[Tensor]) -> None:
        self.inner_optimizer.finalize_variable_values(var_list)

    def _known(self) -> list[Tensor]:
        return self.inner_optimizer._known()

    def _apply(
        self, grads: Sequence[Tensor], variables: Sequence[Tensor], wanted: Tensor | None = None
    ) -> None:
        before, mode.taping = mode.taping, False
        try:
            finite = ops.all(ops.isfinite(grads[0]))
            for g in grads[1:]:
                finite = ops.logical_and(finite, ops.all(ops.isfinite(g)))
            scaled = [ops.where(finite, self._unscaled(g), 0) for g in grads]
            self.inner_optimizer._apply(scaled, variables, finite)
            count, scale = self.step_counter, self.dynamic_scale
            grown = ops.equal(count, self.dynamic_growth_steps - 1)
            factor = ops.where(finite, ops.where(grown, 2.0, 1.0), 0.5)
            start = ops.logical_or(grown, ops.logical_not(finite))
            scale.assign(scale * ops.astype(factor, dtype="float32"))
            count.assign(ops.where(start, 0, count + 1))
        finally:
            mode.taping = before
