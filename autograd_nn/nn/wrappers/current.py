"""Estimators by the names and with the arguments they have in Keras 3."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from autograd_nn.nn.wrappers.estimator import Classifier, Estimator, Regressor


class Current(Estimator):
    """An estimator whose options stand in dicts.

    model          a compiled model, which is cloned, or a function that returns one; it is given
                   X and y where it takes them, y with a column for each class or output.
    warm_start     whether `fit` goes on with the model as it is.
    model_kwargs   more arguments for the function.
    fit_kwargs     arguments for `Model.fit`; those given to ``fit`` itself come first.
    random_state   an integer from which all that is drawn follows; None: drawn as ever.
    """

    def __init__(
        self, model: Any, warm_start: bool = False, model_kwargs: dict[str, Any] | None = None,
        fit_kwargs: dict[str, Any] | None = None, random_state: Any = None,
    ) -> None:  # fmt: skip
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs
        self.random_state = random_state

    def _source(self) -> Any:
        return self.model

    def _told(self, method: str, source: Any) -> dict[str, Any]:
        return dict({"build": self.model_kwargs, "fit": self.fit_kwargs}.get(method) or {})


class SKLearnClassifier(Classifier, Current):
    """A classifier of scikit-learn's made of a model.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> def made(X, y):
    ...     model = nn.Sequential([nn.Input(X.shape[1:]), nn.Dense(y.shape[1], "softmax")])
    ...     model.compile(loss="categorical_crossentropy", optimizer=nn.Adam(0.1))
    ...     return model
    >>> told = {"epochs": 60, "verbose": 0}
    >>> estimator = SKLearnClassifier(made, fit_kwargs=told, random_state=0)
    >>> X, y = np.array([[0.0], [1.0], [9.0], [8.0]]), np.array(["low", "low", "high", "high"])
    >>> estimator.fit(X, y).predict([[0.5], [8.5]]).tolist()
    ['low', 'high']
    """


class SKLearnRegressor(Regressor, Current):
    """A regressor of scikit-learn's made of a model.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> model = nn.Sequential([nn.Input((1,)), nn.Dense(1)])
    >>> model.compile(loss="mse", optimizer=nn.SGD(0.1))
    >>> estimator = SKLearnRegressor(model, fit_kwargs={"epochs": 50, "verbose": 0})
    >>> X = np.linspace(-1, 1, 32)[:, None]
    >>> estimator.fit(X, 2 * X[:, 0]).predict([[0.5]]).round(1).tolist()
    [1.0]
    """


class SKLearnTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Current):
    """A transformer of scikit-learn's: the outputs of a model that `fit` has trained.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    >>> model.compile(loss="mse", optimizer="sgd")
    >>> estimator = SKLearnTransformer(model, fit_kwargs={"verbose": 0})
    >>> estimator.fit(np.ones((4, 3)), np.ones((4, 2))).transform(np.ones((5, 3))).shape
    (5, 2)
    """

    def transform(self, X: Any) -> np.ndarray:
        """The model's outputs for (n, …) inputs."""
        return self._raw(X, {})

    @property
    def _n_features_out(self) -> int:
        """How many columns there are, for `set_output` and their names."""
        return int(self.model_.output_shape[-1])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
