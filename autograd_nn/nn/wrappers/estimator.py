"""What every estimator does: make a model, train it on checked arrays, predict, be pickled."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from autograd_nn.engine.random import seeded
from autograd_nn.nn.cloning import clone_model
from autograd_nn.nn.model import Model
from autograd_nn.nn.training import door
from autograd_nn.nn.wrappers.labels import Labels, Meaning, one_column
from autograd_nn.nn.wrappers.packed import packed, unpacked

TAKEN: Any = {"allow_nd": True, "accept_sparse": "csr"}  # what inputs may be besides matrices


class Estimator(BaseEstimator):
    """The base: a subclass says what makes the model and what its methods are told.

    model_     the trained model, history_ what its `fit` returned.
    Raises RuntimeError for a model that is not compiled, and what `Model.fit` raises.
    """

    warm_start: bool
    random_state: Any

    def _source(self) -> Any:
        """A model, or what makes one."""
        raise NotImplementedError

    def _told(self, method: str, source: Any) -> dict[str, Any]:
        """The arguments for 'build', 'compile', 'fit' or 'predict'."""
        raise NotImplementedError

    # ---- training -------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **options: Any) -> Any:
        """Trains a fresh model on (n, …) inputs and their targets; options as in `Model.fit`."""
        X, y = self._clean(X, y)
        return self._trained(X, y, sample_weight, options)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, **options: Any) -> Any:
        """Trains the model that is there for an epoch more; the first call makes it, as `fit`."""
        X, y = self._clean(X, y, not hasattr(self, "model_"))
        return self._trained(X, y, sample_weight, {"epochs": 1} | options, True)

    def _trained(
        self, X: Any, y: Any, sample_weight: Any, options: dict[str, Any], on: bool = False
    ) -> Any:
        """Itself, its model trained; on: whether one that is there goes on."""
        if sample_weight is not None:
            sample_weight = np.asarray(sample_weight)
            if not sample_weight.any():
                raise ValueError(
                    f"{type(self).__name__} received a sample_weight of zeros alone; expected "
                    "some above 0, for nothing would be learned."
                )
        source = self._source()
        told = self._told("fit", source) | options
        with self._draws():
            known = getattr(self, "model_", None) if on else None
            model = self._made(source, X, self._shown(y)) if known is None else known
            door.inputs(model, X[:1])  # which builds it
            y, told, learned = self._targets(model, y, told)
            history = model.fit(X, y, sample_weight=sample_weight, **told)
        vars(self).update(learned, model_=model, history_=history)
        return self

    def _clean(self, X: Any, y: Any, reset: bool = True) -> tuple[Any, Any]:
        return validate_data(self, X, y, reset=reset, multi_output=True, y_numeric=True, **TAKEN)

    def _shown(self, y: Any) -> Any:
        """Targets as what makes the model sees them, a column for each output."""
        return y.reshape(len(y), -1) if y.ndim == 1 else y

    def _targets(self, model: Any, y: Any, told: dict[str, Any]) -> tuple[Any, dict, dict]:
        """Targets as the model's loss wants them, the options that follow, and what to remember."""
        return y, told, {"_flat": y.ndim == 1}

    def _draws(self) -> AbstractContextManager[None]:
        """Whatever is drawn within ``with`` follows from random_state, where there is one."""
        if self.random_state is None:
            return nullcontext()
        return seeded(int(check_random_state(self.random_state).randint(2**31 - 1)))

    def _made(self, source: Any, X: Any, y: Any) -> Any:
        model: Any
        if isinstance(source, Model):
            model = source if self.warm_start else clone_model(source)
        elif self.warm_start and hasattr(self, "model_"):
            model = self.model_
        elif not callable(source):
            raise TypeError(
                f"{type(self).__name__} received model={source!r}; expected a compiled model, or a "
                "function that returns one."
            )
        else:
            told = self._told("build", source)
            more = {"meta": self._meta(X, y), "compile_kwargs": self._told("compile", source)}
            model = _called(source, told, {"X": X, "y": y}, more)
        if not isinstance(model, Model):
            raise TypeError(
                f"{type(self).__name__} received {model!r} from its function; expected a compiled "
                "model. Return it."
            )
        told = self._told("compile", source)
        if not model.compiled and "loss" in told:
            model.compile(**told)
        elif model is not getattr(self, "model_", None):
            self._refuse(told, source)
        if not model.compiled or model.loss is None:
            raise RuntimeError(
                f"{type(self).__name__} received a model that is not compiled; expected one with a "
                "loss and an optimizer. Call model.compile(loss=..., optimizer=...) first."
            )
        return model

    def _meta(self, X: Any, y: Any) -> dict[str, Any]:
        """What a function that takes ``meta`` is told of the data, by scikeras's names."""
        return {
            "n_features_in_": self.n_features_in_, "X_shape_": X.shape, "X_dtype_": X.dtype,
            "n_outputs_": y.shape[1], "target_type_": "continuous",
        }  # fmt: skip

    def _refuse(self, told: Mapping[str, Any], source: Any) -> None:
        """Raises ValueError for options of `compile`, of a model that is compiled without them."""
        takes = set() if isinstance(source, Model) else names(source)
        for name in told:
            if takes is not None and not takes & {name, "compile_kwargs"}:
                raise ValueError(
                    f"{type(self).__name__} received {name}={told[name]!r}, and a model that is "
                    f"compiled without it; expected one of both. Let the function take {name}, or "
                    "return a model that is not compiled."
                )

    # ---- prediction -----------------------------------------------------------------------------

    def _raw(self, X: Any, options: Mapping[str, Any]) -> np.ndarray:
        """The model's outputs."""
        check_is_fitted(self, "model_")
        X = validate_data(self, X, reset=False, **TAKEN)
        told = {"verbose": 0} | self._told("predict", self._source()) | dict(options)
        return self.model_.predict(X, **told)

    def predict(self, X: Any, **options: Any) -> np.ndarray:
        """What the model says of (n, …) inputs; options as in `Model.predict`."""
        raw = self._raw(X, options).astype(np.float64)
        return raw.reshape(len(raw)) if self._flat and raw.size == len(raw) else raw

    # ---- scikit-learn's own ---------------------------------------------------------------------

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = tags.input_tags.sparse = True
        tags.non_deterministic = self.random_state is None
        return tags

    def __getstate__(self) -> dict[str, Any]:
        return {name: packed(value) for name, value in super().__getstate__().items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({name: unpacked(value) for name, value in state.items()})


class Classifier(ClassifierMixin, Estimator):
    """An estimator whose targets are classes of any kind, text among them; classes_ has them.

    The model's loss and last layer say what it is trained on: class numbers for one unit or a
    sparse loss, else a column of 0 and 1 for each class.
    """

    def partial_fit(  # type: ignore[override]
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None, **options: Any
    ) -> Any:
        """Trains the model that is there for an epoch more; the first call makes it, as `fit`.

        classes   all there are, for the first call; None: those in its y.
        """
        first = not hasattr(self, "model_")
        labels = self._labels if first is False else None
        if first and classes is not None:
            labels = Labels(np.asarray(classes))
        X, y = self._clean(X, y, first, labels)
        return self._trained(X, y, sample_weight, {"epochs": 1} | options, True)

    def _clean(
        self, X: Any, y: Any, reset: bool = True, labels: Labels | None = None
    ) -> tuple[Any, Any]:
        X, y = validate_data(self, X, y, reset=reset, multi_output=True, **TAKEN)
        y = one_column(y)
        check_classification_targets(y)
        self._labels = Labels(y) if labels is None else labels
        return X, y

    def _shown(self, y: Any) -> Any:
        return self._labels.columns(y)

    def _meta(self, X: Any, y: Any) -> dict[str, Any]:
        classes, several = self._labels.classes, self._labels.matrix
        kind = "multilabel-indicator" if several else "multiclass" if len(classes) > 2 else "binary"
        return super()._meta(X, y) | {
            "classes_": classes, "n_classes_": len(classes), "target_type_": kind,
            "n_outputs_": len(classes) if several else 1,
        }  # fmt: skip

    def _targets(self, model: Any, y: Any, told: dict[str, Any]) -> tuple[Any, dict, dict]:
        labels = self._labels
        shape = model._output_ends().shapes[0]
        meaning = Meaning(labels, model.loss, shape[-1] if shape else None)
        weights, held = told.get("class_weight"), told.get("validation_data")
        if weights is not None:
            told = {**told, "class_weight": _by_place(weights, labels, y)}
        if isinstance(held, list | tuple) and len(held) > 1:
            told = {**told, "validation_data": (held[0], meaning.targets(held[1]), *held[2:])}
        return meaning.targets(y), told, {"classes_": labels.classes, "_meaning": meaning}

    def predict(self, X: Any, **options: Any) -> np.ndarray:
        """The likeliest class of each sample."""
        return self._meaning_of(X, options, "labelled")

    def predict_proba(self, X: Any, **options: Any) -> np.ndarray:
        """(n, classes) probabilities, in the order of classes_."""
        return self._meaning_of(X, options, "shares")

    def score(self, X: Any, y: Any, sample_weight: Any = None, **options: Any) -> float:
        """The share of the samples whose classes are found; y as in `fit`, options in `predict`."""
        check_is_fitted(self, "model_")
        labels = self._meaning.labels  # as learned: a fit that failed since has others
        if labels.matrix and not self._meaning.several and np.ndim(y) == 2:
            y = labels.classes[labels.places(y)]  # a column for each class, of which one is on
        told = self.predict(X, **options)
        return float(accuracy_score(y, told, sample_weight=sample_weight))

    def decision_function(self, X: Any, **options: Any) -> np.ndarray:
        """(n, classes) outputs; of two classes (n,), above 0 for the second."""
        return self._meaning_of(X, options, "decision")

    def _meaning_of(self, X: Any, options: Mapping[str, Any], how: str) -> np.ndarray:
        raw = self._raw(X, options)
        return getattr(self._meaning, how)(raw)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # of a model with few epochs
        return tags


class Regressor(RegressorMixin, Estimator):
    """An estimator whose targets are numbers, (n,) or (n, outputs)."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        tags.target_tags.multi_output = True
        return tags


def _called(
    source: Callable[..., Any], told: dict[str, Any], data: dict[str, Any], more: dict[str, Any]
) -> Any:
    """What makes the model, called with the data and more where it takes them by name."""
    takes = names(source)
    data = {k: v for k, v in data.items() if takes is None or k in takes}
    more = {k: v for k, v in more.items() if takes is not None and k in takes}
    return source(**{**data, **more, **told})


def names(function: Any) -> set[str] | None:
    """The arguments of a function by name; None for one that takes any."""
    found = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in found):
        return None
    return {p.name for p in found if p.kind is not p.VAR_POSITIONAL}


def _by_place(weights: Any, labels: Labels, y: Any) -> Any:
    """Weights of classes, by the labels or 'balanced', as `Model.fit` takes them."""
    if isinstance(weights, str) and not labels.matrix:
        found = compute_class_weight(weights, classes=labels.classes, y=y)
        return dict(enumerate(found.tolist()))
    known = {label: i for i, label in enumerate(labels.classes.tolist())}
    if isinstance(weights, dict) and set(weights) <= set(known):
        return {known[label]: weight for label, weight in weights.items()}
    return weights
