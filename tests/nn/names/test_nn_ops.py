"""Ops under Keras's names: values, dtypes, derivatives where they go on, and what is refused."""

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.nn import ops

X = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
M = X[:, :2]
VALUES = {
    "slice": (lambda: ops.slice(X, (0, 1), (2, 2)), X[:, 1:]),
    "slice_update": (lambda: ops.slice_update(X, (1, 0), [[7.0, 8.0]]), [[1, -2, 3], [7, 8, -1]]),
    "scatter": (lambda: ops.scatter([[0, 1], [1, 0], [0, 1]], [1.0, 2.0, 3.0], (2, 2)),
                [[0, 4], [2, 0]]),
    "scatter_update": (lambda: ops.scatter_update(X, [[0, 0]], [9.0]), [[9, -2, 3], [0.5, 4, -1]]),
    "scatter_add": (lambda: ops.scatter_update(X, [[0, 0], [0, 0]], [1.0, 1.0], "add"),
                    [[3, -2, 3], [0.5, 4, -1]]),
    "unstack": (lambda: ops.unstack(X, axis=1)[1], X[:, 1]),
    "map": (lambda: ops.map(lambda x: x.sum(), X), X.sum(axis=1)),
    "map of trees": (lambda: ops.map(lambda t: t["a"] * 2, {"a": X}), X * 2),
    "fori_loop": (lambda: ops.fori_loop(1, 4, lambda i, v: v * i, ag.Tensor(1.0)), 6.0),
    "while_loop": (
        lambda: ops.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, v * 2), (0, 1.0))[1], 8.0),
    "while_loop at most": (lambda: ops.while_loop(lambda v: True, lambda v: v + 1, 0.0, 5), 5.0),
    "scan": (lambda: ops.scan(lambda c, x: (c + x, c), 0.0, X[0], reverse=True)[0], X[0].sum()),
    "vectorized_map": (lambda: ops.vectorized_map(lambda x: x.sum(), X), X.sum(axis=1)),
    "associative_scan": (lambda: ops.associative_scan(lambda a, b: a * b, X), np.cumprod(X, 0)),
    "associative_scan back": (
        lambda: ops.associative_scan(lambda a, b: b @ a, np.stack([M, M.T, M]), True, 0),
        np.stack([M @ M.T @ M, M.T @ M, M])),
    "cond": (lambda: ops.cond(ag.Tensor(0.0) > 1, lambda: 1.0, lambda: 2.0), 2.0),
    "switch": (lambda: ops.switch(9, [lambda v: v, lambda v: -v], 3.0), -3.0),
    "saturate_cast of bounds between two floats": (
        lambda: ops.saturate_cast(np.array([3e9, -3e9, np.inf, 7.5], "float32"), "int32"),
        [2**31 - 1, -(2**31), 2**31 - 1, 7],
    ),
    "saturate_cast of halves": (
        lambda: ops.saturate_cast(np.array([np.inf, -np.inf, -1.0], "float16"), "int64"),
        [2**63 - 1, -(2**63), -1],
    ),
    "saturate_cast of whole numbers to wider ones": (
        lambda: ops.saturate_cast(np.array([-2, 3], "int32"), "uint32"), [0, 3],
    ),
    "multi_hot in front": (lambda: ops.multi_hot([[0, 2], [1, 1]], 3, axis=0),
                           [[1, 0], [1, 1], [0, 1]]),
    "real of truths": (lambda: ops.real([True, False]), [1, 0]),
    "saturate_cast": (lambda: ops.saturate_cast([300.0, -5.0], "uint8"), [255, 0]),
    "multi_hot": (lambda: ops.multi_hot([[0, 2], [1, 1]], 3), [[1, 0, 1], [0, 1, 0]]),
    "multi_hot of floats": (lambda: ops.multi_hot([[0.0, 2.0]], 3), [[1, 0, 1]]),
    "top_k": (lambda: ops.top_k(X, 2, sorted=False)[1], [[2, 0], [1, 0]]),
    "normalize 1": (lambda: ops.normalize(X, order=1), X / abs(X).sum(axis=1, keepdims=True)),
    "normalize 2": (lambda: ops.normalize(X, axis=0), X / np.sqrt((X**2).sum(axis=0))),
    "batch_normalization": (
        lambda: ops.batch_normalization(X, [1.0, 2.0], [4.0, 9.0], 0, epsilon=0),
        (X - [[1], [2]]) / [[2], [3]]),
    "layer_normalization": (lambda: ops.layer_normalization(X, 2.0, 1.0, epsilon=0),
                            (X - X.mean(1, keepdims=True)) / X.std(1, keepdims=True) * 2 + 1),
    "rms_normalization": (lambda: ops.rms_normalization(X, epsilon=0),
                          X / np.sqrt((X**2).mean(1, keepdims=True))),
    "in_top_k": (lambda: ops.in_top_k([0, 1], X, 1), [False, True]),
    "segment_sum": (lambda: ops.segment_sum(X, [1, 1], 3), [[0] * 3, X.sum(0), [0] * 3]),
    "segment_max": (lambda: ops.segment_max(X, [0, 0]), [X.max(0)]),
    "segment_min": (lambda: ops.segment_min(X, [0, 0]), [X.min(0)]),
    "moments": (lambda: ops.moments(X, (0,))[1], X.var(0)),
    "binary_crossentropy": (lambda: ops.binary_crossentropy([1.0], [0.25]), [np.log(4)]),
    "binary_crossentropy of logits": (lambda: ops.binary_crossentropy([1.0], [0.0], True),
                                      [np.log(2)]),
    "categorical_crossentropy": (lambda: ops.categorical_crossentropy([[0.0, 1.0]], [[3.0, 1.0]]),
                                 [np.log(4)]),
    "sparse_categorical_crossentropy": (
        lambda: ops.sparse_categorical_crossentropy([[1]], [[0.0, 0.0]], True), [np.log(2)]),
    "divide_no_nan": (lambda: ops.divide_no_nan(X, [1.0, 0.0, 2.0]), X * [1, 0, 0.5]),
    "cdist": (lambda: ops.cdist(X, X[:1]), np.linalg.norm(X[:, None] - X[None, :1], axis=-1)),
    "average": (lambda: ops.average(ag.Tensor(X), weights=[1.0, 3.0], axis=0), X.T @ [0.25, 0.75]),
    "nan_to_num": (lambda: ops.nan_to_num([np.nan, 1.0]), [0, 1]),
    "unique": (lambda: ops.unique([3, 1, 3]), [1, 3]),
    "std": (lambda: ops.std(X, 1, True), X.std(1, keepdims=True)),
    "var": (lambda: ops.var(X, 0), X.var(0)),
    "relu6": (lambda: ops.relu6([7.0, -1.0]), [6, 0]),
    "copy": (lambda: ops.copy(X), X),
    "full_like": (lambda: ops.full_like(X, 2), np.full((2, 3), 2)),
    "linspace": (lambda: ops.linspace(0, 1, 2, endpoint=False), [0, 0.5]),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_values(name) -> None:
    call, expected = VALUES[name]
    np.testing.assert_allclose(np.asarray(call()), np.asarray(expected), rtol=1e-6)


