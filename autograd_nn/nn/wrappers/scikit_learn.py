"""Estimators by the names they had in Keras 2, their options as arguments of the constructor."""

from __future__ import annotations

import inspect
from typing import Any

from sklearn.utils.validation import check_is_fitted, validate_data

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn import optimizers
from autograd_nn.nn.model import Model
from autograd_nn.nn.renamed import translated
from autograd_nn.nn.training.terms import as_loss
from autograd_nn.nn.wrappers.estimator import Classifier, Estimator, Regressor, names

PREFIXES = ("model", "compile", "fit", "predict", "optimizer", "loss")
METHODS: dict[str, Any] = {"compile": Model.compile, "fit": Model.fit, "predict": Model.predict}


class Flat(Estimator):
    """An estimator whose options are its own parameters, for a search to set.

    model, build_fn   a compiled model, or a function that returns one, by either name.
    epochs, batch_size, verbose   as in `Model.fit`.
    warm_start        whether `fit` goes on with the model as it is.
    random_state      an integer from which all that is drawn follows; None: drawn as ever.
    sk_params         arguments of the function, of `Model.compile` (for a model that is not
                      compiled), `Model.fit` or `Model.predict`: each goes to those that take it,
                      model__units to the function and fit__shuffle to fit alone; options of the
                      optimizer and the loss are optimizer__learning_rate, loss__from_logits.
    """

    def __init__(
        self, model: Any = None, build_fn: Any = None, epochs: int = 1,
        batch_size: int | None = None, verbose: Any = "auto", warm_start: bool = False,
        random_state: Any = None, **sk_params: Any,
    ) -> None:  # fmt: skip
        self.model = model
        self.build_fn = build_fn
        self.epochs = epochs
        self.batch_size = batch_size
        self.verbose = verbose
        self.warm_start = warm_start
        self.random_state = random_state
        vars(self).update(self._today(sk_params))

    @property
    def model(self) -> Any:
        """What it was told as ``model``; else, as in Keras 2, the model that was trained."""
        told = self._told_model
        return getattr(self, "model_", None) if told is None else told

    @model.setter
    def model(self, model: Any) -> None:
        vars(self)["model"] = model

    @property
    def _told_model(self) -> Any:
        return vars(self).get("model")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All options by name, those of the function included."""
        own = super().get_params(deep=False)
        more = {k: v for k, v in vars(self).items() if k[0] != "_" and k[-1] != "_"}
        return {**own, **more}

    def set_params(self, **params: Any) -> Any:
        """Sets options by name; raises ValueError for one that nothing takes."""
        params = self._today(params)
        self._check(params)
        vars(self).update(params)
        return self

    def _today(self, params: dict[str, Any]) -> dict[str, Any]:
        """Options by today's names, but for those that the function calls so itself."""
        source = self._maker()
        plain = isinstance(source, Model) or not callable(source)
        own = set() if plain else names(source) or set()
        return translated(params, _known() | own, type(self).__name__)

    @property
    def sk_params(self) -> dict[str, Any]:
        """All options but the model."""
        return {k: v for k, v in self.get_params().items() if k not in ("model", "build_fn")}

    def _source(self) -> Any:
        if self._told_model is not None and self.build_fn is not None:
            raise ValueError(
                f"{type(self).__name__} received both model= and build_fn=; expected one of them: "
                "they mean the same."
            )
        return self._maker()

    def _maker(self) -> Any:
        """A model, or what makes one: the estimator itself, where its class can be called."""
        found = self.build_fn if self._told_model is None else self._told_model
        return self if found is None and callable(self) else found

    def _told(self, method: str, source: Any) -> dict[str, Any]:
        if method == "fit":
            self._check(self.get_params())
        build = method == "build"
        takes = names(source) if build else set(inspect.signature(METHODS[method]).parameters)
        prefix = "model__" if build else f"{method}__"
        given = {k: v for k, v in self.get_params().items() if k not in ("model", "build_fn")}
        plain = {k: v for k, v in given.items() if "__" not in k and (takes is None or k in takes)}
        if takes is None:  # a function that takes anything is told what is meant for it
            plain = {k: v for k, v in plain.items() if k not in _known()}
        found = {**plain, **_behind(prefix, given)}
        return _configured(found, given) if method == "compile" else found

    def _check(self, params: dict[str, Any]) -> None:
        """Raises ValueError for an option that nothing takes."""
        source = self._maker()
        plain = isinstance(source, Model) or not callable(source)
        takes = set() if plain else names(source)
        if takes is None:
            return
        known = _known() | takes | {"model", "build_fn"}
        for name in params:
            if name not in known and not name.startswith(tuple(f"{p}__" for p in PREFIXES)):
                raise ValueError(
                    f"{type(self).__name__} received {name!r}, which is no legal parameter; "
                    "expected an argument of the function that makes the model, or of fit or "
                    f"predict. {did_you_mean(name, known)}"
                )


