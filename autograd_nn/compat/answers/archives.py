"""Files of then: what archives held lay beside them, and data sets lay where a path said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autograd_nn.nn import utils
from autograd_nn.nn.renamed import warn_user


def get_file(
    fname: Any = None, origin: Any = None, untar: bool = False, *args: Any, **options: Any
) -> str:
    """`utils.get_file`; what an archive holds is found beside it as well, where scripts look.

    Of ``untar`` the path is that of the folder within that has the archive's name, where there is
    one; of an archive of the one file whose name it has, but for its ending, that of the archive.
    """
    found = Path(utils.get_file(fname, origin, untar, *args, **options))
    if not found.is_dir():
        return str(found)
    if untar and (found / found.name).is_dir():
        return str(found / found.name)
    for member in found.iterdir():
        _lay_beside(member, found.parent)
    archive = Path(os.fspath(fname or urlsplit(origin).path)).name
    if archive and (found / Path(archive).stem).is_file():
        return str(found.parent / archive)
    return str(found)


def _lay_beside(member: Path, folder: Path) -> None:
    """A link to what was unpacked, or a copy where there are no links; what is there stays."""
    place = folder / member.name
    if place.exists():
        return
    place.unlink(missing_ok=True)  # a link to what is there no longer
    try:
        place.symlink_to(member.resolve(), member.is_dir())
    except OSError:
        copy = shutil.copytree if member.is_dir() else shutil.copy
        copy(member, place)


def _wherever(today: Any) -> Any:
    """`Published.here`, of a path where nothing is, which up to Keras 2 was where to fetch it to.

    Below the folder of data sets, or by an absolute path: the published file is read from where it
    lies here, with a warning.
    """

    @wraps(today)
    def here(self: Any, path: Any = None) -> Path:
        try:
            found: Path = today(self, path)
        except FileNotFoundError:
            found = today(self)
            warn_user(f"load_data: there is no file {os.fspath(path)!r}; {found} was read.")
        return found

    return here


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.datasets.published:Published": {"here": _wherever},
}
