"""The state of a model as dicts within dicts, by names: what `Model.get_state_tree` gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autograd_nn.engine.errors import ShapeError, did_you_mean
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.saving.state import free
from autograd_nn.nn.variable import Variable

FORMS = ("backend_tensor", "numpy_array")


def tree(model: Any, value_format: str) -> dict[str, Any]:
    """The contents of all variables, of four kinds; each kind a dict of dicts by path.

    Raises ValueError for another value_format.
    """
    if value_format not in FORMS:
        raise ValueError(
            f"received value_format={value_format!r}; expected one of {', '.join(FORMS)}."
        )
    arrays = value_format == "numpy_array"
    return {
        kind: _nested({p: v.array.copy() if arrays else wrap(v.array.copy()) for p, v in own})
        for kind, own in ((kind, held.items()) for kind, held in _kinds(model).items())
    }


def assign(model: Any, given: Mapping[str, Any]) -> None:
    """Gives variables the contents that a tree has of them, all or none.

    What the tree leaves out stays as it is. Raises ValueError for a path that is none of the
    model's, ShapeError for contents that do not fit.
    """
    if not isinstance(given, Mapping):
        raise TypeError(
            f"received state_tree={given!r}; expected a dict, as get_state_tree gives it."
        )
    if given.get("optimizer_variables") and getattr(model, "compiled", False):
        if model.optimizer is not None and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
    kinds = _kinds(model)
    found: list[tuple[Variable, Tensor]] = []
    for kind, values in given.items():
        if kind not in kinds:
            raise ValueError(
                f"received the unknown kind {kind!r} in state_tree; expected {', '.join(kinds)}. "
                + did_you_mean(kind, list(kinds))
            )
        for path, value in _flat(values):
            variable = kinds[kind].get(path)
            if variable is None:
                raise ValueError(
                    f"received {path!r} among {kind}; expected a path of this model. "
                    + did_you_mean(path, list(kinds[kind]))
                )
            new = Tensor(value, variable.array.dtype)
            if new.shape != variable.shape:
                raise ShapeError(
                    f"received shape {new.shape} for {path!r}; expected {variable.shape}."
                )
            found.append((variable, new))
    for variable, new in found:
        variable.assign(new)


def _kinds(model: Any) -> dict[str, dict[str, Variable]]:
    """The variables of each kind by their paths."""
    paths = _paths(model)
    compiled = getattr(model, "compiled", False)
    optimizer = model.optimizer if compiled else None
    slots = [] if optimizer is None else optimizer.variables
    counts = [(m.name, v) for m in (model.metrics if compiled else ()) for v in m.variables]
    return {
        "trainable_variables": {paths[id(v)]: v for v in model.trainable_variables},
        "non_trainable_variables": {paths[id(v)]: v for v in model.non_trainable_variables},
        "optimizer_variables": _each((getattr(optimizer, "name", ""), v) for v in slots),
        "metrics_variables": _each(counts),
    }


def _paths(model: Any) -> dict[int, str]:
    """The path of each weight, told apart from those before it that have the same."""
    taken: dict[str, Variable] = {}
    found: dict[int, str] = {}
    for v in model.weights:
        found[id(v)] = free(v.path, taken)
        taken[found[id(v)]] = v
    return found


def _each(pairs: Iterable[tuple[str, Variable]]) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for name, v in pairs:
        found[free(f"{name}/{v._name}", found)] = v
    return found


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in flat.items():
        *above, name = path.split("/")
        inside = found
        for part in above:
            inside = inside.setdefault(part, {})
        inside[name] = value
    return found


def _flat(nested: Any, above: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}/")
        else:
            yield f"{above}{name}", value
