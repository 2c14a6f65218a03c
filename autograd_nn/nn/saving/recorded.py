"""What a model computes when it is not trained, as a record to be written in another form."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.graph.loops import part
from autograd_nn.engine.graph.record import trace
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import wrap
from autograd_nn.nn.symbols import Outline, outlines


class ExportError(ValueError):
    """A model cannot be written in another form."""


def signature(model: Any) -> tuple[Any, list[str]]:
    """The tree of a model's inputs (shape and dtype), and their names."""
    if model._layer_graph is not None:
        found = tree.map(lambda x: Outline(x.shape, x.dtype), model._layer_graph.inputs)
        return found, model._layer_graph.names
    if not model.built or model.input_shape is None:
        raise ExportError(
            f"export: the model {model.name!r} has not been built; expected known inputs. Call it "
            "on data, or build(input_shape)."
        )
    found = outlines(model.input_shape, model.compute_dtype)
    return found, [f"input_{i}" for i in range(len(tree.flatten(found)[0]))]


def recorded(layer: Any, inputs: Any, n: int) -> Graph:
    """The record of a call on zeros; what no output needs is left out."""
    if any(None in x.shape[1:] for x in tree.flatten(inputs)[0]):
        shapes = ", ".join(str(x.shape) for x in tree.flatten(inputs)[0])
        raise ExportError(
            f"export: the model takes inputs of shape {shapes}; expected sizes that are known "
            "beside the batch. Make it with an Input of fixed sizes."
        )
    zeros = tree.map(lambda x: wrap(np.zeros((n, *x.shape[1:]), x.dtype)), inputs)
    with no_grad(), np.errstate(all="ignore"):
        graph, _ = trace(lambda x: layer(x, training=False), [zeros])
    return part(graph.inputs, graph.outputs, graph.calls)
