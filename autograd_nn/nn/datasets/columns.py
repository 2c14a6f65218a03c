"""Columns of any kind as numbers: what each was found to be, and the layers that encode it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from autograd_nn.nn.datasets import cells as meaning
from autograd_nn.nn.layers.preprocessing import Normalization, StringLookup, TextVectorization

CATEGORIES, WORDS = 50, 300  # places for the commonest, besides one for all others
SENTENCE = 3  # words on an average, from which on a text is no name
STRAY = 0.05  # of a column of numbers, how many cells may be others
LEAST_ROWS = 10  # that a column must count up or name, to be left out
PARTS = {"month": "%m", "weekday": "%w", "hour": "%H"}


@dataclass
class Encoded:
    """Features as numbers: (n, k) in float32, and what became of each column.

    kinds     how many columns were of each kind; left_out: columns, and why.
    filled    cells that held no value; stray: of columns of numbers, what else stood there.
    """

    X: np.ndarray
    features: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    stray: dict[str, str] = field(default_factory=dict)
    filled: int = 0


def encoded(columns: dict[str, Sequence[str]], separator: str) -> Encoded:
    """Columns of cells as one array: numbers and times scaled, categories and words as 0 and 1.

    >>> found = encoded({"a": ["1", "3"], "b": ["x", "y"]}, ",")
    >>> found.features, found.X.tolist()
    (['a', 'b=y', 'b=x'], [[-1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    """
    found = Encoded(np.zeros((0, 0), np.float32))
    parts: list[np.ndarray] = []
    for name, cells in columns.items():
        kind, part, names = _column(name, cells, separator, found, len(columns) == 1)
        if kind:
            found.kinds[kind] = found.kinds.get(kind, 0) + 1
            parts.append(part)
            found.features += names
    if parts:
        found.X = np.concatenate(parts, axis=1).astype(np.float32)
    return found


def _column(
    name: str, cells: Sequence[str], separator: str, found: Encoded, alone: bool
) -> tuple[str, Any, list[str]]:
    """A column's kind, its numbers and their names; '' where it is left out, which is noted."""
    lacking = np.array([meaning.is_missing(c) for c in cells])
    there = [c for c, gone in zip(cells, lacking, strict=True) if not gone]
    why = _idle(there, lacking)
    if why:
        found.left_out[name] = why
        return "", None, []
    read = meaning.reader(there, separator) or _mostly(name, there, separator, found)
    if read is not None:
        pairs = zip(cells, lacking, strict=True)
        values = np.array([np.nan if gone else read(c) for c, gone in pairs], dtype=float)
        if not alone and len(values) >= LEAST_ROWS and (np.diff(values) == 1).all():
            found.left_out[name] = "numbers the rows"
            return "", None, []
        return "numbers", *_scaled(name, values, found)
    way = meaning.times(there)
    if way is not None:
        return "times", *_timed(name, cells, lacking, way, found)
    distinct, length = set(there), sum(len(c.split()) for c in there) / len(there)
    if length >= SENTENCE and len(distinct) > CATEGORIES:
        words = TextVectorization(WORDS, output_mode="multi_hot")
        texts = np.array([c if not gone else "" for c, gone in zip(cells, lacking, strict=True)])
        words.adapt(texts)
        return "texts", words(texts).numpy(), [f"{name}: {w}" for w in words.get_vocabulary()]
    if len(distinct) > max(LEAST_ROWS, len(there) * 0.9):
        found.left_out[name] = f"names the rows: {len(distinct)} of {len(there)} differ"
        return "", None, []
    layer = StringLookup(CATEGORIES + 1, output_mode="one_hot")
    filled = np.array(["?" if gone else c for c, gone in zip(cells, lacking, strict=True)])
    found.filled += int(lacking.sum())
    layer.adapt(filled)
    names = [f"{name}={t}" for t in layer.get_vocabulary()]
    rows = layer(filled).numpy()
    first = 0 if rows[:, 0].any() else 1  # for rarer ones, where there are such
    return "categories", rows[:, first:], names[first:]


def _idle(there: list[str], lacking: np.ndarray) -> str:
    if not there:
        return "holds no value"
    if len(set(there)) == 1 and not lacking.any():
        return "is the same in every row"
    return ""


def _mostly(name: str, there: list[str], separator: str, found: Encoded) -> Any:
    """What reads a column of numbers in which a few cells are none: they count as missing."""
    for way in (meaning.number, meaning.with_comma, meaning.with_thousands):
        if way is meaning.with_comma and separator == ",":
            continue
        strange = [c for c in there if way(c) is None]
        if len(strange) <= STRAY * len(there):
            found.stray[name] = f"{len(strange)} cells such as {strange[0]!r} are no numbers"
            return lambda c, way=way: np.nan if way(c) is None else way(c)
    return None


def _scaled(name: str, values: np.ndarray, found: Encoded) -> tuple[np.ndarray, list[str]]:
    """Numbers with mean 0 and variance 1; where some lack, 0 there and a column that says so."""
    values = np.where(np.isinf(values), np.nan, values)
    lacking = np.isnan(values)
    if lacking.all():
        return np.zeros((len(values), 1)), [name]
    known = values[~lacking]
    low, high = known.min(), known.max()
    values = (values - low) / ((high - low) or 1.0)  # which float32 holds, whatever they were
    layer = Normalization()
    layer.adapt(values[~lacking][:, None])
    filled = np.where(lacking, values[~lacking].mean(), values)
    scaled = layer(filled[:, None].astype("float32")).numpy()
    if not lacking.any():
        return scaled, [name]
    found.filled += int(lacking.sum())
    return np.concatenate([scaled, lacking[:, None]], axis=1), [name, f"{name} is missing"]


def _timed(
    name: str, cells: Sequence[str], lacking: np.ndarray, way: str, found: Encoded
) -> tuple[np.ndarray, list[str]]:
    """Times as numbers: since when, and which month, weekday and hour, where these differ."""
    moments = [meaning.moment(c, way) for c in cells]
    start = min(m for m in moments if m is not None)
    each = {name: [_days(m, start) for m in moments]}
    for part, code in PARTS.items():
        numbers = [np.nan if m is None else float(m.strftime(code)) for m in moments]
        if len({n for n in numbers if n == n}) > 1:
            each[f"{name} ({part})"] = numbers
    made = [_scaled(label, np.array(values), found) for label, values in each.items()]
    return np.concatenate([m[0] for m in made], axis=1), [label for m in made for label in m[1]]


def _days(m: datetime | None, start: datetime) -> float:
    return np.nan if m is None else (m - start).total_seconds() / 86400
