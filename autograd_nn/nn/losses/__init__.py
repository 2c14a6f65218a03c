"""Losses: targets and predictions in, one number out; one family a file.

Start with `base`: a loss is its fields and its ``_entries``, and its function follows. `reduction`
makes targets and predictions fit, and weighs, masks and averages what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any

from autograd_nn.nn.losses.base import Loss
from autograd_nn.nn.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Crossentropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from autograd_nn.nn.losses.ctc import CTC, ctc
from autograd_nn.nn.losses.embedding import Circle, Triplet, circle, triplet
from autograd_nn.nn.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
)
from autograd_nn.nn.losses.hinge import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from autograd_nn.nn.losses.likelihood import (
    GaussianNegativeLogLikelihood,
    KLDivergence,
    Poisson,
    gaussian_negative_log_likelihood,
    kl_divergence,
    poisson,
)
from autograd_nn.nn.losses.of_function import FunctionLoss
from autograd_nn.nn.losses.overlap import Dice, Tversky, dice, tversky
from autograd_nn.nn.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Quantile,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    quantile,
)
from autograd_nn.nn.registry import find, scope
from autograd_nn.nn.saving.objects import deserialize_keras_object, serialize_keras_object


def get(identifier: Any) -> Any:
    """What a name, a configuration or a class means: a function, or an object for a class's name.

    Objects, functions and None stay as they are. Raises ValueError for an unknown name, with the
    nearest one.

    >>> from autograd_nn import nn
    >>> nn.losses.get("mse") is nn.losses.mean_squared_error
    True
    >>> nn.losses.get("MeanSquaredError")
    MeanSquaredError()
    """
    found = find(identifier, "loss")
    kind = type(found)
    if isinstance(identifier, str) and kind in _FUNCTIONS and identifier != kind.__name__:
        return _FUNCTIONS[kind]
    return found


def serialize(loss: Any) -> Any:
    """A loss or its function as plain data, from which `deserialize` makes another."""
    return serialize_keras_object(loss)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """A loss or a function from what `serialize` gave, or a name.

    custom_objects   a user's own classes and functions, by name.

    >>> from autograd_nn import nn
    >>> nn.losses.deserialize(nn.losses.serialize(nn.losses.Huber(2.0)))
    Huber(delta=2.0)
    """
    if isinstance(config, str):
        with scope(custom_objects or {}):
            return find(config, "loss")
    return deserialize_keras_object(config, custom_objects)


# the function that each class has
_FUNCTIONS = {v.loss: v for v in list(globals().values()) if isinstance(v, FunctionType)
              and hasattr(v, "loss")}  # fmt: skip

__all__ = [
    "CTC", "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy", "CategoricalGeneralizedCrossEntropy", "CategoricalHinge",
    "Circle", "CosineSimilarity", "Crossentropy", "Dice", "FunctionLoss",
    "GaussianNegativeLogLikelihood", "Hinge", "Huber", "KLDivergence", "LogCosh", "Loss",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Poisson", "Quantile", "SparseCategoricalCrossentropy",
    "SquaredHinge", "Triplet", "Tversky", "binary_crossentropy", "binary_focal_crossentropy",
    "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "categorical_hinge", "circle", "cosine_similarity",
    "ctc", "deserialize", "dice", "gaussian_negative_log_likelihood", "get", "hinge", "huber",
    "kl_divergence", "log_cosh", "mean_absolute_error", "mean_absolute_percentage_error",
    "mean_squared_error", "mean_squared_logarithmic_error", "poisson", "quantile", "serialize",
    "sparse_categorical_crossentropy", "squared_hinge", "triplet", "tversky",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
