"""``tf.summary``: numbers and histograms written for TensorBoard, as `EventFile` writes them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_nn.compat.after import AFTER
from autograd_nn.compat.tensorflow.elder.machine import nothing
from autograd_nn.nn import ops
from autograd_nn.nn.callbacks import event_file
from autograd_nn.nn.callbacks.event_file import EventFile


class Summary:
    """Numbers by their tags: ``Summary(value=[Summary.Value(tag="loss", simple_value=0.5)])``.

    >>> summary = Summary()
    >>> one = summary.value.add()
    >>> one.tag, one.simple_value = "loss", 0.5
    >>> [v.tag for v in summary.value]
    ['loss']
    """

    Value = SimpleNamespace

    def __init__(self, value: Any = ()) -> None:
        self.value = _Values(value)


class _Values(list[Any]):
    def add(self, **fields: Any) -> Any:
        self.append(SimpleNamespace(**fields))
        return self[-1]


class FileWriter:
    """Summaries to a file of events in a folder; within ``as_default()`` `scalar` writes there.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with FileWriter(folder).as_default() as writer:
    ...         scalar("loss", 0.5, step=1)
    ...     writer.close()
    ...     len(os.listdir(folder))
    1
    """

    now: FileWriter | None = None

    def __init__(self, logdir: Any, graph: Any = None, **options: Any) -> None:
        self.file = EventFile(logdir)

    @contextmanager
    def as_default(self, step: Any = None) -> Iterator[FileWriter]:
        """The ``with``."""
        before, FileWriter.now = FileWriter.now, self
        try:
            yield self
        finally:
            FileWriter.now = before

    def set_as_default(self, step: Any = None) -> None:
        """What is written goes there from here on, until Keras's names are ours no longer."""
        before, FileWriter.now = FileWriter.now, self
        AFTER.append(lambda: setattr(FileWriter, "now", before))

    def add_summary(self, summary: Summary | None, global_step: Any = 0) -> None:
        """Writes the numbers of a summary; None: of what `merge_all` found nothing for."""
        for one in () if summary is None else summary.value:
            if hasattr(one, "simple_value"):
                number = float(ops.convert_to_numpy(one.simple_value))
                self.file.write(event_file.scalar(one.tag, number), int(global_step or 0))

    def add_graph(self, graph: Any, global_step: Any = None) -> None:
        """Does nothing: there are no graphs."""

    def flush(self) -> None:
        """Does nothing: every event is written whole at once."""

    def close(self) -> None:
        """Nothing is written after this."""
        self.file.close()


create_file_writer = FileWriter


def scalar(name: str, data: Any, step: Any = 0, description: Any = None) -> None:
    """Writes a number to the writer whose ``with`` it is, if any."""
    if FileWriter.now is not None:
        number = float(ops.convert_to_numpy(data))
        FileWriter.now.file.write(event_file.scalar(name, number), int(step or 0))


def histogram(name: str, data: Any, step: Any = 0, **options: Any) -> None:
    """Writes a histogram to the writer whose ``with`` it is, if any."""
    if FileWriter.now is not None:
        entries = np.asarray(ops.convert_to_numpy(data))
        FileWriter.now.file.write(event_file.histogram(name, entries), int(step or 0))


def text(name: str, data: Any, step: Any = 0, description: Any = None) -> None:
    """Writes text to the writer whose ``with`` it is, if any."""
    if FileWriter.now is not None:
        FileWriter.now.file.write(event_file.text(name, str(data)), int(step or 0))


def image(name: str, data: Any, step: Any = 0, max_outputs: int = 3, **options: Any) -> None:
    """Does nothing: pictures are not written."""


audio = image
trace_on = trace_off = trace_export = nothing


def merge_all(*args: Any, **options: Any) -> None:
    """None: summaries are written where they are made."""


def writer_of(board: Any, run: str | None = None) -> FileWriter:
    """What a `TensorBoard` callback writes to, as it was called when sessions wrote.

    run   a folder within its own; None: that itself.
    """
    writers: dict[Any, FileWriter] = board.__dict__.setdefault("_writers", {})
    if run not in writers:
        writers[run] = FileWriter(os.path.join(board.log_dir, run or ""))
    return writers[run]


def write_logs(writer: FileWriter, logs: Any, index: Any) -> None:
    """Writes logs as a `TensorBoard` of Keras 2 did, each under its name; but for batches' own."""
    with writer.as_default():
        for name, value in logs.items():
            if name not in ("batch", "size"):
                scalar(name, value, step=index)
