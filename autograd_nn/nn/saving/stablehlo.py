"""A model as a program of StableHLO: a zip that JAX runs without this library, on any machine.

In it: ``program.stablehlo``, what `jax.export` wrote, a function of (weights, inputs) for batches
of any size; ``weights.npz``, in the order of ``signature.json``, which names inputs and outputs.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.graph.values import Graph, Value
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import wrap
from autograd_nn.nn.saving import durable
from autograd_nn.nn.saving.extras import extra
from autograd_nn.nn.saving.recorded import ExportError, recorded, signature
from autograd_nn.version import __version__

PLATFORMS = ("cpu", "cuda", "rocm", "tpu")
TRIED = 3  # samples that the program is tried on before it is written


def export(model: Any, path: str | os.PathLike[str]) -> None:
    """Writes what a model computes when it is not trained, for batches of any size.

    An index out of range makes its sample's outputs NaN. Raises ExportError for an op of the user's
    own without a rule for devices, a model whose samples depend on one another, or inputs of
    unknown size; ImportError without the extra 'device'.
    """
    jax = extra("jax", "Writing StableHLO", "device")
    extra("flatbuffers", "Writing StableHLO", "device")  # which jax.export writes with
    from autograd_nn.engine.program.target.xla.device import exact
    from autograd_nn.engine.program.target.xla.step import hosted

    inputs, names = signature(model)
    graph = recorded(model, inputs, 1)
    if apart := hosted(graph):
        raise ExportError(
            f"export: the model calls {', '.join(apart)}, which JAX has no form of; expected ops "
            "that run on devices. Give custom_op(device=...) the function in JAX, or leave it out."
        )
    weights = _captured(graph)
    arrays = [np.array(v.tensor.array) for v in weights]  # type: ignore[union-attr]
    function = jax.jit(_batched(graph, weights))
    with exact():
        export = extra("jax.export", "Writing StableHLO", "device").export
        (batch,) = jax.export.symbolic_shape("batch")
        given = [jax.ShapeDtypeStruct((batch, *v.shape[1:]), v.dtype) for v in graph.inputs]
        held = [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in arrays]
        found = export(function, platforms=PLATFORMS)(held, given)
        _try(model, inputs, lambda xs: function(arrays, xs))
    called = {id(w): w.path for w in model.weights}
    told = {
        "format": "autograd_nn.stablehlo", "version": 1, "made_by": __version__,
        "jax": jax.__version__,
        "weights": [called.get(id(v.tensor), f"constant_{k}") for k, v in enumerate(weights)],
        "inputs": [_told(name, v) for name, v in zip(names, graph.inputs, strict=True)],
        "outputs": [_told(f"output_{k}", v) for k, v in enumerate(graph.outputs)],
    }  # fmt: skip
    packed = io.BytesIO()
    np.savez(packed, *arrays)
    with durable.replacing(path) as out, zipfile.ZipFile(out, "w") as file:
        file.writestr("signature.json", json.dumps(told, indent=1))
        file.writestr("program.stablehlo", bytes(found.serialize()))
        file.writestr("weights.npz", packed.getvalue())


def _told(name: str, v: Value) -> dict[str, Any]:
    return {"name": name, "shape": [None, *v.shape[1:]], "dtype": v.dtype.name}


def _captured(graph: Graph) -> list[Value]:
    """The values that a record reads of outside."""
    read = [x for call in graph.calls for x in call.operands] + list(graph.outputs)
    found = {x.index: x for x in read if isinstance(x, Value) and x.tensor is not None}
    return list(found.values())


def _batched(graph: Graph, weights: list[Value]) -> Any:
    """(weights, inputs) -> outputs: the record of one sample, for each of a batch."""
    import jax
    import jax.numpy as jnp

    from autograd_nn.engine.program.target.xla.step import Context, evaluate

    if any(v.shape[:1] != (1,) for v in graph.outputs):
        raise ExportError("export: an output has no axis of samples; expected one, the first.")

    def every(held: list[Any], inputs: list[Any]) -> list[Any]:
        known = {v.index: x for v, x in zip(weights, held, strict=True)}

        def one(xs: list[Any]) -> list[Any]:
            ctx = Context()

            def outside(v: Value) -> Any:
                return known[v.index] if v.index in known else ctx.outside(v)

            outputs, _ = evaluate(graph, ctx, [x[None] for x in xs], outside)
            failed = ctx.failed()
            return [
                jnp.where(failed, jnp.nan, y[0]).astype(y.dtype)
                if ctx.checks and kind_of(y.dtype) == "f"
                else y[0]
                for y in outputs
            ]

        return jax.vmap(one)(inputs)  # type: ignore[no-any-return]

    return every


def _try(model: Any, inputs: Any, function: Any) -> None:
    """Raises ExportError where samples of a batch are not what each of them is alone."""
    rng = np.random.default_rng(0)

    def some(x: Any) -> np.ndarray:
        shape = (TRIED, *x.shape[1:])
        if kind_of(as_dtype(x.dtype)) == "f":
            return rng.normal(size=shape).astype(x.dtype)
        return rng.integers(0, 2, shape).astype(x.dtype)

    xs = tree.map(some, inputs)
    with no_grad(), np.errstate(all="ignore"):
        expected = tree.flatten(model(tree.map(wrap, xs), training=False))[0]
    for y, told in zip(function(tree.flatten(xs)[0]), expected, strict=True):
        room = 1e-4 if told.array.dtype != np.float64 else 1e-9
        if not np.allclose(np.asarray(y), told.array, rtol=room, atol=room, equal_nan=True):
            raise ExportError(
                "export: samples come out otherwise in a batch than each of them alone; expected a "
                "model that takes them one by one, for batches are to be of any size."
            )
