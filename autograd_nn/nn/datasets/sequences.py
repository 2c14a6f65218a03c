"""What IMDB and Reuters share: texts as lists of the ranks of their words."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.readers import npz
from autograd_nn.nn.regular import regular

MOST = 64 << 20
WORDS = 250_000  # of which a list has 88,584 at most
PIECE = 1 << 20
OPENING = re.compile(r"\s*\{\s*(\}?)")
ENTRY = re.compile(r'\s*+("[^"\\]*+(?:\\.[^"\\]*+)*+")\s*+:\s*+(-?\d{1,18})\s*+([,}])')


def texts(path: Path, names: tuple[str, ...]) -> list[np.ndarray]:
    """Texts and labels out of a file, names of them in turn: each text a list of whole numbers."""
    found = npz(path, names, MOST)
    for x, y in zip(found[::2], found[1::2], strict=True):
        plain = x.ndim == 1 and all(
            type(text) is list and set(map(type, text)) <= {int} for text in x
        )
        if not plain or y.shape != x.shape or y.dtype.kind not in "iu":
            raise DataError(
                f"{path}: received something else than texts and labels; expected lists of whole "
                "numbers, and a whole number for each."
            )
    return found


def shuffled(x: np.ndarray, y: np.ndarray, rng: np.random.RandomState) -> tuple[Any, Any]:
    """Texts and labels in an order that is drawn."""
    order = np.arange(len(x))
    rng.shuffle(order)
    return x[order], y[order]


def opened(
    x: Any, y: Any, start_char: int | None, index_from: int, maxlen: int | None
) -> tuple[list[list[int]], np.ndarray]:
    """Texts that begin with ``start_char``, words moved by ``index_from``, shorter than maxlen."""
    start = [] if start_char is None else [start_char]
    by = index_from or 0
    kept = [start + ([w + by for w in text] if by else text) for text in x]
    if not maxlen:
        return kept, y
    short = np.array([len(text) < maxlen for text in kept], dtype=bool)
    if not short.any():
        raise ValueError(f"received maxlen={maxlen}; expected more, for no text is shorter.")
    return [text for text, s in zip(kept, short, strict=True) if s], y[short]


def ranked(
    x: Sequence[list[int]], num_words: int | None, skip_top: int, oov_char: int | None
) -> np.ndarray:
    """Texts as an array of lists: words outside skip_top ≤ w < num_words are oov_char, or go."""
    most = num_words or max(map(max, filter(None, x)), default=0)
    rows = np.empty(len(x), dtype=object)
    for i, text in enumerate(x):
        if oov_char is None:
            rows[i] = [w for w in text if skip_top <= w < most]
        else:
            rows[i] = [w if skip_top <= w < most else oov_char for w in text]
    return rows


def word_index(path: Path) -> dict[str, int]:
    """The rank of each word in a JSON file, read word by word; raises DataError for another file.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.json")
    >>> _ = file.write_text('{"the": 1, "caf\\\\u00e9": 2}')
    >>> word_index(file)
    {'the': 1, 'café': 2}
    """
    found: dict[str, int] = {}
    rest, end = "", "{"
    try:
        with open(path, encoding="utf-8", opener=regular) as file:
            while (text := file.read(PIECE)) and len(rest) <= PIECE:
                rest += text
                at = 0
                if end == "{" and (opening := OPENING.match(rest)):
                    at, end = opening.end(), opening[1] or ","
                while end == "," and (entry := ENTRY.match(rest, at)):
                    found[json.loads(entry[1])], end = int(entry[2]), entry[3]
                    at = entry.end()
                    if len(found) > WORDS:
                        raise ValueError(f"it has more than {WORDS:,} words")
                rest = rest[at:]
    except ValueError as error:
        raise DataError(
            f"{path}: received what is not the published file ({error}); expected JSON with a rank "
            "for each word."
        ) from None
    if rest.strip() or end != "}":
        raise DataError(
            f"{path}: received {rest.strip()[:30]!r} after {len(found):,} words; expected JSON "
            "with a rank for each word."
        )
    return found
