"""What other libraries had in those years and have no longer, lent while Keras's names are.

Names that NumPy, SciPy and Python dropped come back; modules that scikit-learn moved, and ``six``,
are found where they stand today.
"""

from __future__ import annotations

import collections
import collections.abc
import inspect
import time
import urllib.request  # noqa: F401 (Keras 2 had it imported, and scripts count on that)
from typing import Any

import numpy as np

from autograd_nn.compat.lent import learners
from autograd_nn.compat.lent.bent import named_place
from autograd_nn.compat.places import COMPAT as _COMPAT
from autograd_nn.compat.places import PLACES
from autograd_nn.nn.configurable import derived

# A module that is gone, and those that answer for it.
SUCCESSORS: dict[str, tuple[str, ...]] = {
    "sklearn.cross_validation": (f"{_COMPAT}.lent.folds", "sklearn.model_selection"),
    **learners.SUCCESSORS,
    "sklearn.grid_search": ("sklearn.model_selection",),
    "sklearn.externals.joblib": ("joblib",),
    "six": (f"{_COMPAT}.lent.six",),
    "six.moves": (f"{_COMPAT}.lent.six", "builtins"),
    "six.moves.urllib": ("urllib",),
    "six.moves.urllib.request": ("urllib.request",),
    "six.moves.urllib.parse": ("urllib.parse",),
    "six.moves.urllib.error": ("urllib.error",),
    **{f"keras_preprocessing{part}": PLACES[f"preprocessing{part}"]
       for part in ("", ".text", ".sequence", ".image")},
}  # fmt: skip



def _get_shape(self: Any) -> Any:
    from autograd_nn.compat.tensorflow.values.shapes import get_shape

    return get_shape(self)


def _set_shape(self: Any, shape: Any) -> None:
    from autograd_nn.compat.tensorflow.values.shapes import set_shape

    set_shape(self, shape)


def _itself(self: Any, *args: Any, **options: Any) -> Any:
    return self


def _sessions(name: str) -> Any:
    """A function of sessions.py as a method."""

    def method(self: Any, *args: Any, **options: Any) -> Any:
        from autograd_nn.compat.tensorflow.elder import sessions

        return getattr(sessions, name)(self, *args, **options)

    return method


def _add_weight(self: Any, *args: Any, **options: Any) -> Any:
    return self.add_weight(*args, **options)


def _get_value(self: Any, borrow: bool = False) -> np.ndarray:
    return np.array(self.array)


def _set_value(self: Any, new_value: Any, borrow: bool = False) -> None:
    self.assign(np.asarray(new_value, self.array.dtype))


_DEVICE = property(lambda self: "/job:localhost/replica:0/task:0/device:CPU:0")


_KERAS_SHAPE = property(lambda self: tuple(self.shape))


def _read_value(self: Any) -> Any:
    from autograd_nn.nn import ops

    return ops.copy(self)


def _compiled(kind: str) -> property:
    def find(self: Any) -> Any:
        from autograd_nn.compat.once import compiled

        return getattr(compiled, kind)(self)

    return property(find)


def _writes(name: str | None = None) -> derived:
    """A `TensorBoard`'s writer, in whose place a class may put its own; of a folder within."""
    return derived(lambda self: _summary().writer_of(self, name))


def _summary() -> Any:
    from autograd_nn.compat.tensorflow.training import summary

    return summary


def _write_logs(self: Any, logs: Any, index: Any) -> None:
    _summary().write_logs(self.writer, logs, index)


def _get_writer(self: Any, writer_name: str) -> Any:
    return _summary().writer_of(self, writer_name)


_STEPS = derived(lambda self: getattr(getattr(self, "optimizer", None), "iterations", 0))


# A module that is there, or a class in one of ours, and what it had.
_HAD: dict[str, dict[str, Any]] = {
    "numpy": {
        "float": float, "int": int, "object": object, "str": str, "complex": complex,
        "unicode": str, "float_": np.float64, "string_": np.bytes_, "unicode_": np.str_,
        "bool8": np.bool_, "int0": np.intp, "uint0": np.uintp, "cumproduct": np.cumprod,
        "round_": np.round, "sometrue": np.any, "alltrue": np.all, "row_stack": np.vstack,
        "in1d": lambda ar1, ar2, *a, **o: np.isin(np.ravel(ar1), ar2, *a, **o),
        "trapz": getattr(np, "trapezoid", None),
        "Inf": np.inf, "infty": np.inf, "NaN": np.nan, "product": np.prod,
        "asscalar": lambda a: np.asarray(a).item(),
    },
    "time": {"clock": time.perf_counter},
    "inspect": {"getargspec": inspect.getfullargspec},
    "collections": {name: getattr(collections.abc, name) for name in collections.abc.__all__},
    **{
        place: {"get_shape": _get_shape, "set_shape": _set_shape, "eval": _sessions("evaluate"),
                "to_tensor": _itself, "device": _DEVICE, "_keras_shape": _KERAS_SHAPE}
        for place in ("autograd_nn.engine.tensor:Tensor", "autograd_nn.nn.symbols:Symbol")
    },
    "autograd_nn.nn.optimizers:Optimizer": {
        "minimize": _sessions("minimize"), "compute_gradients": _sessions("compute_gradients"),
    },
    "autograd_nn.nn.variable:Variable": {
        "get_value": _get_value, "set_value": _set_value, "read_value": _read_value,
    },
    "autograd_nn.nn.model:Model": {
        "compiled_loss": _compiled("CompiledLoss"),
        "compiled_metrics": _compiled("CompiledMetrics"),
        "_train_counter": _STEPS, "_test_counter": _STEPS, "_predict_counter": _STEPS,
    },
    "autograd_nn.nn.layer:Layer": {"add_variable": _add_weight},
    "autograd_nn.nn.callbacks.tensorboard:TensorBoard": {
        "writer": _writes(), "_train_writer": _writes("train"),
        "_val_writer": _writes("validation"),
        "_train_run_name": "train", "_validation_run_name": "validation",
        "_write_logs": _write_logs, "_get_writer": _get_writer,
    },
}  # fmt: skip


def lend() -> list[tuple[Any, str]]:
    """Gives modules and classes what they had, where they have it no longer; what was given."""
    given: list[tuple[Any, str]] = []
    for place, names in _HAD.items():
        module = named_place(place)
        for name, value in names.items():
            if name not in vars(module) and name not in getattr(module, "__all__", ()):
                setattr(module, name, value)
                given.append((module, name))
    return given


def take_back(given: list[tuple[Any, str]]) -> None:
    """Undoes `lend`."""
    for module, name in given:
        if name in vars(module):
            delattr(module, name)
