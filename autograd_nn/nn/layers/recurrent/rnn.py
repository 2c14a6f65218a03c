"""RNN: any cell, or a stack of cells, over a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.configurable import fields
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.layers.recurrent.cells import zeros
from autograd_nn.nn.masks import checked_mask
from autograd_nn.nn.registry import find, named
from autograd_nn.nn.shapes import is_shape, map_shapes
from autograd_nn.nn.symbols import note, shapes_of, symbols_in
from autograd_nn.nn.variable import Carried


@named()
class StackedRNNCells(Layer):
    """Cells one above the other as one: each takes the output of the one below.

    cells   a list of cells; the states are a list of each one's states.
    Raises ValueError for what is no list of cells.

    >>> from autograd_nn import nn
    >>> nn.layers.StackedRNNCells([nn.layers.LSTMCell(3), nn.layers.GRUCell(2)]).output_size
    2
    """

    def __init__(self, cells: Sequence[Layer], **options: Any) -> None:
        super().__init__(**options)
        if not isinstance(cells, list | tuple):
            raise ValueError(
                f"StackedRNNCells received cells={cells!r}; expected a list of cells, such as "
                "[LSTMCell(8), LSTMCell(4)]."
            )
        self.cells = [_cell(c, type(self).__name__) for c in cells]
        if not self.cells:
            raise ValueError("StackedRNNCells received no cells; expected at least one.")

    @property
    def state_size(self) -> list[Any]:
        """Each cell's: of one state its size, of several a list."""
        return [state_size(c) for c in self.cells]

    @property
    def output_size(self) -> Any:
        """The uppermost cell's."""
        return output_size(self.cells[-1])

    def build(self, input_shape: Any) -> None:
        shape, *constants = [input_shape] if is_shape(input_shape) else input_shape
        for cell in self.cells:
            build(cell, shape, constants)
            shape = (shape[0], output_size(cell))

    def _check_input(self, shape: Any) -> None:
        if isinstance(self.cells[0], Layer):
            self.cells[0]._check_input(shape)

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Zeros for every state of every cell."""
        n = 1 if batch_size is None else batch_size
        return [zeros([state_size(c)], n, computing(c, self))[0] for c in self.cells]

    def prepare(self, inputs: Tensor, states: Any, training: bool | None) -> None:
        """Has every cell draw what it drops in a sequence that begins."""
        for cell, own in zip(self.cells, states, strict=True):
            if hasattr(cell, "prepare"):
                cell.prepare(inputs, _listed(own), training)
            inputs = ops.zeros((inputs.shape[0], output_size(cell)), computing(cell, self))

    def release(self) -> None:
        """Has every cell forget it."""
        for cell in self.cells:
            if hasattr(cell, "release"):
                cell.release()

    def call(  # type: ignore[override]
        self, inputs: Tensor, states: Any, training: bool | None = None, constants: Any = None
    ) -> tuple[Tensor, list]:
        kept = []
        for cell, own in zip(self.cells, states, strict=True):
            inputs, new = step(cell, inputs, _listed(own), training, constants)
            kept.append(new if isinstance(own, list | tuple) else new[0])
        return inputs, kept

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new object from `get_config`'s result."""
        return cls(**{**config, "cells": [find(c, "layer") for c in config["cells"]]})


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _cell(cell: Any, where: str) -> Any:
    runs = callable(cell) or hasattr(cell, "call")
    if isinstance(cell, type) or not runs or not hasattr(cell, "state_size"):
        raise ValueError(
            f"{where} received {cell!r} as a cell; expected a layer with a state_size and a "
            "call(inputs, states), such as LSTMCell(8)."
        )
    return cell


def output_size(cell: Any) -> Any:
    """How many numbers a cell's output has: what it says, else its first state's."""
    found = getattr(cell, "output_size", None)
    return _listed(cell.state_size)[0] if found is None else found


def state_size(cell: Any) -> Any:
    """A cell's sizes: one, or a list; a tuple of a cell of one's own is one for each state."""
    found = cell.state_size
    return list(found) if isinstance(found, tuple) else found


def computing(cell: Any, runs: Layer) -> Any:
    """The dtype that a cell's output and states have: its own, where it is a layer."""
    cell = cell.cells[-1] if isinstance(cell, StackedRNNCells) else cell
    return cell.compute_dtype if isinstance(cell, Layer) else runs.compute_dtype


def _in(x: Tensor, dtype: Any) -> Tensor:
    """x in a dtype; itself where it is."""
    return x if x.dtype == dtype else ops.astype(x, dtype=dtype)


