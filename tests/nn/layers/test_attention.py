"""Attention: its masks, its bounds, what it holds in memory, and derivatives of two orders."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.nn import layers

RNG = np.random.default_rng(3)


def normal(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


def heads(**options: Any) -> Any:
    return layers.MultiHeadAttention(num_heads=2, key_dim=3, dtype="float64", **options)


PLAIN, NORM = heads(), layers.BatchNormalization(dtype="float64")
ADDITIVE = layers.AdditiveAttention(dtype="float64")
SECOND: dict[str, tuple[Any, list[np.ndarray]]] = {
    "attention": (
        lambda q, k, v: ops.attention(q, k, v, causal=True),
        [normal(1, 3, 2, 2), normal(1, 2, 1, 2), normal(1, 2, 1, 2)],
    ),
    "masked attention": (
        lambda q, k, v: ops.attention(q, k, v, np.array([[True, False], [False, False]])),
        [normal(2, 1, 2), normal(2, 1, 2), normal(2, 1, 1)],
    ),
    "layer of heads": (heads(use_gate=True, use_bias=False), [normal(1, 2, 3)]),
    "layer that tells scores": (
        lambda x: PLAIN(x, return_attention_scores=True)[0], [normal(1, 3, 4)],
    ),
    "additive": (
        lambda q, v: ADDITIVE([q, v]), [normal(1, 2, 3), normal(1, 3, 3)],
    ),
    "LayerNormalization": (layers.LayerNormalization(dtype="float64"), [normal(2, 4)]),
    "BatchNormalization": (
        lambda x: NORM(x, training=True), [normal(5, 2)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives(name: str) -> None:
    f, xs = SECOND[name]
    assert ag.check_gradients(f, *xs, order=2)


def test_a_query_that_may_look_at_nothing_looks_at_all_alike() -> None:
    q, k, v = (ag.Tensor(normal(2, 3, 1, 4), requires_grad=True) for _ in range(3))
    mask = np.ones((1, 3, 3), bool)
    mask[0, 1] = False
    y = ops.attention(q, k, v, mask)
    np.testing.assert_allclose(y.numpy()[:, 1], v.numpy().mean(1), rtol=1e-14)
    y.sum().backward()
    assert not q.grad.numpy()[:, 1].any() and np.isfinite(k.grad.numpy()).all()
    x = normal(2, 3, 4).astype("float32")
    y = layers.Attention()([x, x], mask=[None, np.zeros((2, 3), bool)])
    np.testing.assert_allclose(y, np.broadcast_to(x.mean(1, keepdims=True), x.shape), rtol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
def test_heads_that_drop_or_tell_their_weights_find_nothing_there(causal: bool) -> None:
    x = normal(2, 3, 4).astype("float32")
    mask = np.ones((2, 3, 3), bool)
    mask[0, 1], mask[1, 0] = False, [False, True, True]  # the second only where it is causal
    of_nothing = [(0, 1), (1, 0)] if causal else [(0, 1)]
    told = {"attention_mask": mask, "use_causal_mask": causal}
    for options, call in (({"dropout": 1e-9}, {"training": True}), ({"dropout": 1e-9}, {}),
                          ({}, {"return_attention_scores": True})):  # fmt: skip
        layer = layers.MultiHeadAttention(2, 3, **options)
        y = layer(x, x, **told, **call)
        y = (y[0] if isinstance(y, tuple) else y).numpy()
        empty = np.argwhere(~y.any(axis=-1)).tolist()
        assert empty == [list(place) for place in of_nothing]
    y = layer(x, x, **told).numpy()
    values = layer(x, x, attention_mask=np.zeros((2, 3, 3), bool)).numpy()
    for place in of_nothing:
        np.testing.assert_allclose(y[place], values[place], rtol=1e-5)


@pytest.mark.parametrize(("t", "s"), [(2, 5), (5, 2), (1, 1), (0, 3), (3, 1)])
def test_causal_with_other_lengths(t: int, s: int) -> None:
    x, y = normal(2, t, 4), normal(2, s, 4)
    layer = heads()
    layer.build((None, None, 4), (None, None, 4))
    quick = layer(x, y, use_causal_mask=True)
    told, weights = layer(x, y, use_causal_mask=True, return_attention_scores=True)
    np.testing.assert_allclose(quick, told, rtol=1e-12, atol=1e-13)
    assert weights.shape == (2, 2, t, s) and not np.triu(weights.numpy(), 1).any()


def test_no_keys_give_nothing() -> None:
    layer = heads()
    layer.build((None, None, 4), (None, None, 4))
    np.testing.assert_array_equal(layer(normal(2, 3, 4), normal(2, 0, 4)), np.zeros((2, 3, 4)))


def test_masks_of_inputs_are_those_that_are_told() -> None:
    x, kept = normal(2, 4, 3), np.array([[True, True, False, False], [True, True, True, False]])
    x[~kept] = 0
    layer = heads()
    marked = layers.Masking(dtype="float64")(x)
    y = layer(marked, marked)
    np.testing.assert_array_equal(nn.masks.mask_of(y), kept)
    told = layer(x, x, attention_mask=kept[:, None, :] & kept[:, :, None])
    np.testing.assert_allclose(y, told, rtol=1e-13)
    alone = layer(x[:1, :2], x[:1, :2])  # what is masked is as if it were not there
    np.testing.assert_allclose(y.numpy()[:1, :2], alone, rtol=1e-12)


X = np.ones((2, 3, 4), "float32")
WRONG: dict[str, tuple[Any, Any, str]] = {
    "mask": (lambda: heads()(X, X, attention_mask=np.ones((2, 3, 5), bool)), ShapeError, "mask"),
    "key and value": (lambda: heads()(X, X, X[:, :2]), ShapeError, "must be equal"),
    "axes": (lambda: heads()(X, X[None]), ShapeError, "must be equal"),
    "one axis": (lambda: heads()(X[:, 0]), ShapeError, "at least two"),
    "batches": (lambda: heads()(X, X[:1]), ShapeError, "leading"),
    "heads": (lambda: layers.MultiHeadAttention(0, 2), ValueError, "num_heads"),
    "groups": (lambda: layers.GroupQueryAttention(2, 3, 2), ValueError, "divisible"),
    "window": (lambda: heads(sliding_window=0), ValueError, "sliding_window"),
    "no list": (lambda: layers.Attention()(X), ValueError, "list of inputs"),
    "sizes": (lambda: layers.Attention()([X, X[..., :2]]), ShapeError, "keys"),
    "mask no list": (lambda: layers.Attention()([X, X], mask=X[..., 0]), ValueError, "a list"),
    "values' mask": (
        lambda: layers.Attention()([X, X], mask=[None, np.ones((2, 4), bool)]), ShapeError, "mask"),
    "mask of numbers": (lambda: ops.attention(X, X, X, np.ones((3, 3))), DTypeError, "truth"),
    "ranks": (lambda: ops.attention(X, X[0], X), ShapeError, "heads"),
    "complex": (lambda: ops.attention(X * 1j, X, X), DTypeError, "real"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_said(name: str) -> None:
    wrong, error, words = WRONG[name]
    with pytest.raises(error, match=words):
        wrong()


def test_scores_are_never_held_all_at_once() -> None:
    t = 2048
    xs = [ag.Tensor(normal(1, t, 1, 2).astype("float32"), requires_grad=True) for _ in range(3)]
    tracemalloc.start()
    ops.attention(*xs, causal=True).sum().backward()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < t * t * 4


def test_groups_of_heads_share_keys() -> None:
    q, k, v = normal(2, 3, 4, 2), normal(2, 5, 2, 2), normal(2, 5, 2, 3)
    mask = RNG.random((2, 4, 3, 5)) < 0.8
    shared = ops.attention(q, k, v, mask)
    apart = ops.attention(q, k.repeat(2, axis=2), v.repeat(2, axis=2), mask)
    np.testing.assert_allclose(shared, apart, rtol=1e-12)


def test_dropped_weights_keep_their_mean() -> None:
    layer = heads(dropout=0.5, seed=1)
    x = normal(2, 3, 4)
    expected = layer(x)
    found = np.mean([layer(x, training=True).numpy() for _ in range(400)], axis=0)
    np.testing.assert_allclose(found, expected, atol=0.25)
    assert not np.array_equal(layer(x, training=True), expected)


def test_a_bias_is_added_to_scores() -> None:
    q, k, v = normal(2, 3, 4, 2), normal(2, 5, 2, 2), normal(2, 5, 2, 3)
    mask = RNG.random((2, 1, 3, 5)) < 0.8
    mask[..., 0] = True
    plain = nn.ops.dot_product_attention(q, k, v, None, mask, 0.3, True)
    biased = nn.ops.dot_product_attention(q, k, v, np.full((2, 4, 3, 1), 2.0), mask, 0.3, True)
    np.testing.assert_allclose(plain, biased, rtol=1e-12)  # one number for a row says nothing
    left_out = np.where(mask & np.tri(3, 5, dtype=bool), 0.0, -1e9)
    np.testing.assert_allclose(
        nn.ops.dot_product_attention(q, k, v, left_out, scale=0.3), plain, rtol=1e-12
    )


@pytest.mark.parametrize("start", ["lecun_normal", "glorot_uniform"])
def test_kernels_begin_by_what_they_read_and_write(start: str) -> None:
    """As Keras 3.15 draws them: a head's axes are one width, whatever their order."""
    layer = nn.layers.MultiHeadAttention(8, 16, kernel_initializer=start)
    layer(np.ones((1, 5, 32), "float32"), np.ones((1, 5, 32), "float32"))
    for part, (read, wrote) in {
        "query_dense": (32, 128), "key_dense": (32, 128), "value_dense": (32, 128),
        "output_dense": (128, 32),
    }.items():  # fmt: skip
        wanted = (1 / read if start == "lecun_normal" else 2 / (read + wrote)) ** 0.5
        kernel = getattr(layer, part).kernel.numpy()
        assert kernel.std() == pytest.approx(wanted, rel=0.08), part
    config = layer.query_dense.get_config()["kernel_initializer"]["config"]
    assert "input_axes" not in config or config["input_axes"] is None
    given = nn.initializers.VarianceScaling(1.0, input_axes=[1], output_axes=[0])
    told = nn.layers.EinsumDense("ab,bc->ac", (64,), kernel_initializer=given)
    told(np.ones((2, 4), "float32"))
    assert told.kernel.numpy().std() == pytest.approx(1 / 8, rel=0.2)


