"""Short names that Keras 2 had beside the long ones: losses, metrics, sessions' helpers."""

from __future__ import annotations

import copy
import inspect
import json
from typing import Any

import numpy as np

from autograd_nn.nn import (
    activations,
    initializers,
    layers,
    losses,
    mixed_precision,
    regularizers,
)
from autograd_nn.nn.cloning import model_from_json, of_parts
from autograd_nn.nn.models import Model
from autograd_nn.nn.utils import plot_model

__version__ = "2.9.0"  # of Keras 2, with today's names; scripts compare it as text with "2.4"

LossFunctionWrapper = losses.FunctionLoss
mse = MSE = losses.mean_squared_error
mae = MAE = losses.mean_absolute_error
mape = MAPE = losses.mean_absolute_percentage_error
msle = MSLE = losses.mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = losses.kl_divergence
logcosh = losses.log_cosh
l1l2 = activity_l1l2 = regularizers.l1_l2
activity_l1, activity_l2 = regularizers.l1, regularizers.l2
WeightRegularizer = ActivityRegularizer = regularizers.L1L2
_compute_fans = initializers.compute_fans


Container = Model
relu6, DepthwiseConv2D = activations.relu6, layers.DepthwiseConv2D  # where MobileNet had them
set_policy = mixed_precision.set_global_policy


def count_params(weights: Any) -> int:
    """How many numbers weights hold, each counted once."""
    return sum(int(np.prod(w.shape)) for w in {id(w): w for w in weights}.values())


class Reduction:
    """The names of what losses do with samples."""

    AUTO = SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    NONE, SUM = "none", "sum"


def model_from_yaml(yaml_string: Any, custom_objects: Any = None) -> Any:
    """`model_from_json`, of what `to_yaml` wrote.

    Raises ValueError for other YAML, for it can name code to be run.
    """
    try:
        json.loads(yaml_string)
    except ValueError:
        raise ValueError(
            "model_from_yaml received YAML that is no JSON; expected what to_yaml() writes here, "
            "for other YAML can name code to be run. Write the model by to_json()."
        ) from None
    return model_from_json(yaml_string, custom_objects)


def model_from_config(config: Any, custom_objects: Any = None) -> Any:
    """`model_from_json`, of a dict of ``class_name`` and ``config``, which stays as it is."""
    return of_parts(copy.deepcopy(config), custom_objects, "model_from_config")


def print_summary(model: Any, line_length: int | None = None, positions: Any = None,
                  print_fn: Any = None) -> None:  # fmt: skip
    """`Model.summary`."""
    model.summary(line_length, positions, print_fn)


plot = plot_model


class HDF5Matrix:
    """Rows of a data set in an HDF5 file, read when they are asked for; needs h5py.

    start, end   the rows; normalizer: applied to what is read.
    """

    def __init__(self, datapath: Any, dataset: str, start: int = 0, end: int | None = None,
                 normalizer: Any = None) -> None:  # fmt: skip
        import h5py

        self.data = h5py.File(datapath, "r")[dataset]
        self.start, self.end = start, len(self.data) if end is None else end
        self.normalizer = normalizer

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, key: Any) -> Any:
        """Rows by a slice, a number or several; raises IndexError for one beyond the end."""
        n = len(self)
        told = f"HDF5Matrix received [{key!r}]; expected rows within its {n}."
        if isinstance(key, slice):
            first, last, step = key.indices(n)
            if (key.stop or 0) > n:
                raise IndexError(told)
            if step < 0:  # which HDF5 does not read
                return self[np.arange(first, last, step)]
            rows = np.asarray(self.data[self.start + first : self.start + last : step])
        else:
            index = np.asarray(key)
            index = np.flatnonzero(index) if index.dtype == bool else index
            if index.dtype.kind not in "iu" or np.any((index < -n) | (index >= n)):
                raise IndexError(told)
            places, back = np.unique(index % n, return_inverse=True)  # each once, and in order
            rows = np.asarray(self.data[self.start + places])[back.reshape(index.shape)]
        return rows if self.normalizer is None else self.normalizer(rows)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self.data.shape[1:])

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def dtype(self) -> Any:
        return self.data.dtype


def slice_arrays(arrays: Any, start: Any = None, stop: Any = None) -> Any:
    """Rows of an array, or of each in a list: from ``start`` to ``stop``, or those of a list.

    Of None there is None.

    >>> slice_arrays([np.arange(4)], 1, 3)[0].tolist()
    [1, 2]
    """
    if arrays is None:
        return [None]
    rows = start if hasattr(start, "__len__") else slice(start, stop)
    if isinstance(arrays, list):
        return [None if a is None else a[rows] for a in arrays]
    return arrays[rows]


def has_arg(fn: Any, name: str, accept_all: bool = False) -> bool:
    """Whether a function takes an argument by a name, or (``accept_all``) by any.

    >>> has_arg(len, "obj"), has_arg(dict.get, "key", accept_all=True)
    (False, False)
    >>> has_arg(lambda x, **rest: x, "y", accept_all=True)
    True
    """
    named = inspect.signature(fn).parameters
    if accept_all and any(p.kind is p.VAR_KEYWORD for p in named.values()):
        return True
    return name in named and named[name].kind in (
        inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    )  # fmt: skip


slice_X = _slice_arrays = slice_arrays  # noqa: N816


def _to_list(x: Any, allow_tuple: bool = False) -> list[Any]:
    """A list of what is none yet."""
    if allow_tuple and isinstance(x, tuple):
        return list(x)
    return x if isinstance(x, list) else [x]


to_list = _to_list


def _make_batches(size: int, batch_size: int) -> list[tuple[int, int]]:
    """Where batches of rows begin and end.

    >>> _make_batches(5, 2)
    [(0, 2), (2, 4), (4, 5)]
    """
    return [(i, min(size, i + batch_size)) for i in range(0, size, batch_size)]


make_batches = _make_batches


def accuracy(p: Any, y: Any) -> float:
    """The share of equal entries, as Keras 0's ``np_utils`` found it.

    >>> accuracy([1, 2], [1, 3])
    0.5
    """
    return float(np.mean(np.asarray(p) == np.asarray(y)))
