"""TensorFlow's functions by its words for their arguments, and where it means other than NumPy."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat


class Names:
    """TensorFlow's names, while they are lent."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("tensorflow"), name)


tf: Any = Names()


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    with compat.install_as():
        yield


X = np.arange(6.0, dtype="float32").reshape(2, 3)
PICTURE = np.ones((1, 4, 4, 2), "float32")

VALUES: dict[str, tuple[Callable[[], Any], Any]] = {
    "reshape": (lambda: tf.reshape(tensor=X, shape=[3, 2]), X.reshape(3, 2)),
    "reshape to a shape": (lambda: tf.reshape(X, shape=(-1,)), X.ravel()),
    "concat": (lambda: tf.concat(values=[X, X], axis=1), np.hstack([X, X])),
    "stack": (lambda: tf.stack(values=[X, X], axis=1), np.stack([X, X], 1)),
    "unstack": (lambda: tf.unstack(value=X, num=3, axis=1)[2], X[:, 2]),
    "expand_dims": (lambda: tf.expand_dims(input=X, axis=0), X[None]),
    "expand_dims of then": (lambda: tf.expand_dims(X, dim=1), X[:, None]),
    "squeeze": (lambda: tf.squeeze(X[None], squeeze_dims=[0]), X),
    "reverse": (lambda: tf.reverse(tensor=X, axis=[1]), X[:, ::-1]),
    "repeat": (lambda: tf.repeat(input=X, repeats=2, axis=0), X.repeat(2, 0)),
    "broadcast_to": (lambda: tf.broadcast_to(input=X, shape=[2, 2, 3]), [X, X]),
    "shape": (lambda: tf.shape(input=X, out_type=tf.int64), [2, 3]),
    "zeros_like": (lambda: tf.zeros_like(input=X, dtype=tf.int32), np.zeros((2, 3))),
    "zeros of whole floats": (lambda: tf.zeros([3.0, 1.0]), np.zeros((3, 1))),
    "eye": (lambda: tf.eye(num_rows=2, num_columns=3, batch_shape=[2]), [np.eye(2, 3)] * 2),
    "add": (lambda: tf.add(x=X, y=X, name="a"), 2 * X),
    "power": (lambda: tf.pow(X, y=2.0), X**2),
    "abs": (lambda: tf.abs(x=-X), X),
    "compared": (lambda: tf.logical_and(x=X > 1, y=X < 3), (X > 1) & (X < 3)),
    "relu": (lambda: tf.nn.relu(features=X - 2), np.maximum(X - 2, 0)),
    "leaky": (lambda: tf.nn.leaky_relu(X - 2, alpha=0.5), np.where(X > 2, X - 2, (X - 2) / 2)),
    "top_k": (lambda: tf.math.top_k(input=X, k=1).values, [[2], [5]]),
    "tensordot": (lambda: tf.tensordot(a=X, b=X, axes=[[1], [1]]), X @ X.T),
    "argmax": (lambda: tf.argmax(X, dimension=1), [2, 2]),
    "moments": (lambda: tf.nn.moments(X, axes=[0], keep_dims=True)[0], X.mean(0, keepdims=True)),
    "normalized": (lambda: tf.nn.l2_normalize([[3.0, 4.0]], dim=1), [[0.6, 0.8]]),
    "stopped": (lambda: tf.stop_gradient(input=X), X),
    "loop": (
        lambda: tf.while_loop(cond=lambda i: i < 3, body=lambda i: [i + 2],
                              loop_vars=[tf.constant(0)], parallel_iterations=1)[0], 4),
    "case": (lambda: tf.case([(tf.constant(False), lambda: 1.0), (tf.constant(True), lambda: 2.0)],
                             default=lambda: 3.0), 2),
    "fold": (lambda: tf.foldl(lambda a, x: 10 * a + x, tf.constant([1.0, 2.0])), 12),
    "fold from the right": (lambda: tf.foldr(lambda a, x: 10 * a + x, X[0], 1.0), 1210),
    # what NumPy means otherwise by the same name
    "a matrix's norm": (lambda: tf.norm(X, ord=1), 15),
    "a matrix's longest": (lambda: tf.linalg.norm(X, np.inf), 5),
    "norms of rows": (lambda: tf.norm(tensor=X, ord="euclidean", axis=1, keep_dims=True),
                      np.linalg.norm(X, axis=1, keepdims=True)),
    "diagonals": (lambda: tf.linalg.diag([[1, 2], [3, 4]])[1], [[3, 0], [0, 4]]),
    "traces": (lambda: tf.linalg.trace(np.arange(8.0).reshape(2, 2, 2)), [3, 11]),
    "singular values": (lambda: tf.linalg.svd(np.diag([3.0, 2.0]))[0], [3, 2]),
    "and vectors": (
        lambda: (lambda s, u, v: tf.matmul(u * s, v, transpose_b=True))(*tf.linalg.svd(X + 1)),
        X + 1),
    "normalize": (lambda: tf.linalg.normalize([3.0, 4.0])[1], [5]),
    "gelu": (lambda: tf.nn.gelu(1.0), 0.8413447),
    "div of whole numbers": (lambda: tf.div(-7, 2), -4),
    "div": (lambda: tf.div(7.0, 2.0), 3.5),
    "K.cumsum": (lambda: tf.keras.backend.cumsum(X), X.cumsum(0)),
    "K.cumprod": (lambda: tf.keras.backend.cumprod(X + 1), (X + 1).cumprod(0)),
    # what was missing
    "set_diag": (lambda: tf.linalg.set_diag([[1, 2], [3, 4]], [0, 5]), [[0, 2], [3, 5]]),
    "added at places": (lambda: tf.tensor_scatter_nd_add([1, 2], [[1], [1]], [3, 4]), [1, 9]),
    "subtracted": (lambda: tf.tensor_scatter_nd_sub([1, 2], [[1]], [3]), [1, -1]),
    "strided": (lambda: tf.strided_slice(X, [0, 0], [2, 3], [1, 2], shrink_axis_mask=1), [0, 2]),
    "parted": (lambda: tf.dynamic_partition([1, 2, 3], [0, 1, 0], 2)[0], [1, 3]),
    "turned round": (
        lambda: tf.nn.conv2d_transpose(PICTURE, np.ones((2, 2, 3, 2), "float32"), [1, 8, 8, 3],
                                       strides=[1, 2, 2, 1])[0, 0, 0], [2, 2, 2]),
    "separable": (
        lambda: tf.nn.separable_conv2d(PICTURE, np.ones((2, 2, 2, 1), "float32"),
                                       np.ones((1, 1, 2, 1), "float32"), [1, 1, 1, 1],
                                       "VALID")[0, 0, 0], [8]),
    "errors of then": (lambda: tf.losses.mean_squared_error(labels=X, predictions=X + 2), 4),
    "errors of today": (lambda: tf.losses.mean_squared_error(X, X + 2), [4, 4]),
    "differences": (lambda: tf.losses.absolute_difference(X, X + 2), 2),
    "huber": (lambda: tf.losses.huber_loss([0.0, 0.0], [1.0, 3.0]), 1.5),
    "numbers of words": (
        lambda: tf.lookup.StaticVocabularyTable(
            tf.lookup.KeyValueTensorInitializer(["a", "b"], [0, 1]), 1
        ).lookup(tf.constant(["b", "z"])), [1, 2]),
    "bounds": (lambda: [tf.int8.max, tf.uint8.min, tf.float32.max], [127, 0, 3.4028235e38]),
    "shuffled": (
        lambda: sorted(int(x) for x in tf.data.Dataset.range(3).apply(
            tf.data.experimental.shuffle_and_repeat(3, 2))), [0, 0, 1, 1, 2, 2]),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str) -> None:
    call, expected = VALUES[name]
    found = call()
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6)