def test_attention() -> None:
    q, k, v = np.random.default_rng(0).normal(size=(3, 2, 4, 1, 3))
    scores = np.einsum("btd,bsd->bts", q[:, :, 0], k[:, :, 0]) / np.sqrt(3)
    scores = np.where(np.tril(np.ones((4, 4), bool)), scores, -np.inf)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    found = ops.dot_product_attention(q, k, v, is_causal=True)
    np.testing.assert_allclose(found.numpy()[:, :, 0], weights @ v[:, :, 0])
    report = ag.check_gradients(lambda *a: ops.dot_product_attention(*a, is_causal=True), q, k, v)
    assert report, report


@pytest.mark.parametrize("options", [
    {}, {"is_causal": True}, {"mask": np.arange(16).reshape(4, 4) % 3 > 0},
    {"scale": 0.3, "is_causal": True, "mask": np.arange(16).reshape(4, 4) % 4 < 3},
    {"attn_logits_soft_cap": 0.5},
], ids=str)  # fmt: skip
def test_attention_with_bias_of_fewer_heads_of_keys(options) -> None:
    rng = np.random.default_rng(1)
    q, (k, v), bias = (rng.normal(size=s) for s in ((2, 4, 4, 3), (2, 2, 4, 2, 3), (1, 4, 4, 4)))
    cap = options.get("attn_logits_soft_cap")
    wide = [np.repeat(x, 2, axis=2) for x in (k, v)]
    scores = np.einsum("bthd,bshd->bhts", q, wide[0]) * options.get("scale", 3**-0.5)
    scores = (scores if cap is None else cap * np.tanh(scores / cap)) + bias
    seen = options.get("mask", np.ones((4, 4), bool))
    seen = seen & np.tri(4, dtype=bool) if options.get("is_causal") else seen
    weights = np.where(seen, np.exp(scores), 0)
    expected = np.einsum("bhts,bshd->bthd", weights / weights.sum(-1, keepdims=True), wide[1])
    found = ops.dot_product_attention(q, k, v, bias, flash_attention=False, **options)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-10)
    without = ops.dot_product_attention(q, k, v, 0 * bias, **options)
    np.testing.assert_allclose(ops.dot_product_attention(q, k, v, **options), without, rtol=1e-10)