def test_grouped_heads_penalize_what_they_give_and_what_each_product_gives() -> None:
    x = np.ones((1, 2, 3), "float32")
    layer = nn.layers.GroupQueryAttention(
        2, 2, 1, activity_regularizer="l2", kernel_initializer="ones", use_bias=False
    )
    layer(x, x)
    found = [float(v) for v in layer.losses]
    np.testing.assert_allclose(sorted(found), [0.36, 0.36, 0.72, 8.64, 8.64], rtol=1e-5)
    assert layer.get_config()["activity_regularizer"] is not None


@pytest.mark.parametrize("shape", [(2, 4, 4, 6), (2, 3, 4, 3, 6)])
@pytest.mark.parametrize("axis", [1, 2])
def test_attention_over_any_axis_is_that_over_the_one_before_the_last(shape, axis):
    """Over the rows of pictures a result came back with rows and columns exchanged."""
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    layer, twin = (
        nn.layers.MultiHeadAttention(2, 3, attention_axes=at) for at in (axis, len(shape) - 2)
    )
    moved = np.moveaxis(x, axis, -2)
    y, _ = layer(x, x), twin(moved, moved)
    twin.set_weights(layer.get_weights())
    expected = np.moveaxis(np.asarray(twin(moved, moved)), -2, axis)
    assert y.shape == expected.shape
    np.testing.assert_allclose(np.asarray(y), expected, rtol=1e-5, atol=1e-6)
