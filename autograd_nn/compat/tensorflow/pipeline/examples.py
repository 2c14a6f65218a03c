"""``tf.train.Example``: what a record of TFRecords holds, as protobuf has it.

A message goes in by its fields, bytes come out, and the other way round: `Feature` is one of three
lists, `Features` are some by their names, `SequenceExample` has rows of them besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from autograd_nn.compat.tensorflow.values.texts import raw
from autograd_nn.nn.callbacks.event_file import message, varint

ROOM = 40 << 20  # bytes that a message may take besides its own
EACH, MADE = 64, 256  # bytes that a field takes, and a message in another
LONGEST = 10  # bytes that a whole number has
SOME = 1 << 16  # bytes of whole numbers that are read at once
NONE = "received {} bytes that are no message of protobuf's."


class Left:
    """What may still be taken for a message while it is read."""

    def __init__(self, size: int) -> None:
        self.size, self.most = size, ROOM + size
        self.bytes = self.most

    def take(self, count: int) -> None:
        """Raises ValueError where there is no room for so many bytes."""
        self.bytes -= count
        if self.bytes < 0:
            raise ValueError(
                f"received a message of {self.size:,} bytes, of which more than {self.most:,} "
                "would become; expected fewer values in it."
            )


def fields(data: bytes, left: Left | None = None) -> Iterator[tuple[int, Any]]:
    """A message's fields: their numbers, and whole numbers or bytes, as views where a view is read.

    left   what each is taken from. Raises ValueError for bytes that are no message.

    >>> list(fields(message((2, 300), (3, "ab"))))
    [(2, 300), (3, b'ab')]
    """
    at = 0
    while at < len(data):
        if left is not None:
            left.take(EACH)
        key, at = number(data, at)
        kind = key & 7
        if kind == 0:
            value, at = number(data, at)
            yield key >> 3, value
            continue
        n, at = number(data, at) if kind == 2 else ({1: 8, 5: 4}.get(kind, len(data) + 1), at)
        if at + n > len(data):
            raise ValueError(NONE.format(len(data)))
        yield key >> 3, data[at : at + n]
        at += n


def parts(data: bytes, left: Left | None = None) -> Iterator[tuple[int, bytes]]:
    """The fields of a message that has bytes alone; raises ValueError for whole numbers."""
    for at, found in fields(data, left):
        if isinstance(found, int):
            raise ValueError(NONE.format(len(data)))
        yield at, found


def number(data: bytes, at: int) -> tuple[int, int]:
    """The whole number that begins at a byte, and where it ends; raises ValueError for none."""
    found = 0
    for i, byte in enumerate(data[at : at + LONGEST]):
        found |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return found, at + i + 1
    raise ValueError(NONE.format(len(data)))


class Message:
    """The base: `SerializeToString`, and `FromString`, which reads what that wrote."""

    def SerializeToString(self) -> bytes:  # noqa: N802
        """The bytes."""
        raise NotImplementedError

    def read(self, data: bytes, left: Left) -> None:
        """Takes the fields of a message, besides those that are there."""
        raise NotImplementedError

    @classmethod
    def FromString(cls, data: Any) -> Any:  # noqa: N802
        """The message of some bytes; raises ValueError for bytes that are none."""
        made = cls()
        made.ParseFromString(data)
        return made

    @classmethod
    def within(cls, data: bytes, left: Left) -> Any:
        """A message that is part of another."""
        left.take(MADE)
        made = cls()
        made.read(data, left)
        return made

    def ParseFromString(self, data: Any) -> int:  # noqa: N802
        """Becomes the message of some bytes; gives how many they were."""
        self.__init__()  # type: ignore[misc]
        whole = raw(data)
        view: Any = memoryview(whole)  # of which parts are no copies
        self.read(view, Left(len(whole)))
        return len(whole)

    def __repr__(self) -> str:
        told = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if v is not None)
        return f"{type(self).__name__}({told})"


class _List(Message):
    """Values of one kind; those of a message are made when they are asked for."""

    def __init__(self, value: Any = ()) -> None:
        self.value = [self.one(v) for v in value]

    @staticmethod
    def one(v: Any) -> Any:
        return v


class BytesList(_List):
    """Bytes, or texts."""

    @staticmethod
    def one(v: Any) -> bytes:
        return raw(v)

    def SerializeToString(self) -> bytes:  # noqa: N802
        return message(*((1, v) for v in self.value))

    def read(self, data: bytes, left: Left) -> None:
        self.value += [bytes(v) for _, v in parts(data, left)]


class _Numbers(_List):
    """Numbers: of a message an array, until they are asked for as a list."""

    kind: ClassVar[str]
    _value: list[Any]
    _read: list[np.ndarray]

    @property
    def value(self) -> list[Any]:
        if self._read:
            self._value += [n for array in self._read for n in array.tolist()]
            self._read = []
        return self._value

    @value.setter
    def value(self, value: list[Any]) -> None:
        self._value, self._read = value, []

    @property
    def array(self) -> np.ndarray:
        """All of them."""
        return np.concatenate([np.array(self._value, self.kind), *self._read])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(value={self.value!r})"


class FloatList(_Numbers):
    """Numbers, as float32."""

    kind = "<f4"

    @staticmethod
    def one(v: Any) -> float:
        return float(np.float32(v))

    def SerializeToString(self) -> bytes:  # noqa: N802
        found = self.array
        return message((1, found.tobytes())) if found.size else b""

    def read(self, data: bytes, left: Left) -> None:
        for _, v in parts(data, left):
            if len(v) % 4:
                raise ValueError(NONE.format(len(data)))
            self._read.append(np.frombuffer(v, "<f4"))


class Int64List(_Numbers):
    """Whole numbers."""

    kind = "<i8"

    @staticmethod
    def one(v: Any) -> int:
        return int(v)

    def SerializeToString(self) -> bytes:  # noqa: N802
        return message((1, b"".join(map(varint, self.value)))) if self.value else b""

    def read(self, data: bytes, left: Left) -> None:
        for _, v in fields(data, left):
            if isinstance(v, int):
                self._read.append(np.array([v], np.uint64).view("<i8"))
            else:
                self._read.append(_varints(np.frombuffer(v, np.uint8), left))


def _varints(data: np.ndarray, left: Left) -> np.ndarray:
    """Whole numbers that stand one behind the other, seven bits a byte, the lowest first.

    >>> _varints(np.array([5, 172, 2], np.uint8), Left(3)).tolist()
    [5, 300]
    """
    count = int(np.count_nonzero(data < 0x80))
    left.take(8 * count)
    found, done, at = np.zeros(count, np.uint64), 0, 0
    while at < len(data):
        piece = data[at : at + SOME]
        ends = np.flatnonzero(piece < 0x80)
        starts = np.append(0, ends[:-1] + 1)
        lengths = ends - starts + 1 if len(ends) else np.array([len(piece) + LONGEST])
        if lengths.max() > LONGEST:
            raise ValueError(NONE.format(len(data)))
        new = found[done : done + len(ends)]
        for k in range(lengths.max()):
            more = lengths > k
            new[more] |= (piece[starts[more] + k] & np.uint64(0x7F)) << np.uint64(7 * k)
        done, at = done + len(ends), at + int(ends[-1]) + 1
    return found.view("<i8")


_KINDS = {"bytes_list": (1, BytesList), "float_list": (2, FloatList), "int64_list": (3, Int64List)}


class Feature(Message):
    """One of three lists."""

    def __init__(self, bytes_list: Any = None, float_list: Any = None, int64_list: Any = None) -> None:  # noqa: E501
        self.bytes_list, self.float_list, self.int64_list = bytes_list, float_list, int64_list

    def WhichOneof(self, name: str = "kind") -> str | None:  # noqa: N802
        """The name of the list that there is."""
        return next((k for k in _KINDS if getattr(self, k) is not None), None)

    @property
    def values(self) -> Any:
        """What the list holds, whichever it is: bytes in a list, or numbers in an array."""
        held = getattr(self, self.WhichOneof() or "", BytesList())
        return held.array if isinstance(held, _Numbers) else list(held.value)

    def SerializeToString(self) -> bytes:  # noqa: N802
        kind = self.WhichOneof()
        if kind is None:
            return b""
        return message((_KINDS[kind][0], getattr(self, kind).SerializeToString()))

    def read(self, data: bytes, left: Left) -> None:
        for at, v in parts(data, left):
            for kind, (place, made) in _KINDS.items():
                if at == place:
                    setattr(self, kind, made.within(v, left))


class _Named(Message):
    """The base of what holds messages by names, as protobuf's maps do."""

    held: Any = Feature
    name = "feature"

    def entries(self) -> dict[str, Any]:
        found: dict[str, Any] = getattr(self, self.name)
        return found

    def SerializeToString(self) -> bytes:  # noqa: N802
        return message(*(
            (1, message((1, k), (2, v.SerializeToString()))) for k, v in self.entries().items()
        ))  # fmt: skip

    def read(self, data: bytes, left: Left) -> None:
        for _, entry in parts(data, left):
            found = dict(parts(entry, left))
            try:
                name = bytes(found.get(1, b"")).decode()
            except UnicodeError:
                raise ValueError(NONE.format(len(data))) from None
            self.entries()[name] = self.held.within(found.get(2, b""), left)


