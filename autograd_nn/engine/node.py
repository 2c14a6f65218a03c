"""What an op leaves behind: a node, which is the identity of a value on the tape.

A tensor is a name for a value: an array and the node it came from. Item assignment points the name
at another value; whoever read the old one refers to the old node, and so nothing has to be put
right behind it. A node points at the nodes of its operands and at the arrays it read, never at a
tensor: no name, no gradient kept under a name and no result can close a circle.
"""

from __future__ import annotations

import zlib
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from autograd_nn.engine.errors import GradientError, MutationError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.pieces import Pieces

if TYPE_CHECKING:
    from autograd_nn.engine.op import Op
    from autograd_nn.engine.tensor import Tensor

_serial = count(1).__next__
RELEASED: tuple = (None,)  # a marker, compared by identity


class Node:
    """One taped call: the op, where its operands came from, the arrays it read, its parameters.

    sources   per operand: its node; None for a constant whose contents nobody can change; for one
              that somebody can, a `Watch` or a `Name`.
    """

    __slots__ = ("arrays", "op", "params", "serial", "sources")

    def __init__(self, op: Op, sources: tuple, arrays: tuple, params: dict[str, Any]) -> None:
        self.op = op
        self.sources = sources
        self.arrays = arrays
        self.params = params
        self.serial = _serial()

    @property
    def parents(self) -> list[Node]:
        """The nodes of the operands that are themselves on the tape."""
        return [s for s in self.sources if isinstance(s, Node)]

    def release(self) -> None:
        """Drops the operands, so that their memory can go; a later walk is refused."""
        self.sources = self.arrays = RELEASED

    def changed(self, array: np.ndarray) -> bool:
        """Whether an array that was read as this node's value has other contents now: never."""
        return False

    def check(self) -> None:
        """Raises if the tape was released, or an array it needs was changed since."""
        if self.sources is RELEASED:
            raise GradientError(
                f"the tape behind this {self.op.name!r} was freed by an earlier backward(). "
                "Received a second backward through it, expected one; pass retain_graph=True to "
                "the first backward, or compute the value again."
            )
        for i, (source, array) in enumerate(zip(self.sources, self.arrays, strict=True)):
            if source is not None and source.changed(array):
                raise MutationError(
                    f"operand {i} of {self.op.name!r}, of shape {array.shape}, was changed after "
                    "the tape read it; expected the same contents at backward, for its gradient "
                    "would be wrong. Change a copy (x.copy()), or change it after backward()."
                )


class Again:
    """Stands for an array that is made once more where a walk reads it, from what made it first.

    Kept in place of one that is far larger than what it is made of: the patches that a convolution
    lays out, whose windows overlap in memory. It has their shape and dtype.

    pieces   what makes it a piece at a time, where that can be.
    """

    __slots__ = ("dtype", "node", "pieces", "shape")

    def __init__(self, node: Node, array: Any) -> None:
        self.node, self.shape, self.dtype = node, array.shape, array.dtype
        self.pieces = array if array.__class__ is Pieces else None

    def read(self) -> Any:
        """The array or its pieces; raises GradientError, MutationError where its origin is gone."""
        at: Any = self.node
        at.check()
        view = at.arrays[0]
        while (at := at.sources[0]).__class__ is Node and _shared(at.arrays[0], view):
            at.check()
        if self.pieces is not None:
            return self.pieces
        return self.node.op.forward(*self.node.arrays, **self.node.params)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.read(), dtype)


def _shared(array: Any, view: np.ndarray) -> bool:
    return array.__class__ is np.ndarray and np.may_share_memory(array, view)


def made_again(y: Tensor, i: int) -> Tensor:
    """``y``, whose op's operand ``i`` the tape does not keep, see `Again`."""
    node = y.node
    if node is not None and (source := node.sources[i]).__class__ is Node:
        arrays = list(node.arrays)
        arrays[i] = Again(source, arrays[i])
        node.arrays = tuple(arrays)
    return y


