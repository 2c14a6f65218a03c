"""Windows over a series as data a model trains on."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.nn.checks import whole
from autograd_nn.nn.utils.dataset import PyDataset


class WindowDataset(PyDataset):
    """Batches of windows that begin at given places; they are cut out when they are asked for."""

    def __init__(
        self, data: np.ndarray, targets: np.ndarray | None, starts: np.ndarray,
        offsets: np.ndarray, first: int, batch_size: int, rng: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        self._data, self._targets, self._starts = data, targets, starts
        self._offsets, self._first, self._rng = offsets, first, rng
        self.batch_size = batch_size
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self._starts) // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"received batch {index}; expected one of {len(self)}.")
        places = self._starts[index * self.batch_size : (index + 1) * self.batch_size]
        x = self._data[self._first + places[:, None] + self._offsets]
        return x if self._targets is None else (x, self._targets[self._first + places])

    def on_epoch_end(self) -> None:
        """A new order for the next pass, with shuffle."""
        if self._rng is not None:
            self._rng.shuffle(self._starts)


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> WindowDataset:
    """Batches of windows x (n, sequence_length, …) over a series (t, …), and of their targets.

    Window i is data[i], data[i + r], …, r being the sampling_rate; its target is targets[i].
    targets          None: windows alone.
    sequence_stride  how far apart windows begin; shuffle: takes them in another order each pass.
    start_index, end_index   the part of the series that is used.
    Raises ValueError for numbers out of range and where no window fits.

    >>> import numpy as np
    >>> windows = timeseries_dataset_from_array(np.arange(6), np.arange(6) * 10, 3, batch_size=2)
    >>> x, y = windows[1]
    >>> x.tolist(), y.tolist()
    ([[2, 3, 4], [3, 4, 5]], [20, 30])
    """
    series = np.asarray(data)
    y = None if targets is None else np.asarray(targets)
    first = whole(start_index or 0, "start_index", 0)
    end = len(series) if end_index is None else whole(end_index, "end_index", 1)
    if not first < end <= len(series):
        raise ValueError(
            f"received start_index={first} and end_index={end} of a series of {len(series)}; "
            "expected 0 ≤ start_index < end_index ≤ its length."
        )
    rate = whole(sampling_rate, "sampling_rate", 1)
    length = whole(sequence_length, "sequence_length", 1)
    count = end - first - (length - 1) * rate
    if y is not None:
        count = min(count, len(y) - first)
    if count < 1:
        raise ValueError(
            f"received sequence_length={length}, sampling_rate={rate} and {end - first} entries"
            f"{'' if y is None else f' with {len(y)} targets'}; expected at least one window."
        )
    starts = np.arange(0, count, whole(sequence_stride, "sequence_stride", 1))
    rng = np.random.RandomState(seed) if shuffle else None
    return WindowDataset(
        series, y, starts, np.arange(length) * rate, first, whole(batch_size, "batch_size", 1), rng
    )
