"""JSON of anybody's: no deeper, and no heavier when it is read, than a text of its length may be.
"""

from __future__ import annotations

import json
from typing import Any

ROOM, RATIO = 40 << 20, 4  # bytes that what a text says may take, and times its length
HELD, NEXT = 72, 60  # bytes that a list or an object takes, and what stands before a comma


def loads(text: str | bytes, **hooks: Any) -> Any:
    """What JSON text says, as `json.loads` has it; raises ValueError for what it cannot be.

    It is weighed first: of brackets alone thirty times its length becomes.

    >>> loads("[1, {}]")
    [1, {}]
    """
    text = text.decode() if isinstance(text, bytes | bytearray) else text
    weight = HELD * (text.count("[") + text.count("{")) + NEXT * text.count(",")
    if weight > ROOM + RATIO * len(text):
        raise ValueError(
            f"its {len(text):,} characters would take {weight:,} bytes; expected at most "
            f"{ROOM + RATIO * len(text):,}"
        )
    try:
        return json.loads(text, **hooks)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
