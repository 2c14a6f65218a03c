"""Texts and sequences before they are arrays: small results known by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_nn.nn.preprocessing import sequence, text

TEXTS = ["The cat sat on the mat.", "The dog sat; the CAT did not!"]


@pytest.fixture
def fitted():
    tokenizer = text.Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    return tokenizer


def test_words_are_numbered_by_how_common_they_are(fitted):
    words = ["the", "cat", "sat", "on", "mat", "dog", "did", "not"]
    assert fitted.word_index == {word: i for i, word in enumerate(words, 1)}
    assert fitted.index_word[2] == "cat" and fitted.document_count == 2
    assert fitted.word_counts["the"] == 4 and fitted.word_docs["the"] == 2
    assert fitted.index_docs[4] == 1
    assert fitted.texts_to_sequences(["a dog on the mat"]) == [[6, 4, 1, 5]]
    assert fitted.sequences_to_texts([[6, 99, 3]]) == ["dog sat"]


def test_num_words_and_the_word_for_others():
    tokenizer = text.Tokenizer(num_words=3, oov_token="<oov>")
    tokenizer.fit_on_texts(TEXTS)
    assert tokenizer.word_index["<oov>"] == 1 and tokenizer.word_index["the"] == 2
    assert tokenizer.texts_to_sequences(["the cat", "bird"]) == [[2, 1], [1]]
    assert tokenizer.sequences_to_texts([[2, 3, 99]]) == ["the <oov> <oov>"]
    plain = text.Tokenizer(num_words=3)
    plain.fit_on_texts(TEXTS)
    assert plain.texts_to_sequences(["the cat sat"]) == [[1, 2]]


MATRICES = {
    "binary": [0, 1, 1, 0],
    "count": [0, 2, 1, 0],
    "freq": [0, 2 / 3, 1 / 3, 0],
    "tfidf": [0, (1 + np.log(2)) * np.log(1 + 2 / 3), np.log(1 + 2 / 2), 0],
}


@pytest.mark.parametrize("mode", MATRICES)
def test_matrices(mode):
    tokenizer = text.Tokenizer()
    tokenizer.fit_on_texts(["a a b", "a c"])
    np.testing.assert_allclose(tokenizer.texts_to_matrix(["a b a"], mode), [MATRICES[mode]])


def test_sequences_alone_have_frequencies():
    tokenizer = text.Tokenizer(num_words=4)
    tokenizer.fit_on_sequences([[1, 1, 2], [1, 3]])
    assert tokenizer.document_count == 2 and tokenizer.index_docs[1] == 2
    found = tokenizer.sequences_to_matrix([[1, 1, 2, 9]], mode="count")
    assert found.tolist() == [[0, 2, 1, 0]]


def test_characters_lists_and_analyzers():
    tokenizer = text.Tokenizer(char_level=True)
    tokenizer.fit_on_texts(["abA"])
    assert tokenizer.word_index == {"a": 1, "b": 2}
    tokenizer = text.Tokenizer(lower=False)
    tokenizer.fit_on_texts([["New York", "York"], ["York"]])
    assert tokenizer.texts_to_sequences([["York", "New York"]]) == [[1, 2]]
    tokenizer = text.Tokenizer(analyzer=lambda t: t.split("-"))
    tokenizer.fit_on_texts(["x y-z", "z"])
    assert tokenizer.word_index == {"z": 1, "x y": 2}


def test_json_holds_all(fitted):
    config = json.loads(fitted.to_json())
    assert config["class_name"] == "Tokenizer"
    assert json.loads(config["config"]["word_counts"])["cat"] == 2  # texts within, as Keras 2 wrote
    again = text.tokenizer_from_json(fitted.to_json())
    assert again.get_config() == fitted.get_config()
    for mode in MATRICES:
        np.testing.assert_array_equal(
            again.texts_to_matrix(TEXTS, mode), fitted.texts_to_matrix(TEXTS, mode)
        )
    again.fit_on_texts(["a new one"])
    assert again.document_count == 3 and again.word_docs["new"] == 1


def test_hashing():
    numbers = text.hashing_trick("To be, or not to be", 100, hash_function="md5")
    assert numbers == [5, 66, 50, 12, 5, 66]
    assert text.hashing_trick("a b", 10, hash_function=len) == [2, 2]
    assert text.one_hot("a", 10) == [hash("a") % 9 + 1]
    assert text.text_to_word_sequence("A-B c", filters="-", lower=False) == ["A", "B", "c"]


BAD = {
    "no text": (lambda: text.Tokenizer().fit_on_texts([3]), TypeError, "expected a str"),
    "mode": (lambda: text.Tokenizer(3).sequences_to_matrix([[1]], "tf"), ValueError, "mode"),
    "nothing fitted": (lambda: text.Tokenizer().sequences_to_matrix([[1]]), ValueError, "dimensi"),
    "tfidf": (lambda: text.Tokenizer(3).sequences_to_matrix([[1]], "tfidf"), ValueError, "Fit"),
    "argument": (lambda: text.Tokenizer(num_word=3), TypeError, "Did you mean 'num_words'"),
    "hash": (lambda: text.hashing_trick("a", 5, "sha"), ValueError, "expected 'md5'"),
    "no room": (lambda: text.one_hot("a", 1), ValueError, "at least 2"),
    "lengths": (lambda: sequence.TimeseriesGenerator([1, 2], [1], 1), ValueError, "same length"),
    "no window": (lambda: sequence.TimeseriesGenerator([1], [1], 2), ValueError, "disallowed"),
}


@pytest.mark.parametrize("call, error, message", BAD.values(), ids=BAD)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_old_name_warns():
    with pytest.warns(DeprecationWarning, match="num_words="):
        assert text.Tokenizer(nb_words=5).num_words == 5


# ---- sequences ----------------------------------------------------------------------------------


def test_windows_of_a_series():
    data = np.arange(20).reshape(10, 2)
    made = sequence.TimeseriesGenerator(
        data, np.arange(10), length=4, sampling_rate=2, stride=2, batch_size=2, reverse=True
    )
    assert len(made) == 2
    x, y = made[0]
    assert y.tolist() == [4, 6]
    assert x.tolist() == [[[4, 5], [0, 1]], [[8, 9], [4, 5]]]
    assert made[1][1].tolist() == [8]


@given(st.integers(3, 12), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))
def test_all_windows_come_once(n, length, stride, size):
    if length >= n:
        return
    made = sequence.TimeseriesGenerator(range(n), range(n), length, stride=stride, batch_size=size)
    batches = [made[i] for i in range(len(made))]
    assert [int(t) for _, y in batches for t in y] == list(range(length, n, stride))
    for x, y in batches:
        assert (x[:, -1] == y - 1).all() and len(y)


def test_drawn_windows_fit_their_targets():
    x, y = sequence.TimeseriesGenerator(range(9), range(9), 3, shuffle=True, batch_size=5)[0]
    assert len(y) == 5 and (x[:, 0] == y - 3).all()


def test_pairs_of_words():
    pairs, labels = sequence.skipgrams([1, 0, 2, 3], 5, window_size=1, seed=3)
    true = sorted(p for p, y in zip(pairs, labels, strict=True) if y)
    assert true == [[2, 3], [3, 2]] and labels.count(0) == 2
    assert all(1 <= b < 5 for _, b in pairs)
    assert (pairs, labels) == sequence.skipgrams([1, 0, 2, 3], 5, window_size=1, seed=3)
    _, labels = sequence.skipgrams([1, 2], 5, categorical=True, shuffle=False)
    assert labels == [[0, 1], [0, 1], [1, 0], [1, 0]]
    assert sequence.skipgrams([1, 2], 5, sampling_table=[0, 0, 0]) == ([], [])


def test_the_sampling_table_keeps_the_rare():
    table = sequence.make_sampling_table(1000, sampling_factor=1e-3)
    assert (np.diff(table[1:]) >= 0).all() and table[-1] == 1
