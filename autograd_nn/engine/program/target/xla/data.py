"""Batches on a device: a data set goes up once if it fits, and is gathered there, window by window.

A window holds some batches, as many whatever the data set, so that what runs over it is compiled
once. Where the data set does not fit, windows are gathered here, the next while one runs.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from autograd_nn.engine.alone import ALONE
from autograd_nn.engine.program.target.xla.device import Device, exact

BYTES = 2**25  # of a window
MOST = 1024  # batches in a window


def window_of(batches: int, nbytes: int) -> int:
    """How many batches a window holds, of so many in an order: a power of two, within bounds."""
    count = 1
    while count < batches and 2 * count <= MOST and 2 * count * nbytes <= BYTES:
        count *= 2
    return count


def fingerprint(arrays: Sequence[np.ndarray]) -> int:
    """What tells arrays of one process from those of another."""
    found = 0
    for a in arrays:
        found = zlib.crc32(np.ascontiguousarray(a).data.cast("B") if a.size else b"", found)
    return found


@partial(jax.jit, static_argnames=("count", "size"))
def _gathered(arrays: list[Any], order: Any, start: Any, count: int, size: int) -> list[Any]:
    rows = lax.dynamic_slice(order, (start,), (count * size,))
    found = [jnp.take(a, rows, 0, mode="clip") for a in arrays]
    return [a.reshape(count, size, *a.shape[1:]) for a in found]


class Batches:
    """Rows of arrays, in an order, as batches of one size.

    kept   what lives as long as the arrays are the same: what went up of them.
    """

    def __init__(
        self, device: Device, arrays: Sequence[np.ndarray], order: np.ndarray, size: int,
        kept: dict[Any, Any] | None,
    ) -> None:  # fmt: skip
        self.device, self.arrays, self.order, self.size = device, arrays, order, size
        self.kept = {} if kept is None else kept
        self.count = len(order) // size
        self.print = 0  # see `fingerprint`
        if device.ranks is not ALONE:
            self.kept.setdefault("print", fingerprint(arrays))
            self.print = fingerprint([order]) ^ self.kept["print"]
        self._windows: dict[tuple[int, int], Any] = {}
        self._order: dict[int, Any] = {}

    def rows(self, batch: int) -> list[np.ndarray]:
        """One batch, here."""
        rows = self.order[batch * self.size : (batch + 1) * self.size]
        return [a[rows] for a in self.arrays]

    def window(self, k: int, count: int) -> Any:
        """The k-th window of ``count`` batches, on the device."""
        found = self._windows.get((k, count))
        if found is None:
            found = self._made(k, count)
            self._windows = {key: w for key, w in self._windows.items() if key == (k - 1, count)}
            self._windows[k, count] = found
        return found

    def prepare(self, k: int, count: int) -> None:
        """Has the k-th window made while the one before it runs."""
        if k * count < self.count:
            self.window(k, count)

    def lean(self) -> bool:
        """Leaves the data set here, its windows too, and the device some room; False: it was so."""
        self._windows, self._order = {}, {}
        held = self.kept.get((self.device, "data"))
        self.kept[self.device, "data"] = None
        return held is not None

    def _made(self, k: int, count: int) -> Any:
        device, many = self.device, count * self.size
        if (self.device, "data") not in self.kept:
            fits = sum([a.nbytes for a in self.arrays]) <= device.room()
            fits = device.ranks.tell("fits", fits)
            self.kept[self.device, "data"] = device.up(self.arrays) if fits else None
        data = self.kept[self.device, "data"]
        if data is None:
            rows = self._padded(many)[k * many : (k + 1) * many]
            parts = [a[rows].reshape(count, self.size, *a.shape[1:]) for a in self.arrays]
            return device.up(parts)
        if count not in self._order:
            self._order = {count: device.up([self._padded(many)])[0]}
        with exact():
            return _gathered(data, self._order[count], np.int64(k * many), count, self.size)

    def _padded(self, many: int) -> np.ndarray:
        """The order, in whole windows; what fills the last one is not run."""
        used = self.order[: self.count * self.size]
        return np.concatenate([used, np.zeros(-len(used) % many, used.dtype)])
