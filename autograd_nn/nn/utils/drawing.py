"""Pictures of models: boxes for layers, lines from each to those that read it.

A model goes in; out comes the text of a graph in Graphviz's language, or a file of it drawn. Where
Graphviz is missing the picture is laid out here: rows by how far a layer is from the inputs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.nn.shapes import map_shapes
from autograd_nn.nn.symbols import shapes_of

WIDE, HIGH, GAP, LETTER = 24, 18, 40, 7.3  # pixels: a margin, a line, between boxes, a letter


@dataclass
class Box:
    """A layer: its name, its class, and what goes in and comes out."""

    name: str
    kind: str
    layer: Any
    before: str = "?"
    after: str = "?"


@dataclass
class Plan:
    """Boxes by number, and the lines between them."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[tuple[int, int]] = field(default_factory=list)

    def add(self, box: Box) -> int:
        self.boxes.append(box)
        return len(self.boxes) - 1

    def join(self, a: int, b: int) -> None:
        if (a, b) not in self.lines:
            self.lines.append((a, b))


def planned(model: Any, expand_nested: bool = False) -> Plan:
    """What is to be drawn of a model; models inside it opened or not."""
    plan = Plan()
    network = model._layer_graph
    if network is None:
        before = None
        for layer in model.layers or [model]:
            at = plan.add(_box(layer))
            if before is not None and hasattr(model, "pop"):  # a chain
                plan.join(before, at)
            before = at
    else:
        _network(plan, network, expand_nested, {})
    return plan


def _network(plan: Plan, network: Any, expand: bool, known: dict[int, list[int]]) -> list[int]:
    """Adds a network's calls; ``known``: the boxes that inputs come from. Returns the last ones."""
    ends: dict[int, list[int]] = dict(known)  # of calls, by their key
    for calls in network.groups:
        first = calls[0]
        inner = getattr(first.function, "_layer_graph", None) if expand else None
        if first.key in known:
            continue
        sources = [ends[x.call.key] for call in calls for x in call.inputs]
        if inner is not None:
            entries = inner.entries
            given = [ends[x.call.key] for x in first.inputs]
            ends[first.key] = _network(
                plan, inner, expand,
                {x.call.key: b for x, b in zip(entries, given, strict=False)},
            )  # fmt: skip
            continue
        at = plan.add(_box(first.function, first))
        ends[first.key] = [at]
        for boxes in sources:
            for b in boxes:
                plan.join(b, at)
    return list(dict.fromkeys(b for x in network.results for b in ends[x.call.key]))


def _box(layer: Any, call: Any = None) -> Box:
    kind = type(layer).__name__ if hasattr(layer, "_noted") else "op"
    name = getattr(layer, "name", None) if call is None else call.name
    if call is None:
        shapes = getattr(layer, "input_shape", None), None
    else:
        before = [x.shape for x in call.inputs] or [tree.flatten(call.outputs)[0][0].shape]
        shapes = (before[0] if len(before) == 1 else before), shapes_of(call.outputs)
    return Box(str(name), kind, layer, *(_shown(s) for s in shapes))


def _shown(shapes: Any) -> str:
    found: list[str] = []
    if shapes is not None:
        map_shapes(lambda s: found.append(str(tuple(s))), shapes)
    return ", ".join(found) or "?"