class Features(_Named):
    """`Feature` by name."""

    def __init__(self, feature: Any = None) -> None:
        self.feature = dict(feature or {})


class FeatureList(Message):
    """Rows of `Feature`."""

    def __init__(self, feature: Any = ()) -> None:
        self.feature = list(feature)

    def SerializeToString(self) -> bytes:  # noqa: N802
        return message(*((1, f.SerializeToString()) for f in self.feature))

    def read(self, data: bytes, left: Left) -> None:
        self.feature += [Feature.within(v, left) for _, v in parts(data, left)]


class FeatureLists(_Named):
    """`FeatureList` by name."""

    held, name = FeatureList, "feature_list"

    def __init__(self, feature_list: Any = None) -> None:
        self.feature_list = dict(feature_list or {})


class Example(Message):
    """Features of a sample.

    >>> made = Example(Features({"age": Feature(int64_list=Int64List([-3, 40]))}))
    >>> Example.FromString(made.SerializeToString()).features.feature["age"].int64_list.value
    [-3, 40]
    """

    def __init__(self, features: Features | None = None) -> None:
        self.features = features or Features()

    def SerializeToString(self) -> bytes:  # noqa: N802
        return message((1, self.features.SerializeToString()))

    def read(self, data: bytes, left: Left) -> None:
        for at, v in parts(data, left):
            if at == 1:
                self.features.read(v, left)


class SequenceExample(Message):
    """Features of a sample, and rows of some."""

    def __init__(self, context: Any = None, feature_lists: Any = None) -> None:
        self.context = context or Features()
        self.feature_lists = feature_lists or FeatureLists()

    def SerializeToString(self) -> bytes:  # noqa: N802
        parts = self.context.SerializeToString(), self.feature_lists.SerializeToString()
        return message((1, parts[0]), (2, parts[1]))

    def read(self, data: bytes, left: Left) -> None:
        for at, v in parts(data, left):
            if at in (1, 2):
                (self.context if at == 1 else self.feature_lists).read(v, left)


__all__ = [
    "BytesList", "Example", "Feature", "FeatureList", "FeatureLists", "Features", "FloatList",
    "Int64List", "SequenceExample",
]  # fmt: skip
