"""Helpers: padding, splitting, packing, normalizing, the bar, and where symbols come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import utils


@given(
    st.lists(st.lists(st.integers(1, 9), max_size=5), max_size=5),
    st.none() | st.integers(0, 4),
    st.sampled_from(["pre", "post"]),
    st.sampled_from(["pre", "post"]),
)
def test_padding(
    rows: list[list[int]], maxlen: int | None, padding: str, truncating: str
) -> None:
    found = utils.pad_sequences(rows, maxlen, padding=padding, truncating=truncating, value=-1)
    n = max(map(len, rows), default=0) if maxlen is None else maxlen
    assert found.shape == (len(rows), n) and found.dtype == np.int32
    for row, made in zip(rows, found.tolist(), strict=True):
        kept = [x for x in made if x != -1]
        fill = [-1] * (n - len(kept))
        assert made == (kept + fill if padding == "post" else fill + kept)
        m = min(n, len(row))
        assert kept == (row[len(row) - m :] if truncating == "pre" else row[:m])


def test_padding_of_vectors_and_text() -> None:
    found = utils.pad_sequences([[[1.0, 2.0]], []], maxlen=2, dtype="float32", value=0.5)
    assert found.tolist() == [[[0.5, 0.5], [1, 2]], [[0.5, 0.5]] * 2]
    words = utils.pad_sequences([["a"], ["b", "c"]], dtype=object, value="-", padding="post")
    assert words.tolist() == [["a", "-"], ["b", "c"]]


@pytest.mark.parametrize("left, right, parts", [
    (0.25, None, (2, 6)), (None, 0.25, (6, 2)), (3, None, (3, 5)), (2, 3, (2, 3)),
    (0.5, 0.25, (4, 2)), (None, 1, (7, 1)),
])  # fmt: skip
@pytest.mark.parametrize("shuffle", [False, True])
def test_splitting(left: Any, right: Any, parts: tuple[int, int], shuffle: bool) -> None:
    data = {"x": np.arange(16).reshape(8, 2), "y": (np.arange(8), ag.Tensor(np.arange(8.0)))}
    first, second = utils.split_dataset(data, left, right, shuffle=shuffle, seed=3)
    assert (len(first["x"]), len(second["x"])) == parts
    for part in (first, second):  # samples stay together
        np.testing.assert_array_equal(part["x"][:, 0], 2 * part["y"][0])
        np.testing.assert_array_equal(part["y"][1], part["y"][0])
    together = [*first["y"][0], *second["y"][0]]
    assert len(set(together)) == sum(parts) and (sorted(together) == together) is not shuffle
    again, _ = utils.split_dataset(data, left, right, shuffle=shuffle, seed=3)
    np.testing.assert_array_equal(again["x"], first["x"])


def test_a_list_of_samples_is_split_as_one() -> None:
    first, second = utils.split_dataset([1, 2, 3, 4], right_size=0.25)
    assert first.tolist() == [1, 2, 3] and second.tolist() == [4]


@pytest.mark.parametrize("parts", [(1,), (1, 2), (1, 2, 3), ((1, 2),)])
def test_packing_and_unpacking(parts: Any) -> None:
    packed = utils.pack_x_y_sample_weight(*parts)
    assert utils.unpack_x_y_sample_weight(packed) == (*parts, None, None)[:3]


@pytest.mark.parametrize("order", [1, 2, 3, np.inf])
def test_normalizing(order: float) -> None:
    x = np.array([[3.0, -4.0], [0.0, 0.0], [1.0, 1.0]])
    for axis in (0, 1, -1):
        y = utils.normalize(x, axis, order)
        norms = np.linalg.norm(y, order, axis)
        assert isinstance(y, np.ndarray)
        np.testing.assert_allclose(norms, np.linalg.norm(x, order, axis) > 0)
    assert isinstance(utils.normalize(ag.Tensor(x)), ag.Tensor)


def test_the_bar_shows_means(capsys: pytest.CaptureFixture[str]) -> None:
    bar = utils.Progbar(4, verbose=2, stateful_metrics=["lr"], unit_name="sample")
    bar.update(1, [("loss", 4.0), ("lr", 1.0)])
    bar.update(3, [("loss", 1.0), ("lr", 0.5)])  # of two steps
    assert bar.means() == {"loss": 2.0, "lr": 0.5} and not capsys.readouterr().out
    bar.add(1, [("loss", 2.0)])
    line = capsys.readouterr().out
    assert line.startswith("4/4 - 0s - ") and line.endswith("loss: 2.0000 - lr: 0.5000\n")
    assert "/sample" in line
    last = utils.Progbar(None, verbose=0, stateless_metrics=["loss"])
    last.update(1, [("loss", 4.0), ("acc", 1.0)])
    last.update(2, [("loss", 2.0), ("acc", 0.0)])
    assert last.means() == {"loss": 3.0, "acc": 0.0}


def test_what_a_symbol_came_of() -> None:
    a, b, c = (nn.Input((2,), name=n) for n in "abc")
    y = nn.Dense(1)(nn.layers.Add()([a * 2, b, a]))
    assert [x.name for x in utils.get_source_inputs(y)] == ["a", "b"]
    assert utils.get_source_inputs(c) == [c]
    assert utils.is_keras_tensor(y) and not utils.is_keras_tensor(ag.Tensor([1.0]))


def test_names_of_dtypes() -> None:
    for dtype, name in ((None, "float32"), (int, "int64"), (np.float16, "float16")):
        assert utils.standardize_dtype(dtype) == name


@pytest.mark.parametrize("call, words", [
    (lambda: utils.pad_sequences([1, 2]), "1 as sequence 0; expected a list"),
    (lambda: utils.pad_sequences(3), "expected a list of sequences"),
    (lambda: utils.pad_sequences([[1]], padding="mid"), "padding='mid'"),
    (lambda: utils.pad_sequences([[1]], truncating="mid"), "truncating='mid'"),
    (lambda: utils.pad_sequences([[1]], maxlen=-1), "maxlen=-1"),
    (lambda: utils.pad_sequences([[1]], value="a"), "dtype=object"),
    (lambda: utils.pad_sequences([[[1, 2]], [[1]]]), "sequence 1; expected (2,)"),
    (lambda: utils.split_dataset(np.ones(4)), "neither left_size nor right_size"),
    (lambda: utils.split_dataset(np.ones(4), 1.5), "left_size=1.5"),
    (lambda: utils.split_dataset(np.ones(4), 3, 2), "no more than there are"),
    (lambda: utils.split_dataset(np.ones(4), 0.01), "0 and 4 of 4"),
    (lambda: utils.split_dataset((np.ones(4), np.ones(3)), 1), "4, 3 samples"),
    (lambda: utils.split_dataset((), 1), "no samples"),
    (lambda: utils.Progbar(3, stateful_metrics=[], stateless_metrics=[]), "one of them"),
    (lambda: utils.get_source_inputs(3), "received int; expected a symbol"),
    (lambda: utils.standardize_dtype("floaty"), "'floaty' as a dtype"),
])  # fmt: skip
def test_what_cannot_be(call: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert words in str(caught.value)


def test_a_bar_shows_the_mean_of_several_numbers_and_prefixes_are_counted() -> None:
    bar = utils.Progbar(2, verbose=0)
    bar.update(1, [("values", [0.0, 1.0, 5.0])])
    assert bar.means() == {"values": 2.0}
    first = nn.backend.get_uid("counted_here")
    assert [nn.backend.get_uid("counted_here") for _ in range(2)] == [first + 1, first + 2]


def test_unknown_arguments_and_types_are_errors_of_both_kinds() -> None:
    for kind in (TypeError, ValueError):
        with pytest.raises(kind, match="unknown argument 'foo'"):
            nn.optimizers.SGD(foo=1)
        with pytest.raises(kind, match="beta='1'"):
            nn.metrics.FBetaScore(beta="1")
