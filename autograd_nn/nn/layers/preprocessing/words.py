"""Vocabularies of very many tokens, packed: what each takes is about what it takes in its file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_nn.nn.regular import regular

PIECE = 1 << 15  # characters of a file that are read at once
LONGEST = 1 << 16  # characters that a word in a file may have
MANY = 1 << 17  # words from which on they are packed
SOME = 1 << 14  # words that are unpacked at once
ROOM, RATIO = 32 << 20, 16  # bytes that a file's words may take as an array, and times its size
ENDS = "\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"  # of lines, as `str.splitlines` has them
NEWLINE = 10  # behind each word
MARKS = 32  # bits of a word's hash that it is found by


class Words(Sequence[str]):
    """Words in their order, one behind the other in UTF-8, each found by its hash.

    >>> words = Words(["to", "be", "or"])
    >>> words[1], list(words[1:]), words.find(np.array(["or", "not"])).tolist()
    ('be', ['be', 'or'], [2, -1])
    """

    _unguarded = True  # what it holds never changes

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._data, self._ends = bytearray(), [np.zeros(1, np.uint32)]
        self._first, self._marks = 0, np.zeros(0, np.uint64)
        if words:
            self.extend([*words])

    def extend(self, words: list[str]) -> None:
        """More words, behind those that are there; none of them has lines."""
        more = "".join([f"{word}\n" for word in words]).encode()
        ends = np.flatnonzero(np.frombuffer(more, np.uint8) == NEWLINE) + 1 + len(self._data)
        self._data += more
        self._ends.append(ends.astype(np.uint32 if len(self._data) < 1 << 32 else np.int64))

    def _places(self) -> np.ndarray:
        """Where each word begins, and where one more would."""
        if len(self._ends) > 1:
            self._ends = [np.concatenate(self._ends)]
        return self._ends[0]

    def __len__(self) -> int:
        return sum(map(len, self._ends)) - 1 - self._first

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            start, end, step = i.indices(len(self))
            if end < len(self) or step != 1:
                return [self[k] for k in range(start, end, step)]
            rest = Words()
            rest._data, rest._ends = self._data, [self._places()]
            rest._first = self._first + start
            return rest
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        start, end = self._places()[(at := self._first + i % len(self)) : at + 2].tolist()
        return self._data[start : end - 1].decode()

    def __iter__(self) -> Iterator[str]:
        for words in self.parts():
            yield from words

    def parts(self) -> Iterator[list[str]]:
        """The words, some at a time."""
        places = self._places()
        for at in range(self._first, len(places) - 1, SOME):
            start, end = places[at], places[min(at + SOME, len(places) - 1)]
            yield self._data[start : end - 1].decode().split("\n")

    def _found_by(self) -> np.ndarray:
        """Of each word the last bits of its hash, and its place, in one number; in order."""
        if len(self._marks) < len(self):
            self._marks = np.arange(len(self), dtype=np.uint64)
            at = 0
            for words in self.parts():
                self._marks[at : at + len(words)] |= _marks(words)
                at += len(words)
            self._marks.sort()
        return self._marks

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_marks": np.zeros(0, np.uint64)}  # hashes are those of a process

    def find(self, values: np.ndarray) -> np.ndarray:
        """The place of each text; -1 where it is no word of these."""
        texts, data = values.ravel().tolist(), self._data
        marks, wanted = self._found_by(), _marks(texts)
        found = np.full(len(texts), -1, np.int64)
        starts = np.searchsorted(marks, wanted)
        open_ = np.arange(len(texts))
        while len(open_):  # those whose hashes are the same as another's are looked at again
            open_ = open_[starts[open_] < len(marks)]
            each = marks[starts[open_]]
            same = each >> np.uint64(MARKS) == wanted[open_] >> np.uint64(MARKS)
            open_, each = open_[same], each[same] & np.uint64(2**MARKS - 1)
            places = each.astype(np.int64)
            begins = self._places()[self._first + places].tolist()
            ends = (self._places()[self._first + places + 1] - 1).tolist()
            hit = np.array([
                data[a:b].decode() == texts[k]
                for a, b, k in zip(begins, ends, open_.tolist(), strict=True)
            ], bool)  # fmt: skip
            found[open_[hit]] = places[hit]
            open_ = open_[~hit]
            starts[open_] += 1
        return found.reshape(values.shape)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and int(self.find(np.array([word], object))[0]) >= 0

    def index(self, value: Any, *_: Any) -> int:
        return int(self.find(np.array([value], object))[0])

    def repeated(self) -> list[str]:
        """Words that are there more than once."""
        marks = self._found_by()
        found, seen = dict[str, None](), dict[str, int]()
        for at in range(0, len(marks), SOME):
            each = marks[at : at + SOME + 1] >> np.uint64(MARKS)
            same = np.flatnonzero(each[1:] == each[:-1]) + at
            for k in np.union1d(same, same + 1).tolist():
                place = int(marks[k]) & 2**MARKS - 1
                if seen.setdefault(word := self[place], place) != place:
                    found[word] = None
            if len(found) > SOME:
                break
        return [*found]


class Numbers(Sequence[int]):
    """Whole numbers in their order, as an array."""

    _unguarded = True

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, i: Any) -> Any:
        return Numbers(self.array[i]) if isinstance(i, slice) else int(self.array[i])

    def __iter__(self) -> Iterator[int]:
        for at in range(0, len(self.array), SOME):
            yield from self.array[at : at + SOME].tolist()

    def ordered(self) -> tuple[np.ndarray, np.ndarray]:
        """The numbers in order, and the place of each; none is there twice."""
        kind = np.uint32 if len(self.array) < 1 << 31 else np.int64
        order = np.argsort(self.array).astype(kind)
        found = np.empty_like(self.array)
        for at in range(0, len(order), SOME):
            found[at : at + SOME] = self.array[order[at : at + SOME]]
        return found, order

    def __contains__(self, number: object) -> bool:
        return bool((self.array == number).any())

    def repeated(self) -> list[int]:
        """Numbers that are there more than once."""
        order = np.sort(self.array)
        found: list[int] = np.unique(order[1:][order[1:] == order[:-1]]).tolist()
        return found[:SOME]


def _marks(words: list[str]) -> np.ndarray:
    """The last bits of words' hashes, in front of what is left for a place."""
    hashes = np.fromiter(map(hash, words), np.int64, len(words)).view(np.uint64)
    return hashes << np.uint64(MARKS)


