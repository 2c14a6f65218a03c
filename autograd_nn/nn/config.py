"""Settings for all of `nn`, under Keras's names: dtypes, the channels' place, what is shown."""

from autograd_nn.nn.backend import backend
from autograd_nn.nn.dtype_policies import dtype_policy, set_dtype_policy
from autograd_nn.nn.layers.attention.flash import (
    disable_flash_attention,
    enable_flash_attention,
    is_flash_attention_enabled,
)
from autograd_nn.nn.settings import (
    epsilon,
    floatx,
    image_data_format,
    max_epochs,
    max_steps_per_epoch,
    set_epsilon,
    set_floatx,
    set_image_data_format,
    set_max_epochs,
    set_max_steps_per_epoch,
)
from autograd_nn.nn.shown import (
    disable_interactive_logging,
    disable_traceback_filtering,
    enable_interactive_logging,
    enable_traceback_filtering,
    is_interactive_logging_enabled,
    is_traceback_filtering_enabled,
)

__all__ = [
    "backend", "disable_flash_attention", "disable_interactive_logging",
    "disable_traceback_filtering", "dtype_policy", "enable_flash_attention",
    "enable_interactive_logging", "enable_traceback_filtering", "epsilon", "floatx",
    "image_data_format", "is_flash_attention_enabled", "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled", "max_epochs", "max_steps_per_epoch", "set_dtype_policy",
    "set_epsilon", "set_floatx", "set_image_data_format", "set_max_epochs",
    "set_max_steps_per_epoch",
]  # fmt: skip