def _behind(prefix: str, given: dict[str, Any]) -> dict[str, Any]:
    """Options whose names begin so, without that."""
    return {k.removeprefix(prefix): v for k, v in given.items() if k.startswith(prefix)}


def _configured(told: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What `compile` is told, its optimizer and loss with options of their own."""
    options = _behind("optimizer__", given)
    if options:
        told["optimizer"] = _with(optimizers.get(told.get("optimizer") or "rmsprop"), options)
    options = _behind("loss__", given)
    if options and (loss := as_loss(told.get("loss"))) is not None:
        told["loss"] = _with(loss, options)
    return told


def _with(value: Any, options: dict[str, Any]) -> Any:
    """An optimizer or a loss with other options; raises ValueError for one that it has not."""
    known = value.get_config()
    for name in options:
        if name not in known:
            raise ValueError(
                f"{type(value).__name__} received {name!r}, which is none of its options. "
                + did_you_mean(name, list(known))
            )
    return type(value).from_config({**known, **options})


def _known() -> set[str]:
    """What the estimator itself and the model's methods take."""
    own = set(inspect.signature(Flat.__init__).parameters) - {"sk_params", "model", "build_fn"}
    more = set().union(*(inspect.signature(m).parameters for m in METHODS.values()))
    return (own | more) - {"self", "options", "x", "y"}


class KerasClassifier(Classifier, Flat):
    """A classifier of scikit-learn's made of a model, its options in the constructor.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> def made(units=4):
    ...     model = nn.Sequential([nn.Input((1,)), nn.Dense(units, "tanh"), nn.Dense(1, "sigmoid")])
    ...     model.compile(loss="binary_crossentropy", optimizer=nn.Adam(0.1))
    ...     return model
    >>> estimator = KerasClassifier(made, epochs=40, verbose=0, units=8)
    >>> X, y = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array(["no", "no", "yes", "yes"])
    >>> estimator.fit(X, y).predict([[-1.5], [1.5]]).tolist()
    ['no', 'yes']
    >>> estimator.predict_proba([[1.5]]).shape, estimator.classes_.tolist()
    ((1, 2), ['no', 'yes'])
    """


class KerasRegressor(Regressor, Flat):
    """A regressor of scikit-learn's made of a model, its options in the constructor.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> def made():
    ...     model = nn.Sequential([nn.Input((1,)), nn.Dense(1)])
    ...     model.compile(loss="mse", optimizer=nn.SGD(0.1))
    ...     return model
    >>> X = np.linspace(-1, 1, 32)[:, None]
    >>> estimator = KerasRegressor(build_fn=made, epochs=80, verbose=0).fit(X, X[:, 0])
    >>> round(estimator.score(X, X[:, 0]), 2) + 0.0
    0.0
    """

    def score(self, X: Any, y: Any, sample_weight: Any = None, **options: Any) -> float:
        """The loss with its sign turned, for more is better; options as in `Model.evaluate`."""
        check_is_fitted(self, "model_")
        X, y = validate_data(
            self, X, y, reset=False, allow_nd=True, multi_output=True, y_numeric=True
        )
        told = {"verbose": 0, "sample_weight": sample_weight} | options
        return -self.model_.evaluate(X, y, return_dict=True, **told)["loss"]
