"""Functions of functions: in goes a function of trees of tensors, out comes another.

``derivatives.py`` walks the tape (`grad`, `vjp`, `jvp`, `jacobian`, ...), ``vmap.py`` replays a
record with the batch rule of each op, ``scan.py``, ``branches.py``, ``whiles.py`` and
``checkpoint.py`` make an op of one (``bodies.py`` has what they share). Start with ``grad``.
"""

from autograd_nn.engine.transforms.derivatives import (
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]
