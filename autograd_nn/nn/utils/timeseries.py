"""Windows over a series as data a model trains on."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.nn.checks import whole
from autograd_nn.nn.utils.dataset import RowDataset, known_format


class WindowDataset(RowDataset):
    """Batches of windows that begin at given places; they are cut out when they are asked for."""

    def __init__(
        self, data: np.ndarray, targets: np.ndarray | None, starts: np.ndarray,
        offsets: np.ndarray, first: int, batch_size: int | None, shuffle: bool, seed: int | None,
    ) -> None:  # fmt: skip
        self._data, self._targets, self._offsets, self._first = data, targets, offsets, first
        super().__init__(starts, batch_size, shuffle, seed)

    def _batch(self, numbers: np.ndarray) -> Any:
        x = self._data[self._first + numbers[:, None] + self._offsets]
        return x if self._targets is None else (x, self._targets[self._first + numbers])


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> WindowDataset:
    """Batches of windows x (n, sequence_length, …) over a series (t, …), and of their targets.

    Window i is data[i], data[i + r], …, r being the sampling_rate; its target is targets[i].
    targets          None: windows alone.
    sequence_stride  how far apart windows begin; shuffle: takes them in another order each pass.
    start_index, end_index   the part of the series that is used.
    batch_size       None: single windows.
    format           'tf' or 'grain', as Keras has it; batches are arrays with either.
    Raises ValueError for numbers out of range and where no window fits.

    >>> import numpy as np
    >>> windows = timeseries_dataset_from_array(np.arange(6), np.arange(6) * 10, 3, batch_size=2)
    >>> x, y = windows[1]
    >>> x.tolist(), y.tolist()
    ([[2, 3, 4], [3, 4, 5]], [20, 30])
    """
    known_format(format)
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
    offsets = np.arange(length) * rate
    return WindowDataset(series, y, starts, offsets, first, batch_size, shuffle, seed)
