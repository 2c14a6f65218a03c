"""The processes of one job: a line from the first to each, and what is said on it.

Programs of several processes stop for ever where one of them does not come. So all say, before each
launch, what they are about to do; whoever leaves says so; and a line that breaks tells at once that
its process is gone. Messages are plain data (JSON), [call, number within it, what, value]: those
that wait for the first one's word say so too, so that it finds out who is somewhere else.
"""

from __future__ import annotations

import atexit
import os
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from autograd_nn.engine.alone import ALONE, Alone
from autograd_nn.engine.program.target.xla.job.last_words import before_abort
from autograd_nn.engine.program.target.xla.job.meet import receive, send

PATIENCE = 10.0  # seconds that a launch may go on when somebody has left: it may be over soon
END: list[Any] = ["end"]  # what a process says last
ABORT = 3.0  # seconds that an abort waits for the news that another process is gone
LIMIT = 20.0  # seconds after which a process ends that waits for one that is gone
CLOSING = 300.0  # seconds that the first waits, at its own end, for that of others


class Link:
    """The line to one other process, and what came over it."""

    def __init__(self, line: socket.socket, rank: int, news: threading.Condition) -> None:
        self.line, self.rank, self.news = line, rank, news
        self.inbox: deque[list[Any]] = deque()
        self.over = ""  # how it came to its end, if it has
        self.gone = False  # and nothing comes any more
        line.settimeout(None)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4)):
            if hasattr(socket, name):  # a machine without power says nothing any more
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def say(self, message: list[Any]) -> None:
        with suppress(OSError):  # its reader tells that it is gone
            send(self.line, message)

    def read(self, told: Callable[[], None]) -> None:
        """Reads until the line breaks, in a thread of its own."""
        while not self.gone:
            try:
                message = receive(self.line)
            except (OSError, ValueError):
                message = None
            with self.news:
                if message is None or message == END:
                    self.gone = message is None
                    self.over = self.over or ("is gone" if message is None else "has ended")
                else:
                    self.inbox.append(message)
                self.news.notify_all()
            if self.over or message[2] == "left":
                told()


