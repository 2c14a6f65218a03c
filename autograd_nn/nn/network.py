"""Network: the calls between some symbols and others, in order; what a functional model runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import DTypeError, ShapeError, did_you_mean
from autograd_nn.engine.ops.sparse import Sparse
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import tree as sorted_tree
from autograd_nn.nn.front import Front, Prepared
from autograd_nn.nn.layers.input import Input, InputLayer
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.shapes import map_shapes
from autograd_nn.nn.symbols import Call, Symbol, came
from autograd_nn.nn.text import texts_of
from autograd_nn.nn.variable import Variable


class Network:
    """From inputs to outputs, both trees of symbols.

    groups   the calls by layer, in the order of layers; an op's call stands alone.
    front    what of them runs on the host; None: nothing.
    calls    all calls between them, in an order in which they can be run: by the length of the
             longest way to an output, as Keras orders layers.
    Raises TypeError for anything but symbols, ValueError where an output depends on what is not
    among the inputs.
    """

    _unguarded = True  # what it holds never changes

    def __init__(self, inputs: Any, outputs: Any) -> None:
        entries, structure = _symbols(inputs, "inputs")
        _symbols(outputs, "outputs")
        if not all(isinstance(x.call.function, InputLayer) for x in entries):
            inputs, outputs = _from_within(entries, structure, outputs)
        self.inputs, self.outputs = inputs, outputs
        self.entries, self.structure = tree.flatten(inputs)
        self.results, self.form = tree.flatten(outputs)
        self.names = [x.name for x in self.entries]
        # by their sorted names, where they have some: Keras's order, and that of files of weights
        self.calls, self.groups = _ordered(self.entries, sorted_tree.flatten(outputs))
        self.functions = [calls[0].function for calls in self.groups]
        self.front = Front.of(self.calls, self.results)
        self._steps: list[tuple[Call, Symbol | None, Any, list[Symbol]]] = []
        self._plan()

    def _plan(self) -> None:
        """What each call takes and gives, and which values nobody needs after it."""
        needed = set(map(id, self.results))
        seen: set[int] = set()
        spent: dict[int, list[Symbol]] = {}
        for call in reversed(self.calls):
            ends = {id(x): x for x in call.inputs if id(x) not in seen and id(x) not in needed}
            seen.update(ends)
            spent[id(call)] = list(ends.values())
        front = self.front
        ahead = {id(c) for c in (*front.calls, *front.last)} if front is not None else set()
        ahead |= {id(x.call) for x in self.entries}  # what enters needs no running
        for call in self.calls:
            if id(call) not in ahead:
                only = len(call.args) == 1 and not call.kwargs and call.args[0] is call.inputs[0]
                only = only and not optional(call.inputs[0]) and not call.beside
                alone = call.inputs[0] if only else None
                self._steps.append((call, alone, call.outputs, spent[id(call)]))

    def __call__(self, inputs: Any) -> Any:
        """The outputs for inputs of the same structure, a list in order, or a dict by name."""
        values: dict[Symbol, Any]
        if self.front is None:
            values = dict(zip(self.entries, self.arranged(inputs), strict=True))
        else:
            given = inputs if isinstance(inputs, Prepared) else self.look(inputs)
            values = self.front.resumed(given)
        for call, alone, outputs, spent in self._steps:
            y = call.function(values[alone]) if alone is not None else call(values)
            if type(outputs) is Symbol:
                values[outputs] = y
            else:
                for symbol, value in zip(
                    tree.flatten(outputs)[0], tree.flatten(y)[0], strict=True
                ):
                    values[symbol] = value
            for x in spent:
                del values[x]
        if type(self.outputs) is Symbol:
            return values[self.outputs]
        return tree.unflatten(self.form, [values[x] for x in self.results])

    def look(self, inputs: Any) -> Prepared:
        """What its `front` makes of inputs."""
        front: Any = self.front
        listed = isinstance(inputs, list | tuple)  # which may also be one input, of texts
        if len(self.entries) == 1 and not isinstance(inputs, dict):
            several = listed and len(inputs) == 1 and hasattr(inputs[0], "shape")
            inputs = {self.names[0]: inputs[0] if several else inputs}
        elif listed and len(inputs) == len(self.entries):
            inputs = dict(zip(self.names, inputs, strict=True))
        return front(dict(zip(self.entries, self.arranged(inputs), strict=True)))

    @property
    def constants(self) -> list[Variable]:
        """The variables that stand among the arguments of calls."""
        leaves = [x for c in self.calls for x in tree.flatten((c.args, c.kwargs))[0]]
        return list({id(x): x for x in leaves if isinstance(x, Variable)}.values())

    def arranged(self, inputs: Any, of_shapes: bool = False) -> list[Any]:
        """What was given, in the order of `entries`, each fitted to its symbol.

        of_shapes   what was given are shapes.
        Raises ValueError for an input too many, too few or of another name.
        """
        given = self._listed(inputs, of_shapes)
        if len(given) != len(self.entries):
            raise ValueError(
                f"received {len(given)} inputs; expected {len(self.entries)}: "
                f"{', '.join(self.names)}. Pass a list in this order, or a dict by these names."
            )
        if of_shapes:
            return given
        return [_fitted(x, s) for x, s in zip(given, self.entries, strict=True)]

    def _listed(self, inputs: Any, of_shapes: bool) -> list[Any]:
        if isinstance(inputs, dict) and not isinstance(self.inputs, dict):
            return self._by_name(inputs, self.names)
        if isinstance(inputs, dict):
            names = list(self.inputs)
            spare = {k for k, x in self.inputs.items() if optional(x)}
            if set(names) - spare <= inputs.keys():  # what is not asked for is left out
                if more := [repr(k) for k in inputs if k not in names]:
                    warn_user(
                        f"received inputs named {', '.join(more)}, which the model has not, and "
                        f"does without; expected {', '.join(map(repr, names))}. Leave them out.",
                        UserWarning,
                    )
                inputs = {name: inputs.get(name) for name in names}
            else:
                return self._by_name(inputs, names)
        if not of_shapes:
            found, structure = tree.flatten(inputs)
            if structure != self.structure and len(found) != len(self.entries):
                return self._with_none(inputs, found)
            return found
        shapes: list[Any] = []
        map_shapes(shapes.append, inputs)
        return shapes

    def _with_none(self, inputs: Any, found: list[Any]) -> list[Any]:
        """Inputs of which some are None, where they are otherwise as the model's are, or listed."""
        if isinstance(inputs, list | tuple) and len(inputs) == len(self.entries):
            return list(inputs)
        try:
            return tree.flatten_as(self.structure, inputs)
        except ValueError:
            return found

    def _by_name(self, inputs: dict, names: list[str]) -> list[Any]:
        spare = {x.name for x in self.entries if optional(x)}
        for name in names:
            if name not in inputs and name not in spare:
                raise ValueError(
                    f"received inputs named {', '.join(map(repr, inputs))}; expected "
                    f"{', '.join(map(repr, names))}. " + did_you_mean(name, list(inputs))
                )
        return [inputs.get(name) for name in names]


