"""What holds for all of `nn` unless an object is told otherwise; each counts for what is made next.

`nn.config` has these under Keras's names.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.halves import as_dtype
from autograd_nn.nn.checks import whole

FLOATS = ("float16", "bfloat16", "float32", "float64")
FORMATS = ("channels_last", "channels_first")


class _Settings:
    floatx: str = "float32"
    epsilon: float = 1e-7
    image_data_format: str = "channels_last"
    max_epochs: int | None = None
    max_steps_per_epoch: int | None = None


def floatx() -> str:
    """The dtype of floating numbers where none is named: 'float32' at first.

    >>> floatx()
    'float32'
    """
    return _Settings.floatx


def set_floatx(value: Any) -> None:
    """Sets `floatx`, and with it the dtype policy where none was set.

    Raises ValueError for any but 'float16', 'bfloat16', 'float32' and 'float64', ImportError for
    'bfloat16' without ml_dtypes.

    >>> set_floatx("float64")
    >>> floatx()
    'float64'
    >>> set_floatx("float32")
    """
    if value not in FLOATS:
        raise ValueError(
            f"set_floatx received {value!r}; expected one of {', '.join(FLOATS)} (an unknown dtype "
            "is none to compute in). Pass its name."
        )
    _Settings.floatx = as_dtype(value).name


def epsilon() -> float:
    """The small number that keeps quotients and logarithms of losses and metrics finite.

    >>> epsilon()
    1e-07
    """
    return _Settings.epsilon


def set_epsilon(value: float) -> None:
    """Sets `epsilon`; raises ValueError for what is no number above 0.

    >>> set_epsilon(1e-6)
    >>> epsilon()
    1e-06
    >>> set_epsilon(1e-7)
    """
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0 < value < float("inf"):
        raise ValueError(f"set_epsilon received {value!r}; expected a number above 0, as in 1e-7.")
    _Settings.epsilon = float(value)


def image_data_format() -> str:
    """Where images have their channels, for layers that are not told: 'channels_last' at first.

    >>> image_data_format()
    'channels_last'
    """
    return _Settings.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets `image_data_format`; raises ValueError for another text.

    >>> set_image_data_format("channels_first")
    >>> image_data_format()
    'channels_first'
    >>> set_image_data_format("channels_last")
    """
    if data_format not in FORMATS:
        raise ValueError(
            f"set_image_data_format received {data_format!r}; expected 'channels_last' or "
            "'channels_first'."
        )
    _Settings.image_data_format = str(data_format)


def max_epochs() -> int | None:
    """How many epochs `fit` runs at most, whatever it is told; None: as many as it is told.

    >>> max_epochs()
    """
    return _Settings.max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Sets `max_epochs`, to try a long script through; raises ValueError for a number below 1.

    >>> set_max_epochs(1)
    >>> max_epochs()
    1
    >>> set_max_epochs(None)
    """
    _Settings.max_epochs = None if max_epochs is None else whole(max_epochs, "max_epochs", 1)


def max_steps_per_epoch() -> int | None:
    """How many batches `fit`, `evaluate` and `predict` take at most of what they are given.

    >>> max_steps_per_epoch()
    """
    return _Settings.max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Sets `max_steps_per_epoch`; None: no bound. Raises ValueError for a number below 1.

    >>> set_max_steps_per_epoch(3)
    >>> max_steps_per_epoch()
    3
    >>> set_max_steps_per_epoch(None)
    """
    most = max_steps_per_epoch
    _Settings.max_steps_per_epoch = None if most is None else whole(most, "max_steps_per_epoch", 1)


def at_most(n: Any, most: int | None) -> Any:
    """The lesser of two bounds, of which either may be None.

    >>> at_most(None, 3), at_most(2, 3), at_most(2, None)
    (3, 2, 2)
    """
    return n if most is None else most if n is None else min(n, most)
