"""A model as a table: its layers, their outputs' shapes, their numbers of weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from autograd_nn.engine import tree
from autograd_nn.nn.checks import number, whole

# Where columns end, as parts of the line: of a chain, and with what layers come from.
_CHAIN, _GRAPH = (0.45, 0.8, 1.0), (0.3, 0.56, 0.74, 1.0)
_HEADS = ("Layer (type)", "Output Shape", "Param #", "Connected to", "Trainable")


class Row(NamedTuple):
    """One layer or op: the object, its name, where it comes from, how deep it is, its results."""

    thing: Any
    name: str
    sources: Sequence[str]
    depth: int
    outputs: Any = None  # a tree of symbols, where it was called on some


def table(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> str:
    """The summary's text: one row a layer, then the totals."""
    connected = model._layer_graph is not None and not _in_a_line(model._layer_graph)
    shown = [0, 1, 2] + [3] * connected + [4] * bool(show_trainable)
    rows = list(_rows(model, expand_nested))
    if layer_range is not None:
        rows = _between(rows, layer_range)
    length = whole(76 if line_length is None else line_length, "line_length", 1)
    shares = [number(s, "positions", "summary", least=0)
              for s in positions or (_GRAPH if connected else _CHAIN)]  # fmt: skip
    if show_trainable:
        shares = [*(0.9 * s for s in shares), 1.0]
    widths = _widths(length, [*shares[: len(shown) - 1], 1.0])
    lines = [f'Model: "{model.name}"']
    lines.append("┏" + "┳".join("━" * (w + 2) for w in widths) + "┓")
    lines.append("┃" + "┃".join(_cells([_HEADS[c] for c in shown], widths, shown)) + "┃")
    lines.append("┡" + "╇".join("━" * (w + 2) for w in widths) + "┩")
    between = "├" + "┼".join("─" * (w + 2) for w in widths) + "┤"
    for i, row in enumerate(rows):
        if i:
            lines.append(between)
        for cells in _lines(row, widths, shown):
            lines.append("│" + "│".join(_cells(cells, widths, shown)) + "│")
    lines.append("└" + "┴".join("─" * (w + 2) for w in widths) + "┘")
    return "\n".join([*lines, *_totals(model)])


