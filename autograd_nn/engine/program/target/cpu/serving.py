"""A helper's own life: it compiles what it is told through a pipe, and answers through another.

It stores what it compiled itself, so that a run that ends early leaves kernels to the next: it then
goes on for `LINGER` seconds at most, the only one to do so in its cache.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from autograd_nn.engine.program.target.cpu.cache import Cache, key_of
from autograd_nn.engine.program.target.cpu.compiler import Code, CompileError, Source, tried

LINGER = 30.0  # seconds that a helper works on once the process that started it is gone
IDLE = 5.0  # seconds that a helper waits for more work
GREETING = "autograd_nn"
LOWEST = 19  # priority of a process that takes what others leave


def serve(path: str | None, linger: bool, urgent: bool) -> None:
    """The helper's whole life: sources in by standard input, answers out, while somebody asks."""
    if not urgent:
        _step_back()
    out = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)  # whatever prints must not reach the answers
    _Server(out, None if path is None else Cache(Path(path)), linger).run()


class _Server:
    def __init__(self, out: int, cache: Cache | None, linger: bool) -> None:
        self.out, self.cache, self.linger = out, cache, linger
        self.asked: SimpleQueue[Source | None] = SimpleQueue()
        self.todo: list[Source] = []  # for who takes over
        self.gone = False  # whether the process that started this one is
        self.rest_until = 0.0
        self.storing = threading.Lock()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if hasattr(signal, "setitimer"):  # every few milliseconds of work: is it to rest?
            signal.signal(signal.SIGPROF, self._rest)
            signal.setitimer(signal.ITIMER_PROF, 0.004, 0.004)
        threading.Thread(target=self._listen, daemon=True).start()

    def run(self) -> None:
        self._say(GREETING)
        while True:
            try:
                source = self.asked.get(timeout=IDLE)
            except Empty:
                source = None
            source = source or self._left_by_others()
            if source is None:
                if self.gone:
                    break
                if self.asked.empty():
                    self._say("null")
                    break
                continue
            key = key_of(source)
            found: Any = self.cache and self.cache.get(key)
            if found is None:
                found = tried(source)
                if isinstance(found, Code) and self.cache is not None:
                    with self.storing:
                        self.cache.put(key, found)
            if source in self.todo:
                self.todo.remove(source)
                self._say(_encoded(found))
        self._end()

    def _end(self) -> None:
        with self.storing:  # no file is left half written
            os._exit(0)

    def _listen(self) -> None:
        for line in lines(0):
            message = json.loads(line)
            if isinstance(message, float):
                self.rest_until = time.monotonic() + message
                continue
            source = Source(*message)
            self.todo.append(source)
            self.asked.put(source)
        self._bereaved()

    def _bereaved(self) -> None:
        """The process that asked is gone: what it wanted is finished for the next, in bounds."""
        cache = self.cache
        if cache is None or not self.linger:
            self._end()
            return
        self.rest_until = 0.0
        self.gone = True
        _step_back()
        weigh("self", 0)
        try:
            cache.lock("helper-last")  # kept until this process ends
        except OSError:  # another goes on already, and finds what is left here
            for source in self.todo:
                cache.leave(source)
            self._end()
        self.asked.put(None)
        time.sleep(LINGER)
        for _ in cache.left():
            pass
        self._end()

    def _left_by_others(self) -> Source | None:
        return None if self.cache is None else next(self.cache.left(), None)

    def _say(self, text: str) -> None:
        with suppress(OSError):  # nobody listens any more
            data = text.encode() + b"\n"
            while data:
                data = data[os.write(self.out, data) :]

    def _rest(self, number: int, frame: Any) -> None:
        while (left := self.rest_until - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))


def _encoded(found: Code | CompileError) -> str:
    if isinstance(found, CompileError):
        return json.dumps(str(found))
    return json.dumps([found.symbol, found.needs, base64.b64encode(found.data).decode()])


def weigh(process: Any, nice: int) -> None:
    with suppress(OSError):
        Path(f"/proc/{process}/autogroup").write_text(str(nice))


def _step_back() -> None:
    with suppress(OSError, AttributeError):
        os.nice(LOWEST)


def lines(descriptor: int) -> Iterator[str]:
    """Lines of a pipe until it ends; bytes that are no text end it too."""
    rest = b""
    with suppress(OSError, ValueError):
        while found := os.read(descriptor, 1 << 16):
            *lines, rest = (rest + found).split(b"\n")
            yield from (line.decode().strip() for line in lines)
