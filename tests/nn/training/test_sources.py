"""Data read a part at a time: sparse matrices, files larger than memory, arrays in files."""

from __future__ import annotations

import tracemalloc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.engine.ops.sparse import Sparse
from autograd_nn.nn.training import sources

N, D = 90, 40
DENSE = sp.random(N, D, 0.1, format="csr", rng=np.random.default_rng(1), dtype=np.float32).toarray()
DENSE[7] = 0  # a row without an entry
Y = (DENSE.sum(axis=1) > 2).astype(np.int64)
FORMATS = {
    "csr": sp.csr_matrix, "csc": sp.csc_matrix, "coo": sp.coo_matrix, "lil": sp.lil_matrix,
    "csr_array": sp.csr_array, "coo_array": sp.coo_array,
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small data are read as large ones are, three batches or so at a time."""
    monkeypatch.setattr(sources, "LARGE", 0)
    monkeypatch.setattr("autograd_nn.nn.training.samples.PART", 3 * 16 * D * 4)


def classifier(width: int = D) -> nn.Sequential:
    nn.set_random_seed(1)
    model = nn.Sequential(
        [nn.Input((width,)), nn.Dense(8, activation="relu"), nn.Dense(1, activation="sigmoid")]
    )
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["acc"])
    return model


def results(model: Any, x: Any, y: Any = Y, **options: Any) -> list[np.ndarray]:
    """All that training, evaluation and prediction give."""
    history = model.fit(x, y, batch_size=16, epochs=2, verbose=0, **options).history
    found = [history[k] for k in sorted(history)]
    found += [model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)]
    return [np.asarray(f) for f in found]


def same(found: list[np.ndarray], wanted: list[np.ndarray]) -> None:
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_sparse_matrix_trains_as_the_array_does(kind: str) -> None:
    options = {"validation_split": 0.3, "class_weight": {0: 1.0, 1: 3.0}}
    wanted = results(classifier(), DENSE, **options)
    same(results(classifier(), FORMATS[kind](DENSE), **options), wanted)


def test_no_batch_of_a_sparse_matrix_is_made_dense() -> None:
    wide = 1 << 22  # a batch with its zeros would take 512 MB, the weights take 128
    x = sp.csr_matrix((np.ones(64, "f4"), (np.arange(64), np.arange(64) * 1000)), (64, wide))
    model = classifier(wide)
    model.layers[0].trainable = False  # whose gradient is as wide
    model.compile(loss="binary_crossentropy", optimizer="sgd", run_eagerly=True)
    tracemalloc.start()
    model.fit(x, np.ones(64), verbose=0)
    model.evaluate(x, np.ones(64), verbose=0)
    model.predict(x, verbose=0)
    assert tracemalloc.get_traced_memory()[1] < 1 << 28
    tracemalloc.stop()


def test_other_layers_see_a_batch_with_its_zeros() -> None:
    def mixed() -> nn.Model:
        nn.set_random_seed(2)
        a, b = nn.Input((D,), sparse=True, name="a"), nn.Input((2,), name="b")
        h = nn.layers.Concatenate()([nn.layers.Rescaling(2.0)(a), nn.Dense(3)(a), b])
        model = nn.Model([a, b], nn.Dense(1)(h))
        model.compile(loss="mse", optimizer="sgd")
        return model

    b = np.random.default_rng(0).normal(size=(N, 2)).astype("f4")
    wanted = results(mixed(), [DENSE, b])
    same(results(mixed(), [sp.csr_matrix(DENSE), b]), wanted)
    same(results(mixed(), {"b": b, "a": sp.coo_matrix(DENSE)}), wanted)


@pytest.mark.parametrize("takes", [True, False])
def test_a_model_of_ones_own_says_whether_it_takes_sparse_batches(takes: bool) -> None:
    class Own(nn.Model):
        _takes_sparse = takes

        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Dense(1)

        def call(self, x: Any) -> Any:
            seen.append(isinstance(x, Sparse))
            return self.dense(x)

    seen: list[bool] = []
    model = Own()
    model.compile(loss="mse", optimizer="sgd", run_eagerly=True)
    model.fit(sp.csr_matrix(DENSE), Y, verbose=0)
    assert seen[-1] is takes


@pytest.mark.parametrize("form", ["one", "batches"])
def test_one_batch_may_be_sparse(form: str) -> None:
    x = sp.csr_matrix(DENSE)
    a, b = classifier(), classifier()
    if form == "one":
        assert np.allclose(a.train_on_batch(x[:9], Y[:9]), b.train_on_batch(DENSE[:9], Y[:9]))
        assert np.allclose(a.test_on_batch(x[:9], Y[:9]), b.test_on_batch(DENSE[:9], Y[:9]))
        assert np.allclose(a.predict_on_batch(x[:9]), b.predict_on_batch(DENSE[:9]))
    else:
        for model, source in ((a, x), (b, DENSE)):
            model.fit(((source[i : i + 30], Y[i : i + 30]) for i in range(0, N, 30)), verbose=0)
        assert np.allclose(a.predict(x, verbose=0), b.predict(DENSE, verbose=0), rtol=1e-4)


def test_sparse_targets_are_one_hot_rows() -> None:
    rows = np.eye(5)[np.arange(N) % 5]

    def model() -> nn.Sequential:
        nn.set_random_seed(1)
        made = nn.Sequential([nn.Input((D,)), nn.Dense(5, activation="softmax")])
        made.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["acc"])
        return made

    options = {"class_weight": dict(enumerate([1.0, 2, 3, 4, 5])), "validation_split": 0.2}
    wanted = results(model(), DENSE, rows, **options)
    same(results(model(), DENSE, sp.csr_matrix(rows), **options), wanted)
    options |= {"stratify": True}
    wanted = results(model(), DENSE, rows, **options)
    same(results(model(), sp.csr_matrix(DENSE), sp.csc_matrix(rows), **options), wanted)


class Zarr:
    """An array in a file, as far as anybody sees: it gives ascending rows, each once."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.dtype, self.chunks = array, array.shape, array.dtype, None

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, key: Any) -> np.ndarray:
        if isinstance(key, np.ndarray):
            assert (np.diff(key) > 0).all(), "such files give rows in ascending order"
        return self.array[key]


