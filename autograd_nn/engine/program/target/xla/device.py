"""A device of JAX, or several as one; what goes up to it, how much, and within which bounds."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax._src import config  # what `jax.config` sets, for one thread

from autograd_nn.engine.alone import ALONE, Alone
from autograd_nn.engine.mode import mode, recording
from autograd_nn.engine.program.target.cpu.cache import Cache, default_path
from autograd_nn.engine.program.target.xla.job.ranks import Ranks, ranks

OLDEST = (0, 8)
VECTOR = 64  # bytes
SHARE = 0.5  # of a device's memory that a data set may take
_process = os.getpid()  # the one that JAX runs in


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


def unforked() -> None:
    """Raises RuntimeError in a forked child: JAX's threads are not in it, and it would wait on."""
    if os.getpid() != _process:
        raise RuntimeError(
            f"process {os.getpid()} was forked from {_process}, which uses a device; expected no "
            "use of devices in a forked process: JAX has none there. Start it anew (as in "
            "multiprocessing.get_context('spawn')), or give it arrays and device='cpu'."
        )


def exact() -> AbstractContextManager[Any]:
    """Within it JAX has 64-bit numbers, in this thread alone: a user's own JAX keeps its way."""
    unforked()
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
    which  of several; None: all of them. Where a job has several processes, one is of this one's
           own, and several are of the whole job's, in the order of processes: some of each.
    One program runs over the whole batch, whose rows are spread: losses, draws and the statistics
    of a batch are those of one device, and what all need to know is added up between them.
    Raises ImportError for a JAX that is too old, ValueError where there is no such device.
    """

    ranks: Alone = ALONE  # the processes that share it

    def __init__(self, name: str, which: tuple[int, ...] | None = (0,)) -> None:
        found = tuple([int(n) for n in jax.__version__.split(".")[:2]])
        if found < OLDEST:
            raise ImportError(
                f"device={name!r} found JAX {jax.__version__}; expected {OLDEST[0]}.{OLDEST[1]} or "
                "later. Install it: pip install -U 'autograd-nn[device]'."
            )
        devices = there(name, which is None or len(which) > 1)
        which = tuple(range(len(devices))) if which is None else which
        if not devices or max(which) >= len(devices):
            found_ones = ", ".join(f"{d.platform}:{k}" for k, d in enumerate(there(whole=True)))
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
        owners = {d.process_index for d in self.devices}
        if owners != {jax.process_index()}:
            job = ranks()
            if (
                not isinstance(job, Ranks)
                or len(owners) != job.count
                or self.devices[0].process_index
            ):
                raise ValueError(
                    f"received devices {self.name!r}, which are of processes {sorted(owners)}; "
                    f"expected some of all {jax.process_count()}, the first one's first. Pass "
                    "devices='all', after nn.distribution.initialize()."
                )
            self.ranks = job

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
            if self.ranks is not ALONE:
                return [self._copied(a, self.whole) for a in arrays]
            if self.devices[0].platform == "cpu":
                arrays = [_own(a) for a in arrays]
            return jax.device_put(list(arrays), self.whole)

    def _copied(self, array: np.ndarray, sharding: Any) -> Any:
        return jax.make_array_from_callback(
            array.shape, sharding, lambda part: np.array(array[part])
        )

    def firsts(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The first process's contents of arrays, in all: as many bytes everywhere."""
        sizes = [a.nbytes for a in arrays]
        flat = np.zeros((1, 1 << max(10, (sum(sizes) - 1).bit_length())), np.uint8)
        if not self.ranks.rank:
            flat[0, : sum(sizes)] = np.frombuffer(b"".join([a.tobytes() for a in arrays]), np.uint8)
        none = np.zeros_like(flat)
        first, place = self.devices[0], (len(self.devices), flat.shape[1])
        own = [jax.device_put(flat if d is first else none, d) for d in self._own]
        spread = jax.make_array_from_single_device_arrays(place, self._rows, own)
        found = _summed(spread, self.whole)
        self.wait(found)
        buffer, parts = np.array(found), np.cumsum([0, *sizes])
        return [
            buffer[i : i + n].view(a.dtype).reshape(a.shape) if n else a
            for a, i, n in zip(arrays, parts[:-1], sizes, strict=True)
        ]

    @contextmanager
    def memory(self) -> Iterator[None]:
        """Raises MemoryError where the device has no room for what is done within."""
        try:
            yield
        except jax.errors.JaxRuntimeError as error:
            if "RESOURCE_EXHAUSTED" not in str(error):
                raise
            raise MemoryError(
                f"{self!r} ran out of memory; the tensors are as they were before. Make the batch "
                "smaller, or use several devices."
            ) from error

    def wait(self, value: Any) -> None:
        """Waits for what is being computed; Ctrl-C, and others that are gone, end it."""
        if isinstance(self.ranks, Ranks):
            self.ranks.wait(value.is_ready)
            return
        pause = 1e-5
        try:
            mode.waiting = True
            while not value.is_ready():
                time.sleep(pause)
                pause = min(2 * pause, 1e-3)
        finally:
            mode.waiting = False

    @property
    def _own(self) -> list[Any]:
        """The devices of this process."""
        return [d for d in self.devices if d.process_index == jax.process_index()]

    def room(self) -> float:
        """Bytes that a data set may take; without bound where the device does not say."""
        told = [d.memory_stats() or {} for d in self._own]
        return min([SHARE * (t["bytes_limit"] - t.get("bytes_in_use", 0))
                    if "bytes_limit" in t else float("inf") for t in told])  # fmt: skip

    def has_room(self, nbytes: int) -> bool:
        """Whether a data set of so many bytes may be there; of several processes the first says."""
        return bool(self.ranks.tell("fits", nbytes <= self.room()))

    def holds(self, nbytes: int) -> bool:
        """Whether so many bytes can be there at all."""
        told = [d.memory_stats() or {} for d in self._own]
        return all([nbytes <= t.get("bytes_limit", nbytes) for t in told])


@partial(jax.jit, static_argnames="whole")
def _summed(spread: Any, whole: Any) -> Any:
    """The bytes of the one device that has some, in all."""
    return jax.lax.with_sharding_constraint(jnp.sum(spread, 0, np.uint8), whole)


def there(name: str = "xla", whole: bool = False) -> list[Any]:
    """The devices of a kind that JAX finds: this process's, or those of the whole job."""
    kind = None if name == "xla" else name
    try:
        return jax.devices(kind) if whole else jax.local_devices(backend=kind)
    except RuntimeError:
        return []


def _own(array: np.ndarray) -> np.ndarray:
    """A copy for JAX's CPU, which takes it as it is.

    It takes any array so that begins at a multiple of its vectors, ``may_alias=False`` or not: what
    is written to the array later would be there too, and neither would ever go.
    """
    buffer = np.empty(array.nbytes + VECTOR, np.uint8)
    start = -buffer.ctypes.data % VECTOR
    found = buffer[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    found[...] = array
    return found


def down(value: Any) -> np.ndarray:
    """A copy of what is on a device, of one's own.

    A recording follows what runs in its thread: what JAX looks up for a copy is none of that.
    """
    unforked()
    traffic.down += 1
    return _apart.submit(np.array, value).result() if recording else np.array(value)


_apart = ThreadPoolExecutor(1, thread_name_prefix="autograd_nn-look")
