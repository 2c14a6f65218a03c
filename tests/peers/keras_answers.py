"""What Keras's tests ask Keras for, answered by this package: names, found by their path.

Machinery of tests alone stands in here; whatever a name does is done by `nn`, or is absent.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.halves import bfloat16
from autograd_nn.nn.context import context
from autograd_nn.nn.layers.attention import flash
from autograd_nn.nn.looking import Looking
from autograd_nn.nn.lookup import clear_names, snake_case
from autograd_nn.nn.masks import give_mask, mask_of
from autograd_nn.nn.symbols import Symbol
from autograd_nn.nn.training.trainer import Trainer
from tests.peers.keras_compiled import CompileLoss, CompileMetrics

NOTHING = object()


class Absent:
    """A name of Keras's that does not exist here; whoever uses it fails."""

    def __init__(self, name: str) -> None:
        self.__name__ = self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and callable(args[0]):  # perhaps a decorator
            return args[0]
        raise NotImplementedError(f"{self.name} does not exist here")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.name}.{name}")

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return (object,)


def is_tensor(x: Any) -> bool:
    return isinstance(x, ag.Tensor)


def standardize_dtype(dtype: Any) -> str:
    if dtype is None:
        return "float32"
    if isinstance(dtype, type) and dtype in (bool, int, float):
        return {bool: "bool", int: "int32", float: "float32"}[dtype]
    return getattr(dtype, "name", None) or np.dtype(dtype).name


def is_float_dtype(dtype: Any) -> bool:
    return "float" in standardize_dtype(dtype)


def is_int_dtype(dtype: Any) -> bool:
    return "int" in standardize_dtype(dtype)


class _OfSymbols(type):
    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Symbol)


class KerasTensor(metaclass=_OfSymbols):
    """Keras's symbol: made from a shape and a dtype alone."""

    def __new__(cls, shape: Any, dtype: Any = "float32", sparse: Any = None, ragged: Any = None,
                name: str | None = None, **rest: Any) -> Any:  # fmt: skip
        return nn.Input(batch_shape=tuple(shape), dtype=standardize_dtype(dtype), name=name)


def taken_for() -> str:
    """The backend's name: our own, and TensorFlow's where a file knows no others than Keras has."""
    file = sys._getframe(1).f_code.co_filename
    return "tensorflow" if file.endswith("trainers__trainer_test.py") else "autograd_nn"


def in_backend() -> dict[str, Any]:
    """What tests ask Keras's backend for."""
    found: dict[str, Any] = {
        "backend": taken_for,
        "convert_to_numpy": nn.ops.convert_to_numpy,
        "convert_to_tensor": lambda x, dtype=None, sparse=None: (
            ag.ops.astype(x, dtype=dtype)
            if isinstance(x, ag.Tensor) and dtype
            else ag.Tensor(np.asarray(x, dtype))
        ),
        "is_tensor": is_tensor,
        "standardize_dtype": standardize_dtype,
        "is_float_dtype": is_float_dtype,
        "is_int_dtype": is_int_dtype,
        "cast": nn.ops.cast,
        "name_scope": contextlib.nullcontext,
        "compute_output_spec": lambda function, *args, **kwargs: function(*args, **kwargs),
        "standardize_shape": tuple,
        "shape": lambda x: tuple(x.shape),
        "floatx": lambda: "float32",
        "image_data_format": lambda: "channels_last",
        "standardize_data_format": lambda given: given or nn.config.image_data_format(),
        "epsilon": lambda: 1e-7,
        "get_keras_mask": mask_of,
        "set_keras_mask": give_mask,
        "SUPPORTS_SPARSE_TENSORS": False,
        "SUPPORTS_RAGGED_TENSORS": False,
        "SUPPORTS_COMPLEX_DTYPES": True,
        "IS_THREAD_SAFE": True,
        "result_type": nn.backend.result_type,
        "numpy": nn.ops,
        "nn": nn.ops,
        "image": nn.ops.image,
        "linalg": nn.ops.linalg,
        "device": lambda name: contextlib.nullcontext(),
        "random": nn.random,
    }
    for name in ("enable_flash_attention", "disable_flash_attention", "is_flash_attention_enabled"):
        found[name] = getattr(flash, name)
    config = getattr(nn, "config", None)
    for name in ("floatx", "set_floatx", "epsilon", "image_data_format", "set_image_data_format"):
        if hasattr(config, name):
            found[name] = getattr(config, name)
    found["KerasTensor"] = KerasTensor
    for name in ("Variable", "name_scope", "compute_output_spec"):
        if hasattr(nn, name):
            found[name] = getattr(nn, name)
    return found


NAMESPACES = ("layers", "losses", "metrics", "optimizers", "callbacks", "initializers",
              "regularizers", "constraints", "activations", "models", "saving", "utils", "tree",
              "dtype_policies", "random", "wrappers")  # fmt: skip


class TrackedList(list):
    """Keras's lists that tell what is put into them: a kind of list, to whoever walks trees."""

    def __init__(self, values: Any = (), tracker: Any = None) -> None:
        super().__init__(values or ())


