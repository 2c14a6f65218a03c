"""Having sources compiled: by helper processes, or by this one. A run never waits unasked."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from autograd_nn.engine import forks
from autograd_nn.engine.program.target.cpu.cache import Cache, key_of
from autograd_nn.engine.program.target.cpu.compiler import Code, CompileError, Source, tried
from autograd_nn.engine.program.target.cpu.helper import Ending, Helper, slot
from autograd_nn.engine.program.target.cpu.machine import cores

compiling = forks.Gate(rank=60)  # LLVM has locks of its own, which no child could free
Answer = Callable[[Source, Code | CompileError], None]


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
            wanted = min(cores(), 1 + len(sources) // 4) if urgent else 1
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

    def hurry(self) -> None:
        """Has the helpers that nobody waits for step back no more."""
        with self.lock:
            for helper in self.helpers:
                helper.weigh(0)

    def _able(self, urgent: bool) -> list[Helper]:
        return [h for h in self.helpers if h.urgent or not urgent]

    def _start(self, urgent: bool) -> bool:
        """Starts a helper; False where there are enough, of this process or of others."""
        if len(self.helpers) >= cores():
            return False
        try:
            lock = slot(self.cache)
        except BlockingIOError:
            return False
        try:
            self.helpers.append(Helper(self.cache, urgent, lock, self._answered))
        except (OSError, ValueError, TypeError):  # no processes here, or no interpreter to run
            self._here = True
            return False
        finally:
            if lock is not None:
                os.close(lock)  # the helper has it, and with it the lock
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
                found = tried(source)
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
