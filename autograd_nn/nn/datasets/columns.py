"""Columns of any kind as numbers: what each was found to be, and the layers that encode it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np

from autograd_nn.nn.datasets.stock import even
from autograd_nn.nn.layers.preprocessing import StringLookup, TextVectorization
from autograd_nn.nn.layers.preprocessing import cells as meaning
from autograd_nn.nn.layers.preprocessing.column import Column, moments, number_in, scale_of

CATEGORIES, WORDS = 50, 300  # places for the commonest, besides one for all others
SENTENCE = 3  # words on an average, from which on a text is no name
STRAY = 0.05  # of a column of numbers, how many cells may be others
LEAST_ROWS = 10  # that a column must count up or name, to be left out
PARTS = {"month": "%m", "weekday": "%w", "hour": "%H"}


@dataclass
class Encoded:
    """Features as numbers: (n, k) in float32, and what became of each column.

    layers    what reads each column that is used, in order; features: the numbers' names.
    kinds     how many columns were of each kind; left_out: columns, and why.
    filled    cells that held no value; stray: of columns of numbers, what else stood there.
    """

    X: np.ndarray
    layers: dict[str, Column] = field(default_factory=dict)
    features: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    stray: dict[str, str] = field(default_factory=dict)
    filled: int = 0


def encoded(
    columns: Mapping[str, Sequence[str]], separator: str,
    check: Callable[[int], None] | None = None,
) -> Encoded:  # fmt: skip
    """Columns of cells as one array: numbers and times scaled, categories and words as 0 and 1.

    check   is told of how many numbers there will be, and raises DataError for too many.

    >>> found = encoded({"a": ["1", "3"], "b": ["x", "y"]}, ",")
    >>> found.features, found.X.tolist()
    (['a', 'b=y', 'b=x'], [[-1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    """
    found, n = Encoded(np.zeros((0, 0), np.float32)), 0
    for name in columns:
        cells = columns[name]
        layer, names = _column(name, cells, separator, found, len(columns) == 1)
        if layer is not None:
            found.kinds[layer.kind] = found.kinds.get(layer.kind, 0) + 1
            found.layers[name] = layer
            found.features += names
            n = len(cells)
            if check is not None:
                check(n * len(found.features))
        del cells
    if not found.layers:
        return found
    found.X, start = np.empty((n, len(found.features)), np.float32), 0
    for name, layer in found.layers.items():
        part, row = found.X[:, start : start + layer.width], 0
        start += layer.width
        for cells in even(columns[name]):
            part[row : row + len(cells)] = layer.read(cells)
            row += len(cells)
    return found


def _column(
    name: str, cells: Sequence[str], separator: str, found: Encoded, alone: bool
) -> tuple[Column | None, list[str]]:
    """What reads a column, and its numbers' names; None where it is left out, which is noted."""
    lacking = np.fromiter(map(meaning.is_missing, cells), bool, len(cells))
    there = [*compress(cells, ~lacking)] if lacking.any() else cells
    why = _idle(there, lacking)
    if why:
        found.left_out[name] = why
        return None, []
    distinct = dict.fromkeys(there)
    way = meaning.reader(distinct, separator) or _mostly(name, there, separator, found)
    if way is not None:
        values = np.fromiter((number_in(c, way) for c in cells), float, len(cells))
        if not alone and len(values) >= LEAST_ROWS and (np.diff(values) == 1).all():
            found.left_out[name] = "numbers the rows"
            return None, []
        scale = scale_of(values)
        found.filled += int(np.isnan(values).sum()) if scale["lacking"] else 0
        return Column("numbers", {"way": way.__name__, "scale": scale}), _labels(name, scale)
    format = meaning.times([*distinct])
    if format is not None:
        return _timed(name, list(cells), format, found)
    length = sum(len(c.split()) for c in there) / len(there)
    if length >= SENTENCE and len(distinct) > CATEGORIES:
        words = TextVectorization(WORDS, output_mode="multi_hot")
        for part in even(["" if gone else c for c, gone in zip(cells, lacking, strict=True)]):
            words.update_state(np.array(part))
        words.finalize_state()
        tokens = words.get_vocabulary(include_special_tokens=False)
        labels = [f"{name}: {w}" for w in words.get_vocabulary()]
        return Column("texts", {"vocabulary": tokens}), labels
    if len(distinct) > max(LEAST_ROWS, len(there) * 0.9):
        found.left_out[name] = f"names the rows: {len(distinct)} of {len(there)} differ"
        return None, []
    lookup = StringLookup(CATEGORIES + 1)
    filled = ["?" if gone else c for c, gone in zip(cells, lacking, strict=True)]
    found.filled += int(lacking.sum())
    for part in even(filled):
        lookup.update_state(np.array(part))
    lookup.finalize_state()
    tokens = lookup.get_vocabulary(include_special_tokens=False)
    others = bool(set(filled) - set(tokens))  # rarer ones
    labels = [f"{name}={t}" for t in lookup.get_vocabulary()[0 if others else 1 :]]
    return Column("categories", {"vocabulary": tokens, "others": others}), labels


def _idle(there: Sequence[str], lacking: np.ndarray) -> str:
    if not there:
        return "holds no value"
    if len(set(there)) == 1 and not lacking.any():
        return "is the same in every row"
    return ""


def _mostly(name: str, there: Sequence[str], separator: str, found: Encoded) -> Any:
    """What reads a column of numbers in which a few cells are none: they count as missing."""
    for way in meaning.ways(separator):
        strange = [c for c in there if way(c) is None]
        if len(strange) <= STRAY * len(there):
            found.stray[name] = f"{len(strange)} cells such as {strange[0]!r} are no numbers"
            return way
    return None


def _labels(name: str, scale: dict[str, Any]) -> list[str]:
    return [name, f"{name} is missing"] if scale["lacking"] else [name]


def _timed(
    name: str, cells: list[str], format: str, found: Encoded
) -> tuple[Column, list[str]]:
    """Times as numbers: since when, and which month, weekday and hour, where these differ."""
    start = min(m for c in cells if (m := meaning.moment(c, format)) is not None)
    each = moments(cells, format, start, [None, *PARTS.values()])
    parts, labels = [], []
    for label, part, values in zip([None, *PARTS], [None, *PARTS.values()], each, strict=True):
        if part is None or len({v for v in values if v == v}) > 1:
            scale = scale_of(values)
            found.filled += int(np.isnan(values).sum()) if scale["lacking"] else 0
            parts.append({"part": part, "scale": scale})
            labels += _labels(name if label is None else f"{name} ({label})", scale)
    return Column("times", {"way": format, "start": start.isoformat(), "parts": parts}), labels
