"""A model as a table: its layers, their outputs' shapes, their numbers of weights."""

from __future__ import annotations

from typing import Any

_SHARES = (0.45, 0.78)  # where the first two columns end, as parts of the line


def table(model: Any, line_length: int | None = None) -> str:
    """The summary's text: one row a layer, then the totals."""
    length = line_length or 76
    ends = [*(round(length * s) for s in _SHARES), length - 1]
    widths = [max(b - a - 3, 5) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    rows = [_row(layer, widths) for layer in model.layers]
    heads = ["Layer (type)", "Output Shape", "Param #"]
    lines = [f'Model: "{model.name}"']
    lines.append("┏" + "┳".join("━" * (w + 2) for w in widths) + "┓")
    lines.append("┃" + "┃".join(_cells(heads, widths)) + "┃")
    lines.append("┡" + "╇".join("━" * (w + 2) for w in widths) + "┩")
    between = "├" + "┼".join("─" * (w + 2) for w in widths) + "┤"
    for i, row in enumerate(rows):
        if i:
            lines.append(between)
        lines += ["│" + "│".join(_cells(cells, widths)) + "│" for cells in row]
    lines.append("└" + "┴".join("─" * (w + 2) for w in widths) + "┘")
    return "\n".join([*lines, *_totals(model)])


def _cells(texts: list[str], widths: list[int]) -> list[str]:
    left, middle, right = (_cut(t, w) for t, w in zip(texts, widths, strict=True))
    return [f" {left:<{widths[0]}} ", f" {middle:<{widths[1]}} ", f" {right:>{widths[2]}} "]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _row(layer: Any, widths: list[int]) -> list[list[str]]:
    kind = f"({type(layer).__name__})"
    name = f"{layer.name} {kind}"
    shape = str(layer.output_shape) if layer.input_shape is not None and layer.built else "?"
    count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
    if len(name) <= widths[0]:
        return [[name, shape, count]]
    return [[layer.name, shape, count], [kind, "", ""]]


def _totals(model: Any) -> list[str]:
    moving = {id(v) for v in model.trainable_weights}
    inside = [v for v in model.weights if id(v) in moving]
    fixed = [v for v in model.weights if id(v) not in moving]
    kept = [s for slots in model.optimizer.slots for s in slots] if model.compiled else []
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


