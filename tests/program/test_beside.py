"""Native code on a thread of its own: what goes on meanwhile never meets it; both have ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from autograd_nn.engine import beside as room
from autograd_nn.engine.beside import beside, settle

SLOW = 0.05  # seconds that a call takes, so that whoever does not wait for it is caught


class Call:
    """What is called: notes its thread, and that it has ended; it may have to wait for ``go``."""

    def __init__(self, waits: bool = False) -> None:
        self.thread, self.ended, self.go = 0, False, threading.Event()
        if not waits:
            self.go.set()

    def __call__(self) -> None:
        self.thread = threading.get_ident()
        self.go.wait()
        time.sleep(SLOW)
        self.ended = True


def test_both_are_done_on_two_threads() -> None:
    here: list[int] = []
    for _ in range(2):
        call = Call()
        beside(call, lambda: here.append(threading.get_ident()))
        assert call.ended and call.thread not in (0, threading.get_ident())
    assert here == [threading.get_ident()] * 2


def test_what_is_raised_meanwhile_comes_when_the_call_has_ended() -> None:
    call = Call(waits=True)

    def broken() -> None:
        assert not call.ended
        call.go.set()
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        beside(call, broken)
    assert call.ended
    beside(Call(), settle)  # the next begins as if nothing had been


def test_settle_waits_for_the_call() -> None:
    call, seen = Call(waits=True), []

    def meanwhile() -> None:
        seen.append(call.ended)
        call.go.set()
        settle()
        seen.append(call.ended)

    beside(call, meanwhile)
    settle()
    assert seen == [False, True]


def test_one_within_another_runs_here_and_leaves_its_other_part_out() -> None:
    inner, left = Call(), []
    beside(Call(), lambda: beside(inner, lambda: left.append(1)))
    assert inner.ended and inner.thread == threading.get_ident() and not left


def test_where_no_thread_can_begin_it_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(room._other, "calls", None)
    monkeypatch.setattr(threading.Thread, "start", refused)
    call = Call()
    beside(call, lambda: None)
    assert call.thread == threading.get_ident()


def test_another_thread_does_not_wait_for_ours() -> None:
    call, seen = Call(waits=True), []

    def other() -> None:
        settle()
        seen.append(call.ended)

    def meanwhile() -> None:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        call.go.set()

    beside(call, meanwhile)
    assert seen == [False]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of POSIX")
def test_a_handler_that_raises_while_it_is_waited_for() -> None:
    main, call = threading.get_ident(), Call()

    def calls() -> None:
        time.sleep(SLOW)  # until it is waited for
        signal.pthread_kill(main, signal.SIGUSR1)
        call()

    def raises(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGUSR1, raises)
    try:
        with pytest.raises(TimeoutError):
            beside(calls, lambda: None)
        assert call.ended
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks of POSIX")
def test_a_fork_waits_and_the_child_has_a_thread_of_its_own() -> None:
    program = """
import os, sys
from tests.program.test_beside import Call
from autograd_nn.engine import beside as room
from autograd_nn.engine.beside import beside

def fork():
    global child, seen
    child = os.fork()
    seen = call.ended

call = Call()
beside(call, fork)
again = Call()
beside(again, lambda: None)
if child == 0:
    os._exit(0 if seen and again.ended else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", program], timeout=60, check=False)
    assert ran.returncode == 0
