"""What layers with axes between the batch and the channels share: which these are, and sizes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd_nn.nn.layer import Layer
from autograd_nn.nn.settings import FORMATS, image_data_format


def data_format_of(value: Any, where: str) -> str:
    """Where the channels stand, as `image_data_format` says for None; raises ValueError."""
    found = image_data_format() if value is None else value
    if found not in FORMATS:
        raise ValueError(
            f"{where} received data_format={value!r}; expected 'channels_last', 'channels_first' "
            "or None for what nn.config.image_data_format() says."
        )
    return found


def sizes(value: Any, n: int, name: str, where: str, least: int = 1) -> tuple[int, ...]:
    """``n`` whole numbers, from one for all or one for each; raises ValueError.

    >>> sizes(2, 3, "size", "UpSampling3D")
    (2, 2, 2)
    """
    found = (value,) * n if isinstance(value, int | np.integer) else value
    if (
        not isinstance(found, tuple | list)
        or len(found) != n
        or not all(
            isinstance(v, int | np.integer) and not isinstance(v, bool) and v >= least
            for v in found
        )
    ):
        raise ValueError(
            f"{where} received {name}={value!r}; expected a whole number from {least}, or {n} of "
            "them."
        )
    return tuple(int(v) for v in found)


class Spatial(Layer):
    """The base of what treats the ``rank`` axes between the batch and the channels.

    data_format   'channels_last' for (n, …, c), 'channels_first' for (n, c, …).
    Raises ShapeError for another number of dimensions, ValueError for another format.
    """

    rank: int
    look: ClassVar[Any] = None  # is shown each layer that is told no format, before it is settled
    _samplewise = _stateless = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "rank" in cls.__dict__:
            cls._ndim = cls.rank + 2

    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        if data_format is None and Spatial.look is not None:
            Spatial.look(self)
        self.data_format = data_format_of(data_format, type(self).__name__)

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes between: the first after the batch, or after the channels."""
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))
