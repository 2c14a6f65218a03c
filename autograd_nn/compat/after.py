"""What is to be done when Keras's names are ours no longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# The last first; the first does nothing, and stands here for as long as they are ours.
AFTER: list[Callable[[], Any]] = []