def test_draws_take_names_and_pairs_of_seeds() -> None:
    assert tf.random.normal(shape=[2], name="a").shape == (2,)
    assert tf.truncated_normal([2, 2], stddev=0.1, name="a").shape == (2, 2)
    whole = tf.random.uniform([100], maxval=3, dtype=tf.int32, name="a").numpy()
    assert set(whole) == {0, 1, 2}
    draw = tf.random.stateless_uniform
    one, same, other = draw([3], seed=[1, 2]), draw([3], (1, 2)), draw([3], (2, 1))
    assert one.tolist() == same.tolist() != other.tolist()
    a, b = (tf.random.Generator.from_seed(7) for _ in range(2))
    first = a.normal([3]).tolist()
    assert first == b.normal([3]).tolist() != a.normal([3]).tolist()
    assert a.make_seeds(2).shape == (2, 2)


def test_dtypes_are_names_that_know_what_they_name() -> None:
    assert np.dtype(tf.float32) == tf.float32 == "float32" == tf.float32.name
    assert tf.float32.as_numpy_dtype is np.float32 and tf.string.as_numpy_dtype is object
    assert tf.constant(1.0).dtype == tf.float32 != tf.float64
    assert tf.as_dtype(np.int32) == tf.int32 and tf.as_dtype("string") == tf.string
    assert (tf.bfloat16.is_floating, tf.uint8.is_integer, tf.bool.is_integer) == (True, True, False)
    assert tf.int64.size == 8 and isinstance(tf.int64, tf.DType)


def test_flags_are_read_from_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = tf.app.flags
    flags.DEFINE_integer("epochs_of_test", 10, "How often.")
    flags.DEFINE_bool("loud_in_test", True, "Whether.")
    flags.DEFINE_string("folder_of_test", default_value="x", docstring="Where.")
    flags.DEFINE_float("rate_of_test", 0.5, "How fast.")
    given = ["script", "--epochs_of_test=3", "--noloud_in_test", "--folder_of_test", "y", "rest"]
    monkeypatch.setattr("sys.argv", given)
    FLAGS = flags.FLAGS  # noqa: N806
    assert (FLAGS.epochs_of_test, FLAGS.loud_in_test, FLAGS.folder_of_test, FLAGS.rate_of_test) == (
        3, False, "y", 0.5,
    )  # fmt: skip
    FLAGS.epochs_of_test = 4
    assert FLAGS.epochs_of_test == 4
    with pytest.raises(AttributeError, match="DEFINE_string"):
        FLAGS.unknown_of_test  # noqa: B018
    seen: list[Any] = []
    with pytest.raises(SystemExit):
        tf.app.run(main=seen.append)
    assert seen == [["script", "rest"]]
