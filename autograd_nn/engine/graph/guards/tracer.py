"""The tracer: names every Python function that begins to run in this thread, while it is asked to.

A debugger, a profiler and a coverage hook go on as they were: from Python 3.12 on there is room for
several; before, the tracer takes whichever of the two hooks is free.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

Called = Callable[[FrameType], None]
TOOLS = (4, 3)  # of sys.monitoring: those that nothing of Python's own is meant for


@contextmanager
def tracing(called: Called) -> Iterator[None]:
    """Calls ``called`` with the frame of each function that begins to run in this thread."""
    if sys.version_info >= (3, 12):
        for tool in TOOLS:
            try:
                sys.monitoring.use_tool_id(tool, "autograd_nn")
            except ValueError:
                continue  # somebody's, perhaps another thread that records
            try:
                yield from _monitoring(tool, called)
            finally:
                sys.monitoring.free_tool_id(tool)
            return

    def event(frame: FrameType, kind: str, arg: Any) -> None:
        if kind == "call":
            called(frame)

    if sys.gettrace() is None:
        sys.settrace(event)
        try:
            yield
        finally:
            sys.settrace(None)
    elif sys.getprofile() is None:
        sys.setprofile(event)
        try:
            yield
        finally:
            sys.setprofile(None)
    else:  # both are taken; a profiler could not be put back by Python code, a tracer can
        before = sys.gettrace()
        sys.settrace(event)
        try:
            yield
        finally:
            sys.settrace(before)


def _monitoring(tool: int, called: Called) -> Iterator[None]:
    own, here, frame = threading.get_ident(), threading.get_ident, sys._getframe

    def start(code: CodeType, offset: int) -> None:
        if here() == own:
            called(frame(1))

    monitoring: Any = getattr(sys, "monitoring")  # noqa: B009
    event = monitoring.events.PY_START
    monitoring.register_callback(tool, event, start)
    monitoring.set_events(tool, event)
    try:
        yield
    finally:
        monitoring.set_events(tool, 0)
        monitoring.register_callback(tool, event, None)
