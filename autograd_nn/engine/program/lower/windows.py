"""Windows: a view that products read where it lies, by tables of offsets; and their sums back.

Rows of a matrix of windows overlap in memory: no strides walk through it, but each row begins at an
offset, and so does each column from there. Both are told when the plan is built, so that the matrix
is never laid out. Adding windows back is one walk over that view.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from autograd_nn.engine.graph.values import Call, Immediate, Value
from autograd_nn.engine.kernels import products
from autograd_nn.engine.program.dtypes import floating, itemsize, known
from autograd_nn.engine.program.layout import Place, row_major, stride_of_stack
from autograd_nn.engine.program.lower import lowering
from autograd_nn.engine.program.lower.index import Walk, run_walk
from autograd_nn.engine.program.plan.builder import Builder
from autograd_nn.engine.program.plan.loops.loop import Cell

NEAR = 1 << 19  # bytes of images that are worked on together: they stay in the second cache


@dataclass(frozen=True, slots=True)
class Tabled:
    """Matrices by tables: entry (i, k) lies ``rows``ᵢ + ``columns``ₖ bytes from ``place``.

    step   from one matrix of the stack to the next, in entries.
    axes   sizes and strides of what the columns run over.
    """

    place: Place
    rows: Value
    columns: Value
    step: int
    axes: tuple[tuple[int, ...], tuple[int, ...]]

    def cut(self, builder: Builder, parts: int) -> Tabled:
        """As a stack of so many, each with its part of the columns; ``parts`` divides axis 0."""
        (n, *shape), strides = self.axes
        part = (n // parts, *shape)
        columns = builder.table(part, strides, self.place.root.dtype.itemsize)
        return Tabled(self.place, self.rows, columns, strides[0] * part[0], (part, strides))


def left(builder: Builder, a: Place, lead: tuple[int, ...]) -> Tabled | None:
    """A left operand that was laid out only for a product: where it was before; None if it was not.

    a   the copy, or the copy turned: (*lead, n, k).
    """
    source = builder.laid_from(a.root)
    if source is None or a.offset or a.shape[:-2] != lead or math.prod(a.shape) != a.root.size:
        return None
    n, k = a.shape[-2:]
    turned = a.strides == (*[s * n * k for s in row_major(lead)], 1, n)
    if not turned and not a.contiguous:
        return None
    tall, wide = (k, n) if turned else (n, k)
    cuts = _cut(source.shape, (math.prod(lead), tall, wide))
    if cuts is None:
        return None
    first, second = cuts
    outer = source.shape[:first]
    stacked = Place(source.root, 0, (*outer, 1, 1), (*source.strides[:first], 0, 0))
    step = stride_of_stack(stacked, outer)
    if step is None:
        return None
    size = source.root.dtype.itemsize
    down = source.shape[first:second], source.strides[first:second]
    across = source.shape[second:], source.strides[second:]
    if turned:
        down, across = across, down
    rows, columns = builder.table(*down, size), builder.table(*across, size)
    return Tabled(source, rows, columns, step, across)


def _cut(shape: tuple[int, ...], sizes: tuple[int, int, int]) -> tuple[int, int] | None:
    """Where axes are cut into three runs of those sizes; None where they cannot be."""
    cuts, at = [], 0
    for size in sizes[:2]:
        n = 1
        while n < size and at < len(shape):
            n *= shape[at]
            at += 1
        if n != size:
            return None
        cuts.append(at)
    return (cuts[0], cuts[1]) if math.prod(shape[at:]) == sizes[2] else None


def added(
    builder: Builder, call: Call, windows: Place, strides: tuple[int, ...], apart: int
) -> bool:
    """Adds the step that adds a product up where its entries belong; False where it does not fit.

    windows   the entries to be added, all of them a product's, which nobody else reads.
    strides   of the result, over the axes of ``windows``.
    apart     the first axis of windows: those before it count images.
    """
    made, y = builder.product_of(windows.root), call.result
    code = floating(windows.root, y)
    if made is None or not code or windows.offset or windows.shape[:apart] != y.shape[:apart]:
        return False
    a, b = made
    (rows, depth), wide = a.shape, b.shape[1]
    axes = sorted(
        (i for i, n in enumerate(windows.shape) if n > 1), key=lambda i: -windows.strides[i]
    )
    shape = tuple(windows.shape[i] for i in axes)
    cuts = _cut(shape, (1, rows, wide))
    if cuts is None or tuple(windows.strides[i] for i in axes) != row_major(shape):
        return False
    down, across = axes[: cuts[1]], axes[cuts[1] :]
    outer = [i for i in range(apart) if windows.shape[i] > 1]
    if down[: len(outer)] != outer or any(i >= len(y.shape) for i in down):
        return False
    if not across or strides[across[-1]] != 1 or across[-1] >= len(y.shape):
        return False  # rows would lie over one another
    *places, last = across
    size, columns = itemsize(code), windows.shape[last]
    images, image = math.prod(y.shape[:apart]), math.prod(y.shape[apart:])

    def table(over: list[int]) -> Value:
        return builder.table(
            tuple(windows.shape[i] for i in over), tuple(strides[i] for i in over), size
        )

    on_rows, on_places = table(down[len(outer) :]), table(places)
    n = rows // images
    several = max(1, min(-(-images // 8), NEAR // (size * (image + n * depth))))
    cells: list[Cell | Value | Place] = [
        a, b, y, n, depth, columns, on_places.size, *a.strides, *b.strides, on_rows, on_places,
        images, image, several,
    ]  # fmt: skip
    builder.run(
        products.added_product, cells, [y], name="matmul+add_windows",
        parts=-(-images // several), flops=2 * rows * depth * wide,
        F=code, SIZE=str(size), TABLED="2",
    )  # fmt: skip
    return True


@lowering("add_windows")
def _add_windows(builder: Builder, call: Call) -> bool:
    """Each entry of the windows is added to the entry of the result that it shows.

    The places in a window are walked outside of the windows: then sums come in the order of the
    op's own, and no two entries of an inner loop meet. Axes before those may be cut into parts.
    """
    x, y = call.operands[0], call.result
    if isinstance(x, Immediate) or not known(x, y) or x.dtype != y.dtype or y.dtype == np.bool_:
        return False
    if not x.size:
        builder.fill(y, 0)
        return True
    count = len(y.shape)
    strides, inner = list(row_major(y.shape)), []
    windowed = [a % count for a in call.params["axes"]]
    for a, s, d in zip(windowed, call.params["strides"], call.params["dilations"], strict=True):
        inner.append(strides[a] * d)
        strides[a] *= s
    apart = min(windowed, default=count)
    if added(builder, call, builder.place(x), (*strides, *inner), apart):
        return True
    builder.fill(y, 0)
    order = [*range(apart), *range(count, len(x.shape)), *range(apart, count)]

    def turned(place: Place) -> Place:
        return Place(
            place.root, place.offset, tuple(place.shape[i] for i in order),
            tuple(place.strides[i] for i in order),
        )  # fmt: skip

    far = turned(Place(y, 0, x.shape, (*strides, *inner)))
    over = "k" * apart + "b" * (len(order) - apart)
    run_walk(builder, "scatter", call, Walk(far, over, []), turned(builder.place(x)))
    return True
