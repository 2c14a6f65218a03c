"""Columns of any kind as numbers: what each was found to be, and the layers that encode it.

A column is gone through piece by piece, as often as need be: its cells are never there at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autograd_nn.nn.datasets.looks import Look
from autograd_nn.nn.datasets.stock import even
from autograd_nn.nn.layers.preprocessing import StringLookup, TextVectorization
from autograd_nn.nn.layers.preprocessing import cells as meaning
from autograd_nn.nn.layers.preprocessing.column import Column, moments, reader, scale_of

CATEGORIES, WORDS = 50, 300  # places for the commonest, besides one for all others
SENTENCE = 3  # words on an average, from which on a text is no name
STRAY = 0.05  # of a column of numbers, how many cells may be others
LEAST_ROWS = 10  # that a column must count up or name, to be left out
COUNTED = 1 << 15  # words and categories that are counted: of more, the rarest go
NUMBERS = 1 << 19  # that are made of cells at once
Found = tuple[str, dict[str, Any]]  # what a column is found to be: a kind, and its facts
PARTS = {"month": "%m", "weekday": "%w", "hour": "%H"}


class Layers(Mapping[str, Column]):
    """What reads each column, by its name: a layer, which is made when it is asked for.

    A layer takes as much as some hundred numbers, and a table may have very many columns; what is
    known of one is kept as text.
    """

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, bytes]] = {}
        self._made: dict[str, Column] = {}

    def put(self, name: str, kind: str, facts: dict[str, Any]) -> None:
        """One more column, and what it was found to be."""
        self._found[name] = kind, json.dumps(facts).encode()

    def found(self) -> Iterator[tuple[str, Found]]:
        """What each column was found to be."""
        return ((name, (kind, json.loads(facts))) for name, (kind, facts) in self._found.items())

    def __getitem__(self, name: str) -> Column:
        if name not in self._made:
            kind, facts = self._found[name]
            self._made[name] = Column(kind, json.loads(facts))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@dataclass
class Encoded:
    """Features as numbers: (n, k) in float32, and what became of each column.

    layers    what reads each column that is used, in order; features: the numbers' names.
    kinds     how many columns were of each kind; left_out: columns, and why.
    filled    cells that held no value; stray: of columns of numbers, what else stood there.
    """

    X: np.ndarray
    layers: Layers = field(default_factory=Layers)
    features: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    stray: dict[str, str] = field(default_factory=dict)
    filled: int = 0


class _Learning:
    """What learns vocabularies, of one column after the other."""

    @cached_property
    def words(self) -> TextVectorization:
        return TextVectorization(WORDS, output_mode="multi_hot")

    @cached_property
    def lookup(self) -> StringLookup:
        return StringLookup(CATEGORIES + 1)


def encoded(
    columns: Mapping[str, Iterable[list[str]]], separator: str,
    check: Callable[[int], None] | None = None,
) -> Encoded:  # fmt: skip
    """Columns of cells as one array: numbers and times scaled, categories and words as 0 and 1.

    columns   the cells of each, in lists one behind the other, which are gone through repeatedly.
    check     is told of how many numbers there will be, and raises DataError for too many.

    >>> found = encoded({"a": [["1", "3"]], "b": [["x"], ["y"]]}, ",")
    >>> found.features, found.X.tolist()
    (['a', 'b=y', 'b=x'], [[-1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    """
    found, n, learning = Encoded(np.zeros((0, 0), np.float32)), 0, _Learning()
    for name, cells in columns.items():
        look = Look(cells, separator)
        one, names = _column(name, look, found, len(columns) == 1, learning)
        if one is not None:
            found.kinds[one[0]] = found.kinds.get(one[0], 0) + 1
            found.layers.put(name, *one)
            found.features += names
            n = look.rows
            if check is not None:
                check(n * len(found.features))
    if not found.layers:
        return found
    found.X, start = np.empty((n, len(found.features)), np.float32), 0
    for name, one in found.layers.found():
        read = reader(*one)
        width = read([""]).shape[1]
        part, row = found.X[:, start : start + width], 0
        start += width
        most = max(1, NUMBERS // width)
        for piece in columns[name]:
            for same in even(piece):
                for few in (same[i : i + most] for i in range(0, len(same), most)):
                    part[row : row + len(few)] = read(few)
                    row += len(few)
    return found


def _column(
    name: str, look: Look, found: Encoded, alone: bool, learning: _Learning
) -> tuple[Found | None, list[str]]:
    """What reads a column, and its numbers' names; None where it is left out, which is noted."""
    if not look.there or (look.same and not look.lacking):
        found.left_out[name] = "is the same in every row" if look.there else "holds no value"
        return None, []
    way = look.way or _mostly(name, look, found)
    if way is not None:
        values = look.numbers(way)
        if not alone and look.rows >= LEAST_ROWS and _counts_up(values):
            found.left_out[name] = "numbers the rows"
            return None, []
        scale = scale_of(values)
        found.filled += _gaps(values) if scale["lacking"] else 0
        return ("numbers", {"way": way.__name__, "scale": scale}), _labels(name, scale)
    format = look.format()
    if format is not None:
        return _timed(name, look, format, found)
    distinct, length = look.texts()
    if length >= SENTENCE and distinct > CATEGORIES:
        words = learning.words
        words.reset_state()
        if not _count(look.pieces, "", words.lookup.counts, words.update_state):
            found.left_out[name] = "has no word that comes often"
            return None, []
        words.finalize_state()
        tokens = words.get_vocabulary(include_special_tokens=False)
        labels = [f"{name}: {w}" for w in words.get_vocabulary()]
        return ("texts", {"vocabulary": tokens}), labels
    if distinct > max(LEAST_ROWS, look.there * 0.9):
        found.left_out[name] = f"names the rows: {distinct} of {look.there} differ"
        return None, []
    lookup = learning.lookup
    lookup.reset_state()
    if not _count(look.pieces, "?", lookup.counts, lookup.update_state):
        found.left_out[name] = f"has no category that comes often: {distinct} differ"
        return None, []
    found.filled += look.lacking
    lookup.finalize_state()
    tokens = lookup.get_vocabulary(include_special_tokens=False)
    others = distinct + bool(look.lacking) > len(tokens)  # rarer ones
    labels = [f"{name}={t}" for t in lookup.get_vocabulary()[0 if others else 1 :]]
    return ("categories", {"vocabulary": tokens, "others": others}), labels


def _count(pieces: Iterable[list[str]], instead: str, counts: dict[Any, int], update: Any) -> bool:
    """Counts what is in cells, but for what is rare where there is too much: whether any is left.

    instead   what stands for a cell that says nothing; update: counts what is in an array of cells.
    """
    least = 0
    for piece in pieces:
        for part in even([instead if meaning.is_missing(c) else c for c in piece]):
            update(np.array(part))
            while len(counts) > COUNTED:
                least = 2 * least or 1
                _forget(counts, least)
    _forget(counts, least)
    return bool(counts)


def _forget(counts: dict[Any, int], least: int) -> None:
    for each in [each for each, n in counts.items() if n <= least]:
        del counts[each]


def _counts_up(values: Iterable[np.ndarray]) -> bool:
    """Whether each number is one more than that before it."""
    last = None
    for piece in values:
        whole = piece if last is None else np.concatenate([[last], piece])
        if not (np.diff(whole) == 1).all():
            return False
        last = whole[-1] if whole.size else last
    return True


def _gaps(values: Iterable[np.ndarray]) -> int:
    return sum(int(np.isnan(piece).sum()) for piece in values)


def _mostly(name: str, look: Look, found: Encoded) -> Any:
    """What reads a column of numbers in which a few cells are none: they count as missing."""
    for way, count in look.strange.items():
        if count <= STRAY * look.there:
            found.stray[name] = f"{count} cells such as {look.example[way]!r} are no numbers"
            return way
    return None


def _labels(name: str, scale: dict[str, Any]) -> list[str]:
    return [name, f"{name} is missing"] if scale["lacking"] else [name]


def _timed(name: str, look: Look, format: str, found: Encoded) -> tuple[Found, list[str]]:
    """Times as numbers: since when, and which month, weekday and hour, where these differ."""
    start = min(m for c in look.cells() if (m := meaning.moment(c, format)) is not None)
    parts, labels = [], []
    for label, part in [(None, None), *PARTS.items()]:

        def values(part: str | None = part) -> Iterator[np.ndarray]:
            for cells in look.pieces:
                yield moments(cells, format, start, [part])[0]

        each = look.made(values)
        scale = scale_of(each)
        if part is None or scale["mean"]:  # which is 0 where all are the lowest
            found.filled += _gaps(each) if scale["lacking"] else 0
            parts.append({"part": part, "scale": scale})
            labels += _labels(name if label is None else f"{name} ({label})", scale)
    return ("times", {"way": format, "start": start.isoformat(), "parts": parts}), labels
