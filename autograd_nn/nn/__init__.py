"""Neural nets made of the engine's ops, with Keras's names.

Start with `Sequential` and the `layers`; `models.Model.fit` trains. Everything here is a graph of
ops, the optimizer and the metrics included.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd_nn.nn import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    distribution,
    dtype_policies,
    initializers,
    layers,
    losses,
    metrics,
    mixed_precision,
    models,
    optimizers,
    random,
    regularizers,
    saving,
    tree,
    utils,
)
from autograd_nn.nn.callbacks import (
    Callback,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    TerminateOnNaN,
)
from autograd_nn.nn.context import name_scope
from autograd_nn.nn.dtype_policies import DTypePolicy, FloatDTypePolicy
from autograd_nn.nn.feature_space import FeatureSpace as _FeatureSpace  # noqa: F401  (a name)
from autograd_nn.nn.forgetting import RematScope
from autograd_nn.nn.function import Function
from autograd_nn.nn.initializers import Initializer
from autograd_nn.nn.layers import (
    Activation,
    Dense,
    Dropout,
    Flatten,
    Input,
    InputLayer,
    Layer,
    Reshape,
)
from autograd_nn.nn.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from autograd_nn.nn.metrics import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    Mean,
    Metric,
    SparseCategoricalAccuracy,
)
from autograd_nn.nn.models import Model, Sequential
from autograd_nn.nn.optimizers import SGD, Adam, AdamW, Optimizer, RMSprop
from autograd_nn.nn.regularizers import Regularizer
from autograd_nn.nn.symbols import Symbol as KerasTensor
from autograd_nn.nn.training.finite import NonFiniteError, NonFiniteWarning
from autograd_nn.nn.utils import set_random_seed
from autograd_nn.nn.variable import Variable
from autograd_nn.version import __version__

if TYPE_CHECKING:
    from autograd_nn.engine.transforms.checkpoint import checkpoint as remat
    from autograd_nn.nn import applications, datasets, ops, preprocessing, wrappers

__all__ = [
    "SGD", "Accuracy", "Activation", "Adam", "AdamW", "BinaryAccuracy", "BinaryCrossentropy",
    "Callback", "CategoricalAccuracy", "CategoricalCrossentropy", "DTypePolicy", "Dense", "Dropout",
    "EarlyStopping", "Flatten", "FloatDTypePolicy", "Function", "History", "Huber", "Initializer",
    "Input", "InputLayer", "KerasTensor", "LambdaCallback", "Layer", "LearningRateScheduler",
    "Loss", "Mean", "MeanAbsoluteError", "MeanSquaredError", "Metric", "Model", "NonFiniteError",
    "NonFiniteWarning", "Optimizer", "RMSprop", "Regularizer", "RematScope", "Reshape",
    "Sequential", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "TerminateOnNaN",
    "Variable", "__version__", "activations", "applications", "backend", "callbacks", "config",
    "constraints",
    "datasets", "distribution", "dtype_policies", "initializers", "layers", "losses", "metrics",
    "mixed_precision", "models", "name_scope", "ops", "optimizers", "preprocessing", "random",
    "regularizers", "remat", "saving", "set_random_seed", "tree", "utils", "wrappers",
]  # fmt: skip


# Every layer's class is a name here, too: nn.Conv2D, nn.LSTM, …
_layers = {name: getattr(layers, name) for name in layers.__all__ if name[0].isupper()}
globals().update(_layers)
__all__ += sorted(_layers.keys() - set(__all__))


def __getattr__(name: str) -> Any:
    if name in ("applications", "datasets", "ops", "preprocessing", "wrappers"):  # when asked for
        return import_module(f"autograd_nn.nn.{name}")
    if name == "remat":
        return import_module("autograd_nn.engine.transforms.checkpoint").checkpoint
    raise AttributeError(f"module 'autograd_nn.nn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