def read(path: str, most: int | None = None) -> Words:
    """A vocabulary file's lines, ``most`` of them, if they are words; raises ValueError for others.

    Of lines that repeat no more are read.
    """
    found, rest, longest, size = Words(), "", 0, 0
    try:
        with open(path, encoding="utf-8", opener=regular) as file:
            size = os.fstat(file.fileno()).st_size
            while (piece := file.read(PIECE)) or rest:
                lines = (rest + piece).splitlines(keepends=True)
                words = [line[:-1] if line[-1] in ENDS else line for line in lines]
                rest = ""
                if piece and words[-1] == lines[-1]:
                    rest = words.pop()
                longest = max(longest, len(rest), *map(len, words), 0)
                if longest > LONGEST:
                    break
                found.extend(words[: None if most is None else most - len(found)])
                if len({*words}) < len(words) or len(found) == most:
                    break
    except (OSError, UnicodeError) as error:
        raise ValueError(
            f"Vocabulary file {path} does not exist, or cannot be read ({error})."
        ) from None
    if longest > LONGEST or 4 * longest * len(found) > ROOM + RATIO * size:
        raise ValueError(
            f"Vocabulary file {path} has a line of {min(longest, LONGEST + 1):,} characters, or "
            f"more, after {len(found):,} lines; expected words, one a line."
        )
    return found
