"""What holds for all layers that a call reaches, in one thread."""

from __future__ import annotations

import threading
from typing import Any


class Context(threading.local):
    """training   what somebody gave; added: losses that layers add, while a model is called."""

    training: bool | None = None
    added: list[Any] | None = None


context = Context()
