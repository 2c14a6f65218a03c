"""Several optimizers as one: each weight is handed to its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.wrappers import LossScaleOptimizer
from autograd_nn.nn.registry import find, named
from autograd_nn.nn.variable import Variable


def _simple(given: Any, where: str) -> Optimizer:
    found = find(given, "optimizer")
    if not isinstance(found, Optimizer) or isinstance(found, LossScaleOptimizer | MultiOptimizer):
        raise TypeError(
            f"{where} received {given!r} as the optimizer of some weights; expected an Optimizer, "
            "and none that wraps others. Wrap the MultiOptimizer instead."
        )
    return found


class OptimizerMap(Configurable, MutableMapping[str, Optimizer]):
    """Optimizers by the paths of weights: the path itself, or a pattern of the whole of it.

    default_optimizer   of weights that no entry is for; optimizer_map: the entries, a dict.
    Raises ValueError for a path that two patterns match, or an entry that there is already.

    >>> from autograd_nn import nn
    >>> chosen = nn.optimizers.OptimizerMap(nn.Adam(), {"encoder/.*": nn.SGD()})
    >>> type(chosen["encoder/dense/kernel"]).__name__, type(chosen["dense/kernel"]).__name__
    ('SGD', 'Adam')
    """

    def __init__(
        self, default_optimizer: Any, optimizer_map: dict[str, Any] | None = None
    ) -> None:
        self.default_optimizer = _simple(default_optimizer, "OptimizerMap")
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(
                f"OptimizerMap received optimizer_map={optimizer_map!r}; expected a dict of "
                "optimizers by the paths of weights."
            )
        self.optimizer_map: dict[str, Optimizer] = {}
        for path, optimizer in (optimizer_map or {}).items():
            self[path] = optimizer

    def __getitem__(self, key: str) -> Optimizer:
        if key in self.optimizer_map:
            return self.optimizer_map[key]
        found = [pattern for pattern in self.optimizer_map if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(
                f"the path {key!r} is matched by {' and '.join(map(repr, found))}; expected one "
                "optimizer for each weight. Make the patterns narrower."
            )
        return self.optimizer_map[found[0]] if found else self.default_optimizer

    def __setitem__(self, key: str, optimizer: Any) -> None:
        if not isinstance(key, str):
            raise ValueError(
                f"OptimizerMap received the key {key!r}; expected a weight's path, or a pattern."
            )
        if key in self.optimizer_map:
            raise ValueError(
                f"OptimizerMap received {key!r} again; expected a path that is not there yet. "
                "Delete it first."
            )
        self.optimizer_map[key] = _simple(optimizer, "OptimizerMap")

    def __delitem__(self, key: str) -> None:
        del self.optimizer_map[key]

    def __len__(self) -> int:
        return len(self.optimizer_map)

    def __iter__(self) -> Iterator[str]:
        return iter(self.optimizer_map)

    def __call__(self, variable: Any) -> Optimizer:
        return self[getattr(variable, "path", "")]


@named()
class MultiOptimizer(Optimizer):
    """Hands each weight to an optimizer of its own; rates and limits are set there.

    optimizer_map       an `OptimizerMap`, a function of a weight that gives its optimizer, or one
                        optimizer for all.
    loss_scale_factor   as of any optimizer; it replaces that of those inside.

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> a, b = nn.Variable([1.0], name="a"), nn.Variable([1.0], name="b")
    >>> both = nn.optimizers.OptimizerMap(nn.SGD(1.0), {"b": nn.SGD(0.5)})
    >>> nn.optimizers.MultiOptimizer(both).apply([ag.Tensor([1.0])] * 2, [a, b])
    >>> a.tolist(), b.tolist()
    ([0.0], [0.5])
    """

    def __init__(
        self,
        optimizer_map: OptimizerMap | Optimizer | Callable[[Any], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        if isinstance(optimizer_map, dict) and "config" in optimizer_map:
            optimizer_map = OptimizerMap(**optimizer_map["config"])
        if isinstance(optimizer_map, Optimizer):
            optimizer_map = OptimizerMap(optimizer_map)
        if not callable(optimizer_map):
            raise TypeError(
                f"MultiOptimizer received optimizer_map={optimizer_map!r}; expected an "
                "OptimizerMap, or a function that gives a weight's optimizer."
            )
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        self.optimizer_map = optimizer_map
        self.optimizers: list[Optimizer] = []
        self._of: dict[int, tuple[Tensor, Optimizer]] = {}  # by id of the weight
        if isinstance(optimizer_map, OptimizerMap):
            inner = (*optimizer_map.optimizer_map.values(), optimizer_map.default_optimizer)
            for optimizer in inner:
                self._take(optimizer)

    _in_repr = ()

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_of": list(self._of.values())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._of = {id(w): (w, optimizer) for w, optimizer in state["_of"]}

    @property
    def learning_rate(self) -> Any:
        """There is none: each optimizer has its own."""
        raise AttributeError(_RATES)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if "optimizers" in vars(self):
            raise AttributeError(_RATES)
        self._rate = Variable(0.0, "float64", trainable=False, name="learning_rate")

    @property
    def built(self) -> bool:
        return bool(self._of)

    @property
    def slots(self) -> list[tuple[Variable, ...]]:
        return [s for optimizer in self.optimizers for s in optimizer.slots]

    @property
    def variables(self) -> list[Variable]:
        inner = [v for optimizer in self.optimizers for v in optimizer.variables]
        return [*self._called([self._iterations, self._rate]), *inner]

    def _take(self, optimizer: Optimizer) -> None:
        if not any(optimizer is o for o in self.optimizers):
            optimizer.loss_scale_factor = None  # gradients are divided here
            self.optimizers.append(optimizer)

    def build(self, variables: Iterable[Tensor]) -> None:
        for optimizer, indices in self._shares(list(variables)):
            optimizer.build([w for _, w in indices])

    def _shares(self, ws: Sequence[Tensor]) -> list[tuple[Optimizer, list[tuple[int, Tensor]]]]:
        """Each optimizer with its weights, and where these stand."""
        for w in ws:
            if id(w) not in self._of:
                optimizer = _simple(self.optimizer_map(w), "MultiOptimizer")
                self._take(optimizer)
                self._of[id(w)] = (w, optimizer)
        return [
            (o, mine) for o in self.optimizers
            if (mine := [(i, w) for i, w in enumerate(ws) if self._of[id(w)][1] is o])
        ]  # fmt: skip

    def _known(self) -> list[Tensor]:
        return [w for w, _ in self._of.values()] or super()._known()

    def _apply(
        self, grads: Sequence[Tensor], variables: Sequence[Tensor], wanted: Tensor | None = None
    ) -> None:
        before, mode.taping = mode.taping, False
        try:
            if self.loss_scale_factor is not None:
                grads = [ops.divide(g, self.loss_scale_factor) for g in grads]
            for optimizer, mine in self._shares(variables):
                own = [grads[i] for i, _ in mine]
                optimizer._apply(own, [w for _, w in mine], wanted)
            count = self._iterations
            following = ops.add(count, 1)
            count.assign(following if wanted is None else ops.where(wanted, following, count))
        finally:
            mode.taping = before

    def averages(self) -> list[tuple[Tensor, Variable]]:
        return [pair for optimizer in self.optimizers for pair in optimizer.averages()]

    def swap_averages(self, averages: bool) -> None:
        for optimizer in self.optimizers:
            optimizer.swap_averages(averages)

    def finalize_variable_values(self, var_list: Iterable[Tensor]) -> None:
        for optimizer, mine in self._shares(list(var_list)):
            optimizer.finalize_variable_values([w for _, w in mine])


_RATES = (
    "a MultiOptimizer has no learning_rate, for each optimizer inside has its own; expected one of "
    "those to be asked or set, as in optimizer.optimizers[0].learning_rate = 0.01."
)
