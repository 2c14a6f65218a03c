"""Windows: they are a view, read where they lie; adding them back is one walk over that view."""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.graph.values import Call, Immediate
from autograd_nn.engine.program.dtypes import known
from autograd_nn.engine.program.layout import Place, row_major
from autograd_nn.engine.program.lower import tabled
from autograd_nn.engine.program.lower.index import Walk, run_walk
from autograd_nn.engine.program.lower.registry import lowering
from autograd_nn.engine.program.plan.builder import Builder


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
    if tabled.added(builder, call, builder.place(x), (*strides, *inner), apart):
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
