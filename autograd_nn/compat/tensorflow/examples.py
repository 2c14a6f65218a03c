"""``tf.train.Example``: what a record of TFRecords holds, as protobuf has it.

A message goes in by its fields, bytes come out, and the other way round: `Feature` is one of three
lists, `Features` are some by their names, `SequenceExample` has rows of them besides.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.texts import raw
from autograd_nn.nn.callbacks.event_file import message, varint


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """A message's fields: their numbers, and whole numbers or bytes.

    Raises ValueError for bytes that are no message.

    >>> list(fields(message((2, 300), (3, "ab"))))
    [(2, 300), (3, b'ab')]
    """
    at = 0
    while at < len(data):
        key, at = number(data, at)
        kind = key & 7
        if kind == 0:
            value, at = number(data, at)
            yield key >> 3, value
            continue
        n, at = number(data, at) if kind == 2 else ({1: 8, 5: 4}.get(kind, len(data) + 1), at)
        if at + n > len(data):
            raise ValueError(f"received {len(data)} bytes that are no message of protobuf's.")
        yield key >> 3, data[at : at + n]
        at += n


def number(data: bytes, at: int) -> tuple[int, int]:
    """The whole number that begins at a byte, and where it ends; raises ValueError for none."""
    found = 0
    for i, byte in enumerate(data[at : at + 10]):
        found |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return found, at + i + 1
    raise ValueError(f"received {len(data)} bytes that are no message of protobuf's.")


class Message:
    """The base: `SerializeToString`, and `FromString`, which reads what that wrote."""

    def SerializeToString(self) -> bytes:  # noqa: N802
        """The bytes."""
        raise NotImplementedError

    def read(self, data: bytes) -> None:
        """Takes the fields of a message, besides those that are there."""
        raise NotImplementedError

    @classmethod
    def FromString(cls, data: Any) -> Any:  # noqa: N802
        """The message of some bytes; raises ValueError for bytes that are none."""
        made = cls()
        made.read(raw(data))
        return made

    def ParseFromString(self, data: Any) -> int:  # noqa: N802
        """Becomes the message of some bytes; gives how many they were."""
        self.__init__()  # type: ignore[misc]
        self.read(raw(data))
        return len(raw(data))

    def __repr__(self) -> str:
        told = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if v is not None)
        return f"{type(self).__name__}({told})"


class _List(Message):
    """Values of one kind."""

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

    def read(self, data: bytes) -> None:
        self.value += [v for _, v in fields(data)]


class FloatList(_List):
    """Numbers, as float32."""

    @staticmethod
    def one(v: Any) -> float:
        return float(np.float32(v))

    def SerializeToString(self) -> bytes:  # noqa: N802
        return message((1, np.asarray(self.value, "<f4").tobytes())) if self.value else b""

    def read(self, data: bytes) -> None:
        for _, v in fields(data):
            self.value += np.frombuffer(v, "<f4").tolist()


class Int64List(_List):
    """Whole numbers."""

    @staticmethod
    def one(v: Any) -> int:
        return int(v)

    def SerializeToString(self) -> bytes:  # noqa: N802
        return message((1, b"".join(map(varint, self.value)))) if self.value else b""

    def read(self, data: bytes) -> None:
        for _, v in fields(data):
            at = 0
            packed = varint(v) if isinstance(v, int) else v
            while at < len(packed):
                n, at = number(packed, at)
                self.value.append(struct.unpack("<q", struct.pack("<Q", n))[0])


_KINDS = {"bytes_list": (1, BytesList), "float_list": (2, FloatList), "int64_list": (3, Int64List)}


class Feature(Message):
    """One of three lists."""

    def __init__(self, bytes_list: Any = None, float_list: Any = None, int64_list: Any = None) -> None:  # noqa: E501
        self.bytes_list, self.float_list, self.int64_list = bytes_list, float_list, int64_list

    def WhichOneof(self, name: str = "kind") -> str | None:  # noqa: N802
        """The name of the list that there is."""
        return next((k for k in _KINDS if getattr(self, k) is not None), None)

    @property
    def values(self) -> list[Any]:
        """What the list holds, whichever it is."""
        kind = self.WhichOneof()
        return [] if kind is None else list(getattr(self, kind).value)

    def SerializeToString(self) -> bytes:  # noqa: N802
        kind = self.WhichOneof()
        if kind is None:
            return b""
        return message((_KINDS[kind][0], getattr(self, kind).SerializeToString()))

    def read(self, data: bytes) -> None:
        for at, v in fields(data):
            for kind, (place, made) in _KINDS.items():
                if at == place:
                    setattr(self, kind, made.FromString(v))


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

    def read(self, data: bytes) -> None:
        for _, entry in fields(data):
            parts = dict(fields(entry))
            self.entries()[parts.get(1, b"").decode()] = self.held.FromString(parts.get(2, b""))


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

    def read(self, data: bytes) -> None:
        self.feature += [Feature.FromString(v) for _, v in fields(data)]


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

    def read(self, data: bytes) -> None:
        for at, v in fields(data):
            if at == 1:
                self.features.read(v)


class SequenceExample(Message):
    """Features of a sample, and rows of some."""

    def __init__(self, context: Any = None, feature_lists: Any = None) -> None:
        self.context = context or Features()
        self.feature_lists = feature_lists or FeatureLists()

    def SerializeToString(self) -> bytes:  # noqa: N802
        parts = self.context.SerializeToString(), self.feature_lists.SerializeToString()
        return message((1, parts[0]), (2, parts[1]))

    def read(self, data: bytes) -> None:
        for at, v in fields(data):
            if at in (1, 2):
                (self.context if at == 1 else self.feature_lists).read(v)


__all__ = [
    "BytesList", "Example", "Feature", "FeatureList", "FeatureLists", "Features", "FloatList",
    "Int64List", "SequenceExample",
]  # fmt: skip
