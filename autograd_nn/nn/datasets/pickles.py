"""Arrays, lists and dicts out of pickles, by a reader that knows these and nothing else.

Python's own reader calls what a file names. This one calls nothing: opcodes outside the few that
published data sets consist of are errors, and the names it knows (NumPy's array and dtype) stand
for arrays that are made here, once their sizes have been checked against the bytes that are there.
Source of the format: the comments of Python's ``pickletools``.
"""

from __future__ import annotations

import math
import pickle
import re
from typing import Any, NoReturn

import numpy as np

from autograd_nn.nn.datasets.errors import DataError

# Runs of numbers: most of a file of sequences. Python's reader may have them, as they name nothing.
NUMBERS = re.compile(rb"(?:K.|M..|J....){1,1000}", re.DOTALL)
NUMERIC = re.compile(r"[biuf][1248]|f2")
DEEPEST = 4096  # entries that wait to be put into something: writers wait for a thousand at most
ROOM, RATIO = 20 << 20, 3  # bytes that values may take besides their text, and for each of a file's
PUTS, MAKES, KEEPS = 9, 72, 120  # bytes: to stand in a list; a list, dict or text; to be kept
SHARED = 1 << 16  # numbers of which there is one each, however often they come
LARGE = 1 << 16  # bytes from which on they stay where they are
ARRAY, DTYPE, EMPTY, ENCODE = "array", "dtype", "empty array", "encode"
KNOWN = {
    ("numpy", "ndarray"): ARRAY,
    ("numpy", "dtype"): DTYPE,
    ("numpy.core.multiarray", "_reconstruct"): EMPTY,
    ("numpy._core.multiarray", "_reconstruct"): EMPTY,
    ("_codecs", "encode"): ENCODE,  # how protocol 2 writes bytes
}


class _Named(str):
    """A name that a pickle may use: it stands for itself."""


class _Type:
    """A dtype that is being read."""

    def __init__(self, code: str) -> None:
        self.code, self.order = code, "|"


class _Array:
    """An array that is being read."""

    value: np.ndarray | None = None


_MARK = object()
CONSTANTS = {
    ord("N"): None, 0x88: True, 0x89: False, ord(")"): (), ord("("): _MARK,
}  # fmt: skip
COUNTED = {  # opcode: how many bytes say how many follow, and what those are
    ord("U"): (1, bytes), ord("C"): (1, bytes), ord("T"): (4, bytes), ord("B"): (4, bytes),
    0x8E: (8, bytes), 0x8C: (1, str), ord("X"): (4, str), 0x8D: (8, str), 0x8A: (1, int),
}  # fmt: skip
PUT, GET = {ord("q"): 1, ord("r"): 4}, {ord("h"): 1, ord("j"): 4}
TUPLES = {0x85: 1, 0x86: 2, 0x87: 3}
MAKING = {ord("]"), ord("}"), ord("t"), ord("s"), ord("R"), ord("c"), 0x93, *TUPLES, *COUNTED}
PUTTING = {*CONSTANTS, *GET}
NAMES = 1 << 10  # bytes that a name has at most


