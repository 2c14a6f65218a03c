"""The published data sets: out of small files in their formats, as Keras gives them."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_nn.nn import config, datasets
from autograd_nn.nn.datasets import DataError, DownloadError
from tests.nn.sources import published_files as files

pytestmark = pytest.mark.filterwarnings("ignore:.*is not the published file")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of data sets; no other one, and no network."""
    monkeypatch.setenv("AUTOGRAD_NN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def nobody(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr("urllib.request.urlopen", nobody)
    return tmp_path / "home" / "datasets"


def digits(n):
    return np.arange(n * 784).astype(np.uint8).reshape(n, 28, 28), np.arange(n, dtype=np.uint8)


def write_digits(path):
    (x, y), (s, t) = digits(6), digits(2)
    return files.write_npz(path, x_train=x, y_train=y, x_test=s, y_test=t)


def test_mnist(folder):
    write_digits(folder / "mnist.npz")
    (x, y), (s, t) = datasets.mnist.load_data()
    np.testing.assert_array_equal(x, digits(6)[0])
    assert x.dtype == y.dtype == np.uint8 and y.tolist() == [0, 1, 2, 3, 4, 5]
    assert s.shape == (2, 28, 28) and t.tolist() == [0, 1]


def test_digits_of_other_shapes_are_refused(tmp_path):
    x = np.zeros((3, 5), np.uint8)
    path = files.write_npz(tmp_path / "x.npz", x_train=x, y_train=x, x_test=x, y_test=x)
    with pytest.raises(datasets.DataError, match=r"images of shape \(3, 5\).*\(n, 28, 28\)"):
        datasets.mnist.load_data(path)


def test_fashion_mnist(folder):
    files.write_fashion(folder / "fashion-mnist")
    (x, y), (s, t) = datasets.fashion_mnist.load_data()
    np.testing.assert_array_equal(x, digits(5)[0])
    assert y.tolist() == [0, 1, 2, 3, 4] and s.shape == (2, 28, 28) and t.dtype == np.uint8


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("name", ["cifar-10-python.tar.gz", "cifar-10-batches-py.tar.gz"])
def test_cifar10(folder, protocol, name):
    names = datasets.cifar10.BATCHES
    files.write_tape(folder / name, {
        f"cifar-10-batches-py/{name}": files.batch(i + 1, protocol, labels=[i] * (i + 1))
        for i, name in enumerate(names)
    })  # fmt: skip
    (x, y), (s, t) = datasets.cifar10.load_data()
    assert x.shape == (15, 32, 32, 3) and x.dtype == np.uint8 and s.shape == (6, 32, 32, 3)
    assert y.shape == (15, 1) and y[:, 0].tolist() == [0, 1, 1, 2, 2, 2, *[3] * 4, *[4] * 5]
    assert t.tolist() == [[5]] * 6 and t.dtype == np.uint8
    planes = np.random.default_rng(1).integers(0, 256, (1, 3072), dtype=np.uint8)
    assert x[0, 2, 3].tolist() == planes.reshape(3, 32, 32)[:, 2, 3].tolist()


@pytest.mark.parametrize(("mode", "labels"), [("fine", [[3], [99]]), ("coarse", [[1], [19]])])
def test_cifar100_and_channels_first(folder, mode, labels):
    data = files.batch(2, fine_labels=[3, 99], coarse_labels=[1, 19])
    parts = dict.fromkeys(("cifar-100-python/train", "cifar-100-python/test"), data)
    files.write_tape(folder / "cifar-100-python.tar.gz", parts)
    before = config.image_data_format()
    try:
        config.set_image_data_format("channels_first")
        (x, y), _ = datasets.cifar100.load_data(mode)
    finally:
        config.set_image_data_format(before)
    assert x.shape == (2, 3, 32, 32) and y.tolist() == labels


def write_reviews(path):
    x, y = files.texts(files.WORDS), np.arange(5)
    return files.write_npz(path, x_train=x, y_train=y, x_test=x[::-1], y_test=y[::-1])


def as_keras(x, y, rng, num_words, skip_top, start, oov, by):
    """What Keras makes of texts, word for word by its documentation."""
    order = np.arange(len(x))
    rng.shuffle(order)
    rows = [([] if start is None else [start]) + [w + by for w in x[i]] for i in order]

    def kept(w):
        return skip_top <= w < num_words

    if oov is None:
        return [[w for w in r if kept(w)] for r in rows], [y[i] for i in order]
    return [[w if kept(w) else oov for w in r] for r in rows], [y[i] for i in order]


@pytest.mark.parametrize("start", [1, None])
@pytest.mark.parametrize("oov", [2, None])
@pytest.mark.parametrize("by", [3, 0])
@pytest.mark.parametrize("most", [None, 260])
def test_imdb(folder, start, oov, by, most):
    write_reviews(folder / "imdb.npz")
    (x, y), (s, t) = datasets.imdb.load_data(
        num_words=most, skip_top=4, seed=3, start_char=start, oov_char=oov, index_from=by
    )
    rng, limit = np.random.RandomState(3), most or 70_000 + by
    for rows, labels, words, truth in (
        (x, y, files.WORDS, range(5)), (s, t, files.WORDS[::-1], range(5)[::-1]),
    ):  # fmt: skip
        expected, classes = as_keras(words, truth, rng, limit, 4, start, oov, by)
        assert rows.dtype == object and rows.tolist() == expected and labels.tolist() == classes


def test_reviews_no_longer_than(folder):
    write_reviews(folder / "imdb.npz")
    (x, y), _ = datasets.imdb.load_data(maxlen=4)
    assert sorted(map(len, x)) == [3, 3, 3] and sorted(y.tolist()) == [1, 3, 4]
    with pytest.raises(ValueError, match="maxlen=2"):
        datasets.imdb.load_data(maxlen=2)
    with pytest.warns(DeprecationWarning, match="num_words="):
        (x, _), _ = datasets.imdb.load_data(nb_words=10)
    assert max(map(max, x)) < 10


def test_reuters(folder):
    path = files.write_npz(folder / "r.npz", x=files.texts(files.WORDS), y=np.arange(5))
    (x, y), (s, t) = datasets.reuters.load_data(path, test_split=0.4, seed=1)
    rows, labels = as_keras(files.WORDS, range(5), np.random.RandomState(1), 70_003, 0, 1, 2, 3)
    assert x.tolist() + s.tolist() == rows and [*y, *t] == labels and len(x) == 3


@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_ranks_of_words(folder, name):
    files.write_words(folder / f"{name}_word_index.json")
    assert getattr(datasets, name).get_word_index() == {"the": 1, "film": 17}


@pytest.mark.parametrize("name", ["boston_housing", "california_housing"])
def test_housing(folder, name):
    x, y = np.random.default_rng(0).random((1000, 3)), np.arange(1000.0)
    files.write_npz(folder / f"{name}.npz", x=x, y=y)
    load = getattr(datasets, name).load_data
    (a, b), (c, d) = load(test_split=0.3, seed=5)
    order = np.arange(1000)
    np.random.RandomState(5).shuffle(order)
    np.testing.assert_array_equal(np.concatenate([b, d]), y[order])
    np.testing.assert_array_equal(np.concatenate([a, c]), x[order])
    assert len(a) == 700
    with pytest.raises(ValueError, match="test_split"):
        load(test_split=1.0)


def test_the_small_version_of_california(folder):
    files.write_npz(folder / "california_housing.npz", x=np.ones((700, 8)), y=np.arange(700))
    (_, y), (_, t) = datasets.california_housing.load_data("small")
    assert sorted([*y, *t]) == list(range(600))
    with pytest.raises(ValueError, match="'large' or 'small'"):
        datasets.california_housing.load_data("medium")


def test_keras_own_folder_is_looked_into(folder, tmp_path):
    write_digits(tmp_path / "keras" / "datasets" / "mnist.npz")
    assert datasets.mnist.load_data()[0][0].shape == (6, 28, 28)


@pytest.mark.filterwarnings("error")
def test_another_file_is_read_with_a_warning_and_a_path_without(folder, tmp_path):
    write_digits(folder / "mnist.npz")
    with pytest.warns(UserWarning, match="mnist.npz is not the published file.*sha256"):
        datasets.mnist.load_data()
    datasets.mnist.load_data(write_digits(tmp_path / "mine.npz"))
    with pytest.raises(FileNotFoundError, match="none.npz"):
        datasets.mnist.load_data(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("load", "name"),
    [
        (datasets.mnist.load_data, "mnist.npz"),
        (datasets.fashion_mnist.load_data, "train-images-idx3-ubyte.gz"),
        (datasets.cifar10.load_data, "cifar-10-python.tar.gz"),
        (datasets.cifar100.load_data, "cifar-100-python.tar.gz"),
        (datasets.imdb.load_data, "imdb.npz"),
        (datasets.imdb.get_word_index, "imdb_word_index.json"),
        (datasets.reuters.load_data, "reuters.npz"),
        (datasets.boston_housing.load_data, "boston_housing.npz"),
        (datasets.california_housing.load_data, "california_housing.npz"),
    ],
)
def test_without_a_network_the_place_is_named(folder, load, name):
    with pytest.raises(DownloadError, match=f"https://.*{name}.*no network") as error:
        load()
    assert str(folder) in str(error.value) and repr(name) in str(error.value)
    assert not list(folder.rglob(name))


def test_labels_that_are_not_there(folder):
    with pytest.raises(ValueError, match="'fine' or 'coarse'"):
        datasets.cifar100.load_data("rough")
    data = files.batch(2, fine_labels=[3])
    files.write_tape(folder / "cifar-100-python.tar.gz", dict.fromkeys(
        ("cifar-100-python/train", "cifar-100-python/test"), data
    ))  # fmt: skip
    with pytest.raises(DataError, match="fine_labels"):
        datasets.cifar100.load_data()
