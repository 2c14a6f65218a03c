"""What of TensorFlow says where and how it computes, and logs: nothing here depends on it."""

from __future__ import annotations

import builtins
import logging as python_logging
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from autograd_nn.nn import ops
from autograd_nn.nn.distribution import DataParallel


class Settings:
    """Takes whatever is set on it, to any depth: ``config.gpu_options.allow_growth = True``."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.__dict__.update(options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__dict__.setdefault(name, Settings())


class Strategy:
    """Where models compiled in its `scope` are trained: on the GPUs and TPUs that are named.

    Where none are, it is this machine, and `scope` changes nothing.
    """

    def __init__(self, devices: Any = None, *args: Any, **options: Any) -> None:
        names = [devices] if isinstance(devices, str) else devices or ()
        found = [str(n).lower().rpartition("/")[2].removeprefix("device:") for n in names]
        self._devices = [n for n in found if n.startswith(("gpu:", "tpu:"))]

    @property
    def num_replicas_in_sync(self) -> int:
        """How many devices share a batch."""
        return max(1, len(self._devices))

    def scope(self) -> Any:
        """A ``with`` within which models are compiled for the devices that were named, if any."""
        return DataParallel(devices=self._devices).scope() if self._devices else nullcontext()

    def experimental_distribute_dataset(self, dataset: Any, options: Any = None) -> Any:
        """The data set."""
        return dataset

    def run(self, fn: Any, args: Any = (), kwargs: Any = None, options: Any = None) -> Any:
        """What a function gives."""
        return fn(*args, **(kwargs or {}))

    def reduce(self, reduce_op: Any, value: Any, axis: Any = None) -> Any:
        """The value of the one machine there is; along an axis its sum, or mean."""
        if axis is None:
            return value
        return (ops.mean if str(reduce_op).lower().endswith("mean") else ops.sum)(value, axis=axis)


def nothing(*args: Any, **options: Any) -> None:
    """Nothing is to be set."""


class NoTPU:
    """Raises ValueError, as where there is no TPU: scripts ask so whether there is one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        raise ValueError("Please provide a TPU Name to connect to: no TPU is known here by a name.")

    @classmethod
    def connect(cls, *args: Any, **options: Any) -> Any:
        """Raises it as well."""
        return cls()


def device(name: Any) -> Any:
    """A ``with`` in which nothing is different: what computes is the processor."""
    return nullcontext()


def get_logger() -> python_logging.Logger:
    """The logger by TensorFlow's name."""
    return python_logging.getLogger("tensorflow")


def print(*values: Any, output_stream: Any = None, sep: str = " ", end: str = "\n") -> None:
    """Prints, to a stream where one is given."""
    builtins.print(*values, sep=sep, end=end, file=output_stream)


ConfigProto = GPUOptions = Settings
distribute = SimpleNamespace(
    MirroredStrategy=Strategy, OneDeviceStrategy=Strategy, get_strategy=Strategy,
    Strategy=Strategy, ReduceOp=SimpleNamespace(SUM="SUM", MEAN="MEAN"),
    cluster_resolver=SimpleNamespace(TPUClusterResolver=NoTPU),
    MultiWorkerMirroredStrategy=Strategy, TPUStrategy=Strategy,
    HierarchicalCopyAllReduce=nothing, NcclAllReduce=nothing, ReductionToOneDevice=nothing,
    experimental=SimpleNamespace(
        CentralStorageStrategy=Strategy, MultiWorkerMirroredStrategy=Strategy, TPUStrategy=Strategy,
        CollectiveCommunication=SimpleNamespace(AUTO="AUTO", RING="RING", NCCL="NCCL"),
    ),
)
tpu = SimpleNamespace(experimental=SimpleNamespace(initialize_tpu_system=nothing))
autograph = SimpleNamespace(
    set_verbosity=nothing,
    experimental=SimpleNamespace(do_not_convert=lambda func=None, **o: func or (lambda f: f)),
)
logging = SimpleNamespace(
    set_verbosity=nothing, DEBUG=10, INFO=20, WARN=30, ERROR=40, FATAL=50, get_logger=get_logger,
    debug=get_logger().debug, info=get_logger().info, warn=get_logger().warning,
    warning=get_logger().warning, error=get_logger().error,
)  # fmt: skip
