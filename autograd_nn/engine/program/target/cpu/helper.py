"""A helper process, seen from the one that started it: told sources through a pipe, it answers.

Importing Numba and compiling would compete with training for the interpreter and stay in its
memory, so a helper does it. Where nobody waits for it, it takes what others leave of the processor;
and a training step that finds itself slower since has it pause (see `stretch.Pace`).
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from autograd_nn.engine.program.target.cpu import serving
from autograd_nn.engine.program.target.cpu.cache import Cache
from autograd_nn.engine.program.target.cpu.compiler import Code, CompileError, Source
from autograd_nn.engine.program.target.cpu.machine import cores

BEHIND = 10  # a session's priority while nobody waits: Linux weighs sessions before processes


class Ending(Enum):
    """How a helper came to its end."""

    IDLE = "it had nothing to do"
    BROKEN = "it was killed, or a source ended it"
    STRANGE = "it was no helper: there is no interpreter to run, or another program in its place"


class Helper:
    """One helper process, seen from the process that started it."""

    def __init__(self, cache: Cache, urgent: bool, slot: int | None, told: Callable[..., None]):
        self.waiting: deque[Source] = deque()  # asked for and not answered, in order
        self.urgent, self._told = urgent, told
        self._out: SimpleQueue[str | None] = SimpleQueue()
        path = None if cache.secret() is None else str(cache.path)
        linger = os.environ.get("AUTOGRAD_NN_LINGER") != "0"
        call = f"serve({path!r}, {linger!r}, {urgent!r})"
        # Nothing of it is heard, it keeps no directory busy, and Ctrl-C is not for it.
        self.process: Any = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", f"{_path_text()}from {serving.__name__} import serve; {call}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            start_new_session=True, pass_fds=() if slot is None else (slot,), cwd=os.sep,
        )  # fmt: skip
        if not urgent:
            self.weigh(BEHIND)
        _alive.add(self)
        name = "autograd_nn-compile"
        self._writer = threading.Thread(target=self._write, daemon=True, name=name)
        self._writer.start()
        threading.Thread(target=self._read, daemon=True, name=name).start()

    def ask(self, source: Source) -> None:
        """Sends a source; the answer comes to ``told``."""
        self.waiting.append(source)
        self._out.put(json.dumps([source.name, source.text]) + "\n")

    def pause(self, seconds: float) -> None:
        """Lets it rest for so long, from now on."""
        self._out.put(json.dumps(seconds) + "\n")

    def hasten(self, urgent: bool = True) -> None:
        """Somebody waits for it, or nobody does any more."""
        if self.urgent != urgent:
            self.urgent = urgent
            self.weigh(0 if urgent else BEHIND)
            self.pause(0.0)

    def _write(self) -> None:
        while (line := self._out.get()) is not None:
            data = line.encode()
            try:
                while data:
                    data = data[self.process.stdin.write(data) :]
            except (OSError, ValueError):
                return

    def _read(self) -> None:
        ending = Ending.BROKEN
        lines = serving.lines(self.process.stdout.fileno())
        if next(lines, None) != serving.GREETING:
            ending = Ending.STRANGE
            lines = iter(())
        for line in lines:
            try:
                answer = json.loads(line)
            except ValueError:
                break
            if answer is None:
                ending = Ending.IDLE
                break
            self._told(self, self.waiting.popleft(), _decoded(answer))
        self._out.put(None)
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                pipe.close()
        if self.process.wait() < 0 and ending is Ending.STRANGE:
            ending = Ending.BROKEN  # killed before it could say what it is
        _alive.discard(self)
        self._told(self, None, ending)

    def forget(self) -> None:
        """In a forked child: this is not its process, whose pipes must end with the parent."""
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()
        _alive.discard(self)
        self.abandon()

    def abandon(self) -> None:
        """Not waited for: Popen would warn of that as it goes."""
        self.process.returncode = 0

    def part(self) -> None:
        """As this process ends: what was asked for is sent, and half a minute is to be enough."""
        self._out.put(None)
        self._writer.join(timeout=0.5)
        self.weigh(0)
        self.abandon()

    def weigh(self, nice: int) -> None:
        """Makes its session step back behind others, or be one of them (0)."""
        serving.weigh(self.process.pid, nice)


_alive: set[Helper] = set()


@atexit.register
def _abandon() -> None:
    for helper in list(_alive):
        helper.part()


def _decoded(answer: Any) -> Code | CompileError:
    if isinstance(answer, str):
        return CompileError(answer)
    symbol, needs, data = answer
    return Code(symbol, tuple(needs), base64.b64decode(data))


def slot(cache: Cache) -> int | None:
    """A locked file that one more helper holds; None where there is nothing to lock.

    Raises BlockingIOError where as many as there are cores are held.
    """
    if cache.secret() is None:
        return None
    for k in range(cores()):
        try:
            return cache.lock(f"helper-{k}")
        except BlockingIOError:
            continue
        except OSError:  # such as a full disk
            return None
    raise BlockingIOError


def _path_text() -> str:
    """What lets a new interpreter find this package and what it needs."""
    root = str(Path(__file__).absolute().parents[len(__name__.split(".")) - 1])
    return f"import sys; sys.path[:0] = {[root, *filter(os.path.isabs, sys.path)]!r}; "
