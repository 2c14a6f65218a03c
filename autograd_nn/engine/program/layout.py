"""Where a value's entries lie: a root array, an offset and strides. Views cost no instruction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Call, Value


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """C-order strides, in entries.

    >>> row_major((2, 3))
    (3, 1)
    """
    strides, n = [], 1
    for size in reversed(shape):
        strides.append(n)
        n *= max(size, 1)
    return tuple(reversed(strides))


def merge(
    sizes: tuple[int, ...], strides: Sequence[tuple[int, ...]], marks: Sequence[Any]
) -> list[tuple[int, tuple[int, ...], Any]]:
    """Per dimension its size, the arrays' strides and its mark; what can be walked as one is one.

    Neighbours join where they have one mark and every array goes on evenly; sizes of 1 fall away.

    >>> merge((2, 1, 3, 4), [(12, 12, 4, 1), (12, 12, 4, 1)], "kkkk")
    [(24, (1, 1), 'k')]
    """
    found: list[tuple[int, tuple[int, ...], Any]] = []
    for d, n in enumerate(sizes):
        if n == 1:
            continue
        own = tuple(s[d] for s in strides)
        if found:
            m, before, mark = found[-1]
            if mark == marks[d] and all(b == s * n for b, s in zip(before, own, strict=True)):
                found[-1] = (m * n, own, mark)
                continue
        found.append((n, own, marks[d]))
    return found


@dataclass(frozen=True, slots=True)
class Address:
    """A cell of an argument block that holds where a value lies, and an offset in bytes from it."""

    root: Value
    offset: int = 0


@dataclass(slots=True, eq=False)
class Part(Value):
    """What one step of a loop reads or writes of an array; it moves on from step to step.

    base     the array; ``start`` where its part lies at the first step, in bytes.
    stride   how many bytes further the next step's lies; ``loop``: the loop whose steps they are.
    """

    base: Any = None
    start: int = 0
    stride: int = 0
    loop: Any = None


def source(root: Value) -> Value:
    """The array that a root is, or is a part of."""
    while isinstance(root, Part):
        root = root.base
    return root


@dataclass(frozen=True, slots=True)
class Place:
    """The entries of a value, within the array of its root; offset and strides in entries.

    by   the numbers of the rows that its first axis goes through; None: those from 0 on.
    """

    root: Value
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    by: Value | None = None

    @property
    def address(self) -> Address:
        """Where its first entry lies."""
        return Address(self.root, self.offset * self.root.dtype.itemsize)

    @property
    def direct(self) -> bool:
        """Whether this is the whole root as it lies."""
        alike = self.shape == self.root.shape and self.contiguous and self.offset == 0
        return alike and self.by is None

    @property
    def inside(self) -> bool:
        """Whether every entry is one of the root's."""
        reach = [(n - 1) * s for n, s in zip(self.shape, self.strides, strict=True)]
        low = self.offset + sum(r for r in reach if r < 0)
        high = self.offset + sum(r for r in reach if r > 0)
        return 0 in self.shape or (low >= 0 and high < self.root.size)

    @property
    def contiguous(self) -> bool:
        """Whether its entries lie one after another, the last axis fastest."""
        expected = 1
        for size, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size == 0:
                return True
            if size != 1 and stride != expected:
                return False
            expected *= size
        return True


def spread(place: Place, shape: tuple[int, ...]) -> Place:
    """A place read over the shape it broadcasts to."""
    lead = len(shape) - len(place.shape)
    strides = (0,) * lead + tuple(
        0 if n == 1 else s for n, s in zip(place.shape, place.strides, strict=True)
    )
    return Place(place.root, place.offset, shape, strides)


def stride_of_stack(place: Place, lead: tuple[int, ...]) -> int | None:
    """The stride over all leading axes of matrices as one; None where they do not merge."""
    own = place.shape[:-2]
    strides = (0,) * (len(lead) - len(own)) + tuple(
        0 if n == 1 else s for n, s in zip(own, place.strides[:-2], strict=True)
    )
    merged: int | None = None
    size = 1
    for n, s in zip(reversed(lead), reversed(strides), strict=True):
        if n == 1:
            continue
        if merged is None:
            merged, size = s, n
        elif s != merged * size:
            return None
        else:
            size *= n
    return merged or 0


def whole(root: Value) -> Place:
    """A root's own place."""
    return Place(root, 0, root.shape, row_major(root.shape))


def view(call: Call, source: Place) -> Place | None:
    """The place of a view call's result; None where it would need a copy."""
    write = STRIDES.get(call.op.name)
    found = None if write is None else write(source, call)
    return found or _by_numpy(call, source)


def _reshape(source: Place, call: Call) -> Place | None:
    shape = call.result.shape
    return Place(source.root, source.offset, shape, row_major(shape)) if source.contiguous else None


def _transpose(source: Place, call: Call) -> Place:
    shape, axes = call.result.shape, call.params["axes"]
    order = tuple(range(len(shape)))[::-1] if axes is None else [a % len(shape) for a in axes]
    return Place(source.root, source.offset, shape, tuple(source.strides[i] for i in order))


def _matrix_transpose(source: Place, call: Call) -> Place:
    *outer, down, across = source.strides
    return Place(source.root, source.offset, call.result.shape, (*outer, across, down))


def _broadcast(source: Place, call: Call) -> Place:
    return spread(source, call.result.shape)


def _flip(source: Place, call: Call) -> Place | None:
    return None if source.shape else source


# Views whose strides are told by a rule; of others, and where that says None, NumPy tells them.
STRIDES: dict[str, Callable[[Place, Call], Place | None]] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "matrix_transpose": _matrix_transpose,
    "broadcast_to": _broadcast,
    "flip": _flip,
    "after": lambda source, call: source,
}


def _reshaped(model: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """The model in another shape; None where that takes a copy (which would read the entries)."""
    try:
        return np.reshape(model, shape, copy=False)
    except ValueError:
        return None
    except TypeError:  # NumPy 2.0 knows no copy=, and later ones do not want their shape set
        result = model.view()
        try:
            result.shape = shape
        except AttributeError:
            return None
        return result


def _by_numpy(call: Call, source: Place) -> Place | None:
    """NumPy works the strides out, on a model array of one-byte entries that is never read."""
    if 0 in source.shape or 0 in call.result.shape:
        return None
    model: Any = np.lib.stride_tricks.as_strided(
        np.empty(1, np.int8), source.shape, source.strides, writeable=False
    )
    start = model.__array_interface__["data"][0]
    if call.op.name == "reshape":
        result = _reshaped(model, call.result.shape)
        if result is None:
            return None
    elif call.op.name == "slice":
        key = call.params["key"]
        # with an ellipsis one entry comes as a view too, not as a number
        result = model[key if any(k is Ellipsis for k in key) else (*key, Ellipsis)]
    else:
        result = call.op.forward(model, **call.params)
    offset = result.__array_interface__["data"][0] - start
    place = Place(source.root, source.offset + offset, result.shape, result.strides)
    if not place.inside:
        raise AssertionError(f"{call!r}: {place} reaches outside its root")
    return place
