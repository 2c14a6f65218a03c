"""The door: a model's call, recorded at two sizes of batch, walked call by call."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from autograd_nn.nn.saving import durable
from autograd_nn.nn.saving.extras import extra
from autograd_nn.nn.saving.onnx import loops, products  # noqa: F401  (their rules)
from autograd_nn.nn.saving.onnx.walk import walked
from autograd_nn.nn.saving.onnx.writer import SIZES, Ref, Writer, kind_of
from autograd_nn.nn.saving.recorded import ExportError, recorded, signature
from autograd_nn.version import __version__

OPSET = 18
LIMIT = 2**31 - 2**20  # bytes


def export(model: Any, path: str | os.PathLike[str]) -> None:
    """Writes what a model computes when it is not trained, for batches of any size.

    Raises ExportError for an op that has no rule, a model that does other things for other sizes of
    batch, or inputs of unknown size; ImportError without the extra 'onnx'.
    """
    inputs, names = signature(model)
    write(model, path, inputs, names)


def write(layer: Any, path: str | os.PathLike[str], inputs: Any, names: Sequence[str]) -> None:
    """`export` of a layer: inputs is a tree of its inputs' shapes and dtypes, names their names."""
    helper = extra("onnx.helper", "Writing ONNX", "onnx")
    checker = extra("onnx.checker", "Writing ONNX", "onnx")
    numpy_helper = extra("onnx.numpy_helper", "Writing ONNX", "onnx")
    one, two = (recorded(layer, inputs, n) for n in SIZES)
    w = Writer()
    refs = [
        Ref(name, v.dtype, v.shape, u.shape)
        for name, v, u in zip(names, one.inputs, two.inputs, strict=True)
    ]
    w.batch = w.node("Shape", refs[0].name, start=0, end=1)
    made = walked(w, one, two, refs)
    results = [f"output_{i}" for i in range(len(made))] if len(made) > 1 else ["output"]
    for ref, name in zip(made, results, strict=True):
        w.nodes.append(helper.make_node("Identity", [ref.name], [name]))

    def told(name: str, ref: Ref) -> Any:
        shape = [n if n == m else "batch" for n, m in zip(ref.shape, ref.other, strict=True)]
        return helper.make_tensor_value_info(name, kind_of(ref.dtype), shape)

    used = _used(w.nodes)
    held = {name: a for name, a in w.initializers.items() if name in used}
    nbytes = sum(a.nbytes for a in held.values())
    if nbytes >= LIMIT:
        raise ExportError(
            f"export: the model's weights take {nbytes} bytes; expected less than {LIMIT}, which "
            "one file of protobuf holds. Save it in a format of its own."
        )
    graph = helper.make_graph(
        w.nodes, layer.name,
        [told(r.name, r) for r in refs],
        [told(name, r) for name, r in zip(results, made, strict=True)],
        [numpy_helper.from_array(a, name) for name, a in held.items()],
    )  # fmt: skip
    file = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="autograd_nn",
        producer_version=__version__, ir_version=9,
    )  # fmt: skip
    checker.check_model(file, full_check=True)
    with durable.replacing(path) as out:
        out.write(file.SerializeToString())


def _used(nodes: Any) -> set[str]:
    """The names that nodes read, and those in loops' bodies."""
    found = {name for node in nodes for name in node.input}
    for node in nodes:
        for attribute in node.attribute:
            found |= _used(attribute.g.node)
    return found
