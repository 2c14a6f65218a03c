"""Column: a table's column of any kind as numbers, read from the text of its cells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.preprocessing import cells as meaning
from autograd_nn.nn.layers.preprocessing.integral import Integral
from autograd_nn.nn.layers.preprocessing.text_vectorization import TextVectorization
from autograd_nn.nn.registry import named
from autograd_nn.nn.text import texts_of

KINDS = ("numbers", "times", "categories", "texts")
WAYS = ("number", "with_comma", "with_thousands", "with_all")


@named()
class Column(Integral):
    """The cells of one column, as it was found to be, as k numbers each.

    kind     'numbers' in the ``way`` they are written, and 'times' in the format ``way``, each
             scaled; 'categories', 1 at the place in a ``vocabulary``; 'texts', which words of it.
    facts    what goes with the kind, as `autograd_nn.nn.datasets.read_csv` finds it.
    A cell that says nothing, or what is none of these, is a mean, or no category. Shapes (n, 1) or
    (n,) → (n, k). Cells are looked at on the host: see `Integral`. Raises ValueError for another
    kind, or facts that lack something.

    >>> from autograd_nn import nn
    >>> scale = {"low": 0.0, "span": 1.0, "mean": 1.0, "deviation": 2.0, "lacking": True}
    >>> layer = nn.layers.Column("numbers", {"way": "with_comma", "scale": scale})
    >>> layer(["3,0", "?"]).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    _samplewise = text = True

    def __init__(self, kind: str, facts: Mapping[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.kind, self.facts = kind, dict(facts)
        try:
            self.read = reader(kind, self.facts)
            self.width = self.read([""]).shape[1]
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(
                f"Column received kind={kind!r} and facts that lack something ({error!r}); "
                f"expected one of {', '.join(map(repr, KINDS))}, and what goes with it."
            ) from None

    @property
    def result(self) -> str:
        """The dtype of its results."""
        return self.compute_dtype

    def _look_at_values(self, values: Any) -> np.ndarray:
        """The numbers of some cells, (n, k)."""
        found = self.read(texts_of(values, self.name).ravel().tolist())
        return found.astype(self.compute_dtype)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.width)


def reader(kind: str, facts: dict[str, Any]) -> Any:
    """What makes an array (n, k) of cells."""
    if kind == "numbers":
        if facts["way"] not in WAYS:
            raise KeyError(facts["way"])
        way = getattr(meaning, facts["way"])
        return lambda cells: scaled(numbers_in(cells, way), facts["scale"])
    if kind == "times":
        start = datetime.fromisoformat(facts["start"])
        return lambda cells: np.concatenate(
            [scaled(values, each["scale"]) for values, each in zip(
                moments(cells, facts["way"], start, [p["part"] for p in facts["parts"]]),
                facts["parts"], strict=True)], axis=1
        )  # fmt: skip
    vocabulary = [str(t) for t in facts["vocabulary"]]
    if kind == "categories":
        places = {t: i for i, t in enumerate(vocabulary, 1)}
        rows = np.eye(len(vocabulary) + 1)[:, 0 if facts["others"] else 1 :]
        return lambda cells: rows[[places.get(_category(c), 0) for c in cells]]
    if kind == "texts":
        words = TextVectorization(output_mode="multi_hot", vocabulary=vocabulary)
        return lambda cells: words(np.array([_text(c) for c in cells])).numpy()
    raise KeyError(kind)


def numbers_in(cells: Sequence[str], way: Any) -> np.ndarray:
    """The numbers that cells hold in a way of writing them; NaN for none."""

    def other(cell: str) -> float:
        value = None if meaning.is_missing(cell) else way(cell)
        return np.nan if value is None else value

    found = meaning.floats(cells, other)
    found[np.isinf(found)] = np.nan
    return found


def _category(cell: str) -> str:
    return "?" if meaning.is_missing(cell) else cell


def _text(cell: str) -> str:
    return "" if meaning.is_missing(cell) else cell


def scale_of(pieces: Iterable[Any]) -> dict[str, Any]:
    """How numbers are brought to mean 0 and variance 1, NaN for those that lack.

    pieces   of the numbers, which are gone through three times: no two need be there at once.

    >>> scale_of([[1.0, 3.0], [float("nan")]])
    {'low': 1.0, 'span': 2.0, 'mean': 0.5, 'deviation': 0.5, 'lacking': True}
    """
    low, high, count, rows = math.inf, -math.inf, 0, 0
    for array, known in _known(pieces):
        count, rows = count + known.size, rows + array.size
        if known.size:
            low, high = min(low, float(known.min())), max(high, float(known.max()))
    if not count:
        return {"low": 0.0, "span": 1.0, "mean": 0.0, "deviation": 1.0, "lacking": False}
    span = high - low or 1.0
    mean = sum(float(((known - low) / span).sum()) for _, known in _known(pieces)) / count
    square = sum(float((((known - low) / span - mean) ** 2).sum()) for _, known in _known(pieces))
    return {  # of units, which nothing overflows, whatever the numbers were
        "low": low, "span": span, "mean": mean, "deviation": math.sqrt(square / count) or 1.0,
        "lacking": count < rows,
    }  # fmt: skip


def _known(pieces: Iterable[Any]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pieces of numbers, and what of each is none of those that lack."""
    for piece in pieces:
        array = np.asarray(piece, dtype=float)
        yield array, array[~np.isnan(array)]


def scaled(values: Any, scale: Mapping[str, Any]) -> np.ndarray:
    """Numbers (n,) on a scale: (n, 1), or (n, 2) with a column that says where they lack."""
    array = np.asarray(values, dtype=float)
    gone = np.isnan(array)
    unit = (np.where(gone, scale["low"], array) - scale["low"]) / scale["span"]
    found = np.where(gone, 0.0, (unit - scale["mean"]) / scale["deviation"])
    return np.stack([found, gone], axis=1) if scale["lacking"] else found[:, None]


def moments(
    cells: Sequence[str], way: str, start: datetime, parts: Sequence[str | None]
) -> list[np.ndarray]:
    """Times in a format as numbers: days since a start (None), or a part such as '%m'.

    >>> moments(["2020-01-05", "?"], "%Y-%m-%d", datetime(2020, 1, 1), [None, "%w"])
    [array([ 4., nan]), array([ 0., nan])]
    """
    if start.tzinfo is None and (known := meaning.moments(cells, way)) is not None:
        return [_part(known, start, part) for part in parts]
    found = [None if meaning.is_missing(c) else meaning.moment(c, way) for c in cells]
    return [
        np.array([
            np.nan if m is None
            else float(m.strftime(part)) if part else (m - start).total_seconds() / 86400
            for m in found
        ], float)
        for part in parts
    ]  # fmt: skip


def _part(times: np.ndarray, start: datetime, part: str | None) -> np.ndarray:
    """Days since a start, or a part of times (n,) of NumPy's."""
    gone = np.isnat(times)
    found: Any
    if part is None:
        found = (times - np.datetime64(start)) / np.timedelta64(1, "D")
    elif part == "%m":
        found = times.astype("datetime64[M]").astype(np.int64) % 12 + 1
    elif part == "%w":  # the first day of all was a Thursday
        found = (times.astype("datetime64[D]").astype(np.int64) + 4) % 7
    elif part == "%H":
        found = times.astype("datetime64[h]").astype(np.int64) % 24
    else:
        each = times.astype("datetime64[us]").tolist()
        found = np.array([0 if m is None else float(m.strftime(part)) for m in each])
    return np.where(gone, np.nan, found)
