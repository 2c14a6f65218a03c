"""A device of JAX, or several as one; what goes up to it, how much, and within which bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax._src import config  # what `jax.config` sets, for one thread

from autograd_nn.engine.mode import recording
from autograd_nn.engine.program.target.cpu.cache import Cache, default_path

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


@contextmanager
def kept() -> Iterator[None]:
    """Within it what is compiled is kept on disk for the next process, as kernels here are.

    In a directory that is ours alone, unless JAX was told of one; a JAX that has no such setting
    for one thread keeps nothing.
    """
    path = default_path()
    with ExitStack() as stack:
        if path is not None and jax.config.jax_compilation_cache_dir is None:
            own = Cache(path.with_name(f"{path.name}-xla"))
            settings = {
                "compilation_cache_dir": str(own.path), "persistent_cache_min_entry_size_bytes": 0,
                "persistent_cache_min_compile_time_secs": 0.0,
            }  # fmt: skip
            found = [getattr(config, name, None) for name in settings]
            if own.secret() is not None and not any([s is None for s in found]):
                for setting, value in zip(found, settings.values(), strict=True):
                    stack.enter_context(setting(value))  # type: ignore[misc]
        yield


class Device:
    """Where programs run: on one device, or on several that share the rows of each batch.

    name   'gpu', 'tpu' or 'xla' (the first that JAX finds, this processor where there is no other).
    which  of several; None: all of them.
    One program runs over the whole batch, whose rows are spread: losses, draws and the statistics
    of a batch are those of one device, and what all need to know is added up between them.
    Raises ImportError for a JAX that is too old, ValueError where there is no such device.
    """

    def __init__(self, name: str, which: tuple[int, ...] | None = (0,)) -> None:
        found = tuple([int(n) for n in jax.__version__.split(".")[:2]])
        if found < OLDEST:
            raise ImportError(
                f"device={name!r} found JAX {jax.__version__}; expected {OLDEST[0]}.{OLDEST[1]} or "
                "later. Install it: pip install -U 'autograd-nn[device]'."
            )
        devices = there(name)
        which = tuple(range(len(devices))) if which is None else which
        if not devices or max(which) >= len(devices):
            found_ones = ", ".join(f"{d.platform}:{d.id}" for d in jax.local_devices())
            raise ValueError(
                f"received device='{name}:{max(which, default=0)}', and JAX finds {found_ones}; "
                "expected one of these. Install JAX for it (see docs/devices.md), or pass "
                "device='xla' or 'cpu'."
            )
        self.name = ",".join([f"{name}:{k}" for k in which])
        self.devices = [devices[k] for k in which]
        self.several = len(which) > 1
        self.whole: Any = jax.sharding.SingleDeviceSharding(self.devices[0])
        if self.several:
            mesh = jax.sharding.Mesh(np.array(self.devices), ("batch",))
            self.whole = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
            self._rows = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("batch"))

    def __repr__(self) -> str:
        return f"Device({self.name})"

    def spread(self, x: Any) -> Any:
        """Within a program: a batch whose rows are spread over the devices, however many."""
        return jax.lax.with_sharding_constraint(x, self._rows) if self.several and x.ndim else x

    def everywhere(self, x: Any) -> Any:
        """Within a program: what each of the devices has."""
        return jax.lax.with_sharding_constraint(x, self.whole) if self.several else x

    def up(self, arrays: Sequence[np.ndarray]) -> list[Any]:
        """Copies of arrays on the device: who writes to the arrays later does not write there."""
        traffic.up += len(arrays)
        with exact():
            return jax.device_put(list(arrays), self.whole, may_alias=False)

    def room(self) -> float:
        """Bytes that a data set may take; without bound where the device does not say."""
        told = [d.memory_stats() or {} for d in self.devices]
        return min([SHARE * (t["bytes_limit"] - t.get("bytes_in_use", 0))
                    if "bytes_limit" in t else float("inf") for t in told])  # fmt: skip

    def holds(self, nbytes: int) -> bool:
        """Whether so many bytes can be there at all."""
        told = [d.memory_stats() or {} for d in self.devices]
        return all([nbytes <= t.get("bytes_limit", nbytes) for t in told])


def there(name: str = "xla") -> list[Any]:
    """The devices of a kind that JAX finds."""
    try:
        return jax.local_devices(backend=None if name == "xla" else name)
    except RuntimeError:
        return []


def down(value: Any) -> np.ndarray:
    """A copy of what is on a device, of one's own.

    A recording follows what runs in its thread: what JAX looks up for a copy is none of that.
    """
    traffic.down += 1
    return _apart.submit(np.array, value).result() if recording else np.array(value)


_apart = ThreadPoolExecutor(1, thread_name_prefix="autograd_nn-look")
