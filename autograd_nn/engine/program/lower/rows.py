"""Rows: softmax along the last axis, alone and with labels."""

from __future__ import annotations

from autograd_nn.engine.errors import RangeError
from autograd_nn.engine.graph.values import Call, Immediate
from autograd_nn.engine.kernels import softmax
from autograd_nn.engine.program.dtypes import floating, integer
from autograd_nn.engine.program.lower import lowering
from autograd_nn.engine.program.plan.builder import Builder


@lowering("softmax", "log_softmax")
def _rows(builder: Builder, call: Call) -> bool:
    x, y = call.operands[0], call.result
    code = floating(x)
    if isinstance(x, Immediate) or not code or not x.shape or not x.size:
        return False
    if call.params["axis"] not in (-1, len(x.shape) - 1):
        return False
    width = x.shape[-1]
    rows = x.size // width
    builder.run(
        getattr(softmax, call.op.name), [builder.ordered(x), y, rows, width], [y], parts=rows,
        flops=4 * x.size, F=code,
    )  # fmt: skip
    return True


@lowering("softmax_cross_entropy", "sparse_slope")
def _labels(builder: Builder, call: Call) -> bool:
    (x, labels), y = call.operands, call.result
    code, index = floating(x), integer(labels)
    if isinstance(x, Immediate) or isinstance(labels, Immediate) or not x.size:
        return False
    if not code or not index:
        return False
    width = x.shape[-1]

    def message(at: int) -> Exception:
        return RangeError(
            f"the label of sample {at} of the batch is outside 0 to {width - 1}; expected one of "
            f"{width} classes. Renumber the labels from 0, or widen the output."
        )

    cells = [
        builder.ordered(x), builder.ordered(labels), y, labels.size, width,
        *builder.errors(message),
    ]  # fmt: skip
    builder.run(getattr(softmax, call.op.name), cells, [y], flops=5 * x.size, F=code, I=index)
    return True
