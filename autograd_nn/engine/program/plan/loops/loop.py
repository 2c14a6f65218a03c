"""Loops: the structure of a fused loop over several arrays, and its plan before it has places.

Structure alone (dtypes, which strides are 0 or 1, the expressions) and never a size: forty equal
layers are one loop, which a target compiles once.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograd_nn.engine.graph.values import Value
from autograd_nn.engine.program.dtypes import itemsize
from autograd_nn.engine.program.layout import Address
from autograd_nn.engine.program.passes.fuse import Group

WRITTEN = 16  # entries of a window that are written out, at most
WORTH = 1 << 14  # entries of a loop that is worth a text of its own
VECTOR = 4  # entries of its last axis, at least

Cell = int | Address  # of a kernel's argument block
Named = tuple[str, Any]  # ('a', array), ('t', statement) or ('c', text)


@dataclass(frozen=True, slots=True)
class Array:
    """An array of a loop: dtype code, alias scope, and per axis '0', '1' or 's' (its stride).

    by   the array that has the numbers of the rows that its first axis goes through, if any.
    """

    code: str
    scope: int
    steps: str
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """t<n> = body(operands), computed in dtype ``compute``, kept as ``code``.

    body        an op's scalar function; None: a copy, or a cast.
    conditions  the operands that are read as truths, and are not cast.
    """

    body: Callable[..., Any] | None
    code: str
    compute: str
    operands: tuple[Named, ...]
    conditions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reduction:
    """Array ``array`` gathers ``value`` over the dimensions marked in ``over`` ('r', else 'k').

    Over those marked 'm' it moves on too, and meets entries that it has met before.
    """

    kind: str
    array: int
    value: Named
    over: str

    @property
    def lands(self) -> bool:
        """Whether each entry is added where it lands, in what is there already."""
        return "m" in self.over


@dataclass(frozen=True, slots=True)
class Loop:
    """The structure of a fused loop; equal structures are one kernel.

    Its argument block: sizes; of each array its address and its strides; numbers.
    """

    ndim: int
    arrays: tuple[Array, ...]
    statements: tuple[Statement, ...]
    stores: tuple[tuple[int, Named], ...]  # (array, value)
    reductions: tuple[Reduction, ...]
    scalars: int  # how many runtime numbers follow the arrays in the block
    cut: bool = False  # the first axis counts parts of the second
    spare: int | None = None  # the array that says how many rows at the front are left out
    window: tuple[int, ...] = ()  # sizes of more axes: few entries, which are written out

    @property
    def shared(self) -> int | None:
        """The axis that parts may be cut from; see `shared_axis`."""
        return shared_axis(self.ndim, self.reductions)


def shared_axis(ndim: int, reductions: Sequence[Reduction]) -> int | None:
    """The first axis over which no result gathers: parts of it are apart. None: there is none."""
    kept = (d for d in range(ndim) if all(r.over[d] == "k" for r in reductions))
    return next(kept, None)


@dataclass(slots=True)
class LoopPlan:
    """A fused loop before its arrays have their places, merged to few dimensions."""

    group: Group
    sizes: tuple[int, ...]
    roots: list[Value]
    codes: list[str]
    offsets: list[int]
    strides: list[tuple[int, ...]]  # per array, per dimension, in entries
    statements: list[Statement]
    stores: list[tuple[int, Named]]
    reductions: list[Reduction]
    scalars: list[float]
    aligned: list[bool]  # entry by entry, contiguous: may share memory with another such array
    scopes: list[int]
    started: list[Value] = field(default_factory=list)  # results that are zeros before it runs
    by: dict[int, int] = field(default_factory=dict)  # of an array, that of its rows' numbers
    spare: int | None = None  # the array that says how many rows at the front are left out
    parted: bool = False  # the first axis counts parts of the second
    entries: list[int] = field(default_factory=list)  # axes of the entries of windows that land

    def cut(self, parts: int, gathered: dict[int, Value]) -> LoopPlan:
        """The same loop with its first axis in parts, each of which gathers in its own array.

        gathered   per array that gathers, the one it is now: of a result of each part.
        """
        steps = [gathered[k].size // parts if k in gathered else 0 for k in range(len(self.roots))]
        return replace(
            self,
            group=Group(-1, self.group.shape),  # its calls make something else
            sizes=(parts, *self.sizes),
            roots=[gathered.get(k, root) for k, root in enumerate(self.roots)],
            strides=[(step, *s) for step, s in zip(steps, self.strides, strict=True)],
            reductions=[replace(r, over="k" + r.over) for r in self.reductions],
            parted=True,
        )

    def parts(self) -> int:
        """Into how many parts it may be cut."""
        axis = shared_axis(len(self.sizes), self.reductions)
        return 1 if axis is None else self.sizes[axis]

    def window(self) -> range:
        """The axes before the last that all results gather over, where their entries are few.

        Written out one after another, they leave in registers what is gathered. Those of windows
        that land apart are written out, too: what the entries have in common is read once.
        """
        last = len(self.sizes) - 1
        overs = {r.over for r in self.reductions}
        if not overs and self.entries:
            found = range(self.entries[0], last)
            whole = self.entries == [*found]
        else:
            over = overs.pop() if len(overs) == 1 else ""
            found = range(over.find("r"), last)
            whole = over == "k" * found.start + "r" * len(found) + "k" and found.start >= 0
        if not whole or not found or self.parted or self.by or self.spare is not None:
            return range(0)
        worth = math.prod(self.sizes) >= WORTH and self.sizes[last] >= VECTOR
        few = math.prod([self.sizes[d] for d in found]) <= WRITTEN
        return found if worth and few else range(0)

    def written(self) -> set[int]:
        """The numbers of the arrays it writes."""
        return {k for k, _ in self.stores} | {r.array for r in self.reductions}

    def finish(self) -> tuple[Loop, list[Cell]]:
        """The loop's structure and argument cells, once scopes are settled."""
        inner = self.window()
        outer = [d for d in range(len(self.sizes)) if d not in inner]
        n = len(outer)
        by_array = [tuple([s[d] for d in (*outer, *inner)]) for s in self.strides]
        arrays = [
            Array(code, scope, told(strides[:n], n) + told(strides[n:], 0), self.by.get(k))
            for k, (code, scope, strides) in enumerate(
                zip(self.codes, self.scopes, by_array, strict=True)
            )
        ]
        reductions = [replace(r, over="".join([r.over[d] for d in outer])) for r in self.reductions]
        loop = Loop(
            n, tuple(arrays), tuple(self.statements), tuple(self.stores), tuple(reductions),
            len(self.scalars), self.parted, self.spare, tuple([self.sizes[d] for d in inner]),
        )  # fmt: skip
        cells: list[Cell] = [self.sizes[d] for d in outer]
        for root, offset, strides, code in zip(
            self.roots, self.offsets, by_array, self.codes, strict=True
        ):
            cells.append(Address(root, offset * itemsize(code)))
            cells.extend(strides)
        cells.extend(struct.unpack("<q", struct.pack("<d", c))[0] for c in self.scalars)
        return loop, cells


def told(strides: tuple[int, ...], n: int) -> str:
    """Strides over ``n`` axes as a loop's structure tells them: one of 1 counts on the last.

    >>> told((6, 0, 1), 3)
    's01'
    """
    return "".join(
        "0" if s == 0 else ("1" if s == 1 and d == n - 1 else "s") for d, s in enumerate(strides)
    )
