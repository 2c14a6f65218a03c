"""A device of JAX, by its name; what goes up to it, and how much, and within which bounds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

OLDEST = (0, 8)
SHARE = 0.5  # of a device's memory that a data set may take


@dataclass
class Traffic:
    """What went between here and devices since this process began: for tests, and for the curious.

    up, down   arrays; launches: runs of a compiled function; compiles: those made.
    """

    up: int = 0
    down: int = 0
    launches: int = 0
    compiles: int = 0


traffic = Traffic()


def exact() -> AbstractContextManager[Any]:
    """Within it JAX has 64-bit numbers, in this thread alone: a user's own JAX keeps its way."""
    return jax.enable_x64(True)


class Device:
    """Where programs run.

    name   'gpu', 'tpu' or 'xla' (the first that JAX finds, this processor where there is no other).
    which  of several.
    Raises ImportError for a JAX that is too old, ValueError where there is no such device.
    """

    def __init__(self, name: str, which: int = 0) -> None:
        found = tuple([int(n) for n in jax.__version__.split(".")[:2]])
        if found < OLDEST:
            raise ImportError(
                f"device={name!r} found JAX {jax.__version__}; expected {OLDEST[0]}.{OLDEST[1]} or "
                "later. Install it: pip install -U 'autograd-nn[device]'."
            )
        try:
            devices = jax.local_devices(backend=None if name == "xla" else name)
        except RuntimeError:
            devices = []
        if which >= len(devices):
            there = ", ".join(f"{d.platform}:{d.id}" for d in jax.local_devices())
            raise ValueError(
                f"received device='{name}:{which}', and JAX finds {there}; expected one of these. "
                f"Install JAX for it (see docs/devices.md), or pass device='xla' or 'cpu'."
            )
        self.name, self.device = f"{name}:{which}", devices[which]
        self.whole = self.rows = jax.sharding.SingleDeviceSharding(self.device)

    def __repr__(self) -> str:
        return f"Device({self.device.platform}:{self.device.id})"

    def up(self, arrays: Sequence[np.ndarray], sharding: Any = None) -> list[Any]:
        """Copies of arrays on the device: who writes to the arrays later does not write there."""
        traffic.up += len(arrays)
        with exact():
            return jax.device_put(list(arrays), sharding or self.whole, may_alias=False)

    def room(self) -> float:
        """Bytes that a data set may take; without bound where the device does not say."""
        told = self.device.memory_stats() or {}
        limit = told.get("bytes_limit")
        return float("inf") if limit is None else SHARE * (limit - told.get("bytes_in_use", 0))

    def holds(self, nbytes: int) -> bool:
        """Whether so many bytes can be there at all."""
        limit = (self.device.memory_stats() or {}).get("bytes_limit")
        return limit is None or nbytes <= limit


def down(value: Any) -> np.ndarray:
    """A copy of what is on a device, of one's own."""
    traffic.down += 1
    return np.array(value)
