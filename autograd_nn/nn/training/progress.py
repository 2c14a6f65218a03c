"""The progress bar: a moving line in a terminal or notebook, plain lines in a log."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

import numpy as np

from autograd_nn.nn import shown

INTERVAL = 0.1  # seconds between two updates of a moving line
WIDTH = 20  # characters of the bar
BOLD, GREEN, GREY, PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"


class ProgressBar:
    """Shows ``n/N ━━━━ 0s 1ms/step - accuracy: 0.6511 - loss: 0.6623`` while an epoch runs.

    epochs    how many epochs will run; 1 with ``header=False`` for evaluate and predict.
    steps     how many steps an epoch has; None where that is not known before its end.
    verbose   0 nothing, 1 a moving line, 2 a plain line when an epoch is over, 'auto' 1 where a
              line can move and 2 elsewhere. A stream that is neither terminal nor notebook never
              gets control characters: there, 1 is 2. Colours obey the environment's NO_COLOR and
              TERM=dumb.
    stream    left out, standard output, or the log where interactive logging is disabled.
    Raises ValueError: another verbose.

    >>> import sys
    >>> bar = ProgressBar(epochs=3, steps=24, verbose=2, stream=sys.stdout)
    >>> bar.begin_epoch(0)
    Epoch 1/3
    >>> bar.update(1, lambda: {"loss": 0.9})
    >>> bar.end_epoch({"loss": 0.66, "accuracy": 0.65}, seconds=0.048)
    24/24 - 0s - 2ms/step - accuracy: 0.6500 - loss: 0.6600
    """

    def __init__(
        self,
        epochs: int,
        steps: int | None,
        verbose: int | str = "auto",
        *,
        header: bool | None = None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        if not isinstance(verbose, int | str) or verbose not in (0, 1, 2, "auto"):
            raise ValueError(f"received verbose={verbose!r}; expected 0, 1, 2 or 'auto'.")
        self.epochs = epochs
        self.steps = steps
        self.width, self.interval, self.unit = WIDTH, INTERVAL, "step"
        self.header = epochs > 1 if header is None else header
        self.stream = sys.stdout if stream is None else stream
        self.clock = clock
        self.silent = verbose == 0
        self.terminal = not self.silent and _is_terminal(self.stream)
        self.logged = stream is None and not shown.is_interactive_logging_enabled()
        live = not self.logged and (self.terminal or _is_notebook(self.stream))
        self.moving = live and verbose in (1, "auto")
        self.colour = self.terminal and _wants_colour()
        self.mark = "━" if self.silent or _can_write(self.stream, "━") else "="
        self.epoch = self.done = self._shown = 0
        self._started = self.clock()
        self._due = self._started if self.moving else float("inf")

    def begin_epoch(self, epoch: int) -> None:
        """Starts epoch ``epoch``, counted from 0."""
        self.epoch, self.done = epoch, 0
        self._started = self.clock()
        if self.header and not self.silent:
            self._write(f"Epoch {epoch + 1}/{self.epochs}\n")

    def update(self, done: int, logs: Callable[[], Mapping[str, Any]]) -> None:
        """Says that ``done`` steps are done; ``logs`` is asked for only when something is shown."""
        self.done = done
        if not self.moving:
            return
        now = self.clock()
        if now < self._due:
            return
        self._due = now + self.interval
        self._show(self._line(done, now - self._started, logs(), over=False))

    def end_epoch(self, logs: Mapping[str, Any], seconds: float) -> None:
        """Shows the epoch's last line: what ``logs`` holds at its end, and the time it took."""
        if self.silent:
            return
        done = self.done if self.steps is None else self.steps
        if self.moving:
            self._show(self._line(done, seconds, logs, over=True))
            self.close()
            return
        each = _each(seconds, done, self.unit)
        parts = [f"{done}/{done}", _clock_face(seconds), each, *_values(logs)]
        self._write(" - ".join(parts) + "\n")

    def close(self) -> None:
        """Ends a line that is still moving, so that what is printed next starts on its own."""
        if self._shown:
            self._shown = 0
            self._write("\n")

    def _line(self, done: int, seconds: float, logs: Mapping[str, Any], *, over: bool) -> list[str]:
        """The pieces of a moving line: count, full part of the bar, empty part, the rest."""
        total = done if over else self.steps
        count = f"{done}/{total if total is not None else 'unknown'}"
        if total is not None:
            count = count.rjust(2 * len(str(total)) + 1)
        full = self.width * done // total if total else self.width if over else 0
        # What is left, while the epoch runs; what it took, when it is over.
        left = seconds * (total - done) / done if total and done and not over else seconds
        rest = " - ".join([_each(seconds, done, self.unit), *_values(logs)])
        empty = self.mark * (self.width - full)
        return [count, self.mark * full, empty, f"{_clock_face(left)} {rest}"]

    def _show(self, pieces: list[str]) -> None:
        count, full, empty, rest = pieces
        if not self.colour:
            empty = " " * len(empty)
        length = len(f"{count} {full}{empty} {rest}")
        if self.terminal:  # a line that wraps could not be overwritten
            room = shutil.get_terminal_size().columns - 1
            if length > room > 0:
                rest = rest[: max(len(rest) - (length - room), 0)]
                length = room
        if self.colour:
            count = f"{BOLD}{count}{PLAIN}"
            full, empty = f"{GREEN}{full}{PLAIN}", f"{GREY}{empty}{PLAIN}"
        self._write(f"\r{count} {full}{empty} {rest}" + " " * (self._shown - length))
        self._shown = length

    def _write(self, text: str) -> None:
        if self.logged:
            shown.message(text.rstrip("\n"))
            return
        try:
            self.stream.write(text)
            self.stream.flush()
        except (BrokenPipeError, ValueError):  # nobody reads on (| head): training goes on
            self.silent, self.moving = True, False


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def _is_notebook(stream: Any) -> bool:
    """Whether the stream is a notebook cell's output, where a carriage return overwrites a line."""
    ipython = sys.modules.get("IPython")
    if ipython is None or stream is not sys.stdout:
        return False
    return getattr(ipython.get_ipython(), "kernel", None) is not None


def _wants_colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _can_write(stream: Any, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _values(logs: Mapping[str, Any]) -> list[str]:
    """``accuracy: 0.6511`` for each log, in alphabetical order as Keras has them."""
    return [f"{name}: {_number(logs[name])}" for name in sorted(logs)]


def _number(value: Any) -> str:
    x = float(np.mean(value))  # of a metric that is several numbers
    return f"{x:.4e}" if 0 < abs(x) <= 1e-3 or abs(x) >= 1e7 else f"{x:.4f}"


def _clock_face(seconds: float) -> str:
    """``7s``, ``1:07`` or ``2:01:07``."""
    minutes, s = divmod(int(seconds), 60)
    if not minutes:
        return f"{s}s"
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02d}:{s:02d}" if hours else f"{m}:{s:02d}"


def _each(seconds: float, done: int, what: str) -> str:
    each = seconds / done if done else 0.0
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if each >= size:
            return f"{each / size:.0f}{unit}/{what}"
    return f"{each * 1e6:.0f}us/{what}"
