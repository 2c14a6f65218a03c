"""Layers that learn by ``adapt`` and make numbers of raw data: known results, files, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.graph.record import record
from autograd_nn.nn import layers
from autograd_nn.nn.layers.preprocessing.hashes import buckets, fingerprint, siphash

LETTERS = [["A"], ["B"], ["C"], ["D"], ["E"]]


def signed(x: int) -> int:
    return x - 2**64 if x >= 2**63 else x


def numbers(x) -> np.ndarray:
    return np.asarray(x.numpy())


class Batches(nn.utils.PyDataset):
    """An array in batches of three, with targets."""

    def __init__(self, X: np.ndarray) -> None:
        super().__init__()
        self.X = X

    def __len__(self) -> int:
        return -(-len(self.X) // 3)

    def __getitem__(self, i: int):
        return self.X[3 * i : 3 * i + 3], np.zeros(3)


# ---- Normalization ------------------------------------------------------------------------------

X = np.random.default_rng(0).normal(3, 2, size=(8, 2, 3))
FORMS = {
    "array": lambda: X,
    "tensor": lambda: nn.ops.convert_to_tensor(X),
    "generator": lambda: (X[i : i + 3] for i in range(0, 8, 3)),
    "list of batches": lambda: [X[:5], X[5:]],
    "dataset": lambda: Batches(X),
}


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), None])
@pytest.mark.parametrize("form", FORMS)
def test_normalization_learns_mean_and_variance(form, axis):
    layer = layers.Normalization(axis=axis, dtype="float64")
    layer.adapt(FORMS[form]())
    axes = () if axis is None else (axis,) if isinstance(axis, int) else axis
    over = tuple(a for a in range(3) if a not in {b % 3 for b in axes})
    y = numbers(layer(X))
    np.testing.assert_allclose(y.mean(over), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(over), 1, atol=1e-12)
    assert [w.name for w in layer.weights] == ["mean", "variance", "count"]
    assert layer.trainable_weights == []
    back = layers.Normalization(axis=axis, mean=layer.adapt_mean.numpy(), dtype="float64",
                                variance=layer.adapt_variance.numpy(), invert=True)  # fmt: skip
    np.testing.assert_allclose(numbers(back(y)), X)


@given(arrays("float64", (6, 2), elements=st.floats(-1e6, 1e6)), st.integers(1, 5))
def test_batches_have_the_moments_of_the_whole(X, size):
    layer = layers.Normalization(dtype="float64")
    layer.adapt(X[i : i + size] for i in range(0, 6, size))
    np.testing.assert_allclose(layer.adapt_mean.numpy(), X.mean(0), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(layer.adapt_variance.numpy(), X.var(0), rtol=1e-6, atol=1e-3)


def test_a_constant_feature_stays_finite():
    layer = layers.Normalization()
    layer.adapt(np.ones((4, 1)))
    assert numbers(layer([[1.0]])).tolist() == [[0.0]]


def test_normalization_goes_first_in_a_model_and_into_its_file(tmp_path):
    layer = layers.Normalization()
    layer.adapt(X[:, 0])
    model = nn.Sequential([nn.Input((3,)), layer, nn.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X[:, 0], np.zeros(8), epochs=1, verbose=0)
    np.testing.assert_allclose(layer.adapt_mean.numpy(), X[:, 0].mean(0), rtol=1e-6)  # not trained
    for name in ("model.keras", "model.ann"):
        model.save(tmp_path / name)
        again = nn.models.load_model(tmp_path / name)
        np.testing.assert_array_equal(
            again.predict(X[:, 0], verbose=0), model.predict(X[:, 0], verbose=0)
        )


# ---- Discretization -----------------------------------------------------------------------------


def test_ranges_hold_their_lower_bound():
    layer = layers.Discretization([0.0, 1.0, 2.0])
    y = layer([[-0.5, 0.0, 1.0, 1.5, 9.0]])
    assert y.dtype == np.int32 and y.tolist() == [[0, 1, 2, 2, 3]]
    counted = layers.Discretization([0.0, 1.0], output_mode="count")([[-1, 5, 6]])
    assert counted.tolist() == [[1.0, 0.0, 2.0]]
    one = layers.Discretization([0.0], output_mode="one_hot")([[-1.0], [1.0]])
    assert one.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_ranges_are_learned_from_quantiles_and_copied():
    data = np.random.default_rng(0).exponential(size=1000)
    layer = layers.Discretization(num_bins=4)
    layer.adapt(data)
    np.testing.assert_allclose(layer.bin_boundaries, np.quantile(data, [0.25, 0.5, 0.75]), rtol=0.1)
    batched = layers.Discretization(num_bins=4)
    batched.adapt(data[i : i + 100] for i in range(0, 1000, 100))
    np.testing.assert_allclose(batched.bin_boundaries, layer.bin_boundaries, rtol=0.1)
    again = layers.Discretization.from_config(layer.get_config())
    assert again.bin_boundaries == layer.bin_boundaries and again.num_bins == 4
    assert again([0.1, 2.0]).tolist() == layer([0.1, 2.0]).tolist()
    some = layers.Discretization(num_bins=2)
    some.adapt(([v] for v in [0.0, 1.0, 99.0]), steps=2)
    assert max(some.bin_boundaries) <= 1


# ---- CategoryEncoding ---------------------------------------------------------------------------


def test_categories_as_vectors():
    encode = layers.CategoryEncoding
    assert encode(3)([[0, 2], [1, 1]]).tolist() == [[1, 0, 1], [0, 1, 0]]
    assert encode(3, "one_hot")([2, 0]).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert encode(3, "one_hot")([[2], [0]]).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert encode(3, "count")([[0, 0]], count_weights=[[0.5, 2.0]]).tolist() == [[2.5, 0, 0]]
    assert encode(2, "binary").output_mode == "multi_hot"


# ---- hashes -------------------------------------------------------------------------------------

PRINTS = {  # published with FarmHash's ports and BigQuery's FARM_FINGERPRINT
    b"test": 8581389452482819506,
    b"1footrue": -1541654101129638711,
    b"test" * 8: -4196240717365766262,
    b"test" * 64: 3500507768004279527,
}


@pytest.mark.parametrize("data", PRINTS)
def test_fingerprints_are_farmhashs(data):
    assert signed(fingerprint(data)) == PRINTS[data]


def test_siphash_is_the_papers():
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    assert siphash(b"", key) == 0x726FDB47DD0E0E31
    assert siphash(bytes(range(15)), key) == 0xA129CA6149BE45E5


@given(st.lists(st.text(max_size=80), max_size=20), st.integers(1, 9))
def test_buckets_depend_on_the_text_alone(words, count):
    found = buckets(words, count).tolist()
    assert found == [int(buckets([w], count)[0]) for w in words]
    assert all(0 <= b < count for b in found)


HASHED = {  # as Keras with TensorFlow gives
    "plain": ({}, LETTERS, [1, 0, 1, 1, 2]),
    "salt": ({"salt": [133, 137]}, LETTERS, [1, 2, 1, 0, 2]),
    "one salt": ({"salt": 133}, LETTERS, [0, 0, 2, 1, 0]),
    "mask": ({"mask_value": ""}, [["A"], ["B"], [""], ["C"], ["D"]], [1, 1, 0, 2, 2]),
    "numbers": ({}, np.arange(5).reshape(5, 1), [1, 0, 1, 0, 2]),
    "salted numbers": ({"salt": [133, 137]}, np.arange(5).reshape(5, 1), [1, 1, 2, 0, 1]),
}


@pytest.mark.parametrize("options, inputs, expected", HASHED.values(), ids=HASHED)
def test_hashing_has_kerass_buckets(options, inputs, expected):
    layer = layers.Hashing(3, **options)
    y = layer(inputs)
    assert y.dtype == np.int64 and y.tolist() == [[v] for v in expected]
    again = layers.Hashing.from_config(layer.get_config())
    assert again.get_config() == layer.get_config() and again(inputs).tolist() == y.tolist()
    ones = layers.Hashing(3, output_mode="one_hot", **options)(inputs)
    assert ones.tolist() == np.eye(3)[expected].tolist() and ones.dtype == np.float32


def test_crossing_has_kerass_buckets():
    a, b = ["A", "B", "A", "B", "A"], np.array([101, 101, 101, 102, 102])
    assert layers.HashedCrossing(5)((a, b)).tolist() == [1, 4, 1, 1, 3]
    y = layers.HashedCrossing(5, output_mode="one_hot")((np.array(a)[:, None], b[:, None]))
    assert y.tolist() == np.eye(5)[[1, 4, 1, 1, 3]].tolist()


def test_layers_of_text_say_that_they_cannot_be_recorded():
    layer = layers.Hashing(3)
    with pytest.raises(TypeError, match="looks at values on the host"):
        record(lambda x: layer(x) * 1, [nn.ops.convert_to_tensor([1, 2])])
    model = nn.Sequential([nn.Input((1,), dtype="int64"), layer, layers.CategoryEncoding(3)])
    model.compile(run_eagerly=True)
    assert model.predict(np.arange(3)[:, None], verbose=0).argmax(1).tolist() == [1, 0, 1]


BAD = {
    "mean alone": (lambda: layers.Normalization(mean=0.5), ValueError, "both `mean` and `varia"),
    "mean's rank": (lambda: layers.Normalization(mean=[[1.0]], variance=[[1.0]]), ValueError, "ra"),
    "axis": (lambda: layers.Normalization(axis=3).build((2, 2)), ValueError, "must be in the ra"),
    "unknown": (lambda: layers.Normalization(axis=1).build((None, None)), ValueError, "to be kept"),
    "empty": (lambda: layers.Normalization().adapt(iter(())), ValueError, "empty iterable"),
    "told": (lambda: layers.Normalization(mean=0.0, variance=1.0).adapt(X), ValueError, "told its"),
    "mean's shape": (
        lambda: layers.Normalization(mean=[1.0, 2.0], variance=[1.0, 1.0])(X), ShapeError, "goes"),
    "shape": (lambda: layers.Normalization().adapt([X, X[..., :2]]), ValueError, "incompatible sh"),
    "both": (lambda: layers.Discretization([1.0], num_bins=2), ValueError, "should not be set"),
    "neither": (lambda: layers.Discretization(), ValueError, "need to set either"),
    "order": (lambda: layers.Discretization([1.0, 0.0]), ValueError, "increasing order"),
    "not adapted": (lambda: layers.Discretization(num_bins=2)([1.0]), ValueError, "adapt"),
    "bounds told": (lambda: layers.Discretization([1.0]).adapt([1.0]), ValueError, "num_bins"),
    "NaN": (lambda: layers.Discretization(num_bins=2).adapt([np.nan]), ValueError, "received NaN"),
    "no size": (lambda: layers.CategoryEncoding(), ValueError, "num_tokens must be set"),
    "no tokens": (lambda: layers.CategoryEncoding(0), ValueError, "must be >= 1"),
    "mode": (lambda: layers.CategoryEncoding(3, "all"), ValueError, "Unknown arg for output_mode"),
    "too large": (lambda: layers.CategoryEncoding(3)([3]), ValueError, "0 <= values < num_tokens"),
    "negative": (lambda: layers.CategoryEncoding(3)([-1]), ValueError, "0 <= values"),
    "weights": (lambda: layers.CategoryEncoding(3)([1], [2.0]), ValueError, "not used when"),
    "sparse": (lambda: layers.CategoryEncoding(3, sparse=True), ValueError, "sparse=True"),
    "no bins": (lambda: layers.Hashing(0), ValueError, "non-positive"),
    "salt": (lambda: layers.Hashing(3, salt="a"), ValueError, "2 integers"),
    "float": (lambda: layers.Hashing(3, dtype="float32"), ValueError, "integer type"),
    "ragged": (lambda: layers.Hashing(3)([["a"], ["b", "c"]]), TypeError, "different lengths"),
    "one feature": (lambda: layers.HashedCrossing(3)([["a"]]), ValueError, "at least two"),
    "lengths": (lambda: layers.HashedCrossing(3)((["a"], ["b", "c"])), ValueError, "equal shape"),
    "numbers": (lambda: layers.HashedCrossing(3)(([0.5], [1])), ValueError, "integer or string"),
}  # fmt: skip


@pytest.mark.parametrize("call, error, message", BAD.values(), ids=BAD)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_text_is_made_of_numbers_behind_a_model() -> None:
    layer = layers.StringLookup(vocabulary=["a", "b"], invert=True)
    assert layer(np.array([1, 2, 0])).tolist() == ["a", "b", "[UNK]"]
    with pytest.raises(DTypeError, match=r"received a symbol.*on what the model predicts"):
        layer(nn.Input((3,), dtype="int64"))