def read(data: bytes | bytearray | memoryview, where: str, size: int | None = None) -> Any:
    """The value in a pickle: numbers, text, lists, tuples, dicts, and NumPy's arrays of numbers
    or of such values.

    data    which arrays may go on using.
    where   the file's name, for errors. Text that Python 2 wrote comes as bytes.
    size    of that file, where it is packed: what is read may take ROOM, and RATIO times this.
    Raises DataError for anything else; nothing that the file names is called or imported.

    >>> read(pickle.dumps({"x": [1, 2]}), "a file")
    {'x': [1, 2]}
    >>> read(pickle.dumps(print), "a file")
    Traceback (most recent call last):
        ...
    autograd_nn.nn.datasets.errors.DataError: a file: received a pickle that names \
'builtins.print'; expected numbers, lists and arrays. It is not the published file: nothing was run.
    """
    reader = _Reader(data, where, ROOM + RATIO * (len(data) if size is None else size))
    try:
        return reader.run()
    except (IndexError, TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        reader.refuse(f"a pickle that breaks off or is damaged near byte {reader.at}")


class _Reader:
    def __init__(self, data: bytes | bytearray | memoryview, where: str, room: int) -> None:
        self.data, self.where, self.at = memoryview(data), where, 0
        self.room, self.left, self.shared = room, room, dict[int, int]()
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def refuse(self, what: str) -> NoReturn:
        raise DataError(
            f"{self.where}: received {what}; expected numbers, lists and arrays. It is not the "
            "published file: nothing was run."
        )

    def weigh(self, nbytes: int) -> None:
        """Counts what values take: of one byte each a list, a dict or an entry may come."""
        self.left -= nbytes
        if self.left < 0:
            self.refuse(
                f"a pickle of {len(self.data):,} bytes whose values would take more than "
                f"{self.room:,}"
            )

    def take(self, count: int) -> memoryview:
        """The next bytes, all of them there."""
        start, self.at = self.at, self.at + count
        if self.at > len(self.data):
            self.refuse(f"a pickle that breaks off after {len(self.data)} bytes")
        return self.data[start : self.at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "little")

    def marked(self) -> list[Any]:
        """What was put on the stack since the last mark."""
        i = len(self.stack) - 1
        while self.stack[i] is not _MARK:
            i -= 1
            if i < 0:
                self.refuse("a pickle without a mark where one belongs")
        found = self.stack[i + 1 :]
        del self.stack[i:]
        return found

    def run(self) -> Any:
        stack, data = self.stack, self.data
        while True:
            if run := NUMBERS.match(data, self.at):
                self.numbers(pickle.loads(b"".join((b"(", run[0], b"l."))))  # noqa: S301  (those)
                self.at = run.end()
            if len(stack) > DEEPEST:
                self.refuse("a pickle that is nested too deeply")
            op = self.take(1)[0]
            if op == ord("."):
                value = _made(stack.pop())
                if stack:
                    self.refuse("a pickle of several values")
                return value
            self.step(op)

    def numbers(self, found: list[int]) -> None:
        """Puts numbers on the stack: the same as came before, where they are few."""
        known = self.shared
        if (before := len(known)) < SHARED:
            self.stack.extend(map(known.setdefault, found, found))
            self.weigh(PUTS * len(found) + KEEPS * (len(known) - before))
        else:
            self.stack.extend(map(known.get, found, found))
            self.weigh(PUTS * len(found) + 32 * sum(n not in known for n in found))

    def step(self, op: int) -> None:
        stack = self.stack
        keeps = op in PUT or op == 0x94
        self.weigh(KEEPS if keeps else MAKES if op in MAKING else PUTS if op in PUTTING else 0)
        if op in CONSTANTS:
            stack.append(CONSTANTS[op])
        elif op == ord("]"):
            stack.append([])
        elif op == ord("}"):
            stack.append({})
        elif op in PUT:
            self.memo[self.number(PUT[op])] = stack[-1]
        elif op == 0x94:
            self.memo[len(self.memo)] = stack[-1]
        elif op in GET:
            stack.append(self.memo[self.number(GET[op])])
        elif op in COUNTED:
            stack.append(self.counted(*COUNTED[op]))
        elif op in (ord("e"), ord("a")):
            items = self.marked() if op == ord("e") else [stack.pop()]
            self.top(list).extend(items)
        elif op in (ord("u"), ord("s")):
            items = self.marked() if op == ord("u") else [stack.pop(-2), stack.pop()]
            pairs = zip(items[::2], items[1::2], strict=True)
            self.top(dict).update({_key(key): _made(value) for key, value in pairs})
        elif op == ord("t"):
            stack.append(tuple(self.marked()))
        elif op in TUPLES:
            items = [stack.pop() for _ in range(TUPLES[op])]
            stack.append(tuple(reversed(items)))
        elif op in (ord("c"), 0x93):
            self.named(op)
        elif op == ord("R"):
            values = stack.pop()
            stack.append(self.reduced(stack.pop(), values))
        elif op == ord("b"):
            state = stack.pop()
            self.built(stack[-1], state)
        elif op == ord("K"):  # these three at the end of a file, too short for a run
            self.numbers([self.number(1)])
        elif op in (0x80, 0x95):  # the protocol; a frame
            self.take(1 if op == 0x80 else 8)
        else:
            self.refuse(f"a pickle with the instruction {bytes([op])!r}")

    def top(self, kind: type) -> Any:
        if type(self.stack[-1]) is not kind:
            self.refuse("a pickle that adds to what is no list")
        return self.stack[-1]

    def counted(self, width: int, kind: type) -> Any:
        found = self.take(self.number(width))
        if kind is int:
            return int.from_bytes(found[:8], "little", signed=True)
        if kind is bytes:
            return found if len(found) > LARGE else bytes(found)
        highest = int(np.max(np.frombuffer(found, np.uint8))) if len(found) else 0
        self.weigh(len(found) * (1 if highest < 0xC4 else 2 if highest < 0xF0 else 4))
        return str(found, "utf-8")  # whose letters all have as many bytes as the widest

    def named(self, op: int) -> None:
        if op == ord("c"):
            line = bytes(self.data[self.at : self.at + NAMES])
            end = line.index(b"\n", line.index(b"\n") + 1)
            module, name = str(self.take(end), "ascii").split("\n")
            self.take(1)
        else:
            name = self.stack.pop()
            module = self.stack.pop()
        if (module, name) not in KNOWN:
            self.refuse(f"a pickle that names {f'{module}.{name}'[:80]!r}")
        self.stack.append(_Named(KNOWN[module, name]))

    def reduced(self, what: Any, values: Any) -> Any:
        if not isinstance(what, _Named) or type(values) is not tuple:
            self.refuse("a pickle that calls what is no name")
        if what == EMPTY and values[:1] == (ARRAY,):
            return _Array()
        if what == DTYPE:
            code = _text(values[0])
            if NUMERIC.fullmatch(code) or code in ("O", "O8"):
                return _Type(code)
            self.refuse(f"an array of dtype {code[:20]!r}")
        if what == ENCODE and values[1:] == ("latin1",):
            return values[0].encode("latin1")
        self.refuse(f"a pickle that calls {str(what)!r} with other values")

    def built(self, what: Any, state: Any) -> None:
        if isinstance(what, _Type) and _text(state[1]) in ("<", ">", "|", "="):
            what.order = _text(state[1])
        elif isinstance(what, _Array):
            what.value = self.array(*state)
        else:
            self.refuse("a pickle that sets the state of what is no array")

    def array(self, _: int, shape: Any, kind: _Type, fortran: bool, entries: Any) -> np.ndarray:
        """An array out of its shape and its entries, of which there must be as many."""
        whole = type(shape) is tuple and all(type(n) is int and n >= 0 for n in shape)
        size = math.prod(shape) if whole else -1
        if kind.code[0] == "O":
            if type(entries) is not list or len(entries) != size:
                self.refuse(f"an array of shape {shape!r:.80} without as many entries")
            found = np.empty(size, dtype=object)
            for i, entry in enumerate(entries):
                found[i] = _made(entry)
        else:
            dtype = np.dtype(kind.order + kind.code)
            plain = type(entries) in (bytes, memoryview)
            if not plain or len(entries) != size * dtype.itemsize:
                self.refuse(f"an array of shape {shape!r:.80} without as many entries")
            found = np.frombuffer(entries, dtype)
        return found.reshape(shape, order="F" if fortran else "C")


def _made(value: Any) -> Any:
    if isinstance(value, memoryview):
        return bytes(value)
    if not isinstance(value, _Array):
        if value is _MARK or isinstance(value, _Type | _Named):
            raise ValueError("no value")
        return value
    if value.value is None:
        raise ValueError("an array without entries")
    return value.value


def _key(value: Any) -> str:
    """A key of a dict, as text."""
    return _text(value)


def _text(value: Any) -> str:
    if type(value) not in (str, bytes):
        raise TypeError("no text")
    return value if type(value) is str else value.decode("latin1")