def optional(symbol: Any) -> bool:
    """Whether None may stand in a symbol's place."""
    return isinstance(symbol, Symbol) and getattr(symbol.call.function, "optional", False)


def _fitted(x: Any, symbol: Symbol) -> Any:
    """A value as a symbol stands for it: its dtype, and a last axis of one more or less."""
    if x is None:
        if optional(symbol):
            return None
        raise ValueError(
            f"received None as the input {symbol.name!r}, which is not optional; expected a value "
            f"of shape {symbol.shape}. Write Input(..., optional=True) where it may be left out."
        )
    if symbol.dtype.kind == "U":
        x = texts_of(x, symbol.name)
    else:
        x = x if isinstance(x, Tensor | Sparse) else as_tensor(x)
    shape, wanted = x.shape, symbol.shape
    if len(shape) != len(wanted):
        reshape = np.reshape if isinstance(x, np.ndarray) else ops.reshape
        if len(shape) == len(wanted) + 1 and shape[-1] == 1:
            x = reshape(x, shape[:-1])
        elif len(shape) == len(wanted) - 1 and wanted[-1] == 1:
            x = reshape(x, (*shape, 1))
    shape = x.shape
    fits = len(shape) == len(wanted) and all(
        n is None or n == m for n, m in zip(wanted, shape, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"the input {symbol.name!r} received a value of shape {shape}; expected {wanted}, "
            "None for any size. Reshape the value, or change the Input's shape."
        )
    same = x.dtype == symbol.dtype or isinstance(x, np.ndarray)
    return x if same else x.astype(dtype=symbol.dtype)


def _symbols(values: Any, what: str) -> tuple[list[Symbol], Any]:
    leaves, structure = tree.flatten(values)
    for x in leaves:
        if not isinstance(x, Symbol):
            raise DTypeError(
                f"Model received {x!r} among its {what}; expected symbols, as Input() and layers "
                "called on symbols give them."
            )
    if not leaves:
        raise ValueError(f"Model received no {what}; expected at least one symbol.")
    return leaves, structure


def _from_within(entries: list[Symbol], structure: Any, outputs: Any) -> tuple[Any, Any]:
    """The same calls again, from new inputs in place of symbols that came of other calls."""
    new: dict[Symbol, Any] = {}
    for x in entries:
        own = isinstance(x.call.function, InputLayer)
        new[x] = x if own else Input(batch_shape=x.shape, dtype=x.dtype, name=x.name)
    calls, _ = _ordered(entries, tree.flatten(outputs)[0])
    repeat(calls, new)
    return (
        tree.unflatten(structure, [new[x] for x in entries]),
        tree.map(lambda x: new[x], outputs),
    )


def repeat(
    calls: list[Call],
    new: dict[Symbol, Any],
    apply: Callable[[Call, tuple, dict], Any] | None = None,
) -> None:
    """Makes calls again on other symbols, ``new``, to which their results are added.

    apply   what makes one, of it and its new arguments; left out, it is noted as it is.
    """
    for call in calls:
        leaves = tree.flatten(call.outputs)[0]
        if not call.inputs or all(x in new for x in leaves):
            continue
        args, kwargs = tree.map(lambda x: new.get(x, x) if isinstance(x, Symbol) else x,
                                (call.args, call.kwargs))  # fmt: skip
        if apply is None:
            beside = {x: new.get(now, now) for x, now in call.beside.items()}
            again = came(Call(call.function, args, kwargs, call.name, beside), call.outputs)
        else:
            again = apply(call, args, kwargs)
        for x, y in zip(leaves, tree.flatten(again)[0], strict=True):
            new.setdefault(x, y)


def _ordered(
    entries: list[Symbol], results: list[Symbol]
) -> tuple[list[Call], list[list[Call]]]:
    """The calls from entries to results, those farthest from the results first; and by layer."""
    entered = {id(x.call) for x in entries}
    places: dict[int, int] = {}  # of layers, in the order in which they are met from the outputs
    done: dict[int, Call] = {}  # calls, each after those it depends on
    for result in results:
        waiting: list[tuple[Call, bool]] = [(result.call, False)]
        while waiting:
            call, over = waiting.pop()
            if over:
                done.setdefault(id(call), call)
                continue
            if id(call) in done:
                continue
            places.setdefault(call.key, len(places))
            waiting.append((call, True))
            if id(call) in entered:
                continue
            if call.enters:
                raise ValueError(
                    f"an output depends on the input {call.name!r}, which is not among the "
                    f"model's inputs ({', '.join(x.name for x in entries)}); expected every Input "
                    "that the outputs need. Add it to inputs=."
                )
            waiting += [(x.call, False) for x in reversed(call.inputs) if id(x.call) not in done]
    depths: dict[int, int] = {}  # of calls
    layers: dict[int, int] = {}
    for call in reversed(list(done.values())):
        depth = max(depths.get(id(call), 0), layers.get(call.key, 0))
        depths[id(call)] = layers[call.key] = depth
        for x in () if id(call) in entered else call.inputs:
            depths[id(x.call)] = max(depths.get(id(x.call), 0), depth + 1)
    for x in entries:
        if id(x.call) not in done:  # an input that no output depends on
            done[id(x.call)] = x.call
            depths[id(x.call)] = layers[x.call.key] = 0
            places[x.call.key] = -1
    calls = sorted(done.values(), key=lambda c: (-depths[id(c)], places[c.key]))
    groups: dict[int, list[Call]] = {}
    for call in sorted(calls, key=lambda c: c.serial):
        groups.setdefault(call.key, []).append(call)
    return calls, [groups[k] for k in sorted(groups, key=lambda k: (-layers[k], places[k]))]
