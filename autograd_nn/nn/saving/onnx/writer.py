"""The nodes of an ONNX graph as they are made, and the numbers among them that a batch decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Call, Value
from autograd_nn.nn.saving.extras import extra
from autograd_nn.nn.saving.recorded import ExportError

SIZES = (2, 3)  # of the two records' batches; what differs between them is a line through both


@dataclass(frozen=True, slots=True)
class Ref:
    """A value of the ONNX graph: its name and dtype, and its shape in both records."""

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    other: tuple[int, ...]

    @property
    def fixed(self) -> bool:
        """Whether its shape does not depend on the batch."""
        return self.shape == self.other


@dataclass(slots=True)
class Pair:
    """A call in both records."""

    first: Call
    second: Call

    @property
    def name(self) -> str:
        return self.first.op.name

    @property
    def dtype(self) -> np.dtype:
        """Of the result."""
        return self.first.result.dtype

    def param(self, name: str) -> Any:
        """A parameter that the batch does not decide; raises ExportError for one that it does."""
        one, two = self.first.params.get(name), self.second.params.get(name)
        if repr(one) != repr(two):
            raise ExportError(
                f"export: the op {self.name!r} has {name}={one!r} for a batch of {SIZES[0]} and "
                f"{two!r} for one of {SIZES[1]}; expected the same for any batch."
            )
        return one


@dataclass(slots=True)
class Writer:
    """What is written so far.

    batch    the name of the batch's size, a tensor of one whole number.
    outer    the writer around a loop's body, whose values the body sees.
    """

    nodes: list[Any] = field(default_factory=list)
    initializers: dict[str, np.ndarray] = field(default_factory=dict)
    batch: str = ""
    outer: Writer | None = None
    count: list[int] = field(default_factory=lambda: [0])

    def name(self, of: str) -> str:
        """A name that nothing has yet."""
        self.count[0] += 1
        return f"{of}_{self.count[0]}"

    def node(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Adds a node; gives its result's name, or a list of several."""
        helper = extra("onnx.helper", "Writing ONNX", "onnx")
        names = [self.name(kind.lower()) for _ in range(outputs)]
        given = {k: v for k, v in attributes.items() if v is not None}
        self.nodes.append(helper.make_node(kind, list(inputs), names, **given))
        return names[0] if outputs == 1 else names

    def constant(self, value: Any, dtype: Any = None, name: str | None = None) -> str:
        """Numbers that are part of the file."""
        held = self
        while held.outer is not None:
            held = held.outer
        name = name or held.name("constant")
        held.initializers[name] = np.ascontiguousarray(value, dtype).reshape(np.shape(value))
        return name

    def ints(self, one: Sequence[int], two: Sequence[int]) -> str:
        """Whole numbers of both records: n·a + b of the batch's size n, where they differ."""
        first, second = np.array(one, "int64"), np.array(two, "int64")
        if first.shape != second.shape:
            raise ExportError("export: a shape has as many axes as the batch says; expected one.")
        if (first == second).all():
            return self.constant(first)
        by = (second - first) // (SIZES[1] - SIZES[0])
        scaled = self.node("Mul", self.batch, self.constant(by))
        return self.node("Add", scaled, self.constant(first - by * SIZES[0]))

    def cast(self, name: str, was: Any, wanted: Any) -> str:
        """A value in another dtype."""
        if np.dtype(was) == np.dtype(wanted):
            return name
        return self.node("Cast", name, to=kind_of(wanted))

    def arrays(self, pair: Pair, operands: Sequence[Any], dtype: Any = None) -> list[str]:
        """Operands' names, all in one dtype: that which NumPy gives them."""
        dtype = dtype or np.result_type(*[x.dtype if isinstance(x, Ref) else x for x in operands])
        return [
            self.cast(x.name, x.dtype, dtype) if isinstance(x, Ref) else self.constant(x, dtype)
            for x in operands
        ]

    def outside(self, one: Value, two: Value) -> Ref:
        """A value that no call makes; where the batch shapes it, it is the same for all samples."""
        a, b = contents(one), contents(two)
        ref = Ref("", one.dtype, one.shape, two.shape)
        if ref.fixed:
            if one.tensor is None and not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"):
                raise ExportError("export: a constant depends on the size of the batch.")
            return Ref(self.constant(a), *(one.dtype, one.shape, two.shape))
        varying = [i for i, (n, m) in enumerate(zip(one.shape, two.shape, strict=True)) if n != m]
        if a.dtype.kind == "i" and len(varying) == 1 and (line := self._line(ref, a, b, *varying)):
            return line
        small = a
        for axis in varying:
            small = small.take([0], axis)
        same = np.broadcast_to(small, a.shape), np.broadcast_to(small, b.shape)
        if not (np.array_equal(same[0], a) and np.array_equal(same[1], b)):
            raise ExportError("export: a constant holds other numbers for each sample of a batch.")
        name = self.node("Expand", self.constant(small), self.ints(one.shape, two.shape))
        return Ref(name, one.dtype, one.shape, two.shape)

    def _line(self, ref: Ref, one: np.ndarray, two: np.ndarray, axis: int) -> Ref | None:
        """Places counted along the batch, a + b·i; None where it is anything else."""
        first = one.take([0], axis)
        by = one.take([1], axis) - first
        along = [-1 if i == axis else 1 for i in range(one.ndim)]
        for v in (one, two):
            if (v != first + by * np.arange(v.shape[axis]).reshape(along)).any():
                return None
        n = self.ints(ref.shape[axis : axis + 1], ref.other[axis : axis + 1])
        bounds = self.constant(0, "int64"), self.node("Squeeze", n), self.constant(1, "int64")
        counted = self.constant(np.array(along, "int64"))
        counted = self.node("Reshape", self.node("Range", *bounds), counted)
        scaled = self.node("Mul", counted, self.constant(by, "int64"))
        name = self.node("Add", scaled, self.constant(first, "int64"))
        return Ref(self.cast(name, "int64", ref.dtype), ref.dtype, ref.shape, ref.other)


def contents(v: Value) -> np.ndarray:
    """What a value holds that no call makes."""
    return np.asarray(v.array if v.tensor is None else v.tensor.array)


def kind_of(dtype: Any) -> int:
    """ONNX's number of a dtype."""
    helper = extra("onnx.helper", "Writing ONNX", "onnx")
    return int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
