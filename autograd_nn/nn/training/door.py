"""The door: whatever a user passes as a batch is checked here, once, and leaves as clean arrays."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.mode import no_grad
from autograd_nn.nn.layer import building
from autograd_nn.nn.shapes import is_shape, map_shapes
from autograd_nn.nn.training import arrays as clean
from autograd_nn.nn.training import labels, rows, weighing
from autograd_nn.nn.training import targets as wanted
from autograd_nn.nn.training.outputs import Ends
from autograd_nn.nn.training.sources import Source
from autograd_nn.nn.training.targets import targets


class Given(NamedTuple):
    """Samples: the leaves of (x, y, sample_weight) as arrays of one length, and the structure.

    A leaf may also be a `Source`, until it is read.
    """

    arrays: tuple[Any, ...]
    structure: Any

    @classmethod
    def of(cls, value: Any) -> Given:
        """The leaves of a tree of arrays."""
        if isinstance(value, np.ndarray):
            return cls((value,), tree.LEAF)
        leaves, structure = tree.flatten(value, inside=True)
        return cls(tuple(leaves), structure)

    @property
    def waits(self) -> bool:
        """Whether some of it is to be read still."""
        return any([isinstance(a, Source) for a in self.arrays])

    def read(self, rows: np.ndarray | None = None, size: int | None = None) -> Given:
        """The samples of some rows (None: all), arrays alone, for batches of ``size``."""
        if rows is None:
            if not self.waits:
                return self
            rows = np.arange(self.n)
        size = len(rows) if size is None else size
        found = [a.read(rows, size) if isinstance(a, Source) else a[rows] for a in self.arrays]
        return Given.of(tree.unflatten(self.structure, found))

    @property
    def n(self) -> int:
        return len(self.arrays[0])

    def cut(self, first: int, last: int | None = None) -> Given:
        """The samples from ``first`` up to ``last``."""
        if not first and last is not None and last >= self.n:
            return self
        return Given(tuple(a[first:last] for a in self.arrays), self.structure)


def same_length(found: Mapping[str, Any]) -> int:
    """The number of samples; raises ShapeError where arrays disagree about it."""
    each = {name: tree.flatten(value)[0] for name, value in found.items()}
    lengths = {len(a) for leaves in each.values() for a in leaves}
    if len(lengths) > 1:
        named = [
            f"{len(a)} in {name}" + (f"[{i}]" if len(leaves) > 1 else "")
            for name, leaves in each.items()
            for i, a in enumerate(leaves)
        ]
        raise ShapeError(
            f"received different numbers of samples: {', '.join(named)}; expected as many in each. "
            "Check that the arrays come from the same rows."
        )
    return lengths.pop()


def even(xs: Any) -> Any:
    """Inputs of as many samples each; raises ShapeError where they differ.

    Where `lenient` says so, longer ones than the first lose their rest, and a warning tells.
    """
    counts = [len(a) for a in tree.flatten(xs)[0]]
    if wanted.lenient() and min(counts) == counts[0] < max(counts):
        warnings.warn(
            f"received inputs of {', '.join(map(str, counts))} samples; the first {counts[0]} of "
            "each are taken. Pass as many of each.", stacklevel=2,
        )  # fmt: skip
        return tree.map(lambda a: a[: counts[0]], xs)
    same_length({"x": xs})
    return xs


def inputs(model: Any, x: Any, learn: bool = False) -> Any:
    """What a model reads, as its inputs are: an array, or a tree of them; builds it if need be.

    learn   whether a table's columns may be others than those of the data it was fitted to.
    """
    x = clean.collected(x)
    ends: Ends | None = model._input_ends
    if ends is not None and not ends.single:
        x = _by_name(x)
    elif not learn:
        labels.compare(model.feature_names, x)
    model._meet_data(x)
    if model._raw:
        return _looked(model, x)
    if ends is not None and not (ends.single and not isinstance(x, dict)):
        found: Any = ends.tree(_several(model, ends, x))
    elif ends is None and _is_tree(x, model.input_shape):
        shapes = None if is_shape(model.input_shape) else model.input_shape
        if shapes is not None:
            form = Ends(shapes, side="input")
            found = form.tree(_several(model, form, x))
        else:
            found = tree.map(lambda a: clean.inputs(a, None, model.input_dtype, "any"), x)
    else:
        known, dtype = model.input_shape, model.input_dtype
        kind = next(iter(ends.dtypes), None) if ends is not None else None
        kind = model._integer_dtype if kind is None else kind
        found = clean.inputs(x, known, dtype, kind, admits=model._admits)
    if not model.built:
        with building.lock, no_grad():
            if not model.built:
                model.build(tree.map(lambda a: (None, *a.shape[1:]), found))
    return found


def _several(model: Any, ends: Ends, x: Any) -> list[np.ndarray | None]:
    given = ends.each(x, "x", required=True)
    kinds, dtype = ends.dtypes or [None] * len(ends), model.input_dtype
    return [
        None if v is None and name in ends.optional
        else clean.inputs(v, shape, dtype, kind or model._integer_dtype, f"the input {name!r}")
        for v, shape, name, kind in zip(given, ends.shapes, ends.names, kinds, strict=True)
    ]


def _by_name(x: Any) -> Any:
    """A table's columns in a dict, for a model of several inputs; anything else as it is."""
    names = labels.columns(x)
    return x if names is None else {name: x[name] for name in names}


