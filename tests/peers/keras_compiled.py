"""Keras's two helpers of compile, which its tests call themselves, over ours."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import tree
from autograd_nn.nn.symbols import Symbol
from autograd_nn.nn.training.outputs import Ends
from autograd_nn.nn.training.spec import Said


class Compiled:
    """What `compile` says, settled when the outputs are seen."""

    def __init__(self, said: Said, output_names: list[str] | None) -> None:
        self.said, self.output_names = said, output_names
        self.objective: Any = None
        self.watched: Any = None

    def build(self, y_true: Any, y_pred: Any) -> None:
        leaves = tree.flatten(y_pred)[0]
        shapes = tree.map(lambda x: (None, *x.shape[1:]) if x.shape else (), y_pred)
        names = self.output_names
        single = not isinstance(y_pred, list | tuple | dict)
        names = names if names and len(names) == len(leaves) else None
        if isinstance(y_pred, dict) and names and set(names) == set(y_pred):
            shapes = {name: shapes[name] for name in names}
        self.ends = Ends(shapes, None if single else names)
        self.objective, self.watched = self.said.settle(self.ends, set(names or ()))

    def lists(self, y_true: Any, y_pred: Any, weight: Any) -> tuple[list, list, list]:
        if self.objective is None:
            self.build(y_true, y_pred)
        ends, n = self.ends, len(self.ends)
        p = [y_pred] if ends.single else ends.each(y_pred, "y_pred")
        y = [y_true] if ends.single else ends.targets(y_true, self.objective.wanted)
        several = isinstance(weight, dict | list | tuple)
        w = ends.each(weight, "sample_weight") if several else [weight] * n
        return y, p, w


class CompileLoss(Compiled):
    """The compiled losses, added up."""

    def __init__(self, loss: Any, loss_weights: Any = None, output_names: Any = None) -> None:
        super().__init__(Said(loss, loss_weights, None, None), output_names)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        ys, ps, ws = self.lists(y_true, y_pred, sample_weight)
        total, each = self.objective(ys, ps, ws)
        self.objective.track(total, each, tree.flatten(y_pred)[0][0].shape[0])
        return total

    @property
    def metrics(self) -> list[Any]:
        return [m for m in self.objective.means if m is not None]


class CompileMetrics(Compiled):
    """The compiled metrics of all outputs."""

    def __init__(self, metrics: Any, weighted_metrics: Any, output_names: Any = None) -> None:
        super().__init__(Said(None, None, metrics, weighted_metrics), output_names)

    @property
    def metrics(self) -> list[Any]:
        return [m for weighted in (False, True) for _, m in self.watched.rows(weighted)]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if not isinstance(tree.flatten(y_pred)[0][0], Symbol):
            self.watched.update(*self.lists(y_true, y_pred, sample_weight))

    def reset_state(self) -> None:
        for metric in self.metrics:
            metric.reset_state()

    def result(self) -> dict[str, Any]:
        from autograd_nn.nn.training.watched import labels

        named = labels(self.watched.rows(False), self.watched.rows(True), [])
        return {name: metric.result() for name, metric in named.items()}
