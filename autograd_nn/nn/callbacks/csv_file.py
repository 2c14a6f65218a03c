"""CSVLogger: the logs of each epoch as a line of a file."""

from __future__ import annotations

import io
import os
import warnings
from typing import Any

import numpy as np

from autograd_nn.nn.callbacks.base import Callback, Logs


class CSVLogger(Callback):
    """Writes each epoch's number and logs as one line, under a line of names.

    filename    where to; its folder has to be there.
    separator   between two values.
    append      goes on in a file that is there, in its columns; else the file begins anew.
    A line is written and flushed whole; a last line that a process which was killed left without
    its end is taken away before more is appended, and a training that goes on from a checkpoint
    goes on in the file as it was then. Logs that no column is for are left out, with a
    warning. Raises ValueError where append finds no 'epoch' in the file's first line.

    >>> import tempfile, pathlib
    >>> from autograd_nn import nn
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "log.csv"
    >>> logger = nn.callbacks.CSVLogger(path)
    >>> logger.on_train_begin()
    >>> logger.on_epoch_end(0, {"loss": 0.5})
    >>> logger.on_train_end()
    >>> path.read_text().split()
    ['epoch,loss,val_loss', '0,0.5,NA']
    """

    _steers = False

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(
                f"CSVLogger received separator={separator!r}; expected one character, as in ','."
            )
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.keys: list[str] | None = None
        self.place = 0  # bytes of the file
        self._file: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_file": None}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        import csv
        from pathlib import Path

        self._close()
        self.keys = None
        path = Path(self.filename)
        goes_on = self.append or self._resumed
        if goes_on and path.exists() and _mended(path):
            with path.open(newline="") as f:
                first = next(csv.reader(f, delimiter=self.sep))
            if first[:1] != ["epoch"]:
                raise ValueError(
                    f"CSVLogger was to append to {self.filename!r}, whose first line is "
                    f"{self.sep.join(first)!r}; expected one that begins with 'epoch'. Choose "
                    "another file, or append=False."
                )
            self.keys = first[1:]
        self._file = path.open("a" if goes_on else "w", newline="")
        self._told()

    def _told(self) -> None:
        self._file.flush()
        self.place = os.fstat(self._file.fileno()).st_size

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        if self._file is not None and os.fstat(self._file.fileno()).st_size > self.place:
            self._file.truncate(self.place)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self._file is None:
            raise RuntimeError(
                "CSVLogger.on_epoch_end was called before on_train_begin, which opens the file; "
                "expected it from fit. Call on_train_begin first."
            )
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in logs):
                self.keys += [f"val_{key}" for key in self.keys]  # validation may come later
            self._line(["epoch", *self.keys])
        left = sorted(set(logs) - set(self.keys))
        if left:
            warnings.warn(
                f"CSVLogger has no columns in {self.filename!r} for {', '.join(left)}, which are "
                "left out; expected the logs of the first epoch. Begin a new file.",
                UserWarning,
                stacklevel=2,
            )
        self._line([epoch, *(_plain(logs.get(key, "NA")) for key in self.keys)])

    def _line(self, values: list[Any]) -> None:
        import csv

        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.sep, lineterminator="\n").writerow(values)
        self._file.write(text.getvalue())
        self._told()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _mended(path: Any) -> bool:
    """Takes away what stands behind the last whole line of a file; whether it has such lines."""
    with path.open("rb+") as file:
        at = file.seek(0, os.SEEK_END)
        while at:
            start = max(0, at - 4096)
            file.seek(start)
            found = file.read(at - start).rfind(b"\n")
            if found >= 0:
                file.truncate(start + found + 1)
                return True
            at = start
        file.truncate(0)
        return False


def _plain(value: Any) -> Any:
    if isinstance(value, str) or np.ndim(value) == 0:
        return value if isinstance(value, str) else np.asarray(value).item()
    return "[" + ", ".join(map(str, np.asarray(value).tolist())) + "]"