def build(cell: Any, shape: Any, constants: Sequence[Any]) -> None:
    """Builds a cell for a step's shape; one that takes constants is told theirs, too, in a list."""
    if isinstance(cell, Layer) and not cell.built:
        cell.build([shape, *constants] if constants and "constants" in cell._takes else shape)
        cell.input_shape = shape


def step(
    cell: Any, x: Tensor, states: list[Any], training: bool | None, constants: Any = None
) -> tuple[Tensor, list]:
    """One step of a cell, which may or may not be told of training, and of constants."""
    told: dict[str, Any] = {"training": training} if getattr(cell, "_takes_training", 0) else {}
    if constants is not None and "constants" in getattr(cell, "_takes", ("constants",)):
        told["constants"] = constants
    y, new = (cell if callable(cell) else cell.call)(x, states, **told)
    return y, _listed(new)


@named()
class RNN(Layer):
    """Runs a cell over a sequence, (n, t, …) → (n, …), or (n, t, …) with return_sequences.

    cell               a layer with ``state_size`` and ``call(inputs, states)`` → (output, states),
                       or a list of such, one above the other.
    return_sequences   every step's output, not the last one alone.
    return_state       the last states after it, in a list.
    go_backwards       from the last step to the first; outputs come in the order they are made.
    stateful           a batch begins with the states in which the one before ended; `reset_states`.
    unroll             changes nothing: a step is recorded once, whatever the length.
    zero_output_for_mask   the output of a masked step is zero, not that of the step before.
    num_constants      how many of a list of inputs, its last, are ``constants``: tensors that a
                       cell's call takes by this name at every step.
    A masked step, (n, t) with False, leaves states and output as they are. Raises ValueError for
    what is no cell, ShapeError for masks and states that do not fit.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.RNN(nn.layers.GRUCell(3), return_sequences=True)(np.ones((2, 5, 4))).shape
    (2, 5, 3)
    """

    _casts_integers = supports_masking = True
    _min_ndim = 3

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        num_constants: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_constants = num_constants
        if isinstance(cell, list | tuple):
            cell = StackedRNNCells(cell, dtype=self.dtype_policy)
        self.cell = _cell(cell, type(self).__name__)
        self.return_sequences = bool(return_sequences)
        self.return_state = bool(return_state)
        self.go_backwards = bool(go_backwards)
        self.stateful = bool(stateful)
        self.unroll = bool(unroll)
        self.zero_output_for_mask = bool(zero_output_for_mask)
        self._carried: list[Carried] = []  # what a stateful layer begins with

    @property
    def state_size(self) -> Any:
        """The cell's."""
        return state_size(self.cell)

    def build(self, sequences_shape: Any, constants_shape: Any = None) -> None:  # type: ignore[override]
        shape, *rest = [sequences_shape] if is_shape(sequences_shape) else sequences_shape
        self._check_rank(shape)
        constants = rest[len(rest) - (self.num_constants or 0) :]
        if constants_shape is not None:
            constants = [constants_shape] if is_shape(constants_shape) else list(constants_shape)
            self.num_constants = len(constants)
        build(self.cell, (shape[0], *shape[2:]), constants)
        if self.stateful and shape[0] is not None:
            self.carry(shape[0])

    def _check_input(self, shape: Any) -> None:
        shape = shape if is_shape(shape) else shape[0]
        if isinstance(self.cell, Layer):
            self.cell._check_input((shape[0], *shape[2:]))

    def _note(self, inputs: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Notes a call on symbols; of states that are there no trial knows the batch."""
        given = kwargs.get("initial_state")
        if given is None or symbols_in(given):
            return super()._note(inputs, args, kwargs)
        shapes = shapes_of(inputs)
        self._enter(shapes)
        return note(self, (inputs, *args), kwargs, self._told_outline(shapes))

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Zeros for every state of the cell."""
        own = getattr(self.cell, "get_initial_state", None)
        n = 1 if batch_size is None else batch_size
        if own is not None:
            return _listed(own(batch_size=n))
        return zeros(self.state_size, n, computing(self.cell, self))

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = None,
        constants: Any = None,
    ) -> Any:
        if symbols_in(sequences):  # whose steps are walked when there are values
            given = (sequences, initial_state, mask, training, constants)
            return note(self.call, given, {}, name=self.name)
        if isinstance(sequences, list | tuple):
            sequences, *rest = sequences
            at = len(rest) - (self.num_constants or 0) * (constants is None)
            rest, constants = rest[:at], rest[at:] or constants
            initial_state = initial_state if not rest else rest
        mask = mask[0] if isinstance(mask, list | tuple) else mask
        n, t = sequences.shape[:2]
        states = self._begin(initial_state, n)
        x = ops.moveaxis(sequences, 1, 0)
        kept = None if mask is None else self._kept(mask, n, t)
        if self.go_backwards:
            x = ops.flip(x, axis=0)
            kept = None if kept is None else ops.flip(kept, axis=0)
        prepares = t and hasattr(self.cell, "prepare")
        if prepares:
            self.cell.prepare(x[0], states, training)
        try:
            fixed = None if constants is None else _listed(constants)
            y, ys, states = self._run(x, kept, states, training, fixed)
        finally:
            if prepares:
                self.cell.release()
        if self.stateful:
            for held, new in zip(self._carried, tree.flatten(states)[0], strict=True):
                held.assign(new)
        out = ops.moveaxis(ys, 0, 1) if self.return_sequences else y
        return tree.map(self._own_dtype, [out, *states] if self.return_state else out)

    def _own_dtype(self, x: Tensor) -> Tensor:
        """What a cell of another dtype gives, in the layer's."""
        return x if kind_of(x.dtype) != "f" else _in(x, as_dtype(self.compute_dtype))

    def _run(
        self, x: Tensor, kept: Tensor | None, states: list[Any], training: bool | None,
        constants: list[Any] | None,
    ) -> tuple[Tensor, Any, list[Any]]:  # fmt: skip
        """The last output, all outputs where they are asked for, and the last states."""
        size = output_size(self.cell)
        shape = (x.shape[1], *(size if isinstance(size, tuple) else (size,)))

        def body(carry: Any, at: Any) -> Any:
            states, last = carry
            x, on = at if kept is not None else (at, None)
            y, new = step(self.cell, x, states, training, constants)
            if on is not None:
                new = tree.map(lambda a, b: ops.where(_beside(on, a), a, b), new, states)
                rest = ops.zeros_like(y) if self.zero_output_for_mask else last
                seen = ops.where(_beside(on, y), y, rest)
                last = ops.where(_beside(on, y), y, last)
            else:
                seen = last = y
            return (new, last), seen if self.return_sequences else None

        begin = ops.zeros(shape, computing(self.cell, self))
        from autograd_nn.engine.transforms.scan import scan  # which only such layers need

        (states, last), ys = scan(body, (states, begin), x if kept is None else (x, kept))
        return last, ys, states

    def _kept(self, mask: Any, n: int, t: int) -> Tensor:
        """The mask with the steps first."""
        found = as_tensor(mask)
        if found.ndim == 3 and found.shape[-1] == 1:
            found = ops.squeeze(found, -1)
        return ops.moveaxis(ops.not_equal(checked_mask(found, (n, t), self), 0), 1, 0)

    # ---- states ---------------------------------------------------------------------------------

    def _begin(self, given: Any, n: int) -> list[Any]:
        """The states a sequence begins with."""
        model = self.get_initial_state(n)
        fitting = None if given is None else self._fitting(_listed(given), model)
        if not self.stateful:
            return model if fitting is None else fitting
        told = self._told_batch()
        if told not in (None, n):
            raise ShapeError(
                f"layer {self.name!r} is stateful for batches of {told} samples, as its input's "
                f"shape says, and received {n}; expected as many. Pass batch_size={told}, or make "
                "the input of shape (None, …)."
            )
        if self._carried and self._carried[0].shape[0] != n and self._unmoved():
            self._carried = []
        self.carry(n)
        if self._carried[0].shape[0] != n:
            raise ShapeError(
                f"layer {self.name!r} is stateful and received a batch of {n} samples; expected "
                f"{self._carried[0].shape[0]}, as before. Call reset_states() first, or pass "
                "batches of one size."
            )
        if fitting is not None:
            return fitting
        return tree.unflatten(tree.flatten(model)[1], [ops.positive(v) for v in self._carried])

    def _told_batch(self) -> int | None:
        """How many samples the input's shape says there are in every batch."""
        shape: Any = self.input_shape
        shape = shape if shape is None or is_shape(shape) else shape[0]
        return None if shape is None else shape[0]

    def carry(self, n: int) -> None:
        """A stateful layer keeps states for batches of n samples; zeros, where it has none yet."""
        if self.stateful and not self._carried:
            leaves = tree.flatten(self.get_initial_state(n))[0]
            self._carried = [Carried(x, trainable=False, autocast=False) for x in leaves]

    def _beginning(self) -> list[tuple[Any, Any]]:
        """The states that are kept, each with what it begins as."""
        if not self._carried:
            return []
        leaves = tree.flatten(self.get_initial_state(self._carried[0].shape[0]))[0]
        return list(zip(self._carried, leaves, strict=True))

    def _unmoved(self) -> bool:
        """Whether the states are as they begin: a batch of another size may be the first."""
        return all([np.array_equal(held.array, x) for held, x in self._beginning()])

    def _fitting(self, given: list[Any], model: list[Any]) -> list[Any]:
        flat, (leaves, shape) = tree.flatten(given)[0], tree.flatten(model)
        found = [self._admit(x) for x in flat]
        if [x.shape for x in found] != [x.shape for x in leaves]:
            raise ShapeError(
                f"layer {self.name!r} received initial states of shapes {[x.shape for x in found]};"
                f" expected {[x.shape for x in leaves]}."
            )
        alike = [_in(x, y.dtype) for x, y in zip(found, leaves, strict=True)]
        return tree.unflatten(shape, alike)

    @property
    def states(self) -> list[Any]:
        """What a stateful layer begins its next batch with; None each before the first."""
        if self._carried:
            return list(self._carried)
        return [None] * len(_listed(self.state_size))

    def reset_states(self, states: Any = None) -> None:
        """A stateful layer begins anew, with zeros or with states.

        states   one, or a list of as many as there are; after a batch of their size.
        Raises ValueError for another number of them, ShapeError for other shapes; then nothing is
        reset.
        """
        if states is None:
            for held, x in self._beginning():  # in place: what was recorded with them holds
                held.assign(x)
            told = self._told_batch()
            if told is not None:
                self.carry(told)
            return
        given = list(states) if isinstance(states, list | tuple) else [states]
        if len(given) != len(self._carried):
            raise ValueError(
                f"layer {self.name!r} received {len(given)} states to begin with; expected "
                f"{len(self._carried)}, one for each that it keeps from batch to batch. Call it on "
                "a batch first, with stateful=True."
            )
        found = [self._admit(x) for x in given]
        for x, held in zip(found, self._carried, strict=True):
            if x.shape != held.shape:
                raise ShapeError(
                    f"layer {self.name!r} received a state of shape {x.shape} to begin with; "
                    f"expected {held.shape}."
                )
        for x, held in zip(found, self._carried, strict=True):
            held.assign(x)

    reset_state = reset_states

    # ---- shapes and masks -----------------------------------------------------------------------

    def compute_output_shape(self, input_shape: Any) -> Any:
        shape = input_shape if is_shape(input_shape) else input_shape[0]
        self._check_rank(shape)
        size = output_size(self.cell)
        sizes = size if isinstance(size, tuple) else (size,)
        out = (shape[0], shape[1], *sizes) if self.return_sequences else (shape[0], *sizes)
        if not self.return_state:
            return out
        begins = zeros(self.state_size, 1, self.compute_dtype)
        states = tree.map(lambda x: x.shape, _listed(begins))
        return [out, *map_shapes(lambda sizes: (shape[0], *sizes[1:]), states)]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if isinstance(mask, list | tuple) else mask
        own = mask if self.return_sequences else None
        if not self.return_state:
            return own
        return [own, *[None] * len(self.get_initial_state(1))]

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain data."""
        config = super().get_config()
        if config.get("num_constants", 0) is None:
            del config["num_constants"]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new object from `get_config`'s result."""
        if "cell" not in config:
            return cls(**config)
        cell = config["cell"]
        several = isinstance(cell, list | tuple)
        found = [find(c, "layer") for c in cell] if several else find(cell, "layer")
        return cls(**{**config, "cell": found})


def _beside(on: Tensor, x: Tensor) -> Tensor:
    """A truth value for each sample, as it stands beside an array of them."""
    return ops.reshape(on, shape=(-1, *(1,) * (x.ndim - 1)))


class OfCell(RNN):
    """An RNN that makes its cell: what is a field of the cell's is the layer's, to read and set."""

    _settled = ("cell",)

    def __getattr__(self, name: str) -> Any:
        cell = self.__dict__.get("cell")
        if cell is not None and not name.startswith("_") and name in fields(type(cell)):
            return getattr(cell, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        cell = self.__dict__.get("cell")
        own = name in self.__dict__ or hasattr(type(self), name)
        if cell is None or own or name not in fields(type(cell)):
            super().__setattr__(name, value)
        else:
            setattr(cell, name, value)
