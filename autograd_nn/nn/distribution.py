"""Models on several devices, under Keras's names: one program, whose batches are spread over them.

It is the program of one device: losses, draws and the statistics of a batch are those of the whole
batch, and gradients are added up between devices once a step. See docs/devices.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np


class _Current:
    distribution: DataParallel | None = None


def list_devices(device_type: str | None = None) -> list[str]:
    """The names of devices that JAX finds, as `compile` takes them: 'gpu:0', …; 'xla:0', … of any.

    Raises ImportError where JAX is not installed.
    """
    from autograd_nn.engine.program.make import target

    kind = device_type or "xla"
    if kind == "cpu":
        return ["cpu"]
    target("xla")  # which raises where JAX is not there
    from autograd_nn.engine.program.target.xla.device import there

    return [f"{kind}:{k}" for k in range(len(there(kind, whole=True)))]


def initialize(
    job_addresses: str | None = None, num_processes: int | None = None,
    process_id: int | None = None, timeout: int = 300,
) -> None:  # fmt: skip
    """Joins the processes of a job, which run the same program on the same data from here on.

    job_addresses   'host:port' of the first process, or of all, separated by commas.
    num_processes   how many there are; process_id: which this one is, from 0.
    timeout         seconds that they wait for one another here.
    What is None the variables AUTOGRAD_NN_JOB_ADDRESSES, AUTOGRAD_NN_NUM_PROCESSES and
    AUTOGRAD_NN_PROCESS_ID say, else JAX asks the cluster (Slurm, MPI, TPU) that started it. To be
    called first of all. Models that are compiled after it train on all devices of all processes
    (see `set_distribution`), each of which draws the same; the first one's callbacks are called,
    and it alone prints. Raises ImportError without JAX, RuntimeError where they do not meet.
    """
    told = os.environ.get
    numbers = {}
    for name, given in (("num_processes", num_processes), ("process_id", process_id)):
        value = told(f"AUTOGRAD_NN_{name.upper()}") if given is None else given
        if not (value is None or str(value).isdecimal()):
            raise ValueError(f"initialize received {name}={value!r}; expected a number from 0.")
        numbers[name] = None if value is None else int(value)
    from autograd_nn.engine.program.make import needs

    needs("nn.distribution.initialize")
    from autograd_nn.engine.program.target.xla.job.join import join

    addresses = job_addresses or told("AUTOGRAD_NN_JOB_ADDRESSES")
    join(addresses, numbers["num_processes"], numbers["process_id"], timeout)
    if _Current.distribution is None:
        set_distribution(DataParallel())


class DeviceMesh:
    """Devices in a row, by the name of the one axis that is spread over them.

    shape        (n,); axis_names: one name. devices: n names as `list_devices` gives; None: its
                 first n. Raises ValueError for more axes than one: models are not cut.

    >>> from autograd_nn import nn
    >>> nn.distribution.DeviceMesh((2,), ["batch"], ["xla:0", "xla:1"]).devices
    ('xla:0', 'xla:1')
    """

    def __init__(
        self, shape: Sequence[int], axis_names: Sequence[str], devices: Any = None
    ) -> None:
        self.shape, self.axis_names = tuple(shape), list(axis_names)
        if len(self.shape) != 1 or len(self.axis_names) != 1:
            raise ValueError(
                f"DeviceMesh received shape={shape!r} and axis_names={axis_names!r}; expected one "
                "axis, that of the batch: models are not cut into parts."
            )
        given = list_devices()[: self.shape[0]] if devices is None else np.ravel(devices).tolist()
        if len(given) != self.shape[0]:
            raise ValueError(
                f"DeviceMesh received {len(given)} devices for shape {self.shape}; expected "
                f"{self.shape[0]}. list_devices() names those there are."
            )
        self.devices = tuple(map(str, given))


class DataParallel:
    """Batches spread over devices, each of which has all weights.

    device_mesh   a `DeviceMesh`, or ``devices``: names; neither: all that JAX finds.
    """

    def __init__(
        self, device_mesh: DeviceMesh | None = None, devices: Any = None,
        auto_shard_dataset: bool = True,
    ) -> None:  # fmt: skip
        if device_mesh is None:
            names = list_devices() if devices is None else list(devices)
            device_mesh = DeviceMesh((len(names),), ["batch"], names)
        self.device_mesh = device_mesh

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Within it models are compiled for these devices where `compile` names no others."""
        before, _Current.distribution = _Current.distribution, self
        try:
            yield
        finally:
            _Current.distribution = before


def distribution() -> DataParallel | None:
    """What was set last; None: nothing.

    >>> from autograd_nn import nn
    >>> nn.distribution.distribution()
    """
    return _Current.distribution


def set_distribution(value: DataParallel | None) -> None:
    """Has models that are compiled from here on run there, where `compile` names no devices.

    >>> from autograd_nn import nn
    >>> nn.distribution.set_distribution(None)
    """
    _Current.distribution = value


def default_devices() -> tuple[str, ...] | None:
    """The names of the devices that were set; None: none were."""
    found = _Current.distribution
    return None if found is None else found.device_mesh.devices