def _looked(model: Any, x: Any) -> Any:
    """What a model that looks at values on the host makes of them, before any step."""
    network, dtype = model._running, model.input_dtype
    ends = Ends(map_shapes(tuple, model.input_shape), network.names, "input")
    given = [clean.alone(x)] if ends.single and not isinstance(x, dict) else (
        ends.each(x, "x", required=True)
    )  # fmt: skip
    found = {}
    for value, symbol in zip(given, network.entries, strict=True):
        what = f"the input {symbol.name!r}" if len(given) > 1 else "x"
        kind = None if kind_of(symbol.dtype) == "f" else symbol.dtype
        found[symbol] = clean.inputs(value, symbol.shape, dtype, kind, what)
    same_length({f"the input {s.name!r}": v for s, v in found.items()})
    return network.front(found)


def _is_tree(x: Any, shape: Any) -> bool:
    """Whether this is a structure of arrays, and not one of nested lists."""
    if isinstance(x, dict):
        return shape is None or not is_shape(shape)
    if not isinstance(x, list | tuple) or not x:
        return False
    if shape is not None:
        return not is_shape(shape)
    return len(x) > 1 and all(getattr(v, "ndim", 0) > 1 or isinstance(v, dict) for v in x)


def batch(model: Any, *data: Any) -> Given:
    """`given`, of one batch: all of it read."""
    return given(model, *data).read()


def given(
    model: Any, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None,
    learn: bool = False,
) -> Given:  # fmt: skip
    """Everything a step takes, checked: inputs, targets and, where given, weights.

    learn   whether the model is told what the data say of themselves: columns, and text classes.
    """
    model._ready_for("training or evaluation")
    x = clean.collected(x)
    labels.in_step(x, y=y, sample_weight=sample_weight)
    xs = inputs(model, x, learn)
    n = len(xs) if isinstance(xs, np.ndarray) else same_length({"x": xs})
    ends: Ends = model._settled_ends(y)
    objective = model._objective
    own = model._overridden("train_step") or model._overridden("test_step")
    lossless = all(loss is None for loss in objective.losses)
    if (own and y is None) or lossless:
        ys = None if y is None else _loose(y, n, model._target_dtype)
        if sample_weight is None:
            weights = None
        elif own and lossless:  # a third part of a batch, whatever the step takes it for
            weights = _loose(sample_weight, n, model._target_dtype)
        else:
            weights = _weights(ends, sample_weight, n, model)
    elif len(ends) == 1:
        y = clean.alone(_only(y, ends), n=n)
        kind, shape = _kind(ends, 0, objective.losses[0])
        y, names = labels.coded(y, kind, shape, model.class_names or (None if learn else ()))
        ys = targets(y, kind, shape, model._target_dtype)
        if len(ys) != n:
            same_length({"x": xs, "y": ys})
        weights = None if sample_weight is None else _weights(ends, sample_weight, n, model)
        ys = ends.tree([ys])
        if names is not None and learn:
            model.class_names = names
    else:
        each = [
            None if v is None and loss is None else _of_output(ends, i, loss, v, model)
            for i, (v, loss) in enumerate(
                zip(ends.targets(y, objective.wanted), objective.losses, strict=True)
            )
        ]
        ys = ends.tree(each)
        same_length({"x": xs, **{f"y[{k!r}]": v for k, v in zip(ends.names, each, strict=True)}})
        weights = None if sample_weight is None else _weights(ends, sample_weight, n, model)
    if learn:
        model.feature_names = labels.columns(x)
    if class_weight is not None:
        class_weight = labels.weights_by_number(class_weight, model.class_names)
        weights = _with_classes(ends, class_weight, ys, weights, model._target_dtype)
    return Given.of((xs, ys, weights))


def split(model: Any, samples: Given, share: Any, stratify: bool) -> tuple[Given, Given]:
    """The samples to train on, and those kept for validation."""
    cut = rows.split_at(share, samples.n)
    labels = _labels(model, samples)
    if not stratify:
        if labels is not None:
            rows.warn_of_another_mix(labels, cut)
        return samples.cut(0, cut), samples.cut(cut)
    if labels is None:
        raise ValueError(
            "fit received stratify=True for targets that are no classes; expected one output with "
            "a cross-entropy. Leave it out, or pass validation_data."
        )
    kept = rows.last_of_each(labels, share)
    parts = [tuple(a[there] for a in samples.arrays) for there in (~kept, kept)]
    return Given(parts[0], samples.structure), Given(parts[1], samples.structure)


