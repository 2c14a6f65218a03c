"""Watched: the metrics that compile was given, each beside the output it looks at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_nn.nn.metrics import MeanMetricWrapper, Metric
from autograd_nn.nn.module import Module
from autograd_nn.nn.training.outputs import Ends


class Watched(Module):
    """Metrics of each output: those that count samples alike, and those that weigh them."""

    def __init__(
        self, ends: Ends, plain: Sequence[list[Metric]], weighted: Sequence[list[Metric]]
    ) -> None:
        self.ends = ends
        self.plain, self.weighted = tuple(map(tuple, plain)), tuple(map(tuple, weighted))

    def rows(self, weighted: bool) -> list[tuple[str, Metric]]:
        """The metrics of one kind, each with what goes before its name in the logs."""
        several = len(self.ends) > 1
        each = self.weighted if weighted else self.plain
        pairs = zip(self.ends.names, each, strict=True)
        return [(f"{name}_" if several else "", m) for name, of_one in pairs for m in of_one]

    def update(self, ys: Sequence[Any], y_preds: Sequence[Any], weights: Sequence[Any]) -> None:
        """Adds one batch to all metrics, by the lists of outputs."""
        for i, of_one in enumerate(self.plain):
            for m in of_one:
                _updater(m)(ys[i], y_preds[i])
        for i, of_one in enumerate(self.weighted):
            for m in of_one:
                _updater(m)(ys[i], y_preds[i], weights[i])


def _updater(metric: Any) -> Callable[..., None]:
    """A metric's update; the lean one where it has one, for within a step nothing is taped."""
    own = "update_state" in vars(metric)
    if own or type(metric).update_state is not MeanMetricWrapper.update_state:
        found: Callable[..., None] = metric.update_state
        return found
    return metric.update


def labels(
    plain: Sequence[tuple[str, Metric]],
    weighted: Sequence[tuple[str, Metric]],
    others: Sequence[Metric],
) -> dict[str, Metric]:
    """The metrics by their names in the logs.

    A second 'mae' is 'mae_1', a weighted one of the name of another 'weighted_mae'.
    """
    names = numbered([*(before + m.name for before, m in plain), *(m.name for m in others)])
    found = dict(zip(names, [m for _, m in plain], strict=False))
    heavy = numbered([before + m.name for before, m in weighted])
    for name, (before, m) in zip(heavy, weighted, strict=True):
        taken = name in names
        found[f"{before}weighted_{name.removeprefix(before)}" if taken else name] = m
    return found | dict(zip(names[len(plain) :], others, strict=True))


def numbered(names: Sequence[str]) -> list[str]:
    """The names, with _1, _2, … behind those that came before.

    >>> numbered(["mae", "mse", "mae"])
    ['mae', 'mse', 'mae_1']
    """
    found: list[str] = []
    for name in names:
        n = sum(name == other for other in names[: len(found)])
        found.append(f"{name}_{n}" if n else name)
    return found
