"""What compile was told, as it was told, and what it means for the outputs a model has."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.nn import metrics
from autograd_nn.nn.losses.of_function import as_loss
from autograd_nn.nn.training.objective import Objective
from autograd_nn.nn.training.outputs import Ends, PlaceError
from autograd_nn.nn.training.terms import Term, leaves, terms
from autograd_nn.nn.training.watched import Watched


class Said:
    """Losses, their weights and metrics as `compile` received them."""

    _unguarded = True  # what follows from it is watched

    def __init__(self, loss: Any, loss_weights: Any, plain: Any, weighted: Any) -> None:
        for value, what in ((plain, "metrics"), (weighted, "weighted_metrics")):
            if value is not None and not isinstance(value, list | tuple | dict):
                raise TypeError(
                    f"compile received {what}={value!r}; expected a list of names, functions or "
                    "metrics, as in ['accuracy']. Write [...] around it."
                )
        self.loss, self.loss_weights = loss, loss_weights
        self.plain, self.weighted = plain, weighted

    def settle(self, ends: Ends, names: set[str]) -> tuple[Objective, Watched]:
        """Losses and metrics of each output; raises ValueError for outputs there are not.

        names   what the output may be called where there is one.
        """
        if len(ends) == 1:
            keys = [] if ends.single else ends.names  # of a dict of one
            names = names and {*names, *keys}
            keyed = isinstance(self.loss, dict) and list(self.loss) == keys
            loss = self.loss if keyed else only(self.loss, "loss", names)
            weights = only(self.loss_weights, "loss_weights", names)
            plain = [_of_one(self.plain, "metrics", names)]
            weighted = [_of_one(self.weighted, "weighted_metrics", names)]
        else:
            loss, weights = self.loss, self.loss_weights
            plain = _of_several(self.plain, "metrics", ends)
            weighted = _of_several(self.weighted, "weighted_metrics", ends)
        objective = Objective(ends, terms(loss, weights, ends))
        return objective, Watched(ends, _metrics(plain), _metrics(weighted))

    def guess(self, names: set[str]) -> tuple[Objective, Watched]:
        """The same before the outputs are known: as many as losses are given for.

        Raises ValueError for a loss or a metric that is none.
        """
        loss = self.loss
        if isinstance(loss, dict) and "class_name" not in loss and len(loss) > 1:
            ends = Ends.unknown(list(loss))
        else:
            several = isinstance(loss, list | tuple) and len(loss) > 1
            ends = Ends.unknown([f"output_{i + 1}" for i in range(len(loss) if several else 1)])
        try:
            return self.settle(ends, names)
        except PlaceError:  # trees, of outputs that will be known once data have come
            given = [as_loss(v) for v in leaves(loss)]
            found = _metrics([list(leaves(v)) for v in (self.plain, self.weighted)])
            alone = Ends(None)
            told = [Term(v, 1.0, "", 0, tree.LEAF) for v in given[:1] if v is not None]
            return Objective(alone, told), Watched(alone, found[:1], found[1:])


def only(given: Any, what: str, names: set[str]) -> Any:
    """What is said of the one output: [it], {'its name': it}, or itself."""
    if isinstance(given, dict) and "class_name" not in given:
        if len(given) == 1 and (not names or set(given) <= names):
            return next(iter(given.values()))
        raise PlaceError(
            f"compile received {what} for the outputs {', '.join(map(repr, given))}; expected "
            f"one for this model's only output, {' or '.join(map(repr, sorted(names)))}. "
            f"Pass it alone, as in {what}=..."
        )
    if isinstance(given, list | tuple):
        if len(given) == 1:
            return only(given[0], what, names)
        raise PlaceError(
            f"compile received {what}={given!r}, {len(given)} of them; expected one, for this "
            "model has one output. Add up several losses in a function of (y_true, y_pred)."
        )
    return given


def _of_one(given: Any, what: str, names: set[str]) -> list[Any]:
    if isinstance(given, dict):
        given = only(given, what, names)
        given = given if isinstance(given, list | tuple) else [given]
    if given is None:
        return []
    if len(given) == 1 and isinstance(given[0], list | tuple):  # a list for each output
        given = given[0]
    return list(given)


def _metrics(each: list[list[Any]]) -> list[list[metrics.Metric]]:
    found = [[metrics.get(m) for m in of_one] for of_one in each]
    return [[m for m in of_one if m is not None] for of_one in found]


def _of_several(given: Any, what: str, ends: Ends) -> list[list[Any]]:
    if isinstance(given, list | tuple) and len(given) == 1 and not _listed(given[0]):
        # one for every output, where it counts for itself
        return [list(given) if not i else deepcopy(list(given)) for i in range(len(ends))]
    given = None if _listed(given) and not len(given) else given
    return [
        [] if v is None else list(v) if _listed(v) else [v] for v in ends.each(given, what)
    ]


def _listed(given: Any) -> bool:
    return isinstance(given, list | tuple)
