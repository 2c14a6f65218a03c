"""Files from elsewhere: fetched once, resumed where they broke off, compared with their hashes."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from autograd_nn.nn.regular import regular
from autograd_nn.nn.saving.durable import replacing

PIECE = 1 << 20
PATIENCE = 30.0  # seconds without a byte
ATTEMPTS = 3
SCHEMES = ("http", "https", "file")


class DownloadError(OSError):
    """A file that could not be fetched, or is not the one that was meant."""


class Broken(ConnectionError):
    """A connection that ended before the file did."""


def home() -> Path:
    """Where files are kept: ``$AUTOGRAD_NN_HOME``, or ``~/.autograd_nn``."""
    return Path(os.environ.get("AUTOGRAD_NN_HOME") or "~/.autograd_nn").expanduser()


def difference(path: Path, hashes: Mapping[str, str]) -> str:
    """Which hash of a file is another than expected, in words; '' where all are the same.

    hashes   {'sha256': hex digits, 'md5': …}.
    """
    if not hashes:
        return ""
    found = {name: hashlib.new(name, usedforsecurity=False) for name in hashes}
    with open(path, "rb", opener=regular) as file:
        while piece := file.read(PIECE):
            for one in found.values():
                one.update(piece)
    for name, wanted in hashes.items():
        if found[name].hexdigest() != wanted.lower():
            return f"{name} {found[name].hexdigest()}, not {wanted}"
    return ""


def fetch(url: str, target: Path, hashes: Mapping[str, str]) -> Path:
    """The file at a URL, put at ``target`` once it is whole and its hashes are those given.

    What came before a connection broke stays beside the target and is gone on from, if there is a
    hash to tell that both halves are of one file. Raises DownloadError, which names the URL, the
    folder and the file name, so that a file put there by hand is found; the target is as it was.
    """
    from urllib.parse import urlsplit

    if urlsplit(url).scheme not in SCHEMES:
        raise ValueError(f"received the URL {url!r}; expected http, https or file.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.download")
    print(f"Downloading data from {url}")
    with _alone(part) as file:
        for attempt in range(ATTEMPTS):
            if not hashes:
                file.truncate(0)
            before = file.seek(0, os.SEEK_END)
            try:
                _receive(url, file)
            except OSError as error:  # urllib's are, too
                if isinstance(error, Broken) and attempt + 1 < ATTEMPTS:
                    continue
                raise DownloadError(
                    f"could not fetch {url} ({error}). Without a network, fetch it elsewhere and "
                    f"put it into the folder {target.parent} under the name {target.name!r}."
                ) from error
            file.flush()
            wrong = difference(part, hashes)
            if not wrong:
                break
            file.truncate(0)
            if not before:
                raise DownloadError(
                    f"{url}: received a file with {wrong}. It is not the one that was published; "
                    "nothing was kept."
                )
        else:
            raise DownloadError(f"{url}: received a file with {wrong}; nothing was kept.")
        file.seek(0)
        with replacing(target) as whole:
            shutil.copyfileobj(file, whole, PIECE)
        with suppress(OSError):
            part.unlink()
    return target


@contextmanager
def _alone(part: Path) -> Iterator[BinaryIO]:
    """A part to go on with, which no other process writes to, where files can be held."""
    with open(part, "ab+") as file:
        with suppress(ImportError, OSError):
            from fcntl import LOCK_EX, flock

            flock(file, LOCK_EX)
        yield file


def _receive(url: str, file: Any) -> None:
    """What is missing of a file, written to its end; OSError if the connection breaks."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.parse import urlsplit
    from urllib.request import Request, url2pathname, urlopen

    there = file.seek(0, os.SEEK_END)
    parts = urlsplit(url)
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise OSError(f"it is on {parts.netloc!r}; expected a file of this machine: file:///…")
        with open(url2pathname(parts.path), "rb", opener=regular) as source:
            source.seek(there)
            shutil.copyfileobj(source, file, PIECE)
        return
    headers = {"User-Agent": "autograd-nn"} | ({"Range": f"bytes={there}-"} if there else {})
    try:
        answer = urlopen(Request(url, headers=headers), timeout=PATIENCE)  # noqa: S310
    except HTTPError as error:
        if error.code != 416:  # 416: all of it is there, or it has become another file
            raise
        return
    except (HTTPException, ValueError) as error:
        raise Broken(f"what answers is no server of files: {str(error)[:100]!r}") from error
    with answer:
        led = getattr(answer, "url", None) or url
        if led.lower().startswith("ftp:"):
            raise OSError(f"it leads to {led[:100]!r}, which is no http or https")
        if there and getattr(answer, "status", None) != 206:  # from the beginning after all
            file.truncate(0)
        length = answer.headers.get("Content-Length")
        came = 0
        try:
            while piece := answer.read(PIECE):
                came += file.write(piece)
        except (HTTPException, ValueError) as error:
            raise Broken(str(error)) from error
        if length is not None and length.partition(",")[0].strip() != str(came):
            raise Broken(f"the connection broke after {came} of {length} bytes")
