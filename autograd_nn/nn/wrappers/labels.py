"""Classes: labels of any kind as the targets a model's loss wants, and its outputs as labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import column_or_1d

from autograd_nn.nn import activations, losses
from autograd_nn.nn.utils import to_categorical


class Labels:
    """The classes that labels have, in order; or, of a matrix of 0 and 1, one for each column.

    Raises ValueError for targets that are no classes, or for a single class.
    """

    def __init__(self, y: Any) -> None:
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        self.matrix = kind == "multilabel-indicator"
        if not self.matrix and kind not in ("binary", "multiclass"):
            raise ValueError(
                f"received y, whose labels scikit-learn calls {kind!r}. Unknown label type: "
                "expected one class a sample, or a matrix of 0 and 1. For numbers to predict use "
                "the regressor."
            )
        self.classes = np.arange(y.shape[1]) if self.matrix else np.unique(y)
        if len(self.classes) == 1:
            raise ValueError(
                f"received y with one class alone, {self.classes.tolist()[0]!r}; expected two or "
                "more. Check how the samples were selected."
            )

    def places(self, y: Any) -> np.ndarray:
        """Each sample's place among the classes; raises ValueError for a label not learned."""
        if self.matrix:
            return np.asarray(y).argmax(axis=1)
        y = np.asarray(y).reshape(-1)
        found = np.searchsorted(self.classes, y)
        found = np.minimum(found, len(self.classes) - 1)
        strange = self.classes[found] != y
        if strange.any():
            raise ValueError(
                f"received the label {y[strange].tolist()[0]!r}; expected one of those learned: "
                f"{', '.join(map(repr, self.classes[:9].tolist()))}."
            )
        return found

    def columns(self, y: Any) -> np.ndarray:
        """A column of 0 and 1 for each class."""
        if self.matrix:
            return np.asarray(y)
        return np.asarray(to_categorical(self.places(y), len(self.classes)))


class Meaning:
    """How a model says which class: by the loss it has and its number of outputs."""

    def __init__(self, labels: Labels, loss: Any, units: int | None) -> None:
        self.labels, self.loss, self.single = labels, loss, units == 1
        self.kind = getattr(loss, "_targets", "any")
        self.several = labels.matrix and self.kind not in ("classes", "distribution")
        self.logits = bool(getattr(loss, "from_logits", False))
        self.margin = isinstance(loss, losses.Hinge)
        if self.single and (len(labels.classes) > 2 or labels.matrix):
            raise ValueError(
                f"received {len(labels.classes)} classes for a model whose last layer has one "
                f"unit; expected {len(labels.classes)} units, and loss="
                "'sparse_categorical_crossentropy' with softmax."
            )
        if not self.single and units is not None and units < len(labels.classes):
            raise ValueError(
                f"received {len(labels.classes)} classes for a model whose last layer has {units} "
                f"units; expected {len(labels.classes)}."
            )

    def targets(self, y: Any) -> np.ndarray:
        """Labels as the loss wants them."""
        numbers = self.kind == "classes" or self.single
        return self.labels.places(y) if numbers else self.labels.columns(y)

    @property
    def edge(self) -> float:
        """Above which an output says yes."""
        return 0.0 if self.logits or self.margin else 0.5

    def decision(self, raw: np.ndarray) -> np.ndarray:
        """How far each sample is on a class's side; of two classes, on the second's."""
        if self.single:
            return raw.reshape(len(raw)) - self.edge
        if self.several:
            return raw - self.edge
        return raw[:, 1] - raw[:, 0] if len(self.labels.classes) == 2 else raw

    def shares(self, raw: np.ndarray) -> np.ndarray:
        """Each class's probability; raises ValueError for a loss that knows none."""
        if self.margin or isinstance(self.loss, losses.CategoricalHinge):
            raise ValueError(
                f"the loss {self.loss.name!r} makes margins, which are no probabilities; expected "
                "a cross-entropy. Use decision_function."
            )
        if self.logits:
            share = activations.sigmoid if self.single or self.several else activations.softmax
            raw = share(raw).numpy()
        return np.hstack([1 - raw, raw]) if self.single else raw

    def labelled(self, raw: np.ndarray) -> np.ndarray:
        """Each sample's label; of a matrix that has several, 0 and 1 for each class."""
        found = self.decision(raw)
        if self.several:
            return (found > 0).astype(int)
        return self.labels.classes[(found > 0).astype(int) if found.ndim == 1 else found.argmax(1)]


def one_column(y: Any) -> Any:
    """(n, 1) as (n,), of which scikit-learn warns; anything else as it is."""
    return column_or_1d(y, warn=True) if np.ndim(y) == 2 and np.shape(y)[1] == 1 else y
