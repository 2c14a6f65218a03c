"""What a person sees: messages, on the screen or in a log, and how much of a traceback."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = str(Path(__file__).parents[1])
logger = logging.getLogger("autograd_nn")


class _Shown:
    interactive = True
    hook: Callable[..., Any] | None = None  # what showed tracebacks before they were filtered


def is_interactive_logging_enabled() -> bool:
    """Whether progress and messages are written for somebody who looks on, as at first.

    >>> is_interactive_logging_enabled()
    True
    """
    return _Shown.interactive


def enable_interactive_logging() -> None:
    """Progress and messages go to the screen, as at first."""
    _Shown.interactive = True


def disable_interactive_logging() -> None:
    """Progress and messages go to the logger 'autograd_nn', whole lines at the level INFO.

    >>> disable_interactive_logging()
    >>> is_interactive_logging_enabled()
    False
    >>> enable_interactive_logging()
    """
    _Shown.interactive = False


def message(text: str) -> None:
    """Says something: printed, or to the log."""
    if _Shown.interactive:
        print(text)
    else:
        logger.info(text)


# ---- tracebacks ---------------------------------------------------------------------------------


def is_traceback_filtering_enabled() -> bool:
    """Whether tracebacks that end a script show its own lines alone; at first they show all.

    >>> is_traceback_filtering_enabled()
    False
    """
    return _Shown.hook is not None


def enable_traceback_filtering() -> None:
    """Leaves the lines of this package out of the tracebacks that end a script (`sys.excepthook`).

    >>> enable_traceback_filtering()
    >>> is_traceback_filtering_enabled()
    True
    >>> disable_traceback_filtering()
    """
    if _Shown.hook is None:
        _Shown.hook, sys.excepthook = sys.excepthook, _show


def disable_traceback_filtering() -> None:
    """Shows whole tracebacks again."""
    if _Shown.hook is not None:
        if sys.excepthook is _show:
            sys.excepthook = _Shown.hook
        _Shown.hook = None


def _show(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    told = traceback.TracebackException(kind, error, at)
    one: traceback.TracebackException | None = told
    while one is not None:
        outside = [frame for frame in one.stack if not frame.filename.startswith(HERE)]
        one.stack[:] = outside or one.stack
        one = one.__cause__ or one.__context__
    sys.stderr.write("".join(told.format()))
