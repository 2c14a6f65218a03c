"""Models that take text: what looks at it runs before the program; files, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.graph.record import record
from autograd_nn.nn import layers
from autograd_nn.nn.text import texts_of

TEXTS = np.array(["good movie", "bad film", "great good fun", "bad bad end"] * 4)
Y = np.array([1, 0, 1, 0] * 4)
N = len(TEXTS)
rng = np.random.default_rng(0)
TABLE = {
    "city": rng.choice(["Ulm", "Bonn", "Köln"], N),
    "size": rng.normal(size=(N, 2)),
    "kind": rng.integers(0, 9, N),
}


def words() -> layers.TextVectorization:
    layer = layers.TextVectorization(10, output_sequence_length=4)
    layer.adapt(TEXTS)
    return layer


def chain(*start, eager: bool = False) -> nn.Sequential:
    nn.set_random_seed(1)
    ends = [layers.Embedding(10, 3), layers.Flatten(), nn.Dense(1, activation="sigmoid")]
    model = nn.Sequential([*start, *ends])
    model.compile("sgd", "binary_crossentropy", run_eagerly=eager)
    return model


def wide(eager: bool = False) -> nn.Model:
    """Text, numbers and whole numbers; one looks up, one hashes, one does both."""
    nn.set_random_seed(1)
    city = nn.Input((1,), dtype="string", name="city")
    size = nn.Input((2,), name="size")
    kind = nn.Input((1,), dtype="int32", name="kind")
    names = layers.StringLookup(vocabulary=["Ulm", "Bonn"])
    index = names(city)
    parts = [
        layers.CategoryEncoding(3)(index), size,
        layers.Hashing(5, output_mode="one_hot")(kind),
        layers.HashedCrossing(7, output_mode="one_hot")([index, kind]),
    ]  # fmt: skip
    inputs = {"city": city, "size": size, "kind": kind}
    model = nn.Model(inputs, nn.Dense(2, activation="softmax")(layers.Concatenate()(parts)))
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=eager)
    return model


STARTS = {
    "a shape of one": lambda: (nn.Input((1,), dtype="string"), words()),
    "no axis": lambda: (nn.Input((), dtype="string"), words()),
    "no input": lambda: (words(),),
}


@pytest.mark.parametrize("start", STARTS)
def test_a_chain_trains_on_text_as_on_its_indices(start, tmp_path):
    model, plain = chain(*STARTS[start]()), chain(eager=True)
    model(TEXTS[:1])
    plain.build((None, 4))
    plain.set_weights(model.get_weights())
    found = model.fit(TEXTS, Y, epochs=2, shuffle=False, verbose=0).history["loss"]
    indices = words()(TEXTS).numpy()
    wanted = plain.fit(indices, Y, epochs=2, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    few = plain.predict(indices[:3], verbose=0)
    forms = (TEXTS[:3], TEXTS[:3].tolist(), TEXTS[:3, None], TEXTS[:3].astype(object),
             np.char.encode(TEXTS[:3]), pd.Series(TEXTS[:3]))  # fmt: skip
    for x in forms:
        np.testing.assert_allclose(model.predict(x, verbose=0), few, rtol=1e-6)
    np.testing.assert_allclose(model(TEXTS[:3].tolist()).numpy(), few, rtol=1e-6)
    for name in ("m.agnn", "m.keras"):
        model.save(tmp_path / name)
        again = nn.models.load_model(tmp_path / name)
        np.testing.assert_allclose(again.predict(TEXTS[:3], verbose=0), few, rtol=1e-6)


def test_columns_of_every_kind_are_one_program(tmp_path):
    model, labels = wide(), np.where(Y > 0, "yes", "no")
    told = {"epochs": 3, "batch_size": 1, "shuffle": False, "verbose": 0}
    found = model.fit(TABLE, labels, **told).history["loss"]
    wanted = wide(True).fit(TABLE, Y, **told).history["loss"]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    few = {k: v[:5] for k, v in TABLE.items()}
    p = model.predict(few, verbose=0)
    np.testing.assert_allclose(model(few).numpy(), p, rtol=1e-6)
    with pytest.raises(ValueError, match="as a list"):
        model.predict(list(few.values()), verbose=0)
    batches = [({k: v[i : i + 4] for k, v in TABLE.items()}, Y[i : i + 4]) for i in (0, 4)]
    assert np.isfinite(model.evaluate(iter(batches), verbose=0))
    for name in ("m.agnn", "m.keras"):
        model.save(tmp_path / name)
        again = nn.models.load_model(tmp_path / name)
        assert again.class_names == ["no", "yes"]
        np.testing.assert_array_equal(again.predict(few, verbose=0), p)
    inner = nn.Model(model.inputs, model(model.inputs))  # the whole within another
    np.testing.assert_allclose(inner.predict(few, verbose=0), p, rtol=1e-6)


def test_a_tables_columns_go_by_name(tmp_path):
    frame = pd.DataFrame({"kind": TABLE["kind"], "more": Y, "city": TABLE["city"]})
    city, kind = nn.Input((1,), dtype="string", name="city"), nn.Input((1,), name="kind")
    lookup = layers.StringLookup(vocabulary=["Ulm"], output_mode="one_hot")
    model = nn.Model([city, kind], nn.Dense(1)(layers.Concatenate()([lookup(city), kind])))
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(frame, Y, verbose=0)
    p = model.predict({"city": frame["city"], "kind": frame["kind"]}, verbose=0)
    model.save(tmp_path / "m.agnn")
    again = nn.models.load_model(tmp_path / "m.agnn")
    assert again.feature_names == ["kind", "more", "city"]
    np.testing.assert_array_equal(again.predict(frame[["city", "kind"]], verbose=0), p)
    with pytest.raises(ValueError, match="'city'"):
        again.predict(frame[["kind"]], verbose=0)


@pytest.mark.parametrize("name", ["m.agnn", "m.keras"])
def test_files_keep_the_names_of_classes_and_columns(name, tmp_path):
    frame = pd.DataFrame({"a": np.arange(8.0), "b": np.ones(8)})
    model = nn.Sequential([nn.Dense(1, activation="sigmoid", input_dim=2)])
    model.compile("sgd", "binary_crossentropy", run_eagerly=True, check=False)
    model.fit(frame, ["no", "yes"] * 4, verbose=0)
    model.save(tmp_path / name)
    again = nn.models.load_model(tmp_path / name)
    assert (again.class_names, again.feature_names) == (["no", "yes"], ["a", "b"])
    assert np.isfinite(again.evaluate(frame, ["no", "yes"] * 4, verbose=0))
    with pytest.raises(ValueError, match=r"Pass x\[model.feature_names\]"):
        again.predict(frame[["b", "a"]], verbose=0)


def test_what_is_trained_before_it_is_looked_at_says_so():
    x = nn.Input((2,))
    model = nn.Model(x, nn.Dense(1)(layers.Hashing(3, output_mode="one_hot")(nn.Dense(1)(x))))
    with pytest.raises(TypeError, match="behind nothing that is trained"):
        record(model, [nn.ops.ones((4, 2))])


CALLS = {
    "one text": ("good movie", DTypeError, r"\[\.\.\.\]"),
    "none": ([], (ValueError, DTypeError), "empty|expected"),
    "rows of several": (TEXTS.reshape(-1, 2), ShapeError, "expected"),
    "uneven rows": ([["a", "b"], ["c"]], DTypeError, "one length"),
    "a number": (3.0, DTypeError, "expected an array"),
    "nothing": (None, (ValueError, DTypeError), "expected"),
}


@pytest.mark.parametrize("case", CALLS)
def test_what_is_no_text(case):
    x, error, words_in_it = CALLS[case]
    model = chain(nn.Input((1,), dtype="string"), words(), eager=True)
    with pytest.raises(error, match=words_in_it):
        model.predict(x, verbose=0)


def test_text_of_every_container():
    cells = ["a", None, b"c", 3.0, float("nan"), 7, 2.5]
    assert texts_of(cells, "x").tolist() == ["a", "", "c", "3", "", "7", "2.5"]
    assert texts_of(pd.Series(["u", None], dtype="category"), "x").tolist() == ["u", ""]
    assert texts_of(np.array([[1, 2]]), "x").tolist() == [["1", "2"]]
