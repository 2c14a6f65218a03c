"""Batches on a device: a data set goes up once if it fits, and is taken from there, row by row.

Where it does not fit, some batches are gathered here and go up as a window, the next while one
runs. What runs over either is compiled for so many rows and batches at most: for few sizes, so that
other data sets, and windows of any, find it compiled.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_nn.engine.alone import ALONE
from autograd_nn.engine.program.target.xla.device import Device

BYTES = 2**25  # of a window


class Span(NamedTuple):
    """What a program over batches is compiled for: batches in an order, rows of the arrays."""

    batches: int
    rows: int


def whole(batches: int, rows: int) -> Span:
    """What holds a data set."""
    return Span(rounded(batches), rounded(rows))


def window(batches: int, size: int, most: int) -> Span:
    """What holds a part of one: a power of two of its batches of so many rows, within a bound."""
    count = 1
    while count < batches and 2 * count <= most:
        count *= 2
    return Span(count, count * size)


def rounded(n: int) -> int:
    """n or an eighth more at most: eight sizes between one power of two and the next."""
    grain = 1 << max(0, n.bit_length() - 4)
    return -(-n // grain) * grain


def fingerprint(arrays: Sequence[np.ndarray]) -> int:
    """What tells arrays of one process from those of another."""
    found = 0
    for a in arrays:
        found = zlib.crc32(np.ascontiguousarray(a).data.cast("B") if a.size else b"", found)
    return found


class Batches:
    """Rows of arrays, in an order, as batches of one size.

    kept   what lives as long as the arrays are the same: what went up of them. None: they come but
           once.
    """

    def __init__(
        self, device: Device, arrays: Sequence[np.ndarray], order: np.ndarray, size: int,
        kept: dict[Any, Any] | None,
    ) -> None:  # fmt: skip
        self.device, self.arrays, self.size = device, arrays, size
        self.kept = {(device, "fits"): False} if kept is None else kept  # it is soon another one's
        self.count = len(order) // size
        self.order = order[: self.count * size]
        self.print = 0  # see `fingerprint`
        if device.ranks is not ALONE:
            self.kept.setdefault("print", fingerprint(arrays))
            self.print = fingerprint([order]) ^ self.kept["print"]
        self.whole = whole(self.count, max([len(a) for a in arrays], default=0))
        self._windows: dict[tuple[int, Span], Any] = {}

    def wanted(self, most: int) -> Span:
        """What these batches are best run by; most: how many there may be in a window."""
        return self.whole if self.fit() else window(self.count, self.size, most)

    def fit(self) -> bool:
        """Whether the data set is to be on the device; decided once."""
        key = self.device, "fits"
        if key not in self.kept:
            nbytes = sum([a[:1].nbytes for a in self.arrays]) * self.whole.rows
            self.kept[key] = self.device.has_room(nbytes)
        return bool(self.kept[key])

    def lean(self) -> bool:
        """Leaves the data set here, its windows too, and the device some room; False: it was so."""
        before = self.fit()
        self._windows = {}
        self.kept[self.device, "fits"] = False
        self.kept.pop((self.device, "data"), None)
        return before

    def rows(self, batch: int) -> list[np.ndarray]:
        """One batch, here."""
        rows = self.order[batch * self.size : (batch + 1) * self.size]
        return [a[rows] for a in self.arrays]

    def held(self, span: Span) -> int:
        """How many of the batches are up together."""
        return self.count if self._up(span) else min(span.batches, span.rows // self.size)

    def window(self, k: int, span: Span) -> Any:
        """The k-th of the windows, on the device: (arrays, order)."""
        found = self._windows.get((k, span))
        if found is None:
            found = self._all(span) if self._up(span) else self._some(k, span)
            self._windows = {key: w for key, w in self._windows.items() if key == (k - 1, span)}
            self._windows[k, span] = found
        return found

    def prepare(self, k: int, span: Span) -> None:
        """Has the k-th window made while the one before it runs."""
        if k * self.held(span) < self.count:
            self.window(k, span)

    def _up(self, span: Span) -> bool:
        """Whether the data set itself is what a program of this span runs over."""
        return span == self.whole and self.fit()

    def _all(self, span: Span) -> Any:
        data = self.kept.get((self.device, "data"))
        if data is None:
            data = self.device.up([_padded(a, span.rows) for a in self.arrays])
            self.kept[self.device, "data"] = data
        return data, self.device.up([_padded(self._numbers(), span.batches * self.size)])[0]

    def _some(self, k: int, span: Span) -> Any:
        many = self.held(span) * self.size
        rows = self.order[k * many : (k + 1) * many]
        parts = [_padded(a[rows], span.rows) for a in self.arrays]
        numbers = _padded(np.arange(len(rows)), span.batches * self.size)
        *arrays, order = self.device.up([*parts, numbers])
        return arrays, order

    def _numbers(self) -> np.ndarray:
        return self.order.astype(np.int64, copy=False)


def _padded(array: np.ndarray, length: int) -> np.ndarray:
    """An array with rows behind it that nobody takes."""
    if len(array) == length:
        return array
    found = np.zeros((length, *array.shape[1:]), array.dtype)
    found[: len(array)] = array
    return found