def mapped(array: np.ndarray, folder: Path, mode: Any = "r") -> np.memmap:
    path = folder / "x.bin"
    array.tofile(path)
    return np.memmap(path, array.dtype, mode, shape=array.shape)


def stored(array: np.ndarray, folder: Path) -> Any:
    h5py = pytest.importorskip("h5py")
    file = h5py.File(folder / "x.h5", "w")
    found = file.create_dataset("x", data=array, chunks=(7, *array.shape[1:]))
    weakref.finalize(found, file.close)
    return found


STORES = {
    "mapped": mapped, "mapped and changed": lambda a, f: mapped(a, f, "c"), "h5py": stored,
    "like zarr": lambda a, f: Zarr(a), "view": lambda a, f: mapped(np.repeat(a, 2, 0), f)[::2],
}  # fmt: skip


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "bool", ">f4"])
def test_an_array_in_a_file_trains_as_the_array_does(
    kind: str, dtype: str, tmp_path: Path
) -> None:
    x = (DENSE * 9).astype(dtype)
    store = STORES[kind](x, tmp_path)
    options = {"validation_split": 0.3, "class_weight": {0: 1.0, 1: 3.0}}
    same(results(classifier(), store, **options), results(classifier(), x, **options))


def test_targets_and_one_array_may_be_in_files(tmp_path: Path) -> None:
    file = mapped(DENSE, tmp_path)

    def model() -> nn.Sequential:
        nn.set_random_seed(1)
        made = nn.Sequential([nn.Input((D,)), nn.Dense(4), nn.Dense(D)])
        made.compile(loss="mse", optimizer="adam")
        return made

    same(results(model(), file, file), results(model(), DENSE, DENSE))
    same(results(model(), DENSE, Zarr(DENSE)), results(model(), DENSE, DENSE))


def test_a_changed_copy_of_a_mapped_file_keeps_its_changes(tmp_path: Path) -> None:
    file = mapped(DENSE, tmp_path, "c")
    file[:] = 1.0
    classifier().fit(file, Y, verbose=0)
    assert (file == 1.0).all()


