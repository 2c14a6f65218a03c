"""What is opened to be read is a plain file: it has an end, and waits for nobody to write it."""

from __future__ import annotations

import errno
import os
import stat


def regular(path: str, flags: int) -> int:
    """An opener for `open`; raises OSError for a pipe, a device or a socket, and for a folder.

    A pipe would be waited for, a device read without an end, and what is read twice is not there
    the second time.

    >>> open(os.devnull, "rb", opener=regular)
    Traceback (most recent call last):
        ...
    OSError: [Errno 29] a pipe or a device; expected a plain file. Write one of it: '/dev/null'
    """
    found = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    kind = os.fstat(found).st_mode
    if stat.S_ISREG(kind):
        return found
    os.close(found)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    said = "a pipe or a device; expected a plain file. Write one of it"
    raise OSError(errno.ESPIPE, said, path)
