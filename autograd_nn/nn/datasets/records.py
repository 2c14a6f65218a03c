"""Records: JSON as rows of cells, one record a line or all of them in one list."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.stock import SPLIT, Stock
from autograd_nn.nn.datasets.unpacking import Source
from autograd_nn.nn.jsons import loads

JSON = "{}"  # in a separator's place, of records
OBJECTS = re.compile(r'\s*(\{\s*"|\[\s*[\[{])')  # how JSON begins, and hardly any table
LONGEST = 1 << 20  # characters that a record may have
SPACES = re.compile(r"\s*")
DECODER = json.JSONDecoder()
END = object()


def may_be(head: str) -> bool:
    """Whether a text may be JSON."""
    return head.lstrip()[:1] in ("{", "[")


def records(text: Callable[[], Iterator[str]], source: Source) -> tuple[Stock, list[str]] | None:
    """The rows and names of records; None for what is other text.

    text   begins to read the file anew: names are found first, rows are kept then.
    """
    path = source.path
    names: dict[str, None] = {}
    try:
        for each, at in _each(text()):
            if not isinstance(each, dict) or any(isinstance(v, dict | list) for v in each.values()):
                raise DataError(
                    f"{path}, record {at}: received {json.dumps(each)[:60]}; expected an object of "
                    "texts, numbers and truth values, as in {\"a\": 1, \"b\": \"x\"}."
                )
            names.update(dict.fromkeys(each))
            source.columns(len(names))
    except (ValueError, RecursionError) as error:
        if isinstance(error, DataError):
            raise
        if not OBJECTS.match(next(text(), "")):
            return None
        raise DataError(
            f"{path}: received JSON that cannot be read ({error}); expected one record a line, as "
            'in {"a": 1, "b": "x"}, or a list of records.'
        ) from None
    if not names:
        raise DataError(f"{path}: received JSON without a record; expected one row a sample.")
    found = Stock(len(names))
    for each, at in _each(text()):
        found.add([_cell(each.get(k)) for k in names], at)
        if found.n % 256 == 0:
            source.check(found.n * len(names))
    found.close()
    return found, list(names)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace(SPLIT, " ").strip()


def _each(text: Iterator[str]) -> Iterator[tuple[Any, int]]:
    """Records, and the line of each, or its place in the list; raises ValueError."""
    buffer = ""
    for piece in text:
        buffer = (buffer + piece).lstrip()
        if buffer:
            break
    if buffer[:1] == "[":
        yield from _listed(buffer, text)
        return
    number = 0
    for line in _lines(buffer, text):
        number += 1
        if line.strip():
            yield loads(line), number


def _lines(rest: str, text: Iterator[str]) -> Iterator[str]:
    for piece in text:
        *lines, rest = (rest + piece).split("\n")
        yield from lines
        if len(rest) > LONGEST:
            raise ValueError(f"a record has more than {LONGEST:,} characters")
    yield rest


def _listed(buffer: str, text: Iterator[str]) -> Iterator[tuple[Any, int]]:
    """The records in a list, each read as soon as it is there."""
    at, count = 1, 0
    while True:
        try:
            value, at = _next(buffer, at, count)
        except ValueError:
            more = next(text, "")
            if not more or len(buffer) - at > LONGEST:
                raise
            buffer, at = buffer[at:] + more, 0
            continue
        if value is END:
            if buffer[at:].strip() or any(piece.strip() for piece in text):
                raise ValueError("there is more behind the list")
            return
        count += 1
        yield value, count


def _next(buffer: str, at: int, count: int) -> tuple[Any, int]:
    """What stands after ``count`` records, and where it ends."""
    at = _skip(buffer, at)
    mark = buffer[at : at + 1]
    if mark == "]":
        return END, at + 1
    if count:
        if mark != ",":
            raise ValueError(f"record {count} is followed by {mark!r}; expected a comma")
        at = _skip(buffer, at + 1)
    try:
        return DECODER.raw_decode(buffer, at)
    except RecursionError:
        raise ValueError(f"record {count + 1} is nested too deep") from None


def _skip(buffer: str, at: int) -> int:
    found = SPACES.match(buffer, at)
    return found.end() if found else at
