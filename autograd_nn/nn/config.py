"""Settings for all of `nn`, under Keras's names: dtypes, the channels' place, what is shown."""

from autograd_nn.nn.dtype_policies import dtype_policy, set_dtype_policy
from autograd_nn.nn.settings import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)

__all__ = [
    "dtype_policy", "epsilon", "floatx", "image_data_format", "set_dtype_policy", "set_epsilon",
    "set_floatx", "set_image_data_format",
]  # fmt: skip
