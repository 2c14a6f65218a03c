"""What came along with ``from keras.layers import *``: what the modules of Keras had imported.

They said no ``__all__``, so that a star gave ``K``, ``np`` and ``initializers`` besides the layers,
and scripts use those without importing them.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from typing import Any

# Where each of these names is: a module, or after a colon what is in it.
_WHERE = {
    "K": "keras.backend", "np": "numpy", "six": "autograd_nn.compat.lent.six", "tf": "tensorflow",
    "control_flow_ops": "tensorflow.python.ops.control_flow_ops",
    "deque": "collections:deque", "OrderedDict": "collections:OrderedDict",
    "defaultdict": "collections:defaultdict", "partial": "functools:partial",
    "get_file": "keras.utils:get_file", "get_source_inputs": "keras.utils:get_source_inputs",
    **{name: f"keras.{name}" for name in (
        "activations", "initializers", "regularizers", "constraints", "optimizers", "losses",
        "metrics", "callbacks",
    )},
    "interfaces": "keras.legacy.interfaces",
    **{name: f"keras.utils.{name}" for name in (
        "conv_utils", "np_utils", "generic_utils", "data_utils", "io_utils", "layer_utils",
    )},
}  # fmt: skip

_PICTURES = "K warnings os np layer_utils get_file get_source_inputs"
_BY_MODULE = {
    "layers": "K np copy activations initializers regularizers constraints interfaces conv_utils "
    "warnings",
    "legacy.layers": "K np warnings",
    "models": "K np json os warnings copy optimizers six",
    "callbacks": "K np os csv json six time warnings deque OrderedDict",
    "optimizers": "K six copy tf",
    "losses": "K six", "objectives": "K six", "metrics": "K six", "initializers": "K np six",
    "initializations": "K np", "regularizers": "K six", "constraints": "K six",
    "activations": "K six warnings",
    "backend": "np os tf control_flow_ops",
    "engine": "K np json warnings copy os re six optimizers losses metrics",
    "preprocessing.image": "K np os re threading warnings partial",
    "preprocessing.text": "np string sys warnings OrderedDict defaultdict",
    "preprocessing.sequence": "np random six",
    "utils": "np_utils generic_utils data_utils io_utils conv_utils layer_utils",
    "utils.np_utils": "np", "utils.generic_utils": "np os sys time six",
    "utils.data_utils": "np os six", "utils.vis_utils": "os", "utils.layer_utils": "K np",
    "applications": _PICTURES, "wrappers": "np copy types",
}  # fmt: skip


def along(module: str) -> list[str]:
    """The names that came along with those of a module; none with those of TensorFlow's.

    >>> along("keras.layers.core")[:2], along("tensorflow.keras.layers")
    (['K', 'np'], [])
    """
    root, _, path = module.partition(".")
    if root != "keras":
        return []
    names = next((_BY_MODULE[p] for p in _above(path) if p in _BY_MODULE), "")
    return [
        n for n in names.split()
        if n not in ("tf", "control_flow_ops") or _is_there("tensorflow")
    ]


def brought(name: str) -> Any:
    """What such a name meant."""
    path, _, inside = _WHERE.get(name, name).partition(":")
    module = importlib.import_module(path)
    return getattr(module, inside) if inside else module


def _above(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(".")[0]


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
