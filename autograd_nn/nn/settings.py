"""What holds for all of `nn` unless an object is told otherwise; each counts for what is made next.

`nn.config` has these under Keras's names.
"""

from __future__ import annotations

from typing import Any

import numpy as np

FLOATS = ("float16", "float32", "float64")
FORMATS = ("channels_last", "channels_first")


class _Settings:
    floatx: str = "float32"
    epsilon: float = 1e-7
    image_data_format: str = "channels_last"
    interactive: bool = True


def floatx() -> str:
    """The dtype of floating numbers where none is named: 'float32' at first.

    >>> floatx()
    'float32'
    """
    return _Settings.floatx


def set_floatx(value: Any) -> None:
    """Sets `floatx`, and with it the dtype policy where none was set.

    Raises ValueError for any but 'float16', 'float32' and 'float64'.

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
    _Settings.floatx = str(value)


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


def interactive() -> bool:
    """Whether progress and messages are written for somebody who looks on, as at first.

    >>> interactive()
    True
    """
    return _Settings.interactive


def set_interactive(value: bool) -> None:
    """Sets `interactive`: where it is False, messages go to the logger 'autograd_nn'."""
    _Settings.interactive = bool(value)
