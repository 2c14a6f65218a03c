"""What ran, written down: values, the calls that made them, and the graph of both."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_nn.engine.halves import met
from autograd_nn.engine.node import fingerprint
from autograd_nn.engine.op import Op
from autograd_nn.engine.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Immediate:
    """A Python number in an instruction: it takes its partner's dtype."""

    value: Any

    def __repr__(self) -> str:
        return repr(self.value)


@dataclass(slots=True, eq=False)
class Value:
    """One array of a program: where it comes from, its shape and its dtype."""

    index: int
    kind: str  # 'input', 'captured', 'constant' or 'computed'
    shape: tuple[int, ...]
    dtype: np.dtype
    tensor: Tensor | None = None  # the captured tensor
    array: np.ndarray | None = None  # a constant's contents

    def __repr__(self) -> str:
        return f"%{self.index}"

    @property
    def size(self) -> int:
        """How many entries it has."""
        n = 1
        for d in self.shape:
            n *= d
        return n

    @property
    def nbytes(self) -> int:
        """How many bytes its entries take."""
        return self.size * self.dtype.itemsize


Ref = Value | Immediate


def compared(refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
    """The operands of a comparison, of which a Python number that its partner's dtype cannot hold
    (-1 beside uint8) is as far out as can be: NumPy compares such a number as it is.
    """
    kinds = [x.dtype for x in refs if isinstance(x, Value)]
    if len(kinds) != 1 or kinds[0].kind not in "iu":
        return refs
    limits = np.iinfo(kinds[0])

    def seen(x: Ref) -> Ref:
        if isinstance(x, Value) or type(x.value) is not int or limits.min <= x.value <= limits.max:
            return x
        return Immediate(math.copysign(math.inf, x.value))

    return tuple(map(seen, refs))


@dataclass(slots=True, eq=False)
class Call:
    """One instruction of the record: results = op(*operands, **params).

    taped   whether the tape was on: where the function turned it off, a derivative ends.
    """

    op: Op
    operands: tuple[Ref, ...]
    params: dict[str, Any]
    results: tuple[Value, ...]
    taped: bool = True

    @property
    def result(self) -> Value:
        """The first result, which of most ops is all there is."""
        return self.results[0]

    @property
    def forward(self) -> Callable[..., Any]:
        """The op's function on arrays of any dtype; its kernel, where no bfloat16 can be."""
        return self.op.run if met else self.op.forward

    def __repr__(self) -> str:
        made = ", ".join(map(repr, self.results))
        given = "".join(f", {k}={v}" for k, v in self.params.items())
        return f"{made} = {self.op.name}({', '.join(map(repr, self.operands))}{given})"


@dataclass(slots=True)
class Graph:
    """A straight-line program on arrays: inputs, calls, outputs, and the tensors it updates."""

    inputs: list[Value]
    calls: list[Call]
    outputs: list[Value]
    effects: list[tuple[Value, Value]]  # (the captured tensor's value, its new contents)
    values: list[Value]
    captured: list[Value] = field(default_factory=list)
    looked: list[Tensor] = field(default_factory=list)  # of outside, whose contents Python saw
    before: list[tuple[Tensor, np.ndarray, Any]] = field(default_factory=list)
    frozen: list[tuple[Tensor, Any]] = field(default_factory=list)  # and their fingerprints

    def undo(self) -> None:
        """Gives what the recorded run assigned the contents from before it."""
        for x, array, node in self.before:
            x.array, x.node = array, node

    def stands(self) -> bool:
        """Whether the tensors whose contents the record follows still have them."""
        return all([fingerprint(x.array) == was for x, was in self.frozen])
