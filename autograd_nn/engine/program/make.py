"""The one place that knows which targets there are: a name in, what makes programs for it out."""

from __future__ import annotations

import os
from functools import cache

from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.engine.program.target.cpu.library import library, native_wanted
from autograd_nn.engine.program.target.target import Target


class Cpu(Target):
    """This processor: code of our own, compiled by Numba."""

    def wanted(self) -> bool:
        return native_wanted()

    def make(self, graph: Graph, batch: int = 0) -> Program:
        return NativeProgram(graph, batch)

    def rest(self, seconds: float) -> bool:
        return library().compiler.pause(seconds)

    def hurry(self) -> None:
        library().compiler.hurry()


CPU = Cpu()
NAMES = ("cpu", "gpu", "tpu", "xla")


def target(device: str | None = None) -> Target:
    """What makes programs for a machine.

    device   'cpu': this processor, by code of our own. 'gpu', 'tpu', 'xla': what JAX drives, 'xla'
             whatever that finds; 'gpu:1' is the second of several. None: what the variable
             AUTOGRAD_NN_DEVICE says, else 'cpu'.
    Raises ValueError for another name and a device that is not there, ImportError without JAX.
    """
    name = device or os.environ.get("AUTOGRAD_NN_DEVICE") or "cpu"
    if name == "cpu":
        return CPU
    kind, _, which = str(name).partition(":")
    if not isinstance(name, str) or kind not in NAMES[1:] or not (which or "0").isdecimal():
        raise ValueError(
            f"received device={name!r}; expected one of {', '.join(map(repr, NAMES))}, or one of "
            "several by its number, as in 'gpu:1'."
        )
    return _xla(kind, int(which or 0))


@cache
def _xla(kind: str, which: int) -> Target:
    try:
        import jax  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"device={kind!r} needs JAX, which is not installed. Install the extra 'device': pip "
            "install 'autograd-nn[device]' (docs/devices.md says what else a GPU or TPU needs)."
        ) from error
    from autograd_nn.engine.program.target.xla.device import Device
    from autograd_nn.engine.program.target.xla.target import Xla

    return Xla(Device(kind, which))


def compiled() -> int:
    """How many kernels this process has compiled so far."""
    return library().compiled
