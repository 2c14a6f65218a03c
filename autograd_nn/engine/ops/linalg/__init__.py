"""Linear algebra, as `ag.linalg`: NumPy's names, and the array API's.

In go matrices over the last two axes, with any axes before them; out come tensors, or named tuples
of some. ``systems`` solves equations, ``factors`` takes matrices apart, ``norms`` measures them,
``composed`` is made of those; the products are those of ``ops/products.py``. The kernels are
LAPACK's, through NumPy and SciPy; the derivatives are written here, of every order and in both
modes. Start with ``systems.py``.
"""

from __future__ import annotations

from autograd_nn.engine.ops.linalg.composed import *  # noqa: F403
from autograd_nn.engine.ops.linalg.composed import __all__ as _composed
from autograd_nn.engine.ops.linalg.factors import *  # noqa: F403
from autograd_nn.engine.ops.linalg.factors import __all__ as _factors
from autograd_nn.engine.ops.linalg.norms import *  # noqa: F403
from autograd_nn.engine.ops.linalg.norms import __all__ as _norms
from autograd_nn.engine.ops.linalg.norms import numpy_norm as norm
from autograd_nn.engine.ops.linalg.systems import *  # noqa: F403
from autograd_nn.engine.ops.linalg.systems import __all__ as _systems
from autograd_nn.engine.ops.products import matmul, tensordot, vecdot
from autograd_nn.engine.ops.shaping import matrix_transpose

__all__ = [
    *_composed, *_factors, *_norms, *_systems,
    "matmul", "matrix_transpose", "norm", "tensordot", "vecdot",
]  # fmt: skip
