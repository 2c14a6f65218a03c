"""Checksums of what is written or read, by a thread of their own: neither waits for the other."""

from __future__ import annotations

import threading
import zlib
from contextlib import suppress
from queue import SimpleQueue

PIECE = 1 << 20  # bytes that are written or read, and summed up, while they are in the cache
WORTH = 4 * PIECE  # bytes that a thread is started for
PLACES = 4  # pieces that are copied and neither written nor summed up yet, at most

Given = tuple[memoryview, memoryview | None]


class Sums:
    """The CRC-32 of arrays, one after the other, of the pieces that are added of each.

    nbytes   how many bytes will come: for few no thread is started.
    alone    whether none is, for whoever leaves the other processors to others.
    When a ``with`` is left, the thread has ended.

    >>> with Sums(5) as sums:
    ...     sums.add(memoryview(b"12345"))
    ...     sums.end()
    ...     sums.total() == zlib.crc32(b"12345")
    True
    """

    def __init__(self, nbytes: int, alone: bool = False) -> None:
        self._size, self._places, self._found = min(PIECE, nbytes), 0, 0
        self._given: SimpleQueue[Given | None] = SimpleQueue()
        self._totals: SimpleQueue[int] = SimpleQueue()
        self._free: SimpleQueue[memoryview] = SimpleQueue()
        self._thread: threading.Thread | None = None
        if nbytes >= WORTH and not alone:
            thread = threading.Thread(target=self._run, name="autograd_nn-sums", daemon=True)
            with suppress(RuntimeError):  # a process that ends starts none
                thread.start()
                self._thread = thread

    def add(self, piece: memoryview, place: memoryview | None = None) -> None:
        """Adds a piece, which stays as it is until the total is known.

        place   where it was copied to, which is free when it is summed up.
        """
        self._give((piece, place))

    def copied(self, piece: memoryview) -> memoryview:
        """Adds a copy of a piece, which stays as it is until the next is copied.

        Whoever changes the array meanwhile, what is written of the copy is what was summed up.
        """
        if self._places < PLACES and self._free.empty():
            self._places += 1
            place = memoryview(bytearray(self._size))
        else:
            place = self._free.get()
        copy = place[: len(piece)]
        copy[:] = piece
        self.add(copy, place)
        return copy

    def end(self) -> None:
        """An array ends."""
        self._give(None)

    def total(self) -> int:
        """The sum of the first array that has ended and was not asked for yet; waits for it."""
        return self._totals.get()

    def _give(self, given: Given | None) -> None:
        if self._thread is None:
            self._take(given)
        else:
            self._given.put(given)

    def _take(self, given: Given | None) -> None:
        if given is None:
            self._totals.put(self._found)
            self._found = 0
            return
        piece, place = given
        self._found = zlib.crc32(piece, self._found)
        if place is not None:
            self._free.put(place)

    def _run(self) -> None:
        while (given := self._given.get()) is None or given[0].nbytes:
            self._take(given)

    def __enter__(self) -> Sums:
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread is not None:
            self._given.put((memoryview(b""), None))  # nothing is the end
            self._thread.join()
