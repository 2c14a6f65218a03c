"""A remark: what was found, why it is likely a mistake, and what to do."""

from __future__ import annotations

from typing import NamedTuple


class Remark(NamedTuple):
    """A finding; ``sure`` where hardly anybody means it, so that `fit` says it too."""

    text: str
    sure: bool = False


class CheckWarning(UserWarning):
    """What a model or its data have is likely a mistake; the text names the repair."""
