"""CIFAR-100: 60,000 photographs of a hundred kinds of things, 32 × 32 pixels (Krizhevsky, 2009)."""

from __future__ import annotations

from autograd_nn.nn.datasets.cifar import batches
from autograd_nn.nn.datasets.mnist import Split
from autograd_nn.nn.datasets.published import Published

FILE = Published(
    "cifar-100-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    {"sha256": "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"},
    also=("cifar-100-python-target_archive",),
)


def load_data(label_mode: str = "fine") -> Split:
    """(x_train, y_train), (x_test, y_test): uint8 (50000, 32, 32, 3) and (50000, 1).

    label_mode   'fine' for a hundred classes, 'coarse' for the twenty they belong to.
    10,000 are for testing. The channels come first where ``config.image_data_format`` says so.
    Raises ValueError for another mode, DownloadError without a network, DataError for a file of
    something else.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"received label_mode={label_mode!r}; expected 'fine' or 'coarse'.")
    names = ("cifar-100-python/train", "cifar-100-python/test")
    train, test = batches(FILE.here(), names, f"{label_mode}_labels")
    return train, test
