"""Recording: a function runs once, eagerly, and every op it executes is written down.

Forward, the backward rules, the optimizer's update, the metrics and the random draws are all ops,
so the record is one straight-line graph; no interpreter of Python is needed. A tensor from outside
that the function reads is *captured*: the program reads its contents of the moment at every run.
One that the function assigns (a weight, a counter) is an *effect*: every run writes it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import ref

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.graph.values import Call, Graph, Immediate, Ref, Value
from autograd_nn.engine.mode import mode, recording
from autograd_nn.engine.node import fingerprint, in_state
from autograd_nn.engine.op import Op
from autograd_nn.engine.tensor import Shared, Tensor, share, wrap
from autograd_nn.engine.weak import Weak


class Recorder:
    """Collects the calls of one recording."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.calls: list[Call] = []
        self.inputs: list[Value] = []
        self._of: dict[int, Value] = {}  # by id of tensor
        self._by_node: dict[int, Value] = {}  # by serial: values whose name may be gone
        self._by_array: dict[int, Value] = {}  # by id: constants that the tape read
        self._names: dict[int, Any] = {}  # weak references: a name that goes gives its id free
        self._kept: list[np.ndarray] = []  # whose ids are keys
        self._captured: dict[int, Value] = {}
        self._first: dict[int, tuple[np.ndarray, bool]] = {}  # what was captured, by id of value
        self._effects: dict[int, Value] = {}
        self.looked: list[Any] = []  # references to tensors whose contents Python asked for
        self._before: dict[int, tuple[np.ndarray, Any]] = {}  # what assigned ones held
        self._frozen: list[tuple[Tensor, Any]] = []

    def _value(self, kind: str, x: Tensor) -> Value:
        v = Value(len(self.values), kind, x.array.shape, x.array.dtype)
        self.values.append(v)
        self._means(x, v)
        return v

    def _means(self, x: Tensor, v: Value) -> None:
        """From here on ``x`` is a name for a value."""
        key = id(x)
        self._of[key] = v
        if key not in self._names:

            def gone(_: Any) -> None:
                self._names.pop(key, None)
                self._of.pop(key, None)

            self._names[key] = ref(x, gone)

    def add_input(self, x: Tensor) -> Value:
        """Declares ``x`` an argument: its contents change from run to run."""
        v = self._value("input", x)
        self.inputs.append(v)
        return v

    def ref(self, x: Any) -> Ref:
        """The value of an operand; an unknown tensor is captured."""
        if not isinstance(x, Tensor):
            return Immediate(x)
        v = self._of.get(id(x))
        if v is None:
            v = self._value("captured", x)
            v.tensor = x
            self._captured[id(x)] = v
            self._first[id(v)] = (x.array, type(x) is Shared)
            if x.node is not None:
                self._by_node[x.node.serial] = v
        return v

    def record(self, op: Op, operands: tuple, params: dict[str, Any], y: Tensor) -> None:
        """Writes down one call. Called by every op that runs while recording."""
        refs = tuple([self.ref(x) for x in operands])
        if params:
            params = {k: v.see(float) if type(v) is Weak else v for k, v in params.items()}
        self.calls.append(Call(op, refs, params, (self._value("computed", y),)))
        if y.node is not None:
            self._by_node[y.node.serial] = self._of[id(y)]
            for x, v in zip(operands, refs, strict=True):
                if isinstance(x, Tensor) and x.node is None:
                    self._by_array[id(x.array)] = v  # type: ignore[assignment]
                    self._kept.append(x.array)

    def name(self, x: Tensor) -> None:
        """``x``, as it is recorded now, is what its node means."""
        self._by_node[x.node.serial] = self.ref(x)  # type: ignore[union-attr, assignment]

    def recall(self, x: Tensor) -> None:
        """``x`` was made for a value that the tape knows: it stands for what was recorded then."""
        if x.node is None:
            v = self._by_array.get(id(x.array))
        else:
            v = self._by_node.get(x.node.serial)
        if v is not None:
            self._means(x, v)

    def freeze(self, x: Tensor) -> None:
        """The record follows the contents of ``x``, which is not the program's own."""
        self._frozen.append((x, fingerprint(x.array)))

    def owns(self, x: Tensor) -> bool:
        """Whether ``x`` has no contents of its own: an argument, or computed from one."""
        v = self._of.get(id(x))
        return v is not None and v.kind in ("input", "computed")

    def look(self, x: Tensor) -> None:
        """Python asks for the contents of a tensor that is not the program's own."""
        self.looked.append(ref(x))

    def assign(self, x: Tensor, new: Tensor) -> None:
        """``x`` of outside is about to be given new contents: from here on it means those."""
        self.ref(x)
        value = self.ref(new)
        self._before.setdefault(id(x), (x.array, x.node))
        if id(x) in self._captured:
            self._effects[id(x)] = value  # type: ignore[assignment]
        self._means(x, value)  # type: ignore[arg-type]

    def alias(self, twin: Tensor, x: Tensor) -> None:
        """``twin`` stands for what ``x`` means now."""
        self._means(twin, self.ref(x))  # type: ignore[arg-type]

    def finish(self, outputs: list[Tensor]) -> Graph:
        """The graph, once the function has returned."""
        outs = [self.ref(y) for y in outputs]
        effects = {id(self._captured[k]): (self._captured[k], v) for k, v in self._effects.items()}
        returned = Counter(id(y) for y in outputs)
        self._of.clear()
        self._by_array.clear()
        self._names.clear()
        self._kept.clear()
        for v in self._captured.values():
            array, shared = self._first.pop(id(v))
            if id(v) in effects:
                # What was made inside and assigned to is no state: every run makes it anew. (What
                # is returned is in the result as well, and in two lists of its leaves.)
                if _holders(v) > ALONE + 3 * returned[id(v.tensor)]:
                    continue
                del effects[id(v)]
                if shared:
                    v.tensor = share(array)
                else:
                    v.kind, v.array, v.tensor = "constant", array, None
            elif not shared and not returned[id(v.tensor)]:
                del array  # it is not to be held here
                _let_go(v)
        captured = [v for v in self._captured.values() if v.kind == "captured"]
        told = list(effects.values())
        graph = Graph(self.inputs, self.calls, outs, told, self.values, captured)  # type: ignore[arg-type]
        graph.before = [(old.tensor, *self._before[id(old.tensor)]) for old, _ in told]  # type: ignore[misc]
        graph.frozen = self._frozen
        graph.looked = [x for x in (r() for r in self.looked) if x is not None]
        return graph


