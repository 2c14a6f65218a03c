"""get_file: a file from elsewhere, fetched once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from autograd_nn.nn.utils.archives import KINDS, unpack
from autograd_nn.nn.utils.download import difference, fetch, home

ALGORITHMS = {32: "md5", 64: "sha256"}  # by how many hex digits there are


def get_file(
    fname: str | os.PathLike[str] | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | Sequence[str] | None = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """The path of a file that is fetched from ``origin`` if it is not there yet.

    fname            its name in the cache; None: that in the URL. An old script's absolute path is
                     taken as folder and name.
    origin           a URL, http, https or file.
    extract, untar   unpacks an archive, and gives the path of the folder.
    archive_format   'tar', 'zip', several, or 'auto' for both; None unpacks nothing.
    file_hash        hex digits that the file is compared with; md5_hash: the same of MD5.
    hash_algorithm   'sha256', 'md5', or 'auto': as the number of digits says.
    cache_dir        None: ``$AUTOGRAD_NN_HOME``, or ``~/.autograd_nn``; cache_subdir is in it.
    force_download   fetches it in any case.
    Raises ValueError for options that do not fit and for a hostile archive, DownloadError where the
    file cannot be fetched, or is another.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.txt").write_text("here")
    >>> path = get_file("a.txt", "https://example.org/a.txt", cache_dir=folder, cache_subdir="")
    >>> pathlib.Path(path).read_text()
    'here'
    """
    if not origin:
        raise ValueError("get_file received no origin; expected the URL of a file.")
    given = Path(os.fspath(fname or Path(urlsplit(origin).path).name)).expanduser()
    name = given.name
    if name in ("", "..") or "\0" in name or (str(given) != name and not given.is_absolute()):
        raise ValueError(
            f"get_file received fname={fname!r} and origin={origin!r}; expected a name without a "
            "folder. Pass the folder as cache_subdir or cache_dir."
        )
    base = home() if cache_dir is None else Path(cache_dir).expanduser()
    folder = given.parent if given.is_absolute() else base / cache_subdir
    hashes = _hashes(file_hash, md5_hash, hash_algorithm)
    opens = extract or untar
    # An archive with a name of one's own that is none of a file: that is the folder's.
    plain = opens and (fname is None or "." not in name)
    target = folder / (f"{name}_archive" if plain else name)
    if not force_download and untar and not extract and (folder / f"{name}.tar.gz").is_file():
        target = folder / f"{name}.tar.gz"
    if force_download or not target.is_file() or difference(target, hashes):
        fetch(origin, target, hashes)
    if not opens or archive_format is None:
        return str(target)
    kinds = KINDS if archive_format == "auto" else archive_format
    unpacked = folder / (name if plain else f"{name.partition('.')[0]}_extracted")
    made = unpacked.is_dir() and unpacked.stat().st_mtime >= target.stat().st_mtime
    if not made and not unpack(target, unpacked, [kinds] if isinstance(kinds, str) else kinds):
        raise ValueError(f"get_file received {origin}, which is no archive; expected .tar or .zip.")
    return str(unpacked)


def _hashes(file_hash: str | None, md5_hash: str | None, algorithm: str) -> dict[str, str]:
    """The hashes to compare with, by their algorithms."""
    found = {"md5": md5_hash} if md5_hash else {}
    if file_hash:
        kind = ALGORITHMS.get(len(file_hash), "") if algorithm == "auto" else algorithm
        if kind not in ALGORITHMS.values():
            raise ValueError(
                f"get_file received file_hash={file_hash!r} with hash_algorithm={algorithm!r}; "
                "expected 64 hex digits for 'sha256', 32 for 'md5'."
            )
        found[kind] = file_hash
    return found