@dataclass
class Graph:
    """A model's graph, as ``pydot`` has one: as text, or drawn."""

    plan: Plan
    name: str
    rankdir: str = "TB"
    show_shapes: bool = False
    show_layer_names: bool = True
    show_dtype: bool = False
    show_layer_activations: bool = False
    show_trainable: bool = False
    dpi: int = 96

    def rows(self, box: Box) -> list[str]:
        """What stands in a box, line by line."""
        rows = [f"{box.name}: {box.kind}" if self.show_layer_names else box.kind]
        if self.show_dtype:
            rows.append(str(getattr(box.layer, "compute_dtype", "?")))
        if self.show_layer_activations and hasattr(box.layer, "activation"):
            found = box.layer.activation
            rows.append(f"activation: {getattr(found, '__name__', found or 'linear')}")
        if self.show_trainable and getattr(box.layer, "weights", None):
            rows.append("trainable" if box.layer.trainable else "not trainable")
        if self.show_shapes:
            rows += [f"input: {box.before}", f"output: {box.after}"]
        return rows

    def to_string(self) -> str:
        """The graph in Graphviz's language.

        >>> from autograd_nn import nn
        >>> x = nn.Input((2,), name="x")
        >>> print(model_to_dot(nn.Model(x, nn.Dense(1, name="y")(x), name="m")).to_string())
        digraph "m" {
          rankdir=TB;
          node [shape=box];
          0 [label="x: InputLayer"];
          1 [label="y: Dense"];
          0 -> 1;
        }
        """
        lines = [f"digraph {_quoted(self.name)} {{"]
        lines += [f"  rankdir={self.rankdir};", "  node [shape=box];"]
        for i, box in enumerate(self.plan.boxes):
            lines.append(f"  {i} [label={_quoted(chr(10).join(self.rows(box)))}];")
        lines += [f"  {a} -> {b};" for a, b in self.plan.lines]
        return "\n".join([*lines, "}"])

    def create(self, prog: Any = None, format: str = "svg") -> bytes:
        """The picture's bytes, by Graphviz where it is installed; else SVG, or by matplotlib.

        Raises ImportError where the format needs one of the two and neither is there.
        """
        if format == "dot":
            return self.to_string().encode()
        program = shutil.which(str(prog or "dot"))
        if program is not None:
            command = [program, f"-T{format}", f"-Gdpi={self.dpi}"]
            return subprocess.run(  # noqa: S603
                command, input=self.to_string().encode(), capture_output=True, check=True
            ).stdout
        return self.svg().encode() if format == "svg" else self._by_matplotlib(format)

    def write(self, path: Any, prog: Any = None, format: str | None = None) -> None:
        """Writes `create`'s result; format: that of the path's suffix where none is told."""
        kind = format or os.path.splitext(os.fspath(path))[1][1:] or "png"
        made = self.create(prog, kind)
        with open(path, "wb") as file:
            file.write(made)

    def write_png(self, path: Any, prog: Any = None) -> None:
        """`write` as PNG."""
        self.write(path, prog, "png")

    # ---- a layout of our own --------------------------------------------------------------------

    def _ranks(self) -> list[list[int]]:
        """The boxes by how far they are from the inputs, beside what they read."""
        into: dict[int, list[int]] = {}
        for a, b in self.plan.lines:
            into.setdefault(b, []).append(a)
        rank: dict[int, int] = {}
        waiting = list(range(len(self.plan.boxes)))
        while waiting:
            i = waiting.pop(0)
            if all(a in rank for a in into.get(i, ())):
                rank[i] = max((rank[a] + 1 for a in into.get(i, ())), default=0)
            else:
                waiting.append(i)
        rows: list[list[int]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
        place: dict[int, float] = {}
        for i in sorted(rank, key=lambda i: (rank[i], i)):
            rows[rank[i]].append(i)
        for row in rows:
            before = {i: [place[a] for a in into.get(i, ())] for i in row}
            row.sort(key=lambda i: sum(before[i]) / len(before[i]) if before[i] else i)
            place.update({i: at / len(row) for at, i in enumerate(row)})
        return rows

    def placed(self) -> tuple[dict[int, tuple[float, float, float, float]], float, float]:
        """Each box's left, top, width and height, and the picture's sizes, in pixels."""
        sizes = {}
        for i, box in enumerate(self.plan.boxes):
            rows = self.rows(box)
            sizes[i] = WIDE + LETTER * max(map(len, rows)), HIGH * len(rows) + HIGH / 2
        across = self.rankdir in ("LR", "RL")
        along, beside = (0, 1) if across else (1, 0)
        ranks = self._ranks()
        breadths = [sum(sizes[i][beside] + GAP for i in row) for row in ranks]
        breadth, depth = max(breadths, default=GAP), GAP / 2
        found: dict[int, tuple[float, float, float, float]] = {}
        for row, own in zip(ranks, breadths, strict=True):
            at = (breadth - own) / 2 + GAP / 2
            most = max(sizes[i][along] for i in row)
            for i in row:
                corner = (depth, at) if across else (at, depth)
                found[i] = (*corner, *sizes[i])
                at += sizes[i][beside] + GAP
            depth += most + GAP
        sides = (depth, breadth) if across else (breadth, depth)
        return found, *sides

    def _ways(self, places: dict[int, Any]) -> Iterator[tuple[float, float, float, float]]:
        """Where each line begins and ends."""
        for a, b in self.plan.lines:
            (x, y, w, h), (u, v, s, t) = places[a], places[b]
            if self.rankdir in ("LR", "RL"):
                yield x + w, y + h / 2, u, v + t / 2
            else:
                yield x + w / 2, y + h, u + s / 2, v

    def svg(self) -> str:
        """The picture as SVG, laid out here."""
        places, width, height = self.placed()
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            'font-family="monospace" font-size="12">',
            '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
            'markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>',
        ]
        for a, b, c, d in self._ways(places):
            parts.append(
                f'<line x1="{a:.0f}" y1="{b:.0f}" x2="{c:.0f}" y2="{d:.0f}" stroke="black" '
                'marker-end="url(#end)"/>'
            )
        for i, (x, y, w, h) in places.items():
            parts.append(
                f'<rect x="{x:.0f}" y="{y:.0f}" width="{w:.0f}" height="{h:.0f}" fill="white" '
                'stroke="black"/>'
            )
            for n, text in enumerate(self.rows(self.plan.boxes[i]), 1):
                parts.append(
                    f'<text x="{x + w / 2:.0f}" y="{y + HIGH * n:.0f}" text-anchor="middle">'
                    f"{escape(text)}</text>"
                )
        return "\n".join([*parts, "</svg>\n"])

    def _by_matplotlib(self, format: str) -> bytes:
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise ImportError(
                f"a picture of a model as {format!r} was asked for, which Graphviz or matplotlib "
                "draws; expected one of them, or .svg or .dot. Run: pip install 'autograd-nn[plot]'"
            ) from None
        from io import BytesIO

        places, width, height = self.placed()
        figure = Figure(figsize=(width / 96, height / 96))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        for a, b, c, d in self._ways(places):
            axes.annotate("", (c, d), (a, b), arrowprops={"arrowstyle": "->"})
        for i, (x, y, w, h) in places.items():
            text = "\n".join(self.rows(self.plan.boxes[i]))
            axes.text(
                x + w / 2, y + h / 2, text, family="monospace", fontsize=9, ha="center",
                va="center", bbox={"facecolor": "white", "pad": 4},
            )  # fmt: skip
        held = BytesIO()
        figure.savefig(held, format=format, dpi=self.dpi)
        return held.getvalue()


