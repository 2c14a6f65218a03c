"""Keras 0's `Graph`: a model whose layers are added by name, trained on dicts of arrays."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_nn.compat.answers.layers import merge
from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.layers import Input
from autograd_nn.nn.models import Model
from autograd_nn.nn.network import Network
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.symbols import Symbol

_DTYPES = {int: "int32", "int": "int32", float: None, "float": None, bool: "bool"}


class Graph(Model):
    """A model of nodes: each is a layer, applied to those that it names; data are dicts by name.

    `fit` and its kin take inputs and targets in one dict, `predict` gives one.

    >>> import warnings
    >>> from autograd_nn import nn
    >>> with warnings.catch_warnings(action="ignore"):
    ...     graph = Graph()
    >>> graph.add_input("x", input_shape=(3,))
    >>> graph.add_node(nn.Dense(2), name="dense", input="x")
    >>> graph.add_output("y", input="dense")
    >>> graph.predict({"x": np.ones((4, 3))}, verbose=0)["y"].shape
    (4, 2)
    """

    _class_name = "Functional"  # as which a file knows it

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name=name)
        warn_user("Graph: a model of old; write Model(inputs, outputs) in its place.")
        known: dict[str, Any] = {"_graph_inputs": {}, "_graph_nodes": {}, "_graph_outputs": {}}
        self.__dict__.update(known)  # no layers among them

    # ---- nodes ----------------------------------------------------------------------------------

    def add_input(
        self, name: str, input_shape: Any = None, batch_input_shape: Any = None,
        dtype: Any = "float",
    ) -> None:  # fmt: skip
        """What enters by a name: the sizes of a sample, or those of a batch.

        Raises ValueError for a name that is taken.
        """
        self._is_new(name)
        shape = batch_input_shape or (None, *input_shape)
        kind = _DTYPES.get(dtype, dtype)
        x = Input(batch_shape=shape, dtype=kind, name=name)
        self._graph_inputs[name] = self._graph_nodes[name] = x

    def add_node(
        self, layer: Any, name: str, input: str | None = None, inputs: Sequence[str] = (),
        merge_mode: str = "concat", concat_axis: int = -1, dot_axes: Any = -1,
        create_output: bool = False,
    ) -> None:  # fmt: skip
        """A layer applied to a node, or to several that are merged before.

        Raises ValueError for a name that is taken, and for nodes that are not there.
        """
        self._is_new(name)
        found = self._merged(input, inputs, merge_mode, concat_axis, dot_axes)
        layer.name = name
        self._graph_nodes[name] = layer(found)
        if create_output:
            self.add_output(name, input=name)

    def add_shared_node(
        self, layer: Any, name: str, inputs: Sequence[str] = (), merge_mode: str | None = None,
        concat_axis: int = -1, dot_axes: Any = -1, outputs: Sequence[str] = (),
        create_output: bool = False,
    ) -> None:  # fmt: skip
        """A layer applied to each of several nodes, the results merged, or named by ``outputs``."""
        for new in (name, *outputs):
            self._is_new(new)
        layer.name = name
        found = OrderedDict((of, layer(self._node(of))) for of in inputs)
        if merge_mode is None:
            self._graph_nodes |= dict(zip(outputs, found.values(), strict=True))
        else:
            self._graph_nodes[name] = _together(found, merge_mode, concat_axis, dot_axes)
        if create_output:
            for of in outputs if merge_mode is None else (name,):
                self.add_output(of, input=of)

    def add_output(
        self, name: str, input: str | None = None, inputs: Sequence[str] = (),
        merge_mode: str = "concat", concat_axis: int = -1, dot_axes: Any = -1,
    ) -> None:  # fmt: skip
        """What a node gives, or several that are merged, is a result by a name."""
        if name in self._graph_outputs:
            raise ValueError(f"add_output received the name {name!r} twice; choose another.")
        self._graph_outputs[name] = self._merged(input, inputs, merge_mode, concat_axis, dot_axes)
        self._between_symbols(Network(list(self._graph_inputs.values()), dict(self._graph_outputs)))

    def get_config(self) -> dict[str, Any]:
        """The configuration of a model between the same symbols."""
        ends = list(self._graph_inputs.values()), dict(self._graph_outputs)
        return Model(*ends, name=self.name).get_config()

    @property
    def nodes(self) -> dict[str, Any]:
        """The layers by their nodes' names."""
        return {n: x.call.function for n, x in self._graph_nodes.items()
                if isinstance(x, Symbol) and n not in self._graph_inputs}  # fmt: skip

    def _is_new(self, name: str) -> None:
        if name in self._graph_nodes:
            raise ValueError(f"received a second node named {name!r}; choose another name.")

    def _node(self, name: str) -> Any:
        if name not in self._graph_nodes:
            raise ValueError(
                f"received the node {name!r}, which is not there; expected one that was added "
                "before. " + did_you_mean(name, self._graph_nodes)
            )
        return self._graph_nodes[name]

    def _merged(self, name: str | None, names: Sequence[str], *how: Any) -> Any:
        if name is not None:
            return self._node(name)
        return _together(OrderedDict((of, self._node(of)) for of in names), *how)

    # ---- data -----------------------------------------------------------------------------------

    def _parts(self, data: dict[str, Any]) -> tuple[Any, Any]:
        """Inputs and targets of one dict; raises ValueError where a name is missing."""
        missing = [n for n in (*self._graph_inputs, *self._graph_outputs) if n not in data]
        if missing:
            raise ValueError(
                f"received data by the names {', '.join(map(repr, data))}; expected "
                f"{', '.join(map(repr, missing))} as well."
            )
        return {n: data[n] for n in self._graph_inputs}, {n: data[n] for n in self._graph_outputs}

    def _given(self, data: Any, sample_weight: Any = None) -> tuple[Any, ...]:
        """What today's methods take: inputs, targets, and weights where some are told."""
        if not isinstance(data, dict):
            return (data,)
        x, y = self._parts(data)
        if not sample_weight:
            return x, y
        ones = np.ones(len(next(iter(y.values()))), "float32")
        return x, y, {n: sample_weight.get(n, ones) for n in y}

    def fit(  # type: ignore[override]
        self, data: Any, batch_size: int | None = 128, nb_epoch: int | None = None,
        validation_data: Any = None, sample_weight: Any = None, class_weight: Any = None, **o: Any,
    ) -> Any:  # fmt: skip
        """Trains on a dict of inputs and targets, for 100 epochs where none are told."""
        if isinstance(validation_data, dict):
            validation_data = self._given(validation_data)
        o |= {} if "epochs" in o else {"epochs": nb_epoch or 100}
        x, *y = self._given(data, sample_weight)
        o |= dict(zip(("y", "sample_weight"), y, strict=False))
        return super().fit(
            x, batch_size=batch_size if y else None, validation_data=validation_data,
            class_weight=class_weight or None, **o
        )  # fmt: skip

    def evaluate(  # type: ignore[override]
        self, data: Any, batch_size: int | None = 128, sample_weight: Any = None, **o: Any
    ) -> Any:
        """The loss for a dict of inputs and targets."""
        x, *y = self._given(data, sample_weight)
        o |= dict(zip(("y", "sample_weight"), y, strict=False))
        return super().evaluate(x, batch_size=batch_size if y else None, **o)

    def predict(self, data: Any, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        """The results by name, for a dict of inputs."""
        return super().predict({n: data[n] for n in self._graph_inputs}, *args, **options)

    def predict_on_batch(self, data: Any) -> Any:  # type: ignore[override]
        """The results by name, for one batch."""
        return super().predict_on_batch({n: data[n] for n in self._graph_inputs})

    def train_on_batch(  # type: ignore[override]
        self, data: Any, class_weight: Any = None, sample_weight: Any = None
    ) -> Any:
        """One step on a dict of inputs and targets."""
        x, *y = self._given(data, sample_weight)
        o = dict(zip(("y", "sample_weight"), y, strict=False))
        return super().train_on_batch(x, class_weight=class_weight or None, **o)

    def test_on_batch(self, data: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """The loss for one batch."""
        return super().test_on_batch(*self._given(data, sample_weight))

    def fit_generator(self, generator: Any, *args: Any, **options: Any) -> Any:
        """`fit` on what makes such dicts."""
        held = options.get("validation_data")
        if held is not None and not isinstance(held, dict):
            options["validation_data"] = self._each(held)
        return super().fit_generator(self._each(generator), *args, **options)

    def _each(self, batches: Iterable[Any]) -> Iterator[Any]:
        return (self._given(*b) if isinstance(b, tuple) else self._given(b) for b in batches)


def _together(found: OrderedDict[str, Any], mode: str, concat_axis: int, dot_axes: Any) -> Any:
    """Several nodes' symbols as one; 'join' leaves them as they are, by name."""
    if mode == "join":
        return found
    return merge(list(found.values()), mode, concat_axis, dot_axes)
