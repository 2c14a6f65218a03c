"""Reads one HDF5 file after another in a process that has the libraries loaded already.

A line of JSON on standard input says which file is read and where its contents go; one on standard
output says how that ended: a status as of a process, what it said, and its seconds and bytes. A
child does it, which is made anew when it dies, and now and then. Only for tests of very many files:
the library itself starts a process for each.
"""

from __future__ import annotations

import json
import os
import resource
import runpy
import sys
import traceback

ASKED, TOLD = 20, 21  # where requests come from, and answers go, whatever the first three files are
OFTEN = 50  # files that a child reads at most


def used() -> tuple[float, int]:
    """Seconds of a processor, and bytes at most, so far."""
    found = resource.getrusage(resource.RUSAGE_SELF)
    return found.ru_utime + found.ru_stime, found.ru_maxrss << 10


def answer(code: int, said: str, seconds: float, more: int) -> None:
    os.write(TOLD, json.dumps([code, said, seconds, more]).encode() + b"\n")


def read(source: str, out: str, err: str, size: int, spare: int) -> int:
    """Reads a file as a process of its own would, and says how that would end."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, HARD))
    for path, fd in ((source, 0), (out, 1), (err, 2)):
        opened = os.open(path, os.O_RDWR | (os.O_TRUNC if fd else 0))
        os.dup2(opened, fd)
        os.close(opened)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)
    sys.stderr = open(2, "w", closefd=False)
    try:
        guarded(size, spare)
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        return 1 if isinstance(error.code, str) else error.code or 0
    except BaseException:
        traceback.print_exc()
        return 9
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def child() -> None:
    for _ in range(OFTEN):
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(ASKED, 4096)
            if not piece:
                os._exit(77)
            line += piece
        source, out, err, size, spare = json.loads(line)
        started, held = used()
        code = read(source, out, err, size, spare)
        seconds, most = used()
        said = os.pread(2, 1 << 16, 0).decode(errors="replace")
        answer(code, said, seconds - started, most - held)
    os._exit(78)


if __name__ == "__main__":
    import encodings.ascii
    import encodings.latin_1  # noqa: F401

    import h5py  # noqa: F401
    import numpy  # noqa: F401

    guarded = runpy.run_path(sys.argv[1])["guarded"]
    HARD = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    os.dup2(0, ASKED)
    os.dup2(1, TOLD)
    while True:
        pid = os.fork()
        if not pid:
            child()
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code == 77:
            break
        if code != 78:
            answer(code, "", 0.0, 0)