def _quoted(text: str) -> str:
    inner = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inner}"'


def model_to_dot(
    model: Any, show_shapes: bool = False, show_layer_names: bool = True, rankdir: str = "TB",
    expand_nested: bool = False, dpi: int = 96, subgraph: bool = False, show_dtype: bool = False,
    show_layer_activations: bool = False, show_trainable: bool = False, **kwargs: Any,
) -> Graph:  # fmt: skip
    """A model's layers and what they read as a graph, to be drawn or given to Graphviz.

    show_…          what stands in a layer's box besides its class.
    rankdir         'TB' from top to bottom, 'LR' from left to right.
    expand_nested   whether models inside are drawn as their layers.
    Raises ValueError for another direction.
    """
    if rankdir not in ("TB", "LR", "BT", "RL"):
        raise ValueError(f"model_to_dot received rankdir={rankdir!r}; expected 'TB' or 'LR'.")
    return Graph(
        planned(model, expand_nested), model.name, rankdir, show_shapes, show_layer_names,
        show_dtype, show_layer_activations, show_trainable, dpi,
    )  # fmt: skip


def plot_model(model: Any, to_file: Any = "model.png", **options: Any) -> str:
    """Draws a model's layers and what they read into a file, of the kind its suffix says.

    options   those of `model_to_dot`. .svg and .dot need nothing else; other pictures Graphviz, or
              matplotlib.
    Returns the path. Raises ImportError where neither is there.
    """
    path = os.fspath(to_file)
    model_to_dot(model, **options).write(path)
    return path
