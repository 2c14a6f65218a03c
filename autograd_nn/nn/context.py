"""What holds for all layers that a call reaches, in one thread."""

from __future__ import annotations

import threading
from typing import Any


class Context(threading.local):
    """training   what somebody gave; added: losses that layers add, while a model is called.

    room   how much variables may still hold, while a model is made from a file.
    """

    training: bool | None = None
    added: list[Any] | None = None
    room: Any = None


context = Context()
