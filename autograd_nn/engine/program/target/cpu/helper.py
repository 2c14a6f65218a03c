"""Processes that compile: how this one asks, and what they do. A run never waits for them unasked.

Importing Numba and compiling would compete with training for the interpreter and stay in its
memory, so a helper does it. It is told sources through a pipe and answers through another. It
stores what it compiled itself, so that a run that ends early leaves kernels to the next: it then
goes on for `LINGER` seconds at most, the only one to do so in its cache. Where nobody waits for it,
it takes what others leave of the processor; and a training step that finds itself slower since
has it pause (see `stretch.Pace`).
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from autograd_nn.engine import forks
from autograd_nn.engine.program.run import crew
from autograd_nn.engine.program.target.cpu.cache import Cache, key_of
from autograd_nn.engine.program.target.cpu.compiler import (
    Code,
    CompileError,
    Source,
    compile_source,
)

try:
    import fcntl
except ImportError:  # Windows: no locks between processes there
    fcntl = None  # type: ignore[assignment]

LINGER = 30.0  # seconds that a helper works on once the process that started it is gone
IDLE = 5.0  # seconds that a helper waits for more work
GREETING = "autograd_nn"
# Priorities of a process, and of its session: Linux weighs sessions first.
LOWEST, BEHIND = 19, 10
compiling = forks.Gate(rank=60)  # LLVM has locks of its own, which no child could free
Answer = Callable[[Source, Code | CompileError], None]


class Ending(Enum):
    """How a helper came to its end."""

    IDLE = "it had nothing to do"
    BROKEN = "it was killed, or a source ended it"
    STRANGE = "it was no helper: there is no interpreter to run, or another program in its place"


# ---- the asking side -----------------------------------------------------------------------------


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
            [sys.executable, "-c", f"{_path_text()}from {__name__} import serve; {call}"],
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
        lines = _lines(self.process.stdout.fileno())
        if next(lines, None) != GREETING:
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
        _weigh(self.process.pid, nice)


_alive: set[Helper] = set()


@atexit.register
def _abandon() -> None:
    for helper in list(_alive):
        helper.part()


class Compiler:
    """Compiles sources in helper processes, or in this one where none can start.

    told   is called with each source and its code or error, from another thread.
    There are no more helpers than cores, in this process and, where there is a cache directory, of
    all processes that use it.
    """

    lock: Any

    def __init__(self, cache: Cache, told: Answer) -> None:
        self.cache, self._told = cache, told
        self._here = os.environ.get("AUTOGRAD_NN_COMPILE") == "inline"
        self.helpers: list[Helper] = []
        self.after_fork()
        forks.guard(self, rank=40)

    def after_fork(self) -> None:
        """A child has none of its parent's helpers, nor of its threads."""
        for helper in self.helpers:
            helper.forget()
        _alive.clear()
        self.helpers = []
        self._inline: SimpleQueue[Source] = SimpleQueue()  # what is compiled in this process
        self._here_now: set[Source] = set()  # those, until they are
        self._left: list[Source] = []  # what no helper could be started for yet
        self._threads: set[str] = set()

    def ask(self, sources: list[Source], urgent: bool) -> None:
        """Has sources compiled; ``urgent``: somebody waits for them."""
        with self.lock:
            busy = {s for h in self.helpers for s in h.waiting if h.urgent or not urgent}
            sources = [s for s in sources if s not in busy]
            for helper in self.helpers if urgent else ():
                helper.weigh(0)
            wanted = min(crew.cores(), 1 + len(sources) // 4) if urgent else 1
            while sources and not self._here and len(self._able(urgent)) < wanted:
                if not self._start(urgent):
                    break
            for source in sources:
                able = [] if self._here else self._able(urgent) or self.helpers
                if able:
                    if not any(source in h.waiting for h in able):
                        min(able, key=_load).ask(source)
                elif self._here or urgent:
                    if source not in self._here_now:
                        self._here_now.add(source)
                        self._inline.put(source)
                        self._thread(self._compile)
                elif source not in self._left:
                    self._left.append(source)
                    self.cache.leave(source)
                    self._thread(self._look)

    def pause(self, seconds: float) -> bool:
        """Has the helpers that nobody waits for rest for so long; False where there are none."""
        with self.lock:
            resting = [h for h in self.helpers if not h.urgent]
            for helper in resting:
                helper.pause(seconds)
            return bool(resting)

    def _able(self, urgent: bool) -> list[Helper]:
        return [h for h in self.helpers if h.urgent or not urgent]

    def _start(self, urgent: bool) -> bool:
        """Starts a helper; False where there are enough, of this process or of others."""
        if len(self.helpers) >= crew.cores():
            return False
        try:
            slot = _slot(self.cache)
        except BlockingIOError:
            return False
        try:
            self.helpers.append(Helper(self.cache, urgent, slot, self._answered))
        except (OSError, ValueError, TypeError):  # no processes here, or no interpreter to run
            self._here = True
            return False
        finally:
            if slot is not None:
                os.close(slot)  # the helper has it, and with it the lock
        return True

    def _answered(self, helper: Helper, source: Source | None, found: Any) -> None:
        if source is not None:
            self._told(source, found)
            return
        with self.lock:
            if helper not in self.helpers:
                return
            self.helpers.remove(helper)
            again = list(helper.waiting)
            self._here = self._here or found is Ending.STRANGE
        if found is Ending.BROKEN and again:  # what it was at may be why: that is not tried again
            self._told(again.pop(0), CompileError("the compiling process ended"))
        if again:
            self.ask(again, helper.urgent)

    def _thread(self, work: Callable[[], None]) -> None:
        if work.__name__ not in self._threads:
            self._threads.add(work.__name__)
            threading.Thread(target=work, daemon=True, name="autograd_nn-compile").start()

    def _compile(self) -> None:
        """Compiles in this process, one source after another."""
        while True:
            source = self._inline.get()
            with compiling.lock:
                found = _compiled(source)
            if isinstance(found, Code):
                self.cache.put(key_of(source), found)
            self._told(source, found)
            self._here_now.discard(source)

    def _look(self) -> None:
        """Waits for what helpers of other processes make of the sources, or for one of our own."""
        while True:
            time.sleep(0.1)
            with self.lock:
                left, self._left = self._left, []
                if not left:
                    self._threads.discard("_look")
                    return
                if self.helpers or self._start(urgent=False):
                    self.ask(left, urgent=False)
                    continue
            for source in left:
                code = self.cache.get(key_of(source))
                if code is not None:
                    self._told(source, code)
                else:
                    self._left.append(source)


def _load(helper: Helper) -> int:
    return len(helper.waiting)


def _compiled(source: Source) -> Code | CompileError:
    try:
        return compile_source(source)
    except Exception as error:
        return CompileError(f"{type(error).__name__}: {error}")


def _decoded(answer: Any) -> Code | CompileError:
    if isinstance(answer, str):
        return CompileError(answer)
    symbol, needs, data = answer
    return Code(symbol, tuple(needs), base64.b64decode(data))


def _slot(cache: Cache) -> int | None:
    """A locked file that one more helper holds; None where there is nothing to lock.

    Raises BlockingIOError where as many as there are cores are held.
    """
    if fcntl is None or cache.secret() is None:
        return None
    for k in range(crew.cores()):
        try:
            return _locked(cache, f"helper-{k}")
        except BlockingIOError:
            continue
        except OSError:  # such as a full disk
            return None
    raise BlockingIOError


def _locked(cache: Cache, name: str) -> int:
    """A descriptor that holds the lock of a file in the cache; raises BlockingIOError."""
    assert cache.path is not None
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(cache.path / name, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _path_text() -> str:
    """What lets a new interpreter find this package and what it needs."""
    import autograd_nn

    root = os.path.dirname(os.path.dirname(os.path.abspath(autograd_nn.__file__)))
    return f"import sys; sys.path[:0] = {[root, *filter(os.path.isabs, sys.path)]!r}; "


# ---- the helper ----------------------------------------------------------------------------------


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
                found = _compiled(source)
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
        for line in _lines(0):
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
        _weigh("self", 0)
        try:
            _locked(cache, "helper-last")  # kept until this process ends
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


def _weigh(process: Any, nice: int) -> None:
    with suppress(OSError):
        Path(f"/proc/{process}/autogroup").write_text(str(nice))


def _step_back() -> None:
    with suppress(OSError, AttributeError):
        os.nice(LOWEST)


def _lines(descriptor: int) -> Iterator[str]:
    """Lines of a pipe until it ends; bytes that are no text end it too."""
    rest = b""
    with suppress(OSError, ValueError):
        while found := os.read(descriptor, 1 << 16):
            *lines, rest = (rest + found).split(b"\n")
            yield from (line.decode().strip() for line in lines)