def _labels(model: Any, samples: Given) -> np.ndarray | None:
    """Each sample's class, where the one output has classes."""
    losses = model._objective.losses
    if len(losses) != 1 or getattr(losses[0], "_targets", None) not in KINDS:
        return None
    _, ys, _ = tree.unflatten(samples.structure, samples.arrays)
    (y,) = model._objective.ends.values(ys)
    return weighing.class_numbers(y) if y.ndim < 3 else None


KINDS = ("binary", "classes", "distribution")


def weighted(model: Any, samples: Given, class_weight: Any) -> Given:
    """Samples with their classes' weights, for what is trained on alone."""
    xs, ys, weights = tree.unflatten(samples.structure, samples.arrays)
    ends = model._objective.ends
    class_weight = labels.weights_by_number(class_weight, model.class_names)
    weights = _with_classes(ends, class_weight, ys, weights, model._target_dtype)
    return Given.of((xs, ys, weights))


def _only(y: Any, ends: Ends) -> Any:
    """What a dict holds for the one output."""
    if isinstance(y, dict) and len(y) == 1:
        return next(iter(y.values()))
    return y


def _loose(y: Any, n: int, dtype: str) -> Any:
    """Targets that no loss of ours looks at."""
    if isinstance(y, dict) or _is_tree(y, None):
        return tree.map(lambda v: targets(v, "any", (), dtype), y)
    found = targets(clean.alone(y, n=n), "any", (), dtype)
    same_length({"x": np.empty(n), "y": found})
    return found


def _of_output(ends: Ends, i: int, loss: Any, y: Any, model: Any) -> np.ndarray:
    try:
        return _targets(ends, i, loss, y, model)
    except ValueError as error:
        raise type(error)(f"targets of the output {ends.names[i]!r}: {error}") from None


def _targets(ends: Ends, i: int, loss: Any, y: Any, model: Any) -> Any:
    return targets(y, *_kind(ends, i, loss), model._target_dtype)


def _kind(ends: Ends, i: int, loss: Any) -> tuple[str, Any]:
    """Which targets an output's loss wants, and the output's shape; raises ShapeError."""
    shape = ends.shapes[i] or ()
    kind = "any" if loss is None or not shape else loss._targets
    if kind == "distribution" and shape[-1] == 1:
        raise ShapeError(
            f"the loss {loss.name!r} received predictions of one unit, which is a share of 1 "
            "whatever the weights; expected a unit for each class. For two classes use "
            "Dense(1, activation='sigmoid') and loss='binary_crossentropy'."
        )
    return kind, shape


def _weights(ends: Ends, sample_weight: Any, n: int, model: Any) -> Any:
    several = isinstance(sample_weight, dict) or (
        isinstance(sample_weight, list | tuple)
        and len(ends) > 1
        and any(v is None or getattr(v, "ndim", 0) or isinstance(v, list) for v in sample_weight)
    )
    if not several:
        shape = ends.shapes[0] if len(ends) == 1 else None
        return weighing.sample_weights(sample_weight, n, model._target_dtype, shape)
    each = [
        None if w is None else weighing.sample_weights(w, n, model._target_dtype, shape)
        for w, shape in zip(ends.each(sample_weight, "sample_weight"), ends.shapes, strict=True)
    ]
    return ends.tree(each)


def _with_classes(ends: Ends, class_weight: Any, ys: Any, weights: Any, dtype: str) -> Any:
    """Each sample's weight times its class's: for what is trained on alone."""
    if len(ends) == 1:
        (y,) = ends.values(ys)
        weight = weighing.class_weights(class_weight, y, dtype)
        return weight if weights is None else weight * _like(ends.values(weights)[0], weight)
    if not isinstance(class_weight, dict) or not set(class_weight) <= set(ends.names):
        raise ValueError(
            f"received class_weight={class_weight!r} for a model of {len(ends)} outputs; expected "
            f"a dict by the outputs' names ({', '.join(ends.names)}), a dict of weights in each."
        )
    alone = isinstance(weights, np.ndarray)
    before = [weights] * len(ends) if weights is None or alone else ends.values(weights)
    each = []
    for name, y, w in zip(ends.names, ends.values(ys), before, strict=True):
        if name in class_weight:
            weight = weighing.class_weights(class_weight[name], y, dtype)
            w = weight if w is None else weight * _like(w, weight)
        each.append(w)
    return ends.tree(each)


def _like(weight: Any, other: np.ndarray) -> Any:
    return weight.reshape(len(weight)) if weight.ndim > 1 and weight.size == other.size else weight
