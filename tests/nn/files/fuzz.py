"""Files of every format, changed: ``python -m tests.nn.files.fuzz COUNT [SEED [FORMAT …]]``.

Each is read as a user would read it. Either it is read, or its error is the format's; no other file
is opened, nothing is imported or run, and neither memory nor time goes beyond what a file of its
size may take. A case follows from its format, the seed and its number alone.
"""

from __future__ import annotations

import gc
import pkgutil
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
import zlib
from collections import Counter
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import autograd_nn
from tests.nn.files import formats, readers
from tests.nn.files.formats import Format, server

FORMATS = formats.FORMATS | readers.FORMATS

MEMORY, SECONDS, MORE = 64 << 20, 2.0, 1e-8  # bytes; seconds, and as many more for each byte
WATCHED = (
    "open", "import", "exec", "compile", "os.", "subprocess.", "socket.", "ctypes.", "marshal.",
    "pickle.", "shutil.", "urllib.", "tempfile.", "glob.", "webbrowser.", "builtins.input",
)  # fmt: skip
QUIET = ("os.putenv", "os.unsetenv")
SIGNATURE = b"def foo(): pass"  # what `inspect` makes of a class without arguments


class Watch:
    """What a process does besides computing, while it is on."""

    def __init__(self) -> None:
        self.on, self.seen = False, list[str]()
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: Any) -> None:
        if self.on and event.startswith(WATCHED) and event not in QUIET and args[0] != SIGNATURE:
            self.seen.append(f"{event} {str(args[:1])[:200]}")


@cache
def watching() -> Watch:
    """The one of this process: a hook stays, and every call that is heard of pays for each."""
    return Watch()


class Fault(AssertionError):
    """What a file made us do that none may."""


def case(form: Format, seed: int, number: int) -> bytes:
    """The contents of a changed file."""
    r = random.Random(zlib.crc32(f"{form.name} {seed} {number}".encode()))
    return form.change(r.choice(form.contents), r)


def tried(form: Format, raw: bytes, path: Path, watch: Watch) -> bool:
    """Whether a file is read; raises Fault for anything but that, and the error it should have."""
    path.write_bytes(raw)
    held = _now()
    _forget_peak()
    started = time.process_time()
    watch.seen.clear()
    watch.on, read = True, True
    try:
        with warnings.catch_warnings(action="ignore"):
            form.read(path)
    except form.errors as error:
        watch.on, read = False, False
        if path.name not in str(error):
            raise Fault(f"an error that names no file: {error}") from error
    except BaseException as error:
        watch.on = False
        raise Fault(f"{type(error).__name__}: {str(error)[:200]}") from error
    finally:
        watch.on = False
    took = time.process_time() - started
    seen = [s for s in watch.seen if not (form.does and s.startswith(form.does))]
    others = [s for s in seen if not s.startswith("open") or not _allowed(s, path)]
    if others:
        raise Fault(f"it did besides: {others[:3]}")
    if _peak() - held > MEMORY + len(raw):
        raise Fault(f"it took {(_peak() - held) >> 20} MB")
    if took > SECONDS + MORE * len(raw):
        raise Fault(f"it took {took:.1f} s")
    return read


def _allowed(event: str, path: Path) -> bool:
    """The file itself, and what is open under no name (for what comes of HDF5)."""
    name = event.partition("'")[2].partition("'")[0]
    return name == str(path) or name == tempfile.gettempdir()


def _now() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _forget_peak() -> None:
    """The most memory that the process had is from now on what it has; see proc(5), clear_refs."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def _peak() -> int:
    """The most memory that the process had since."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM"))


def run(
    name: str, count: int, seed: int, folder: Path, keep: Path | None = None, few: bool = False
) -> Counter[str]:
    """Tries so many files of a format; returns how many were read and refused, and the faults.

    few   makes them of few models, and counts no late imports.
    """
    form = FORMATS[name](folder, 20) if few else FORMATS[name](folder)
    path, watch, found = folder / f"case{form.ending}", watching(), Counter[str]()
    if not few:
        _imported()
    gc.collect()  # garbage that went amid a case would hide what the case takes
    for raw in form.contents:
        path.write_bytes(raw)
        with suppress(*form.errors):
            form.read(path)
    for number in range(count):
        raw = case(form, seed, number)
        try:
            found["read" if tried(form, raw, path, watch) else "refused"] += 1
        except Fault as fault:
            words = str(fault)[:120]
            if keep and not found[words]:
                (keep / f"{name}-{seed}-{number}{form.ending}").write_bytes(raw)
                print(f"{name} {seed} {number}:", fault)
                traceback.print_exception(fault.__cause__, limit=-6)
            found[words] += 1
    return found


def _imported() -> None:
    """Imports what is imported late, so that whatever still is was named by a file."""
    import encodings.cp437  # noqa: F401 - names in a zip

    for found in pkgutil.walk_packages(autograd_nn.__path__, "autograd_nn."):
        if not found.name.endswith("__main__"):
            with suppress(ImportError):
                import_module(found.name)


def main(count: int, seed: int = 0, *only: str) -> int:
    total, keep = Counter[str](), Path(tempfile.mkdtemp(prefix="fuzz-"))
    for name in only or FORMATS:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder, server(Path(folder)):
            found = run(name, count, seed, Path(folder), keep)
        took = time.perf_counter() - started
        print(f"{name}: {dict(found)} in {took:.0f} s", flush=True)
        total += found
    faults = total.total() - total["read"] - total["refused"]
    where = f" (kept in {keep})" if faults else ""
    print(f"{total.total()} files: {total['read']} read, {total['refused']} refused, ", end="")
    print(f"{faults} faults{where}")
    return bool(faults)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(*numbers, *sys.argv[3:]))
