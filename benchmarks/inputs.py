"""Times a step fed by every kind of input beside the same step fed by arrays.

``python -m benchmarks.inputs [NAME ...]`` prints microseconds a step of two nets, by turns, the
median of some fits, the ratio, and milliseconds that a fit takes once, beside its steps: of a small
net, whose step costs less than a batch that Python makes, and of one of 784 inputs and two hidden
layers of 512. What is not installed is left out.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers

BATCH = 64
NETS = {"small": (16, (12, 8), 400, 12), "wide": (784, (512, 512), 40, 5)}  # and batches, rounds
MORE = 5  # epochs of the longer fit
FOLDER = Path(tempfile.mkdtemp())

Fed = Callable[[np.ndarray, np.ndarray], tuple[Any, ...]]


def arrays(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    return x, y


def double(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    return x.astype("float64"), y.astype("float64")


def columns_first(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    return np.asfortranarray(x), y


def lists(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    return x.tolist(), y.tolist()


def memory_mapped(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    np.save(FOLDER / "x.npy", x)
    return np.load(FOLDER / "x.npy", mmap_mode="r"), y


def hdf5(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    import h5py

    with h5py.File(FOLDER / f"{x.shape[1]}.h5", "w") as file:
        file["x"] = x
    return h5py.File(FOLDER / f"{x.shape[1]}.h5", "r")["x"], y


def frame(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    import pandas

    return pandas.DataFrame(x), pandas.Series(y[:, 0])


def polars_frame(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    import polars

    return polars.DataFrame(x), y


def sparse(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    import scipy.sparse

    return scipy.sparse.csr_matrix(x), y


class Sequence(nn.utils.PyDataset):
    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        super().__init__()
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x) // BATCH

    def __getitem__(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        rows = slice(k * BATCH, (k + 1) * BATCH)
        return self.x[rows], self.y[rows]


def dataset(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    return (Sequence(x, y),)


def endless(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    while True:
        for k in range(0, len(x), BATCH):
            yield x[k : k + BATCH], y[k : k + BATCH]


def generator(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    return (endless(x, y),)


def loader(x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    whole = TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    return (DataLoader(whole, BATCH),)


NEEDS = {hdf5: "h5py", frame: "pandas", polars_frame: "polars", sparse: "scipy", loader: "torch"}
KINDS: dict[str, Fed] = {
    f.__name__: f
    for f in (double, columns_first, lists, memory_mapped, hdf5, frame, polars_frame, sparse,
              dataset, generator, loader)
    if f not in NEEDS or find_spec(NEEDS[f])
}  # fmt: skip


def seconds(model: Any, fed: tuple[Any, ...], batches: int) -> tuple[float, float]:
    """For one step of a fit, and for what a fit does once: by those of one and of some epochs."""
    plain = len(fed) == 2
    took = []
    for epochs in (1, 1 + MORE):
        started = time.perf_counter()
        model.fit(
            *fed, batch_size=BATCH if plain else None, steps_per_epoch=None if plain else batches,
            shuffle=False, epochs=epochs, verbose=0,
        )  # fmt: skip
        took.append(time.perf_counter() - started)
    epoch = (took[1] - took[0]) / MORE
    return epoch / batches, took[0] - epoch


def main(names: list[str]) -> None:
    print(f"{'':24}{'net':>8}{'fed so':>10}{'arrays':>10}{'ratio':>8}   us a step{'once, ms':>13}")
    for name in names:
        for net, (inputs, widths, batches, rounds) in NETS.items():
            x = np.random.default_rng(0).normal(size=(batches * BATCH, inputs)).astype("float32")
            y = x[:, :1].copy()
            model = nn.Sequential([layers.Dense(n, activation="relu") for n in widths])
            model.add(layers.Dense(1))
            model.compile("adam", "mse", deterministic=True)
            both = [KINDS[name](x, y), (x, y)]
            turns = []
            for _ in range(rounds + 1):  # the first compiles
                turns.append([seconds(model, fed, batches) for fed in both])
            (ours, once), (plain, _) = np.median(turns[1:], axis=0)
            print(f"{name:24}{net:>8}{ours * 1e6:10.1f}{plain * 1e6:10.1f}{ours / plain:8.3f}"
                  f"{once * 1e3:25.2f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:] or list(KINDS))
