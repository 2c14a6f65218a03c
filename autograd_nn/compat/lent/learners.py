"""What scikit-learn and matplotlib dropped: encoders' arguments, styles, and names."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

Bends = dict[str, dict[str, Callable[[Any], Any]]]


def _encoder(today: Any) -> Any:
    """`OneHotEncoder`, which took ``sparse``, and which columns it is for, put first then."""

    class OneHotEncoder(today):  # type: ignore[misc]
        def __init__(
            self, n_values: Any = None, categorical_features: Any = None, sparse: bool = True,
            **options: Any,
        ) -> None:  # fmt: skip
            several = isinstance(n_values, list | tuple)  # today's first argument
            super().__init__(**{
                **({"categories": n_values} if several else {}),
                **({} if sparse else {"sparse_output": False}), **options,
            })  # fmt: skip
            if sparse is False or categorical_features is not None:
                self._of_then = categorical_features

        def _parted(self, X: Any) -> tuple[Any, Any]:  # noqa: N803
            table, told = np.asarray(X), self._of_then
            chosen = np.zeros(table.shape[1], bool)
            chosen[np.flatnonzero(told) if np.asarray(told).dtype == bool else told] = True
            return table[:, chosen], table[:, ~chosen]

        def fit(self, X: Any, y: Any = None) -> Any:  # noqa: N803
            if getattr(self, "_of_then", None) is None:
                return super().fit(X, y)
            return super().fit(self._parted(X)[0])

        def transform(self, X: Any) -> Any:  # noqa: N803
            if getattr(self, "_of_then", None) is None:
                return super().transform(X)
            of, rest = self._parted(X)
            found = super().transform(of)
            if not hasattr(found, "toarray"):
                return np.hstack([found, rest.astype(float)])
            from scipy import sparse

            return sparse.hstack([found, sparse.csr_matrix(rest.astype(float))]).tocsr()

        def fit_transform(self, X: Any, y: Any = None, **options: Any) -> Any:  # noqa: N803
            return self.fit(X, y).transform(X)

        def get_feature_names(self, input_features: Any = None) -> Any:
            return self.get_feature_names_out(input_features)

        @classmethod
        def _get_param_names(cls) -> list[str]:
            found: list[str] = today._get_param_names()
            return found

    return OneHotEncoder


def _imputer(today: Any) -> Any:
    """`Imputer`, which is `SimpleImputer`: NaN was the text 'NaN'."""

    def Imputer(  # noqa: N802
        missing_values: Any = "NaN", strategy: str = "mean", axis: int = 0, verbose: int = 0,
        copy: bool = True,
    ) -> Any:  # fmt: skip
        from sklearn.impute import SimpleImputer

        missing = np.nan if missing_values == "NaN" else missing_values
        return SimpleImputer(missing_values=missing, strategy=strategy, copy=copy)

    return today or Imputer


def _confusion(today: Any) -> Any:
    """`plot_confusion_matrix`."""

    def plot_confusion_matrix(estimator: Any, X: Any, y_true: Any, **options: Any) -> Any:  # noqa: N803
        from sklearn.metrics import ConfusionMatrixDisplay

        return ConfusionMatrixDisplay.from_estimator(estimator, X, y_true, **options)

    return today or plot_confusion_matrix


def _style(today: Any) -> Any:
    """`matplotlib.style.use`, whose styles of seaborn's have a version in their names today."""

    @wraps(today)
    def use(style: Any) -> None:
        known = importlib.import_module("matplotlib.style").library

        def now(name: Any) -> Any:
            old = isinstance(name, str) and name.startswith("seaborn") and name not in known
            return f"seaborn-v0_8{name[len('seaborn') :]}" if old else name

        today([now(s) for s in style] if isinstance(style, list | tuple) else now(style))

    return use


def _hist(today: Any) -> Any:
    """`hist`, whose ``density`` was ``normed``."""

    @wraps(today)
    def hist(*args: Any, normed: Any = None, **options: Any) -> Any:
        if normed is not None:
            options["density"] = bool(normed)
        return today(*args, **options)

    return hist


def _grid(today: Any) -> Any:
    """`grid`, whose ``visible`` was ``b``."""

    @wraps(today)
    def grid(*args: Any, **options: Any) -> Any:
        if "b" in options:
            options["visible"] = options.pop("b")
        return today(*args, **options)

    return grid


def _gca(today: Any) -> Any:
    """`Figure.gca`, which made axes of a projection."""

    @wraps(today)
    def gca(self: Any, **options: Any) -> Any:
        return self.add_subplot(**options) if options else today(self)

    return gca


def _get_cmap(today: Any) -> Any:
    def get_cmap(name: Any = None, lut: Any = None) -> Any:
        return importlib.import_module("matplotlib.pyplot").get_cmap(name, lut)

    return today or get_cmap


def _nothing(today: Any) -> Any:
    return today or (lambda *args, **options: None)


BENDS: Bends = {
    "sklearn.preprocessing": {"OneHotEncoder": _encoder, "Imputer": _imputer},
    "sklearn.metrics": {"plot_confusion_matrix": _confusion},
    "sklearn.feature_extraction.text:CountVectorizer": {
        "get_feature_names": lambda today: today or (lambda self: self.get_feature_names_out()),
    },
    "matplotlib.style": {"use": _style},
    "matplotlib.cm": {"get_cmap": _get_cmap},
    "matplotlib.axes:Axes": {"hist": _hist, "hold": _nothing, "grid": _grid},
    "matplotlib.pyplot": {"hold": _nothing, "hist": _hist, "grid": _grid},
    "matplotlib.figure:Figure": {"gca": _gca},
}
# Modules that scikit-learn and pandas moved.
SUCCESSORS = {
    **dict.fromkeys(("sklearn.datasets.samples_generator", "sklearn.datasets.base"),
                    ("sklearn.datasets",)),
    **dict.fromkeys(("sklearn.preprocessing.label", "sklearn.preprocessing.data",
                     "sklearn.preprocessing.imputation"), ("sklearn.preprocessing",)),
    **dict.fromkeys(("sklearn.metrics.classification", "sklearn.metrics.regression",
                     "sklearn.metrics.ranking"), ("sklearn.metrics",)),
    "sklearn.learning_curve": ("sklearn.model_selection",),
    "sklearn.lda": ("sklearn.discriminant_analysis",),
    "pandas.tools": ("pandas",), "pandas.tools.plotting": ("pandas.plotting",),
}  # fmt: skip
