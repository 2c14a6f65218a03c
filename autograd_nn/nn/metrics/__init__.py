"""Metrics: numbers to watch, added up over batches by ops, so that training steps record them.

Start with `base`: a metric is a state, ``update_state`` and ``result``. Most are a `mean` of
entries; those of losses are made of the losses; the others count at thresholds or by classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_nn.nn import losses
from autograd_nn.nn.losses import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from autograd_nn.nn.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    ShapeAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from autograd_nn.nn.metrics.base import Metric, assigned, written_back  # noqa: F401  (for fit)
from autograd_nn.nn.metrics.confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from autograd_nn.nn.metrics.curves import (
    AUC,
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from autograd_nn.nn.metrics.mean import Mean, MeanMetricWrapper, Sum
from autograd_nn.nn.metrics.of_loss import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    Crossentropy,
    Hinge,
    KLDivergence,
    LogCoshError,
    LossMetric,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from autograd_nn.nn.metrics.overlap import (
    BinaryIoU,
    IoU,
    MeanIoU,
    OneHotIoU,
    OneHotMeanIoU,
)
from autograd_nn.nn.metrics.regression import (
    ConcordanceCorrelation,
    CosineSimilarity,
    PearsonCorrelation,
    R2Score,
    concordance_correlation,
    pearson_correlation,
)
from autograd_nn.nn.metrics.scores import F1Score, FBetaScore
from autograd_nn.nn.registry import find, scope
from autograd_nn.nn.saving.objects import deserialize_keras_object, serialize_keras_object


def get(identifier: Any) -> Metric | None:
    """The metric meant by a name, a configuration, a class, an object or a function.

    Raises ValueError for an unknown name, with the nearest one.

    >>> from autograd_nn import nn
    >>> nn.metrics.get("acc").name
    'acc'
    """
    found = find(identifier, "metric")
    if isinstance(found, losses.Loss):
        found = LossMetric(found)
    elif isinstance(cls := getattr(found, "loss", None), type):  # a loss's function
        found = LossMetric(cls(), found.__name__)
    elif isinstance(cls := getattr(found, "metric", None), type):
        found = cls()
    elif found is not None and not isinstance(found, Metric):
        found = MeanMetricWrapper(found)
    if isinstance(identifier, str):
        found.name = identifier  # as the logs are asked for
    return found


def serialize(metric: Any) -> Any:
    """A metric or its function as plain data, from which `deserialize` makes another."""
    return serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """A metric or a function from what `serialize` gave, or a name.

    custom_objects   a user's own classes and functions, by name.

    >>> from autograd_nn import nn
    >>> nn.metrics.deserialize(nn.metrics.serialize(nn.metrics.AUC(curve="PR"))).curve
    'PR'
    """
    if isinstance(config, str):
        with scope(custom_objects or {}):
            return find(config, "metric")
    return deserialize_keras_object(config, custom_objects)


__all__ = [
    "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "BinaryIoU", "CategoricalAccuracy",
    "CategoricalCrossentropy", "CategoricalHinge", "ConcordanceCorrelation", "CosineSimilarity",
    "Crossentropy", "F1Score", "FBetaScore", "FalseNegatives", "FalsePositives", "Hinge", "IoU",
    "KLDivergence", "LogCoshError", "LossMetric", "Mean", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanIoU", "MeanMetricWrapper", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Metric", "OneHotIoU", "OneHotMeanIoU", "PearsonCorrelation",
    "Poisson", "Precision", "PrecisionAtRecall", "R2Score", "Recall", "RecallAtPrecision",
    "RootMeanSquaredError", "SensitivityAtSpecificity", "ShapeAccuracy",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy", "SpecificityAtSensitivity",
    "SquaredHinge", "Sum", "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives",
    "binary_accuracy", "binary_crossentropy", "binary_focal_crossentropy", "categorical_accuracy",
    "categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge",
    "concordance_correlation", "deserialize", "get", "hinge", "huber", "kl_divergence", "log_cosh",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "pearson_correlation", "poisson", "serialize",
    "sparse_categorical_accuracy", "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy", "squared_hinge", "top_k_categorical_accuracy",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
