"""JSON of anybody's: no deeper, and no heavier when it is read, than a text of its length may be.
"""

from __future__ import annotations

import json
import re
from typing import Any

ROOM, RATIO = 40 << 20, 4  # bytes that what a text says may take, and times its length
HELD, NEXT = 72, 60  # bytes that a list or an object takes, and what stands before a comma
NAMED = 150  # bytes that a name in an object takes besides
WIDE = re.compile(rb"[\xf0-\xff]"), re.compile(rb"\\u[dD][89abAB]")  # letters of four bytes
TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
STRING = re.compile(TEXT, re.DOTALL)
STRINGS = re.compile(rb"(?:[^\"]*+" + TEXT + rb"){1,4096}+", re.DOTALL)  # and what is before each


def loads(text: str | bytes, **hooks: Any) -> Any:
    """What JSON text says, as `json.loads` has it; raises ValueError for what it cannot be.

    It is weighed first: of brackets alone thirty times its length becomes. Bytes are a file's, of
    which there is no text yet: one letter of four bytes makes as much of every other.

    >>> loads("[1, {}]")
    [1, {}]
    """
    weight, most = 0, ROOM + RATIO * len(text)
    if isinstance(text, str):
        lists, objects, commas = map(text.count, "[{,")
    else:
        letters = 8 if WIDE[0].search(text) else 4 if WIDE[1].search(text) else 1
        lists, objects, commas, names = _outside(text)
        weight, most = NAMED * names + (letters - 1) * len(text), ROOM + len(text)
    weight += HELD * (lists + objects) + NEXT * commas
    if weight > most:
        raise ValueError(
            f"its {len(text):,} characters would take {weight:,} bytes; expected at most {most:,}"
        )
    text = text if isinstance(text, str) else text.decode()
    try:
        return json.loads(text, **hooks)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _outside(text: bytes | bytearray) -> list[int]:
    """How many lists, objects, commas and names there are outside of a file's texts."""
    found, at = [0] * 4, 0
    while at < len(text):
        some = STRINGS.match(text, at)
        end = some.end() if some else len(text)
        part = STRING.sub(b"", text[at:end])
        found = [n + part.count(mark) for n, mark in zip(found, b"[{,:", strict=True)]
        at = end
    return found
