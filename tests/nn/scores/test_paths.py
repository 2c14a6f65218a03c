"""Connectionist temporal classification against all paths there are: costs, likeliest labels."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.errors import RangeError, ShapeError
from autograd_nn.nn import ops

RNG = np.random.default_rng(3)
X = RNG.normal(size=(3, 4, 3)) * 2
STEPS = [4, 2, 3]


def read(path: Any, blank: int) -> tuple[int, ...]:
    return tuple(c for c, _ in itertools.groupby(path) if c != blank)


def chances(x: np.ndarray, blank: int) -> dict[tuple[int, ...], float]:
    """What every sequence of labels has, by all paths."""
    p = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    found: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(x.shape[1]), repeat=len(x)):
        labels = read(path, blank)
        found[labels] = found.get(labels, 0) + float(np.prod(p[range(len(x)), path]))
    return found


@pytest.mark.parametrize("blank", [0, 1, 2])
def test_the_cost_is_that_of_all_paths_within_the_lengths(blank: int) -> None:
    labels = np.array([[c for c in range(3) if c != blank]] * 3)
    labels[1] = labels[1, 0]  # twice the same, which takes a blank between
    counts = [2, 1, 0]
    found = ops.ctc_loss(labels, X, counts, STEPS, blank).numpy()
    for x, row, k, t, cost in zip(X, labels, counts, STEPS, found, strict=True):
        assert cost == pytest.approx(-np.log(chances(x[:t], blank)[tuple(row[:k])]), rel=1e-9)


def test_its_slopes() -> None:
    def cost(x: Any) -> Any:
        return ops.ctc_loss([[1, 1, 2], [2, 9, 9]], x, [3, 1], [4, 3])

    assert ag.check_gradients(cost, X[:2])
    _, slope = ag.value_and_grad(lambda x: cost(x).sum())(X[:2])
    assert not slope.numpy()[1, 3].any() and slope.numpy()[1, 2].any()  # behind the length


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("traced", [False, True])
def test_a_wide_beam_finds_the_likeliest_labels(blank: int, traced: bool) -> None:
    def decode(x: Any) -> Any:
        return ops.ctc_decode(x, STEPS, "beam_search", 40, 3, mask_index=blank)

    paths, scores = (ag.jit(decode) if traced else decode)(X)
    assert paths.shape == (3, 3, 4) and paths.dtype == "int32"
    for i, (x, t) in enumerate(zip(X, STEPS, strict=True)):
        best = sorted(chances(x[:t], blank).items(), key=lambda kv: -kv[1])[:3]
        kept = [tuple(c for c in p if c >= 0) for p in paths.numpy()[:, i].tolist()]
        assert kept == [k for k, _ in best]
        np.testing.assert_allclose(scores[i], np.log([v for _, v in best]), rtol=1e-9)


def test_a_narrow_beam_goes_on_from_what_it_kept() -> None:
    x = np.log([[[0.4, 0.6], [0.4, 0.6], [0.9, 0.1]]])
    paths, scores = ops.ctc_decode(x, [3], "beam_search", 1)
    assert paths.numpy().tolist() == [[[1, -1, -1]]]
    assert np.exp(scores.item()) == pytest.approx((0.36 + 0.24) * 0.9 + 0.36 * 0.1)


def test_each_steps_likeliest_class() -> None:
    x = np.eye(3)[[[1, 1, 0, 1, 2], [0, 2, 2, 1, 1]]]
    paths, scores = ops.ctc_decode(x, [5, 3])
    assert paths.numpy().tolist() == [[[1, 1, 2, -1, -1], [2, -1, -1, -1, -1]]]
    assert scores.numpy().tolist() == [[-5], [-3]]
    every, _ = ops.ctc_decode(x, [5, 3], merge_repeated=False)
    assert every.numpy().tolist() == [[[1, 1, 1, 2, -1], [2, 2, -1, -1, -1]]]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ops.ctc_loss([1], X, [1], STEPS), ShapeError, r"expected\s\(n, l\)"),
        (lambda: ops.ctc_loss([[1]] * 3, X, [1], STEPS), ShapeError, r"expected \(3,\)"),
        (lambda: ops.ctc_loss([[1]] * 3, X, [1] * 3, STEPS, 3), RangeError, "from 0 to 2"),
        (lambda: ops.ctc_loss([[7]] * 3, X, [1] * 3, STEPS), IndexError, "out of bounds"),
        (lambda: ops.ctc_decode(X[0], STEPS), ShapeError, r"expected \(n, t, c\)"),
        (lambda: ops.ctc_decode(X, [4]), ShapeError, r"expected \(3,\)"),
        (lambda: ops.ctc_decode(X, STEPS, "best"), ValueError, "'beam_search'"),
        (lambda: ops.ctc_decode(X, STEPS, "beam_search", 2, 3), ValueError, "beam_width"),
        (lambda: ops.ctc_decode(X, STEPS, mask_index=-1), RangeError, "from 0 to 2"),
    ],
)
def test_bad_calls(call: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        call()
