"""Terms: the losses that compile was given, each beside the part of the outputs it looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd_nn.engine import tree
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.losses import FunctionLoss, Loss
from autograd_nn.nn.losses.of_function import as_loss
from autograd_nn.nn.losses.reduction import reduced
from autograd_nn.nn.training.outputs import Ends, PlaceError


class Term(NamedTuple):
    """A loss of one output, or of several in their structure, and what it counts."""

    loss: Loss
    factor: float
    name: str
    first: int  # of the outputs it looks at
    structure: Any  # of those; a leaf for one

    @property
    def last(self) -> int:
        """The output behind them."""
        return self.first + _size(self.structure)

    def __call__(self, ys: Sequence[Any], y_preds: Sequence[Any], weights: Sequence[Any]) -> Tensor:
        """The loss of lists of all outputs' targets, predictions and weights.

        Raises ValueError where outputs that are looked at together are weighed apart.
        """
        if self.structure is tree.LEAF:
            return self.loss(ys[self.first], y_preds[self.first], weights[self.first])
        part = slice(self.first, self.last)
        y, y_pred = (tree.unflatten(self.structure, v[part]) for v in (ys, y_preds))
        weight = weights[self.first]
        if any(w is not weight for w in weights[part]):
            raise ValueError(
                f"the loss {self.loss.name!r} of several outputs received a sample_weight for "
                "each; expected one for all. Pass a single array."
            )
        call = self.loss.function if isinstance(self.loss, FunctionLoss) else self.loss.call
        return reduced(as_tensor(call(y, y_pred)), weight, None, self.loss.reduction)


def terms(loss: Any, weights: Any, ends: Ends) -> list[Term]:
    """The terms of what compile received as ``loss`` and ``loss_weights`` for these outputs.

    A loss alone is one for each output. A tree of losses is as the outputs are: a list in their
    order, a dict by their names, or (a part of) their structure; None is no loss. In place of a
    list, tuple or dict of outputs may stand one function of all of them, and, within a list that is
    no list of outputs, several losses of the same.
    Raises PlaceError for outputs there are not, or another number of them.
    """
    if loss is None:
        return []
    if not _is_tree(loss):
        if len(ends) > 1:
            loss = ends.tree([loss] * len(ends))
    elif not any(map(_is_tree, _values(loss))) and not _has_keys(ends.structure, loss):
        loss = ends.tree(ends.each(loss, "loss"))
    apart = _alike(loss, weights)
    each = [None] * len(ends) if apart else ends.each(weights, "loss_weights")
    found = []
    for given, weight, first, structure, path in _placed(
        loss, weights if apart else None, ends.structure, 0, ()
    ):
        if given is not None:
            alone = structure is tree.LEAF
            weight = each[first] if not apart and alone else weight
            factor = 1.0 if weight is None else number(weight, "loss_weights", "compile")
            name = ends.paths[first] if alone else _name(path, ends, first, structure)
            found.append(Term(as_loss(given), factor, name, first, structure))  # type: ignore[arg-type]
    return found


Place = tuple[Any, Any, int, Any, tuple]


def _placed(
    given: Any, weight: Any, structure: Any, first: int, path: tuple
) -> Iterator[Place]:
    """What was given as losses, each with its weight, its first output, their structure, a path."""
    if given is None:
        return
    if not _is_tree(given):
        if structure is tree.LEAF or _together(given):
            yield given, weight, first, structure, path
        else:  # one for each
            for i in range(_size(structure)):
                yield given, weight, first + i, tree.LEAF, path
        return
    listed = isinstance(given, list | tuple)
    if listed and len(given) == _size(structure) and not any(map(_is_tree, given)):
        for i, value in enumerate(given):
            if value is not None:
                yield value, _part(weight, i), first + i, tree.LEAF, path
        return
    if structure is not tree.LEAF:
        kind, keys, parts = structure
        if listed and (not issubclass(kind, type(given)) or keys is not None) and _several(given):
            for i, value in enumerate(given):
                yield from _placed(value, _part(weight, i), structure, first, path)
            return
        names = list(keys if keys is not None else range(len(parts)))
        fits = len(given) == len(parts) if listed else set(given) <= set(names)
        if listed == (keys is None) and fits:
            for name, part in zip(names, parts, strict=True):
                inner = given[name] if listed else given.get(name)
                yield from _placed(inner, _part(weight, name), part, first, (*path, name))
                first += _size(part)
            return
    raise PlaceError(_misplaced(given, structure, path))


def _misplaced(given: Any, structure: Any, path: tuple) -> str:
    where = "/".join(map(str, path))
    if structure is tree.LEAF:
        return (
            f"compile received loss={given!r} for the output {where!r}, {len(given)} of them; "
            "expected one. Add up several losses in a function of (y_true, y_pred)."
        )
    place = f"the outputs {where!r}" if path else "the model's outputs"
    return (
        f"received loss as {given!r} for {place}; expected losses in their structure, "
        f"{_shown(structure)}. What can't be found in the model's output has no loss: leave it out."
    )


def _shown(structure: Any) -> Any:
    """A structure as the tree that it is of, a star for each output."""
    return str(tree.unflatten(structure, ["*"] * _size(structure))).replace("'*'", "*")


def _is_tree(given: Any) -> bool:
    """Whether these are losses in a structure, and not one loss, or its configuration."""
    if isinstance(given, dict):
        return "class_name" not in given
    return isinstance(given, list | tuple)


def _several(given: Any) -> bool:
    """Whether a list holds losses of the same outputs: functions of all of them among others."""
    alone = [v for v in given if v is not None and not _is_tree(v)]
    return all(map(_together, alone)) and any(map(_is_tree, given))


def _together(given: Any) -> bool:
    """Whether a loss may look at several outputs at once: a user's own function, or own call."""
    loss = as_loss(given)
    return isinstance(loss, Loss) and type(loss).call is not Loss.call


def _values(given: Any) -> Iterable[Any]:
    return given.values() if isinstance(given, dict) else given


def leaves(given: Any) -> Iterator[Any]:
    """The losses, or metrics, in a tree of them."""
    if given is not None and not _is_tree(given):
        yield given
    elif given is not None:
        for value in _values(given):
            yield from leaves(value)


def _has_keys(structure: Any, given: Any) -> bool:
    return isinstance(given, dict) and set(given) <= set(structure[1] or ())


def _alike(loss: Any, weights: Any) -> bool:
    """Whether weights are in the losses' own structure, or in a part of it."""
    if not _is_tree(loss):
        return not isinstance(weights, list | tuple | dict)
    if isinstance(loss, dict):
        return isinstance(weights, dict) and all(
            k in loss and _alike(loss[k], w) for k, w in weights.items()
        )
    listed = isinstance(weights, list | tuple) and len(weights) == len(loss)
    return listed and all(map(_alike, loss, weights))


def _part(weight: Any, key: Any) -> Any:
    if isinstance(weight, dict):
        return weight.get(key)
    return weight[key] if isinstance(weight, list | tuple) else weight


def _size(structure: Any) -> int:
    """How many leaves it has."""
    if structure is tree.LEAF:
        return 1
    return 0 if structure is None else sum(map(_size, structure[2]))


def _name(path: tuple, ends: Ends, first: int, structure: Any) -> str:
    names = ends.names[first : first + _size(structure)]
    return "/".join(map(str, path)) if path else "_".join(names)
