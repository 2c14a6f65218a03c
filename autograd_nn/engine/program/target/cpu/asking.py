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
# Seconds of compiling for somebody who waits: to begin, and for each character of the sources.
START, CHARACTER = 0.3, 2.8e-4
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
            wanted = _several(sources) if urgent else 1
            if urgent:
                for helper in self.helpers:
                    helper.hasten()
            while sources and not self._here and len(self.helpers) < wanted:
                if not self._start(urgent):
                    break
            busy = {s for h in self.helpers for s in h.waiting}
            if urgent and self.cache.secret() is not None:
                self._share([s for s in sources if s in busy])
            for source in sources:
                if source in busy:
                    continue
                if self.helpers and not self._here:
                    min(self.helpers, key=_load).ask(source)
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

    def seconds(self, sources: list[Source]) -> float:
        """About how long it takes to compile sources for somebody who waits."""
        helpers = 1 if self._here else _several(sources)
        return START + CHARACTER * sum([len(s.text) for s in sources]) / helpers if sources else 0.0

    def relax(self) -> None:
        """Nobody waits any more: what is left is compiled behind all else."""
        with self.lock:
            for helper in self.helpers:
                helper.hasten(False)

    def _share(self, sources: list[Source]) -> None:
        """Gives what waits behind others of one helper to another, from the end.

        The one that comes to it second finds it in the cache.
        """
        begun = {h.waiting[0] for h in self.helpers if h.waiting}
        for source in reversed(sources):
            free = [h for h in self.helpers if source not in h.waiting]
            if free and source not in begun:
                min(free, key=_load).ask(source)

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


def _several(sources: list[Source]) -> int:
    """How many helpers compile sources for somebody who waits: each costs half a second itself."""
    return min(cores(), 1 + len(sources) // 4)


def _load(helper: Helper) -> int:
    return len(helper.waiting)