def _widths(length: int, shares: Sequence[float]) -> list[int]:
    """Columns' widths for where they end; what borders take is taken from all alike."""
    ends = [int(length * share) for share in shares]
    widths = [b - a for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    over = 3 * len(widths) + 1
    for i, left in enumerate(range(len(widths), 0, -1)):
        part = round(over / left)
        widths[i], over = max(widths[i] - part, 5), over - part
    return widths


def _in_a_line(network: Any) -> bool:
    """Whether each call takes the result of the one before, and no layer comes twice."""
    single = all(len(c.inputs) <= 1 for c in network.calls)
    alone = all(len(calls) == 1 for calls in network.groups)
    return single and alone and len(network.entries) == len(network.results) == 1


def _rows(model: Any, nested: bool, depth: int = 0) -> Iterator[Row]:
    network = model._layer_graph
    if network is None:
        found = [Row(s, s.name, (), depth) for s in model.layers]
    else:
        place = {id(c): f"{c.name}[{i}]" for g in network.groups for i, c in enumerate(g)}
        found = []
        for calls in network.groups:
            first = calls[0]
            sources = [f"{place[id(x.call)]}[{x.place}]" for c in calls for x in c.inputs]
            thing = first.function if hasattr(first.function, "_noted") else first
            outputs = _alike([c.outputs for c in calls])
            found.append(Row(thing, first.name, () if depth else sources, depth, outputs))
    for row in found:
        yield row
        if nested and hasattr(row.thing, "_layer_graph"):
            yield from _rows(row.thing, nested, depth + 1)


def _between(rows: list[Row], ends: Sequence[str]) -> list[Row]:
    """The rows from the first that one name means up to the last that the other does."""
    if len(ends) != 2:
        raise ValueError(
            f"summary received layer_range={ends!r}; expected the first layer's name and the "
            "last's."
        )
    matching = [[i for i, r in enumerate(rows) if re.fullmatch(end, r.name)] for end in ends]
    for end, places in zip(ends, matching, strict=True):
        if not places:
            raise ValueError(
                f"summary received layer_range={tuple(ends)!r}, and no layer is called {end!r}; "
                f"expected one of {', '.join(r.name for r in rows)}."
            )
    first, last = sorted((matching[0][0], matching[1][-1]))
    return rows[first : last + 1]


def _cells(texts: Sequence[str], widths: Sequence[int], shown: Sequence[int]) -> list[str]:
    align = {2: ">", 4: "^"}
    return [
        f" {_cut(t, w):{align.get(c, '<')}{w}} "
        for t, w, c in zip(texts, widths, shown, strict=True)
    ]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _lines(row: Row, widths: Sequence[int], shown: Sequence[int]) -> list[list[str]]:
    """A row's lines of cells."""
    thing = row.thing
    layer = hasattr(thing, "_noted")
    kind = getattr(thing, "_class_name", type(thing).__name__) if layer else _op_kind(thing)
    before = "   " * row.depth + "└ " * bool(row.depth)
    texts = [f"{before}{row.name} ({kind})", _shape(row), _count(thing, layer)]
    if 3 in shown:
        texts.append(", ".join(row.sources) or "-")
    columns = [_wrapped(t, w) for t, w in zip(texts, widths, strict=False)]
    if 4 in shown:
        weights = thing.weights if layer else []
        columns.append(["-" if not weights else "Y" if thing.trainable else "N"])
    height = max(map(len, columns))
    return [[c[i] if i < len(c) else "" for c in columns] for i in range(height)]


def _wrapped(text: str, width: int) -> list[str]:
    """Lines that break between words; a word that is too long has a line of its own."""
    lines = [""]
    for word in re.findall(r"\s*\S+\s*", text):
        if lines[-1] and len(lines[-1]) + len(word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines]


def _op_kind(call: Any) -> str:
    name = getattr(call.function, "__name__", type(call.function).__name__)
    return "".join(part.capitalize() for part in name.split("_"))


def _alike(results: list[Any]) -> Any:
    """The first of several calls' results if all have its shapes; None otherwise."""
    shapes = [tree.map(lambda x: x.shape, y) for y in results]
    return results[0] if all(s == shapes[0] for s in shapes) else None


def _shape(row: Row) -> str:
    """The shapes of a row's results; a layer that no symbols met knows its input's, or none."""
    if row.outputs is not None:
        return str(tree.map(lambda x: x.shape, row.outputs))
    thing = row.thing
    known = getattr(thing, "input_shape", None) is not None and thing.built
    try:
        return str(thing.output_shape) if known else "?"
    except (TypeError, ValueError):  # its call asks for more than one input
        return "?"


def _count(thing: Any, layer: bool) -> str:
    if not layer:
        return "0"
    return f"{thing.count_params():,}" if thing.built else "0 (unbuilt)"


def _totals(model: Any) -> list[str]:
    moving = {id(v) for v in model.trainable_weights}
    inside = [v for v in model.weights if id(v) in moving]
    fixed = [v for v in model.weights if id(v) not in moving]
    optimizer = model.optimizer if model.compiled else None
    kept = optimizer.variables if optimizer is not None and optimizer.built else []
    lines = [
        f" Total params: {_amount([*model.weights, *kept])}",
        f" Trainable params: {_amount(inside)}",
        f" Non-trainable params: {_amount(fixed)}",
    ]
    return [*lines, f" Optimizer params: {_amount(kept)}"] if kept else lines


def _amount(variables: list[Any]) -> str:
    return f"{sum(v.size for v in variables):,} ({size(sum(v.nbytes for v in variables))})"


def size(n: float) -> str:
    """Bytes in the unit that suits.

    >>> size(884)
    '884.00 B'
    """
    for unit in ("B", "KB", "MB", "GB"):
        if n < 1024:
            return f"{n:.2f} {unit}"
        n /= 1024
    return f"{n:.2f} TB"