class Ranks(Alone):
    """The processes of a job as one of them knows them.

    lines   of the first: to all others; of each other: to the first.
    leave   takes leave of JAX, at the end of the process.
    """

    def __init__(
        self, rank: int, count: int, lines: dict[int, socket.socket], leave: Callable[[], None]
    ) -> None:
        self.rank, self.count, self._leave = rank, count, leave
        self.apart = False  # the first acts alone: see `Team.leading`
        self.broken = ""
        self._news = threading.Condition()
        self._call, self._number, self._inside = 0, 0, False
        self.links = [Link(line, r, self._news) for r, line in sorted(lines.items())]
        for link in self.links:
            name = f"autograd_nn-rank-{link.rank}"
            threading.Thread(target=link.read, args=(self._watch,), name=name, daemon=True).start()
        self._as_before = before_abort(self._aborted)
        atexit.register(self._close)

    # ---- what is said -------------------------------------------------------------------------

    def tell(self, what: str, value: Any) -> Any:
        if self.apart:
            return value
        self._number += 1
        return self._told(what, value)

    def each(self, what: str, value: Any) -> list[Any]:
        if self.apart:
            return [value]
        self._number += 1
        if self.rank:
            return self._told(what, value)  # type: ignore[no-any-return]
        return self._told(what, [value, *[self._hear(link, what) for link in self.links]])  # type: ignore[no-any-return]

    def _told(self, what: str, value: Any) -> Any:
        """What the first says now; of the others each says what it waits for."""
        for link in self.links:
            link.say([self._call, self._number, what, value])
        return self._hear(self.links[0], what) if self.rank else value

    def _hear(self, link: Link, what: str) -> Any:
        """What one says now, which is to be this; raises ConnectionError otherwise."""
        now = [self._call, self._number]
        with self._news:
            while True:
                while link.inbox and link.inbox[0][2] != "left" and link.inbox[0][:2] < now:
                    link.inbox.popleft()  # that it waited for us, or of a call that was left
                while link.inbox and link.inbox[0][0] < self._call:
                    link.inbox.popleft()
                if link.inbox:
                    break
                if link.over:
                    self._lost(self._over(link))
                self._news.wait(1.0)
            call, number, told, value = link.inbox.popleft()
        if told == "left" and call == self._call:
            raise ConnectionError(f"process {link.rank} left with {value}. {CURE}")
        if [call, number, told] != [*now, what]:
            self._lost(
                f"process {link.rank} is at {told!r} ({call}, {number}), and this one at {what!r} "
                f"({self._call}, {self._number}); expected the same program in all"
            )
        return value

    def _lost(self, text: str) -> None:
        self.broken = self.broken or text
        raise ConnectionError(f"{self.broken}. {CURE}")

    # ---- calls --------------------------------------------------------------------------------

    @contextmanager
    def together(self) -> Iterator[None]:
        if self.apart or self._inside:
            yield
            return
        if self.broken:
            self._lost(self.broken)
        self._call, self._number, self._inside = self._call + 1, 0, True
        try:
            yield
        except BaseException as error:
            for link in self.links:
                link.say([self._call, None, "left", f"{type(error).__name__}: {error}"])
            raise
        finally:
            self._inside = False

    def wait(self, done: Callable[[], bool]) -> None:
        """Waits for a launch; raises ConnectionError where it will not end, for somebody left."""
        pause, since, left = 1e-5, 0.0, ""
        while not done():
            time.sleep(pause)
            pause = min(2 * pause, 1e-3)
            if not left:
                left, since = self._left(), time.monotonic()
            elif time.monotonic() > since + PATIENCE:
                self._lost(left)

    def _left(self) -> str:
        """Who left the call that runs, and how."""
        with self._news:
            for link in self.links:
                for call, _, told, value in link.inbox:
                    if told == "left" and call == self._call:
                        return f"process {link.rank} left with {value}"
                if link.over:
                    return self._over(link)
        return ""

    def _over(self, link: Link) -> str:
        return f"process {link.rank} of {self.count} {link.over}"

    def _watch(self) -> None:
        """Somebody left, or is gone: ends this process where it still waits after a while."""
        if not (self._inside and (left := self._left())):
            return
        if self._gone():  # at once: JAX may end this one soon
            sys.stderr.write(f"autograd_nn: {left}.\n")
            sys.stderr.flush()
        self._later(self._call)

    def _aborted(self) -> None:
        """JAX ends this process: says who is gone, if somebody is."""
        until = time.monotonic() + ABORT
        while not (left := self._gone()) and time.monotonic() < until:
            time.sleep(0.01)  # its reader may not have heard of it yet
        if left:
            self._exit(f"{left}, and JAX has ended this one")

    def _gone(self) -> str:
        return next((self._over(link) for link in self.links if link.over), "")

    def _later(self, call: int) -> None:
        timer = threading.Timer(LIMIT, self._waited, [call])
        timer.daemon = True
        timer.start()

    def _waited(self, call: int) -> None:
        if self._inside and self._call == call:
            if not self.apart:
                self._exit(f"{self._left()}, and this process waited for it")
            self._later(call)  # what it does alone may take as long as it likes

    def _close(self) -> None:
        """At the end of the process: the first goes last, for it has what JAX connects by."""
        self._as_before()
        for link in self.links:
            link.say(END)
        if self.broken:
            self._exit()
        if self.rank:
            if self.links[0].gone:
                self._exit(self._over(self.links[0]))
            self._leave()
            self.links[0].line.shutdown(socket.SHUT_RDWR)
            return
        until = time.monotonic() + CLOSING
        with self._news:
            while time.monotonic() < until and not all([link.gone for link in self.links]):
                self._news.wait(1.0)

    def _exit(self, why: str = "") -> None:
        """Ends this process, and JAX in it, which would wait for what does not come any more."""
        if why:
            sys.stderr.write(f"autograd_nn: {why}. {CURE}\n")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)


CURE = "The tensors are as before. Start the job again, from its last checkpoint if it has one."
_all: Alone = ALONE


def ranks() -> Alone:
    """The processes of this one's job."""
    return _all


def begin(job: Ranks) -> Alone:
    """From here on this is a process of the job."""
    global _all
    _all = job
    return job
