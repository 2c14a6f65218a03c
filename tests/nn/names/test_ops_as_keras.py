"""Ops under Keras's arguments: names, order, defaults, and what symbols tell of their results."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import ops
from autograd_nn.nn.ops import arguments

X = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 6.0]], np.float32)
NAN = np.array([[np.nan, 1.0], [np.nan, np.nan]], np.float32)


def symbol(*shape: int | None, dtype: str = "float32") -> Any:
    return nn.Input(batch_shape=shape, dtype=dtype)


def moved(size: Any, scale: Any, dims: Any = (0, 1), method: str = "linear") -> Any:
    return ops.image.scale_and_translate(X, size, scale, [0.0] * len(scale), dims, method)


def shape(y: Any) -> Any:
    return [t.shape for t in y] if isinstance(y, list | tuple) else y.shape


# What is called as Keras has it, beside what NumPy gives.
CALLS: dict[str, tuple[Any, Any]] = {
    "clip by name": (lambda: ops.clip(x=X, x_min=2, x_max=4), X.clip(2, 4)),
    "clip by place": (lambda: ops.clip(X, 2, 4), X.clip(2, 4)),
    "reshape": (lambda: ops.reshape(X, newshape=(3, 2)), X.reshape(3, 2)),
    "nan_to_num by place": (lambda: ops.nan_to_num(NAN, 7.0), np.nan_to_num(NAN, nan=7)),
    "percentile by place": (
        lambda: ops.percentile(X, 30, 1, "lower", True),
        np.percentile(X, 30, 1, method="lower", keepdims=True),
    ),
    "quantile": (
        lambda: ops.quantile(X, [0.2, 0.9], axis=0, method="nearest"),
        np.quantile(X, [0.2, 0.9], axis=0, method="nearest"),
    ),
    "quantile with NaN": (
        lambda: ops.quantile(NAN, 0.5, axis=1, method="higher"),
        np.quantile(NAN, 0.5, axis=1, method="higher"),
    ),
    "max of none": (lambda: ops.max(X[:0], axis=0, initial=3.0), [3, 3, 3]),
    "max": (lambda: ops.max(X, 1, True, 5.5), X.max(1, keepdims=True, initial=5.5)),
    "min": (lambda: ops.min(X, initial=0.5), 0.5),
    "trace": (lambda: ops.trace(np.arange(12).reshape(2, 2, 3), 1, 1, 2), [6, 18]),
    "cumsum by place": (lambda: ops.cumsum([1, 2], 0, "float32"), [1, 3]),
    "prod": (lambda: ops.prod(X, dtype="float64"), X.prod()),
    "where alone": (lambda: ops.stack(ops.where(X > 4)), np.where(X > 4)),
    "bitwise by name": (lambda: ops.bitwise_and(x=6, y=3), 2),
    "diff by name": (lambda: ops.diff(a=X, n=2), np.diff(X, 2)),
    "searchsorted by name": (
        lambda: ops.searchsorted(sorted_sequence=[1, 2, 3], values=[2], side="right"), [2],
    ),
    "cross of two": (lambda: ops.cross(X[:, :2], X[:, :2][::-1]), [-17, 17]),
    "cross of two and three": (
        lambda: ops.cross([1.0, 2.0], [3.0, 4.0, 5.0]), np.cross([1, 2, 0], [3, 4, 5]),
    ),
    "cross along axes": (
        lambda: ops.cross(X, X.T, axisa=1, axisb=0, axisc=0), np.cross(X, X.T, axisb=0, axisc=0),
    ),
    "average": (
        lambda: ops.average(X, axis=1, weights=[1.0, 2.0, 3.0]),
        np.average(X, axis=1, weights=[1, 2, 3]),
    ),
    "average of all": (lambda: ops.average(X, weights=X), np.average(X, weights=X)),
    "nanargmax": (lambda: ops.nanargmax(NAN, axis=1), [1, -1]),
    "nanargmin": (lambda: ops.nanargmin(NAN, axis=1, keepdims=True), [[1], [-1]]),
    "nanargmin of whole": (lambda: ops.nanargmin([3, 1, 2]), 1),
    "select": (
        lambda: ops.select([X > 4, X > 2], [X, -X], 9), np.select([X > 4, X > 2], [X, -X], 9),
    ),
    "get_item": (lambda: ops.get_item(X, (0, slice(1, 3))), X[0, 1:3]),
    "hstack of sizes": (
        lambda: ops.hstack([np.ones((2, 1)), np.zeros((2, 2))]), [[1, 0, 0], [1, 0, 0]],
    ),
    "bincount of rows": (
        lambda: ops.bincount([[0, 2], [1, 1]], weights=[[1.0, 2.0], [3.0, 4.0]], minlength=4),
        [[1, 0, 2, 0], [0, 7, 0, 0]],
    ),
    "segment_prod": (lambda: ops.segment_prod(X, [1, 1], 2), [[1] * 3, X.prod(0)]),
    "segment_max of whole": (
        lambda: ops.segment_max(np.int32([3, 5]), [1, 1], 2), [np.iinfo(np.int32).min, 5],
    ),
    "segments left out": (lambda: ops.segment_sum(X, [0, 5], 2), [X[0], [0] * 3]),
    "scatter max": (
        lambda: ops.scatter_update(np.zeros(3), [[0], [0], [1]], [3.0, 5.0, -2.0], "max"),
        [5, 0, 0],
    ),
    "scatter min": (
        lambda: ops.scatter_update(np.ones(3), [[0], [0], [1]], [3.0, -5.0, 2.0], reduction="min"),
        [-5, 1, 1],
    ),
    "scatter mul": (
        lambda: ops.scatter_update(X, [[0, 1], [0, 1]], [3.0, 2.0], reduction="mul"),
        [[1, 30, 2], [4, 3, 6]],
    ),
    "real": (lambda: ops.real([1 + 2j, 3]), [1, 3]),
    "imag": (lambda: ops.imag(np.array([1 + 2j, 3], np.complex64)), [2, 0]),
    "imag of real": (lambda: ops.imag(X), np.zeros_like(X)),
    "angle": (lambda: ops.angle([1j, -1, 1 - 1j]), np.angle([1j, -1, 1 - 1j])),
    "angle of real": (lambda: ops.angle([-2.0, 2.0]), [np.pi, 0]),
    "polar": (lambda: ops.polar([2.0], [1.0]), 2 * np.exp([1j])),
    "view": (lambda: ops.view(X, "int32"), X.view("int32")),
    "view_as_complex": (lambda: ops.view_as_complex(X[:, :2]), [1 + 5j, 4 + 3j]),
    "view_as_real": (lambda: ops.view_as_real(np.array([1 + 2j])), [[1, 2]]),
    "view of one": (lambda: ops.view(np.float32(1), "int32"), 1065353216),
    "unique with NaN": (lambda: ops.unique([np.nan, 1.0, np.nan]), [1, np.nan, np.nan]),
    "allclose": (lambda: ops.allclose(X, X + 1e-3, 0, 1e-2), True),
    "copy of truths": (lambda: ops.copy([True, False]), [True, False]),
    "histogram": (lambda: ops.histogram(X[0], 2, (1, 5))[0], [2, 1]),
    "nanmedian over nothing": (lambda: ops.nanmedian(NAN, axis=()), NAN),
    "gelu": (lambda: ops.gelu(X[0, :1]), [0.841192]),
    "softmax over two axes": (
        lambda: ops.softmax(np.stack([X, 2 * X]), axis=(0, 2)),
        np.exp([X, 2 * X]) / np.exp([X, 2 * X]).sum((0, 2), keepdims=True),
    ),
    "log_softmax over two axes": (
        lambda: ops.log_softmax(X, axis=[0, 1]), X - np.log(np.exp(X).sum()),
    ),
    "polar of a truth": (lambda: ops.polar([2.7], [True]), np.float32(2.7) * np.exp([1j])),
    "layer_normalization of entries that are close": (
        lambda: ops.layer_normalization([[-1e-2, 1e-2]]), np.array([[-1.0, 1.0]]) / np.sqrt(1.001)
    ),
    "layer_normalization over two axes": (
        lambda: ops.layer_normalization(X, X, axis=(0, 1), epsilon=0),
        (X - X.mean()) / X.std() * X,
    ),
    "layer_normalization along the first": (
        lambda: ops.layer_normalization(X, [1.0, 2.0], [0.0, 1.0], axis=0, epsilon=0),
        [[-1, 1, -1], [3, -1, 3]],
    ),
    "multi_hot of rows": (
        lambda: ops.multi_hot([[[0], [2]]], 3), [[[1, 0, 1]]],
    ),
    "take_along_axis": (lambda: ops.take_along_axis(X, [5, 0]), [6, 1]),
    "tri": (lambda: ops.tri(2, dtype="int32"), [[1, 0], [1, 1]]),
    "solve for vectors": (
        lambda: ops.solve([2 * np.eye(2), np.eye(2)], [[2.0, 4.0], [3.0, 5.0]]), [[1, 2], [3, 5]],
    ),
    "solve_triangular for vectors": (
        lambda: ops.linalg.solve_triangular([[[1.0, 2.0], [0.0, 5.0]]] * 2, [[2.0, 10.0]] * 2,
                                            lower=True), [[2, 2], [2, 2]],
    ),
    "cholesky_inverse of several": (
        lambda: ops.cholesky_inverse([2 * np.eye(3), np.eye(3)]), [np.eye(3) / 4, np.eye(3)],
    ),
    "qr, complete": (lambda: np.abs(ops.qr([[3.0], [4.0]], "complete")[0]).T[:1], [[0.6, 0.8]]),
    "svd, whole": (lambda: ops.svd(X)[2].T @ ops.svd(X)[2], np.eye(3)),
    "eig": (lambda: ops.sort(ops.real(ops.eig([[2.0, 0.0], [1.0, 3.0]])[0])), [2, 3]),
    "jvp with more": (
        lambda: ops.stack(ops.jvp(lambda x: (x * x, x + 1), (3.0,), (2.0,), has_aux=True)),
        [9, 12, 4],
    ),
    "resize of whole numbers": (
        lambda: ops.image.resize(np.uint8([0, 1, 254, 255]).reshape(2, 2, 1), (4, 4))[..., 0],
        [[0, 0, 1, 1], [64, 64, 64, 64], [190, 191, 191, 192], [254, 254, 255, 255]],
    ),
    "pad": (lambda: ops.pad(X, 1, "reflect"), np.pad(X, 1, "reflect")),
    "conv in capitals": (
        lambda: ops.conv(X[..., None], np.ones((2, 1, 1)), padding="VALID")[..., 0],
        X[:, :-1] + X[:, 1:],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_a_function_takes_keras_arguments(case: str) -> None:
    call, expected = CALLS[case]
    np.testing.assert_allclose(np.asarray(call()), expected, rtol=1e-5, atol=1e-6)


def test_unique_tells_what_is_asked_for_and_as_many_as_are_asked_for() -> None:
    values, index, inverse, counts = ops.unique([3, 1, 3], True, True, True, True, size=4)
    assert values.tolist() == [1, 3, 0, 0] and counts.tolist() == [1, 2, 0, 0]
    assert index.tolist() == [1, 0, 0, 0] and inverse.tolist() == [1, 0, 1]
    rows = ops.unique([[1, 2], [1, 2], [0, 1]], axis=0, size=1, fill_value=-1)
    assert rows.tolist() == [[0, 1]] and counts.dtype == "int32"


def test_vectorize_applies_a_function_entry_by_entry_or_part_by_part() -> None:
    assert ops.vectorize(lambda a, b: a + b)([1, 2, 3], 2).tolist() == [3, 4, 5]
    product = ops.vectorize(lambda m, v: m @ v, signature="(m,n),(n)->(m)")
    np.testing.assert_array_equal(product(np.stack([X, 2 * X]), np.ones(3)), [[8, 13], [16, 26]])
    scaled = ops.vectorize(lambda x, by: x * by["by"], excluded={1})
    assert scaled(X, {"by": 2}).tolist() == (2 * X).tolist()


def test_an_argument_that_is_given_twice_or_too_much_is_told() -> None:
    with pytest.raises(TypeError, match="'x_min' twice"):
        ops.clip(X, 1, x_min=2)
    with pytest.raises(TypeError, match="at most: x, x_min, x_max"):
        ops.clip(X, 1, 2, 3)
    assert list(inspect.signature(ops.isclose).parameters) == ["x1", "x2", "rtol", "atol",
                                                               "equal_nan"]  # fmt: skip
    assert ops.linalg.det(x=np.eye(2)) == 1


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: ops.pad(X, 1, "reflect", 1.0), "constant_values"),
        (lambda: ops.where(X > 1, X), "both"),
        (lambda: ops.select([], []), "must not be empty"),
        (lambda: ops.bincount([1], sparse=True), "dense"),
        (lambda: ops.cross([1.0], [1.0]), "2 or 3"),
        (lambda: ops.scatter_update(X, [[0, 0]], [1.0], "mean"), "'mul'"),
        (lambda: ops.segment_sum(X, [0]), "same leading dimension"),
        (lambda: ops.segment_max(X, [[0, 1]]), "1-D"),
        (lambda: ops.unstack(X, num=3), "num=3"),
        (lambda: ops.unstack(symbol(None, 2)), "Cannot infer argument `num`"),
        (lambda: ops.unstack(symbol(3, 2), axis=10), "axis 10 is out of bounds"),
        (lambda: ops.view_as_complex(X), "size 2"),
        (lambda: ops.view(np.zeros(3, np.float32), "float64"), "whole entries"),
        (lambda: ops.convert_to_numpy(symbol(2)), "not there yet"),
        (lambda: ops.average(X, weights=[1.0, 2.0]), "weights of x's shape"),
        (lambda: ops.vectorize(3), "callable"),
        (lambda: ops.normalize(X, order=2.5), "order"),
        (lambda: ops.matrix_rank([1.0, 2.0]), "matrices"),
        (lambda: ops.qr(X, "full"), "reduced"),
        (lambda: ops.jvp(lambda x: x, (1.0,), ()), "as many"),
        (lambda: moved((2, 4), [2.0]), "a scale"),
        (lambda: moved((2, 4), [2.0, 1.0], (0, 1), "area"), "method"),
        (lambda: moved((3, 4), [2.0], (1,)), "none of spatial_dims"),
        (lambda: ops.reshape(X, (-2, 3)), "non-negative"),
        (lambda: ops.reshape(X, (-1, -1)), "at most one"),
        (lambda: ops.histogram(X), "1-dimensional"),
        (lambda: ops.histogram(X[0], range=(2, 1)), "second"),
    ],
)
def test_what_cannot_be_meant_is_told(call: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        call()


# Sizes that only data tell are unknown of symbols; sizes that nothing else fits are known.
OUTLINES: dict[str, tuple[Any, Any]] = {
    "nonzero": (lambda: ops.nonzero(symbol(2, 3)), [(None,)] * 2),
    "where": (lambda: ops.where(symbol(2, 3)), [(None,)] * 2),
    "where of three": (lambda: ops.where(symbol(None, 3), 1.0, 2.0), (None, 3)),
    "unique": (lambda: ops.unique(symbol(None, 4), axis=0), (None, 4)),
    "unique of a size": (
        lambda: ops.unique(symbol(4), return_inverse=True, return_counts=True, size=3),
        [(3,), (4,), (3,)],
    ),
    "bincount": (lambda: ops.bincount(symbol(2, 7, dtype="int32")), (2, None)),
    "segments": (lambda: ops.segment_sum(symbol(5, 4), symbol(5, dtype="int32")), (None, 4)),
    "so many segments": (
        lambda: ops.segment_max(symbol(None, 4), symbol(10, dtype="int32"), num_segments=5), (5, 4),
    ),
    "unstack": (lambda: ops.unstack(symbol(2, None, None), num=3, axis=1), [(2, None)] * 3),
    "slice": (lambda: ops.slice(symbol(3, 3), symbol(2, dtype="int32"), (-1, 2)), (None, 2)),
    "slice from there": (lambda: ops.slice(symbol(None, 3), (1, 1), (-1, -1)), (None, 2)),
    "split": (lambda: ops.hsplit(symbol(None, 6), 2), [(None, 3)] * 2),
    "split of the batch": (lambda: ops.split(symbol(None, 6), 2), [(None, 6)] * 2),
    "allclose": (lambda: ops.allclose(symbol(None, 3), 1.0), ()),
    "dot": (lambda: ops.dot(symbol(None, 3), symbol(None, None, 2)), (None, None, 2)),
    "dot of vectors": (lambda: ops.dot(symbol(None), symbol(5)), ()),
    "einsum": (lambda: ops.einsum("iz,iz->z", symbol(None, 4), symbol(3, None)), (4,)),
    "cond": (
        lambda: ops.cond(symbol(dtype="bool"), lambda: ops.ones(3), lambda: ops.zeros(3)), (3,),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OUTLINES)
def test_a_symbol_tells_as_much_of_a_result_as_can_be_known(case: str) -> None:
    call, expected = OUTLINES[case]
    assert shape(call()) == expected


def test_branches_that_differ_are_refused_and_may_return_what_is_around_them() -> None:
    flag, x = symbol(dtype="bool"), symbol(None, 3)
    with pytest.raises(ValueError, match="other shapes"):
        ops.cond(flag, lambda: ops.ones(3), lambda: ops.zeros(4))
    model = nn.Model([flag, x], ops.cond(flag, lambda: x * 2, lambda: x))
    for on in (True, False):
        y = model([np.array(on), X])
        np.testing.assert_array_equal(y, X * 2 if on else X)


@pytest.fixture
def channels_first() -> Iterator[None]:
    nn.config.set_image_data_format("channels_first")
    yield
    nn.config.set_image_data_format("channels_last")


@pytest.mark.usefixtures("channels_first")
def test_who_names_no_format_gets_that_which_is_set() -> None:
    images = np.random.default_rng(0).random((2, 3, 8, 8)).astype(np.float32)
    grey = ops.image.rgb_to_grayscale(images)
    turned = np.moveaxis(images, 1, -1)
    last = ops.image.rgb_to_grayscale(turned, data_format="channels_last")
    np.testing.assert_array_equal(grey, np.moveaxis(last.numpy(), -1, 1))
    assert ops.image.resize(symbol(None, 3, 8, 8), (4, 5)).shape == (None, 3, 4, 5)
    assert ops.max_pool(images, 2).shape == (2, 3, 4, 4)
    assert ops.conv(images, np.ones((3, 3, 3, 5), np.float32)).shape == (2, 5, 6, 6)
    kept = ops.image.resize(symbol(None, 3, 8, 8), (4, 4)).call
    nn.config.set_image_data_format("channels_last")
    assert kept({kept.inputs[0]: images}).shape == (2, 3, 4, 4)  # as it was when it was noted


def test_places_that_are_computed_are_read_anew_by_every_run() -> None:
    def moved(x: Any, at: Any) -> Any:
        written = ops.scatter_update(x, at, ag.Tensor([9.0, 8.0]))
        return written, ops.segment_max(x, at[:, 0], 3), ops.segment_sum(x, at[:, 0], 3)

    run = ag.jit(moved)
    x = ag.Tensor([1.0, 2.0])
    for at in ([[0], [1]], [[1], [0]], [[1], [1]]):
        for a, b in zip(run(x, ag.Tensor(at)), moved(x, ag.Tensor(at)), strict=True):
            np.testing.assert_array_equal(a, b)


def test_what_is_written_and_chosen_is_differentiable() -> None:
    v = ag.Tensor([2.0, 3.0, 4.0])
    joined = ag.grad(
        lambda v: ops.sum(ops.scatter_update(v, [[0], [0], [1]], v * 2, reduction="mul"))
    )
    np.testing.assert_allclose(joined(v), [48, 24, 7])
    np.testing.assert_allclose(ag.grad(lambda v: ops.average(v, weights=v))(v), 2 * v / 9 - 29 / 81)
    np.testing.assert_allclose(ag.grad(lambda v: ops.max(v, initial=3.5))(v), [0, 0, 1])


def test_a_symbol_tells_where_it_comes_from() -> None:
    dense = nn.layers.Dense(2)
    dense(symbol(None, 3))
    y = dense(symbol(None, 3))
    layer, node, place = y._keras_history
    assert layer is dense and node == 1 and place == 0


@pytest.mark.parametrize(
    ("method", "resized"),
    [("linear", "bilinear"), ("cubic", "bicubic"), ("lanczos3", "lanczos3"), ("lanczos5",) * 2],
)
@pytest.mark.parametrize("size", [(16, 12), (3, 5)])
def test_scaling_to_the_whole_size_is_resizing(method: str, resized: str, size: Any) -> None:
    images = np.random.default_rng(0).random((2, 8, 6, 3)).astype(np.float32)
    scale = np.array([size[0] / 8, size[1] / 6], np.float32)
    y = ops.image.scale_and_translate(images, (2, *size, 3), scale, [0.0, 0.0], (1, 2), method)
    expected = ops.image.resize(images, size, resized, antialias=True)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)


def test_translating_moves_pixels_and_is_differentiable() -> None:
    row = np.array([[0.0, 1.0, 4.0, 9.0]])

    def at(t: Any) -> Any:
        scale = [1.0]
        return ops.image.scale_and_translate(row, (1, 4), scale, t, (1,), "linear")

    np.testing.assert_allclose(at([1.0]), [[0, 0, 1, 4]], atol=1e-6)
    np.testing.assert_allclose(ag.grad(lambda t: at(t)[0, 2])(ag.Tensor([0.5])), [-3.0], rtol=1e-5)
    assert ag.check_gradients(lambda s: ops.image.scale_and_translate(
        row, (1, 3), s, [0.2], (1,), "cubic"), ag.Tensor([1.3]))  # fmt: skip


def test_half_precision_is_summed_in_single() -> None:
    x = np.array([-741.0, 353.2, 1099.0, -1807.0], np.float16)
    mean, variance = ops.moments(x, 0)
    assert mean.dtype == variance.dtype == "float16"
    assert mean == np.float16(x.astype(np.float32).mean()) and variance == np.finfo("float16").max
    for normalized in (ops.layer_normalization, ops.rms_normalization):
        y = normalized(x, np.ones(4, np.float32))
        assert y.dtype == "float16" and np.isfinite(y.numpy()).all()


def test_bfloat16_is_summed_in_single() -> None:
    x = ops.cast(np.full((2, 300), 300.0), "bfloat16")
    y = ops.rms_normalization(x)
    assert y.dtype == "bfloat16" and (ops.cast(y, "float32").numpy() == 1).all()
    x = ops.cast(ops.arange(300.0) + 300, "bfloat16")
    exact = ops.cast(x, "float32").numpy()
    for found, expected in zip(ops.moments(x, 0), (exact.mean(), exact.var()), strict=True):
        assert found.dtype == "bfloat16"
        assert found == ops.cast(np.float32(expected), "bfloat16")


def test_every_function_whose_arguments_are_told_is_there_once() -> None:
    names = [line.split()[0] for line in arguments._ARGUMENTS.strip().splitlines()]
    assert len({*names}) == len(names) and {*names} <= {*vars(ops)}
    assert ops.slogdet(x=np.eye(2))[1].item() == 0


@pytest.mark.parametrize("name", ["svd", "eig"])
def test_what_has_no_derivative_says_so(name: str) -> None:
    x = X if name == "svd" else X[:, :2]
    with pytest.raises(ag.GradientError, match="no derivative"):
        ag.grad(lambda x: ops.sum(ops.real(getattr(ops, name)(x)[0])))(x)


def test_a_softmax_over_one_entry_warns() -> None:
    with pytest.warns(UserWarning, match="sigmoid instead"):
        assert ops.softmax([[1.0]], axis=1).item() == 1
    with pytest.warns(UserWarning, match="rms_scaling"):
        y = ops.layer_normalization(X[:1], rms_scaling=True)
    np.testing.assert_allclose(y, X[:1] / np.sqrt(X[:1].var() + 1e-7), rtol=1e-5)


def test_arrays_are_made_in_keras_dtypes() -> None:
    assert ops.array([1.0]).dtype == "float32" and ops.array([1]).dtype == "int32"
    assert ops.array(np.ones(1)).dtype == "float64" and ops.array([1], "int8").dtype == "int8"
    assert ops.max([1.0, 2.0]).dtype == "float32"
