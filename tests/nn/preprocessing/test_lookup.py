"""Vocabularies: text and numbers by their place, learned or told, in files, within models."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_nn import nn
from autograd_nn.engine.graph.record import record
from autograd_nn.nn import layers
from autograd_nn.nn.layers import IntegerLookup, StringLookup, TextVectorization
from autograd_nn.nn.layers.preprocessing import words

VOCABULARY = ["a", "b", "c"]


def test_text_by_its_place():
    layer = StringLookup(vocabulary=VOCABULARY)
    y = layer([["b", "z"], ["c", "a"]])
    assert y.dtype == np.int64 and y.tolist() == [[2, 0], [3, 1]]
    assert layer(np.array([b"b"])).tolist() == layer(np.array(["b"], object)).tolist() == [2]
    assert layer.get_vocabulary() == ["[UNK]", *VOCABULARY] and layer.vocabulary_size() == 4
    masked = StringLookup(vocabulary=VOCABULARY, mask_token="")
    assert masked(["", "a", "?"]).tolist() == [0, 2, 1]
    assert StringLookup(vocabulary=["", "[UNK]", "a"], mask_token="").get_vocabulary(False) == ["a"]
    assert StringLookup(vocabulary=VOCABULARY, num_oov_indices=0)(["c"]).tolist() == [2]


MODES = {
    "one_hot": [[0, 1, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]],
    "multi_hot": [1, 1, 0, 0],
    "count": [1, 2, 0, 0],
    "tf_idf": [0.5, 0.4, 0, 0],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lookup, tokens, sample", [
    (StringLookup, VOCABULARY, ["a", "z", "a"]), (IntegerLookup, [4, 5, 6], [4, 9, 4])
])  # fmt: skip
def test_modes(mode, lookup, tokens, sample):
    weights = {"idf_weights": [0.2, 0.3, 1.0]} if mode == "tf_idf" else {}
    layer = lookup(vocabulary=tokens, output_mode=mode, **weights)
    np.testing.assert_allclose(layer(sample), MODES[mode], rtol=1e-6)
    assert layer(sample).dtype == np.float32
    if mode != "one_hot":
        padded = lookup(vocabulary=tokens, output_mode=mode, max_tokens=6, pad_to_max_tokens=True,
                        mask_token=tokens[0] * 2, **weights)  # fmt: skip
        masked = [*sample, tokens[0] * 2]  # which is left out
        np.testing.assert_allclose(padded([masked]), [[*MODES[mode], 0, 0]], rtol=1e-6)
        assert padded.compute_output_shape((None, 4)) == (None, 6)


def test_a_vocabulary_is_learned_by_counts():
    layer = StringLookup(max_tokens=4)
    layer.adapt(np.array(["x", "y", "z", "z", "w"]))
    assert layer.get_vocabulary() == ["[UNK]", "z", "y", "x"]
    layer.adapt(iter([["q"], ["q", "p"], ["never"]]), steps=2)  # anew
    assert layer.get_vocabulary(False) == ["q", "p"]
    numbers = IntegerLookup(output_mode="tf_idf")
    numbers.adapt([1, 1, 1, 2, 2, 3])
    np.testing.assert_allclose(numbers([1, 2, 4]), [1.133732, 0.916291, 1.098612, 0.0], rtol=1e-5)


@pytest.mark.parametrize("make, data", [
    (lambda: StringLookup(output_mode="tf_idf"), [["a", "b"], ["a", "a"]]),
    (lambda: StringLookup(num_oov_indices=3, mask_token="-"), [["a", "b"], ["c", "-"]]),
    (lambda: IntegerLookup(output_mode="count"), [[1, 2], [1, 1]]),
    (lambda: TextVectorization(ngrams=2, output_mode="tf_idf"), ["a b", "b b c"]),
    (lambda: TextVectorization(split="character", output_sequence_length=5), ["ab", "bbc"]),
])  # fmt: skip
def test_what_was_learned_is_in_the_configuration(make, data, tmp_path):
    layer = make()
    layer.adapt(data)
    again = nn.layers.deserialize(nn.layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    assert again.get_vocabulary() == layer.get_vocabulary()
    np.testing.assert_array_equal(again(data), layer(data))
    again.adapt(data[:1])  # learned vocabularies may be learned anew
    model = nn.Sequential([layer])
    for name in ("model.keras", "model.ann"):
        model.save(tmp_path / name)
        loaded = nn.models.load_model(tmp_path / name)
        np.testing.assert_array_equal(loaded.layers[0](data), layer(data))
    assert nn.models.clone_model(model).layers[0].get_vocabulary() == layer.get_vocabulary()


def test_a_vocabularys_file_is_read_once_and_never_for_a_configuration(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\nb\n")
    layer = StringLookup(vocabulary=str(path), mask_token="")
    path.unlink()
    assert layer.get_vocabulary() == ["", "[UNK]", "a", "b"]
    assert StringLookup.from_config(layer.get_config())(["b"]).tolist() == [3]
    for cls in (StringLookup, TextVectorization):
        with pytest.raises(ValueError, match="no file is read"):
            nn.layers.deserialize({"class_name": cls.__name__, "config": {"vocabulary": "/etc/x"}})
    with pytest.raises(ValueError, match="does not exist"):
        StringLookup(vocabulary=str(path))


KINDS = [
    (StringLookup, {}), (StringLookup, {"mask_token": "", "num_oov_indices": 3}),
    (StringLookup, {"output_mode": "multi_hot"}), (TextVectorization, {}), (IntegerLookup, {}),
    (IntegerLookup, {"mask_token": 0, "num_oov_indices": 2}),
]  # fmt: skip


@pytest.mark.parametrize("cls, options", KINDS)
def test_a_large_vocabulary_is_packed(cls, options, tmp_path, monkeypatch):
    path = tmp_path / "tokens.txt"
    tokens = [str(7 * i % 1009 + 1) for i in range(1009)]
    path.write_text("\n".join(tokens) + "\n")
    options = options | {"name": "a"}
    plain = cls(vocabulary=str(path), **options)
    monkeypatch.setattr(words, "MANY", 100)
    monkeypatch.setattr(words, "PIECE", 64)
    layer = cls(vocabulary=str(path), **options)
    held = getattr(layer, "lookup", layer)
    assert isinstance(held.tokens, words.Words | words.Numbers)
    data = np.array(["5", "1009", "2000", "3", "1", "0"])
    data = data.astype("int64") if cls is IntegerLookup else data
    for other in (layer, pickle.loads(pickle.dumps(layer)), cls.from_config(layer.get_config())):
        np.testing.assert_array_equal(other(data), plain(data))
        assert other.get_vocabulary() == plain.get_vocabulary()
        assert other.vocabulary_size() == plain.vocabulary_size()
    assert layer.get_config() == plain.get_config()
    front = plain.get_vocabulary()[: plain.vocabulary_size() - 1009]
    if "num_oov_indices" not in options:  # what stands in front may stand in the file
        path.write_text("\n".join(map(str, [*front, *tokens])))
        again = cls(vocabulary=str(path), **options)
        np.testing.assert_array_equal(again(data), plain(data))
        assert again.get_vocabulary() == plain.get_vocabulary()
    path.write_text("\n".join([*tokens, "1"]))
    with pytest.raises(ValueError, match=r"repeated terms are: \['?1'?\].*tokens\.txt"):
        cls(vocabulary=str(path), **options)
    if options.get("mask_token") == 0:
        path.write_text("\n".join([*tokens, "0"]))
        with pytest.raises(ValueError, match="reserved mask token.*index 1009"):
            cls(vocabulary=str(path), **options)


def test_words_are_found_whatever_their_hashes(monkeypatch):
    monkeypatch.setattr(words, "_marks", lambda texts: np.zeros(len(texts), np.uint64))
    tokens = ["a", "é", "😀", "", "b" * 300]
    held = words.Words(tokens)
    assert held.find(np.array([*tokens[::-1], "c"])).tolist() == [4, 3, 2, 1, 0, -1]
    assert not held.repeated() and words.Words([*tokens, "é", "é"]).repeated() == ["é"]
    assert held[-1] == tokens[-1] and held[1:3] == tokens[1:3] and [*held[2:]] == tokens[2:]
    assert "é" in held and "c" not in held and held.index("😀") == 2
    assert len(held[2:]) == 3 and held[2:][0] == "😀" and "a" not in held[2:]
    with pytest.raises(IndexError):
        held[5]


@pytest.mark.parametrize("text", ["a\r\nb\rc\n\nd", "a\x0bb\u2028c\x85", "a", "", "é\n" + "b" * 99])
def test_lines_are_those_of_text(text, tmp_path, monkeypatch):
    monkeypatch.setattr(words, "PIECE", 3)
    path = tmp_path / "a.txt"
    path.write_text(text, "utf-8", newline="")
    assert [*words.read(str(path))] == text.splitlines()
    assert [*words.read(str(path), 2)] == text.splitlines()[:2]


def test_the_way_back():
    there, back = StringLookup(vocabulary=VOCABULARY), StringLookup(
        vocabulary=VOCABULARY, invert=True)  # fmt: skip
    words = np.array([["c", "a"], ["q", "b"]])
    assert back(there(words)).tolist() == [["c", "a"], ["[UNK]", "b"]]
    assert back([99, -3]).tolist() == ["[UNK]", "[UNK]"]
    numbers = IntegerLookup(vocabulary=[7, 9], invert=True)
    assert numbers([[2, 1, 0, 50]]).tolist() == [[9, 7, -1, -1]]


def test_unknown_values_share_places():
    assert IntegerLookup(vocabulary=[100], num_oov_indices=3)([4, 5, 100, -1]).tolist() == [
        1, 2, 3, 2]  # fmt: skip
    words = ["x", "y", "z", "w", "v", "u"]
    plain, salted = (StringLookup(vocabulary=VOCABULARY, num_oov_indices=4, salt=s)(words)
                     for s in (None, [137, 42]))  # fmt: skip
    assert set(plain.tolist()) <= set(range(4)) and plain.tolist() != salted.tolist()
    hashed = IntegerLookup(vocabulary=[1], num_oov_indices=4, oov_method="farmhash")
    text = layers.Hashing(4)(["2", "4", "6"])
    assert hashed([2, 4, 6]).tolist() == text.tolist()


@given(st.lists(st.integers(-50, 50), min_size=1, unique=True), st.integers(0, 3),
       st.lists(st.integers(-60, 60), min_size=1, max_size=9), st.booleans())  # fmt: skip
def test_numbers_are_found_by_ops_as_on_the_host(tokens, oov, values, masked):
    mask = 77 if masked else None
    layer = IntegerLookup(vocabulary=tokens, num_oov_indices=oov, mask_token=mask)
    values = [v for v in values if oov or v in tokens] + [tokens[0]]
    values += [77] if masked else []
    x = nn.ops.convert_to_tensor(values)
    found = record(lambda v: layer.find(v), [x])[0]
    assert found.tolist() == layer(values).tolist()
    assert [layer.get_vocabulary()[i] for v, i in zip(values, layer(values).tolist(), strict=True)
            if v in tokens] == [v for v in values if v in tokens]  # fmt: skip


def test_numbers_are_looked_up_within_a_model():
    layer = IntegerLookup(vocabulary=[10, 20, 30])
    model = nn.Sequential([nn.Input((2,), dtype="int64"), layer, nn.layers.Embedding(4, 2),
                           nn.layers.Flatten(), nn.Dense(1)])  # fmt: skip
    model.compile("adam", "mse")
    X = np.array([[10, 20], [30, 5], [20, 20], [7, 10]])
    first = model.predict(X, verbose=0)
    np.testing.assert_allclose(first, model.predict(X + 0, verbose=0))
    model.fit(X, np.arange(4.0), epochs=2, verbose=0)
    assert model.predict(X[::-1].copy(), verbose=0)[::-1] == pytest.approx(
        model.predict(X, verbose=0))  # fmt: skip


# ---- texts --------------------------------------------------------------------------------------


def test_texts_are_cleaned_split_and_filled_up():
    layer = TextVectorization(vocabulary=["earth", "wind", "and", "fire"])
    assert layer.get_vocabulary()[:3] == ["", "[UNK]", "earth"]
    y = layer([["Earth, Wind & fire!"], ["and water"]])
    assert y.dtype == np.int64 and y.tolist() == [[2, 3, 5], [4, 1, 0]]
    short = TextVectorization(vocabulary=["a", "b"], output_sequence_length=2)
    assert short(["a b b", "b"]).tolist() == [[2, 3], [3, 0]]
    assert short.compute_output_shape((None, 1)) == (None, 2)
    kept = TextVectorization(standardize=None, split="character", vocabulary=["A", "!"])
    assert kept(["A!", "a"]).tolist() == [[2, 3], [1, 0]]
    own = TextVectorization(standardize=np.char.upper, split=lambda t: [s.split("-") for s in t],
                            vocabulary=["A", "B"])  # fmt: skip
    assert own(["a-b", "B"]).tolist() == [[2, 3], [3, 0]]
    whole = TextVectorization(split=None, vocabulary=["to be", "or"])
    assert whole([["To be!", "or"]]).tolist() == [[2, 3]]


def test_runs_of_tokens():
    layer = TextVectorization(ngrams=2)
    assert layer.rows(["a b c", "d"]) == [["a", "b", "c", "a b", "b c"], ["d"]]
    assert TextVectorization(ngrams=(3,)).rows(["a b c d"]) == [["a b c", "b c d"]]


def test_texts_as_vectors():
    layer = TextVectorization(output_mode="count", max_tokens=5, pad_to_max_tokens=True)
    layer.adapt(["b b a", "c b"])
    assert layer.get_vocabulary() == ["[UNK]", "b", "c", "a"]
    assert layer(["b z b", ""]).tolist() == [[1, 2, 0, 0, 0], [0, 0, 0, 0, 0]]
    batched = TextVectorization()
    batched.adapt(iter([["x y"], ["y"]]))
    assert batched.get_vocabulary() == ["", "[UNK]", "y", "x"]


BAD = {
    "too small": (lambda: StringLookup(max_tokens=1), "must be greater than 1"),
    "no size": (lambda: StringLookup(pad_to_max_tokens=True), "must set `max_tokens`"),
    "negative": (lambda: StringLookup(num_oov_indices=-1), "greater than or equal to 0"),
    "mode": (lambda: StringLookup(output_mode="all"), "Unknown arg for output_mode"),
    "invert": (lambda: StringLookup(invert=True, output_mode="count"), "when `invert` is true"),
    "idf": (lambda: StringLookup(vocabulary=["a"], idf_weights=[1.0]), "should only be set"),
    "no idf": (lambda: StringLookup(vocabulary=["a"], output_mode="tf_idf"), "must also be pro"),
    "lengths": (lambda: StringLookup(vocabulary=["a"], idf_weights=[1.0, 2.0],
                                     output_mode="tf_idf"), "same length"),
    "repeated": (lambda: StringLookup(vocabulary=["a", "a"]), "repeated term"),
    "mask": (lambda: StringLookup(vocabulary=["a", ""], mask_token=""), "mask token at unexpected"),
    "oov": (lambda: StringLookup(vocabulary=["a", "[UNK]"], invert=True), "OOV token at unexp"),
    "too many": (lambda: StringLookup(2, vocabulary=["a", "b"]), "larger than the maximum"),
    "empty": (lambda: StringLookup(vocabulary=[]), "empty vocabulary"),
    "unknown": (lambda: StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]), r"\['b'\]"),
    "told": (lambda: StringLookup(vocabulary=["a"]).adapt(["b"]), "Cannot adapt layer"),
    "texts told": (lambda: TextVectorization(vocabulary=["a"]).adapt(["b"]), "Cannot adapt"),
    "salt": (lambda: IntegerLookup(salt=3), "farmhash"),
    "method": (lambda: IntegerLookup(oov_method="md5"), "oov_method"),
    "dtype": (lambda: IntegerLookup(vocabulary_dtype="int8"), "Only `vocabulary_dtype"),
    "ngrams": (lambda: TextVectorization(ngrams="2"), "`ngrams` must be"),
    "standardize": (lambda: TextVectorization(standardize="up"), "`standardize` argument"),
    "split": (lambda: TextVectorization(split="comma"), "`split` argument"),
    "length": (lambda: TextVectorization(output_mode="count", output_sequence_length=3), "must n"),
    "ragged": (lambda: TextVectorization(ragged=True), "ragged=True"),
    "rank": (lambda: TextVectorization()([["a", "b"]]), "input rank must be 1"),
}  # fmt: skip


@pytest.mark.parametrize("call, message", BAD.values(), ids=BAD)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_numbers_that_are_not_whole_are_refused():
    with pytest.raises(TypeError, match="whole numbers"):
        IntegerLookup(vocabulary=[1])([0.5])


@pytest.mark.parametrize("mode", ["multi_hot", "count", "tf_idf"])
def test_a_text_without_words_is_nothing(mode):
    layer = layers.TextVectorization(output_mode=mode)
    layer.adapt(["a b", "b"])
    assert layer(["", "!"]).tolist() == [[0.0] * 3] * 2
