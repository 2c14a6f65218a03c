"""``tensorflow.python.client``: the devices there are, which is one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def _local_devices(*args: Any, **options: Any) -> list[Any]:
    """The processor."""
    return [SimpleNamespace(name="/device:CPU:0", device_type="CPU", memory_limit=268435456,
                            locality=None, physical_device_desc="")]  # fmt: skip


device_lib = SimpleNamespace(list_local_devices=_local_devices)
