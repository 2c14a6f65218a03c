"""The one place that knows which targets there are: a name in, what makes programs for it out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import Any

from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.engine.program.target.cpu.library import library, native_wanted
from autograd_nn.engine.program.target.target import Target


class Cpu(Target):
    """This processor: code of our own, compiled by Numba."""

    def wanted(self) -> bool:
        return native_wanted()

    def make(self, graph: Graph, batch: int = 0, count: int = 1, rows: int = 0) -> Program:
        return NativeProgram(graph, batch)

    def rest(self, seconds: float) -> bool:
        return library().compiler.pause(seconds)


CPU = Cpu()
NAMES = ("cpu", "gpu", "tpu", "xla")


def target(device: Any = None, devices: Any = None) -> Target:
    """What makes programs for a machine.

    device   'cpu': this processor, by code of our own. 'gpu', 'tpu', 'xla': what JAX drives, 'xla'
             whatever that finds; 'gpu:1' is the second of several; several of these names: all of
             them together. None: what the variable AUTOGRAD_NN_DEVICE says, else 'cpu'.
    devices  how many of a kind together, or 'all'; of whatever JAX finds where no kind is named.
    Raises ValueError for another name and a device that is not there, ImportError without JAX.
    """
    name = device or os.environ.get("AUTOGRAD_NN_DEVICE") or ("cpu" if devices is None else "xla")
    if name == "cpu" and devices is None:
        return CPU
    names = [name] if isinstance(name, str) or not isinstance(name, Sequence) else list(name)
    parts = [str(one).partition(":") for one in names or [""]]
    kind = parts[0][0]
    if any([p[0] != kind or p[0] not in NAMES[1:] or not (p[2] or "0").isdecimal() for p in parts]):
        raise ValueError(
            f"received device={name!r}; expected one of {', '.join(map(repr, NAMES))}, or one of "
            "several by its number, as in 'gpu:1'."
        )
    which: Any = tuple([int(p[2] or 0) for p in parts])
    if devices is not None:
        whole = type(devices) is int and devices > 0
        if not (whole or devices == "all") or parts[0][2] or len(names) > 1:
            raise ValueError(
                f"received devices={devices!r} with device={name!r}; expected a number from 1 or "
                "'all', and a kind of device without a number."
            )
        which = tuple(range(devices)) if whole else None
    return _xla(kind, which)


@cache
def _xla(kind: str, which: tuple[int, ...] | None) -> Target:
    needs(f"device={kind!r}")
    from autograd_nn.engine.program.target.xla.device import Device
    from autograd_nn.engine.program.target.xla.target import Xla

    return Xla(Device(kind, which))


def needs(what: str) -> None:
    """Raises ImportError where what needs JAX, and that is not installed."""
    try:
        import jax  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"{what} needs JAX, which is not installed. Install the extra 'device': pip install "
            "'autograd-nn[device]' (docs/devices.md says what else a GPU or TPU needs)."
        ) from error


def compiled() -> int:
    """How many kernels this process has compiled so far."""
    return library().compiled