class Leaf(Node):
    """What derivatives are taken with respect to: a tensor's own, or a transform's argument.

    tensor   the tensor whose ``.grad`` it is, known weakly; None for a transform's argument.
    state    whether that is a layer's weight.
    """

    __slots__ = ("state", "tensor")

    def __init__(self, tensor: Tensor | None = None) -> None:
        super().__init__(None, (), (), {})  # type: ignore[arg-type]
        self.tensor = None if tensor is None else ref(tensor)
        self.state = tensor is not None and tensor.state

    @property
    def owner(self) -> Tensor | None:
        """The tensor whose ``.grad`` receives its cotangent."""
        return None if self.tensor is None else self.tensor()

    def release(self) -> None:
        """A leaf has nothing to release."""

    def changed(self, array: np.ndarray) -> bool:
        """Whether its tensor was given other contents by ``assign``, or by a program."""
        x = self.owner
        if x is None or x.array is array:
            return False
        return x.node is self or in_state(array)


class Whole(Node):
    """One taped call of an op with several results: where their cotangents meet.

    Each result's node is a part: its one source is the whole, its array the result itself.
    results   the arrays; a rule is given all of them, also those whose tensor is gone.
    serials   the parts'. The whole knows no part itself: a part knows it.
    """

    __slots__ = ("results", "serials")

    def __init__(
        self, op: Op, sources: tuple, arrays: tuple, params: dict[str, Any], results: tuple
    ) -> None:
        super().__init__(op, sources, arrays, params)
        self.results = results
        self.serials = tuple([_serial() for _ in results])

    def part(self, k: int) -> Node | None:
        """The node of result ``k``; None for whole numbers, which carry no derivative."""
        if kind_of(self.results[k].dtype) not in "fc":
            return None
        node = Node(self.op, (self,), (self.results[k],), {})
        node.serial = self.serials[k]
        return node

    def release(self) -> None:
        """Drops the operands and the results."""
        super().release()
        self.results = ()


class Name:
    """A constant that a program may write in place, or that a recording knows by its tensor."""

    __slots__ = ("tensor",)
    serial = 0  # not on the tape

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = ref(tensor)

    @property
    def owner(self) -> Tensor | None:
        """The tensor, where there still is one."""
        return self.tensor()

    def changed(self, array: np.ndarray) -> bool:
        """Whether the tensor shows other memory now, while the old is a program's to write."""
        x = self.owner
        return x is not None and x.array is not array and in_state(array)


class Watch:
    """Somebody else's array, known by a digest of its contents when it was read."""

    __slots__ = ("digest",)
    serial = 0  # not on the tape

    def __init__(self, array: np.ndarray) -> None:
        self.digest = fingerprint(array)

    def changed(self, array: np.ndarray) -> bool:
        """Whether the contents are others than they were."""
        return fingerprint(array) != self.digest


class StateBuffer(np.ndarray):
    """Memory that a program writes in place: the contents of a tensor that it updates."""


def in_state(array: np.ndarray) -> bool:
    """Whether an array lies in memory that a program will write again."""
    base: Any = array.base
    while base is not None and type(base) is not StateBuffer:
        base = getattr(base, "base", None)  # not of arrays alone: a strided view has another
    return base is not None


SHORT = 512  # bytes up to which contents are kept themselves: quicker than a checksum, and exact


def fingerprint(array: np.ndarray) -> int | bytes:
    """What tells contents apart: short ones themselves, else a CRC-32.

    A sum is blind to changes that balance (entries exchanged, a mask inverted). A cyclic redundancy
    check takes each bit's place into account: some other contents pass with chance 2⁻³².
    """
    if array.nbytes <= SHORT:
        return array.tobytes()
    if not array.flags.c_contiguous:
        array = np.ascontiguousarray(array)
    return zlib.crc32(array.view(np.uint8))  # type: ignore[arg-type]
