"""The recorder: what ops tell a recording, and by which value each tensor is known in it.

A tensor is a name. It is told by its identity while it lives; a value whose name has gone is told
by its node on the tape, a constant that the tape read by its array.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from autograd_nn.engine import mode as modes
from autograd_nn.engine.graph.ownership import alone, let_go
from autograd_nn.engine.graph.values import Call, Graph, Immediate, Ref, Value, compared
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import Leaf, fingerprint
from autograd_nn.engine.op import Op
from autograd_nn.engine.tensor import Shared, Tensor
from autograd_nn.engine.weak import Weak


class Recorder:
    """Collects the calls of one recording.

    outer   the recording it goes on in. That one is told nothing of the calls: what it records is
            captured here like any tensor of outside, and has no contents of its own here either.
    """

    def __init__(self, outer: modes.Recorder | None = None) -> None:
        self.outer = outer
        self.trial = outer is not None and outer.trial
        self.pulls = 0
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

    def constant(self, x: Tensor) -> None:
        """``x`` holds what another record alone holds: it cannot change."""
        self._value("constant", x).array = x.array

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

    def record(self, op: Op, operands: tuple, params: dict[str, Any], y: Any) -> None:
        """Writes down one call. Called by every op that runs while recording."""
        refs = tuple([self.ref(x) for x in operands])
        if params:
            params = {k: v.see(float) if type(v) is Weak else v for k, v in params.items()}
        made = y if op.results > 1 else (y,)
        if len(refs) == 2 and made[0].array.dtype.kind == "b":
            refs = compared(refs)
        values = tuple([self._value("computed", one) for one in made])
        self.calls.append(Call(op, refs, params, values, mode.taping))
        nodes = [one.node for one in made]
        if any(nodes):
            known = [*zip(made, values, strict=True), *zip(operands, refs, strict=True)]
            for x, v in known:
                if not isinstance(x, Tensor):
                    continue
                if x.node is None:
                    self._by_array[id(x.array)] = v  # type: ignore[assignment]
                    self._kept.append(x.array)
            for node, v in zip(nodes, values, strict=True):
                if node is not None:
                    self._by_node[node.serial] = v

    def name(self, x: Tensor) -> None:
        """``x``, as it is recorded now, is what its node means."""
        self._by_node[x.node.serial] = self.ref(x)  # type: ignore[union-attr, assignment]

    def recall(self, x: Tensor) -> bool:
        """``x`` was made for a value that the tape knows: it stands for what was recorded then."""
        if x.node is None:
            v = self._by_array.get(id(x.array))
        else:
            v = self._by_node.get(x.node.serial)
        if v is not None:
            self._means(x, v)
            return True
        return self.outer is not None and self.outer.recall(x)

    def freeze(self, x: Tensor) -> None:
        """The record follows the contents of ``x``, which is not the program's own."""
        self._frozen.append((x, fingerprint(x.array)))
        if self.outer is not None:
            self.outer.freeze(x)

    def owns(self, x: Tensor) -> bool:
        """Whether ``x`` has no contents of its own: an argument, or computed from one."""
        v = self._of.get(id(x))
        if v is not None and v.kind in ("input", "computed"):
            return True
        return self.outer is not None and self.outer.owns(x)

    def look(self, x: Tensor) -> bool:
        """Python asks for contents: whether they stay, for they follow from no argument.

        What they follow from is frozen in the record.
        """
        found = self._roots(x) if self.owns(x) else [x]
        for root in found or ():
            self.looked.append(ref(root))
            if self.outer is not None:
                self.outer.look(root)
        return found is not None

    def _roots(self, x: Tensor) -> list[Tensor] | None:
        """The tensors of outside, no states, that alone make a value; None where others do too."""
        made = {v.index: call for call in self.calls for v in call.results}
        waiting: list[Any] = [self._of.get(id(x))]
        seen: set[int] = set()
        found: list[Tensor] = []
        while waiting:
            v = waiting.pop()
            if v is None or (v.kind != "captured" and v.index not in made):
                return None
            if v.index in seen:
                continue
            seen.add(v.index)
            if v.kind == "captured":
                root: Tensor = v.tensor
                moves = root.state or isinstance(root.node, Leaf) or id(root) in self._effects
                if moves or (self.outer is not None and self.outer.owns(root)):
                    return None
                found.append(root)
            else:
                waiting += [r for r in made[v.index].operands if isinstance(r, Value)]
        return found

    def assign(self, x: Tensor, new: Tensor) -> None:
        """``x`` of outside is about to be given new contents: from here on it means those."""
        self.ref(x)
        value = self.ref(new)
        if id(x) in self._captured:
            self._before.setdefault(id(x), (x.array, x.node))
            self._effects[id(x)] = value  # type: ignore[assignment]
        self._means(x, value)  # type: ignore[arg-type]

    def assigned(self, x: Tensor) -> bool:
        """Whether ``x`` is of outside and has been given new contents."""
        return id(x) in self._effects

    def undo(self) -> None:
        """Gives what was assigned the contents from before."""
        for key, (array, node) in self._before.items():
            x: Tensor = self._captured[key].tensor  # type: ignore[assignment]
            x.array, x.node = array, node

    def alias(self, twin: Tensor, x: Tensor) -> None:
        """``twin`` stands for what ``x`` means now."""
        self._means(twin, self.ref(x))  # type: ignore[arg-type]

    def finish(self, outputs: list[Tensor]) -> Graph:
        """The graph, once the function has returned; a list of outputs alone keeps no tape."""
        outs = [self.ref(y) for y in outputs]
        returned = {id(y) for y in outputs}
        outputs.clear()
        effects: list[tuple[Value, Value]] = []
        before: list[tuple[Tensor, np.ndarray, Any]] = []
        known = {k for k, v in self._captured.items() if self._is_outers(v.tensor)}
        for own in (self._of, self._by_array, self._names, self._kept):
            own.clear()  # type: ignore[attr-defined]
        for key, v in self._captured.items():
            array, shared = self._first.pop(id(v))
            ours = key not in known and key not in returned
            if key in self._effects:
                # What was made inside and assigned to is no state: every run makes it anew.
                if ours and alone(v, array, shared):
                    continue
                effects.append((v, self._effects[key]))
                before.append((v.tensor, *self._before[key]))  # type: ignore[arg-type]
            elif ours and not shared:
                del array  # it is not to be held here
                let_go(v)
        captured = [v for v in self._captured.values() if v.kind == "captured"]
        graph = Graph(self.inputs, self.calls, outs, effects, self.values, captured)  # type: ignore[arg-type]
        graph.before, graph.frozen = before, self._frozen
        graph.looked = [x for x in (r() for r in self.looked) if x is not None]
        return graph

    def _is_outers(self, x: Tensor | None) -> bool:
        """Whether a recording around this one knows a tensor by what it means there."""
        outer: Any = self.outer
        while outer is not None:
            if id(x) in outer._of:
                return True
            outer = outer.outer
        return False
