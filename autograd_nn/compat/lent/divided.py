"""Numbers of then that are none of today: n / 2, a whole number in Python 2, and zooms beyond 1."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd_nn.nn.renamed import warn_user


def whole(value: Any, name: str, where: str) -> Any:
    """A float without a fraction as an integer, with a warning; anything else as it is."""
    if not isinstance(value, float) or not value.is_integer():
        return value
    warn_user(f"{where}: {name}={value} was taken for {int(value)}; write // for whole numbers.")
    return int(value)


def _divided(name: str) -> Callable[[Any], Any]:
    """A constructor that may be told one number so."""

    def make(today: Any) -> Any:
        @wraps(today)
        def __init__(self: Any, *args: Any, **options: Any) -> None:
            where = type(self).__name__
            told = {n: whole(v, n, where) if n == name else v for n, v in options.items()}
            today(self, *args, **told)

        return __init__

    return make


def _filtered(today: Any) -> Any:
    """A constructor whose first argument, how many filters there are, may be told so."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        where = type(self).__name__
        first = (whole(n, "filters", where) for n in args[:1])
        if "filters" in options:
            options["filters"] = whole(options["filters"], "filters", where)
        today(self, *first, *args[1:], **options)

    return __init__


def _zooming(today: Any) -> Any:
    """`ImageDataGenerator`, told a ``zoom_range`` beyond 1: factors below 0 mirror pictures."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        zoom = options.get("zoom_range", 0.0)
        beyond = isinstance(zoom, int | float) and zoom > 1
        today(self, *args, **{**options, "zoom_range": 0.0} if beyond else options)
        if beyond:
            self.zoom_range = [1 - zoom, 1 + zoom]
            warn_user(
                f"ImageDataGenerator: zoom_range={zoom} draws factors from {1 - zoom:g} on, and "
                "those below 0 mirror pictures; write zoom_range=(least, most)."
            )

    return __init__


_CALLBACKS = "autograd_nn.nn.callbacks"
BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    **{f"{_CALLBACKS}:{n}": {"__init__": _divided("patience")} for n in ("EarlyStopping",
       "ReduceLROnPlateau")},
    "autograd_nn.nn.layers.convolution:_Conv": {"__init__": _filtered},
    "autograd_nn.nn.preprocessing.image:ImageDataGenerator": {"__init__": _zooming},
}  # fmt: skip
