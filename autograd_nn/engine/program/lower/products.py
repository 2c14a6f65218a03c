"""Products of matrices: in tiles, or for few columns row by row."""

from __future__ import annotations

import math

from autograd_nn.engine.graph.values import Call, Immediate, Value
from autograd_nn.engine.kernels import products
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.dtypes import floating, itemsize
from autograd_nn.engine.program.layout import Place, stride_of_stack
from autograd_nn.engine.program.lower import lowering, windows
from autograd_nn.engine.program.passes.fuse import Group
from autograd_nn.engine.program.plan.builder import Builder
from autograd_nn.engine.program.plan.loops.fused import loop_step
from autograd_nn.engine.program.plan.loops.loop import Cell
from autograd_nn.engine.program.plan.step import Kernel, Step

PIECES = 8  # of a large product at least, so that they may be shared
DEEP = 256  # of the depth at least, for a part of it


@lowering("matmul")
def _matmul(builder: Builder, call: Call) -> bool:
    x1, x2 = call.operands
    y = call.result
    code = floating(x1, x2, y)
    if isinstance(x1, Immediate) or isinstance(x2, Immediate) or not code or not y.size:
        return False
    a, b = builder.place(x1), builder.place(x2)
    if not a.shape[-1]:
        builder.fill(y, 0)
        return True
    lead = y.shape[:-2]
    if not lead and _is_small(a.shape[0], a.shape[1], b.shape[1]):
        _small_product(builder, a, b, y, code)
        return True
    n, k, m = a.shape[-2], a.shape[-1], b.shape[-1]
    count = math.prod(lead)
    told = windows.left(builder, a, lead)
    if told is not None and not lead and (parts := _parts_of_depth(told, n, k, m)) > 1:
        _sum_of_parts(builder, told.cut(builder, parts), b, y, code, parts)
        return True
    steps_a: tuple[Cell | Value, ...]
    if not lead:
        builder.products[y.index] = a, b, len(builder.steps)
    if told is None:
        a = builder.stacked(a, lead)
        steps_a, step_a = a.strides[-2:], stride_of_stack(a, lead)
    else:
        a, steps_a, step_a = told.place, (told.rows, told.columns), told.step
    panels = None if lead else _panels(builder, b, code)
    if panels is None:
        b = builder.stacked(b, lead)
    step_b = stride_of_stack(b, lead)
    assert step_a is not None and step_b is not None
    tall, wide = _piece(count, n, m)
    cells: list[Cell | Value | Place] = [
        a, panels or b, y, n, k, m, *steps_a, *b.strides[-2:], count, step_a, step_b, n * m, tall,
        wide, int(panels is not None),
    ]
    pieces = count * -(-n // tall) * -(-m // wide)
    builder.run(
        products.product, cells, [y], name="matmul", parts=pieces, flops=2 * count * n * m * k,
        F=code, SIZE=str(itemsize(code)), TABLED="0" if told is None else "1",
    )  # fmt: skip
    return True


def _panels(builder: Builder, b: Place, code: str) -> Place | None:
    """B packed before the loop in which it stays the same; None where it is read as it lies."""
    k, m = b.shape

    def packing(panels: Place) -> Step:
        cells: list[Cell] = [b.address, panels.address, k, m, *b.strides]
        return Step(
            "pack", [b.root], [panels.root],
            Kernel(products.panels, (("F", code), ("SIZE", str(itemsize(code))))), cells,
            parts=-(-m // 64),
        )  # fmt: skip

    return builder.once(b, "panels", (-(-m // 64) * 64 * k,), packing)


def _piece(count: int, n: int, m: int) -> tuple[int, int]:
    """Rows and columns of the pieces of an n×m result that threads share."""
    wide = 64  # no tile is wider: a panel of B is then packed once
    missing = -(-PIECES // (count * -(-m // wide)))
    return max(48, -(-n // (missing * 12)) * 12), wide  # a whole number of tiles


def _parts_of_depth(told: windows.Tabled, n: int, k: int, m: int) -> int:
    """Into how many parts of its depth a product is cut that has too few pieces to be shared."""
    tall, wide = _piece(1, n, m)
    if -(-n // tall) * -(-m // wide) >= PIECES // 2 or k < PIECES * DEEP or not told.axes[0]:
        return 1
    return max(p for p in range(1, PIECES + 1) if told.axes[0][0] % p == 0)


def _sum_of_parts(
    builder: Builder, told: windows.Tabled, b: Place, y: Value, code: str, parts: int
) -> None:
    """A product of few rows and columns and great depth: of parts of the depth, then summed."""
    (n, m), k = y.shape, told.columns.size
    each = builder.temporary((parts, n, m), y.dtype)
    tall, wide = _piece(parts, n, m)
    cells: list[Cell | Value | Place] = [
        told.place, b, each, n, k, m, told.rows, told.columns, *b.strides, parts, told.step,
        k * b.strides[0], n * m, tall, wide, 0,
    ]  # fmt: skip
    builder.run(
        products.product, cells, [each], name="matmul",
        parts=parts * -(-n // tall) * -(-m // wide), flops=2 * parts * n * m * k,
        F=code, SIZE=str(itemsize(code)), TABLED="1",
    )  # fmt: skip
    total = Call(REGISTRY["sum"], (each.root,), {"axis": 0, "keepdims": False}, (y,))
    builder.add(loop_step(Group(-1, each.shape, [total], {y.index}), builder.places))


def _is_small(n: int, k: int, m: int) -> bool:
    """Where a loop of our own, its sizes written in, beats packing and tiles."""
    return k <= 32 and m <= 32 and n * k * m <= 8192


def _small_product(builder: Builder, a: Place, b: Place, y: Value, code: str) -> None:
    """A small product: the inner sum unrolled, the columns as vectors."""
    if b.strides[1] != 1 and b.shape[1] != 1:
        b = builder.ordered(b)  # rows of B are read as vectors
    (n, k), m = a.shape, b.shape[1]
    builder.run(
        products.small_product, [a, b, y, n, a.strides[0], a.strides[1], b.strides[0]], [y],
        name="matmul", flops=2 * n * k * m,
        F=code, SIZE=str(itemsize(code)), K=str(k), M=str(m),
    )  # fmt: skip
