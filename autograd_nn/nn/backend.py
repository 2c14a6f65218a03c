"""What Keras keeps in its ``backend`` and is plain here: settings, and questions about dtypes."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.nn.context import name_scope
from autograd_nn.nn.lookup import get_uid
from autograd_nn.nn.settings import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from autograd_nn.nn.symbols import Symbol as KerasTensor
from autograd_nn.nn.typed import AutocastScope
from autograd_nn.nn.utils import clear_session, is_keras_tensor, standardize_dtype


def result_type(*dtypes: Any) -> str:
    """The dtype that several have in common, as functions of ``nn.ops`` find it.

    >>> result_type("int32", "float16")
    'float16'
    """
    from autograd_nn.nn.ops.promotion import result_type as found

    return found(*dtypes)


def backend() -> str:
    """What computes: 'autograd_nn'.

    >>> backend()
    'autograd_nn'
    """
    return "autograd_nn"


def is_float_dtype(dtype: Any) -> bool:
    """Whether a dtype is of floating numbers; None is `floatx`.

    >>> is_float_dtype("float16"), is_float_dtype("int32")
    (True, False)
    """
    return kind_of(as_dtype(standardize_dtype(dtype))) == "f"


def is_int_dtype(dtype: Any) -> bool:
    """Whether a dtype is of whole numbers, with a sign or without.

    >>> is_int_dtype("uint8"), is_int_dtype("bool")
    (True, False)
    """
    return as_dtype(standardize_dtype(dtype)).kind in "iu"


__all__ = [
    "AutocastScope", "KerasTensor", "backend", "clear_session", "epsilon", "floatx", "get_uid",
    "image_data_format", "is_float_dtype", "is_int_dtype", "is_keras_tensor", "name_scope",
    "result_type", "set_epsilon", "set_floatx", "set_image_data_format", "standardize_dtype",
]  # fmt: skip
