"""Keras's older names for dtype policies, with the optimizer that scales losses."""

from autograd_nn.nn.dtype_policies import DTypePolicy, dtype_policy, set_dtype_policy
from autograd_nn.nn.optimizers import LossScaleOptimizer

Policy, global_policy, set_global_policy = DTypePolicy, dtype_policy, set_dtype_policy

__all__ = [
    "DTypePolicy", "LossScaleOptimizer", "Policy", "dtype_policy", "global_policy",
    "set_dtype_policy", "set_global_policy",
]  # fmt: skip