@pytest.mark.parametrize(
    ("made", "dtype"),
    [
        (lambda: ops.convert_to_tensor(1.5), "float32"),
        (lambda: ops.convert_to_tensor([1, 2]), "int32"),
        (lambda: ops.convert_to_tensor(X), "float64"),
        (lambda: ops.convert_to_tensor(X, "float32"), "float32"),
        (lambda: ops.convert_to_tensor(ag.Tensor([1]), "float32"), "float32"),
        (lambda: ops.zeros(2), "float32"), (lambda: ops.ones(2, "int8"), "int8"),
        (lambda: ops.full(2, 1), "float32"), (lambda: ops.eye(2), "float32"),
        (lambda: ops.identity(2), "float32"), (lambda: ops.empty(2), "float32"),
        (lambda: ops.arange(3), "int32"), (lambda: ops.arange(0, 1, 0.5), "float32"),
        (lambda: ops.one_hot([1], 3), "float32"), (lambda: ops.zeros_like(X, "int32"), "int32"),
        (lambda: ops.ones_like(X), "float64"), (lambda: ops.array([1.0], "float32"), "float32"),
    ],
)  # fmt: skip
def test_dtypes(made, dtype) -> None:
    y = made()
    assert ops.is_tensor(y) and ops.dtype(y) == dtype and ops.ndim(y) == len(ops.shape(y))


def test_the_tape_goes_on() -> None:
    def f(x):
        y = ops.slice_update(ops.normalize(x), (0, 0), x[:1] ** 2)
        y = y + ops.segment_sum(x, [1, 0])
        return ops.while_loop(lambda i, v: i < 2, lambda i, v: (i + 1, ag.sin(v)), (0, y))[1]

    report = ag.check_gradients(f, X)
    assert report, report
    copied = ops.convert_to_numpy(ag.Tensor(X))
    copied[:] = 0
    assert isinstance(copied, np.ndarray) and ops.size(X) == 6


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.convert_to_tensor(X, sparse=True), "expected neither"),
        (lambda: ops.scatter_update(X, [[0, 0]], [1.0], "mean"), "expected None, 'add'"),
        (lambda: ops.one_hot([0.5], 2), "whole numbers"),
        (lambda: ops.multi_hot([[1]], 2, sparse=True), "expected False"),
        (lambda: ops.slice(X, (1, 1), (2, 2)), "x has shape"),
    ],
)
def test_bad_calls(call, words) -> None:
    with pytest.raises(ValueError, match=words):
        call()
