"""Products of matrices: in tiles, or for few columns row by row."""

from __future__ import annotations

import math

from autograd_nn.engine.graph.values import Call, Immediate, Value
from autograd_nn.engine.kernels import products
from autograd_nn.engine.program.dtypes import floating, itemsize
from autograd_nn.engine.program.layout import Place, stride_of_stack
from autograd_nn.engine.program.lower import tabled
from autograd_nn.engine.program.lower.registry import lowering
from autograd_nn.engine.program.plan.builder import Builder
from autograd_nn.engine.program.plan.loop import Cell

PIECES = 8  # of a large product at least, so that they may be shared


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
    told = tabled.left(builder, a, lead)
    steps_a: tuple[Cell | Value, ...]
    if not lead:
        builder.products[y.index] = a, b, len(builder.steps)
    if told is None:
        a = builder.stacked(a, lead)
        steps_a, step_a = a.strides[-2:], stride_of_stack(a, lead)
    else:
        a, steps_a, step_a = told.place, (told.rows, told.columns), told.step
    b = builder.stacked(b, lead)
    step_b = stride_of_stack(b, lead)
    assert step_a is not None and step_b is not None
    tall, wide = _piece(count, n, m)
    cells: list[Cell | Value | Place] = [
        a, b, y, n, k, m, *steps_a, *b.strides[-2:], count, step_a, step_b, n * m, tall, wide,
    ]
    pieces = count * -(-n // tall) * -(-m // wide)
    builder.run(
        products.product, cells, [y], name="matmul", parts=pieces, flops=2 * count * n * m * k,
        F=code, SIZE=str(itemsize(code)), TABLED="0" if told is None else "1",
    )  # fmt: skip
    return True


def _piece(count: int, n: int, m: int) -> tuple[int, int]:
    """Rows and columns of the pieces of an n×m result that threads share."""
    wide = 64  # no tile is wider: a panel of B is then packed once
    missing = -(-PIECES // (count * -(-m // wide)))
    return max(48, -(-n // (missing * 12)) * 12), wide  # a whole number of tiles


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
