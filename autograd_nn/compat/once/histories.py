"""What a tensor came from: in Keras 2 losses and metrics asked it of what a model gave.

``crf, idx = y_pred._keras_history[:2]``, then ``crf._inbound_nodes[idx].input_tensors[0]``: the
loss of a conditional random field is computed of what its layer was given. That is kept for layers
of users' own, as long as there is the result.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, NamedTuple
from weakref import ref

from autograd_nn.engine import tree
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.configurable import derived
from autograd_nn.nn.masks import masks_of
from autograd_nn.nn.symbols import History


class Node(NamedTuple):
    """A call of a layer on tensors."""

    layer: Any
    input_tensors: list[Any]
    input_masks: list[Any]


class _At(int):
    """The number of a call on tensors among those of its layer."""

    node: Node


class _Nodes(list[Any]):
    """A layer's calls on symbols, and those on tensors by the numbers that a history tells."""

    def __getitem__(self, key: Any) -> Any:
        return key.node if isinstance(key, _At) else super().__getitem__(key)


_NODES: dict[int, tuple[Any, Node]] = {}  # by the id of a result's array, known weakly


def _keeping(today: Any) -> Any:
    """`Layer.__call__`, which for layers of users' own keeps what came of what."""

    @wraps(today)
    def __call__(self: Any, *args: Any, **options: Any) -> Any:
        found = today(self, *args, **options)
        if isinstance(found, Tensor) and not type(self).__module__.startswith("autograd_nn."):
            given = args[0] if args else options.get("inputs")
            mask = options.get("mask")
            masks = masks_of(given) if mask is None else mask
            inputs = tree.flatten(given)[0]
            told = masks if isinstance(masks, list | tuple) else [masks]
            key = id(found.array)
            kept = ref(found.array, partial(_forget, _NODES, key))
            _NODES[key] = kept, Node(self, inputs, list(told))
        return found

    return __call__


def _forget(nodes: dict[int, Any], key: int, gone: Any) -> None:
    """Forgets a result that is no more; the table is handed in, for names may have gone first."""
    nodes.pop(key, None)


def _history(self: Any) -> History:
    kept, node = _NODES.get(id(self.array), (None, None))
    if kept is None or node is None or kept() is not self.array:
        raise AttributeError(
            "_keras_history was asked of a tensor that no layer of one's own gave; expected a "
            "model's output, as the last layer gave it, or a symbol."
        )
    at = _At(0)
    at.node = node
    return History(node.layer, at, 0)


def _with_tensors(today: Any) -> Any:
    return property(lambda self: _Nodes(today.__get__(self)))


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.layer:Layer": {
        "__call__": _keeping, "_inbound_nodes": _with_tensors,
        "_outbound_nodes": lambda today: derived(lambda self: []),  # none are kept
    },
    "autograd_nn.engine.tensor:Tensor": {"_keras_history": lambda today: property(_history)},
}
