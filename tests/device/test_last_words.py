"""An abort by JAX's threads is told in our words where another process is gone, or is as it was.

In processes of their own, for they end. `ctypes` calls without Python's lock, as those threads do.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pytest.importorskip("jax")

PROGRAM = """
import ctypes, faulthandler, socket, sys, threading, time
from autograd_nn.engine.program.target.xla.job import ranks as job
faulthandler.enable()
with socket.create_server(("127.0.0.1", 0)) as door:
    ours = socket.create_connection(door.getsockname())
    theirs, _ = door.accept()
ranks = job.Ranks(1, 2, {0: ours}, lambda: None)
job.ABORT = 0.2
how = sys.argv[1]
def end():
    time.sleep(0.1)
    ctypes.CDLL(None).abort()
threading.Thread(target=end).start()
if how == "gone":
    theirs.close()
if how == "later":
    job.ABORT = 60.0
    time.sleep(0.3)
    theirs.close()
if how == "over":
    ranks._close()
time.sleep(30)
"""
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def aborted(how: str) -> tuple[int, str]:
    command = [sys.executable, "-c", PROGRAM, how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


@pytest.mark.parametrize("how", ["gone", "later"])
def test_the_one_that_is_gone_is_named(how: str) -> None:
    status, said = aborted(how)
    assert status == 1 and "process 0 of 2 is gone, and JAX has ended this one. The tensors" in said


@pytest.mark.parametrize("how", ["nobody", "over"])
def test_others_are_as_they_were(how: str) -> None:
    status, said = aborted(how)
    assert status == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in said and "process 0" not in said
