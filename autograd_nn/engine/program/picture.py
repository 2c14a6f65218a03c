"""A picture of a program: its instructions as boxes in layers, its buffers as the lines between.

SVG is written by hand, so that no library is needed. An instruction stands one layer below the
lowest it depends on. Within a layer boxes stand in the order of where their neighbours are, as near
to them as they fit (Sugiyama's method), and lines pass a layer between its boxes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from autograd_nn.engine.graph.values import Value
from autograd_nn.engine.program.listing import Listing, told

FILLS = {"start": "#e8f0fe", "native": "#ffffff", "python": "#fde8d8", "end": "#e6f4ea"}
CHARACTER, LINE, ACROSS, DOWN, MARGIN = 6.7, 15.0, 16.0, 40.0, 16.0  # sizes in pixels
WIDEST = 34  # characters of a line of a box


@dataclass(slots=True, eq=False)
class Node:
    """A box: an instruction, or what a program starts from or ends with; or a line's bend."""

    name: str
    kind: str
    lines: list[str]
    layer: int = 0
    ins: list[tuple[Node, Value]] = field(default_factory=list)
    x: float = 0.0  # of its middle
    y: float = 0.0
    height: float = 0.0

    @property
    def width(self) -> float:
        return max(map(len, self.lines)) * CHARACTER + 18 if self.lines else 4


def _count(n: int, unit: str) -> str:
    power = next((k for k in range(3) if n < 1000 ** (k + 1)), 3)
    return f"{n / 1000**power:.3g} {('', 'k', 'M', 'G')[power]}{unit}"


def nodes(listing: Listing) -> list[Node]:
    """Boxes in the order they run, each with the boxes and the buffers it depends on."""
    found: list[Node] = []
    made: dict[int, Node] = {}  # by buffer, who wrote it last

    def maker(v: Value) -> Node:
        if v.index not in made:
            kind = "state" if v.index in listing.states else v.kind
            made[v.index] = Node(f"v{v.index}", "start", [kind, told(v)])
            found.append(made[v.index])
        return made[v.index]

    for k, step in enumerate(listing.instructions):
        names = [""]
        for name in step.name.split("+"):  # the members of a fused loop
            if names[-1] and len(names[-1]) + len(name) > WIDEST:
                names.append("")
            names[-1] += f" + {name}" if names[-1] else name
        costs = [_count(step.nbytes, "B"), *([_count(step.flops, "flop")] if step.flops else [])]
        last = ", ".join(costs if step.native else [*costs, "python"])
        lines = [*names, *map(told, step.writes), last]
        node = Node(f"s{k}", "native" if step.native else "python", lines)
        before = [v for v in step.writes if v.index in made]  # filled first, then added to
        node.ins = [(maker(v), v) for v in dict.fromkeys([*step.reads, *before])]
        made |= {v.index: node for v in step.writes}
        found.append(node)
    for k, (y, root) in enumerate(listing.outputs):
        node = Node(f"o{k}", "end", [f"output {k}", told(y)], ins=[(maker(root), root)])
        found.append(node)
    for node in found:
        node.layer = 1 + max((n.layer for n, _ in node.ins), default=-1)
    for node in reversed(found):  # what depends on no instruction stands just above its reader
        readers = [n.layer for n in found if any(m is node for m, _ in n.ins)]
        if readers and all(m.kind == "start" for m, _ in node.ins):
            node.layer = min(readers) - 1
    return found


def _ways(found: list[Node]) -> tuple[list[list[Node]], list[tuple[list[Node], Value]]]:
    """The layers, and each line's way from box to box, with a bend in every layer it passes."""
    layers: list[list[Node]] = [[] for _ in range(max((n.layer for n in found), default=-1) + 1)]
    bends: dict[tuple[Node, int, int], Node] = {}  # lines of one buffer run together
    ways = []
    for node in found:
        layers[node.layer].append(node)
        for source, v in node.ins:
            between = [(source, v.index, k) for k in range(source.layer + 1, node.layer)]
            way = [bends.setdefault(key, Node("", "bend", [], key[2])) for key in between]
            ways.append(([source, *way, node], v))
    for bend in bends.values():
        layers[bend.layer].append(bend)
    return layers, ways