def _holders(v: Value) -> int:
    """How many references there are to a captured tensor."""
    return sys.getrefcount(v.tensor)


ALONE = _holders(Value(0, "captured", (), np.dtype(float), wrap(np.zeros(()))))  # the value's own


def _let_go(v: Value) -> None:
    """Makes a captured value a constant where nobody but this record holds it: it cannot change.

    The record lets go of the tensor, then of its memory, and looks whether they are gone. What
    lives on is somebody's, and its contents are read at every run. (Counting references would
    tell less: an interpreter may keep some without counting.)
    """
    tensor = v.tensor
    assert tensor is not None
    array, seen = tensor.array, ref(tensor)
    v.tensor = None
    del tensor
    v.tensor = seen()
    if v.tensor is not None:
        return
    owner: Any = array
    while type(owner.base) is np.ndarray:
        owner = owner.base
    if owner.base is not None:  # memory that is no array's: a file's, a buffer's
        v.tensor = wrap(array)
        return
    copy, view = array.copy(), (array.shape, array.strides, array.dtype)
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    memory = ref(owner)
    del array, owner
    alive = memory()
    if alive is None:
        v.kind, v.array = "constant", copy
    else:
        shape, strides, dtype = view
        v.tensor = wrap(np.ndarray(shape, dtype, alive, start, strides))


def record(f: Callable[..., Any], args: list[Any]) -> tuple[Any, Graph, Any]:
    """Runs f on ``args`` (a list of trees whose Tensor leaves are the program's inputs).

    Returns f's own result, the graph, and the structure of the result: (tree structure, leaves),
    where a leaf is an index into the graph's outputs, or a Python object that is not a tensor.
    """
    if mode.recorder is not None:
        raise AssertionError("a recording inside a recording joins it; the caller checks")
    recorder = Recorder()
    leaves, structure = tree.flatten(args)
    fresh = []
    for leaf in leaves:
        if isinstance(leaf, Tensor):
            foreign = isinstance(leaf, Shared) or in_state(leaf.array)
            x = wrap(leaf.array.copy() if foreign else leaf.array.view())  # it tells inputs apart
            recorder.add_input(x)
            fresh.append(x)
        else:
            fresh.append(leaf)
    try:
        mode.recorder = recorder
        recording.append(recorder)
        result = f(*tree.unflatten(structure, fresh))
    finally:
        mode.recorder = None
        if recorder in recording:  # a signal handler may have raised before
            recording.remove(recorder)
    found, shape = tree.flatten(result)
    slots: list[Any] = []
    tensors: list[Tensor] = []
    for i, y in enumerate(found):
        if type(y) is Weak:
            slots.append(Again(y.again))
            found[i] = y.value
        elif isinstance(y, Tensor):
            if y.node is None and not recorder.owns(y):  # the caller gets its own, as from a replay
                found[i] = wrap(y.array.copy())
                recorder.alias(found[i], y)
            slots.append(len(tensors))
            tensors.append(found[i])
        else:
            slots.append(Fixed(y))
        del y
    result = tree.unflatten(shape, found)
    fresh.clear()
    graph = recorder.finish(tensors)
    return result, graph, (shape, slots)


@dataclass(frozen=True, slots=True)
class Again:
    """A result that Python computes from the call's float arguments."""

    compute: Callable[[list[float]], float]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A result that is not a tensor: the same object at every run."""

    value: Any
