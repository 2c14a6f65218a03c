"""Fashion-MNIST: 70,000 pictures of clothes, 28 × 28 pixels (Xiao, Rasul and Vollgraf, 2017)."""

from __future__ import annotations

from autograd_nn.nn.datasets.mnist import MOST, Split, paired
from autograd_nn.nn.datasets.published import STORE, Published
from autograd_nn.nn.datasets.readers import idx

FILES = [
    Published(name, STORE + name, {"md5": md5}, folder="fashion-mnist")
    for name, md5 in (
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    )
]


def load_data() -> Split:
    """(x_train, y_train), (x_test, y_test): images uint8 (60000, 28, 28), classes uint8 (60000,).

    The classes: T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.
    10,000 are for testing. The files are fetched once, and compared with their MD5.
    Raises DownloadError without a network, DataError for a file of something else.
    """
    return paired([idx(file.here(), MOST) for file in FILES], "fashion_mnist")