DTYPES = {
    "BOOL_TYPES": ("bool",),
    "INT_TYPES": tuple([f"{sign}int{n}" for sign in ("u", "") for n in (8, 16, 32, 64)]),
    "FLOAT_TYPES": (bfloat16().name, "float16", "float32", "float64"),  # NumPy then knows it
    "COMPLEX_TYPES": ("complex64", "complex128"),
    "FLOAT8_TYPES": (),
}


class TrainerOfLayer(Looking, Trainer):
    """Keras's trainer, which makes a model of any layer: with what `Model` adds to ours."""

    for _name, _value in vars(nn.Model).items():
        _code = getattr(getattr(_value, "fget", _value), "__code__", None)
        if not hasattr(nn.Layer, _name) and "__class__" not in getattr(_code, "co_freevars", ()):
            locals()[_name] = _value

    @property
    def layers(self) -> list[Any]:
        return self._sublayers()  # type: ignore[attr-defined,no-any-return]

    @layers.setter
    def layers(self, value: list[Any]) -> None:
        self.__dict__["_layers"] = value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        context.added, before = [], context.added
        try:
            return super().__call__(*args, **kwargs)  # type: ignore[misc]
        finally:
            self.__dict__["_added"], context.added = context.added, before


FILES = {
    **{name: getattr(os.path, name) for name in ("basename", "dirname", "exists", "isdir", "join")},
    "listdir": os.listdir, "makedirs": partial(os.makedirs, exist_ok=True), "remove": os.remove,
    "rmtree": shutil.rmtree, "copy": shutil.copy, "File": open,
}  # fmt: skip
EVERYWHERE = {
    **DTYPES,
    "KerasTensor": KerasTensor,
    "in_symbolic_scope": lambda: False,
    "set_logging_verbosity": lambda level: None,
    "CompileLoss": CompileLoss,
    "CompileMetrics": CompileMetrics,
    "ALLOWED_DTYPES": sum(DTYPES.values(), ()),
    "is_tensor": is_tensor,
    "standardize_dtype": standardize_dtype,
    "is_float_dtype": is_float_dtype,
    "convert_to_numpy": nn.ops.convert_to_numpy,
    "is_traceback_filtering_enabled": lambda: False,
    "enable_traceback_filtering": lambda: None,
    "disable_traceback_filtering": lambda: None,
    "TrackedList": TrackedList,
    "AutocastScope": nn.backend.AutocastScope,
    "removesuffix": str.removesuffix,
    "convert_tf_tensor": lambda outputs, inputs=None, dtype=None: outputs,
    "to_snake_case": snake_case,
    "get_uid": nn.backend.get_uid,
    "reset_uids": clear_names,
    "clear_session": lambda free_memory=True: clear_names(),
}


def op_class(name: str, within: Sequence[Any]) -> Any:
    """Keras's class of an op, which it keeps to itself: the function, its options given first."""
    spelled = snake_case(name), name.lower()
    function = next((f for m in within for n in spelled if (f := getattr(m, n, None))), None)
    if not name[:1].isupper() or function is None:
        return NOTHING

    class Options:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.name = kwargs.pop("name", snake_case(name))
            self.options = args, kwargs
            self.__dict__.update(kwargs)

        def __call__(self, *operands: Any, **more: Any) -> Any:
            args, kwargs = self.options
            first = any(callable(x) and not hasattr(x, "shape") for x in args)
            first = first or name == "Einsum"  # which names what it takes before that
            given = (*args, *operands) if first else (*operands, *args)
            return function(*given, **kwargs, **more)

        call = symbolic_call = compute_output_spec = __call__

    Options.__name__ = name
    return Options


def lookup(path: str, name: str) -> Any:
    """What ``name`` of Keras's module ``path`` (below keras.src) is here; or NOTHING."""
    parts = [p for p in path.split(".") if p]
    if parts[:1] == ["backend"]:
        found = in_backend().get(name, NOTHING)
        if found is not NOTHING:
            return found
    if parts[:1] == ["config"] and name == "backend":
        return taken_for
    if name == "TensorFlowTrainer":
        return TrainerOfLayer
    if parts[-1:] == ["file_utils"] and name in FILES:
        return FILES[name]
    if (parts, name) == (["ops"], "random"):
        return nn.random
    if name in EVERYWHERE:
        return EVERYWHERE[name]
    if parts[:1] == ["ops"] or parts == ["backend", "numpy"]:
        own = getattr(nn.ops, parts[-1]) if parts[-1] in ("image", "linalg") else nn.ops
        top = getattr(nn, name, NOTHING) if name == "Function" else NOTHING
        found = getattr(own, name, getattr(nn.ops, name, top))
        return op_class(name, (own, nn.ops, nn.ops.image)) if found is NOTHING else found
    own = next((getattr(nn, p) for p in parts if p in NAMESPACES and hasattr(nn, p)), None)
    own = nn.utils.bounding_boxes if "bounding_boxes" in parts else own
    own = nn.optimizers.schedules if "schedules" in parts else own
    places = [own, nn, *(getattr(nn, n, None) for n in NAMESPACES), ag]
    for place in places:
        found = getattr(place, name, NOTHING)
        if found is not NOTHING and not (place is not own and isinstance(found, ModuleType)):
            return found
    return NOTHING