def test_a_training_from_parts_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    x, path = sp.csr_matrix(DENSE), tmp_path / "run.safetensors"
    whole = classifier()
    whole.fit(x, Y, epochs=4, batch_size=16, verbose=0)
    saver = nn.callbacks.ModelCheckpoint(str(path), save_freq="epoch")
    classifier().fit(x, Y, epochs=2, batch_size=16, verbose=0, callbacks=[saver])
    again = classifier()
    again.fit(x, Y, epochs=4, batch_size=16, verbose=0, resume=str(path))
    np.testing.assert_array_equal(again.predict(DENSE, verbose=0), whole.predict(DENSE, verbose=0))


def test_a_number_that_is_not_finite_is_found_where_it_is_read(tmp_path: Path) -> None:
    x = DENSE.copy()
    x[70, 3] = np.nan
    for found in (mapped(x, tmp_path), Zarr(x), sp.csr_matrix(x)):
        with pytest.raises(ValueError, match="received nan in x"):
            classifier().fit(found, Y, verbose=0)


@pytest.mark.parametrize("make, error, text", [
    (lambda: sp.csr_matrix((N, D + 1)), ShapeError, "the model was built for"),
    (lambda: sp.csr_matrix((N - 1, D)), ShapeError, "different numbers of samples"),
    (lambda: sp.csr_matrix((0, D)), ValueError, "empty x"),
    (lambda: sp.csr_matrix(DENSE * 1j), DTypeError, "dtype complex"),
    (lambda: sp.coo_array(np.ones(N)), ShapeError, r"expected \(n, d\)"),
    (lambda: Zarr(np.ones((N, 3), "f4")), ShapeError, "the model was built for"),
    (lambda: Zarr(np.ones((N, D), "U1")), DTypeError, "expected real numbers"),
    (lambda: Zarr(np.ones((0, D))), ValueError, "empty x"),
])  # fmt: skip
def test_what_cannot_be_read_is_told_before_a_step(make: Any, error: type, text: str) -> None:
    model = classifier()
    before = model.get_weights()
    with pytest.raises(error, match=text):
        model.fit(make(), Y, verbose=0)
    assert all(map(np.array_equal, before, model.get_weights()))


def test_sparse_targets_out_of_range_are_refused() -> None:
    with pytest.raises(RangeError, match="numbers from 0 to 1"):
        classifier().fit(DENSE, sp.csr_matrix(Y[:, None] * 2), verbose=0)


def test_rows_that_a_sparse_batch_names_are_its_own() -> None:
    """Of a sparse matrix a step is given three arrays: a table's rows are found by no other."""
    from autograd_nn.engine.ops.sparse import Sparse
    from autograd_nn.nn.training.copies import Named

    places = np.zeros((4, 2), int)
    batch, y = Sparse(np.ones((4, 2)), places, places + 1, 8), np.arange(4)
    assert [*map(id, Named([batch, y]).arrays)] == [*map(id, (*batch.parts, y))]
    x = sp.random(600, 20_000, density=1e-3, format="csr", dtype=np.float32, random_state=0)
    model = nn.Sequential([nn.Input((20_000,)), nn.Dense(16), nn.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, np.zeros((600, 1)), epochs=4, batch_size=8, verbose=0)
    source = model.fit(x, np.zeros((600, 1)), batch_size=8, verbose=0).history["loss"]
    assert np.isfinite(source).all()


def test_what_a_system_brings_with_a_row_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pages:
        held, most = 0, 0

        def madvise(self, advice: int) -> None:
            self.held = 0

    class Rows:
        def take(self, rows: Any, axis: int, out: Any, mode: str) -> None:
            pages.held += len(rows) << 21  # as kernels do that keep files in large folios
            pages.most = max(pages.most, pages.held)
            np.take(whole, rows, axis, out, mode)

    whole = np.random.default_rng(0).normal(size=(5000, 4))
    pages = Pages()
    mapped = sources.Mapped(whole, pages)
    mapped.pages, mapped.array = pages, Rows()
    monkeypatch.setattr(sources, "_resident", lambda: pages.held)
    for _ in range(3):
        rows = np.random.default_rng(1).permutation(5000)[:300]
        np.testing.assert_array_equal(mapped.part(rows), whole[rows])
    assert 0 < pages.most <= 2 * sources.ROOM
