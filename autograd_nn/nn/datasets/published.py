"""Where published data sets lie: here if somebody put them here, else fetched."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from autograd_nn.nn.utils.download import difference, fetch, home

STORE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


@dataclass(frozen=True)
class Published:
    """A file that others keep: its URL, the hashes it has, and names it may have here.

    folder   below the folder of data sets; also: names by which other libraries keep it.
    """

    name: str
    url: str
    hashes: dict[str, str] = field(hash=False)
    folder: str = ""
    also: tuple[str, ...] = ()

    def here(self, path: str | os.PathLike[str] | None = None) -> Path:
        """The file on this machine, fetched if it is not there yet.

        path   another name in the folder of data sets, or a file anywhere: that is taken as it is.
        It is looked for in ``$AUTOGRAD_NN_HOME/datasets`` (``~/.autograd_nn/datasets``), then in
        ``~/.keras/datasets``. A file there whose hash is another is read with a warning. Raises
        DownloadError, which names folder, file name and URL.
        """
        name = os.fspath(path) if path is not None else self.name
        given = Path(name).expanduser()
        if given.name != name:
            if not given.is_file():
                raise FileNotFoundError(
                    f"received path={name!r}, where there is no file; expected one, or a name "
                    f"without a folder for a file in {home() / 'datasets'}."
                )
            return given
        keras = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
        for base in (home(), keras):
            for known in (name, *self.also):
                found = base / "datasets" / self.folder / known
                if found.is_file():
                    if wrong := difference(found, self.hashes):
                        warnings.warn(
                            f"{found} is not the published file: it has {wrong}. It is read as it "
                            "is; remove it to have that of the publishers fetched.",
                            stacklevel=4,
                        )
                    return found
        return fetch(self.url, home() / "datasets" / self.folder / name, self.hashes)


def store(name: str, **hashes: str) -> Published:
    """A file of the store where Keras's data sets lie."""
    return Published(name, STORE + name, hashes)
