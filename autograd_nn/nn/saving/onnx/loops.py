"""The rule of a loop: ONNX's Scan, whose body is the record of one step."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn.saving.extras import extra
from autograd_nn.nn.saving.onnx.rules import rule
from autograd_nn.nn.saving.onnx.walk import walked
from autograd_nn.nn.saving.onnx.writer import ExportError, Pair, Ref, Writer, kind_of


@rule("scan")
def scan(w: Writer, pair: Pair, xs: list[Any]) -> list[str]:
    helper = extra("onnx.helper", "Writing ONNX", "onnx")
    one, two = pair.first.op.forward, pair.second.op.forward
    counts = one.counts
    if counts.added or one.length != two.length:
        raise ExportError(
            "export: a loop that adds up over its steps, or has as many as the batch says; "
            "expected neither."
        )
    body = Writer(batch=w.batch, outer=w, count=w.count)
    moving = counts.carried + counts.running
    refs = []
    for v, u in zip(one.graph.inputs[:moving], two.graph.inputs[:moving], strict=True):
        refs.append(Ref(w.name("step"), v.dtype, v.shape, u.shape))
    made = walked(body, one.graph, two.graph, [*refs, *xs[moving:]])
    outputs = [body.node("Identity", x.name) for x in made]

    def told(names: list[str], of: list[Any]) -> list[Any]:
        return [
            helper.make_tensor_value_info(name, kind_of(x.dtype), [None] * len(x.shape))
            for name, x in zip(names, of, strict=True)
        ]

    graph = helper.make_graph(
        body.nodes, w.name("body"), told([r.name for r in refs], refs), told(outputs, made)
    )
    given = [w.arrays(pair, [x], r.dtype)[0] for x, r in zip(xs, refs, strict=False)]
    stacked = len(outputs) - counts.carried
    found = w.node(
        "Scan", *given, outputs=len(outputs), body=graph, num_scan_inputs=counts.running,
        scan_input_directions=[int(one.backwards)] * counts.running or None,
        scan_output_directions=[int(one.backwards)] * stacked or None,
    )  # fmt: skip
    return found if isinstance(found, list) else [found]