def _settle(row: list[Node], beside: dict[Node, set[Node]]) -> None:
    """Puts a layer's boxes where least squares from their neighbours' means they do not overlap."""
    wish = {n: sum(m.x for m in beside[n]) / max(len(beside[n]), 1) for n in row}
    row.sort(key=lambda n: wish[n])
    edge = 0.0
    pools: list[list[tuple[Node, float, float]]] = []  # boxes that touch: (box, its place, wish)

    def mean(pool: list[tuple[Node, float, float]]) -> float:
        return sum(w - at for _, at, w in pool) / len(pool)

    for n in row:
        pools.append([(n, edge + n.width / 2, wish[n])])
        edge += n.width + ACROSS
        while len(pools) > 1 and mean(pools[-2]) > mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    for pool in pools:
        start = mean(pool)
        for n, at, _ in pool:
            n.x = start + at


def svg(listing: Listing) -> str:
    """The picture as SVG."""
    found = nodes(listing)
    layers, ways = _ways(found)
    beside: dict[Node, set[Node]] = {n: set() for row in layers for n in row}
    for a, b in (pair for way, _ in ways for pair in pairwise(way)):
        beside[a].add(b)
        beside[b].add(a)
    for row in (layers + layers[::-1]) * 12:
        _settle(row, beside)
    left = min((n.x - n.width / 2 for n in beside), default=0.0) - MARGIN
    width = max((n.x + n.width / 2 for n in beside), default=0.0) + MARGIN - left
    top = MARGIN
    for row in layers:
        tall = max(len(n.lines) for n in row) * LINE + 10
        for n in row:
            n.x, n.y = n.x - left, top
            n.height = len(n.lines) * LINE + 10 if n.lines else tall
        top += tall + DOWN
    size = f'width="{width:.0f}" height="{top - DOWN + MARGIN:.0f}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="monospace" '
             'font-size="11"><rect width="100%" height="100%" fill="#fff"/>']  # fmt: skip
    for way, v in ways:
        line = f"M{way[0].x:.1f} {way[0].y:.1f}"
        for a, b in pairwise(way):  # straight beside a layer's boxes, curved between layers
            down = a.y + a.height
            line += f"V{down:.1f}C{a.x:.1f} {(down + b.y) / 2:.1f} {b.x:.1f} "
            line += f"{(down + b.y) / 2:.1f} {b.x:.1f} {b.y:.1f}"
        about = f"{told(v)}, {v.nbytes:,} bytes"
        parts.append(f'<path class="{way[0].name} {way[-1].name}" fill="none" stroke="#8a94a6" '
                     f'd="{line}"><title>{about}</title></path>')  # fmt: skip
    for n in found:
        parts.append(f'<g id="{n.name}" transform="translate({n.x - n.width / 2:.1f} {n.y:.1f})">'
                     f'<rect width="{n.width:.1f}" height="{n.height:.1f}" rx="4" '
                     f'fill="{FILLS[n.kind]}" stroke="#4a5568"/>')  # fmt: skip
        for k, text in enumerate(n.lines):
            parts.append(f'<text x="9" y="{16 + k * LINE:g}">{escape(text)}</text>')
        parts.append("</g>")
    return "".join([*parts, "</svg>\n"])


def dot(listing: Listing) -> str:
    """The same graph in the language of Graphviz."""
    lines = ["digraph program {", "  node [shape=box, style=filled, fontname=monospace];"]
    for n in nodes(listing):
        text = "\\n".join(n.lines).replace('"', "'")
        lines.append(f'  {n.name} [label="{text}", fillcolor="{FILLS[n.kind]}"];')
        lines += [f'  {m.name} -> {n.name} [label="{v!r}"];' for m, v in n.ins]
    return "\n".join([*lines, "}\n"])
