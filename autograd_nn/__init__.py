"""autograd_nn: reverse-mode automatic differentiation, and neural nets made of its ops.

`Tensor` and the ops on it, transforms (`grad`, `vjp`, `jvp`, `jacobian`, `hessian`, `vmap`),
recorded programs (`jit`), a gradient checker (`check_gradients`), and in `autograd_nn.nn` layers,
losses, optimizers and training with the names of Keras.

Start with `Tensor` and `grad`, or with ``python -m autograd_nn``; engine/README.md is the map.
"""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import numpy_protocol as _numpy_protocol  # NumPy's functions take tensors
from autograd_nn.engine import ops
from autograd_nn.engine.custom import custom_op
from autograd_nn.engine.errors import (
    DTypeError,
    GradientError,
    MutationError,
    RangeError,
    RecordError,
    RecordWarning,
    ShapeError,
)
from autograd_nn.engine.mode import enable_grad, no_grad, set_deterministic
from autograd_nn.engine.ops import *  # noqa: F403
from autograd_nn.engine.tensor import Tensor, as_tensor, tensor
from autograd_nn.engine.transforms import (
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd_nn.version import __version__

# Imported when first asked for, so that `import autograd_nn` costs little more than NumPy.
_LATER = {
    "nn": ("autograd_nn.nn", None),
    "random": ("autograd_nn.engine.random", None),
    "checkpoint": ("autograd_nn.engine.transforms.checkpoint", "checkpoint"),
    "cond": ("autograd_nn.engine.transforms.branches", "cond"),
    "fori_loop": ("autograd_nn.engine.transforms.whiles", "fori_loop"),
    "switch": ("autograd_nn.engine.transforms.branches", "switch"),
    "while_loop": ("autograd_nn.engine.transforms.whiles", "while_loop"),
    "check_gradients": ("autograd_nn.engine.check", "check_gradients"),
    "jit": ("autograd_nn.engine.program.jit", "jit"),
    "scan": ("autograd_nn.engine.transforms.scan", "scan"),
    "vmap": ("autograd_nn.engine.transforms.vmap", "vmap"),
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'autograd_nn' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _LATER[name]
    value = import_module(module)
    if attribute is not None:
        value = getattr(value, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


__all__ = [name for name in globals() if not name.startswith("_")] + list(_LATER)
__all__ = [n for n in __all__ if n not in ("annotations", "Any", "engine", "version")]
